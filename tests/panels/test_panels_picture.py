"""The picture's two layers: what is drawn anew, and what stands still."""

import io
import re

import matplotlib
import numpy as np
import pytest
from drawings import NO_WARNINGS, count_calls, drawn_whole, ink, markup_of, rasterised
from matplotlib.figure import Figure
from PIL import Image

from bptt_course.figures.stage import Stage, Words, chip
from bptt_course.panels import picture

pytestmark = NO_WARNINGS


def board(count=20):
    """A figure of `count` texts that may change, over a line that may change as well."""
    figure = Figure(figsize=(4, 3), dpi=100)
    ax = figure.subplots()
    line = ax.plot([0, 1], [0, 1], zorder=1)[0]
    texts = [ax.text((k % 5) / 5, (k // 5) / 5, str(k), zorder=2) for k in range(count)]
    return picture.Picture(figure, [*texts, line]), texts, line


def drawings(monkeypatch):
    """A list that grows by each text or line, and by each figure, that is drawn."""
    drawn = []
    for kind in (matplotlib.text.Text, matplotlib.lines.Line2D, Figure):
        draw = kind.draw

        def draw_and_note(artist, renderer, draw=draw):
            drawn.append(artist)
            return draw(artist, renderer)

        monkeypatch.setattr(kind, "draw", draw_and_note)
    return drawn


def test_only_what_changes_is_drawn(monkeypatch):
    board_, texts, line = board()
    still, _ = board_.layers()
    drawn = drawings(monkeypatch)
    for value in range(5):
        texts[3].set_text(f"{value}")
        assert board_.layers()[0] is still
    assert drawn == [texts[3]] * 5
    line.set_data([0, 1], [1, 0])
    texts[0].set_color("red")
    before = board_.layers()
    assert drawn[5:] == [line, texts[0]], "not what lies over the line"
    assert board_.layers() == before == drawn_whole(board_)


def test_what_is_hidden_or_empty_is_not_drawn_again_and_again(monkeypatch):
    board_, texts, line = board()
    texts[0].set_text("")
    texts[1].set_visible(False)
    line.set_data([], [])
    board_.layers()
    drawn = drawings(monkeypatch)
    board_.layers()
    assert drawn == []
    texts[1].set_visible(True)
    board_.layers()
    assert drawn == [texts[1]]


def test_a_changed_limit_costs_a_whole_drawing_and_nothing_else_does(monkeypatch):
    board_, texts, line = board()
    board_.layers()
    drawn = count_calls(monkeypatch, Figure, "draw")
    texts[0].set_position((0.5, 0.9))
    line.set_color("red")
    board_.layers()
    assert drawn == []
    board_.figure.axes[0].set_xlim(0, 2)
    board_.layers()
    board_.layers()
    assert drawn == [board_.figure]


@pytest.mark.parametrize(
    "change",
    [
        lambda ax: ax.set_xlim(0, 3),
        lambda ax: ax.set_yscale("log"),
        lambda ax: ax.set_title("another"),
        lambda ax: ax.set_xticks([0, 0.5], ["none", "half"]),
        lambda ax: ax.set_facecolor("yellow"),
        lambda ax: ax.figure.suptitle("over all"),
        lambda ax: ax.axhline(0.4),
        lambda ax: ax.patches or ax.add_patch(matplotlib.patches.Circle((0.5, 0.5), 0.2)),
    ],
)
def test_a_change_behind_the_live_artists_is_never_missed(change):
    board_, _, _ = board()
    before = board_.layers()
    change(board_.figure.axes[0])
    now = board_.layers()
    assert now[0] != before[0]
    assert now == drawn_whole(board_)


def test_what_moves_lies_in_the_order_of_zorder_and_above_all_that_stands():
    figure = Figure(figsize=(2, 2), dpi=100)
    ax = figure.add_axes((0, 0, 1, 1))
    ax.axis("off")
    ax.set(xlim=(0, 2), ylim=(0, 2))
    bars = [ax.bar(1, 2, 2, color=colour, zorder=order)[0]
            for colour, order in [("red", 3), ("lime", 1), ("blue", 2), ("black", 50)]]  # fmt: skip
    board_ = picture.Picture(figure, bars[:3])
    still, moving = board_.layers()
    assert re.findall(r'fill="(#\w+)"', moving) == ["#00ff00", "#0000ff", "#ff0000"]
    assert "#000000" in markup_of(still) and "#000000" not in moving
    assert (rasterised([still, moving])[100, 100] == (255, 0, 0)).all()
    bars[1].set_height(1)  # what is drawn anew stays in its place
    assert re.findall(r'fill="(#\w+)"', board_.layers()[1]) == ["#00ff00", "#0000ff", "#ff0000"]


def test_artists_of_one_zorder_lie_as_they_are_listed():
    figure = Figure(figsize=(2, 2), dpi=100)
    ax = figure.subplots()
    texts = [ax.text(0.5, 0.5, "o", color=colour) for colour in ("#ff0000", "#00ff00", "#0000ff")]
    for listed in (texts, texts[::-1]):
        for text in texts:
            text.set_zorder(3)
        moving = picture.Picture(figure, listed).layers()[1]
        assert re.findall(r'fill="(#\w+)"', moving) == [text.get_color() for text in listed]


def test_both_layers_have_one_box():
    board_, _, _ = board()
    for layer in map(markup_of, board_.layers()):
        assert 'viewBox="0 0 4000 3000"' in layer[: layer.index(">")]
    assert board_.size() == (400, 300)


@pytest.mark.parametrize("scale", [1, 2])
def test_the_png_holds_the_whole_picture_and_leaves_the_layers_as_they_were(scale, monkeypatch):
    board_, _, line = board()
    line.set(data=([0, 0.5, 1], [1, 0, 1]), lw=4)
    before = board_.layers()
    png = board_.png(scale)
    assert png == board_.png(scale)
    pixels = np.asarray(Image.open(io.BytesIO(png)))[:, :, :3]
    assert pixels.shape == (300 * scale, 400 * scale, 3)
    differ = abs(ink(pixels, 8 * scale) - ink(rasterised(before, scale), 8 * scale))
    assert differ.max() < 30 and differ.mean() < 1
    drawn = drawings(monkeypatch)
    assert board_.layers() == before and drawn == []
    assert drawn_whole(board_) == before


@pytest.mark.parametrize("is_shown", [True, False])
def test_a_change_that_a_png_has_seen_first_is_not_missed_by_the_layers(is_shown):
    board_, texts, _ = board()
    before = board_.layers() if is_shown else None
    texts[0].set_text("new")
    board_.figure.axes[0].set_title("new as well")
    board_.png(2)
    now = board_.layers()
    assert now == drawn_whole(board_)
    assert before is None or (now[0] != before[0] and now[1] != before[1])


def test_the_rim_of_a_chip_is_two_pixels_wide():
    stage = Stage(200, 100)
    chips = Words(stage.axes(0, 0, 200, 100))
    chips.show([chip(100, 50, "2", edge="#FF0000")._replace(paper="#FFFFFF")])
    column = rasterised(picture.Picture(stage.figure, [chips]).layers(), 4)[:, 400, 1]
    assert (255 - column.astype(float)).sum() == pytest.approx(4 * 2 * 2 * 255, rel=0.05)

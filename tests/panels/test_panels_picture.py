"""The quick picture: what is drawn anew, and what stands still."""

import gc
import io
import struct
import zlib

import matplotlib
import numpy as np
import pytest
from drawings import NO_WARNINGS, count_calls, drawn_whole
from matplotlib.backends.backend_agg import RendererAgg
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


def test_only_the_texts_that_change_are_drawn(monkeypatch):
    board_, texts, _ = board()
    board_.pixels()
    texts[3].set_text("new")
    board_.pixels("slider")  # sets the others aside
    drawn = count_calls(monkeypatch, matplotlib.text.Text, "draw")
    for value in range(5):
        texts[3].set_text(f"{value}")
        board_.pixels("slider")
    assert drawn == [texts[3]] * 5


def test_what_may_lie_over_a_moving_line_moves_with_it(monkeypatch):
    board_, texts, line = board()
    board_.pixels()
    line.set_data([0, 1], [1, 0])
    board_.pixels("slider")
    drawn = count_calls(monkeypatch, matplotlib.text.Text, "draw")
    line.set_data([0, 1], [0, 0.5])
    board_.pixels("slider")
    assert drawn == texts


def test_a_changed_limit_costs_a_whole_drawing_and_nothing_else_does(monkeypatch):
    board_, texts, line = board()
    board_.pixels()
    drawn = count_calls(monkeypatch, Figure, "draw")
    texts[0].set_position((0.5, 0.9))
    line.set_color("red")
    board_.pixels("slider")
    assert drawn == []
    board_.figure.axes[0].set_xlim(0, 2)
    board_.pixels("slider")
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
    before = np.array(board_.pixels())
    change(board_.figure.axes[0])
    quick = np.array(board_.pixels("slider"))
    assert (quick != before).any()
    assert (quick[:, :, :3] == drawn_whole(board_)).all()


def test_the_rim_of_a_chip_is_as_wide_in_a_finer_picture():
    stage = Stage(200, 100)
    chips = Words(stage.axes(0, 0, 200, 100))
    chips.show([chip(100, 50, "2", edge="#FF0000")._replace(paper="#FFFFFF")])
    board_ = picture.Picture(stage.figure, [chips])
    quick, fine = (np.array(p, float) for p in (board_.pixels(), board_.fine()))
    wide, finely_wide = (np.sum(255 - each[:, each.shape[1] // 2, 1]) for each in (quick, fine))
    assert wide == pytest.approx(2 * 2 * 255, rel=0.05)
    assert finely_wide == pytest.approx(2 * wide, rel=0.05)


def test_a_finer_picture_leaves_none_of_its_pixels_behind():
    """On a page of many readers each MB counts, and cycles wait long for their collector."""
    board_, _, _ = board()
    wide, _ = board_.size()
    gc.collect()
    before = {id(one) for one in gc.get_objects()}
    gc.disable()
    try:
        for _ in range(3):
            board_.fine()
        there = [one for one in gc.get_objects() if issubclass(type(one), RendererAgg)]
    finally:
        gc.enable()
    kept = [renderer for renderer in there if id(renderer) not in before]
    assert kept and all(renderer.width <= wide for renderer in kept)


def test_a_finer_picture_that_is_given_up_leaves_the_quick_one_right():
    class GivenUp(Exception):
        pass

    board_, texts, line = board()
    line.set_data([0, 1], [1, 0])
    before, strokes = np.array(board_.pixels()), []
    assert board_.fine(lambda: strokes.append(1)).shape == (600, 800, 4)
    assert len(strokes) > 30

    def stop_at(stroke):
        left.append(1)
        if len(left) == stroke:
            raise GivenUp

    for stroke in range(1, len(strokes) + 1, 7):
        left = []
        with pytest.raises(GivenUp):
            board_.fine(lambda stroke=stroke: stop_at(stroke))
        assert (np.array(board_.pixels()) == before).all()
    texts[0].set_text("new")
    quick = np.array(board_.pixels("slider"))
    assert (quick[:, :, :3] == drawn_whole(board_)).all() and (quick != before).any()


def test_the_png_holds_every_pixel():
    """Also of the next picture, of which only some strips have changed; and zlib's check holds."""
    chance, packer = np.random.RandomState(0), picture.Packer()
    pixels = chance.randint(0, 256, (37, 53, 4), np.uint8)
    for row in (None, 0, 15, 16, 36, 20):
        if row is not None:
            pixels[row] = chance.randint(0, 256, (53, 4))
        file = packer.png(pixels)
        assert file == picture.Packer().png(pixels)
        Image.open(io.BytesIO(file)).verify()
        assert (np.asarray(Image.open(io.BytesIO(file))) == pixels[:, :, :3]).all()
        start = file.index(b"IDAT")
        (size,) = struct.unpack(">I", file[start - 4 : start])
        assert len(zlib.decompress(file[start + 4 : start + 4 + size])) == 37 * (1 + 3 * 53)

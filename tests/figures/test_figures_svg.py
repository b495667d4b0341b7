"""The renderer of SVG: its markup, read and drawn anew, looks as Agg draws the same figure."""

import re

import matplotlib as mpl
import numpy as np
import pytest
from drawings import NO_WARNINGS, count_calls, ink, path_of, rasterised
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Circle, Polygon, Wedge
from matplotlib.textpath import text_to_path

from bptt_course.figures import svg
from bptt_course.panels.picture import SVG

pytestmark = NO_WARNINGS
WIDTH, HEIGHT = 240, 160


def axes():
    """Axes from 0 to 10 over all of a small figure, without their frame."""
    ax = Figure((WIDTH / 100, HEIGHT / 100), dpi=100).add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, 10), ylim=(0, 10))
    ax.axis("off")
    return ax


def markup(artist):
    """What the renderer makes of an artist alone."""
    renderer = svg.Renderer(WIDTH, HEIGHT, 100)
    artist.draw(renderer)
    return renderer.taken()


def pixels(found, scale):
    """The pixels of some markup, on white."""
    return rasterised([SVG.format(10 * WIDTH, 10 * HEIGHT, found)], scale)


def ours(figure, scale):
    """The pixels of a figure as the renderer draws it."""
    return pixels(markup(figure), scale)


def aggs(figure, scale):
    """The pixels of the same figure as Agg draws it, with letters as their designer drew them."""
    with mpl.rc_context({"text.hinting": "none"}):
        figure.dpi *= scale
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        figure.dpi /= scale
    return np.array(canvas.buffer_rgba())[:, :, :3]


def lines_with_gaps(ax):
    x = np.linspace(0, 10, 50)
    y = np.where(abs(x - 5) < 1, np.nan, 5 + 4 * np.sin(x))
    ax.plot(x, y, lw=3, color="#CD5200")
    ax.plot([np.nan, 1, np.inf, 2, 3, np.nan], [1, 2, 3, 8, 9, 1], lw=2)
    ax.plot([np.nan, np.nan], [1, 2])


def lines_of_each_end(ax):
    for k, (cap, join) in enumerate(
        [("butt", "miter"), ("round", "round"), ("projecting", "bevel")]
    ):
        x = np.array([1, 2, 3]) + 2.5 * k
        ax.plot(x, [2, 8, 3], lw=9, solid_capstyle=cap, solid_joinstyle=join, color=f"C{k}")


def dashes(ax):
    for k, style in enumerate(["--", ":", "-.", (5, (10, 3, 2, 3))]):
        ax.plot([0.5, 9.5], [2 * k + 1, 2 * k + 2], ls=style, lw=1 + k, color="black")
    ax.add_patch(Circle((5, 5), 3, fill=False, ls="--", lw=2))


def curves(ax):
    ax.add_patch(Circle((3, 5), 2, facecolor="#0076ED", edgecolor="black", lw=3))
    ax.add_patch(Wedge((7, 5), 2, 20, 300, width=1, facecolor="orange", edgecolor="none"))
    ax.annotate("", (9, 9), (1, 1), arrowprops={"arrowstyle": "-|>", "lw": 3,
                                                "connectionstyle": "arc3,rad=0.4"})  # fmt: skip


def polygons(ax):
    ax.add_patch(Polygon([(1, 1), (4, 9), (7, 1)], facecolor="#6BA539", edgecolor="black", lw=4))
    ax.fill_between([5, 7, 9], [2, 4, 1], [9, 5, 8], color="#B94B9C")
    ax.bar([1, 9], [3, 6], 1.5, color=["red", "blue"])


def transparent_parts(ax):
    ax.add_patch(Polygon([(1, 1), (4, 9), (7, 1)], facecolor="red", alpha=0.4, lw=6))
    ax.bar([4, 5, 6], [8, 6, 9], 2, color=(0, 0, 1, 0.3))
    ax.plot([0, 10], [3, 7], lw=12, alpha=0.5, color="green")
    ax.scatter([7, 7.5, 8], [4, 4.2, 4.4], 400, color="black", alpha=0.3)
    ax.plot([8, 8.5, 9], [8, 8, 8], "o", ms=15, mew=0, color="red", alpha=0.4)
    ends = [[(6, 7), (10, 9)], [(6, 9), (10, 7)]]
    ax.add_collection(LineCollection(ends, colors=[(0, 0.5, 0, 0.5)], linewidths=9))
    ax.text(1, 7, "shines", size=22, alpha=0.5, color="black")


def rims_of_what_overlaps(ax):
    corners = np.array([(0, 0), (3, 0), (3, 4), (0, 4)])
    look = {"facecolors": ["#AEDCFF"], "edgecolors": ["black"], "linewidths": 3}
    ax.add_collection(PolyCollection([corners + (1 + 2 * k, 1 + k) for k in range(3)], **look))
    ax.plot([7, 7.4, 7.8], [2, 2, 2], "o", ms=20, mfc="white", mec="red", mew=3)


def turned_the_other_way(ax):
    """Two of one colour that overlap, one drawn with the clock and the other against it."""
    corners = np.array([(1, 1), (6, 1), (6, 6), (1, 6)])
    both = [corners, corners[::-1] + 3]
    ax.add_collection(PolyCollection(both, facecolors=["#AEDCFF"], linewidths=0))


def many_lines(ax):
    ends = [[(k, 0), (10 - k, 10)] for k in range(10)]
    ax.add_collection(LineCollection(ends, colors=["#0076ED", "#CD5200"], linewidths=[1, 3]))


def frames(ax):
    inner = ax.figure.add_axes((0.26, 0.26, 0.5, 0.52))
    inner.set(xlim=(0, 1), ylim=(0, 1), xticks=[], yticks=[])
    inner.plot([-1, 2], [-1, 2], lw=8, color="red")
    inner.add_patch(Circle((0.9, 0.5), 0.4, facecolor="#AEDCFF", edgecolor="black"))
    inner.plot([0, 1], [1, 0], "o", ms=30, clip_on=False)
    inner.text(0.8, 0.05, "cut off", size=20, clip_on=True)
    ax.plot([0, 10], [5.1, 5.1], lw=2, color="black")


def quads(ax):
    chance = np.random.RandomState(1)
    ax.pcolormesh(np.arange(1, 8), np.arange(1, 6), chance.rand(4, 6), cmap="viridis")


def far_outside(ax):
    ax.plot([1, 5, 9], [1, 1e300, 1], lw=2, color="black")
    ax.plot([0, 1e6, 5], [5, 5, 9], lw=3, color="red")
    ax.plot([2, 3, -1e308, 9], [2, 1e308, 4, 3], lw=2, color="green")


def filled_far_outside(ax):
    ax.fill_between([1, 5, 9], [1, 1e300, 1], color="#AEDCFF")
    ax.add_patch(Polygon([(6, 1), (1e300, 5), (6, 4)], facecolor="red"))


def markers_far_outside(ax):
    ax.plot([1, 5, 9, 1e300], [1, 1e300, 1, 2], "o", ms=12, color="black")


def straight_edges(ax):
    inner = ax.figure.add_axes((0.2, 0.25, 0.6, 0.6))
    inner.bar([1, 2, 3], [3, 2.3, 1.1], 0.7, edgecolor="black", lw=1.3, color="#AEDCFF")
    inner.axhline(2.71, lw=1)
    inner.set(xticks=[1, 2, 3], xticklabels=[], yticks=[0.3, 1.4], yticklabels=[])


DRAWN = [lines_with_gaps, lines_of_each_end, dashes, curves, polygons, transparent_parts,
         rims_of_what_overlaps, turned_the_other_way, many_lines, frames, quads,
         far_outside, filled_far_outside, markers_far_outside]  # fmt: skip


@pytest.mark.parametrize("draw", DRAWN, ids=lambda draw: draw.__name__)
def test_it_looks_as_agg_draws_it(draw):
    with mpl.rc_context({"path.snap": False}):
        assert_alike(draw, 4, most=30, mean=0.4)


@pytest.mark.parametrize("draw", [straight_edges, quads], ids=lambda draw: draw.__name__)
def test_straight_edges_lie_on_whole_pixels_as_agg_puts_them(draw):
    assert_alike(draw, 1, most=4, mean=0.1)


def assert_alike(draw, scale, most, mean):
    ax = axes()
    draw(ax)
    own, other = (ink(paint(ax.figure, scale), 4 * scale) for paint in (ours, aggs))
    assert other.min() < 200, "something is to be seen"
    differ = abs(own - other).max(axis=2)
    assert differ.max() < most and differ.mean() < mean


# --- text -----------------------------------------------------------------------------------------

SAID = ["0.759", "by norm (0.949, 0.316)", "−8 + 2.5e3 = 10⁻⁵", "AVATAR To. You", "$W_s$ = 0.5",
        r"$\partial E_3/\partial W_s\,=$", "a $S_0$ of 12.75", r"$\frac{\partial S_3}{2}$ ?",
        "<b>&amp;\"'</b>", "10 $ or 5"]  # fmt: skip


@pytest.mark.parametrize("said", SAID)
@pytest.mark.parametrize("look", [{}, {"size": 8, "weight": "bold"}, {"rotation": 90},
                                  {"rotation": 33, "ha": "center", "va": "center"}])  # fmt: skip
def test_a_text_lies_where_agg_draws_it_and_has_its_size(said, look):
    ax = axes()
    ax.text(
        **{"x": 1.53, "y": 1.07, "s": said, "size": 13, "parse_math": said.count("$") > 1} | look
    )
    own, other = (255 - paint(ax.figure, 4)[:, :, 0].astype(float) for paint in (ours, aggs))
    assert own.sum() == pytest.approx(other.sum(), rel=0.04)
    for axis in (0, 1):  # how far its ink would have to be moved
        shares = [each.sum(axis).cumsum() / each.sum() for each in (own, other)]
        moved = abs(shares[0] - shares[1]).sum()
        assert moved < 1.5, "more than 3/8 of a pixel"


def test_a_text_is_measured_by_its_ink():
    renderer, font = svg.Renderer(WIDTH, HEIGHT, 100), FontProperties(family="DejaVu Sans", size=9)
    for said in SAID:
        how = {"prop": font, "ismath": said.count("$") > 1}
        renderer.draw_text(renderer.new_gc(), 20, 80, said, angle=0, **how)
        rows, columns = np.nonzero(pixels(renderer.taken(), 4)[:, :, 0] < 128)
        width, height, descent = renderer.get_text_width_height_descent(said, **how)
        assert 19.5 < columns.min() / 4 < 22
        assert np.ptp(columns) / 4 == pytest.approx(width, abs=5)
        assert np.ptp(rows) / 4 == pytest.approx(height, abs=4)
        assert rows.max() / 4 - 80 == pytest.approx(descent, abs=2)


def test_a_text_without_ink_draws_nothing():
    ax = axes()
    for said in ("", " ", "   "):
        assert markup(ax.text(1, 1, said)) == ""


def test_digits_and_words_are_set_once(monkeypatch):
    ax = axes()
    text = ax.text(1, 1, "1234567890 . = −")
    markup(text)
    drawn = count_calls(monkeypatch, text_to_path, "get_text_path")
    for value in range(1000, 1030):
        text.set_text(f"{value} = −0 . {value / 7:.6f}")
        markup(text)
    assert drawn == []
    text.set_text("new 1 new")
    markup(text)
    assert len(drawn) == 1


def test_text_is_kept_apart_by_all_that_changes_its_look():
    ax = axes()
    looks = [{}, {"size": 14}, {"weight": "bold"}, {"style": "italic"}, {"rotation": 1},
             {"family": "DejaVu Serif"}, {"color": "red"}, {"alpha": 0.5}]  # fmt: skip
    found = {markup(ax.text(1, 1, "1 a $W$", **look)) for look in looks}
    assert len(found) == len(looks)
    found |= {markup(ax.text(1, 1, "1 a $W$", **look)) for look in looks}
    assert len(found) == len(looks)


# --- the markup itself ----------------------------------------------------------------------------


def parts(found):
    """The elements of some markup, frames aside."""
    return re.findall(r"<path ", found)


@pytest.mark.parametrize("draw", DRAWN, ids=lambda draw: draw.__name__)
def test_it_is_small_whole_numbers_and_names_nothing(draw):
    """Two panels of one page must not share a name; and no text needs its signs replaced."""
    ax = axes()
    draw(ax)
    ax.text(1, 1, "<b>&amp;\"' id=1</b>")
    found = markup(ax.figure)
    assert not re.search(r"\bid=|url\(|<text|nan|inf|&", re.sub('href="[^"]*"', "", found))
    path_of("".join(re.findall(r' d="([^"]*)"', found)))
    for number in re.findall(r"(?<![\w#.])-?\d+", re.sub('href="[^"]*"', "", found)):
        assert abs(int(number)) <= 2 * 10**6, "from one far side to the other"


def test_colours_are_kept_apart_and_consecutive_parts_of_one_look_are_one_path():
    ax = axes()
    for colour, expected in (("#CD5200", '"#cd5200"'), ((0, 0.5, 1, 0.25), '"#0080ff"')):
        assert expected in markup(ax.text(1, 1, "0.5", color=colour))
    ends = [[(k, 0), (k, 5)] for k in range(1, 7)]
    look = {"linewidths": 2, "colors": ["red", "red", "red", "blue", "blue", "red"]}
    assert len(parts(markup(ax.add_collection(LineCollection(ends, **look))))) == 3
    assert len(parts(markup(ax.plot(range(9), range(9), "o", ms=3, mew=0, ls="")[0]))) == 1


def test_what_lies_over_its_like_with_a_rim_or_shines_through_is_a_path_of_its_own():
    ax = axes()
    corners = [np.array([(0, 0), (3, 0), (3, 4), (0, 4)]) + k for k in range(3)]
    rims = PolyCollection(corners, facecolors=["red"], edgecolors=["black"], linewidths=1)
    glass = PolyCollection(corners, facecolors=[(1, 0, 0, 0.5)], linewidths=0)
    for several in (rims, glass):
        assert len(parts(markup(ax.add_collection(several)))) == 3


def test_a_circle_is_four_curves_and_not_a_hundred_lines():
    ax = axes()
    for round_one in (ax.add_patch(Circle((3, 5), 2)), ax.plot([5], [5], "o", ms=30)[0]):
        assert "c" in re.search(r' d="([^"]*)"', markup(round_one))[1]
        assert len(markup(round_one)) < 500


def test_what_was_taken_is_gone():
    ax, renderer = axes(), svg.Renderer(WIDTH, HEIGHT, 100)
    line = ax.plot([1, 9], [1, 9])[0]
    line.draw(renderer)
    first = renderer.taken()
    assert renderer.taken() == "" != first
    line.draw(renderer)
    assert renderer.taken() == first


def test_a_drawing_is_the_same_each_time():
    """Whatever has been drawn before with the letters that are kept."""
    ax = axes()
    for draw in (polygons, transparent_parts, frames):
        draw(ax)
    first = markup(ax.figure)
    for kept in (svg.text_line, svg.lettered, svg._look, svg._stamp, svg._form):
        kept.cache_clear()
    assert markup(ax.figure) == first

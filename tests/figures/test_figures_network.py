"""The unrolled network and its lit paths can be read."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from drawings import smallest_glyph, texts
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from bptt_helpers import rnn
from bptt_course import figures
from bptt_course.figures import network as diagrams
from bptt_course.figures import stage, style

WORKED = rnn.forward((3, 1, 2), 2.0, rnn.Weights(1.0, 0.5, 2.0), "identity")


def test_the_measure_sees_subscripts():
    assert smallest_glyph(Text(text="plain", fontsize=13)) == 13
    assert smallest_glyph(Text(text=r"$\frac{S_1}{2}$", fontsize=20)) == pytest.approx(9.8)


def test_every_glyph_of_the_figures_has_ten_points():
    figure = Figure()
    network, counts = figure.subplots(1, 2)
    diagrams.draw_network(network, lit=diagrams.paths("W_s"), run=WORKED, d=6)
    figures.plot_counts(
        counts, [2, 8, 12], [(1, 1, 1)], [r"immediate $\partial^+ S_i / \partial W_s$"]
    )
    figure.canvas.draw()
    for text in texts(figure):
        assert smallest_glyph(text) >= 9.99, text.get_text()


@pytest.mark.parametrize("weight", ["W_s", "W_x"])
def test_the_last_arrow_of_the_second_path_has_gaps_that_are_seen(weight):
    """At least three dashes on it, and gaps wider than 4 points."""
    figure, ax = plt.subplots(figsize=(9, 5))
    network = diagrams.draw_network(ax, lit=diagrams.paths(weight), run=WORKED, d=6)
    figure.canvas.draw()
    lit = network.lit
    for lane, most in ((1, 40), (2, 20)):
        edge = sum(len(path) for path in diagrams.paths(weight)[: lane + 1]) - 1
        assert lit.get_linewidths()[edge] == diagrams.THICK
        ends = ax.transData.transform(lit.get_segments()[edge]) * 72 / figure.dpi
        _, (dash, gap) = lit.get_linestyles()[edge]
        assert np.ptp(ends, axis=0).max() > 3 * (dash + gap)
        assert 2.5 < gap and dash + gap < most
    assert lit.get_linestyles()[edge - len(diagrams.paths(weight)[2])][1][1] > 4
    plt.close(figure)


def pixels_of(words):
    """Left, right and middle height of each `Word` in its axes' units, where these are pixels."""
    for word in words:
        width = word.width
        left = word.x - {"left": 0, "center": width / 2, "right": width}[word.align]
        yield word, left, left + width


@pytest.mark.parametrize("width", [stage.WIDE, 640, 390])
def test_the_numbers_fit_their_nodes(width):
    """At random settings each number is narrower than its circle at the height where it stands."""
    _, network, _ = diagrams.beside_network(width, 0, 400, 0)
    chance = np.random.RandomState(5)
    for g_1 in 20 * list(rnn.ACTIVATIONS):
        W_x, W_s, W_y, S_0, *X = np.round(chance.uniform(-2, 2, 7), 1)
        network.write(rnn.forward(X, S_0, rnn.Weights(W_x, W_s, W_y), g_1), 6)
        assert len(network._values.shown) == 12
        for word, left, right in pixels_of(network._values.shown):
            assert word.size >= 12
            x, y = min((network.place(n) for n in diagrams.NODES), key=lambda place: np.hypot(
                place[0] - word.x, place[1] - word.y))  # fmt: skip
            chord = 2 * np.sqrt(network.radius**2 - (word.y - y) ** 2)
            assert right - left <= chord + 2, word.said
            assert (left + right) / 2 == pytest.approx(x)


@pytest.mark.parametrize("width", [stage.WIDE, 390, 328])
def test_weights_keep_clear_of_nodes_and_are_large_enough(width):
    _, network, _ = diagrams.beside_network(width, 0, 400, 0)
    network.write(rnn.forward((3, 1, 2), 2.0, rnn.Weights(-1.3, -0.5, -1.7), "identity"), 6)
    for word, left, right in pixels_of(network._weights.shown):
        assert 0.7 * word.size >= 12  # its subscript
        foot = word.y - (6 if word.said[-1].isdigit() else 9)  # a subscript at its end is lower
        for x, y in map(network.place, diagrams.NODES):
            nearest = np.clip(x, left, right), np.clip(y, foot, word.y + 6)
            assert np.hypot(nearest[0] - x, nearest[1] - y) > network.radius, word.said


@pytest.mark.parametrize("width", [390, 328])
def test_chips_of_a_narrow_network_cover_no_name(width):
    """What comes back to Y_3 and S_3 is written beside the weights, and below the error's box."""
    _, network, _ = diagrams.beside_network(width, 0, 400, 0)
    ways = [(("E", 3), ("Y", 3)), (("Y", 3), ("S", 3)), (("S", 3), ("S", 2)), (("S", 2), ("S", 1))]
    said = zip(ways, ("2", "+4", "?", "?"), strict=True)
    network.tag([(*way, number, style.INK) for way, number in said])
    for chip, left, right in pixels_of(network._tags.shown):
        for word, start, end in pixels_of(network._weights.shown):
            assert right < start or end < left or abs(chip.y - word.y) > 17, (chip.said, word.said)
        x, y = network.place(("E", 3))
        assert right + 5 < x - network.radius or chip.y + 11 < y - network.radius, chip.said


def test_arrows_of_the_forward_pass_vanish_under_whole_ones_only():
    _, network, _ = diagrams.beside_network(stage.WIDE, 0, 400, 0)

    def forward():
        return sum(colour == style.FAINT for *_, colour, _ in network._arrows.shown)

    everything = forward()
    assert everything == 3 * 3 + 2  # with the two into E_3
    network.follow([(("S", 3), ("S", 2), style.INK, False)])
    assert forward() == everything - 1
    network.follow([(("S", 3), ("S", 2), style.INK, True)])
    assert forward() == everything
    (start, end, *_) = network._arrows.shown[-1]
    middle = (network.place(("S", 2))[0] + network.place(("S", 3))[0]) / 2
    assert start[0] > middle and end[0] == pytest.approx(middle, abs=12)


def test_the_target_has_a_dashed_box_beside_the_error():
    figure = Figure((9, 5))
    network = diagrams.draw_network(figure.subplots(), run=WORKED, d=6)
    boxes = [p for p in network.axes.patches if isinstance(p, Rectangle)]
    assert sorted(box.get_linestyle() for box in boxes) == ["-", "--"]
    assert [w.said for w in network._values.shown][-2:] == ["6", "1"]


def test_a_static_figure_shows_the_numbers_upon_the_nodes():
    figure = Figure((9, 5), dpi=100)
    network = diagrams.draw_network(figure.subplots(), run=WORKED, d=6)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[::-1, :, :3].min(axis=2)
    for word in network._values.shown:
        x, y = network.axes.transData.transform((word.x, word.y)).astype(int)
        assert pixels[y - 5 : y + 6, x - 7 : x + 8].min() < 100, word.said

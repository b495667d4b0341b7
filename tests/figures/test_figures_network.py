"""The unrolled network and its lit paths can be read."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from drawings import smallest_glyph, texts
from matplotlib.figure import Figure
from matplotlib.text import Text

from bptt_helpers import rnn
from bptt_course import figures
from bptt_course.figures import network as diagrams

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
    lit = network.live[0]
    for lane, most in ((1, 40), (2, 20)):
        edge = sum(len(path) for path in diagrams.paths(weight)[: lane + 1]) - 1
        assert lit.get_linewidths()[edge] == diagrams.THICK
        ends = ax.transData.transform(lit.get_segments()[edge]) * 72 / figure.dpi
        _, (dash, gap) = lit.get_linestyles()[edge]
        assert np.ptp(ends, axis=0).max() > 3 * (dash + gap)
        assert 2.5 < gap and dash + gap < most
    assert lit.get_linestyles()[edge - len(diagrams.paths(weight)[2])][1][1] > 4
    plt.close(figure)

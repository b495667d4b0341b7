"""The static figures of notebook 07, held to their numbers."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from bptt_helpers import rnn
from bptt_course import figures


def test_static_figures_draw_their_numbers():
    ax = Figure().subplots()
    figures.plot_flow(ax, {"decay": 0.5 ** np.arange(5), "growth": 2.0 ** np.arange(5)})
    assert [list(line.get_ydata()[-1:]) for line in ax.lines] == [[0.5**4], [2.0**4]]
    ax = Figure().subplots()
    figures.plot_powers(ax, np.arange(1, 30), [0.9], [-1 / np.log(0.9)])
    curve, top = ax.lines
    assert curve.get_ydata().max() == pytest.approx(3.8742, abs=1e-4)
    assert top.get_ydata()[0] >= curve.get_ydata().max()
    ax = Figure().subplots()
    figures.plot_slopes(ax, [rnn.TANH, rnn.SIGMOID], np.array([-1.0, 0.0, 1.0]))
    assert [line.get_ydata()[1] for line in ax.lines] == [1, 0.25]
    ax = Figure().subplots()
    figures.plot_sufficient_condition(ax, {"one": (np.array([0.5, 2]), np.array([0.4, 1.1]))})
    assert list(ax.lines[0].get_ydata()) == [0.4, 1.1]

"""The static figures of notebook 12, held to their numbers."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from bptt_course import figures, recall


@pytest.mark.parametrize(("bet", "x"), [(1, -0.5), (20, -0.5), (21, 0.5), (200, 2.5), (999, 3.5)])
def test_a_bet_stands_before_the_first_lag_at_which_it_fails(bet, x):
    ax = Figure().subplots()
    figures.plot_success(ax, recall.read(), {"RNN, orthogonal": bet})
    (bar,) = [line for line in ax.lines if line.get_gid() == "bet"]
    assert tuple(bar.get_xdata()) == (x, x)
    row = list(recall.read()).index("RNN, orthogonal")
    assert np.mean(bar.get_ydata()) == row


@pytest.mark.parametrize("bets", [{"LSTM": 20}, {"RNN, orthogonal": "20"}, {"RNN, random": None}])
def test_a_bet_that_is_none_is_refused(bets):
    ax = Figure().subplots()
    with pytest.raises(ValueError, match="bets"):
        figures.plot_success(ax, recall.read(), bets)


def test_the_table_drawn_is_the_table_read():
    ax = Figure().subplots()
    figures.plot_success(ax, recall.read())
    (image,) = (part for part in ax.collections if part.get_gid() == "success")
    table = recall.read()
    lags = sorted({lag for by_lag in table.values() for lag in by_lag})
    results = [[by_lag.get(lag) for lag in lags] for by_lag in table.values()]
    shares = [[np.nan if r is None else r.share for r in row] for row in results]
    np.testing.assert_array_equal(image.get_array().filled(np.nan), shares)
    every = [result for row in results for result in row if result is not None]
    for text, r in zip(ax.texts, every, strict=True):
        of = "" if r.seeds == 20 else f"/{r.seeds}"
        assert text.get_text() == f"{r.solved}{of}   ({100 * r.low:.0f}–{100 * r.high:.0f} %)"


def test_training_curves_are_means_of_20():
    ax = Figure().subplots()
    errors = np.random.RandomState(0).uniform(0.1, 1, 50)
    figures.plot_training(ax, {"RNN": errors, "GRU, b_z = 1": errors[:7]}, baseline=1)
    _, long, short = ax.lines
    np.testing.assert_allclose(long.get_ydata()[[0, -1]], [errors[:20].mean(), errors[-20:].mean()])
    assert list(long.get_xdata()[[0, -1]]) == [20, 50]
    np.testing.assert_allclose(short.get_ydata(), [errors[:7].mean()])


def test_letters_are_drawn_cell_by_cell():
    ax = Figure().subplots()
    figures.plot_letters(ax, [("one", "a b", np.array([0.1, 0.9, 0.5]))])
    assert "".join(text.get_text() for text in ax.texts) == "a·b"

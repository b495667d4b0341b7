"""Notebook 12: the lag at which training fails."""

import numpy as np
import pytest

from bptt_course import checks, recall
from bptt_course.checks.nb12_long_memory import JUDGED


def edges(name):
    by_lag = recall.read()[name]
    return recall.last_success(by_lag), recall.first_failure(by_lag) or max(by_lag)


def test_a_prediction_near_the_edge_fits_and_a_far_one_does_not(capsys):
    lags = {cell: sum(edges(name)) / 2 for cell, name in JUDGED.items()}
    assert checks.lag_of_failure(**lags).ok
    for cell, name in JUDGED.items():
        _, first = edges(name)
        for lag in (first / 2.2, 2.2 * first, 200, 1e6):
            verdict = checks.lag_of_failure(**{**lags, cell: lag})
            assert not verdict.ok and "2 of 3 fit" in verdict.message
            assert cell not in verdict.message.split("Hint")[0]
    assert not checks.lag_of_failure(RNN=10, LSTM=100, GRU=100).ok  # the bets that stand in 12
    assert not checks.lag_of_failure(RNN=10, LSTM=15, GRU=15).ok
    capsys.readouterr()


@pytest.mark.parametrize("lags", [(25, 25, 25), (40, 40, 40), (30, 28, 45), (40, 50, 40)])
def test_who_cannot_tell_the_cells_apart_is_asked_which_fails_first(lags, capsys):
    verdict = checks.lag_of_failure(*lags)
    assert not verdict.ok
    assert "each of them fits" in verdict.message and "fails first" in verdict.message
    assert checks.lag_of_failure(20, 36, 41).ok  # what the rule of the solution gives
    assert checks.lag_of_failure(49, 50, 50).ok
    capsys.readouterr()


@pytest.mark.parametrize("lag", [-5, 0, 0.5, -200])
def test_a_lag_below_1_is_no_lag(lag, capsys):
    assert "a lag is a number of steps" in checks.lag_of_failure(20, lag, 41).message


@pytest.mark.parametrize("lag", [..., None, "ten", [1, 2], np.nan, -5, 1e9, lambda: 3])
def test_a_prediction_that_is_none_is_answered_kindly(lag, capsys):
    verdict = checks.lag_of_failure(RNN=lag, LSTM=20, GRU=30)
    assert not verdict.ok
    assert verdict.message.startswith(("Not yet", "Not attempted"))

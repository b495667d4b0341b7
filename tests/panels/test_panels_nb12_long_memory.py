"""The panel of notebook 12 shows the stored results."""

import re

import numpy as np
import pytest
from drawings import drawn, said, written

from bptt_course import panels, recall
from bptt_course.figures import stage


@pytest.fixture(scope="module")
def results():
    return panels.trained_at_lag()


@pytest.mark.parametrize("lag", [20, 31, 33, 50, 80, 150, 200])
def test_the_panel_shows_the_nearest_trained_lag(results, lag):
    words = said(results.set(lag=lag))
    table = recall.read()
    nearest = int(re.match(r"\s*Lag (\d+)", words).group(1))
    by_distance = sorted(table["RNN, random"], key=lambda one: abs(np.log(one / lag)))
    assert nearest == by_distance[0]
    assert ("nearest to" in words) == (nearest != lag)
    trained = [by_lag[nearest] for by_lag in table.values() if nearest in by_lag]
    most = sum(2 * result.solved > result.seeds for result in trained)
    assert f": {most} of {len(trained)} networks learned it in more than half of" in words
    assert f"In every run: {sum(r.solved == r.seeds for r in trained)}." in words
    assert f"In no run: {sum(r.solved == 0 for r in trained)}." in words
    for name, by_lag in table.items():
        if nearest not in by_lag:
            continue
        result = by_lag[nearest]
        x = drawn(results, f"updates of {name}").get_xdata()
        assert list(x) == ([] if result.updates is None else [result.updates])
    assert np.mean(drawn(results, "frame").get_xdata()[:4]) == list(table["RNN, random"]).index(
        nearest
    )


def test_a_drag_beside_a_trained_lag_is_put_on_it(results):
    for wanted in recall.read()["RNN, random"]:
        results.set(lag=150)
        for beside in (wanted - 10, wanted + 10):
            if 20 <= beside <= 200:
                results.move("lag", 150).move("lag", beside)
                assert results.controls["lag"].value == wanted
                assert "nearest" not in said(results)


@pytest.mark.parametrize("width", [stage.WIDE, 390])
def test_the_table_is_covered_after_the_lag_and_each_median_tells_its_n(results, width):
    results.lay_out(width).reset()
    table = recall.read()
    lags = sorted({lag for by_lag in table.values() for lag in by_lag})
    for column, lag in enumerate(lags):
        cover = drawn(results.set(lag=lag), "cover")
        assert cover.get_x() == column + 0.5
        right = cover.get_x() + cover.get_width() - (len(lags) - 0.5)
        assert right == pytest.approx(0.05 if lag < lags[-1] else 0), "all of the last column"
        words = written(results, "said")
        for name, by_lag in table.items():
            if lag not in by_lag:
                continue
            result = by_lag[lag]
            if result.updates is None:
                assert "none learned it" in words
                continue
            assert f"{result.updates} (n = {result.solved})" in words
            is_hollow = drawn(results, f"updates of {name}").get_markerfacecolor() == "white"
            assert is_hollow == (result.share < 0.5)

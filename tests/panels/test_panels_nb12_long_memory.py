"""The panel of notebook 12 shows the stored results."""

import re

import numpy as np
import pytest
from drawings import drawn, said

from bptt_course import panels, recall


@pytest.fixture(scope="module")
def results():
    return panels.trained_at_lag()


@pytest.mark.parametrize("lag", [5, 7, 24, 25, 30, 61, 100])
def test_the_panel_shows_the_nearest_trained_lag(results, lag):
    words = said(results.set(lag=lag))
    table = recall.read()
    nearest = int(re.match(r"\s*Lag (\d+)", words).group(1))
    by_distance = sorted(table["RNN, random"], key=lambda one: abs(np.log(one / lag)))
    assert nearest == by_distance[0]
    assert ("nearest to" in words) == (nearest != lag)
    for name, by_lag in table.items():
        result = by_lag[nearest]
        assert f"{name}: {result.solved} of {result.seeds}" in words
        x = drawn(results, f"updates of {name}").get_xdata()
        assert list(x) == ([] if result.updates is None else [result.updates])
    assert np.mean(drawn(results, "frame").get_xdata()[:4]) == list(table["RNN, random"]).index(
        nearest
    )

"""Notebook 12: which networks learn lag 100."""

import itertools

import numpy as np
import pytest

from bptt_course import checks, recall
from bptt_course.checks.nb12_long_memory import JUDGED, LAG

SHARES = [recall.read()[name][LAG].share for name in JUDGED]


def test_the_results_decide_each_of_the_networks():
    results = [recall.read()[name][LAG] for name in JUDGED]
    assert all(r.high < 0.5 or r.low > 0.5 for r in results)


def test_only_one_pattern_of_sides_is_right(capsys):
    right = [
        sides
        for sides in itertools.product((0, 20), repeat=len(JUDGED))
        if checks.learned_at_100(dict(zip(JUDGED, sides, strict=True))).ok
    ]
    assert right == [tuple(20 * (share > 0.5) for share in SHARES)]
    capsys.readouterr()


def test_the_verdict_says_how_many_are_right_and_not_which(capsys):
    counts = {name: 19 if share > 0.5 else 1 for name, share in zip(JUDGED, SHARES, strict=True)}
    assert checks.learned_at_100(counts).ok
    name = JUDGED[0]
    verdict = checks.learned_at_100({**counts, name: 20 - counts[name]})
    assert not verdict.ok and "4 of 5" in verdict.message and name not in verdict.message
    assert "decide" in checks.learned_at_100({**counts, name: 10}).message
    assert "between 0 and 20" in checks.learned_at_100({**counts, name: -1}).message
    capsys.readouterr()


@pytest.mark.parametrize("count", [..., None, "ten", [1, 2], np.nan, 21, lambda: 3])
def test_a_prediction_that_is_none_is_answered_kindly(count, capsys):
    verdict = checks.learned_at_100({**dict.fromkeys(JUDGED, 3), JUDGED[1]: count})
    assert not verdict.ok and verdict.message.startswith(("Not yet", "Not attempted"))
    assert not checks.learned_at_100(count).ok
    assert "Not attempted" in checks.learned_at_100({}).message


def test_a_prediction_that_lacks_a_network_is_told_which(capsys):
    counts = dict.fromkeys(JUDGED, 3)
    counts[JUDGED[2].lower()] = counts.pop(JUDGED[2])
    message = checks.learned_at_100(counts).message
    assert f"Not yet: {JUDGED[2]}: there is no entry with this name" in message
    assert "a dict with all five" in checks.learned_at_100([3, 3, 3, 3, 3]).message
    assert "a dict with all five" in checks.learned_at_100(np.ones(5)).message
    assert "between 0 and 20" in checks.learned_at_100(dict.fromkeys(JUDGED, 21)).message
    capsys.readouterr()

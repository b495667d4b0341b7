"""Numbers typed in by a reader: the first wrong line, and what is no number at all."""

import numpy as np
import pytest

from bptt_course import checks


@pytest.mark.parametrize("absurd", ["-6", [1, 2], np.nan, np.inf, 1j, {}, len, True, [], object()])
def test_what_is_no_number_is_told_in_words(absurd):
    verdict = checks.output_weight(absurd, 10, -60)
    assert not verdict.ok and "dE_dY: expected" in verdict.message and "0x" not in verdict.message
    assert not checks.wrong_line_03(absurd).ok


LINES = [(checks.wrong_line_03, 4), (checks.wrong_line_04, 2), (checks.wrong_line_05, 3)]


@pytest.mark.parametrize(("check", "right"), LINES)
def test_the_first_wrong_line_is_the_only_right_answer_and_never_told(check, right):
    assert [n for n in range(9) if check(n).ok] == [right]
    for line in set(range(1, 6)) - {right}:
        assert f"line {right}" not in check(line, hint=True).message

"""Exercise 05-A: what a backward pass is told that is right for one error and not for their sum.

And the hints of a function that is right for the error at step 3 only.
"""

import numpy as np
import pytest

from bptt_helpers import bptt
from bptt_course import checks
from bptt_course.checks.engine.verdict import failed


@pytest.fixture(autouse=True)
def fresh_kernel():
    failed.clear()


def three(gradients):
    return gradients.dE_dW_x, gradients.dE_dW_s, gradients.dE_dW_y


def only_the_last(run, d, at=None):
    if at is None:
        at, d = run.T, d[-1]
    return three(bptt.backward(run, d, at))


def overwritten(steps):
    """dE_dW_y with `=` for `+=`, in a loop over `steps` of T; all the rest is right."""

    def backward(run, d, at=None):
        *others, dE_dW_y = three(bptt.backward(run, d, at))
        for t in steps(run.T) if at is None else ():
            dE_dW_y = np.outer(2 * (run.Y[t] - d[t - 1]), run.S[t])
        return *others, dE_dW_y

    return backward


def up(T):
    return range(1, T + 1)


def down(T):
    return range(T, 0, -1)


def words(verdict):
    return " ".join(verdict.message.split())


def test_only_the_last_error_is_told_for_what_it_is():
    verdict = checks.backward_pass(only_the_last)
    assert not verdict.ok and verdict.mistakes == ("last-error-only", "overwritten")
    assert "numbers cannot tell them apart" in words(verdict)
    assert "only the last error, E_T, is counted" in words(verdict)
    assert "[last-error-only] With at=None the error is E_1 + ... + E_T" in words(verdict)


def test_what_is_overwritten_is_still_named():
    assert checks.backward_pass(overwritten(down)).mistakes == ("overwritten",)
    assert "overwritten" in checks.backward_pass(overwritten(up)).mistakes


def test_a_sum_without_a_name_gets_hints_about_the_sum():
    def scaled(run, d, at=None):
        return tuple(g * (1.1 if at is None else 1) for g in three(bptt.backward(run, d, at)))

    seen = [words(checks.backward_pass(scaled)) for _ in range(3)]
    assert all("the sum of all E_t (at=None) is not" in text for text in seen)
    for text, key in zip(seen, ("T = 1", "two routes", "(7, 5, 6)"), strict=True):
        assert key in text


# ---- Right for at = 3 only ----------------------------------------------------------------------


def by_hand(run, d, at):
    W_s, S = run.weights.W_s, run.S
    third = 2 * (run.Y[at] - d) * run.weights.W_y * run.g_1.slope(S[at])
    second = third * W_s * run.g_1.slope(S[at - 1])
    first = second * W_s * run.g_1.slope(S[at - 2])
    return third * S[at - 1] + second * S[at - 2] + first * S[at - 3]


def from_T(run, d, at):
    return bptt.backward(run, d, run.T).dE_dW_s


def at_most_three(run, d, at):
    return by_hand(run, d, at) if at > 3 else bptt.backward(run, d, at).dE_dW_s


@pytest.mark.parametrize(
    ("function", "first"),
    [
        (by_hand, "with at = 1 of T = 5: which terms should be left?"),
        (from_T, "with at = 1 of T = 5: which terms should be left?"),
        (at_most_three, "with at = 4 of T = 5: how many terms has it?"),
    ],
)
def test_a_function_that_is_right_for_at_3_is_sent_to_another_at(function, first):
    seen = [words(checks.hidden_weight(function)) for _ in range(3)]
    assert first in seen[0] and not any("worked example" in text for text in seen)
    assert "How many terms does your function add up?" in seen[1]
    assert "a loop belongs" in seen[2]


def test_the_output_weight_has_hints_of_its_own():
    def backward(run, d, at=None):
        dE_dW_x, dE_dW_s, dE_dW_y = three(bptt.backward(run, d, at))
        wrong = np.outer(2 * (run.Y[-1] - d), run.S[-1]) if at else dE_dW_y
        return dE_dW_x, dE_dW_s, wrong

    assert "which S and which Y does it take?" in words(checks.backward_pass(backward))

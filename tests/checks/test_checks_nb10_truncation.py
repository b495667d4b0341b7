"""Notebook 10: the bias of a truncated gradient, and the smallest window."""

import numpy as np
import pytest

from bptt_helpers import bptt, rnn
from bptt_course import checks
from bptt_course.checks.nb10_truncation import WINDOW_RUN, WINDOW_TARGET, WRONG_BIASES


def terms_of(run, d, at):
    return bptt.chain_rule_terms(run, d, at).W_s[1:]


def right_bias(run, d, at, window):
    terms = terms_of(run, d, at)
    return abs(terms[-window:].sum() - terms.sum()) / abs(terms.sum())


def bias_of_a_tail(run, d, at, window):
    """The truncated gradient as the exact one of the run that starts `window` steps back."""
    start = at - window
    tail = rnn.forward(run.X[start + 1 : at + 1], run.S[start], run.weights, run.g_1)
    exact = bptt.backward(run, d, at).dE_dW_s
    return np.float32(abs(bptt.backward(tail, d, window).dE_dW_s - exact) / abs(exact))


def sizes_subtracted(run, d, at, window):
    terms = terms_of(run, d, at)
    exact, truncated = abs(terms.sum()), abs(terms[-window:].sum())
    return abs(truncated - exact) / exact


@pytest.mark.parametrize("answer", [right_bias, bias_of_a_tail])
def test_the_right_bias_is_accepted_in_several_styles(answer):
    assert checks.bias(answer).ok


def test_bias_mistakes_are_told_apart():
    for words, formula, *_ in WRONG_BIASES:

        def answer(run, d, at, window, formula=formula):
            return formula(terms_of(run, d, at)[::-1], window)

        assert words in " ".join(checks.bias(answer).message.split())


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda run, d, at, window: right_bias(run, d, run.T, window), "earlier `at`"),
        (lambda run, d, at, window: right_bias(run, d, at, window) + 0.01, "first that differs"),
        (lambda run, d, at, window: min(1, right_bias(run, d, at, window)), "first that differs"),
        (sizes_subtracted, "of their difference, not of each"),
        (lambda run, d, at, window: [1.0, 2.0], "expected one number"),
        (lambda run, d, at, window: ..., "Not attempted"),
    ],
)
def test_a_wrong_bias_is_told(answer, words):
    verdict = checks.bias(answer)
    assert not verdict.ok
    assert words in " ".join(verdict.message.split())


def test_the_smallest_window_of_the_exercise():
    run, T = WINDOW_RUN, 40
    biases = [right_bias(run, WINDOW_TARGET, T, k) for k in range(1, T + 1)]
    right = 1 + max(k for k in range(1, T + 1) if biases[k - 1] >= 0.01)
    assert checks.window(right).ok
    lucky = 1 + int(np.argmax(np.array(biases) < 0.01))
    assert lucky < right
    for answer, words in (
        (lucky, "by luck"),
        (right - 1, "a longer window"),
        (right + 1, "a shorter window"),
        (2.5, "a whole number"),
        (0, "a whole number"),
        (101, "expected one number from −100 to 100"),
        (..., "Not attempted"),
        ("thirty", "text"),
    ):
        verdict = checks.window(answer)
        assert not verdict.ok
        assert words in verdict.message

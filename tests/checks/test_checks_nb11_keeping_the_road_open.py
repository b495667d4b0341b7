"""Notebook 11: one step of a GRU."""

import numpy as np
import pytest

from bptt_helpers import rnn
from bptt_course import checks
from bptt_course.checks.nb11_keeping_the_road_open import WRONG_STEPS


def test_a_gru_step_is_accepted_in_several_styles():
    def plain(a_r, a_z, x, q, S_before):
        r, z = 1 / (1 + np.exp(-a_r)), 1 / (1 + np.exp(-a_z))
        return z * S_before + (1 - z) * np.tanh(x + r * q)

    def mixed(a_r, a_z, x, q, S_before):
        S_tilde = np.tanh(x + rnn.SIGMOID(a_r) * q)
        return list(S_tilde + rnn.SIGMOID(a_z) * (S_before - S_tilde))

    assert checks.gru_step(plain).ok
    assert checks.gru_step(mixed).ok


@pytest.mark.parametrize(
    ("words", "formula", "hints"), WRONG_STEPS, ids=[words[:30] for words, *_ in WRONG_STEPS]
)
def test_each_known_mistake_is_named(words, formula, hints):
    verdict = checks.gru_step(formula)
    assert f"Hint 1 of 3: {hints[0]}" in " ".join(verdict.message.split())
    assert not verdict.ok
    assert " ".join(words.split()) in " ".join(verdict.message.split())


def only_three(a_r, a_z, x, q, S):
    """Right, but for networks with three states."""
    z = sigmoid(a_z)
    return [z[i] * S[i] + (1 - z[i]) * np.tanh(x[i] + sigmoid(a_r[i]) * q[i]) for i in range(3)]


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (
            lambda a_r, a_z, x, q, S: S + sigmoid(a_z) * (np.tanh(x + sigmoid(a_r) * q) - S),
            "z and 1 - z",
        ),
        (
            lambda a_r, a_z, x, q, S: (
                sigmoid(a_r) * S + sigmoid(-a_r) * np.tanh(x + sigmoid(a_z) * q)
            ),
            "r and z are swapped",
        ),
        (
            lambda a_r, a_z, x, q, S: sigmoid(a_z) * S + sigmoid(-a_z) * np.tanh(x + q),
            "the reset gate r is missing",
        ),
        (
            lambda a_r, a_z, x, q, S: sigmoid(a_z) * S + np.tanh(x + sigmoid(a_r) * q),
            "the factor 1 - z",
        ),
        (
            lambda a_r, a_z, x, q, S: sigmoid(a_z) * S + sigmoid(-a_z) * np.tanh(x + a_r * q),
            "the reset gate is σ(a_r)",
        ),
        (
            lambda a_r, a_z, x, q, S: a_z * S + (1 - a_z) * np.tanh(x + sigmoid(a_r) * q),
            "the update gate is σ(a_z)",
        ),
        (lambda a_r, a_z, x, q, S: S / (1 + np.exp(-a_z)), "the candidate is left out"),
        (
            lambda a_r, a_z, x, q, S: (
                sigmoid(a_z) * S + sigmoid(-a_z) * np.tanh(x * sigmoid(a_r) + q)
            ),
            "the state's share q, not x",
        ),
    ],
)
def test_mistakes_written_anew_are_named(function, words):
    assert words in " ".join(checks.gru_step(function).message.split())


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda *_: ..., "Not attempted"),
        (lambda *_: None, "None comes back"),
        (lambda a_r, a_z, x, q, S: 0 * x, "random steps"),
        (lambda a_r, a_z, x, q, S: x.sum(), "shape"),
        (only_three, "shape"),
        (lambda a_r, a_z, x, q, S: (S, S), "new state alone"),
        (lambda a_r, a_z, x, q, S: undefined, "NameError"),  # noqa: F821
        (lambda a_r: a_r, "TypeError"),
        (3, "function itself"),
        (..., "Not attempted"),
    ],
)
def test_whatever_comes_is_answered_in_words(function, words):
    verdict = checks.gru_step(function)
    assert not verdict.ok and words in verdict.message
    assert not any(" ".join(known.split()) in " ".join(verdict.message.split())
                   for known, *_ in WRONG_STEPS)  # fmt: skip

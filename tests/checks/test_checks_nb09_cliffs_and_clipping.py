"""Notebook 09: clipping by norm."""

import numpy as np
import pytest

from bptt_helpers import training
from bptt_course import checks
from bptt_course.checks.nb09_cliffs_and_clipping import WRONG_CLIPS


def right_clip(gradients, threshold):
    length = np.sqrt(sum(np.sum(g**2) for g in gradients))
    return [g * min(1, threshold / length) for g in gradients]


def clip_as_torch_does(gradients, threshold):
    length = np.sqrt(sum(np.sum(g**2) for g in gradients))
    return [g * min(1, threshold / (length + 1e-6)) for g in gradients]


def clip_in_place(gradients, threshold):
    length = np.linalg.norm(np.concatenate([np.ravel(g) for g in gradients]))
    for g in gradients:
        g *= min(1, threshold / length)
    return gradients


@pytest.mark.parametrize(
    "answer",
    [
        right_clip,
        clip_as_torch_does,
        clip_in_place,
        training.clip_norm,
        lambda g, c: tuple(right_clip(g, c)),
    ],
)
def test_right_clipping_is_accepted_in_several_styles(answer):
    assert checks.clipping(answer).ok


def clip_if(condition):
    """Clipping with the right factor, under another condition."""
    return lambda g, c: [
        x * c / training.norm(g) if condition(training.norm(g), c) else x for x in g
    ]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda g, c: g, "nothing was clipped"),
        (lambda g, c: [np.clip(x, -c, c) for x in g], "by value"),
        (lambda g, c: [x * min(1, c / np.linalg.norm(x)) for x in g], "own norm"),
        (lambda g, c: [x * c / training.norm(g) for x in g], "made longer"),
        (lambda g, c: [x * c / (training.norm(g) + 1e-6) for x in g], "made longer"),
        (lambda g, c: [0.999 * x for x in right_clip(g, c)], "came back with length"),
        (lambda g, c: [(1 - 1e-4) * x for x in right_clip(g, c)], "came back with length"),
        (lambda g, c: [x / training.norm(g) for x in g], "with length 1"),
        (lambda g, c: [x * min(1, c / training.norm(g) ** 2) for x in g], "square root"),
        (lambda g, c: [x * (c if training.norm(g) > c else 1) for x in g], "divide by the length"),
        (lambda g, c: [0.9 * x for x in g], "came back with length"),
        (clip_if(lambda length, c: length > c**2), "came back with length"),
        (clip_if(lambda length, c: length >= 2 * c), "came back with length"),
        (clip_if(lambda length, c: length > 1.2 * c), "came back with length"),
        (lambda g, c: g[:2], "3 arrays came in, 2 came back"),
        (lambda g, c: [x.T for x in g], "keep its shape"),
        (lambda g, c: 5, "a list of arrays"),
        (lambda g, c: g[0] / 0 / "x", "your code stops with an error"),
    ],
)
def test_wrong_clipping_is_told(answer, words):
    verdict = checks.clipping(answer)
    assert not verdict.ok
    assert words in " ".join(verdict.message.split())


def test_clipping_mistakes_are_told_apart():
    for words, formula, _ in WRONG_CLIPS:
        message = " ".join(checks.clipping(formula).message.split())
        assert words in message

"""Checks of notebook 08: clipping by norm, the bias of a truncated gradient, a window to choose.

Each prints one verdict and returns it as a `Verdict`. A wrong answer that is a known mistake
is named in words; whatever a reader's function does is caught and told.
"""

from dataclasses import replace

import numpy as np

from bptt_helpers import bptt, rnn, training
from bptt_course.checks.engine.diagnosis import Finding, in_words
from bptt_course.checks.engine.guard import NotAttempted, NotUsable, Student, numbers
from bptt_course.checks.engine.verdict import checked, judged
from bptt_course.words import number

# ---- 08-A: clipping by norm ---------------------------------------------------------------------


def clipping(my_clip, hint=False):
    """08-A: `my_clip(gradients, threshold)` returns the list of arrays, clipped by their norm."""
    student = Student(my_clip, _arrays)
    return checked("08-A", student, _clipping, hint, CLIP_HINTS)


def _arrays(returned):
    if returned is None or returned is ...:
        raise NotAttempted
    if not isinstance(returned, tuple | list):
        raise NotUsable("expected a list of arrays, one for each gradient that came in")
    if len(returned) == 2 and isinstance(returned[0], tuple | list):
        returned = returned[0]  # with the length beside them, as training.clip_norm has it
    return [numbers(array) for array in returned]


def _clipping(student):
    random = np.random.RandomState(10)
    asked = [
        ([size * random.normal(size=shape) for shape in ((3, 2), (3, 3), (1, 3))], threshold)
        for size in (0.01, 0.3, 1, 20)
        for threshold in (0.5, 2.0, 5.0)
    ]
    got = student.run([([g.copy() for g in gradients], c) for gradients, c in asked])
    if student.error:
        return _trouble(student, CLIP_HINTS)

    def is_like(formula, room=1e-7):
        return all(
            _same(answer, formula(gradients, c), room)
            for answer, (gradients, c) in zip(got, asked, strict=True)
        )

    if any(map(is_like, RIGHT_CLIPS)):
        return Finding(True, lines=(f"all {len(asked)} cases, long gradients and short ones",))
    for words, formula in WRONG_CLIPS:
        if is_like(formula, room=1e-4):  # also with a small number added to the length
            return _wrong(words, CLIP_HINTS)
    for answer, (gradients, c) in zip(got, asked, strict=True):
        if len(answer) != len(gradients):
            words = f"{len(gradients)} arrays came in, {len(answer)} came back"
            return _wrong(words, CLIP_HINTS)
        if any(a.shape != g.shape for a, g in zip(answer, gradients, strict=True)):
            return _wrong("each array should keep its shape", CLIP_HINTS)
        if not _same(answer, training.clip_norm(gradients, c)[0]):
            length, came = (number(training.norm(arrays)) for arrays in (gradients, answer))
            words = (
                f"gradients of length {length} together, with a threshold of {number(c)}, came "
                f"back with length {came}"
            )
            return _wrong(words, CLIP_HINTS)


def _each(factor):
    """Every array times factor(all of them, threshold)."""
    return lambda gradients, c: [g * factor(gradients, c) for g in gradients]


def _min(c, length):
    return min(1, c / length)


RIGHT_CLIPS = (
    lambda gradients, c: training.clip_norm(gradients, c)[0],
    # with PyTorch's small number in the denominator
    _each(lambda gradients, c: _min(c, training.norm(gradients) + 1e-6)),
)
WRONG_CLIPS = (
    ("nothing was clipped", _each(lambda gradients, c: 1)),
    (
        "that is clipping by value, entry by entry: the direction turns",
        training.clip_value,
    ),
    (
        "each array was clipped by its own norm: together they turn; one norm for all is wanted",
        lambda gradients, c: [training.clip_norm([g], c)[0][0] for g in gradients],
    ),
    (
        "short gradients are made longer: only those above the threshold are to be changed",
        _each(lambda gradients, c: c / training.norm(gradients)),
    ),
    (
        "the short gradients are changed and the long ones kept: it is the other way round",
        _each(lambda gradients, c: max(1, c / training.norm(gradients))),
    ),
    (
        "what is clipped comes back with length 1: the threshold is missing in the factor",
        _each(
            lambda gradients, c: 1 / training.norm(gradients) if training.norm(gradients) > c else 1
        ),
    ),
    (
        "all gradients come back with length 1",
        _each(lambda gradients, c: 1 / training.norm(gradients)),
    ),
    (
        "the square root of the norm is missing: Σ g² is the square of the length",
        _each(lambda gradients, c: _min(c, training.norm(gradients) ** 2)),
    ),
    (
        "the length is the square root of the sum of the squares, not the sum of the |g|",
        _each(lambda gradients, c: _min(c, sum(np.abs(g).sum() for g in gradients))),
    ),
    (
        "the length is not the largest |g|: all entries count, by their squares",
        _each(lambda gradients, c: _min(c, max(np.abs(g).max() for g in gradients))),
    ),
    (
        "the lengths of the arrays do not add up; their squares do",
        _each(lambda gradients, c: _min(c, sum(np.linalg.norm(g) for g in gradients))),
    ),
    (
        "for the matrices np.linalg.norm(g, 2) is the largest stretch; square all entries",
        _each(
            lambda gradients, c: _min(c, np.sqrt(sum(np.linalg.norm(g, 2) ** 2 for g in gradients)))
        ),
    ),
    (
        "what is clipped is multiplied by the threshold; divide by the length as well",
        _each(lambda gradients, c: c if training.norm(gradients) > c else 1),
    ),
)
CLIP_HINTS = (
    "First the length of all gradients together: which numbers are squared and added up?",
    "length = np.sqrt(sum(np.sum(g**2) for g in gradients)). Then two cases: is it above the "
    "threshold, or not?",
    "Above the threshold every array is multiplied by one and the same number, threshold / length.",
)


# ---- 08-B: the bias of a truncated gradient -----------------------------------------------------


def bias(my_bias, hint=False):
    """08-B: `my_bias(run, d, at, window)` returns |truncated - exact| / |exact| of ∂E_at/∂W_s."""
    return checked("08-B", Student(my_bias, _one_number), _bias, hint, BIAS_HINTS)


def _one_number(returned):
    value = numbers(returned)
    if value.size != 1:
        raise NotUsable(f"expected one number, got an array of shape {value.shape}")
    return float(value.reshape(()))


def _bias(student):
    random = np.random.RandomState(11)
    asked = []
    for g_1 in ("identity", "tanh", "identity", "tanh"):
        weights = rnn.Weights(1.1, random.uniform(-1.2, 1.2), 0.8)
        run = rnn.forward(random.normal(size=8), 0.7, weights, g_1)
        asked += [(run, 0.3, 8, k) for k in (3, 1, 5, 8)] + [(run, 0.3, 6, k) for k in (2, 4, 5)]
    got = student.run(asked)
    if student.error:
        return _trouble(student, BIAS_HINTS)

    def is_like(formula):
        return all(
            _is_near(answer, formula(_terms(run, d, at), k))
            for answer, (run, d, at, k) in zip(got, asked, strict=True)
        )

    if is_like(_relative(_last)):
        return Finding(True, lines=("the bias in 4 scalar networks, at = 8 and 6, windows 1 to 8",))
    for words, formula in WRONG_BIASES:
        if is_like(formula):
            return _wrong(words, BIAS_HINTS)
    if all(
        _is_near(answer, _relative(_last)(_terms(run, d, at), k))
        for answer, (run, d, at, k) in zip(got, asked, strict=True)
        if at == run.T
    ):
        return _wrong("right for at = T; for an earlier `at` it is not", BIAS_HINTS)
    for answer, (run, d, at, k) in zip(got, asked, strict=True):
        if not _is_near(answer, _relative(_last)(_terms(run, d, at), k)):
            words = (
                f"with g_1 = {run.g_1.name}, T = {run.T}, at = {at} and a window of {k} it is the "
                f"first that differs"
            )
            return _wrong(words, BIAS_HINTS)


def _terms(run, d, at):
    """The terms of ∂E_at/∂W_s by lag."""
    return bptt.chain_rule_terms(run, d, at).W_s[:0:-1]


def _last(terms, k):
    return terms[:k].sum()


def _relative(truncated):
    return lambda terms, k: abs(truncated(terms, k) - terms.sum()) / abs(terms.sum())


def _ratio(one, other):
    return one / other if other else np.inf


WRONG_BIASES = (
    (
        "it has a sign: the size of the bias is asked for, so take the absolute value",
        lambda terms, k: (_last(terms, k) - terms.sum()) / abs(terms.sum()),
    ),
    (
        "it has a sign: the size of the bias is asked for, so take the absolute value",
        lambda terms, k: (_last(terms, k) - terms.sum()) / terms.sum(),
    ),
    (
        "it has a sign: the size of the bias is asked for, so take the absolute value",
        lambda terms, k: (terms.sum() - _last(terms, k)) / terms.sum(),
    ),
    (
        "that is the difference itself: divide by the size of the exact gradient",
        lambda terms, k: abs(_last(terms, k) - terms.sum()),
    ),
    (
        "divide by the exact gradient, not by the truncated one",
        lambda terms, k: _ratio(abs(_last(terms, k) - terms.sum()), abs(_last(terms, k))),
    ),
    (
        "that is the share of the truncated gradient; the bias is its distance from the exact one",
        lambda terms, k: abs(_last(terms, k)) / abs(terms.sum()),
    ),
    (
        "that is the share of the truncated gradient; the bias is its distance from the exact one",
        lambda terms, k: _last(terms, k) / terms.sum(),
    ),
    (
        "the window keeps the first terms, i = 1, 2, ...; it has to keep the last ones",
        _relative(lambda terms, k: terms[::-1][:k].sum()),
    ),
    (
        "the window is one too long: k terms, i = at - k + 1 to at",
        _relative(lambda terms, k: terms[: k + 1].sum()),
    ),
    (
        "the window is one too short: k terms, i = at - k + 1 to at",
        _relative(lambda terms, k: terms[: k - 1].sum()),
    ),
    (
        "the sizes of the terms were added up: they have signs, and may cancel",
        lambda terms, k: np.abs(terms[k:]).sum() / np.abs(terms).sum(),
    ),
    (
        "the window was not used: that is no bias at all",
        lambda terms, k: 0.0,
    ),
    ("per cent are not asked for", lambda terms, k: 100 * _relative(_last)(terms, k)),
)
BIAS_HINTS = (
    "Two numbers first: the exact gradient, the sum of all terms, and the truncated one, of the "
    "last k.",
    "bptt.chain_rule_terms(run, d, at).W_s[i] is term i, for i = 1 to at.",
    "exact = terms.sum(); truncated: the terms from i = at - window + 1 on (or from 1, if that is "
    "less). Then |truncated - exact| / |exact|.",
)


# ---- 08-C: a window to choose -------------------------------------------------------------------


def window(smallest, hint=False):
    """08-C: the smallest window from which on the bias of `WINDOW_RUN` at T is below 1 %."""
    return judged("08-C", _smallest_window, WINDOW_HINTS, hint, smallest=smallest)


WINDOW_RUN = rnn.forward(
    np.random.RandomState(4).normal(size=40), 1.0, rnn.Weights(1.0, 0.85, 1.0), "identity"
)
WINDOW_TARGET = 0.5


def _smallest_window(smallest):
    T, terms = WINDOW_RUN.T, _terms(WINDOW_RUN, WINDOW_TARGET, WINDOW_RUN.T)
    if smallest != int(smallest) or not 1 <= smallest <= T:
        return f"a whole number from 1 to T = {T} is asked for"
    k = int(smallest)
    biases = np.array([_relative(_last)(terms, n) for n in range(1, T + 1)])
    enough = T - int(np.argmax(biases[::-1] >= 0.01)) + 1
    said = f"with a window of {k} the bias is {number(100 * biases[k - 1])} %"
    if k < enough and biases[k - 1] < 0.01:
        return (said, False, "by luck, for it comes back with a longer window")
    if k < enough:
        return (said, False, "a longer window is needed")
    return (said, k == enough, "a shorter window would do")


WINDOW_HINTS = (
    "Compute the bias for every window from 1 to T, and look at the whole list.",
    "Terms of both signs may cancel by luck: look from the end of the list backwards.",
    "Which is the last window with a bias of 1 % or more? Yours is the next one.",
)


def _is_near(answer, right):
    return bool(abs(answer - right) <= 1e-6 * max(1, abs(right)))


def _trouble(student, hints):
    """The finding on code that raised; on a wrong kind of answer with the exercise's own hints."""
    finding = in_words(student)
    return replace(finding, hints=hints) if isinstance(student.error, NotUsable) else finding


def _wrong(words, hints):
    return Finding(False, lines=(f"Not yet: {words}.",), hints=hints)


def _same(answer, right, room=1e-7):
    """Whether two lists of arrays have the same shapes and numbers, but for a share of `room`."""
    if len(answer) != len(right):
        return False
    scale = max(1e-300, *(np.abs(r).max(initial=0.0) for r in right))
    return all(
        np.shape(a) == np.shape(r)
        and bool(np.abs(a - np.asarray(r)).max(initial=0.0) <= room * scale)
        for a, r in zip(answer, right, strict=True)
    )

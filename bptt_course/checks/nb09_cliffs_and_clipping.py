"""The check of notebook 09: clipping by norm."""

import numpy as np

from bptt_helpers import training
from bptt_course.checks.engine.finding import Finding, in_words
from bptt_course.checks.engine.guard import NotAttempted, NotUsable, Student, numbers
from bptt_course.checks.engine.verdict import verdict_on_function
from bptt_course.words import number


def clipping(my_clip, hint=False):
    """09-A: `my_clip(gradients, threshold)` returns the list of arrays, clipped by their norm."""
    student = Student(my_clip, _arrays)
    return verdict_on_function("09-A", student, _clipping, hint, CLIP_HINTS)


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
        return in_words(student, CLIP_HINTS)

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

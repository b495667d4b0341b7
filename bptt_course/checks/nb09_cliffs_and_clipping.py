"""The check of notebook 09: clipping by norm."""

import numpy as np

from bptt_helpers import training
from bptt_course.checks.engine.compare import Formula
from bptt_course.checks.engine.guard import NotUsable, attempted, numbers
from bptt_course.checks.engine.wording import read
from bptt_course.words import number

(WORDS,) = read("nb09_cliffs_and_clipping", "09-A")


def clipping(my_clip, hint=False):
    """09-A: `my_clip(gradients, threshold)` returns the list of arrays, clipped by their norm."""
    return CLIP.verdict("09-A", my_clip, hint)


def _arrays(returned):
    if not isinstance(attempted(returned), tuple | list):
        raise NotUsable("expected a list of arrays, one for each gradient that came in")
    if len(returned) == 2 and isinstance(returned[0], tuple | list):
        returned = returned[0]  # with the length beside them, as training.clip_norm has it
    return [numbers(array) for array in returned]


def _cases():
    random = np.random.RandomState(10)
    made = []
    for times in (0.27, 0.9, 1.1, 1.3, 3, 40):  # near 1: between c, 2 c, c², and c for one array
        for c in (0.5, 2.0, 5.0):
            gradients = [random.normal(size=shape) for shape in ((3, 2), (3, 3), (1, 3))]
            made.append(([g * times * c / training.norm(gradients) for g in gradients], c))
    return made


def _right(gradients, c):
    return training.clip_norm(gradients, c)[0]


def _differs(answer, true, gradients, c):
    if len(answer) != len(gradients):
        return f"{len(gradients)} arrays came in, {len(answer)} came back"
    if any(a.shape != g.shape for a, g in zip(answer, gradients, strict=True)):
        return "each array should keep its shape"
    together = f"gradients of length {number(training.norm(gradients))} together"
    came = f"came back with length {number(training.norm(answer))}"
    return f"{together}, with a threshold of {number(c)}, {came}"


def _times(factor):
    """Every array times factor(their length together, threshold)."""
    return lambda gradients, c: [g * factor(training.norm(gradients), c) for g in gradients]


def _by(length):
    """Clipped by another length than that of all arrays together."""
    return lambda gradients, c: [g * min(1, c / length(gradients)) for g in gradients]


WRONG_CLIPS = WORDS.beside(
    nothing_clipped=_times(lambda length, c: 1),
    by_value=training.clip_value,
    each_by_its_own_norm=lambda gradients, c: [training.clip_norm([g], c)[0][0] for g in gradients],
    short_made_longer=_times(lambda length, c: c / length),
    short_changed_long_kept=_times(lambda length, c: max(1, c / length)),
    threshold_missing=_times(lambda length, c: 1 / length if length > c else 1),
    all_of_length_1=_times(lambda length, c: 1 / length),
    root_missing=_by(lambda arrays: training.norm(arrays) ** 2),
    sum_of_sizes=_by(lambda arrays: sum(np.abs(g).sum() for g in arrays)),
    largest_size=_by(lambda arrays: max(np.abs(g).max() for g in arrays)),
    lengths_added=_by(lambda arrays: sum(np.linalg.norm(g) for g in arrays)),
    stretch_of_the_matrices=_by(
        lambda arrays: np.sqrt(sum(np.linalg.norm(g, 2) ** 2 for g in arrays))
    ),
    squares_averaged=_by(
        lambda arrays: np.sqrt(np.mean(np.concatenate([g.ravel() for g in arrays]) ** 2))
    ),
    one_array_above=lambda gradients, c: (
        _right(gradients, c) if max(map(np.linalg.norm, gradients)) > c else gradients
    ),
    divided_by_the_threshold=_times(lambda length, c: 1 / c if length > c else 1),
    not_divided_by_the_length=_times(lambda length, c: c if length > c else 1),
)
CLIP = Formula(_cases, _right, WRONG_CLIPS, _differs, WORDS.hints, read=_arrays)

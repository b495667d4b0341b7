"""Notebook 02: the two factors of ∂E_3/∂W_y and their product, typed in."""

import itertools
import re

import numpy as np
import pytest

from bptt_course import checks
from bptt_course.checks.nb02_output_weight import WORDS

# What each mistake gives, worked out on paper: dE_dY = -6, S_2 = 12, S_3 = 10.
OUTPUT_MISTAKES = [
    ((-3, 10, -30), {"factor-two"}),
    ((6, 10, 60), {"sign"}),
    ((3, 10, 30), {"factor-two", "sign"}),
    ((-6, 12, -72), {"shifted-state"}),
    ((-6, 10, -20), {"averaged"}),
    ((..., ..., -30), {"factor-two"}),
    ((..., ..., -72), {"shifted-state"}),
    ((..., ..., -20), {"averaged"}),
    ((-6, 10, -30), set()),
    ((-6, 3, -18), set()),
    ((9, 10, 90), set()),
    ((2, 3.5, 7), set()),
    ((..., 3.5, 7), set()),
]


@pytest.mark.parametrize(("typed", "names"), OUTPUT_MISTAKES)
def test_typed_numbers_of_notebook_02(typed, names):
    verdict = checks.output_weight(*typed)
    assert not verdict.ok and set(verdict.mistakes) == names
    if not names:
        assert "wrong number" in verdict.message or "the example above" in verdict.message


def test_right_numbers_in_any_dress():
    assert checks.output_weight(-6, 10, -60).ok
    assert checks.output_weight(np.float32(-6), [10], np.array([[-60.0]])).ok


def test_numbers_are_taken_one_by_one():
    verdict = checks.output_weight(-6, ..., None)
    assert not verdict.ok and "Right so far: dE_dY." in verdict.message
    assert "Not attempted yet: dY_dW_y, dE_dW_y." in verdict.message


def test_no_two_mistakes_give_the_same_number():
    totals = [(typed[-1], frozenset(names)) for typed, names in OUTPUT_MISTAKES[:5]]
    for (one, its), (other, others) in itertools.combinations(totals, 2):
        assert one != other or its & others or "overwritten" in its | others


WHAT_IT_IS = [
    ((9, 10, 90), "E_3 itself"),
    ((-6, 3, -18), "∂Y_3/∂S_3"),
    ((-6, 30, -180), "Y_3 itself"),
    ((-52, 10, -520), "a number of the example above is in it"),
    ((48, 10, 480), "a number of the example above is in it"),
    ((-6, 3.5, -21), "a number of the example above is in it"),
    ((-6, 10, -18), "∂E_3/∂S_3"),
    ((-6, 10, 4), "a sum"),
]


@pytest.mark.parametrize(("typed", "words"), WHAT_IT_IS)
def test_a_number_that_is_known_gets_hints_of_its_own(typed, words):
    said = [" ".join(checks.output_weight(*typed).message.split()) for _ in range(3)]
    assert all(words in text for text in said)
    hints = [text.split(" of 3: ")[1] for text in said]
    assert (
        hints[0] not in set().union(*(words.hints for words in WORDS.values()))
        and len(set(hints)) == 3
    )
    assert "Walk forward once more" not in " ".join(hints)


def test_random_numbers_are_never_right_and_never_accused_without_support(capsys):
    rng = np.random.RandomState(5)
    first = {-3, 6, 3}  # what a wrong factor or sign makes of dE_dY = -6
    for n in range(2500):
        typed = rng.randint(-20, 21, 3) / 2 if n % 2 else rng.uniform(-20, 20, 3)
        verdict = checks.output_weight(*typed)
        assert not verdict.ok
        assert bool(verdict.mistakes) == (typed[0] in first or tuple(typed[:2]) == (-6, 12))
    capsys.readouterr()


def test_the_right_number_is_never_printed():
    for typed in ((-3, 1, 1), (-6, 1, 1), (-6, 10, 1)):
        for hint in (False, True):
            message = checks.output_weight(*typed, hint=hint).message
            assert not re.search(r"-6|-60|\b10\b", message)


def test_the_numbers_of_the_notebooks_own_example_are_told_for_what_they_are():
    for typed in ((2, 3.5, 7), (2, 3.5, ...), (..., 3.5, 7)):
        assert "this exercise has another network" in " ".join(
            checks.output_weight(*typed).message.split()
        )


@pytest.mark.parametrize("typed", [typed for typed, _ in OUTPUT_MISTAKES])
def test_a_typed_number_is_never_told_about_a_loop(typed):
    for _ in range(3):
        message = checks.output_weight(*typed).message
        assert not re.search(r"\b(loop|sweep|range|code|line|variable|return)\b", message), message

"""Notebook 03: the terms of ∂E_3/∂W_s typed in, and the first wrong line."""

import itertools
import re
from fractions import Fraction

import numpy as np
import pytest

from bptt_course import checks
from bptt_course.checks.nb03_hidden_weight import TERM

# Terms 3, 18, 30 (sum 51), dE/dS = 0.75, 1.5, 3; S_1, S_2, S_3 = 12, 10, 7.
CUT = {"state-as-constant"}
HIDDEN_MISTAKES = [
    ((3, 21, 51, 75), {"total-for-immediate"}),
    ((..., ..., ..., 75), {"total-for-immediate"}),
    ((0, 0, 30, 30), CUT),
    ((..., ..., ..., 30), CUT),
    ((3, 0, 0, 3), {"longest-path-only"}),
    ((..., ..., ..., 3), {"longest-path-only"}),
    ((3, 18, 30, 30), set()),
    ((3, 18, 30, 3), set()),
    ((1.5, 9, 15, 25.5), {"factor-two"}),
    ((-3, -18, -30, -51), {"sign"}),
    ((-1.5, -9, -15, -25.5), {"factor-two", "sign"}),
    ((3, 18, 30, 17), {"averaged"}),
    ((1, 6, 10, 17), {"averaged"}),
    ((9, 15, 21, 45), {"shifted-state"}),
    ((0, 0, 0, 0), set()),
    ((..., ..., ..., 0), set()),
    ((2, 8, 12, 22), set()),
    ((0, ..., ..., ...), set()),
    ((3, 18, 30, 50), set()),
    ((3, 18, 31, 52), set()),
    ((3, -18, 30, 15), set()),
    ((2, 12, 20, 34), set()),
]


@pytest.mark.parametrize(("typed", "names"), HIDDEN_MISTAKES)
def test_typed_numbers_of_notebook_03(typed, names):
    verdict = checks.hidden_weight_terms(*typed)
    assert not verdict.ok and set(verdict.mistakes) == names
    if not names:
        assert "wrong number" in verdict.message or "the example above" in verdict.message


def test_right_numbers_in_any_dress():
    assert checks.hidden_weight_terms(3, Fraction(18), np.int64(30), 51.0000001).ok


def test_the_first_number_that_differs_is_told():
    verdict = checks.hidden_weight_terms(3, 17, ..., ...)
    assert "my_term_2 is the first wrong number" in verdict.message


def test_no_two_mistakes_give_the_same_number():
    totals = [(typed[-1], frozenset(names)) for typed, names in HIDDEN_MISTAKES[:14]]
    for (one, its), (other, others) in itertools.combinations(totals, 2):
        assert one != other or its & others or not (its and others)


WHAT_IT_IS = [
    ((0.75, 18, 30, 48.75), "∂E_3/∂S_1"),
    ((4, 18, 30, 52), "S_0, without"),
    ((2, 12, 20, 34), "W_y is missing"),
    ((3, 12, 30, 45), "that is S_1, without the factors before it, or W_y is missing in it."),
    ((..., ..., 3, ...), "without ∂⁺S_3/∂W_s, or that is my_term_1"),
    ((30, 18, 3, 51), "that is my_term_3: the path that ends at step 3"),
    ((2, 8, 12, 22), "this exercise has another network"),
    ((..., 8, 12, 22), "this exercise has another network"),
]


def test_one_number_alone_is_told_for_what_it_may_be_by_itself():
    """S_2 = 10 is a third of the right term as well: all three would show that."""
    assert (
        "that is S_2, without the factors" in checks.hidden_weight_terms(..., ..., 10, ...).message
    )
    assert checks.hidden_weight_terms(1, 6, 10, ...).mistakes == ("averaged",)


@pytest.mark.parametrize(("typed", "words"), WHAT_IT_IS)
def test_a_number_that_is_known_gets_hints_of_its_own(typed, words):
    said = [" ".join(checks.hidden_weight_terms(*typed).message.split()) for _ in range(3)]
    assert all(words in text for text in said)
    hints = [text.split(" of 3: ")[1] for text in said]
    general = "another" in words or ", or " in words  # several causes have no hint of one of them
    assert (hints[0] in TERM.hints) == general and len(set(hints)) == 3
    assert "Walk forward once more" not in " ".join(hints)


def test_random_numbers_are_right_only_if_they_are_and_never_accused_without_support(capsys):
    rng = np.random.RandomState(5)
    terms = [w for w, names in HIDDEN_MISTAKES if names and ... not in w]
    supported = {tuple(c * n for n in w[:3]) for w in terms for c in (1, 0.5, -1, -0.5)}
    for n in range(2500):
        near = rng.choice([-1, 0, 0.5, 1, 2, 3], 4) * [3, 18, 30, 51]
        typed = near if n % 2 else rng.uniform(-60, 60, 4)
        verdict = checks.hidden_weight_terms(*typed)
        assert verdict.ok == np.allclose(typed, (3, 18, 30, 51), rtol=1e-9)
        if verdict.mistakes and tuple(typed[:3]) != (3, 18, 30):
            assert tuple(typed[:3]) in supported, (typed, verdict)
    capsys.readouterr()


def test_the_right_number_is_never_printed():
    for typed in ((1, 1, 1, 1), (3, 1, 1, 1), (3, 18, 1, 1), (3, 18, 30, 1)):
        for hint in (False, True):
            message = checks.hidden_weight_terms(*typed, hint=hint).message
            assert not re.search(r"\b(18|30|51)\b", message)


@pytest.mark.parametrize("typed", [(2, ..., ..., ...), (2, 8, 13, 23), (2, 18, 30, 50)])
def test_one_number_alone_does_not_say_that_a_weight_is_missing(typed):
    message = checks.hidden_weight_terms(*typed).message
    assert "my_term_1 is the first wrong number." in message and "W_y is missing" not in message


OF_CODE = r"\b(loop|sweep|range|code|line|variable|return|function|index of|turn of)\b"


@pytest.mark.parametrize("typed", [typed for typed, _ in HIDDEN_MISTAKES])
def test_a_typed_number_is_never_told_about_a_loop(typed):
    for _ in range(3):
        message = checks.hidden_weight_terms(*typed).message
        assert not re.search(OF_CODE, message), message


def for_three_steps(of_W_s, run, d, at):
    """The three terms as on paper, without any g_1'."""
    W_s, operand = run.weights.W_s, run.S[:3] if of_W_s else run.X[1:4]
    dE_dS = 2 * (run.Y[3] - d) * run.weights.W_y
    return dE_dS * (W_s * W_s * operand[0] + W_s * operand[1] + operand[2])


CHECKS = [(checks.hidden_weight, "W_s"), (checks.input_weight, "W_x")]


@pytest.mark.parametrize(("check", "weight"), CHECKS)
def test_the_formula_on_paper_is_told_what_it_is_right_for(check, weight):
    message = check(lambda *asked: for_three_steps(weight == "W_s", *asked)).message
    assert "right for g_1 = identity and at = T = 3. Two things are wrong or missing" in message
    message = check(lambda *asked: 1.1 * for_three_steps(weight == "W_s", *asked)).message
    assert "no well-known mistake alone explains it" in message and "Two things" not in message


def longest_path(run, d, at):
    dE_dS = 2 * (run.Y[at] - d) * run.weights.W_y
    for j in range(at, 1, -1):
        dE_dS = dE_dS * run.g_1.slope(run.S[j]) * run.weights.W_s
    return dE_dS * run.g_1.slope(run.S[1]) * run.S[0]


def stored_anew(run, d, at):
    dE_dS, total = 2 * (run.Y[at] - d) * run.weights.W_y, 0 * run.S[0]
    for j in range(at, 0, -1):
        dE_da = dE_dS * run.g_1.slope(run.S[j])
        total = dE_da * run.S[j - 1]
        dE_dS = dE_da * run.weights.W_s
    return total


def added_outside(run, d, at):
    total = 0 * run.S[0]
    total += longest_path(run, d, at)
    return total


@pytest.mark.parametrize("function", [longest_path, stored_anew, added_outside])
def test_every_cause_that_gives_the_longest_path_is_offered(function):
    verdict = checks.hidden_weight(function)
    assert verdict.mistakes == (
        "longest-path-only",
        "overwritten",
        "adds-outside",
        "returns-inside",
    )
    assert "Hint 1 of 3: [longest-path-only]" in verdict.message


def test_half_of_each_term_has_two_causes(capsys):
    """W_s = 0.5: one W_s too many halves a term, just as a factor 2 that is missing."""
    message = " ".join(checks.hidden_weight_terms(1.5, 9, 15, 25.5).message.split())
    assert "[factor-two]" in message and "With one W_s too many in each term" in message
    assert "the number of factors W_s" in message
    capsys.readouterr()

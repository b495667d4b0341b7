"""Numbers typed in by a reader: the first wrong line, and what is no number at all."""

import ast
import inspect
import re

import nbformat
import numpy as np
import pytest
from refresh_notebooks import NOTEBOOKS

from bptt_course import checks
from bptt_course.checks.engine.verdict import tried


@pytest.mark.parametrize("absurd", ["-6", [1, 2], np.nan, np.inf, 1j, {}, len, True, [], object()])
def test_what_is_no_number_is_told_in_words(absurd):
    verdict = checks.output_weight(absurd, 10, -60)
    assert not verdict.ok and "dE_dY: expected" in verdict.message and "0x" not in verdict.message
    assert not checks.wrong_line_03(absurd).ok


LINES = [  # check, first wrong line, what it gives repaired, and as it stands
    (checks.wrong_line_03, 4, 3, 5.5),
    (checks.wrong_line_04, 2, 3.25, 0.75),
    (checks.wrong_line_05, 3, 31, 21),
]


@pytest.mark.parametrize(("check", "right", "repaired", "old"), LINES)
def test_the_first_wrong_line_is_the_only_right_answer_and_never_told(check, right, repaired, old):
    assert [n for n in range(9) if check(n, repaired).ok] == [right]
    for line in set(range(1, 6)) - {right}:
        assert f"line {right}" not in check(line, hint=True).message


@pytest.mark.parametrize(("check", "right", "repaired", "old"), LINES)
def test_a_guessed_line_is_not_enough(check, right, repaired, old):
    """The second question: what the repaired line gives. Its number is never told."""
    for typed, words in (
        (old, "as it stands"),
        (7, "repaired is not yet right"),
        ("3", "is the first wrong one, but repaired has to be one number."),
    ):
        verdict = check(right, typed)
        assert not verdict.ok and words in verdict.message
        for hint in (False, True):
            said = check(right, typed, hint=hint).message
            assert not re.search(
                rf"(?<![\w_]){repaired}(?![\w_])", re.sub(r"Hint . of 3:|i\s+= 3", "", said)
            )
    hints = [check(*typed, hint=True).message.split("3 of 3")[1] for typed in ((1,), (right, 7))]
    assert hints[0] != hints[1]
    tried.clear()
    said = [check(right, 7).message.split(" of 3: ")[1] for _ in range(3)]
    assert len(set(said)) == 3
    verdict = check(right, ...)
    assert verdict.message.startswith("Right so far") and "Not attempted yet" in verdict.message


def test_what_is_still_open_is_told():
    message = checks.smaller_though_larger(1.2, 2, ..., None).message
    assert message.startswith("Not attempted yet: S_0, X.")


def calls_in_the_notebooks():
    """(check, the names of what is handed to it) of each call in a cell."""
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code" and cell.source.startswith("checks."):
                call = ast.parse(cell.source).body[-1].value
                if call.func.attr != "diagnose":
                    yield getattr(checks, call.func.attr), [ast.unparse(arg) for arg in call.args]


@pytest.mark.parametrize(("check", "names"), [*calls_in_the_notebooks()])
def test_a_verdict_uses_the_names_that_the_reader_has_typed(check, names):
    assert [*inspect.signature(check).parameters] == [*names, "hint"]
    if check in (checks.output_weight, checks.hidden_weight_terms):
        said = check(*[1.5] * len(names)).message
        assert f"{names[0]} is the first wrong number" in said
        left = check(-6, *[...] * 2) if names[3:] == [] else check(3, *[...] * 3)
        assert f"Not attempted yet: {', '.join(names[1:])}." in left.message


EXPECTED = [  # check, wrong answers, numbers that no message may show
    (checks.output_weight, [(1, 2, 3), (-6, 1, 1), (-6, 10, 1), (6, 10, 60)], "6|10|60"),
    (checks.hidden_weight_terms, [(1, 1, 1, 1), (3, 1, 1, 1), (3, 18, 1, 1)], "18|30|51"),
    (checks.window, [(n,) for n in (1, 2, 17, 29, 31, 40)], "30"),
    (checks.largest_at_25, [(0.5,), (0.9,), (0.99,)], r"0\.96\d*|0\.961\d*"),
]


@pytest.mark.parametrize(("check", "answers", "numbers"), EXPECTED)
def test_no_message_shows_the_number_that_is_asked_for(check, answers, numbers):
    for answer in answers:
        for hint in (False, True):
            message = check(*answer, hint=hint).message
            assert not re.search(rf"(?<![\d.])({numbers})(?![\d.]*\d)", message), message


@pytest.mark.parametrize(
    ("check", "wrong", "words", "without"),
    [
        (
            checks.wrong_line_03,
            1,
            "Which of the three terms counts an earlier path again",
            "diagnosis",
        ),
        (checks.wrong_line_03, 2, "may still mean either derivative", "leaves open"),
        (checks.wrong_line_04, 1, "Which of these uses does the derivation follow", "diagnosis"),
        (checks.wrong_line_05, 1, "Lines 1, 3 and 4 have a matrix", "diagnose"),
        (checks.wrong_line_05, 4, "entry (i, j) of W_s multiplies entry j of", "(j, k)"),
    ],
)
def test_a_line_that_holds_is_explained_and_the_hint_leads_somewhere(check, wrong, words, without):
    message = " ".join(check(wrong).message.split())
    assert words in message and without not in message


def test_a_shifted_state_is_told_what_to_differentiate():
    said = [checks.output_weight(-6, 12, -72).message for _ in range(3)]
    assert "At step i" not in said[0] and "Differentiate Y_i = g_2(W_y S_i) by W_y" in said[2]

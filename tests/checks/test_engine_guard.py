"""The answer checks in use: code that misbehaves, stubs, hints in steps, and a real kernel."""

import re
import sys
import threading
import time
import warnings

import nbclient
import nbformat
import numpy as np
import pytest

from bptt_helpers import bptt
from bptt_course import checks
from bptt_course.checks.engine import guard, mistakes
from bptt_course.checks.engine.verdict import failed

TIME = {False: 2, True: 10}  # seconds, the second on a machine with too much to do
WEIGHTS = ("W_x", "W_s", "W_y")


@pytest.fixture(autouse=True)
def fresh_kernel():
    failed.clear()


def right(run, d, at):
    return bptt.backward(run, d, at).dE_dW_s


def wrong(run, d, at):
    return 1.5 * right(run, d, at)


# ---- Code that misbehaves -----------------------------------------------------------------------


def loops_for_ever(run, d, at):
    while True:
        pass


def calls_itself(run, d, at):
    return calls_itself(run, d, at) + 1


def sleeps(run, d, at):
    time.sleep(20)


def swallows_everything(run, d, at):
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            time.sleep(0.001)
        except BaseException:
            pass


def tries_for_ever(run, d, at):
    while True:
        try:
            sum(range(100))
        except Exception:
            pass


def prints_for_ever(run, d, at):
    while True:
        print("still here")


def changes_the_run(run, d, at):
    run.S[0] = 0
    return 0.0


def adds_to_d(run, d, at):
    d -= run.Y[at]
    return d


def unlocks_and_changes(run, d, at):
    for array in (run.S, run.X, run.Y, run.weights.W_s):
        array.flags.writeable = True
        array[...] = 0
    return right(run, d, at)


def breaks_stdout(run, d, at):
    sys.stdout = None
    return right(run, d, at) + 1


def raises_with_an_address(run, d, at):
    raise RuntimeError(f"something about {object()!r}")


def leaves(run, d, at):
    sys.exit("gone")


def interrupts(run, d, at):
    raise KeyboardInterrupt


def forgets_a_name(run, d, at):
    total = 0
    return totl + total  # noqa: F821


def two_arguments(run, d):
    return 0


def generates(run, d, at):
    yield 1


class Odd:
    def __array__(self, *_, **__):
        raise RuntimeError("no array")


MISBEHAVING = [
    (loops_for_ever, "took longer than a second"),
    (tries_for_ever, "took longer than a second"),
    (sleeps, "took longer than a second"),
    (swallows_everything, "took longer than a second"),
    (prints_for_ever, "still here"),
    (calls_itself, "calls itself without end"),
    (changes_the_run, "read-only"),
    (adds_to_d, "read-only"),
    (unlocks_and_changes, "Not yet"),
    (breaks_stdout, "Not yet"),
    (raises_with_an_address, "RuntimeError: something about <object object>"),
    (leaves, "SystemExit: gone"),
    (interrupts, "KeyboardInterrupt"),
    (forgets_a_name, "NameError: name 'totl' is not defined"),
    (two_arguments, "takes 2 positional arguments"),
    (generates, "something of type generator"),
    (lambda run, d, at: "22", "text in quotation marks"),
    (lambda run, d, at: {"W_s": 1}, "something of type dict"),
    (lambda run, d, at: [[1, 2], [3]], "something of type list"),
    (lambda run, d, at: right, "a function (are its parentheses missing?)"),
    (lambda run, d, at: Odd(), "no array"),
    (lambda run, d, at: np.zeros((4, 5)), "got (4, 5)"),
    (lambda run, d, at: np.zeros(0), "an array of shape (0,)"),
    (lambda run, d, at: np.full((3, 3), np.nan), "nan or infinity"),
    (lambda run, d, at: np.full((3, 3), 1e308), "none of the well-known mistakes"),
    (lambda run, d, at: right(run, d, at) + 1j, "expected real numbers, got complex ones"),
    (lambda run, d, at: np.linalg.inv(np.zeros((3, 3))), "LinAlgError: Singular matrix"),
    (22, "hand over the function itself"),
    ("my_function", "hand over the function itself"),
]


@pytest.mark.parametrize(("code", "words"), MISBEHAVING, ids=lambda v: getattr(v, "__name__", None))
def test_code_that_misbehaves_is_answered_in_words_and_in_time(code, words, capsys):
    stdout, settings, threads = sys.stdout, np.geterr(), threading.active_count()
    start = time.monotonic()
    verdict = checks.diagnose(code)
    assert time.monotonic() - start < TIME[guard.crowded()]
    assert not verdict.ok and verdict.mistakes == ()
    assert words in " ".join(verdict.message.split())
    assert verdict.message == capsys.readouterr().out.rstrip("\n")
    assert not re.search(r"0x[0-9a-f]{4}|/work|site-packages|\.py", verdict.message)
    assert len(verdict.message.splitlines()) < 16
    assert sys.stdout is stdout and np.geterr() == settings
    assert checks.diagnose(right).ok  # nothing has been changed
    if code in (loops_for_ever, tries_for_ever, prints_for_ever):
        assert threading.active_count() <= threads  # it does not go on behind the reader's back


@pytest.mark.parametrize(
    "check",
    [checks.one_step, checks.forward_pass, checks.backward_pass],
    ids=lambda check: check.__name__,
)
@pytest.mark.parametrize("kind", ["loop", "raise", "text", "none", "ellipsis", "number"])
def test_every_function_exercise_stands_misbehaving_code(check, kind):
    def code(*arguments):
        if kind == "loop":
            while True:
                pass
        if kind == "raise":
            raise ValueError("oh no")
        return {"text": "S_t", "none": None, "ellipsis": ..., "number": 3.0}[kind]

    start = time.monotonic()
    verdict = check(code)
    assert time.monotonic() - start < TIME[guard.crowded()]
    assert not verdict.ok and verdict.mistakes == ()
    assert verdict.message.startswith(
        "Not attempted yet" if kind in ("none", "ellipsis") else "Not yet"
    )
    if kind == "raise":
        assert "of code: raise ValueError" in verdict.message


def test_a_slow_function_is_not_told_where_it_is_wrong():
    def slow_and_wrong(run, d, at):
        end = time.process_time() + 0.04
        while time.process_time() < end:
            pass
        return 2 * right(run, d, at) + 1

    assert "took longer than a second" in checks.input_weight(slow_and_wrong).message


def test_overflow_in_the_code_is_no_warning():
    def overflows(run, d, at):
        return right(run, d, at) * np.float64(1e308) * 1e10

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        verdict = checks.diagnose(overflows)
    assert "nan or infinity" in verdict.message and "Warning" not in verdict.message


def printing(run, d, at):
    print("at is", at)
    return right(run, d, at)


def test_what_the_code_prints_is_shown_in_short():
    verdict = checks.diagnose(printing)
    assert verdict.ok
    shown = verdict.message.split("Your code printed:\n")[1].splitlines()
    assert shown == ["    at is 3"] * 5 + ["    ..."]


# ---- Stubs, hints, and the verdict itself -------------------------------------------------------


def half_filled(run, d, at):
    dE_dS = ...
    return dE_dS * run.S[0]


def test_stubs_are_not_attempted_and_not_counted():
    for stub in (lambda *_: None, lambda *_: ..., lambda *_: [..., 1], half_filled, None, ...):
        for check in (checks.diagnose, checks.hidden_weight, checks.input_weight):
            verdict = check(stub)
            assert verdict.message.startswith("Not attempted yet"), verdict
            assert not verdict.ok and verdict.mistakes == ()
    for stub in (lambda *_, **__: (..., ..., ...), lambda *_, **__: None):
        assert checks.backward_pass(stub).message.startswith("Not attempted yet")
    assert checks.one_step(lambda *_: ...).message.startswith("Not attempted yet")
    assert checks.forward_pass(lambda X, S_0, *_: ([S_0], [None])).message.startswith("Not att")
    assert checks.output_weight(..., ..., ...).message.startswith("Not attempted yet")
    assert checks.hidden_weight_terms(..., ..., ..., ...).message.startswith("Not attempted yet")
    assert checks.wrong_line_03(...).message.startswith("Not attempted yet")
    assert not any(failed.values())
    assert "Hint 3 of 3" in checks.hidden_weight(..., hint=True).message


def test_hints_come_in_steps_and_start_again_after_a_right_answer():
    seen = [checks.hidden_weight(wrong).message for _ in range(4)]
    assert [f"Hint {n} of 3" in text for n, text in zip((1, 2, 3, 3), seen, strict=True)] == [
        True
    ] * 4
    assert len(set(seen)) == 3
    assert checks.hidden_weight(right).ok
    assert checks.hidden_weight(wrong).message == seen[0]
    assert checks.hidden_weight(wrong, hint=True).message == seen[2]
    assert "Hint 1 of 3" in checks.input_weight(wrong).message  # counted for each exercise


def test_the_right_number_is_never_printed():
    texts = [
        checks.output_weight(*typed, hint=hint).message
        for typed in ((-3, 1, 1), (-6, 1, 1), (-6, 10, 1))
        for hint in (False, True)
    ]
    assert not any(re.search(r"-6|-60|\b10\b", text) for text in texts)
    texts = [
        checks.hidden_weight_terms(*typed, hint=hint).message
        for typed in ((1, 1, 1, 1), (3, 1, 1, 1), (3, 18, 1, 1), (3, 18, 30, 1))
        for hint in (False, True)
    ]
    assert not any(re.search(r"\b(18|30|51)\b", text) for text in texts)
    for n, check in (
        (4, checks.wrong_line_03),
        (2, checks.wrong_line_04),
        (3, checks.wrong_line_05),
    ):
        for line in set(range(1, 6)) - {n}:
            assert f"line {n}" not in check(line, hint=True).message


def test_the_catalogue_speaks_of_every_weight():
    for name in mistakes.KNOWN:
        for weight in WEIGHTS:
            words = [mistakes.what(name, weight), *mistakes.hints(name, weight)]
            assert len(words) == 4 and not any("{W}" in w or "{u}" in w for w in words)
            assert len(set(words)) == 4


def test_diagnose_refuses_another_weight():
    with pytest.raises(ValueError, match='weight: expected "W_s", "W_x" or "W_y"'):
        checks.diagnose(right, weight="W")


CELLS = [
    "from bptt_course import checks",
    "def step(W_x, W_s, X_t, S_before, g_1):\n    S_t = ...\n    return S_t",
    "checks.one_step(step)",
    "def step(W_x, W_s, X_t, S_before, g_1):\n    print('here')\n    return W_x * Xt",
    "checks.one_step(step)",
    "def for_ever(run, d, at):\n    while True:\n        print('x')",
    "checks.hidden_weight(for_ever)",
    "print('the kernel goes on')",
]


def test_in_a_real_kernel_a_check_prints_once_and_the_kernel_goes_on():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in CELLS])
    nbclient.NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    assert {o.output_type for cell in notebook.cells for o in cell.outputs} == {"stream"}
    assert {o.name for cell in notebook.cells for o in cell.outputs} == {"stdout"}
    texts = ["".join(o.text for o in cell.outputs) for cell in notebook.cells]
    stub, wrong, slow, after = (texts[n] for n in (2, 4, 6, 7))
    assert stub.startswith("Not attempted yet")
    assert "line 3 of step: return W_x * Xt\n    NameError" in wrong
    assert wrong.endswith("Your code printed:\n    here\n")
    assert "took longer than a second" in slow and slow.count("    x\n") == 5
    assert after == "the kernel goes on\n"

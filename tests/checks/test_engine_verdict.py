"""The verdict: stubs are not counted, hints come in steps, and a kernel sees each text once."""

import inspect

import nbclient
import nbformat
import pytest

from bptt_helpers import bptt
from bptt_course import checks
from bptt_course.checks.engine.verdict import tried


def right(run, d, at):
    return bptt.backward(run, d, at).dE_dW_s


def wrong(run, d, at):
    return 1.5 * right(run, d, at)


def untouched(*arguments):
    dE_dS = ...
    return dE_dS


def half_filled(run, d, at):
    dE_dS = ...
    return dE_dS * run.S[0]


def test_stubs_are_not_attempted_and_not_counted():
    told = {untouched: "Not attempted yet", None: "Not attempted yet", ...: "Not attempted yet"}
    told |= {half_filled: f"Not yet: line {half_filled.__code__.co_firstlineno + 1} still holds"}
    told |= {eval("lambda *_: None"): "Not attempted yet"}  # its code cannot be read
    for stub, first in told.items():
        for check in (checks.diagnose, checks.hidden_weight, checks.input_weight):
            verdict = check(stub)
            assert verdict.message.startswith(first), verdict
            assert not verdict.ok and verdict.mistakes == ()
    for check in (checks.backward_pass, checks.one_step, checks.clipping, checks.forward_pass):
        assert check(untouched).message.startswith("Not attempted yet")
    assert checks.output_weight(..., ..., ...).message.startswith("Not attempted yet")
    assert checks.hidden_weight_terms(..., ..., ..., ...).message.startswith("Not attempted yet")
    assert checks.wrong_line_03(...).message.startswith("Not attempted yet")
    assert not any(tried.values())
    for check in (checks.hidden_weight, checks.one_step):  # no try is counted, and all are given
        given = check(..., hint=True).message
        assert all(f"Hint {n} of 3" in given for n in (1, 2, 3)) and not any(tried.values())


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


NO_EXERCISES = (checks.diagnose, checks.report)
EXERCISES = [f for f in vars(checks).values() if inspect.isfunction(f) and f not in NO_EXERCISES]


@pytest.mark.parametrize("check", EXERCISES, ids=lambda check: check.__name__)
def test_an_exercise_counts_under_the_number_that_its_docstring_and_its_file_have(check):
    junk = {"W_s": "text", "S_0": 0, "X": 0} if check == checks.five_and_hundred else "text"
    check(*(junk for name in inspect.signature(check).parameters if name != "hint"))
    (key,) = tried
    assert check.__doc__.startswith(f"{key}: ") and key[2] == "-" and key[3] in "ABCDEF"
    assert check.__module__.startswith(f"bptt_course.checks.nb{key[:2]}_")


def test_the_exercises_of_a_notebook_run_from_A_on():
    letters = {}
    for key in sorted(check.__doc__[:4] for check in EXERCISES):
        letters[key[:2]] = letters.get(key[:2], "") + key[3]
    assert all("ABCDEF".startswith(found) for found in letters.values())
    assert set(letters) == {f"{n:02}" for n in range(1, 13)}


CELLS = [
    "from bptt_course import checks",
    "def step(W_x, W_s, X_t, S_before, g_1):\n    S_t = ...\n    return S_t",
    "checks.one_step(step)",
    "def step(W_x, W_s, X_t, S_before, g_1):\n    print('here')\n    return W_x * Xt",
    "checks.one_step(step)",
    "def for_ever(run, d, at):\n    while True:\n        print('x')",
    "checks.hidden_weight(for_ever)",
    "def leaves(run, d, at):\n    exit()",
    "checks.hidden_weight(leaves)",
    "print('the kernel goes on', exit)",
]


def test_in_a_real_kernel_a_check_prints_once_and_the_kernel_goes_on():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in CELLS])
    nbclient.NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    assert {o.output_type for cell in notebook.cells for o in cell.outputs} == {"stream"}
    assert {o.name for cell in notebook.cells for o in cell.outputs} == {"stdout"}
    texts = ["".join(o.text for o in cell.outputs) for cell in notebook.cells]
    stub, wrong, slow, gone, after = (texts[n] for n in (2, 4, 6, 8, 9))
    assert stub.startswith("Not attempted yet")
    assert "line 3 of step: return W_x * Xt\n    NameError" in wrong
    assert wrong.endswith("Your code printed:\n    here\n")
    assert "took longer than a second" in slow and slow.count("    x\n") == 5
    assert "line 2 of leaves: exit()\n    SystemExit" in gone
    assert after.startswith("the kernel goes on <IPython")

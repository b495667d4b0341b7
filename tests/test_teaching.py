"""The examples for nbgrader and otter-grader, without either: their cells, run as they are."""

from pathlib import Path

import nbformat
import pytest

TEACHING = Path(__file__).resolve().parent.parent / "teaching"
HEAD = "def step(W_x, W_s, X_t, S_before, g_1):\n"
STUBS = {"nbgrader": f"{HEAD}    ...", "otter": f"{HEAD}    S_t = ...\n    return S_t"}
NOTEBOOKS = {
    "nbgrader": TEACHING / "nbgrader" / "source" / "one_step" / "one_step.ipynb",
    "otter": TEACHING / "otter" / "one_step.ipynb",
}


def grade(grader, answer=None):
    """Run the test of a grader's example on an answer, its own solution where none is given."""
    names = {}
    cells = {cell.id: cell.source for cell in nbformat.read(NOTEBOOKS[grader], 4).cells}
    exec(cells["answer"] if answer is None else answer, names)
    exec(cells["check"], names)
    if grader == "otter":  # it calls the function with the names that it asks for
        names["test_step"](names["step"])


@pytest.mark.parametrize("grader", NOTEBOOKS)
def test_the_right_answer_passes(grader):
    grade(grader)


@pytest.mark.parametrize("grader", NOTEBOOKS)
@pytest.mark.parametrize("line", ["W_x * X_t + W_s * S_before", "g_1(W_x * X_t)", "1 / 0"])
def test_a_wrong_answer_fails(grader, line):
    with pytest.raises(AssertionError):
        grade(grader, f"{HEAD}    return {line}")


@pytest.mark.parametrize("grader", NOTEBOOKS)
def test_the_stub_is_not_attempted_and_fails(grader, capsys):
    with pytest.raises(AssertionError):
        grade(grader, STUBS[grader])
    assert capsys.readouterr().out.startswith("Not attempted yet")


def test_nbgrader_makes_the_stub_that_is_tried_here():
    source = (TEACHING / "nbgrader" / "nbgrader_config.py").read_text(encoding="utf-8")
    assert '{"python": "..."}' in source
    cells = {cell.id: cell for cell in nbformat.read(NOTEBOOKS["nbgrader"], 4).cells}
    lines = cells["answer"].source.splitlines()
    assert (lines[1].strip(), lines[-1].strip()) == ("### BEGIN SOLUTION", "### END SOLUTION")
    assert cells["check"].metadata.nbgrader.grade and cells["check"].metadata.nbgrader.points == 2

"""checks.report(): tries, done and open, from the memory that makes the hints plainer."""

import pytest

from bptt_course import checks
from bptt_course.checks.engine.verdict import Verdict
from bptt_course.checks.session import exercises


def step(W_x, W_s, X_t, S_before, g_1):
    return g_1(W_x * X_t + W_s * S_before)


@pytest.fixture
def table(capsys):
    """What checks.report() prints, in lines."""

    def read():
        capsys.readouterr()
        assert checks.report() is None
        return capsys.readouterr().out.splitlines()

    return read


def test_a_new_kernel_has_nothing_to_report(table):
    checks.diagnose(lambda run, d, at: 0)  # no exercise
    assert table() == [
        "No check has run since the kernel started: run the check of an exercise first."
    ]


def test_a_stub_is_open_and_brings_the_other_exercises_of_its_notebook(table):
    checks.half_with_negative_weight(..., ...)
    head, *rows, last = table()
    assert head.split() == ["exercise", "tries", "state"]
    assert [row.split() for row in rows] == [[f"07-{x}", "0", "open"] for x in "ABCDEF"]
    assert last == "0 of 6 done since the kernel started."


def test_tries_are_answers_that_were_judged_and_done_stays_done(table):
    for answer in (..., lambda *_: 3.0, lambda *_: ..., step, lambda *_: 3.0):
        checks.one_step(answer)
    assert table() == [
        "exercise  tries  state",
        "01-A          3  done",
        "01-B          0  open",
        "1 of 2 done since the kernel started.",
    ]


def test_two_notebooks_in_one_kernel_come_in_order(table):
    checks.gru_step(lambda *_: 1.0)
    checks.output_weight(1, 2, 3)
    keys = [row.split()[0] for row in table()[1:-1]]
    assert keys == sorted(keys) and {"02-A", "11-A"} <= set(keys)


def test_every_check_of_an_exercise_is_known_by_its_number():
    assert exercises()["one_step"] == "01-A"
    assert len(set(exercises().values())) == len(exercises()) >= 22
    assert not {"diagnose", "report", "Verdict"} & set(exercises())


def test_a_verdict_can_be_asserted():
    assert checks.one_step(step)
    for wrong in (..., lambda *_: 3.0):
        with pytest.raises(AssertionError):
            assert checks.one_step(wrong)
    assert not Verdict(False, ("a-mistake",), "Not right.")

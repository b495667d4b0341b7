"""A reader's code that misbehaves: whatever it does, it is answered in words and in time."""

import re
import sys
import threading
import time
import tracemalloc
import warnings

import numpy as np
import pytest

from bptt_helpers import bptt, matrices, rnn, training
from bptt_course import checks
from bptt_course.checks.engine import evidence, guard

TIME = {False: 3, True: 10}  # seconds, the second on a machine with too much to do


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


def closes_stdout(run, d, at):
    sys.stdout.close()
    print("and goes on")
    return right(run, d, at) + 1


class Leaving(Exception):
    def __str__(self):
        sys.exit("gone")


class Endless(Exception):
    def __str__(self):
        while True:
            pass


def raises(error):
    def code(run, d, at):
        raise error

    code.__name__ = type(error).__name__
    return code


MISBEHAVING = [
    (loops_for_ever, "took longer than a second"),
    (tries_for_ever, "took longer than a second"),
    (sleeps, "only a new kernel ends it"),
    (swallows_everything, "took longer than a second"),
    (prints_for_ever, "still here"),
    (calls_itself, "calls itself without end"),
    (changes_the_run, "read-only"),
    (adds_to_d, "read-only"),
    (unlocks_and_changes, "Not yet"),
    (breaks_stdout, "Not yet"),
    (closes_stdout, "and goes on"),
    (raises(Leaving()), "raise error Leaving"),
    (raises(Endless()), "took longer than a second"),
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
    (lambda run, d, at: np.full((3, 3), np.nan), "there is nan in the answer"),
    (lambda run, d, at: np.full((3, 3), 1e308), "All rows of your answer, or all its columns"),
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
    assert verdict.message.startswith("Not yet")
    if kind == "raise":
        assert "of code: raise ValueError" in verdict.message


# ---- Time: a loop without end, and what only takes its time --------------------------------------


@pytest.fixture(params=["a thread", "no thread"])
def kernel(request, monkeypatch):
    """Where a thread can be started, and where there is none, as in a browser."""

    def no_thread(self):
        raise RuntimeError("can't start new thread")

    if request.param == "no thread":
        monkeypatch.setattr(threading.Thread, "start", no_thread)
    monkeypatch.setattr(guard, "SECONDS", 0.4)
    before = sys.gettrace()
    yield request.param
    assert sys.gettrace() is before


@pytest.fixture
def library(tmp_path, monkeypatch):
    """A package that takes 0.9 s to import and as long to compile, once; then it is quick."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    (folder / "slow_library.py").write_text(SLOW_LIBRARY)
    (tmp_path / "slow_notes.py").write_text("import time\ntime.sleep(0.9)\nready = True\n")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in ("slow_library", "slow_notes"):
        sys.modules.pop(name, None)


SLOW_LIBRARY = """
import time

time.sleep(0.9)
ready = []


def compiled():
    end = time.monotonic() + 0.9
    while not ready and time.monotonic() < end:
        sum(range(100))
    ready.append(True)
"""


def test_an_endless_loop_is_ended_and_its_line_is_told(kernel):
    for code in (loops_for_ever, tries_for_ever, prints_for_ever, calls_for_ever):
        start = time.monotonic()
        verdict = checks.hidden_weight(code)
        assert time.monotonic() - start < TIME[guard.crowded()]
        assert "took longer than a second" in verdict.message
        assert re.search(f"line .* of (right|{code.__name__}): ", verdict.message)


def calls_for_ever(run, d, at):
    while True:
        right(run, d, at)


def test_a_call_may_be_given_another_time(kernel):
    def rests():
        end = time.monotonic() + 0.2
        while time.monotonic() < end:
            pass

    for seconds, ends in ((0.05, guard.TimeIsUp), (5, type(None))):
        student = guard.Student(rests, seconds=seconds)
        student.run([()])
        assert isinstance(student.error, ends)
    assert guard.Student(rests).seconds == guard.SECONDS


def test_an_import_and_a_compile_do_not_count(kernel, library, monkeypatch):
    monkeypatch.setattr(guard, "crowded", lambda: False)

    def imports_and_compiles(run, d, at):
        import slow_library
        import slow_notes

        slow_library.compiled()
        assert slow_notes.ready
        return right(run, d, at)

    verdict = checks.hidden_weight(imports_and_compiles)
    assert verdict.ok, verdict.message
    assert "slow_library" in sys.modules


def test_many_calls_that_come_back_may_take_longer_than_one(kernel):
    def slow(run, d, at):
        end = time.monotonic() + 0.04
        while time.monotonic() < end:
            pass
        return right(run, d, at)

    verdict = checks.hidden_weight(slow)  # 36 calls
    assert verdict.ok, verdict.message


def forward_once(X, S_0, W_x, W_s, W_y, g_1, g_2):
    run = rnn.forward(X, S_0, rnn.Weights(W_x, W_s, W_y), g_1, g_2)
    return [*run.S], [*run.Y]


def off_by(run, d, at, window):
    terms = bptt.chain_rule_terms(run, d, at).W_s[1:]
    return abs(terms[:-window].sum() / terms.sum())


def gru(a_r, a_z, x, q, S):
    z = rnn.SIGMOID(a_z)
    return z * S + (1 - z) * np.tanh(x + rnn.SIGMOID(a_r) * q)


CALLS = [  # an exercise, a right answer, and how often it may be called
    (checks.one_step, lambda W_x, W_s, X, S, g_1: g_1(np.dot(W_x, X) + np.dot(W_s, S)), 13),
    (checks.forward_pass, forward_once, 6),
    (checks.hidden_weight, right, 36),
    (checks.input_weight, lambda run, d, at: bptt.backward(run, d, at).dE_dW_x, 36),
    (checks.backward_pass, bptt.backward, 60),
    (checks.repaired_backward, bptt.backward, 60),
    (checks.scaled, matrices.with_spectral_radius, 18),
    (checks.jacobian_product, bptt.state_jacobian, 20),
    (checks.clipping, training.clip_norm, 18),
    (checks.bias, off_by, 35),
    (checks.gru_step, gru, 6),
]


@pytest.mark.parametrize(("check", "function", "most"), CALLS)
def test_a_slow_right_answer_has_time_for_all_its_calls(check, function, most):
    calls = []

    def counted(*arguments):
        calls.append(arguments)
        return function(*arguments)

    assert check(counted).ok and len(calls) <= most
    assert 0.2 * len(calls) < guard.PATIENCE / 4  # where each of them compiles anew


def test_an_import_without_end_is_told_and_not_broken(library, monkeypatch):
    def imports(run, d, at):
        import slow_notes

        return slow_notes.ready

    monkeypatch.setattr(guard, "PATIENCE", 0.1)
    verdict = checks.hidden_weight(imports)
    assert "an import takes longer than a minute" in words(verdict)
    import slow_notes  # waits for it

    assert slow_notes.ready


def test_a_library_that_only_waits_is_not_at_work(monkeypatch):
    def waits(run, d, at):
        threading.Event().wait(20)

    monkeypatch.setattr(guard, "SECONDS", 0.2)
    start = time.monotonic()
    assert "only a new kernel ends it (Kernel > Restart)" in words(checks.hidden_weight(waits))
    assert time.monotonic() - start < TIME[guard.crowded()]


def words(verdict):
    return " ".join(verdict.message.split())


def test_overflow_in_the_code_is_no_warning():
    def overflows(run, d, at):
        return right(run, d, at) * np.float64(1e308) * 1e10

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        verdict = checks.diagnose(overflows)
    assert "there is infinity in the answer" in verdict.message and "Warning" not in verdict.message


def printing(run, d, at):
    print("at is", at)
    return right(run, d, at)


def test_what_the_code_prints_is_shown_in_short():
    verdict = checks.diagnose(printing)
    assert verdict.ok
    shown = verdict.message.split("Your code printed:\n")[1].splitlines()
    assert shown == ["    at is 4"] * 5 + ["    ..."]


def test_a_flood_of_printing_costs_no_memory():
    def floods(run, d, at):
        for _ in range(200):
            print("x" * 100_000)
        return right(run, d, at)

    tracemalloc.start()
    student = guard.Student(floods, guard.numbers)
    student.run([question.fresh() for question in evidence.questions("tanh", "matrix")[:1]])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert student.error is None and len(student.printed) == guard.PRINTED
    assert peak < 2e6  # of 20 million characters


def test_many_calls_that_all_come_back_are_not_told_as_one_without_end(monkeypatch):
    monkeypatch.setattr(guard, "PATIENCE", 2)

    def compiles_each_time(run, d, at):
        time.sleep(0.3)
        return right(run, d, at)

    message = " ".join(checks.diagnose(compiles_each_time).message.split())
    assert "all calls together take longer than a minute. Compile once, outside" in message
    assert "Kernel > Restart" not in message and "Hint" not in message

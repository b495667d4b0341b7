"""Everyday slips: each is told in one plain sentence, first of all, with the reader's own line."""

import linecache
import subprocess
import sys

import numpy as np
import pytest

from bptt_helpers import bptt, rnn
from bptt_course import checks
from bptt_course.checks.engine.verdict import tried

STEP = """def step(W_x, W_s, X_t, S_before, g_1):
    S_t = g_1(W_x * X_t + W_s * S_before)
    return S_t"""
FORWARD = """def my_forward(X, S_0, W_x, W_s, W_y, g_1, g_2):
    S, Y = [S_0], [None]
    for X_t in X:
        S.append(g_1(W_x * X_t + W_s * S[-1]))
        Y.append(g_2(W_y * S[-1]))
    return S, Y"""
GRADIENT = """def my_dE_dW_s(run, d, at):
    W_x, W_s, W_y = run.weights
    total = 0
    dE_dS = 2 * (run.Y[at] - d) * W_y
    for t in range(at, 0, -1):
        dE_da = dE_dS * run.g_1.slope(run.S[t])
        total += dE_da * run.S[t - 1]
        dE_dS = dE_da * W_s
    return total"""
BACKWARD = """def my_backward(run, d, at=None):
    W_x, W_s, W_y = run.weights
    dE_dW_x, dE_dW_s, dE_dW_y = (np.zeros_like(W) for W in run.weights)
    dE_dS = np.zeros_like(run.S[0])
    for t in range(run.T, 0, -1):
        if at is None or at == t:
            dE_dY = 2 * (run.Y[t] - (d[t - 1] if at is None else d))
            dE_dW_y += np.outer(dE_dY, run.S[t])
            dE_dS = dE_dS + np.dot(W_y.T, dE_dY)
        dE_da = run.g_1.slope(run.S[t]) * dE_dS
        dE_dW_x += np.outer(dE_da, run.X[t])
        dE_dW_s += np.outer(dE_da, run.S[t - 1])
        dE_dS = np.dot(W_s.T, dE_da)
    return dE_dW_x, dE_dW_s, dE_dW_y"""
CHECKS = {
    STEP: checks.one_step,
    FORWARD: checks.forward_pass,
    GRADIENT: checks.hidden_weight,
    BACKWARD: checks.backward_pass,
}


def verdict_on(code, *changes, **around):
    """The verdict on a cell with parts of it replaced, run as a kernel runs it."""
    check = CHECKS[code]
    for old, new in changes:
        assert old in code
        code = code.replace(old, new)
    name = f"/tmp/ipykernel_1/{abs(hash(code))}.py"
    linecache.cache[name] = (len(code), None, code.splitlines(True), name)
    names = {"np": np, **around}
    exec(compile(code, name, "exec"), names)
    return check(names[code.split("(")[0].removeprefix("def ")])


def said(verdict):
    return " ".join(verdict.message.split())


@pytest.mark.parametrize("code", CHECKS, ids=lambda code: CHECKS[code].__name__)
def test_the_cells_are_right_as_they_stand(code):
    assert verdict_on(code).ok


RETURN = "    return total"
SLIPS = [  # cell, what is written, in place of it, the first sentence
    (STEP, "W_s *", "W_S *", "there is no W_S here; did you mean W_s?"),
    (STEP, "X_t +", "Xt +", "there is no Xt here; did you mean X_t?"),
    (STEP, "g_1(W_x", "np.tahn(W_x", "there is no .tahn here; did you mean .tanh?"),
    (STEP, "W_s *", "W_h *", "there is no W_h here: no line above gives it a value."),
    (STEP, "g_1(W", "g_1 * (W", "an activation is a function: it is called, g_1(a)."),
    (
        STEP,
        "W_x * X_t",
        "W_x (X_t)",
        "( ) calls a function: is a * missing before it, or is [ ] meant?",
    ),
    (GRADIENT, RETURN, "    return totl", "there is no totl here; did you mean total?"),
    (GRADIENT, "run.S[t - 1]", "S[t - 1]", "there is no S here; did you mean run.S?"),
    (GRADIENT, "* W_y", "* run.W_y", "there is no .W_y here; did you mean .weights.W_y?"),
    (GRADIENT, "run.S[t - 1]", "run.s[t - 1]", "there is no .s here; did you mean .S?"),
    (GRADIENT, "total = 0", "pass", "total has no value yet in this line."),
    (
        GRADIENT,
        "2 * (run.Y[at] - d)",
        "(run.Y[at] - d)^2",
        "a power is written with **, not with ^",
    ),
    (STEP, "W_s * S", "W_s @ S", "one side of this @ is a single number: use *, or np.dot"),
    (
        BACKWARD,
        "run.g_1.slope(run.S[t]) *",
        "1 - __import__('math').tanh(run.a[t]) ** 2 *",
        "math.tanh takes one number: np.tanh, np.exp serve arrays.",
    ),
    (
        FORWARD,
        "Y.append(g_2(W_y * S[-1]))",
        "Y += g_2(W_y * S[-1])",
        "Y.append(value) puts one more",
    ),
    (GRADIENT, "- d)", "- d[at])", "one number has no entries to take with [ ]."),
    (
        GRADIENT,
        "range(at, 0",
        "range(run.T + 1, 0",
        "an index goes past the end: run.S runs from run.S[0] to run.S[4].",
    ),
    (
        BACKWARD,
        "d[t - 1]",
        "d[t]",
        "run.Y runs from run.Y[1] to run.Y[4] and d runs from d[0] to d[3] (d[0] is d_1).",
    ),
    (
        BACKWARD,
        "return dE_dW_x, dE_dW_s, dE_dW_y",
        "return np.array([dE_dW_x, dE_dW_s, dE_dW_y])",
        "arrays of different shapes do not go into one: return a tuple.",
    ),
    (
        FORWARD,
        "for X_t in X:\n        S.append(g_1(W_x * X_t",
        "for t in (1, 2, 3):\n        S.append(g_1(W_x * X[t]",
        "an index goes past the end: X runs from X[0] to X[2] (X[0] is X_1)",
    ),
    (FORWARD, "[S_0]", "[]", "an index goes past the end"),
    (FORWARD, "        S.append", "        S[1] = ", "a list does not grow by assignment"),
    (
        FORWARD,
        "        S.app",
        "        S = S.app",
        "S is None here: append gives nothing back, it changes the list itself.",
    ),
    (
        FORWARD,
        "S[-1]))\n        Y",
        "S_t))\n        Y",
        "there is no S_t here: no line above gives",
    ),
    (GRADIENT, "run.S[t]", "run.S[Et]", "there is no Et here: no line above gives it a value."),
    (GRADIENT, "run.S[t]", "run.S[a_t]", "there is no a_t here: no line above gives it a value."),
    (GRADIENT, "run.S[t]", "run.S[t / 2]", "an index is a whole number: X_t and t / 2 are not."),
    (FORWARD, "X_t +", "X[X_t] +", "an index is a whole number: X_t and t / 2 are not."),
    (BACKWARD, "range(run.T", "range(at", "at is None here: the error is the sum over all steps"),
    (GRADIENT, "= dE_da * W_s", "= None", "dE_dS is None here."),
    (FORWARD, "[S_0]", "np.array([S_0])", "an array cannot append: collect in a list"),
    (FORWARD, "S.append(g_1(W_x * X_t + W_s * S[-1]))", "S.append[0]", "append has round brackets"),
    (
        GRADIENT,
        "slope(run.S[t])",
        "slope[run.S[t]]",
        "a function is called with ( ), not with [ ].",
    ),
    (GRADIENT, "run.S[t - 1]", "{}[t]", "there is no d[4]: ask `t in d`, then take d[t]."),
    (BACKWARD, "zeros_like(W)", "zeros_like(W, int)", "takes up no fractions: np.zeros_like(W)."),
    (FORWARD, "[S_0]", "[None]", "something in this line is None."),
]


@pytest.mark.parametrize(("code", "old", "new", "sentence"), SLIPS)
def test_a_slip_is_told_in_one_sentence_and_with_the_readers_line(code, old, new, sentence):
    verdict = verdict_on(code, (old, new))
    first = " ".join(verdict.message.split("\n    line ")[0].split())
    assert first.startswith("Not yet: ") and sentence in first
    assert not verdict.ok and verdict.mistakes == () and "Hint" not in verdict.message
    assert "    line " in verdict.message


def test_a_stub_a_missing_return_and_a_loop_that_adds_nothing_are_told_apart():
    run_it = "fill in the ... and run that cell (Shift+Enter), then this one."
    loop = GRADIENT[GRADIENT.index("0\n") : GRADIENT.index("    return")]
    for code, old in ((STEP, "g_1(W_x * X_t + W_s * S_before)"), (GRADIENT, loop)):
        assert run_it in said(verdict_on(code, (old, "...\n")))
    assert run_it in checks.output_weight(..., ..., ...).message
    assert run_it in checks.largest_at_25(...).message
    for code in (STEP, GRADIENT, BACKWARD, FORWARD):
        verdict = verdict_on(code, ("    return ", "    # "))
        assert verdict.message.startswith("Not yet: None comes back. Is there a `return`")
    verdict = verdict_on(GRADIENT, ("    return total", "    print(total)"))
    assert "(print shows a value; only `return` hands it over.)" in said(verdict)
    loop = FORWARD[FORWARD.index("    for") : FORWARD.index("    return")]
    assert "Does your loop run?" in verdict_on(FORWARD, (loop, "")).message
    assert run_it in said(verdict_on(FORWARD, (loop, "    ...\n")))
    verdict = verdict_on(STEP, ("    return S_t", "    # return ..."))
    assert verdict.message.startswith("Not yet: None comes back.")
    assert not any(tried.values())


DOTS = [  # cell, what is written, what is left in place of it, the line that is told
    (STEP, "W_s * S_before", "...", "line 2 still holds the dots: S_t = g_1(W_x * X_t + ...)"),
    (STEP, "W_x * X_t + W_s * S_before", "...", "line 2 still holds the dots: S_t = g_1(...)"),
    (STEP, "    return S_t", "    return [...]", "line 3 still holds the dots: return [...]"),
    (FORWARD, "g_2(W_y * S[-1])", "...", "line 5 still holds the dots: Y.append(...)"),
    (FORWARD, "X:", "...:", "line 3 still holds the dots: for X_t in ...:"),
    (GRADIENT, "0\n", "...  # the sum\n", "line 3 still holds the dots: total = ..."),
    (GRADIENT, "return total", "return ...", "line 9 still holds the dots: return ..."),
    (GRADIENT, "return total", "return [total, ...]", "line 9 still holds the dots"),
    (BACKWARD, "run.g_1.slope(run.S[t])", "run.g_1.slope(...)", "line 10 still holds the dots"),
    (BACKWARD, "return dE_dW_x,", "return ...,", "line 14 still holds the dots: return ..., dE_"),
    (BACKWARD, "np.dot(W_s.T, dE_da)", "... @ dE_da", "line 13 still holds the dots"),
]


@pytest.mark.parametrize(("code", "old", "new", "told"), DOTS)
def test_dots_that_are_left_in_a_function_are_told_with_their_line(code, old, new, told):
    message = said(verdict_on(code, (old, new)))
    assert message.startswith(f"Not yet: {told}") and "Hint" not in message


def test_dots_of_another_line_are_told_and_dots_that_do_no_harm_are_not():
    told = said(verdict_on(STEP, ("W_s * S_before", "memory"), memory=...))
    assert told.startswith("Not yet: the dots, ..., come back from a line outside")
    loop = ("    for X_t", "    ...  # the loop over X\n    for X_t")
    assert verdict_on(FORWARD, loop).ok
    message = verdict_on(FORWARD, loop, ("return S, Y", "return")).message
    assert message.startswith("Not yet: None comes back.")
    text = ("run.S[t - 1]", "run.S[t + 9, ...]"), ("total = 0", "total = 0; print('...')")
    assert "an index goes past the end" in said(verdict_on(GRADIENT, *text))


@pytest.mark.parametrize("order", ["W_s W_x W_y", "W_y W_s W_x", "W_y W_x W_s", "W_x W_y W_s"])
def test_gradients_in_another_order_are_told(order):
    other = ", ".join(f"dE_d{weight}" for weight in order.split())
    verdict = verdict_on(BACKWARD, ("return dE_dW_x, dE_dW_s, dE_dW_y", f"return {other}"))
    assert "in another order than `dE_dW_x, dE_dW_s, dE_dW_y`" in said(verdict)
    assert verdict.mistakes == ()


def test_an_answer_that_is_not_made_from_the_arguments_is_told():
    same = "It gives the same answer for all networks"
    assert same in said(verdict_on(GRADIENT, (RETURN, "    return 22")))
    assert same in said(verdict_on(STEP, ("return S_t", "return 4")))
    assert same in said(
        verdict_on(FORWARD, ("return S, Y", "return [2, 4, 3, 3.5], [None, 8, 6, 7]"))
    )
    for nan in (("run.S[t - 1]", "run.X[0]"), ("run.S[t]", "run.a[0]")):
        assert same not in said(verdict_on(GRADIENT, nan))
    taken = "takes W_x and W_y from the notebook, not from its arguments"
    unpacked = ("W_x, W_s, W_y = run.weights", "W_s = run.weights.W_s")
    verdict = verdict_on(GRADIENT, unpacked, ("= 0\n", "= W_x\n"), W_x=1.0, W_y=np.ones(()))
    assert taken in said(verdict)
    assert "from the notebook" not in verdict_on(GRADIENT, W_x=1.0, W_y=2.0).message


def test_a_run_a_list_or_weights_of_the_notebook_are_told_after_an_error_as_well():
    weights = rnn.Weights(1.0, 0.5, 2.0)
    run = rnn.forward([3.0, 1.0], 2.0, weights)
    told = said(verdict_on(STEP, ("W_x *", "weights.W_x *"), weights=weights))
    assert "The function takes weights from the notebook" in told
    told = said(verdict_on(FORWARD, ("in X:", "in X[run.T + 9]:"), run=run))
    assert "Not yet: an index goes past the end" in told
    assert "The function takes run from the notebook" in told


def test_names_that_an_inner_function_takes_from_the_notebook_are_told():
    within = ("2 * (run.Y[at] - d) * W_y", "2 * (run.Y[at] - d) * sum(dE_dY for _ in [1])")
    assert "takes dE_dY from the notebook" in said(verdict_on(GRADIENT, within, dE_dY=1.5))


def test_of_zeros_it_is_not_said_that_a_number_is_typed_in():
    assert "typed in" not in said(verdict_on(GRADIENT, ("total += ", "total = 0 * ")))


def test_what_gives_none_at_times_is_told_so_and_an_ellipsis_in_brackets_is_no_stub():
    told = said(
        verdict_on(GRADIENT, (RETURN, "    if run.g_1 is rnn.TANH:\n    " + RETURN), rnn=rnn)
    )
    assert "None comes back" in told  # none of these calls has given anything yet
    at_first = "    seen.append(at)\n    if len(seen) < 4:\n    " + RETURN
    told = said(verdict_on(GRADIENT, (RETURN, at_first), seen=[]))
    assert "some calls give None. Does every way through it end" in told
    told = said(verdict_on(GRADIENT, (RETURN, ""), ("total = 0", "total = run.S[..., None] * 0")))
    assert "None comes back. Is there a `return`" in told


def test_arrays_of_different_shapes_are_told_apart_from_a_return():
    def my_clip(gradients, threshold):
        v = np.array(gradients)
        return v * min(1, threshold / np.sqrt(np.sum(v**2)))

    assert "do not go into one: take them one by one" in said(checks.clipping(my_clip))


def test_an_error_inside_a_library_shows_the_readers_line_only():
    verdict = verdict_on(STEP, ("return S_t", "return np.linalg.inv(np.zeros((3, 3)))"))
    assert "line 3 of step: return np.linalg.inv" in verdict.message
    assert verdict.message.count("    line ") == 1


def test_only_what_is_judged_counts_and_a_new_kind_begins_with_its_first_hint():
    def level(verdict):
        return verdict.message.partition("Hint ")[2][:1]

    wrong, no_tanh = (RETURN, "    return 1.5 * total"), ("run.g_1.slope(run.S[t])", "1.0")
    assert [level(verdict_on(GRADIENT, wrong)) for _ in range(2)] == ["1", "2"]
    for slip in ((RETURN, "    return totl"), (RETURN, ""), (RETURN, "    return ...")):
        assert level(verdict_on(GRADIENT, slip)) == ""
    assert level(verdict_on(GRADIENT, no_tanh)) == "1"
    assert level(verdict_on(GRADIENT, wrong)) == "3"
    settings = [
        checks.half_with_negative_weight(*typed) for typed in (("a", 2), (-1, "b"), (-1, 3))
    ]
    assert [level(verdict) for verdict in settings] == ["1", "1", "1"]
    assert [level(checks.wrong_line_03(n)) for n in (6, 9, 1, 1)] == ["1", "1", "1", "2"]


TORCH = """
import numpy as np
from bptt_course import checks
from bptt_course.checks.engine import guard

def gradient(run, d, at):
    import torch
    W_x, W, W_y = (torch.tensor(np.asarray(w), requires_grad=True) for w in run.weights)
    S = torch.tensor(run.S[0])
    for t in range(1, at + 1):
        S = W_x * run.X[t] + W * S
        S = torch.tanh(S) if run.g_1.name == "tanh" else S
    return torch.autograd.grad((d - W_y * S) ** 2, W, create_graph=True)[0]

def bent(run, d, at):
    import torch
    return np.tanh(torch.ones(2, requires_grad=True))

guard.SECONDS = 0.4
assert checks.hidden_weight(gradient).ok
checks.hidden_weight(bent)
"""


def test_pytorch_is_imported_whole_and_its_tensors_are_read(tmp_path):
    pytest.importorskip("torch")
    (tmp_path / "cell.py").write_text(TORCH)
    done = subprocess.run([sys.executable, "cell.py"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "of bent: return np.tanh(torch.ones(2, requires_grad=True))\n" in done.stdout
    assert done.stdout.count("    line ") == 1
    assert "Not yet: NumPy reads no tensor that requires grad: .detach() it first." in done.stdout


def test_a_gradient_that_is_right_is_right_in_a_list_or_with_an_array_around_it():
    assert checks.hidden_weight(lambda run, d, at: [bptt.backward(run, d, at).dE_dW_s]).ok


@pytest.mark.parametrize(
    ("check", "written", "words"),
    [
        (checks.clipping, lambda g, c: [one * c / np.linalg.norm(g) for one in g], "one by one"),
        (checks.scaled, lambda W, r: W * r / np.abs(np.linalg.eig(W)).max(), "eigvals gives the"),
    ],
)
def test_arrays_of_different_shapes_are_told_what_to_do(check, written, words):
    assert words in said(check(written))


def test_a_function_of_other_arguments_is_told_so():
    for old, new in (("(run, d, at)", "(run, d)"), ("at):", "at, T):")):
        assert "leave the first line of your function" in said(verdict_on(GRADIENT, (old, new)))


def test_shapes_that_do_not_fit_get_hints_about_shapes():
    first = said(verdict_on(BACKWARD, ("np.outer(dE_da, run.X[t])", "dE_da * run.X[t]")))
    assert "two shapes do not fit" in first and "Hint 1 of 3: A gradient has the shape" in first
    text = said(verdict_on(GRADIENT, (RETURN, "    return 'text'")))
    assert "Here each weight is one number" in text and "np.outer" not in text

"""Backward passes with a mistake, made as a student makes it: one line of a right one replaced."""

import itertools

import numpy as np

from bptt_helpers import bptt
from bptt_course.checks.engine import mistakes

RIGHT = """
def gradients(run, d, at=None):
    W_x, W_s, W_y = run.weights
    X, a, S, Y, T, slope = run.X, run.a, run.S, run.Y, run.T, run.g_1.slope
    dE_dW_x, dE_dW_s, dE_dW_y = 0 * W_x, 0 * W_s, 0 * W_y
    dE_dS = 0 * S[0]
    for t in range(T, 0, -1):
        if at is None or t == at:
            d_t = d[t - 1] if at is None else d
            dE_dY = 2 * (Y[t] - d_t)
            dE_dV = dE_dY * run.g_2.slope(Y[t])
            dE_dW_y = dE_dW_y + outer(dE_dV, S[t])
            dE_dS = dE_dS + np.dot(W_y.T, dE_dV)
        dE_da = slope(S[t]) * dE_dS
        dE_dW_x = dE_dW_x + outer(dE_da, X[t])
        dE_dW_s = dE_dW_s + outer(dE_da, S[t - 1])
        dE_dS = np.dot(W_s.T, dE_da)
    return dE_dW_x, dE_dW_s, dE_dW_y
"""
SHARES = {
    "W_x": "dE_dW_x = dE_dW_x + outer(dE_da, X[t])",
    "W_s": "dE_dW_s = dE_dW_s + outer(dE_da, S[t - 1])",
    "W_y": "dE_dW_y = dE_dW_y + outer(dE_dV, S[t])",
}
ORDER = ("W_x", "W_s", "W_y")
BACK = "dE_dS = np.dot(W_s.T, dE_da)"
OWN = "dE_dS = dE_dS + np.dot(W_y.T, dE_dV)"
THROUGH_G = "dE_da = slope(S[t]) * dE_dS"
RETURN = "return dE_dW_x, dE_dW_s, dE_dW_y"


def written(*changes, code=RIGHT):
    """The right backward pass with lines (or parts of lines) replaced, compiled."""
    for old, new in changes:
        assert old in code, old
        code = code.replace(old, new)
    names = {"np": np, "outer": np.multiply.outer}
    exec(code, names)
    return names["gradients"]


def only(function, weight):
    return lambda run, d, at: function(run, d, at)[ORDER.index(weight)]


def with_total_derivatives(run, d, at):
    """Σ_i ∂E/∂S_i · dS_i/dW with the total dS_i/dW, accumulated forwards as one would code it."""
    dE_dS = bptt.backward(run, d, at).dE_dS

    def summed(operand, W):
        n = np.size(run.S[0])
        dS_dW, total = np.zeros((n, *np.atleast_2d(W).shape)), 0
        for i in range(1, at + 1):
            direct = np.einsum("ab,c->abc", np.eye(n), np.atleast_1d(operand(i)))
            chained = np.tensordot(np.atleast_2d(run.weights.W_s), dS_dW, 1)
            slope = np.atleast_1d(run.g_1.slope(run.S[i]))
            dS_dW = slope[:, None, None] * (direct + chained)
            total = total + np.tensordot(np.atleast_1d(dE_dS[i]), dS_dW, 1)
        return total.reshape(np.shape(W))

    W_x, W_s, _ = run.weights
    return summed(lambda i: run.X[i], W_x), summed(lambda i: run.S[i - 1], W_s), None


def one_place(share, first, second):
    """A wrong slope on the way back only, and where the weight is used only."""
    return [
        [(BACK, f"dE_dS = np.dot(W_s.T, {first} * dE_dS)")],
        [(share, share.replace("dE_da", f"({second}) * dE_dS"))],
    ]


def changes_for(mistake, weight):
    """The ways in which a student makes this mistake: a list of lists of replaced lines."""
    share, name = SHARES[weight], f"dE_d{weight}"
    plain = share.replace(f"{name} + ", "")
    operand = {"W_x": "X[t]", "W_s": "S[t - 1]", "W_y": "S[t]"}[weight]
    early, late = "range(T, 0, -1)", "dE_dS = 0 * S[0]"
    wrong_slope = {
        "derivative-missing": ("1.0", "1.0"),
        "tan-for-tanh": ("(1 + S[t] ** 2)", "1 / np.cos(np.arctan(S[t])) ** 2"),
        "slope-at-a": ("slope(a[t])", "(1 - a[t] ** 2)"),
        "slope-of-another-step": ("slope(S[t - 1])", "slope(S[at])"),
        "slope-mistyped": ("(1 - S[t]) ** 2", "S[t] * (1 - S[t])"),
        "slope-twice": ("slope(S[t]) ** 2", "slope(S[t]) * slope(S[t])"),
        "tanh-twice": ("(1 - np.tanh(S[t]) ** 2)", "run.g_1.derivative(S[t])"),
        "derivative-inverted": ("1 / (1 - S[t] ** 2)", "1 / slope(S[t])"),
    }
    if mistake in wrong_slope and weight == "W_y":
        slopes = [slope.replace("S[t]", "Y[t]") for slope in wrong_slope[mistake]]
        slopes = [
            slope.replace("a[t]", "np.dot(W_y, S[t])").replace(" slope(", " run.g_2.slope(")
            for slope in slopes
        ]
        slopes = [
            slope.replace("/ slope(", "/ run.g_2.slope(").replace("g_1", "g_2") for slope in slopes
        ]
        return [[("run.g_2.slope(Y[t])", slope)] for slope in slopes]
    if mistake in wrong_slope:
        first, second = wrong_slope[mistake]
        return [
            [(THROUGH_G, f"dE_da = {first} * dE_dS")],
            [(THROUGH_G, f"dE_da = {second} * dE_dS")],
            *([] if mistake == "derivative-missing" else one_place(share, first, second)),
        ]
    return {
        "slope-in-one-place": one_place(share, "1.0", "1.0"),
        "error-factor": [
            [("2 * (Y[t] - d_t)", wrong)]
            for wrong in ("(Y[t] - d_t) ** 2", "abs(Y[t] - d_t)", "2 * Y[t]")
        ],
        "output-weight-missing": [[("np.dot(W_y.T, dE_dV)", "np.ones_like(S[0]) * dE_dV")]],
        "recurrence-missing": [[(BACK, "dE_dS = dE_da")]],
        "wrong-recurrence": [[(BACK, f"dE_dS = np.dot({W}.T, dE_da)")] for W in ("W_x", "W_y")],
        "not-reset": [[(BACK, "dE_dS = dE_dS + np.dot(W_s.T, dE_da)")]],
        "first-state": [[("S[t - 1])", "S[max(t - 1, 1)])")]],
        "loop-never-runs": [[(early, "range(T, 0)")], [(early, "range(0, T, -1)")]],
        "returns-inside": [[(BACK, BACK + "\n        " + RETURN)]],
        "adds-outside": [[(share, "pass"), (RETURN, share.strip() + "\n    " + RETURN)]],
        "ends-early": [[(early, "range(T, 1, -1)")]],
        "ends-late": [[(early, "range(T, -1, -1)")]],
        "starts-late": [[(share, f"{share} if t != at else {name}")]],
        "running-sum": [
            [
                (late, late + "; now = 0"),
                (
                    share,
                    plain.replace(f"{name} = ", "now = now + ")
                    + f"\n        {name} = {name} + now",
                ),
            ]
        ],
        "clipped": [[(RETURN, "return [np.clip(g, -1, 1) for g in (dE_dW_x, dE_dW_s, dE_dW_y)]")]],
        "few-digits": [
            [(RETURN, "return [np.round(g, 4) for g in (dE_dW_x, dE_dW_s, dE_dW_y)]")],
            [(RETURN, "return [np.float16(g) for g in (dE_dW_x, dE_dW_s, dE_dW_y)]")],
        ],
        "updated-weight": [
            [(RETURN, "return W_x - 0.1 * dE_dW_x, W_s - 0.1 * dE_dW_s, W_y - 0.1 * dE_dW_y")]
        ],
        "state-as-constant": [
            [(share, plain.replace("= ", "= 0 + ") + f" if t == at else {name}")]
        ],
        "longest-path-only": [[(share, plain + f" if t == 1 else {name}")]],
        "factor-two": [[("2 * (Y[t] - d_t)", "Y[t] - d_t")]],
        "sign": [[("(Y[t] - d_t)", "(d_t - Y[t])")]],
        "averaged": [[(RETURN, "return dE_dW_x / T, dE_dW_s / T, dE_dW_y / T")]],
        "transposed-answer": [[(RETURN, "return dE_dW_x.T, dE_dW_s.T, dE_dW_y.T")]],
        "weight-not-transposed": [[(BACK, "dE_dS = np.dot(W_s, dE_da)")]],
        "shifted-state": {
            "W_s": [[(operand + ")", "S[t])")], [(operand + ")", "S[t - 2])")]],
            "W_x": [[(operand + ")", "X[t - 1])")], [(operand + ")", "X[t + 1])")]],
            "W_y": [[(operand + ")", "S[t - 1])")]],
        }[weight],
        "all-errors": [[("if at is None or t == at:", "if True:")]],
        "own-output-missing": [[(OWN, "pass"), (SHARES["W_y"], "pass")]],
        "overwritten": [[(share, plain)], [(share, plain + f" if t == at else {name}")]],
        "chain-cut": [[(BACK, "dE_dS = 0 * dE_dS")]],
        "sizes-mixed": {
            "W_s": [
                [("0 * W_s", "np.zeros((len(S[0]), len(X[1])))")],
                [(share, share + "\n        dE_dW_s[:, len(X[1]):] = 0")],
            ],
            "W_x": [[("0 * W_x", "np.zeros((len(S[0]), len(S[0])))")]],
            "W_y": [[("0 * W_y", "np.zeros((len(Y[1]), len(X[1])))")]],
        }[weight],
    }[mistake]


EVERYWHERE = tuple(name for name in mistakes.CATALOGUE if name != "outputs-mixed")
ONLY_MATRICES = ("transposed-answer", "weight-not-transposed", "sizes-mixed")
ONLY_NUMBERS = ("wrong-recurrence",)
ONLY_W_S = ("first-state", "ends-late")
ON_W_Y = (
    "factor-two",
    "sign",
    "averaged",
    "transposed-answer",
    "derivative-missing",
    "tanh-twice",
    "derivative-inverted",
    "shifted-state",
    "all-errors",
    "loop-never-runs",
    "sizes-mixed",
    "tan-for-tanh",
    "slope-at-a",
    "slope-mistyped",
    "slope-twice",
    "error-factor",
    "clipped",
    "few-digits",
    "updated-weight",
)
SAME_NUMBERS = (
    {"state-as-constant", "chain-cut", "returns-inside", "overwritten", "adds-outside"},
    {"longest-path-only", "adds-outside", "overwritten", "returns-inside"},
    {"total-for-immediate", "running-sum"},
    {"loop-never-runs", "own-output-missing"},
    {"loop-never-runs", "starts-late"},
)


def injected():
    """(mistake, weight, layout, function) for every mistake, everywhere it can be made."""
    for layout, weight in itertools.product(("matrix", "scalar"), ORDER):
        for mistake in ON_W_Y if weight == "W_y" else EVERYWHERE:
            if mistake in (ONLY_MATRICES if layout == "scalar" else ONLY_NUMBERS):
                continue
            if mistake in ONLY_W_S and weight != "W_s":
                continue
            if mistake == "total-for-immediate":
                yield mistake, weight, layout, with_total_derivatives
                continue
            for changes in changes_for(mistake, weight):
                yield mistake, weight, layout, written(*changes)


INJECTED = list(injected())


def assert_named(verdict, mistake):
    assert not verdict.ok
    assert mistake in verdict.mistakes
    assert set(verdict.mistakes) in ({mistake}, *SAME_NUMBERS)
    assert all(f"[{name}]" in verdict.message for name in verdict.mistakes)


def sum_of_products(run, d, at):
    """For numbers only: each term written out as one product."""
    W_s, W_y = run.weights.W_s, run.weights.W_y
    total = 0
    for i in range(1, at + 1):
        back = 1
        for j in range(i + 1, at + 1):
            back *= W_s * run.g_1.derivative(run.a[j])
        total += (run.Y[at] - d) * 2 * W_y * back * run.g_1.derivative(run.a[i]) * run.S[i - 1]
    return total


def words(verdict):
    """What the verdict says, in one line."""
    return " ".join(verdict.message.split())

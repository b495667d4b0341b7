"""The answer checks: every catalogued mistake is named, nothing else is, and nothing breaks them.

Mistakes are injected as a student makes them: one line of a right backward pass is replaced.
"""

import inspect
import itertools
from fractions import Fraction

import numpy as np
import pytest

from bptt_helpers import bptt, gradcheck, rnn
from bptt_course import checks
from bptt_course.checks import nb01_forward_pass as forward_answers
from bptt_course.checks import nb02_output_weight, nb03_hidden_weight
from bptt_course.checks.engine import evidence, guard, mistakes
from bptt_course.checks.engine.diagnosis import gradient_finding
from bptt_course.checks.engine.verdict import failed, report

RIGHT = """
def gradients(run, d, at=None):
    W_x, W_s, W_y = run.weights
    X, S, Y, T, slope = run.X, run.S, run.Y, run.T, run.g_1.slope
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


def changes_for(mistake, weight):
    """The ways in which a student makes this mistake: a list of lists of replaced lines."""
    share, name = SHARES[weight], f"dE_d{weight}"
    plain = share.replace(f"{name} + ", "")
    operand = {"W_x": "X[t]", "W_s": "S[t - 1]", "W_y": "S[t]"}[weight]
    wrong_slope = {
        "derivative-missing": ("1.0", "1.0"),
        "tanh-twice": ("(1 - np.tanh(S[t]) ** 2)", "run.g_1.derivative(S[t])"),
        "derivative-inverted": ("1 / (1 - S[t] ** 2)", "1 / slope(S[t])"),
    }
    if mistake in wrong_slope and weight == "W_y":
        slopes = [slope.replace("S[t]", "Y[t]") for slope in wrong_slope[mistake]]
        slopes = [
            slope.replace("/ slope(", "/ run.g_2.slope(").replace("g_1", "g_2") for slope in slopes
        ]
        return [[("run.g_2.slope(Y[t])", slope)] for slope in slopes]
    if mistake in wrong_slope:
        first, second = wrong_slope[mistake]
        return [
            [(THROUGH_G, f"dE_da = {first} * dE_dS")],
            [(THROUGH_G, f"dE_da = {second} * dE_dS")],
            [(BACK, f"dE_dS = np.dot(W_s.T, {first} * dE_dS)")],
            [(share, share.replace("dE_da", f"({second}) * dE_dS"))],
        ]
    return {
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


EVERYWHERE = tuple(mistakes.CATALOGUE)
ONLY_MATRICES = ("transposed-answer", "weight-not-transposed", "sizes-mixed")
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
    "own-output-missing",
    "sizes-mixed",
)
SAME_NUMBERS = (
    {"state-as-constant", "chain-cut", "overwritten"},
    {"longest-path-only", "overwritten"},
)


def injected():
    """(mistake, weight, layout, function) for every mistake, everywhere it can be made."""
    for layout, weight in itertools.product(("matrix", "scalar"), ORDER):
        for mistake in ON_W_Y if weight == "W_y" else EVERYWHERE:
            if layout == "scalar" and mistake in ONLY_MATRICES:
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


def forgotten_attempts():
    failed.clear()


@pytest.fixture(autouse=True)
def fresh_kernel():
    forgotten_attempts()


# ---- The catalogue ------------------------------------------------------------------------------


def test_the_injections_are_mistakes_and_their_frame_is_right():
    run = rnn.forward(
        [[1.0, 2], [0, 1]], [1.0, 0, 1], rnn.Weights(np.ones((3, 2)), np.eye(3), [[1.0, 2, 3]])
    )
    true = bptt.backward(run, [1.0], 2)
    for ours, theirs in zip(
        written()(run, [1.0], 2), (true.dE_dW_x, true.dE_dW_s, true.dE_dW_y), strict=True
    ):
        np.testing.assert_allclose(ours, theirs)
    assert len(mistakes.CATALOGUE) == 17
    assert {mistake for mistake, *_ in INJECTED} == set(mistakes.CATALOGUE)


@pytest.mark.parametrize("n", range(len(INJECTED)), ids=lambda n: "-".join(INJECTED[n][:3]))
def test_diagnose_names_every_mistake(n):
    mistake, weight, layout, function = INJECTED[n]
    g_2 = "tanh" if weight == "W_y" else "identity"
    if layout == "matrix":
        verdict = checks.diagnose(only(function, weight), weight, g_2)
        assert "n_s = 3" in verdict.message
    else:  # as in the exercises with scalar networks
        student = guard.Student(only(function, weight), guard.numbers)
        finding = gradient_finding(student, weight, g_2, layouts=("scalar",))
        verdict = report(None, finding, hint=False)
        assert "scalar" in verdict.message
    assert_named(verdict, mistake)


@pytest.mark.parametrize("weight", ["W_s", "W_x"])
@pytest.mark.parametrize("layout", ["matrix", "scalar"])
def test_mistakes_are_named_on_linear_networks_too(weight, layout):
    asked = evidence.evidence("identity", layout, weight)
    for mistake, its_weight, its_layout, function in INJECTED:
        invisible = mistake in ("derivative-missing", "tanh-twice", "derivative-inverted")
        if (its_weight, its_layout) != (weight, layout) or invisible or mistake == "sizes-mixed":
            continue
        if mistake == "shifted-state" and weight == "W_x":
            asked_here = evidence.evidence("X[0] = X[T + 1] = 0", layout, weight)
        else:
            asked_here = asked
        answers = [only(function, weight)(*q.fresh()) for q in asked_here.questions]
        turned = layout == "matrix" and mistake == "transposed-answer" and weight == "W_x"
        fits = (asked_here.fits_transposed if turned else asked_here.fits)(np.array(answers))
        names = {name for fit in fits for name in (*fit.any_of, *fit.also)}
        assert mistake in names and names in ({mistake}, *map(set, SAME_NUMBERS)), (mistake, fits)


@pytest.mark.parametrize("mistake", [m for m in EVERYWHERE if m not in ("total-for-immediate",)])
@pytest.mark.parametrize("weight", ["W_s", "W_x"])
def test_the_backward_exercise_names_every_mistake(mistake, weight):
    for changes in changes_for(mistake, weight):
        if mistake == "own-output-missing":
            changes = changes[:1]  # ∂E/∂W_y stays right
        verdict = checks.backward_pass(written(*changes))
        assert_named(verdict, mistake)
    assert changes


def test_total_for_immediate_is_named_in_the_backward_exercise():
    def backward(run, d, at=None):
        true = bptt.backward(run, d, at)
        if at is None:
            return true.dE_dW_x, true.dE_dW_s, true.dE_dW_y
        return (*with_total_derivatives(run, d, at)[:2], true.dE_dW_y)

    assert_named(checks.backward_pass(backward), "total-for-immediate")


@pytest.mark.parametrize(
    ("change", "mistake"),
    [
        ((OWN, OWN + " if t == T else dE_dS"), "own-output-missing"),
        ((OWN, "dE_dS = np.dot(W_y.T, dE_dV)"), "chain-cut"),
        (
            (OWN, "dE_dS = np.dot(W_y.T, dE_dV) if not np.any(dE_dS) else dE_dS"),
            "own-output-missing",
        ),
        ((SHARES["W_y"], SHARES["W_y"].replace("dE_dW_y + ", "")), "overwritten"),
        (
            (RETURN, "s = T if at is None else 1; return dE_dW_x / s, dE_dW_s / s, dE_dW_y / s"),
            "averaged",
        ),
    ],
)
def test_mistakes_that_only_the_sum_of_errors_shows(change, mistake):
    verdict = checks.backward_pass(written(change))
    assert "at=None" in verdict.message
    assert mistake in verdict.mistakes and len(verdict.mistakes) <= 3


@pytest.mark.parametrize("mistake", [m for m in EVERYWHERE if m not in ONLY_MATRICES])
@pytest.mark.parametrize(
    ("check", "weight"), [(checks.hidden_weight, "W_s"), (checks.input_weight, "W_x")]
)
def test_the_function_exercises_name_every_mistake(check, weight, mistake):
    for name, its_weight, layout, function in INJECTED:
        if (name, its_weight, layout) == (mistake, weight, "scalar"):
            assert_named(check(only(function, weight)), mistake)


def test_two_mistakes_at_once_are_both_named():
    both = written(("2 * (Y[t] - d_t)", "(d_t - Y[t])"), (THROUGH_G, "dE_da = dE_dS"))
    verdict = checks.diagnose(only(both, "W_s"))
    assert verdict.mistakes == ("factor-two", "sign", "derivative-missing")
    turned = written(("2 * (Y[t] - d_t)", "(Y[t] - d_t)"), (RETURN, "return 0, dE_dW_s.T, 0"))
    assert checks.diagnose(only(turned, "W_s")).mistakes == ("factor-two", "transposed-answer")


# ---- Numbers typed by hand ----------------------------------------------------------------------

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
]
# Terms 3, 18, 30 (sum 51), dE/dS = 0.75, 1.5, 3; S_1, S_2, S_3 = 12, 10, 7.
CUT = {"state-as-constant", "chain-cut"}
HIDDEN_MISTAKES = [
    ((3, 21, 51, 75), {"total-for-immediate"}),
    ((..., ..., ..., 75), {"total-for-immediate"}),
    ((0, 0, 30, 30), CUT),
    ((..., ..., ..., 30), CUT | {"overwritten"}),
    ((3, 0, 0, 3), {"longest-path-only"}),
    ((..., ..., ..., 3), {"longest-path-only", "overwritten"}),
    ((3, 18, 30, 30), {"overwritten"}),
    ((3, 18, 30, 3), {"overwritten"}),
    ((1.5, 9, 15, 25.5), {"factor-two"}),
    ((-3, -18, -30, -51), {"sign"}),
    ((-1.5, -9, -15, -25.5), {"factor-two", "sign"}),
    ((3, 18, 30, 17), {"averaged"}),
    ((1, 6, 10, 17), {"averaged"}),
    ((9, 15, 21, 45), {"shifted-state"}),
    ((0, 0, 0, 0), {"own-output-missing"}),
    ((0, ..., ..., ...), set()),
    ((3, 18, 30, 50), set()),
    ((3, 18, 31, 52), set()),
    ((3, -18, 30, 15), set()),
    ((2, 12, 20, 34), set()),
]


@pytest.mark.parametrize(("typed", "names"), OUTPUT_MISTAKES)
def test_typed_numbers_of_notebook_02(typed, names):
    verdict = checks.output_weight(*typed)
    assert not verdict.ok and set(verdict.mistakes) == names
    if not names:
        assert "differs" in verdict.message


@pytest.mark.parametrize(("typed", "names"), HIDDEN_MISTAKES)
def test_typed_numbers_of_notebook_03(typed, names):
    verdict = checks.hidden_weight_terms(*typed)
    assert not verdict.ok and set(verdict.mistakes) == names
    if not names:
        assert "differs" in verdict.message


def test_right_numbers_in_any_dress():
    assert checks.output_weight(-6, 10, -60).ok
    assert checks.output_weight(np.float32(-6), [10], np.array([[-60.0]])).ok
    assert checks.hidden_weight_terms(3, Fraction(18), np.int64(30), 51.0000001).ok


def test_numbers_are_taken_one_by_one():
    verdict = checks.output_weight(-6, ..., None)
    assert not verdict.ok and "Right so far: dE_dY." in verdict.message
    assert "Not attempted yet: dY_dW_y, dE_dW_y." in verdict.message
    verdict = checks.hidden_weight_terms(3, 17, ..., ...)
    assert "term_2 is the first number that differs" in verdict.message


@pytest.mark.parametrize("absurd", ["-6", [1, 2], np.nan, np.inf, 1j, {}, len, True, [], object()])
def test_what_is_no_number_is_told_in_words(absurd):
    verdict = checks.output_weight(absurd, 10, -60)
    assert not verdict.ok and "dE_dY: expected" in verdict.message and "0x" not in verdict.message
    assert not checks.wrong_line_03(absurd).ok


def test_no_two_mistakes_give_the_same_number_in_the_typed_exercises():
    for cases in (OUTPUT_MISTAKES[:5], HIDDEN_MISTAKES[:14]):
        totals = [(typed[-1], frozenset(names)) for typed, names in cases]
        for (one, its), (other, others) in itertools.combinations(totals, 2):
            assert one != other or its & others or "overwritten" in its | others


# ---- Right answers in other styles --------------------------------------------------------------


def loops(run, d, at):
    """Entry by entry, no array operation at all, as nested lists."""
    _, W_s, W_y = (np.asarray(W).tolist() for W in run.weights)
    n_s = len(W_s)
    dE_dS = [2 * (run.Y[at][0] - d[0]) * W_y[0][k] for k in range(n_s)]
    total = [[0.0] * n_s for _ in range(n_s)]
    for i in range(at, 0, -1):
        dE_da = [dE_dS[k] * run.g_1.slope(run.S[i])[k] for k in range(n_s)]
        for j in range(n_s):
            for k in range(n_s):
                total[j][k] += dE_da[j] * run.S[i - 1][k]
        dE_dS = [sum(W_s[j][k] * dE_da[j] for j in range(n_s)) for k in range(n_s)]
    return total


def terms(run, d, at):
    return bptt.chain_rule_terms(run, d, at).W_s.sum(axis=0)


def recursion(run, d, at):
    def back(i, dE_dS):
        if i == 0:
            return 0
        dE_da = run.g_1.slope(run.S[i]) * dE_dS
        return np.outer(dE_da, run.S[i - 1]) + back(i - 1, run.weights.W_s.T @ dE_da)

    return back(at, run.weights.W_y.T @ (2 * (run.Y[at] - d)))


def forward_accumulation(run, d, at):
    """The total derivative of S_at itself, accumulated forwards: no sum of paths at all."""
    n, dS_dW = len(run.S[0]), 0
    for i in range(1, at + 1):
        direct = np.einsum("ab,c->abc", np.eye(n), run.S[i - 1])
        slope = run.g_1.slope(run.S[i])[:, None, None]
        dS_dW = slope * (direct + (np.tensordot(run.weights.W_s, dS_dW, 1) if i > 1 else 0))
    return np.tensordot(2 * (run.Y[at] - d) @ run.weights.W_y, dS_dW, 1)


def jacobian_products(run, d, at):
    row = 2 * (run.Y[at] - d) @ run.weights.W_y
    parts = []
    for i in range(1, at + 1):
        on_a = (row @ bptt.state_jacobian(run, at, i)) * run.g_1.derivative(run.a[i])
        parts.append(on_a[:, None] * run.S[i - 1][None, :])
    return sum(reversed(parts))


def row_vectors(run, d, at):
    """Rows instead of columns: W_s from the right, and the transposed product at the end."""
    row, total = (2 * (run.Y[at] - d) @ run.weights.W_y)[None, :], 0
    for i in range(at, 0, -1):
        row = row * run.g_1.slope(run.S[i])
        total = total + run.S[i - 1][:, None] @ row
        row = row @ run.weights.W_s
    return total.T


def one_product(run, d, at):
    gradients, dE_dS = [], run.weights.W_y.T @ (2 * (run.Y[at] - d))
    for i in range(at, 0, -1):
        gradients.insert(0, run.g_1.slope(run.S[i]) * dE_dS)
        dE_dS = run.weights.W_s.T @ gradients[0]
    return np.einsum("ti,tj->ij", gradients, run.S[:at])


def in_float32(run, d, at):
    single = written(("0 * W_x, 0 * W_s, 0 * W_y", "np.float32(0), np.float32(0), np.float32(0)"))
    weights = rnn.Weights(*(W.astype(np.float32) for W in run.weights))
    X, S_0 = run.X[1:].astype(np.float32), run.S[0].astype(np.float32)
    small = rnn.forward(X, S_0, weights, run.g_1, run.g_2)
    assert small.S.dtype == np.float32
    return single(small, np.float32(d), at)[1].astype(np.float32)


def differences(run, d, at):
    def E(weights):
        return rnn.error(d, rnn.forward(run.X[1:], run.S[0], weights, run.g_1, run.g_2).Y[at])

    return gradcheck.central_difference(E, run.weights)[1]


def complex_steps(run, d, at):
    def E(weights):
        Y = rnn.forward(run.X[1:], run.S[0], weights, run.g_1, run.g_2).Y[at]
        return np.sum((d - Y) ** 2)

    return gradcheck.complex_step(E, run.weights)[1]


def helper(run, d, at):
    return bptt.backward(run, d, at).dE_dW_s


def as_tuple_of_lists(run, d, at):
    return tuple([float(g) for g in row] for row in helper(run, d, at))


def printing(run, d, at):
    print("at is", at)
    return helper(run, d, at)


STYLES = [
    loops,
    terms,
    recursion,
    forward_accumulation,
    jacobian_products,
    row_vectors,
    one_product,
    in_float32,
    differences,
    complex_steps,
    helper,
    as_tuple_of_lists,
    printing,
]


@pytest.mark.parametrize("solution", STYLES, ids=lambda f: f.__name__)
def test_right_answers_pass_in_every_style(solution):
    verdict = checks.diagnose(solution)
    assert verdict.ok and verdict.mistakes == () and verdict.message.startswith("Right: ")
    assert "n_s = 3" in verdict.message


@pytest.mark.parametrize("weight", ORDER)
def test_right_answers_pass_for_every_weight_and_activation(weight):
    assert checks.diagnose(only(written(), weight), weight).ok
    assert checks.diagnose(only(written(), weight), weight, g_2="sigmoid").ok


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


def test_a_function_for_numbers_is_judged_on_numbers():
    verdict = checks.diagnose(sum_of_products)
    assert verdict.ok and "scalar networks" in verdict.message
    assert checks.hidden_weight(sum_of_products).ok
    assert checks.hidden_weight(lambda run, d, at: [sum_of_products(run, d, at)]).ok


def test_a_row_is_as_good_as_a_matrix_of_one_row_but_a_column_is_not():
    W_y = only(written(), "W_y")
    assert checks.diagnose(lambda *asked: W_y(*asked)[0], "W_y").ok
    assert checks.diagnose(lambda *asked: W_y(*asked).T, "W_y").mistakes == ("transposed-answer",)
    W_s = only(written(), "W_s")
    assert not checks.diagnose(lambda *asked: W_s(*asked).ravel()).ok


def loop_of_exercise_01(X, S_0, W_x, W_s, W_y, g_1, g_2):
    S, Y = [S_0], [None]
    for X_t in X:
        S.append(g_1(np.dot(W_x, X_t) + np.dot(W_s, S[-1])))
        Y.append(g_2(np.dot(W_y, S[-1])))
    return S, Y


def arrays_for_exercise_01(X, S_0, W_x, W_s, W_y, g_1, g_2):
    run = rnn.forward(X, S_0, rnn.Weights(W_x, W_s, W_y), g_1, g_2)
    return run.S, run.Y


def recursion_for_exercise_01(X, S_0, W_x, W_s, W_y, g_1, g_2):
    def S(t):
        return S_0 if t == 0 else g_1(W_x * X[t - 1] + W_s * S(t - 1))

    return (
        [np.float32(S(t)) for t in range(len(X) + 1)],
        np.array([np.nan, *(g_2(W_y * S(t)) for t in range(1, len(X) + 1))]),
    )


def test_right_answers_pass_in_notebook_01():
    assert checks.one_step(lambda W_x, W_s, X, S, g: g(np.dot(W_x, X) + np.dot(W_s, S))).ok
    verdict = checks.one_step(lambda W_x, W_s, X_t, S_before, g_1: g_1(W_s * S_before + W_x * X_t))
    assert verdict.ok and "np.dot" in verdict.message
    assert checks.forward_pass(loop_of_exercise_01).ok
    assert checks.forward_pass(arrays_for_exercise_01).ok
    assert checks.forward_pass(recursion_for_exercise_01).ok
    assert checks.forward_pass(lambda *a: rnn.forward(*a[:2], rnn.Weights(*a[2:5]), *a[5:])).ok


def test_right_answers_pass_in_notebook_05():
    assert checks.backward_pass(written()).ok
    assert checks.backward_pass(bptt.backward).ok
    assert checks.backward_pass(lambda *asked: [*written()(*asked)]).ok
    assert [n for n in range(9) if checks.wrong_line_03(n).ok] == [4]
    assert [n for n in range(9) if checks.wrong_line_04(n).ok] == [2]
    assert [n for n in range(9) if checks.wrong_line_05(n).ok] == [3]


# ---- Wrong answers without a name ---------------------------------------------------------------


@pytest.mark.parametrize("wrong", forward_answers.WRONG_STEPS, ids=lambda wrong: wrong[0])
def test_wrong_steps_are_explained(wrong):
    words, formula, *hints = wrong
    said = [checks.one_step(formula) for _ in range(3)]
    assert not any(verdict.ok or verdict.mistakes for verdict in said)
    assert all(words in verdict.message for verdict in said)
    given = [" ".join(verdict.message.split()).split(" of 3: ")[1] for verdict in said]
    assert given[: len(hints)] == hints and hints
    assert len(set(given)) == 3
    if "g_1" in words:
        assert "identity" not in " ".join(given), "with it the mistake does not show"


def test_the_hint_by_hand_shows_every_mistake_that_it_is_given_for():
    """W_x = 3, W_s = 0.5, X_t = 4, S_{t-1} = 2: no wrong step gives the right number by chance."""
    assert "W_x = 3, W_s = 0.5, X_t = 4, S_{t-1} = 2" in forward_answers.STEP_HINTS[2]
    for words, formula, *hints in forward_answers.WRONG_STEPS:
        if len(hints) < 3:
            assert formula(3, 0.5, 4, 2, lambda a: a) != 3 * 4 + 0.5 * 2, words
        elif hints[2] == forward_answers.ROUND_THE_SUM[1]:
            assert formula(3, 0.5, 4, 2, np.tanh) > 1, words


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "W_s, S[-1]",
            "W_s, S[0]",
            "S_2 is the first state that differs (T = 3): every step starts from S_0",
        ),
        ("g_1(np", "(np", "S_1 is the first state that differs (T = 3): g_1 is not applied"),
        ("g_2(np", "(np", "g_2 is not applied"),
        ("g_1(np", "np.tanh(np", "tanh is typed in where g_1 belongs"),
        ("g_2(np", "np.tanh(np", "tanh is typed in where g_2 belongs"),
        ("W_s, S[-1]", "W_x, S[-1]", "S_1 is the first state that differs (T = 3)."),
        (
            "W_s, S[-1]",
            "W_s, S[-2 if len(S) > 1 else 0]",
            "S_2 is the first state that differs (T = 3): the state before is one step too old",
        ),
        ("W_y, S[-1]", "W_y, S[-2]", "Y_1 is the first output that differs (T = 3): Y_t is made"),
        ("[None]", "[]", "Y should hold Y[0], not used, and Y_1 to Y_3: 4 entries, got 3"),
        ("[S_0]", "[]", "IndexError"),
        ("in X:", "in X[:2]:", "S should hold S_0 to S_3, 4 states, got 3"),
        ("in X:", "in X[:-1]:", "4 states, got 3: your loop ends one step early"),
        ("in X:", "in X[1:]:", "your loop skips the first input, X_1, which is X[0]"),
        ("in X:", "in X[2:]:", "4 states, got 2"),
        ("+", "+ 0.1 +", "S_1 is the first state that differs (T = 3)"),
        ("return S, Y", "return S", "expected two lists"),
        ("return S, Y", "return 3", "expected two lists"),
        ("return S, Y", "return Y, S", "S_0 is the first state that differs"),
    ],
)
def test_wrong_loops_are_explained(old, new, words):
    code = inspect.getsource(loop_of_exercise_01).replace(old, new)
    names = {"np": np}
    exec(code, names)
    verdict = checks.forward_pass(names["loop_of_exercise_01"])
    assert not verdict.ok and verdict.mistakes == ()
    assert words in " ".join(verdict.message.split())
    assert "Hint 1 of 3" in verdict.message and failed["01-B"] == 1


def loop_that_skips_the_first_input(X, S_0, W_x, W_s, W_y, g_1, g_2):
    S, Y = [S_0], [None]
    for t in range(1, len(X)):
        S.append(g_1(W_x * X[t] + W_s * S[t - 1]))
        Y.append(g_2(W_y * S[t]))
    return S, Y


def test_a_loop_over_the_indices_is_told_what_it_does():
    """With T = 1 its body never runs, and yet it has been attempted."""
    seen = [checks.forward_pass(loop_that_skips_the_first_input).message for _ in range(3)]
    said = [" ".join(text.split()) for text in seen]
    assert all("your loop skips the first input, X_1, which is X[0]" in text for text in said)
    assert [f"Hint {n} of 3" in text for n, text in enumerate(said, 1)] == [True] * 3

    code = inspect.getsource(loop_that_skips_the_first_input)
    names = {}
    exec(code.replace("range(1, len(X))", "range(len(X))"), names)
    verdict = checks.forward_pass(names["loop_that_skips_the_first_input"])
    assert "S_2 is the first state that differs" in verdict.message
    assert "the state before is one step too old" in verdict.message


@pytest.mark.parametrize("wrong", forward_answers.WRONG_LOOPS[:-1], ids=lambda wrong: wrong[0])
def test_a_mistake_in_the_loop_gets_a_hint_of_its_own(wrong):
    words, formula, *own = wrong

    def my_forward(*given):
        S, Y = formula(*given)
        return S, np.zeros(len(S)) if np.ndim(Y) == 0 else [None, *Y]

    said = [" ".join(checks.forward_pass(my_forward).message.split()) for _ in range(3)]
    hints = [text.split(" of 3: ")[1] for text in said]
    assert all(words in text for text in said) and len(set(hints)) == 3
    assert hints[: len(own)] == own
    generic = hints[0] in forward_answers.LOOP_HINTS + forward_answers.OUTPUT_HINTS
    assert generic == (words == "every step starts from S_0 again")


@pytest.mark.parametrize(
    "check, answer, hint",
    [
        (checks.one_step, lambda *_: [1, 2], "two things meet in a step"),
        (checks.forward_pass, lambda X, S_0, *_: [S_0, *X, 1], "two lists"),
        (checks.forward_pass, lambda X, S_0, *_: (S_0, S_0), "two lists"),
        (checks.hidden_weight, lambda run, d, at: [1.0, 2.0, 3.0], "one number"),
        (checks.input_weight, lambda run, d, at: [1.0, 2.0, 3.0], "one number"),
    ],
)
def test_a_return_of_another_kind_gets_a_hint_for_its_own_notebook(check, answer, hint):
    message = " ".join(check(answer).message.lower().split())
    assert hint in message.split("hint 1 of 3: ")[1]


def test_a_loop_without_a_body_is_not_attempted():
    for returned in (lambda S_0: ([S_0], [None]), lambda S_0: ([], []), lambda S_0: ([S_0], [])):
        verdict = checks.forward_pass(lambda X, S_0, *_, returned=returned: returned(S_0))
        assert verdict.message.startswith("Not attempted yet") and not failed["01-B"]


WHAT_IT_IS = [
    (checks.output_weight, (9, 10, 90), "E_3 itself"),
    (checks.output_weight, (-6, 3, -18), "∂Y_3/∂S_3"),
    (checks.output_weight, (-6, 30, -180), "Y_3 itself"),
    (checks.output_weight, (-6, 10, -18), "∂E_3/∂S_3"),
    (checks.output_weight, (-6, 10, 4), "a sum"),
    (checks.hidden_weight_terms, (0.75, 18, 30, 48.75), "∂E_3/∂S_1"),
    (checks.hidden_weight_terms, (4, 18, 30, 52), "S_0, without"),
    (checks.hidden_weight_terms, (2, 12, 20, 34), "W_y is missing"),
    (checks.hidden_weight_terms, (30, 18, 3, 51), "term_3; term_i"),
]


@pytest.mark.parametrize(("check", "typed", "words"), WHAT_IT_IS)
def test_a_number_that_is_known_gets_hints_of_its_own(check, typed, words):
    generic = {*nb03_hidden_weight.TERM_HINTS}.union(*nb02_output_weight.HINTS.values())
    said = [" ".join(check(*typed).message.split()) for _ in range(3)]
    assert all(words in text for text in said)
    hints = [text.split(" of 3: ")[1] for text in said]
    assert hints[0] not in generic and len(set(hints)) == 3
    assert "Walk forward once more" not in " ".join(hints)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([("outer(dE_da, S[t - 1])", "1.5 * outer(dE_da, S[t - 1])")], "1.5 times the right one"),
        (
            [(SHARES["W_s"], SHARES["W_s"] + " * (1 + (t == 2))")],
            "at step 1 once, at step 2 twice, at step 3 once",
        ),
        ([("t == at", "t == T")], "right for at = T = 3, but not for at = 1, 2, 4"),
        ([("slope(S[t]) * dE_dS", "(1 - S[t] ** 2) * dE_dS")], "g_1 = identity"),
        ([("slope(S[t]) * dE_dS", "(1 - S[t]) * dE_dS")], "Even E_1 is off"),
        ([("slope(S[t]) * dE_dS", "slope(S[t]) ** 2 * dE_dS")], "With g_1 = identity it is right"),
        ([("slope(S[t]) * dE_dS", "(1 - slope(S[t])) * dE_dS")], "Even E_1 is off"),
        ([(BACK, "dE_dS = np.dot(W_s.T, dE_da) ** 3")], "E_2 is the first that differs"),
        (
            [("S[t - 1])", "(S[t - 1] if t > 1 else 7 * S[0]))")],
            "at step 1 7 times, at step 2 once",
        ),
        ([("S[t - 1])", "(S[t - 1] if t > 1 else S[0] ** 3))")], "With S_0 = 0 it is right"),
        ([(RETURN, "return 0, dE_dW_s + np.random.rand(), 0")], "answers differently"),
        ([(RETURN, "return 0, dE_dW_s * np.inf, 0")], "nan or infinity"),
        ([(RETURN, "return 0, dE_dW_s[0], 0")], "the shape of W_s, (3, 3); got (3,)"),
        ([(RETURN, "return 0, dE_dW_x.T ** 3, 0")], "the shape of W_s, (3, 3); got (2, 3)"),
    ],
)
def test_an_unknown_mistake_gets_no_name_but_a_place(changes, words):
    verdict = checks.diagnose(only(written(*changes), "W_s"))
    assert not verdict.ok and verdict.mistakes == ()
    assert words in " ".join(verdict.message.split())


def test_an_unknown_mistake_in_a_function_for_numbers_is_looked_for_with_numbers():
    def for_numbers(run, d, at):
        return float(sum_of_products(run, d, at)) ** 3

    verdict = checks.diagnose(for_numbers)
    assert not verdict.ok and verdict.mistakes == ()
    assert "scalar networks" in verdict.message and "error" not in verdict.message


def test_functions_that_remember_are_found_out():
    total = np.zeros((3, 3))

    def remembers(run, d, at):
        nonlocal total
        total = total + helper(run, d, at)
        return total

    verdict = checks.diagnose(remembers)
    assert not verdict.ok and verdict.mistakes == () and "answers differently" in verdict.message


# ---- Ten thousand random wrong answers ----------------------------------------------------------

BOOKKEEPING = {(3, 2, 1), (0, 0, 1), (1, 0, 0), (1 / 3, 1 / 3, 1 / 3), (0, 0, 0), (1, 1, 1)}
SUPPORTED = {tuple(c * w for w in weights) for weights in BOOKKEEPING for c in (1, 0.5, -1, -0.5)}


def random_gradients(rng, asked):
    """A wrong answer to a dozen questions, and the weights of its true terms (None: no such)."""
    terms = np.array(
        [evidence.path_terms(*q.fresh(), asked._weight, evidence.Way()) for q in asked.questions]
    )
    while True:
        for w in (rng.uniform(-4, 4, 3), rng.randint(-4, 5, 3) / 2):
            if tuple(w) != (1, 1, 1):
                yield np.einsum("i,ni...->n...", w, terms), tuple(w)
        size = 10 ** rng.uniform(-4, 0)
        noise = rng.standard_normal(asked.truth.shape) * asked.scale.reshape(
            -1, *[1] * len(asked.shape)
        )
        yield asked.truth + size * noise, None
        yield noise, None
        yield asked.truth * (1 + size * rng.choice([-1, 1])), None
        yield terms[rng.permutation(12)].sum(axis=1), None


def test_five_thousand_random_gradients_are_never_right_and_never_accused_without_support():
    rng = np.random.RandomState(4)
    judged = 0
    for layout, weight in itertools.product(("scalar", "matrix"), ("W_s", "W_x")):
        asked = evidence.evidence("tanh", layout, weight)
        for answers, w in itertools.islice(random_gradients(rng, asked), 1250):
            judged += 1
            assert not np.all(asked.right(answers))
            accused = [fit for fit in asked.fits(answers) if fit.size]
            assert bool(accused) == (w in SUPPORTED), (w, accused)
    assert judged == 5000


def agrees(typed, cases):
    return any(np.allclose(typed, numbers, rtol=1e-9) for numbers in cases)


def test_five_thousand_random_numbers_are_never_right_and_never_accused_without_support(capsys):
    rng = np.random.RandomState(5)
    first = {-3, 6, 3}  # what a wrong factor or sign makes of dE_dY = -6
    terms = [w for w, names in HIDDEN_MISTAKES if names and ... not in w]
    supported = {tuple(c * n for n in w[:3]) for w in terms for c in (1, 0.5, -1, -0.5)}
    for n in range(2500):
        typed = rng.randint(-20, 21, 3) / 2 if n % 2 else rng.uniform(-20, 20, 3)
        verdict = checks.output_weight(*typed)
        assert not verdict.ok
        assert bool(verdict.mistakes) == (typed[0] in first or tuple(typed[:2]) == (-6, 12))
        near = rng.choice([-1, 0, 0.5, 1, 2, 3], 4) * [3, 18, 30, 51]
        typed = near if n % 2 else rng.uniform(-60, 60, 4)
        verdict = checks.hidden_weight_terms(*typed)
        right = agrees(typed, [(3, 18, 30, 51)])
        assert verdict.ok == right
        if verdict.mistakes and tuple(typed[:3]) != (3, 18, 30):
            assert tuple(typed[:3]) in supported, (typed, verdict)
    capsys.readouterr()


def test_random_functions_are_never_right_and_never_accused():
    rng = np.random.RandomState(6)
    for _ in range(40):
        a, b, c, p = rng.uniform(-2, 2, 4)

        def guessed(run, d, at, a=a, b=b, c=c, p=p):
            W_x, W_s, W_y = run.weights
            slope = np.abs(run.g_1.slope(run.S[at])) ** p
            total = a * (run.Y[at] - d) * W_y * slope * run.S[at - 1]
            return total + b * W_s * run.S[0] + c * run.X[1] * W_x

        for check in (checks.hidden_weight, checks.input_weight, checks.diagnose):
            verdict = check(guessed)
            assert not verdict.ok and verdict.mistakes == ()


def test_the_other_weights_gradient_is_told(capsys):
    """Exercise 04-A answered with the code of 03-B, and the other way round."""

    def of(weight):
        return lambda run, d, at: getattr(bptt.backward(run, d, at), f"dE_d{weight}")

    assert "these are the numbers of ∂E/∂W_s" in checks.input_weight(of("W_s")).message
    assert "these are the numbers of ∂E/∂W_x" in checks.hidden_weight(of("W_x")).message
    capsys.readouterr()

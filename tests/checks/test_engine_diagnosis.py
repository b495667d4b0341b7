"""The diagnosis: every catalogued mistake is named, nothing else is, in any style of code."""

import contextlib

import numpy as np
import pytest
from made_mistakes import (
    BACK,
    EVERYWHERE,
    INJECTED,
    ONLY_MATRICES,
    ORDER,
    RETURN,
    SHARES,
    THROUGH_G,
    assert_named,
    only,
    sum_of_products,
    words,
    written,
)

from bptt_helpers import bptt, gradcheck, rnn
from bptt_course import checks
from bptt_course.checks.engine import guard, mistakes
from bptt_course.checks.engine.diagnosis import gradient_finding
from bptt_course.checks.engine.verdict import report


def test_the_injections_are_mistakes_and_their_frame_is_right():
    run = rnn.forward(
        [[1.0, 2], [0, 1]], [1.0, 0, 1], rnn.Weights(np.ones((3, 2)), np.eye(3), [[1.0, 2, 3]])
    )
    true = bptt.backward(run, [1.0], 2)
    for ours, theirs in zip(
        written()(run, [1.0], 2), (true.dE_dW_x, true.dE_dW_s, true.dE_dW_y), strict=True
    ):
        np.testing.assert_allclose(ours, theirs)
    assert {mistake for mistake, *_ in INJECTED} == set(mistakes.CATALOGUE) - {"outputs-mixed"}


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


@pytest.mark.parametrize("mistake", [m for m in EVERYWHERE if m not in ONLY_MATRICES])
@pytest.mark.parametrize(
    ("check", "weight"), [(checks.hidden_weight, "W_s"), (checks.input_weight, "W_x")]
)
def test_the_function_exercises_name_every_mistake(check, weight, mistake):
    for name, its_weight, layout, function in INJECTED:
        if (name, its_weight, layout) == (mistake, weight, "scalar"):
            assert_named(check(only(function, weight)), mistake)


@pytest.mark.parametrize("layout", ["scalar", "matrix"])
def test_the_example_that_a_hint_sends_to_shows_every_mistake(layout):
    run, d, at = checks.EXAMPLE if layout == "scalar" else checks.EXAMPLE_WITH_MATRICES
    hidden = {"few-digits", "sizes-mixed", "clipped"}  # the last, as nothing in it is that large
    for mistake, weight, its_layout, function in INJECTED:
        if its_layout == layout and weight != "W_y" and mistake not in hidden:
            true = getattr(bptt.backward(run, d, at), f"dE_d{weight}")
            with contextlib.suppress(IndexError):  # that shows it, too
                answer = np.asarray(only(function, weight)(run, d, at))
                shows = answer.shape != np.shape(true) or not np.all(np.isfinite(answer))
                assert shows or np.max(np.abs(answer - true)) > 0.05 * np.max(np.abs(true)), mistake


def test_two_mistakes_at_once_are_both_named():
    both = written(("2 * (Y[t] - d_t)", "(d_t - Y[t])"), (THROUGH_G, "dE_da = dE_dS"))
    verdict = checks.diagnose(only(both, "W_s"))
    assert verdict.mistakes == ("derivative-missing", "factor-two", "sign")
    turned = written(("2 * (Y[t] - d_t)", "(Y[t] - d_t)"), (RETURN, "return 0, dE_dW_s.T, 0"))
    assert checks.diagnose(only(turned, "W_s")).mistakes == ("transposed-answer", "factor-two")


def test_the_catalogue_speaks_of_every_weight():
    for name in mistakes.KNOWN:
        for weight in ORDER:
            words = [mistakes.what(name, weight), *mistakes.hints(name, weight)]
            assert len(words) == 4 and not any("{W}" in w or "{u}" in w for w in words)
            assert len(set(words)) == 4


def test_diagnose_refuses_another_weight():
    with pytest.raises(ValueError, match="weight: expected one of W_s, W_x, W_y"):
        checks.diagnose(helper, weight="W")


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


# ---- Wrong answers without a name ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([("outer(dE_da, S[t - 1])", "1.5 * outer(dE_da, S[t - 1])")], "1.5 times the right one"),
        (
            [(SHARES["W_s"], SHARES["W_s"] + " * (1 + (t == 2))")],
            "at step 1 once, at step 2 twice, at step 3 once",
        ),
        ([("t == at", "t == T")], "right for at = T = 4, but not for at = 1, 2, 4"),
        ([("slope(S[t]) * dE_dS", "(1 - S[t] ** 2) * dE_dS")], "g_1 = identity"),
        ([("slope(S[t]) * dE_dS", "np.exp(-S[t]) * dE_dS")], "Even E_1 is off"),
        ([("slope(S[t]) * dE_dS", "slope(S[t]) ** 3 * dE_dS")], "With g_1 = identity it is right"),
        ([("slope(S[t]) * dE_dS", "(1 - slope(S[t])) * dE_dS")], "Even E_1 is off"),
        ([(BACK, "dE_dS = np.dot(W_s.T, dE_da) ** 3")], "E_2 is the first that differs"),
        (
            [("S[t - 1])", "(S[t - 1] if t > 1 else 7 * S[0]))")],
            "at step 1 7 times, at step 2 once",
        ),
        ([("S[t - 1])", "(S[t - 1] if t > 1 else S[0] ** 3))")], "With S_0 = 0 it is right"),
        ([(RETURN, "return 0, dE_dW_s + np.random.rand(), 0")], "answers differently"),
        (
            [(RETURN, "return 0, dE_dW_s * np.inf, 0")],
            "there is infinity in the answer: is something divided",
        ),
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


def forward(*changes):
    """∂E_at/∂W_s term by term in a loop that runs forward, as the notebooks write it."""
    code = """
def my_dE_dW_s(run, d, at):
    W_x, W_s, W_y = run.weights
    total = 0
    for i in range(1, at + 1):
        term = 2 * (run.Y[at] - d) * W_y * run.g_1.slope(run.S[i]) * run.S[i - 1]
        for j in range(at, i, -1):
            term *= run.g_1.slope(run.S[j]) * W_s
        total += term
    return total
"""
    for old, new in changes:
        assert old in code
        code = code.replace(old, new)
    names = {}
    exec(code, names)
    return names["my_dE_dW_s"]


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        ("    return total", "        return total", "returns-inside"),
        ("        total += term\n", "    total += term\n", "adds-outside"),
    ],
)
def test_what_is_wrong_with_a_loop_that_runs_forward_is_among_what_is_offered(old, new, mistake):
    assert checks.hidden_weight(forward()).ok
    assert mistake in checks.hidden_weight(forward((old, new))).mistakes


def test_what_is_not_a_slope_is_not_called_one():
    said = words(checks.hidden_weight(forward(("* run.S[i - 1]", "* run.a[i]"))))
    assert "or an a_i where an S_i belongs" in said and "shifted-state" in said


def test_functions_that_remember_are_found_out():
    total = np.zeros((3, 3))

    def remembers(run, d, at):
        nonlocal total
        total = total + helper(run, d, at)
        return total

    verdict = checks.diagnose(remembers)
    assert not verdict.ok and verdict.mistakes == () and "answers differently" in verdict.message


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


@pytest.mark.parametrize("check", [checks.hidden_weight, checks.input_weight])
def test_a_gradient_of_three_numbers_gets_a_hint_about_one(check):
    message = " ".join(check(lambda run, d, at: [1.0, 2.0, 3.0]).message.lower().split())
    assert "one number" in message.split("hint 1 of 3: ")[1]


def by_hand(run, d, at):
    W_s, S = run.weights.W_s, run.S
    third = 2 * (run.Y[at] - d) * run.weights.W_y * run.g_1.slope(S[at])
    second = third * W_s * run.g_1.slope(S[at - 1])
    first = second * W_s * run.g_1.slope(S[at - 2])
    return third * S[at - 1] + second * S[at - 2] + first * S[at - 3]


def from_T(run, d, at):
    return bptt.backward(run, d, run.T).dE_dW_s


def at_most_three(run, d, at):
    return by_hand(run, d, at) if at > 3 else bptt.backward(run, d, at).dE_dW_s


@pytest.mark.parametrize(
    ("function", "first"),
    [
        (by_hand, "right for at = T = 3, but not for at = T = 4"),
        (from_T, "with at = 1 of T = 5: which terms are left, and with which Y"),
        (at_most_three, "with at = 4: how many terms does it have, and with which Y"),
    ],
)
def test_a_function_that_is_right_for_at_3_is_sent_to_another_at(function, first):
    seen = [words(checks.hidden_weight(function)) for _ in range(3)]
    assert first in seen[0] and not any("worked example" in text for text in seen)
    assert "How many terms does your function add up?" in seen[1]
    assert "a loop belongs" in seen[2]


@pytest.mark.parametrize("layout", ["scalar", "matrix"])
def test_the_print_that_a_hint_asks_for_shows_what_is_overwritten(layout):
    """The sum is printed at each turn, not what is added to it: what does it grow by?"""
    asked = checks.EXAMPLE if layout == "scalar" else checks.EXAMPLE_WITH_MATRICES
    terms, seen = bptt.chain_rule_terms(*asked).W_s, []

    def at_each_turn(total):
        seen.append(total)
        return total

    code = (SHARES["W_s"], "dE_dW_s = outer(dE_da, S[t - 1])")
    gradients = written((code[0], "dE_dW_s = keep(outer(dE_da, S[t - 1]))"))
    gradients.__globals__["keep"] = at_each_turn
    only(gradients, "W_s")(*asked)
    grown = np.diff([0 * seen[0], *seen], axis=0)
    right = [np.allclose(grown[3 - i], terms[i]) for i in (3, 2, 1)]
    assert right == [True, False, False]
    said = [words(checks.hidden_weight(only(written(code), "W_s"))) for _ in range(3)]
    assert "bptt.chain_rule_terms(*checks.EXAMPLE).W_s[i]" in said[2]


def test_no_hint_renames_what_the_notebook_has():
    every = [*mistakes.LADDERS.values(), *(known.hints for known in mistakes.KNOWN.values())]
    marks = [*mistakes.MARKS.values()]
    assert not any("run, d, at =" in hint for hints in [*every, marks] for hint in hints)


def test_the_slope_of_the_output_is_told_in_its_own_symbols():
    for slope, told in (
        ("Y[t]", "(Y itself, g_2(a) and not g_2'(a),"),
        ("(1 - Y[t])", "(1 - Y for"),
    ):
        wrong = written(("run.g_2.slope(Y[t])", slope))
        said = words(checks.diagnose(only(wrong, "W_y"), "W_y", "tanh"))
        assert told in said and "{" not in said
    wrong = written((THROUGH_G, "dE_da = S[t] * dE_dS"))
    assert "(S itself, g_1(a) and" in words(checks.diagnose(only(wrong, "W_s")))


def test_a_list_of_terms_is_told_as_several_numbers():
    verdict = checks.hidden_weight(lambda run, d, at: [1.0] * at)
    assert "is one number here; 4 numbers come back." in words(verdict)


def test_a_rounded_answer_with_another_mistake_is_not_sent_to_its_factors():
    both = written(("return dE_dW_x,", "return 0,"), (THROUGH_G, "dE_da = slope(S[at]) * dE_dS"))
    said = words(checks.diagnose(lambda *asked: np.float16(only(both, "W_s")(*asked))))
    assert "E_1 is right except for its last digits" in said and "Even E_1" not in said

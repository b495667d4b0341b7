"""Wrong answers that were seen outside: what the verdict says of them is true."""

import numpy as np
import pytest
from made_mistakes import (
    BACK,
    OWN,
    RETURN,
    SHARES,
    THROUGH_G,
    only,
    words,
    written,
)

from bptt_helpers import bptt, gradcheck, rnn
from bptt_course import checks
from bptt_course.checks.engine import mistakes


def of_the_right_one(change, weight="W_s"):
    """A function that returns change(gradient, run)."""
    return lambda run, d, at: change(getattr(bptt.backward(run, d, at), f"dE_d{weight}"), run)


def difference(quotient, h):
    """A difference quotient, entry by entry: `quotient` of E before, at and after the weight."""

    def gradient(run, d, at):
        W_x, W_s, W_y = run.weights

        def E(W):
            weights = rnn.Weights(W_x, W, W_y)
            return rnn.error(d, rnn.forward(run.X[1:], run.S[0], weights, run.g_1, run.g_2).Y[at])

        def entry(index):
            step = np.zeros(np.shape(W_s))
            step[index] = h
            return quotient(E(W_s - step), E(W_s), E(W_s + step)) / h

        return np.array([entry(i) for i in np.ndindex(np.shape(W_s))]).reshape(np.shape(W_s))

    return gradient


def added_outside(*changes):
    return written((SHARES["W_s"], "pass"), (RETURN, SHARES["W_s"] + "\n    " + RETURN), *changes)


def running_forwards(run, d, at):
    running, total = 0, 0
    for term in bptt.chain_rule_terms(run, d, at).W_s[1 : at + 1]:
        running = running + term
        total = total + running
    return total


def last_two(run, d, at):
    return bptt.chain_rule_terms(run, d, at).W_s[max(1, at - 1) :].sum(axis=0)


def memory():
    kept = [0]

    def gradient(run, d, at):
        kept[0] = kept[0] + bptt.backward(run, d, at).dE_dW_s
        return kept[0]

    return gradient


CAUSES = "These are the numbers that one gets with"
ONE_STEP = {"state-as-constant", "chain-cut", "returns-inside", "overwritten", "adds-outside"}
LONGEST = {"longest-path-only", "adds-outside", "overwritten", "returns-inside"}
ZERO = {"loop-never-runs", "own-output-missing"}
diagnose, scalar = checks.diagnose, checks.hidden_weight
OFFERED = [  # function, check, what the numbers show, names (none of them as certain)
    (lambda run, d, at: sum(1.0 for _ in range(at, 0)), scalar, "is zero everywhere", ZERO),
    (lambda run, d, at: 0 * run.weights.W_s, diagnose, "is zero everywhere", ZERO),
    (
        only(written(("dE_dS + np.dot(W_y.T, dE_dV)", "dE_dS + 0 * np.dot(W_y.T, dE_dV)")), "W_s"),
        diagnose,
        "is zero everywhere",
        ZERO,
    ),
    (
        only(written((BACK, BACK + "\n        " + RETURN)), "W_s"),
        diagnose,
        "at step 3 not at all, at step 4 once",
        ONE_STEP,
    ),
    (only(added_outside(), "W_s"), diagnose, "at step 1 once, at step 2 not at all", LONGEST),
    (
        running_forwards,
        diagnose,
        "at step 1 four times, at step 2 three times",
        {"total-for-immediate", "running-sum"},
    ),
    (
        only(written(("range(T, 0, -1)", "range(T, 1, -1)")), "W_s"),
        diagnose,
        "at step 1 not at all, at step 2 once",
        {"ends-early"},
    ),
    (of_the_right_one(lambda g, run: g / run.X.shape[1]), diagnose, "another multiple", set()),
    (of_the_right_one(lambda g, run: g / run.S.shape[1]), diagnose, "another multiple", set()),
    (of_the_right_one(lambda g, run: g / run.T), diagnose, "0.25 times", {"averaged"}),
    (difference(lambda a, E, b: (b - E) / 2, 1e-7), diagnose, "half the right", {"factor-two"}),
    (of_the_right_one(lambda g, run: -g), diagnose, "its sign flipped", {"sign"}),
    (difference(lambda a, E, b: E - b, 1e-7), diagnose, "its sign flipped", {"sign"}),
    (of_the_right_one(lambda g, run: -0.01 * g), diagnose, "is -0.01 times the right one", set()),
    (of_the_right_one(lambda g, run: np.round(g, 4)), scalar, "right to about 4", {"few-digits"}),
    (of_the_right_one(lambda g, run: np.round(g, 4)), diagnose, "right to about", {"few-digits"}),
    (of_the_right_one(lambda g, run: np.float16(g)), diagnose, "right to about", {"few-digits"}),
    (difference(lambda a, E, b: (b - a) / 2, 1e-3), diagnose, "right to about", {"few-digits"}),
    (difference(lambda a, E, b: (b - a) / 2, 1e-2), scalar, "right to about", {"few-digits"}),
    (difference(lambda a, E, b: b - E, 1e-3), scalar, "right to about", {"few-digits"}),
    (difference(lambda a, E, b: b - E, 1e-3), diagnose, "right to about", {"few-digits"}),
    (memory(), diagnose, "answers differently", set()),
    (of_the_right_one(lambda g, run: 2 * g), diagnose, "twice the right one", set()),
    (last_two, diagnose, "at step 2 not at all, at step 3 once, at step 4 once", set()),
    (
        only(written((THROUGH_G, "dE_da = (S[t] ** 2 - 1) * dE_dS")), "W_s"),
        diagnose,
        "at step 1 once, at step 2 -1 times, at step 3 once, at step 4 -1 times",
        set(),
    ),
    (only(written(("range(T, 0, -1)", "range(1, T + 1)")), "W_s"), diagnose, "4 once", ONE_STEP),
]


@pytest.mark.parametrize(("function", "check", "shown", "names"), OFFERED)
def test_a_fact_is_said_first_and_its_causes_are_offered(function, check, shown, names):
    verdict = check(function)
    said = words(verdict)
    assert not verdict.ok and set(verdict.mistakes) == names
    assert shown in said and mistakes.AWAY not in said
    assert (CAUSES in said) == bool(names)
    if names:
        assert said.index(shown) < said.index(CAUSES)


CERTAIN = [  # function, check, name, what is told of it
    (of_the_right_one(lambda g, run: np.clip(g, -10, 10)), scalar, "clipped", "at ±10"),
    (of_the_right_one(lambda g, run: np.clip(g, -1, 1)), diagnose, "clipped", "±1, each entry"),
    (
        of_the_right_one(lambda g, run: g * min(1, 1.5 / np.linalg.norm(g))),
        diagnose,
        "clipped",
        "at 1.5, by its norm",
    ),
    (
        of_the_right_one(lambda g, run: run.weights.W_s - 0.1 * g),
        diagnose,
        "updated-weight",
        "minus 0.1 times the gradient",
    ),
    (
        only(written((THROUGH_G, "dE_da = run.g_1.slope(run.a[t]) * dE_dS")), "W_s"),
        diagnose,
        "slope-at-a",
        "wants the value S_i",
    ),
    (
        only(written((THROUGH_G, "dE_da = slope(S[t - 1]) * dE_dS")), "W_s"),
        diagnose,
        "slope-of-another-step",
        "The step before",
    ),
    (
        only(written((THROUGH_G, "dE_da = run.g_2.slope(Y[t]) * dE_dS")), "W_s"),
        diagnose,
        "derivative-missing",
        "or replaced by that of the identity",
    ),
    (
        only(written((THROUGH_G, "dE_da = (1 - S[t]) ** 2 * dE_dS")), "W_s"),
        diagnose,
        "slope-mistyped",
        "(1 - S)²",
    ),
    (
        only(written(("2 * (Y[t] - d_t)", "(Y[t] - d_t) ** 2")), "W_s"),
        diagnose,
        "error-factor",
        "(Y - d)² for ∂E/∂Y",
    ),
    (
        only(written((BACK, "dE_dS = dE_dS + np.dot(W_s.T, dE_da)")), "W_s"),
        diagnose,
        "not-reset",
        "instead of replacing it",
    ),
]


def test_two_mistakes_with_several_causes_each_are_offered_apart():
    both = written((THROUGH_G, "dE_da = dE_dS"), (BACK, "dE_dS = 0 * dE_dS"))
    said = words(diagnose(only(both, "W_s")))
    slopes, _, counts = said.partition(" besides, the likeliest first:")
    assert "[derivative-missing]" in slopes and "[slope-in-one-place]" in slopes
    assert all(f"[{name}]" in counts and f"[{name}]" not in slopes for name in ONE_STEP)


def test_row_vector_code_is_told_both_transposes():
    rows = written((BACK, "dE_dS = np.dot(W_s, dE_da)"), (RETURN, "return 0, dE_dW_s.T, 0"))
    verdict = diagnose(only(rows, "W_s"))
    assert set(verdict.mistakes) == {"weight-not-transposed", "transposed-answer"}


def test_a_slope_left_out_beside_another_mistake_is_told_besides():
    both = written((THROUGH_G, "dE_da = dE_dS"), (BACK, "dE_dS = np.dot(W_s, dE_da)"))
    verdict = diagnose(only(both, "W_s"))
    assert verdict.mistakes == ("weight-not-transposed",)
    assert "For tanh there is something besides: a slope g_1'" in words(verdict)


@pytest.mark.parametrize(("function", "check", "name", "told"), CERTAIN)
def test_what_has_numbers_of_its_own_is_told_as_certain(function, check, name, told):
    verdict = check(function)
    assert verdict.mistakes == (name,) and told in words(verdict)
    assert words(verdict).startswith(mistakes.AWAY)


NO_NAME = [
    of_the_right_one(lambda g, run: g + 0.1 * run.weights.W_s),
    only(written(("2 * (Y[t] - d_t)", "2 * Y[t] * (Y[t] - d_t)")), "W_s"),
    only(written((OWN, OWN + "; dE_dS = np.dot(W_s.T, dE_dS)")), "W_s"),
    only(written(("S[t - 1])", "(a[t - 1] if t > 1 else S[0]))")), "W_s"),
    only(written((SHARES["W_s"], SHARES["W_s"] + " * (1 + (t == at))")), "W_s"),
    only(written(("dE_dY * run.g_2.slope(Y[t])", "dE_dY * slope(Y[t])")), "W_s"),
    only(
        written(
            (SHARES["W_s"], "pass"),
            (BACK, BACK + "\n        dE_dW_s = dE_dW_s + outer(dE_dS, S[t - 1])"),
        ),
        "W_s",
    ),
]


def test_another_multiple_in_each_network_is_told():
    for factor in ("Y[t] * (Y[t] - d_t)", "np.exp(Y[t] - d_t)", "(Y[t] - d_t) ** 3"):
        function = only(written(("2 * (Y[t] - d_t)", factor)), "W_s")
        assert "another multiple of the right one" in words(diagnose(function))
    for function in (NO_NAME[0], NO_NAME[2]):
        assert "another multiple" not in words(diagnose(function))


@pytest.mark.parametrize("function", NO_NAME)
def test_what_is_not_in_the_catalogue_gets_no_name(function):
    verdict = diagnose(function)
    assert not verdict.ok and verdict.mistakes == () and mistakes.AWAY not in verdict.message


@pytest.mark.parametrize("function", [case[0] for case in CERTAIN[3:]] + NO_NAME)
def test_the_example_that_a_hint_sends_to_shows_every_mistake(function):
    """Those that are right for g_1 = identity, too."""
    run, d, at = checks.EXAMPLE_WITH_MATRICES
    right = bptt.backward(run, d, at).dE_dW_s
    assert not np.allclose(function(run, d, at), right, rtol=1e-3)


def test_code_that_the_notebook_hands_over_is_not_called_the_readers():
    wrong = [
        only(written((BACK, "dE_dS = np.dot(W_s, dE_da)")), "W_s"),
        running_forwards,
        memory(),
        lambda run, d, at: 0.7 * bptt.backward(run, d, at).dE_dW_s,
        lambda run, d, at: 0.7 * bptt.backward(run, d, at).dE_dW_s + 1,
    ]
    for function in wrong:
        said = words(diagnose(function, whose="this derivation"))
        assert "your" not in said.lower() and "Not yet" not in said and said.startswith("Not right")
    assert "This derivation counts the path" in words(diagnose(wrong[1], whose="this derivation"))


# ---- backward_pass: one error before many, the weight by name, two outputs -----------------------


def test_a_loop_that_ends_early_is_told_of_one_error_and_of_its_weight():
    verdict = checks.backward_pass(written(("range(T, 0, -1)", "range(T, 1, -1)")))
    assert verdict.mistakes == ("ends-early",) and "at=None" not in verdict.message
    assert words(verdict).startswith("Not yet with ∂E/∂W_s. Your answer counts the path")
    assert "(Right so far: dE_dW_y.)" in verdict.message


ONE_OUTPUT = [
    ("2 * (Y[t] - d_t)", "2 * np.mean(Y[t] - d_t) * np.ones(len(d_t))"),
    ("2 * (Y[t] - d_t)", "2 * np.sum(Y[t] - d_t) * np.ones(len(d_t))"),
    ("np.dot(W_y.T, dE_dV)", "W_y.sum(0) * dE_dV.sum()"),
    ("np.dot(W_y.T, dE_dV)", "W_y.reshape(-1)[:len(dE_dS)] * dE_dV[0]"),
    ("outer(dE_dV, S[t])", "outer(S[t], dE_dV).reshape(W_y.shape)"),
]


@pytest.mark.parametrize("change", ONE_OUTPUT)
def test_code_for_one_output_does_not_pass(change):
    verdict = checks.backward_pass(written(change))
    assert verdict.mistakes == ("outputs-mixed",) and mistakes.AWAY not in verdict.message
    assert "Right for one output (n_y = 1), but not for two (n_y = 2)" in words(verdict)
    assert "n_x = 4, n_s = 5, n_y = 2" in words(verdict)


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("d[T - t]", "in reverse order"),
        ("d[min(t, T - 1)]", "of step t + 1"),
        ("d[t - 2]", "of step t - 1"),
        ("d[-1]", "the last target at every step"),
    ],
)
def test_targets_at_the_wrong_steps_are_named(target, told):
    verdict = checks.backward_pass(written(("d[t - 1] if", f"{target} if")))
    assert verdict.mistakes == ("targets-shifted",) and told in words(verdict).lower()


# ---- Right, however it is made ------------------------------------------------------------------


def test_autograd_of_torch_is_right():
    torch = pytest.importorskip("torch")

    def gradient(run, d, at):
        W_x, W_s, W_y = (torch.tensor(W, dtype=torch.float64) for W in run.weights)
        X, S, g_1 = torch.tensor(run.X), torch.tensor(run.S[0]), getattr(torch, run.g_1.name, None)
        W_s.requires_grad_()
        for t in range(1, at + 1):
            a = W_x @ X[t] + W_s @ S if S.ndim else W_x * X[t] + W_s * S
            S = g_1(a) if g_1 else a
        Y = W_y @ S if S.ndim else W_y * S
        ((torch.tensor(d) - Y) ** 2).sum().backward()
        return W_s.grad

    assert diagnose(gradient).ok and scalar(gradient).ok
    assert diagnose(lambda *asked: gradient(*asked).numpy().astype("float32")).ok


def test_a_good_difference_quotient_is_right():
    def gradient(run, d, at):
        def E(weights):
            return rnn.error(d, rnn.forward(run.X[1:], run.S[0], weights, run.g_1, run.g_2).Y[at])

        return gradcheck.central_difference(E, run.weights)[1]

    assert diagnose(gradient).ok and scalar(gradient).ok

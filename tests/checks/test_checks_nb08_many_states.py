"""The checks of notebooks 06 and 07: right answers pass, wrong ones are told what is wrong."""

import numpy as np
import pytest

from bptt_helpers import bptt
from bptt_course import checks
from bptt_course.checks import nb07_vanishing_exploding as one_state
from bptt_course.checks.engine.verdict import failed
from bptt_course.checks.nb08_many_states import WRONG_JACOBIANS

RIGHT = {"W_s": 2, "S_0": 0, "X": 1}, {"W_s": 1, "S_0": 0, "X": 0}
SETTINGS = [
    (checks.smaller_though_larger, (1.2, 2.0, 0.5, 0)),
    (checks.half_with_negative_weight, (-0.84, 4)),
    (checks.close_to_the_quarter, (2, 0.5, -1)),
    (checks.far_gone_total_there, (0.5, 0.5, 1, "identity")),
    (checks.largest_at_25, (np.exp(-1 / 25),)),
    (checks.five_and_hundred, RIGHT),
]
SHEAR = [[0.5, 10], [0, 0.5]]


@pytest.fixture(autouse=True)
def fresh_kernel():
    failed.clear()


# --- 06: find settings that ... -------------------------------------------------------------------


@pytest.mark.parametrize(("check", "answer"), SETTINGS, ids=lambda x: getattr(x, "__name__", ""))
def test_right_settings_pass_and_say_the_numbers(check, answer, capsys):
    verdict = check(*answer)
    assert verdict.ok and verdict.message.startswith("Right: ")
    assert capsys.readouterr().out == verdict.message + "\n"


@pytest.mark.parametrize(("check", "answer"), SETTINGS, ids=lambda x: getattr(x, "__name__", ""))
def test_a_stub_is_not_attempted_yet(check, answer):
    for place in range(len(answer)):
        stub = [... if n == place else value for n, value in enumerate(answer)]
        verdict = check(*stub)
        assert not verdict.ok and verdict.message.startswith("Not attempted yet")
    assert not failed


@pytest.mark.parametrize("junk", ["two", [1, 2], np.nan, 1e9, {}, print, 1j, np.zeros((2, 2))])
@pytest.mark.parametrize(("check", "answer"), SETTINGS, ids=lambda x: getattr(x, "__name__", ""))
def test_junk_is_answered_in_words(check, answer, junk):
    for place in range(len(answer)):
        verdict = check(*(junk if n == place else value for n, value in enumerate(answer)))
        assert not verdict.ok and verdict.message.startswith(("Not yet: ", "Not attempted yet"))


@pytest.mark.parametrize(
    ("check", "answer", "words"),
    [
        (checks.smaller_though_larger, (0.9, 2, 0.5, 0), "above 1; W_small is 0.9"),
        (checks.smaller_though_larger, (2, 1.2, 0.5, 0), "W_large has to be above"),
        (checks.smaller_though_larger, (1.2, 2, 0, 0), "the larger gradient"),
        (checks.smaller_though_larger, (1.2, 2, -0.5, 0.3), "6.16e−22 at W_s = 2; the larger"),
        (checks.half_with_negative_weight, (0.84, 4), "has to be negative"),
        (checks.half_with_negative_weight, (-0.84, 3), "should be positive"),
        (checks.half_with_negative_weight, (-0.5, 1), "from 2 to 200"),
        (checks.half_with_negative_weight, (-0.9, 4), "between 0.45 and 0.55"),
        (checks.close_to_the_quarter, (0.5, 0.5, -0.25), "1 or more"),
        (checks.close_to_the_quarter, (2, 0.5, 0), "90 % at least"),
        (checks.far_gone_total_there, (0.9, 0.5, 1, "identity"), "holds too much"),
        (checks.far_gone_total_there, (0.1, 0.5, 0.1, "identity"), "too small, its size"),
        (checks.far_gone_total_there, (0.5, 0, 0, "identity"), "all terms are 0"),
        (checks.far_gone_total_there, (2.5, 0, 1, "identity"), "holds too much"),
        (checks.far_gone_total_there, (0.5, 0, 1, "softmax"), "expected one of"),
        (checks.largest_at_25, (0.97,), "largest at T = 33"),
        (checks.largest_at_25, (1.0,), "between 0 and 1"),
        (checks.five_and_hundred, RIGHT[::-1], "short should be below"),
        (checks.five_and_hundred, (RIGHT[0], RIGHT[0]), "long should be above"),
        (checks.five_and_hundred, ({**RIGHT[0], "W_s": 0}, RIGHT[1]), "1 or more"),
    ],
)
def test_wrong_settings_are_told_which_wish_is_not_met(check, answer, words):
    message = " ".join(check(*answer).message.split())
    assert message.startswith("Not yet: ") and words in message and "Hint 1 of 3" in message


@pytest.mark.parametrize(
    ("W_small", "W_large", "sizes"),
    [(10, 20, ("about 10^−350", "about 10^−765")), (1.2, 2, ("9.90e−9", "1.49e−38"))],
)
def test_gradients_too_small_for_a_double_are_compared_all_the_same(W_small, W_large, sizes):
    verdict = checks.smaller_though_larger(W_small, W_large, 0.5, 0)
    assert verdict.ok and all(f"{size} at W_s" in verdict.message for size in sizes)


@pytest.mark.parametrize("case", [(1.01, 0.3, -0.2), (2.5, -3, 3), (1.7, 0, 0), (3, 0.01, 0)])
def test_the_logarithm_is_that_of_the_state_jacobian(case):
    W_s, S_0, X = case
    true = np.log10(abs(one_state._back(W_s, 50, S_0, X, "tanh")))
    assert one_state._log_back_of_tanh(W_s, 50, S_0, X) == pytest.approx(true, rel=1e-9)


def test_the_size_of_the_total_counts_not_its_sign():
    assert "the total is −4" in checks.far_gone_total_there(0.5, 0.5, -1).message
    assert checks.far_gone_total_there(0.5, 0.5, -1).ok


@pytest.mark.parametrize("W_s", [0.96, 0.961, 25 / 26])
def test_every_weight_whose_top_is_at_25_passes(W_s):
    assert checks.largest_at_25(W_s).ok


@pytest.mark.parametrize("W_s", [0.9599, 25 / 26 + 1e-4])
def test_no_other_weight_does(W_s):
    assert not checks.largest_at_25(W_s).ok


def test_hints_grow_with_the_attempts():
    said = [checks.largest_at_25(0.9).message.split("Hint ")[1][0] for _ in range(4)]
    assert said == ["1", "2", "3", "3"]
    assert "Hint 3 of 3" in checks.close_to_the_quarter(..., ..., ..., hint=True).message


# --- 07-A: bound or counterexample ----------------------------------------------------------------


@pytest.mark.parametrize(
    "four",
    [
        SHEAR,
        [[0, 2], [0, 0]],
        np.array(SHEAR),
        [[1, 0], [0, 0.5]] @ np.array(SHEAR),
        [[1, 1], [0, 0.999]],
        [[1, 1], [0, 1 - 1e-6]],
        [[0, 2], [-0.5, 0]],
        [[np.cos(1), -50 * np.sin(1)], [np.sin(1) / 50, np.cos(1)]],
    ],
)
def test_bounds_and_counterexamples_pass(four):
    assert checks.bound_or_counterexample("bound", SHEAR, " Bound", four).ok


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        (("bound", "bound", "bound", SHEAR), "Statement 2: not yet: some matrix breaks it"),
        ((SHEAR, SHEAR, "bound", SHEAR), "Statement 1: not yet: your matrix does not meet"),
        (("bound", [[2.0]], "bound", SHEAR), "Statement 2: not yet: your matrix does not meet"),
        (("bound", [[0.5]], "bound", SHEAR), "the statement holds for it"),
        (("bound", SHEAR, SHEAR, SHEAR), "or it is not symmetric"),
        (("bound", SHEAR, "bound", [[1, 1], [0, 1]]), "the statement holds for it"),
        (("bound", SHEAR, "bound", [[-1, 3], [0, -1]]), "the statement holds for it"),
        (("bound", SHEAR, "bound", [[2, -1], [1, 0]]), "the statement holds for it"),
        (("bound", SHEAR, "bound", [[1.1, 0], [0, 1]]), "the statement holds for it"),
        (("bound", SHEAR, "bound", np.eye(50) + np.eye(50, k=1)), "the statement holds for it"),
        (("bound", SHEAR, "bound", [[1, 0], [0, 1]]), "Statement 4: not yet: your matrix does not"),
        (("bound", SHEAR, "bound", "bound"), "Statement 4: not yet: some matrix breaks it"),
        (("bound", SHEAR, "bound", ...), "Statement 4: not attempted yet"),
        (("bound", [1, 2, 3], "bound", SHEAR), "a square matrix"),
        (("bound", np.nan * np.eye(2), "bound", SHEAR), "a square matrix"),
        (("yes", {}, "bound", SHEAR), 'write "bound"'),
    ],
)
def test_each_statement_is_judged_by_itself(answers, words):
    verdict = checks.bound_or_counterexample(*answers)
    assert not verdict.ok and words in " ".join(verdict.message.split())


def test_four_stubs_are_not_attempted_yet():
    verdict = checks.bound_or_counterexample(..., ..., ..., ...)
    assert verdict.message.startswith("Not attempted yet")


# --- 07-B: scaled to a radius ---------------------------------------------------------------------


def radius_of(W):
    return np.abs(np.linalg.eigvals(W)).max()


@pytest.mark.parametrize(
    "right",
    [
        lambda W, radius: W * radius / radius_of(W),
        lambda W, radius: (radius / radius_of(W) * W).astype(np.float32),
        lambda W, radius: (W / (radius_of(W) / radius)).tolist(),
    ],
)
def test_right_scalings_pass(right):
    assert checks.scaled(right).ok


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda W, radius: W * radius / np.linalg.norm(W, 2), "σ_max"),
        (lambda W, radius: W * radius, "divide by it"),
        (lambda W, radius: W / radius_of(W), "forgotten"),
        (lambda W, radius: W * radius * radius_of(W), "where you multiply"),
        (lambda W, radius: W * radius / abs(np.linalg.eigvals(W)[0]), "the first eigenvalue"),
        (lambda W, radius: W * radius / abs(np.linalg.eigvals(W)[-1]), "the last eigenvalue"),
        (lambda W, radius: W * radius / abs(np.linalg.eigvals(W).max()), "first the absolute"),
        (lambda W, radius: W * radius / np.linalg.eigvals(W).max(), "complex"),
        (lambda W, radius: W * radius / np.linalg.eigvals(W).real.max(), "absolute values"),
        (lambda W, radius: W * radius / np.abs(np.linalg.eigvals(W).real).max(), "real parts"),
        (lambda W, radius: W * radius / np.linalg.norm(W), "all squares"),
        (lambda W, radius: radius, "the shape of W"),
        (lambda W, radius: W + radius, "not W · radius"),
        (lambda W, radius: 1 / 0, "stops with an error"),
        (lambda W, radius: ..., "Not attempted yet"),
    ],
)
def test_wrong_scalings_are_named(wrong, words):
    verdict = checks.scaled(wrong)
    assert not verdict.ok and words in " ".join(verdict.message.split())


# --- 07-C: the product of Jacobians ---------------------------------------------------------------


def from_the_left(run, t, k):
    J = np.eye(len(run.S[0]))
    for j in range(k + 1, t + 1):
        J = np.diag(run.g_1.slope(run.S[j])) @ run.weights.W_s @ J
    return J


def from_the_right(run, t, k):
    if t == k:
        return np.eye(len(run.S[0])).tolist()
    step = run.g_1.derivative(run.a[t])[:, None] * run.weights.W_s
    return step @ np.array(from_the_right(run, t - 1, k))


@pytest.mark.parametrize("right", [from_the_left, from_the_right, bptt.state_jacobian])
def test_right_products_pass(right):
    assert checks.jacobian_product(right).ok


@pytest.mark.parametrize("case", WRONG_JACOBIANS, ids=lambda case: case[0][:30])
def test_wrong_products_are_named(case):
    words, formula = case
    verdict = checks.jacobian_product(
        lambda run, t, k: formula(run, t, k) if t > k else np.ones((3, 3))
    )
    assert not verdict.ok and words in " ".join(verdict.message.split())


def written(line):
    """The right loop with another line in it, compiled."""
    code = f"""
def my_jacobian(run, t, k):
    W_s = run.weights.W_s
    J = np.eye(len(W_s))
    for j in range(k + 1, t + 1):
        slope = run.g_1.slope(run.S[j])
        {line}
    return J
"""
    names = {"np": np}
    exec(code, names)
    return names["my_jacobian"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("J = np.diag(slope) @ W_s.T @ J", "the transpose of W_s"),
        ("J = slope[:, None] * W_s.T @ J", "the transpose of W_s"),
        ("J = W_s.T @ np.diag(slope) @ J", "each factor is transposed"),
        ("J = J @ W_s.T @ np.diag(slope)", "the answer is transposed"),
        ("J = np.diag(slope) * W_s * J", "entry by entry"),
        ("J = np.diag(slope) @ W_s * J", "entry by entry"),
        ("J = np.diag(slope) * W_s @ J", "entry by entry"),
        ("J = slope[:, None] * W_s * J", "entry by entry"),
        ("J = (slope[:, None] * W_s) * J if j > k + 1 else slope[:, None] * W_s", "entry by entry"),
        ("J = slope * W_s @ J", "wrong side: in diag"),
        ("J = slope * (W_s @ J)", "it scales columns"),
        ("J = J @ np.diag(slope) @ W_s", "the wrong order"),
    ],
)
def test_a_slip_in_one_line_is_named(line, words):
    assert checks.jacobian_product(written("J = np.diag(slope) @ W_s @ J")).ok
    verdict = checks.jacobian_product(written(line))
    assert not verdict.ok and words in " ".join(verdict.message.split())


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda run, t, k: from_the_left(run, t, k) if t > k else 1.0, "the rest is right"),
        (lambda run, t, k: 1.01 * from_the_left(run, t, k), "is the first that differs"),
        (lambda run, t, k: run.S[t], "n_s rows and n_s columns"),
        (lambda run, t, k: run.nothing, "stops with an error"),
        (lambda run, t, k: None, "Not attempted yet"),
        (..., "Not attempted yet"),
        (3, "hand over the function"),
    ],
)
def test_other_wrong_products_are_answered(wrong, words):
    verdict = checks.jacobian_product(wrong)
    assert not verdict.ok and words in " ".join(verdict.message.split())

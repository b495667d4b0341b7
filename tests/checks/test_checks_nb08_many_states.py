"""Notebook 08: statements about ρ and σ_max, a wanted radius, products of Jacobians."""

import numpy as np
import pytest

from bptt_helpers import bptt, matrices
from bptt_course import checks
from bptt_course.checks.nb08_many_states import WRONG_JACOBIANS

SHEAR = [[0.9, 1], [0, 0.9]]

# --- 08-A: bound or counterexample ----------------------------------------------------------------


@pytest.mark.parametrize(
    "four",
    [
        SHEAR,
        [[0.5, 1], [0, 0.5]],
        np.array(SHEAR),
        [[1, 1], [0, 0.5]],
        [[1, 1], [0, 0.999]],
        [[1, 1], [0, 1 - 1e-6]],
        [[np.cos(1), -np.sin(1) * 1.1], [np.sin(1) / 1.1, np.cos(1)]],
        np.eye(50) / 2 + np.eye(50, k=1),
    ],
)
def test_bounds_and_counterexamples_pass(four):
    assert checks.bound_or_counterexample("bound", SHEAR, " Bound", four).ok


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        (("bound", "bound", "bound", SHEAR), "Statement 2: not yet: some matrix breaks it"),
        ((SHEAR, SHEAR, "bound", SHEAR), "Statement 1: not yet: your matrix does not meet"),
        (("bound", [[-1.0]], "bound", SHEAR), "Statement 2: not yet: your matrix does not meet"),
        (("bound", [[0.5, 10], [0, 0.5]], "bound", SHEAR), "entries from −1 to 1"),
        (("bound", [[0.5]], "bound", SHEAR), "the statement holds for it"),
        (("bound", SHEAR, SHEAR, SHEAR), "Statement 3: not yet: your matrix is not symmetric"),
        (
            ("bound", SHEAR, [[1, 0], [0, 1]], SHEAR),
            "does not meet the condition: ρ = 1, σ_max = 1",
        ),
        (("bound", SHEAR, [[0.5, 0], [0, 0.1]], SHEAR), "the statement holds for it"),
        (("bound", SHEAR, "bound", [[1, 1], [0, 1]]), "the statement holds for it"),
        (("bound", SHEAR, "bound", [[-1, 1], [0, -1]]), "the statement holds for it"),
        (("bound", SHEAR, "bound", [[1, 1], [1, 0]]), "the statement holds for it"),
        (("bound", SHEAR, "bound", np.ones((3, 3))), "the statement holds for it"),
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


FOUR = ("bound", SHEAR, "bound", SHEAR)
WRONG = ([[0.5]], "bound", [[0.5]], "bound")


@pytest.mark.parametrize("n", range(4))
def test_the_hint_is_about_the_statement_that_was_answered_wrongly(n):
    answers = [*FOUR[:n], WRONG[n], *FOUR[n + 1 :]]
    hints = [checks.bound_or_counterexample(*answers).message.split(" of 3: ")[1] for _ in "123"]
    assert len(set(hints)) == 3
    assert all(hint.startswith(f"Statement {n + 1}. ") for hint in hints)
    if n < 3:  # a later wrong one, and one that is open before it, change nothing
        answers[3] = "bound"
        assert f"of 3: Statement {n + 1}. " in checks.bound_or_counterexample(*answers).message
    if n > 0:
        answers[0] = ...
        assert f"of 3: Statement {n + 1}. " in checks.bound_or_counterexample(*answers).message


def test_a_wrong_answer_to_another_statement_begins_with_its_first_hint():
    for n in (0, 1, 2, 3):
        answers = [*FOUR[:n], WRONG[n], *FOUR[n + 1 :]]
        for level in (1, 2):
            message = checks.bound_or_counterexample(*answers).message
            assert f"Hint {level} of 3: Statement {n + 1}. " in message


def test_the_matrices_of_the_hints_are_what_they_say():
    W = np.array(SHEAR)
    assert np.abs(np.linalg.eigvals(W)).max() < 1 < np.linalg.norm(W, 2)
    symmetric = np.array([[0.3, -0.6], [-0.6, 0.2]])
    ρ = np.abs(np.linalg.eigvalsh(symmetric)).max()
    assert np.isclose(ρ, np.linalg.norm(symmetric, 2))


def test_four_stubs_are_not_attempted_yet():
    verdict = checks.bound_or_counterexample(..., ..., ..., ...)
    assert verdict.message.startswith("Not attempted yet")


# --- 08-B: scaled to a radius ---------------------------------------------------------------------


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
        (lambda W, radius: W / radius_of(W), "the new radius is missing"),
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


# --- 08-C: the product of Jacobians ---------------------------------------------------------------


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
    words, formula, *_ = case
    verdict = checks.jacobian_product(
        lambda run, t, k: formula(run, t, k) if t > k else np.ones_like(run.weights.W_s)
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
        (lambda run, t, k: from_the_left(run, t, k) if t > k else np.eye(3), "the rest is right"),
        (lambda run, t, k: run.S[t], "n_s rows and n_s columns"),
        (lambda run, t, k: run.nothing, "stops with an error"),
        (lambda run, t, k: None, "None comes back"),
        (..., "Not attempted yet"),
        (3, "hand over the function"),
    ],
)
def test_other_wrong_products_are_answered(wrong, words):
    verdict = checks.jacobian_product(wrong)
    assert not verdict.ok and words in " ".join(verdict.message.split())


def test_a_matrix_with_something_beside_it_is_no_error_of_the_code():
    verdict = checks.scaled(lambda W, radius: (matrices.with_spectral_radius(W, radius), radius))
    assert verdict.message.startswith("Not yet: expected a number or an array of numbers, got")

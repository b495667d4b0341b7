"""Checks of notebook 08: statements about ρ and σ_max, Jacobian products, a wanted radius.

Each prints one verdict and returns it as a `Verdict`. A wrong answer that is a known mistake
is named in words; whatever a reader's function does is caught and told.
"""

import numpy as np

from bptt_helpers import bptt, matrices, rnn
from bptt_course.checks.engine.finding import Finding, in_words
from bptt_course.checks.engine.guard import NotAttempted, NotUsable, Student, numbers
from bptt_course.checks.engine.typed import FILL_IN
from bptt_course.checks.engine.verdict import report, verdict_on_function
from bptt_course.words import number

# ---- 08-A: bound or counterexample --------------------------------------------------------------


def bound_or_counterexample(one, two, three, four, hint=False):
    """08-A: for each statement "bound", or a matrix (a list of rows) for which it is wrong.

    1: σ_max < 1 ⇒ ‖W^m‖ < 1 for all m >= 1.  2: the same from ρ < 1.  3: the same from ρ < 1 for a
    symmetric W.  4: σ_max > 1 ⇒ ‖W^m‖ grows beyond all bounds.
    """
    lines, oks, attempted = [], [], False
    for name, answer in zip(STATEMENTS, (one, two, three, four), strict=True):
        if answer is None or answer is ...:
            lines.append(f"Statement {name}: not attempted yet.")
            oks.append(False)
            continue
        attempted = True
        is_right, words = _statement(name, answer)
        oks.append(is_right)
        lines.append(f"Statement {name}: {'right, ' if is_right else 'not yet: '}{words}.")
    if not attempted:
        finding = Finding(False, lines=(FILL_IN,), attempted=False)
    elif all(oks):
        finding = Finding(True, lines=("all four", *lines))
    else:
        finding = Finding(False, lines=tuple(lines), hints=STATEMENT_HINTS)
    return report("08-A", finding, hint, start=STATEMENT_HINTS)


STATEMENTS = {  # premise, conclusion, is it a bound?
    1: (lambda W: matrices.largest_singular_value(W) < 1, lambda W: _always_below_1(W), True),
    2: (lambda W: matrices.spectral_radius(W) < 1, lambda W: _always_below_1(W), False),
    3: (
        lambda W: np.array_equal(W, W.T) and matrices.spectral_radius(W) < 1,
        lambda W: _always_below_1(W),
        True,
    ),
    4: (lambda W: matrices.largest_singular_value(W) > 1, lambda W: _grows_for_ever(W), False),
}
STATEMENT_HINTS = (
    "What is one step allowed to do by σ_max, and what does ρ say about one step?",
    "‖A B‖ is at most ‖A‖ ‖B‖: which statements does that prove? Try a triangular W on the others.",
    "Take W = [[a, b], [0, a]] with |a| below 1: its eigenvalues are a, whatever b is.",
)


def _statement(name, answer):
    premise, conclusion, is_bound = STATEMENTS[name]
    if isinstance(answer, str):
        if answer.strip().lower() != "bound":
            return False, 'write "bound", or a matrix such as [[1, 2], [3, 4]]'
        return is_bound, "a bound it is" if is_bound else "some matrix breaks it"
    try:
        W = numbers(answer)
    except (NotAttempted, NotUsable):
        return False, 'write "bound", or a matrix such as [[1, 2], [3, 4]]'
    if W.ndim != 2 or W.shape[0] != W.shape[1] or not 1 <= len(W) <= 50 or not abs(W).max() <= 1e6:
        return False, "a square matrix of ordinary numbers is needed"
    if not premise(W):
        rho, sigma = matrices.spectral_radius(W), matrices.largest_singular_value(W)
        return False, (
            f"your matrix does not meet the condition: ρ = {number(rho)}, σ_max = {number(sigma)}"
            + (", or it is not symmetric" if name == 3 else "")
        )
    if conclusion(W):
        return False, "your matrix meets the condition, and the statement holds for it"
    return True, "your matrix meets the condition and breaks the statement"


def _always_below_1(W, steps=200):
    norms = matrices.largest_singular_value(_powers(W, steps))
    return bool((norms < 1).all())


@np.errstate(all="ignore")
def _grows_for_ever(W):
    """Whether ‖W^m‖ is unbounded: ρ > 1, or ρ = 1 and a norm that grows at least as m does.

    From m = 2^20 to 2^30 that is a factor of about 1000; a bounded norm has settled long before.
    """
    if abs(matrices.spectral_radius(W) - 1) > 1e-9:
        return bool(matrices.spectral_radius(W) > 1)
    far, farther = (np.abs(np.linalg.matrix_power(W, 2**n)).max() for n in (20, 30))
    return bool(farther > 100 * far or not np.isfinite(farther))


def _powers(W, steps):
    powers = [W]
    for _ in range(steps - 1):
        powers.append(powers[-1] @ W)
    return np.array(powers)


# ---- 08-B: a wanted spectral radius -------------------------------------------------------------


def scaled(my_scaled, hint=False):
    """08-B: `my_scaled(W, radius)` returns the multiple of W whose spectral radius is `radius`."""
    student = Student(my_scaled, _maybe_complex)
    return verdict_on_function("08-B", student, _scaled, hint, SCALE_HINTS)


def _maybe_complex(value):
    return value.copy() if np.iscomplexobj(value) and np.ndim(value) else numbers(value)


def _scaled(student):
    rng = np.random.RandomState(8)
    tried = [rng.normal(size=(n, n)) for n in (2, 3, 5, 8)]
    tried += [np.array([[0.0, -2.0], [2.0, 0.0]]), np.diag([0.2, 0.1])]
    tried += [np.diag([-3.0, 1.0]), np.diag([1.0, -3.0]), np.diag([0.1, 0.2, 0.15])]
    asked = [(W, radius) for W in tried for radius in (0.9, 1.3)]
    got = student.run([(W.copy(), radius) for W, radius in asked])
    if student.error:
        return in_words(student, SCALE_HINTS)

    def is_like(factor):  # where the factor is nan, anything will do
        return all(
            np.isnan(factor(W, radius)) or _close(answer, factor(W, radius) * W)
            for answer, (W, radius) in zip(got, asked, strict=True)
        )

    if is_like(lambda W, radius: radius / matrices.spectral_radius(W)):
        return Finding(True, lines=(f"the radius is as wanted, for {len(tried)} matrices",))
    if any(np.iscomplexobj(answer) for answer in got):
        return _wrong("eigenvalues may be complex: their absolute values count", SCALE_HINTS)
    for words, factor in WRONG_FACTORS:
        if is_like(factor):
            return _wrong(words, SCALE_HINTS)
    if any(answer.shape != W.shape for answer, (W, _) in zip(got, asked, strict=True)):
        return _wrong("the answer should have the shape of W", SCALE_HINTS)
    return _wrong("the answer is not W · radius / ρ(W) for all the matrices tried", SCALE_HINTS)


WRONG_FACTORS = (
    (
        "it is σ_max that becomes the radius; ρ is made of eigenvalues, not of singular values",
        lambda W, radius: radius / matrices.largest_singular_value(W),
    ),
    ("W had a radius before: divide by it", lambda W, radius: radius),
    ("the wanted radius has been forgotten", lambda W, radius: 1 / matrices.spectral_radius(W)),
    (
        "divide by the radius that W has, where you multiply by it",
        lambda W, radius: radius * matrices.spectral_radius(W),
    ),
    (
        "the first eigenvalue need not be the largest: take the largest absolute value",
        lambda W, radius: radius / np.abs(np.linalg.eigvals(W)[0]),
    ),
    (
        "the last eigenvalue need not be the largest: take the largest absolute value",
        lambda W, radius: radius / np.abs(np.linalg.eigvals(W)[-1]),
    ),
    (
        "first the absolute values, then the largest of them: .max() before abs() passes over "
        "an eigenvalue such as −3",
        lambda W, radius: radius / np.abs(np.linalg.eigvals(W).max()),
    ),
    (
        "the largest eigenvalue may be a negative or a complex one: absolute values count",
        lambda W, radius: _ratio(radius, np.linalg.eigvals(W).real.max()),
    ),
    (
        "the eigenvalues' absolute values count, not their real parts",
        lambda W, radius: _ratio(radius, np.abs(np.linalg.eigvals(W).real).max()),
    ),
    (
        "it is the root of the sum of all squares that becomes the radius (np.linalg.norm(W))",
        lambda W, radius: radius / np.linalg.norm(W),
    ),
)


def _ratio(radius, measure):
    return radius / measure if measure else np.nan


SCALE_HINTS = (
    "If W is multiplied by c, what are its eigenvalues multiplied by?",
    "np.linalg.eigvals(W) may be negative or complex: the largest absolute value counts.",
    "c = radius / ρ(W), and ρ(W) = np.abs(np.linalg.eigvals(W)).max().",
)


# ---- 08-C: the product of Jacobians -------------------------------------------------------------


def jacobian_product(my_jacobian, hint=False):
    """08-C: `my_jacobian(run, t, k)` returns ∂S_t/∂S_k = Π_{j=k+1..t} diag(g_1'(a_j)) W_s."""
    student = Student(my_jacobian, numbers)
    return verdict_on_function("08-C", student, _jacobian_product, hint, JACOBIAN_HINTS)


def _jacobian_product(student):
    rng = np.random.RandomState(7)
    runs = [_random_run(rng, g_1) for g_1 in ("tanh", "tanh", "identity", "sigmoid")]
    pairs = ((3, 2), (4, 2), (6, 1), (5, 0), (4, 4))
    asked = [(run, t, k) for run in runs for t, k in pairs]
    got = student.run(asked)
    if student.error:
        return in_words(student, JACOBIAN_HINTS)

    def is_like(formula, lags=range(1, 7)):
        return all(
            _close(answer, formula(run, t, k))
            for answer, (run, t, k) in zip(got, asked, strict=True)
            if t - k in lags
        )

    if is_like(bptt.state_jacobian, range(7)):
        return Finding(True, lines=(f"∂S_t/∂S_k in {len(runs)} random networks with n_s = 3",))
    if is_like(bptt.state_jacobian):
        words = "∂S_t/∂S_t, the product of no factors, is the identity matrix; the rest is right"
        return _wrong(words, JACOBIAN_HINTS)
    for words, formula in WRONG_JACOBIANS:
        if is_like(formula):
            return _wrong(words, JACOBIAN_HINTS)
    for answer, (run, t, k) in zip(got, asked, strict=True):
        if answer.shape != (3, 3):
            return _wrong("∂S_t/∂S_k has n_s rows and n_s columns", JACOBIAN_HINTS)
        if not _close(answer, bptt.state_jacobian(run, t, k)):
            words = f"∂S_{t}/∂S_{k} with g_1 = {run.g_1.name} is the first that differs"
            return _wrong(words, JACOBIAN_HINTS)


def _random_run(rng, g_1):
    W_x, W_s = rng.normal(size=(3, 2)), 0.8 * rng.normal(size=(3, 3))
    weights = rnn.Weights(W_x, W_s, np.ones((1, 3)))
    return rnn.forward(rng.normal(size=(6, 2)), rng.normal(size=3), weights, g_1)


def _step(run, j):
    """∂S_j/∂S_{j-1}."""
    return run.g_1.slope(run.S[j])[:, None] * run.weights.W_s


def _product(factors):
    J = np.eye(3)
    for factor in factors:
        J = factor @ J
    return J


WRONG_JACOBIANS = (
    (
        "g_1' is missing",
        lambda run, t, k: np.linalg.matrix_power(run.weights.W_s, t - k),
    ),
    (
        "the factors stand in the wrong order: that of the latest step belongs on the left",
        lambda run, t, k: _product(_step(run, j) for j in range(t, k, -1)),
    ),
    (
        "g_1' stands on the wrong side: in diag(g_1') W_s it scales the rows of W_s",
        lambda run, t, k: _product(
            run.weights.W_s * run.g_1.slope(run.S[j]) for j in range(k + 1, t + 1)
        ),
    ),
    (
        "g_1' stands on the wrong side: as a factor of W_s @ J it scales columns, not rows",
        lambda run, t, k: (
            np.linalg.matrix_power(run.weights.W_s, t - k)
            * np.prod([run.g_1.slope(run.S[j]) for j in range(k + 1, t + 1)], axis=0)
        ),
    ),
    (
        "the factor of step j has the slopes of step j − 1",
        lambda run, t, k: _product(
            run.g_1.slope(run.S[j - 1])[:, None] * run.weights.W_s for j in range(k + 1, t + 1)
        ),
    ),
    (
        "g_1 is applied twice: `derivative` wants a_j, `slope` wants S_j",
        lambda run, t, k: _product(
            run.g_1.derivative(run.S[j])[:, None] * run.weights.W_s for j in range(k + 1, t + 1)
        ),
    ),
    (
        "the answer is made with the transpose of W_s; forward it is W_s, and so are its factors",
        lambda run, t, k: _product(
            run.g_1.slope(run.S[j])[:, None] * run.weights.W_s.T for j in range(k + 1, t + 1)
        ),
    ),
    (
        "each factor is transposed: on the left stands diag(g_1'), on its right W_s",
        lambda run, t, k: _product(_step(run, j).T for j in range(k + 1, t + 1)),
    ),
    ("the answer is transposed", lambda run, t, k: bptt.state_jacobian(run, t, k).T),
    (
        "the factor of step k + 1, the first one, is missing",
        lambda run, t, k: bptt.state_jacobian(run, t, k + 1),
    ),
    (
        "the factor of step t, the last one, is missing",
        lambda run, t, k: bptt.state_jacobian(run, t - 1, k),
    ),
    (
        "there is a factor too many: the product starts with step k + 1, not with step k",
        lambda run, t, k: bptt.state_jacobian(run, t, k) @ _step(run, k),
    ),
    *(
        ("matrices are multiplied with @; somewhere * multiplies them entry by entry", formula)
        for formula in (
            lambda run, t, k: np.prod([_step(run, j) for j in range(k + 1, t + 1)], axis=0),
            lambda run, t, k: np.diag(
                np.prod([np.diag(_step(run, j)) for j in range(k + 1, t + 1)], axis=0)
            ),
        )
    ),
)
JACOBIAN_HINTS = (
    "One step first: what is ∂S_j/∂S_{j-1} for S_j = g_1(W_x X_j + W_s S_{j-1})?",
    "Row i of ∂S_j/∂S_{j-1} is g_1'(a_j) of state i times row i of W_s. Multiply, j = k + 1 to t.",
    "Start with np.eye(n_s); for j from k + 1 to t put the factor of step j on the left, with @.",
)


def _wrong(words, hints):
    return Finding(False, lines=(f"Not yet: {words}.",), hints=hints)


def _close(answer, right):
    scale = max(np.abs(right).max(initial=0.0), 1e-300)
    return answer.shape == right.shape and bool(np.abs(answer - right).max() <= 1e-5 * scale)

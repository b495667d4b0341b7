"""Checks of notebook 08: statements about ρ and σ_max, Jacobian products, a wanted radius."""

from functools import reduce

import numpy as np

from bptt_helpers import bptt, matrices, rnn
from bptt_course.checks.engine.compare import Formula
from bptt_course.checks.engine.finding import UNTOUCHED, Finding
from bptt_course.checks.engine.guard import NotAttempted, NotUsable, numbers
from bptt_course.checks.engine.verdict import report
from bptt_course.checks.engine.wording import read
from bptt_course.words import number

BOUND, SCALING, PRODUCT = read("nb08_many_states", "08-A", "08-B", "08-C")


def bound_or_counterexample(one, two, three, four, hint=False):
    """08-A: for each statement "bound", or a matrix (a list of rows) for which it is wrong.

    Its entries lie from -1 to 1, so that the matrix with the 10 of notebook 08 is no answer.
    1: σ_max < 1 ⇒ ‖W^m‖ < 1 for all m >= 1.  2: the same from ρ < 1.  3: the same from ρ < 1 for a
    symmetric W.  4: σ_max > 1 ⇒ ‖W^m‖ grows beyond all bounds.
    """
    answers = zip(STATEMENTS, (one, two, three, four), strict=True)
    said = {name: _said_of(name, answer) for name, answer in answers}
    lines = tuple(f"Statement {name}: {words}." for name, words in said.items())
    open_ = [name for name, words in said.items() if not words.startswith("right")]
    if set(said.values()) == {UNTRIED}:
        finding = UNTOUCHED
    elif not open_:
        finding = Finding(True, lines=("all four", *lines))
    else:
        first = min(open_, key=lambda name: said[name] == UNTRIED)  # what is wrong, before the rest
        hints = BOUND.parts[f"statement {first}"].hints
        hints = tuple(f"Statement {first}. {words}" for words in hints)
        finding = Finding(False, lines=lines, hints=hints)
    return report("08-A", finding, hint, start=BOUND.hints)


def _stays_below_1(W):
    return all(stretch(np.linalg.matrix_power(W, m)) < 1 for m in range(1, 201))


@np.errstate(all="ignore")
def _grows_for_ever(W):
    """Whether ‖W^m‖ is unbounded: ρ > 1, or ρ = 1 and a norm that grows at least as m does.

    From m = 2^20 to 2^30 that is a factor of about 1000; a bounded norm has settled long before.
    """
    if abs(radius(W) - 1) > 1e-9:
        return radius(W) > 1
    far, farther = (np.abs(np.linalg.matrix_power(W, 2**n)).max() for n in (20, 30))
    return farther > 100 * far or not np.isfinite(farther)


radius, stretch = matrices.spectral_radius, matrices.largest_singular_value
STATEMENTS = {  # premise, conclusion, is it a bound?
    1: (lambda W: stretch(W) < 1, _stays_below_1, True),
    2: (lambda W: radius(W) < 1, _stays_below_1, False),
    3: (lambda W: radius(W) < 1, _stays_below_1, True),  # and symmetric, which is asked first
    4: (lambda W: stretch(W) > 1, _grows_for_ever, False),
}
UNTRIED = "not attempted yet"
WRITE = 'not yet: write "bound", or a matrix such as [[0.1, 0.2], [0.3, 0.4]]'


def _said_of(name, answer):
    premise, conclusion, is_bound = STATEMENTS[name]
    if isinstance(answer, str):
        if answer.strip().lower() != "bound":
            return WRITE
        return "right, it is a bound" if is_bound else "not yet: some matrix breaks it"
    try:
        W = numbers(answer)
    except NotAttempted:
        return UNTRIED
    except NotUsable:
        return WRITE
    if W.ndim != 2 or W.shape[0] != W.shape[1] or len(W) > 50 or not abs(W).max() <= 1:
        return "not yet: a square matrix with entries from −1 to 1 is needed"
    if name == 3 and not np.array_equal(W, W.T):
        return "not yet: your matrix is not symmetric"
    if not premise(W):
        ρ, σ_max = number(radius(W)), number(stretch(W))
        return f"not yet: your matrix does not meet the condition: ρ = {ρ}, σ_max = {σ_max}"
    if conclusion(W):
        return "not yet: your matrix meets the condition, and the statement holds for it"
    return "right, your matrix meets the condition and breaks the statement"


def scaled(my_scaled, hint=False):
    """08-B: `my_scaled(W, radius)` returns the multiple of W whose spectral radius is `radius`."""
    return SCALED.verdict("08-B", my_scaled, hint)


def _maybe_complex(value):
    is_complex = isinstance(value, np.ndarray) and np.iscomplexobj(value)
    return value.copy() if is_complex else numbers(value)


def _scaled_cases():
    rng = np.random.RandomState(8)
    tried = [np.array([[0.0, -2.0], [2.0, 0.0]])]  # first: a mistake with complex numbers shows
    tried += [rng.normal(size=(n, n)) for n in (2, 3, 5, 8)]
    tried += [*map(np.diag, ([0.2, 0.1], [-3.0, 1.0], [1.0, -3.0], [0.1, 0.2, 0.15]))]
    return [(W.copy(), radius) for W in tried for radius in (0.9, 1.3)]


def _over(measure):
    """W · radius / measure(W); nan, which says nothing, where the measure is 0."""
    return lambda W, radius: W * (radius / measure(W) if measure(W) else np.nan)


eigenvalues = np.linalg.eigvals
WRONG_SCALES = SCALING.beside(
    largest_stretch=_over(stretch),
    radius_before_forgotten=_over(lambda W: 1),
    wanted_radius_forgotten=lambda W, wanted: W / radius(W),
    multiplied_by_the_radius=_over(lambda W: 1 / radius(W)),
    first_eigenvalue=_over(lambda W: abs(eigenvalues(W)[0])),
    last_eigenvalue=_over(lambda W: abs(eigenvalues(W)[-1])),
    largest_before_absolute=_over(lambda W: abs(eigenvalues(W).max())),
    largest_real_part=_over(lambda W: eigenvalues(W).real.max()),
    absolute_real_parts=_over(lambda W: abs(eigenvalues(W).real).max()),
    root_of_all_squares=_over(np.linalg.norm),
)
SCALED = Formula(
    _scaled_cases,
    _over(radius),
    WRONG_SCALES,
    lambda answer, *_: (
        "eigenvalues may be complex: their absolute values count"
        if np.iscomplexobj(answer)
        else "the answer is not W · radius / ρ(W) for all the matrices tried"
    ),
    SCALING.hints,
    "the answer should have the shape of W",
    _maybe_complex,
)


def jacobian_product(my_jacobian, hint=False):
    """08-C: `my_jacobian(run, t, k)` returns ∂S_t/∂S_k = Π_{j=k+1..t} diag(g_1'(a_j)) W_s."""
    return JACOBIAN.verdict("08-C", my_jacobian, hint)


def _jacobian_cases():
    made = []
    for seed, g_1 in enumerate(("tanh", "tanh", "identity", "sigmoid")):
        rng, n_s = np.random.RandomState(seed), 3 + seed // 2
        W_x, W_s = rng.normal(size=(n_s, 2)), 0.8 * rng.normal(size=(n_s, n_s))
        weights = rnn.Weights(W_x, W_s, np.ones((1, n_s)))
        its = rng.normal(size=(6, 2)), rng.normal(size=n_s), weights, g_1
        made += [(rnn.forward(*its), t, k) for t, k in ((3, 2), (4, 2), (6, 1), (5, 0), (4, 4))]
    return made


def _slope(run, j):
    return run.g_1.slope(run.S[j])


def _step(run, j):
    """∂S_j/∂S_{j-1}."""
    return _slope(run, j)[:, None] * run.weights.W_s


def _product_of(factor, times=np.matmul):
    """∂S_t/∂S_k made of factor(run, j) for each step, the last one on the left."""
    return lambda run, t, k: reduce(times, [factor(run, j) for j in range(t, k, -1)])


def _with_slope(slope):
    """∂S_t/∂S_k with slope(run, j) in place of g_1'(a_j)."""
    return _product_of(lambda run, j: slope(run, j)[:, None] * run.weights.W_s)


jacobian = bptt.state_jacobian
WRONG_JACOBIANS = PRODUCT.beside(
    no_factors=jacobian,
    slope_missing=_product_of(lambda run, j: run.weights.W_s),
    wrong_order=lambda run, t, k: reduce(np.matmul, [_step(run, j) for j in range(k + 1, t + 1)]),
    columns_scaled=_product_of(lambda run, j: run.weights.W_s * _slope(run, j)),
    columns_of_the_product_scaled=lambda run, t, k: (
        np.linalg.matrix_power(run.weights.W_s, t - k)
        * np.prod([_slope(run, j) for j in range(k + 1, t + 1)], axis=0)
    ),
    slope_of_the_step_before=_with_slope(lambda run, j: _slope(run, j - 1)),
    g_1_twice=_with_slope(lambda run, j: run.g_1.derivative(run.S[j])),
    slope_at_a=_with_slope(lambda run, j: run.g_1.slope(run.a[j])),
    tanh_typed_in=_with_slope(lambda run, j: 1 - run.S[j] ** 2),
    weight_transposed=_product_of(lambda run, j: _slope(run, j)[:, None] * run.weights.W_s.T),
    factors_transposed=_product_of(lambda run, j: _step(run, j).T),
    answer_transposed=lambda run, t, k: jacobian(run, t, k).T,
    first_factor_missing=lambda run, t, k: jacobian(run, t, k + 1),
    last_factor_missing=lambda run, t, k: jacobian(run, t - 1, k),
    factor_too_many=lambda run, t, k: jacobian(run, t, k) @ _step(run, k),
    entry_by_entry=(
        _product_of(_step, times=np.multiply),
        _product_of(lambda run, j: np.diag(np.diag(_step(run, j)))),
    ),
)
JACOBIAN = Formula(
    _jacobian_cases,
    jacobian,
    [  # where one is wrong, what is said of ∂S_t/∂S_t does not matter
        (words, lambda run, t, k, f=formula: f(run, t, k) if t > k else np.nan, hints)
        for words, formula, hints in WRONG_JACOBIANS
    ],
    lambda _, true, run, t, k: f"∂S_{t}/∂S_{k} with g_1 = {run.g_1.name} is the first that differs",
    PRODUCT.hints,
    "∂S_t/∂S_k has n_s rows and n_s columns",
)

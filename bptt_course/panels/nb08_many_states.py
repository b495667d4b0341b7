"""The panel of notebook 08: ∂S_T/∂S_k = Π_{j=k+1..T} diag(g_1'(a_j)) W_s  with many states."""

from functools import lru_cache

import numpy as np

from bptt_helpers import bptt, matrices, rnn
from bptt_course.figures import axes
from bptt_course.figures.nb08_many_states import ArrivingEllipse, EigenvaluePlane, SingularLines
from bptt_course.panels import panel
from bptt_course.words import case, counted, number

T = 60


def jacobian_products():
    """∂S_T/∂S_k = Π_{j=k+1..T} diag(g_1'(a_j)) W_s  for T = 60, against the lag T - k.

    Left the eigenvalues of W_s, in the middle all singular values, right what arrives of a circle
    of gradients; a large `stretch` makes W_s far from normal.
    """

    def draw(width):
        figure, row = axes.panes(width, 365, (1, 1.25, 1), (340, 340, 340), (58, 52, 14, 34))
        plane, lines = EigenvaluePlane(row[0]), SingularLines(row[1], T)
        ellipse, lags = ArrivingEllipse(row[2]), np.arange(T + 1)

        def update(radius, kind, stretch, g_1, lag, n_s, X, seed):
            found = _matrix(kind, n_s, stretch, seed)
            _, eigenvalues, sigma_max = (radius * part for part in found)
            values = _values(radius, kind, n_s, stretch, seed, g_1=g_1, X=X)
            limit = sigma_max * rnn.ACTIVATIONS[g_1].steepest
            below = lags * (np.log10(radius) if g_1 == "identity" else np.nan)
            plane.show(eigenvalues, sigma_max)
            lines.show(axes.log10(values), lags * np.log10(limit), below, lag)
            ellipse.show(*np.nan_to_num(values[lag, :2]))
            course = f"{_promise(radius, limit, g_1)} {_course(values[:, 0])}"
            return f"{_at_lag(values[lag], lag)}\n{course}"

        return figure, [*plane.live, *lines.live, *ellipse.live], update

    controls = {
        "radius": panel.slider(0.1, 2, 0.9, step=0.01, marks=(1,)),
        "kind": panel.menu(matrices.KINDS, "random"),
        "stretch": panel.log_slider(0, 3, 1, step=0.05),
        "g_1": panel.activations(),
        "lag": panel.whole_slider(0, T, 5),
        "n_s": panel.whole_slider(2, 20, 8),
        "X": panel.slider(0, 3, 0),
        "seed": panel.draws(),
    }
    title = "products of Jacobians against lag"
    return panel.Panel(title, controls, draw, main="radius", more=("n_s", "X", "seed"))


@lru_cache(maxsize=8)
def _matrix(kind, n_s, stretch, seed):
    """W_s with ρ = 1, its eigenvalues (unstretched they are the same, but exact) and σ_max."""
    W_s, unstretched = (matrices.draw(kind, n_s, 1, c, seed) for c in (stretch, 1))
    return W_s, np.linalg.eigvals(unstretched), matrices.largest_singular_value(W_s)


@lru_cache(maxsize=256)
def _of_products(radius, kind, n_s, stretch, seed, g_1, X):
    """The singular values of ∂S_T/∂S_k of a run with random inputs, (lags 0..T, n_s)."""
    rng = np.random.RandomState(seed + 1000)
    S_0, inputs = rng.uniform(-1, 1, n_s), X * rng.normal(size=(T, n_s))
    weights = rnn.Weights.recurrent(radius * _matrix(kind, n_s, stretch, seed)[0])
    run = rnn.forward(inputs, S_0, weights, g_1)
    return np.linalg.svd(bptt.state_jacobians(run, T)[::-1], compute_uv=False)


def _values(radius, *others, g_1, X):
    """The same; with the identity they are powers of W_s, and ρ^lag can be taken out.

    One so far below the largest that it may be rounding is 0, or nan where the axes may reach it.
    """
    values = _of_products(1 if g_1 == "identity" else radius, *others, g_1, X)
    if g_1 == "identity":
        values = values * radius ** np.arange(T + 1.0)[:, None]
    noise = 1e-13 * values[:, :1]
    return np.where(values < noise, np.where(noise > 1e-7, np.nan, 0), values)


def kept(values):
    """How many directions arrive with a tenth of their length or more, but for rounding."""
    return int(np.sum(values >= 0.1 * (1 - 1e-9)))


def _at_lag(values, lag):
    """The norm after `lag` steps, as a factor a step, and how many directions keep a tenth."""
    norm, many = values[0], kept(values)
    over = f"Over {counted(lag, 'step')} the norm is {number(norm)}"
    if lag > 1 and norm > 0:
        over += f", a factor of {number(norm ** (1 / lag))} a step"
    keep = "keeps" if many == 1 else "keep"
    return f"{over}; {many} of {len(values)} directions {keep} a tenth or more"


def _promise(radius, limit, g_1):
    """What ρ and σ_max promise, before any product is computed."""
    is_linear, is_1 = g_1 == "identity", abs(limit - 1) < 1e-9
    name = "σ_max" if is_linear else "σ_max · max g_1′"
    if not (is_linear or is_1):
        name += f" = {number(limit)}"
    return case(
        (is_1, f"{name} is exactly 1: no growth at any lag, but decay is not promised."),
        (limit < 1, f"{name} < 1 promises decay from the first step on."),
        (not is_linear, f"{name} is above 1: neither decay nor growth is promised."),
        (radius < 1, "ρ < 1 promises decay in the end, σ_max ≥ 1 allows growth first."),
        (radius == 1, "ρ = 1: the norm can never fall below 1."),
        (True, "ρ > 1 promises growth: the norm is at least ρ^lag."),
    )


def _course(norms):
    """What the norm does from lag 0 to lag T, in words that the numbers bear out."""
    top, end = int(np.argmax(norms)), number(norms[-1])
    return case(
        (np.ptp(norms) < 1e-9, f"It is 1 at every lag up to {T}."),
        (norms[top] < 1 + 1e-9, f"It never exceeds 1, and ends at {end}."),
        (top == T, f"It is largest at the end: {end}."),
        (True, f"It grows to {number(norms[top])} at lag {top}, and ends at {end}."),
    )

"""The panel of notebook 08: ∂S_T/∂S_k = Π_{j=k+1..T} diag(g_1'(a_j)) W_s  with many states."""

from functools import lru_cache

import numpy as np

from bptt_helpers import bptt, matrices, rnn
from bptt_course.figures import axes
from bptt_course.figures.nb08_many_states import ArrivingEllipse, EigenvaluePlane, SingularLines
from bptt_course.panels.panel import (
    Panel,
    activations,
    draws,
    log_slider,
    menu,
    slider,
    whole_slider,
)
from bptt_course.words import number

T = 60


def jacobian_products():
    """∂S_T/∂S_k = Π_{j=k+1..T} diag(g_1'(a_j)) W_s  for T = 60, against the lag T - k.

    A slider for the spectral radius of W_s along the picture; its kind, its stretch (a large one
    makes W_s far from normal), g_1 and the lag in one row; behind "more" the number of states n_s,
    the size of the inputs X and the seed of all random draws. Left the eigenvalues, in the middle
    all singular values, right what arrives of a circle of gradients. Returns the `Panel`.
    """

    def draw(width):
        figure, row = axes.panes(width, 365, (1, 1.25, 1), (340, 340, 340), (58, 52, 14, 34))
        plane, lines = EigenvaluePlane(row[0]), SingularLines(row[1], T)
        ellipse, lags = ArrivingEllipse(row[2]), np.arange(T + 1)

        def update(radius, kind, stretch, g_1, lag, n_s, X, seed):
            _, *of_unit = _unit(kind, n_s, stretch, seed)
            eigenvalues, sigma_max = (radius * each for each in of_unit)
            values = _values(kind, g_1, radius, stretch, n_s, X, seed)
            limit = sigma_max * rnn.ACTIVATIONS[g_1].steepest
            below = lags * np.log10(radius) if g_1 == "identity" else np.full(T + 1, np.nan)
            plane.show(eigenvalues, sigma_max)
            lines.show(axes.log10(values), lags * np.log10(limit), below, lag)
            ellipse.show(*np.nan_to_num(values[lag, :2]))
            head = _at_lag(values[lag], lag)
            return f"{head}\n{_promise(radius, limit, g_1)} {_course(values[:, 0])}"

        return figure, [*plane.live, *lines.live, *ellipse.live], update

    controls = {
        "radius": slider(0.1, 2, 0.9, step=0.01, marks=(1,)),
        "kind": menu(matrices.KINDS, "random"),
        "stretch": log_slider(0, 3, 1, step=0.05),
        "g_1": activations(),
        "lag": whole_slider(0, T, 5),
        "n_s": whole_slider(2, 20, 8),
        "X": slider(0, 3, 0),
        "seed": draws(),
    }
    title = "products of Jacobians against lag"
    return Panel(title, controls, draw, main="radius", more=("n_s", "X", "seed"))


@lru_cache(maxsize=8)
def _unit(kind, n_s, stretch, seed):
    """W_s with ρ(W_s) = 1, its eigenvalues (as of the unstretched matrix: exact), and σ_max."""
    W_s = matrices.draw(kind, n_s, 1, stretch, seed)
    unstretched = matrices.draw(kind, n_s, 1, 1, seed)
    return W_s, np.linalg.eigvals(unstretched), matrices.largest_singular_value(W_s)


@lru_cache(maxsize=8)
def _of_products(kind, g_1, radius, stretch, n_s, X, seed):
    """The singular values of ∂S_T/∂S_k of a run with random inputs, (lags 0..T, n_s)."""
    rng = np.random.RandomState(seed + 1000)
    S_0, inputs = rng.uniform(-1, 1, n_s), X * rng.normal(size=(T, n_s))
    W_s = radius * _unit(kind, n_s, stretch, seed)[0]
    run = rnn.forward(inputs, S_0, rnn.Weights.recurrent(W_s), g_1)
    return np.linalg.svd(bptt.state_jacobians(run, T)[::-1], compute_uv=False)


def _values(kind, g_1, radius, stretch, n_s, X, seed):
    """The same; with the identity they are powers of W_s, and ρ^lag can be taken out.

    What lies so far below the largest one that it may be rounding is 0, or nan where it need not be
    below all that the axes show.
    """
    is_power = g_1 == "identity"
    values = _of_products(kind, g_1, 1 if is_power else radius, stretch, n_s, X, seed)
    values = values * radius ** np.arange(T + 1)[:, None] if is_power else values
    noise = np.broadcast_to(1e-13 * values[:, :1], values.shape)
    return np.where(values < noise, np.where(noise > 1e-7, np.nan, 0), values)


def _at_lag(values, lag):
    """The norm after `lag` steps, as a factor a step, and how many directions keep a tenth."""
    norm, kept = values[0], int(np.sum(values >= 0.1 * (1 - 1e-9)))
    over = f"Over {lag} step{'' if lag == 1 else 's'} the norm is {number(norm)}"
    if lag > 1 and norm > 0:
        over += f", a factor of {number(norm ** (1 / lag))} a step"
    keep = "keeps" if kept == 1 else "keep"
    return f"{over}; {kept} of {len(values)} directions {keep} a tenth or more"


def _promise(radius, limit, g_1):
    """What ρ and σ_max promise, before any product is computed."""
    name = "σ_max" if g_1 == "identity" else f"σ_max · max g_1′ = {number(limit)}"
    if abs(limit - 1) < 1e-9:
        name = "σ_max" if g_1 == "identity" else "σ_max · max g_1′"
        return f"{name} is exactly 1: no growth at any lag, but decay is not promised."
    if limit < 1:
        return f"{name} < 1 promises decay from the first step on."
    if g_1 != "identity":
        return f"{name} is above 1: neither decay nor growth is promised."
    if radius < 1:
        return "ρ < 1 promises decay in the end, σ_max ≥ 1 allows growth first."
    if radius == 1:
        return "ρ = 1: the norm can never fall below 1."
    return "ρ > 1 promises growth: the norm is at least ρ^lag."


def _course(norms):
    """What the norm does from lag 0 to lag T, in words that the numbers bear out."""
    top, end = int(np.argmax(norms)), number(norms[-1])
    if np.ptp(norms) < 1e-9:
        return f"It is 1 at every lag up to {T}."
    if norms[top] < 1 + 1e-9:
        return f"It never exceeds 1, and ends at {end}."
    if norms[top] > (1 - 1e-9) * norms[-1] and top == T:
        return f"It is largest at the end: {end}."
    return f"It grows to {number(norms[top])} at lag {top}, and ends at {end}."

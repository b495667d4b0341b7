"""The panel of notebook 08: ∂S_T/∂S_k = Π_{j=k+1..T} diag(g_1'(a_j)) W_s  with many states."""

from functools import lru_cache

import numpy as np

from bptt_helpers import bptt, matrices, rnn
from bptt_course.figures import style
from bptt_course.figures.axes import log10
from bptt_course.figures.nb08_many_states import EigenvaluePlane, JacobianMap, NormLines
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

    Sliders for the spectral radius of W_s, its stretch (a large one makes W_s far from normal), the
    number of states n_s, the lag, the size of the inputs X and the seed of all random draws; menus
    for the kind of W_s and for g_1. Left the eigenvalues, in the middle the norm with its bounds,
    right the entries at the chosen lag. Returns the `Panel`.
    """
    figure, (left, middle, right) = style.figure(11, 4.1, columns=3, width_ratios=(1, 1.25, 1.15))
    figure.get_layout_engine().set(wspace=0.06)
    plane, lines = EigenvaluePlane(left), NormLines(middle, T)
    entries = JacobianMap(right)

    def update(kind, g_1, radius, stretch, n_s, lag, X, seed):
        _, eigenvalues, sigma_max = _matrix(kind, n_s, radius, stretch, seed)
        run, products, norms = _products(kind, g_1, radius, stretch, n_s, X, seed)
        limit = sigma_max * rnn.ACTIVATIONS[g_1].steepest
        lags = np.arange(T + 1)
        below = lags * np.log10(radius) if g_1 == "identity" else np.full(T + 1, np.nan)
        plane.show(eigenvalues, sigma_max)
        lines.show(log10(norms), lags * np.log10(limit), below, lag)
        entries.show(products[lag])
        return " ".join(
            [
                f"ρ(W_s) = {number(radius)}, σ_max(W_s) = {number(sigma_max)}.",
                _promise(radius, limit, g_1),
                f"At lag {lag} the norm of ∂S_T/∂S_k is {number(norms[lag])}.",
                _course(norms),
                _states(run),
            ]
        )

    controls = {
        "radius": slider(0.1, 2, 0.9, step=0.01),
        "stretch": log_slider(0, 3, 10, step=0.05),
        "n_s": whole_slider(2, 20, 8),
        "lag": whole_slider(0, T, 5),
        "X": slider(0, 3, 0),
        "seed": draws(),
        "kind": menu(matrices.KINDS, "random"),
        "g_1": activations(),
    }
    live = [*plane.live, *lines.live, *entries.live]
    return Panel("products of Jacobians against lag", controls, figure, live, update)


@lru_cache(maxsize=8)
def _matrix(kind, n_s, radius, stretch, seed):
    """W_s, its eigenvalues (those of the unstretched matrix: the same, but exact) and σ_max."""
    W_s = matrices.draw(kind, n_s, radius, stretch, seed)
    unstretched = matrices.draw(kind, n_s, radius, 1, seed)
    return W_s, np.linalg.eigvals(unstretched), matrices.largest_singular_value(W_s)


@lru_cache(maxsize=8)
def _products(kind, g_1, radius, stretch, n_s, X, seed):
    """A run with random inputs, its ∂S_T/∂S_k for the lags 0..T, (T + 1, n_s, n_s), their norms."""
    W_s, _, _ = _matrix(kind, n_s, radius, stretch, seed)
    rng = np.random.RandomState(seed + 1000)
    S_0, inputs = rng.uniform(-1, 1, n_s), X * rng.normal(size=(T, n_s))
    run = rnn.forward(inputs, S_0, rnn.Weights.recurrent(W_s), g_1)
    products = bptt.state_jacobians(run, T)[::-1]
    return run, products, matrices.largest_singular_value(products)


def _promise(radius, limit, g_1):
    """What ρ and σ_max promise, before any product is computed."""
    almost_1 = 1 - 1e-9
    name = "σ_max" if g_1 == "identity" else f"σ_max · max g_1′ = {number(limit)}"
    if limit < almost_1:
        return f"{name} < 1 promises decay, from the first step on."
    if g_1 != "identity":
        return f"{name} is not below 1: neither decay nor growth is promised."
    if radius < 1:
        return "ρ < 1 promises decay in the long run, and σ_max ≥ 1 leaves room for growth first."
    if radius == 1:
        return "ρ = 1: the norm can never fall below 1."
    return "ρ > 1 promises growth: the norm is at least ρ^lag."


def _course(norms):
    """What the norm does from lag 0 to lag T, in words that the numbers bear out."""
    top, end = int(np.argmax(norms)), number(norms[-1])
    if np.ptp(norms) < 1e-9:
        return f"It is 1 at every lag up to {T}."
    if norms[top] < 1 + 1e-9:
        return f"It never exceeds 1, and it is {end} at lag {T}."
    if norms[top] > (1 - 1e-9) * norms[-1] and top == T:
        return f"It is largest at the end: {end} at lag {T}."
    return f"It grows to {number(norms[top])} at lag {top} first, and is {end} at lag {T}."


def _states(run):
    """Where the inputs have led the states, and whether that counts."""
    size = f"‖S_T‖ = {number(np.linalg.norm(run.S[T]))}"
    if run.g_1 is rnn.IDENTITY:
        return f"{size}; with the identity the states have no say in this."
    return f"{size}, and on the way g_1′ is {number(run.g_1.slope(run.S[1:]).mean())} on average."

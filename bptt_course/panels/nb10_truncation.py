"""The panel of notebook 10: a window against the exact gradient."""

from functools import lru_cache

import numpy as np

from bptt_helpers import bptt, rnn
from bptt_course.figures import style
from bptt_course.figures.nb07_vanishing_exploding import TermBars
from bptt_course.figures.nb10_truncation import WindowCurve
from bptt_course.panels.panel import Panel, activations, draws, slider, whole_slider
from bptt_course.words import number

T = 30


def truncation_window():
    """∂E_T/∂W_s ≈ Σ_{i=T-k+1..T} ∂E_T/∂S_i · ∂⁺S_i/∂W_s:  a window of k against the exact sum.

    One state, T = 30, W_x = W_y = 1, S_0 = 1, and d_T = Y_T - 1/2, so that ∂E_T/∂Y_T = 1. Sliders
    for the window k, for W_s, for the size of the random inputs X and their seed; a menu for g_1.
    Left the terms by lag, right the truncated gradient against the window. Returns the `Panel`.
    """
    figure, (left, right) = style.figure(10, 4.3, columns=2)
    figure.get_layout_engine().set(wspace=0.08)  # room for the numbers beside the right axis
    bars, curve = TermBars(left, "terms (filled: kept)"), WindowCurve(right, T)

    def update(window, W_s, X, seed, g_1):
        by_lag = window_terms(W_s, X, seed, g_1)
        truncated = np.cumsum(by_lag)
        bars.show(by_lag / (np.abs(by_lag).max() or 1), window)
        curve.show(truncated, window)
        return _window_in_words(truncated, window)

    controls = {
        "window": whole_slider(1, T, 5),
        "W_s": slider(-1.5, 1.5, 0.9, step=0.01),
        "X": slider(0, 3, 1),
        "seed": draws(1),
        "g_1": activations(),
    }
    live = [*bars.live, *curve.live]
    return Panel("a window against the exact gradient", controls, figure, live, update)


@lru_cache(maxsize=8)
def window_terms(W_s, X, seed, g_1):
    """The terms of ∂E_T/∂W_s by lag T - i = 0..T-1."""
    inputs = X * np.random.RandomState(seed).normal(size=T)
    run = rnn.forward(inputs, 1.0, rnn.Weights.recurrent(W_s), g_1)
    return bptt.chain_rule_terms(run, run.Y[T] - 0.5, at=T).W_s[:0:-1]


def _window_in_words(truncated, window):
    exact, own = truncated[-1], truncated[window - 1]
    kept = f"the last {window} of {T} terms" if window > 1 else f"the last of {T} terms"
    words = f"A window of {window} keeps {kept}: {number(own)}, and exact is {number(exact)}."
    if window == T:
        return f"A window of T = {T} keeps all terms: {number(exact)}, the exact gradient."
    if exact == 0:
        return f"{words} The exact gradient is 0, so there is no relative bias."
    bias = (own - exact) / abs(exact)
    words += f" The bias is {number(100 * bias)} %."
    if own * exact < 0:
        words += " Even the sign is wrong."
    within = np.abs(truncated - exact) <= 0.1 * abs(exact)
    enough = T - int(np.argmin(within[::-1])) + 1 if not within.all() else 1
    return f"{words} From a window of {enough} on, it stays within 10 %."

"""The panel of notebook 10: a window against the exact gradient."""

from functools import lru_cache

import numpy as np

from bptt_helpers import bptt, rnn
from bptt_course.figures.nb10_truncation import Window
from bptt_course.figures.stage import Stage
from bptt_course.panels.panel import Panel, activations, draws, slider, whole_slider
from bptt_course.words import number

T = 30


def truncation_window():
    """∂E_T/∂W_s ≈ Σ_{i=T-k+1..T} ∂E_T/∂S_i · ∂⁺S_i/∂W_s:  a window of k against the exact sum.

    One state, T = 30, W_x = W_y = 1, S_0 = 1, and d_T = Y_T - 1/2, so that ∂E_T/∂Y_T = 1. Above the
    terms by lag, below their sum for every window.
    """

    def draw(width):
        stage = Stage(width, 370)
        drawn = Window(stage, T)

        def update(window, W_s, g_1, seed, X):
            by_lag = window_terms(W_s, X, seed, g_1)
            drawn.show(by_lag, np.cumsum(by_lag), window)
            return _in_words(np.cumsum(by_lag), window)

        return stage.figure, drawn.live, update

    controls = {
        "window": whole_slider(1, T, 5),
        "W_s": slider(-1.5, 1.5, 0.9, step=0.01),
        "g_1": activations(),
        "seed": draws(1),
        "X": slider(0, 3, 1),
    }
    title = "a window against the exact gradient"
    return Panel(title, controls, draw, main="window", track=Window.TRACK, more=("X",))


@lru_cache(maxsize=8)
def window_terms(W_s, X, seed, g_1):
    """The terms of ∂E_T/∂W_s by lag T - i = 0..T-1."""
    inputs = X * np.random.RandomState(seed).normal(size=T)
    run = rnn.forward(inputs, 1.0, rnn.Weights.recurrent(W_s), g_1)
    return bptt.chain_rule_terms(run, run.Y[T] - 0.5, at=T).W_s[:0:-1]


def _in_words(truncated, window):
    exact, own = truncated[-1], truncated[window - 1]
    if window == T:
        return f"A window of {T} keeps all terms: {number(exact)}, the exact gradient."
    words = f"A window of {window} says {number(own)}; exact is {number(exact)}\n"
    if exact == 0:
        return f"{words}The exact gradient is 0, so there is no relative error."
    wrong = ": even the sign is wrong" if own * exact < 0 else ""
    within = np.abs(truncated - exact) <= 0.1 * abs(exact)
    enough = T - int(np.argmin(within[::-1])) + 1 if not within.all() else 1
    return (
        f"{words}It is off by {number(100 * abs((own - exact) / exact))} %{wrong}. From a window "
        f"of {enough} on, it stays within 10 %."
    )

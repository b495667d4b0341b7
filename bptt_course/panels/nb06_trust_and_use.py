"""The panel of notebook 06: gradient descent on the worked example, step by step."""

import numpy as np

from bptt_helpers import bptt, rnn
from bptt_course.figures import style
from bptt_course.figures.nb06_trust_and_use import DescentMap
from bptt_course.panels.nb01_forward_pass import S_0, W_s, W_x, W_y, X, d_3
from bptt_course.panels.panel import Panel, slider, whole_slider
from bptt_course.words import number

MOST_STEPS = 20


def learning_rate():
    """W ← W - η ∂E_3/∂W for all three weights: E_3 before and after, and the path of the weights.

    Sliders for the learning rate η and the number of steps. The map on the left is the slice
    W_y = 2 of E_3 over (W_s, W_x), seen from above; the errors on the right are exact. Returns the
    `Panel`.
    """
    figure, (left, right) = style.figure(9, 4.2, columns=2)
    grid_s, grid_x = np.linspace(0, 0.8, 101), np.linspace(0.7, 1.3, 101)
    drawn = DescentMap(left, right, grid_s, grid_x, _slice(grid_s, grid_x), MOST_STEPS)

    def update(η, steps):
        weights = descend(η, steps)
        path_x, path_s, _ = np.transpose([tuple(W) for W in weights])
        E = [rnn.error(d_3, _run(W).Y[3]) for W in weights]
        drawn.show(path_s, path_x, E)
        return _in_words(η, E)

    controls = {"η": slider(0, 0.015, 0.001, step=0.0005), "steps": whole_slider(1, MOST_STEPS, 1)}
    return Panel("gradient descent on the worked example", controls, figure, drawn.live, update)


def descend(η, steps):
    """The weights before the first step of descent and after each of `steps` steps."""
    weights = [rnn.Weights(W_x, W_s, W_y)]
    for _ in range(steps):
        W = weights[-1]
        g = bptt.backward(_run(W), d_3, at=3)
        moved = (W.W_x - η * g.dE_dW_x, W.W_s - η * g.dE_dW_s, W.W_y - η * g.dE_dW_y)
        weights.append(rnn.Weights(*moved))
    return weights


def _run(weights):
    return rnn.forward(X, S_0, weights, "identity")


def _slice(W_s, W_x):
    """E_3 over the grid, by the linear network written out: Y_3 = W_y S_3."""
    s, x = np.meshgrid(W_s, W_x)
    S = S_0
    for X_t in X:
        S = x * X_t + s * S
    return (d_3 - W_y * S) ** 2


def _in_words(η, E):
    before, after = number(E[0]), number(E[-1])
    many = "one step takes" if len(E) == 2 else f"{len(E) - 1} steps take"
    words = f"With η = {number(η)}, {many} E_3 from {before} to {after}."
    if η == 0:
        return f"{words} Without a step nothing is learned."
    if E[1] > E[0]:
        return f"{words} The first step goes too far: it jumps over the valley, to a larger error."
    return f"{words} The first step goes downhill."

"""The panel of notebook 06: gradient descent on the worked example, step by step."""

import numpy as np

from bptt_helpers import bptt, rnn
from bptt_course.figures import axes
from bptt_course.figures.nb06_trust_and_use import DescentMap
from bptt_course.panels.nb01_forward_pass import S_0, W_s, W_x, W_y, X, d_3
from bptt_course.panels.panel import Panel, slider, whole_slider
from bptt_course.words import case, counted, number

MOST_STEPS = 20
LEVELS = (0.1, 1, 5, 10, 20)
GRID = np.linspace(*DescentMap.X, 41)


def learning_rate():
    """W ← W - η ∂E_3/∂W for all three weights: E_3 before and after, and the path of the weights.

    Left the path over the slice of E_3 at the W_y where it ends, right the error after each step.
    """

    def draw(width):
        figure, (left, right) = axes.panes(width, 370, (1, 1), (330, 300))
        drawn = DescentMap(left, right, LEVELS, MOST_STEPS)

        def update(η, steps):
            W, Y = _descent(η, steps)
            drawn.show(W, (d_3 - Y) ** 2, GRID, _lines(W[-1, 2]))
            return _in_words(η, Y)

        return figure, drawn.live, update

    controls = {"η": slider(0, 0.015, 0.001, step=0.0005), "steps": whole_slider(1, MOST_STEPS, 1)}
    return Panel("gradient descent on the worked example", controls, draw, main="η")


def _descent(η, steps):
    """(W_x, W_s, W_y) and Y_3 before the first step of descent and after each of `steps` steps."""
    W, Y = [np.array([W_x, W_s, W_y])], []
    for step in range(steps + 1):
        run = rnn.forward(X, S_0, rnn.Weights(*W[-1]), "identity")
        Y.append(run.Y[3])
        if step < steps:
            g = bptt.backward(run, d_3, at=3)
            W.append(W[-1] - η * np.array([g.dE_dW_x, g.dE_dW_s, g.dE_dW_y]))
    return np.array(W), np.array(Y)


def _lines(W_y):
    """The W_x with Y_3 = d_3 ± √level over `GRID`: Y_3 = W_y (W_s³ S_0 + W_x Σ W_s^(3-t) X_t)."""
    spread = np.sqrt(LEVELS)
    Y = d_3 + np.concatenate([-spread[::-1], [0], spread])
    return (Y[:, None] / W_y - GRID**3 * S_0) / np.polyval(X, GRID)


def _in_words(η, Y):
    E, side = (d_3 - Y) ** 2, np.sign(Y - d_3)
    steps = len(E) - 1
    many = "one step takes" if steps == 1 else f"{steps} steps take"
    end = "below 10⁻⁸" if E[-1] < 1e-8 else number(E[-1])  # where the axis ends
    words = f"With η = {number(η)}, {many} E_3 from {number(E[0])} to {end}\n" + case(
        (η == 0, "Without a step nothing is learned."),
        (side[1] == side[0], "The first step goes downhill and stays on its side of the floor."),
        (E[1] < E[0], "The first step overshoots: it crosses the floor, to a smaller error."),
        (True, "The first step goes too far: the error is larger than before."),
    )
    if steps == 1 or η == 0:
        return words
    seen = E[: 1 + np.argmax(E < 1e-20)] if E.min() < 1e-20 else E  # the rest is rounding
    steps = len(seen) - 1
    crossed, rises = np.sum(side[1 : steps + 1] != side[:steps]), np.sum(np.diff(seen) > 0)
    many = {0: "None", steps: "Each"}.get(int(crossed), str(crossed))
    verb = "cross" if 1 < crossed < steps else "crosses"
    which = f"of the first {steps} steps" if len(seen) < len(E) else f"of the {steps} steps"
    course = f"E_3 rises at {counted(rises, 'step')}" if rises else "E_3 falls at each"
    return f"{words} {many} {which} {verb} the floor, and {course}."

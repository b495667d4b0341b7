"""The panel of notebook 02: the error over the output weight, with its tangent."""

import numpy as np

from bptt_helpers import bptt, rnn
from bptt_course.figures import style
from bptt_course.figures.nb02_output_weight import ErrorCurve
from bptt_course.panels.nb01_forward_pass import S_0, W_s, W_x, W_y, X, d_3
from bptt_course.panels.panel import Panel, menu, slider
from bptt_course.words import number


def output_weight():
    """E_3 = (d_3 - g_2(W_y S_3))^2 over W_y, with the tangent of slope ∂E_3/∂W_y.

    Sliders for W_y and d_3, a menu for g_2; S_3 = 3.5 as in the worked example. Returns the
    `Panel`.
    """
    figure, ax = style.figure(8, 4)
    grid = np.linspace(-1, 4, 201)
    curve = ErrorCurve(ax, grid[0], grid[-1])
    S_3 = rnn.forward(X, S_0, rnn.Weights(W_x, W_s, W_y), "identity").S[3]

    def update(W_y, d_3, g_2):
        run = rnn.forward(X, S_0, rnn.Weights(W_x, W_s, W_y), "identity", g_2)
        slope = bptt.backward(run, d_3, at=3).dE_dW_y
        height = rnn.error(d_3, run.Y[3])
        curve.show(grid, (d_3 - run.g_2(grid * S_3)) ** 2, W_y, height, slope)
        return (
            f"At W_y = {number(W_y)}: Y_3 = {number(run.Y[3])}, E_3 = {number(height)}, and the "
            f"tangent's slope is ∂E_3/∂W_y = {number(slope)}. {_downhill(slope, 'W_y')}"
        )

    controls = {
        "W_y": slider(-1, 4, W_y, step=0.05),
        "d_3": slider(-2, 8, d_3, step=0.5),
        "g_2": menu(("identity", "tanh"), "identity"),
    }
    return Panel("E_3 over W_y with its tangent", controls, figure, curve.live, update)


def _downhill(slope, weight):
    if slope == 0:
        return f"The tangent is level: no small change of {weight} lowers the error."
    return f"A slightly {'smaller' if slope > 0 else 'larger'} {weight} lowers the error."

"""The panel of notebook 02: the error over the output weight, walked down along its slope."""

from collections import namedtuple

import numpy as np

from bptt_helpers import bptt, rnn
from bptt_course.figures.nb02_output_weight import HIGH, LEFT, LOW, RIGHT, Descent
from bptt_course.figures.stage import Stage
from bptt_course.panels.nb01_forward_pass import S_0, W_s, W_x, W_y, X, d_3
from bptt_course.panels.panel import Panel, menu, slider, steps
from bptt_course.words import case, figure, in_product, number

Point = namedtuple("Point", "W_y E slope Y")  # of the curve; its slope is ∂E_3/∂W_y there
RATE = 0.02  # a step is -RATE times the slope
STEPS = 12
GRID = np.linspace(LOW, HIGH, 281)
S_3 = rnn.forward(X, S_0, rnn.Weights(W_x, W_s, W_y), "identity").S[3]


def output_weight():
    """E_3 = (d_3 - g_2(W_y S_3))^2 over W_y, with a slope triangle and a walk against the slope.

    A step is -0.02 times the slope; S_3 = 3.5 as in the worked example.
    """

    def draw(width):
        stage = Stage(width, 352)
        descent = Descent(stage, GRID)

        def update(W_y, step, d_3, g_2):
            walk = [_point(W_y, d_3, g_2)]
            for _ in range(step):
                W_y -= RATE * walk[-1].slope
                walk.append(_point(W_y, d_3, g_2))
            errors = (d_3 - rnn.activation(g_2)(GRID * S_3)) ** 2
            descent.show(errors, [point[:2] for point in walk], walk[-1].slope)
            return f"{_formula(walk[-1], d_3, g_2)}\n{_in_words(walk)}"

        return stage.figure, descent.live, update

    controls = {"W_y": slider(LOW, HIGH, W_y, step=0.01), "step": steps(STEPS, "Back", "Step")}
    controls |= {"d_3": slider(-2, 8, d_3, step=0.5), "g_2": menu(("identity", "tanh"), "identity")}
    title = "E_3 over W_y, a slope to walk down"
    return Panel(title, controls, draw, main="W_y", track=(LEFT, RIGHT), more=("d_3", "g_2"))


def _point(W_y, d_3, g_2):
    run = rnn.forward(X, S_0, rnn.Weights(W_x, W_s, W_y), "identity", g_2)
    return Point(W_y, rnn.error(d_3, run.Y[3]), bptt.backward(run, d_3, at=3).dE_dW_y, run.Y[3])


def _formula(point, d_3, g_2):
    inner = ("g_2′ · ", f"{figure(1 - point.Y**2)} · ") if g_2 == "tanh" else ("", "")
    numbers = f"2 · ({number(point.Y)} − {in_product(d_3)}) · {inner[1]}{number(S_3)}"
    return f"slope = 2 · (Y_3 − d_3) · {inner[0]}S_3 = {numbers} = {number(point.slope)}"


def _in_words(walk):
    W_y, E, slope, Y = walk[-1]
    if len(walk) > 1:
        before = walk[-2]
        step = f"{'+' if before.slope < 0 else '−'} {RATE} · {number(abs(before.slope))}"
        said = (
            f"Step {len(walk) - 1}: W_y = {number(before.W_y)} {step} = {number(W_y)}, and E_3 "
            f"goes from {_error(before.E)} to {_error(E)}."
        )
        is_stuck = abs(before.slope) < 0.01 and E > 0.01
        return f"{said} Such a small slope moves almost nothing." if is_stuck else said
    return f"At W_y = {number(W_y)}: Y_3 = {number(Y)}, and E_3 is {_error(E)}. " + case(
        (abs(slope) < 0.01 and E > 1,
         "The error is large, yet the ground is flat: there is hardly any slope."),
        (abs(slope) < 0.2,
         "The ground is nearly level: no small change in W_y lowers the error by much."),
        (True, "Which W_y lowers the error, a smaller or a larger one? Say it, then press Step."),
    )  # fmt: skip


def _error(E):
    return "almost 0" if 0 < E < 0.001 else number(E)

"""The panel of notebook 02: the error over the output weight, walked down along its slope."""

from functools import lru_cache

import numpy as np

from bptt_helpers import bptt, rnn
from bptt_course.figures.nb02_output_weight import HIGH, LEFT, LOW, RIGHT, Descent
from bptt_course.figures.stage import Stage
from bptt_course.panels.nb01_forward_pass import S_0, W_s, W_x, W_y, X, d_3
from bptt_course.panels.panel import Panel, menu, slider, steps
from bptt_course.words import in_product, number

RATE = 0.02  # a step is -RATE times the slope
STEPS = 12
GRID = np.linspace(LOW, HIGH, 281)
S_3 = rnn.forward(X, S_0, rnn.Weights(W_x, W_s, W_y), "identity").S[3]


def output_weight():
    """E_3 = (d_3 - g_2(W_y S_3))^2 over W_y, with a slope triangle and a walk against the slope.

    A slider for W_y along the picture and a button for a step of -0.02 times the slope; d_3 and g_2
    on demand; S_3 = 3.5 as in the worked example. Returns the `Panel`.
    """

    def draw(width):
        stage = Stage(width, 352)
        descent = Descent(stage, GRID)

        def update(W_y, step, d_3, g_2):
            walk = [W_y]
            for _ in range(step):
                walk.append(walk[-1] - RATE * _gradient(walk[-1], d_3, g_2))
            heights = [rnn.error(d_3, _output(W, g_2)) for W in walk]
            slope = _gradient(walk[-1], d_3, g_2)
            descent.show(_curve(d_3, g_2), list(zip(walk, heights, strict=True)), slope)
            head = _formula(walk[-1], d_3, g_2, slope)
            return f"{head}\n{_in_words(walk, heights, slope, d_3, g_2)}"

        return stage.figure, descent.live, update

    controls = {
        "W_y": slider(LOW, HIGH, W_y, step=0.01),
        "step": steps(STEPS, "Back", "Step"),
        "d_3": slider(-2, 8, d_3, step=0.5),
        "g_2": menu(("identity", "tanh"), "identity"),
    }
    title = "E_3 over W_y, a slope to walk down"
    return Panel(title, controls, draw, main="W_y", track=(LEFT, RIGHT), more=("d_3", "g_2"))


def _output(W_y, g_2):
    return rnn.activation(g_2)(W_y * S_3)


def _gradient(W_y, d_3, g_2):
    run = rnn.forward(X, S_0, rnn.Weights(W_x, W_s, W_y), "identity", g_2)
    return bptt.backward(run, d_3, at=3).dE_dW_y


@lru_cache(maxsize=8)
def _curve(d_3, g_2):
    """E_3 on the grid; the same array again means the same curve."""
    return (d_3 - _output(GRID, g_2)) ** 2


def _formula(W_y, d_3, g_2, slope):
    """∂E_3/∂W_y as a product, with its numbers."""
    Y_3 = _output(W_y, g_2)
    inner = "" if g_2 == "identity" else f"{number(1 - Y_3**2)} · "
    numbers = f"2 · ({number(Y_3)} − {in_product(d_3)}) · {inner}{number(S_3)}"
    inner = "" if g_2 == "identity" else "g_2′ · "
    return f"slope = 2 · (Y_3 − d_3) · {inner}S_3 = {numbers} = {number(slope)}"


def _in_words(walk, heights, slope, d_3, g_2):
    """Where the point is, and what a step does."""
    W_y, E_3 = walk[-1], _error(heights[-1])
    if len(walk) > 1:
        before = _gradient(walk[-2], d_3, g_2)
        sign = "+" if before < 0 else "−"
        said = (
            f"Step {len(walk) - 1}: W_y = {number(walk[-2])} {sign} {RATE} · {number(abs(before))} "
            f"= {number(W_y)}, and E_3 goes from {_error(heights[-2])} to {E_3}."
        )
        is_stuck = abs(before) < 0.01 and heights[-1] > 0.01
        return f"{said} So small a slope moves nothing." if is_stuck else said
    said = f"At W_y = {number(W_y)}: Y_3 = {number(_output(W_y, g_2))}, and E_3 is {E_3}."
    if abs(slope) < 0.01 and heights[-1] > 1:
        return f"{said} The error is large, and still the ground is flat: hardly any slope."
    if abs(slope) < 0.2:
        return f"{said} The ground is level: no small change of W_y lowers the error by much."
    return f"{said} {_downhill(slope)}"


def _error(E):
    return "almost 0" if 0 < E < 0.001 else number(E)


def _downhill(slope):
    return f"A slightly {'smaller' if slope > 0 else 'larger'} W_y lowers the error."

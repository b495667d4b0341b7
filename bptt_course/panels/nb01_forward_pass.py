"""The panels of notebook 01, and the worked example on which every panel of 01 to 04 and 06 starts:

g_1 = g_2 = identity,  S_0 = 2,  X = (3, 1, 2),  W_x = 1,  W_s = 0.5,  W_y = 2,  d_3 = 6.
"""

import numpy as np

from bptt_helpers import rnn
from bptt_course.figures import style
from bptt_course.figures.nb01_forward_pass import Barrels
from bptt_course.figures.network import DUST, Network
from bptt_course.figures.stage import NARROW, Stage
from bptt_course.panels.panel import Panel, activations, family, slider, steps
from bptt_course.words import in_product, in_sum, number

X, S_0, d_3 = (3.0, 1.0, 2.0), 2.0, 6.0
W_x, W_s, W_y = 1.0, 0.5, 2.0


def layers(W_s, S_0, X):
    """`layers[t, k]` is what is left on the evening of day t of the water that fell on day k."""
    fell, day = np.array([S_0, *X], float), np.arange(len(X) + 1)
    nights = day[:, None] - day[None, :]
    return np.where(nights >= 0, fell * float(W_s) ** np.maximum(nights, 0), 0.0)


def barrel():
    """S_t = W_x X_t + W_s S_{t-1} with W_x = 1: water in layers, one for each day it fell.

    Buttons for the next night or rain, a slider for W_s; S_0 and the rain on demand. The barrels
    stand side by side, evening by evening, and are the unrolled network. Returns the `Panel`.
    """
    worked = layers(W_s, S_0, X)

    def draw(width):
        stage = Stage(width, Barrels.height(width <= NARROW))
        barrels = Barrels(stage)

        def update(step, W_s, S_0, X_1, X_2, X_3):
            water = layers(W_s, S_0, (X_1, X_2, X_3))
            barrels.show(water, worked, W_s, (X_1, X_2, X_3), step)
            return _water_in_words(water, W_s, (X_1, X_2, X_3), step)

        return stage.figure, barrels.live, update

    controls = {
        "step": steps(6, "Back", "Next night"),
        "W_s": slider(0, 2, W_s),
        "S_0": slider(0, 4, S_0),
        **{f"X_{t}": slider(0, 4, X[t - 1]) for t in (1, 2, 3)},
    }
    more = ("S_0", "X_1", "X_2", "X_3")
    panel = Panel("a rain barrel, night by night", controls, draw, main="step", more=more)
    _name_next(panel)
    return panel


def _name_next(panel):
    """The button says what it brings: a night, or rain."""
    (on,) = [w for w in family(panel) if getattr(w, "description", "") == "Next night"]

    def name(change):
        on.description = ("Next night", "Rain")[change.new % 2]

    panel.controls["step"].observe(name, "value")


def _water_in_words(water, W_s, X, step):
    t, S = (step + 1) // 2, water.sum(axis=1)
    if step == 0:
        return (
            f"The evening of day 0: the water is {number(S[0])} cm deep\n"
            "Now comes a night. How much will be left in the morning? Say it, then press the button."
        )
    if step % 2:
        kept = number(W_s * S[t - 1])
        return (
            f"Night {t}: {_leak(W_s)}\n"
            f"W_s S_{t - 1} = {number(W_s)} · {number(S[t - 1])} = {kept} cm are left in the "
            f"morning, the same share of every layer. Now {number(X[t - 1])} cm of rain: how deep?"
        )
    parts = in_sum([round(v, DUST) for v in water[t, : t + 1]])
    sum_ = f"1 · {number(X[t - 1])} + {number(W_s)} · {number(S[t - 1])}"
    said = (
        f"The evening of day {t}: S_{t} = W_x X_{t} + W_s S_{t - 1} = {sum_} = {number(S[t])}\n"
        f"Layer by layer, from day 0 to day {t}: {parts}."
    )
    if t < 3:
        return f"{said} How much will be left after the next night?"
    return f"{said} {_age(W_s)}"


def _leak(W_s):
    """What a night does to each layer."""
    if W_s == 0:
        return "the barrel loses everything"
    if W_s == 1:
        return "nothing leaks"
    if W_s > 1:
        return f"every layer is multiplied by {number(W_s)} (no barrel does that, a network can)"
    if W_s == 0.5:
        return "half of every layer leaks away"
    return f"of every layer {number(100 * W_s)} % are left"


def _age(W_s):
    """What became of the oldest water."""
    if W_s == 0:
        return "Only today's rain is there: no memory."
    if W_s == 1:
        return "All the water is still there: this memory does not fade."
    if W_s > 1:
        return "The older the water, the more it has grown."
    return "The older the water, the less of it is left."


def unrolled_network():
    """S_t = g_1(W_x X_t + W_s S_{t-1}), Y_t = g_2(W_y S_t), E_3 = (d_3 - Y_3)^2, step by step.

    A player for t = 1, 2, 3; sliders for the weights, the inputs, S_0 and d_3; a menu for g_1. The
    picture is the unrolled network with the numbers up to step t. Returns the `Panel`.
    """
    figure, ax = style.figure(8, 4.2)
    network = Network(ax, T=3, numbers=True)

    def update(t, W_x, W_s, W_y, X_1, X_2, X_3, S_0, d_3, g_1):
        run = rnn.forward([X_1, X_2, X_3], S_0, rnn.Weights(W_x, W_s, W_y), g_1)
        network.write(run, d_3, until=t)
        edges = [("W_x", t), ("W_s", t), ("W_y", t), *([("E", 3)] if t == 3 else [])]
        network.light([edges], forward=True)
        return _step_in_words(run, t, d_3)

    controls = {
        "t": steps(3, "Back", "Next step"),
        "W_s": slider(-2, 2, W_s),
        "W_x": slider(-2, 2, W_x),
        "W_y": slider(-3, 3, W_y),
        "X_1": slider(-4, 4, X[0]),
        "X_2": slider(-4, 4, X[1]),
        "X_3": slider(-4, 4, X[2]),
        "S_0": slider(-4, 4, S_0),
        "d_3": slider(-10, 10, d_3),
        "g_1": activations(),
    }
    return Panel("the unrolled network with its numbers", controls, figure, network.live, update)


def _step_in_words(run, t, d_3):
    W_x, W_s, W_y = run.weights
    before, S_t, Y_t = (round(x, DUST) for x in (run.S[t - 1], run.S[t], run.Y[t]))
    sum_ = f"{number(W_x)} · {in_product(run.X[t])} + {in_product(W_s)} · {in_product(before)}"
    inside = sum_ if run.g_1 is rnn.IDENTITY else f"{run.g_1.name}({sum_})"
    words = (
        f"Step {t}: S_{t} = {inside} = {number(S_t)}, "
        f"and Y_{t} = {number(W_y)} · {in_product(S_t)} = {number(Y_t)}."
    )
    if t == run.T:
        words += f" E_3 = ({number(d_3)} − {in_product(Y_t)})² = {number((d_3 - Y_t) ** 2)}."
    return words

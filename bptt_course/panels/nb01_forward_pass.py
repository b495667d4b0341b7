"""The panels of notebook 01, and the worked example on which every panel of 01 to 04 and 06 starts:

g_1 = g_2 = identity,  S_0 = 2,  X = (3, 1, 2),  W_x = 1,  W_s = 0.5,  W_y = 2,  d_3 = 6.
"""

import numpy as np

from bptt_helpers import rnn
from bptt_course.figures.nb01_forward_pass import Barrels, Sheet
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
            "Now comes a night. How much will be left in the morning? Say it, then press "
            "Next night."
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

    Buttons for t = 0, 1, 2, 3, sliders for W_s and X_1; the other weights and inputs, S_0, d_3 and
    g_1 on demand. The picture is the unrolled network with the numbers up to step t, and beside or
    below it the sums of these steps. Returns the `Panel`.
    """
    at_first = _lines(rnn.forward(X, S_0, rnn.Weights(W_x, W_s, W_y), "identity"), 3, d_3)

    def draw(width):
        is_wide = width > NARROW
        stage = Stage(width, 352 if is_wide else 618 if width > 550 else 590)
        network, foot = Network.on(
            stage, stage.height - 4, 0 if is_wide else max(0, width // 2 - 320)
        )
        place = (690, 30, width - 8, 340) if is_wide else (12, 8, width - 8, foot - 8)
        sheet = Sheet(stage.axes(*place), 18 if is_wide else 15)

        def update(t, W_s, X_1, W_x, W_y, X_2, X_3, S_0, d_3, g_1):
            run = rnn.forward([X_1, X_2, X_3], S_0, rnn.Weights(W_x, W_s, W_y), g_1)
            network.write(run, d_3, until=t)
            edges = [("W_x", t), ("W_s", t), ("W_y", t)] if t else []
            network.light([[*edges, ("E", 3)] if t == 3 else edges], forward=True)
            lines = zip(_lines(run, t, d_3), at_first, strict=False)
            sheet.show(
                [
                    (f"{said} = {value}", "" if value == first else first, step)
                    for (said, value, step), (_, first, _) in lines
                ],
                t,
            )
            return _step_in_words(run, t, d_3)

        return stage.figure, [*network.live, *sheet.live], update

    controls = {
        "t": steps(3, "Back", "Next step"),
        "W_s": slider(-2, 2, W_s),
        "X_1": slider(-4, 4, X[0]),
        "W_x": slider(-2, 2, W_x),
        "W_y": slider(-3, 3, W_y),
        "X_2": slider(-4, 4, X[1]),
        "X_3": slider(-4, 4, X[2]),
        "S_0": slider(-4, 4, S_0),
        "d_3": slider(-10, 10, d_3),
        "g_1": activations(),
    }
    title, more = "the unrolled network with its numbers", tuple(controls)[3:]
    return Panel(title, controls, draw, main="t", more=more)


def _sums(run, t):
    """S_t and Y_t with their numbers: two sums and two values, without dust."""
    W_x, W_s, W_y = run.weights
    before, S_t, Y_t = (round(x, DUST) for x in (run.S[t - 1], run.S[t], run.Y[t]))
    sum_ = f"{number(W_x)} · {in_product(run.X[t])} + {in_product(W_s)} · {in_product(before)}"
    inside = sum_ if run.g_1 is rnn.IDENTITY else f"{run.g_1.name}({sum_})"
    return inside, number(S_t), f"{number(W_y)} · {in_product(S_t)}", number(Y_t)


def _lines(run, until, d_3):
    """The sums of steps 0 to `until`: words, value, step."""
    lines = [("S₀", number(run.S[0]), 0)]
    for t in range(1, until + 1):
        inside, S_t, product, Y_t = _sums(run, t)
        lines += [(f"S{'₀₁₂₃'[t]} = {inside}", S_t, t), (f"Y{'₀₁₂₃'[t]} = {product}", Y_t, t)]
    if until == run.T:
        off = round(d_3 - run.Y[until], DUST)
        said = f"E₃ = ({number(d_3)} − {in_product(round(run.Y[until], DUST))})²"
        lines.append((said, number(off**2), until))
    return lines


def _step_in_words(run, t, d_3):
    if t == 0:
        return (
            f"Before the first step there is only S_0 = {number(run.S[0])}\n"
            f"Now X_1 = {number(run.X[1])} comes in. Which number is next? Say it, then press "
            "Next step."
        )
    inside, S_t, product, Y_t = _sums(run, t)
    words = f"Step {t}: S_{t} = {inside} = {S_t}, and Y_{t} = {product} = {Y_t}."
    if t < run.T:
        return words
    off = round(run.Y[t] - d_3, DUST)
    way = f"too {'high' if off > 0 else 'low'} by {number(abs(off))}" if off else "right"
    last = in_product(round(run.Y[t], DUST))
    return f"{words} It is {way}: E_3 = ({number(d_3)} − {last})² = {number(off**2)}."

"""The panels of notebook 01, and the worked example on which every panel of 01 to 04 and 06 starts:

g_1 = g_2 = identity,  S_0 = 2,  X = (3, 1, 2),  W_x = 1,  W_s = 0.5,  W_y = 2,  d_3 = 6.
"""

import numpy as np

from bptt_helpers import rnn
from bptt_course.figures import style
from bptt_course.figures.nb01_forward_pass import Barrels, sheet
from bptt_course.figures.network import DUST, WEIGHTS, beside_network
from bptt_course.figures.stage import Words
from bptt_course.panels.panel import Panel, activations, slider, steps
from bptt_course.words import case, in_product, in_sum, number

X, S_0, d_3 = (3.0, 1.0, 2.0), 2.0, 6.0
W_x, W_s, W_y = 1.0, 0.5, 2.0


def layers(W_s, S_0, X):
    """`layers[t, k]` is what is left on the evening of day t of the water that fell on day k."""
    fell, day = np.array([S_0, *X], float), np.arange(len(X) + 1)
    return np.tril(fell * float(W_s) ** np.maximum(day[:, None] - day, 0))


def barrel():
    """S_t = W_x X_t + W_s S_{t-1} with W_x = 1: water in layers, one for each day it fell.

    Night by night, rain by rain: the barrels of all evenings, side by side, are the network.
    """
    worked = layers(W_s, S_0, X)

    def draw(width):
        barrels = Barrels(width)

        def update(step, W_s, S_0, **rain):
            X = tuple(rain.values())
            water = layers(W_s, S_0, X)
            barrels.show(water, worked, W_s, X, step)
            return _water_in_words(water, W_s, X, step)

        return barrels.figure, barrels.live, update

    rain = {f"X_{t}": slider(0, 4, X[t - 1]) for t in (1, 2, 3)}
    controls = {"step": steps(6, "Back", "Next"), "W_s": slider(0, 2, W_s)}
    controls |= {"S_0": slider(0, 4, S_0), **rain}
    more = ("S_0", *rain)
    return Panel("a rain barrel, night by night", controls, draw, main="step", more=more)


def _water_in_words(water, W_s, X, step):
    t, S = (step + 1) // 2, water.sum(axis=1)
    if step == 0:
        return (
            f"The evening of day 0: the water is {number(S[0])} cm deep\nNext comes the night. "
            "How much will be left in the morning? Say it, then press Next."
        )
    before = f"{number(W_s)} · {number(S[t - 1])}"
    if step % 2:
        return f"Night {t}: " + case(
            (W_s == 0, "the barrel loses everything"),
            (W_s == 1, "nothing leaks"),
            (W_s > 1, f"every layer is multiplied by {number(W_s)} (a network can do that, though "
                      "no barrel can)"),
            (W_s == 0.5, "half of every layer leaks away"),
            (True, f"{number(100 * W_s)} % of every layer is left"),
        ) + (
            f"\nW_s S_{t - 1} = {before} = {number(W_s * S[t - 1])} cm is left in the morning, "
            f"the same share of every layer. Add {number(X[t - 1])} cm of rain: how deep is it?"
        )  # fmt: skip
    parts = in_sum([round(v, DUST) for v in water[t, : t + 1]])
    return (
        f"The evening of day {t}: S_{t} = W_x X_{t} + W_s S_{t - 1} = 1 · {number(X[t - 1])} + "
        f"{before} = {number(S[t])}\nLayer by layer, from day 0 to day {t}: {parts}. "
    ) + case(
        (t < 3, "How much will be left after the next night?"),
        (W_s == 0, "Only today's rain is there: the barrel has no memory."),
        (W_s == 1, "All the water is still there: this memory does not fade."),
        (W_s > 1, "The older the water, the more it has grown."),
        (True, "The older the water, the smaller the share that is left."),
    )


def unrolled_network():
    """S_t = g_1(W_x X_t + W_s S_{t-1}), Y_t = g_2(W_y S_t), E_3 = (d_3 - Y_3)^2, step by step.

    The unrolled network with the numbers up to step t, and beside or below it their sums.
    """

    def draw(width):
        stage, network, left = beside_network(width, 470, 352, 258, head=4)
        place = left + 12, 30 if left else 8, width - 8, 340 if left else 250
        lines = Words(stage.axes(*place), gid="sheet")

        def update(t, W_s, X_1, W_x, W_y, X_2, X_3, S_0, d_3, g_1):
            run = rnn.forward([X_1, X_2, X_3], S_0, rnn.Weights(W_x, W_s, W_y), g_1)
            network.write(run, d_3, until=t)
            edges = [(weight, t) for weight in WEIGHTS if t] + [("E", 3)] * (t == 3)
            network.follow((*network.ends(*edge), style.COLOUR[edge[0]], False) for edge in edges)
            sums = _sums(run, d_3)
            lines.show(sheet(lines.axes, 18 if left else 15, sums, t))
            return _step_in_words(run, sums, t, d_3)

        return stage.figure, [*network.live, lines], update

    ranges = (("W_s", 2, W_s), ("X_1", 4, X[0]), ("W_x", 2, W_x), ("W_y", 3, W_y), ("X_2", 4, X[1]),
              ("X_3", 4, X[2]), ("S_0", 4, S_0), ("d_3", 10, d_3))  # fmt: skip
    sliders = {name: slider(-end, end, value) for name, end, value in ranges}
    controls = {"t": steps(3, "Back", "Next step"), **sliders, "g_1": activations()}
    title, more = "the unrolled network with its numbers", tuple(controls)[3:]
    return Panel(title, controls, draw, main="t", more=more)


def _sums(run, d_3):
    W_x, W_s, W_y = run.weights
    S, Y = np.round(run.S, DUST), np.round(run.Y, DUST)
    found = [f"S_0 = {number(S[0])}"]
    for t in (1, 2, 3):
        memory = f"{in_product(W_s)} · {_exact(S[t - 1], True)}"
        sum_ = f"{number(W_x)} · {in_product(run.X[t])} + {memory}"
        sum_ = sum_ if run.g_1 is rnn.IDENTITY else f"{run.g_1.name}({sum_})"
        product = f"{number(W_y)} · {_exact(S[t], True)}"
        found += [f"S_{t} = {sum_} = {_exact(S[t])}", f"Y_{t} = {product} = {_exact(Y[t])}"]
    E_3 = number(round(d_3 - Y[3], DUST) ** 2)
    return [*found, f"E_3 = ({number(d_3)} − {_exact(Y[3], True)})² = {E_3}"]


def _exact(value, is_factor=False):
    """All of a number that has four decimals at most, so that the next line can be checked."""
    text = number(value)
    if abs(value) < 1000 and value == round(value, 4):
        text = f"{value:.4f}".rstrip("0").rstrip(".").replace("-", "−")
    return f"({text})" if is_factor and value < 0 else text


def _step_in_words(run, sums, t, d_3):
    if t == 0:
        return (
            f"Before the first step there is only {sums[0]}\nNow X_1 = {number(run.X[1])} comes "
            "in. Which two numbers are next? Say them, then press Next step."
        )
    words, off = f"Step {t}: {sums[2 * t - 1]}, and {sums[2 * t]}", round(run.Y[3] - d_3, DUST)
    if t < 3:
        X = number(run.X[t + 1])
        return f"{words}\nNow X_{t + 1} = {X} comes in: which two numbers are next?"
    way = f"too {'high' if off > 0 else 'low'} by {number(abs(off))}" if off else "right"
    return f"{words}. It is {way}: {sums[-1]}."

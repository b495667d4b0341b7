"""The panel of notebook 01, and the worked example on which every panel of 01 to 04 and 06 starts:

g_1 = g_2 = identity,  S_0 = 2,  X = (3, 1, 2),  W_x = 1,  W_s = 0.5,  W_y = 2,  d_3 = 6.
"""

from bptt_helpers import rnn
from bptt_course.figures import style
from bptt_course.figures.network import DUST, Network
from bptt_course.panels.panel import Panel, activations, player, slider
from bptt_course.words import in_product, number

X, S_0, d_3 = (3.0, 1.0, 2.0), 2.0, 6.0
W_x, W_s, W_y = 1.0, 0.5, 2.0


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
        "t": player(1, 3, 3),
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

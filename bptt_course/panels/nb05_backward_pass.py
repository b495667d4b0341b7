"""The panel of notebook 05: the backward sweep, one step a click."""

import math

from bptt_helpers import rnn
from bptt_course.figures import style
from bptt_course.figures.nb03_04_hidden_and_input_weight import signed
from bptt_course.figures.nb05_backward_pass import Picks, in_parts
from bptt_course.figures.network import beside_network
from bptt_course.figures.stage import Word, Words
from bptt_course.panels.nb01_forward_pass import S_0, W_s, W_x, W_y, X, d_3
from bptt_course.panels.panel import Panel, activations, menu, slider, steps
from bptt_course.words import figure, number

ERRORS = ("E_3 alone", "E_1 + E_2 + E_3")
d = (7.0, 5.0, d_3)


def sweep():
    """∂E/∂S_{t-1} = W_y · 2 (Y_{t-1} - d_{t-1}) + W_s δ_t,  δ_t = g_1'(a_t) ∂E/∂S_t,  t = 3, 2, 1.

    A click goes one step back: the next δ, and what each weight picks up there. A menu for the
    error, at the last step or at all; a slider for W_s, a menu for g_1.
    """

    def draw(width):
        stage, network, left = beside_network(width, 474, Picks.HEIGHT, 436)
        picks = Picks(stage, left, 0 if left else 36, min(width, left + 470))
        targets = Words(network.axes, 5, "targets")

        def update(step, error, W_s, g_1):
            run = rnn.forward(X, S_0, rnn.Weights(W_x, W_s, W_y), g_1)
            t, is_all = 4 - step, error == ERRORS[1]
            deltas, dE_dY = swept(run, is_all)
            network.write(run, d_3)
            _show_sweep(network, t, deltas, dE_dY, is_all)
            places = [(*network.above(("Y", j)), f"$d_{j}={number(d[j - 1])}$") for j in (1, 2)]
            looks = [Word(*place, 17.2, style.COLOUR["d"]) for place in places]
            targets.show(looks if is_all else [])  # d_3 has its box
            found = {"W_x": {}, "W_s": {}, "W_y": {}}
            for j, (_, delta, _) in deltas.items():
                found["W_x"][j], found["W_s"][j] = (delta, run.X[j]), (delta, run.S[j - 1])
                found["W_y"][j] = dE_dY[j], run.S[j]
            sums = {w: sum(a * b for j, (a, b) in of.items() if j >= t) for w, of in found.items()}
            picks.show(t, deltas, found, sums)
            return _sweep_in_words(t, deltas, sums, run)

        return stage.figure, [*network.live, *targets.live, *picks.live], update

    controls = {"step": steps(3, "Back", "Next step"), "error": menu(ERRORS, ERRORS[0])}
    controls |= {"W_s": slider(-2, 2, W_s), "g_1": activations()}
    return Panel("the backward sweep, step by step", controls, draw, main="step")


def swept(run, is_all):
    """(shares in ∂E/∂S_t as tuples of factors, δ_t, g_1'(a_t)) and ∂E/∂Y_t for t = 3, 2, 1."""
    deltas, dE_dY = {}, {}
    for t in (3, 2, 1):
        has_error = is_all or t == 3
        dE_dY[t] = 2 * (run.Y[t] - d[t - 1]) if has_error else 0.0
        slope, own = float(run.g_1.slope(run.S[t])), float(run.weights.W_y * dE_dY[t])
        shares = [(own,)] * has_error
        if t < 3:
            shares.append((float(run.weights.W_s), deltas[t + 1][1]))
        deltas[t] = shares, slope * sum(map(math.prod, shares)), slope
    return deltas, dE_dY


def _show_sweep(network, t, deltas, dE_dY, is_all):
    hue, shares, tokens = style.COLOUR, {}, [(("S", t - 1), "?")] if t > 1 else []
    for j in range(3, t - 1, -1):
        found, delta, _ = deltas[j]
        before = (("E", 3), ("Y", 3)) if j == 3 else (("S", j + 1), ("S", j))
        shares[before] = figure(dE_dY[3], 4) if j == 3 else signed(math.prod(found[-1]), 4)
        if is_all or j == 3:
            shares[("Y", j), ("S", j)] = signed(found[0][0], 4)
        tokens.append((("S", j), figure(delta, 4)))
    strokes = [(*way, hue["E"], False) for way in shares]
    uses = (("W_s", ("S", t - 1)), ("W_x", ("X", t))) if t < 4 else ()
    strokes += [(("S", t), node, hue[weight], True) for weight, node in uses]
    network.follow(strokes)
    network.tag([(*way, said, hue["E"]) for way, said in shares.items()])
    network.carry(tokens)


def _sweep_in_words(t, deltas, sums, run):
    if t == 4:
        return (
            "The sweep starts at S_3\nWhat is δ_3? Say a number, then press Next step. At each "
            "stop the weights pick up their shares."
        )
    shares, delta, slope = deltas[t]
    sides = dict.fromkeys([f"δ_{t}", " ".join(in_parts(shares, slope)), figure(delta)])
    head = " = ".join(sides)  # a δ of one share has two
    if t > 1:
        return (
            f"{head}\nW_x picks up δ_{t} X_{t}, and W_s picks up δ_{t} S_{t - 1}. "
            f"What comes back to S_{t - 1}? Say δ_{t - 1} first."
        )
    named = ", ".join(f"{figure(sums[w])} for {w}" for w in ("W_x", "W_s", "W_y"))
    return f"{head}\nOne walk has given all three gradients: {named}."

"""The panels of notebooks 03 and 04: the factors of a weight's terms, its knobs, and its terms."""

import itertools
from typing import NamedTuple

import numpy as np

from bptt_helpers import bptt, rnn
from bptt_course.figures import nb03_04_hidden_and_input_weight as pictures
from bptt_course.figures import style
from bptt_course.figures.nb03_04_hidden_and_input_weight import KNOBS, bracketed, product_of, signed
from bptt_course.figures.network import beside_network
from bptt_course.figures.stage import Stage
from bptt_course.panels.nb01_forward_pass import S_0, W_s, W_x, W_y, X, d_3
from bptt_course.panels.panel import Panel, activations, menu, slider, steps
from bptt_course.words import case, figure, in_sum, number

ORDER = (3, 2, 1)  # terms are named by the step of the use, and the walk takes the shortest first
MOST = sum(2 * (5 - i) + 2 for i in ORDER) + 3  # steps of the walk where each factor is two


class Factor(NamedTuple):
    """A factor of a term. Its place in the network are the ends of an arrow, or a node twice.

    `formula` is that of its `cell` in the row, with one number or two (`row` 0 and 1): the slope of
    the activation comes first, then what the arrow carries.
    """

    name: str
    why: str
    value: float
    place: tuple
    formula: str
    cell: int
    row: int = 0
    is_use: bool = False


def walk(run, weight, i):
    """The factors of term i, in order from E_3 back to the use of `weight` at step i."""
    used, t = ("S", i - 1) if weight == "W_s" else ("X", i)
    nodes = [("E", 3), ("Y", 3), *(("S", j) for j in range(3, i - 1, -1)), (used, t)]
    values = [2 * (run.Y[3] - d_3), run.weights.W_y, *(3 - i) * [run.weights.W_s]]
    whys = [f"2 (Y_3 − d_3) = 2 ({figure(run.Y[3])} − {figure(d_3)})", "W_y", *(3 - i) * ["W_s"]]
    values, whys = [*values, getattr(run, used)[t]], [*whys, f"{used}_{t}"]
    found = []
    for cell, (node, before) in enumerate(itertools.pairwise(nodes)):
        is_use, slope = before == nodes[-1], _slope(run, *node)
        above, below = "{}_{}".format(*node), weight if is_use else "{}_{}".format(*before)
        d = r"\partial^{+}\!" if is_use else r"\partial "
        look = rf"$\dfrac{{{d}{above}}}{{\partial {below}}}$", cell
        if slope:
            found.append(Factor(*slope, (node, node), *look, is_use=is_use))
        name = whys[cell] if slope else f"∂{'⁺' * is_use}{above}/∂{below}"
        value = float(values[cell])
        found.append(Factor(name, whys[cell], value, (node, before), *look, bool(slope), is_use))
    return found


def _slope(run, row, t):
    """(name, why, value) of the slope of the activation in a node; None if it is always 1."""
    activation = {"Y": run.g_2, "S": run.g_1}.get(row, rnn.IDENTITY)
    if activation is rnn.IDENTITY:
        return None
    name, output = f"g_2′(V_{t})" if row == "Y" else f"g_1′(a_{t})", f"{row}_{t}"
    why = {"tanh": f"1 − {output}^2", "sigmoid": f"{output} (1 − {output})"}
    return name, why.get(activation.name, name), float(activation.slope(getattr(run, row)[t]))


def paths(weight="W_s"):
    """∂E_3/∂W = Σ_i ∂E_3/∂Y_3 · ∂Y_3/∂S_3 ··· ∂S_{i+1}/∂S_i · ∂⁺S_i/∂W,  one factor a click.

    A token walks from E_3 back to each use of the weight; every factor is asked for before it is
    shown. `weight` is "W_s" or "W_x"; sliders for W_s, X_1 and S_0, menus for g_1 and g_2.
    """
    steps_ = steps(MOST, "Back", "Next factor")

    def draw(width):
        stage, network, left = beside_network(width, 482, pictures.Rows.HEIGHT, 546)
        wide, end = ((left, 0, width - 76), (width - 72, 10, width - 2, 376)), min(width, 470)
        places = ((0, 156, end), (40, 6, end - 40, 150)) if stage.is_narrow else wide
        rows, stack = pictures.Rows(stage, *places[0]), pictures.Stack(stage, *places[1])

        def update(step, W_s, X_1, g_1, S_0, g_2):
            run = rnn.forward((X_1, *X[1:]), S_0, rnn.Weights(W_x, W_s, W_y), g_1, g_2)
            walks = {i: walk(run, weight, i) for i in ORDER}
            stops = [(i, known) for i in ORDER for known in range(len(walks[i]) + 1)]
            steps_.max, is_done = len(stops), step >= len(stops)
            active, seen = stops[min(step, len(stops) - 1)]
            known = {i: len(walks[i]) * (i > active) for i in ORDER} | {active: seen}
            network.write(run, d_3)
            _show_walk(network, weight, walks[active], seen)
            rows.show(weight, walks, known, active, is_done)
            stack.show({i: product_of(walks[i]) for i in ORDER if known[i] == len(walks[i])})
            return _walk_in_words(weight, walks, seen, active, is_done)

        return stage.figure, [*network.live, *rows.live, *stack.live], update

    controls = {"step": steps_, "W_s": slider(-2, 2, W_s), "X_1": slider(-4, 4, X[0])}
    controls |= {"g_1": activations(), "S_0": slider(-4, 4, S_0), "g_2": activations()}
    title = f"the factors of ∂E_3/∂{weight}, one at a time"
    return Panel(title, controls, draw, main="step", more=("S_0", "g_2"))


def _show_walk(network, weight, factors, known):
    strokes, tags, colour = [], [], style.COLOUR
    for k, factor in enumerate(factors[: known + 1]):
        is_known, hue = k < known, colour[weight] if factor.is_use else colour["E"]
        tags.append((*factor.place, f"×{figure(factor.value, 4)}" if is_known else "?", hue))
        if factor.place[0] != factor.place[1]:
            strokes.append((*factor.place, hue if is_known else style.INK, factor.is_use))
    network.follow(strokes)
    network.tag(tags)
    at = [("E", 3), *(factor.place[1] for factor in factors[:-1])][min(known, len(factors) - 1)]
    network.carry([(at, figure(product_of(factors[:known]), 4))])


def _walk_in_words(weight, walks, known, active, is_done):
    factors = walks[active]
    if is_done:
        terms = [product_of(walks[i]) for i in (1, 2, 3)]
        total = f"∂E_3/∂{weight} = {in_sum(terms, figure)} = {figure(sum(terms))}"
        return f"{total}\n{weight} is used three times, once at each step: one term for each use."
    if known:
        factor, before = factors[known - 1], product_of(factors[: known - 1])
        head = " = ".join(dict.fromkeys([factor.name, factor.why, figure(factor.value)]))
        after = f"{figure(before)} · {bracketed(factor.value)} = {figure(before * factor.value)}"
    if known == len(factors):
        return f"{head}\nThe token ends with {after}: that is term i = {active}."
    use, asked = f"the use of {weight} at step {active}", factors[known]
    tail, (row, t) = asked.place
    there = case(  # in words that do not give it away
        (tail == (row, t), f"back through the activation inside {row}_{t}"),
        (asked.is_use, use),
        (True, f"back to {row}_{t}"),
    )
    if known:
        return f"{head}\nThe token now carries {after}. Next, {there}: times what?"
    return (
        f"Term i = {active}: back from E_3 to {use}\nThe token sets out with 1. First, {there}: "
        "times what? Say it, then press Next factor."
    )


def knobs(weight="W_s"):
    """E_3(w_1, w_2, w_3): a weight that is used three times is three knobs on one axle.

    Turn one of them, or all three coupled, and see the change run on to E_3. `weight` is "W_s" or
    "W_x"; a slider for the turn, a menu for what is turned, S_0 and g_1 behind "more".
    """
    tried = set()  # what has been turned shows its effect, all else a question mark

    def draw(width):
        stage, network, left = beside_network(width, 468, 376, 286)
        dials = pictures.Knobs(stage, network, weight, left + 8, 62 if left else 16)

        def update(turn, turned, S_0, g_1):
            if turn:
                tried.add(turned)
            elif turned == "knob 1":
                tried.clear()
            nodes = {knob: _turned(weight, turn, KNOBS[knob], S_0, g_1) for knob in KNOBS}
            before, after = _turned(weight, 0, (), S_0, g_1), nodes[turned]
            effects = dict.fromkeys(KNOBS)
            effects |= {knob: nodes[knob]["E", 3] - before["E", 3] for knob in tried}
            _show_ripple(network, weight, turn, KNOBS[turned], before, after)
            dials.show(turn, KNOBS[turned], effects)
            return _turn_in_words(weight, turn, turned, before, after, effects)

        return stage.figure, [*network.live, *dials.live], update

    controls = {"turn": slider(-0.2, 0.2, 0.0, 0.01, marks=(0,)), "turned": menu(KNOBS, "knob 1")}
    controls |= {"S_0": slider(-4, 4, S_0)}
    controls |= {"g_1": menu(("identity", "tanh", "sigmoid"), "identity")}  # no state is negative
    title = f"three knobs for the three uses of {weight}"
    return Panel(title, controls, draw, main="turn", more=("S_0", "g_1"))


def _turned(weight, by, uses, S_0, g_1):
    """The numbers in the nodes with the weight turned by `by` at the steps of `uses`."""
    g, S, found = rnn.activation(g_1), S_0, {("S", 0): S_0, ("d", 3): d_3}
    for t in (1, 2, 3):
        W = {"W_x": W_x, "W_s": W_s}
        W[weight] += by * (t in uses)
        S = float(g(W["W_x"] * X[t - 1] + W["W_s"] * S))
        found |= {("X", t): X[t - 1], ("S", t): S, ("Y", t): W_y * S}
    return found | {("E", 3): (d_3 - found["Y", 3]) ** 2}


def _show_ripple(network, weight, turn, uses, before, after):
    network.fill({node: figure(value, 4) for node, value in after.items()})
    start = W_s if weight == "W_s" else W_x
    labels = {"W_x": " = 1", "W_s": " = 0.5", "W_y": " = 2"}
    for t in (1, 2, 3):
        value = number(round(start + turn * (t in uses), 9))
        labels[weight, t] = f"$w_{t}$" if network.is_tight else f"$w_{t}$ = {value}"
    network.name_weights(labels)
    nodes = [*(("S", t) for t in range(uses[0], 4)), ("Y", 3), ("E", 3)]
    strokes, colour = {}, style.COLOUR
    if turn:
        strokes = dict.fromkeys(itertools.pairwise(nodes), colour["E"])
        strokes |= {network.ends(weight, t): colour[weight] for t in uses}
    network.follow((*ends, hue, False) for ends, hue in strokes.items())
    moved = {node: signed(after[node] - before[node]) for node in nodes}
    tags = [(node, node, moved[node], colour["E"]) for node in nodes[:-1] if turn]
    network.tag(tags, above=weight == "W_x")
    network.carry([(nodes[-1], moved[nodes[-1]])])


def _turn_in_words(weight, turn, turned, before, after, effects):
    if not turn:
        return (
            f"Nothing is turned yet: E_3 = {figure(before['E', 3])}\n"
            f"Turn {turned} by 0.01 and follow the change, arrow by arrow, to E_3."
        )
    effect, is_all = round(after["E", 3] - before["E", 3], 9), turned == "all three"
    way = "up" if effect > 0 else "down"
    moves = f"moves {way} by {number(abs(effect))}" if effect else "does not move"
    head = f"{turned.capitalize()} turned by {number(turn)}: E_3 {moves}"
    alone = [*effects.values()][:3]
    if is_all and None in alone:
        return f"{head}\nNow turn each knob alone, and add up what they do."
    if is_all:
        total = f"{in_sum([round(value, 9) for value in alone])} = {number(round(sum(alone), 9))}"
        why = "The smaller the turn, the better the two agree."
        if not round(before["E", 3], 9):
            why = "Here E_3 is 0, its lowest value: every slope is zero, and nothing adds up."
        return f"{head}\nOne by one they move it by {total}. {why}"
    use = KNOBS[turned][0]
    row, t = ("S", use - 1) if weight == "W_s" else ("X", use)
    if after[row, t] == 0:
        return f"{head}\n{turned.capitalize()} multiplies {row}_{t} = 0, so nothing changes."
    chain = ", ".join(f"S_{t} by {number(round(after['S', t] - before['S', t], 9))}"
                      for t in range(use, 4)).replace(" by", " moves by", 1)  # fmt: skip
    return f"{head}\nThe change runs on: {chain}, and then Y_3 and E_3 move."


def terms(weight="W_s"):
    """∂E_3/∂W = term 1 + term 2 + term 3: bars of the terms and of their sum.

    `weight` is "W_s" or "W_x"; sliders for S_0 and W_s, a menu for g_1.
    """

    def parts_of(W_s, S_0, g_1):
        run = rnn.forward(X, S_0, rnn.Weights(W_x, W_s, W_y), g_1)
        parts = bptt.chain_rule_terms(run, d_3, at=3)
        back = parts.dE_dY * parts.dY_dS[1:] * parts.dS_da[1:]
        return back, run.S[:3] if weight == "W_s" else run.X[1:]

    def draw(width):
        stage = Stage(width, pictures.SumOfTerms.HEIGHT)
        bars = pictures.SumOfTerms(stage, weight, np.prod(parts_of(W_s, S_0, "identity"), axis=0))

        def update(S_0, W_s, g_1):
            back, met = parts_of(W_s, S_0, g_1)
            bars.show(back, met)
            return _terms_in_words(weight, back * met)

        return stage.figure, bars.live, update

    controls = {"S_0": slider(-4, 4, S_0, marks=(0,)), "W_s": slider(-2, 2, W_s, marks=(0,))}
    controls["g_1"] = activations()
    return Panel(f"the terms of ∂E_3/∂{weight} and their sum", controls, draw, main="S_0")


def _terms_in_words(weight, parts):
    parts = [round(part, 12) + 0 for part in parts]
    head = f"∂E_3/∂{weight} = {in_sum(parts)} = {number(sum(parts))}"
    zeros = [str(i) for i in (1, 2, 3) if parts[i - 1] == 0]
    listed, many = " and ".join(zeros).replace(" and ", ", ", len(zeros) - 2), len(zeros) > 1
    said = "All three" if len(set(np.sign(parts))) == 1 else "Not all"
    said = f"{said} terms pull in the same direction."
    if zeros:
        said = f"The term{'s' * many} i = {listed} {'are' if many else 'is'} exactly zero."
    return f"{head}\n{said} The dashed outlines are the worked example."

"""The panels of notebooks 03 and 04: the paths of a weight, one at a time, and their terms."""

from bptt_helpers import bptt, rnn
from bptt_course.figures import network, style
from bptt_course.figures.nb03_04_hidden_and_input_weight import PathSum, SumOfTerms
from bptt_course.panels.nb01_forward_pass import S_0, W_s, W_x, W_y, X, d_3
from bptt_course.panels.panel import Panel, activations, player, slider
from bptt_course.words import in_product, in_sum, number


def paths(weight="W_s"):
    """∂E_3/∂W = Σ_i ∂E_3/∂Y_3 · ∂Y_3/∂S_3 ··· ∂S_{i+1}/∂S_i · ∂⁺S_i/∂W,  one path at a time.

    A player walks back from Y_3: path 1 ends at S_3 (i = 3), path 2 at S_2, path 3 at S_1, and the
    last step shows all three with their sum. `weight` is "W_s" or "W_x"; sliders for W_s, S_0 and
    X_1, a menu for g_1. Returns the `Panel`.
    """
    figure, (top, bottom) = style.figure(9.2, 6.7, rows=2, height_ratios=(3.0, 2.2))
    diagram = network.Network(top, T=3, numbers=True)
    sums = PathSum(bottom, weight)

    def update(path, W_s, S_0, X_1, g_1):
        run = rnn.forward((X_1, *X[1:]), S_0, rnn.Weights(W_x, W_s, W_y), g_1)
        terms = bptt.chain_rule_terms(run, d_3, at=3)
        factors = {i: _factors(run, terms, weight, i) for i in (3, 2, 1)}
        walked = [4 - path] if path < 4 else [3, 2, 1]
        diagram.write(run, d_3)
        diagram.light([network.path(weight, i) for i in walked])
        sums.show(factors, getattr(terms, weight), down_to=max(4 - path, 1), is_done=path == 4)
        return _path_in_words(weight, path, factors, getattr(terms, weight))

    controls = {
        "path": player(1, 4, 4, interval=2500),
        "W_s": slider(-2, 2, W_s),
        "S_0": slider(-4, 4, S_0),
        "X_1": slider(-4, 4, X[0]),
        "g_1": activations(),
    }
    live = [*diagram.live, *sums.live]
    return Panel(f"the three paths of {weight}, one at a time", controls, figure, live, update)


def _factors(run, terms, weight, i):
    """∂E_3/∂Y_3, ∂Y_3/∂S_3, ∂S_3/∂S_2, ..., ∂⁺S_i/∂W as numbers, in this order."""
    with_ = run.S[i - 1] if weight == "W_s" else run.X[i]
    through = [bptt.state_jacobian(run, j, j - 1) for j in range(3, i, -1)]
    return [terms.dE_dY, terms.dY_dS[3], *through, terms.dS_da[i] * with_]


def _path_in_words(weight, path, factors, terms):
    if path == 4:
        total = number(terms[1:].sum())
        return (
            f"All paths together: ∂E_3/∂{weight} = {in_sum(terms[3:0:-1])} = {total}. "
            f"One weight, used three times: one term for each use."
        )
    i = 4 - path
    stops = ", ".join(f"S_{j}" for j in range(3, i - 1, -1))
    held = f"with S_{i - 1} held fixed" if weight == "W_s" else f"with X_{i}"
    product = " · ".join(in_product(value) for value in factors[i])
    words = (
        f"Path {path}: back from E_3 through Y_3, {stops} to the use of {weight} at i = {i}, "
        f"{held}: "
        f"{product} = {number(terms[i])}."
    )
    if path == 1:
        return words
    return f"{words} So far {in_sum(terms[3 : i - 1 : -1])} = {number(terms[i:].sum())}."


def terms(weight="W_s"):
    """∂E_3/∂W = term 1 + term 2 + term 3: bars of the terms and of their sum.

    `weight` is "W_s" or "W_x"; sliders for W_s and S_0, a menu for g_1. Returns the `Panel`.
    """
    figure, ax = style.figure(8, 4)
    bars = SumOfTerms(ax, weight)

    def update(W_s, S_0, g_1):
        run = rnn.forward(X, S_0, rnn.Weights(W_x, W_s, W_y), g_1)
        parts = getattr(bptt.chain_rule_terms(run, d_3, at=3), weight)[1:]
        bars.show(parts)
        words = f"∂E_3/∂{weight} = {in_sum(parts)} = {number(parts.sum())} (i = 1, 2, 3)."
        zeros = [str(i) for i in (1, 2, 3) if parts[i - 1] == 0]
        return words + _which_are_zero(zeros)

    controls = {"W_s": slider(-2, 2, W_s), "S_0": slider(-4, 4, S_0), "g_1": activations()}
    return Panel(f"the terms of ∂E_3/∂{weight} and their sum", controls, figure, bars.live, update)


def _which_are_zero(steps):
    if not steps:
        return ""
    if len(steps) == 1:
        return f" The term i = {steps[0]} is exactly zero."
    return f" The terms i = {', '.join(steps[:-1])} and {steps[-1]} are exactly zero."

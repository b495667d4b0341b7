"""The panels of notebook 07: one state, the same input X at every step, W_x = W_y = 1.

S_t = g_1(X + W_s S_{t-1}),  Y_t = S_t,  and d_T = Y_T - 1/2, so that ∂E_T/∂Y_T = 1 throughout:
what moves is the network's own doing.
"""

from functools import lru_cache

import numpy as np
from matplotlib.figure import Figure

from bptt_helpers import rnn
from bptt_course.figures import style
from bptt_course.figures.axes import log10
from bptt_course.figures.nb07_vanishing_exploding import FlowLine, FlowMap, Meters, TermBars
from bptt_course.panels.panel import Panel, activations, slider, whole_slider
from bptt_course.words import LARGEST, SMALLEST, number

GRID = np.linspace(-2.5, 2.5, 401)


def flow_back(W_s, T, S_0, X, g_1):
    """log10|∂S_T/∂S_k| = Σ_{j=k+1..T} log10(g_1'(a_j) |W_s|),  for one W_s or for an array of them.

    Returns `slopes`, g_1'(a_j) for j = T..1, `before`, S_{j-1} for j = T..1, and `log_flow` by lag
    T - k = 0..T: arrays with the steps in rows and the W_s in columns. Logarithms neither overflow
    nor underflow; -inf is a gradient of exactly 0.
    """
    g_1, S = rnn.activation(g_1), np.empty((T + 1, *np.shape(W_s)))
    S[0] = S_0
    with np.errstate(over="ignore"):
        for t in range(1, T + 1):
            S[t] = g_1(X + W_s * S[t - 1])
    slopes = g_1.slope(S[:0:-1])
    log_flow = np.zeros_like(S)
    log_flow[1:] = np.cumsum(log10(slopes * np.abs(W_s)), axis=0)
    return slopes, S[-2::-1], log_flow


@lru_cache(maxsize=8)
def _map(T, S_0, X, g_1):
    return flow_back(GRID, T, S_0, X, g_1)[2]


def gradient_flow():
    """|∂S_T/∂S_k| = Π_{j=k+1..T} g_1'(a_j) |W_s| against the lag T - k, and over W_s and the lag.

    Sliders for W_s, T, S_0 and the input X (the same at every step), a menu for g_1. Left the
    gradient on a log axis with its bound, right the map over all W_s with a marker at the slider's.
    Returns the `Panel`.
    """
    figure, (left, right) = style.figure(9.4, 4.4, columns=2, width_ratios=(1.25, 1))
    figure.get_layout_engine().set(rect=(0.025, 0, 0.975, 1))  # room for 10^-330
    line, map_ = FlowLine(left), FlowMap(right)

    def update(W_s, T, S_0, X, g_1):
        map_.show(GRID, _map(T, S_0, X, g_1))
        slopes, _, log_flow = flow_back(W_s, T, S_0, X, g_1)
        log_bound = _log_bound(W_s, T, g_1)
        line.show(log_flow, log_bound, (np.arange(T + 1) % 2 == 1) & (W_s < 0))
        map_.mark(W_s)
        return _flow_in_words(log_flow, slopes, W_s, T, g_1)

    controls = {
        "W_s": slider(-2.5, 2.5, 0.9, step=0.01),
        "T": whole_slider(2, 1000, 50),
        "S_0": slider(-3, 3, 0.5),
        "X": slider(-3, 3, 0),
        "g_1": activations(),
    }
    live = [*line.live, *map_.live]
    return Panel("the gradient that comes back, against lag", controls, figure, live, update)


def _log_bound(W_s, T, g_1):
    return np.concatenate(
        [[0.0], log10(rnn.ACTIVATIONS[g_1].steepest * abs(W_s)) * np.arange(1, T + 1)]
    )


def _flow_in_words(log_flow, slopes, W_s, T, g_1):
    factors = slopes * abs(W_s)
    if W_s == 0:
        return "W_s = 0: no state looks back. ∂S_T/∂S_k is exactly 0 from lag 1 on."
    if factors.all():
        words = [_regime(factors), _at_the_end(log_flow, T)]
    else:
        words = [_cut_off(factors, T, g_1)]
    if g_1 == "identity":
        slope = number(np.log10(abs(W_s)))
        words.append(
            f"The line is straight; its slope is log₁₀|W_s| = {slope} powers of ten a step."
        )
    elif factors.all():
        words.append(f"On the way g_1′ is {_from_to(slopes)}.")
    if W_s < 0 and factors[0] > 0:
        words.append("The sign changes with every step back.")
    return " ".join(words)


def _regime(factors):
    """Decay, constancy or growth, by what each step back multiplies by."""
    if factors.min() == factors.max() == 1:
        return "Constancy: each step back multiplies by 1."
    by = _from_to(factors)
    if factors.max() <= 1:
        return f"Decay: each step back multiplies by {by}."
    if factors.min() >= 1:
        return f"Growth: each step back multiplies by {by}."
    return f"Both: a step back multiplies by {by}, by less than 1 at some steps and more at others."


def _from_to(values):
    low, high = _exact(values.min()), _exact(values.max())
    return low if low == high else f"{low} to {high}"


def _exact(value):
    """The number; one that only rounds to 1 is told from 1."""
    said = number(value)
    if said != "1.00":
        return said
    closer = f"{value:.6f}".rstrip("0")
    return closer if closer != "1." else f"just {'below' if value < 1 else 'above'} 1"


def _cut_off(factors, T, g_1):
    lag = int(np.argmin(factors)) + 1
    words = (
        f"Cut off: from lag {lag} on ∂S_T/∂S_k is exactly 0, since {g_1} has slope 0 at step "
        f"{T - lag + 1}."
    )
    if lag == 1:
        return words
    return f"{words} Up to there each step back multiplies by {_from_to(factors[: lag - 1])}."


def _at_the_end(log_flow, T):
    if log_flow.max() > LARGEST:
        lag = int(np.argmax(log_flow > LARGEST))
        return (
            f"From lag {lag} on ∂S_T/∂S_k is larger than a double can hold (about 1.8e308): the "
            f"line leaves the axis."
        )
    if log_flow.min() < SMALLEST:
        lag = int(np.argmax(log_flow < SMALLEST))
        return (
            f"From lag {lag} on ∂S_T/∂S_k is smaller than a double can hold (about 4.9e−324): the "
            f"line leaves the axis."
        )
    return f"Back at S_0, {T} steps away, |∂S_T/∂S_0| = {number(10.0 ** log_flow[-1])}."


def terms_by_lag():
    """∂E_T/∂W_s = Σ_{i=1..T} ∂S_T/∂S_i · ∂⁺S_i/∂W_s  (∂E_T/∂S_T = 1),  term by term.

    Sliders for W_s, T, S_0 and the input X (the same at every step), a menu for g_1. Left the terms
    by lag as shares of the largest, right two meters: how much of them lies in the far half, and
    the total. Returns the `Panel`.
    """
    figure, axes = _bars_and_meters()
    bars = TermBars(axes["bars"], "Terms of $\\partial E_T/\\partial W_s$ by lag", far="far half")
    meters = Meters(axes["share"], axes["total"])

    def update(W_s, T, S_0, X, g_1):
        slopes, before, log_flow = flow_back(W_s, T, S_0, X, g_1)
        log_terms = log_flow[:-1] + log10(slopes * np.abs(before))
        signs = np.sign(before) * np.sign(W_s) ** np.arange(T)
        parts, log_largest = _parts(log_terms, signs)
        share, total = _share_of_far_half(parts), parts.sum() * 10.0**log_largest
        bars.show(parts, T - T // 2)
        meters.show(share, total, is_too_small=-np.inf < log_largest < SMALLEST)
        return _terms_in_words(log_terms, parts, share, total)

    controls = {
        "W_s": slider(-2.5, 2.5, 0.5, step=0.01),
        "T": whole_slider(2, 200, 50),
        "S_0": slider(-3, 3, 0.5),
        "X": slider(-3, 3, 1),
        "g_1": activations(),
    }
    live = [*bars.live, *meters.live]
    return Panel("the terms of ∂E_T/∂W_s by lag", controls, figure, live, update)


def _bars_and_meters():
    figure = Figure(figsize=(9.4, 4.2), dpi=100, layout="constrained")
    figure.get_layout_engine().set(rect=(0.03, 0, 0.97, 1))  # room for −1.00
    layout = [["bars", "share"], ["bars", "total"]]
    return figure, figure.subplot_mosaic(layout, width_ratios=(1.7, 1))


def _parts(log_terms, signs):
    """The terms over the largest |term|, and the logarithm of the latter (-inf: all are 0)."""
    log_largest = log_terms.max()
    if log_largest == -np.inf:
        return np.zeros_like(log_terms), log_largest
    return signs * 10.0 ** (log_terms - log_largest), log_largest


def _share_of_far_half(parts):
    """|terms| of the T // 2 largest lags over |terms| of all; nan if all are 0."""
    T, size = len(parts), np.abs(parts)
    return size[T - T // 2 :].sum() / size.sum() if size.any() else np.nan


def _terms_in_words(log_terms, parts, share, total):
    T = len(parts)
    if np.isnan(share):
        return (
            "All terms are exactly 0: each of them contains a factor 0 (a state, a slope or W_s), "
            "and so ∂E_T/∂W_s = 0."
        )
    if log_terms.max() < SMALLEST:
        return "Every term is smaller than a double can hold (about 4.9e−324)."
    lags = f"lags {T - T // 2} to {T - 1}" if T > 3 else f"lag {T - 1}"
    words = [
        f"∂E_T/∂W_s = {number(total)}.",
        f"Of the sum of all |terms|, the far half ({lags}) holds {number(100 * share)} %.",
    ]
    if share < 0.001:
        words.append("The far terms have vanished beside the near ones.")
    if share > 0.999:
        words.append("The near terms have vanished beside the far ones.")
    if np.ptp(parts) < 1e-9:
        return " ".join([*words, f"All {T} terms are equal."])
    lag = int(np.argmax(np.abs(parts) > 1 - 1e-9))
    farthest = _size(log_terms[-1])
    return " ".join(
        [*words, f"The largest |term| stands at lag {lag}; the farthest is {farthest}."]
    )


def _size(log_value):
    """A size in words, given its logarithm: 0.25, exactly 0, or too small for a double."""
    if log_value == -np.inf:
        return "exactly 0"
    return "smaller than a double can hold" if log_value < SMALLEST else number(10.0**log_value)

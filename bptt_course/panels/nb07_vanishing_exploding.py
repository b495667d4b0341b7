"""The panels of notebook 07: one state, the same input X at every step, W_x = W_y = 1.

S_t = g_1(X + W_s S_{t-1}),  Y_t = S_t,  and d_T = Y_T - 1/2, so that ∂E_T/∂Y_T = 1 throughout:
what moves is the network's own doing.
"""

from functools import lru_cache

import numpy as np

from bptt_helpers import rnn
from bptt_course.figures.axes import log10
from bptt_course.figures.nb07_heart import HEIGHT, HIGH, LOW, MORE, STEP, STOPS, TRACK, Heart
from bptt_course.figures.stage import NARROW, Stage
from bptt_course.panels.panel import Panel, activations, menu, playing, slider, whole_box
from bptt_course.words import LARGEST, SMALLEST, in_product, number, raised


def states(W_s, T, S_0, X, g_1):
    """S_t = g_1(X + W_s S_{t-1}), t = 0..T, in rows; a column for each W_s where there are many."""
    g_1, S = rnn.activation(g_1), np.empty((T + 1, *np.shape(W_s)))
    S[0] = S_0
    with np.errstate(over="ignore"):
        for t in range(1, T + 1):
            S[t] = g_1(X + W_s * S[t - 1])
    return S


def flow_back(S, W_s, g_1):
    """log10|∂S_T/∂S_k| = Σ_{j=k+1..T} log10(g_1'(a_j) |W_s|),  from the states of `states`.

    Returns `slopes`, g_1'(a_j) for j = T..1, `before`, S_{j-1} for j = T..1, and `log_flow` by lag
    T - k = 0..T, in rows. Logarithms neither overflow nor underflow; -inf is exactly 0.
    """
    slopes, log_flow = rnn.activation(g_1).slope(S[:0:-1]), np.zeros_like(S)
    with np.errstate(divide="ignore", invalid="ignore"):  # base 2 takes half the time of base 10
        np.cumsum(np.log2(slopes * np.abs(W_s)), axis=0, out=log_flow[1:])
    log_flow *= np.log10(2)
    return slopes, S[-2::-1], log_flow


@lru_cache(maxsize=8)  # of all panels on a page
def _at_every_stop(T, S_0, X, g_1):
    """The states and log10|∂S_T/∂S_0| at every stop of the slider; an overflow times 0 is 0."""
    S = states(STOPS, T, S_0, X, g_1)
    reach = flow_back(S, STOPS, g_1)[2][-1]
    return S, np.where(np.isnan(reach), -np.inf, reach)


SHOWN = ("what arrives", "terms of ∂E/∂W_s")
OPENING = (0.9, 50, "identity", 0, 0.5, SHOWN[0])  # W_s, T, g_1, X, S_0, show


def gradient_flow():
    """|∂S_T/∂S_k| = Π_{j=k+1..T} g_1'(a_j) |W_s|:  a gradient on its way back, for every W_s.

    A slider for W_s along the picture; T, g_1, the input X (the same at every step) and S_0; a menu
    that shows the terms of ∂E_T/∂W_s in place of the line.
    """

    def draw(width):
        stage = Stage(width, HEIGHT + MORE * (width <= NARROW))
        heart, seen = Heart(stage), {}

        def update(W_s, T, g_1, X, S_0, show):
            setting, is_first = (T, g_1, X, S_0), (W_s, T, g_1, X, S_0, show) == OPENING
            before = seen.get("setting", setting)
            if is_first or before != setting:
                heart.fan.forget(is_first or before[0] != T)
            seen["setting"] = setting
            S, reach = _at_every_stop(T, S_0, X, g_1)
            heart.landscape.show(reach)
            stop = np.flatnonzero(STOPS == W_s)
            S = S[:, stop[0]] if len(stop) else states(W_s, T, S_0, X, g_1)
            slopes, before, log_flow = flow_back(S, W_s, g_1)
            log_gain, places = log_flow[::-1], heart.places(T)
            sign = np.where((np.arange(T, -1, -1) % 2 == 1) & (W_s < 0), -1, 1)
            heart.letters.show(log_gain, sign)
            heart.halvings.show(log_gain, places)
            heart.landscape.mark(W_s)
            heart.show_terms(show == SHOWN[1])
            if show == SHOWN[0]:
                heart.fan.show(W_s, log_gain, sign, places)
                head = f"S_0 hears {heard(log_gain[0])}: {_formula(W_s, T, g_1, log_gain[0])}"
                return f"{head}\n{_flow_in_words(W_s, T, g_1, log_gain)}"
            parts, log_largest = _terms(W_s, slopes, before, log_flow)
            heart.terms.show(parts[::-1], places)
            return _sum_in_words(parts, log_largest)

        return stage.figure, heart.live, update

    W_s, T, g_1, X, S_0, show = OPENING
    controls = {
        "W_s": playing(slider(LOW, HIGH, W_s, STEP, marks=(-1, 0, 1)), ROUTE),
        "T": whole_box(2, 1000, T),
        "g_1": activations(g_1),
        "X": slider(-3, 3, X),
        "S_0": slider(-3, 3, S_0),
        "show": menu(SHOWN, show),
    }
    title = "a gradient on its way back"
    return Panel(title, controls, draw, main="W_s", track=(TRACK, TRACK), lines=3)


ROUTE = tuple(round(W, 2) for W in [*np.linspace(0.5, 1, 26), *[1] * 12, *np.linspace(1, 1.5, 26)])
FLOAT32 = np.log10([float(np.finfo("f4").smallest_subnormal), float(np.finfo("f4").max)])
LONGEST = 190  # letters of a sentence of two lines


def heard(log_gain):
    """A gain in words: 0.52 %, 117 times the error, nothing."""
    if log_gain == -np.inf:
        return "nothing, exactly 0"
    if log_gain > LARGEST:
        return "inf, more than a computer can hold"
    if log_gain < SMALLEST:
        return "0.0, less than a computer can hold"
    gain, power = 10**log_gain, "10" + raised(round(abs(log_gain)))
    if gain > 2:
        return f"{power if log_gain >= 6 else _rounded(gain)} times the error"
    if gain >= 0.999e-4:
        return f"{_two_figures(100 * gain) if gain < 0.0995 else number(100 * gain)} %"
    return f"1 part in {power if log_gain <= -6 else _rounded(1 / gain)}"


def _formula(W_s, T, g_1, log_gain):
    """∂S_T/∂S_0 with its numbers."""
    base = in_product(W_s)
    product = f"{base}^{T}" if g_1 == "identity" else f"the product of all g_1′(a_j) · {base}"
    if not SMALLEST < log_gain < LARGEST:
        value = "0" if log_gain == -np.inf else "0.0" if log_gain < 0 else "inf"
    else:
        power = int(np.floor(log_gain + 0.0022))  # 9.95 · 10 is written as 1.0 · 10²
        mantissa = f"{10 ** (log_gain - power):.1f} · 10{raised(power)}"
        size = number(10**log_gain) if abs(log_gain) < 4 else mantissa
        value = f"−{size}" if W_s < 0 and T % 2 == 1 else size
    return f"∂S_{T}/∂S_0 = {product} = {value}"


def _rounded(value):
    """117, 500 000: three figures at most."""
    if value < 100:
        return number(value)
    return f"{float(f'{value:.3g}'):,.0f}".replace(",", "\u202f")


def _two_figures(value):
    return number(float(f"{value:.2g}"))


def _flow_in_words(W_s, T, g_1, log_gain):
    """One or two sentences: what a step does, as a half-life, and why."""
    said, name = f"W_s = {number(W_s)}: ", "the sigmoid" if g_1 == "sigmoid" else g_1
    if W_s == 0:
        said += "no state depends on the one before it, so nothing comes back."
        return f"{said} It is exactly 0 from the first step on."
    if not np.isfinite(log_gain).all():
        k = int(np.flatnonzero(log_gain == -np.inf)[-1]) + 1
        said += f"the way back is cut at step {k}, where {name} has slope 0."
        return f"{said} Every step before that hears exactly 0."
    factors = 10 ** np.diff(log_gain[::-1])
    is_even, mean = np.ptp(factors) < 1e-9, 10 ** (log_gain[0] / T)
    if abs(log_gain[0]) < 1e-12 and is_even:
        said += "nothing is lost and nothing is added, however long the text is."
        said += " S_0 hears the error as loudly as the last letter does."
    else:
        said += _a_step(mean) + ("." if is_even else " on average.")
        if mean < 1:
            left = round(1000 * 10.0 ** log_gain[0])
            arrive = f"{left} arrive{'s' * (left == 1)}" if left else "not even one arrives"
            said += f" Of 1000 that leave, {arrive} at S_0."
    more = ["The sign flips at every step."] if W_s < 0 else []
    if not FLOAT32[0] < log_gain[0] < FLOAT32[1]:
        k = int(np.flatnonzero((log_gain < FLOAT32[0]) | (log_gain > FLOAT32[1]))[-1])
        more.append(f"In float32 it is {'inf' if mean > 1 else '0.0'} from S_{k} backwards.")
    if not is_even:
        low, high = (_two_figures(end) for end in (factors.min(), factors.max()) / np.abs(W_s))
        more.append(f"The slope of {name} is {low} to {high} on the way.")
    for sentence in more:
        said += f" {sentence}" if len(said) + len(sentence) < LONGEST else ""
    return said


def _a_step(mean):
    """What each step back does to the error, as a half-life where it takes more than a step."""
    steps = np.log(2) / abs(np.log(mean))
    every = _two_figures(steps)
    every = "at every step" if every == "1" else f"every {every} steps"
    if mean < 1:
        slow = f"half of the error is lost {every}"
        return slow if steps > 0.99 else f"each step back keeps only {_two_figures(100 * mean)} %"
    fast = f"each step back multiplies the error by {_two_figures(mean)}"
    return f"the error doubles {every}" if steps > 0.99 else fast


def _sum_in_words(parts, log_largest):
    """∂E_T/∂W_s as the sum of its terms, and which terms make up most of it; `parts` by lag."""
    T, sizes = len(parts), np.abs(parts)
    if not sizes.any():
        return "All terms are exactly 0, and so ∂E_T/∂W_s = 0."
    total = parts.sum() * 10.0**log_largest
    said = f"∂E_{T}/∂W_s = term 1 + ... + term {T} = {number(total)}\n"
    if np.ptp(sizes) < 1e-9:
        signs = "" if np.ptp(parts) < 1e-9 else ", and their signs alternate"
        return f"{said}All {T} terms have the same size{signs}."
    near = int(np.argmax(np.cumsum(sizes) >= 0.9 * sizes.sum())) + 1
    far = 100 * sizes[T - T // 2 :].sum() / sizes.sum()
    last = "the last term alone makes up" if near == 1 else f"the last {near} terms make up"
    return f"{said}Of all |terms|, {last} nine tenths; the earlier half, {_small(far)} %."


def _small(per_cent):
    """A share in per cent, written out: 0.000003."""
    tiny = f"{per_cent:.9f}".rstrip("0")[:12] if per_cent >= 1e-9 else "0"
    return tiny if per_cent < 0.01 else number(per_cent)


def _terms(W_s, slopes, before, log_flow):
    """The terms of ∂E_T/∂W_s by lag over the largest |term|, and its log10 (-inf: all are 0)."""
    log_terms = log_flow[:-1] + log10(slopes * np.abs(before))
    signs, log_largest = np.sign(before) * np.sign(W_s) ** np.arange(len(before)), log_terms.max()
    if log_largest == -np.inf:
        return np.zeros_like(log_terms), log_largest
    return signs * 10.0 ** (log_terms - log_largest), log_largest

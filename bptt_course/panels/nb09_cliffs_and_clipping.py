"""The panels of notebook 08: descent over the cliff, clipping, truncation, starts for W_s."""

from functools import lru_cache

import numpy as np

from bptt_helpers import bptt, rnn, training
from bptt_course import cliff, figures
from bptt_course.figures import style
from bptt_course.panels.panel import Panel, draws, log_slider, menu, player, slider, whole_slider
from bptt_course.words import number

# ---- The cliff ----------------------------------------------------------------------------------

STEPS = 40
GRID_S, GRID_X = np.linspace(3.8, 5.35, 311), np.linspace(-2.85, -1.55, 261)


@lru_cache(maxsize=1)
def _surface():
    return cliff.surface(*np.meshgrid(GRID_S, GRID_X))


@lru_cache(maxsize=16)
def _path(*settings):
    return cliff.descend(*settings, steps=STEPS)


def descent_over_cliff():
    """W ← W - η ∂E_50/∂W over the error cliff, plain and clipped, step by step.

    A player for the step; sliders for the threshold c of clipping, the learning rate η and the
    start (W_s, W_x); a menu for the way of clipping, by norm or by value. Left the surface from
    above with both paths, right E_50 and the norm of the gradient. Returns the `Panel`.
    """
    figure, ((left, top), (under, bottom)) = style.figure(10, 5.2, 2, 2, width_ratios=(1.2, 1))
    left.set_subplotspec(left.get_gridspec()[:, 0])
    under.remove()
    wall = np.array([4.6, GRID_S[-1]])
    drawn = figures.CliffMap(
        left, top, bottom, GRID_S, GRID_X, _surface(), (wall, cliff.wall(wall)), STEPS
    )

    def update(step, c, η, W_s, W_x, clip):
        free = _path(W_s, W_x, η)
        kept = _path(W_s, W_x, η, clip, c)
        drawn.show(_until(free, step), _until(kept, step), c)
        return _descent_in_words(free, kept, step, clip, c)

    controls = {
        "step": player(0, STEPS, STEPS, interval=300),
        "c": log_slider(-2, 2, 1),
        "η": slider(0.02, 1, 0.4, step=0.02),
        "W_s": slider(4, 5.2, 4.5, step=0.05),
        "W_x": slider(-2.7, -1.7, -1.9, step=0.05),
        "clip": menu(("by norm", "by value"), "by norm"),
    }
    return Panel("gradient descent over the error cliff", controls, figure, drawn.live, update)


def _until(path, step):
    return cliff.Path(*(values[: step + 1] for values in vars(path).values()))


def _descent_in_words(free, kept, step, clip, c):
    if step == 0:
        return (
            f"At the start E = {number(free.E[0])}, and the gradient has the norm "
            f"{number(free.norms[0])}. Press play, or move the step."
        )
    after = "After 1 step" if step == 1 else f"After {step} steps"
    words = [
        f"{after}: plain descent {_whereabouts(free, step)}.",
        f"Clipped {clip}, it {_whereabouts(kept, step)}.",
    ]
    if _is_same(free, kept, step):
        words.append("Nothing was clipped so far: the two are the same.")
    else:
        long = int(np.sum(kept.norms[:step] > c))
        words.append(f"At {long} of its steps the norm was above c.")
    return " ".join(words)


def _whereabouts(path, step):
    """Where a path stands after `step` steps, and which step has taken it off the map."""
    W_s, W_x, E, norm = path.W_s[step], path.W_x[step], path.E[step], path.norms[step]
    if not np.isfinite([W_s, W_x]).all():
        return "has weights that no number can hold"
    stands = f"stands at W_s = {number(W_s)}, W_x = {number(W_x)} with E = {number(E)}"
    if _is_on_map(W_s, W_x):
        return stands
    last = int(np.flatnonzero(_is_on_map(path.W_s[:step], path.W_x[:step]))[-1])
    slope = "exactly 0" if norm == 0 else f"of norm {number(norm)}"
    return (
        f"has left the map with step {last + 1} (a gradient of norm {number(path.norms[last])}); "
        f"now it {stands} and a gradient {slope}"
    )


def _is_same(one, other, step):
    return all(
        np.array_equal(a[: step + 1], b[: step + 1], equal_nan=True)
        for a, b in zip(vars(one).values(), vars(other).values(), strict=True)
    )


def _is_on_map(W_s, W_x):
    room = 1e-9
    in_s = (GRID_S[0] - room <= W_s) & (W_s <= GRID_S[-1] + room)
    return in_s & (GRID_X[0] - room <= W_x) & (W_x <= GRID_X[-1] + room)


# ---- Clipping -----------------------------------------------------------------------------------


def clipped_gradient():
    """A gradient (∂E/∂W_s, ∂E/∂W_x) clipped by norm and by value, with the angles of turning.

    Sliders for the two entries and for the threshold c. Arrows for the gradient and what clipping
    makes of it; the tip of the one stays within a circle, that of the other within a square.
    Returns the `Panel`.
    """
    figure, (left, right) = style.figure(9, 4.6, columns=2, width_ratios=(1.1, 1))
    arrows = figures.ClippedArrows(left, right)

    def update(dE_dW_s, dE_dW_x, c):
        g = (dE_dW_s, dE_dW_x)
        by_norm, length = training.clip_norm(g, c)
        by_value = training.clip_value(g, c)
        words = [
            f"gradient {_pair(g)}\n    length {number(length)}",
            f"by norm {_pair(by_norm)}\n    {_length_and_angle(by_norm, g)}",
            f"by value {_pair(by_value)}\n    {_length_and_angle(by_value, g)}",
        ]
        arrows.show((g, by_norm, by_value), words, c)
        return _clipping_in_words(g, by_value, c)

    controls = {
        "dE_dW_s": slider(-3, 3, 2.7),
        "dE_dW_x": slider(-3, 3, 0.9),
        "c": slider(0.5, 3, 1),
    }
    return Panel("a gradient, clipped in two ways", controls, figure, arrows.live, update)


def angle(one, other):
    """The angle between two vectors in degrees, arccos(u · v / ‖u‖ ‖v‖); 0 if one of them is 0."""
    u, v = np.ravel(one), np.ravel(other)
    lengths = np.linalg.norm(u) * np.linalg.norm(v)
    if lengths == 0:
        return 0.0
    return float(np.degrees(np.arccos(np.clip(np.dot(u, v) / lengths, -1, 1))))


def _pair(entries):
    return f"({', '.join(number(entry) for entry in entries)})"


def _turned(clipped, g):
    return number(round(angle(clipped, g), 1))


def _length_and_angle(clipped, g):
    return f"length {number(training.norm(clipped))}, turned by {_turned(clipped, g)}°"


def _clipping_in_words(g, by_value, c):
    length, largest = training.norm(g), max(map(abs, g))
    if length == 0:
        return "The gradient is 0: there is nothing to clip."
    words = f"The gradient has length {number(length)}, the threshold is c = {number(c)}."
    if length <= c:
        return f"{words} Neither way of clipping changes it."
    if largest <= c:
        return f"{words} Each entry is within it: by value nothing changes, by norm it does."
    turned = _turned(by_value, g)
    if turned == "0":
        return f"{words} Here both ways keep the direction."
    return f"{words} By norm it keeps its direction, by value it turns by {turned}°."


# ---- Truncation ---------------------------------------------------------------------------------

T = 30


def truncation_window():
    """∂E_T/∂W_s ≈ Σ_{i=T-k+1..T} ∂E_T/∂S_i · ∂⁺S_i/∂W_s:  a window of k against the exact sum.

    One state, T = 30, W_x = W_y = 1, S_0 = 1, and d_T = Y_T - 1/2, so that ∂E_T/∂Y_T = 1. Sliders
    for the window k, for W_s, for the size of the random inputs X and their seed; a menu for g_1.
    Left the terms by lag, right the truncated gradient against the window. Returns the `Panel`.
    """
    figure, (left, right) = style.figure(10, 4.3, columns=2)
    figure.get_layout_engine().set(wspace=0.08)  # room for the numbers beside the right axis
    bars, curve = figures.WindowTerms(left, T), figures.WindowCurve(right, T)

    def update(window, W_s, X, seed, g_1):
        by_lag = _terms(W_s, X, seed, g_1)
        truncated = np.cumsum(by_lag)
        bars.show(by_lag / (np.abs(by_lag).max() or 1), window)
        curve.show(truncated, window)
        return _window_in_words(truncated, window)

    controls = {
        "window": whole_slider(1, T, 5),
        "W_s": slider(-1.5, 1.5, 0.9, step=0.01),
        "X": slider(0, 3, 1),
        "seed": draws(1),
        "g_1": menu(("identity", "tanh", "sigmoid", "ReLU"), "identity"),
    }
    live = [*bars.live, *curve.live]
    return Panel("a window against the exact gradient", controls, figure, live, update)


@lru_cache(maxsize=8)
def _terms(W_s, X, seed, g_1):
    """The terms of ∂E_T/∂W_s by lag T - i = 0..T-1."""
    inputs = X * np.random.RandomState(seed).normal(size=T)
    run = rnn.forward(inputs, 1.0, rnn.Weights(1.0, W_s, 1.0), g_1)
    return bptt.chain_rule_terms(run, run.Y[T] - 0.5, at=T).W_s[:0:-1]


def _window_in_words(truncated, window):
    exact, own = truncated[-1], truncated[window - 1]
    kept = f"the last {window} of {T} terms" if window > 1 else f"the last of {T} terms"
    words = f"A window of {window} keeps {kept}: {number(own)}, and exact is {number(exact)}."
    if window == T:
        return f"A window of T = {T} keeps all terms: {number(exact)}, the exact gradient."
    if exact == 0:
        return f"{words} The exact gradient is 0, so there is no relative bias."
    bias = (own - exact) / abs(exact)
    words += f" The bias is {number(100 * bias)} %."
    if own * exact < 0:
        words += " Even the sign is wrong."
    within = np.abs(truncated - exact) <= 0.1 * abs(exact)
    enough = T - int(np.argmin(within[::-1])) + 1 if not within.all() else 1
    return f"{words} From a window of {enough} on, it stays within 10 %."


# ---- Starts -------------------------------------------------------------------------------------

N_S, FAR = 16, 40
INPUTS = ("any sign", "positive")


def starts():
    """The singular values of ∂S_40/∂S_k against the lag 40 - k, for three starts of W_s.

    Random, orthogonal and identity, each scaled to the spectral radius of a slider; 16 states,
    S_0 = 0, W_x = 1. Sliders for the lag, the size of the random inputs X and the seed; menus for
    g_1 and for the sign of the inputs. Returns the `Panel`.
    """
    figure, axes = style.figure(10, 4.6, columns=3, sharey=True)
    drawn = figures.Directions(axes, tuple(training.STARTS), FAR)

    def update(radius, X, lag, seed, g_1, inputs):
        found = {name: _flow(name, radius, X, seed, g_1, inputs) for name in training.STARTS}
        words = [
            f"{_kept(at_lag)} of {N_S} kept\nlargest factor {number(at_lag[0])}"
            for at_lag in (values[lag] for values, _ in found.values())
        ]
        drawn.show([values for values, _ in found.values()], words, lag)
        return _starts_in_words(found, lag)

    controls = {
        "radius": slider(0.5, 1.5, 1, step=0.01),
        "X": slider(0, 2, 0.1, step=0.05),
        "lag": whole_slider(0, FAR, 20),
        "seed": draws(),
        "g_1": menu(("identity", "tanh", "sigmoid", "ReLU"), "tanh"),
        "inputs": menu(INPUTS, "any sign"),
    }
    return Panel(
        "the gradient's directions after three starts", controls, figure, drawn.live, update
    )


@lru_cache(maxsize=24)
def _flow(name, radius, X, seed, g_1, inputs):
    """The singular values of ∂S_T/∂S_k for the lags 0..T, (T + 1, n_s), and the largest |S_t|."""
    random = np.random.RandomState(seed)
    W_s = training.with_spectral_radius(training.STARTS[name](N_S, random), radius)
    noise = np.random.RandomState(1000 + seed).normal(size=(FAR, N_S))
    X = X * (np.abs(noise) if inputs == "positive" else noise)
    run = rnn.forward(X, np.zeros(N_S), rnn.Weights(np.eye(N_S), W_s, np.ones((1, N_S))), g_1)
    products = [np.eye(N_S)]
    for t in range(FAR, 0, -1):
        products.append(products[-1] @ (run.g_1.slope(run.S[t])[:, None] * W_s))
    return np.linalg.svd(np.array(products), compute_uv=False), np.abs(run.S).max()


def _kept(values):
    """How many directions arrive with a tenth of their length or more."""
    return int(np.sum(values >= 0.1 * (1 - 1e-9)))


def _starts_in_words(found, lag):
    kept = ", ".join(f"{name} {_kept(values[lag])}" for name, (values, _) in found.items())
    largest = ", ".join(f"{name} {number(size)}" for name, (_, size) in found.items())
    steps = "1 step" if lag == 1 else f"{lag} steps"
    return (
        f"Of {N_S} directions, this many keep a tenth or more of the gradient over {steps}: "
        f"{kept}. The largest state |S_t| on the way: {largest}."
    )

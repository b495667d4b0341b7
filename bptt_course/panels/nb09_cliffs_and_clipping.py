"""The panels of notebook 09: descent over the cliff, and clipping."""

from functools import lru_cache

import numpy as np

from bptt_helpers import training
from bptt_course import cliff
from bptt_course.figures import axes
from bptt_course.figures.nb09_cliffs_and_clipping import CliffMap, ClippedArrows
from bptt_course.panels.panel import Panel, log_slider, menu, player, slider
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

    A slider for the step along the picture, which plays; sliders for the threshold c of clipping
    and the learning rate η; behind "more" the start (W_s, W_x) and the way of clipping, by norm or
    by value. Left the surface from above with both paths, right E_50 and the norm of the gradient.
    Returns the `Panel`.
    """
    wall = np.array([4.6, GRID_S[-1]])
    wall = wall, cliff.wall(wall)

    def draw(width):
        figure, (left, right) = axes.panes(width, 365, (1.2, 1), (330, 330))
        drawn = CliffMap(left, right, GRID_S, GRID_X, _surface(), wall, STEPS)

        def update(step, c, η, W_s, W_x, clip):
            free = _path(W_s, W_x, η)
            kept = _path(W_s, W_x, η, clip, c)
            drawn.show(_until(free, step), _until(kept, step), c)
            return _descent_in_words(free, kept, step, clip, c)

        return figure, drawn.live, update

    controls = {
        "step": player(0, STEPS, 0, interval=300),
        "c": log_slider(-2, 2, 1),
        "η": slider(0.02, 1, 0.4, step=0.02),
        "W_s": slider(4, 5.2, 4.5, step=0.05),
        "W_x": slider(-2.7, -1.7, -1.9, step=0.05),
        "clip": menu(("by norm", "by value"), "by norm"),
    }
    title = "gradient descent over the error cliff"
    return Panel(title, controls, draw, main="step", more=("W_s", "W_x", "clip"))


def _until(path, step):
    return cliff.Path(*(values[: step + 1] for values in vars(path).values()))


def _descent_in_words(free, kept, step, clip, c):
    if step == 0:
        return (
            f"At the start E = {number(free.E[0])}, and the gradient has the norm "
            f"{number(free.norms[0])}\nPress Play, or move the step."
        )
    after = "After 1 step" if step == 1 else f"After {step} steps"
    head = f"{after}: plain {_error(free, step)}, clipped {_error(kept, step)}"
    if _is_same(free, kept, step):
        return f"{head}\nNothing was clipped so far: the two are the same.{_thrown(free, step)}"
    long = int(np.sum(kept.norms[:step] > c))
    many = f"{long} step{'' if long == 1 else 's'}"
    return (
        f"{head}\nClipped {clip}: {many} with a norm above c.{_thrown(free, step)}"
        f"{_thrown(kept, step, 'Clipped')}"
    )


def _error(path, step):
    E = path.E[step]
    return f"E = {number(E)}" if np.isfinite(E) else "weights that no number can hold"


def _thrown(path, step, name="Plain"):
    """Which step has taken a path off the map, and what gradient is left there."""
    if _is_on_map(path.W_s[step], path.W_x[step]):
        return ""
    last = int(np.flatnonzero(_is_on_map(path.W_s[:step], path.W_x[:step]))[-1])
    norm = path.norms[step]
    left = "exactly 0" if norm == 0 else number(norm)
    return (
        f" {name}: off the map with step {last + 1}, by a gradient of norm "
        f"{number(path.norms[last])}; its norm now is {left}."
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

    Sliders for the threshold c, along the picture, and for the two entries. Arrows for the gradient
    and what clipping makes of it; the tip of the one stays within a circle, that of the other
    within a square. Returns the `Panel`.
    """

    def draw(width):
        figure, (left, right) = axes.panes(width, 365, (1, 1), (340, 220))
        arrows = ClippedArrows(left, right)

        def update(c, dE_dW_s, dE_dW_x):
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

        return figure, arrows.live, update

    controls = {
        "c": slider(0.5, 3, 1),
        "dE_dW_s": slider(-3, 3, 2.7),
        "dE_dW_x": slider(-3, 3, 0.9),
    }
    return Panel("a gradient, clipped in two ways", controls, draw, main="c")


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

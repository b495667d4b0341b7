"""The panels of notebook 09: descent over the cliff, and clipping."""

from functools import lru_cache

import numpy as np

from bptt_helpers import training
from bptt_course import cliff
from bptt_course.figures import axes
from bptt_course.figures.nb09_cliffs_and_clipping import CliffMap, ClippedArrows
from bptt_course.panels.panel import Panel, log_slider, menu, player, slider
from bptt_course.words import case, counted, number

STEPS = 40
GRID_S, GRID_X = np.linspace(3.8, 5.35, 311), np.linspace(-2.85, -1.55, 261)
_path = lru_cache(maxsize=16)(cliff.descend)


def descent_over_cliff():
    """W ← W - η ∂E_50/∂W over the error cliff, plain and clipped, step by step.

    Left the surface from above with both paths from (W_s, W_x), right E_50 and its gradient's norm.
    """
    surface, ridge = cliff.surface(*np.meshgrid(GRID_S, GRID_X)), np.array([4.6, GRID_S[-1]])
    seen = GRID_S, GRID_X, surface, (ridge, cliff.wall(ridge))

    def draw(width):
        figure, (left, right) = axes.panes(width, 365, (1.2, 1), (330, 330))
        drawn = CliffMap(left, right, *seen, STEPS)

        def update(step, c, η, W_s, W_x, clip):
            plain = _path(W_s, W_x, η, steps=STEPS).until(step)
            clipped = _path(W_s, W_x, η, clip, c, STEPS).until(step)
            drawn.show(plain, clipped, c)
            return _descent_in_words(plain, clipped, clip)

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


def _descent_in_words(plain, clipped, clip):
    step = len(plain.E) - 1
    if step == 0:
        return (
            f"At the start E = {number(plain.E[0])}, and the gradient has the norm "
            f"{number(plain.norms[0])}\nPress Play, or move the step."
        )
    head = f"After {counted(step, 'step')}: plain {_error(plain)}, clipped {_error(clipped)}"
    if np.array_equal(plain, clipped, equal_nan=True):
        said = "Nothing has been clipped so far: the two are the same."
        return f"{head}\n{said}{_thrown('Plain', plain)}"
    cut = counted(int(np.nansum(clipped.is_cut[:-1])), "step")
    thrown = _thrown("Plain", plain) + _thrown("Clipped", clipped)
    return f"{head}\nClipped {clip}: {cut} cut short.{thrown}"


def _error(path):
    E = path.E[-1]
    return f"E = {number(E)}" if np.isfinite(E) else "weights that no number can hold"


def _thrown(name, path):
    """Which step has taken a path off the map, and what gradient is left there."""
    weights = (GRID_S, path.W_s), (GRID_X, path.W_x)
    is_on_map = np.all([(grid[0] <= W) & (W <= grid[-1]) for grid, W in weights], axis=0)
    if is_on_map[-1]:
        return ""
    last = int(np.flatnonzero(is_on_map)[-1])
    left = "exactly 0" if path.norms[-1] == 0 else number(path.norms[-1])
    return (
        f" {name}: thrown off the map at step {last + 1} by a gradient of norm "
        f"{number(path.norms[last])}. Out there its norm is {left}."
    )


def clipped_gradient():
    """A gradient (∂E/∂W_s, ∂E/∂W_x) clipped by norm and by value, with the angles of turning.

    The one's tip stays within a circle, the other's within a square.
    """

    def draw(width):
        figure, (left, right) = axes.panes(width, 365, (1, 1), (340, 220))
        arrows = ClippedArrows(left, right)

        def update(c, dE_dW_s, dE_dW_x):
            g = dE_dW_s, dE_dW_x
            found = g, training.clip_norm(g, c)[0], training.clip_value(g, c)
            names = "gradient", "by norm", "by value"
            arrows.show(found, [_lines(*pair, g) for pair in zip(names, found, strict=True)], c)
            return _clipping_in_words(g, angle(found[2], g), c)

        return figure, arrows.live, update

    gradient = {"dE_dW_s": slider(-3, 3, 2.7), "dE_dW_x": slider(-3, 3, 0.9)}
    controls = {"c": slider(0.5, 3, 1), **gradient}
    return Panel("a gradient, clipped in two ways", controls, draw, main="c")


def angle(one, other):
    """The angle between two vectors in degrees, arccos(u · v / ‖u‖ ‖v‖); 0 if one of them is 0."""
    u, v = np.ravel(one), np.ravel(other)
    lengths = np.linalg.norm(u) * np.linalg.norm(v)
    return float(np.degrees(np.arccos(np.clip(np.dot(u, v) / lengths, -1, 1)))) if lengths else 0.0


def _lines(name, entries, g):
    turned = "" if entries is g else f", turned by {_degrees(angle(entries, g))}"
    length = f"    length {number(training.norm(entries))}{turned}"
    return f"{name} ({', '.join(map(number, entries))})", length


def _degrees(turn):
    return f"{number(round(turn, 1))}°"


def _clipping_in_words(g, turn, c):
    length, largest = training.norm(g), max(map(abs, g))
    if length == 0:
        return "The gradient is 0: there is nothing to clip."
    return f"The gradient has length {number(length)}, the threshold is c = {number(c)}. " + case(
        (length <= c, "Neither way of clipping changes it."),
        (largest <= c, "Each entry is within it: by value nothing changes, by norm it does."),
        (round(turn, 1) == 0, "Here both ways keep the direction."),
        (True, f"By norm it keeps its direction, by value it turns by {_degrees(turn)}."),
    )

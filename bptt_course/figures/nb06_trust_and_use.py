"""Figures of notebook 06: the error of a numerical gradient, and a path of descent."""

import numpy as np

from bptt_course.figures import style
from bptt_course.words import number


def plot_step_sizes(ax, h, errors):
    """The relative error of a numerical gradient over the step h, on log axes.

    `errors` maps the names of three methods, the crudest first, to their errors, one for each h; an
    error of exactly zero is drawn at the roundoff of a double, 2.2e-16.
    """
    looks = (("-.", "^", 3, 14), ("-", "o", 6, -24), ("--", "s", 11, 14))
    for (name, values), (dashes, marker, k, lift) in zip(errors.items(), looks, strict=True):
        shown = np.maximum(values, np.finfo(float).eps)
        ax.loglog(h, shown, dashes, marker=marker, color=style.INK, linewidth=2.5)
        look = {"fontsize": style.TEXT, "color": style.INK, "weight": "bold", "ha": "center"}
        ax.annotate(name, (h[k], shown[k]), (30, lift), textcoords="offset points", **look)
    style.dress(ax, x="step $h$ (smaller to the right)", y="relative error")
    ax.invert_xaxis()


class DescentMap:
    """Gradient descent seen twice: the path over a map of the error, and E after each step."""

    def __init__(self, left, right, W_s, W_x, E, most_steps):
        """`E[j, i]` is the error at W_x[j], W_s[i]: the slice of the surface that the map shows."""
        levels = [0.1, 1, 5, 10, 20, 50]
        left.contourf(W_s, W_x, E, [0, *levels], cmap="cividis_r", extend="max", alpha=0.55)
        lines = left.contour(W_s, W_x, E, levels, colors=style.QUIET, linewidths=0.8)
        left.clabel(lines, levels[1:], fontsize=10, fmt="%g")
        style.dress(left, "The path over $E_3$", "$W_s$", "$W_x$")
        style.dress(right, "$E_3$ after each step", "step", "$E_3$")
        right.set_yscale("log")
        right.set_xlim(-0.5, most_steps + 0.5)
        right.set_ylim(1e-8, 1e2)
        colour = style.COLOUR["E"]
        self._path = left.plot([], [], "-o", color=style.INK, ms=6, lw=1.5, gid="path")[0]
        self._start = left.plot([], [], "s", mfc="none", mec=colour, mew=2.5, ms=13)[0]
        self._errors = right.plot([], [], "-o", color=colour, ms=6, lw=2, gid="errors")[0]
        self._note = right.text(
            0.97, 0.96, "", transform=right.transAxes, ha="right", va="top", fontsize=style.TEXT
        )
        self.live = [self._path, self._start, self._errors, self._note]

    def show(self, W_s, W_x, E):
        """The weights before the first step and after each, and the errors there."""
        self._path.set_data(W_s, W_x)
        self._start.set_data(W_s[:1], W_x[:1])
        self._errors.set_data(np.arange(len(E)), np.maximum(E, 1e-300))
        self._note.set_text(f"before: {number(E[0])}\nafter: {number(E[-1])}")

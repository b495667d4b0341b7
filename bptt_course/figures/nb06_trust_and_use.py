"""Figures of notebook 06: the error of a numerical gradient, and a path of descent."""

import itertools

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection

from bptt_course.figures import axes, style
from bptt_course.figures.stage import Word, Words, change, px, tint, words
from bptt_course.words import number


@style.plain
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
    """Gradient descent seen twice: the path over a map of the error, and E after each step.

    The map belongs to one W_y. Its lines are those of one Y_3, the floor between them that of
    Y_3 = d_3, where E_3 = 0. A filled point lies above the floor's Y_3, a hollow one below.
    """

    LOWEST, HIGHEST = -8, 1  # decades of the axis of errors
    X, Y = (0, 0.7), (0.75, 1.35)  # room for every path of the slider

    def __init__(self, left, right, levels, most_steps):
        """`levels` are the errors, in rising order, for which the map has a line."""
        self._levels = levels
        style.dress(left, "", "$W_s$", "$W_x$")
        left.set(xlim=self.X, ylim=self.Y, xticks=[0, 0.2, 0.4, 0.6], yticks=[0.8, 1, 1.2])
        left.grid(False)
        shades = [tint(style.COLOUR["E"], 0.1 + 0.12 * k) for k in range(len(levels) + 1)]
        bands = [*shades[::-1], *shades]
        self._bands = left.add_collection(PolyCollection([], facecolors=bands, lw=0, gid="bands"))
        self._lines = left.add_collection(
            LineCollection([], colors=style.QUIET, lw=px(1), gid="lines")
        )
        self._floor = left.plot([], [], "--", color=style.INK, lw=px(2.5), gid="floor")[0]
        self._names = Words(left, 3)
        self._title = words(left, 0, 1.06, size=14, gid="title", transform=left.transAxes)
        style.dress(right, "", "step")
        right.set(xlim=(-0.5, most_steps + 0.5), ylim=(self.LOWEST, self.HIGHEST))
        axes.in_powers_of_ten(right.yaxis, range(self.LOWEST, self.HIGHEST + 1, 2))
        right.set_xticks(range(0, most_steps + 1, 5))
        words(right, 0, 1.06, "error $E_3$", 14, transform=right.transAxes)
        look = {"mec": style.INK, "mew": px(1.5), "ls": "none", "marker": "o", "ms": px(8)}
        self._ways, self._dots = [], []
        for ax, name, ink in ((left, "path", style.INK), (right, "errors", style.COLOUR["E"])):
            self._ways += ax.plot([], [], "-", color=ink, lw=px(2), gid=name, zorder=4)
            for face, side in ((style.INK, "above"), ("white", "below")):
                self._dots += ax.plot([], [], mfc=face, gid=f"{name} {side}", zorder=5, **look)
        self._start = left.plot([], [], "s", mfc="none", mec=style.INK, mew=px(2), ms=px(17))[0]
        sides = ["$Y_3$ above 6", "below 6"]
        axes.legend_above(
            right, self._dots[2:], sides, loc="lower right", bbox_to_anchor=(1.02, 0.97)
        )
        self._exits = axes.Exits(right, self.LOWEST, self.HIGHEST)
        self._zero = words(right, 0, self.LOWEST + 1, "below 10⁻⁸", 14, gid="zero")
        self.live = [
            self._bands, self._lines, self._floor, self._names, self._title, self._start,
            self._zero, *self._ways, *self._dots, *self._exits.live,
        ]  # fmt: skip

    def show(self, weights, E, is_above, W_s, lines):
        """The weights (W_x, W_s, W_y) before the first step and after each, the errors, the sides.

        `lines[j]` holds the W_x at the places `W_s`, for one Y_3 each, the floor in the middle.
        """
        middle, log_E, step = len(lines) // 2, axes.log10(E), np.arange(len(E))
        far = [np.full(len(W_s), -9.0), *lines, np.full(len(W_s), 9.0)]
        self._bands.set_verts(
            [
                np.column_stack([np.r_[W_s, W_s[::-1]], np.r_[low, high[::-1]]])
                for low, high in itertools.pairwise(far)
            ]
        )
        others = [*lines[:middle], *lines[middle + 1 :]]
        self._lines.set_segments([np.column_stack([W_s, line]) for line in others])
        self._floor.set_data(W_s, lines[middle])
        y, upper = self.Y[1] - 0.02, zip(self._levels, lines[middle + 1 :], strict=False)
        places = [(np.interp(-y, -line, W_s), f"{level:g}") for level, line in upper]
        self._names.show([Word(x, y, said, 13) for x, said in places])
        change(self._title, text=f"map for $W_y$ = {number(weights[-1][2])}; dashed: $E_3$ = 0")
        places = (weights[:, 1], weights[:, 0]), (step, axes.leaving(log_E))
        for k, (x, y) in enumerate(places):
            self._ways[k].set_data(x, y)
            for dots, chosen in zip(
                self._dots[2 * k : 2 * k + 2], (is_above, ~is_above), strict=True
            ):
                dots.set_data(x[chosen], y[chosen])
        self._start.set_data(weights[:1, 1], weights[:1, 0])
        self._exits.show(step, [log_E])
        gone = np.flatnonzero(log_E < self.LOWEST)
        self._zero.set_visible(len(gone) > 0)
        if len(gone):
            is_late = gone[0] > 10
            self._zero.set_x(gone[0] + (-0.5 if is_late else 0.5))
            self._zero.set_ha("right" if is_late else "left")

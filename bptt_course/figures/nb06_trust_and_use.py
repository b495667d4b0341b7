"""Figures of notebook 06: the error of a numerical gradient, and a path of descent."""

import itertools

import numpy as np
from matplotlib.collections import PolyCollection

from bptt_course.figures import axes, style
from bptt_course.figures.stage import Word, Words, px, tint
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
    """Descent seen twice: its path over a map of the error for one W_y, and E after each step."""

    X, Y = (0, 0.7), (0.75, 1.35)  # of the map: room for every path of the slider

    def __init__(self, left, right, levels, most_steps):
        """`levels` are the errors, in rising order, for which the map has a line."""
        self._levels, self.live = levels, (live := axes.Live())
        style.dress(left, "", "$W_s$", "$W_x$")
        left.set(xlim=self.X, ylim=self.Y, xticks=[0, 0.2, 0.4, 0.6], yticks=[0.8, 1, 1.2])
        left.grid(False)
        shades = [tint(style.COLOUR["E"], 0.1 + 0.12 * k) for k in range(len(levels) + 1)]
        look = {"facecolors": [*shades[::-1], *shades], "lw": 0, "gid": "bands"}
        self._bands = live.add(left.add_collection(PolyCollection([], **look)))
        self._lines = live.line(left, color=style.QUIET, lw=px(1), gid="lines")
        self._floor = live.line(left, "--", color=style.INK, lw=px(2.5), gid="floor")
        self._names, self._title = live.add(Words(left, 3)), live.add(Words(left, gid="title"))
        style.dress(right, "", "step")
        right.set(xlim=(-0.5, most_steps + 0.5), xticks=range(0, most_steps + 1, 5))
        axes.caption(right, "error $E_3$")
        self._decades = axes.Decades(right, live, -8, 1)
        look = {"lw": px(2), "mfc": style.INK, "mec": style.INK, "ms": px(9), "zorder": 4}
        self._path = live.line(left, "-o", color=style.INK, gid="path", **look)
        self._errors = live.line(right, "-o", color=style.COLOUR["E"], gid="errors", **look)
        self._start = live.line(left, "s", mfc="none", mec=style.INK, mew=px(2), ms=px(17))

    def show(self, weights, E, W_s, lines):
        """The `weights` and errors so far; for each level its W_x at places `W_s`."""
        middle, there_and_back = len(lines) // 2, np.r_[W_s, W_s[::-1]]
        ends = itertools.pairwise([0 * W_s, *lines, 0 * W_s + 9])
        bands = [np.column_stack([there_and_back, np.r_[low, high[::-1]]]) for low, high in ends]
        self._bands.set_verts(bands)
        self._lines.set_data(*axes.joined(W_s, np.delete(lines, middle, axis=0)))
        self._floor.set_data(W_s, lines[middle])
        y, places = self.Y[1] - 0.02, zip(self._levels, lines[middle + 1 :], strict=True)
        names = [Word(np.interp(-y, -line, W_s), y, f"{level:g}", 13) for level, line in places]
        self._names.show(names)
        title = f"dashed: $E_3$ = 0; map for $W_y$ = {number(weights[-1][2])}"
        self._title.show([axes.caption_word(self._title.axes, title)])
        self._path.set_data(weights[:, 1], weights[:, 0])
        self._decades.draw(np.arange(len(E)), (self._errors, axes.log10(E)))
        self._start.set_data(weights[:1, 1], weights[:1, 0])

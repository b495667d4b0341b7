"""What several figures share: limits in round steps, and bars that move."""

import math

import numpy as np
from matplotlib.collections import PolyCollection

from bptt_course.figures import style
from bptt_course.words import number

FIGURE_SPACE = "\u2007"  # as wide as a digit


def round_limit(values, least=1.0, steps=(1, 1.5, 2, 3, 5, 7.5, 10)):
    """The smallest of 1, 1.5, 2, 3, 5, 7.5, 10, ... that holds all finite |values| with some room.

    A limit in such steps changes seldom while a slider moves, so the picture does not jump; `steps`
    from 1 to 10 sets others.
    """
    values = np.abs(np.asarray(values, float))
    top = max(least, 1.15 * np.max(values[np.isfinite(values)], initial=0.0))
    power = 10.0 ** math.floor(math.log10(top))
    return next(k * power for k in steps if k * power >= top)


def set_limits(ax, x=None, y=None):
    """Set the limits that differ from those of `ax`; equal ones cost no new drawing."""
    if x is not None and tuple(ax.get_xlim()) != tuple(x):
        ax.set_xlim(x)
    if y is not None and tuple(ax.get_ylim()) != tuple(y):
        ax.set_ylim(y)


def keep_room(axis, digits=7):
    """Tick labels of one width, so that the frame of a panel has room for later ones."""
    axis.set_major_formatter(lambda value, _: number(value).rjust(digits, FIGURE_SPACE))


class Bars:
    """Bars that move: `show(heights)` sets them, with the number at the end of each.

    One collection for all bars and one text a bar, so that a redraw is quick. `limits=True` lets
    the y axis follow in steps of 1, 3, 10, ...: seldom, so that a bar is seen to grow.
    """

    def __init__(self, ax, places, colours, hatches=None, width=0.62, limits=True):
        self._ax, self._places, self._width, self._limits = ax, np.asarray(places), width, limits
        colours = [colours] * len(self._places) if isinstance(colours, str) else colours
        self._bars = ax.add_collection(
            PolyCollection(self._corners(np.zeros(len(self._places))), facecolors=colours, zorder=3)
        )
        self._texts = [
            ax.text(x, 0, "", ha="center", fontsize=style.TEXT, weight="bold", zorder=4)
            for x in self._places
        ]
        ground = ax.axhline(0, color=style.INK, linewidth=1)
        ax.set_xlim(self._places.min() - 0.6, self._places.max() + 0.6)
        self.live = [ground, self._bars, *self._texts]
        if limits:
            keep_room(ax.yaxis)
            self.live.append(ax.yaxis)

    def show(self, heights):
        """Bars of these heights; one that is not finite stays empty, and its number says so."""
        heights = np.asarray(heights, float)
        if self._limits:
            limit = round_limit(heights, steps=(1, 3, 10))
            set_limits(self._ax, y=(-limit if (heights < 0).any() else -0.1 * limit, limit))
        drawn = np.where(np.isfinite(heights), heights, 0)
        self._bars.set_verts(self._corners(drawn))
        room = 0.03 * self._ax.get_ylim()[1]
        for text, height, end in zip(self._texts, heights, drawn, strict=True):
            text.set_text(number(height))
            text.set_y(end + (room if end >= 0 else -room))
            text.set_verticalalignment("bottom" if end >= 0 else "top")

    def _corners(self, heights):
        left, right = self._places - self._width / 2, self._places + self._width / 2
        zero = np.zeros_like(heights)
        x = np.stack([left, left, right, right], axis=1)
        return np.stack([x, np.stack([zero, heights, heights, zero], axis=1)], axis=2)

"""What several figures share: limits in round steps, axes in powers of ten, bars that move.

A gradient of any size is drawn by its decimal logarithm on an even axis: a power of W_s is then a
straight line, and what no double can hold leaves the axis instead of breaking it.
"""

import math

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.ticker import FixedLocator

from bptt_course.figures import style
from bptt_course.words import number

FIGURE_SPACE = "\u2007"  # as wide as a digit
LARGEST = np.log10(np.finfo(float).max)  # 308.25: the largest double is 1.8e308
SMALLEST = np.log10(np.finfo(float).smallest_subnormal)  # -323.31: the smallest one is 4.9e-324
DECADES = {3: 1, 6: 2, 12: 4, 24: 8, 48: 16, 100: 50, 200: 100, 330: 100}  # half an axis: its ticks
OUTSIDE = 1e4  # decades: where a line goes that leaves the axis
RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


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


def power_of_ten(exponent):
    """10^exponent as an axis writes it; 10^0 is 1. Plain text, which is drawn more quickly."""
    return "1" if exponent == 0 else "10" + f"{exponent:g}".translate(RAISED)


def in_powers_of_ten(axis, exponents):
    """Ticks at these exponents on an even axis, written as powers of ten."""
    axis.set_major_locator(FixedLocator(exponents))
    axis.set_major_formatter(lambda exponent, _: power_of_ten(exponent))


def set_decades(ax, log_values):
    """A log axis from 10^-n to 10^n, 1 in the middle; n follows the values in few wide steps."""
    holdable = log_values[(log_values < LARGEST) & (log_values > SMALLEST)]
    reach = np.max(np.abs(holdable), initial=0.0)
    if holdable.size < log_values.size and np.isfinite(log_values).all():
        reach = LARGEST  # the line is seen on its way to where doubles end
    n = next(n for n in DECADES if n >= min(reach, 330))
    if tuple(ax.get_ylim()) != (-n, n):
        steps = n // DECADES[n]
        ax.set_ylim(-n, n)
        in_powers_of_ten(ax.yaxis, DECADES[n] * np.arange(-steps, steps + 1))


def leaving(log_values):
    """The logarithms, with what no double can hold (and zero) put far outside of the axis."""
    y = np.where(log_values > LARGEST, OUTSIDE, log_values)
    return np.where(log_values < SMALLEST, -OUTSIDE, y)


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

"""What several figures share: limits in round steps, axes in powers of ten, legends.

A gradient of any size is drawn by its decimal logarithm on an even axis: a power of W_s is then a
straight line, and what no double can hold leaves the axis instead of breaking it.
"""

import itertools

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator

from bptt_course.figures import style
from bptt_course.figures.stage import NARROW, points, px
from bptt_course.words import LARGEST, SMALLEST, raised

OUTSIDE = 1e4  # decades: where a line goes that leaves the axis
CIRCLE = np.exp(2j * np.pi * np.linspace(0, 1, 181))  # of radius 1, in the complex plane


def panes(width, height, ratios, heights, margins=(76, 52, 16, 36)):
    """A figure of `width` pixels and its axes: beside each other, or below each other if narrow.

    Wide, they share `height` pixels and have widths in these `ratios`; narrow, each has its own of
    the `heights`. `margins` are the pixels around each: left, bottom, right, top.
    """
    is_narrow = width <= NARROW
    whole = sum(heights) if is_narrow else height
    figure = Figure((width / 100, whole / 100), dpi=100, facecolor="white")
    left, bottom, right, top = margins
    ends = np.cumsum([0, *(heights if is_narrow else width * np.array(ratios) / sum(ratios))])
    found = []
    for start, end in itertools.pairwise(ends):
        x, y = (0, whole - end) if is_narrow else (start, 0)
        w, h = (width, end - start) if is_narrow else (end - start, height)
        place = (x + left) / width, (y + bottom) / whole
        size = (w - left - right) / width, (h - bottom - top) / whole
        found.append(figure.add_axes((*place, *size)))
    return figure, found


class Exits:
    """Arrowheads at the rim of axes from `low` to `high`, where lines leave them up or down."""

    def __init__(self, ax, low, high, name="exits"):
        self._low, self._high, self._room = low, high, 0.025 * (high - low)
        look = {"linestyle": "none", "markersize": px(13), "clip_on": False, "zorder": 6}
        self._up = ax.plot([], [], "^", color=style.LOUD, gid=f"{name} up", **look)[0]
        self._down = ax.plot([], [], "v", color=style.LOST, gid=f"{name} down", **look)[0]
        self.live = [self._up, self._down]

    def show(self, x, lines):
        """Each of the `lines` holds the values at the places `x`."""
        y = np.array(lines)
        up = self._up, y > self._high, self._high - self._room
        down = self._down, y < self._low, self._low + self._room
        for marks, is_out, height in (up, down):
            first = x[is_out.argmax(1)[is_out.any(1)]]
            points(marks, first, np.full(len(first), height))


def set_limits(ax, x=None, y=None):
    """Set the limits that differ from those of `ax`; equal ones cost no new drawing."""
    if x is not None and tuple(ax.get_xlim()) != tuple(x):
        ax.set_xlim(x)
    if y is not None and tuple(ax.get_ylim()) != tuple(y):
        ax.set_ylim(y)


def power_of_ten(exponent):
    """10^exponent as an axis writes it; 10^0 is 1. Plain text, which is drawn more quickly."""
    return "1" if exponent == 0 else "10" + raised(exponent)


def in_powers_of_ten(axis, exponents):
    """Ticks at these exponents on an even axis, written as powers of ten."""
    axis.set_major_locator(FixedLocator(exponents))
    axis.set_major_formatter(lambda exponent, _: power_of_ten(exponent))


def leaving(log_values):
    """The logarithms, with what no double can hold (and zero) put far outside of the axis."""
    y = np.where(log_values > LARGEST, OUTSIDE, log_values)
    return np.where(log_values < SMALLEST, -OUTSIDE, y)


def log10(values):
    """Decimal logarithms; that of 0 is -inf."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log10(values)


def against_lag(ax, title, T=None, pad=30):
    """Axes for a log quantity against the lags 0..T (None: T changes). Returns the line at 1."""
    style.dress(ax, title, "lag $T - k$ (steps back)", pad=pad)
    if T is None:
        ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    else:
        ax.set_xlim(-0.02 * T, 1.02 * T)
    return ax.axhline(0, color=style.INK, linewidth=1)


def legend_above(ax, lines, labels, **look):
    """The legend in one row between the axes and the title, which needs a pad of 26 or more."""
    small = {"fontsize": style.SMALL, "handlelength": 1.6, "handletextpad": 0.4}
    place = {"loc": "lower left", "bbox_to_anchor": (-0.06, 0.98), "ncols": len(labels)}
    ax.legend(lines, labels, frameon=False, **{**small, "columnspacing": 1.2, **place, **look})


def legend_beside(ax):
    """The legend to the right of the axes."""
    beside = {"loc": "center left", "bbox_to_anchor": (1, 0.5)}
    ax.legend(fontsize=style.TEXT, frameon=False, **beside)


def bar_corners(places, heights, width):
    """The corners of bars from 0 to their heights, (n, 4, 2), as a PolyCollection takes them."""
    left, right, zero = places - width / 2, places + width / 2, np.zeros_like(heights)
    corners = [[left, left, right, right], [zero, heights, heights, zero]]
    return np.transpose(corners, (2, 1, 0))

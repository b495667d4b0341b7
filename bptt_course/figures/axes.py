"""What several figures share: axes beside each other, the lines that change, axes in powers of ten.

A gradient of any size is drawn by its decimal logarithm on an even axis: a power of W_s is then a
straight line, and what no double can hold leaves the axis instead of breaking it.
"""

import itertools

import numpy as np

from bptt_course.figures import style
from bptt_course.figures.stage import NARROW, Stage, Word, fitted, points, px, words
from bptt_course.words import raised

SMALL = 420  # pixels of a picture that a phone shows
OUTSIDE = 1e4  # decades: where a line goes that no double can hold
CIRCLE = np.exp(2j * np.pi * np.linspace(0, 1, 181))  # of radius 1, in the complex plane


def panes(width, height, ratios, heights, margins=(76, 52, 16, 36)):
    """A figure of `width` pixels and its axes: beside each other, or below each other if narrow.

    Wide, they share `height` pixels, with widths in these `ratios`; narrow, each has its own of the
    `heights`. `margins` are the pixels around each: left, bottom, right, top.
    """
    (left, bottom, right, top), is_narrow, found = margins, width <= NARROW, []
    stage = Stage(width, sum(heights) if is_narrow else height)
    sizes = heights if is_narrow else width * np.array(ratios) / sum(ratios)
    for start, end in itertools.pairwise(np.cumsum([0, *sizes])):
        x0, x1 = (0, width) if is_narrow else (start, end)
        y0, y1 = (stage.height - end, stage.height - start) if is_narrow else (0, height)
        found.append(stage.axes(x0 + left, y0 + bottom, x1 - right, y1 - top))
        found[-1].clear()  # not bare
    return stage.figure, found


class Live(list):
    """The artists of a picture that change: what is made or added here is listed here."""

    def line(self, ax, *form, **look):
        """A line, or markers, without any points so far."""
        return self.add(ax.plot([], [], *form, **look)[0])

    def add(self, artist):
        """The same artist, now in the list."""
        self.append(artist)
        return artist


def caption(ax, said, x=0, size=14, ha="left", **look):
    """Words above the axes, from the share `x` of their width on; smaller if they need to be."""
    at, end = ax.bbox.x0 + x * ax.bbox.width, ax.figure.bbox.width - 2
    room = end - at if ha == "left" else 2 * min(at, end - at)
    size, y = fitted(Word(0, 0, said, size), room).size, 1 + 15 / ax.bbox.height
    words(ax, x, y, said, size, transform=ax.transAxes, ha=ha, **look)


def caption_word(ax, said, x=0):
    """The same as a `Word` on linear axes: one that changes; at x = 1 it ends there."""
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    place = left + x * (right - left), high + 15 * (high - low) / ax.bbox.height
    return Word(*place, said, 14, align="right" if x == 1 else "left")


class Exits:
    """Arrowheads at the rim of axes from `low` to `high`, where lines leave them up or down."""

    def __init__(self, ax, live, low, high, name="exits"):
        look = {"markersize": px(13), "clip_on": False, "zorder": 6}
        up = live.line(ax, "^", color=style.LOUD, gid=f"{name} up", **look)
        down = live.line(ax, "v", color=style.LOST, gid=f"{name} down", **look)
        room = 0.025 * (high - low)
        self._rims = (np.greater, high, up, high - room), (np.less, low, down, low + room)

    def show(self, x, rows):
        """A line at the places `x` in each row of the array `rows`."""
        for is_beyond, rim, marks, y in self._rims:
            out = is_beyond(rows, rim)
            first = x[out.argmax(axis=1)[out.any(axis=1)]]
            points(marks, first, np.full(len(first), y))


class Decades(Exits):
    """Axes for decimal logarithms from `low` to `high`, with arrowheads where lines leave them."""

    def __init__(self, ax, live, low, high, step=2, name="exits"):
        super().__init__(ax, live, low, high, name)
        ax.set_ylim(low, high)
        ticks = range(low, high + 1, step)
        ax.set_yticks(ticks, ["10" + raised(k) if k else "1" for k in ticks])

    def draw(self, x, *shown):
        """Pairs of a line and its logarithms at the places `x`; for several lines in one, rows."""
        for line, y in shown:
            y = np.clip(y, -OUTSIDE, OUTSIDE)
            line.set_data(*(joined(x, y) if y.ndim == 2 else (x, y)))
        self.show(x, np.vstack([y for _, y in shown]))


def joined(x, rows):
    """Several lines over the same `x` as one, which is drawn at once: x and y with gaps between."""
    gap = np.full((len(rows), 1), np.nan)
    return np.tile(np.append(x, np.nan), len(rows)), np.hstack([rows, gap]).ravel()


def log10(values):
    """Decimal logarithms; that of 0 is -inf."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log10(values)


def against_lag(ax, live, T, low, high, name="exits"):
    """`Decades` against the lags 0..T, with a line at 1."""
    style.dress(ax, x="lag $T - k$ (steps back)")
    ax.set_xlim(-0.02 * T, 1.02 * T)
    ax.axhline(0, color=style.INK, linewidth=1)
    return Decades(ax, live, low, high, name=name)


def legend_above(ax, lines, labels, **look):
    """The legend in one row above the axes, in a small picture up to their right end."""
    small = {"fontsize": style.SMALL, "handlelength": 1.6, "handletextpad": 0.4}
    place = {"loc": "lower left", "bbox_to_anchor": (-0.06, 0.98), "ncols": len(labels)}
    if ax.figure.bbox.width < SMALL:
        look |= {"loc": "lower right", "bbox_to_anchor": (1.05, 0.98)}
    ax.legend(lines, labels, frameon=False, **{**small, "columnspacing": 1.2, **place, **look})


def legend_beside(ax):
    """The legend to the right of the axes."""
    beside = {"loc": "center left", "bbox_to_anchor": (1, 0.5)}
    ax.legend(fontsize=style.TEXT, frameon=False, **beside)

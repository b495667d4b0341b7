"""Words, chips and arrows that change while a control moves: each kind is one collection.

Sizes are pixels; places are in the units of the axes.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.font_manager import FontProperties
from matplotlib.patches import BoxStyle
from matplotlib.path import Path
from matplotlib.textpath import TextPath

from bptt_course.figures import style
from bptt_course.figures.stage import px, shapes

FONTS = {
    bold: FontProperties(family="DejaVu Sans", weight="bold" if bold else 400) for bold in (0, 1)
}
MIDDLE = 0.36  # em from the foot of a digit to its middle, where the bar of a fraction is too


class Word(NamedTuple):
    """Words (mathematics between dollars) at a place, `align` is "left", "center" or "right"."""

    x: float
    y: float
    said: str
    size: float = 18
    colour: str = style.INK
    align: str = "center"
    bold: bool = False


class Chip(NamedTuple):
    """Bold words in a rounded box."""

    x: float
    y: float
    said: str
    ink: str = "#FFFFFF"
    paper: str = style.INK
    edge: str = style.INK
    size: float = 15


@lru_cache(maxsize=2048)
def _outline(said, align, bold):
    shape = TextPath((0, 0), said, size=1, prop=FONTS[bool(bold)])
    x = shape.vertices[:, 0] if len(shape.vertices) else np.zeros(1)
    shift = {"left": x.min(), "center": (x.min() + x.max()) / 2, "right": x.max()}[align]
    return Path(shape.vertices - [shift, MIDDLE], shape.codes), np.ptp(x)


def width_of(word):
    """The pixels that a `Word` takes from left to right."""
    return _outline(word.said, word.align, word.bold)[1] * word.size


class Words:
    """Words of one kind; `shown` holds them as they are now."""

    def __init__(self, ax, zorder=5, gid=None):
        self._shapes, self.shown = (
            shapes(ax, linewidths=0, zorder=zorder, gid=gid, clip_on=False),
            [],
        )
        self.live = [self._shapes]

    def show(self, words):
        """Show these (a list of `Word`) and no others."""
        words = [word for word in words if word.said]
        if words != self.shown:
            self.shown = words
            self._shapes.set_paths([_outline(w.said, w.align, w.bold)[0] for w in words])
            self._shapes.set_sizes([px(w.size) ** 2 for w in words])
            self._shapes.set_offsets([w[:2] for w in words] or np.empty((0, 2)))
            self._shapes.set_facecolor([w.colour for w in words])


class Chips:
    """Chips; `shown` holds them as they are now."""

    def __init__(self, ax, zorder=8, roundness=5, gid=None):
        self._boxes, self._roundness, self.shown = (
            shapes(ax, zorder=zorder, clip_on=False),
            roundness,
            [],
        )
        self._boxes.set(sizes=[px(1) ** 2], linewidths=px(2), gid=gid)
        self._words = Words(ax, zorder + 0.1)
        self.live = [self._boxes, *self._words.live]

    def show(self, chips):
        """Show these (a list of `Chip`) and no others."""
        if chips == self.shown:
            return
        self.shown = chips
        self._words.show([Word(c.x, c.y, c.said, c.size, c.ink, bold=True) for c in chips])
        self._boxes.set_paths([_box(c, self._roundness) for c in chips])
        self._boxes.set_offsets([c[:2] for c in chips] or np.empty((0, 2)))
        self._boxes.set(facecolor=[c.paper for c in chips], edgecolor=[c.edge for c in chips])


def _box(chip, roundness):
    width = _outline(chip.said, "center", True)[1] * chip.size + 12
    width, height = max(width, chip.size + 9), chip.size + 9
    box = BoxStyle.Round(pad=0, rounding_size=min(roundness, height / 2))
    return box(-width / 2, -height / 2, width, height, 1)


class Arrows:
    """Arrows as polygons: each is (tail, head, colour, width)."""

    def __init__(self, ax, zorder=1, gid=None):
        self._shapes = ax.add_collection(PolyCollection([], linewidths=0, zorder=zorder, gid=gid))
        self.shown, self.live = [], [self._shapes]

    def show(self, arrows):
        """Show these and no others."""
        if arrows != self.shown:
            self.shown = arrows
            self._shapes.set_verts([_arrow(*a[:2], a[3]) for a in arrows])
            self._shapes.set_facecolor([a[2] for a in arrows])


def _arrow(tail, head, width):
    tail, head = np.array(tail, float), np.array(head, float)
    along = (head - tail) / np.hypot(*(head - tail))
    across, long, wide = np.array([-along[1], along[0]]), 8 + 1.6 * width, 4 + width
    neck, half = head - long * along, width / 2
    return [tail + half * across, neck + half * across, neck + wide * across, head,
            neck - wide * across, neck - half * across, tail - half * across]  # fmt: skip


class Bars:
    """Blocks as rectangles: each is (left, bottom, right, top, colour, edge)."""

    def __init__(self, ax, zorder=3, gid=None, **look):
        look = {"linewidths": px(1.5)} | look
        self._shapes = ax.add_collection(PolyCollection([], zorder=zorder, gid=gid, **look))
        self.shown, self.live = [], [self._shapes]

    def show(self, bars):
        """Show these and no others."""
        if bars != self.shown:
            self.shown = bars
            self._shapes.set_verts(
                [[(x0, y0), (x1, y0), (x1, y1), (x0, y1)] for x0, y0, x1, y1, *_ in bars]
            )
            self._shapes.set_facecolor([bar[4] for bar in bars])
            self._shapes.set_edgecolor([bar[5] for bar in bars])


class Ring:
    """A ring around a place."""

    def __init__(self, ax, radius, zorder=3):
        self._ring = shapes(ax, facecolors="none", linewidths=px(4), zorder=zorder)
        self._ring.set(paths=[Path.unit_circle()], sizes=[px(radius) ** 2])
        self.live = [self._ring]
        self.shown = None

    def show(self, place, colour=style.INK):
        """Around this place, or nowhere (None)."""
        if (place, colour) != self.shown:
            self.shown = place, colour
            self._ring.set_offsets(np.empty((0, 2)) if place is None else [place])
            self._ring.set_edgecolor(colour)

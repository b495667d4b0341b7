"""A picture laid out in pixels, and what moves on it: words, chips, arrows, bars.

A panel is drawn at the width at which it is shown, so that no letter gets smaller than it was set.
Each kind of mark is one artist. Sizes are pixels; places are in the units of the axes.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import BoxStyle
from matplotlib.text import Text
from matplotlib.transforms import Affine2D

from bptt_course.figures import style
from bptt_course.figures.svg import text_line

WIDE = 1100  # pixels of an output of JupyterLab in a window of 1280, its side bar collapsed
NARROW = 860  # from here down the parts stand below each other
SHARE = {"left": 0, "center": 0.5, "right": 1}  # of a word's width, left of its place
MIDDLE = 0.36  # em from the foot of a digit to its middle, where the bar of a fraction is too


def px(pixels):
    """Pixels as points, the unit of fonts and lines."""
    return 0.72 * pixels


class Stage:
    """A figure of a fixed size in pixels, and axes on it by pixels: left, bottom, right, top."""

    def __init__(self, width, height):
        self.width, self.height, self.is_narrow = width, height, width <= NARROW
        self.figure = Figure((width / 100, height / 100), dpi=100, facecolor="white")

    def axes(self, left, bottom, right, top, x=None, y=None):
        """Bare axes; without `x`, `y` their units are pixels from their lower left corner."""
        w, h = self.width, self.height
        ax = self.figure.add_axes((left / w, bottom / h, (right - left) / w, (top - bottom) / h))
        ax.axis("off")
        ax.set_xlim(x or (0, right - left))
        ax.set_ylim(y or (0, top - bottom))
        return ax


def change(artist, **values):
    """Set only what differs: an artist that is set to the same again would be drawn again."""
    differing = {k: v for k, v in values.items() if getattr(artist, f"get_{k}")() != v}
    if differing:
        artist.set(**differing)


def points(line, x=(), y=()):
    """The points of a line; one without any is hidden, which spares its drawing."""
    if len(x) or line.get_visible():
        line.set(data=(x, y), visible=len(x) > 0)


def rgb(colour):
    """#RRGGBB as three numbers from 0 to 1."""
    return np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])


def tint(colour, share):
    """White paper with this share of the colour in it."""
    return tuple(share * rgb(colour) + 1 - share)


def words(ax, x, y, said="", size=14, **look):
    """A text whose size is in pixels, in ink."""
    look = {"color": style.INK, "va": "center", "transform": ax.transData} | look
    text = ax.add_artist(Text(x, y, said, fontsize=px(size), **look))
    text.set_clip_on(look.get("clip_on", False))
    return text


def lines(ax, colour, width, **look):
    """An empty collection of lines, `width` pixels wide."""
    return ax.add_collection(LineCollection([], colors=colour, linewidths=px(width), **look))


# ---- Marks: `show` takes all that is to be seen, `shown` holds it, `live` is the artist ----------


@lru_cache(maxsize=256)
def _font(size, is_bold):
    return FontProperties(family="DejaVu Sans", size=px(size), weight="bold" if is_bold else 400)


class Word(NamedTuple):
    """Words (mathematics between dollars) at a place, `align` is "left", "center" or "right".

    With a `paper` they stand in a box of this colour, with an `edge` and `corner`s of this radius.
    """

    x: float
    y: float
    said: str
    size: float = 18
    colour: str = style.INK
    align: str = "center"
    bold: bool = False
    paper: str | None = None
    edge: str = style.INK
    corner: float = 5

    @property
    def width(self):
        """Its pixels from left to right, without the paper."""
        return text_line(self.said, _font(self.size, self.bold), "$" in self.said, 100)[1]


def fitted(word, room):
    """The same word, smaller if it is wider than `room`, but not below 12 pixels."""
    half_pixels = int(2 * word.size * min(1, room / word.width))
    return word._replace(size=max(half_pixels / 2, 12))


def chip(x, y, said, colour=style.INK, size=15, **look):
    """Bold white words on a paper of this colour."""
    return Word(x, y, said, size, "#FFFFFF", "center", True, colour, **{"edge": colour} | look)


class Words(Artist):
    """Words of one kind."""

    def __init__(self, ax, zorder=5, gid=None):
        super().__init__()
        self.shown, self.live = [], [self]
        self.set(zorder=zorder, gid=gid)
        ax.add_artist(self).set_clip_on(False)

    def show(self, marks):
        """Show these and no others."""
        if marks != self.shown:
            self.shown, self.stale = marks, True

    def draw(self, renderer):
        """Write each word at its place."""
        self.stale = False
        seen = [word for word in self.shown if word.said] if self.get_visible() else []
        if not seen:
            return
        places = self.axes.transData.transform([word[:2] for word in seen]).tolist()
        gc, scale = renderer.new_gc(), self.figure.dpi / 100
        for word, (x, y) in zip(seen, places, strict=True):
            if word.paper is not None:
                gc.set_linewidth(px(2))
                gc.set_foreground(word.edge)
                box = _rounded(word.width, word.size + 9, word.corner)
                place = Affine2D.from_values(scale, 0, 0, scale, x, y)
                renderer.draw_path(gc, box, place, to_rgba(word.paper))
            gc.set_foreground(word.colour)
            x -= SHARE[word.align] * word.width * scale
            y -= MIDDLE * word.size * scale
            y = renderer.get_canvas_width_height()[1] - y if renderer.flipy() else y
            font, is_math = _font(word.size, word.bold), "$" in word.said
            renderer.draw_text(gc, x, y, word.said, font, 0, ismath=is_math)
        gc.restore()


@lru_cache(maxsize=256)
def _rounded(width, height, corner):
    width, box = max(width + 12, height), BoxStyle.Round(0, min(corner, height / 2))
    return box(-width / 2, -height / 2, width, height, 1)


class _Polygons(PolyCollection):
    """Marks that are polygons; `_face` and `_edge` are the places of the colours in a mark."""

    _face = _edge = 2

    def __init__(self, ax, zorder, gid=None, **look):
        super().__init__([], zorder=zorder, gid=gid, **look)
        self.shown, self.live = [], [self]
        ax.add_collection(self)

    def show(self, marks):
        """Show these and no others."""
        if marks != self.shown:
            self.shown = marks
            self.set_verts([self._corners(*mark) for mark in marks])
            self.set_facecolor([mark[self._face] for mark in marks])
            self.set_edgecolor([mark[self._edge] for mark in marks])


class Arrows(_Polygons):
    """Arrows: each is (tail, head, colour, width)."""

    def __init__(self, ax, zorder=1, gid=None):
        super().__init__(ax, zorder, gid, linewidths=0)

    def _corners(self, tail, head, _, width):
        tail, head = np.array(tail, float), np.array(head, float)
        along = (head - tail) / np.hypot(*(head - tail))
        across, long, wide = np.array([-along[1], along[0]]), 8 + 1.6 * width, 4 + width
        neck, half = head - long * along, width / 2
        return [tail + half * across, neck + half * across, neck + wide * across, head,
                neck - wide * across, neck - half * across, tail - half * across]  # fmt: skip


class Bars(_Polygons):
    """Blocks as rectangles: each is (left, bottom, right, top, colour, edge)."""

    _face, _edge = 4, 5

    def __init__(self, ax, zorder=3, gid=None, **look):
        super().__init__(ax, zorder, gid, **{"linewidths": px(1.5)} | look)

    def _corners(self, x0, y0, x1, y1, *_):
        return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]

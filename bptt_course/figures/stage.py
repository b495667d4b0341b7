"""A picture laid out in pixels, and glyphs as shapes: what panels are drawn on.

A panel is drawn at the width at which it is shown, so that no letter gets smaller than it was set.
Words that move are outlines in one collection: a `Text` is laid out anew whenever it is drawn.
"""

from functools import lru_cache

import numpy as np
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.textpath import TextPath
from matplotlib.transforms import IdentityTransform

from bptt_course.figures import style

WIDE = 1180  # pixels of a picture beside a JupyterLab prompt, in a window of 1366
NARROW = 860  # from here down the parts stand below each other


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


def rgb(colour):
    """#RRGGBB as three numbers from 0 to 1."""
    return np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])


def tint(colour, share):
    """White paper with this share of the colour in it."""
    return tuple(share * rgb(colour) + 1 - share)


@lru_cache(maxsize=256)
def glyph(character):
    """The outline of a letter, 1 em high; (0, 0) is the middle of an x."""
    return _outline(character, FontProperties(family="DejaVu Sans Mono", weight="bold"), foot=0.28)


@lru_cache(maxsize=256)
def label(words):
    """Words as one outline, 1 em high; (0, 0) is the middle of their foot."""
    return _outline(words, FontProperties(family="DejaVu Sans"), foot=0)


def _outline(words, font, foot):
    if not words.strip():
        return Path(np.zeros((1, 2)))
    outline = TextPath((0, 0), words, size=1, prop=font)
    middle = (outline.vertices[:, 0].min() + outline.vertices[:, 0].max()) / 2
    return Path(outline.vertices - [middle, foot], outline.codes)


def shapes(ax, **look):
    """An empty collection of outlines on `ax`: sizes in pixels squared, places in its units."""
    place = {"offsets": np.empty((0, 2)), "offset_transform": ax.transData}
    found = ax.add_collection(PathCollection([], **place, **look))
    found.set_transform(IdentityTransform())
    return found


def block(width, height):
    """A letter seen from afar."""
    x, low, high = width / 2, -0.28 * height, 0.5 * height
    return Path([(-x, low), (x, low), (x, high), (-x, high), (-x, low)], closed=True)


def on_its_head(shape):
    """The same letter upside down: it arrives with the other sign."""
    return Path(shape.vertices * [1, -1], shape.codes)


def words(ax, x, y, said="", size=14, **look):
    """A text whose size is in pixels, in ink."""
    return ax.text(x, y, said, fontsize=px(size), **{"color": style.INK, "va": "center"} | look)

"""Text from kept pixels: each word and each digit is set once, not anew whenever it is drawn."""

import re
from collections import namedtuple
from functools import lru_cache

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg

ROOM = 8  # pixels around a word, for what overhangs
BETWEEN = mpl.__version_info__ >= (3, 11)  # before, letters lie on whole pixels
# Formulas, digits (numbers change while a slider moves), words, spaces.
PARTS = re.compile(r"\$[^$]*\$|\d|[^\d\s$]+|\s+|\$")


# The ink of each pixel, 0 to 255; the pen starts `ROOM` from the left and `up` from the top.
Letters = namedtuple("Letters", "ink up width ascent descent")


class Canvas(FigureCanvasAgg):
    """A canvas whose texts are drawn from kept pixels."""

    _drawn_on = None

    def get_renderer(self):
        """The renderer of this size."""
        size = (*self.get_width_height(), self.figure.dpi)
        if self._drawn_on != size:
            self.renderer, self._drawn_on = Renderer(*size), size
        return self.renderer


class Renderer(RendererAgg):
    """matplotlib's renderer, but for level texts."""

    def draw_text(self, gc, x, y, s, prop, angle, ismath=False, mtext=None):
        """Draw a text at whole pixels; one that is turned, as matplotlib does."""
        if angle % 360:
            return super().draw_text(gc, x, y, s, prop, angle, ismath, mtext)
        *colour, alpha = gc.get_rgb()
        alpha = 1 if gc.get_forced_alpha() else alpha  # which the renderer lays on the whole image
        image, down = _coloured(s, prop, bool(ismath), self.dpi, (*colour, alpha))
        self.draw_image(gc, round(x) - ROOM, int(self.height) - round(y) - down, image)

    def get_text_width_height_descent(self, s, prop, ismath):
        """The size of a text, as the sum of its parts."""
        found = _line(s, prop, bool(ismath), self.dpi)
        return found.width, found.ascent + found.descent, found.descent


@lru_cache(maxsize=512)
def _coloured(said, font, is_math, dpi, colour):
    """The text as RGBA, its lowest row first, and how many rows lie below the pen."""
    line = _line(said, font, is_math, dpi)
    image = np.empty((*line.ink.shape, 4), np.uint8)
    image[...] = np.round(255 * np.array(colour))
    image[:, :, 3] = np.round(line.ink * colour[3])
    return image[::-1], len(line.ink) - line.up


@lru_cache(maxsize=512)
def _line(said, font, is_math, dpi):
    placed, pen = [], 0.0
    for part in PARTS.findall(said) or [""]:
        x, half = divmod(round(2 * pen), 2) if BETWEEN else (round(pen), 0)
        placed.append((x, lettered(part, font, is_math and part[:1] == "$", dpi, half / 2)))
        pen += placed[-1][1].width
    up, ascent, descent = (max(part[k] for _, part in placed) for k in (1, 3, 4))
    ink = np.zeros((up + max(len(p.ink) - p.up for _, p in placed), int(pen) + 3 * ROOM), np.uint8)
    for x, part in placed:
        rows, columns = part.ink.shape
        place = ink[up - part.up :, x:][:rows, :columns]
        np.maximum(place, part.ink, out=place)
    return Letters(ink, up, pen, ascent, descent)


@lru_cache(maxsize=4096)
def lettered(said, font, is_math, dpi, shift):
    """A part as matplotlib draws it, unhinted: hinted letters change their shape with the size."""
    with mpl.rc_context({"text.hinting": "none"}):
        paper = RendererAgg(1, 1, dpi)
        width, height, descent = paper.get_text_width_height_descent(said, font, is_math)
        up = int(np.ceil(height - descent)) + ROOM
        size = int(np.ceil(width)) + 2 * ROOM, up + int(np.ceil(descent)) + ROOM
        paper = RendererAgg(*size, dpi)
        foot = up
        if not (BETWEEN or is_math):  # matplotlib adds the descent, and rounds: now up, now down
            foot += np.floor(height) - np.floor(height - descent) - descent
        paper.draw_text(paper.new_gc(), ROOM + shift, foot, said, font, 0, is_math)
    ink = np.array(paper.buffer_rgba())[:, :, 3]
    return Letters(ink, up, width, height - descent, descent)

"""A figure kept in layers, so that a move of a slider draws in milliseconds what it changes."""

import struct
import zlib

import numpy as np
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from bptt_course.figures.lettering import Canvas


class Picture:
    """A `figure` in three layers: what never changes, what stands still now, what moves now.

    `live` lists the artists that may change; they stand above everything else, in the order of
    their zorder. A change of anything else (a limit, a title) is noticed: it costs a full drawing.
    """

    def __init__(self, figure, live):
        self.figure, self._canvas = figure, Canvas(figure)
        for artist in live:
            artist.set_animated(True)
            artist.set_zorder(artist.get_zorder() + 100)
        self.live = sorted(live, key=lambda artist: artist.get_zorder())
        # figure.bbox may end at 919.9999, and the last row and column would not be copied.
        self._whole = Bbox.from_bounds(0, 0, *self.size())
        self._fixed = self._still = self._mover = None
        self._moved, self._moving, self._above, self.packer = set(), set(), {}, Packer()

    def size(self):
        """Width and height in pixels."""
        return self._canvas.get_width_height()

    def pixels(self, mover=None):
        """The picture as it is now, RGBA; `mover` tells apart what makes it change.

        The artists that one and the same mover has changed so far are taken to move again.
        """
        if self._fixed is None or self.figure.stale:
            self._draw_fixed()
        if mover is not self._mover:
            self._mover, self._moved = mover, set()
        moving = self._moving_now()
        if self._still is None or moving != self._moving:
            self._moving = moving
            self._canvas.restore_region(self._fixed)
            self._draw(artist for artist in self.live if artist not in moving)
            self._still = self._canvas.copy_from_bbox(self._whole)
        self._canvas.restore_region(self._still)
        self._draw(artist for artist in self.live if artist in moving)
        self.figure.stale = False
        return self._canvas.buffer_rgba()

    def fine(self, check=lambda: None, scale=2):
        """The picture as it is now at `scale` pixels to one, RGBA; the layers stay as they are.

        `check` is called before each stroke; what it raises ends the drawing.
        """
        figure, canvas = self.figure, self._canvas
        try:
            figure.dpi *= scale
            finer = Canvas(figure)
            renderer = finer.get_renderer()
            new_gc = renderer.new_gc
            renderer.new_gc = lambda: check() or new_gc()
            finer.draw()
            for artist in self.live:
                artist.draw(renderer)
            return np.array(finer.buffer_rgba())
        finally:
            figure.dpi /= scale
            figure.set_canvas(canvas)
            renderer.__init__(1, 1, figure.dpi)  # texts keep it, but not its pixels
            for artist in self.live:
                artist.stale = False
            figure.stale = False

    def _draw_fixed(self):
        self._canvas.draw()  # leaves out animated artists
        self.figure.set_layout_engine("none")  # the frame stays where it is from now on
        self._fixed = self._canvas.copy_from_bbox(self._whole)
        self._above = {
            lower: {upper for upper in self.live[k + 1 :] if _may_overlap(lower, upper)}
            for k, lower in enumerate(self.live)
        }
        self._still, self.figure.stale = None, False

    def _moving_now(self):
        """What this mover has changed so far, and what may lie over that."""
        self._moved.update(artist for artist in self.live if artist.stale)
        return self._moved.union(*(self._above[artist] for artist in self._moved))

    def _draw(self, artists):
        for artist in artists:
            artist.draw(self._canvas.renderer)
            artist.stale = False  # one that is hidden or empty would stay stale


def _may_overlap(one, other):
    """Two texts never overlap in a picture that can be read, and axes beside each other neither."""
    if isinstance(one, Text) and isinstance(other, Text):
        return False
    if one.axes is None or other.axes is None:
        return True
    return one.axes.bbox.overlaps(other.axes.bbox)


class Packer:
    """Packs one picture after another as a PNG, and of each only the strips that have changed."""

    ROWS = 16  # of a strip; one that fits the processor's cache is also packed more quickly

    def __init__(self):
        self._before, self._rows, self._strips = None, None, []

    def png(self, pixels):
        """RGBA pixels (height, width, 4) as the bytes of an RGB PNG, packed quickly, not tightly.

        The rows are stored unfiltered, which suits flat colours and takes half of Pillow's time.
        """
        pixels = np.asarray(pixels)
        height, width, _ = pixels.shape
        starts = range(0, height, self.ROWS)
        if self._before is None or self._before.shape != pixels.shape:
            self._strips, has_changed = [None] * len(starts), np.ones(height, bool)
            self._rows = np.zeros((height, 1 + 3 * width), np.uint8)  # a row's first 0: no filter
        else:
            has_changed = (pixels.view(np.uint32) != self._before.view(np.uint32)).any((1, 2))
        self._before = pixels.copy()
        for k, start in enumerate(starts):
            rows = slice(start, start + self.ROWS)
            if has_changed[rows].any():
                for channel in range(3):
                    self._rows[rows, 1 + channel :: 3] = pixels[rows, :, channel]
                packer = zlib.compressobj(1, wbits=-zlib.MAX_WBITS)
                strip = packer.compress(self._rows[rows])
                self._strips[k] = strip + packer.flush(zlib.Z_FULL_FLUSH)
        check = struct.pack(">I", zlib.adler32(self._rows))
        data = b"\x78\x01" + b"".join(self._strips) + b"\x03\x00" + check  # an empty last block
        size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)  # 8 bits a channel, RGB
        chunks = _chunk(b"IHDR", size), _chunk(b"IDAT", data), _chunk(b"IEND", b"")
        return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

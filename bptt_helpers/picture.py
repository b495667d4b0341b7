"""A figure that is redrawn in a few milliseconds while a slider moves.

The canvas is kept in layers, and only the artists that the moving slider changes are drawn anew.
"""

import struct
import zlib

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text


class Picture:
    """A `figure` in three layers: what never changes, what stands still now, what moves now.

    `live` lists the artists that may change; they stand above everything else, among themselves in
    the order of their zorder. A change of anything else (a limit, a title, a label) is noticed, and
    costs a full drawing.
    """

    def __init__(self, figure, live):
        self.figure, self._canvas = figure, FigureCanvasAgg(figure)
        for artist in live:
            artist.set_animated(True)
            artist.set_zorder(artist.get_zorder() + 100)
        self.live = sorted(live, key=lambda artist: artist.get_zorder())
        self._fixed = self._still = self._mover = None
        self._moving, self._above = set(), {}

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
            self._mover, self._moving, self._still = mover, set(), None
        moving = self._moving | self._changed_or_above()
        if self._still is None or moving != self._moving:
            self._moving = moving
            self._canvas.restore_region(self._fixed)
            self._draw(artist for artist in self.live if artist not in moving)
            self._still = self._canvas.copy_from_bbox(self.figure.bbox)
        self._canvas.restore_region(self._still)
        self._draw(artist for artist in self.live if artist in moving)
        return self._canvas.buffer_rgba()

    def _draw_fixed(self):
        self._canvas.draw()  # leaves out animated artists
        self.figure.set_layout_engine("none")  # the frame stays where it is from now on
        self._fixed = self._canvas.copy_from_bbox(self.figure.bbox)
        self._above = {
            lower: {upper for upper in self.live[k + 1 :] if _may_overlap(lower, upper)}
            for k, lower in enumerate(self.live)
        }
        self._still, self.figure.stale = None, False

    def _changed_or_above(self):
        """The artists that are not as they were drawn last, and those that may lie over them."""
        changed = {artist for artist in self.live if artist.stale}
        return changed.union(*(self._above[artist] for artist in changed))

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


def png(pixels):
    """RGBA pixels (height, width, 4) as the bytes of an RGB PNG, packed quickly, not tightly.

    The rows are stored unfiltered, which suits flat colours and takes half of Pillow's time.
    """
    pixels = np.asarray(pixels)
    height, width, _ = pixels.shape
    rows = np.zeros((height, 1 + 3 * width), np.uint8)  # a row starts with 0: no filter
    for channel in range(3):
        rows[:, 1 + channel :: 3] = pixels[:, :, channel]
    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)  # 8 bits a channel, RGB
    parts = [(b"IHDR", size), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in parts)


def _chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

"""A figure in two layers, so that a move of a slider draws in milliseconds what it changes."""

import base64
import io

from bptt_course.figures.svg import Renderer

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" style="display: block">{}</svg>'


class Picture:
    """A `figure` in two layers: what stands still, and above it what may change.

    `live` lists the artists that may change; they stand above everything else, in the order of
    their zorder. A change of anything else (a limit, a title) is noticed: it costs a full drawing.
    """

    def __init__(self, figure, live):
        self.figure = figure
        for artist in live:
            artist.set_animated(True)
            artist.set_zorder(artist.get_zorder() + 100)
        self.live = sorted(live, key=lambda artist: artist.get_zorder())
        self._still, self._kept, self._renderer = None, {}, Renderer(*self.size(), figure.dpi)

    def size(self):
        """Width and height in pixels."""
        return self.figure.canvas.get_width_height()

    def layers(self):
        """What stands still, as an image's address, and what moves, as markup; both are SVG."""
        if self._still is None or self.figure.stale:
            still = base64.b64encode(self._framed(self._drawn(self.figure)).encode())
            self._still = f"data:image/svg+xml;base64,{still.decode()}"
            self._kept.clear()
        for artist in self.live:
            if artist.stale or artist not in self._kept:
                self._kept[artist] = self._drawn(artist)
        return self._still, self._framed("".join(map(self._kept.get, self.live)))

    def png(self, scale=1):
        """The bytes of a PNG of `scale` pixels to one."""
        self.layers()  # of what this draws, nothing is stale afterwards
        file = io.BytesIO()
        self.figure.savefig(file, dpi=scale * self.figure.dpi, metadata={"Software": None})
        self.figure.stale = False
        return file.getvalue()

    def _drawn(self, artist):
        artist.draw(self._renderer)  # of a figure, what is not animated
        artist.stale = False  # one that is hidden or empty would stay stale
        return self._renderer.taken()

    def _framed(self, markup):
        width, height = self.size()
        return SVG.format(10 * width, 10 * height, markup)

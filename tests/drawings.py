"""What a panel shows and says: its artists by name, its pixels, its numbers."""

import base64
import contextlib
import copy
import html
import re
from xml.etree import ElementTree

import matplotlib as mpl
import matplotlib.style
import numpy as np
import pytest
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_rgba
from matplotlib.font_manager import FontProperties
from matplotlib.mathtext import MathTextParser
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Bbox

from bptt_helpers import rnn


def said(panel):
    """The sentence without its markup: W<sub>s</sub> reads W_s again."""
    text = re.sub(r"<sub>(\w+)</sub>", r"_\1", panel.sentence.value)
    text = re.sub(r"<sup>(\w+)</sup>", r"^\1", text)
    return html.unescape(re.sub(r"<[^>]*>", "", text)).replace("\u00a0", " ")


def numbers(words):
    """The numbers in some words, in order: "−8 + 2.5e3" holds -8 and 2500."""
    return [float(n.replace("−", "-")) for n in re.findall(r"−?\d+(?:\.\d+)?(?:e[-−]?\d+)?", words)]


def last_number(words, symbol):
    """The last number of the clause that starts with `symbol =`: 7 in "Y_3 = 2 · 3.5 = 7."."""
    clause = words.split(f"{symbol} = ", 1)[1]
    return numbers(re.split(r", |\. |; |: | \(i|\.$", clause)[0])[-1]


def close(value):
    """Equal to what is written in three figures."""
    return pytest.approx(value, rel=6e-3, abs=1e-9)


def number_after(words, beginning):
    """The first number after this beginning."""
    return numbers(words.split(beginning, 1)[1])[0]


def drawn(panel, gid):
    """The artist of this name in the panel's figure."""
    (artist,) = panel.figure.findobj(lambda artist: artist.get_gid() == gid)
    return artist


def xy(panel, gid):
    """The points of a line, as two arrays."""
    return [np.asarray(values, float) for values in drawn(panel, gid).get_data()]


def rows(panel, gid):
    """The values of several lines that are drawn as one, a row each."""
    x, y = xy(panel, gid)
    gap = int(np.argmax(np.isnan(x)))
    return y.reshape(-1, gap + 1)[:, :gap]


def written(panel, gid):
    """The words of this name, as they are shown now."""
    return [word.said for word in drawn(panel, gid).shown]


def texts(figure):
    """The texts of a figure that say something and are shown."""
    return [t for t in figure.findobj(Text) if t.get_text().strip() and t.get_visible()]


def smallest_glyph(text):
    """Points of the smallest glyph of a text, subscripts included."""
    if "$" not in text.get_text():
        return text.get_fontsize()
    font = FontProperties(size=text.get_fontsize())
    glyphs = MathTextParser("path").parse(text.get_text(), 72, font).glyphs
    return min(size for _, size, *_ in glyphs)


def steepest(g_1):
    """The largest slope of an activation."""
    return rnn.activation(g_1).derivative(np.linspace(-5, 5, 1001)).max()


def logs(values):
    """Powers of ten; that of 0 is -inf."""
    with np.errstate(divide="ignore"):
        return np.log10(np.abs(values))


# Every warning fails a test; but what an old matplotlib makes of a new pyparsing is not ours.
NO_WARNINGS = [
    pytest.mark.filterwarnings("error"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:(matplotlib|pyparsing)"),
]


def shown(panel):
    """The pixels (RGB) of the picture on the page."""
    return rasterised(panel.layers)


def look(panel):
    """All that a reader sees of a panel's state."""
    return panel.layers, panel.sentence.value


def drawn_whole(picture):
    """The layers of a drawing from nothing, with nothing kept."""
    fresh = copy.copy(picture)
    fresh.__init__(picture.figure, [])  # the artists are live already, and stand where they do
    fresh.live = picture.live
    return fresh.layers()


def ink(pixels, side=8):
    """The mean colour of each square of this side, which half a pixel hardly changes."""
    rows, columns = (side * (n // side) for n in pixels.shape[:2])
    squares = pixels[:rows, :columns].astype(float)
    return squares.reshape(rows // side, side, columns // side, side, -1).mean((1, 3))


# --- SVG as pixels: the few kinds of it that a picture is made of, and an error at any other ------

SVG = "{http://www.w3.org/2000/svg}"
CODES = {"M": [1], "m": [1], "l": [2], "q": [3, 3], "c": [4, 4, 4], "z": []}
PIECE = re.compile(r"([Mmlqcz])((?:-?\d+ )*(?:-?\d+)?)")


def markup_of(layer):
    """The markup of a layer, of which one is the address of an image."""
    start, _, code = layer.partition("base64,")
    return base64.b64decode(code).decode() if start == "data:image/svg+xml;" else layer


def rasterised(layers, scale=1):
    """Layers of SVG above each other on white paper as pixels (RGB), `scale` to one.

    It knows nothing of how they were written: Agg draws the paths that it reads.
    """
    roots = [ElementTree.fromstring(markup_of(layer)) for layer in layers]
    (size,) = {root.get("viewBox") for root in roots}
    *corner, width, height = map(int, size.split())
    assert corner == [0, 0]
    renderer = RendererAgg(scale * width // 10, scale * height // 10, 72)
    paper = Path.unit_rectangle(), Affine2D().scale(width, height)
    renderer.draw_path(_context(renderer, None), *paper, (1, 1, 1))
    place = Affine2D().scale(scale / 10, -scale / 10).translate(0, renderer.height)
    for root in roots:
        assert root.tag == f"{SVG}svg" and root.get("style") == "display: block"
        _paint(renderer, root, place, None)
    return np.array(renderer.buffer_rgba())[:, :, :3]


def _paint(renderer, parent, place, frame):
    for element in parent:
        look, kind = dict(element.attrib), element.tag.removeprefix(SVG)
        if kind == "path":
            _paint_path(renderer, look, place, frame)
            continue
        x, y, width, height = (int(look.pop(side)) for side in ("x", "y", "width", "height"))
        box = place.transform_bbox(Bbox.from_bounds(x, y, width, height))
        assert kind == "svg" and frame is None
        assert look == {"viewBox": f"{x} {y} {width} {height}", "style": "overflow: hidden"}
        _paint(renderer, element, place, box)


def _context(renderer, frame):
    gc = renderer.new_gc()
    gc.set_snap(False)
    gc.set_linewidth(0)
    if frame is not None:
        gc.set_clip_rectangle(frame)
    return gc


def _paint_path(renderer, look, place, frame):
    gc, pixels = _context(renderer, frame), place.get_matrix()[0, 0]
    path, face = path_of(look.pop("d")), look.pop("fill")
    face = None if face == "none" else to_rgba(face, float(look.pop("fill-opacity", 1)))
    if "stroke" in look:
        gc.set_foreground(to_rgba(look.pop("stroke"), float(look.pop("stroke-opacity", 1))))
        gc.set_linewidth(pixels * float(look.pop("stroke-width")))
        gc.set_joinstyle(look.pop("stroke-linejoin"))
        gc.set_capstyle(look.pop("stroke-linecap").replace("square", "projecting"))
        if "stroke-dasharray" in look:
            dashes = [pixels * float(length) for length in look.pop("stroke-dasharray").split()]
            gc.set_dashes(pixels * float(look.pop("stroke-dashoffset")), dashes)
    assert not look, f"what is {look}?"
    renderer.draw_path(gc, path, place, face)


def path_of(data):
    """The path of a `d`, read strictly: whole numbers, and each kind of piece with as many."""
    vertices, codes, x, y, read = [], [], 0, 0, 0
    begin = x, y
    for kind, told in PIECE.findall(data):
        read += 1 + len(told)
        numbers = list(map(int, told.split()))
        assert len(numbers) == 2 * len(CODES[kind]), (kind, told)
        if kind == "z":
            vertices.append(begin)
            codes.append(Path.CLOSEPOLY)
            x, y = begin
            continue
        a, b = (0, 0) if kind == "M" else (x, y)
        points = [(a + c, b + d) for c, d in zip(numbers[::2], numbers[1::2], strict=True)]
        vertices += points
        codes += CODES[kind]
        x, y = points[-1]
        begin = (x, y) if kind in "Mm" else begin
    assert read == len(data), f"what is this: {data[read : read + 40]}?"
    return Path(np.array(vertices, float).reshape(-1, 2), codes)


def number_boxes(panel):
    """The number boxes of a panel by the names of their controls."""
    return panel.boxes


def count_calls(monkeypatch, owner, name):
    """A list that grows by the first argument of each call: of a method, its object."""
    calls, function = [], getattr(owner, name)
    monkeypatch.setattr(
        owner, name, lambda first, *a, **k: (calls.append(first), function(first, *a, **k))[1]
    )
    return calls


@contextlib.contextmanager
def a_readers_style():
    """matplotlib's dark style, and more that a reader may have set."""
    sizes = {"font.size": 20, "lines.linewidth": 9, "lines.markersize": 15, "xtick.labelsize": 22}
    looks = {"font.family": "serif", "axes.facecolor": "yellow", "mathtext.fontset": "stix"}
    with mpl.rc_context():
        matplotlib.style.use("dark_background")
        mpl.rcParams.update({**sizes, **looks, "axes.grid": True, "axes.spines.left": False})
        yield

"""What a panel shows and says: its artists by name, its pixels, its numbers."""

import contextlib
import html
import io
import re
import urllib.request

import matplotlib as mpl
import matplotlib.style
import numpy as np
import pytest
from matplotlib.font_manager import FontProperties
from matplotlib.mathtext import MathTextParser
from matplotlib.text import Text
from PIL import Image

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
    with urllib.request.urlopen(bytes(panel.image.value).decode()) as picture:
        return np.asarray(Image.open(io.BytesIO(picture.read())))


def look(panel):
    """All that a reader sees of a panel's state."""
    return panel.png, panel.sentence.value


def drawn_whole(picture):
    """The pixels of a drawing from nothing, with no artist left out and nothing kept."""
    canvas = picture.figure.canvas
    for artist in picture.live:
        artist.set_animated(False)
    canvas.draw()
    pixels = np.array(canvas.buffer_rgba())[:, :, :3]
    for artist in picture.live:
        artist.set_animated(True)
    return pixels


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

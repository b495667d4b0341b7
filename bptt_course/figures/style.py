"""One colour, one line style and one marker per quantity, the same in diagrams, plots and formulas.

The hues are those of Okabe and Ito (2008), "Color universal design", at one lightness that holds a
contrast of more than 4 to 1 on white and on JupyterLab's dark ground, since a formula carries them
on both. In a grey print they are alike, so nothing is told by colour alone: line, marker, place or
a word says the same. What is drawn leaves matplotlib's settings alone.
"""

import contextlib
import functools

import matplotlib as mpl

COLOUR = {
    "W_x": "#008968",
    "W_s": "#CD5200",
    "W_y": "#0076ED",
    "S": "#000000",
    "Y": "#666666",
    "d": "#967400",
    "E": "#BD5295",
    "X": "#000000",
}
LINE = {"W_x": "-.", "W_s": "-", "W_y": "--", "S": "-", "Y": "--", "d": ":", "E": "-", "X": ":"}
MARKER = {"W_x": "^", "W_s": "o", "W_y": "s", "S": "o", "Y": "v", "d": "D", "E": "P", "X": "^"}
LOOKS = [  # of up to four curves in one picture
    {"color": COLOUR[quantity], "linestyle": dashes}
    for dashes, quantity in (("-", "W_s"), ("--", "W_y"), ("-.", "W_x"), (":", "E"))
]
CELL = {
    "RNN": {"color": COLOUR["W_s"], "marker": "o"},
    "LSTM": {"color": COLOUR["W_y"], "marker": "s"},
    "GRU": {"color": COLOUR["W_x"], "marker": "^"},
}
INK, QUIET, FAINT = "#000000", "#5F5F5F", "#D9D9D9"
LOUD, LOST = "#E3324C", "#007FC6"  # more than was sent, less than was sent
TEXT, SMALL, LARGE = 13, 11, 15  # points, at the default size of a figure


_DEFAULTS = {k: v for k, v in dict.items(mpl.rcParamsDefault) if not k.startswith("backend")}


@contextlib.contextmanager
def unstyled():
    """matplotlib as it comes: neither its dark style nor a reader's settings reach a picture."""
    kept = dict(dict.items(mpl.rcParams))  # its own copy reads each value in a slower way
    dict.update(mpl.rcParams, _DEFAULTS)  # by the dict's own way: checked long ago, and quick
    try:
        yield
    finally:
        dict.update(mpl.rcParams, kept)


def plain(plot):
    """Keep a reader's style out of a function that draws on `ax`; empty axes start anew."""

    @functools.wraps(plot)
    def drawn(ax, *args, **kwargs):
        with unstyled():
            if not ax.has_data():
                ax.clear()
                ax.set_facecolor("white")
                ax.figure.set_facecolor("white")
                for spine in ax.spines.values():
                    spine.set(edgecolor=INK, linewidth=0.8, visible=True)
            result = plot(ax, *args, **kwargs)
            for axis in (ax.xaxis, ax.yaxis):  # ticks are made when they are asked for
                axis.get_major_ticks(), axis.get_minor_ticks()
        return result

    return drawn


def line(quantity):
    """Colour, line style and marker of a quantity ("W_x", "S", ...) as keywords for `ax.plot`."""
    look = {"color": COLOUR[quantity], "linestyle": LINE[quantity], "marker": MARKER[quantity]}
    return {**look, "linewidth": 2.5, "markersize": 8}


def dress(ax, title="", x="", y=""):
    """Title and axis labels in projector size, a quiet grid behind the data, no box around it."""
    ax.set_title(title, fontsize=LARGE)
    ax.set_xlabel(x, fontsize=TEXT)
    ax.set_ylabel(y, fontsize=TEXT)
    ax.tick_params(labelsize=SMALL)
    ax.grid(True, color="#E3E3E3", linewidth=0.8)
    ax.set_axisbelow(True)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)

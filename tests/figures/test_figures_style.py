"""The palette can be read: on a projector, in grey print, and with red-green colour blindness."""

import itertools
import re

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from drawings import a_readers_style
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from refresh_notebooks import NOTEBOOKS

from bptt_helpers import rnn
from bptt_course import figures, recall
from bptt_course.figures import style

IN_ONE_DIAGRAM = list(itertools.combinations(("W_x", "W_s", "W_y", "E"), 2))

# Machado, Oliveira and Fernandes (2009), table 1, severity 1, for linear RGB.
DEUTERANOPIA = np.array(
    [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]
)
PROTANOPIA = np.array(
    [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ]
)


def linear(colour):
    """Linear RGB of an sRGB colour."""
    c = np.array(to_rgb(colour))
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def luminance(colour):
    return linear(colour) @ [0.2126, 0.7152, 0.0722]


def contrast(colour, ground="white"):
    """The contrast ratio of WCAG 2: 1 to 21."""
    dark, light = sorted([luminance(colour), luminance(ground)])
    return (light + 0.05) / (dark + 0.05)


def lab(rgb):
    """CIE L*a*b* of linear RGB under D65."""
    to_xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
         [0.0193339, 0.1191920, 0.9503041]]
    )  # fmt: skip
    x = to_xyz @ rgb / [0.95047, 1, 1.08883]
    f = np.where(x > 216 / 24389, np.cbrt(x), (24389 / 27 * x + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def difference(one, other, sight=None):
    """ΔE (1976) of two colours as a kind of eye sees them; about 2 is just noticeable."""
    sight = np.eye(3) if sight is None else sight
    seen = [lab(np.clip(sight @ linear(colour), 0, 1)) for colour in (one, other)]
    return np.linalg.norm(seen[0] - seen[1])


def test_the_measures_know_black_white_and_the_confused():
    assert contrast("black") == pytest.approx(21)
    assert contrast("#767676") == pytest.approx(4.54, abs=0.01)
    assert lab(linear("white")) == pytest.approx([100, 0, 0], abs=0.02)
    assert difference("#C00000", "#607000") > 60, "red and olive"
    assert difference("#C00000", "#607000", DEUTERANOPIA) < 25


@pytest.mark.parametrize("quantity", style.COLOUR)
def test_a_formula_may_carry_the_colour_on_light_and_on_dark(quantity):
    """Black letters of a formula are not coloured: they follow the page."""
    if style.COLOUR[quantity] not in (style.INK, "#666666"):
        assert contrast(style.COLOUR[quantity]) >= 4 <= contrast(style.COLOUR[quantity], "#111111")


def test_words_in_the_quiet_ink_can_be_read():
    assert contrast(style.INK) >= 7 and contrast(style.QUIET) >= 6


@pytest.mark.parametrize("sight", [None, DEUTERANOPIA, PROTANOPIA], ids=["all", "deuter", "protan"])
@pytest.mark.parametrize(("one", "other"), IN_ONE_DIAGRAM)
def test_the_weights_and_the_error_are_told_apart(one, other, sight):
    assert difference(style.COLOUR[one], style.COLOUR[other], sight) >= 15


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(style.COLOUR, 2)))
def test_a_grey_print_tells_any_two_apart(one, other):
    """By the line, by the marker, or by the lightness where both are the same."""
    looks = [(style.LINE[quantity], style.MARKER[quantity]) for quantity in (one, other)]
    lightness = [lab(linear(style.COLOUR[quantity]))[0] for quantity in (one, other)]
    assert looks[0] != looks[1] or abs(lightness[0] - lightness[1]) >= 8


def test_a_grey_print_tells_the_weights_apart_by_line_and_by_marker():
    for look in (style.LINE, style.MARKER):
        assert len({look[weight] for weight in ("W_x", "W_s", "W_y")}) == 3


def test_every_quantity_has_all_three():
    assert style.COLOUR.keys() == style.LINE.keys() == style.MARKER.keys()
    ax = Figure().subplots()
    for quantity in style.COLOUR:
        line = ax.plot([0, 1], [0, 1], **style.line(quantity))[0]
        assert line.get_color() == style.COLOUR[quantity]
        assert line.get_linestyle() == style.LINE[quantity]
        assert line.get_marker() == style.MARKER[quantity]


def test_texts_are_of_projector_size():
    assert min(style.TEXT, style.SMALL, style.LARGE) >= 10


def test_the_formulas_of_the_notebooks_carry_the_same_colours():
    """\\color{#C44F00}{W_s} in a formula is the colour of W_s in the figures."""
    found = set()
    for path in NOTEBOOKS.glob("*.ipynb"):
        for cell in nbformat.read(path, 4).cells:
            found |= set(re.findall(r"\\color\{(#\w{6})\}\{([WEYSXd](?:_[xsy])?)", cell.source))
    assert found
    assert found <= {(colour, quantity) for quantity, colour in style.COLOUR.items()}


T, RUN = np.arange(1, 21), rnn.forward((3, 1, 2), 2, rnn.Weights(1, 0.5, 2))
PLOTS = {
    "draw_network": ((figures.paths("W_s"), RUN, 6),),
    "plot_sequence": (([3, 1, 2], "X", "rain"), ([8, 6, 7], "Y", "output")),
    "plot_counts": (([2, 8, 12], [[1, 1, 1], [1, 2, 3]], ["once", "again"]),),
    "plot_shapes": (([("W_s", ("n_s", 3), ("n_s", 3))], ("S", ("n_s", 3), ("B", 2))),),
    "plot_step_sizes": ((10.0 ** -T[:13], dict(zip("abc", np.full((3, 13), 1e-6), strict=True))),),
    "plot_flow": (({"decay": 0.5**T, "growth": 2.0**T},),),
    "plot_slopes": (([rnn.TANH, rnn.SIGMOID], np.linspace(-3, 3)),),
    "plot_powers": ((T, [0.9], [9.5]),),
    "plot_sufficient_condition": (({"one": (np.array([0.5, 2]), np.array([0.4, 1.1]))},),),
    "plot_cuts": ((T, {5: T * 0.1, 50: T * 0.3}),),
    "plot_cliff": ((T, T, np.add.outer(0.1 * T, 0.2 * T)),),
    "plot_training": (({"RNN": 1 / T, "GRU, b_z = 1": 2 / T}, 1),),
    "plot_letters": (([("one", "a b", np.array([0.1, 0.9, 0.5]))],),),
    "plot_cell": (("LSTM",), ("GRU",)),
    "plot_success": ((recall.read(), {"RNN, random": 20}),),
}


def drawn(name):
    """The pixels of a figure as a notebook draws it."""
    kind = {"projection": "3d"} if name == "plot_cliff" else {}
    figure, ax = plt.subplots(figsize=(9, 4), dpi=100, subplot_kw=kind)
    for arguments in PLOTS[name]:
        getattr(figures, name)(ax, *arguments)
    figure.canvas.draw()
    pixels = np.array(figure.canvas.buffer_rgba())
    plt.close(figure)
    return pixels


@pytest.mark.parametrize("name", [n for n in dir(figures) if n.startswith(("plot_", "draw_"))])
def test_a_readers_style_changes_no_figure(name):
    plain = drawn(name)
    with a_readers_style():
        assert np.array_equal(plain, drawn(name))

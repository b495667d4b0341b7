"""Text from kept pixels: the same ink as matplotlib's own, set once."""

import matplotlib as mpl
import numpy as np
import pytest
from drawings import count_calls
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties

from bptt_course.figures import lettering

SAID = ["0.759", "by norm (0.949, 0.316)", "−8 + 2.5e3 = 10⁻⁵", "AVATAR To. You", "$W_s$ = 0.5",
        r"$\partial E_3/\partial W_s\,=$", "a $S_0$ of 12.75", " ? "]  # fmt: skip


def ink(kind, said, size=13, bold=False, x=20.0, y=40.0, angle=0, dpi=100, colour="#000000"):
    """RGBA pixels of a text alone."""
    renderer = kind(400, 80, dpi)
    gc = renderer.new_gc()
    gc.set_foreground(colour)
    font = FontProperties(family="DejaVu Sans", size=size, weight="bold" if bold else 400)
    renderer.draw_text(gc, x, y, said, font, angle, ismath="$" in said)
    return np.array(renderer.buffer_rgba())


def places(pixels):
    """Where the first tenth of the ink ends, the second, ...: across and down, in pixels."""
    found = []
    for axis in (0, 1):
        share = np.cumsum(pixels[:, :, 3].sum(axis, dtype=float))
        found += [np.interp(np.arange(1, 10) / 10 * share[-1], share, np.arange(len(share)))]
    return np.array(found)


@pytest.mark.parametrize("said", SAID)
@pytest.mark.parametrize("look", [{}, {"size": 10.8, "bold": True}, {"dpi": 200, "size": 9}])
def test_a_text_lies_where_matplotlib_draws_it(said, look):
    with mpl.rc_context({"text.hinting": "none"}):
        own, other = (ink(kind, said, **look) for kind in (lettering.Renderer, RendererAgg))
    assert own[:, :, 3].sum(dtype=float) == pytest.approx(other[:, :, 3].sum(dtype=float), rel=0.04)
    spread = 0.6 + 0.012 * np.ptp(places(other)[0])  # words between formulas are set as outside
    spread += 0 if lettering.BETWEEN else 1  # each part on a whole pixel
    np.testing.assert_allclose(places(own), places(other), atol=spread)


def test_the_size_of_a_text_is_that_of_its_ink():
    renderer, font = lettering.Renderer(10, 10, 100), FontProperties(family="DejaVu Sans", size=13)
    for said in SAID[:7]:
        width, height, _ = renderer.get_text_width_height_descent(said, font, "$" in said)
        rows, columns = np.nonzero(ink(lettering.Renderer, said)[:, :, 3])
        assert width == pytest.approx(np.ptp(columns) + 1, abs=6)
        assert height == pytest.approx(np.ptp(rows) + 1, abs=3 if lettering.BETWEEN else 5)


def test_digits_are_set_once(monkeypatch):
    ink(lettering.Renderer, "1234567890 . = −")
    drawn = count_calls(monkeypatch, RendererAgg, "draw_text")
    for value in range(30):
        ink(lettering.Renderer, f"{value * 7} = −0 . {value}")
    assert len(drawn) <= 2 * 16, "on a pixel, and between two"
    drawn.clear()
    for value in range(30):
        ink(lettering.Renderer, f"{value * 7} = −0 . {value}")
    assert drawn == []


def test_its_colour_is_kept_apart():
    for colour, expected in (("#CD5200", (205, 82, 0)), ("#0076ED", (0, 118, 237))):
        pixels = ink(lettering.Renderer, "0.5", size=20, colour=colour)
        assert tuple(pixels[pixels[:, :, 3] == 255][0, :3]) == expected


def test_a_turned_text_is_matplotlibs_own():
    own, other = (ink(kind, "turned", angle=90) for kind in (lettering.Renderer, RendererAgg))
    assert np.array_equal(own, other)


def test_a_text_without_ink_draws_nothing():
    for said in ("", " ", "   "):
        assert not ink(lettering.Renderer, said)[:, :, 3].any()


@pytest.mark.parametrize("size", [9, 10.08, 10.8, 12.96, 14.4])
@pytest.mark.parametrize("weight", ["normal", "bold"])
def test_all_parts_of_a_line_stand_on_it(size, weight):
    font = FontProperties(family="DejaVu Sans", size=size, weight=weight)
    said = ["1", "4", "7", "n", "E", *([] if lettering.BETWEEN else ["$E$", "$H$"])]
    parts = [lettering.lettered(part, font, "$" in part, 100, 0) for part in said]
    feet = {np.flatnonzero((part.ink > 60).any(1))[-1] - part.up for part in parts}
    assert len(feet) == 1

"""The static figures of notebook 09: the error surface and its cuts, held to their numbers."""

import numpy as np
import pytest

from bptt_course import cliff, figures
from bptt_course.figures import style


def test_the_relief_is_the_surface_over_its_weights(monkeypatch):
    """Each corner stands at the error of its own W_s and W_x: as matplotlib is told them."""
    W_s, W_x = np.linspace(4, 5.2, 13), np.linspace(-2.7, -1.7, 11)
    _, ax = style.figure(subplot_kw={"projection": "3d"})
    told, plot_surface = [], ax.plot_surface
    monkeypatch.setattr(ax, "plot_surface", lambda *a, **k: (told.append(a), plot_surface(*a, **k)))
    figures.plot_cliff(ax, W_s, W_x, cliff.surface(*np.meshgrid(W_s, W_x)))
    ((s, x, E),) = told
    np.testing.assert_allclose(E, cliff.surface(s, x), rtol=1e-12)
    assert set(zip(s.flat, x.flat, strict=True)) == {(s, x) for s in W_s for x in W_x}
    assert len(ax.collections) == 1
    labels = [ax.get_xlabel(), ax.get_ylabel(), ax.get_zlabel()]
    assert labels == ["$W_s$", "$W_x$", "$E_{50}$"]


@pytest.mark.parametrize("lengths", [(5,), (5, 10, 20, 50)])
def test_a_cut_is_the_error_after_its_number_of_steps(lengths):
    """Each in a look of its own; the longest in that of W_s."""
    W_x = np.linspace(-2.9, -2.3, 121)
    _, ax = style.figure()
    figures.plot_cuts(ax, W_x, {T: cliff.surface(5, W_x, steps=T) for T in lengths})
    for T, line in zip(lengths, ax.lines, strict=True):
        assert line.get_label() == f"$T$ = {T}"
        assert np.array_equal(line.get_xdata(), W_x)
        assert np.array_equal(line.get_ydata(), cliff.surface(5, W_x, steps=T))
    looks = [(line.get_linestyle(), line.get_color()) for line in ax.lines]
    keys = (("-", "W_s"), ("--", "W_y"), ("-.", "W_x"), (":", "E"))
    assert looks[::-1] == [(dash, style.COLOUR[key]) for dash, key in keys[: len(lengths)]]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        f"$T$ = {T}" for T in lengths
    ]
    assert ax.get_xlim() == (W_x[0], W_x[-1])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("$W_x$", "$E_T$")

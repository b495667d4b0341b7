"""The static figures of notebook 09: the error surface and its cuts, held to their numbers."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from bptt_course import cliff, figures
from bptt_course.figures import style


def test_the_relief_is_the_surface_over_its_weights_and_goes_up_the_wall_in_even_steps(monkeypatch):
    """Each corner stands on the cut through the surface at its W_s: as matplotlib is told them."""
    W_s, W_x = np.linspace(4, 5.2, 25), np.linspace(-2.7, -1.7, 201)
    surface = cliff.surface(*np.meshgrid(W_s, W_x))
    ax = Figure().subplots(subplot_kw={"projection": "3d"})
    told, plot_surface = [], ax.plot_surface
    monkeypatch.setattr(ax, "plot_surface", lambda *a, **k: (told.append(a), plot_surface(*a, **k)))
    figures.plot_cliff(ax, W_s, W_x, surface)
    ((s, x, E),) = told
    assert {*s[0]} <= {*W_s} and {*x[0]} == {W_x[0]} and {*x[-1]} == {W_x[-1]}
    for k, w in enumerate(s[0]):
        cut = surface[:, W_s == w][:, 0]
        np.testing.assert_allclose(E[:, k], np.interp(x[:, k], W_x, cut), atol=1e-9)
    assert np.abs(np.diff(E, axis=0)).max() < 0.02  # of 0.4: no corner strides over the wall
    labels = [ax.get_xlabel(), ax.get_ylabel(), ax.get_zlabel()]
    assert labels == ["$W_s$", "$W_x$", "$E_{50}$"]


@pytest.mark.parametrize("lengths", [(5,), (5, 10, 20, 50)])
def test_a_cut_is_the_error_after_its_number_of_steps(lengths):
    """Each in a look of its own; the longest in that of W_s."""
    W_x = np.linspace(-2.9, -2.3, 121)
    ax = Figure().subplots()
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

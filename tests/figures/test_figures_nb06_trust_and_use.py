"""The figure of notebook 06: the error of a numerical gradient over its step, held to numbers."""

import numpy as np
from matplotlib.figure import Figure

from bptt_course import figures


def test_each_method_has_its_errors_its_look_and_its_name():
    """An error of exactly 0, which a log axis has no place for, is drawn at 2.2e-16."""
    ax = Figure().subplots()
    h = 10.0 ** -np.arange(1, 13)
    errors = {"forward": h, "central": h**2 + 1e-16 / h, "complex": np.where(h > 1e-8, h**2, 0)}
    figures.plot_step_sizes(ax, h, errors)
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    for line, values in zip(ax.lines, errors.values(), strict=True):
        assert np.array_equal(line.get_xdata(), h)
        assert np.array_equal(line.get_ydata(), np.maximum(values, 2.0**-52))
    looks = [(line.get_linestyle(), line.get_marker()) for line in ax.lines]
    assert looks == [("-.", "^"), ("-", "o"), ("--", "s")]
    assert [text.get_text() for text in ax.texts] == list(errors)
    for text, line in zip(ax.texts, ax.lines, strict=True):
        assert tuple(text.xy) in set(map(tuple, line.get_xydata())), "a name stands at its line"
    left, right = ax.get_xlim()
    assert left > right and "smaller to the right" in ax.get_xlabel()

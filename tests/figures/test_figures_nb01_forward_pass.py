"""The figure of notebook 01: a sequence over time, held to its numbers."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from bptt_course import figures
from bptt_course.figures import nb01_forward_pass, style


@pytest.mark.parametrize("quantity", ["X", "S", "Y", "d"])
def test_a_sequence_is_drawn_from_step_1_in_the_style_of_its_quantity(quantity):
    ax = Figure().subplots()
    figures.plot_sequence(ax, np.array([5, -1, 2]), quantity, "a name")
    (line,) = ax.lines
    assert np.array_equal(line.get_xydata(), [(1, 5), (2, -1), (3, 2)])
    assert line.get_label() == "a name"
    look = {key: getattr(line, f"get_{key}")() for key in style.line(quantity)}
    assert look == style.line(quantity)
    assert list(ax.get_xticks()) == [1, 2, 3] and ax.get_xlabel() == "time step $t$"


@pytest.mark.parametrize("width", [500, 860, 864, 1000, 1100])
def test_the_fourth_barrel_is_in_the_picture(width):
    barrels = nb01_forward_pass.Barrels(width)
    assert barrels._x[3] + barrels._half <= width

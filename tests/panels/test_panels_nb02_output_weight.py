"""The panel of notebook 02: the point and its slope are always in the picture, and the gradient."""

import random

import numpy as np
import pytest
from drawings import NO_WARNINGS, close, last_number, said
from settings import at_random

from bptt_helpers import bptt, rnn
from bptt_course import panels

pytestmark = NO_WARNINGS


@pytest.fixture(scope="module")
def curve():
    made = panels.output_weight()
    yield made
    made.close()


def curve_parts(made):
    """The axes, and the point and the slope's text of the panel of notebook 02."""
    (ax,) = made.figure.axes
    (point,) = [line for line in ax.lines if line.get_marker() == "o"]
    (slope,) = [text for text in ax.texts if text.get_text().startswith("slope")]
    return ax, point, slope


@pytest.mark.parametrize("g_2", ["identity", "tanh"])
def test_the_point_is_always_in_the_picture_and_the_curve_fills_it(curve, g_2):
    made = curve.reset().set(g_2=g_2)
    for d_3 in np.arange(-2, 8.1, 0.5):
        made.set(d_3=d_3)
        ax, point, _ = curve_parts(made)
        (low, top), tops = ax.get_ylim(), set()
        for W_y in (-1, 0, 1.7, 2, 3.05, 4):
            made.set(W_y=W_y)
            assert low < point.get_ydata()[0] < top, (d_3, W_y)
            tops.add(ax.get_ylim()[1])
        assert tops == {top}, "the limit moves with W_y"
        highest = max(line.get_ydata().max() for line in ax.lines if len(line.get_xdata()) > 2)
        assert top == 10 or highest > 0.28 * top


def test_the_picture_at_the_start_goes_to_a_hundred(curve):
    assert curve_parts(curve.reset())[0].get_ylim() == (-5, 100)


def test_the_slope_stands_clear_of_curve_and_title(curve):
    made, chance = curve, random.Random(8)
    for _ in range(40):
        at_random(made, chance)
        ax, _, slope = curve_parts(made)
        renderer = made.figure.canvas.get_renderer()
        box, title = slope.get_window_extent(renderer), ax.title.get_window_extent(renderer)
        assert box.y0 >= ax.bbox.y1 - 2 and box.x0 > title.x1
        assert box.x1 <= made.figure.bbox.x1 and box.y1 <= made.figure.bbox.y1


@pytest.mark.parametrize(
    ("W_y", "d_3", "g_2"), [(2, 6, "identity"), (-0.5, 3, "identity"), (0.35, -1.5, "tanh")]
)
def test_the_output_weights_slope_is_the_gradient(curve, W_y, d_3, g_2):
    run = rnn.forward([3, 1, 2], 2.0, rnn.Weights(1.0, 0.5, W_y), "identity", g_2)
    curve.set(W_y=W_y, d_3=d_3, g_2=g_2)
    assert last_number(said(curve), "∂E_3/∂W_y") == close(bptt.backward(run, d_3, at=3).dE_dW_y)
    assert last_number(said(curve), "Y_3") == close(run.Y[3])

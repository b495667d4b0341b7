"""The panel of notebook 02: the point, its triangle and its trail are the gradient's, and said."""

import random

import numpy as np
import pytest
from drawings import NO_WARNINGS, close, drawn, drawn_whole, last_number, said, shown, texts, xy
from settings import random_value

from bptt_helpers import bptt, rnn
from bptt_course import panels
from bptt_course.figures import nb02_output_weight as figure

pytestmark = NO_WARNINGS
SETTINGS = [(2, 6, "identity"), (1.2, 3, "identity"), (0.35, -1.5, "tanh"), (2.5, 6, "tanh")]


@pytest.fixture(scope="module")
def wide():
    made = panels.output_weight()
    yield made
    made.close()


@pytest.fixture(scope="module")
def narrow():
    made = panels.output_weight().lay_out(390)
    yield made
    made.close()


@pytest.fixture(params=["wide", "narrow"])
def curve(request):
    return request.getfixturevalue(request.param).reset()


def gradient(W_y, d_3=6, g_2="identity"):
    run = rnn.forward([3, 1, 2], 2.0, rnn.Weights(1.0, 0.5, W_y), "identity", g_2)
    return bptt.backward(run, d_3, at=3).dE_dW_y, rnn.error(d_3, run.Y[3])


def values(made, gid, top=9):
    """The points of a line as W_y and E_3."""
    x, y = xy(made, gid)
    width, height = made.picture.size()
    unit = (width - figure.LEFT - figure.RIGHT) / (figure.HIGH - figure.LOW)
    scale = (height - figure.FOOT - figure.HEAD) / top
    return figure.LOW + (x - figure.LEFT) / unit, (y - figure.FOOT) / scale


def words(made):
    return " ".join(text.get_text() for text in texts(made.figure))


@pytest.mark.parametrize(("W_y", "d_3", "g_2"), SETTINGS)
def test_the_triangle_runs_1_and_rises_by_the_gradient(curve, W_y, d_3, g_2):
    slope, E = gradient(W_y, d_3, g_2)
    curve.set(W_y=W_y, d_3=d_3, g_2=g_2)
    top = 60 if f"{d_3}{g_2}" == "6tanh" else 9
    assert np.ravel(values(curve, "point", top)) == pytest.approx([W_y, E])
    x, y = values(curve, "rise", top)
    (x_0, x_1), _ = values(curve, "run", top)
    assert (x_0, abs(x_1 - x_0)) == pytest.approx((W_y, 1)) and x[0] == x_1
    assert y[0] == pytest.approx(E)
    if drawn(curve, "rise").get_ydata()[1] < curve.picture.size()[1] - figure.HEAD:
        assert (y[1] - y[0]) / (x_1 - x_0) == pytest.approx(slope, abs=1e-9)
    (x_0, x_1), (y_0, y_1) = values(curve, "tangent", top)
    assert (y_1 - y_0) / (x_1 - x_0) == pytest.approx(slope, abs=1e-9)
    assert last_number(said(curve).split(".At")[0], "S_3") == close(slope)


def test_the_curve_is_the_error(curve):
    W_y, E = values(curve, "curve")
    seen = np.isfinite(E)
    assert E[seen] == pytest.approx((6 - 3.5 * W_y[seen]) ** 2, abs=1e-9)
    assert seen.sum() > 100


def test_a_slope_of_7_is_steep(wide):
    (x_0, x_1), _ = xy(wide.reset(), "run")
    y_0, y_1 = xy(wide, "rise")[1]
    assert (y_1 - y_0) / (x_1 - x_0) > 0.6 and y_1 - y_0 > 200
    assert "up 7" in words(wide)


def test_it_climbs_to_the_left_where_the_slope_is_negative(curve):
    curve.set(W_y=1.5)
    x, _ = values(curve, "run")
    assert x[1] == pytest.approx(0.5) and "up 5.25" in words(curve)
    curve.set(W_y=1)
    assert "up 17.5 ↑" in words(curve)
    assert max(xy(curve, "rise")[1]) < curve.picture.size()[1] - 12


def test_a_walk_leaves_a_trail_of_steps_against_the_slope(curve):
    W, trail = 2.0, []
    for step in range(6):
        curve.set(step=step)
        assert values(curve, "trail")[0] == pytest.approx(trail)
        assert np.ravel(values(curve, "point")) == pytest.approx([W, gradient(W)[1]])
        trail.append(W)
        W -= 0.02 * gradient(W)[0]
    curve.set(step=1)
    assert "Step 1: W_y = 2 − 0.02 · 7 = 1.86, and E_3 goes from 1 to 0.260." in said(curve)


def test_what_lies_above_the_scale_is_said(curve):
    curve.set(W_y=3)
    assert len(xy(curve, "exits")[0]) == 1 and not len(xy(curve, "point")[0])
    assert "= 20.2: above this picture" in words(curve)
    curve.set(step=1)
    assert len(xy(curve, "exits")[0]) == 1 and len(xy(curve, "point")[0]) == 1
    assert "above" not in words(curve)


@pytest.mark.parametrize(
    ("setting", "what"),
    [
        ({}, "A slightly smaller W_y lowers the error."),
        ({"W_y": 1.2}, "A slightly larger W_y lowers the error."),
        ({"W_y": 1.71}, "The ground is level"),
        ({"g_2": "tanh"}, "The error is large, and still the ground is flat"),
        ({"g_2": "tanh", "step": 3}, "So small a slope moves nothing."),
        ({"step": 12}, "to almost 0."),
    ],
)
def test_each_case_has_its_sentence(wide, setting, what):
    words = said(wide.reset().set(**setting))
    assert what in words
    assert len(words) < 260


def test_the_scale_stays_while_W_y_moves_and_the_words_stay_inside(curve):
    width, height = curve.picture.size()
    for g_2, scale in (("identity", "9"), ("tanh", "60")):
        for W_y in np.arange(0, 3.51, 0.25):
            curve.set(W_y=W_y, g_2=g_2)
            shown = [text for text in texts(curve.figure) if text.get_text() != " "]
            assert scale in [text.get_text() for text in shown]
            for text in shown:
                box = text.get_window_extent(curve.figure.canvas.get_renderer())
                assert box.x0 > -1 and box.x1 < width + 1, (text.get_text(), W_y)
                assert box.y0 > -1 and box.y1 < height + 4, (text.get_text(), W_y)
                assert text.get_fontsize() >= 0.72 * 12


@pytest.mark.parametrize("name", ["output_weight"])
@pytest.mark.parametrize("width", [390, 860])
def test_the_quick_picture_is_the_whole_picture(name, width):
    made, chance = getattr(panels, name)().lay_out(width), random.Random(4)
    for _ in range(8):
        control, widget = chance.choice(list(made.controls.items()))
        made.move(control, random_value(widget, chance))
        assert np.array_equal(shown(made), drawn_whole(made.picture)), control
    made.close()

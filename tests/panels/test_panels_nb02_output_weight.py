"""The panel of notebook 02: the point, its triangle and its trail are the gradient's, and said."""

import numpy as np
import pytest
from drawings import NO_WARNINGS, close, drawn, last_number, said, written, xy

from bptt_helpers import bptt, rnn
from bptt_course import panels
from bptt_course.figures import nb02_output_weight as figure
from bptt_course.figures import stage

pytestmark = NO_WARNINGS
PANEL = panels.output_weight
SETTINGS = [(2, 6, "identity"), (1.2, 3, "identity"), (0.35, -1.5, "tanh"), (2.5, 6, "tanh")]


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
    return " ".join(written(made, "said") + written(made, "triangle"))


@pytest.mark.parametrize(("W_y", "d_3", "g_2"), SETTINGS)
def test_the_triangle_runs_1_and_rises_by_the_gradient(either, W_y, d_3, g_2):
    slope, E = gradient(W_y, d_3, g_2)
    either.set(W_y=W_y, d_3=d_3, g_2=g_2)
    top = 60 if f"{d_3}{g_2}" == "6tanh" else 9
    assert np.ravel(values(either, "point", top)) == pytest.approx([W_y, E])
    x, y = values(either, "rise", top)
    (x_0, x_1), _ = values(either, "run", top)
    assert (x_0, abs(x_1 - x_0)) == pytest.approx((W_y, 1)) and x[0] == x_1
    assert y[0] == pytest.approx(E)
    if drawn(either, "rise").get_ydata()[1] < either.picture.size()[1] - figure.HEAD:
        assert (y[1] - y[0]) / (x_1 - x_0) == pytest.approx(slope, abs=1e-9)
    (x_0, x_1), (y_0, y_1) = values(either, "tangent", top)
    assert (y_1 - y_0) / (x_1 - x_0) == pytest.approx(slope, abs=1e-9)
    assert last_number(said(either).split(".At")[0], "S_3") == close(slope)


def test_the_curve_is_the_error(either):
    W_y, E = values(either, "curve")
    seen = np.isfinite(E)
    assert E[seen] == pytest.approx((6 - 3.5 * W_y[seen]) ** 2, abs=1e-9)
    assert seen.sum() > 100


def test_a_slope_of_7_is_steep(wide):
    (x_0, x_1), _ = xy(wide.reset(), "run")
    y_0, y_1 = xy(wide, "rise")[1]
    assert (y_1 - y_0) / (x_1 - x_0) > 0.6 and y_1 - y_0 > 200
    assert "up 7" in words(wide)


def test_it_climbs_to_the_left_where_the_slope_is_negative(either):
    either.set(W_y=1.5)
    x, _ = values(either, "run")
    assert x[1] == pytest.approx(0.5) and "up 5.25" in words(either)
    either.set(W_y=1)
    assert "up 17.5 ↑" in words(either)
    assert max(xy(either, "rise")[1]) < either.picture.size()[1] - 12


def test_a_walk_leaves_a_trail_of_steps_against_the_slope(either):
    W, trail = 2.0, []
    for step in range(6):
        either.set(step=step)
        assert values(either, "trail")[0] == pytest.approx(trail)
        assert np.ravel(values(either, "point")) == pytest.approx([W, gradient(W)[1]])
        trail.append(W)
        W -= 0.02 * gradient(W)[0]
    either.set(step=1)
    assert "Step 1: W_y = 2 − 0.02 · 7 = 1.86, and E_3 goes from 1 to 0.260." in said(either)


def test_what_lies_above_the_scale_is_said(either):
    either.set(W_y=3)
    assert len(xy(either, "exits")[0]) == 1 and not len(xy(either, "point")[0])
    assert "= 20.2: above this picture" in words(either)
    either.set(step=1)
    assert len(xy(either, "exits")[0]) == 1 and len(xy(either, "point")[0]) == 1
    assert "above" not in words(either)


@pytest.mark.parametrize(
    ("setting", "what"),
    [
        ({}, "Which W_y lowers the error, a smaller or a larger one? Say it"),
        ({"W_y": 1.71}, "The ground is nearly level"),
        ({"g_2": "tanh"}, "· 3.3·10⁻⁶ · 3.5 = −0.000116"),
        ({"g_2": "tanh"}, "The error is large, yet the ground is flat"),
        ({"g_2": "tanh", "step": 3}, "Such a small slope moves almost nothing."),
        ({"step": 12}, "to almost 0."),
    ],
)
def test_each_case_has_its_sentence(wide, setting, what):
    words = said(wide.reset().set(**setting))
    assert what in words
    assert len(words) < 260


def test_the_scale_stays_while_W_y_moves_and_the_words_stay_inside(either):
    width, height = either.picture.size()
    for g_2, scale in (("identity", "9"), ("tanh", "60")):
        for W_y in np.arange(0, 3.51, 0.25):
            either.set(W_y=W_y, g_2=g_2)
            found = drawn(either, "said").shown + drawn(either, "triangle").shown
            assert scale in [word.said for word in found]
            for word in found:
                left = word.x - stage.SHARE[word.align] * word.width
                assert left > -1 and left + word.width < width + 1, (word.said, W_y)
                assert word.size / 2 - 1 < word.y < height + 4 - word.size / 2, (word.said, W_y)
                assert word.size >= 12

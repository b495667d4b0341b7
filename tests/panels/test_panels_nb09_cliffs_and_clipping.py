"""The panels of notebook 09: the pictures held to `cliff`, the sentences to the pictures."""

import re

import numpy as np
import pytest
from drawings import NO_WARNINGS, said, xy

from bptt_helpers import training
from bptt_course import cliff, panels
from bptt_course.figures import stage
from bptt_course.panels.nb09_cliffs_and_clipping import angle

pytestmark = NO_WARNINGS


@pytest.fixture(scope="module")
def descent():
    return panels.descent_over_cliff()


@pytest.fixture(scope="module")
def arrows():
    return panels.clipped_gradient()


# --- descent over the cliff


def test_plain_descent_is_thrown_off_and_clipped_descent_is_not(descent):
    descent.reset().set(step=40)
    W_s, W_x = xy(descent, "plain path")
    assert len(W_s) == 41
    assert abs(W_x[-1] - cliff.wall(W_s[-1])) > 3
    W_s, W_x = xy(descent, "clipped path")
    assert np.abs(W_x - cliff.wall(W_s)).max() < 0.7
    assert xy(descent, "clipped E")[1][-1] < -2 < -1.1 < xy(descent, "plain E")[1][-1]


@pytest.mark.parametrize("W_s", [4, 5.2])
@pytest.mark.parametrize("W_x", [-2.7, -1.7])
def test_the_map_has_room_for_every_start(descent, W_s, W_x):
    descent.reset().set(step=0, W_s=W_s, W_x=W_x)
    ax = descent.figure.axes[0]
    half = 0.5 * 17 * descent.figure.dpi / 72  # of the square around the start, with its edge
    place = ax.transData.transform((W_s, W_x))
    assert (place - half >= ax.bbox.min).all() and (place + half <= ax.bbox.max).all()


@pytest.mark.parametrize("width", [390, 640, stage.WIDE])
def test_the_legend_of_the_map_lies_above_it(descent, width):
    ax = descent.lay_out(width).reset().figure.axes[0]
    legend = ax.get_legend().get_window_extent()
    assert legend.y0 >= ax.bbox.y1 and legend.y1 <= descent.figure.bbox.y1
    assert legend.x1 <= width


def test_it_opens_before_the_first_step(descent):
    assert descent.reset().controls["step"].value == 0
    assert "Press Play" in said(descent)


def test_an_arrowhead_stands_where_a_path_leaves_the_map(descent):
    descent.reset().set(step=8)
    assert not xy(descent, "plain leaves")[0].size
    descent.set(step=9)
    (x,), (y,) = xy(descent, "plain leaves")
    before, after = np.transpose(xy(descent, "plain path"))[[8, 9]]
    share = (np.array([x, y]) - before) / (after - before)
    assert share[0] == pytest.approx(share[1]) and 0 < share[0] < 1
    ax = descent.figure.axes[0]
    assert (
        np.abs(ax.transAxes.inverted().transform(ax.transData.transform((x, y))) - 0.5) < 0.5
    ).all()
    assert not xy(descent, "clipped leaves")[0].size


def test_a_small_learning_rate_is_no_guarantee_but_40_steps_do_not_show_it(descent):
    assert "off the map" not in said(descent.reset().set(step=40, η=0.1, W_s=5, W_x=-2.1))
    for W_s, W_x, rate, thrown in ((4.5, -1.9, 0.1, []), (5, -2.1, 0.4, [38]), (5, -2.1, 0.1, [76]),
                                   (4, -1.8, 0.4, [])):  # fmt: skip
        walk = cliff.descend(W_s, W_x, rate, steps=80)
        assert np.flatnonzero(rate * walk.norms > 1).tolist() == thrown


@pytest.mark.parametrize("step", [0, 1, 8, 9, 40])
def test_both_paths_are_drawn_up_to_the_step(descent, step):
    descent.reset().set(step=step)
    for name in ("plain", "clipped"):
        assert len(xy(descent, f"{name} path")[0]) == step + 1
        assert xy(descent, f"{name} norms")[0].tolist() == list(range(step + 1))
    assert ("At the start" in said(descent)) == (step == 0)


def test_the_sentence_tells_when_the_map_was_left(descent):
    words = said(descent.reset().set(step=40))
    assert "Plain: thrown off the map at step 9 by a gradient of norm 16.5." in words
    assert "Clipped: off" not in words
    assert "off the map" not in said(descent.reset().set(step=8))
    assert "exactly 0" in said(descent.reset().set(step=40, W_s=5.2, W_x=-2.2))


def test_where_nothing_is_clipped_both_paths_are_the_same(descent):
    descent.reset().set(step=40, c=100)
    assert "the two are the same" in said(descent)
    for plain, clipped in zip(xy(descent, "plain path"), xy(descent, "clipped path"), strict=True):
        assert np.array_equal(plain, clipped)
    assert "the two are the same" not in said(descent.reset().set(step=40))


@pytest.mark.parametrize("seed", range(8))
def test_the_number_of_clipped_steps_is_that_of_steps_at_the_threshold(descent, seed):
    rng = np.random.RandomState(seed)
    clip, c, η = (
        ("by norm", "by value")[seed % 2],
        10 ** rng.uniform(-2, 1),
        rng.randint(1, 50) / 50,
    )
    descent.reset().set(
        step=int(rng.randint(1, 41)),
        c=c,
        η=η,
        W_s=round(rng.uniform(4, 5.2), 2),
        W_x=round(rng.uniform(-2.7, -1.7), 2),
        clip=clip,
    )
    c = 10 ** xy(descent, "threshold")[1][0]  # that of the nearest stop
    steps = np.diff(xy(descent, "clipped path")) / η
    sizes = np.hypot(*steps) if clip == "by norm" else np.abs(steps).max(axis=0)
    counted = re.search(r"(\d+) steps? cut short", said(descent))
    same = "Nothing has been clipped" in said(descent)
    assert (0 if same else int(counted.group(1))) == np.sum(sizes > c * (1 - 1e-6)) or same


# --- clipping


@pytest.mark.parametrize("seed", range(10))
def test_arrows_stay_in_the_circle_and_in_the_square(arrows, seed):
    rng = np.random.RandomState(seed)
    g, c = rng.uniform(-3, 3, 2).round(1), round(rng.uniform(0.5, 3), 1)
    arrows.reset().set(dE_dW_s=g[0], dE_dW_x=g[1], c=c)
    gradient, by_norm, by_value = (
        np.array([values[-1] for values in xy(arrows, name)])
        for name in ("gradient", "by norm", "by value")
    )
    np.testing.assert_allclose(gradient, g, atol=1e-12)
    np.testing.assert_allclose(by_value, np.clip(g, -c, c), atol=1e-12)
    assert np.hypot(*by_norm) <= c * (1 + 1e-12)
    assert angle(gradient, by_norm) < 1e-5
    assert angle(gradient, by_value) < 45
    assert np.hypot(*xy(arrows, "circle")) == pytest.approx(c)
    assert np.abs(xy(arrows, "square")).max() == pytest.approx(c)


def test_the_largest_angle_of_the_sliders(arrows):
    entries, c = arrows.controls["dE_dW_s"], arrows.controls["c"]
    x, y, threshold = np.meshgrid(
        np.arange(0.1, entries.max + 0.01, 0.1),
        np.arange(0.1, entries.max + 0.01, 0.1),
        np.arange(c.min, c.max + 0.01, 0.1),
    )
    turned = np.arctan2(np.minimum(y, threshold), np.minimum(x, threshold)) - np.arctan2(y, x)
    assert np.degrees(np.abs(turned).max()) == pytest.approx(35.5, abs=0.05)
    assert "by value it turns by 35.5°" in said(arrows.reset().set(dE_dW_s=3, dE_dW_x=0.5, c=0.5))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"dE_dW_s": 0, "dE_dW_x": 0}, "is 0"),
        ({"dE_dW_s": 0.5, "dE_dW_x": 0.5}, "Neither way"),
        ({"dE_dW_s": 0.9, "dE_dW_x": 0.9}, "by value nothing changes"),
        ({"dE_dW_s": 2, "dE_dW_x": -2}, "both ways keep"),
        ({"dE_dW_s": 3, "dE_dW_x": 0}, "both ways keep"),
        ({"dE_dW_s": 3, "dE_dW_x": 0.8}, "by value it turns by 23.7°"),
    ],
)
def test_the_sentence_tells_the_cases_of_clipping_apart(arrows, values, words):
    assert words in said(arrows.reset().set(**values))


def test_angles():
    assert angle([1, 0], [1, 1]) == pytest.approx(45)
    assert angle([1, 0], [-2, 0]) == pytest.approx(180)
    assert angle([0, 0], [1, 0]) == 0
    for n in (2, 20, 400):  # the bound that one large entry comes near to
        g = np.full(n, 1e-9)
        g[0] = 1.0
        (clipped,) = training.clip_value([g], 1e-9)
        assert angle(g, clipped) == pytest.approx(np.degrees(np.arccos(n**-0.5)), abs=1e-3)

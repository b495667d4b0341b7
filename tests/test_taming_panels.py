"""Notebook 08: the cliff's numbers, and what its panels draw and say.

The pictures are held to `rnn` and `bptt`, the sentences to the pictures.
"""

import re

import numpy as np
import pytest
from drawings import NO_WARNINGS, drawn, xy

from bptt_helpers import bptt, gradcheck, rnn, training
from bptt_course import cliff, panels
from bptt_course.panels import nb09_cliffs_and_clipping as taming
from bptt_course.panels import nb10_truncation as truncation

pytestmark = NO_WARNINGS


def said(panel):
    words = re.sub("<[^>]*>", "", panel.sentence.value)
    return words.replace("−", "-").replace("&lt;", "<").replace("&gt;", ">")


def set_(panel, **values):
    """Every control to its first value, but for these; one drawing."""
    panel._is_held = True
    for name, control in panel.controls.items():
        control.value = values.get(name, panel._initial[name])
    panel._is_held = False
    panel._refresh()
    return panel


@pytest.fixture(scope="module")
def descent():
    return panels.descent_over_cliff()


@pytest.fixture(scope="module")
def arrows():
    return panels.clipped_gradient()


@pytest.fixture(scope="module")
def windows():
    return panels.truncation_window()


@pytest.fixture(scope="module")
def starts():
    return panels.starts()


# --- the cliff ------------------------------------------------------------------------------------

PLACES = [(4.5, -1.9), (5.0, -2.6123), (4.0, -2.5), (3.0, 1.0), (-5.0, 2.0), (0.0, 0.0)]


def run_at(W_s, W_x):
    return rnn.forward(np.ones(50), cliff.S_0, rnn.Weights(W_x, W_s, 1.0), "sigmoid")


@pytest.mark.parametrize("place", PLACES)
def test_the_cliffs_gradient_is_that_of_backward(place):
    run = run_at(*place)
    E, gradients = cliff.error_and_gradients(*place)
    exact = bptt.backward(run, 0.7, at=50)
    assert E == pytest.approx(float(rnn.error(0.7, run.Y[50])), rel=1e-12)
    assert gradients == pytest.approx((exact.dE_dW_s, exact.dE_dW_x), rel=1e-9)


def test_the_cliffs_gradient_is_that_of_the_complex_step():
    def E(W_s):
        return (
            cliff.d
            - rnn.forward(np.ones(50), cliff.S_0, rnn.Weights(-2.2, W_s, 1.0), "sigmoid").Y[50]
        )

    slope = gradcheck.complex_step(lambda W_s: E(W_s) ** 2, 4.6)
    assert cliff.error_and_gradients(4.6, -2.2)[1][0] == pytest.approx(slope, rel=1e-10)


def test_the_surface_is_the_network_at_every_point():
    W_s, W_x = np.meshgrid(np.linspace(3, 6, 7), np.linspace(-4, 0, 5))
    E = cliff.surface(W_s, W_x)
    for place in np.ndindex(W_s.shape):
        run = run_at(W_s[place], W_x[place])
        assert E[place] == pytest.approx((0.7 - run.Y[50]) ** 2, rel=1e-9)
    assert cliff.surface(5, np.array([-2.0, -3.0]), steps=3).shape == (2,)


@pytest.mark.parametrize("W_s", [3.0, 4.26, 5.0])
def test_on_the_wall_the_state_stays_and_all_factors_are_the_same(W_s):
    run = run_at(W_s, cliff.wall(W_s))
    factors = W_s * run.g_1.slope(run.S[1:])
    np.testing.assert_allclose(factors, W_s * cliff.SLOPE, rtol=1e-9)
    np.testing.assert_allclose(run.S, cliff.S_0, rtol=1e-9)


def test_the_wall_stands_between_two_plateaus():
    for W_s in (4.6, 5.0, 5.2):
        low, high = cliff.surface(W_s, cliff.wall(W_s) + np.array([0.02, -0.02]))
        assert high - low > 0.2, W_s


def test_descend_takes_the_steps_of_gradient_descent():
    for clip, threshold in (("none", np.inf), ("by norm", 0.05), ("by value", 0.05)):
        path = cliff.descend(4.5, -1.9, 0.3, clip, threshold, steps=12)
        for k in range(12):
            E, g = cliff.error_and_gradients(path.W_s[k], path.W_x[k])
            assert path.E[k] == E
            assert path.norms[k] == pytest.approx(np.hypot(*g), rel=1e-12)
            if clip == "by norm":
                g = np.array(g) * min(1, threshold / np.hypot(*g))
            if clip == "by value":
                g = np.clip(g, -threshold, threshold)
            assert path.W_s[k + 1] == pytest.approx(path.W_s[k] - 0.3 * g[0], rel=1e-14)
            assert path.W_x[k + 1] == pytest.approx(path.W_x[k] - 0.3 * g[1], rel=1e-14)


def test_a_path_to_infinity_ends_in_nan_and_in_silence(capfd):
    path = cliff.descend(5.0, float(cliff.wall(5.0)), rate=1e308, steps=5)
    assert np.isfinite(path.W_s[0])
    assert np.isnan(path.W_s[-1])
    assert capfd.readouterr().err == ""


# --- the panel over the cliff ---------------------------------------------------------------------


def test_plain_descent_is_thrown_off_and_clipped_descent_is_not(descent):
    set_(descent)
    W_s, W_x = xy(descent, "plain path")
    assert len(W_s) == 41
    assert abs(W_x[-1] - cliff.wall(W_s[-1])) > 3
    W_s, W_x = xy(descent, "clipped path")
    assert np.abs(W_x - cliff.wall(W_s)).max() < 0.7
    assert xy(descent, "clipped E")[1][-1] < -2 < -1.1 < xy(descent, "plain E")[1][-1]


@pytest.mark.parametrize("W_s", [4, 5.2])
@pytest.mark.parametrize("W_x", [-2.7, -1.7])
def test_the_map_has_room_for_every_start(descent, W_s, W_x):
    set_(descent, step=0, W_s=W_s, W_x=W_x)
    ax = descent.figure.axes[0]
    half = 0.5 * 17 * descent.figure.dpi / 72  # of the square around the start, with its edge
    place = ax.transData.transform((W_s, W_x))
    assert (place - half >= ax.bbox.min).all() and (place + half <= ax.bbox.max).all()


def test_the_legend_of_the_map_lies_above_it(descent):
    set_(descent)
    ax = descent.figure.axes[0]
    legend, title = ax.get_legend().get_window_extent(), ax.title.get_window_extent()
    assert legend.y0 >= ax.bbox.y1 and title.y0 >= legend.y0 + 0.5 * legend.height
    assert not any(text.get_window_extent().overlaps(title) for text in ax.get_legend().get_texts())


def test_a_small_learning_rate_is_no_guarantee_but_40_steps_do_not_show_it(descent):
    assert "has left the map" not in said(set_(descent, η=0.1, W_s=5, W_x=-2.1))
    for W_s, W_x, rate, thrown in ((4.5, -1.9, 0.1, []), (5, -2.1, 0.4, [38]), (5, -2.1, 0.1, [76]),
                                   (4, -1.8, 0.4, [])):  # fmt: skip
        walk = cliff.descend(W_s, W_x, rate, steps=80)
        assert np.flatnonzero(rate * walk.norms > 1).tolist() == thrown


@pytest.mark.parametrize("step", [0, 1, 8, 9, 40])
def test_both_paths_are_drawn_up_to_the_step(descent, step):
    set_(descent, step=step)
    for name in ("plain", "clipped"):
        assert len(xy(descent, f"{name} path")[0]) == step + 1
        assert xy(descent, f"{name} norms")[0].tolist() == list(range(step + 1))
    assert ("At the start" in said(descent)) == (step == 0)


def test_the_sentence_tells_when_the_map_was_left(descent):
    assert "has left the map with step 9 (a gradient of norm 16.5)" in said(set_(descent))
    assert "has left the map" not in said(set_(descent, step=8))
    assert "exactly 0" in said(set_(descent, W_s=5.2, W_x=-2.2))


def test_where_nothing_is_clipped_both_paths_are_the_same(descent):
    set_(descent, c=100)
    assert "the two are the same" in said(descent)
    for plain, clipped in zip(xy(descent, "plain path"), xy(descent, "clipped path"), strict=True):
        assert np.array_equal(plain, clipped)
    assert "the two are the same" not in said(set_(descent))


@pytest.mark.parametrize("seed", range(8))
def test_the_number_of_clipped_steps_is_that_of_long_gradients(descent, seed):
    rng = np.random.RandomState(seed)
    set_(
        descent,
        step=int(rng.randint(1, 41)),
        c=10 ** rng.uniform(-2, 1),
        η=round(rng.uniform(0.02, 1), 2),
        W_s=round(rng.uniform(4, 5.2), 2),
        W_x=round(rng.uniform(-2.7, -1.7), 2),
        clip=("by norm", "by value")[seed % 2],
    )
    norms = xy(descent, "clipped norms")[1][:-1]
    limit = xy(descent, "threshold")[1][0]
    counted = re.search(r"At (\d+) of its steps", said(descent))
    same = "Nothing was clipped" in said(descent)
    assert (0 if same else int(counted.group(1))) == np.sum(norms > limit) or same


# --- the panel of clipping ------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(10))
def test_arrows_stay_in_the_circle_and_in_the_square(arrows, seed):
    rng = np.random.RandomState(seed)
    g, c = rng.uniform(-3, 3, 2).round(1), round(rng.uniform(0.5, 3), 1)
    set_(arrows, dE_dW_s=g[0], dE_dW_x=g[1], c=c)
    gradient, by_norm, by_value = (
        np.array([values[-1] for values in xy(arrows, name)])
        for name in ("gradient", "by norm", "by value")
    )
    np.testing.assert_allclose(gradient, g, atol=1e-12)
    np.testing.assert_allclose(by_value, np.clip(g, -c, c), atol=1e-12)
    assert np.hypot(*by_norm) <= c * (1 + 1e-12)
    assert taming.angle(gradient, by_norm) < 1e-5
    assert taming.angle(gradient, by_value) < 45
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
    assert "by value it turns by 35.5°" in said(set_(arrows, dE_dW_s=3, dE_dW_x=0.5, c=0.5))


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
    assert words in said(set_(arrows, **values))


def test_angles():
    assert taming.angle([1, 0], [1, 1]) == pytest.approx(45)
    assert taming.angle([1, 0], [-2, 0]) == pytest.approx(180)
    assert taming.angle([0, 0], [1, 0]) == 0
    for n in (2, 20, 400):  # the bound that one large entry comes near to
        g = np.full(n, 1e-9)
        g[0] = 1.0
        (clipped,) = training.clip_value([g], 1e-9)
        assert taming.angle(g, clipped) == pytest.approx(np.degrees(np.arccos(n**-0.5)), abs=1e-3)


# --- the panel of truncation ----------------------------------------------------------------------


@pytest.mark.parametrize("g_1", ["identity", "tanh", "sigmoid", "ReLU"])
@pytest.mark.parametrize("W_s", [-1.3, 0.0, 0.9])
def test_the_window_keeps_the_last_terms(windows, W_s, g_1):
    set_(windows, window=7, W_s=W_s, g_1=g_1, seed=5)
    X = np.random.RandomState(5).normal(size=30)
    run = rnn.forward(X, 1.0, rnn.Weights(1.0, W_s, 1.0), g_1)
    terms = bptt.chain_rule_terms(run, run.Y[30] - 0.5, 30).W_s[1:]
    k, truncated = xy(windows, "truncated")
    assert k.tolist() == list(range(1, 31))
    sums = [terms[30 - n :].sum() for n in range(1, 31)]
    np.testing.assert_allclose(truncated, sums, rtol=1e-12, atol=1e-14)
    exact = bptt.backward(run, run.Y[30] - 0.5, at=30).dE_dW_s
    np.testing.assert_allclose(xy(windows, "exact")[1], exact, rtol=1e-11, atol=1e-14)
    assert xy(windows, "window") == [[7], pytest.approx([truncated[6]])]
    assert len(drawn(windows, "kept").get_paths()) == 7
    assert len(drawn(windows, "dropped").get_paths()) == 23


@pytest.mark.parametrize("seed", range(6))
def test_a_window_of_k_starts_the_gradient_k_steps_back(windows, seed):
    """Truncation is the exact gradient of the network that starts at S_{T-k}: complex step."""
    window, W_s = 3 + 4 * seed, 0.9 - 0.3 * seed
    set_(windows, window=window, W_s=W_s, g_1="tanh", seed=seed)
    X = np.random.RandomState(seed).normal(size=30)
    run = rnn.forward(X, 1.0, rnn.Weights(1.0, W_s, 1.0), "tanh")

    def Y(W_s):
        tail = rnn.forward(X[30 - window :], run.S[30 - window], rnn.Weights(1.0, W_s, 1.0), "tanh")
        return tail.Y[-1]

    exact = gradcheck.complex_step(Y, W_s)
    assert xy(windows, "window")[1][0] == pytest.approx(exact, rel=1e-9)


def test_what_is_said_of_the_bias(windows):
    set_(windows)
    assert np.flatnonzero(xy(windows, "truncated")[1] > 0).tolist() == [4, 5, 6, 7, 8]
    assert "From a window of 27 on" in said(windows)
    assert "The bias is 130 %. Even the sign is wrong." in said(windows)
    assert "all terms" in said(set_(windows, window=30))
    dead = next(s for s in range(100) if truncation._terms(0.9, 3.0, s, "ReLU")[0] == 0)
    assert "no relative bias" in said(set_(windows, X=3, g_1="ReLU", seed=dead))
    for W_s in (0.5, 0.9, 1.2):
        set_(windows, W_s=W_s)
        _, truncated = xy(windows, "truncated")
        off = np.abs(truncated / truncated[-1] - 1) > 0.1
        enough = 1 if not off.any() else int(np.flatnonzero(off)[-1]) + 2
        assert f"From a window of {enough} on" in said(windows)


# --- the panel of starts --------------------------------------------------------------------------


def values_drawn(panel, name):
    """The singular values of one start, (lag, direction), from its lines."""
    lines = drawn(panel, name).get_segments()
    return np.array([line[:, 1] for line in lines]).T


def test_at_rest_an_orthogonal_and_the_identity_start_keep_every_direction(starts):
    for radius in (0.9, 1.0, 1.2):
        set_(starts, X=0, radius=radius)
        for name in ("orthogonal", "identity"):
            lags = np.arange(41)[:, None]
            np.testing.assert_allclose(
                values_drawn(starts, name), lags * np.log10(radius) + np.zeros((1, 16)), atol=1e-10
            )
    assert "orthogonal 16, identity 16" in said(set_(starts, X=0))


@pytest.mark.parametrize("g_1", ["identity", "tanh", "sigmoid", "ReLU"])
def test_the_values_are_those_of_the_state_jacobian(starts, g_1):
    set_(starts, X=0.5, seed=3, g_1=g_1, inputs="positive", lag=6)
    X = 0.5 * np.abs(np.random.RandomState(1003).normal(size=(40, 16)))
    for name, start in training.STARTS.items():
        W_s = training.with_spectral_radius(start(16, np.random.RandomState(3)), 1.0)
        weights = rnn.Weights(np.eye(16), W_s, np.ones((1, 16)))
        run = rnn.forward(X, np.zeros(16), weights, g_1)
        exact = np.linalg.svd(bptt.state_jacobian(run, 40, 34), compute_uv=False)
        shown = 10.0 ** values_drawn(starts, name)[6]
        np.testing.assert_allclose(shown, exact, atol=1e-12)
        assert f"{name} {np.sum(exact >= 0.1)}" in said(starts)


def test_relu_on_positive_inputs_keeps_all_with_the_identity_and_the_state_grows(starts):
    set_(starts, g_1="ReLU", inputs="positive", X=1, lag=40)
    assert "identity 16" in said(starts)
    assert np.array_equal(values_drawn(starts, "identity"), np.zeros((41, 16)))
    size = float(re.search(r"on the way: .*identity ([\d.]+)\.$", said(starts)).group(1))
    assert size > 20


@pytest.mark.parametrize("seed", range(8))
def test_with_inputs_of_any_sign_the_identity_keeps_all_and_relu_hardly_any(starts, seed):
    set_(starts, g_1="identity", X=0.5, lag=40, seed=seed)
    assert "orthogonal 16, identity 16" in said(starts)
    set_(starts, g_1="ReLU", X=0.5, lag=40, seed=seed)
    assert int(re.search(r"identity (\d+)\.", said(starts)).group(1)) <= 3

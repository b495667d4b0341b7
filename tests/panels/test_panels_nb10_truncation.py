"""The panel of notebook 10, held to `bptt` and to the complex step."""

import numpy as np
import pytest
from drawings import NO_WARNINGS, drawn, said, xy

from bptt_helpers import bptt, gradcheck, rnn
from bptt_course import panels
from bptt_course.figures import stage
from bptt_course.panels import nb10_truncation as truncation

pytestmark = NO_WARNINGS


@pytest.fixture(scope="module")
def windows():
    return panels.truncation_window()


@pytest.mark.parametrize("width", [stage.WIDE, 390])
@pytest.mark.parametrize("g_1", ["identity", "tanh", "sigmoid", "ReLU"])
@pytest.mark.parametrize("W_s", [-1.3, 0.0, 0.9])
def test_the_window_keeps_the_last_terms(windows, W_s, g_1, width):
    if windows.figure.bbox.width != width:
        windows.lay_out(width)
    windows.reset().set(window=7, W_s=W_s, g_1=g_1, seed=5)
    X = np.random.RandomState(5).normal(size=30)
    run = rnn.forward(X, 1.0, rnn.Weights(1.0, W_s, 1.0), g_1)
    terms = bptt.chain_rule_terms(run, run.Y[30] - 0.5, 30).W_s[1:]
    k, truncated = xy(windows, "truncated")
    assert k.tolist() == list(range(1, 31))
    sums = np.array([terms[30 - n :].sum() for n in range(1, 31)])
    exact = bptt.backward(run, run.Y[30] - 0.5, at=30).dE_dW_s
    if exact == 0:
        assert np.isnan(truncated).all() and "is 0" in said(windows)
        return
    np.testing.assert_allclose(truncated, sums / exact, rtol=1e-9, atol=1e-12)
    assert xy(windows, "window") == [[7], pytest.approx([np.clip(truncated[6], -1.2, 1.6)])]
    assert xy(windows, "border")[0].tolist() == [7.5, 7.5]
    for way, out in (("up", truncated > 1.8), ("down", truncated < -1.4)):
        assert xy(windows, f"exits {way}")[0].tolist() == k[out][:1].tolist()
    by_lag = terms[::-1] / (np.abs(terms).max() or 1)
    bars = drawn(windows, "terms")
    heights = [bar.vertices[2, 1] for bar in bars.get_paths()]
    np.testing.assert_allclose(heights, by_lag, atol=1e-12)
    faces = (255 * bars.get_facecolor()[:, :3]).round().tolist()
    assert faces == [[205, 82, 0]] * 7 + [[255] * 3] * 23


@pytest.mark.parametrize("seed", range(6))
def test_a_window_of_k_starts_the_gradient_k_steps_back(windows, seed):
    """Truncation is the exact gradient of the network that starts at S_{T-k}: complex step."""
    window, W_s = 3 + 4 * seed, 0.9 - 0.3 * seed
    windows.reset().set(window=window, W_s=W_s, g_1="tanh", seed=seed)
    X = np.random.RandomState(seed).normal(size=30)
    run = rnn.forward(X, 1.0, rnn.Weights(1.0, W_s, 1.0), "tanh")

    def Y(W_s):
        tail = rnn.forward(X[30 - window :], run.S[30 - window], rnn.Weights(1.0, W_s, 1.0), "tanh")
        return tail.Y[-1]

    exact = gradcheck.complex_step(Y, W_s)
    own = xy(windows, "truncated")[1][window - 1]
    whole = bptt.backward(run, run.Y[30] - 0.5, at=30).dE_dW_s
    assert own * whole == pytest.approx(exact, rel=1e-9)


def test_what_is_said_of_the_bias(windows):
    windows.reset()
    assert np.flatnonzero(xy(windows, "truncated")[1] < 0).tolist() == [4, 5, 6, 7, 8]
    assert "From a window of 27 on" in said(windows)
    assert "It is off by 130 %: even the sign is wrong." in said(windows)
    assert "all terms" in said(windows.reset().set(window=30))
    dead = next(s for s in range(100) if truncation.window_terms(0.9, 3.0, s, "ReLU")[0] == 0)
    assert "no relative error" in said(windows.reset().set(X=3, g_1="ReLU", seed=dead))
    for W_s in (0.5, 0.9, 1.2):
        windows.reset().set(W_s=W_s)
        _, truncated = xy(windows, "truncated")
        off = np.abs(truncated - 1) > 0.1
        enough = 1 if not off.any() else int(np.flatnonzero(off)[-1]) + 2
        assert f"From a window of {enough} on" in said(windows)


@pytest.mark.parametrize("width", [stage.WIDE, 640, 390])
def test_the_slider_is_the_axis_of_the_windows(windows, width):
    """At the ends of its track the slider stands below the points of windows 1 and T."""
    left, right = windows.spec()["track"]
    ax = windows.lay_out(width).figure.axes[1]
    first, last = (ax.transData.transform((k, 0))[0] for k in (1, 30))
    assert [first, last] == pytest.approx([left, width - right])

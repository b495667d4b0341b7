"""The cliff's numbers, held to `rnn`, to `bptt` and to the complex step."""

import numpy as np
import pytest

from bptt_helpers import bptt, gradcheck, rnn
from bptt_course import cliff

pytestmark = pytest.mark.filterwarnings("error")


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
    np.testing.assert_allclose(factors, W_s * cliff.S_0 * (1 - cliff.S_0), rtol=1e-9)
    np.testing.assert_allclose(run.S, cliff.S_0, rtol=1e-9)


def test_the_wall_stands_between_two_plateaus():
    for W_s in (4.6, 5.0, 5.2):
        low, high = cliff.surface(W_s, cliff.wall(W_s) + np.array([0.02, -0.02]))
        assert high - low > 0.2, W_s


def test_descend_takes_the_steps_of_gradient_descent():
    for clip, threshold in ((None, np.inf), ("by norm", 0.05), ("by value", 0.05)):
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

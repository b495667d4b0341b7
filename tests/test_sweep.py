"""The sweep over W_s: every row is the package called for that W_s alone."""

import math

import numpy as np
import pytest
from networks import NAMES, assert_agree, assert_refused, random_network

from bptt_helpers import bptt, gradcheck, rnn, sweeps

pytestmark = pytest.mark.filterwarnings("error")

VALUES = np.array([0.7, -1.3, 0.0, 1.0, 2.5, -0.2, 0.7])


def sweep(network, values=VALUES):
    W_x, _, W_y = network.weights
    d_T = network.d[-1]
    return sweeps.over_W_s(values, network.X, network.S_0, W_x, W_y, d_T, network.g_1, network.g_2)


def one_by_one(network, values=VALUES, lags=None):
    """dE_dW_s, terms and norms from a forward and a backward pass for each of the values."""
    lags = range(network.T + 1) if lags is None else lags
    W_x, _, W_y = network.weights
    T, d_T = network.T, network.d[-1]
    total, terms = np.empty(len(values)), np.empty((len(values), T + 1))
    norms = np.empty((len(values), len(lags)))
    for n, W_s in enumerate(values):
        run = network.run(rnn.Weights(W_x, W_s, W_y))
        total[n] = bptt.backward(run, d_T, at=T).dE_dW_s
        terms[n] = bptt.chain_rule_terms(run, d_T, at=T).W_s
        norms[n] = [abs(bptt.state_jacobian(run, T, T - lag)) for lag in lags]
    return total, terms, norms


@pytest.mark.parametrize("T", [1, 2, 9])
@pytest.mark.parametrize("g_2", NAMES)
@pytest.mark.parametrize("g_1", NAMES)
def test_each_row_is_the_package_called_for_that_value(g_1, g_2, T):
    network = random_network(0, "scalar", g_1, g_2, T=T)
    ours = sweep(network)
    for one, other in zip((ours.dE_dW_s, ours.terms, ours.norms), one_by_one(network), strict=True):
        assert_agree(one, other, 1e-13)
    np.testing.assert_array_equal(ours.W_s, VALUES)


@pytest.mark.parametrize("g_1", NAMES)
def test_the_total_is_complex_step(g_1):
    network = random_network(1, "scalar", g_1, "sigmoid", T=6)
    W_x, _, W_y = network.weights
    reference = [
        gradcheck.complex_step(lambda w: network.error(rnn.Weights(W_x, w, W_y), at=6), W_s)
        for W_s in VALUES
    ]
    assert_agree(sweep(network).dE_dW_s, np.array(reference), 1e-12)


def test_the_worked_example():
    ours = sweeps.over_W_s([0.5], [3, 1, 2], S_0=2, W_x=1, W_y=2, d=6, g_1="identity")
    assert ours.dE_dW_s.tolist() == [22]
    assert ours.terms.tolist() == [[0, 2, 8, 12]]
    assert ours.norms.tolist() == [[1, 0.5, 0.25, 0.125]]


def test_the_hundred_steps_and_four_hundred_values_of_a_slider():
    network = random_network(2, "scalar", T=100)
    values = np.linspace(-2, 2, 401)
    ours = sweep(network, values)
    assert ours.dE_dW_s.shape == (401,)
    assert ours.terms.shape == ours.norms.shape == (401, 101)
    np.testing.assert_allclose(ours.terms.sum(axis=1), ours.dE_dW_s, rtol=1e-10)
    assert (ours.terms[:, 0] == 0).all()
    assert (ours.norms[:, 0] == 1).all()
    some = slice(None, None, 80)
    for one, other in zip(
        (ours.dE_dW_s[some], ours.terms[some], ours.norms[some]),
        one_by_one(network, values[some]),
        strict=True,
    ):
        assert_agree(one, other, 1e-11)


def test_a_step_is_taken_for_all_values_at_once():
    calls = []

    def function(a):
        calls.append(a.shape)
        return np.tanh(a)

    counted = rnn.Activation("counted tanh", function, rnn.TANH.slope)
    sweeps.over_W_s(VALUES, np.ones(20), 0.5, 1, 1, 0, counted)
    assert calls == [VALUES.shape] * 20


def test_an_activation_of_your_own_may_be_its_own_slope():
    exponential = rnn.Activation("exp", np.exp, lambda S: S)
    ours = sweeps.over_W_s([-0.5], [0.3, -0.2], 0.4, 1.1, 0.9, 0.1, exponential)
    run = rnn.forward([0.3, -0.2], 0.4, rnn.Weights(1.1, -0.5, 0.9), exponential)
    assert math.isclose(ours.dE_dW_s[0], bptt.backward(run, 0.1, at=2).dE_dW_s, rel_tol=1e-14)


# Overflow is a result: inf and nan come back, and nothing is printed


@pytest.mark.parametrize("S_0", [0.0, 2.0])
@pytest.mark.parametrize("g_2", NAMES)
@pytest.mark.parametrize("g_1", NAMES)
def test_an_exploding_gradient_comes_back_in_silence(g_1, g_2, S_0, capfd):
    values = np.array([0.5, 20.0, -20.0, 0.0])
    network = random_network(3, "scalar", g_1, g_2, T=300)
    network = type(network)(np.abs(network.X), np.array(S_0), network.d, network.weights, g_1, g_2)
    ours = sweep(network, values)
    lags = [0, 1, 150, 300]
    total, terms, norms = one_by_one(network, values, lags)
    for one, other in ((ours.dE_dW_s, total), (ours.terms, terms), (ours.norms[:, lags], norms)):
        np.testing.assert_array_equal(np.isfinite(one), np.isfinite(other))
        np.testing.assert_array_equal(np.isnan(one), np.isnan(other))
    if g_1 == "identity":
        assert np.isposinf(ours.norms[1:3, 300]).all()
    assert np.isfinite(ours.dE_dW_s[[0, 3]]).all()
    assert capfd.readouterr().err == ""


def test_no_error_leaves_no_gradient_however_large_the_jacobian():
    ours = sweeps.over_W_s([30.0], np.zeros(300), 0, 1, 1, 0, "identity")
    assert ours.dE_dW_s.tolist() == [0]
    assert not ours.terms.any()
    assert np.isposinf(ours.norms[0, 300])


# Bad input: which argument, what was expected, what came


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"W_s": 0.5}, ("W_s:", "shape ()")),
        ({"W_s": [[0.5]]}, ("W_s:", "shape (1, 1)")),
        ({"W_s": []}, ("W_s:", "shape (0,)")),
        ({"W_s": [0.5, np.inf]}, ("W_s:", "infinity")),
        ({"X": []}, ("X:", "shape (0,)")),
        ({"X": 3.0}, ("X:", "shape ()")),
        ({"X": [1, np.nan]}, ("X:", "nan")),
        ({"S_0": [1.0]}, ("S_0:", "one number", "shape (1,)")),
        ({"W_x": [[1.0]]}, ("W_x:", "one number", "shape (1, 1)")),
        ({"W_y": "2"}, ("W_y:", "'2'")),
        ({"d": [6.0, 6.0]}, ("d:", "one number", "shape (2,)")),
        ({"d": np.nan}, ("d:", "nan")),
        ({"g_1": "cosine"}, ("g_1:", "cosine")),
        ({"g_2": None}, ("g_2:", "None")),
    ],
)
def test_bad_input_is_named(changed, words):
    arguments = {"W_s": [0.5], "X": [3, 1, 2], "S_0": 2, "W_x": 1, "W_y": 2, "d": 6}
    assert_refused(words, sweeps.over_W_s, **(arguments | changed))


def test_no_input_changes():
    W_s, X = np.array([0.5, 1.5]), np.array([3.0, 1.0, 2.0])
    ours = sweeps.over_W_s(W_s, X, 2, 1, 2, 6)
    assert W_s.tolist() == [0.5, 1.5]
    assert X.tolist() == [3, 1, 2]
    W_s[0] = 9
    assert ours.W_s.tolist() == [0.5, 1.5]

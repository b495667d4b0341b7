"""Checking gradients: functions whose derivative is known, order of the error, care, bad input."""

import math

import numpy as np
import pytest
from networks import KINDS, assert_gradients_agree, assert_refused, random_network

from bptt_helpers import gradcheck, rnn

pytestmark = pytest.mark.filterwarnings("error")

METHODS = [gradcheck.central_difference, gradcheck.complex_step]
MATRIX = np.array([[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]])


@pytest.mark.parametrize("gradient_of", METHODS)
def test_a_function_of_one_number(gradient_of):
    gradient = gradient_of(lambda W: W**3 + np.exp(W), 2.0)
    assert np.ndim(gradient) == 0
    assert math.isclose(gradient, 12 + math.exp(2), rel_tol=1e-9)


@pytest.mark.parametrize("gradient_of", METHODS)
@pytest.mark.parametrize("W", [MATRIX, MATRIX[0], MATRIX[:, :, None], MATRIX.tolist()])
def test_a_function_of_an_array(gradient_of, W):
    position = np.arange(np.size(W)).reshape(np.shape(W))
    gradient = gradient_of(lambda V: np.sum(position * V**2), W)
    assert gradient.dtype == float
    np.testing.assert_allclose(gradient, 2 * position * np.array(W), rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("gradient_of", METHODS)
def test_a_function_of_a_matrix_knows_rows_from_columns(gradient_of):
    left, right = np.array([1.0, 2.0]), np.array([3.0, 5.0, 7.0])
    gradient = gradient_of(lambda W: left @ W @ right, MATRIX)
    np.testing.assert_allclose(gradient, np.outer(left, right), rtol=1e-8)


@pytest.mark.parametrize("gradient_of", METHODS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_function_of_weights_has_three_gradients(kind, gradient_of):
    weights = random_network(0, kind).weights

    def E(weights):
        assert isinstance(weights, rnn.Weights)
        W_x, W_s, W_y = weights
        return np.sum(W_x**2) + 3 * np.sum(W_s**2) + np.sum(W_y**3)

    gradients = gradient_of(E, weights)
    assert isinstance(gradients, tuple)
    W_x, W_s, W_y = weights
    assert_gradients_agree(gradients, (2 * W_x, 6 * W_s, 3 * W_y**2), 1e-8)


def test_complex_step_is_exact_to_rounding():
    for W in (0.1, 1.0, 3.0, 40.0):
        slope = gradcheck.complex_step(np.tanh, W) / (1 / math.cosh(W) ** 2)
        assert abs(slope - 1) < 1e-13
    for h in (1e-8, 1e-30, 1e-200):
        assert abs(gradcheck.complex_step(np.exp, 1.0, h) / math.e - 1) < 1e-14


def test_central_difference_loses_a_hundredth_for_a_tenth_of_h():
    off = [abs(gradcheck.central_difference(np.exp, 1.0, h) - math.e) for h in (1e-1, 1e-2, 1e-3)]
    assert off[0] / off[1] == pytest.approx(100, rel=0.02)
    assert off[1] / off[2] == pytest.approx(100, rel=0.02)
    assert off[0] == pytest.approx(math.e * 1e-2 / 6, rel=0.02)


def test_central_difference_is_exact_for_a_parabola_and_uses_its_step():
    assert gradcheck.central_difference(lambda W: W**2, 3.0, 0.5) == 6
    assert gradcheck.central_difference(np.abs, 0.25, 0.75) == 1 / 3


@pytest.mark.parametrize("kind", KINDS)
def test_the_two_ways_agree_on_a_network(kind):
    network = random_network(0, kind, "tanh", "sigmoid")
    central = gradcheck.central_difference(network.error, network.weights)
    exact = gradcheck.complex_step(network.error, network.weights)
    assert_gradients_agree(central, exact, 1e-8)


@pytest.mark.parametrize("gradient_of", METHODS)
def test_whole_numbers_and_single_precision_are_no_trap(gradient_of):
    for number in (int, np.float32):
        gradient = gradient_of(lambda W: np.sum(W**2), np.array([1, 2], number))
        np.testing.assert_allclose(gradient, [2, 4], rtol=1e-9)
    assert math.isclose(gradient_of(lambda W: W**2, 3), 6, rel_tol=1e-9)


@pytest.mark.parametrize("gradient_of", METHODS)
def test_the_input_never_changes(gradient_of):
    seen = []

    def E(W):
        seen.append(W)
        W[...] = 7 * W  # a function that spoils what it was given
        return np.sum(W**2)

    W = MATRIX.copy()
    gradient = gradient_of(E, W)
    np.testing.assert_array_equal(W, MATRIX)
    np.testing.assert_allclose(gradient, 2 * 49 * MATRIX, rtol=1e-8)
    assert not any(np.shares_memory(W, moved) for moved in seen)


@pytest.mark.parametrize("gradient_of", METHODS)
def test_weights_never_change(gradient_of):
    weights = random_network(0, "vector").weights
    before = [W.copy() for W in weights]
    gradient_of(lambda weights: np.sum(weights.W_s**2), weights)
    for W, W_before in zip(weights, before, strict=True):
        np.testing.assert_array_equal(W, W_before)


@pytest.mark.parametrize("gradient_of", METHODS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_weight_that_plays_no_part_has_a_gradient_of_zero(kind, gradient_of):
    weights = random_network(0, kind).weights
    dE_dW_x, dE_dW_s, dE_dW_y = gradient_of(lambda weights: np.sum(weights.W_s**2), weights)
    assert not dE_dW_x.any()
    assert not dE_dW_y.any()
    np.testing.assert_allclose(dE_dW_s, 2 * weights.W_s, rtol=1e-8)


@pytest.mark.parametrize("gradient_of", METHODS)
def test_a_result_in_an_array_of_no_axes_is_one_number(gradient_of):
    assert math.isclose(gradient_of(lambda W: np.array(W**2), 3.0), 6, rel_tol=1e-9)


# Relative error


def test_relative_error():
    assert gradcheck.relative_error(1.0, 1.0) == 0
    assert gradcheck.relative_error(3.0, 4.0) == 0.25
    assert gradcheck.relative_error(4.0, 3.0) == 0.25
    assert gradcheck.relative_error(-1.0, 1.0) == 2
    assert gradcheck.relative_error([10.0, 0.1], [10.0, 0.2]) == pytest.approx(0.01)
    assert gradcheck.relative_error([[0.0, -8.0]], [[1.0, -8.0]]) == 0.125
    assert gradcheck.relative_error([-8.0, 1.0], [-6.0, 1.0]) == 0.25
    assert gradcheck.relative_error([-6.0, 1.0], [-8.0, 1.0]) == 0.25
    assert isinstance(gradcheck.relative_error(1, 2), float)


def test_relative_error_of_nothing_but_zeros():
    assert gradcheck.relative_error(np.zeros(3), np.zeros(3)) == 0
    assert gradcheck.relative_error(0, 0) == 0
    assert gradcheck.relative_error([], []) == 0
    assert gradcheck.relative_error(0.0, 1e-300) == 1


@pytest.mark.parametrize("other", [0.0, 1.0, np.nan])
def test_relative_error_never_hides_nan(other):
    assert np.isnan(gradcheck.relative_error(np.nan, other))
    assert np.isnan(gradcheck.relative_error(other, np.nan))
    assert np.isnan(gradcheck.relative_error([np.nan, 0.0], [other, 0.0]))
    assert np.isnan(gradcheck.relative_error([other, 0.0], [np.nan, 0.0]))


def test_relative_error_of_infinity_is_no_agreement_and_prints_nothing(capfd):
    for gradient, reference in ((np.inf, 1.0), (np.inf, np.inf), (1.0, -np.inf), (np.inf, -np.inf)):
        assert not gradcheck.relative_error(gradient, reference) < 1
        assert not gradcheck.relative_error([gradient, 0], [reference, 0]) < 1
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("gradient_of", METHODS)
def test_overflow_comes_back(gradient_of, capfd):
    weights = rnn.Weights(1.0, 10.0, 1.0)

    def E(weights):
        run = rnn.forward(np.ones(400), 1.0, weights, "identity")
        return rnn.error(0.0, run.Y[400])

    for gradient in gradient_of(E, weights):
        assert not np.isfinite(gradient)
    assert capfd.readouterr().err == ""


def test_complex_step_of_a_slope_too_large_for_a_number(capfd):
    assert gradcheck.complex_step(lambda W: W * 1e200 * 1e120, 0.0) == np.inf
    assert capfd.readouterr().err == ""


# Bad input: which argument, what was expected, what came


@pytest.mark.parametrize("gradient_of", METHODS)
def test_bad_input_is_named(gradient_of):
    assert_refused(("E:", "one number", "(3,)"), gradient_of, lambda W: W**2, MATRIX[0])
    assert_refused(("E:", "one number"), gradient_of, lambda W: [W, W], 1.0)
    for h in (0, -1e-5, np.nan):
        assert_refused(("h:", "positive", repr(h)), gradient_of, np.exp, 1.0, h)


@pytest.mark.parametrize("gradient_of", METHODS)
def test_what_is_no_step_no_weight_and_no_function_is_named(gradient_of):
    for h in ("1e-5", None, 1j, [1e-5], np.inf, True):
        assert_refused(("h:", "positive step"), gradient_of, np.exp, 1.0, h)
    for W in (np.nan, "1.5", None, np.datetime64("2026-01-01"), 1j, np.ones(2) * 1j, []):
        assert_refused(("W:",), gradient_of, np.exp, W)
    assert_refused(("E:", "a function"), gradient_of, 3.0, 1.0)


def test_central_difference_names_a_function_that_makes_complex_numbers():
    assert_refused(("E:", "real"), gradcheck.central_difference, lambda W: W * 1j, 1.0)


@pytest.mark.parametrize("gradient_of", METHODS)
def test_a_function_that_forgets_its_return_is_named(gradient_of):
    assert_refused(("E:", "one number", "None"), gradient_of, lambda W: None, 1.0)


def test_complex_step_names_a_function_that_drops_the_imaginary_part():
    assert_refused(("E:", "complex", "real"), gradcheck.complex_step, np.abs, 1.0)
    assert_refused(("E:", "complex", "real"), gradcheck.complex_step, lambda W: W.real, 1.0)


def test_relative_error_names_shapes_that_differ():
    assert_refused(("(3,)", "(2,)"), gradcheck.relative_error, np.ones(2), np.ones(3))
    assert_refused(("(1,)", "()"), gradcheck.relative_error, 1.0, np.ones(1))

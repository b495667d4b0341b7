"""The forward pass: the worked example, the equations in plain Python, shapes, care, overflow."""

import dataclasses
import math

import numpy as np
import pytest
from networks import (
    KINDS,
    NAMES,
    assert_agree,
    assert_refused,
    exploding_network,
    hand_example,
    random_network,
)

from bptt_helpers import gradcheck, rnn

pytestmark = pytest.mark.filterwarnings("error")

PLAIN = {
    "identity": lambda a: a,
    "tanh": math.tanh,
    "sigmoid": lambda a: 1 / (1 + math.exp(-a)),
    "ReLU": lambda a: max(a, 0.0),
}
SLOPE = {
    "identity": lambda a: 1.0,
    "tanh": lambda a: 1 / math.cosh(a) ** 2,
    "sigmoid": lambda a: 1 / (2 * math.cosh(a / 2)) ** 2,
    "ReLU": lambda a: 1.0 if a > 0 else 0.0,
}


# The worked example


def test_hand_example():
    run = hand_example().run()
    assert run.T == 3
    assert list(run.S) == [2, 4, 3, 3.5]
    assert list(run.a[1:]) == [4, 3, 3.5]
    assert list(run.X[1:]) == [3, 1, 2]
    assert list(run.Y[1:]) == [8, 6, 7]
    assert rnn.error(6, run.Y[3]) == 1


def test_hand_example_with_tanh():
    run = hand_example(g_1="tanh").run()
    S_1 = math.tanh(1 * 3 + 0.5 * 2)
    S_2 = math.tanh(1 * 1 + 0.5 * S_1)
    S_3 = math.tanh(1 * 2 + 0.5 * S_2)
    np.testing.assert_allclose(run.S, [2, S_1, S_2, S_3], rtol=1e-14)
    np.testing.assert_allclose(run.Y[3], 2 * S_3, rtol=1e-14)
    np.testing.assert_allclose(rnn.error(6, run.Y[3]), (6 - 2 * S_3) ** 2, rtol=1e-13)


def test_the_default_is_tanh_inside_and_identity_outside():
    run = rnn.forward([3, 1, 2], 2, rnn.Weights(1, 0.5, 2))
    assert (run.g_1, run.g_2) == (rnn.TANH, rnn.IDENTITY)
    np.testing.assert_array_equal(run.S, hand_example(g_1="tanh").run().S)


# The equations, entry by entry


def in_plain_python(network, column):
    """S_0..S_T, a_1..a_T and Y_1..Y_T of one sequence, with Python's own numbers and loops."""

    def entry(V):
        return np.atleast_1d(V[..., column] if V.ndim == 2 else V).tolist()

    def times_vector(W, v):
        return [sum(w * v_j for w, v_j in zip(row, v, strict=True)) for row in W.tolist()]

    W_x, W_s, W_y = (np.atleast_2d(W) for W in network.weights)
    S, a, Y = [entry(network.S_0)], [], []
    for X_t in network.X:
        from_input, from_state = times_vector(W_x, entry(X_t)), times_vector(W_s, S[-1])
        a.append([one + other for one, other in zip(from_input, from_state, strict=True)])
        S.append([PLAIN[network.g_1](a_j) for a_j in a[-1]])
        Y.append([PLAIN[network.g_2](v) for v in times_vector(W_y, S[-1])])
    return S, a, Y


@pytest.mark.parametrize("g_2", NAMES)
@pytest.mark.parametrize("g_1", NAMES)
@pytest.mark.parametrize("kind", KINDS)
def test_forward_is_the_equations_in_plain_python(kind, g_1, g_2):
    for seed in range(3):
        network = random_network(seed, kind, g_1, g_2)
        run = network.run()
        columns = network.S_0.shape[1] if kind == "batch" else 1
        for column in range(columns):
            for ours, plain in zip(
                (run.S, run.a[1:], run.Y[1:]), in_plain_python(network, column), strict=True
            ):
                ours = ours[..., column] if kind == "batch" else ours
                assert_agree(ours.reshape(np.shape(plain)), np.array(plain), 1e-13)


@pytest.mark.parametrize("T", [1, 4])
@pytest.mark.parametrize("kind", KINDS)
def test_shapes_and_one_based_time(kind, T):
    network = random_network(1, kind, T=T, sizes=(3, 2, 4, 5))
    run = network.run()
    B = (5,) if kind == "batch" else ()
    n_x, n_s, n_y = ((), (), ()) if kind == "scalar" else ((3,), (2,), (4,))
    assert run.T == T
    assert run.X.shape == (T + 1, *n_x, *B)
    assert run.a.shape == run.S.shape == (T + 1, *n_s, *B)
    assert run.Y.shape == (T + 1, *n_y, *B)
    np.testing.assert_array_equal(run.S[0], network.S_0)
    np.testing.assert_array_equal(run.X[1:], network.X)
    for unused in (run.X[0], run.a[0], run.Y[0]):
        assert np.isnan(unused).all()


def test_a_run_carries_what_it_used():
    network = random_network(0, g_1="sigmoid", g_2="ReLU")
    run = network.run()
    assert run.weights is network.weights
    assert (run.g_1, run.g_2) == (rnn.SIGMOID, rnn.RELU)


def test_a_batch_is_its_columns():
    network = random_network(0, "batch", sizes=(3, 2, 2, 4))
    run = network.run()
    for b in range(4):
        alone = rnn.forward(network.X[..., b], network.S_0[:, b], network.weights)
        for name in ("X", "a", "S", "Y"):
            assert_agree(getattr(run, name)[1:, :, b], getattr(alone, name)[1:], 1e-13)


def test_one_initial_state_serves_every_column():
    network = random_network(0, "batch", sizes=(3, 2, 2, 4))
    shared = network.run(S_0=network.S_0[:, 0])
    repeated = network.run(S_0=np.repeat(network.S_0[:, :1], 4, axis=1))
    np.testing.assert_array_equal(shared.S, repeated.S)


def test_a_scalar_network_is_a_network_of_one_by_one_matrices():
    scalar = random_network(0, "scalar", "tanh", "sigmoid", T=5)
    run = scalar.run()
    matrices = rnn.Weights(*(np.reshape(W, (1, 1)) for W in scalar.weights))
    as_vectors = rnn.forward(scalar.X[:, None], scalar.S_0[None], matrices, scalar.g_1, scalar.g_2)
    for name in ("X", "a", "S", "Y"):
        assert_agree(getattr(as_vectors, name)[1:, 0], getattr(run, name)[1:], 1e-14)


def test_whole_numbers_are_computed_with_as_fractions():
    run = rnn.forward([1, 2], 1, rnn.Weights(1, 1, 1), "sigmoid")
    assert run.S.dtype == float
    assert 0.8 < run.S[1] < 0.9
    half = rnn.Weights(np.array([[1]]), np.array([[1]]), np.array([[1]]))
    assert rnn.forward([[1]], [1], half, "sigmoid").S.dtype == float


def test_booleans_are_computed_with_as_numbers():
    weights = rnn.Weights(*(np.ones(shape, bool) for shape in ((2, 3), (2, 2), (1, 2))))
    assert all(W.dtype == float for W in weights)
    run = rnn.forward(np.ones((2, 3), bool), np.zeros(2, bool), weights, "identity")
    np.testing.assert_array_equal(run.Y[1:], [[6], [18]])


def test_recurrent_weights_are_identity_in_and_ones_out():
    W_s = np.array([[0.5, 1.0], [0.0, 2.0]])
    for number in (np.float32, np.float64, np.complex128):
        W_x, own, W_y = rnn.Weights.recurrent(W_s.astype(number))
        np.testing.assert_array_equal(W_x, np.eye(2))
        np.testing.assert_array_equal(own, W_s)
        np.testing.assert_array_equal(W_y, [[1, 1]])
        assert W_x.dtype == own.dtype == W_y.dtype == number
    assert tuple(rnn.Weights.recurrent(0.5)) == (1, 0.5, 1)
    assert_refused(("W_s:", "square", "(2, 3)"), rnn.Weights.recurrent, np.ones((2, 3)))
    assert_refused(("W_s:", "nan"), rnn.Weights.recurrent, np.nan)


def test_weights_unpack_in_the_order_of_the_equations():
    W_x, W_s, W_y = rnn.Weights(1, 2, 3)
    assert (W_x, W_s, W_y) == (1, 2, 3)


# Activations


@pytest.mark.parametrize("name", NAMES)
def test_activation_and_derivative(name):
    g = rnn.ACTIVATIONS[name]
    a = np.array([[-3.0, -1.0, -0.2], [0.3, 1.0, 2.5]])
    np.testing.assert_allclose(g(a), np.vectorize(PLAIN[name])(a), rtol=1e-13)
    np.testing.assert_allclose(g.derivative(a), np.vectorize(SLOPE[name])(a), rtol=1e-12)
    np.testing.assert_allclose(g.slope(g(a)), g.derivative(a), rtol=1e-14)
    by_complex_step = np.imag(g(a + 1e-30j)) / 1e-30
    np.testing.assert_allclose(g.derivative(a), by_complex_step, rtol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_activation_of_one_number(name):
    g = rnn.ACTIVATIONS[name]
    for a in (-0.5, 0.0, 2.0):
        assert np.shape(g(a)) == np.shape(g.derivative(a)) == np.shape(g.slope(g(a))) == ()
        assert math.isclose(g(a), PLAIN[name](a))
        assert math.isclose(g.derivative(a), SLOPE[name](a))
        assert math.isclose(g.slope(float(g(a))), SLOPE[name](a))


@pytest.mark.parametrize("name", NAMES)
def test_an_activation_comes_by_name_in_any_case_or_as_itself(name):
    g = rnn.ACTIVATIONS[name]
    assert g.name == name
    for asked in (g, name, name.upper(), name.lower()):
        assert rnn.activation(asked) is g
        run = rnn.forward([1.0], 0.5, rnn.Weights(1, 1, 1), g_1=asked, g_2=asked)
        assert (run.g_1, run.g_2) == (g, g)


def test_an_activation_is_not_changed_by_mistake():
    with pytest.raises(dataclasses.FrozenInstanceError):
        rnn.TANH.slope = rnn.SIGMOID.slope


def test_the_four_names():
    assert set(NAMES) == {"identity", "tanh", "sigmoid", "ReLU"}


@pytest.mark.parametrize("name", NAMES)
def test_an_activation_leaves_its_argument_alone_and_returns_a_new_array(name):
    a = np.array([-1.0, 2.0])
    S = rnn.ACTIVATIONS[name](a)
    slope = rnn.ACTIVATIONS[name].slope(S)
    S_before = S.copy()
    slope *= 5
    np.testing.assert_array_equal(S, S_before)
    S *= 5
    np.testing.assert_array_equal(a, [-1, 2])


def test_sigmoid_far_out_neither_overflows_nor_loses_its_small_values():
    with np.errstate(over="raise", invalid="raise"):
        np.testing.assert_array_equal(rnn.SIGMOID(np.array([-1e4, 1e4])), [0, 1])
        np.testing.assert_allclose(rnn.SIGMOID(np.array([-700.0])), math.exp(-700), rtol=1e-12)


def test_no_activation_hides_nan():
    for g in rnn.ACTIVATIONS.values():
        assert np.isnan(g(np.array([np.nan, 1.0]))).tolist() == [True, False], g.name


def test_an_activation_of_your_own():
    softplus = rnn.Activation("softplus", lambda a: np.log1p(np.exp(a)), lambda S: 1 - np.exp(-S))
    run = rnn.forward([1.0, 2.0], 0.0, rnn.Weights(1, 1, 1), g_1=softplus)
    assert run.g_1 is softplus
    assert math.isclose(run.S[1], math.log1p(math.exp(1)))
    assert math.isclose(softplus.derivative(np.float64(1.0)), PLAIN["sigmoid"](1.0))


def test_an_output_of_another_number_becomes_the_number_of_the_run():
    """A threshold gives True and False; the errors of the backward pass need numbers."""
    threshold = rnn.Activation("threshold", lambda a: a > 0, np.zeros_like)
    run = rnn.forward([1.0, -2.0], 0.0, rnn.Weights(1, 1, 1), g_2=threshold)
    assert run.Y.dtype == run.S.dtype
    np.testing.assert_array_equal(run.Y, [np.nan, 1, 0])


@pytest.mark.parametrize("name", NAMES)
def test_steepest_is_the_largest_slope(name):
    a = np.linspace(-10, 10, 100_001)
    g = rnn.ACTIVATIONS[name]
    assert np.abs(g.derivative(a)).max() == g.steepest


def test_the_steepest_slope_of_your_own_activation_is_not_known():
    assert rnn.Activation("exp", np.exp, lambda S: S).steepest == np.inf


# The error


def test_error_is_the_square_with_no_one_half():
    assert rnn.error(6.0, 7.0) == 1
    assert rnn.error(5, 7) == 4
    assert np.ndim(rnn.error(6.0, 7.0)) == 0


def test_error_sums_over_outputs_and_columns():
    assert rnn.error([1, 2], [4, 6]) == 9 + 16
    assert rnn.error([[1, 2], [3, 4]], np.zeros((2, 2))) == 1 + 4 + 9 + 16


def test_error_of_an_output_that_overflowed():
    assert rnn.error(1.0, np.inf) == np.inf
    assert rnn.error(1.0, 1e200) == np.inf
    assert np.isnan(rnn.error([1.0, 1.0], [np.nan, 0.0]))


# Precision and care


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("number", [np.float32, np.complex128])
def test_the_number_type_stays(number, kind, name):
    network = random_network(0, kind, name, name)
    weights = rnn.Weights(*(W.astype(number) for W in network.weights))
    run = rnn.forward(network.X.astype(number), network.S_0.astype(number), weights, name, name)
    for array in (run.X, run.a, run.S, run.Y, *run.weights):
        assert array.dtype == number
    tolerance = 1e-5 if number == np.float32 else 1e-13
    assert_agree(run.S, network.run().S, tolerance)


@pytest.mark.parametrize("argument", ["X", "S_0", "W_x", "W_s", "W_y"])
@pytest.mark.parametrize("kind", KINDS)
def test_one_complex_argument_makes_the_run_complex(kind, argument):
    network = random_network(0, kind, T=3)
    W_x, W_s, W_y = network.weights
    given = {"X": network.X, "S_0": network.S_0, "W_x": W_x, "W_s": W_s, "W_y": W_y}
    given[argument] = given[argument] + 1e-30j
    weights = rnn.Weights(given["W_x"], given["W_s"], given["W_y"])
    run = rnn.forward(given["X"], given["S_0"], weights)
    assert run.S.dtype == run.Y.dtype == complex
    assert run.Y.imag[1:].any()
    assert_agree(run.Y.real[1:], network.run().Y[1:], 1e-13)


@pytest.mark.parametrize("kind", KINDS)
def test_forward_and_error_change_no_input(kind):
    network = random_network(0, kind, T=3)
    originals = [np.array(V) for V in (network.X, network.S_0, network.d)]
    run = network.run()
    rnn.error(network.d[0], run.Y[1])
    for original, V in zip(originals, (network.X, network.S_0, network.d), strict=True):
        np.testing.assert_array_equal(V, original)
        assert V.ndim == 0 or V.flags.writeable


def test_a_run_shares_no_memory_with_its_inputs():
    network = random_network(0, "batch", T=3)
    run = network.run()
    for array in (run.X, run.a, run.S, run.Y):
        assert not np.shares_memory(array, network.X)
        assert not np.shares_memory(array, network.S_0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_is_read_only(kind):
    run = random_network(0, kind).run()
    for name in ("X", "a", "S", "Y"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(run, name)[1] = 0
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(run, name, 0)


def test_weights_are_copied_and_read_only():
    originals = [np.ones((2, 3)), np.ones((2, 2)), np.ones((1, 2))]
    weights = rnn.Weights(*originals)
    for original in originals:
        original[0, 0] = 99
    for W in weights:
        np.testing.assert_array_equal(W, np.ones(W.shape))
        with pytest.raises(ValueError, match="read-only"):
            W[0, 0] = 5
    with pytest.raises(dataclasses.FrozenInstanceError):
        weights.W_s = np.zeros((2, 2))


def test_numbers_as_weights_stay_numbers():
    for W in rnn.Weights(1, np.array(0.5), np.float64(2)):
        assert np.ndim(W) == 0
        assert W * 2 in (2, 1, 4)


# Overflow is a result: inf and nan come back, and nothing is printed


@pytest.mark.parametrize("number", [np.float64, np.float32])
@pytest.mark.parametrize("g_1", ["identity", "ReLU"])
@pytest.mark.parametrize("kind", KINDS)
def test_an_exploding_state_comes_back_as_infinity(kind, g_1, number, capfd):
    network = exploding_network(kind, g_1, number)
    run = network.run()
    assert run.S.dtype == number
    assert np.isfinite(run.S[20]).all()
    assert np.isposinf(run.S[300]).all()
    assert np.isposinf(run.Y[300]).all()
    assert np.isposinf(network.error(at=300))
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("g_2", NAMES)
@pytest.mark.parametrize("g_1", ["identity", "ReLU"])
def test_infinity_minus_infinity_comes_back_as_nan(g_1, g_2, capfd):
    W_s = 1e200 * np.array([[1.0, 1.0], [1.0, 1.0]])
    W_y = np.array([[1.0, -1.0]])
    run = rnn.forward(np.ones((4, 1)), np.ones(2), rnn.Weights(np.ones((2, 1)), W_s, W_y), g_1, g_2)
    assert np.isposinf(run.S[2:]).all()
    assert np.isnan(run.Y[2:]).all()
    assert np.isnan(rnn.error([0.0], run.Y[4]))
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("g_1", ["identity", "ReLU"])
def test_nan_in_a_state_stays_nan(g_1):
    W_s = np.array([[1e200, 1e200, 0.0], [1e200, 1e200, 0.0], [1.0, -1.0, 0.0]])
    weights = rnn.Weights(np.ones((3, 1)), W_s, np.ones((1, 3)))
    run = rnn.forward(np.ones((4, 1)), np.ones(3), weights, g_1)
    assert np.isposinf(run.S[2, :2]).all()
    assert np.isnan(run.a[3, 2])  # inf - inf
    assert np.isnan(run.S[3, 2])
    assert np.isnan(run.S[4]).all()
    assert np.isnan(run.Y[3:]).all()


@pytest.mark.parametrize("g_1", ["tanh", "sigmoid"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_saturated_state_stays_finite(kind, g_1, capfd):
    network = exploding_network(kind, g_1)
    W_x, W_s, W_y = network.weights
    run = network.run(rnn.Weights(W_x, 1e300 * W_s, W_y))
    assert np.isfinite(run.S).all()
    assert np.isfinite(run.Y[1:]).all()
    assert capfd.readouterr().err == ""


# Bad input: which argument, what was expected, what came

NUMBERS = rnn.Weights(1, 0.5, 2)
MATRICES = rnn.Weights(np.ones((3, 2)), np.ones((3, 3)), np.ones((1, 3)))
ONE, VECTOR = np.ones, np.ones(3)

BAD_WEIGHTS = [  # W_x, W_s, W_y, then what the message must say
    (ONE(3), ONE((3, 3)), ONE((1, 3)), "W_x", "(3,)"),
    (ONE((3, 2)), 0.5, ONE((1, 3)), "W_s", "()"),
    (0.5, ONE((3, 3)), ONE((1, 3)), "W_x", "()"),
    (ONE((3, 2)), ONE((3, 3)), 0.5, "W_y", "()"),
    (1.0, 0.5, ONE((1, 3)), "W_y", "(1, 3)"),
    (ONE((3, 2)), ONE((3, 2)), ONE((1, 3)), "W_s:", "(3, 3)", "(3, 2)"),
    (ONE((2, 3)), ONE((3, 3)), ONE((1, 3)), "W_x:", "(3, 3)", "(2, 3)"),
    (ONE((3, 2)), ONE((3, 3)), ONE((3, 1)), "W_y:", "(3, 3)", "(3, 1)"),
    (np.nan, 1, 1, "W_x:", "nan"),
    (1, -np.inf, 1, "W_s:", "infinity"),
    (ONE((3, 2)), ONE((3, 3)), np.full((1, 3), np.nan), "W_y:", "nan"),
    ("one", 1, 1, "W_x:", "'one'"),
    (1, 1, None, "W_y:", "None"),
    (1, [[1, 2], [3]], 1, "W_s:", "[[1, 2], [3]]"),
    (ONE((0, 2)), ONE((0, 0)), ONE((1, 0)), "W_x:", "(0, 2)"),
    (ONE((3, 0)), ONE((3, 3)), ONE((1, 3)), "W_x:", "(3, 0)"),
    (1, np.ma.array(0.5, mask=True), 1, "W_s:", "masked"),
]

BAD_DATA = [  # X, S_0, weights, then what the message must say
    ([1.0], 0.0, (1, 2, 3), "weights:", "(1, 2, 3)"),
    (3.0, 0.0, NUMBERS, "X:", "()"),
    ([], 0.0, NUMBERS, "X:", "(0,)"),
    (ONE((0, 2)), VECTOR, MATRICES, "X:", "(0, 2)"),
    (ONE((0, 2, 4)), VECTOR, MATRICES, "X:", "(0, 2, 4)"),
    (ONE((5, 2, 0)), VECTOR, MATRICES, "X:", "(5, 2, 0)"),
    (ONE((5, 1)), 0.0, NUMBERS, "X:", "(T,)", "(5, 1)"),
    (ONE(5), VECTOR, MATRICES, "X:", "n_x = 2", "(5,)"),
    (ONE((5, 3)), VECTOR, MATRICES, "X:", "n_x = 2", "(5, 3)"),
    (ONE((5, 4, 2)), VECTOR, MATRICES, "X:", "n_x = 2", "(5, 4, 2)"),
    (ONE((5, 2, 1, 1)), VECTOR, MATRICES, "X:", "(T, n_x, B)", "(5, 2, 1, 1)"),
    ([1.0, np.nan], 0.0, NUMBERS, "X:", "nan"),
    (["a", "b"], 0.0, NUMBERS, "X:", "'a'"),
    ([1.0], [0.0], NUMBERS, "S_0:", "()", "(1,)"),
    (ONE((5, 2)), 0.0, MATRICES, "S_0:", "(3,)", "()"),
    (ONE((5, 2)), ONE(2), MATRICES, "S_0:", "(3,)", "(2,)"),
    (ONE((5, 2)), ONE((3, 1)), MATRICES, "S_0:", "(3,)", "(3, 1)"),
    (ONE((5, 2, 4)), ONE((3, 5)), MATRICES, "S_0:", "(3, 4)", "(3, 5)"),
    ([1.0], np.inf, NUMBERS, "S_0:", "infinity"),
    (np.ma.array([3.0, 1.0], mask=[False, True]), 0.0, NUMBERS, "X:", "masked"),
]


@pytest.mark.parametrize("case", BAD_WEIGHTS, ids=lambda case: " ".join(case[3:]))
def test_bad_weights_are_named(case):
    W_x, W_s, W_y, *words = case
    assert_refused(words, rnn.Weights, W_x, W_s, W_y)


@pytest.mark.parametrize("case", BAD_DATA, ids=lambda case: " ".join(case[3:]))
def test_bad_data_is_named(case):
    X, S_0, weights, *words = case
    assert_refused(words, rnn.forward, X, S_0, weights)


def test_an_unknown_activation_is_named():
    known = ("identity", "tanh", "sigmoid", "ReLU")
    assert_refused(("g_1:", "'tan'", *known), rnn.forward, [1.0], 0.0, NUMBERS, g_1="tan")
    assert_refused(("g_2:", "built-in", *known), rnn.forward, [1.0], 0.0, NUMBERS, g_2=math.tanh)
    assert_refused(("g_1:", "None"), rnn.forward, [1.0], 0.0, NUMBERS, g_1=None)


def test_a_bad_target_is_named():
    assert_refused(("d:", "()", "(2,)"), rnn.error, [1.0, 2.0], 7.0)
    assert_refused(("d:", "(2, 3)", "(2,)"), rnn.error, [1.0, 2.0], np.ones((2, 3)))
    assert_refused(("d:", "nan"), rnn.error, np.nan, 7.0)


def test_gradient_of_the_error_in_Y():
    Y, d = np.array([1.0, -2.0]), np.array([0.5, 1.0])
    dE_dY = gradcheck.complex_step(lambda V: rnn.error(d, V), Y)
    np.testing.assert_allclose(dE_dY, 2 * (Y - d), rtol=1e-14)

"""Truncated BPTT and ends of their own for the columns: `backward(run, d, at, window)`."""

import dataclasses

import numpy as np
import pytest
from networks import (
    KINDS,
    NAMES,
    assert_agree,
    assert_gradients_agree,
    random_network,
    times,
    weight_gradients,
)

from bptt_helpers import bptt, gradcheck, rnn
from bptt_helpers.bptt import _truncated_sweep, backward, errors_at_outputs

pytestmark = pytest.mark.filterwarnings("error")


@pytest.mark.parametrize("g_2", NAMES)
@pytest.mark.parametrize("g_1", NAMES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_window_of_T_is_exact(kind, g_1, g_2):
    network = random_network(11, kind, g_1, g_2, T=5)
    run = network.run()
    for at in times(network):
        exact = bptt.backward(run, network.target(at), at)
        for window in (None, 5, 6, 100):
            ours = backward(run, network.target(at), at, window)
            assert_gradients_agree(weight_gradients(ours), weight_gradients(exact), 0)
            assert_agree(ours.dE_dS, exact.dE_dS, 0)
        steps, dE_dV = errors_at_outputs(run, network.target(at), at)
        own = rnn.each_step(np.transpose(run.weights.W_y), dE_dV)
        dE_dS, _ = _truncated_sweep(run, steps, own, 5)  # the other way to the same sums
        assert_agree(dE_dS, exact.dE_dS, 1e-13)


@pytest.mark.parametrize("g_1", NAMES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_window_of_k_keeps_the_last_k_terms_of_the_sum(kind, g_1):
    network = random_network(12, kind, g_1, "tanh", T=6)
    run = network.run()
    for k in range(1, 7):
        sums = [0, 0, 0]
        for at in range(1, 7):
            terms = bptt.chain_rule_terms(run, network.target(at), at)
            own = (terms.W_x[1:][-k:].sum(axis=0), terms.W_s[1:][-k:].sum(axis=0), terms.W_y)
            ours = backward(run, network.target(at), at, window=k)
            assert_gradients_agree(weight_gradients(ours), own, 1e-12)
            sums = [a + b for a, b in zip(sums, own, strict=True)]
        assert_gradients_agree(weight_gradients(backward(run, network.d, window=k)), sums, 1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_a_window_of_k_is_exact_for_the_network_that_starts_k_steps_back(kind):
    """Truncation is the exact gradient with S_{t-k} taken for a constant: complex step says so."""
    network = random_network(13, kind, T=6)
    for at, k in ((6, 1), (6, 4), (3, 2)):
        tail = network.after(at - k)
        reference = gradcheck.complex_step(
            lambda W, k=k, tail=tail: tail.error(W, k), network.weights
        )
        ours = backward(network.run(), network.target(at), at, window=k)
        assert_gradients_agree(weight_gradients(ours), reference, 1e-11)


@pytest.mark.parametrize("kind", KINDS)
def test_dE_dS_counts_each_error_for_k_steps(kind):
    network = random_network(14, kind, T=6)
    run = network.run()
    apart = [bptt.backward(run, network.target(t), t).dE_dS for t in range(1, 7)]
    for k in range(1, 7):
        ours = backward(run, network.d, window=k).dE_dS
        for j in range(7):
            reach = [apart[t - 1][j] for t in range(1, 7) if j <= t <= j + k]
            assert_agree(ours[j], np.sum(reach, axis=0), 1e-12)


def test_the_states_are_carried_on():
    network = random_network(15, "vector", T=5)
    moved = dataclasses.replace(network, S_0=network.S_0 + 1)
    one, other = (backward(n.run(), n.target(5), 5, window=1) for n in (network, moved))
    assert np.abs(one.dE_dW_s - other.dE_dW_s).max() > 1e-6
    assert (one.dE_dS[:4] == 0).all()


@pytest.mark.parametrize("window", [None, 1, 2, 3])
@pytest.mark.parametrize("g_1", NAMES)
def test_ends_by_column_are_the_sequences_one_by_one(g_1, window):
    """Each column cut at its own end and sent through alone; what lies behind does not matter."""
    network = random_network(16, "batch", g_1, "tanh", T=6, sizes=(2, 3, 2, 4))
    ends = np.array([2, 6, 1, 4])
    d = network.d[ends - 1, :, range(4)].T
    ours = backward(network.run(), d, ends, window)
    sums, dE_dS = [0, 0, 0], np.zeros_like(ours.dE_dS)
    for b, end in enumerate(ends):
        X, S_0 = network.X[:end, :, b], network.S_0[:, b]
        alone = rnn.forward(X, S_0, network.weights, g_1, "tanh")
        own = backward(alone, d[:, b], int(end), window)
        sums = [a + b for a, b in zip(sums, weight_gradients(own), strict=True)]
        dE_dS[: end + 1, :, b] = own.dE_dS
    assert_gradients_agree(weight_gradients(ours), sums, 1e-13)
    assert_agree(ours.dE_dS, dE_dS, 1e-13)
    other = network.X.copy()
    for b, end in enumerate(ends):
        other[end:, :, b] = 7
    padded = backward(dataclasses.replace(network, X=other).run(), d, list(ends), window)
    assert_gradients_agree(weight_gradients(padded), weight_gradients(ours), 1e-13)


def test_ends_by_column_all_at_one_time_are_that_time():
    network = random_network(17, "batch", T=4, sizes=(2, 3, 1, 3))
    one = backward(network.run(), network.d[3], 4)
    ends = backward(network.run(), network.d[3], [4, 4, 4])
    assert_gradients_agree(weight_gradients(ends), weight_gradients(one), 0)


def test_a_long_window_over_a_long_sequence():
    network = random_network(18, "scalar", "identity", T=300)
    ours = backward(network.run(), network.d, window=150)
    sums = 0
    for t in range(1, 301):
        sums = sums + bptt.chain_rule_terms(network.run(), network.d[t - 1], t).W_s[1:][-150:].sum()
    assert_agree(ours.dE_dW_s, sums, 1e-11)


@pytest.mark.parametrize("window", [0, -1, 1.5, "2", True, [1]])
def test_a_wrong_window_is_told(window):
    network = random_network(0, "vector", T=3)
    with pytest.raises(ValueError, match="window: expected a whole number from 1"):
        backward(network.run(), network.d, window=window)


@pytest.mark.parametrize("at", [[1, 2], [0, 1, 1], [1, 1, 4], [1.5, 1, 1], np.ones((3, 1), int)])
def test_wrong_ends_are_told(at):
    network = random_network(0, "batch", T=3, sizes=(2, 3, 1, 3))
    with pytest.raises(ValueError, match="at: expected"):
        backward(network.run(), network.d[0], at)
    with pytest.raises(ValueError, match="at: expected"):
        backward(random_network(0, "vector", T=3, sizes=(2, 3, 3, 1)).run(), np.ones(3), [1, 1, 1])


def test_targets_of_ends_by_column_have_the_shape_of_one_output():
    network = random_network(0, "batch", T=3, sizes=(2, 3, 1, 3))
    with pytest.raises(ValueError, match="d: expected one target for each column"):
        backward(network.run(), network.d, [1, 2, 3])

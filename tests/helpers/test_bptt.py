"""The backward pass: the worked example, properties, complex step on random networks, care."""

import dataclasses
import math

import numpy as np
import pytest
from networks import (
    KINDS,
    NAMES,
    assert_agree,
    assert_backward_is_complex_step,
    assert_gradients_agree,
    assert_refused,
    exploding_network,
    hand_example,
    random_network,
    times,
    weight_gradients,
)

from bptt_helpers import bptt, gradcheck, rnn

pytestmark = pytest.mark.filterwarnings("error")


# The worked example in whole numbers


def test_hand_example_gradients():
    gradients = bptt.backward(hand_example().run(), 6, at=3)
    assert gradients.dE_dW_x == 13
    assert gradients.dE_dW_s == 22
    assert gradients.dE_dW_y == 7
    assert list(gradients.dE_dS) == [0.5, 1, 2, 4]


def test_hand_example_terms_and_factors():
    terms = bptt.chain_rule_terms(hand_example().run(), 6, at=3)
    assert list(terms.W_s[1:]) == [2, 8, 12]
    assert list(terms.W_x[1:]) == [3, 2, 8]
    assert terms.W_y == 7
    assert terms.dE_dY == 2
    assert list(terms.dY_dS[1:]) == [0.5, 1, 2]
    assert list(terms.dS_da[1:]) == [1, 1, 1]


def test_hand_example_state_jacobian():
    run = hand_example().run()
    assert [bptt.state_jacobian(run, 3, k) for k in (3, 2, 1, 0)] == [1, 0.5, 0.25, 0.125]


def test_hand_example_at_earlier_times():
    run = hand_example().run()
    first = bptt.backward(run, 5, at=1)  # Y_1 = 8, so dE_1/dY_1 = 6 and dE_1/dS_1 = 12
    assert weight_gradients(first) == (12 * 3, 12 * 2, 6 * 4)
    assert list(first.dE_dS) == [6, 12, 0, 0]
    second = bptt.backward(run, 5, at=2)  # Y_2 = 6, so dE_2/dY_2 = 2 and dE_2/dS_2 = 4
    assert weight_gradients(second) == (2 * 3 + 4 * 1, 2 * 2 + 4 * 4, 2 * 3)
    assert list(second.dE_dS) == [1, 2, 4, 0]


def test_with_S_0_of_zero_one_term_of_W_s_is_gone_and_none_of_W_x():
    for g_1 in ("identity", "tanh"):
        trap = dataclasses.replace(hand_example(g_1), S_0=np.array(0.0))
        terms = bptt.chain_rule_terms(trap.run(), 6, at=3)
        assert terms.W_s[1] == 0
        assert (terms.W_s[2:] != 0).all()
        assert (terms.W_x[1:] != 0).all()


def test_total_instead_of_immediate_derivatives_count_early_paths_twice():
    network = hand_example()
    run, W_s = network.run(), network.weights.W_s
    terms = bptt.chain_rule_terms(run, 6, at=3)
    total = [0.0]  # dS_i/dW_s = S_{i-1} + W_s dS_{i-1}/dW_s, and S_0 does not depend on W_s
    for i in (1, 2, 3):
        total.append(run.S[i - 1] + W_s * total[i - 1])
    assert total == [0, 2, 5, 5.5]
    assert sum(terms.dE_dY * terms.dY_dS[i] * total[i] for i in (1, 2, 3)) == 34
    assert sum(terms.dE_dY * terms.dY_dS[i] * run.S[i - 1] for i in (1, 2, 3)) == 22
    assert terms.dE_dY * terms.dY_dS[3] * total[3] == 22  # the total derivative needs one term only


@pytest.mark.parametrize(
    "eta, error",
    [(0, 1), (0.001, 0.43), (0.002, 0.11), (0.003, 0.0007), (0.005, 0.29), (0.01, 2.86)],
)
def test_one_step_of_learning(eta, error):
    network = hand_example()
    gradients = weight_gradients(bptt.backward(network.run(), 6, at=3))
    moved = [W - eta * dE_dW for W, dE_dW in zip(network.weights, gradients, strict=True)]
    digits = 4 if eta == 0.003 else 2
    assert round(float(network.error(rnn.Weights(*moved), at=3)), digits) == error


def test_hand_example_with_tanh():
    """The three paths of W_s and W_x, each factor written out; g_1' is 1 / cosh²."""
    W_x, W_s, W_y, S_0, X_1, X_2, X_3 = 1, 0.5, 2, 2, 3, 1, 2
    a_1 = W_x * X_1 + W_s * S_0
    a_2 = W_x * X_2 + W_s * math.tanh(a_1)
    a_3 = W_x * X_3 + W_s * math.tanh(a_2)
    S_1, S_2, S_3 = math.tanh(a_1), math.tanh(a_2), math.tanh(a_3)
    slope_1, slope_2, slope_3 = (1 / math.cosh(a) ** 2 for a in (a_1, a_2, a_3))
    dE_dS_3 = 2 * (W_y * S_3 - 6) * W_y
    dE_dS_2 = dE_dS_3 * slope_3 * W_s
    dE_dS_1 = dE_dS_2 * slope_2 * W_s
    dE_dS_0 = dE_dS_1 * slope_1 * W_s
    W_s_terms = [dE_dS_1 * slope_1 * S_0, dE_dS_2 * slope_2 * S_1, dE_dS_3 * slope_3 * S_2]
    W_x_terms = [dE_dS_1 * slope_1 * X_1, dE_dS_2 * slope_2 * X_2, dE_dS_3 * slope_3 * X_3]
    dE_dW_y = 2 * (W_y * S_3 - 6) * S_3

    run = hand_example("tanh").run()
    gradients = bptt.backward(run, 6, at=3)
    np.testing.assert_allclose(gradients.dE_dS, [dE_dS_0, dE_dS_1, dE_dS_2, dE_dS_3], rtol=1e-12)
    np.testing.assert_allclose(gradients.dE_dW_s, sum(W_s_terms), rtol=1e-12)
    np.testing.assert_allclose(gradients.dE_dW_x, sum(W_x_terms), rtol=1e-12)
    np.testing.assert_allclose(gradients.dE_dW_y, dE_dW_y, rtol=1e-12)
    terms = bptt.chain_rule_terms(run, 6, at=3)
    np.testing.assert_allclose(terms.W_s[1:], W_s_terms, rtol=1e-12)
    np.testing.assert_allclose(terms.W_x[1:], W_x_terms, rtol=1e-12)
    np.testing.assert_allclose(terms.W_y, dE_dW_y, rtol=1e-12)
    np.testing.assert_allclose(terms.dS_da[1:], [slope_1, slope_2, slope_3], rtol=1e-12)


# Gradients against complex step


@pytest.mark.parametrize("g_2", NAMES)
@pytest.mark.parametrize("g_1", NAMES)
@pytest.mark.parametrize("kind", KINDS)
def test_gradients_are_those_of_complex_step(kind, g_1, g_2):
    """240 random networks in all: every pair of activations, the sizes drawn."""
    for seed in range(5):
        network = random_network(seed, kind, g_1, g_2)
        assert_backward_is_complex_step(network, ats=(None, 1 + seed % network.T))


@pytest.mark.parametrize("kind", KINDS)
def test_a_long_sequence_is_not_truncated(kind):
    network = random_network(0, kind, T=40, sizes=(2, 3, 1, 2))
    W_x, W_s, W_y = network.weights
    W_s = 0.97 if kind == "scalar" else np.linalg.qr(W_s)[0]  # every lag keeps its weight
    network = dataclasses.replace(
        network, g_1="identity", weights=rnn.Weights(0.3 * W_x, W_s, W_y), d=5 * network.d
    )
    run = network.run()
    for at in (None, 40):
        gradients = bptt.backward(run, network.target(at), at)
        reference = gradcheck.complex_step(lambda W, at=at: network.error(W, at), network.weights)
        assert_gradients_agree(weight_gradients(gradients), reference, 1e-11)
    terms = bptt.chain_rule_terms(run, network.target(40), at=40)
    far, near = np.abs(terms.W_x[1:6]).max(), np.abs(terms.W_x[36:]).max()
    assert far > 0.1 * near


@pytest.mark.parametrize("g_1", NAMES)
@pytest.mark.parametrize("kind", KINDS)
def test_dE_dS_is_the_total_derivative(kind, g_1):
    """dE_dS[k] against complex step in S_k of the network that starts there."""
    network = random_network(3, kind, g_1, "tanh", T=4)
    W_y = network.weights.W_y
    for at in times(network):
        dE_dS = bptt.backward(network.run(), network.target(at), at).dE_dS
        assert dE_dS.shape == network.run().S.shape
        for k in range(network.T + 1):
            later = network.after(k)

            def error_after(S_k, k=k, later=later, at=at):
                own_output = np.tanh(np.dot(W_y, S_k))
                own = rnn.error(network.d[k - 1], own_output) if k > 0 and at in (None, k) else 0
                return own + sum(
                    later.error(at=t - k, S_0=S_k)
                    for t in range(k + 1, network.T + 1)
                    if at in (None, t)
                )

            if at is not None and k > at:
                assert (dE_dS[k] == 0).all()
            else:
                reference = gradcheck.complex_step(lambda S: error_after(S) + 0j, later.S_0)
                assert_agree(dE_dS[k], reference, 1e-11)


@pytest.mark.parametrize("g_1", NAMES)
@pytest.mark.parametrize("kind", KINDS)
def test_state_jacobian_is_the_derivative_of_S_t_in_S_k(kind, g_1):
    network = random_network(1, kind, g_1, T=5)
    run = network.run()
    for k in range(network.T):
        later = network.after(k)
        for j in np.ndindex(later.S_0.shape[:1]):  # one state at a time, in every column
            moved = np.array(later.S_0, complex)
            moved[j] += 1e-30j
            S = later.run(S_0=moved).S.imag / 1e-30
            for t in range(k, network.T + 1):
                jacobian = bptt.state_jacobian(run, t, k)
                assert_agree(jacobian[:, *j] if j else jacobian, S[t - k], 1e-11)


@pytest.mark.parametrize("kind", KINDS)
def test_state_jacobians_chain(kind):
    """J(t, k) = J(t, j) J(j, k), column by column of a batch."""
    run = random_network(2, kind, T=5, sizes=(2, 3, 1, 4)).run()
    product = {"scalar": ",->", "vector": "ij,jk->ik", "batch": "ijb,jkb->ikb"}[kind]
    for t in range(6):
        for k in range(t + 1):
            whole = bptt.state_jacobian(run, t, k)
            assert np.shape(whole) == {"scalar": (), "vector": (3, 3), "batch": (3, 3, 4)}[kind]
            for j in range(k, t + 1):
                late, early = bptt.state_jacobian(run, t, j), bptt.state_jacobian(run, j, k)
                assert_agree(whole, np.einsum(product, late, early), 1e-12)


def test_state_jacobian_of_no_step_is_the_identity():
    assert bptt.state_jacobian(random_network(0, "scalar", T=2).run(), 1, 1) == 1
    run = random_network(0, "vector", T=2, sizes=(2, 3, 1, 1)).run()
    np.testing.assert_array_equal(bptt.state_jacobian(run, 2, 2), np.eye(3))
    run = random_network(0, "batch", T=2, sizes=(2, 3, 1, 2)).run()
    for b in range(2):
        np.testing.assert_array_equal(bptt.state_jacobian(run, 0, 0)[..., b], np.eye(3))


@pytest.mark.parametrize("g_1", NAMES)
@pytest.mark.parametrize("kind", KINDS)
def test_state_jacobians_are_those_of_every_lag(kind, g_1):
    run = random_network(3, kind, g_1, T=6, sizes=(2, 3, 1, 4)).run()
    for t in range(7):
        ours = bptt.state_jacobians(run, t)
        assert ours.shape == (t + 1, *np.shape(bptt.state_jacobian(run, t, t)))
        assert ours.dtype == run.S.dtype
        for k in range(t + 1):
            assert_agree(ours[k], bptt.state_jacobian(run, t, k), 1e-14)


def test_state_jacobians_overflow_in_silence(capfd):
    run = exploding_network("vector").run()
    assert np.isposinf(bptt.state_jacobians(run, 300)[0]).all()
    assert_refused(("t:", "0 to T = 300", "301"), bptt.state_jacobians, run, 301)
    assert capfd.readouterr().err == ""


# Properties


@pytest.mark.parametrize("g_2", NAMES)
@pytest.mark.parametrize("g_1", NAMES)
@pytest.mark.parametrize("kind", KINDS)
def test_terms_sum_to_the_total(kind, g_1, g_2):
    network = random_network(7, kind, g_1, g_2, T=4)
    run = network.run()
    for at in (1, 2, 4):
        terms = bptt.chain_rule_terms(run, network.target(at), at)
        total = bptt.backward(run, network.target(at), at)
        assert len(terms.W_x) == len(terms.W_s) == len(terms.dY_dS) == at + 1
        sums = (terms.W_x[1:].sum(axis=0), terms.W_s[1:].sum(axis=0), terms.W_y)
        assert_gradients_agree(sums, weight_gradients(total), 1e-12)
        assert not terms.W_x[0].any()
        assert not terms.W_s[0].any()
        assert np.isnan(terms.dY_dS[0]).all()
        assert np.isnan(terms.dS_da[0]).all()


@pytest.mark.parametrize("g_2", NAMES)
@pytest.mark.parametrize("g_1", NAMES)
@pytest.mark.parametrize("kind", KINDS)
def test_each_term_is_the_product_of_its_factors(kind, g_1, g_2):
    """Every factor by another route, and every single term put together from them."""
    network = random_network(8, kind, g_1, g_2, T=4)
    run, at = network.run(), 3
    terms = bptt.chain_rule_terms(run, network.target(at), at)
    g_1, g_2 = rnn.ACTIVATIONS[g_1], rnn.ACTIVATIONS[g_2]
    columns = range(run.S.shape[2]) if kind == "batch" else [0]
    W_y, W_s = np.atleast_2d(network.weights.W_y), np.atleast_2d(network.weights.W_s)

    def column(V, b):
        return V[..., b] if kind == "batch" else np.atleast_1d(V)

    assert_agree(terms.dE_dY, 2 * (run.Y[at] - network.target(at)), 1e-14)
    for i in range(1, at + 1):
        assert_agree(terms.dS_da[i], g_1.derivative(run.a[i]), 1e-12)
        term_x, term_s = 0, 0
        for b in columns:
            outer_slope = g_2.derivative(W_y @ column(run.S[at], b))
            jacobian = np.atleast_2d(column(np.asarray(bptt.state_jacobian(run, at, i)), b))
            dY_dS = outer_slope[:, None] * (W_y @ jacobian)
            assert_agree(np.atleast_2d(column(terms.dY_dS[i], b)), dY_dS, 1e-12)
            dE_da = column(terms.dE_dY, b) @ dY_dS * g_1.derivative(column(run.a[i], b))
            term_x = term_x + np.outer(dE_da, column(run.X[i], b))
            term_s = term_s + np.outer(dE_da, column(run.S[i - 1], b))
        assert_agree(terms.W_x[i], term_x.reshape(np.shape(network.weights.W_x)), 1e-12)
        assert_agree(terms.W_s[i], term_s.reshape(W_s.shape if kind != "scalar" else ()), 1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_a_term_is_the_gradient_of_one_use_of_the_weight(kind):
    """Term i is the derivative in a copy of the weight that step i alone uses."""
    network = random_network(4, kind, "tanh", "sigmoid", T=4)
    W_x, W_s, W_y = network.weights
    terms = bptt.chain_rule_terms(network.run(), network.target(3), at=3)

    def error_with(i, W_x_i, W_s_i):
        S = network.S_0
        for t in (1, 2, 3):
            U_x, U_s = (W_x_i, W_s_i) if t == i else (W_x, W_s)
            S = np.tanh(np.dot(U_x, network.X[t - 1]) + np.dot(U_s, S))
        return rnn.error(network.target(3), 1 / (1 + np.exp(-np.dot(W_y, S))))

    for i in (1, 2, 3):
        dE_dW_s = gradcheck.complex_step(lambda W, i=i: error_with(i, W_x, W), W_s)
        dE_dW_x = gradcheck.complex_step(lambda W, i=i: error_with(i, W, W_s), W_x)
        assert_agree(terms.W_s[i], dE_dW_s, 1e-11)
        assert_agree(terms.W_x[i], dE_dW_x, 1e-11)


@pytest.mark.parametrize("kind", KINDS)
def test_the_sum_over_all_times_is_the_sum_of_the_gradients(kind):
    network = random_network(2, kind, "tanh", "sigmoid", T=5)
    run = network.run()
    total = bptt.backward(run, network.d)
    single = [bptt.backward(run, network.target(t), at=t) for t in range(1, 6)]
    for name in ("dE_dW_x", "dE_dW_s", "dE_dW_y", "dE_dS"):
        assert_agree(getattr(total, name), sum(getattr(one, name) for one in single), 1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_the_gradient_of_an_early_error_knows_nothing_of_later_steps(kind):
    network = random_network(6, kind, T=5)
    cut = dataclasses.replace(network, X=network.X[:2], d=network.d[:2])
    late = bptt.backward(network.run(), network.target(2), at=2)
    early = bptt.backward(cut.run(), network.target(2), at=2)
    assert_gradients_agree(weight_gradients(late), weight_gradients(early), 1e-13)
    assert_agree(late.dE_dS[:3], early.dE_dS, 1e-13)
    assert not late.dE_dS[3:].any()


@pytest.mark.parametrize("kind", KINDS)
def test_one_step(kind):
    """T = 1: E_1 alone is the sum of all, and each weight has one term."""
    network = random_network(1, kind, "tanh", "sigmoid", T=1)
    run = network.run()
    single, total = bptt.backward(run, network.d[0], at=1), bptt.backward(run, network.d)
    terms = bptt.chain_rule_terms(run, network.d[0], at=1)
    assert_gradients_agree(weight_gradients(single), weight_gradients(total), 1e-14)
    assert_gradients_agree((terms.W_x[1], terms.W_s[1], terms.W_y), weight_gradients(total), 1e-13)
    assert_backward_is_complex_step(network)


@pytest.mark.parametrize("sizes", [(1, 4, 1, 1), (4, 1, 1, 1), (2, 3, 5, 1), (5, 2, 3, 4)])
@pytest.mark.parametrize("kind", ["vector", "batch"])
def test_every_gradient_has_its_parameters_shape(kind, sizes):
    network = random_network(0, kind, sizes=sizes, T=3)
    run = network.run()
    for at in times(network):
        gradients = bptt.backward(run, network.target(at), at)
        for W, dE_dW in zip(network.weights, weight_gradients(gradients), strict=True):
            assert dE_dW.shape == W.shape
        assert gradients.dE_dS.shape == run.S.shape
    assert_backward_is_complex_step(network)
    n_x, n_s, n_y, B = sizes
    columns = (B,) if kind == "batch" else ()
    terms = bptt.chain_rule_terms(run, network.target(2), at=2)
    assert terms.W_x.shape == (3, n_s, n_x)
    assert terms.W_s.shape == (3, n_s, n_s)
    assert terms.W_y.shape == (n_y, n_s)
    assert terms.dE_dY.shape == (n_y, *columns)
    assert terms.dY_dS.shape == (3, n_y, n_s, *columns)
    assert terms.dS_da.shape == (3, n_s, *columns)


def test_scalar_gradients_are_numbers():
    network = random_network(0, "scalar", T=3)
    gradients = bptt.backward(network.run(), network.d)
    terms = bptt.chain_rule_terms(network.run(), network.d[2], at=3)
    for number in (*weight_gradients(gradients), terms.W_y, terms.dE_dY):
        assert np.ndim(number) == 0
    for row in (terms.W_x, terms.W_s, terms.dY_dS, terms.dS_da):
        assert np.shape(row) == (4,)


@pytest.mark.parametrize("g_1", NAMES)
def test_batch_gradients_add_up_over_its_sequences(g_1):
    network = random_network(5, "batch", g_1, "sigmoid", T=4, sizes=(3, 2, 3, 4))
    run = network.run()
    alone = [
        dataclasses.replace(
            network, X=network.X[..., b], S_0=network.S_0[:, b], d=network.d[..., b]
        )
        for b in range(4)
    ]
    for at in times(network):
        whole = bptt.backward(run, network.target(at), at)
        single = [bptt.backward(one.run(), one.target(at), at) for one in alone]
        for name in ("dE_dW_x", "dE_dW_s", "dE_dW_y"):
            assert_agree(getattr(whole, name), sum(getattr(one, name) for one in single), 1e-12)
        stacked = np.stack([one.dE_dS for one in single], axis=-1)
        assert_agree(whole.dE_dS, stacked, 1e-12)
        if at is not None:
            terms = bptt.chain_rule_terms(run, network.target(at), at)
            each = [bptt.chain_rule_terms(one.run(), one.target(at), at) for one in alone]
            for name in ("W_x", "W_s", "W_y"):
                assert_agree(getattr(terms, name), sum(getattr(one, name) for one in each), 1e-12)
            assert_agree(terms.dE_dY, np.stack([one.dE_dY for one in each], axis=-1), 1e-12)
            for name in ("dY_dS", "dS_da"):
                stacked = np.stack([getattr(one, name)[1:] for one in each], axis=-1)
                assert_agree(getattr(terms, name)[1:], stacked, 1e-12)


def test_a_scalar_network_is_a_network_of_one_by_one_matrices():
    scalar = random_network(1, "scalar", "tanh", "sigmoid", T=4)
    matrices = dataclasses.replace(
        scalar,
        X=scalar.X[:, None],
        S_0=scalar.S_0[None],
        d=scalar.d[:, None],
        weights=rnn.Weights(*(np.reshape(W, (1, 1)) for W in scalar.weights)),
    )
    for at in times(scalar):
        numbers = bptt.backward(scalar.run(), scalar.target(at), at)
        arrays = bptt.backward(matrices.run(), matrices.target(at), at)
        for name in ("dE_dW_x", "dE_dW_s", "dE_dW_y", "dE_dS"):
            assert_agree(np.squeeze(getattr(arrays, name)), getattr(numbers, name), 1e-13)
    terms = bptt.chain_rule_terms(scalar.run(), scalar.target(3), at=3)
    as_arrays = bptt.chain_rule_terms(matrices.run(), matrices.target(3), at=3)
    for name in ("W_x", "W_s", "dY_dS"):
        assert_agree(getattr(as_arrays, name)[1:, 0, 0], getattr(terms, name)[1:], 1e-13)
    assert_agree(
        bptt.state_jacobian(matrices.run(), 4, 1)[0, 0],
        bptt.state_jacobian(scalar.run(), 4, 1),
        1e-13,
    )


def test_an_error_of_zero_has_a_gradient_of_zero():
    network = random_network(0, "batch")
    run = network.run()
    gradients = bptt.backward(run, run.Y[1:])
    for gradient in (*weight_gradients(gradients), gradients.dE_dS):
        assert not gradient.any()


# A wrong backward pass does not get through

BROKEN = {
    "sign of dE_dW_s": lambda g: dataclasses.replace(g, dE_dW_s=-g.dE_dW_s),
    "one-half in the error": lambda g: dataclasses.replace(g, dE_dW_y=g.dE_dW_y / 2),
    "dE_dW_s transposed": lambda g: dataclasses.replace(g, dE_dW_s=g.dE_dW_s.T),
    "a ten-billionth off": lambda g: dataclasses.replace(g, dE_dW_x=g.dE_dW_x * (1 + 1e-10)),
    "one entry lost to nan": lambda g: dataclasses.replace(g, dE_dW_x=g.dE_dW_x * [np.nan, 1]),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_the_comparison_notices_a_broken_backward(fault, monkeypatch):
    network, right = random_network(0, sizes=(2, 3, 2, 1)), bptt.backward
    assert_backward_is_complex_step(network)
    monkeypatch.setattr(bptt, "backward", lambda *given: BROKEN[fault](right(*given)))
    with pytest.raises(AssertionError):
        assert_backward_is_complex_step(network)


# Precision and care


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("number", [np.float32, np.complex128])
def test_the_number_type_stays(number, kind, name):
    exact = random_network(0, kind, name, name, T=4)
    network = dataclasses.replace(
        exact,
        X=exact.X.astype(number),
        S_0=exact.S_0.astype(number),
        d=exact.d.astype(number),
        weights=rnn.Weights(*(W.astype(number) for W in exact.weights)),
    )
    tolerance = 1e-4 if number == np.float32 else 1e-12
    for at in times(network):
        ours = dataclasses.astuple(bptt.backward(network.run(), network.target(at), at))
        reference = dataclasses.astuple(bptt.backward(exact.run(), exact.target(at), at))
        for one, other in zip(ours, reference, strict=True):
            assert one.dtype == number
            assert_agree(one, other, tolerance)
    terms = bptt.chain_rule_terms(network.run(), network.target(3), at=3)
    for array in dataclasses.astuple(terms):
        assert array.dtype == number
    for k in (0, 1, 4):
        assert bptt.state_jacobian(network.run(), 4, k).dtype == number


@pytest.mark.parametrize("kind", KINDS)
def test_a_complex_target_is_passed_on(kind):
    """Gradients are linear in Y_3 - d_3: complex step in d_3 gives what d_3 = Y_3 + 1 gives."""
    network = random_network(0, kind, T=3)
    run = network.run()
    moved = bptt.backward(run, network.d[2] + 1e-30j, at=3)
    reference = bptt.backward(run, run.Y[3] + 1, at=3)
    for name in ("dE_dW_x", "dE_dW_s", "dE_dW_y", "dE_dS"):
        assert_agree(np.imag(getattr(moved, name)) / 1e-30, getattr(reference, name), 1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_a_complex_target_is_passed_on_by_the_terms(kind):
    network = random_network(0, kind, T=3)
    run = network.run()
    moved = bptt.chain_rule_terms(run, network.d[2] + 1e-30j, at=3)
    reference = bptt.chain_rule_terms(run, run.Y[3] + 1, at=3)
    for name in ("W_x", "W_s", "W_y", "dE_dY"):
        assert_agree(np.imag(getattr(moved, name)) / 1e-30, getattr(reference, name), 1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_no_input_changes(kind):
    network = random_network(0, kind, T=3)
    run = network.run()
    d = network.d.copy()
    stored = [getattr(run, name).copy() for name in ("X", "a", "S", "Y")]
    bptt.backward(run, network.d)
    bptt.backward(run, network.d[1], at=2)
    bptt.chain_rule_terms(run, network.d[1], at=2)
    bptt.state_jacobian(run, 3, 0)
    bptt.state_jacobians(run, 3)
    np.testing.assert_array_equal(network.d, d)
    for name, before in zip(("X", "a", "S", "Y"), stored, strict=True):
        np.testing.assert_array_equal(getattr(run, name), before)


def test_results_belong_to_the_caller():
    network = random_network(0, "vector", T=3)
    run = network.run()
    before = bptt.backward(run, network.d)
    kept = [array.copy() for array in vars(before).values()]
    for result in (bptt.backward(run, network.d), bptt.chain_rule_terms(run, network.d[2], at=3)):
        for array in vars(result).values():
            array *= 0
    for k in (0, 3):
        bptt.state_jacobian(run, 3, k)[...] = 0
    for result in (before, bptt.backward(run, network.d)):
        for array, copy in zip(vars(result).values(), kept, strict=True):
            np.testing.assert_array_equal(array, copy)
    np.testing.assert_array_equal(bptt.state_jacobian(run, 3, 3), np.eye(len(run.S[0])))


def test_no_result_is_overwritten_by_mistake():
    run = hand_example().run()
    for result, name in (
        (bptt.backward(run, 6, at=3), "dE_dW_s"),
        (bptt.chain_rule_terms(run, 6, at=3), "W_s"),
    ):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(result, name, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_an_activation_of_your_own_may_be_its_own_slope(kind):
    exponential = rnn.Activation("exp", np.exp, lambda S: S)
    network = dataclasses.replace(random_network(0, kind, T=2), g_1=exponential)
    before = network.run().S.copy()
    assert_backward_is_complex_step(network)
    np.testing.assert_array_equal(network.run().S, before)


@pytest.mark.parametrize("kind", KINDS)
def test_an_activation_of_your_own_may_have_any_name(kind):
    own = rnn.Activation("identity", np.tanh, rnn.TANH.slope)
    network = dataclasses.replace(random_network(0, kind, T=2), g_1=own, g_2=own)
    assert_backward_is_complex_step(network)


def test_d_may_be_a_list_of_whole_numbers():
    run = hand_example().run()
    assert weight_gradients(bptt.backward(run, [8, 6, 6])) == (13, 22, 7)  # E_1 = E_2 = 0


@pytest.mark.parametrize("at", [np.int64(2), np.array(2), np.uint8(2)])
def test_a_time_may_be_any_whole_number_type(at):
    run = hand_example().run()
    assert bptt.backward(run, 5, at).dE_dW_s == 20
    assert bptt.chain_rule_terms(run, 5, at).W_s[1:].sum() == 20
    assert bptt.state_jacobian(run, at, np.int8(1)) == 0.5


# Overflow is a result: inf and nan come back, and nothing is printed


@pytest.mark.parametrize("number", [np.float64, np.float32])
@pytest.mark.parametrize("kind", KINDS)
def test_an_exploding_gradient_comes_back_though_every_state_is_finite(kind, number, capfd):
    """The states are zero until the last step; only the way back is multiplied by W_s."""
    grown = exploding_network(kind, "identity", number)
    X = np.zeros_like(grown.X)
    X[-1] = 1
    run = dataclasses.replace(grown, X=X, S_0=0 * grown.S_0).run()
    assert np.isfinite(run.S).all()
    d = run.Y[1:] - 1
    for gradients in (bptt.backward(run, d), bptt.backward(run, d[-1], at=300)):
        assert gradients.dE_dS.dtype == number
        assert np.isposinf(gradients.dE_dS[0]).all()
        assert np.isnan(gradients.dE_dW_s).all()  # inf times a state of zero
        assert np.isfinite(gradients.dE_dW_y).all()
    terms = bptt.chain_rule_terms(run, d[-1], at=300)
    assert np.isposinf(terms.dY_dS[1]).all()
    assert np.isnan(terms.W_x[1]).all()
    assert np.isfinite(terms.W_x[300]).all()
    assert np.isposinf(bptt.state_jacobian(run, 300, 0)).all()
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("g_2", NAMES)
@pytest.mark.parametrize("g_1", ["identity", "ReLU"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_gradient_of_an_exploded_state_comes_back(kind, g_1, g_2, capfd):
    network = dataclasses.replace(exploding_network(kind, g_1), g_2=g_2)
    run = network.run()
    assert np.isposinf(run.S[300]).all()
    assert not np.isfinite(bptt.backward(run, network.d).dE_dW_s).any()
    assert not np.isfinite(bptt.backward(run, network.d[-1], at=300).dE_dW_s).any()
    assert not np.isfinite(bptt.chain_rule_terms(run, network.d[-1], at=300).W_s[300]).any()
    assert np.isposinf(bptt.state_jacobian(run, 300, 0)).all()
    assert capfd.readouterr().err == ""


# Bad input: which argument, what was expected, what came


WRONG_TARGETS = [  # kind, d, at, then what the message must say
    ("scalar", 6.0, None, "(3,)", "()"),
    ("scalar", np.ones(2), None, "(3,)", "(2,)"),
    ("scalar", np.ones(4), None, "d_1..d_T", "(3,)", "(4,)"),
    ("scalar", np.ones(3), 2, "d_2", "()", "(3,)"),
    ("vector", np.ones(3), None, "(3, 2)", "(3,)"),
    ("vector", np.ones((3, 2)), 3, "d_3", "(2,)", "(3, 2)"),
    ("vector", np.ones((2, 1)), 3, "(2,)", "(2, 1)"),
    ("batch", np.ones((3, 2)), None, "(3, 2, 4)", "(3, 2)"),
    ("batch", np.ones(2), 1, "(2, 4)", "(2,)"),
    ("scalar", np.nan, 2, "nan"),
    ("scalar", [1.0, np.inf, 2.0], None, "infinity"),
    ("scalar", "six", 2, "'six'"),
    ("scalar", None, 2, "None"),
]


@pytest.mark.parametrize("case", WRONG_TARGETS, ids=lambda case: f"{case[0]} {case[3:]}")
def test_a_wrong_target_is_named(case):
    kind, d, at, *words = case
    run = random_network(0, kind, T=3, sizes=(3, 4, 2, 4)).run()
    assert_refused(("d:", *words), bptt.backward, run, d, at)
    if at is not None:
        assert_refused(("d:", *words), bptt.chain_rule_terms, run, d, at)


@pytest.mark.parametrize("at", [0, -1, 4, 1.5, 3.0, "2", True, (1, 2), [[1], [1, 2]], []])
def test_a_wrong_time_of_the_error_is_named(at):
    run = hand_example().run()
    words = ("at:", "1 to T = 3", repr(at))
    assert_refused(words, bptt.backward, run, 6, at)
    assert_refused(words, bptt.chain_rule_terms, run, 6, at)


@pytest.mark.parametrize("run", [None, rnn.Weights(1, 1, 1), 3.0])
def test_what_is_no_run_is_named(run):
    words = ("run:", "a forward pass")
    assert_refused(words, bptt.backward, run, 6)
    assert_refused(words, bptt.chain_rule_terms, run, 6, 1)
    assert_refused(words, bptt.state_jacobian, run, 1, 0)
    assert_refused(words, bptt.state_jacobians, run, 1)


def test_chain_rule_terms_belong_to_one_error():
    assert_refused(("at:", "None"), bptt.chain_rule_terms, hand_example().run(), 6, None)


def test_wrong_times_of_a_state_jacobian_are_named():
    run = hand_example().run()
    for t in (4, -1, 1.5, None):
        assert_refused(("t:", "0 to T = 3", repr(t)), bptt.state_jacobian, run, t, 0)
    for k in (-1, 0.5, "1"):
        assert_refused(("k:", repr(k)), bptt.state_jacobian, run, 3, k)
    assert_refused(("k:", "t = 1", "got 2"), bptt.state_jacobian, run, 1, 2)

"""LSTM and GRU: the equations gate by gate, complex step, PyTorch's own layers, properties."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from gated_networks import (
    CELLS,
    KINDS,
    assert_gradients_agree,
    backward,
    random_gated,
    weight_gradients,
)
from networks import assert_agree, random_network

from bptt_helpers import bptt, gated, gradcheck, rnn
from bptt_helpers.gradient_flow import flow, step_jacobians

pytestmark = pytest.mark.filterwarnings("error")

every_cell_and_kind = pytest.mark.parametrize("cell, kind", [(c, k) for c in CELLS for k in KINDS])
every_cell = pytest.mark.parametrize("cell", CELLS)


def logistic(a):
    return 1 / (1 + np.exp(-a))


# The forward pass


def test_lstm_is_the_equations_gate_by_gate():
    network = random_gated(0, "LSTM", "vector")
    run, weights = network.run(), network.weights

    def a(gate, t):
        rows = weights.rows(gate)
        return weights.W_x[rows] @ run.X[t] + weights.W_s[rows] @ run.S[t - 1] + weights.b[rows]

    for t in range(1, network.T + 1):
        o, i, f = (logistic(a(gate, t)) for gate in "oif")
        C = f * run.C[t - 1] + i * np.tanh(a("C_tilde", t))
        assert_agree(run.C[t], C, 1e-14)
        assert_agree(run.S[t], o * np.tanh(C), 1e-14)
        assert_agree(run.Y[t], weights.W_y @ run.S[t], 1e-14)
        assert_agree(np.stack([run.o[t], run.i[t], run.f[t]]), np.stack([o, i, f]), 1e-14)
        assert_agree(run.C_tilde[t], np.tanh(a("C_tilde", t)), 1e-14)
        assert_agree(run.tanh_C[t], np.tanh(C), 1e-14)


def test_gru_is_the_equations_gate_by_gate():
    network = random_gated(0, "GRU", "vector")
    run, (W_x, W_s, b, W_y) = network.run(), network.weights
    r_rows, z_rows, rows = (network.weights.rows(gate) for gate in ("r", "z", "S_tilde"))
    for t in range(1, network.T + 1):
        X, S = run.X[t], run.S[t - 1]
        r = logistic(W_x[r_rows] @ X + W_s[r_rows] @ S + b[r_rows])
        z = logistic(W_x[z_rows] @ X + W_s[z_rows] @ S + b[z_rows])
        S_tilde = np.tanh(W_x[rows] @ X + r * (W_s[rows] @ S) + b[rows])
        assert_agree(run.S[t], z * S + (1 - z) * S_tilde, 1e-14)
        assert_agree(run.Y[t], W_y @ run.S[t], 1e-14)
        assert_agree(np.stack([run.r[t], run.z[t]]), np.stack([r, z]), 1e-14)
        assert_agree(run.S_tilde[t], S_tilde, 1e-14)
        assert_agree(run.q[t], W_s[rows] @ S, 1e-14)


@every_cell_and_kind
def test_time_is_1_based_and_the_run_is_read_only(cell, kind):
    network = random_gated(1, cell, kind)
    run = network.run()
    assert np.isnan(run.X[0]).all()
    assert np.isnan(run.Y[0]).all()
    np.testing.assert_array_equal(run.X[1:], network.X)
    np.testing.assert_array_equal(run.S[0], network.S_0)
    if cell == "LSTM":
        np.testing.assert_array_equal(run.C[0], network.C_0)
    for name, array in vars(run).items():
        if isinstance(array, np.ndarray):
            assert len(array) == network.T + 1
            assert not array.flags.writeable, name


@every_cell
def test_a_run_in_two_parts_is_the_run_in_one(cell):
    network = random_gated(2, cell, "batch", T=6)
    whole = network.run()
    early = replace(network, X=network.X[:2]).run()
    start = {"S_0": early.S[-1]} if cell == "GRU" else {"S_0": early.S[-1], "C_0": early.C[-1]}
    late = replace(network, X=network.X[2:]).run(**start)
    assert_agree(late.S, whole.S[2:], 1e-15)


@every_cell
def test_one_start_serves_every_column(cell):
    network = random_gated(3, cell, "batch")
    shared = network.run(S_0=network.S_0[:, 0], C_0=network.C_0[:, 0])
    columns = np.repeat(network.S_0[:, :1], 3, axis=1), np.repeat(network.C_0[:, :1], 3, axis=1)
    np.testing.assert_array_equal(shared.S, network.run(S_0=columns[0], C_0=columns[1]).S)


@every_cell_and_kind
def test_float32_stays_float32(cell, kind):
    network = random_gated(4, cell, kind)
    low = {name: getattr(network, name).astype(np.float32) for name in ("X", "S_0", "C_0", "d")}
    low = replace(network, weights=CELLS[cell](*(W.astype("f4") for W in network.weights)), **low)
    gradients = low.backward()
    assert low.run().S.dtype == low.run().Y.dtype == np.float32
    for one, other in zip(
        weight_gradients(gradients), weight_gradients(network.backward()), strict=True
    ):
        assert one.dtype == np.float32
        assert_agree(one, other, 1e-4)


@pytest.mark.parametrize("name", ["W_x", "W_s", "b", "W_y"])
@every_cell_and_kind
def test_one_weight_of_another_number_makes_the_run_one_of_that_number(cell, kind, name):
    network = random_gated(4, cell, kind)
    low = {key: getattr(network, key).astype(np.float32) for key in ("X", "S_0", "C_0", "d")}
    names = ("W_x", "W_s", "b", "W_y")
    for number in (np.float64, np.complex128):
        parts = {key: getattr(network.weights, key).astype(np.float32) for key in names}
        parts[name] = getattr(network.weights, name).astype(number)
        run = replace(network, weights=CELLS[cell](**parts), **low).run()
        expected = np.result_type(np.float32, number)
        assert run.S.dtype == run.Y.dtype == run.X.dtype == expected
        assert_agree(run.S, network.run().S, 1e-5)


@every_cell_and_kind
def test_the_gradients_of_a_complex_run_are_passed_on(cell, kind):
    """Im of the gradient at X + ih is its derivative in X, that of a central difference."""
    network = random_gated(5, cell, kind, T=3)

    def gradients(step):
        X = network.X.astype(complex if np.iscomplexobj(step) else float)
        X[0] += step
        return weight_gradients(replace(network, X=X).backward())

    pairs = zip(gradients(1e-5), gradients(-1e-5), strict=True)
    central = [(above - below) / 2e-5 for above, below in pairs]
    for ours, reference in zip(gradients(1e-30j), central, strict=True):
        assert_agree(ours.imag / 1e-30, reference, 1e-7)


# Gradients against complex step


@pytest.mark.parametrize("g_2", rnn.ACTIVATIONS)
@every_cell_and_kind
def test_gradients_are_those_of_complex_step(cell, kind, g_2):
    for seed in range(4):
        random = np.random.default_rng(seed)
        network = random_gated(
            seed, cell, kind, g_2, random.integers(1, 7), random.integers(1, 5, size=4)
        )
        ends = random.integers(1, network.T + 1, size=network.S_0.shape[1:])
        ats = (None, 1 + seed % network.T) + ((ends,) if kind == "batch" else ())
        for at in ats:
            reference = gradcheck.complex_step(partial(network.error, at=at), network.weights)
            assert_gradients_agree(weight_gradients(network.backward(at)), reference, 1e-11)


@every_cell_and_kind
def test_dE_dS_and_dE_dC_are_total(cell, kind):
    """Complex step in S_k (C_k kept), or in C_k (S_k = o_k tanh(C_k) follows), for every k."""
    network = random_gated(5, cell, kind, "tanh", T=4)
    run, W_y = network.run(), network.weights.W_y
    for at in (None, 2, 4):
        gradients = network.backward(at)
        for k in range(network.T + 1):
            later = replace(network, X=network.X[k:], d=network.d[k:])

            def error_from(S_k, C_k, k=k, later=later, at=at):
                E = 0j
                if k > 0 and at in (None, k):
                    E += np.sum((network.d[k - 1] - np.tanh(W_y @ S_k)) ** 2)
                if k < network.T and (at is None or at > k):
                    E += later.error(None, None if at is None else at - k, S_0=S_k, C_0=C_k)
                return E

            C_k = run.C[k] if cell == "LSTM" else None
            reference = gradcheck.complex_step(partial(error_from, C_k=C_k), run.S[k])
            assert_agree(gradients.dE_dS[k], reference, 1e-11)
            if cell == "GRU":
                assert gradients.dE_dC is None
                continue

            def error_from_C(C_k, k=k, error_from=error_from):
                return error_from(run.o[k] * np.tanh(C_k) if k > 0 else run.S[0], C_k)

            reference = gradcheck.complex_step(error_from_C, run.C[k])
            assert_agree(gradients.dE_dC[k], reference, 1e-11)


@every_cell
def test_a_long_sequence_is_not_truncated(cell):
    """With the state kept (f or z near 1), the first input still moves the last error."""
    network = random_gated(6, cell, "vector", T=60, sizes=(2, 3, 1, 1))
    biases = {"f": 6.0, "i": -3.0} if cell == "LSTM" else {"z": 6.0}
    network = replace(network, weights=network.weights.with_bias(**biases))
    reference = gradcheck.complex_step(partial(network.error, at=60), network.weights)
    assert_gradients_agree(weight_gradients(network.backward(60)), reference, 1e-11)
    assert np.abs(network.backward(60).dE_dS[1]).max() > 1e-4


# Properties


@every_cell_and_kind
def test_the_sum_over_all_times_is_the_sum_of_the_times(cell, kind):
    network = random_gated(7, cell, kind)
    apart = [weight_gradients(network.backward(t)) for t in range(1, network.T + 1)]
    sums = [np.sum(gradients, axis=0) for gradients in zip(*apart, strict=True)]
    assert_gradients_agree(weight_gradients(network.backward()), sums, 1e-13)


@every_cell
def test_a_batch_is_its_columns_one_by_one(cell):
    network = random_gated(8, cell, "batch")
    for at in (None, 3):
        ours = network.backward(at)
        alone = [network.column(b).backward(at) for b in range(3)]
        sums = [np.sum(g, axis=0) for g in zip(*map(weight_gradients, alone), strict=True)]
        assert_gradients_agree(weight_gradients(ours), sums, 1e-13)
        assert_agree(ours.dE_dS, np.stack([one.dE_dS for one in alone], axis=-1), 1e-13)


@every_cell
def test_columns_with_ends_of_their_own_are_the_sequences_one_by_one(cell):
    network = random_gated(9, cell, "batch", "tanh", T=6, sizes=(2, 3, 2, 4))
    ends = (2, 6, 1, 4)
    ours = network.backward(ends)
    alone = [network.column(b, end).backward(end) for b, end in enumerate(ends)]
    sums = [np.sum(g, axis=0) for g in zip(*map(weight_gradients, alone), strict=True)]
    assert_gradients_agree(weight_gradients(ours), sums, 1e-13)
    for b, end in enumerate(ends):
        assert_agree(ours.dE_dS[: end + 1, :, b], alone[b].dE_dS, 1e-13)
        assert not ours.dE_dS[end + 1 :, :, b].any()
    other = network.X.copy()
    for b, end in enumerate(ends):
        other[end:, :, b] = 7
    padded = backward(replace(network, X=other).run(), network.target(ends), ends)
    assert_gradients_agree(weight_gradients(padded), weight_gradients(ours), 1e-13)


@every_cell
def test_a_closed_gate_keeps_the_state_for_ever(cell):
    """f = 1, i = 0, or z = 1: nothing is forgotten and nothing enters."""
    network = random_gated(10, cell, "vector", T=100)
    biases = {"f": 800.0, "i": -800.0} if cell == "LSTM" else {"z": 800.0}
    network = replace(network, weights=network.weights.with_bias(**biases))
    run = network.run()
    if cell == "LSTM":
        np.testing.assert_array_equal(run.C[100], network.C_0)
        np.testing.assert_array_equal(flow(run, 100, "C", "C"), np.ones(101))
    else:
        np.testing.assert_array_equal(run.S[100], network.S_0)
        np.testing.assert_array_equal(flow(run, 100), np.ones(101))


def test_the_gates_at_their_ends_are_exactly_0_and_1():
    network = random_gated(10, "LSTM", "vector")
    run = replace(network, weights=network.weights.with_bias(f=-800.0, i=800.0)).run()
    assert (run.f[1:] == 0).all()
    assert (run.i[1:] == 1).all()


# The flow of gradient


@every_cell
def test_step_jacobians_are_those_of_complex_step(cell):
    network = random_gated(11, cell, "vector", T=3)
    jacobians = step_jacobians(network.run())
    n_s, lstm = 4, cell == "LSTM"
    assert jacobians.shape == (4, (1 + lstm) * n_s, (1 + lstm) * n_s)
    run = network.run()
    for t in (1, 2, 3):
        step = replace(network, X=network.X[t - 1 : t])
        state = np.concatenate([run.S[t - 1], run.C[t - 1]]) if lstm else run.S[t - 1]
        for j in range(len(state)):
            moved = state.astype(complex)
            moved[j] += 1e-30j
            next_one = step.run(S_0=moved[:n_s], C_0=moved[n_s:] if lstm else None)
            column = np.concatenate([next_one.S[1], next_one.C[1]]) if lstm else next_one.S[1]
            assert_agree(jacobians[t, :, j], column.imag / 1e-30, 1e-12)


def derivatives(network, t, k, of, by):
    """∂of_t/∂by_k by complex step, one column for each entry that is moved."""
    run, later = network.run(), replace(network, X=network.X[k:t])
    columns = []
    for j in range(run.S.shape[1]):
        S, C = run.S[k].astype(complex), getattr(run, "C", run.S)[k].astype(complex)
        if by == "S":
            S[j] += 1e-30j
        else:
            C[j] += 1e-30j
            S = run.o[k] * np.tanh(C) if k > 0 else S
        end = (S, C) if t == k else [getattr(later.run(S_0=S, C_0=C), v, S)[-1] for v in "SC"]
        columns.append(end["SC".index(of)].imag / 1e-30)
    return np.stack(columns, axis=1)


@pytest.mark.parametrize(
    "cell, of, by",
    [("GRU", "S", "S"), *(("LSTM", of, by) for of in "SC" for by in "SC")],
)
def test_flow_is_the_norm_of_the_derivative(cell, of, by):
    network = random_gated(12, cell, "vector", T=6)
    for t in (0, 3, 6):
        norms = flow(network.run(), t, of, by)
        reference = [np.linalg.svd(derivatives(network, t, k, of, by))[1][0] for k in range(t + 1)]
        np.testing.assert_allclose(norms, reference, rtol=1e-11, atol=1e-15)


def test_flow_through_an_rnn_is_that_of_its_state_jacobian():
    run = random_network(13, "vector", T=6, sizes=(2, 3, 1, 1)).run()
    reference = [np.linalg.norm(bptt.state_jacobian(run, 6, k), 2) for k in range(7)]
    np.testing.assert_allclose(flow(run, 6), reference, rtol=1e-12)


def test_flow_agrees_with_backward_for_one_state():
    network = random_gated(14, "LSTM", "vector", T=5, sizes=(2, 1, 1, 1))
    gradients = network.backward(5)
    dE_dS_5 = gradients.dE_dS[5]
    ratios = np.abs(gradients.dE_dC / dE_dS_5)[:, 0]
    np.testing.assert_allclose(flow(network.run(), 5, by="C"), ratios, rtol=1e-12)
    ratios = np.abs(gradients.dE_dS / dE_dS_5)[:, 0]
    np.testing.assert_allclose(flow(network.run(), 5), ratios, rtol=1e-12)


def test_an_lstm_vanishes_too_if_its_forget_gate_is_closed():
    """The closer b_f is to minus infinity, the less of C_0 arrives: |∂C_T/∂C_0| falls with b_f."""
    network = random_gated(15, "LSTM", "vector", T=30, sizes=(2, 4, 1, 1))
    network = replace(network, weights=replace(network.weights, W_s=network.weights.W_s / 10))
    arrived = [
        flow(replace(network, weights=network.weights.with_bias(f=b_f)).run(), 30, "C", "C")[0]
        for b_f in (-4, -2, 0, 2, 4, 6)
    ]
    assert (np.diff(arrived) > 0).all()
    assert arrived[0] < 1e-20
    assert arrived[-1] > 0.5


def test_a_flow_beyond_the_largest_number_is_inf():
    weights = rnn.Weights(np.eye(2), 1e200 * np.eye(2), np.eye(2))
    run = rnn.forward(np.zeros((4, 2)), np.zeros(2), weights, "identity")
    np.testing.assert_array_equal(flow(run, 4), [np.inf, np.inf, np.inf, 1e200, 1])


def test_flow_says_what_it_needs():
    run = random_gated(0, "GRU", "vector").run()
    with pytest.raises(ValueError, match="by: expected one of S, got 'C'"):
        flow(run, 5, by="C")
    with pytest.raises(ValueError, match="of: expected one of S, C, got 's'"):
        flow(random_gated(0, "LSTM", "vector").run(), 5, of="s")
    with pytest.raises(ValueError, match="t: expected a whole number from 0 to T = 5, got 6"):
        flow(run, 6)
    with pytest.raises(ValueError, match="run: expected one sequence"):
        flow(random_gated(0, "GRU", "batch").run(), 5)
    with pytest.raises(ValueError, match="run: expected one sequence"):
        flow(random_network(0, "scalar", T=2).run(), 2)
    with pytest.raises(
        ValueError, match=r"run: expected a forward pass \(RNNRun, LSTMRun, GRURun\)"
    ):
        flow(3, 2)


# Weights, and errors in words


@every_cell
def test_weights_unpack_are_copied_and_read_only(cell):
    parts = [np.array(W) for W in random_gated(0, cell, "vector").weights]
    weights = CELLS[cell](*parts)
    parts[0][:] = 7
    W_x, W_s, b, W_y = weights
    assert (W_x != 7).all()
    assert (W_x is weights.W_x, W_s is weights.W_s, b is weights.b, W_y is weights.W_y) == (
        True,
    ) * 4
    with pytest.raises(ValueError, match="read-only"):
        weights.b[0] = 1


@every_cell
def test_each_gate_has_rows_of_its_own(cell):
    weights = random_gated(0, cell, "vector").weights
    taken = np.concatenate([np.arange(len(weights.b))[weights.rows(g)] for g in weights.GATES])
    np.testing.assert_array_equal(taken, np.arange(len(weights.b)))
    with pytest.raises(ValueError, match="gate: expected one of"):
        weights.rows("nothing")


def test_with_bias_sets_the_bias_of_these_gates_only():
    weights = random_gated(0, "LSTM", "vector").weights
    other = weights.with_bias(f=2.5, o=[1, 2, 3, 4])
    assert isinstance(other, gated.LSTMWeights)
    assert (other.b[other.rows("f")] == 2.5).all()
    np.testing.assert_array_equal(other.b[other.rows("o")], [1, 2, 3, 4])
    for gate in ("i", "C_tilde"):
        np.testing.assert_array_equal(other.b[other.rows(gate)], weights.b[weights.rows(gate)])
    assert other.W_s is not weights.W_s
    np.testing.assert_array_equal(other.W_s, weights.W_s)
    with pytest.raises(ValueError, match="gate: expected one of o, i, f, C_tilde, got 'z'"):
        weights.with_bias(z=1)


@pytest.mark.parametrize(
    "name, value, words",
    [
        ("W_x", np.zeros((7, 3)), "W_x: expected n_s = 4 rows for each of o, i, f, C_tilde"),
        ("W_x", 1.0, "W_x: expected a matrix"),
        ("W_s", np.zeros((15, 4)), "W_s: expected n_s = 4 rows for each of o, i, f, C_tilde"),
        ("b", np.zeros((16, 1)), "b: expected one entry for each row of W_s"),
        ("W_y", np.zeros((2, 5)), "W_y: expected one column for each of the n_s = 4 states"),
        ("b", np.full(16, np.nan), "b: expected finite numbers"),
    ],
)
def test_weights_that_do_not_fit_are_told(name, value, words):
    with pytest.raises(ValueError, match=words):
        replace(random_gated(0, "LSTM", "vector").weights, **{name: value})


@every_cell
def test_inputs_that_do_not_fit_are_told(cell):
    network = random_gated(0, cell, "batch")
    for name, value, words in (
        ("X", network.X[:, :2], r"X: expected \(T, n_x\) .* with n_x = 3"),
        ("X", network.X[:0], "X: expected at least one number"),
        ("X", network.X[:, :, :0], "X: expected at least one number"),
        ("X", np.full_like(network.X, np.inf), "X: expected finite numbers"),
        (
            "S_0",
            np.zeros((4, 2)),
            r"S_0: expected one state, an entry for each column of W_s, shape \(4, 3\)",
        ),
        ("g_2", "softmax", "g_2: expected one of identity"),
        ("weights", random_network(0).weights, f"weights: expected gated.{cell}Weights"),
    ):
        with pytest.raises(ValueError, match=words):
            replace(network, **{name: value}).run()
    if cell == "LSTM":
        with pytest.raises(ValueError, match="C_0: expected one state"):
            replace(network, C_0=np.zeros(3)).run()


@every_cell
def test_targets_and_times_that_do_not_fit_are_told(cell):
    network = random_gated(0, cell, "batch")
    run, d = network.run(), network.d
    for target, at, words in (
        (d[:4], None, "d: expected d_1..d_T in order"),
        (d, 2, r"d: expected d_2 alone, like Y\[2\]"),
        (d, [1, 2, 3], "d: expected one target for each column, at its own end"),
        (d[0], 6, "at: expected a whole number from 1 to T = 5, got 6"),
        (d[0], 1.5, "at: expected a whole number from 1 to T = 5, got 1.5"),
        (d[0], [1, 2], r"or one for each column of a batch \(3 columns here\)"),
        (d[0], [1, 2, 0], r"at: expected a whole number from 1 to T = 5, or one .*, got 0"),
        (np.full_like(d, np.nan), None, "d: expected finite numbers"),
    ):
        with pytest.raises(ValueError, match=words):
            backward(run, target, at)
    with pytest.raises(
        ValueError, match=r"at: expected .* T = 5, or one for each column .* \(no columns"
    ):
        backward(random_gated(0, cell, "vector").run(), d[0, :, 0], [1, 2])


@every_cell
def test_an_overflow_is_a_result_and_no_warning(cell):
    network = random_gated(0, cell, "vector")
    huge = CELLS[cell](*(1e200 * W for W in network.weights))
    run = replace(network, X=1e200 * network.X).run(huge)
    backward(run, network.d)
    flow(run, 5)

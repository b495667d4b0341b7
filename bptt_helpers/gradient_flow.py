"""The flow of gradient through an RNN, LSTM or GRU:  ‖∂S_t/∂S_k‖ against the lag t - k.

Pascanu, Mikolov and Bengio (2013), "On the difficulty of training recurrent neural networks",
equation 5, for the state of any of the three networks; Hochreiter and Schmidhuber (1997), "Long
short-term memory", section 3, for the cell.
"""

import numpy as np

from bptt_helpers import expect, gated, matrices, rnn


def flow(run, t, of="S", by="S"):
    """‖∂S_t/∂S_k‖ for k = 0..t: how much of a change at step k arrives at step t.

    The norm is the largest singular value. `run` is a pass of one sequence through an RNN, LSTM or
    GRU. For an LSTM, `of` and `by` may be "C" instead of "S": `by="C"` gives ‖∂S_t/∂C_k‖, and
    `of="C", by="C"` gives ‖∂C_t/∂C_k‖; from C_k the way through S_k = o_k tanh(C_k) counts, as in
    `gated.GatedGradients`. Returns shape (t + 1,), inf where a number no longer fits.

    Raises ValueError for a batch, a scalar network, t not in 0..T, and a "C" without a cell.
    """
    jacobians = step_jacobians(run)
    t, n_s, n = expect.time("t", t, run.T, lowest=0), run.S.shape[1], len(jacobians[0])
    parts = {"S": slice(n_s), "C": slice(n_s, n)} if n > n_s else {"S": slice(n_s)}
    of, by = (parts[expect.one_of(name, part, parts)] for name, part in (("of", of), ("by", by)))
    chain = np.empty((t + 1, n_s, n), jacobians.dtype)
    chain[t] = np.eye(n)[of]
    with np.errstate(all="ignore"):
        for k in range(t, 0, -1):
            chain[k - 1] = chain[k] @ jacobians[k]
        if by == parts.get("C"):
            dS_dC = run.o[1 : t + 1] * (1 - run.tanh_C[1 : t + 1] ** 2)
            chain[1:, :, by] += chain[1:, :, parts["S"]] * dS_dC[:, None]
    return matrices.largest_singular_value(chain[:, :, by])


def step_jacobians(run):
    """∂S_t/∂S_{t-1} for t = 1..T; for an LSTM that of the pair, S_t above C_t.

    Returns shape (T + 1, n_s, n_s), or (T + 1, 2 n_s, 2 n_s) for an LSTM, whose S_{t-1} and C_{t-1}
    are each moved on their own; row 0 is nan. Their product is ∂S_t/∂S_k, with the later ones on
    the left. Raises ValueError for a batch, a scalar network, or what is not a run.
    """
    expect.run(run, rnn.RNNRun, gated.LSTMRun, gated.GRURun)
    if run.S.ndim != 2:
        words = "one sequence through a network with vector states, shape (n_s,)"
        expect.fail("run", words, expect.Words(f"states of shape {run.S.shape[1:]}"))
    n_s, number = run.S.shape[1], run.S.dtype
    by_gate = run.weights.W_s.reshape(-1, n_s, n_s)
    with np.errstate(all="ignore"):
        if isinstance(run, rnn.RNNRun):
            slopes = np.append(np.full((1, n_s), np.nan, number), run.g_1.slope(run.S[1:]), axis=0)
            return slopes[:, :, None] * run.weights.W_s
        if isinstance(run, gated.GRURun):
            slopes = gated.gru_slopes(run, run.T, number).reshape(run.T + 1, 3, n_s, 1)
            return (slopes * by_gate).sum(axis=1) + _diagonal(run.z)
        dS_dC, slopes = gated.lstm_slopes(run, run.T, number)
        slopes = slopes.reshape(run.T + 1, 4, n_s, 1)
        through_o, *through_C = np.moveaxis(slopes * by_gate, 1, 0)
        S, C = slice(n_s), slice(n_s, None)
        jacobians = np.empty((run.T + 1, 2 * n_s, 2 * n_s), number)
        jacobians[:, C, S] = sum(through_C)
        jacobians[:, C, C] = _diagonal(run.f)
        jacobians[:, S, S] = through_o + dS_dC[..., None] * jacobians[:, C, S]
        jacobians[:, S, C] = _diagonal(dS_dC * run.f)
        return jacobians


def _diagonal(v):
    return v[..., None] * np.eye(v.shape[-1])

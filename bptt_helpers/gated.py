"""LSTM and GRU: the state is kept, and gates decide what enters it, what stays and what leaves.

σ is the sigmoid; products of states and gates are element by element. The sizes, the 1-based time
and the batches as columns are those of `rnn`, except that there are no scalar networks. Each gate
has its rows in W_x, W_s and b, so that one product serves all of them: those of the forget gate are
`W_s[weights.rows("f")]`. Overflow is a result: inf and nan come back, and no warning is printed.

Hochreiter and Schmidhuber (1997), "Long short-term memory"; Gers, Schmidhuber and Cummins (2000),
"Learning to forget" (the forget gate f); Cho et al. (2014), "Learning phrase representations using
RNN encoder-decoder for statistical machine translation" (the GRU).
"""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from bptt_helpers import bptt, expect, rnn


@dataclass(frozen=True)
class GatedWeights:
    """W_x, W_s, b of all gates, one above the other in the order of `GATES`, and W_y.

    With m gates: W_x (m n_s, n_x), W_s (m n_s, n_s), b (m n_s,), W_y (n_y, n_s). They are copied
    and can be unpacked. Raises ValueError for shapes that do not fit together, nan and infinity.
    """

    W_x: np.ndarray
    W_s: np.ndarray
    b: np.ndarray
    W_y: np.ndarray
    GATES: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self):
        W_x, W_s, b, W_y = rnn.copied(self)
        for name, W in (("W_x", W_x), ("W_s", W_s), ("W_y", W_y)):
            expect.shape(name, W, W.shape if W.ndim == 2 else ("rows", "columns"), "a matrix")
        m, n_s = len(self.GATES), W_s.shape[1]
        rows = f"n_s = {n_s} rows for each of {', '.join(self.GATES)}"
        expect.shape("W_s", W_s, (m * n_s, n_s), f"{rows}, and n_s columns")
        expect.shape("W_x", W_x, (m * n_s, W_x.shape[1]), rows)
        expect.shape("b", b, (m * n_s,), f"one entry for each row of W_s ({rows})")
        of_states = f"one column for each of the n_s = {n_s} states"
        expect.shape("W_y", W_y, (len(W_y), n_s), of_states)

    def __iter__(self):
        return iter((self.W_x, self.W_s, self.b, self.W_y))

    def rows(self, gate):
        """The rows of `gate` in W_x, W_s and b, as a slice; ValueError if there is none."""
        first = self.GATES.index(expect.one_of("gate", gate, self.GATES))
        n_s = self.W_s.shape[1]
        return slice(first * n_s, (first + 1) * n_s)

    def with_bias(self, **biases):
        """The same weights with these biases, one number (or n_s of them) a gate: `f=2.0`."""
        b = self.b.copy()
        for gate, bias in biases.items():
            rows, bias = self.rows(gate), expect.finite_array(gate, bias, real=True)
            words = "one number, or one for each state"
            b[rows] = expect.shape(gate, bias, b[rows].shape if bias.ndim else (), words)
        return replace(self, b=b)


class LSTMWeights(GatedWeights):
    """The weights of `lstm_forward`: rows of the gates o, i, f, then of the candidate C_tilde."""

    GATES = ("o", "i", "f", "C_tilde")


class GRUWeights(GatedWeights):
    """The weights of `gru_forward`: rows of the gates r, z, then of the candidate S_tilde."""

    GATES = ("r", "z", "S_tilde")


@dataclass(frozen=True)
class LSTMRun:
    """A forward pass of an LSTM: `S[t]`, `C[t]` for t = 0..T, all else for t = 1..T (row 0 is nan).

    `tanh_C[t]` is tanh(C_t). One step has shape (n,), in a batch (n, B). The arrays are read-only.
    """

    T: int
    X: np.ndarray
    S: np.ndarray
    C: np.ndarray
    o: np.ndarray
    i: np.ndarray
    f: np.ndarray
    C_tilde: np.ndarray
    tanh_C: np.ndarray
    Y: np.ndarray
    weights: LSTMWeights
    g_2: rnn.Activation


@dataclass(frozen=True)
class GRURun:
    """A forward pass of a GRU: `S[t]` for t = 0..T, all else for t = 1..T (row 0 is nan).

    `q[t]` is W_s S_{t-1} at the rows of the candidate, which r_t lets through. One step has
    shape (n,), in a batch (n, B). The arrays are read-only.
    """

    T: int
    X: np.ndarray
    S: np.ndarray
    r: np.ndarray
    z: np.ndarray
    S_tilde: np.ndarray
    q: np.ndarray
    Y: np.ndarray
    weights: GRUWeights
    g_2: rnn.Activation


@dataclass(frozen=True)
class GatedGradients:
    """∂E/∂W_x, ∂E/∂W_s, ∂E/∂b, ∂E/∂W_y, each in its weight's shape, and ∂E/∂S_k for k = 0..T.

    An LSTM has ∂E/∂C_k as well (a GRU: None). All of them are total, by every route to the error:
    from C_k the one through S_k = o_k tanh(C_k) counts, whereas no route leads from S_k to C_k.
    """

    dE_dW_x: np.ndarray
    dE_dW_s: np.ndarray
    dE_db: np.ndarray
    dE_dW_y: np.ndarray
    dE_dS: np.ndarray
    dE_dC: np.ndarray | None = None


def lstm_forward(X, S_0, C_0, weights, g_2=rnn.IDENTITY):
    """C_t = f_t C_{t-1} + i_t C̃_t,  S_t = o_t tanh(C_t),  Y_t = g_2(W_y S_t),  for t = 1..T.

    o_t, i_t, f_t = σ(W_x X_t + W_s S_{t-1} + b),  C̃_t = tanh(W_x X_t + W_s S_{t-1} + b),  each with
    its own rows of the weights (`LSTMWeights`). `X` is (T, n_x) or, as columns, (T, n_x, B); `S_0`
    and `C_0` are (n_s,) or (n_s, B); (n_s,) serves every column. Returns `LSTMRun`.

    Raises ValueError for shapes that do not fit the weights, T = 0, nan or infinity in the data.

    Hochreiter and Schmidhuber (1997), section 4, with the forget gate of Gers et al. (2000).
    """
    g_2, X, (S, C), gates = _begin(LSTMWeights, X, weights, g_2, {"S_0": S_0, "C_0": C_0})
    o, i, f, C_tilde = (gates[:, weights.rows(gate)] for gate in weights.GATES)
    tanh_C = np.full_like(S, np.nan)
    with np.errstate(all="ignore"):
        steps = map(rnn.step_views, (gates, gates[:, : 3 * len(S[0])], o, i, f, C_tilde, tanh_C))
        for t, (a_t, sigmoids, o_t, i_t, f_t, C_tilde_t, tanh_C_t) in _from_1(steps):
            a_t += weights.W_s.dot(S[t - 1])
            _sigmoid(sigmoids, out=sigmoids)
            np.tanh(C_tilde_t, out=C_tilde_t)
            C[t] = f_t * C[t - 1] + i_t * C_tilde_t
            np.tanh(C[t], out=tanh_C_t)
            S[t] = o_t * tanh_C_t
        Y = _outputs(weights.W_y, S, g_2)
    arrays = map(rnn.frozen, (X, S, C, o, i, f, C_tilde, tanh_C, Y))
    return LSTMRun(len(X) - 1, *arrays, weights, g_2)


def gru_forward(X, S_0, weights, g_2=rnn.IDENTITY):
    """S_t = z_t S_{t-1} + (1 - z_t) S̃_t,  Y_t = g_2(W_y S_t),  for t = 1..T.

    r_t, z_t = σ(W_x X_t + W_s S_{t-1} + b),  S̃_t = tanh(W_x X_t + r_t (W_s S_{t-1}) + b),  each
    with its own rows of the weights (`GRUWeights`). Shapes and errors are those of `lstm_forward`.
    Returns `GRURun`.

    Cho et al. (2014), equations 5 to 8 (section 2.3). Their first preprint has r_t outside the
    product, r_t (W_s S_{t-1}), as here and in PyTorch; the later versions have W_s (r_t S_{t-1}).
    """
    g_2, X, (S,), gates = _begin(GRUWeights, X, weights, g_2, {"S_0": S_0})
    r, z, S_tilde = (gates[:, weights.rows(gate)] for gate in weights.GATES)
    q, n = np.full_like(S, np.nan), len(S[0])
    with np.errstate(all="ignore"):
        steps = map(rnn.step_views, (gates[:, : 2 * n], r, z, S_tilde, q))
        for t, (sigmoids, r_t, z_t, S_tilde_t, q_t) in _from_1(steps):
            W_s_S = weights.W_s.dot(S[t - 1])
            q_t[...] = W_s_S[2 * n :]
            sigmoids += W_s_S[: 2 * n]
            _sigmoid(sigmoids, out=sigmoids)
            S_tilde_t += r_t * q_t
            np.tanh(S_tilde_t, out=S_tilde_t)
            S[t] = z_t * S[t - 1] + (1 - z_t) * S_tilde_t
        Y = _outputs(weights.W_y, S, g_2)
    return GRURun(len(X) - 1, *map(rnn.frozen, (X, S, r, z, S_tilde, q, Y)), weights, g_2)


def _begin(kind, X, weights, g_2, states):
    """g_2, X and the states laid out, and W_x X_t + b for all t and gates.

    A batch lies in memory as (T, n, B), not as in `rnn`: so the rows of a gate are one block, and
    the steps, whose work is mostly element by element, take 12 to 30 % less time.
    """
    expect.instance("weights", weights, kind, f"gated.{kind.__name__}(W_x, W_s, b, W_y)")
    g_2 = rnn.activation(g_2, "g_2")
    X, *states = rnn.laid_out(X, weights, states, np.empty)
    with np.errstate(all="ignore"):
        gates = _each_step(weights.W_x, X).astype(X.dtype, copy=False)
        gates += weights.b if X.ndim == 2 else weights.b[:, None]
    return g_2, X, states, gates


def _each_step(W, V):
    """W V_t for every row t of `V`: (T, n) or (T, n, B)."""
    return V @ W.T if V.ndim == 2 else W @ V


def _outputs(W_y, S, g_2):
    Y = g_2.function(_each_step(W_y, S)).astype(S.dtype, copy=False)
    Y[0] = np.nan
    return Y


def _from_1(steps):
    """(t, what belongs to step t) for t = 1..T."""
    return list(enumerate(zip(*steps, strict=True)))[1:]


def lstm_backward(run, d, at=None):
    """∂E/∂C_{t-1} = f_t ∂E/∂C_t + share of S_{t-1},  ∂E/∂S_{t-1} = own output + W_sᵀ ∂E/∂a_t.

    a_t is W_x X_t + W_s S_{t-1} + b, all gates at once. `run` is an `LSTMRun`. With `at=t`, E is
    E_t and `d` is d_t, (n_y,) or (n_y, B); with `at=None`, E is the sum of all E_t and `d` holds
    d_1..d_T in order. A batch may have one end for each column, `at` = (t_1, ..., t_B): the error
    of column b is then its own E_t at t = t_b, and column b of `d` is its target. Returns
    `GatedGradients`; a batch sums over its columns. Raises ValueError if `d` or `at` does not fit.

    Gers et al. (2000), section 3.2, untruncated as in Graves and Schmidhuber (2005), appendix A.
    """
    expect.run(run, LSTMRun)
    with np.errstate(all="ignore"):
        steps, dE_dV, dE_dS = _begin_backward(run, d, at)
        last, W_s_T = steps.stop - 1, run.weights.W_s.T
        dE_dC = np.zeros_like(dE_dS)
        dS_dC, dE_da = lstm_slopes(run, last, dE_dV.dtype)
        by_gate = dE_da.reshape(last + 1, 4, *run.S.shape[1:])
        for t in range(last, 0, -1):
            dE_dC[t] += dE_dS[t] * dS_dC[t]
            by_gate[t, 0] *= dE_dS[t]  # o acts on S_t; i, f and the candidate act on C_t
            by_gate[t, 1:] *= dE_dC[t]
            dE_dC[t - 1] = run.f[t] * dE_dC[t]
            dE_dS[t - 1] += W_s_T.dot(dE_da[t])
        return _gradients(run, steps, dE_dV, dE_da[1:], dE_da[1:], dE_dS, dE_dC)


def gru_backward(run, d, at=None):
    """∂E/∂S_{t-1} = own output's share + z_t ∂E/∂S_t + W_sᵀ ∂E/∂(W_s S_{t-1}),  from T down to 1.

    `run` is a `GRURun`; `d`, `at`, the result and the errors are those of `lstm_backward`.

    Cho et al. (2014), equations 5 to 8, differentiated.
    """
    expect.run(run, GRURun)
    with np.errstate(all="ignore"):
        steps, dE_dV, dE_dS = _begin_backward(run, d, at)
        last, W_s_T = steps.stop - 1, run.weights.W_s.T
        dE_dp = gru_slopes(run, last, dE_dV.dtype)  # p_t = W_s S_{t-1}
        by_gate = dE_dp.reshape(last + 1, 3, *run.S.shape[1:])
        for t in range(last, 0, -1):
            by_gate[t] *= dE_dS[t]
            dE_dS[t - 1] += run.z[t] * dE_dS[t] + W_s_T.dot(dE_dp[t])
        dE_da = dE_dp.copy()
        dE_da[:, run.weights.rows("S_tilde")] = _candidate_slope(run, last) * dE_dS[: last + 1]
        return _gradients(run, steps, dE_dV, dE_da[1:], dE_dp[1:], dE_dS)


def _begin_backward(run, d, at):
    """The errors at the outputs, and in ∂E/∂S the own share of each output."""
    steps, dE_dV = bptt.errors_at_outputs(run, d, at)
    dE_dS = np.zeros(run.S.shape, dE_dV.dtype)
    dE_dS[steps] = _each_step(run.weights.W_y.T, dE_dV)
    return steps, dE_dV, dE_dS


def _gradients(run, steps, dE_dV, dE_da, dE_dp, dE_dS, dE_dC=None):
    """The products with what each weight was multiplied by; rows 0.. of dE_da, dE_dp are t = 1.."""
    last = len(dE_da)
    dE_da, dE_dp = _side_by_side(dE_da), _side_by_side(dE_dp)
    return GatedGradients(
        dE_dW_x=dE_da @ _side_by_side(run.X[1 : last + 1]).T,
        dE_dW_s=dE_dp @ _side_by_side(run.S[:last]).T,
        dE_db=dE_da.sum(axis=1),
        dE_dW_y=_side_by_side(dE_dV) @ _side_by_side(run.S[steps]).T,
        dE_dS=dE_dS,
        dE_dC=dE_dC,
    )


def _side_by_side(rows):
    """The columns of all steps in one matrix, so that A Bᵀ sums over steps and over the batch."""
    return np.moveaxis(rows, 1, 0).reshape(rows.shape[1], -1)


def lstm_slopes(run, last, number):
    """∂S_t/∂C_t, and ∂S_t/∂a_t (rows of o) above ∂C_t/∂a_t (i, f, candidate), for t = 1..last.

    Shapes (last + 1, n_s, ...) and (last + 1, 4 n_s, ...), in the order of the weights' rows. Row 0
    is nan.
    """
    o, i, f, C_tilde, tanh_C = (
        gate[: last + 1] for gate in (run.o, run.i, run.f, run.C_tilde, run.tanh_C)
    )
    n_s = run.S.shape[1]
    stack = np.empty((last + 1, 4 * n_s, *run.S.shape[2:]), number)
    by_gate = stack.reshape(last + 1, 4, *run.S.shape[1:])
    by_gate[:, 0] = tanh_C * o * (1 - o)
    by_gate[:, 1] = C_tilde * i * (1 - i)
    by_gate[1:, 2] = run.C[:last]
    by_gate[:, 2] *= f * (1 - f)
    by_gate[:, 3] = i * (1 - C_tilde**2)
    return o * (1 - tanh_C**2), stack


def gru_slopes(run, last, number):
    """∂S_t/∂(W_s S_{t-1}) for t = 1..last, shape (last + 1, 3 n_s, ...), row 0 nan."""
    r, z, S_tilde, q = (gate[: last + 1] for gate in (run.r, run.z, run.S_tilde, run.q))
    n_s = run.S.shape[1]
    stack = np.empty((last + 1, 3 * n_s, *run.S.shape[2:]), number)
    by_gate = stack.reshape(last + 1, 3, *run.S.shape[1:])
    by_gate[:, 2] = _candidate_slope(run, last) * r
    by_gate[:, 0] = by_gate[:, 2] * q * (1 - r)
    by_gate[1:, 1] = run.S[:last] - S_tilde[1:]
    by_gate[:, 1] *= z * (1 - z)
    return stack


def _candidate_slope(run, last):
    """∂S_t/∂a_t at the rows of the candidate, for t = 1..last."""
    return (1 - run.z[: last + 1]) * (1 - run.S_tilde[: last + 1] ** 2)


def _sigmoid(a, out):
    """σ(a) = 1 / (1 + exp(-a)) into `out`; where exp overflows, σ is the 0 that it should be."""
    np.negative(a, out=out)
    np.exp(out, out=out)
    out += 1
    np.reciprocal(out, out=out)

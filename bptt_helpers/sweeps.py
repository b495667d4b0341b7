"""One weight, many values:  dE_T/dW_s = Σ_i dE_T/dS_i · ∂⁺S_i/∂W_s  along a whole axis of W_s.

For figures over the W_s of a scalar network that a slider redraws: one call replaces a forward and
a backward pass for each value. Sizes and 1-based time are those of `rnn`; n is the number of
values. Overflow is a result here as well: inf and nan come back and no warning is printed.

Pascanu, Mikolov and Bengio (2013), "On the difficulty of training recurrent neural networks",
equations 3 to 5.
"""

from dataclasses import dataclass

import numpy as np

from bptt_helpers import rnn


@dataclass(frozen=True)
class Sweep:
    """dE_T/dW_s = Σ_{i=1..T} terms[:, i],  norms[:, lag] = |∂S_T/∂S_{T-lag}|: a row for each W_s.

    `W_s` (n,) holds the values and `dE_dW_s` (n,) the total derivative of E_T at each of them.
    `terms` (n, T + 1) has the term of step i in column i = 1..T (column 0 is zero: no step 0 uses a
    weight); `norms` (n, T + 1) has a column for each lag = 0..T, ones at lag 0.
    """

    W_s: np.ndarray
    dE_dW_s: np.ndarray
    terms: np.ndarray
    norms: np.ndarray


def over_W_s(W_s, X, S_0, W_x, W_y, d, g_1=rnn.TANH, g_2=rnn.IDENTITY):
    """dE_T/dW_s = Σ_i dE_T/dS_i · g_1'(a_i) S_{i-1},  |∂S_T/∂S_k| = Π_{j=k+1..T} |g_1'(a_j) W_s|.

    `W_s` holds the values, shape (n,), in any order. `X` holds X_1..X_T, shape (T,); `S_0`, `W_x`,
    `W_y` and `d` (which is d_T) are numbers; `g_1`, `g_2` are activations or their names. Returns
    `Sweep`; each row is what `bptt.backward` and `bptt.state_jacobian` give for that W_s.

    Raises ValueError for other shapes, no value or no step, nan or infinity in the data, an unknown
    activation.

    Pascanu et al. (2013), equations 3 to 5.
    """
    g_1, g_2 = rnn.activation(g_1, "g_1"), rnn.activation(g_2, "g_2")
    W_s, X = _row("W_s", W_s, "values"), _row("X", X, "inputs, X_1 first")
    S_0, W_x, W_y, d = (
        _number(*named) for named in (("S_0", S_0), ("W_x", W_x), ("W_y", W_y), ("d", d))
    )
    T = len(X)
    S = np.empty((T + 1, len(W_s)), np.result_type(W_s, X, S_0, W_x, W_y, d))
    S[0] = S_0
    with np.errstate(all="ignore"):
        W_x_X = W_x * X
        for t in range(1, T + 1):
            S[t] = g_1(W_x_X[t - 1] + W_s * S[t - 1])
        Y_T = g_2(W_y * S[T])
        dS_da = g_1.slope(S[1:])
        by_lag = np.empty_like(S)
        np.multiply(W_s, dS_da[::-1], out=by_lag[1:])  # ∂S_t/∂S_{t-1}, the last t first
        by_lag[0] = 1
        norms = np.abs(np.multiply.accumulate(by_lag, axis=0))
        by_lag[0] = 2 * (Y_T - d) * g_2.slope(Y_T) * W_y
        terms = np.multiply.accumulate(by_lag, axis=0)[::-1]  # dE_T/dS_i so far
        terms[1:] *= dS_da
        terms[1:] *= S[:-1]
        terms[0] = 0
        return Sweep(W_s.copy(), dE_dW_s=terms.sum(axis=0), terms=terms.T, norms=norms.T)


def _row(name, values, meaning):
    values = rnn.finite_array(name, values)
    if values.ndim != 1 or values.size == 0:
        raise ValueError(
            f"{name}: expected a row of {meaning} (at least one), got shape {values.shape}."
        )
    return values


def _number(name, value):
    value = rnn.finite_array(name, value)
    rnn.expect_shape(name, value, (), "one number (the network is scalar)")
    return value[()]

"""The backward pass:  ∂E/∂W_s = Σ_i ∂E/∂S_i · ∂⁺S_i/∂W_s,  and likewise for W_x and W_y.

∂⁺S_i/∂W_s is the immediate derivative: S_{i-1} is held fixed (the sign is that of Pascanu et al.;
Werbos writes ∂⁺ for the total derivative). Sizes and 1-based time are those of `rnn`. Overflow is a
result here as well: inf and nan come back and no warning is printed.

Werbos (1990), "Backpropagation through time: what it does and how to do it"; Pascanu, Mikolov and
Bengio (2013), "On the difficulty of training recurrent neural networks", equations 3 to 5.
"""

from dataclasses import dataclass

import numpy as np

from bptt_helpers import expect, rnn


@dataclass(frozen=True)
class Gradients:
    """∂E/∂W_x, ∂E/∂W_s, ∂E/∂W_y, each in the shape of its weight, and ∂E/∂S_k for k = 0..T.

    `dE_dS[k]` has the shape of one state and is total: it counts every route from S_k to the error.
    """

    dE_dW_x: np.ndarray | float
    dE_dW_s: np.ndarray | float
    dE_dW_y: np.ndarray | float
    dE_dS: np.ndarray


def backward(run, d, at=None, window=None):
    """∂E/∂S_{t-1} = own output's share + W_sᵀ (g_1'(a_t) ∂E/∂S_t),  one sweep from T down to 1.

    `run` is a forward pass (`rnn.RNNRun`). With `at=t`, E is E_t alone and `d` is d_t, of the
    shape of one output: (), (n_y,) or (n_y, B); `dE_dS[k]` is zero for k > t. With `at=None`, E is
    the sum of all E_t and `d` holds d_1..d_T in order. A batch may have one end for each column,
    `at` = (t_1, ..., t_B): the error of column b is then its own E_t at t = t_b, and column b of
    `d` is its target. Returns `Gradients`; a batch sums over its columns.

    With `window=k`, each E_t is sent back k steps at most (truncated BPTT), from S_t to S_{t-k}:

        ∂E_t/∂W_s ≈ Σ_{i=t-k+1..t} ∂E_t/∂Y_t · ∂Y_t/∂S_i · ∂⁺S_i/∂W_s,  the last k terms of the sum

    and likewise for W_x; `dE_dS[j]` counts the E_t with j <= t <= j + k. The states are those of
    the whole run: only the gradient stops. From k = T on it is exact.

    Raises ValueError if `d` has another shape, nan or infinity in it, if a time is not in 1..T, or
    if `window` is not a whole number from 1.

    Werbos (1990); Williams and Peng (1990), "An efficient gradient-based algorithm for on-line
    training of recurrent network trajectories", for the truncation, BPTT(k).
    """
    expect.run(run, rnn.RNNRun)
    if window is not None:
        window = expect.whole("window", window, 1, np.inf, "a whole number from 1 up, or None")
    with np.errstate(all="ignore"):
        steps, dE_dV = errors_at_outputs(run, d, at)
        last = steps.stop - 1
        if window is None or window >= last:
            dE_dS, dE_da = _sweep(run, steps, dE_dV)
        else:
            own = rnn.each_step(run.weights.W_y.T, dE_dV)
            dE_dS, dE_da = _truncated_sweep(run, steps, own, window)
        dE_dW_x = _sum_of_products(dE_da, run.X[1 : last + 1])
        dE_dW_s = _sum_of_products(dE_da, run.S[:last])
        dE_dW_y = _sum_of_products(dE_dV, run.S[steps])
        return Gradients(dE_dW_x, dE_dW_s, dE_dW_y, dE_dS)


def _sweep(run, steps, dE_dV):
    """∂E/∂S_k for k = 0..T, and ∂E/∂a_t for t = 1.. up to the last error: all errors at once."""
    S, W_s, last = run.S, run.weights.W_s, steps.stop - 1
    dE_dS = rnn.empty_steps(S.shape, np.result_type(S, dE_dV))
    dE_dS[:] = 0
    dE_dS[steps] = rnn.each_step(run.weights.W_y.T, dE_dV)
    dE_da = run.g_1.slope(S[: last + 1]).astype(dE_dS.dtype)  # g_1'(a_t) for all t, then the rest
    dE_da_steps, dE_dS_steps = rnn.step_views(dE_da), rnn.step_views(dE_dS)
    W_s_T_times = rnn.product_with(W_s.T, S[0])
    for t in range(last, 0, -1):
        dE_da_steps[t] *= dE_dS_steps[t]
        dE_dS_steps[t - 1] += W_s_T_times(dE_da_steps[t])
    return dE_dS, dE_da[1:]


def _truncated_sweep(run, steps, own, window):
    """The same with each error cut off after `window` steps: the errors stay apart, one row each.

    All are sent back by one step at once, so it takes `window` products, whatever T.
    """
    W_s, last = run.weights.W_s, steps.stop - 1
    slopes = run.g_1.slope(run.S[1 : last + 1])
    number = np.result_type(run.S, own)
    dE_dS, dE_da = np.zeros(run.S.shape, number), np.zeros(slopes.shape, number)
    dE_dS[steps] = own
    dE_t_dS = own  # ∂E_t/∂S_{t-lag}, one row for each t that reaches back so far
    for lag in range(min(window, last)):
        first = max(steps.start - lag, 1)
        back = slice(first - 1, last - lag)  # the rows of t - lag = first .. last - lag
        dE_t_da = slopes[back] * dE_t_dS[-(last - lag - first + 1) :]
        dE_da[back] += dE_t_da
        dE_t_dS = rnn.each_step(W_s.T, dE_t_da)
        dE_dS[back] += dE_t_dS  # row t - 1 of S: one step earlier than row t - 1 of a
    return dE_dS, dE_da


def errors_at_outputs(run, d, at):
    """∂E/∂V_t = 2 (Y_t - d_t) g_2'(V_t),  V_t = W_y S_t,  at the steps that have an error.

    Returns (steps, dE_dV): a slice of times, and one row for each of them. `d`, `at` and the errors
    are those of `backward`; with one end for each column, a column is zero at all other times.
    """
    d, steps, words = expect.finite_array("d", d), slice(1, run.T + 1), "d_1..d_T in order"
    if at is not None:
        at = expect.times("at", at, run.T, *run.S.shape[2:])
        first, last, words = at, at, f"d_{at} alone, like Y[{at}]"
        if not isinstance(at, int):
            first, last, words = min(at), max(at), "one target for each column, at its own end"
        steps = slice(first, last + 1)
    Y = run.Y[steps]
    expect.shape("d", d, Y.shape if at is None else Y.shape[1:], words)
    if Y.ndim < 3:
        dE_dV = Y - d
    else:  # laid out as `rnn.empty_steps` does
        dE_dV = np.subtract(Y.swapaxes(1, 2), d.swapaxes(-1, -2), order="C").swapaxes(1, 2)
    dE_dV *= 2
    if run.g_2 is not rnn.IDENTITY:  # whose slope is 1
        dE_dV *= run.g_2.slope(Y)
    if isinstance(at, np.ndarray):
        dE_dV = np.where(np.arange(first, last + 1)[:, None, None] == at, dE_dV, 0)
    return steps, dE_dV


def _sum_of_products(left, right):
    """Σ_t left_t right_tᵀ, over the steps t and, in a batch, over its columns."""
    if left.ndim < 3:
        return left.T.dot(right)
    return np.tensordot(left, right, axes=((0, 2), (0, 2)))


@dataclass(frozen=True)
class ChainRuleTerms:
    """∂E/∂W_s = Σ_i W_s[i],  W_s[i] = ∂E/∂Y · ∂Y/∂S_i · ∂⁺S_i/∂W_s,  and likewise W_x[i].

    `W_s[i]`, `W_x[i]` for i = 1..at, each in the shape of its weight (row 0 is zero: there is no
    use at step 0); `W_y` is the one term ∂E/∂Y · ∂Y/∂W_y. The factors: `dE_dY`, in the shape of one
    output; `dY_dS[i]` = ∂Y_at/∂S_i for i = 1..at, shape (), (n_y, n_s) or (n_y, n_s, B);
    `dS_da[i]` = g_1'(a_i), with which ∂⁺S_i/∂W_s is dS_da[i] S_{i-1} (row 0 of both is nan).
    """

    W_x: np.ndarray
    W_s: np.ndarray
    W_y: np.ndarray | float
    dE_dY: np.ndarray | float
    dY_dS: np.ndarray
    dS_da: np.ndarray


def chain_rule_terms(run, d, at):
    """∂E_at/∂W_s = Σ_{i=1..at} ∂E_at/∂Y_at · ∂Y_at/∂S_i · ∂⁺S_i/∂W_s, taken apart.

    `run` is a forward pass, `d` is d_at (the shape of one output), `at` the time of the error,
    1..T. Returns `ChainRuleTerms`; a batch sums each term over its columns. The work grows with
    at · n_y · n_s²: this is the sum to look at, `backward` is the one to compute with.

    Raises ValueError if `d` has another shape, nan or infinity in it, or if `at` is not in 1..T.

    Pascanu et al. (2013), equations 3 to 5.
    """
    expect.run(run, rnn.RNNRun)
    at = expect.time("at", at, run.T)
    d = expect.shape("d", expect.finite_array("d", d), run.Y[at].shape, f"d_{at} alone")
    W_x, W_s, W_y = run.weights
    number = np.result_type(run.S, d)
    with np.errstate(all="ignore"):
        dE_dY = 2 * (run.Y[at] - d)
        dY_dV = run.g_2.slope(run.Y[at])  # V_t = W_y S_t, the argument of g_2
        dS_da = np.full((at + 1, *run.S.shape[1:]), np.nan, number)
        dS_da[1:] = run.g_1.slope(run.S[1 : at + 1])
        dY_dS_at = _scale_rows(dY_dV, W_y)
        dY_dS = np.full((at + 1, *dY_dS_at.shape), np.nan, number)
        dY_dS[at] = dY_dS_at
        terms_x, terms_s = (np.zeros((at + 1, *W.shape), number) for W in (W_x, W_s))
        for i in range(at, 0, -1):
            dE_da = _vector_chain(dE_dY, dY_dS[i]) * dS_da[i]
            terms_x[i], terms_s[i] = _outer(dE_da, run.X[i]), _outer(dE_da, run.S[i - 1])
            if i > 1:
                dY_dS[i - 1] = _chain(dY_dS[i], _scale_rows(dS_da[i], W_s))
        term_y = _outer(dE_dY * dY_dV, run.S[at])
        return ChainRuleTerms(terms_x, terms_s, term_y, dE_dY, dY_dS, dS_da)


def state_jacobian(run, t, k):
    """∂S_t/∂S_k = Π_{j=k+1..t} g_1'(a_j) W_s,  the later factors on the left.

    `t`, `k` are times with 0 <= k <= t <= T. Returns a number, a matrix (n_s, n_s), or one matrix a
    column of a batch, (n_s, n_s, B); for k = t it is 1 or the identity matrix. Raises ValueError
    for other times.

    Pascanu et al. (2013), equation 5, transposed.
    """
    expect.run(run, rnn.RNNRun)
    t = expect.time("t", t, run.T, lowest=0)
    k = expect.whole("k", k, 0, t, f"an earlier time than t = {t} (or the same), from 0 up")
    return _jacobians(run, t, k)[-1]


def state_jacobians(run, t):
    """∂S_t/∂S_{k-1} = ∂S_t/∂S_k · g_1'(a_k) W_s  for all k in one sweep from t down to 1.

    Returns `state_jacobian(run, t, k)` in row k of an array, k = 0..t: shape (t + 1,), or (t + 1,
    n_s, n_s), or (t + 1, n_s, n_s, B). Raises ValueError if `t` is not in 0..T.
    """
    expect.run(run, rnn.RNNRun)
    return np.array(_jacobians(run, expect.time("t", t, run.T, lowest=0), 0)[::-1])


def _jacobians(run, t, k):
    """∂S_t/∂S_t, ∂S_t/∂S_{t-1}, ..., ∂S_t/∂S_k."""
    one = np.eye(len(run.S[0]), dtype=run.S.dtype) if run.S.ndim > 1 else run.S.dtype.type(1)
    jacobians = [_scale_rows(np.ones_like(run.S[0]), one)]
    with np.errstate(all="ignore"):
        for slopes in run.g_1.slope(run.S[k + 1 : t + 1])[::-1]:
            jacobians.append(_chain(jacobians[-1], _scale_rows(slopes, run.weights.W_s)))
    return jacobians


def _scale_rows(v, W):
    """diag(v) W: `v` (), (n,) or (n, B) gives (), (n, m) or (n, m, B)."""
    if np.ndim(v) == 0:
        return v * W
    return v[:, None] * W if v.ndim == 1 else v[:, None, :] * W[:, :, None]


def _chain(left, right):
    """The product of two Jacobians, column by column of a batch (the last axis)."""
    if np.ndim(left) == 0:
        return left * right
    return left @ right if left.ndim == 2 else np.einsum("ijb,jkb->ikb", left, right)


def _vector_chain(v, jacobian):
    """vᵀ J as a column, column by column of a batch."""
    if np.ndim(v) == 0:
        return v * jacobian
    return v @ jacobian if v.ndim == 1 else np.einsum("ib,ijb->jb", v, jacobian)


def _outer(left, right):
    """left rightᵀ, summed over the columns of a batch."""
    if np.ndim(left) == 0:
        return left * right
    return np.outer(left, right) if left.ndim == 1 else left @ right.T

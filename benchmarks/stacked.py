"""RNN, LSTM and GRU for many runs at once: the passes of `bptt_helpers`, one weight stack for all.

Member n of a stack of N has weights of its own: W_x (N, m n_s, n_x), W_s (N, m n_s, n_s), b (N, m
n_s, 1), which an RNN lacks, and W_y (N, n_y, n_s); m gates in the order of `bptt_helpers.gated`. X
is (T, N, n_x, B), from a state of zeros; the error is that of the last step, d (N, n_y, B). So one
call of NumPy serves N runs, and a step of a small network takes a fraction of the time.
tests/test_long_memory.py holds the gradients to those of `bptt_helpers`.
"""

import numpy as np


def error_and_gradients(cell, weights, X, d, g_1=None):
    """The mean squared error of each member, (N,), and its gradient for every weight."""
    run = forward(cell, weights, X, g_1)
    Y, B = run[-1], d.shape[-1]
    dE_dY = 2 * (Y - d) / B
    W_s_T = weights[1].swapaxes(1, 2)
    S, dE_dS = run[0], weights[-1].swapaxes(1, 2) @ dE_dY
    dE_da = {"RNN": rnn_back, "LSTM": lstm_back, "GRU": gru_back}[cell](run, W_s_T, dE_dS, g_1)
    dE_da, dE_dp = dE_da if cell == "GRU" else (dE_da, dE_da)
    dE_da, dE_dp = flat(dE_da), flat(dE_dp)
    gradients = [dE_da @ flat(X).swapaxes(1, 2), dE_dp @ flat(S[:-1]).swapaxes(1, 2)]
    if cell != "RNN":
        gradients.append(dE_da.sum(axis=2, keepdims=True))
    gradients.append(dE_dY @ S[-1].swapaxes(1, 2))
    return np.mean((Y - d) ** 2, axis=(1, 2)), gradients


def forward(cell, weights, X, g_1=None):
    """The states S_0..S_T (T + 1, N, n_s, B), what the way back needs besides, Y_T (N, n_y, B)."""
    W_x, W_s, *b, W_y = weights
    a, n_s = W_x @ X, W_s.shape[2]
    for one in b:
        a += one
    S = np.zeros((len(X) + 1, len(W_s), n_s, X.shape[-1]), a.dtype)
    step = {"RNN": rnn_steps, "LSTM": lstm_steps, "GRU": gru_steps}[cell]
    return (S, *step(a, S, W_s, n_s, g_1), W_y @ S[-1])


def flat(V):
    """(T, N, n, B) as (N, n, T B): all steps and columns side by side."""
    return V.transpose(1, 2, 0, 3).reshape(V.shape[1], V.shape[2], -1)


def sigmoid(a):
    np.negative(a, out=a)
    np.exp(a, out=a)
    a += 1
    np.reciprocal(a, out=a)


# S_t = g_1(W_x X_t + W_s S_{t-1})


def rnn_steps(a, S, W_s, n_s, g_1):
    for t, a_t in enumerate(a):
        a_t += W_s @ S[t]
        if g_1 == "ReLU":
            np.maximum(a_t, 0, out=S[t + 1])
        else:
            np.tanh(a_t, out=S[t + 1])
    return ()


def rnn_back(run, W_s_T, dE_dS, g_1):
    S = run[0][1:]
    dE_da = (S > 0).astype(S.dtype) if g_1 == "ReLU" else 1 - S * S
    for da_t in dE_da[::-1]:
        da_t *= dE_dS
        dE_dS = W_s_T @ da_t
    return dE_da


# C_t = f_t C_{t-1} + i_t C̃_t,  S_t = o_t tanh(C_t)


def lstm_steps(a, S, W_s, n_s, g_1):
    C, tanh_C = np.zeros_like(S), np.empty_like(S[1:])
    for t, a_t in enumerate(a):
        a_t += W_s @ S[t]
        sigmoid(a_t[:, : 3 * n_s])
        o, i, f, C_tilde = np.split(a_t, 4, axis=1)
        np.tanh(C_tilde, out=C_tilde)
        C[t + 1] = f * C[t] + i * C_tilde
        np.tanh(C[t + 1], out=tanh_C[t])
        S[t + 1] = o * tanh_C[t]
    return a, C, tanh_C


def lstm_back(run, W_s_T, dE_dS, g_1):
    _, gates, C, tanh_C, _ = run
    o, i, f, C_tilde = np.split(gates, 4, axis=2)
    dE_da, dS_dC, n_s = np.empty_like(gates), o * (1 - tanh_C**2), o.shape[2]
    d_o, d_i, d_f, d_C_tilde = np.split(dE_da, 4, axis=2)
    d_o[...] = tanh_C * o * (1 - o)
    d_i[...] = C_tilde * i * (1 - i)
    d_f[...] = C[:-1] * f * (1 - f)
    d_C_tilde[...] = i * (1 - C_tilde**2)
    dE_dC = np.zeros_like(dE_dS)
    for t in reversed(range(len(gates))):
        dE_dC += dE_dS * dS_dC[t]
        d_o[t] *= dE_dS
        of_cell = dE_da[t, :, n_s:].reshape(len(dE_dS), 3, *dE_dS.shape[1:])
        of_cell *= dE_dC[:, None]
        dE_da[t, :, n_s:] = of_cell.reshape(len(dE_dS), 3 * n_s, -1)
        dE_dC *= f[t]
        dE_dS = W_s_T @ dE_da[t]
    return dE_da


# S_t = z_t S_{t-1} + (1 - z_t) S̃_t


def gru_steps(a, S, W_s, n_s, g_1):
    q = np.empty_like(S[1:])
    for t, a_t in enumerate(a):
        W_s_S = W_s @ S[t]
        q[t] = W_s_S[:, 2 * n_s :]
        gates, S_tilde = a_t[:, : 2 * n_s], a_t[:, 2 * n_s :]
        gates += W_s_S[:, : 2 * n_s]
        sigmoid(gates)
        r, z = gates[:, :n_s], gates[:, n_s:]
        S_tilde += r * q[t]
        np.tanh(S_tilde, out=S_tilde)
        S[t + 1] = S_tilde + z * (S[t] - S_tilde)
    return a, q


def gru_back(run, W_s_T, dE_dS, g_1):
    """∂E/∂a, and ∂E/∂(W_s S_{t-1}), which differs in the rows of the candidate."""
    S, gates, q, _ = run
    r, z, S_tilde = np.split(gates, 3, axis=2)
    dE_dp, candidate = np.empty_like(gates), (1 - z) * (1 - S_tilde**2)
    d_r, d_z, d_q = np.split(dE_dp, 3, axis=2)
    d_q[...] = candidate * r
    d_r[...] = d_q * q * (1 - r)
    d_z[...] = (S[:-1] - S_tilde) * z * (1 - z)
    for t in reversed(range(len(gates))):
        candidate[t] *= dE_dS
        for part in (d_r[t], d_z[t], d_q[t]):
            part *= dE_dS
        dE_dS = z[t] * dE_dS + W_s_T @ dE_dp[t]
    dE_da = dE_dp.copy()
    dE_da[:, :, 2 * q.shape[2] :] = candidate
    return dE_da, dE_dp

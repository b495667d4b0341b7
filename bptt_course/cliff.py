"""The error cliff: a network of one state, 50 steps, and a wall in its error surface.

S_t = σ(W_s S_{t-1} + W_x),  S_0 = σ(1/2),  Y_t = S_t,  E_50 = (0.7 - S_50)^2: all inputs are 1, so
that W_x is a bias. In the paper's words x_t = w σ(x_{t-1}) + b, x_0 = 1/2, with w = W_s, b = W_x.
On the line W_x = 1/2 - W_s σ(1/2) the state stays at S_0, and every step back multiplies by the
same W_s σ'(1/2) = 0.235 W_s. Above W_s = 4.26 this is more than 1: there the line is the wall. From
4.26 down to 4 the wall leaves the line and is less steep; below 4 every factor is below 1.

Pascanu, Mikolov and Bengio (2013), "On the difficulty of training recurrent neural networks",
equation 8, figure 6 and algorithm 1.
"""

import math
from typing import NamedTuple

import numpy as np

from bptt_helpers import rnn, training


def _sigmoid(a):
    return 1 / (1 + math.exp(-a)) if a > -700 else 0.0


T, d = 50, 0.7
S_0 = _sigmoid(0.5)


def wall(W_s):
    """The W_x for which the state stays at S_0:  W_x = 1/2 - W_s σ(1/2)."""
    return 0.5 - np.asarray(W_s) * S_0


def surface(W_s, W_x, steps=T):
    """E = (0.7 - S_T)^2 after `steps` steps, for arrays W_s, W_x of one shape, all at once."""
    S = np.full(np.broadcast_shapes(np.shape(W_s), np.shape(W_x)), S_0)
    for _ in range(steps):
        S = rnn.SIGMOID(W_s * S + W_x)
    return (d - S) ** 2


def error_and_gradients(W_s, W_x):
    """E_50 and (∂E_50/∂W_s, ∂E_50/∂W_x): one forward and one backward pass, in plain numbers."""
    S = [S_0]
    for _ in range(T):
        S.append(_sigmoid(W_s * S[-1] + W_x))
    dE_dS, dE_dW_s, dE_dW_x = 2 * (S[T] - d), 0.0, 0.0
    for t in range(T, 0, -1):
        dE_da = dE_dS * S[t] * (1 - S[t])
        dE_dW_s += dE_da * S[t - 1]
        dE_dW_x += dE_da
        dE_dS = dE_da * W_s
    return (d - S[T]) ** 2, (dE_dW_s, dE_dW_x)


class Path(NamedTuple):
    """Before step 1 and after each: arrays (steps + 1,), nan from where a weight is not finite."""

    W_s: np.ndarray
    W_x: np.ndarray
    E: np.ndarray
    norms: np.ndarray  # of the gradient, before clipping
    is_cut: np.ndarray  # 1 where clipping changes the gradient

    def until(self, step):
        """The same up to this step."""
        return Path(*(values[: step + 1] for values in self))


def descend(W_s, W_x, rate, clip=None, threshold=math.inf, steps=40):
    """W ← W - rate · ∂E/∂W for both weights, clipped "by norm", "by value" or not: a `Path`."""
    rows = np.full((steps + 1, 5), np.nan)
    for row in rows:
        if not (math.isfinite(W_s) and math.isfinite(W_x)):
            break
        E, given = error_and_gradients(W_s, W_x)
        gradients = given
        if clip == "by norm":
            gradients, _ = training.clip_norm(given, threshold)
        elif clip == "by value":
            gradients = training.clip_value(given, threshold)
        row[:] = W_s, W_x, E, training.norm(given), gradients != given
        W_s, W_x = W_s - rate * float(gradients[0]), W_x - rate * float(gradients[1])
    return Path(*rows.T)

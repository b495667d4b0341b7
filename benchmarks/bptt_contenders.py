"""Who runs in `bptt_speed.py`: one problem, and the ways to get its three gradients.

E = Σ_t (d_t - Y_t)²,  Y_t = W_y S_t,  S_t = tanh(W_x X_t + W_s S_{t-1}). Each function takes a
problem and returns a function without arguments that computes (dE_dW_x, dE_dW_s, dE_dW_y); what it
does before that, such as turning the data into the layout it likes best, is outside the clock.
"""

import importlib
from functools import partial

import numpy as np

from bptt_helpers import bptt, rnn


def problem(T, n_s, B, dtype, n_x=None, n_y=None):
    """X, S_0, d and the weights, random and of moderate size, in the shapes that `rnn` takes."""
    random = np.random.RandomState(0)
    n_x, n_y = n_x or n_s, n_y or n_s

    def normal(*shape, scale=1.0):
        return (scale * random.standard_normal(shape)).astype(dtype)[()]

    if n_x == n_s == n_y == B == 1:
        W = {"W_x": dtype(0.7), "W_s": dtype(0.8), "W_y": dtype(1.1)}
        return {"X": normal(T), "S_0": dtype(0.5), "d": normal(T), **W}
    columns = () if B == 1 else (B,)
    return {
        "X": normal(T, n_x, *columns),
        "S_0": normal(n_s, *columns),
        "d": normal(T, n_y, *columns),
        "W_x": normal(n_s, n_x, scale=n_x**-0.5),
        "W_s": normal(n_s, n_s, scale=n_s**-0.5),
        "W_y": normal(n_y, n_s, scale=n_s**-0.5),
    }


def by_rows(given):
    """The same problem with the sequences of a batch as rows, (T, B, n), as frameworks have it."""
    if given["X"].ndim < 3:
        return given
    turned = {name: np.swapaxes(given[name], -1, -2) for name in ("X", "S_0", "d")}
    return given | {name: np.ascontiguousarray(array) for name, array in turned.items()}


def in_columns(given):
    """X, S_0 and d as columns again, over that memory: what our passes need not copy."""
    X, S_0, d = (by_rows(given)[name] for name in ("X", "S_0", "d"))
    return (V.swapaxes(-1, -2) for V in (X, S_0, d)) if X.ndim == 3 else (X, S_0, d)


def times(W, V):
    """W V_t for rows V_t, and for the numbers of a scalar network: PyTorch's and JAX's arrays."""
    return W * V if W.ndim == 0 else V @ W.T


def ours(given):
    weights = rnn.Weights(given["W_x"], given["W_s"], given["W_y"])
    X, S_0, d = in_columns(given)

    def gradients():
        result = bptt.backward(rnn.forward(X, S_0, weights), d)
        return result.dE_dW_x, result.dE_dW_s, result.dE_dW_y

    return gradients


def torch_loop(given):
    torch = importlib.import_module("torch")
    given = {k: torch.tensor(v) for k, v in by_rows(given).items()}
    X, S_0, d = given["X"], given["S_0"], given["d"]
    weights = [given[name].requires_grad_() for name in ("W_x", "W_s", "W_y")]

    def gradients():
        W_x, W_s, W_y = weights
        S, states = S_0, []
        for W_x_X in times(W_x, X):
            S = torch.tanh(W_x_X + times(W_s, S))
            states.append(S)
        E = torch.sum((d - times(W_y, torch.stack(states))) ** 2)
        return torch.autograd.grad(E, weights)

    return gradients


def torch_rnn(given):
    torch = importlib.import_module("torch")
    given = by_rows(given)
    if given["X"].ndim == 1:  # nn.RNN has no scalar networks
        shapes = {"X": (-1, 1), "S_0": (1,), "d": (-1, 1)}
        given = {name: np.reshape(v, shapes.get(name, (1, 1))) for name, v in given.items()}
    given = {k: torch.tensor(v) for k, v in given.items()}
    n_s, n_x = given["W_x"].shape
    layer = torch.nn.RNN(n_x, n_s, bias=False, dtype=given["X"].dtype)
    with torch.no_grad():
        layer.weight_ih_l0.copy_(given["W_x"])
        layer.weight_hh_l0.copy_(given["W_s"])
    weights = [layer.weight_ih_l0, layer.weight_hh_l0, given["W_y"].requires_grad_()]
    X, S_0, d = given["X"], given["S_0"][None], given["d"]

    def gradients():
        S, _ = layer(X, S_0)
        return torch.autograd.grad(torch.sum((d - S @ weights[2].T) ** 2), weights)

    return gradients


def jax_jit(given):
    jax = importlib.import_module("jax")
    jax.config.update("jax_enable_x64", True)
    jnp = jax.numpy
    given = {k: jnp.asarray(v) for k, v in by_rows(given).items()}
    X, S_0, d = given["X"], given["S_0"], given["d"]
    weights = tuple(given[name] for name in ("W_x", "W_s", "W_y"))

    def error(weights, X, S_0, d):
        W_x, W_s, W_y = weights

        def step(S, W_x_X):
            S = jnp.tanh(W_x_X + times(W_s, S))
            return S, S

        _, S = jax.lax.scan(step, S_0, times(W_x, X))
        return jnp.sum((d - times(W_y, S)) ** 2)

    gradient = jax.jit(jax.grad(error))
    return lambda: jax.block_until_ready(gradient(weights, X, S_0, d))


def hips_autograd(given):
    autograd = importlib.import_module("autograd")
    anp = importlib.import_module("autograd.numpy")
    X, S, d = given["X"], given["S_0"], given["d"]

    def error(weights, S):
        W_x, W_s, W_y = weights
        E = 0
        for X_t, d_t in zip(X, d, strict=True):
            S = anp.tanh(anp.dot(W_x, X_t) + anp.dot(W_s, S))
            E = E + anp.sum((d_t - anp.dot(W_y, S)) ** 2)
        return E

    gradient = autograd.grad(error)
    weights = tuple(given[name] for name in ("W_x", "W_s", "W_y"))
    return lambda: gradient(weights, S)


def floor(given, g_1=None):
    """W_x X, W_s S_{t-1}, W_y S forward; W_yᵀ, W_sᵀ and three sums of products backward.

    With `g_1` the forward half takes this function of each state as well.
    """
    given = by_rows(given)
    X, d, W_x, W_s, W_y = (given[name] for name in ("X", "d", "W_x", "W_s", "W_y"))
    if X.ndim == 1:
        return None
    T, (n_s, n_x), n_y = len(X), W_x.shape, len(W_y)
    S = np.empty((T + 1, *given["S_0"].shape), X.dtype)
    S[:] = given["S_0"]
    X, d, W_s_T = X.reshape(-1, n_x), d.reshape(-1, n_y), np.ascontiguousarray(W_s.T)
    before, now = S[:-1].reshape(-1, n_s), S[1:].reshape(-1, n_s)
    state, states, outputs, dW_x, dW_s, dW_y = map(np.empty_like, (S[0], now, d, W_x, W_s, W_y))

    def products():
        np.dot(X, W_x.T, out=states)
        for t in range(T):
            np.dot(S[t], W_s_T, out=state)
            if g_1:
                g_1(state, out=state)
        np.dot(now, W_y.T, out=outputs)
        np.dot(d, W_y, out=states)
        for t in range(T):
            np.dot(S[t], W_s, out=state)
        np.dot(now.T, X, out=dW_x)
        np.dot(now.T, before, out=dW_s)
        np.dot(d.T, now, out=dW_y)

    return products


CONTENDERS = {  # name in the table: framework, function, threads
    "ours": (None, ours, 1),
    "torch loop": ("torch", torch_loop, 1),
    "torch nn.RNN": ("torch", torch_rnn, 1),
    "torch loop, 2 threads": ("torch", torch_loop, 2),
    "torch nn.RNN, 2 threads": ("torch", torch_rnn, 2),
    "JAX jit": ("jax", jax_jit, 1),
    "autograd": ("autograd", hips_autograd, 1),
    "products alone": (None, floor, 1),
    "products and tanh": (None, partial(floor, g_1=np.tanh), 1),
}
FLOORS = ("products alone", "products and tanh")  # no gradients come out of these

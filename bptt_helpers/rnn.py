"""The forward pass:  S_t = g_1(W_x X_t + W_s S_{t-1}),  Y_t = g_2(W_y S_t),  E_t = (d_t - Y_t)^2.

Sizes, here and in every other module: T steps, n_x inputs, n_s states, n_y outputs, B sequences in
a batch (its columns). Time is 1-based: `S[0]` is S_0, and `X[t]`, `a[t]`, `Y[t]` are the symbols
with the same subscript; their row 0 is unused (nan). A scalar network has numbers for weights.

Elman (1990), "Finding structure in time"; Werbos (1990), "Backpropagation through time: what it
does and how to do it".
"""

import operator
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import partial

import numpy as np

from bptt_helpers import expect


@dataclass(frozen=True)
class Activation:
    """g(a), with its derivative written in the value S = g(a) that the forward pass has stored.

    `name` is a word for menus and messages, `function` maps an array to one of the same shape, and
    `slope` maps the value S = g(a) to the derivative g'(a): for tanh it is 1 - S^2. `steepest` is
    the largest |g'(a)| over all a, infinity where there is none or it is not known.
    """

    name: str
    function: Callable
    slope: Callable
    steepest: float = np.inf

    def __post_init__(self):
        expect.text("name", self.name)
        expect.function("function", self.function)
        expect.function("slope", self.slope)
        expect.positive("steepest", self.steepest)

    def __call__(self, a):
        """g(a), element by element; returns the shape of `a`."""
        with np.errstate(all="ignore"):
            return self.function(expect.numbers("a", a))

    def derivative(self, a):
        """g'(a), element by element; returns the shape of `a`."""
        with np.errstate(all="ignore"):
            return self.slope(self.function(expect.numbers("a", a)))


def _sigmoid(a):
    is_positive = np.real(a) >= 0
    e = np.exp(np.where(is_positive, -a, a))  # never overflows: its argument is never positive
    return np.where(is_positive, 1, e) / (1 + e)


def _relu(a):
    return np.where(np.real(a) <= 0, 0, a)  # this way round, nan stays nan


def _step(S):
    S = np.asarray(S)
    return (S.real > 0).astype(S.dtype)


IDENTITY = Activation("identity", operator.pos, np.ones_like, steepest=1.0)
TANH = Activation("tanh", np.tanh, lambda S: 1 - S * S, steepest=1.0)
SIGMOID = Activation("sigmoid", _sigmoid, lambda S: S * (1 - S), steepest=0.25)
RELU = Activation("ReLU", _relu, _step, steepest=1.0)
ACTIVATIONS = {g.name: g for g in (IDENTITY, TANH, SIGMOID, RELU)}


def activation(g, argument="activation"):
    """g itself, or the activation of that name: "identity", "tanh", "sigmoid", "ReLU" (any case).

    Raises ValueError, naming `argument`, for anything else.
    """
    if isinstance(g, Activation):
        return g
    by_name = {name.lower(): known for name, known in ACTIVATIONS.items()}
    if isinstance(g, str) and g.lower() in by_name:
        return by_name[g.lower()]
    return expect.fail(argument, f"one of {', '.join(ACTIVATIONS)} (or an rnn.Activation)", g)


@dataclass(frozen=True)
class Weights:
    """W_x, W_s, W_y of  S_t = g_1(W_x X_t + W_s S_{t-1}),  Y_t = g_2(W_y S_t).

    Three numbers (a scalar network), or three arrays: W_x (n_s, n_x), W_s (n_s, n_s) and W_y
    (n_y, n_s). They are copied, so that later changes to the originals do not reach a run that used
    them, and can be unpacked: `W_x, W_s, W_y = weights`. Raises ValueError for shapes that do not
    fit together, a size of 0, nan and infinity.
    """

    W_x: np.ndarray | float
    W_s: np.ndarray | float
    W_y: np.ndarray | float

    def __post_init__(self):
        W_x, W_s, W_y = copied(self)
        kinds = {W.ndim for W in self}
        if kinds == {2}:
            n_s, each = len(W_s), f"one %s for each of the n_s = {len(W_s)} states"
            expect.shape("W_s", W_s, (n_s, n_s), "a square matrix (n_s, n_s)")
            expect.shape("W_x", W_x, (n_s, W_x.shape[1]), each % "row")
            expect.shape("W_y", W_y, (len(W_y), n_s), each % "column")
        elif kinds != {0}:
            words = "three numbers, or matrices W_x (n_s, n_x), W_s (n_s, n_s), W_y (n_y, n_s)"
            expect.fail("Weights", words, expect.Words([W.shape for W in self]))

    def __iter__(self):
        return iter((self.W_x, self.W_s, self.W_y))

    @classmethod
    def recurrent(cls, W_s):
        """Identity in, ones out:  S_t = g_1(X_t + W_s S_{t-1}),  Y_t = g_2(Σ_i S_{t,i}).

        `W_s` is a number or a matrix (n_s, n_s); n_x = n_s, n_y = 1. Errors are those of `Weights`.
        """
        W_s = expect.finite_array("W_s", W_s)
        if W_s.ndim == 0:
            return cls(W_s.dtype.type(1), W_s, W_s.dtype.type(1))
        expect.shape("W_s", W_s, (len(W_s), len(W_s)), "a square matrix (n_s, n_s)")
        return cls(np.eye(len(W_s), dtype=W_s.dtype), W_s, np.ones((1, len(W_s)), W_s.dtype))


def copied(weights):
    """The weights, of whatever cell, with read-only copies of their finite arrays in place."""
    for field in fields(weights):
        array = expect.finite_array(field.name, getattr(weights, field.name))
        object.__setattr__(weights, field.name, frozen(array.copy())[()])
    return weights


def frozen(array):
    """The array, read-only from here on."""
    array.setflags(write=False)
    return array


@dataclass(frozen=True)
class RNNRun:
    """A forward pass:  S_t = g_1(a_t),  a_t = W_x X_t + W_s S_{t-1},  Y_t = g_2(W_y S_t).

    `S[t]` for t = 0..T; `X[t]`, `a[t]`, `Y[t]` for t = 1..T (row 0 is nan). One step has shape ()
    in a scalar network, (n,) for vectors and (n, B) for a batch, with n = n_x, n_s or n_y. The
    arrays are read-only: the backward pass relies on them.
    """

    T: int
    X: np.ndarray
    a: np.ndarray
    S: np.ndarray
    Y: np.ndarray
    weights: Weights
    g_1: Activation
    g_2: Activation


def forward(X, S_0, weights, g_1=TANH, g_2=IDENTITY):
    """S_t = g_1(W_x X_t + W_s S_{t-1}),  Y_t = g_2(W_y S_t),  for t = 1..T.

    `X` holds X_1..X_T in order: shape (T,) for a scalar network, (T, n_x) for vectors, (T, n_x, B)
    for a batch as columns. `S_0` has the shape of one state: (), (n_s,) or (n_s, B); (n_s,) serves
    every column of a batch. `g_1`, `g_2` are activations or their names. Returns `RNNRun`.

    Raises ValueError for shapes that do not fit the weights, T = 0, nan or infinity in the data, an
    unknown activation. Overflow inside the pass is a result, not an error: inf and nan come back.

    Elman (1990); Pascanu et al. (2013), equation 2 in an equivalent form (there the activation
    is inside the sum).
    """
    g_1, g_2 = activation(g_1, "g_1"), activation(g_2, "g_2")
    expect.instance("weights", weights, Weights, "rnn.Weights(W_x, W_s, W_y)")
    X, S = laid_out(X, weights, {"S_0": S_0}, empty_steps)
    W_x, W_s, W_y = weights
    T, g, W_s_times = len(X) - 1, g_1.function, product_with(W_s, S[0])
    with np.errstate(all="ignore"):
        a = each_step(W_x, X)  # W_x X_t for all t in one product
        a_steps, S_steps = step_views(a), step_views(S)
        for t in range(1, T + 1):
            a_steps[t] += W_s_times(S_steps[t - 1])
            S[t] = g(a_steps[t])
        Y = g_2.function(each_step(W_y, S)).astype(S.dtype, copy=False)
    a[0] = Y[0] = np.nan
    return RNNRun(T, frozen(X), frozen(a), frozen(S), frozen(Y), weights, g_1, g_2)


def laid_out(X, weights, states, empty):
    """X_0..X_T, with nan for X_0, and for each state room for T + 1 steps, with the first in it.

    The `weights` are those of any cell, `states` holds its states before step 1 by their names, and
    `empty(shape, number)` makes the arrays.
    """
    X_given, *states = expect.fitting(X, weights, states)
    T, number = len(X_given), np.result_type(X_given, *states, *weights)
    X = empty((T + 1, *X_given.shape[1:]), number)
    X[0], X[1:] = np.nan, X_given
    rooms = [X]
    for state in states:
        rooms.append(empty((T + 1, *state.shape), number))
        rooms[-1][0] = state
    return rooms


def each_step(W, V):
    """W V_t for every row t of `V`, in one product: `V` has shape (T,), (T, n) or (T, n, B).

    A batch that lies in memory as (T, B, n) is one matrix of T·B rows and need not be copied.
    """
    if V.ndim == 1:
        return W * V
    if V.ndim == 2:
        return V.dot(W.T)
    return np.tensordot(V, W, axes=(1, 1)).swapaxes(1, 2)


def product_with(W, S):
    """The quickest function that multiplies a state by W, for states of the shape of `S`."""
    if S.ndim == 0:
        return partial(operator.mul, W)
    if S.ndim == 1:
        return W.dot
    W_T = np.ascontiguousarray(W.T)  # so a small product takes up to a third less time
    return lambda S: S.T.dot(W_T).T


def step_views(V):
    """V[0], V[1], ... as views, looked up once for a loop (a row of one number stays in V)."""
    return list(V) if V.ndim > 1 else V


def empty_steps(shape, number):
    """An empty array, where a batch (T, n, B) lies in memory as (T, B, n): see `each_step`."""
    if len(shape) < 3:
        return np.empty(shape, number)
    T, n, B = shape
    return np.empty((T, B, n), number).swapaxes(1, 2)


def error(d, Y):
    """E = (d - Y)^2, summed over outputs (and over the columns of a batch).

    `d` and `Y` have the same shape, that of an output: (), (n_y,) or (n_y, B). There is no
    one-half, so dE/dY = 2 (Y - d). Returns one number. Raises ValueError if the shapes differ or
    `d` is not finite; an infinite `Y` gives an infinite error.
    """
    d, Y = expect.finite_array("d", d), expect.numbers("Y", Y)
    expect.shape("d", d, Y.shape, "the shape of Y")
    with np.errstate(all="ignore"):
        return np.sum((d - Y) ** 2)

"""The forward pass:  S_t = g_1(W_x X_t + W_s S_{t-1}),  Y_t = g_2(W_y S_t),  E_t = (d_t - Y_t)^2.

Sizes, here and in every other module: T steps, n_x inputs, n_s states, n_y outputs, B sequences in
a batch (its columns). Time is 1-based: `S[0]` is S_0, and `X[t]`, `a[t]`, `Y[t]` are the symbols
with the same subscript; their row 0 is unused (nan). A scalar network has numbers for weights.

Elman (1990), "Finding structure in time"; Werbos (1990), "Backpropagation through time: what it
does and how to do it".
"""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np


@dataclass(frozen=True)
class Activation:
    """g(a), with its derivative written in the value S = g(a) that the forward pass has stored.

    `name` is a word for menus and messages, `function` maps an array to one of the same shape, and
    `slope` maps the value S = g(a) to the derivative g'(a): for tanh it is 1 - S^2.
    """

    name: str
    function: Callable
    slope: Callable

    def __call__(self, a):
        """g(a), element by element; returns the shape of `a`."""
        return self.function(a)

    def derivative(self, a):
        """g'(a), element by element; returns the shape of `a`."""
        return self.slope(self.function(a))


def _identity(a):
    return +a


def _sigmoid(a):
    is_positive = np.real(a) >= 0
    e = np.exp(np.where(is_positive, -a, a))  # never overflows: its argument is never positive
    return np.where(is_positive, 1, e) / (1 + e)


def _relu(a):
    return np.where(np.real(a) <= 0, 0, a)  # this way round, nan stays nan


def _step(S):
    S = np.asarray(S)
    return (S.real > 0).astype(S.dtype)


IDENTITY = Activation("identity", _identity, np.ones_like)
TANH = Activation("tanh", np.tanh, lambda S: 1 - S * S)
SIGMOID = Activation("sigmoid", _sigmoid, lambda S: S * (1 - S))
RELU = Activation("ReLU", _relu, _step)
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
    raise ValueError(
        f"{argument}: expected one of {', '.join(ACTIVATIONS)} (or an rnn.Activation), got {g!r}."
    )


def finite_array(name, value):
    """`value` as an array of floating-point numbers (complex stays complex), all of them finite.

    Raises ValueError, naming the argument `name`, if `value` is not made of finite numbers.
    """
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(
            f"{name}: expected numbers in rows of one length, got {value!r}."
        ) from None
    if array.dtype.kind not in "biufc":
        raise ValueError(f"{name}: expected a number or an array of numbers, got {value!r}.")
    if array.dtype.kind in "biu":
        array = array.astype(float)
    if np.count_nonzero(np.isfinite(array)) < array.size:
        raise ValueError(f"{name}: expected finite numbers, got nan or infinity in it.")
    return array


def expect_shape(name, array, shape, meaning):
    """Raise ValueError unless `array` has `shape`; `meaning` says in words what the shape is."""
    if array.shape != shape:
        raise ValueError(f"{name}: expected {meaning}, shape {shape}, got shape {array.shape}.")


@dataclass(frozen=True)
class Weights:
    """W_x, W_s, W_y of  S_t = g_1(W_x X_t + W_s S_{t-1}),  Y_t = g_2(W_y S_t).

    Three numbers (a scalar network), or three arrays: W_x (n_s, n_x), W_s (n_s, n_s) and W_y
    (n_y, n_s). They are copied, so that later changes of the originals do not reach a run that used
    them, and can be unpacked: `W_x, W_s, W_y = weights`. Raises ValueError for shapes that do not
    fit together and for nan or infinity.
    """

    W_x: np.ndarray | float
    W_s: np.ndarray | float
    W_y: np.ndarray | float

    def __post_init__(self):
        arrays = {name: finite_array(name, getattr(self, name)) for name in ("W_x", "W_s", "W_y")}
        _check_weight_shapes(**arrays)
        for name, array in arrays.items():
            object.__setattr__(self, name, _frozen(array.copy())[()])

    def __iter__(self):
        return iter((self.W_x, self.W_s, self.W_y))


def _check_weight_shapes(W_x, W_s, W_y):
    kinds = {W.ndim for W in (W_x, W_s, W_y)}
    if kinds == {0}:
        return
    if kinds != {2}:
        raise ValueError(
            "Weights: expected three numbers, or three matrices W_x (n_s, n_x), W_s (n_s, n_s), "
            f"W_y (n_y, n_s), got shapes {W_x.shape}, {W_s.shape}, {W_y.shape}."
        )
    n_s = W_s.shape[0]
    expect_shape("W_s", W_s, (n_s, n_s), "a square matrix (n_s, n_s)")
    expect_shape("W_x", W_x, (n_s, W_x.shape[1]), f"one row for each of the n_s = {n_s} states")
    expect_shape("W_y", W_y, (W_y.shape[0], n_s), f"one column for each of the n_s = {n_s} states")


def _frozen(array):
    array.flags.writeable = False
    return array


@dataclass(frozen=True)
class Unrolled:
    """A forward pass:  S_t = g_1(a_t),  a_t = W_x X_t + W_s S_{t-1},  Y_t = g_2(W_y S_t).

    `S[t]` for t = 0..T; `X[t]`, `a[t]`, `Y[t]` for t = 1..T (row 0 is nan). One step has shape ()
    in a scalar network, (n,) for vectors and (n, B) for a batch, with n = n_x, n_s or n_y. The
    arrays are read-only: they are what the backward pass stands on.
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
    every column of a batch. `g_1`, `g_2` are activations or their names. Returns `Unrolled`.

    Raises ValueError for shapes that do not fit the weights, T = 0, nan or infinity in the data, an
    unknown activation. Overflow inside the pass is a result, not an error: inf and nan come back.

    Elman (1990); Pascanu et al. (2013), equation 2 in an equivalent form (there the activation
    stands inside the sum).
    """
    g_1, g_2 = activation(g_1, "g_1"), activation(g_2, "g_2")
    X, S_0, weights = _fitting(X, S_0, weights)
    W_x, W_s, W_y = weights
    T, g, W_s_times = len(X), g_1.function, times(W_s, S_0)
    number = np.result_type(X, S_0, W_x, W_s, W_y)
    X, X_given = room((T + 1, *X.shape[1:]), number), X
    S = room((T + 1, *S_0.shape), number)
    X[0], X[1:], S[0] = np.nan, X_given, S_0
    with np.errstate(all="ignore"):
        a = each_step(W_x, X)  # W_x X_t for all t in one product
        a_rows, S_rows = rows(a), rows(S)
        for t in range(1, T + 1):
            a_rows[t] += W_s_times(S_rows[t - 1])
            S[t] = g(a_rows[t])
        Y = g_2(each_step(W_y, S)).astype(number, copy=False)
    a[0] = Y[0] = np.nan
    return Unrolled(T, _frozen(X), _frozen(a), _frozen(S), _frozen(Y), weights, g_1, g_2)


def each_step(W, V):
    """W V_t for every row t of `V`, in one product: `V` has shape (T,), (T, n) or (T, n, B).

    A batch that lies in memory as (T, B, n) is one matrix of T·B rows and need not be copied.
    """
    if V.ndim == 1:
        return W * V
    if V.ndim == 2:
        return V.dot(W.T)
    return np.tensordot(V, W, axes=(1, 1)).swapaxes(1, 2)


def times(W, S):
    """The quickest function of a state that gives W times it, for states of the shape of `S`."""
    if S.ndim == 0:
        return partial(operator.mul, W)
    if S.ndim == 1:
        return W.dot
    W_T = np.ascontiguousarray(W.T)  # a small product takes up to a third less time so
    return lambda S: S.T.dot(W_T).T


def rows(V):
    """V[0], V[1], ... as views, looked up once for a loop (a row of one number stays in V)."""
    return list(V) if V.ndim > 1 else V


def column_by_column(V):
    """`V`, where a batch (T, n, B) lies in memory as (T, B, n): see `each_step`."""
    if V.ndim < 3:
        return V
    return np.ascontiguousarray(V.swapaxes(1, 2)).swapaxes(1, 2)


def room(shape, number):
    """An empty array, where a batch (T, n, B) lies in memory as (T, B, n): see `each_step`."""
    if len(shape) < 3:
        return np.empty(shape, number)
    T, n, B = shape
    return np.empty((T, B, n), number).swapaxes(1, 2)


def _fitting(X, S_0, weights):
    """X, S_0 and the weights as arrays whose shapes fit; ValueError in words if they do not."""
    if not isinstance(weights, Weights):
        raise ValueError(f"weights: expected rnn.Weights(W_x, W_s, W_y), got {weights!r}.")
    X, S_0 = finite_array("X", X), finite_array("S_0", S_0)
    if X.ndim == 0 or len(X) == 0:
        raise ValueError(
            f"X: expected a sequence of at least one input, X_1 first, got shape {X.shape}."
        )
    T = len(X)
    if np.ndim(weights.W_s) == 0:
        expect_shape("X", X, (T,), "one number a step (the weights are numbers)")
        expect_shape("S_0", S_0, (), "one number (the weights are numbers)")
        return X, S_0, weights
    n_s, n_x = weights.W_x.shape
    columns = X.shape[2:]
    if X.ndim not in (2, 3) or X.shape[1] != n_x:
        raise ValueError(
            f"X: expected shape (T, n_x) or (T, n_x, B) with n_x = {n_x}, the columns of W_x, "
            f"got shape {X.shape}."
        )
    if 0 in columns:
        raise ValueError(f"X: expected at least one sequence in the batch, got shape {X.shape}.")
    if columns and S_0.shape == (n_s,):
        S_0 = np.broadcast_to(S_0[:, None], (n_s, *columns))
    expect_shape("S_0", S_0, (n_s, *columns), "one state, one entry for each row of W_s")
    return X, S_0, weights


def error(d, Y):
    """E = (d - Y)^2, summed over outputs (and over the columns of a batch).

    `d` and `Y` have one shape, that of an output: (), (n_y,) or (n_y, B). There is no one-half, so
    dE/dY = 2 (Y - d). Returns one number. Raises ValueError if the shapes differ or `d` is not
    finite; an infinite `Y` gives an infinite error.
    """
    d, Y = finite_array("d", d), np.asarray(Y)
    expect_shape("d", d, Y.shape, "the shape of Y")
    with np.errstate(all="ignore"):
        return np.sum((d - Y) ** 2)

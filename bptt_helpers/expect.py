"""Bad input in a reader's words:  ValueError "name: expected ..., got ...".

Each function takes the name of an argument and its value, and returns the value in the form in
which the numbers are computed with it. What came is shown in 200 characters at most.
"""

import cmath
import operator
from collections.abc import Callable

import numpy as np


def fail(name, expected, value):
    """Raise the ValueError; `value` is what came, or a text that is printed as it is."""
    try:
        got = value if isinstance(value, Words) else " ".join(repr(value).split())
    except Exception:  # repr of a whole number of 5,000 digits, or of an object with a broken one
        got = f"a {type(value).__name__}"
    got = got if len(got) <= 200 else f"{got[:200]} ..."
    raise ValueError(f"{name}: expected {expected}, got {got}.")


class Words(str):
    """A text that says what came."""


def numbers(name, value, words="a number or an array of numbers", real=False):
    """`value` as an array of floating-point numbers; complex stays complex, unless `real`.

    Nan and infinity may be in it, masked entries may not: NumPy would use what the mask hides.
    """
    array = value
    if type(value) is not np.ndarray:
        if type(value) not in (int, float, np.float64) and _is_masked(value):
            fail(name, f"{words} without masked entries", value)
        try:
            array = np.asarray(value)
        except Exception:
            fail(name, "numbers in rows of the same length", value)
    kind = array.dtype.kind
    if kind in "biu":
        return array.astype(float)
    if kind not in "fc" or (real and kind == "c"):
        fail(name, words if kind != "c" else f"{words}, real and not complex", value)
    return array


def _is_masked(value, depth=4):
    if isinstance(value, (list, tuple)):
        parts = [part for part in value if type(part) not in (int, float)]
        return depth > 0 and any(_is_masked(part, depth - 1) for part in parts)
    return isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value)


def finite_array(name, value, real=False):
    """`value` as an array of floating-point numbers, at least one, all of them finite."""
    array = value
    if type(value) is not np.ndarray or real or value.dtype.kind not in "fc":
        array = numbers(name, value, real=real)
    if array.size == 0:
        fail(name, "at least one number", Words(f"shape {array.shape}"))
    if array.ndim == 0:
        is_finite = cmath.isfinite(array)
    else:
        is_finite = np.count_nonzero(np.isfinite(array)) == array.size
    if not is_finite:
        fail(name, "finite numbers", Words("nan or infinity in it"))
    return array


def arrays(name, values):
    """Real numbers and arrays in a list or the like, at least one; nan may be there."""
    try:
        values = list(values)
    except TypeError:
        fail(name, "a list of numbers and arrays", values)
    if not values:
        fail(name, "at least one number or array", Words("none"))
    return [v if type(v) is float else numbers(name, v, real=True)[()] for v in values]


def shape(name, array, wanted, meaning):
    """An array of this shape; `meaning` says in words what the shape is."""
    if array.shape != wanted:
        fail(name, f"{meaning}, shape {wanted}", Words(f"shape {array.shape}"))
    return array


def fitting(X, weights, states):
    """X and the states before step 1 as arrays that fit the weights, of whatever cell."""
    X, one_input, one_state = finite_array("X", X), weights.W_x.shape[1:], weights.W_s.shape[1:]
    if one_state and X.ndim == 3:
        columns = X.shape[2:]
        one_input, one_state = one_input + columns, one_state + columns
    if X.ndim == 0 or X.shape[1:] != one_input:
        words = "one number a step, X_1 first, shape (T,) (the weights are numbers)"
        if one_state:
            words = f"(T, n_x) or (T, n_x, B) with n_x = {one_input[0]}, the columns of W_x"
        fail("X", words, Words(f"shape {X.shape}"))
    fitting = [X]
    for name, state in states.items():
        state = finite_array(name, state)
        if state.shape != one_state:
            if state.shape == one_state[:1] and X.ndim == 3:
                state = np.repeat(state[:, None], *columns, axis=1)
            shape(name, state, one_state, "one state, an entry for each column of W_s")
        fitting.append(state)
    return fitting


def number(name, value, words="a finite number", fits=np.isfinite):
    """One real number for which `fits` holds, as a float."""
    one = numbers(name, value, words, real=True)
    if one.ndim or isinstance(value, bool) or not fits(one):
        fail(name, words, value)
    return float(one)


def positive(name, value):
    """One real number above 0, as a float; infinity is one."""
    return number(name, value, "a positive number", lambda one: one > 0)


def whole(name, value, lowest=1, highest=10**9, words=None):
    """A whole number in lowest..highest, as an int."""
    try:
        number = operator.index(value)
    except Exception:
        number = None
    if (
        number is None
        or isinstance(value, bool | np.ma.MaskedArray)
        or not lowest <= number <= highest
    ):
        fail(name, words or f"a whole number from {lowest} to {highest:,}", value)
    return number


def time(name, value, T, lowest=1, words=""):
    """A time in lowest..T, as an int."""
    if type(value) is int and lowest <= value <= T:
        return value
    return whole(name, value, lowest, T, f"a whole number from {lowest} to T = {T}{words}")


def times(name, value, T, columns=0):
    """One time, as an int, or in a batch of so many `columns` one for each, as an array."""
    if not (isinstance(value, list | tuple | range) or getattr(value, "ndim", 0)):
        return time(name, value, T)
    words = f", or one for each column of a batch ({columns or 'no'} columns here)"
    if not columns or len(value) != columns:
        fail(name, f"a whole number from 1 to T = {T}{words}", value)
    return np.array([time(name, one, T, 1, words) for one in value])


def one_of(name, value, known):
    """A word that is in `known`."""
    if not (isinstance(value, str) and value in known):
        fail(name, f"one of {', '.join(known)}", value)
    return value


def text(name, value):
    """A text of at least one letter."""
    if not (isinstance(value, str) and value):
        fail(name, "a text", value)
    return value


def instance(name, value, kinds, words):
    """A value of one of these classes; `words` say to a reader what that is."""
    if not isinstance(value, kinds):
        fail(name, words, value)
    return value


def function(name, value):
    """Something that can be called."""
    return instance(name, value, Callable, "a function")


def run(run, *kinds):
    """A forward pass of one of these classes."""
    if not isinstance(run, kinds):
        fail("run", f"a forward pass ({', '.join(kind.__name__ for kind in kinds)})", run)
    return run


def random_state(random):
    """The source of random numbers."""
    return instance("random", random, np.random.RandomState, "a numpy.random.RandomState")

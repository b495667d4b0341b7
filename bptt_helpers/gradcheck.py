"""Checking a gradient:  ∂E/∂W ≈ (E(W + h) - E(W - h)) / 2h,  or  Im E(W + ih) / h.

Both take any function E of a weight (a number or an array) or of an `rnn.Weights`, and move one
entry at a time on a copy: the weight that was passed in is never changed.
"""

import dataclasses

import numpy as np

from bptt_helpers import expect


def central_difference(E, W, h=1e-5):
    """∂E/∂W ≈ (E(W + h) - E(W - h)) / 2h, entry by entry; the error falls as h², plus rounding / h.

    `E` takes what `W` is and returns one number. `W` is a number, an array, or an `rnn.Weights`.
    Returns the gradient in the shape of `W`; for an `rnn.Weights`, a tuple (dE_dW_x, dE_dW_s,
    dE_dW_y). Raises ValueError if E does not return one number, W is not made of finite real
    numbers or h is not positive.

    Nocedal and Wright (2006), "Numerical Optimization", equation 8.7.
    """

    def derivative(value, h):
        change = value(h) - value(-h)
        if np.iscomplexobj(change):
            expect.fail("E", "a function that returns one real number", change)
        return change / (2 * h)

    return _by_entry(E, W, h, derivative, float)


def complex_step(E, W, h=1e-30):
    """∂E/∂W ≈ Im E(W + ih) / h, entry by entry; exact to rounding, since nothing is subtracted.

    Arguments, result and errors are those of `central_difference`; E must pass complex numbers on
    (no abs, no float), and a ValueError says so where it does not.

    Squire and Trapp (1998), "Using complex variables to estimate derivatives of real functions".
    """

    def derivative(value, h):
        moved = value(1j * h)
        if not np.iscomplexobj(moved):
            expect.fail("E", "a function that keeps complex numbers, not a real result", moved)
        return moved.imag / h

    return _by_entry(E, W, h, derivative, complex)


def relative_error(gradient, reference):
    """max |gradient - reference| / max(max |gradient|, max |reference|), one number for the whole.

    Two arrays (or numbers) of one shape; returns a float: 0 if both are zero, nan if there is nan
    in one. Raises ValueError if the shapes differ.
    """
    gradient = expect.numbers("gradient", gradient)
    reference = expect.numbers("reference", reference)
    expect.shape("gradient", gradient, reference.shape, "an array like the reference")
    if gradient.size == 0:
        return 0.0
    with np.errstate(all="ignore"):
        scale = np.maximum(np.max(np.abs(gradient)), np.max(np.abs(reference)))  # keeps nan
        return float(np.max(np.abs(gradient - reference)) / scale) if scale != 0 else 0.0


def _by_entry(E, W, h, derivative, number):
    expect.function("E", E)
    h = expect.number("h", h, "a positive step", lambda h: 0 < h < np.inf)
    if not dataclasses.is_dataclass(W) or isinstance(W, type):
        return _gradient(E, expect.finite_array("W", W, real=True), h, derivative, number)
    named = [(field.name, getattr(W, field.name)) for field in dataclasses.fields(W)]
    parts = [expect.finite_array(f"W.{name}", V, real=True).astype(number) for name, V in named]

    def of_part(k):
        return lambda moved: E(type(W)(*parts[:k], moved, *parts[k + 1 :]))

    return tuple(_gradient(of_part(k), V, h, derivative, number) for k, V in enumerate(parts))


def _gradient(E, W, h, derivative, number):
    W = np.array(W, dtype=number)
    gradient = np.empty(W.shape)
    for entry in np.ndindex(W.shape):

        def value(step, entry=entry):
            moved = W.copy()
            moved[entry] += step
            result = expect.numbers("E", E(moved[()]), "a function that returns one number")
            return expect.shape("E", result, (), "a function that returns one number")[()]

        with np.errstate(all="ignore"):
            gradient[entry] = derivative(value, h)
    return gradient[()]

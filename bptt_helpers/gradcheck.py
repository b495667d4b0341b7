"""Checking a gradient:  ∂E/∂W ≈ (E(W + h) - E(W - h)) / 2h,  or  Im E(W + ih) / h.

Both take any function E of a weight (a number or an array) or of an `rnn.Weights`, and move one
entry at a time on a copy: the weight that was passed in is never changed.
"""

import dataclasses

import numpy as np


def central_difference(E, W, h=1e-5):
    """∂E/∂W ≈ (E(W + h) - E(W - h)) / 2h, entry by entry; the error falls as h², plus rounding / h.

    `E` takes what `W` is and returns one number. `W` is a number, an array, or an `rnn.Weights`.
    Returns the gradient in the shape of `W`; for an `rnn.Weights`, a tuple (dE_dW_x, dE_dW_s,
    dE_dW_y). Raises ValueError if E does not return one number or h is not positive.

    Nocedal and Wright (2006), "Numerical Optimization", equation 8.7.
    """

    def derivative(value):
        above, below = value(h), value(-h)
        with np.errstate(all="ignore"):
            return (above - below) / (2 * h)

    return _by_entry(E, W, _positive(h), derivative, float)


def complex_step(E, W, h=1e-30):
    """∂E/∂W ≈ Im E(W + ih) / h, entry by entry; exact to rounding, since nothing is subtracted.

    Arguments, result and errors are those of `central_difference`; E must pass complex numbers on
    (no abs, no float), and a ValueError says so where it does not.

    Squire and Trapp (1998), "Using complex variables to estimate derivatives of real functions".
    """

    def derivative(value):
        moved = value(1j * h)
        if not np.iscomplexobj(moved):
            raise ValueError(
                "E: expected a function that keeps complex numbers, got a real result."
            )
        with np.errstate(all="ignore"):
            return moved.imag / h

    return _by_entry(E, W, _positive(h), derivative, complex)


def relative_error(gradient, reference):
    """max |gradient - reference| / max(max |gradient|, max |reference|), one number for the whole.

    Two arrays (or numbers) of one shape; returns a float: 0 if both are zero, nan if there is nan
    in one. Raises ValueError if the shapes differ.
    """
    gradient, reference = np.asarray(gradient), np.asarray(reference)
    if gradient.shape != reference.shape:
        raise ValueError(
            f"gradient: expected the reference's shape {reference.shape}, got {gradient.shape}."
        )
    if gradient.size == 0:
        return 0.0
    with np.errstate(all="ignore"):
        scale = np.maximum(np.max(np.abs(gradient)), np.max(np.abs(reference)))  # keeps nan
        return float(np.max(np.abs(gradient - reference)) / scale) if scale != 0 else 0.0


def _by_entry(E, W, h, derivative, number):
    if dataclasses.is_dataclass(W):
        parts = [np.array(getattr(W, field.name), number) for field in dataclasses.fields(W)]
        return tuple(
            _by_entry(
                lambda part, k=k: E(type(W)(*parts[:k], part, *parts[k + 1 :])),
                part,
                h,
                derivative,
                number,
            )
            for k, part in enumerate(parts)
        )
    W = np.array(W, dtype=number)
    gradient = np.empty(W.shape)
    for entry in np.ndindex(W.shape):

        def value(step, entry=entry):
            moved = W.copy()
            moved[entry] += step
            return _one_number(E(moved[()]))

        gradient[entry] = derivative(value)
    return gradient[()]


def _one_number(value):
    number = np.asarray(value)
    if number.ndim != 0:
        raise ValueError(
            f"E: expected a function that returns one number, got shape {number.shape}."
        )
    if number.dtype.kind not in "biufc":
        raise ValueError(f"E: expected a function that returns one number, got {value!r}.")
    return number[()]


def _positive(h):
    if not h > 0:
        raise ValueError(f"h: expected a positive step, got {h!r}.")
    return h

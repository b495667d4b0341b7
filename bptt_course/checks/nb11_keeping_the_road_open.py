"""The check of notebook 11: one step of a GRU."""

import numpy as np

from bptt_helpers import rnn
from bptt_course.checks.engine.compare import verdict_on_formula
from bptt_course.checks.engine.guard import NotUsable, numbers


def gru_step(my_gru_step, hint=False):
    """11-A: `my_gru_step(a_r, a_z, x, q, S_before)` returns S_t.

    a_r and a_z are the pre-activations of the gates, x = W_x X_t + b and q = W_s S_{t-1} those at
    the rows of the candidate: S_t = z S_{t-1} + (1 - z) tanh(x + r q).
    """
    return verdict_on_formula(
        "11-A", my_gru_step, _cases, _step, WRONG_STEPS, _differs, HINTS, hint, _state
    )


def _state(returned):
    if isinstance(returned, tuple) and len(returned) > 1:
        raise NotUsable(f"expected the new state alone, got {len(returned)} things")
    return numbers(returned)


def _cases():
    random = np.random.RandomState(12)
    return [tuple(random.uniform(-2, 2, size=(5, 3))) for _ in range(6)]


def _differs(answer, true, *_):
    if answer.shape != true.shape:
        return "S_t should have the shape of S_before"
    return "S_t differs from z S_{t-1} + (1 - z) S̃_t in random steps"


σ = rnn.SIGMOID


def _step(a_r, a_z, x, q, S):
    return σ(a_z) * S + (1 - σ(a_z)) * np.tanh(x + σ(a_r) * q)


WRONG_STEPS = (
    (
        "z and 1 - z have changed places: here z is the share that is kept (in some papers it is "
        "the share that is renewed)",
        lambda a_r, a_z, x, q, S: (1 - σ(a_z)) * S + σ(a_z) * np.tanh(x + σ(a_r) * q),
    ),
    ("r and z have changed places", lambda a_r, a_z, x, q, S: _step(a_z, a_r, x, q, S)),
    (
        "the reset gate r is missing in the candidate",
        lambda a_r, a_z, x, q, S: σ(a_z) * S + (1 - σ(a_z)) * np.tanh(x + q),
    ),
    (
        "r belongs to q alone, not to the whole pre-activation",
        lambda a_r, a_z, x, q, S: σ(a_z) * S + (1 - σ(a_z)) * np.tanh(σ(a_r) * (x + q)),
    ),
    (
        "r is multiplied with S_{t-1} instead of q = W_s S_{t-1}",
        lambda a_r, a_z, x, q, S: σ(a_z) * S + (1 - σ(a_z)) * np.tanh(x + σ(a_r) * S),
    ),
    (
        "the factor 1 - z of the candidate is missing",
        lambda a_r, a_z, x, q, S: σ(a_z) * S + np.tanh(x + σ(a_r) * q),
    ),
    (
        "the part that is kept, z S_{t-1}, is missing: this network would forget everything but q",
        lambda a_r, a_z, x, q, S: (1 - σ(a_z)) * np.tanh(x + σ(a_r) * q),
    ),
    (
        "that is the candidate; S_t mixes it with the state before",
        lambda a_r, a_z, x, q, S: np.tanh(x + σ(a_r) * q),
    ),
    (
        "the tanh of the candidate is missing",
        lambda a_r, a_z, x, q, S: σ(a_z) * S + (1 - σ(a_z)) * (x + σ(a_r) * q),
    ),
    (
        "the candidate takes tanh, not the sigmoid",
        lambda a_r, a_z, x, q, S: σ(a_z) * S + (1 - σ(a_z)) * σ(x + σ(a_r) * q),
    ),
    (
        "the gates take the sigmoid, not tanh",
        lambda a_r, a_z, x, q, S: (
            np.tanh(a_z) * S + (1 - np.tanh(a_z)) * np.tanh(x + np.tanh(a_r) * q)
        ),
    ),
    (
        "the gates are σ(a_r) and σ(a_z): the sigmoid is missing",
        lambda a_r, a_z, x, q, S: a_z * S + (1 - a_z) * np.tanh(x + a_r * q),
    ),
    (
        "the reset gate is σ(a_r): its sigmoid is missing",
        lambda a_r, a_z, x, q, S: σ(a_z) * S + (1 - σ(a_z)) * np.tanh(x + a_r * q),
    ),
    (
        "the update gate is σ(a_z): its sigmoid is missing",
        lambda a_r, a_z, x, q, S: a_z * S + (1 - a_z) * np.tanh(x + σ(a_r) * q),
    ),
    (
        "the candidate is left out: that is only the part that is kept",
        lambda a_r, a_z, x, q, S: σ(a_z) * S,
    ),
    (
        "r lets through the state's share q, not the input's share x",
        lambda a_r, a_z, x, q, S: σ(a_z) * S + (1 - σ(a_z)) * np.tanh(σ(a_r) * x + q),
    ),
)
HINTS = (
    "Three lines before the last: the gates r and z, then the candidate.",
    "r = rnn.SIGMOID(a_r), and likewise z; the candidate is np.tanh(x + r * q).",
    "The new state keeps the share z of the old one and takes the share 1 - z of the candidate.",
)

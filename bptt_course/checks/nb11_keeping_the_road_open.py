"""The check of notebook 11: one step of a GRU."""

from functools import partial

import numpy as np

from bptt_helpers import rnn
from bptt_course.checks.engine.compare import Formula
from bptt_course.checks.engine.guard import NotUsable, numbers


def gru_step(my_gru_step, hint=False):
    """11-A: `my_gru_step(a_r, a_z, x, q, S_before)` returns S_t.

    a_r and a_z are the pre-activations of the gates, x = W_x X_t + b and q = W_s S_{t-1} those at
    the rows of the candidate: S_t = z S_{t-1} + (1 - z) tanh(x + r q).
    """
    return STEP.verdict("11-A", my_gru_step, hint)


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


def _as_it_is(a):
    return a


def _step(
    a_r,
    a_z,
    x,
    q,
    S,
    r=rnn.SIGMOID,
    z=rnn.SIGMOID,
    inner=lambda x, q, r, S: x + r * q,
    bend=np.tanh,
    kept=lambda z: z,
    taken=lambda z: 1 - z,
):
    """S_t; the arguments from `r` on are its parts, right by default."""
    return kept(z(a_z)) * S + taken(z(a_z)) * bend(inner(x, q, r(a_r), S))


WRONG_PARTS = (
    (
        "z and 1 - z have changed places: here (not in all papers) z is the share that is kept",
        {"kept": lambda z: 1 - z, "taken": _as_it_is},
    ),
    ("the reset gate r is missing in the candidate", {"inner": lambda x, q, r, S: x + q}),
    ("r belongs to q alone, not to x + q", {"inner": lambda x, q, r, S: r * (x + q)}),
    ("r multiplies q = W_s S_{t-1}, not S_{t-1}", {"inner": lambda x, q, r, S: x + r * S}),
    ("r lets through the state's share q, not x", {"inner": lambda x, q, r, S: r * x + q}),
    ("the input's share x is left out of the candidate", {"inner": lambda x, q, r, S: r * q}),
    ("the state's share q is left out of the candidate", {"inner": lambda x, q, r, S: x}),
    ("the factor 1 - z of the candidate is missing", {"taken": lambda z: 1}),
    ("the factor z of S_{t-1} is missing", {"kept": lambda z: 1}),
    ("the update gate z is left out of both parts", {"kept": lambda z: 1, "taken": lambda z: 1}),
    ("the part that is kept, z S_{t-1}, is missing", {"kept": lambda z: 0}),
    ("that is the candidate alone, without z", {"kept": lambda z: 0, "taken": lambda z: 1}),
    ("the candidate is left out: that is only the part that is kept", {"taken": lambda z: 0}),
    ("the tanh of the candidate is missing", {"bend": _as_it_is}),
    ("the candidate takes tanh, not the sigmoid", {"bend": rnn.SIGMOID}),
    ("the gates take the sigmoid, not tanh", {"r": np.tanh, "z": np.tanh}),
    ("the gates are σ(a_r) and σ(a_z): the sigmoid is missing", {"r": _as_it_is, "z": _as_it_is}),
    ("the reset gate is σ(a_r): its sigmoid is missing", {"r": _as_it_is}),
    ("the update gate is σ(a_z): its sigmoid is missing", {"z": _as_it_is}),
)
WRONG_STEPS = (
    *((words, partial(_step, **parts)) for words, parts in WRONG_PARTS),
    ("r and z have changed places", lambda a_r, a_z, *rest: _step(a_z, a_r, *rest)),
)
HINTS = (
    "Three lines before the last: the gates r and z, then the candidate.",
    "r = rnn.SIGMOID(a_r), and likewise z; the candidate is np.tanh(x + r * q).",
    "The new state keeps the share z of the old one and takes the share 1 - z of the candidate.",
)
STEP = Formula(_cases, _step, WRONG_STEPS, _differs, HINTS, _state)

"""The check of notebook 11: one step of a GRU."""

import numpy as np

from bptt_helpers import rnn
from bptt_course.checks.engine.compare import Formula
from bptt_course.checks.engine.guard import NotUsable, numbers
from bptt_course.checks.engine.wording import read

(WORDS,) = read("nb11_keeping_the_road_open", "11-A")


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
    return [tuple(random.uniform(-2, 2, size=(5, n_s))) for n_s in (3, 3, 3, 4, 4, 4)]


def _new_state(r, z, x, q, S):
    return z * S + (1 - z) * tanh(x + r * q)


def _of_gates(formula):
    """The formula of (r, z, x, q, S) as one of the pre-activations."""
    return lambda a_r, a_z, *rest: formula(σ(a_r), σ(a_z), *rest)


σ, tanh = rnn.SIGMOID, np.tanh
_step = _of_gates(_new_state)
WRONG_STEPS = WORDS.beside(
    z_swapped=_of_gates(lambda r, z, x, q, S: (1 - z) * S + z * tanh(x + r * q)),
    r_missing=_of_gates(lambda r, z, x, q, S: z * S + (1 - z) * tanh(x + q)),
    r_on_the_sum=_of_gates(lambda r, z, x, q, S: z * S + (1 - z) * tanh(r * (x + q))),
    r_on_the_state=_of_gates(lambda r, z, x, q, S: z * S + (1 - z) * tanh(x + r * S)),
    r_on_the_input=_of_gates(lambda r, z, x, q, S: z * S + (1 - z) * tanh(r * x + q)),
    input_left_out=_of_gates(lambda r, z, x, q, S: z * S + (1 - z) * tanh(r * q)),
    state_left_out=_of_gates(lambda r, z, x, q, S: z * S + (1 - z) * tanh(x)),
    one_minus_z_missing=_of_gates(lambda r, z, x, q, S: z * S + tanh(x + r * q)),
    z_missing=_of_gates(lambda r, z, x, q, S: S + (1 - z) * tanh(x + r * q)),
    z_left_out=_of_gates(lambda r, z, x, q, S: S + tanh(x + r * q)),
    kept_part_missing=_of_gates(lambda r, z, x, q, S: (1 - z) * tanh(x + r * q)),
    candidate_alone=_of_gates(lambda r, z, x, q, S: tanh(x + r * q)),
    candidate_left_out=_of_gates(lambda r, z, x, q, S: z * S),
    tanh_missing=_of_gates(lambda r, z, x, q, S: z * S + (1 - z) * (x + r * q)),
    sigmoid_for_tanh=_of_gates(lambda r, z, x, q, S: z * S + (1 - z) * σ(x + r * q)),
    tanh_for_sigmoid=lambda a_r, a_z, *rest: _new_state(tanh(a_r), tanh(a_z), *rest),
    sigmoids_missing=_new_state,
    sigmoid_of_r_missing=lambda a_r, a_z, *rest: _new_state(a_r, σ(a_z), *rest),
    sigmoid_of_z_missing=lambda a_r, a_z, *rest: _new_state(σ(a_r), a_z, *rest),
    gates_swapped=lambda a_r, a_z, *rest: _step(a_z, a_r, *rest),
)
STEP = Formula(
    _cases,
    _step,
    WRONG_STEPS,
    "S_t differs from z S_{t-1} + (1 - z) S̃_t in random steps",
    WORDS.hints,
    "S_t should have the shape of S_before",
    _state,
)

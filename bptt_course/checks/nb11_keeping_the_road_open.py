"""The check of notebook 11: one step of a GRU."""

from functools import partial

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


WRONG_STEPS = WORDS.beside(
    z_swapped=partial(_step, kept=lambda z: 1 - z, taken=_as_it_is),
    r_missing=partial(_step, inner=lambda x, q, r, S: x + q),
    r_on_the_sum=partial(_step, inner=lambda x, q, r, S: r * (x + q)),
    r_on_the_state=partial(_step, inner=lambda x, q, r, S: x + r * S),
    r_on_the_input=partial(_step, inner=lambda x, q, r, S: r * x + q),
    input_left_out=partial(_step, inner=lambda x, q, r, S: r * q),
    state_left_out=partial(_step, inner=lambda x, q, r, S: x),
    one_minus_z_missing=partial(_step, taken=lambda z: 1),
    z_missing=partial(_step, kept=lambda z: 1),
    z_left_out=partial(_step, kept=lambda z: 1, taken=lambda z: 1),
    kept_part_missing=partial(_step, kept=lambda z: 0),
    candidate_alone=partial(_step, kept=lambda z: 0, taken=lambda z: 1),
    candidate_left_out=partial(_step, taken=lambda z: 0),
    tanh_missing=partial(_step, bend=_as_it_is),
    sigmoid_for_tanh=partial(_step, bend=rnn.SIGMOID),
    tanh_for_sigmoid=partial(_step, r=np.tanh, z=np.tanh),
    sigmoids_missing=partial(_step, r=_as_it_is, z=_as_it_is),
    sigmoid_of_r_missing=partial(_step, r=_as_it_is),
    sigmoid_of_z_missing=partial(_step, z=_as_it_is),
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

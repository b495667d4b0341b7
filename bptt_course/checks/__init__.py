"""Checks of the exercises, one function each, and `diagnose` for any ∂E_at/∂W that a reader writes.

Each takes what the reader wrote (numbers or a function), prints one short verdict and returns it as
a `Verdict`. What the numbers show is said first; a known mistake that alone gives them is named, of
several that do all are offered (`mistakes`), and of any other answer the first quantity that
differs is told. The right number is never printed. A second and a third answer that fails in the
same way bring a more explicit hint, `hint=True` brings the last one; a new kind of mistake, and a
new kernel, begin with the first one again. `report` prints what is done and what is open.

Whatever a reader's function does (raise, print, run for ever), the answer comes in words. A loop
without end is stopped after about a second; what libraries import and compile does not count, up to
a minute. Only one call into C that never comes back needs a restart of the kernel. In all exercises
g_2 is the identity unless it is an argument. What some hints take apart is run, d, at = `EXAMPLE`
or `EXAMPLE_WITH_MATRICES`, `EXAMPLE_LSTM` or `EXAMPLE_GRU`.
"""

from bptt_course.checks.engine.diagnosis import EXAMPLE, EXAMPLE_WITH_MATRICES, diagnose
from bptt_course.checks.engine.gates import EXAMPLE_GRU, EXAMPLE_LSTM
from bptt_course.checks.engine.verdict import Verdict
from bptt_course.checks.nb01_forward_pass import forward_pass, one_step
from bptt_course.checks.nb02_output_weight import output_weight
from bptt_course.checks.nb03_hidden_weight import hidden_weight, hidden_weight_terms, wrong_line_03
from bptt_course.checks.nb04_input_weight import input_weight, wrong_line_04
from bptt_course.checks.nb05_backward_pass import backward_pass, wrong_line_05
from bptt_course.checks.nb06_trust_and_use import repaired_backward
from bptt_course.checks.nb07_vanishing_exploding import (
    close_to_the_quarter,
    far_gone_total_there,
    five_and_hundred,
    half_with_negative_weight,
    largest_at_25,
    smaller_though_larger,
)
from bptt_course.checks.nb08_many_states import bound_or_counterexample, jacobian_product, scaled
from bptt_course.checks.nb09_cliffs_and_clipping import clipping
from bptt_course.checks.nb10_truncation import bias, window
from bptt_course.checks.nb11_keeping_the_road_open import gru_step
from bptt_course.checks.nb12_long_memory import learned_at_100
from bptt_course.checks.session import report

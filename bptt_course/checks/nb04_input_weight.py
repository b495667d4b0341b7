"""The checks of notebook 04: ∂E_at/∂W_x in code, and a wrong line."""

from bptt_course.checks.engine.diagnosis import scalar_gradient
from bptt_course.checks.engine.typed import wrong_line
from bptt_course.checks.engine.wording import read

(LINES,) = read("nb04_input_weight", "04-B")


def input_weight(my_dE_dW_x, hint=False):
    """04-A: `my_dE_dW_x(run, d, at)` returns ∂E_at/∂W_x for scalar networks."""
    return scalar_gradient("04-A", my_dE_dW_x, "W_x", hint)


def wrong_line_04(first_wrong_line, repaired=None, hint=False):
    """04-B: the first wrong line of the derivation of ∂E_3/∂W_x, and what it gives `repaired`.

    Asked for is dS_3/dW_x in the worked example, where X = 3, 1, 2, W_s = 0.5 and g_1' = 1.
    """
    return wrong_line("04-B", LINES, 2, (3.25, 0.75), first_wrong_line, repaired, hint)

"""The checks of notebook 04: ∂E_at/∂W_x in code, and a wrong line."""

from bptt_course.checks.engine.diagnosis import scalar_gradient
from bptt_course.checks.engine.typed import wrong_line


def input_weight(my_dE_dW_x, hint=False):
    """04-A: `my_dE_dW_x(run, d, at)` returns ∂E_at/∂W_x for scalar networks."""
    return scalar_gradient("04-A", my_dE_dW_x, "W_x", hint)


def wrong_line_04(first_wrong_line, repaired=None, hint=False):
    """04-B: the first wrong line of the derivation of ∂E_3/∂W_x, and what it gives `repaired`.

    Asked for is dS_3/dW_x in the worked example, where X = 3, 1, 2, W_s = 0.5 and g_1' = 1.
    """
    return wrong_line("04-B", first_wrong_line, LINES, LINE_HINTS, hint, repaired, REPAIRED)


LINES = {
    1: "E_3 sees W_x only through S_3, and the total derivative dS_3/dW_x is meant",
    2: None,
    3: "it follows from S_t = g_1(W_x X_t + W_s S_{t-1})",
    4: "it is the immediate derivative of S_1, S_0 held fixed",
    5: "it only puts the earlier lines together; the mistake has been made before",
}
REPAIRED = (3.25, 0.75)  # and as the line stands
LINE_HINTS = (
    "Run the diagnosis further down: which of its four paths does it count?",
    "In which line do the uses of W_x at steps 2 and 3 get lost?",
    "Differentiate S_3 = g_1(W_x X_3 + W_s S_2) by W_x: how many parts has it, and how many "
    "does the derivation have?",
)

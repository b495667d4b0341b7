"""The check of notebook 02: the two factors of ∂E_3/∂W_y and their product, typed in.

The network has g_1 = g_2 = identity, for pencil and paper; no two mistakes give the same number.
"""

from bptt_helpers import rnn
from bptt_course.checks.engine.evidence import SCALES, Fit
from bptt_course.checks.engine.typed import finding_on_numbers, typed_numbers
from bptt_course.checks.engine.verdict import report
from bptt_course.checks.engine.wording import read

FACTOR, STATE, PRODUCT = read("nb02_output_weight", "dE_dY", "dY_dW_y", "dE_dW_y")
WORDS = {"dE_dY": FACTOR, "dY_dW_y": STATE, "dE_dW_y": PRODUCT}


def output_weight(dE_dY, dY_dW_y, dE_dW_y, hint=False):
    """02-A: the two factors of ∂E_3/∂W_y = ∂E_3/∂Y_3 · ∂Y_3/∂W_y, and their product."""
    typed = typed_numbers(dE_dY=dE_dY, dY_dW_y=dY_dW_y, dE_dW_y=dE_dW_y)
    example, groups = {"dE_dY": 2, "dY_dW_y": 3.5, "dE_dW_y": 7}, [(name,) for name in WORDS]
    finding = finding_on_numbers(typed, example, groups, HYPOTHESES, "W_y", NOTES, WORDS)
    return report("02-A", finding, hint, start=FACTOR.hints)


RUN = rnn.forward([3, 4, 2], 4, rnn.Weights(2, 0.5, 3), "identity", "identity")
TARGET = 33
S_2, S_3, Y_3, W_y = RUN.S[2], RUN.S[3], RUN.Y[3], RUN.weights.W_y
TRUE = 2 * (Y_3 - TARGET)  # ∂E_3/∂Y_3
NOTES = {
    "dE_dY": FACTOR.beside(  # in the example above Y_3 = 7, d_3 = 6
        E_3_itself=(Y_3 - TARGET) ** 2, of_another=(2 * (7 - TARGET), 2 * (Y_3 - 6))
    ),
    "dY_dW_y": STATE.beside(by_the_state=W_y, Y_3_itself=Y_3, of_another=3.5),
    "dE_dW_y": PRODUCT.beside(on_to_the_state=TRUE * W_y, sum_for_product=TRUE + S_3),
}


def _values(factor, state, share=1.0):
    return {"dE_dY": factor, "dY_dW_y": state, "dE_dW_y": factor * state * share}


HYPOTHESES = [
    *((Fit(scale=more), _values(c * TRUE, S_3)) for c, more in SCALES.items()),
    *((Fit((), ("shifted-state",), more), _values(c * TRUE, S_2)) for c, more in SCALES.items()),
    (Fit(also=("averaged",)), _values(TRUE, S_3, 1 / 3)),
]

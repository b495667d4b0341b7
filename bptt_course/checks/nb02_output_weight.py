"""The check of notebook 02: the two factors of ∂E_3/∂W_y and their product, typed in.

The network has g_1 = g_2 = identity, for paper and pencil, and numbers for which no two mistakes
give the same one.
"""

from functools import cache

from bptt_helpers import rnn
from bptt_course.checks.engine.evidence import SCALES, Fit
from bptt_course.checks.engine.typed import finding_on_numbers, typed_numbers
from bptt_course.checks.engine.verdict import report
from bptt_course.checks.engine.wording import read

FACTOR, STATE, PRODUCT = read("nb02_output_weight", "dE_dY", "dY_dW_y", "dE_dW_y")


def output_weight(dE_dY, dY_dW_y, dE_dW_y, hint=False):
    """02-A: the two factors of ∂E_3/∂W_y = ∂E_3/∂Y_3 · ∂Y_3/∂W_y, and their product."""
    typed = typed_numbers(dE_dY=dE_dY, dY_dW_y=dY_dW_y, dE_dW_y=dE_dW_y)
    factor, W_y = _hypotheses()[0][1]["dE_dY"], RUN.weights.W_y
    notes = {
        "dE_dY": FACTOR.beside(  # in the example above Y_3 = 7, d_3 = 6
            E_3_itself=(RUN.Y[3] - TARGET) ** 2, of_another=(2 * (7 - TARGET), 2 * (RUN.Y[3] - 6))
        ),
        "dY_dW_y": STATE.beside(by_the_state=W_y, Y_3_itself=RUN.Y[3], of_another=3.5),
        "dE_dW_y": PRODUCT.beside(on_to_the_state=factor * W_y, sum_for_product=factor + RUN.S[3]),
    }
    example = {"dE_dY": 2, "dY_dW_y": 3.5, "dE_dW_y": 7}
    groups = (("dE_dY",), ("dY_dW_y",), ("dE_dW_y",))
    finding = finding_on_numbers(typed, example, groups, _hypotheses(), "W_y", notes, WORDS)
    return report("02-A", finding, hint, start=FACTOR.hints)


RUN = rnn.forward([3, 4, 2], 4, rnn.Weights(2, 0.5, 3), "identity", "identity")
TARGET = 33
WORDS = {"dE_dY": FACTOR, "dY_dW_y": STATE, "dE_dW_y": PRODUCT}


@cache
def _hypotheses():
    S, true_factor = RUN.S, 2 * (RUN.Y[3] - TARGET)

    def values(factor, state, share=1.0):
        return {"dE_dY": factor, "dY_dW_y": state, "dE_dW_y": factor * state * share}

    return [
        *((Fit(scale=more), values(c * true_factor, S[3])) for c, more in SCALES.items()),
        *(
            (Fit(also=("shifted-state",), scale=more), values(c * true_factor, S[2]))
            for c, more in SCALES.items()
        ),
        (Fit(also=("averaged",)), values(true_factor, S[3], 1 / 3)),
    ]

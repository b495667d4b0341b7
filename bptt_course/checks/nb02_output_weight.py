"""The check of notebook 02: the two factors of ∂E_3/∂W_y and their product, typed in.

The network has g_1 = g_2 = identity, for paper and pencil, and numbers for which no two mistakes
give the same one.
"""

from functools import cache

from bptt_helpers import rnn
from bptt_course.checks.engine.compare import close
from bptt_course.checks.engine.evidence import SCALES, Fit
from bptt_course.checks.engine.finding import not_yet
from bptt_course.checks.engine.typed import finding_on_numbers, typed_numbers
from bptt_course.checks.engine.verdict import report


def output_weight(dE_dY, dY_dW_y, dE_dW_y, hint=False):
    """02-A: the two factors of ∂E_3/∂W_y = ∂E_3/∂Y_3 · ∂Y_3/∂W_y, and their product."""
    typed = typed_numbers(dE_dY=dE_dY, dY_dW_y=dY_dW_y, dE_dW_y=dE_dW_y)
    factor, W_y = _hypotheses()[0][1]["dE_dY"], RUN.weights.W_y
    known = (  # name, what another number is, the number, the first hint
        ("dE_dY", "that is E_3 itself", (RUN.Y[3] - TARGET) ** 2, NOT_HOW_LARGE.format("E_3")),
        ("dY_dW_y", "that is ∂Y_3/∂S_3", W_y, NOT_BY_THE_STATE),
        ("dY_dW_y", "that is Y_3 itself", RUN.Y[3], NOT_HOW_LARGE.format("Y_3")),
        ("dE_dW_y", "that is ∂E_3/∂S_3", factor * W_y, NOT_ON_TO_THE_STATE),
        ("dE_dW_y", "that is a sum", factor + RUN.S[3], NOT_A_SUM),
    )
    notes = {name: [] for name in HINTS}
    for name, words, value, first in known:
        notes[name].append((words, value, (first, *HINTS[name][1:])))
    groups = (("dE_dY",), ("dY_dW_y",), ("dE_dW_y",))
    finding = of_the_example(
        typed, {"dE_dY": 2, "dY_dW_y": 3.5, "dE_dW_y": 7}, HINTS["dE_dY"]
    ) or finding_on_numbers(typed, groups, _hypotheses(), "W_y", notes, HINTS)
    return report("02-A", finding, hint, start=HINTS["dE_dY"])


RUN = rnn.forward([3, 4, 2], 4, rnn.Weights(2, 0.5, 3), "identity", "identity")
TARGET = 33
HINTS = {
    "dE_dY": (
        "E_3 = (d_3 - Y_3)^2: differentiate the square by Y_3.",
        "First S_1, S_2, S_3 and Y_3, one after the other; then the derivative of the square.",
        "If Y_3 is below d_3, raising Y_3 makes E_3 smaller: which sign has the derivative?",
    ),
    "dY_dW_y": (
        "Y_3 = W_y S_3: which of the two is varied, and which is held fixed?",
        "By W_y, not by S_3: what stands beside W_y in the formula for Y_3?",
        "Hold S_3 fixed in Y_3 = W_y S_3 and make W_y larger by 1. By how much does Y_3 grow?",
    ),
    "dE_dW_y": (
        "The chain rule multiplies the factors along a path.",
        "There is one path from W_y to E_3, and it has two factors.",
        "Take the two factors that you have just found; nothing else enters.",
    ),
}
NOT_HOW_LARGE = "How large is {}? That you have. How fast does it change?"
NOT_BY_THE_STATE = "You have varied S_3 and held W_y fixed. Which of the two is to be varied here?"
NOT_ON_TO_THE_STATE = "The path of W_y ends at W_y. Yours goes on to S_3: with which factor?"
NOT_A_SUM = "Along a path the factors are multiplied. Only the terms of different paths are added."


def of_the_example(typed, example, hints):
    """The finding on numbers that are those of the notebook's worked example; None on others."""
    if isinstance(typed, dict) and len(typed) > 1:
        if all(close(value, example[name]) for name, value in typed.items()):
            return not_yet("these belong to the example above; here the network is another", hints)
    return None


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

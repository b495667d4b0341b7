"""The checks of notebook 03: the terms of ∂E_3/∂W_s, ∂E_at/∂W_s in code, and a wrong line.

The network of 03-A has g_1 = g_2 = identity, for paper and pencil, and numbers for which no two
mistakes give the same one.
"""

from functools import cache

import numpy as np

from bptt_helpers import bptt, rnn
from bptt_course.checks.engine.compare import close
from bptt_course.checks.engine.diagnosis import scalar_gradient
from bptt_course.checks.engine.evidence import SCALES, Fit
from bptt_course.checks.engine.typed import finding_on_numbers, typed_numbers, wrong_line
from bptt_course.checks.engine.verdict import report
from bptt_course.checks.nb02_output_weight import of_the_example


def hidden_weight_terms(term_1, term_2, term_3, dE_dW_s, hint=False):
    """03-A: the terms ∂E_3/∂Y_3 · ∂Y_3/∂S_i · ∂⁺S_i/∂W_s for i = 1, 2, 3, and their sum."""
    typed = typed_numbers(term_1=term_1, term_2=term_2, term_3=term_3, dE_dW_s=dE_dW_s)
    T, dE_dS = _terms()
    three = [typed.get(f"term_{i}", 0) for i in (1, 2, 3)] if isinstance(typed, dict) else T
    in_all = close(np.array(three), T / RUN.weights.W_y)
    notes = {
        f"term_{i}": [
            (
                f"that is ∂E_3/∂S_{i}, without ∂⁺S_{i}/∂W_s",
                dE_dS[i - 1],
                (NOT_YET_USED, *TERM_HINTS[1:]),
            ),
            (
                f"that is S_{i - 1}, without the factors before it",
                RUN.S[i - 1],
                (ONLY_THE_USE, *TERM_HINTS[1:]),
            ),
            *[("W_y is missing in it", T[i - 1] / RUN.weights.W_y, NO_OUTPUT_WEIGHT)] * in_all,
            (
                f"that is term_{4 - i}; term_i is the path that ends at step i",
                T[3 - i],
                (OTHER_PATH, *TERM_HINTS[1:]),
            ),
            ("no factor of this path is 0, and so the term is not", 0, TERM_HINTS),
        ]
        for i in (1, 2, 3)
    } | {"dE_dW_s": [(f"that is term_{i} alone", T[i - 1], HINTS["dE_dW_s"]) for i in (1, 2, 3)]}
    groups = (("term_1", "term_2", "term_3"), ("dE_dW_s",))
    finding = of_the_example(
        typed, {"term_1": 2, "term_2": 8, "term_3": 12, "dE_dW_s": 22}, TERM_HINTS
    ) or finding_on_numbers(typed, groups, _hypotheses(), "W_s", notes, HINTS)
    return report("03-A", finding, hint, start=TERM_HINTS)


def hidden_weight(my_dE_dW_s, hint=False):
    """03-B: `my_dE_dW_s(run, d, at)` returns ∂E_at/∂W_s for scalar networks."""
    return scalar_gradient("03-B", my_dE_dW_s, "W_s", hint)


def wrong_line_03(first_wrong_line, repaired=None, hint=False):
    """03-C: the first wrong line of the derivation of ∂E_3/∂W_s, and what it gives `repaired`.

    Asked for is its factor for i = 3 in the worked example, where S = 2, 4, 3, 3.5 and g_1' = 1.
    """
    return wrong_line("03-C", first_wrong_line, LINES, LINE_HINTS, hint, repaired, REPAIRED)


# ---- 03-A: the network, and what its mistakes give ----------------------------------------------

RUN = rnn.forward([5, 2, 1], 4, rnn.Weights(2, 0.5, 1.5), "identity", "identity")
TARGET = 9.5
TERM_HINTS = (
    "A term is the product along one path: ∂E_3/∂Y_3 · ∂Y_3/∂S_i · ∂⁺S_i/∂W_s.",
    "∂Y_3/∂S_i begins with W_y and takes a factor W_s for each step back from S_3 to S_i.",
    "∂⁺S_i/∂W_s: S_i = W_x X_i + W_s S_{i-1} with S_{i-1} held fixed. What stands beside W_s?",
)
NOT_YET_USED = "You have come back to the state. What is left is the use of W_s itself."
ONLY_THE_USE = "That is how the state moves with W_s. By which way does this reach E_3?"
NO_OUTPUT_WEIGHT = (
    "Walk the path once more, from E_3 to Y_3 and on to S_3: which weight is on it?",
    *TERM_HINTS[1:],
)
OTHER_PATH = "At which step does the path of this term end: at the first or at the last?"
HINTS = dict.fromkeys(("term_1", "term_2", "term_3"), TERM_HINTS) | {
    "dE_dW_s": (
        "The chain rule adds over the paths.",
        "Three paths, three terms, one sum: nothing is divided and nothing is left out.",
        "Add the three numbers that you have typed above.",
    )
}


def _terms():
    """The three terms of ∂E_3/∂W_s and the three ∂E_3/∂S_i in notebook 03's network."""
    terms = bptt.chain_rule_terms(RUN, TARGET, 3)
    return terms.W_s[1:], terms.dE_dY * terms.dY_dS[1:]


@cache
def _hypotheses():
    T, dE_dS = _terms()
    T_1, T_2, T_3 = T

    def values(term_1, term_2, term_3, total=None):
        total = term_1 + term_2 + term_3 if total is None else total
        return {"term_1": term_1, "term_2": term_2, "term_3": term_3, "dE_dW_s": total}

    made = [
        ((), T),
        (("total-for-immediate",), np.cumsum(T)),
        (("state-as-constant",), (0, 0, T_3)),
        (("longest-path-only",), (T_1, 0, 0)),
        (("shifted-state",), dE_dS * RUN.S[1:]),
        (("averaged",), (T_1, T_2, T_3, sum(T) / 3)),
        (("averaged",), T / 3),
    ]
    return [
        (Fit(any_of, scale=more), values(*(c * np.array(numbers))))
        for any_of, numbers in made
        for c, more in SCALES.items()
    ]


# ---- 03-C: the first wrong line -----------------------------------------------------------------

LINES = {
    1: "it is the chain rule through Y_3, the only way from W_s to E_3",
    2: "with no plus sign, ∂S_i/∂W_s may still mean either derivative; a later line settles which",
    3: "each step back from S_j to S_{j-1} is g_1'(a_j) W_s, and W_y comes first",
    4: None,
    5: "it only puts the earlier lines together; the mistake has been made before",
}
REPAIRED = (3, 5.5)  # and as the line stands
LINE_HINTS = (
    "Run the diagnosis further down: how often does it count the path that ends at step 1?",
    "The terms are to be counted once each. In which line do the earlier paths come in again?",
    "Which line lets S_{i-1} vary although the sum has a term of its own for it?",
)

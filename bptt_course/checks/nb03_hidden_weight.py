"""The checks of notebook 03: the terms of ∂E_3/∂W_s, ∂E_at/∂W_s in code, and a wrong line.

The network of 03-A has g_1 = g_2 = identity, for paper and pencil, and numbers for which no two
mistakes give the same one, but one W_s too many and a factor 2 that is missing.
"""

from dataclasses import replace

import numpy as np

from bptt_helpers import bptt, rnn
from bptt_course.checks.engine.compare import close
from bptt_course.checks.engine.diagnosis import scalar_gradient
from bptt_course.checks.engine.evidence import SCALES, Fit
from bptt_course.checks.engine.typed import finding_on_numbers, typed_numbers, wrong_line
from bptt_course.checks.engine.verdict import report
from bptt_course.checks.engine.wording import read

TERM, SUM, HALF, LINES = read("nb03_hidden_weight", "terms", "sum", "half", "03-C")


def hidden_weight_terms(my_term_1, my_term_2, my_term_3, my_sum, hint=False):
    """03-A: the terms ∂E_3/∂Y_3 · ∂Y_3/∂S_i · ∂⁺S_i/∂W_s for i = 1, 2, 3, and their sum."""
    answers = (my_term_1, my_term_2, my_term_3, my_sum)
    typed = typed_numbers(**dict(zip(NAMES, answers, strict=True)))
    three = [typed.get(name, 0) for name in TERMS] if isinstance(typed, dict) else T
    in_all = close(np.array(three), T / RUN.weights.W_y)
    notes = {"my_sum": []}
    for i, name in enumerate(TERMS, start=1):
        its = TERM.beside(
            not_yet_used=dE_dS[i],
            only_the_use=RUN.S[i - 1],
            W_y_missing=(T[i - 1] / RUN.weights.W_y,) * (in_all or i > 1),  # 2: as in the example
            other_path=T[3 - i],
            zero=0,
        )
        words = {"i": i, "before": i - 1, "other": 4 - i}
        notes[name] = [(what.format(**words), *rest) for what, *rest in its]
        one_term = SUM.beside(one_term=T[i - 1])
        notes["my_sum"] += [(what.format(**words), *rest) for what, *rest in one_term]
    example, groups = _by_name(2, 8, 12), (TERMS, ("my_sum",))
    finding = finding_on_numbers(typed, example, groups, HYPOTHESES, "W_s", notes, WORDS)
    if finding.mistakes == ("factor-two",):  # W_s = 0.5 halves a term as well
        finding = replace(finding, lines=(*finding.lines, HALF.said), hints=HALF.hints)
    return report("03-A", finding, hint, start=TERM.hints)


def hidden_weight(my_dE_dW_s, hint=False):
    """03-B: `my_dE_dW_s(run, d, at)` returns ∂E_at/∂W_s for scalar networks."""
    return scalar_gradient("03-B", my_dE_dW_s, "W_s", hint)


def wrong_line_03(first_wrong_line, repaired=None, hint=False):
    """03-C: the first wrong line of the derivation of ∂E_3/∂W_s, and what it gives `repaired`.

    Asked for is its factor for i = 3 in the worked example, where S = 2, 4, 3, 3.5 and g_1' = 1.
    """
    return wrong_line("03-C", LINES, 4, (3, 5.5), first_wrong_line, repaired, hint)


RUN = rnn.forward([5, 2, 1], 4, rnn.Weights(2, 0.5, 1.5), "identity", "identity")
TARGET = 9.5
T = bptt.chain_rule_terms(RUN, TARGET, 3).W_s[1:]
dE_dS = bptt.backward(RUN, TARGET, 3).dE_dS
TERMS = ("my_term_1", "my_term_2", "my_term_3")
NAMES = (*TERMS, "my_sum")
WORDS = dict.fromkeys(TERMS, TERM) | {"my_sum": SUM}


def _by_name(*terms):
    """The numbers by their names in the notebook, with their sum if it is not given."""
    return dict(zip(NAMES, (*terms, sum(terms)), strict=False))


MADE = (  # a mistake, and the numbers that it gives
    ((), T),
    (("total-for-immediate",), np.cumsum(T)),
    (("state-as-constant",), (0, 0, T[2])),
    (("longest-path-only",), (T[0], 0, 0)),
    (("shifted-state",), dE_dS[1:] * RUN.S[1:]),
    (("averaged",), (*T, sum(T) / 3)),
    (("averaged",), T / 3),
)
HYPOTHESES = [
    (Fit(any_of, scale=more), _by_name(*(c * np.array(numbers))))
    for any_of, numbers in MADE
    for c, more in SCALES.items()
]

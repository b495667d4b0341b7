"""What is found in numbers that a reader has typed in: notebooks 02 and 03, and the wrong lines.

The networks of 02 and 03 have g_1 = g_2 = identity, for paper and pencil, and numbers for which no
two mistakes give the same one. Each function returns a `diagnosis.Finding` and prints nothing;
`checks` does the talking.
"""

import math
from functools import cache

import numpy as np

from bptt_helpers import bptt, rnn
from bptt_course.checks.engine.diagnosis import Finding, named
from bptt_course.checks.engine.evidence import CLOSE, SCALES, Fit
from bptt_course.checks.engine.guard import NotAttempted, NotUsable, numbers


def typed_numbers(**answers):
    """Those of the answers that have been attempted, as floats; a `Finding` if one is no number."""
    typed = {}
    for name, answer in answers.items():
        try:
            value = numbers(answer)
            if value.size != 1 or not np.isfinite(value).all():
                raise NotUsable(f"expected one finite number, got {answer!r}")
            typed[name] = float(value.reshape(()))
        except NotAttempted:
            continue
        except NotUsable as error:
            return _wrong(f"{name}: {error}", NUMBER_HINTS)
    return typed or Finding(
        False, lines=("Not attempted yet: put a number in place of the ...",), attempted=False
    )


def _found_in(typed, groups, hypotheses, weight, notes, hints):
    """The finding on typed numbers: `hypotheses` are (Fit, values by name), the right one first.

    The first of `groups` (of names) that has a wrong number is explained by the hypotheses that
    agree with all that has been typed so far, this whole group included. `notes` holds, for each
    name, what another number might be: (words, the number, three hints).
    """
    if isinstance(typed, Finding):
        return typed
    _, truth = hypotheses[0]
    so_far = {}
    for group in groups:
        given = {name: typed[name] for name in group if name in typed}
        so_far |= given
        wrong = [name for name in given if not _same(given[name], truth[name])]
        fits = [fit for fit, values in hypotheses if _agree(so_far, values)] if wrong else []
        if fits and (any(given.values()) or len(given) > 2):
            fewest = min(fit.size for fit in fits)
            return named([fit for fit in fits if fit.size == fewest], weight)
        if wrong:
            first = wrong[0]
            line = f"{first} is the first number that differs"
            for words, value, its_hints in notes[first]:
                if _same(given[first], value):
                    return _wrong(f"{line}: {words}", its_hints)
            return _wrong(line, hints[first])
    missing = [name for group in groups for name in group if name not in typed]
    if missing:
        lines = (f"Right so far: {', '.join(typed)}.", f"Not attempted yet: {', '.join(missing)}.")
        return Finding(False, lines=lines, attempted=False)
    return Finding(True, lines=(", ".join(typed),))


def _agree(typed, values):
    return all(_same(value, values[name]) for name, value in typed.items())


def _same(number, expected):
    return math.isclose(number, expected, rel_tol=CLOSE, abs_tol=CLOSE)


NUMBER_HINTS = ("A number (or an expression that gives one) goes in place of the ...",) * 3

OUTPUT_RUN = rnn.forward([3, 4, 2], 4, rnn.Weights(2, 0.5, 3), "identity", "identity")
OUTPUT_TARGET = 33
OUTPUT_HINTS = {
    "dE_dY": (
        "E_3 = (d_3 - Y_3)^2: differentiate the square by Y_3.",
        "First S_1, S_2, S_3 and Y_3, one after the other; then the derivative of the square.",
        "If Y_3 is below d_3, raising Y_3 makes E_3 smaller: which sign has the derivative?",
    ),
    "dY_dW_y": (
        "Y_3 = W_y S_3: which of the two is varied, and which is held fixed?",
        "By W_y, not by S_3: what stands beside W_y in the formula for Y_3?",
        "Walk forward once more, S_1, S_2, S_3, and look which state the output of step 3 sees.",
    ),
    "dE_dW_y": (
        "The chain rule multiplies the factors along a path.",
        "There is one path from W_y to E_3, and it has two factors.",
        "Take the two factors that you have just found; nothing else enters.",
    ),
}
NOT_THE_ERROR = (
    "How large is E_3? That you have. How fast does it change with Y_3?",
    OUTPUT_HINTS["dE_dY"][0],
    "The outer derivative of the square is 2 (d_3 - Y_3). And the inner one?",
)
NOT_BY_THE_STATE = (
    "You have varied S_3 and held W_y fixed. Which of the two is to be varied here?",
    OUTPUT_HINTS["dY_dW_y"][1],
    "Hold S_3 fixed in Y_3 = W_y S_3 and make W_y larger by 1. By how much does Y_3 grow?",
)
NOT_THE_OUTPUT = (
    "How large is Y_3? That you have. How fast does it change with W_y?",
    *NOT_BY_THE_STATE[1:],
)
NOT_ON_TO_THE_STATE = (
    "The path of W_y ends at W_y. Yours goes on to S_3: with which factor?",
    *OUTPUT_HINTS["dE_dW_y"][1:],
)
NOT_A_SUM = (
    "Along one path the factors are multiplied. Only the terms of different paths are added.",
    *OUTPUT_HINTS["dE_dW_y"][1:],
)


def output_weight(typed):
    """The finding on dE_dY, dY_dW_y and their product dE_dW_y, in the network of notebook 02."""
    S, Y, W_y = OUTPUT_RUN.S, OUTPUT_RUN.Y[3], OUTPUT_RUN.weights.W_y
    dE_dY = 2 * (Y - OUTPUT_TARGET)
    notes = {
        "dE_dY": [("that is E_3 itself", (Y - OUTPUT_TARGET) ** 2, NOT_THE_ERROR)],
        "dY_dW_y": [
            ("that is ∂Y_3/∂S_3", W_y, NOT_BY_THE_STATE),
            ("that is Y_3 itself", Y, NOT_THE_OUTPUT),
        ],
        "dE_dW_y": [
            ("that is ∂E_3/∂S_3", dE_dY * W_y, NOT_ON_TO_THE_STATE),
            ("that is a sum", dE_dY + S[3], NOT_A_SUM),
        ],
    }
    groups = (("dE_dY",), ("dY_dW_y",), ("dE_dW_y",))
    return _found_in(typed, groups, _output_hypotheses(), "W_y", notes, OUTPUT_HINTS)


@cache
def _output_hypotheses():
    S, true_factor = OUTPUT_RUN.S, 2 * (OUTPUT_RUN.Y[3] - OUTPUT_TARGET)

    def values(factor, state, share=1.0):
        return {"dE_dY": factor, "dY_dW_y": state, "dE_dW_y": factor * state * share}

    return [
        *((Fit(also=more), values(c * true_factor, S[3])) for c, more in SCALES.items()),
        *(
            (Fit(also=("shifted-state", *more)), values(c * true_factor, S[2]))
            for c, more in SCALES.items()
        ),
        (Fit(also=("averaged",)), values(true_factor, S[3], 1 / 3)),
    ]


HIDDEN_RUN = rnn.forward([5, 2, 1], 4, rnn.Weights(2, 0.5, 1.5), "identity", "identity")
HIDDEN_TARGET = 9.5
TERM_HINTS = (
    "A term is the product along one path: ∂E_3/∂Y_3 · ∂Y_3/∂S_i · ∂⁺S_i/∂W_s.",
    "∂Y_3/∂S_i begins with W_y and takes a factor W_s for each step back from S_3 to S_i.",
    "∂⁺S_i/∂W_s: S_i = W_x X_i + W_s S_{i-1} with S_{i-1} held fixed. What stands beside W_s?",
)
NOT_YET_USED = (
    "You have come back to the state. What is left is the use of W_s itself.",
    TERM_HINTS[2],
    TERM_HINTS[0],
)
ONLY_THE_USE = (
    "That is how the state moves with W_s. By which way does this reach E_3?",
    TERM_HINTS[0],
    TERM_HINTS[1],
)
NO_OUTPUT_WEIGHT = (
    "Walk the path once more, from E_3 to Y_3 and from Y_3 to S_3: which weight lies on this way?",
    TERM_HINTS[1],
    "E_3 sees S_3 only through Y_3 = W_y S_3, so ∂Y_3/∂S_3 is a factor of every term.",
)
OTHER_PATH = (
    "At which step does the path of this term end: at the first or at the last?",
    "The path that ends at step 3 is the shortest; the one that ends at step 1 goes back through "
    "S_3, S_2 and S_1.",
    "term_i has ∂⁺S_i/∂W_s = S_{i-1} as its last factor.",
)
HIDDEN_HINTS = dict.fromkeys(("term_1", "term_2", "term_3"), TERM_HINTS) | {
    "dE_dW_s": (
        "The chain rule adds over the paths.",
        "Three paths, three terms, one sum: nothing is divided and nothing is left out.",
        "Add the three numbers that you have typed above.",
    )
}


def hidden_weight_terms(typed):
    """The finding on term_1, term_2, term_3 and their sum dE_dW_s, in notebook 03's network."""
    T, dE_dS = _terms()
    S, W_y = HIDDEN_RUN.S, HIDDEN_RUN.weights.W_y
    notes = {
        f"term_{i}": [
            (f"that is ∂E_3/∂S_{i}, without ∂⁺S_{i}/∂W_s", dE_dS[i - 1], NOT_YET_USED),
            (f"that is S_{i - 1}, without the factors before it", S[i - 1], ONLY_THE_USE),
            ("W_y is missing in it", T[i - 1] / W_y, NO_OUTPUT_WEIGHT),
            (f"that is term_{4 - i}; term_i is the path that ends at step i", T[3 - i], OTHER_PATH),
        ]
        for i in (1, 2, 3)
    }
    groups = (("term_1", "term_2", "term_3"), ("dE_dW_s",))
    notes["dE_dW_s"] = []
    return _found_in(typed, groups, _hidden_hypotheses(), "W_s", notes, HIDDEN_HINTS)


def _terms():
    """The three terms of ∂E_3/∂W_s and the three ∂E_3/∂S_i in notebook 03's network."""
    terms = bptt.chain_rule_terms(HIDDEN_RUN, HIDDEN_TARGET, 3)
    return terms.W_s[1:], terms.dE_dY * terms.dY_dS[1:]


@cache
def _hidden_hypotheses():
    T, dE_dS = _terms()
    T_1, T_2, T_3 = T

    def values(term_1, term_2, term_3, total=None):
        total = term_1 + term_2 + term_3 if total is None else total
        return {"term_1": term_1, "term_2": term_2, "term_3": term_3, "dE_dW_s": total}

    made = [
        ((), T),
        (("total-for-immediate",), np.cumsum(T)),
        (("state-as-constant", "chain-cut"), (0, 0, T_3)),
        (("longest-path-only",), (T_1, 0, 0)),
        (("shifted-state",), dE_dS * HIDDEN_RUN.S[1:]),
        (("overwritten",), (T_1, T_2, T_3, T_3)),
        (("overwritten",), (T_1, T_2, T_3, T_1)),
        (("averaged",), (T_1, T_2, T_3, sum(T) / 3)),
        (("averaged",), T / 3),
    ]
    return [
        *(
            (Fit(any_of, more), values(*(c * np.array(numbers))))
            for any_of, numbers in made
            for c, more in SCALES.items()
        ),
        (Fit(("own-output-missing",)), values(0, 0, 0)),
    ]


# ---- Notebooks 03, 04, 05: the first wrong line of a derivation ----------------------------------

LINES_03 = {
    1: "it is the chain rule through Y_3, the only way from W_s to E_3",
    2: "it sums over the states and leaves open which ∂S_i/∂W_s is meant; a later line settles it",
    3: "each step back from S_j to S_{j-1} is g_1'(a_j) W_s, and W_y comes first",
    4: None,
    5: "it only puts the earlier lines together; the mistake has been made before",
}
LINES_04 = {
    1: "E_3 sees W_x only through S_3, and the total derivative dS_3/dW_x is meant",
    2: None,
    3: "it follows from S_t = g_1(W_x X_t + W_s S_{t-1})",
    4: "it is the immediate derivative of S_1, S_0 held fixed",
    5: "it only puts the earlier lines together; the mistake has been made before",
}
LINES_05 = {
    1: "no one-half in E, and W_y leads the gradient back transposed",
    2: "g_1 acts on each entry by itself, so that its derivative multiplies each entry by itself",
    3: None,
    4: "entry (j, k) of W_s meets entry k of S_{t-1} on its way to entry j of a_t",
    5: "one weight used at every step: its shares add up",
}
LINE_HINTS = {
    "03": (
        "Run the diagnosis above: how often does it count the path that ends at step 1?",
        "The terms are to be counted once each. In which line do the earlier paths come in again?",
        "Which line lets S_{i-1} vary although the sum has a term of its own for it?",
    ),
    "04": (
        "Run the diagnosis above: which of the three paths does it count?",
        "In which line do the uses of W_x at steps 2 and 3 get lost?",
        "Differentiate S_3 = g_1(W_x X_3 + W_s S_2) by W_x: how many parts has it, and how many "
        "does the derivation have?",
    ),
    "05": (
        "Run the diagnosis above: what does it say about W_s?",
        "Write out the shapes for n_s = 3 outputs a_t and n_s = 3 states: they do not help here. "
        "So look at the indices.",
        "Which entries of W_s multiply the first entry of S_{t-1} in a_t = W_x X_t + W_s S_{t-1}?",
    ),
}


def wrong_line(line, reasons, hints):
    """The finding on the number of the first wrong line; `reasons` says why the others hold."""
    typed = typed_numbers(first_wrong_line=line)
    if isinstance(typed, Finding):
        return typed
    number = typed["first_wrong_line"]
    if number not in reasons:
        return _wrong(f"the lines are numbered 1 to {len(reasons)}", hints)
    if reasons[number] is None:
        return Finding(True, lines=(f"line {number:.0f} is the first wrong one",))
    return _wrong(f"line {number:.0f} holds: {reasons[number]}", hints)


def _wrong(words, hints):
    return Finding(False, lines=(f"Not yet: {words}.",), hints=hints)

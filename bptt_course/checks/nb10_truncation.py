"""The checks of notebook 10: how far off a truncated gradient is, and a window to choose."""

import numpy as np

from bptt_helpers import bptt, rnn
from bptt_course.checks.engine.compare import Formula
from bptt_course.checks.engine.guard import one_number
from bptt_course.checks.engine.typed import settings
from bptt_course.checks.engine.wording import read
from bptt_course.words import number

OFF, EARLIER, WINDOW = read("nb10_truncation", "10-A", "earlier", "10-B")


def bias(off_by, hint=False):
    """10-A: `off_by(run, d, at, window)` returns |truncated - exact| / |exact| of ∂E_at/∂W_s."""
    return BIAS.verdict("10-A", off_by, hint)


def _bias_cases():
    made = []  # with seed 19 a truncated gradient has the other sign, and an error is above 1
    for seed, g_1 in ((0, "identity"), (1, "tanh"), (2, "identity"), (3, "tanh"), (19, "tanh")):
        random = np.random.RandomState(seed)
        weights = rnn.Weights(1.1, random.uniform(-1.2, 1.2), 0.8)
        its = random.normal(size=8), 0.7, weights, g_1
        windows = (8, 3), (8, 1), (8, 5), (8, 8), (6, 2), (6, 4), (6, 5)
        made += [(rnn.forward(*its), 0.3, at, window) for at, window in windows]
    return made


def _terms(run, d, at):
    """The terms of ∂E_at/∂W_s by lag."""
    return bptt.chain_rule_terms(run, d, at).W_s[:0:-1]


def _of_terms(formula):
    """The formula of (terms by lag, window) as one of what the reader's function is given."""
    return lambda run, d, at, k: formula(_terms(run, d, at), k)


def _last(terms, k):
    return terms[:k].sum()


def _off(truncated=_last, by=lambda truncated, exact: abs(exact)):
    """|truncated - exact| / by."""

    def off(terms, k):
        its, exact = truncated(terms, k), terms.sum()
        return abs(its - exact) / by(its, exact) if by(its, exact) else np.inf

    return off


_right = _of_terms(_off())
WRONG_BIASES = OFF.beside(
    has_a_sign=(
        lambda terms, k: (_last(terms, k) - terms.sum()) / abs(terms.sum()),
        lambda terms, k: (_last(terms, k) - terms.sum()) / terms.sum(),
        lambda terms, k: (terms.sum() - _last(terms, k)) / terms.sum(),
    ),
    divided_by_a_negative=_off(by=lambda truncated, exact: exact),
    share=(
        lambda terms, k: abs(_last(terms, k)) / abs(terms.sum()),
        lambda terms, k: _last(terms, k) / terms.sum(),
    ),
    difference_itself=_off(by=lambda truncated, exact: 1),
    sizes_subtracted=lambda terms, k: abs(abs(_last(terms, k) / terms.sum()) - 1),
    divided_by_the_truncated=_off(by=lambda truncated, exact: abs(truncated)),
    divided_by_the_larger=_off(by=lambda truncated, exact: max(abs(truncated), abs(exact))),
    first_terms_kept=_off(lambda terms, k: terms[::-1][:k].sum()),
    window_too_long=_off(lambda terms, k: terms[: k + 1].sum()),
    window_too_short=_off(lambda terms, k: terms[: k - 1].sum()),
    sizes_added=lambda terms, k: np.abs(terms[k:]).sum() / np.abs(terms).sum(),
    window_not_used=lambda terms, k: 0.0,
    per_cent=lambda terms, k: 100 * _off()(terms, k),
)


BIAS = Formula(
    _bias_cases,
    _right,
    [
        *((words, _of_terms(formula), hints) for words, formula, hints in WRONG_BIASES),
        (EARLIER.said, lambda *its: _right(*its) if its[2] == its[0].T else np.nan, OFF.hints),
    ],
    lambda answer, true, run, d, at, k: (
        f"with g_1 = {run.g_1.name}, T = {run.T}, at = {at} and a window of {k} it is the first"
        " that differs"
    ),
    OFF.hints,
    read=one_number,
)


WINDOW_X, WINDOW_TARGET = np.random.RandomState(4).normal(size=40), 0.5
WINDOW_RUN = rnn.forward(WINDOW_X, 1.0, rnn.Weights(1.0, 0.85, 1.0), "identity")


@settings(WINDOW.hints)
def window(smallest, hint=False):
    """10-B: the smallest window from which on `WINDOW_RUN` is off by less than 1 % at T."""
    T, terms = WINDOW_RUN.T, _terms(WINDOW_RUN, WINDOW_TARGET, WINDOW_RUN.T)
    if smallest != int(smallest) or not 1 <= smallest <= T:
        return f"a whole number from 1 to T = {T} is asked for"
    k = int(smallest)
    biases = np.array([_off()(terms, n) for n in range(1, T + 1)])
    enough = T - int(np.argmax(biases[::-1] >= 0.01)) + 1
    said = f"with a window of {k} it is off by {number(100 * biases[k - 1])} %"
    if k < enough and biases[k - 1] < 0.01:
        return (said, False, "by luck, for it comes back with a longer window")
    if k < enough:
        return (said, False, "a longer window is needed")
    return (said, k == enough, "a shorter window would do")

"""The checks of notebook 10: how far off a truncated gradient is, and a window to choose."""

import numpy as np

from bptt_helpers import bptt, rnn
from bptt_course.checks.engine.compare import Formula, table
from bptt_course.checks.engine.guard import one_number
from bptt_course.checks.engine.typed import verdict_on_settings
from bptt_course.words import number

# ---- 10-A: how far off a truncated gradient is ---------------------------------------------------


def bias(off_by, hint=False):
    """10-A: `off_by(run, d, at, window)` returns |truncated - exact| / |exact| of ∂E_at/∂W_s."""
    return BIAS.verdict("10-A", off_by, hint)


def _bias_cases():
    return [
        (_random_run(seed, g_1), 0.3, at, k)
        for seed, g_1 in enumerate(("identity", "tanh", "identity", "tanh"))
        for at, k in ((8, 3), (8, 1), (8, 5), (8, 8), (6, 2), (6, 4), (6, 5))
    ]


def _random_run(seed, g_1):
    random = np.random.RandomState(seed)
    weights = rnn.Weights(1.1, random.uniform(-1.2, 1.2), 0.8)
    return rnn.forward(random.normal(size=8), 0.7, weights, g_1)


def _bias_differs(answer, true, run, d, at, k):
    return (
        f"with g_1 = {run.g_1.name}, T = {run.T}, at = {at} and a window of {k} it is the first "
        f"that differs"
    )


def _terms(run, d, at):
    """The terms of ∂E_at/∂W_s by lag."""
    return bptt.chain_rule_terms(run, d, at).W_s[:0:-1]


def _of_terms(formula):
    """The formula of (terms by lag, window) as one of what the reader's function is given."""
    return lambda run, d, at, k: formula(_terms(run, d, at), k)


def _last(terms, k):
    return terms[:k].sum()


def _relative(truncated):
    return lambda terms, k: abs(truncated(terms, k) - terms.sum()) / abs(terms.sum())


_right = _of_terms(_relative(_last))


def _right_at_the_end(run, d, at, k):
    return _right(run, d, at, k) if at == run.T else np.nan


def _ratio(one, other):
    return one / other if other else np.inf


HAS_A_SIGN = "it has a sign: its size is asked for, so take the absolute value"
IS_A_SHARE = (
    "that is the share of the truncated gradient; asked for is its distance from the exact one"
)
WRONG_BIASES = table(
    HAS_A_SIGN,
    lambda terms, k: (_last(terms, k) - terms.sum()) / abs(terms.sum()),
    HAS_A_SIGN,
    lambda terms, k: (_last(terms, k) - terms.sum()) / terms.sum(),
    HAS_A_SIGN,
    lambda terms, k: (terms.sum() - _last(terms, k)) / terms.sum(),
    "the exact gradient may be negative: divide by its absolute value",
    lambda terms, k: abs(_last(terms, k) - terms.sum()) / terms.sum(),
    IS_A_SHARE,
    lambda terms, k: abs(_last(terms, k)) / abs(terms.sum()),
    IS_A_SHARE,
    lambda terms, k: _last(terms, k) / terms.sum(),
    "that is the difference itself: divide by the size of the exact gradient",
    lambda terms, k: abs(_last(terms, k) - terms.sum()),
    "divide by the exact gradient, not by the truncated one",
    lambda terms, k: _ratio(abs(_last(terms, k) - terms.sum()), abs(_last(terms, k))),
    "the window keeps the first terms, i = 1, 2, ...; it has to keep the last ones",
    _relative(lambda terms, k: terms[::-1][:k].sum()),
    "the window is one too long: k terms, i = at - k + 1 to at",
    _relative(lambda terms, k: terms[: k + 1].sum()),
    "the window is one too short: k terms, i = at - k + 1 to at",
    _relative(lambda terms, k: terms[: k - 1].sum()),
    "the sizes of the terms were added up: they have signs, and may cancel",
    lambda terms, k: np.abs(terms[k:]).sum() / np.abs(terms).sum(),
    "the window was not used: that is no error at all",
    lambda terms, k: 0.0,
    "a fraction is asked for, not per cent",
    lambda terms, k: 100 * _relative(_last)(terms, k),
)


BIAS_HINTS = (
    "Two numbers first: the exact gradient, the sum of all terms, and the truncated one, of the "
    "last k.",
    "bptt.chain_rule_terms(run, d, at).W_s[i] is term i, for i = 1 to at.",
    "exact = terms.sum(); truncated: the terms from i = at - window + 1 on. Then "
    "|truncated - exact| / |exact|.",
)
BIAS = Formula(
    _bias_cases,
    _right,
    (
        *((words, _of_terms(formula)) for words, formula in WRONG_BIASES),
        ("right for at = T; for an earlier `at` it is not", _right_at_the_end),
    ),
    _bias_differs,
    BIAS_HINTS,
    one_number,
)


# ---- 10-B: a window to choose -------------------------------------------------------------------


def window(smallest, hint=False):
    """10-B: the smallest window from which on `WINDOW_RUN` is off by less than 1 % at T."""
    return verdict_on_settings("10-B", _smallest_window, WINDOW_HINTS, hint, smallest=smallest)


WINDOW_RUN = rnn.forward(
    np.random.RandomState(4).normal(size=40), 1.0, rnn.Weights(1.0, 0.85, 1.0), "identity"
)
WINDOW_TARGET = 0.5


def _smallest_window(smallest):
    T, terms = WINDOW_RUN.T, _terms(WINDOW_RUN, WINDOW_TARGET, WINDOW_RUN.T)
    if smallest != int(smallest) or not 1 <= smallest <= T:
        return f"a whole number from 1 to T = {T} is asked for"
    k = int(smallest)
    biases = np.array([_relative(_last)(terms, n) for n in range(1, T + 1)])
    enough = T - int(np.argmax(biases[::-1] >= 0.01)) + 1
    said = f"with a window of {k} it is off by {number(100 * biases[k - 1])} %"
    if k < enough and biases[k - 1] < 0.01:
        return (said, False, "by luck, for it comes back with a longer window")
    if k < enough:
        return (said, False, "a longer window is needed")
    return (said, k == enough, "a shorter window would do")


WINDOW_HINTS = (
    "Work out how far off it is for every window from 1 to T, and look at the whole list.",
    "Terms of both signs may cancel by luck: look from the end of the list backwards.",
    "Which is the last window that is off by 1 % or more? Yours is the next one.",
)

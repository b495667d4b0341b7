"""Checks of notebook 07: does a setting that a reader has found do what the exercise asks for?

All networks have one state, the same input X at every step, W_x = W_y = 1, and d_T = Y_T - 1/2, so
that ∂E_T/∂Y_T = 1, as in the panels.
"""

import numpy as np

from bptt_helpers import bptt, rnn
from bptt_course.checks.engine.finding import not_yet
from bptt_course.checks.engine.guard import is_open
from bptt_course.checks.engine.typed import settings, verdict_on_settings
from bptt_course.checks.engine.verdict import report
from bptt_course.checks.engine.wording import read
from bptt_course.words import number

A, B, C, D, E, F = read("nb07_vanishing_exploding", "07-A", "07-B", "07-C", "07-D", "07-E", "07-F")


@settings(A.hints)
def smaller_though_larger(W_small, W_large, S_0, X, hint=False):
    """07-A: 1 < W_small < W_large, tanh, T = 50, and |∂S_50/∂S_0| is smaller at W_large.

    At W_small a billionth has to arrive: where tanh is flat for both, nearly any two weights do.
    """
    if not W_small > 1:
        return f"both weights have to be above 1; W_small is {number(W_small)}"
    if not W_large - W_small >= 0.1 - 1e-9:  # 1.2 - 1.1 is a little less than 0.1
        return "W_large has to be above W_small, by 0.1 at least"
    at_small, at_large = (abs(_back(W, 50, S_0, X, "tanh")) for W in (W_small, W_large))
    said = f"|∂S_50/∂S_0| is {number(at_small)} at W_s = {number(W_small)}"
    said += f" and {number(at_large)} at W_s = {number(W_large)}"
    if at_small < 1e-9:
        return (said, False, "at W_small too, tanh is flat: more than a billionth should arrive")
    return (said, at_large < at_small, "the larger weight has the larger gradient")


@settings(B.hints, limit=1e6)
@np.errstate(all="ignore")
def half_with_negative_weight(W_s, lag, hint=False):
    """07-B: identity, W_s < 0, lag >= 2, and ∂S_T/∂S_k = W_s^lag between 0.45 and 0.55."""
    if not W_s < 0:
        return f"W_s has to be negative; it is {number(W_s)}"
    if lag != int(lag) or not 2 <= lag <= 1000:
        return f"lag has to be a whole number from 2 to 1000; it is {number(lag)}"
    back = _back(W_s, int(lag), 0.5, 0.0, "identity")
    said = f"∂S_T/∂S_k at lag {int(lag)} is {number(back)}"
    if back < 0:
        return (said, False, "it should be positive")
    return (said, 0.45 <= back <= 0.55, "it should lie between 0.45 and 0.55")


@settings(C.hints)
def close_to_the_quarter(W_s, S_0, X, hint=False):
    """07-C: sigmoid, |W_s| >= 1, T = 10: |∂S_10/∂S_0| >= 0.9 (|W_s| / 4)^10."""
    if not abs(W_s) >= 1:
        return f"|W_s| has to be 1 or more; it is {number(abs(W_s))}"
    back, bound = abs(_back(W_s, 10, S_0, X, "sigmoid")), (abs(W_s) / 4) ** 10
    said = f"|∂S_10/∂S_0| is {number(back)}, {number(100 * back / bound)} % of the bound"
    return (said, back >= 0.9 * bound, "it should be 90 % at least")


@settings(D.hints)
def far_gone_total_there(W_s, S_0, X, g_1="identity", hint=False):
    """07-D: |W_s| >= 1/2, T = 50: earlier half below a millionth of Σ|terms|, |∂E_T/∂W_s| >= 1."""
    if not abs(W_s) >= 0.5:
        return f"|W_s| has to be 0.5 or more; it is {number(abs(W_s))}"
    run = _run(W_s, 50, S_0, X, g_1)
    factors = bptt.chain_rule_terms(run, 0.0, at=50)
    terms = factors.dY_dS[1:] * factors.dS_da[1:] * run.S[:-1]
    total, sizes = terms.sum(), np.abs(terms)
    if not sizes.any():
        return "all terms are 0"
    share = sizes[:25].sum() / sizes.sum()
    said = f"the earlier half makes up {number(100 * share)} % and the total is {number(total)}"
    if share < 1e-6:
        return (said, abs(total) >= 1, "the total is too small, its size should be 1 or more")
    return (said, False, "the earlier half makes up too much, it should be below 0.0001 %")


@settings(E.hints)
def largest_at_25(W_s, hint=False):
    """07-E: linear, X = 0, S_0 = 1: dS_T/dW_s = T W_s^(T-1) is largest at T = 25."""
    if not 0 < W_s < 1:
        return f"W_s has to lie between 0 and 1; it is {number(W_s)}"
    T = np.arange(1, 5001)
    gradient = T * W_s ** (T - 1.0)
    peak, tied = int(T[np.argmax(gradient)]), gradient[24] >= (1 - 1e-12) * gradient.max()
    return (f"dS_T/dW_s is largest at T = {25 if tied else peak}", tied, "not at T = 25")


def five_and_hundred(short, long, hint=False):
    """07-F: tanh, T = 100. `short`: |W_s| >= 1, |∂S_T/∂S_{T-5}| < 0.001; `long`: lag 100, > 1/2.

    Each is a dict of W_s, S_0 and X.
    """
    typed, keys = {}, ("W_s", "S_0", "X")
    for name, its in (("short", short), ("long", long)):
        its = dict.fromkeys(keys) if is_open(its) else its
        if not isinstance(its, dict) or {*keys} - {*its}:
            said = f"{name} has to be a dict with an entry for each of W_s, S_0 and X"
            return report("07-F", not_yet(said, F.hints), hint, start=F.hints)
        typed |= {f"{name}: {key}": its[key] for key in keys}
    return verdict_on_settings("07-F", _five_and_hundred, F.hints, hint, **typed)


def _five_and_hundred(W_short, S_short, X_short, W_long, S_long, X_long):
    if not abs(W_short) >= 1:
        return f"short: |W_s| has to be 1 or more; it is {number(abs(W_short))}"
    at_5 = abs(_back(W_short, 100, S_short, X_short, "tanh", k=95))
    at_100 = abs(_back(W_long, 100, S_long, X_long, "tanh"))
    said = f"short gives {number(at_5)} at lag 5, long gives {number(at_100)} at lag 100"
    if at_5 < 0.001:
        return (said, at_100 > 0.5, "long should be above 0.5")
    return (said, False, "short should be below 0.001")


def _run(W_s, T, S_0, X, g_1):
    return rnn.forward(np.full(T, X), S_0, rnn.Weights.recurrent(W_s), g_1)


def _back(W_s, T, S_0, X, g_1, k=0):
    """∂S_T/∂S_k."""
    return bptt.state_jacobian(_run(W_s, T, S_0, X, g_1), T, k)

"""Checks of notebook 09: the lag at which training fails, predicted; and one step of a GRU.

Each prints one verdict and returns it as a `Verdict`. The first judges by the stored results
(`recall.read`), and does not print them.
"""

import numpy as np

from bptt_helpers import rnn
from bptt_course import recall
from bptt_course.checks.engine.diagnosis import Finding, in_words
from bptt_course.checks.engine.guard import NotAttempted, NotUsable, Student, numbers
from bptt_course.checks.engine.verdict import checked, judged

# ---- 09-A: the lag at which it fails ------------------------------------------------------------

JUDGED = {"RNN": "RNN, random", "LSTM": "LSTM, b_f = 1", "GRU": "GRU, b_z = 1"}
ROOM = 2  # a prediction may be off by this factor on either side
LONGEST = 1e6  # a lag that may be typed: a bet on "never" should be answered too


def lag_of_failure(RNN, LSTM, GRU, hint=False):
    """09-A: for each cell a lag at which fewer than half of the stored trainings succeed, nearly.

    Networks with random W_s and gate biases of 1. Right is the first stored lag at which fewer than
    half of them succeed, give or take a factor of 2; and the RNN has to fail before the other two.
    """
    return judged("09-A", _lag_of_failure, HINTS_A, hint, LONGEST, RNN=RNN, LSTM=LSTM, GRU=GRU)


def _lag_of_failure(*lags):
    if min(lags) < 1:
        return "a lag is a number of steps, 1 or more"
    table, verdicts = recall.read(), {}
    for (cell, name), lag in zip(JUDGED.items(), lags, strict=True):
        first = recall.first_failure(table[name])
        if lag < first / ROOM:
            verdicts[cell] = "too short"
        elif lag > first * ROOM:
            verdicts[cell] = "too long"
        else:
            verdicts[cell] = "fits"
    said = ", ".join(f"{cell} {verdict}" for cell, verdict in verdicts.items())
    RNN, *gated = lags
    if set(verdicts.values()) == {"fits"} and RNN >= min(gated):
        return f"each of them fits to a factor of {ROOM}, but they should say too which fails first"
    return (said, set(verdicts.values()) == {"fits"}, "try again with the panel of section 4")


HINTS_A = (
    "Nothing can be learned from a gradient that does not arrive. From which lag on is there "
    "little left of it, at the start of the training?",
    "Press Reset in the panel of section 4: then b_f = b_z = 1. From which lags on does it say "
    "below a thousandth for good?",
    "Read these lags off for several seeds of the panel, and take one in the middle for each cell.",
)

# ---- 09-B: one step of a GRU --------------------------------------------------------------------


def gru_step(my_gru_step, hint=False):
    """09-B: `my_gru_step(a_r, a_z, x, q, S_before)` returns S_t.

    a_r and a_z are the pre-activations of the gates, x = W_x X_t + b and q = W_s S_{t-1} those at
    the rows of the candidate: S_t = z S_{t-1} + (1 - z) tanh(x + r q).
    """
    return checked("09-B", Student(my_gru_step, _state), _gru_step, hint, HINTS_B)


def _state(returned):
    if isinstance(returned, tuple) and len(returned) > 1:
        raise NotUsable(f"expected the new state alone, got {len(returned)} things")
    if returned is None or returned is ...:
        raise NotAttempted
    return numbers(returned)


def _gru_step(student):
    random = np.random.RandomState(12)
    asked = [tuple(random.uniform(-2, 2, size=(5, 3))) for _ in range(6)]
    got = student.run([tuple(values.copy() for values in case) for case in asked])
    if student.error:
        return in_words(student)

    def is_like(formula):
        return all(
            np.shape(answer) == (3,) and np.allclose(answer, formula(*case), rtol=1e-9, atol=1e-12)
            for answer, case in zip(got, asked, strict=True)
        )

    if is_like(_step):
        return Finding(True, lines=("the new state agrees in 6 random steps of 3 states",))
    for words, formula in WRONG_STEPS:
        if is_like(formula):
            return _wrong(words)
    if any(np.shape(answer) != (3,) for answer in got):
        return _wrong("S_t should have the shape of S_before")
    return _wrong("S_t differs from z S_{t-1} + (1 - z) S̃_t in random steps")


def _wrong(words):
    return Finding(False, lines=(f"Not yet: {words}.",), hints=HINTS_B)


σ = rnn.SIGMOID


def _step(a_r, a_z, x, q, S):
    return σ(a_z) * S + (1 - σ(a_z)) * np.tanh(x + σ(a_r) * q)


WRONG_STEPS = (
    (
        "z and 1 - z have changed places: here z is the share that is kept (in some papers it is "
        "the share that is renewed)",
        lambda a_r, a_z, x, q, S: (1 - σ(a_z)) * S + σ(a_z) * np.tanh(x + σ(a_r) * q),
    ),
    ("r and z have changed places", lambda a_r, a_z, x, q, S: _step(a_z, a_r, x, q, S)),
    (
        "the reset gate r is missing in the candidate",
        lambda a_r, a_z, x, q, S: σ(a_z) * S + (1 - σ(a_z)) * np.tanh(x + q),
    ),
    (
        "r belongs to q alone, not to the whole pre-activation",
        lambda a_r, a_z, x, q, S: σ(a_z) * S + (1 - σ(a_z)) * np.tanh(σ(a_r) * (x + q)),
    ),
    (
        "r is multiplied with S_{t-1} instead of q = W_s S_{t-1}",
        lambda a_r, a_z, x, q, S: σ(a_z) * S + (1 - σ(a_z)) * np.tanh(x + σ(a_r) * S),
    ),
    (
        "the factor 1 - z of the candidate is missing",
        lambda a_r, a_z, x, q, S: σ(a_z) * S + np.tanh(x + σ(a_r) * q),
    ),
    (
        "the part that is kept, z S_{t-1}, is missing: this network would forget everything but q",
        lambda a_r, a_z, x, q, S: (1 - σ(a_z)) * np.tanh(x + σ(a_r) * q),
    ),
    (
        "that is the candidate; S_t mixes it with the state before",
        lambda a_r, a_z, x, q, S: np.tanh(x + σ(a_r) * q),
    ),
    (
        "the tanh of the candidate is missing",
        lambda a_r, a_z, x, q, S: σ(a_z) * S + (1 - σ(a_z)) * (x + σ(a_r) * q),
    ),
    (
        "the candidate takes tanh, not the sigmoid",
        lambda a_r, a_z, x, q, S: σ(a_z) * S + (1 - σ(a_z)) * σ(x + σ(a_r) * q),
    ),
    (
        "the gates take the sigmoid, not tanh",
        lambda a_r, a_z, x, q, S: (
            np.tanh(a_z) * S + (1 - np.tanh(a_z)) * np.tanh(x + np.tanh(a_r) * q)
        ),
    ),
    (
        "the gates are σ(a_r) and σ(a_z): the sigmoid is missing",
        lambda a_r, a_z, x, q, S: a_z * S + (1 - a_z) * np.tanh(x + a_r * q),
    ),
)
HINTS_B = (
    "Three lines before the last: the gates r and z, then the candidate.",
    "r = rnn.SIGMOID(a_r), and likewise z; the candidate is np.tanh(x + r * q).",
    "The new state keeps the share z of the old one and takes the share 1 - z of the candidate.",
)

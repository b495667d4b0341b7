"""The check of notebook 12: the lag at which training fails, predicted.

It judges by the stored results (`recall.read`), and prints neither them nor on which side of them
a prediction lies, so that they are not found by halving.
"""

from bptt_course import recall
from bptt_course.checks.engine.typed import verdict_on_settings

JUDGED = {"RNN": "RNN, random", "LSTM": "LSTM, b_f = 1", "GRU": "GRU, b_z = 1"}
ROOM = 2  # a prediction may be off by this factor on either side
LONGEST = 1e6  # a lag that may be typed: a bet on "never" should be answered too


def lag_of_failure(RNN, LSTM, GRU, hint=False):
    """12-A: for each cell a lag at which fewer than half of the stored trainings succeed, nearly.

    Networks with random W_s and gate biases of 1. Right is the first stored lag at which fewer than
    half of them succeed, give or take a factor of 2; and the RNN has to fail before the other two.
    """
    return verdict_on_settings(
        "12-A", _lag_of_failure, HINTS, hint, LONGEST, RNN=RNN, LSTM=LSTM, GRU=GRU
    )


def _lag_of_failure(*lags):
    if min(lags) < 1:
        return "a lag is a number of steps, 1 or more"
    table = recall.read()
    first = [recall.first_failure(table[name]) for name in JUDGED.values()]
    fits = [lag / ROOM <= its <= lag * ROOM for lag, its in zip(lags, first, strict=True)]
    RNN, *gated = lags
    if all(fits) and RNN >= min(gated):
        return f"each of them fits to a factor of {ROOM}, but they should say too which fails first"
    said = f"{sum(fits)} of 3 fit to a factor of {ROOM}"
    return (said, all(fits), "read all three off in the panel of notebook 11")


HINTS = (
    "Nothing can be learned from a gradient that does not arrive. From which lag on is there "
    "little left of it, at the start of the training?",
    "Press Reset in the panel of notebook 11: then b_f = b_z = 1. From which lags on does it say "
    "below a thousandth for good?",
    "Read these lags off for several seeds of the panel, and take one in the middle for each cell.",
)

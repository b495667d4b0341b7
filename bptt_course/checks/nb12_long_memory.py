"""The check of notebook 12: which networks learn lag 100, predicted.

It judges by the stored results (`recall.read`), and prints neither them nor on which side of them
a prediction lies, so that they are not found by halving.
"""

from bptt_course import recall
from bptt_course.checks.engine.guard import NotUsable
from bptt_course.checks.engine.typed import verdict_on_settings
from bptt_course.checks.engine.wording import read

(WORDS,) = read("nb12_long_memory", "12-A")

LAG, RUNS = 100, 20
JUDGED = (  # their intervals are all on one side of a half
    "RNN, random, as drawn",
    "RNN, identity, published",
    "GRU, b_z = 1",
    "GRU, b_z = 3",
    "GRU, b_z = ln T",
)


def learned_at_100(expected, hint=False):
    """12-A: `expected[network]` of 20 runs learn lag 100, for each of the five in `JUDGED`.

    Right are counts that all lie on the side of 10 on which the stored results lie.
    """
    given = expected if isinstance(expected, dict) else {}
    lacks = "there is no entry with this name" if given else "expected a dict with all five"
    untouched = expected is None or expected is ... or (given is expected and not given)
    missing = ... if untouched else NotUsable(lacks)
    typed = {name: given.get(name, missing) for name in JUDGED}
    return verdict_on_settings("12-A", _learned_at_100, WORDS.hints, hint, **typed)


def _learned_at_100(*counts):
    if not 0 <= min(counts) <= max(counts) <= RUNS:
        return f"a count of runs lies between 0 and {RUNS}"
    if RUNS / 2 in counts:
        return f"{RUNS // 2} of {RUNS} says neither more nor fewer than half: decide"
    table = recall.read()
    shares = [table[name][LAG].share for name in JUDGED]
    right = sum((n > RUNS / 2) == (share > 0.5) for n, share in zip(counts, shares, strict=True))
    said = f"{right} of {len(JUDGED)} are on the right side of {RUNS // 2}"
    return said, right == len(JUDGED), "try again with the shares that `share` gives"

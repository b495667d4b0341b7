"""What is said of wrong answers, counted: names, false names, and "right" for a wrong one.

    python benchmarks/verdicts.py [--random 10000] [--pairs 2000] [--damaged 2000]
                                  [--seed 0] [--processes 2] [--show 50]

A name that is told as certain is false if its formula gives another answer than the student's on
fresh networks. Answers come in batches, each with a seed of its own and in a process of its own, so
that the counts depend neither on the number of processes nor on what an earlier answer has left
running. `--show` prints verdicts taken at random, to be read.
"""

import argparse
import multiprocessing
import sys
import time
from collections import Counter, defaultdict
from itertools import islice
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "checks")]

import random_answers  # noqa: E402
from test_engine_diagnosis import STYLES  # noqa: E402

from bptt_course.checks.engine import guard  # noqa: E402

BATCH = 100
FAMILIES = {
    "random": random_answers.random_answers,
    "pairs": random_answers.pairs_of_mistakes,
    "damaged": lambda rng: random_answers.damaged(rng, random_answers.sources(STYLES[:7])),
}


def batch(asked):
    """(family, counts, faults with their verdicts, messages) of `number` answers from one seed."""
    family, seed, number = asked
    guard.SECONDS = 0.3  # of a loop without end: an answer on a few numbers takes milliseconds
    rng = np.random.RandomState([seed[0], *map(ord, family), seed[1]])
    counts, faults, said = Counter(), [], []
    for function, weight in islice(FAMILIES[family](rng), number):
        verdict, fault = random_answers.judged(function, weight)
        counts[fault or sort_of(verdict)] += 1
        said.append(verdict.message)
        if fault:
            faults.append(f"--- {family}, {weight}: {fault}\n{verdict.message}")
    return family, counts, faults, said


def sort_of(verdict):
    """Right, named, or why there is no name."""
    if verdict.ok or verdict.mistakes:
        return "right" if verdict.ok else "named"
    stopped = "stops with an error" in verdict.message or "was stopped" in verdict.message
    return "stops" if stopped else "no name"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    numbers = {"random": 10000, "pairs": 2000, "damaged": 2000, "seed": 0, "processes": 2}
    for name, number in (numbers | {"show": 0}).items():
        parser.add_argument(f"--{name}", type=int, default=number)
    args = parser.parse_args()
    asked = [
        (family, (args.seed, begin), min(BATCH, getattr(args, family) - begin))
        for family in FAMILIES
        for begin in range(0, getattr(args, family), BATCH)
    ]
    for family in FAMILIES:  # what the checks work out once, each process inherits
        batch((family, (args.seed, 10**6), 20))
    start, total, shown = time.monotonic(), defaultdict(Counter), []
    with multiprocessing.Pool(args.processes, maxtasksperchild=1) as pool:
        for family, counts, faults, said in pool.imap(batch, asked):
            total[family] += counts
            shown += said
            print(*faults, sep="\n", end="\n" * bool(faults), flush=True)
            seconds = time.monotonic() - start
            print(f"{family} {total[family].total()}, {seconds:.0f} s", file=sys.stderr)
    for family, counts in total.items():
        wrong = counts.total() - counts["right"]
        print(f"{family}: {dict(counts)}; {counts['named'] / wrong:.0%} of the wrong have a name")
    rng = np.random.RandomState(args.seed)
    for n in rng.choice(len(shown), min(args.show, len(shown)), replace=False):
        print(f"===\n{shown[n]}")


if __name__ == "__main__":
    main()

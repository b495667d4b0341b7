"""What is said of wrong answers, counted: false names, "right" for a wrong one, and no name at all.

    python benchmarks/verdicts.py [--random 10000] [--pairs 2000] [--damaged 2000] [--show 50]

A name that is told as certain is false if its formula gives another answer than the student's on
fresh networks. `--show` prints verdicts taken at random, to be read.
"""

import argparse
import sys
import time
from collections import Counter
from itertools import islice
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "checks")]

import random_answers  # noqa: E402
from test_engine_diagnosis import STYLES  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for family, number in (("random", 10000), ("pairs", 2000), ("damaged", 2000), ("show", 0)):
        parser.add_argument(f"--{family}", type=int, default=number)
    args, rng = parser.parse_args(), np.random.RandomState(0)
    sources = random_answers.sources(STYLES[:7])
    families = {
        "random": random_answers.random_answers(rng),
        "pairs": random_answers.pairs_of_mistakes(rng),
        "damaged": random_answers.damaged(rng, sources),
    }
    shown = []
    for family, answers in families.items():
        start, counts = time.monotonic(), Counter()
        for function, weight in islice(answers, getattr(args, family)):
            verdict, fault = random_answers.judged(function, weight)
            counts["right" if verdict.ok else "named" if verdict.mistakes else "no name"] += 1
            counts["stops with an error"] += "stops with an error" in verdict.message
            if fault:
                counts[fault] += 1
                print(f"--- {fault}, {weight}\n{verdict.message}")
            shown.append(verdict.message)
        seconds = time.monotonic() - start
        print(f"{family}: {dict(counts)}, {seconds:.0f} s")
    for n in rng.choice(len(shown), min(args.show, len(shown)), replace=False):
        print(f"===\n{shown[n]}")


if __name__ == "__main__":
    main()

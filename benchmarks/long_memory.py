"""Success against lag: in how many of 20 trainings does each network learn to recall a sign?

    python benchmarks/long_memory.py            writes notebooks/data/success_against_lag.csv
    python benchmarks/long_memory.py --quick    3 seeds, 3 lags, about a minute, only printed

Task: `sequences.recall`, a sign shown at the first step, a random sign as distraction at each of
the others, the first one asked for `lag` steps later. Each network has 16 states and learns from at
most 600 new batches of 32 (Adam, rate 0.01, clipping at norm 1), and stops when the mean error of
20 batches is below 0.05 (always guessing 0 has error 1). Success: of 1000 new sequences, at least
990 have the right sign. The seed decides the first weights and all sequences.

The table has one line for each network and lag: the cell, how W_s starts, the first bias of the
gate that keeps the state (f in the LSTM, z in the GRU), the lag, the number of seeds, how many of
them succeeded, and the median number of updates that these took. Another machine rounds otherwise,
and a training on the edge may then tip over: expect counts that differ by one or two. It takes
about 20 minutes on one core that has nothing else to do.
"""

import argparse
import csv
import os
import time
from functools import partial
from pathlib import Path

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")  # before NumPy is loaded; such small matrices gain nothing

import numpy as np  # noqa: E402

from bptt_helpers import sequences, training  # noqa: E402

STATES, B, UPDATES, RATE, CLIP, GOAL = 16, 32, 600, 0.01, 1.0, 0.05
NEW, RIGHT = 1000, 990
LAGS = (5, 10, 15, 20, 30, 50, 70, 100)
NETWORKS = (  # cell, start of W_s, first bias of the gate that keeps the state
    ("RNN", "random", None),
    ("RNN", "orthogonal", None),
    ("LSTM", "random", 1),
    ("GRU", "random", 1),
    ("LSTM", "random", 3),
    ("GRU", "random", 3),
)
COLUMNS = ("cell", "W_s", "bias", "lag", "seeds", "solved", "median_updates")
TABLE = Path(__file__).parents[1] / "notebooks" / "data" / "success_against_lag.csv"


def learn(cell, W_s, bias, lag, seed):
    """(did it succeed, number of updates)."""
    random = np.random.RandomState(seed)
    weights = training.start(cell, 2, STATES, 1, random, W_s, bias)
    batches = partial(sequences.recall, lag, B)
    adam = training.Adam(RATE)
    trained = training.train(weights, batches, UPDATES, random, adam, clip=CLIP, goal=GOAL)
    new = sequences.recall(lag, NEW, random)
    run = training.forward(new.X, trained.weights)
    right = np.count_nonzero(np.sign(run.Y[-1]) == new.d)
    return right >= RIGHT, len(trained.errors)


def line(network, lag, seeds):
    """One line of the table."""
    outcomes = [learn(*network, lag, seed) for seed in range(seeds)]
    updates = [count for solved, count in outcomes if solved]
    median = round(float(np.median(updates))) if updates else ""
    return (*network, lag, seeds, len(updates), median)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="3 seeds, 3 lags, nothing written")
    quick = parser.parse_args().quick
    seeds, lags = (3, (5, 20, 50)) if quick else (20, LAGS)
    began, table = time.perf_counter(), []
    print(*COLUMNS)
    for lag in lags:
        for network in NETWORKS:
            table.append(line(network, lag, seeds))
            print(*table[-1], f"({time.perf_counter() - began:.0f} s)", flush=True)
    if not quick:
        TABLE.parent.mkdir(exist_ok=True)
        with TABLE.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows([COLUMNS, *table])


if __name__ == "__main__":
    main()

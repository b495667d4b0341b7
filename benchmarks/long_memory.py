"""In how many of 20 training runs does each network learn to recall a sign, lag by lag?

    python benchmarks/long_memory.py            writes bptt_course/data/success_against_lag.csv
    python benchmarks/long_memory.py --quick    a few rows and seeds, under a minute, only printed

Task `recall`: `sequences.recall`, a sign shown at the first step, a random sign as distraction at
each of the others, the first one asked for `lag` steps later. Solved: of 1000 new sequences, at
least 990 have the right sign. Task `adding`: `sequences.adding` with `lag` numbers. Solved: the
mean squared error of 1000 new sequences is below 0.01, where the best constant guess has 1/6.

Every network has 16 states and learns from at most 600 new batches of 16 (Adam, clipping at norm 1,
32-bit numbers); it stops when the mean error of 20 batches is below 5 % of the error of guessing.
Every row has its learning rate and its input scale (a factor on the first W_x) chosen from the same
grid, RATES x INPUTS, by its runs from other seeds than those that count: the setting that solves
most of them, then the one that needs fewest updates, then the one with the best score. Where a
row is defined by its input weights ("as drawn": 1; "published": such that they have the standard
deviation 0.001), only the rate is chosen.

The gates' first biases are written with T for the lag: b_f (LSTM) and b_z (GRU) keep the state,
b_i lets the input in. "GRU, no W_s" is a linear recurrence, S_t = z_t S_{t-1} + (1 - z_t) S̃_t with
z_t and S̃_t made from X_t alone and b_z = ln T; "fixed z" learns one z for all t.

A line of the table: the network, what was chosen for it, the number of weights that it learns, the
lag, the number of seeds, how many of them solved it, the ends of the 95 % interval of Wilson (1927)
for their share, and the median number of updates of those that did. Each run goes to a file of its
own as soon as it ends, so that an interrupted benchmark continues where it stopped. The table that
is stored comes from 2,004 runs, 20 minutes of processor time.
"""

import argparse
import csv
import os
from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from itertools import product
from multiprocessing import Pool
from operator import itemgetter
from pathlib import Path
from time import process_time

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[threads] = "1"  # before NumPy is loaded; such small matrices gain nothing

import numpy as np  # noqa: E402
import stacked  # noqa: E402

from bptt_helpers import sequences, training  # noqa: E402

STATES, B, UPDATES, CLIP, NEW = 16, 16, 600, 1.0, 1000
GOAL, OVER = 0.05, 20  # the mean error of 20 batches, as a share of the error of guessing
STACK = 2000  # steps of runs that are done at once: 20 runs at lag 100
RATES, INPUTS = (0.001, 0.003, 0.01), (0.1, 1.0)
TUNING, SEEDS = range(3), {"recall": range(100, 120), "adding": range(100, 110)}
TUNED_AT = {"recall": (50, 100), "adding": (30, 60)}
LAGS = {"recall": (20, 50, 100, 200), "adding": (30, 60)}
BASELINE = {"recall": sequences.RECALL_BASELINE, "adding": sequences.ADDING_BASELINE}
TABLE = Path(__file__).parents[1] / "bptt_course" / "data" / "success_against_lag.csv"
COLUMNS = ("task", "network", "rate", "inputs", "weights", "lag", "seeds", "solved", "low", "high",
           "median_updates")  # fmt: skip
RUN_COLUMNS = ("task", "network", "lag", "seed", "rate", "inputs", "solved", "updates", "score",
               "seconds")  # fmt: skip


@dataclass(frozen=True)
class Network:
    """A row: its cell, how W_s starts (None: there is none), biases of gates from the lag T."""

    cell: str
    W_s: str | None = "random"
    biases: tuple = ()  # pairs (gate, function of T)
    inputs: tuple = INPUTS
    g_1: str | None = None
    fixed: tuple = ()  # gates without inputs

    def masks(self):
        """1 for each weight that is learned, 0 for one that is always 0; matrices, in order."""
        weights = self._drawn(np.random.RandomState(0), 1)
        masks = [np.ones((len(W), W.size // len(W)), np.float32) for W in weights]
        if self.W_s is None:
            masks[1][:] = 0
        if self.W_s is None and self.cell == "GRU":  # r acts on W_s S alone
            masks[0][weights.rows("r")] = masks[2][weights.rows("r")] = 0
        for gate in self.fixed:
            masks[0][weights.rows(gate)] = 0
        return masks

    def start(self, T, random, inputs):
        """The first weights, as matrices in order."""
        weights = self._drawn(random, inputs)
        if self.biases:
            weights = weights.with_bias(**{gate: bias(T) for gate, bias in self.biases})
        learned = zip(weights, self.masks(), strict=True)
        return [W.reshape(mask.shape).astype(np.float32) * mask for W, mask in learned]

    def _drawn(self, random, inputs):
        W_s = self.W_s or "random"
        return training.start(self.cell, 2, STATES, 1, random, W_s, 0.0, inputs)


def at(bias):
    return lambda T: bias


def minus_log(T):
    return -np.log(T)


IRNN = partial(Network, "RNN", "identity", g_1="ReLU")
PUBLISHED = (0.001 * np.sqrt(2),)  # W_x is drawn with standard deviation inputs / √n_x
NETWORKS = {
    "RNN, random, as drawn": Network("RNN", inputs=(1.0,)),
    "RNN, random": Network("RNN"),
    "RNN, orthogonal": Network("RNN", "orthogonal"),
    "RNN, identity": Network("RNN", "identity"),
    "RNN, identity, ReLU": IRNN(),
    "RNN, identity, published": IRNN(inputs=PUBLISHED),
    "LSTM, b_f = 1": Network("LSTM", biases=(("f", at(1)),)),
    "LSTM, b_f = 3": Network("LSTM", biases=(("f", at(3)),)),
    "LSTM, b_f = ln T": Network("LSTM", biases=(("f", np.log),)),
    "LSTM, b_f = -b_i = ln T": Network("LSTM", biases=(("f", np.log), ("i", minus_log))),
    "GRU, b_z = 1": Network("GRU", biases=(("z", at(1)),)),
    "GRU, b_z = 3": Network("GRU", biases=(("z", at(3)),)),
    "GRU, b_z = ln T": Network("GRU", biases=(("z", np.log),)),
    "GRU, no W_s": Network("GRU", None, (("z", np.log),)),
    "GRU, no W_s, fixed z": Network("GRU", None, (("z", np.log),), fixed=("z",)),
}
ROWS = {
    "recall": tuple(NETWORKS),
    "adding": (
        "RNN, random, as drawn",
        "RNN, orthogonal",
        "RNN, identity, ReLU",
        "RNN, identity, published",
        "LSTM, b_f = 3",
        "GRU, b_z = 3",
    ),
}


# A stack of runs of one network at one lag


@np.errstate(all="ignore")
def learn(job):
    """Lines of `RUN_COLUMNS` for a job: task, name, lag, members, each (seed, rate, inputs)."""
    task, name, lag, members = job
    training._keep_freed_memory()
    network, began, rows = NETWORKS[name], process_time(), {}
    randoms = [np.random.RandomState(seed) for seed, *_ in members]
    starts = [
        network.start(lag, random, inputs)
        for random, (*_, inputs) in zip(randoms, members, strict=True)
    ]
    weights = [np.stack(same) for same in zip(*starts, strict=True)]
    masks, is_left, errors = network.masks(), np.arange(len(members)), []
    means = [(np.zeros_like(W), np.zeros_like(W)) for W in weights]
    rate = np.float32([rate for _, rate, _ in members])[:, None, None]
    goal = GOAL * BASELINE[task]
    for update in range(1, UPDATES + 1):
        X, d = batches(task, lag, B, [randoms[member] for member in is_left])
        error, gradients = stacked.error_and_gradients(network.cell, weights, X, d, network.g_1)
        errors = [*errors[1 - OVER :], error]
        before, gradients = weights, [g * mask for g, mask in zip(gradients, masks, strict=True)]
        weights, means = step(weights, clipped(gradients), means, rate, update)
        is_lost = ~np.all([np.isfinite(W).all(axis=(1, 2)) for W in weights], axis=0)
        ends = is_lost | (update == UPDATES)
        if len(errors) == OVER:
            ends |= np.mean(errors, axis=0) < goal
        for n in np.flatnonzero(ends):
            own = [(V if is_lost[n] else W)[n] for V, W in zip(before, weights, strict=True)]
            member = is_left[n]
            rows[member] = update, *judged(task, network, lag, own, randoms[member])
        stay = ~ends
        if not stay.any():
            break
        if ends.any():
            weights, is_left, rate = [W[stay] for W in weights], is_left[stay], rate[stay]
            means = [(m[stay], v[stay]) for m, v in means]
            errors = [error[stay] for error in errors]
    seconds = (process_time() - began) / len(members)
    return [
        (
            task,
            name,
            lag,
            *member,
            int(solved),
            update if solved else UPDATES,
            f"{score:.4g}",
            f"{seconds:.2f}",
        )
        for member, (update, solved, score) in zip(
            members, (rows[n] for n in range(len(members))), strict=True
        )
    ]


def batches(task, lag, size, randoms):
    """X and d of a batch for each member of a stack, by its own random numbers."""
    drawn = [getattr(sequences, task)(lag, size, random).astype(np.float32) for random in randoms]
    return np.stack([batch.X for batch in drawn], axis=1), np.stack([batch.d for batch in drawn])


def clipped(gradients):
    """`training.clip_norm` for each member."""
    norms = np.sqrt(sum(np.sum(g * g, axis=(1, 2), keepdims=True) for g in gradients))
    return [g * np.minimum(1, CLIP / np.maximum(norms, 1e-30)) for g in gradients]


def step(weights, gradients, means, rate, u):
    """`training.Adam`, with a rate for each member."""
    means = [
        (0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g)
        for (m, v), g in zip(means, gradients, strict=True)
    ]
    moves = (m / (1 - 0.9**u) / (np.sqrt(v / (1 - 0.999**u)) + 1e-8) for m, v in means)
    return [W - rate * move for W, move in zip(weights, moves, strict=True)], means


def judged(task, network, lag, weights, random):
    """(was it solved, score: higher is better), by new sequences."""
    X, d = batches(task, lag, NEW, [random])
    *_, Y = stacked.forward(network.cell, [W[None] for W in weights], X, network.g_1)
    if task == "recall":
        score = np.mean(np.sign(Y) == d)
        return score >= 0.99, score
    score = -np.mean((Y - d) ** 2)
    return score > -0.01, score


def key(row):
    """What makes a run, from a line of the file of runs or from its description."""
    task, name, lag, seed, rate, inputs, *_ = row
    return task, name, int(lag), int(seed), float(rate), round(float(inputs), 6)


class Runs:
    """All runs that have ended, also those of an interrupted benchmark, in a file or (None) not."""

    def __init__(self, path):
        self.path, self.done = path, {}
        if path and path.exists():
            with path.open(newline="", encoding="utf-8") as file:
                self.done = {key(row): row for row in list(csv.reader(file))[1:]}

    def add(self, runs, pool):
        stacks = defaultdict(list)
        for task, name, lag, *member in runs:
            if key((task, name, lag, *member)) not in self.done:
                stacks[task, name, lag].append(tuple(member))
        jobs = [
            (first, (*which, members[first : first + STACK // which[-1]]))
            for which, members in stacks.items()
            for first in range(0, len(members), STACK // which[-1])
        ]
        jobs = [job for _, job in sorted(jobs, key=itemgetter(0))]  # the last seeds come last
        for count, rows in enumerate(pool.imap_unordered(learn, jobs), start=1):
            self.done |= {key(row): row for row in rows}
            if self.path:
                is_new = not self.path.exists()
                with self.path.open("a", newline="", encoding="utf-8") as file:
                    writer = csv.writer(file, lineterminator="\n")
                    writer.writerows([RUN_COLUMNS, *rows] if is_new else rows)
            if count % 10 == 0:
                print(f"{count} of {len(jobs)} stacks", flush=True)

    def outcomes(self, task, name, lags, seeds, setting):
        """(solved, updates, score) of all runs of a row."""
        rows = (
            self.done.get(key((task, name, *which, *setting))) for which in product(lags, seeds)
        )
        return [(int(row[6]), int(row[7]), float(row[8])) for row in rows if row]

    @property
    def seconds(self):
        return sum(float(row[9]) for row in self.done.values())


# The choice, and the table


def settings(name):
    return list(product(RATES, NETWORKS[name].inputs))


def chosen(runs, task, name, lags, seeds):
    """The setting (rate, inputs) with most runs solved, then fewest updates, then best score."""

    def worth(setting):
        solved, updates, score = zip(*runs.outcomes(task, name, lags, seeds, setting), strict=True)
        return sum(solved), -sum(updates), np.nan_to_num(score, nan=-np.inf).sum()

    return max(settings(name), key=worth)


def wilson(solved, seeds, z=1.96):
    """The 95 % interval for a share of which `solved` of `seeds` were seen; Wilson (1927)."""
    share, spread = solved / seeds, z * z / seeds
    middle = (share + spread / 2) / (1 + spread)
    half = z * np.sqrt(share * (1 - share) / seeds + spread / (4 * seeds)) / (1 + spread)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def line(runs, task, name, lag, seeds, setting):
    """One line of the table, None if not a run of it has ended."""
    outcomes = runs.outcomes(task, name, [lag], seeds, setting)
    if not outcomes:
        return None
    updates = [count for solved, count, _ in outcomes if solved]
    low, high = wilson(len(updates), len(outcomes))
    weights = int(sum(mask.sum() for mask in NETWORKS[name].masks()))
    median = round(float(np.median(updates))) if updates else ""
    rate, inputs = setting
    return (task, name, rate, f"{inputs:.2g}", weights, lag, len(outcomes), len(updates),
            f"{low:.2f}", f"{high:.2f}", median)  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="little of it, nothing written")
    parser.add_argument("--runs", type=Path, default=Path("long_memory_runs.csv"), metavar="FILE",
                        help="where the runs go, and where to continue from")  # fmt: skip
    parser.add_argument("--processes", type=int, default=2, metavar="N")
    options = parser.parse_args()
    runs, lags, tuned_at, seeds = Runs(options.runs), LAGS, TUNED_AT, SEEDS
    rows, tuning = ROWS, TUNING
    if options.quick:
        runs, lags, tuned_at = Runs(None), {"recall": (10, 20)}, {"recall": (10,)}
        seeds, tuning = {"recall": range(100, 103)}, TUNING[:1]
        rows = {"recall": [name for name in ROWS["recall"] if "ln T" not in name]}
    table = []
    with Pool(options.processes) as pool:
        for task in rows:
            trials = (product(tuned_at[task], tuning, settings(name)) for name in rows[task])
            runs.add(
                [
                    (task, name, lag, seed, *setting)
                    for name, own in zip(rows[task], trials, strict=True)
                    for lag, seed, setting in own
                ],
                pool,
            )
            best = {name: chosen(runs, task, name, tuned_at[task], tuning) for name in rows[task]}
            every = product(lags[task], rows[task], seeds[task])
            runs.add([(task, name, lag, seed, *best[name]) for lag, name, seed in every], pool)
            for lag, name in product(sorted(lags[task]), rows[task]):
                table.append(line(runs, task, name, lag, seeds[task], best[name]))
                print(*table[-1], sep="; ", flush=True)
    print(f"{runs.seconds:.0f} s of processor time")
    if not options.quick:
        with TABLE.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows([COLUMNS, *table])


if __name__ == "__main__":
    main()

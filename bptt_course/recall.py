"""Recall over a lag: what an untrained network passes back, and what trained ones have learned.

The results are stored in `bptt_course/data/success_against_lag.csv`, written by
benchmarks/long_memory.py, which says how the networks are trained and what counts as solved. Each
line is a `Result`, for one task, network and lag.
"""

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from bptt_helpers import matrices, sequences, training

STORED = Path(__file__).resolve().parent / "data" / "success_against_lag.csv"
VANISHED = 1e-3  # of a gradient smaller than this little can be learned: a rule of thumb


def untrained(cell, bias=1.0, W_s=1.0, X=1.0, seed=0, n_s=8, lag=150):
    """A forward pass of `sequences.recall` through a network as `training.start` makes it.

    `cell` is "RNN", "LSTM" or "GRU", `bias` that of the gate that keeps the state; `W_s` and `X`
    are factors on all recurrent weights and on the inputs. S_1 is `lag` steps before S_T.
    """
    weights, inputs = _started(cell, W_s, seed, n_s, lag)
    gate = {"LSTM": "f", "GRU": "z"}.get(cell)
    return training.forward(X * inputs, weights.with_bias(**{gate: bias}) if gate else weights)


@lru_cache(maxsize=32)
def _started(cell, W_s, seed, n_s, lag):
    """The weights with a bias of 0, and the inputs: neither depends on the bias."""
    random = np.random.RandomState(seed)

    def recurrent(n, random):
        return W_s * matrices.random_start(n, random)

    weights = training.start(cell, 2, n_s, 1, random, recurrent, 0.0)
    return weights, sequences.recall(lag, 1, random).X[..., 0]


def lost_from(norms):
    """The first lag from which on the norms, by lag, stay below `VANISHED`, or None."""
    first = int(np.max(np.flatnonzero(np.asarray(norms) >= VANISHED), initial=-1)) + 1
    return None if first == len(norms) else first


@dataclass(frozen=True)
class Result:
    """What became of one network at one lag."""

    seeds: int
    solved: int
    low: float  # the ends of the 95 % interval for the share that would solve it in the long run
    high: float
    updates: int | None  # the median of those that did, None if none did
    rate: float  # chosen for this network by other seeds,
    inputs: float  # and so is the factor on its first W_x
    weights: int  # how many numbers it learns

    @property
    def share(self):
        """solved / seeds."""
        return self.solved / self.seeds


COLUMNS = ("task", "network", "rate", "inputs", "weights", "lag", "seeds", "solved", "low", "high",
           "median_updates")  # fmt: skip


def read(path=STORED, task="recall"):
    """{network: {lag: Result}} of "recall" or "adding", in the order of the file, lags rising.

    A network is named as in "RNN, orthogonal", "LSTM, b_f = 1", "GRU, b_z = ln T". Raises
    ValueError if the file is missing, is no such table or has nothing of the task.
    """
    table = {}
    try:
        with open(path, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                if row["task"] == task:
                    table.setdefault(row["network"], {})[int(row["lag"])] = _result(row)
    except FileNotFoundError:
        raise ValueError(f"path: expected the table of results, found no file {path}.") from None
    except (KeyError, TypeError, ValueError):
        table = {}
    if not table:
        raise ValueError(f"path: expected the columns {', '.join(COLUMNS)} in {path}.")
    return {name: dict(sorted(by_lag.items())) for name, by_lag in table.items()}


def _result(row):
    whole = {name: int(row[name]) for name in ("seeds", "solved", "weights")}
    parts = {name: float(row[name]) for name in ("low", "high", "rate", "inputs")}
    updates = row["median_updates"]
    return Result(**whole, **parts, updates=int(updates) if updates else None)

"""Recall over a lag: what an untrained network passes back, and what trained ones have learned.

The results are stored in `notebooks/data/success_against_lag.csv`, written by
benchmarks/long_memory.py, which says how the networks are trained and what counts as success. One
line for each network and lag: cell, W_s (how it starts), bias (that of the gate that keeps the
state; an RNN has none), lag, seeds, solved, median_updates (of those that solved it; empty if there
are none).
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bptt_helpers import matrices, sequences, training

STORED = Path(__file__).resolve().parent.parent / "notebooks" / "data" / "success_against_lag.csv"


VANISHED = 1e-3  # of a gradient smaller than this little can be learned: a rule of thumb


def untrained(cell, bias=1.0, W_s=1.0, X=1.0, seed=0, n_s=8, lag=150):
    """A forward pass of `sequences.recall` through a network as `training.start` makes it.

    `cell` is "RNN", "LSTM" or "GRU", `bias` that of the gate that keeps the state; `W_s` and `X`
    are factors on all recurrent weights and on the inputs. S_1 is `lag` steps before S_T. Returns
    the run.
    """
    random = np.random.RandomState(seed)

    def recurrent(n, random):
        return W_s * matrices.random_start(n, random)

    weights = training.start(cell, 2, n_s, 1, random, recurrent, bias)
    return training.forward(X * sequences.recall(lag, 1, random).X[..., 0], weights)


def lost_from(norms):
    """The first lag from which on the norms (one for each lag from 0) stay below `VANISHED`.

    None if the last one is not below it.
    """
    last = np.flatnonzero(np.asarray(norms) >= VANISHED)[-1:]
    first = int(last[0]) + 1 if last.size else 0
    return None if first == len(norms) else first


@dataclass(frozen=True)
class Result:
    """`solved` of `seeds` trainings succeeded, after a median of `updates` (None if none did)."""

    seeds: int
    solved: int
    updates: int | None

    @property
    def share(self):
        """solved / seeds."""
        return self.solved / self.seeds


def read(path=STORED):
    """{network: {lag: Result}}, the networks in the order of the file, the lags in rising order.

    A network is named as in "RNN, random", "LSTM, b_f = 1", "GRU, b_z = 3". Raises ValueError if
    the file is missing or is no such table.
    """
    table = {}
    try:
        with open(path, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                updates = int(row["median_updates"]) if row["median_updates"] else None
                result = Result(int(row["seeds"]), int(row["solved"]), updates)
                table.setdefault(_name(row), {})[int(row["lag"])] = result
    except FileNotFoundError:
        raise ValueError(f"path: expected the table of results, found no file {path}.") from None
    except (KeyError, TypeError, ValueError):
        raise ValueError(
            f"path: expected the columns cell, W_s, bias, lag, seeds, solved, median_updates in "
            f"{path}."
        ) from None
    return {name: dict(sorted(by_lag.items())) for name, by_lag in table.items()}


def _name(row):
    gate = {"LSTM": "b_f", "GRU": "b_z"}.get(row["cell"])
    if gate is None:
        return f"{row['cell']}, {row['W_s']}"
    return f"{row['cell']}, {gate} = {float(row['bias']):g}"


def last_success(by_lag):
    """The last lag up to which half of the trainings or more succeed; 0 if the first fails."""
    last = 0
    for lag, result in by_lag.items():
        if result.share < 0.5:
            break
        last = lag
    return last


def first_failure(by_lag):
    """The first lag at which fewer than half of the trainings succeed; None if there is none."""
    return next((lag for lag, result in by_lag.items() if result.share < 0.5), None)

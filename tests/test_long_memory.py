"""The experiment of notebook 12: many runs at once, each as the library would make it."""

import sys
from pathlib import Path

import numpy as np
import pytest

from bptt_helpers import sequences, training

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "benchmarks"))
import long_memory
import stacked


@pytest.mark.parametrize(
    ("cell", "g_1"), [("RNN", None), ("RNN", "ReLU"), ("LSTM", None), ("GRU", None)]
)
def test_a_stack_has_the_errors_and_gradients_of_its_members(cell, g_1):
    random = np.random.RandomState(5)
    members = [training.start(cell, 2, 4, 1, random, bias=0.7, inputs=0.5) for _ in range(3)]
    batches = [sequences.adding(7, 5, random) for _ in members]
    alone = [
        training.error_and_gradients(weights, batch, g_1)
        for weights, batch in zip(members, batches, strict=True)
    ]
    weights = [np.stack(same) for same in zip(*members, strict=True)]
    if cell != "RNN":
        weights[2] = weights[2][..., None]
    X, d = np.stack([b.X for b in batches], axis=1), np.stack([b.d for b in batches])
    errors, gradients = stacked.error_and_gradients(cell, weights, X, d, g_1)
    np.testing.assert_allclose(errors, [error for error, _ in alone], rtol=1e-12)
    for own, expected in zip(gradients, zip(*(g for _, g in alone), strict=True), strict=True):
        np.testing.assert_allclose(own, np.reshape(expected, own.shape), rtol=1e-9, atol=1e-13)


def test_a_stack_is_clipped_and_moved_as_its_members_are():
    random = np.random.RandomState(6)
    weights = [random.normal(size=(3, 4, 2)), random.normal(size=(3, 1, 4))]
    rates, means = np.array([0.1, 0.01, 0.001])[:, None, None], [(np.zeros(1), np.zeros(1))] * 2
    memories, alone = [None] * 3, [[W[n] for W in weights] for n in range(3)]
    for update in (1, 2, 3):
        gradients = [10.0 ** (update - 2) * random.normal(size=W.shape) for W in weights]
        for n in range(3):
            clipped, _ = training.clip_norm([g[n] for g in gradients], long_memory.CLIP)
            adam = training.Adam(rates[n].item())
            alone[n], memories[n] = adam(alone[n], clipped, memories[n])
        clipped = long_memory.clipped(gradients)
        weights, means = long_memory.step(weights, clipped, means, rates, update)
    for n in range(3):
        for W, own in zip(weights, alone[n], strict=True):
            np.testing.assert_allclose(W[n], own, rtol=1e-9)


def test_what_is_not_there_is_not_learned(monkeypatch):
    seen = []
    monkeypatch.setattr(long_memory, "UPDATES", 3)
    monkeypatch.setattr(long_memory, "judged", lambda *given: seen.append(given[3]) or (False, 0))
    long_memory.learn(("recall", "GRU, no W_s, fixed z", 5, [(0, 0.01, 1.0), (1, 0.01, 1.0)]))
    for W_x, W_s, b, _ in seen:
        assert not W_s.any() and not W_x[:32].any() and not b[:16].any()
        assert W_x[32:].all() and b[16:].all()
    assert not np.array_equal(seen[0][0], seen[1][0])
    assert sum(mask.sum() for mask in long_memory.NETWORKS["GRU, no W_s"].masks()) == 2 * 48 + 16


class Pool:
    def __init__(self):
        self.members = []

    def imap_unordered(self, learn, jobs):
        for task, name, lag, members in jobs:
            assert lag * len(members) <= long_memory.STACK
            self.members += members
            yield [(task, name, lag, *member, 1, member[0], "1", "0.5") for member in members]


def test_an_interrupted_benchmark_continues_where_it_stopped(tmp_path):
    path, first, second = tmp_path / "runs.csv", Pool(), Pool()
    runs = [("recall", "RNN, random", 100, seed, 0.01, 0.1) for seed in range(50)]
    long_memory.Runs(path).add(runs[:30], first)
    again = long_memory.Runs(path)
    again.add(runs, second)
    assert [seed for seed, *_ in first.members] == list(range(30))
    assert [seed for seed, *_ in second.members] == list(range(30, 50))
    for known in (again, long_memory.Runs(path)):
        outcomes = known.outcomes("recall", "RNN, random", [100], range(50), (0.01, 0.1))
        assert outcomes == [(1, seed, 1.0) for seed in range(50)]
        assert known.seconds == 25


def test_the_setting_that_solves_most_is_chosen_then_the_fastest():
    runs, outcomes = long_memory.Runs(None), {(0.001, 0.1): (1, 90), (0.003, 1.0): (1, 80)}
    for setting in long_memory.settings("RNN, random"):
        for seed in (0, 1):
            solved, updates = outcomes.get(setting, (seed, 50 + 550 * (1 - seed)))
            row = ("recall", "RNN, random", 50, seed, *setting, solved, updates, "1", "1")
            runs.done[long_memory.key(row)] = row
    best = long_memory.chosen(runs, "recall", "RNN, random", [50], range(2))
    assert best == (0.003, 1.0)

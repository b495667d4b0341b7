"""The experiment of notebook 12: its stacked passes are those of the library."""

import sys
from pathlib import Path

import numpy as np
import pytest

from bptt_helpers import sequences, training

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "benchmarks"))
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

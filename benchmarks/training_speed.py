"""An epoch of the adding problem, ours and PyTorch's (eager) side by side:

    python benchmarks/training_speed.py

T = 50, 64 states, batches of 32, 100 updates by Adam with clipping at norm 1. Both start from the
same weights, see the same batches and end at the same weights (asserted). They take turns of ten
updates, so that a busy machine slows both; a turn is timed by the wall clock, on one thread. The
table shows the median time of an epoch (ten turns), and the ratio PyTorch / ours: above 1, ours is
quicker. Needs `pip install torch==2.13.0`. PyTorch's layers are its own torch.nn.RNN, LSTM and GRU.
"""

import argparse
import itertools
import os
import time

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")  # before NumPy and PyTorch are loaded

import numpy as np  # noqa: E402
import torch  # noqa: E402

from bptt_helpers import sequences, training  # noqa: E402

T, STATES, B, UPDATES, RATE, CLIP = 50, 64, 32, 100, 0.001, 1.0
TURN = 10  # updates
ORDER = {
    "RNN": ["S"],
    "LSTM": ["i", "f", "C_tilde", "o"],
    "GRU": ["r", "z", "S_tilde"],
}  # PyTorch's


class Ours:
    """training.train, a turn at a time."""

    def __init__(self, weights, batches, number):
        self.weights = type(weights)(*(W.astype(number) for W in weights))
        self.batches = itertools.cycle([batch.astype(number) for batch in batches])
        self.optimiser, self.memory = training.Adam(RATE), None

    def turn(self):
        def carry_on(weights, gradients, memory):
            moved, self.memory = self.optimiser(weights, gradients, self.memory)
            return moved, self.memory

        trained = training.train(
            self.weights, lambda random: next(self.batches), TURN, None, carry_on, clip=CLIP
        )
        self.weights = trained.weights


class Theirs:
    """The usual loop of PyTorch: zero_grad, forward, backward, clip_grad_norm_, step."""

    def __init__(self, cell, weights, batches, number):
        self.cell = cell
        kind = {np.float64: torch.float64, np.float32: torch.float32}[number]
        options = {"nonlinearity": "tanh", "bias": False} if cell == "RNN" else {}
        self.layer = getattr(torch.nn, cell)(2, STATES, **options).to(kind)
        self.output = torch.nn.Linear(STATES, 1, bias=False).to(kind)
        rows = rows_in_their_order(cell, weights)
        with torch.no_grad():
            self.layer.weight_ih_l0[:] = torch.tensor(weights.W_x[rows])
            self.layer.weight_hh_l0[:] = torch.tensor(weights.W_s[rows])
            self.output.weight[:] = torch.tensor(weights.W_y)
            if cell != "RNN":
                self.layer.bias_ih_l0[:] = torch.tensor(weights.b[rows])
                self.layer.bias_hh_l0.zero_()
                self.layer.bias_hh_l0.requires_grad_(False)  # one bias is enough
        trained = (*self.layer.parameters(), *self.output.parameters())
        self.parameters = [W for W in trained if W.requires_grad]
        self.optimiser = torch.optim.Adam(self.parameters, RATE)
        self.batches = itertools.cycle(
            [
                (
                    torch.tensor(b.X).transpose(1, 2).contiguous().to(kind),
                    torch.tensor(b.d.T).to(kind),
                )
                for b in batches
            ]
        )

    def turn(self):
        for _ in range(TURN):
            X, d = next(self.batches)
            self.optimiser.zero_grad()
            S, _ = self.layer(X)
            E = ((d - self.output(S[-1])) ** 2).mean()
            E.backward()
            torch.nn.utils.clip_grad_norm_(self.parameters, CLIP)
            self.optimiser.step()


def rows_in_their_order(cell, weights):
    if cell == "RNN":
        return np.arange(STATES)
    return np.concatenate([np.arange(weights.W_s.shape[0])[weights.rows(g)] for g in ORDER[cell]])


def assert_same_weights(ours, theirs, tolerance):
    rows = rows_in_their_order(theirs.cell, ours.weights)
    for W, reference in (
        (ours.weights.W_x[rows], theirs.layer.weight_ih_l0),
        (ours.weights.W_s[rows], theirs.layer.weight_hh_l0),
        (ours.weights.W_y, theirs.output.weight),
    ):
        off = np.abs(W - reference.detach().numpy()).max()
        assert off < tolerance, f"{theirs.cell}: the weights differ by {off}"


def compare(cell, number, epochs):
    """Median seconds of an epoch, (ours, PyTorch)."""
    random = np.random.RandomState(0)
    weights = training.start(cell, 2, STATES, 1, random)
    batches = [sequences.adding(T, B, random) for _ in range(UPDATES)]
    sides = Ours(weights, batches, number), Theirs(cell, weights, batches, number)
    seconds = ([], [])
    for _ in range(epochs * UPDATES // TURN):
        for side, taken in zip(sides, seconds, strict=True):
            began = time.perf_counter()
            side.turn()
            taken.append(time.perf_counter() - began)
        if len(taken) == UPDATES // TURN:
            assert_same_weights(*sides, tolerance=1e-6 if number is np.float64 else 1e-2)
    return [float(np.median(taken)) * UPDATES / TURN for taken in seconds]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=5)
    epochs = parser.parse_args().epochs
    torch.set_num_threads(1)
    print(f"NumPy {np.__version__}, PyTorch {torch.__version__}, one thread, {epochs} epochs each")
    print(f"{'cell':6}{'numbers':10}{'ours':>10}{'PyTorch':>10}{'ratio':>8}")
    for cell in ("RNN", "LSTM", "GRU"):
        for number in (np.float64, np.float32):
            ours, theirs = compare(cell, number, epochs)
            print(
                f"{cell:6}{number.__name__:10}{ours:8.2f} s{theirs:8.2f} s{theirs / ours:8.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()

"""Small random LSTMs and GRUs, and what the tests of both need."""

from dataclasses import dataclass, replace

import numpy as np
from networks import assert_agree

from bptt_helpers import gated, rnn

CELLS = {"LSTM": gated.LSTMWeights, "GRU": gated.GRUWeights}
KINDS = ("vector", "batch")


@dataclass(frozen=True)
class Gated:
    """The inputs of a forward and a backward pass of one cell; `d` holds d_1..d_T in order."""

    cell: str
    X: np.ndarray
    S_0: np.ndarray
    C_0: np.ndarray
    d: np.ndarray
    weights: gated.GatedWeights
    g_2: str = "identity"

    @property
    def T(self):
        return len(self.X)

    def run(self, weights=None, S_0=None, C_0=None):
        weights = self.weights if weights is None else weights
        S_0 = self.S_0 if S_0 is None else S_0
        if self.cell == "GRU":
            return gated.gru_forward(self.X, S_0, weights, self.g_2)
        C_0 = self.C_0 if C_0 is None else C_0
        return gated.lstm_forward(self.X, S_0, C_0, weights, self.g_2)

    def target(self, at):
        """What `backward` takes as `d`: all, d_at, or one for each column at its own end."""
        if at is None:
            return self.d
        return self.d[at - 1] if np.ndim(at) == 0 else self.d[np.array(at) - 1, :, range(len(at))].T

    def error(self, weights=None, at=None, **start):
        Y = self.run(weights, **start).Y
        Y = Y[1:] if at is None else Y[at] if np.ndim(at) == 0 else Y[at, :, range(len(at))].T
        return rnn.error(self.target(at), Y)

    def backward(self, at=None):
        return backward(self.run(), self.target(at), at)

    def column(self, b, end=None):
        """Sequence b of a batch on its own, up to its end."""
        one = {name: getattr(self, name)[..., b] for name in ("X", "S_0", "C_0", "d")}
        return replace(self, **{**one, "X": one["X"][:end], "d": one["d"][:end]})


def backward(run, d, at=None):
    if isinstance(run, gated.LSTMRun):
        return gated.lstm_backward(run, d, at)
    return gated.gru_backward(run, d, at)


def random_gated(seed, cell, kind, g_2="identity", T=5, sizes=(3, 4, 2, 3)):
    random = np.random.default_rng([seed, list(CELLS).index(cell), KINDS.index(kind)])
    n_x, n_s, n_y, B = sizes
    columns = (B,) if kind == "batch" else ()
    rows = len(CELLS[cell].GATES) * n_s
    shapes = ((rows, n_x), (rows, n_s), (rows,), (n_y, n_s))
    weights = CELLS[cell](*(0.7 * random.normal(size=shape) for shape in shapes))
    S_0, C_0 = random.normal(size=(2, n_s, *columns))
    X, d = random.normal(size=(T, n_x, *columns)), random.normal(size=(T, n_y, *columns))
    return Gated(cell, X, S_0, C_0, d, weights, g_2)


def weight_gradients(gradients):
    return gradients.dE_dW_x, gradients.dE_dW_s, gradients.dE_db, gradients.dE_dW_y


def assert_gradients_agree(ours, reference, rtol):
    for one, other in zip(ours, reference, strict=True):
        assert_agree(one, other, rtol)

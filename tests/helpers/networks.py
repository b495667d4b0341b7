"""Small random networks, and the comparisons that the tests of the numbers share.

The weights are moderate, so that no state sits where 1 - S² loses its digits.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pytest

from bptt_helpers import bptt, gradcheck, rnn

KINDS = ("scalar", "vector", "batch")
NAMES = tuple(rnn.ACTIVATIONS)


@dataclass(frozen=True)
class Network:
    """The inputs of a forward and a backward pass; `d` holds d_1..d_T in order."""

    X: np.ndarray
    S_0: np.ndarray
    d: np.ndarray
    weights: rnn.Weights
    g_1: str = "tanh"
    g_2: str = "identity"

    @property
    def T(self):
        return len(self.X)

    def run(self, weights=None, S_0=None):
        weights = self.weights if weights is None else weights
        return rnn.forward(self.X, self.S_0 if S_0 is None else S_0, weights, self.g_1, self.g_2)

    def target(self, at):
        """What `backward` takes as `d`: d_at, or all of them for at=None."""
        return self.d if at is None else self.d[at - 1]

    def error(self, weights=None, at=None, S_0=None):
        """E_at, or the sum of all E_t for at=None."""
        run = self.run(weights, S_0)
        steps = range(1, self.T + 1) if at is None else [at]
        return sum(rnn.error(self.d[t - 1], run.Y[t]) for t in steps)

    def after(self, k):
        """The same network started at S_k: its step j is step k + j here."""
        return Network(self.X[k:], self.run().S[k], self.d[k:], self.weights, self.g_1, self.g_2)


def random_network(seed, kind="vector", g_1="tanh", g_2="identity", T=None, sizes=None):
    """A network of one of the KINDS; `sizes` fixes (n_x, n_s, n_y, B)."""
    random = np.random.default_rng([seed, KINDS.index(kind), NAMES.index(g_1), NAMES.index(g_2)])
    T = random.integers(1, 7) if T is None else T
    n_x, n_s, n_y, B = random.integers([1, 2, 1, 1], [5, 5, 4, 4]) if sizes is None else sizes

    def normal(*shape):
        columns = {"scalar": (), "vector": shape[-1:], "batch": (*shape[-1:], B)}[kind]
        return random.normal(size=(*shape[:-1], *columns))

    def weight(rows, columns):
        W = random.normal(size=(rows, columns) if kind != "scalar" else ())
        return 0.8 * W / np.sqrt(columns if kind != "scalar" else 1)

    weights = rnn.Weights(weight(n_s, n_x), weight(n_s, n_s), weight(n_y, n_s))
    return Network(normal(T, n_x), normal(n_s), normal(T, n_y), weights, g_1, g_2)


def exploding_network(kind, g_1="identity", number=float):
    """300 steps of a network without a minus sign, whose state grows twentyfold at each."""
    network = random_network(0, kind, g_1, T=300, sizes=(2, 3, 2, 2))
    X, S_0, W_x, W_y = (
        np.abs(V).astype(number)
        for V in (network.X, network.S_0, network.weights.W_x, network.weights.W_y)
    )
    W_s = number(20) if kind == "scalar" else (20 * np.eye(3) + 5).astype(number)
    return Network(X, S_0, network.d.astype(number), rnn.Weights(W_x, W_s, W_y), g_1)


def times(network):
    """Every `at` that `backward` accepts for this network."""
    return (None, *range(1, network.T + 1))


def weight_gradients(gradients):
    return gradients.dE_dW_x, gradients.dE_dW_s, gradients.dE_dW_y


def assert_agree(ours, reference, rtol):
    """Arrays of one shape, no entry further off than rtol times the reference's largest entry."""
    assert np.shape(ours) == np.shape(reference)
    off = np.max(np.abs(np.subtract(ours, reference)))
    assert off <= rtol * np.max(np.abs(reference)), f"off by {off}:\n{ours}\nagainst\n{reference}"


def assert_gradients_agree(ours, reference, rtol):
    """`assert_agree` for dE_dW_x, dE_dW_s, dE_dW_y in this order."""
    for one, other in zip(ours, reference, strict=True):
        assert_agree(one, other, rtol)


def assert_backward_is_complex_step(network, ats=None, rtol=1e-11):
    """Hold `bptt.backward` to Im E(W + ih) / h, for every `at` or for those of `ats`."""
    run = network.run()
    for at in times(network) if ats is None else ats:
        ours = bptt.backward(run, network.target(at), at)
        reference = gradcheck.complex_step(partial(network.error, at=at), network.weights)
        assert_gradients_agree(weight_gradients(ours), reference, rtol)


def assert_refused(words, function, *arguments, **options):
    """ValueError whose message says what was expected, what it got, and all of `words`."""
    with pytest.raises(ValueError) as raised:
        function(*arguments, **options)
    for word in ("expected", "got", *words):
        assert word in str(raised.value)


def hand_example(g_1="identity"):
    """The worked example in whole numbers: Y_3 = 7, E_3 = 1, gradients 13, 22 and 7."""
    X, d = np.array([3.0, 1.0, 2.0]), np.array([np.nan, np.nan, 6.0])
    return Network(X, np.array(2.0), d, rnn.Weights(W_x=1.0, W_s=0.5, W_y=2.0), g_1, "identity")

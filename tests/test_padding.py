"""What notebook 12 shows of padding: a target equal to the output brings no error."""

import numpy as np

from bptt_helpers import bptt, rnn, sequences


def test_targets_equal_to_the_outputs_bring_no_error():
    random = np.random.RandomState(5)
    weights = rnn.Weights(random.normal(size=(3, 2)), random.normal(size=(3, 3)) / 3,
                          random.normal(size=(1, 3)))  # fmt: skip
    pairs = [(random.normal(size=(T, 2)), random.normal(size=1)) for T in (2, 6, 4)]
    batch, zeros = sequences.together(pairs), np.zeros(3)
    run = rnn.forward(batch.X, zeros, weights)
    d = run.Y[1:].copy()
    for column, end in enumerate(batch.at):
        d[end - 1, :, column] = batch.d[:, column]
    together = bptt.backward(run, d)
    single = [bptt.backward(rnn.forward(X, zeros, weights), d, len(X)) for X, d in pairs]
    for name in ("dE_dW_x", "dE_dW_s", "dE_dW_y"):
        expected = sum(getattr(one, name) for one in single)
        np.testing.assert_allclose(getattr(together, name), expected, rtol=1e-12, atol=1e-14)

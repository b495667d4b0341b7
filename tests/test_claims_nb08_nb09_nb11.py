"""What notebooks 08, 09 and 11 say of other draws than those whose numbers their cells print."""

import numpy as np
import pytest

from bptt_helpers import bptt, gradient_flow, matrices, rnn, sequences, training
from bptt_course import cliff

# ---- 08 ------------------------------------------------------------------------------------------


def tops(n_s, seeds):
    """The largest ‖W_s^m‖, m = 1..60, of random matrices with ρ = 0.9."""
    for seed in seeds:
        W_s = matrices.draw("random", n_s, 0.9, seed=seed)
        powers = np.array([np.linalg.matrix_power(W_s, m) for m in range(1, 61)])
        yield matrices.largest_singular_value(powers).max()


def test_nb08_nearly_every_random_matrix_has_a_hump_and_a_rare_one_has_none():
    without = np.mean([top <= 1 for top in tops(8, range(100, 400))])
    assert 0 < without < 0.03
    assert np.mean([top <= 1 for top in tops(2, range(100, 400))]) > 0.2


@pytest.mark.parametrize("seed", range(30))
def test_nb08_inputs_of_size_1_let_gradients_vanish_far_beyond_the_limit(seed):
    rng = np.random.RandomState(seed)
    W_s = matrices.draw("random", 10, 1, seed=seed)
    W_s *= 3 / matrices.largest_singular_value(W_s)
    weights, inputs = rnn.Weights.recurrent(W_s), rng.normal(size=(50, 10))
    run = rnn.forward(inputs, np.zeros(10), weights, "tanh")
    assert matrices.largest_singular_value(bptt.state_jacobian(run, 50, 0)) < 1


# ---- 09 ------------------------------------------------------------------------------------------


def test_nb09_clipped_by_the_rule_of_thumb_nearly_no_walk_is_thrown_and_plain_half_are():
    rng, thrown = np.random.RandomState(5), {0.5: [], 10: [], np.inf: []}
    for _ in range(60):
        W_s = rng.uniform(4, 5.2)
        W_x = rng.uniform(cliff.wall(W_s) + 0.02, -1.7)  # on the low plateau
        usual = cliff.descend(W_s, W_x, 0.4, steps=7).norms.mean()
        for factor, found in thrown.items():
            walk = cliff.descend(W_s, W_x, 0.4, "by norm", factor * usual, steps=80)
            found.append(np.hypot(np.diff(walk.W_s), np.diff(walk.W_x)).max() > 1)
    assert np.mean(thrown[np.inf]) > 0.4
    assert np.mean(thrown[0.5]) < 0.05 and np.mean(thrown[10]) < 0.15


# ---- 11 ------------------------------------------------------------------------------------------


def arrives(W_s, inputs, first):
    """The median of ‖∂S_51/∂S_1‖ of 30 networks that see 51 signs."""
    norms = []
    for seed in range(first, first + 30):
        random = np.random.RandomState(seed)
        weights = training.start("RNN", 2, 16, 1, random, W_s=W_s, inputs=inputs)
        signs = sequences.recall(lag=50, B=1, random=random).X[..., 0]
        norms.append(gradient_flow.flow(training.forward(signs, weights), t=51)[1])
    return np.median(norms)


@pytest.mark.parametrize("first", [0, 30, 60, 100])
def test_nb11_small_inputs_bring_a_million_and_an_orthogonal_start_little(first):
    for W_s in ("random", "orthogonal"):
        assert arrives(W_s, 0.1, first) > 1e5 * arrives(W_s, 1, first)
    assert arrives("random", 0.1, first) > 1e6 * arrives("random", 1, first)
    assert arrives("orthogonal", 1, first) < 10 * arrives("random", 1, first)
    assert 0.01 < arrives("identity", 1, first) < 0.3

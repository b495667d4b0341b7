"""The panel of the learning rate: each step held to complex steps, each sentence to its numbers."""

import numpy as np
import pytest
from drawings import NO_WARNINGS, numbers, said, xy

from bptt_helpers import gradcheck, rnn
from bptt_course import panels

pytestmark = NO_WARNINGS
RATES = [0, 0.0005, 0.001, 0.003, 0.0055, 0.0075, 0.01, 0.015]


@pytest.fixture(scope="module")
def learning():
    return panels.learning_rate()


def error(W):
    """E_3 of the worked example."""
    return rnn.error(6, rnn.forward((3, 1, 2), 2, rnn.Weights(*W), "identity").Y[3])


def descent(η, steps):
    """W = (W_x, W_s, W_y) before step 1 and after each, all three by complex steps."""
    W = [np.array([1, 0.5, 2])]
    for _ in range(steps):
        slopes = [
            gradcheck.complex_step(lambda w, k=k: error([*W[-1][:k], w, *W[-1][k + 1 :]]), W[-1][k])
            for k in range(3)
        ]
        W.append(W[-1] - η * np.array(slopes))
    return np.array(W)


@pytest.mark.parametrize("η", RATES)
@pytest.mark.parametrize("steps", [1, 2, 20])
def test_every_step_moves_all_three_weights_by_the_rate_times_their_slopes(learning, η, steps):
    learning.set(η=η, steps=steps)
    W = descent(η, steps)
    np.testing.assert_allclose(xy(learning, "path"), [W[:, 1], W[:, 0]], rtol=1e-9)
    step, E = xy(learning, "errors")
    assert step.tolist() == list(range(steps + 1))
    np.testing.assert_allclose(E, [error(w) for w in W], rtol=1e-6, atol=1e-20)


def test_the_map_joins_points_of_one_squared_error(learning):
    """E_3 on the slice W_y = 2: the level that is written on a line; between two on a colour."""
    colours, lines = (c for c in learning.figure.axes[0].collections if hasattr(c, "levels"))
    assert colours.filled and not lines.filled
    for level, line in zip(lines.levels, lines.get_paths(), strict=True):
        E = [error((W_x, W_s, 2)) for W_s, W_x in line.vertices]
        np.testing.assert_allclose(E, level, rtol=0.02, atol=0.003)
    for low, high, band in zip(
        colours.levels, [*colours.levels[1:], np.inf], colours.get_paths(), strict=True
    ):
        E = np.array([error((W_x, W_s, 2)) for W_s, W_x in band.vertices])
        assert (E >= 0.97 * low).all() and (E <= 1.03 * high + 0.003).all()


@pytest.mark.parametrize("η", RATES)
def test_the_sentence_looks_at_the_first_step_and_tells_both_ends(learning, η):
    for steps in (1, 2, 5, 20):
        words = said(learning.set(η=η, steps=steps))
        E = [error(w) for w in descent(η, steps)]
        assert ("goes too far" in words) == (E[1] > E[0])
        assert ("goes downhill" in words) == (E[1] < E[0])
        assert ("nothing is learned" in words) == (η == 0)
        assert numbers(words.split("E_3 from ")[1]) == pytest.approx([E[0], E[-1]], rel=6e-3)
        assert words.startswith(f"With η = {η:g}, {'one step' if steps == 1 else f'{steps} steps'}")


def test_first_and_last_step_can_disagree():
    """So that the sentence's step is seen to be the first one."""
    ends = [descent(η, 20) for η in RATES[1:]]
    E = np.array([[error(W[k]) for k in (0, 1, 20)] for W in ends])
    assert ((E[:, 1] > E[:, 0]) & (E[:, 2] < E[:, 0])).any()

"""The panel of the learning rate: each step held to complex steps, each sentence to its numbers."""

import numpy as np
import pytest
from drawings import NO_WARNINGS, numbers, rows, said, written, xy

from bptt_helpers import gradcheck, rnn
from bptt_course import panels
from bptt_course.figures import stage

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


def Y_3(W):
    """The output of the worked example."""
    return rnn.forward((3, 1, 2), 2, rnn.Weights(*W), "identity").Y[3]


@pytest.mark.parametrize("width", [stage.WIDE, 640])
@pytest.mark.parametrize("η", RATES)
@pytest.mark.parametrize("steps", [1, 2, 20])
def test_every_step_moves_all_three_weights_by_the_rate_times_their_slopes(
    learning, η, steps, width
):
    if learning.figure.bbox.width != width:
        learning.lay_out(width)
    learning.set(η=η, steps=steps)
    W = descent(η, steps)
    np.testing.assert_allclose(xy(learning, "path"), [W[:, 1], W[:, 0]], rtol=1e-9)
    (low, high), (left, right) = (
        learning.figure.axes[0].get_ylim(),
        learning.figure.axes[0].get_xlim(),
    )
    assert (left < W[:, 1]).all() and (W[:, 1] < right).all()
    assert (low < W[:, 0]).all() and (W[:, 0] < high).all()
    step, shown = xy(learning, "errors")
    assert step.tolist() == list(range(steps + 1))
    E = np.array([error(w) for w in W])
    on_axis = E > 1e-12
    np.testing.assert_allclose(10 ** shown[on_axis], E[on_axis], rtol=1e-6)
    (gone,) = [xy(learning, "exits down")[0]]
    assert gone.tolist() == np.flatnonzero(E < 1e-8)[:1].tolist()


@pytest.mark.parametrize("η", [0, 0.003, 0.01])
def test_the_map_is_that_of_the_last_W_y_and_its_floor_has_no_error(learning, η):
    learning.set(η=η, steps=20)
    W_y = descent(η, 20)[-1, 2]
    assert numbers(written(learning, "title")[0])[-1] == pytest.approx(W_y, rel=6e-3)
    for W_s, W_x in zip(*xy(learning, "floor"), strict=True):
        assert error((W_x, W_s, W_y)) < 1e-20
    levels = [20, 10, 5, 1, 0.1]
    grid = xy(learning, "floor")[0]
    for level, line in zip([*levels, *levels[::-1]], rows(learning, "lines"), strict=True):
        E = [error((W_x, W_s, W_y)) for W_s, W_x in zip(grid, line, strict=True)]
        np.testing.assert_allclose(E, level)


@pytest.mark.parametrize("η", RATES)
@pytest.mark.parametrize("steps", [1, 2, 5, 20])
def test_the_sentence_tells_the_first_step_and_all_of_them(learning, η, steps):
    words = learning.set(η=η, steps=steps).said
    W = descent(η, steps)
    E, side = np.array([error(w) for w in W]), np.array([Y_3(w) for w in W]) > 6
    assert ("nothing is learned" in words) == (η == 0)
    assert ("goes downhill" in words) == (E[1] < E[0] and side[1])
    assert ("overshoots" in words) == (E[1] < E[0] and not side[1])
    assert ("goes too far" in words) == (E[1] > E[0])
    assert words.startswith(f"With η = {η:g}, {'one step' if steps == 1 else f'{steps} steps'}")
    end = words.split("\n")[0].split("E_3 from 1 to ")[1]
    assert end == "below 10⁻⁸" if E[-1] < 1e-8 else numbers(end) == pytest.approx([E[-1]], rel=6e-3)
    if steps > 1 and E[-1] > 1e-20 and η:
        crossed, rises = np.sum(side[1:] != side[:-1]), np.sum(np.diff(E) > 0)
        many = {0: "None", steps: "Each"}.get(crossed, str(crossed))
        assert f" {many} of the {steps} steps cross" in words
        assert f"E_3 rises at {rises} step" in words or (rises == 0 and "falls at each" in words)


def test_the_three_cases_and_what_all_steps_did_in_words(learning):
    for η, case in ((0.003, "downhill"), (0.0055, "to a smaller error"), (0.01, "larger than")):
        assert case in said(learning.set(η=η, steps=1))
    assert "Each of the 20 steps crosses the floor" in said(learning.set(η=0.01, steps=20))
    words = said(learning.set(η=0.004, steps=20))
    assert "to below 10⁻⁸." in words and "of the first 6 steps" in words

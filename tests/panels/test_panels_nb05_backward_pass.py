"""The panel of notebook 05: the sweep, held to `bptt.backward`."""

import itertools
import math
import random

import numpy as np
import pytest
from drawings import NO_WARNINGS, drawn, drawn_whole, said
from settings import at_random

from bptt_helpers import bptt, rnn
from bptt_course import panels
from bptt_course.figures import stage
from bptt_course.panels import nb05_backward_pass as nb05

pytestmark = NO_WARNINGS


@pytest.fixture
def sweep():
    panel = panels.sweep()
    yield panel
    panel.close()


@pytest.mark.parametrize("W_s", [-1.3, 0, 0.5, 2])
@pytest.mark.parametrize("g_1", list(rnn.ACTIVATIONS))
@pytest.mark.parametrize("is_all", [False, True])
def test_the_deltas_are_those_of_backward(W_s, g_1, is_all):
    run = rnn.forward((3, 1, 2), 2, rnn.Weights(1, W_s, 2), g_1)
    gradients = bptt.backward(run, [7, 5, 6]) if is_all else bptt.backward(run, 6, at=3)
    deltas, dE_dY = nb05.swept(run, is_all)
    for t in (1, 2, 3):
        shares, delta, _ = deltas[t]
        assert sum(map(math.prod, shares)) == pytest.approx(gradients.dE_dS[t], abs=1e-12)
        assert delta == pytest.approx(run.g_1.slope(run.S[t]) * gradients.dE_dS[t], abs=1e-12)
    found = (
        sum(deltas[t][1] * run.X[t] for t in (1, 2, 3)),
        sum(deltas[t][1] * run.S[t - 1] for t in (1, 2, 3)),
        sum(dE_dY[t] * run.S[t] for t in (1, 2, 3)),
    )
    expected = (gradients.dE_dW_x, gradients.dE_dW_s, gradients.dE_dW_y)
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_it_opens_with_a_question_and_ends_with_three_gradients(sweep):
    assert said(sweep).startswith("The sweep starts at S_3.What is δ_3?")
    heads = ("δ_3 = 4.", "δ_2 = 0.5 · 4 = 2.", "δ_1 = 0.5 · 2 = 1.")
    for step, head in enumerate(heads, start=1):
        assert said(sweep.move("step", step)).startswith(head)
        assert ("Say δ" in said(sweep)) == (step < 3)
    assert said(sweep).endswith("13 for W_x, 22 for W_s, 7 for W_y.")


def test_an_error_at_every_step_adds_its_own_share(sweep):
    sweep.set(error=nb05.ERRORS[1], step=2)
    assert said(sweep).startswith("δ_2 = 4 + 0.5 · 4 = 6.")
    assert said(sweep.move("step", 3)).startswith("δ_1 = 4 + 0.5 · 6 = 7.")
    assert said(sweep).endswith("35 for W_x, 50 for W_s, 21 for W_y.")
    tanh = said(sweep.set(g_1="tanh", step=1))
    assert tanh.startswith("δ_3 = 0.029 · (−16.1) = −0.471.")


@pytest.mark.parametrize("width", [stage.WIDE, 640, 390])
def test_the_quick_picture_is_the_whole_picture(sweep, width):
    chance = random.Random(3)
    sweep.lay_out(width)
    for _ in range(10):
        at_random(sweep, chance)
        assert sweep.layers == drawn_whole(sweep.picture)
        assert len(said(sweep)) < 200


@pytest.mark.parametrize("width", [stage.WIDE, 390])
def test_the_columns_stay_apart(sweep, width):
    """What is written in a row of the table, at random settings: no two words overlap."""
    chance = random.Random(8)
    sweep.lay_out(width)
    for turn in range(40):
        at_random(sweep, chance)
        sweep.set(step=3, g_1=list(rnn.ACTIVATIONS)[turn % len(rnn.ACTIVATIONS)])
        ends = {}
        for word in drawn(sweep, "picks").shown:
            left = word.x - stage.SHARE[word.align] * word.width
            ends.setdefault(round(word.y), []).append((left, left + word.width, word.said))
        for line in ends.values():
            for (_, end, one), (start, _, other) in itertools.pairwise(sorted(line)):
                assert end <= start + 1, f"{one!r} and {other!r}"

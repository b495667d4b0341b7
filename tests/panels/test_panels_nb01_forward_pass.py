"""The panel of notebook 01: numbers that fit their nodes, and tasks that show what is printed."""

import random
import re

import every_panel
import numpy as np
import pytest
from drawings import NO_WARNINGS, close, last_number, said, texts
from settings import at_random

from bptt_helpers import rnn
from bptt_course import panels
from bptt_course.figures import network as diagrams

pytestmark = NO_WARNINGS


@pytest.fixture(scope="module")
def network():
    made = panels.unrolled_network()
    yield made
    made.close()


PATHS = [("paths", {"weight": weight}) for weight in ("W_s", "W_x")]
HARD = {"W_s": -0.1, "W_x": 2, "W_y": -1.7, "X_1": -1, "X_2": -1.6, "X_3": -3.8, "S_0": -3.7}


@pytest.mark.parametrize("call", [("unrolled_network", {})] + PATHS, ids=every_panel.source)
def test_the_numbers_fit_their_nodes(call):
    """At random settings each number is narrower than its circle at the height where it stands."""
    made, chance = every_panel.make(call), random.Random(5)
    nodes = {("X", 1), ("S", 1), ("S", 2), ("S", 3), ("Y", 1), ("Y", 2), ("Y", 3)}
    drawn = {node: place_of(made.figure, *node) for node in nodes}
    settings = [{"W_s": -1.2}] if call in PATHS else [{**HARD, "g_1": "sigmoid"}]
    for setting in settings + 60 * [None]:
        at_random(made, chance) if setting is None else made.reset().set(**setting)
        renderer = made.figure.canvas.get_renderer()
        for node, (text, x, chord) in drawn.items():
            box = text.get_window_extent(renderer)
            if text.get_text():
                assert box.width <= chord, f"{node}: {text.get_text()}"
                assert (box.x0 + box.x1) / 2 == pytest.approx(x, abs=1)
    made.close()


def place_of(figure, row, t):
    """The text in a node, the middle of the node and the width of its circle there, in pixels."""
    ax = figure.axes[0]
    x, y = diagrams.STEP * t, diagrams.ROW[row]
    (text,) = [
        one
        for one in ax.texts
        if one.get_weight() == "bold" and one.get_position()[0] == x and -0.2 < one_y(one) - y < 0
    ]
    half = np.sqrt(diagrams.RADIUS**2 - (one_y(text) - y) ** 2)
    ends = ax.transData.transform([(x - half, y), (x + half, y)])[:, 0]
    return text, ends.mean(), ends[1] - ends[0]


def one_y(text):
    return text.get_position()[1]


def test_dust_of_floating_point_is_shown_as_zero(network):
    """1.7 · 1.4 − 1.4 · 1.7 and the like leave 1e-16 behind, and its square."""
    setting = {"S_0": 1.4, "X_1": 1.7, "X_2": 0.7, "X_3": -2.1, "W_x": 1.4, "W_s": -1, "W_y": 1.9}
    run = rnn.forward((1.7, 0.7, -2.1), 1.4, rnn.Weights(1.4, -1, 1.9), "identity")
    assert any(0 < abs(S) < 1e-12 for S in run.S), "no dust here"
    for t in (1, 2, 3):
        network.reset().set(**setting, t=t, d_3=0)
        assert "e−1" not in said(network)
        assert not any("e−1" in text.get_text() for text in texts(network.figure))


def test_the_tasks_of_notebook_01(network):
    made = network.reset().set(t=3, X_1=4)
    assert "Y_3 = 2 · 3.75 = 7.5" in said(made)
    made.set(W_s=0)
    assert "= 4. E_3" in said(made.set(X_2=-1)) and "= 4. E_3" in said(made.set(X_1=3))
    for W_s, moves in ((1, 2), (2, 8)):
        before, after = (output(made.set(W_s=W_s, X_1=X_1)) for X_1 in (3, 4))
        assert after - before == pytest.approx(moves)
    for W_s in (0, -1):
        assert "E_3 = (6 − 6)² = 0." in said(made.reset().set(W_s=W_s, W_y=3))


def test_the_tasks_of_notebook_01_with_tanh(network):
    made = network.reset().set(g_1="tanh")
    made.set(W_x=2, W_s=2, W_y=3)
    assert "E_3 = (6 − 3.00)²" in said(made)
    before, after = (output(made.reset().set(g_1="tanh", X_1=X_1)) for X_1 in (3, 4))
    assert before == after == 1.97


def output(made):
    return float(re.search(r"Y_3 = [^=]*= (−?[\d.]+)\. E_3", said(made))[1].replace("−", "-"))


@pytest.mark.parametrize("W_s", [-1.5, 0.5, 1.2])
@pytest.mark.parametrize(("S_0", "g_1"), [(0, "identity"), (2, "tanh"), (-3.5, "sigmoid")])
def test_the_sentence_tells_the_numbers_of_forward(network, W_s, S_0, g_1):
    run = rnn.forward((3, 1, 2), S_0, rnn.Weights(1, W_s, 2), g_1)
    network.reset().set(W_s=W_s, S_0=S_0, g_1=g_1)
    for t in (1, 2, 3):
        words = said(network.set(t=t))
        assert last_number(words, f"S_{t}") == close(run.S[t])
        assert last_number(words, f"Y_{t}") == close(run.Y[t])
    assert last_number(words, "E_3") == close((6 - run.Y[3]) ** 2)

"""The panel of notebook 01: numbers that fit their nodes, and tasks that show what is printed."""

import re

import pytest
from drawings import NO_WARNINGS, close, last_number, said, texts

from bptt_helpers import rnn
from bptt_course import panels

pytestmark = NO_WARNINGS


@pytest.fixture(scope="module")
def network():
    made = panels.unrolled_network()
    yield made
    made.close()


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

"""The numbers in bold of exam.md, each worked out by the library."""

import re

import bets
import numpy as np
import pytest
from problem import problem

from bptt_helpers import bptt, matrices, rnn, training

EXAM = (bets.TEACHING / "exam.md").read_text(encoding="utf-8")
QUESTIONS = dict(re.findall(r"^### (\d+)\. (.*?)(?=^### |\Z)", EXAM, re.MULTILINE | re.DOTALL))
RUN = rnn.forward([3, 2, 6], 2, rnn.Weights(W_x=1, W_s=0.5, W_y=4), g_1="identity")
TERMS = bptt.chain_rule_terms(RUN, 31, at=3)
TARGETS = [15, 17, 31]


def errors_at_every_step():
    gradients = bptt.backward(RUN, TARGETS)
    delta = gradients.dE_dS[1:]  # g_1' = 1
    return [*delta[::-1], gradients.dE_dW_s]


def with_total_derivatives():
    dS_dW_s, total = 0, 0
    dE_dS = bptt.backward(RUN, 31, at=3).dE_dS
    for i in (1, 2, 3):
        dS_dW_s = RUN.S[i - 1] + 0.5 * dS_dW_s
        total += dE_dS[i] * dS_dW_s
    return [total]


def at_rest():
    run = rnn.forward(np.zeros(60), 0.5, rnn.Weights(1, 2, 1), "tanh")
    assert round(run.S[40], 3) == 0.958
    step = 2 * rnn.TANH.slope(0.958)
    return [float(f"{step:.3f}"), float(f"{step**20:.0e}")]


def lost():
    run = rnn.forward(np.zeros(100), 0.5, rnn.Weights(1, -0.9, 1), "identity")
    back = abs(bptt.state_jacobians(run, 100))[::-1]  # by lag
    assert bptt.state_jacobian(run, 50, 43) < 0
    return [int(np.argmax(back < share)) for share in (0.5, 0.001)]


def two_states():
    W_s, v = np.array([[0.5, 4], [0, 0.5]]), np.array([0, 1])
    assert np.linalg.norm(W_s @ v) > 4
    return [matrices.spectral_radius(W_s), *(W_s @ v), *(W_s @ W_s @ v)]


def clipped():
    g = np.array([6.0, 8.0])
    by_norm = training.clip_norm([g], 5.0)[0][0]
    window = bptt.backward(RUN, 31, at=3, window=2).dE_dW_s
    return [*by_norm, *np.clip(g, -5, 5), window]


ANSWERS = {
    "1": lambda: [*RUN.S[1:], RUN.Y[3], (31 - RUN.Y[3]) ** 2],
    "2": lambda: [TERMS.dE_dY, RUN.S[3], TERMS.W_y],
    "3": lambda: [*TERMS.W_s[1:], TERMS.W_s.sum()],
    "4": lambda: [*(TERMS.dE_dY * TERMS.dY_dS[1:]), *TERMS.W_x[1:], TERMS.W_x.sum()],
    "5": with_total_derivatives,
    "6": errors_at_every_step,
    "7": at_rest,
    "8": lost,
    "9": two_states,
    "10": clipped,
}


def test_there_are_ten():
    assert list(QUESTIONS) == list(ANSWERS)


@pytest.mark.parametrize("number", ANSWERS)
def test_the_answer_is_right(number):
    bold = re.findall(r"\*\*(.*?)\*\*", QUESTIONS[number])
    said = [float(words.replace("−", "-")) for words in bold]
    assert said == pytest.approx(ANSWERS[number](), rel=1e-9)


@pytest.mark.parametrize("number", ANSWERS)
def test_products_and_sums_are_worked_out_rightly(number):
    """Such as 2 · 4 · 0.5 · 4 = **16**."""
    number_ = r"\(?−?\d[\d.]*²?\)?"
    for left, right in re.findall(
        rf"((?:\(?{number_}\)? [·+−] )+\(?{number_}\)?) = \*\*(−?[\d.]+)\*\*",
        QUESTIONS[number],
    ):
        left, right = (part.replace("−", "-").replace("·", "*") for part in (left, right))
        left = left.replace("²", "**2")
        assert eval(left) == pytest.approx(eval(right), abs=5e-4), left


def test_the_network_is_problem_44():
    one = problem(44)
    given = f"W_x = {one.W_x:g}, W_s = {one.W_s:g}, W_y = {one.W_y:g}, S_0 = {one.S[0]:g}"
    X = ", ".join(f"{X:g}" for X in one.X[1:])
    assert f"{given}, X = ({X}) and d_3 = {one.d_3:g}" in EXAM

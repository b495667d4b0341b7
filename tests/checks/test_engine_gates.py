"""The gradients of LSTM and GRU: right ones pass, known mistakes are named, nothing else is."""

import itertools

import numpy as np
import pytest

from bptt_helpers import gated
from bptt_course import checks
from bptt_course.checks.engine import gates

CELLS = ("LSTM", "GRU")
BACKWARD = {"LSTM": gated.lstm_backward, "GRU": gated.gru_backward}


def helper(weight, cell="LSTM"):
    return lambda run, d, at: getattr(BACKWARD[cell](run, d, at), f"dE_d{weight}")


def told(verdict):
    return " ".join(verdict.message.split())


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("weight", gates.WEIGHTS)
def test_the_librarys_gradient_passes(weight, cell):
    right = helper(weight, cell)
    for answer in (right, lambda *a: right(*a).tolist(), lambda *a: np.float32(right(*a))):
        assert checks.diagnose(answer, weight, cell=cell).ok


LSTM = """
def dE_dW_s(run, d, at):
    W_s, n = run.weights.W_s, len(run.S[0])
    total, dE_dC = np.zeros_like(W_s), np.zeros(n)
    dE_dS = run.weights.W_y.T @ (2 * (run.Y[at] - d))
    for t in range(at, 0, -1):
        dE_do = dE_dS * np.tanh(run.C[t])
        dE_dC = dE_dC + dE_dS * run.o[t] * (1 - np.tanh(run.C[t]) ** 2)
        dE_di, dE_df = dE_dC * run.C_tilde[t], dE_dC * run.C[t - 1]
        da_o = dE_do * run.o[t] * (1 - run.o[t])
        da_i = dE_di * run.i[t] * (1 - run.i[t])
        da_f = dE_df * run.f[t] * (1 - run.f[t])
        da_c = dE_dC * run.i[t] * (1 - run.C_tilde[t] ** 2)
        dE_da = np.concatenate([da_o, da_i, da_f, da_c])
        total += np.outer(dE_da, run.S[t - 1])
        dE_dS, dE_dC = W_s.T @ dE_da, dE_dC * run.f[t]
    return total
"""
GRU = """
def dE_dW_s(run, d, at):
    W_s, S, total = run.weights.W_s, run.S, 0
    dE_dS = run.weights.W_y.T @ (2 * (run.Y[at] - d))
    for t in range(at, 0, -1):
        r, z, S_tilde, q = run.r[t], run.z[t], run.S_tilde[t], run.q[t]
        da_z = dE_dS * (S[t - 1] - S_tilde) * z * (1 - z)
        da_c = dE_dS * (1 - z) * (1 - S_tilde**2)
        da_r = da_c * q * r * (1 - r)
        dE_dp = np.concatenate([da_r, da_z, da_c * r])
        total = total + np.outer(dE_dp, S[t - 1])
        dE_dS = dE_dS * z + W_s.T @ dE_dp
    return total
"""
WRITTEN_GRU = [
    ("Right: ",),
    (("1 - S_tilde**2", "1 - np.tanh(S_tilde)**2"), "tanh is applied twice"),
    (("1 - S_tilde**2", "1"), "the slope of tanh is left out"),
    (("z * (1 - z)\n", "z\n"), ("r * (1 - r)\n", "r\n"), "gates are used where their derivatives"),
    (("z * (1 - z)\n", "(1 - z**2)\n"), ("r * (1 - r)\n", "(1 - r**2)\n"), "those of tanh"),
    (("z * (1 - z)\n", "0\n"), ("r * (1 - r)\n", "0\n"), "treated as constants"),
    (("dE_dS * z + W_s", "W_s"), "the direct route from S_t to S_{t-1}"),
    (("dE_dS * z + W_s.T @ dE_dp", "dE_dS * z"), "route from a_t back to S_{t-1} breaks off"),
    (("dE_dS * z + W_s.T @ dE_dp", "0 * dE_dS"), "the error is kept to its own step"),
    (("dE_dS * (1 - z)", "dE_dS"), "the factor 1 - z of the candidate is left out"),
    (("S[t - 1] - S_tilde", "S_tilde - S[t - 1]"), "in ∂E/∂z, S_{t-1} and S̃_t are swapped"),
    (("(S[t - 1] - S_tilde)", "S[t - 1]"), "in ∂E/∂z, the candidate S̃_t is left out"),
    (("da_c * r]", "da_c]"), "r is left out between the candidate and W_s S_{t-1}"),
    (("da_c * q", "da_c * S[t - 1]"), "in ∂E/∂r, S_{t-1} is used where q_t belongs"),
    (("[da_r, da_z", "[da_z, da_r"), "the rows of r and z are swapped"),
    (("np.outer(dE_dp, S[t - 1])", "np.outer(dE_dp, S[t])"), "differ"),
    (
        ("* q", "* (W_s[6:].T @ da_c) * S[t - 1] / da_c"),
        ("total = total + np.outer(dE_dp, S[t - 1])", "now = np.outer(dE_dp, S[t - 1])"),
        ("da_c * r]", "da_c]"),
        ("W_s.T @ dE_dp", "W_s[:6].T @ dE_dp[:6] + r * (W_s[6:].T @ da_c); now[6:] *= r"),
        ("    return", "        total = total + now\n    return"),
        "r is inside the product",
    ),
    (
        ("dE_dS * (1 - z)", "dE_dS * z"),
        ("S[t - 1] - S_tilde", "S_tilde - S[t - 1]"),
        ("dE_dS * z + W_s", "dE_dS * (1 - z) + W_s"),
        "here z is the share that is kept",
    ),
    (("2 * (run.Y", "(run.Y"), "the factor 2 is missing"),
    (("dE_dS = dE_dS * z + W", "dE_dS = dE_dS + W"), "right for at = 1 only"),
    (("da_z = dE_dS", "da_z = 1.7 * dE_dS"), "the rows of"),
]
WRITTEN_LSTM = [
    ("Right: ",),
    (
        ("1 - np.tanh(run.C[t]) ** 2", "1 - np.tanh(run.tanh_C[t]) ** 2"),
        ("1 - run.C_tilde[t] ** 2", "1 - np.tanh(run.C_tilde[t]) ** 2"),
        "tanh is applied twice",
    ),
    (
        ("run.o[t] * (1 - run.o[t])", "run.o[t]"),
        ("run.i[t] * (1 - run.i[t])", "run.i[t]"),
        ("run.f[t] * (1 - run.f[t])", "run.f[t]"),
        "gates are used where their derivatives",
    ),
    (("dE_dC * run.f[t]\n", "0\n"), "the direct route from C_t to C_{t-1}"),
    (("W_s.T @ dE_da, dE_dC", "0 * dE_dS, dE_dC"), "route from a_t back to S_{t-1} breaks off"),
    (("W_s.T @ dE_da, dE_dC * run.f[t]", "0 * dE_dS, 0"), "the error is kept to its own step"),
    (("[da_o, da_i, da_f", "[da_o, da_f, da_i"), "rows of i and f are swapped"),
    (("[da_o, da_i, da_f", "[da_i, da_f, da_o"), "here they are o, i, f"),
    (("dE_dS * np.tanh(run.C[t])\n", "dE_dS * run.C[t]\n"), "C_t is used where tanh(C_t) belongs"),
    (("2 * (run.Y", "(run.Y"), "the factor 2 is missing"),
    (("run.Y[at] - d", "d - run.Y[at]"), "wrong sign"),
    (("da_f = dE_df * run.f[t]", "da_f = 1.7 * dE_df"), "the rows of f differ"),
]


@pytest.mark.parametrize(
    ("cell", "code", "case"),
    [("LSTM", LSTM, case) for case in WRITTEN_LSTM] + [("GRU", GRU, case) for case in WRITTEN_GRU],
)
def test_what_people_write_is_named(cell, code, case):
    for old, new in case[:-1]:
        if old:
            assert old in code
            code = code.replace(old, new)
    names = {"np": np}
    exec(code, names)
    words = told(checks.diagnose(names["dE_dW_s"], cell=cell))
    assert case[-1] in words
    if "differ" not in case[-1] and case[-1] != "the rows of":
        assert sum(known in words for known in known_words(cell)) == (case[-1] != "Right: ")


def test_each_hint_can_be_had_and_the_example_shows_what_it_is_sent_to_for():
    for cell, name in (("LSTM", "checks.EXAMPLE_LSTM"), ("GRU", "checks.EXAMPLE_GRU")):
        wrong = {words: formula for words, formula, *_ in gates.asked(cell, "W_s").wrong}
        run, d, _ = checks.EXAMPLE_LSTM if cell == "LSTM" else checks.EXAMPLE_GRU
        true = gates.gradient(run, d, 2, "W_s")
        for words, formula in wrong.items():
            if "r belongs to q alone" in words:
                continue  # which shows in b and W_x
            assert not np.allclose(formula(run, d, 2), true, rtol=1e-3), words
            said = told(checks.diagnose(formula, cell=cell, hint=True))
            assert words in said and all(f"Hint {n} of 3" in said for n in (1, 2, 3))
            assert any(sent in said for sent in (name, "run.weights.GATES", "a one-half"))


def known_words(cell):
    return [wrong[0] for wrong in gates.asked(cell, "W_s").wrong]


@pytest.mark.parametrize("cell", CELLS)
def test_no_two_mistakes_have_the_same_numbers(cell):
    asked, wrong = gates.cases(cell)[1], gates.asked(cell, "W_s").wrong
    for (one, formula, *_), (other, its, *_) in itertools.combinations(wrong, 2):
        alike = np.allclose(formula(*asked), its(*asked), rtol=1e-3)
        assert not alike or "r belongs to q alone" in one + other  # it shows in W_x and b


def test_r_before_the_whole_pre_activation_shows_in_the_biases():
    def answer(run, d, at):
        return gates.gradient(run, d, at, "b", r_on_x=lambda r: r)

    assert "r belongs to q alone" in told(checks.diagnose(answer, "b", cell="GRU"))


@pytest.mark.parametrize("cell", CELLS)
def test_random_answers_are_never_right_and_never_named(cell, capsys):
    rng = np.random.RandomState(8)
    for size in 10 ** rng.uniform(-4, 0, 40):
        noise = size * rng.choice([-1, 1])

        def answer(run, d, at, noise=noise, size=size):
            true = helper("W_s", cell)(run, d, at)
            return true * (1 + noise) + 0.1 * size * rng.normal(size=true.shape)

        verdict = checks.diagnose(answer, cell=cell)
        assert not verdict.ok and not any(known in told(verdict) for known in known_words(cell))
        assert "mistakes" not in told(verdict)
    capsys.readouterr()


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (..., "Not attempted"),
        (lambda run, d, at: ..., "Not attempted"),
        (lambda run, d, at: run.nothing, "AttributeError"),
        (lambda run, d, at: np.zeros((3, 3)), "the shape of its weight"),
    ],
)
def test_whatever_comes_is_answered_in_words(function, words):
    verdict = checks.diagnose(function, cell="LSTM")
    assert not verdict.ok and words in verdict.message


def test_another_cell_or_weight_is_refused():
    with pytest.raises(ValueError, match="cell: expected one of LSTM, GRU"):
        checks.diagnose(helper("W_s"), cell="RNN")
    with pytest.raises(ValueError, match="weight: expected"):
        checks.diagnose(helper("W_s"), "W", cell="LSTM")

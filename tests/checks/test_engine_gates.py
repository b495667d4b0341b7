"""The gradient of an LSTM: right ones pass, what people write instead is named, nothing else is."""

import itertools

import numpy as np
import pytest

from bptt_helpers import gated
from bptt_course import checks
from bptt_course.checks.engine import gates


def helper(weight):
    return lambda run, d, at: getattr(gated.lstm_backward(run, d, at), f"dE_d{weight}")


def told(verdict):
    return " ".join(verdict.message.split())


@pytest.mark.parametrize("weight", gates.WEIGHTS)
def test_the_librarys_gradient_passes(weight):
    assert checks.diagnose(helper(weight), weight, cell="LSTM").ok
    assert checks.diagnose(lambda *a: helper(weight)(*a).tolist(), weight, cell="LSTM").ok


CODE = """
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
WRITTEN = [
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
        "gates stand where their derivatives",
    ),
    (("dE_dC * run.f[t]\n", "0\n"), "the direct route from C_t to C_{t-1}"),
    (("W_s.T @ dE_da, dE_dC", "0 * dE_dS, dE_dC"), "route from a_t back to S_{t-1} is left out"),
    (("W_s.T @ dE_da, dE_dC * run.f[t]", "0 * dE_dS, 0"), "the error is kept to its own step"),
    (("[da_o, da_i, da_f", "[da_o, da_f, da_i"), "rows of i and f have changed places"),
    (("[da_o, da_i, da_f", "[da_i, da_f, da_o"), "here it is o, i, f"),
    (("dE_dS * np.tanh(run.C[t])\n", "dE_dS * run.C[t]\n"), "C_t stands where tanh(C_t) belongs"),
    (("2 * (run.Y", "(run.Y"), "the factor 2 is missing"),
    (("run.Y[at] - d", "d - run.Y[at]"), "wrong sign"),
    (("da_f = dE_df * run.f[t]", "da_f = 1.7 * dE_df"), "differ"),
]


@pytest.mark.parametrize("case", WRITTEN, ids=lambda case: case[-1] if case else "")
def test_what_people_write_is_named(case):
    code = CODE
    for old, new in case[:-1]:
        if old:
            assert old in code
            code = code.replace(old, new)
    names = {"np": np}
    exec(code, names)
    words = told(checks.diagnose(names["dE_dW_s"], cell="LSTM"))
    assert case[-1] in words
    if case[-1] != "differ":
        assert sum(known in words for known, _ in gates.WRONG) == (case[-1] != "Right: ")


def test_no_two_mistakes_have_the_same_numbers():
    for (one, parts), (other, others) in itertools.combinations(gates.WRONG, 2):
        asked = gates.cases()[0]
        a, b = (gates.gradient(*asked, "W_s", **p) for p in (parts, others))
        assert not np.allclose(a, b, rtol=1e-3), (one, other)


def test_random_answers_are_never_right_and_never_named(capsys):
    rng = np.random.RandomState(8)
    for size in 10 ** rng.uniform(-4, 0, 60):
        noise = size * rng.choice([-1, 1])

        def answer(run, d, at, noise=noise, size=size):
            true = helper("W_s")(run, d, at)
            return true * (1 + noise) + 0.1 * size * rng.normal(size=true.shape)

        verdict = checks.diagnose(answer, cell="LSTM")
        assert not verdict.ok and not any(known in told(verdict) for known, _ in gates.WRONG)
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
    with pytest.raises(ValueError, match='cell: expected "LSTM"'):
        checks.diagnose(helper("W_s"), cell="GRU")
    with pytest.raises(ValueError, match="weight: expected"):
        checks.diagnose(helper("W_s"), "W", cell="LSTM")

"""New numbers for the board, held to `bptt`, to the complex step, and to what is written."""

import re

import matplotlib.mathtext
import numpy as np
import problem
import pytest
from problem import latex, text

from bptt_helpers import bptt, rnn
from bptt_course import __main__ as commands

SEEDS = 10_000


@pytest.fixture(scope="module")
def problems():
    return [problem.problem(seed) for seed in range(SEEDS)]


def forward(one):
    weights = rnn.Weights(one.W_x, one.W_s, one.W_y)
    return rnn.forward(one.X[1:], one.S[0], weights, g_1="identity", g_2="identity")


def by_bptt(one):
    """The forward pass, the terms and the gradients of a problem, by the library."""
    run = forward(one)
    return run, bptt.chain_rule_terms(run, one.d_3, at=3), bptt.backward(run, one.d_3, at=3)


def test_gradients_are_those_of_the_library(problems):
    for one in problems:
        run = forward(one)
        found = bptt.backward(run, one.d_3, at=3)
        assert one.S == list(run.S) and one.Y_3 == run.Y[3]
        assert one.dE_dS[1:] == list(found.dE_dS[1:])
        gradients = one.dE_dW_x, one.dE_dW_s, one.dE_dW_y
        assert gradients == (found.dE_dW_x, found.dE_dW_s, found.dE_dW_y)


def test_terms_are_those_of_the_library(problems):
    for one in problems[::10]:
        _, terms, _ = by_bptt(one)
        assert one.dE_dY == terms.dE_dY
        assert one.terms_W_s == list(terms.W_s[1:]) and one.terms_W_x == list(terms.W_x[1:])


def test_gradients_are_those_of_the_complex_step(problems):
    given = ([one.W_x, one.W_s, one.W_y, one.S[0], *one.X[1:], one.d_3] for one in problems)
    W_x, W_s, W_y, S_0, X_1, X_2, X_3, d_3 = np.array(list(given)).T

    def slopes(*turned):
        """Im E_3 / h, with h i added to the weights that are turned."""
        x, s, y = (W + 1e-30j * turn for W, turn in zip((W_x, W_s, W_y), turned, strict=True))
        Y_3 = y * (x * X_3 + s * (x * X_2 + s * (x * X_1 + s * S_0)))
        return ((d_3 - Y_3) ** 2).imag / 1e-30

    for turned, name in (((1, 0, 0), "dE_dW_x"), ((0, 1, 0), "dE_dW_s"), ((0, 0, 1), "dE_dW_y")):
        found = np.array([getattr(one, name) for one in problems])
        np.testing.assert_allclose(found, slopes(*turned), rtol=1e-12)


def test_each_fits_a_board(problems):
    for one in problems:
        for value in one.numbers:
            assert abs(value) <= 120
            assert round(value, 2) == value
        assert one.d_3 == int(one.d_3)


def test_all_terms_count_and_no_usual_mistake_gives_the_right_sum(problems):
    for one in problems:
        for terms, total in ((one.terms_W_s, one.dE_dW_s), (one.terms_W_x, one.dE_dW_x)):
            assert 0 not in terms and len(set(terms)) == 3 and total != 0
            one_only = {*terms}  # the longest path, or the last use
            averaged, again = total / 3, 3 * terms[0] + 2 * terms[1] + terms[2]
            assert total not in {*one_only, terms[1] + terms[2], averaged, again}


def test_most_seeds_have_a_problem_of_their_own(problems):
    different = {(p.W_x, p.W_s, p.W_y, p.S[0], *p.X[1:], p.d_3) for p in problems}
    assert len(different) > 0.99 * SEEDS


def test_a_seed_is_always_the_same_problem():
    assert text(7, solution=True) == text(7, solution=True)
    assert text(7) != text(8)


# --- what is written ------------------------------------------------------------------------------


def value(words):
    """What a sum or product of numbers comes to; None for what has a letter in it."""
    if re.search(r"[A-Za-z∂]", words):
        return None
    return eval(words.replace("−", "-").replace("·", "*").replace("²", "**2"))


def from_latex(page):
    """The lines of formulas in a page of LaTeX, put back into plain text."""
    lines = re.findall(r"^  (.*?)(?: \\\\)?$", page, re.MULTILINE)
    for command, sign in {
        r"\\partial\^\{\+\} ": "∂⁺",
        r"\\partial ": "∂",
        r"\^2": "²",
        r"\\cdot": "·",
        r",\\quad ": ",  ",
        "&=": "=",
        "-(?!1})": "−",
    }.items():
        lines = [re.sub(command, sign, line) for line in lines]
    return lines


@pytest.mark.parametrize("seed", range(0, 4000, 80))
def test_the_solution_says_what_is_right(seed):
    one = problem.problem(seed)
    run, terms, gradients = by_bptt(one)
    expected = {f"S_{t}": run.S[t] for t in (1, 2, 3)}
    expected |= {"Y_3": run.Y[3], "E_3": (one.d_3 - run.Y[3]) ** 2, "∂E_3/∂Y_3": terms.dE_dY}
    expected |= {f"∂E_3/∂{W}": getattr(gradients, f"dE_d{W}") for W in ("W_x", "W_s", "W_y")}
    for i in (1, 2, 3):
        expected[f"∂E_3/∂S_{i}"] = gradients.dE_dS[i]
        expected[f"∂E_3/∂S_{i} · ∂⁺S_{i}/∂W_s"] = terms.W_s[i]
        expected[f"∂E_3/∂S_{i} · ∂⁺S_{i}/∂W_x"] = terms.W_x[i]
    said = {}
    for line in one.solution:
        name, *parts = line.split(" = ")
        values = [value(part) for part in parts if value(part) is not None]
        assert len(set(values)) == 1, line
        said[name] = values[0]
    assert said == expected


@pytest.mark.parametrize("seed", range(0, 4000, 80))
def test_latex_says_what_the_text_says(seed):
    one, page = problem.problem(seed), latex(seed, solution=True)
    assert page.isascii() and from_latex(page) == one.task + one.solution
    assert from_latex(latex(seed)) == one.task


def test_latex_can_be_read():
    seed, parser = 3, matplotlib.mathtext.MathTextParser("path")
    for line in re.findall(r"^  (.*?)(?: \\\\)?$", latex(seed, solution=True), re.MULTILINE):
        parser.parse(f"${line.replace('&', '')}$")
    sentence = latex(seed).splitlines()[-2:]
    assert all(line.count("$") == 2 for line in sentence[:1])


def test_the_given_numbers_are_in_the_text():
    one = problem.problem(11)
    given = dict(re.findall(r"(W_[xsy]|S_0|d_3) = (−?[\d.]+)", "\n".join(one.task)))
    assert {name: value(number) for name, number in given.items()} == {
        "W_x": one.W_x,
        "W_s": one.W_s,
        "W_y": one.W_y,
        "S_0": one.S[0],
        "d_3": one.d_3,
    }
    assert [value(n) for n in re.search("X_3 = (.*)", one.task[1])[1].split(", ")] == one.X[1:]


# --- the command ----------------------------------------------------------------------------------


def test_the_command_prints_problems(capsys):
    commands.main(["problem", "7"])
    assert capsys.readouterr().out == text(7) + "\n"
    commands.main(["problem", "7", "--count", "2", "--latex", "--solution"])
    out = capsys.readouterr().out
    assert out == f"{latex(7, solution=True)}\n\n\n{latex(8, solution=True)}\n"


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, "7", None, True])
def test_a_bad_seed_is_told(seed):
    with pytest.raises(ValueError, match="seed: expected a whole number from 0 to 4,294,967,295"):
        problem.problem(seed)


@pytest.mark.parametrize(
    ("arguments", "word"), [(["-1"], "SEED"), (["4294967295", "--count=2"], "SEED"),
                            (["5", "--count=0"], "--count")]
)  # fmt: skip
def test_the_command_stops_at_bad_numbers(arguments, word):
    with pytest.raises(SystemExit, match=f"^{word}: expected a whole number from"):
        commands.main(["problem", *arguments])


def test_the_command_stops_at_words(capsys):
    with pytest.raises(SystemExit):
        commands.main(["problem", "seven"])
    assert "invalid int value: 'seven'" in capsys.readouterr().err

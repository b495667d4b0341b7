"""A t = 3 network in small numbers with its worked solution, another one for each seed.

As in the worked example g_1 and g_2 are the identity, and every number on the way can be written on
a board: whole, or with two decimals at most. All terms of ∂E_3/∂W_s and ∂E_3/∂W_x count and
differ, and the usual wrong sums give wrong numbers.
"""

import argparse
import re
from functools import cached_property

import numpy as np

from bptt_helpers import expect

# What is drawn: W_x, W_s, W_y, S_0, X_1, X_2, X_3, Y_3 - d_3.
INPUTS = (-5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 6)
OPTIONS = (
    (1, 2, 3, 4, -1, -2),
    (0.5, -0.5, 0.5, -0.5, 2, -2, 1.5, -1),
    (1, 2, 3, 4, -1, -2),
    (-6, -4, -3, -2, -1, 1, 2, 3, 4, 6, 8),
    *(INPUTS,) * 3,
    (-1.5, -1, -0.5, 0.5, 1, 1.5),
)
LARGEST = 120


class Problem:
    """S_t = W_x X_t + W_s S_{t-1},  Y_3 = W_y S_3,  E_3 = (d_3 - Y_3)^2,  and its gradients.

    `X[t]`, `S[t]` and `dE_dS[t]` have the index of the formula; `terms_W_s` and `terms_W_x` are the
    terms i = 1, 2, 3.
    """

    def __init__(self, W_x, W_s, W_y, S_0, X_1, X_2, X_3, miss):
        self.W_x, self.W_s, self.W_y, self.X = W_x, W_s, W_y, [None, X_1, X_2, X_3]
        self.S = [S_0]
        for t in (1, 2, 3):
            self.S.append(W_x * self.X[t] + W_s * self.S[t - 1])
        self.Y_3 = W_y * self.S[3]
        self.d_3 = self.Y_3 - miss
        self.E_3 = (self.d_3 - self.Y_3) ** 2

        self.dE_dY = 2 * (self.Y_3 - self.d_3)
        dE_dS_3 = self.dE_dY * W_y
        self.dE_dS = [None, dE_dS_3 * W_s * W_s, dE_dS_3 * W_s, dE_dS_3]
        self.terms_W_s = [self.dE_dS[i] * self.S[i - 1] for i in (1, 2, 3)]
        self.terms_W_x = [self.dE_dS[i] * self.X[i] for i in (1, 2, 3)]
        self.dE_dW_x, self.dE_dW_s = sum(self.terms_W_x), sum(self.terms_W_s)
        self.dE_dW_y = self.dE_dY * self.S[3]

    @property
    def numbers(self):
        """All numbers that a solution writes down."""
        lists = self.S + self.X[1:] + self.dE_dS[1:] + self.terms_W_s + self.terms_W_x
        weights = [self.W_x, self.W_s, self.W_y, self.dE_dW_x, self.dE_dW_s, self.dE_dW_y]
        return [*weights, *lists, self.Y_3, self.d_3, self.E_3, self.dE_dY]

    @property
    def is_good(self):
        """Whether it is fit for a board, and tells a right sum from the usual wrong ones."""
        return (
            self.d_3 % 1 == 0
            and 0 not in self.S
            and all(self._sums_are_clear)
            and all(abs(n) <= LARGEST and n == round(n, 2) for n in self.numbers)
        )

    @property
    def _sums_are_clear(self):
        for one, two, three in (self.terms_W_s, self.terms_W_x):
            right = one + two + three
            wrong = (0, one, two, three, two + three, 3 * one + 2 * two + three)
            yield len({one, two, three}) == 3 and right not in wrong
        yield self.dE_dW_s != self.dE_dW_x

    @cached_property
    def task(self):
        """What is given and what is asked for, as lines of text."""
        X = ", ".join(map(_number, self.X[1:]))
        given = ((name, getattr(self, name)) for name in ("W_x", "W_s", "W_y", "d_3"))
        return [
            "S_t = W_x X_t + W_s S_{t-1},  Y_3 = W_y S_3,  E_3 = (d_3 − Y_3)²",
            f"S_0 = {_number(self.S[0])},  X_1, X_2, X_3 = {X}",
            ",  ".join(f"{name} = {_number(value)}" for name, value in given),
        ]

    @cached_property
    def solution(self):
        """The worked solution, as lines of text in the order of the series."""
        n, p = _number, _factor
        lines = [
            f"S_{t} = W_x X_{t} + W_s S_{t - 1} = {p(self.W_x)} · {p(self.X[t])} + "
            f"{p(self.W_s)} · {p(self.S[t - 1])} = {n(self.S[t])}"
            for t in (1, 2, 3)
        ]
        lines += [
            f"Y_3 = W_y S_3 = {p(self.W_y)} · {p(self.S[3])} = {n(self.Y_3)}",
            f"E_3 = (d_3 − Y_3)² = ({n(self.d_3)} − {p(self.Y_3)})² = {n(self.E_3)}",
            f"∂E_3/∂Y_3 = 2 (Y_3 − d_3) = {n(self.dE_dY)}",
            f"∂E_3/∂W_y = ∂E_3/∂Y_3 · S_3 = {p(self.dE_dY)} · {p(self.S[3])} = {n(self.dE_dW_y)}",
            f"∂E_3/∂S_3 = ∂E_3/∂Y_3 · W_y = {p(self.dE_dY)} · {p(self.W_y)} = {n(self.dE_dS[3])}",
        ]
        lines += [
            f"∂E_3/∂S_{i} = ∂E_3/∂S_{i + 1} · W_s = {p(self.dE_dS[i + 1])} · {p(self.W_s)} = "
            f"{n(self.dE_dS[i])}"
            for i in (2, 1)
        ]
        for weight, used, terms, gradient in (
            ("W_s", [None, *self.S], self.terms_W_s, self.dE_dW_s),
            ("W_x", self.X, self.terms_W_x, self.dE_dW_x),
        ):
            for i in (1, 2, 3):
                name = f"S_{i - 1}" if weight == "W_s" else f"X_{i}"
                lines.append(
                    f"∂E_3/∂S_{i} · ∂⁺S_{i}/∂{weight} = ∂E_3/∂S_{i} · {name} = "
                    f"{p(self.dE_dS[i])} · {p(used[i])} = {n(terms[i - 1])}"
                )
            total = " + ".join(map(n, terms)).replace("+ −", "− ")
            lines.append(f"∂E_3/∂{weight} = {total} = {n(gradient)}")
        return lines


def problem(seed):
    """The `Problem` of a seed, a whole number from 0 to 4,294,967,295; always the same one."""
    random = np.random.RandomState(expect.whole("seed", seed, 0, 2**32 - 1))
    while True:
        shares = random.random_sample(len(OPTIONS))
        drawn = Problem(*(o[int(u * len(o))] for o, u in zip(OPTIONS, shares, strict=True)))
        if drawn.is_good:
            return drawn


def _number(value):
    return f"{value:g}".replace("-", "−")


def _factor(value):
    """A number as a factor: in brackets if it is negative."""
    return f"({_number(value)})" if value < 0 else _number(value)


ASKED = (
    "Find the states, the output and the error. Then find the terms i = 1, 2, 3 of the sums for\n"
)
ASKED += "∂E_3/∂W_s and ∂E_3/∂W_x, and the gradients for all three weights."


def text(seed, solution=False):
    """The problem of a seed as plain text, with its solution if that is wanted."""
    one = problem(seed)
    parts = [f"Problem {seed}", "\n".join(one.task), ASKED]
    return "\n\n".join(parts + (["Solution", "\n".join(one.solution)] if solution else []))


def latex(seed, solution=False):
    """The same in LaTeX: it needs amsmath, and nothing else."""
    one = problem(seed)
    parts = [rf"\paragraph{{Problem {seed}.}}", _aligned(one.task), _in_sentence(ASKED)]
    return "\n".join(parts + ([r"\paragraph{Solution.}", _aligned(one.solution)] * solution))


SIGNS = {
    "·": r"\cdot",
    "−": "-",
    "²": "^2",
    "∂⁺": r"\partial^{+} ",
    "∂": r"\partial ",
    ",  ": r",\quad ",
}


def _formula(line):
    for sign, command in SIGNS.items():
        line = line.replace(sign, command)
    return line


def _aligned(lines):
    rows = [f"  {_formula(line).replace('=', '&=', 1)}" for line in lines]
    return "\n".join([r"\begin{align*}", " \\\\\n".join(rows), r"\end{align*}"])


def _in_sentence(words):
    return re.sub(r"∂E_3/∂W_\w|i = 1, 2, 3", lambda found: f"${_formula(found[0])}$", words)


def add_to(commands):
    """Add the command `problem` to those of the command line."""
    command = commands.add_parser("problem", help=__doc__.split("\n")[0], description=__doc__)
    command.formatter_class = argparse.RawDescriptionHelpFormatter
    command.set_defaults(command=show)
    add = command.add_argument
    add("seed", type=int, metavar="SEED", help="a whole number: each has its own problem")
    add("--solution", action="store_true", help="with the worked solution")
    add("--latex", action="store_true", help="as LaTeX (amsmath), not as text")
    add("--count", type=int, default=1, metavar="N", help="N problems, from SEED on")


def show(options):
    """Print what was asked for, and return the exit code."""
    form = latex if options.latex else text
    try:
        last = options.seed + expect.whole("--count", options.count) - 1
        expect.whole("SEED", last, 0, 2**32 - 1)
        seeds = range(options.seed, last + 1)
        print("\n\n\n".join(form(seed, options.solution) for seed in seeds))
    except ValueError as error:
        raise SystemExit(str(error)) from None

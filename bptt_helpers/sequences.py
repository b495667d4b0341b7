"""Toy tasks for networks with a memory, each a batch of sequences X with targets d.

`random` is a `numpy.random.RandomState`: `recall(20, 32, RandomState(1))` is one batch, always the
same. Sizes and layout are those of `rnn`: X is (T, n_x, B), a sequence is a column.

Hochreiter and Schmidhuber (1997), "Long short-term memory", sections 5.4 and 5.6; Le, Jaitly and
Hinton (2015), "A simple way to initialize recurrent networks of rectified linear units", 4.1.
"""

import builtins
import importlib.util
from dataclasses import dataclass

import numpy as np

from bptt_helpers import rnn


@dataclass(frozen=True)
class Batch:
    """X_1..X_T as `X` (T, n_x, B), the targets `d`, and the times `at` that the targets belong to.

    `at` is what the backward passes take: a time t (`d` is d_t, shape (n_y, B)); one end for each
    column, shape (B,) (column b of `d` is its target there, what follows in `X` is padding); or
    None (`d` holds d_1..d_T, shape (T, n_y, B)).
    """

    X: np.ndarray
    d: np.ndarray
    at: int | np.ndarray | None

    def astype(self, number):
        """The same batch in other floating-point numbers, such as np.float32."""
        return Batch(self.X.astype(number), self.d.astype(number), self.at)


def recall(lag, B, random):
    """d_T = X_1, T = lag + 1: a sign is shown, `lag` steps later it is asked for.

    Input 1 is a random sign, +1 or -1, at every step; input 2 is 1 at the first step, which is the
    one to remember, and 0 at all others. The best constant guess is 0: `RECALL_BASELINE`.
    Raises ValueError if `lag` is not a whole number from 1, or B not one from 1.
    """
    lag, B = _whole("lag", lag, 1), _whole("B", B, 1)
    X = np.zeros((lag + 1, 2, B))
    X[:, 0] = random.choice([-1.0, 1.0], size=(lag + 1, B))
    X[0, 1] = 1
    return Batch(X, X[0, :1].copy(), at=lag + 1)


RECALL_BASELINE = 1.0  # E of the guess 0 when d is +1 or -1


def adding(T, B, random):
    """d_T = the sum of the two marked numbers: E of the best constant guess is 1/6.

    Input 1 is uniform in [0, 1]; input 2 marks one number in the first half of the sequence and one
    in the second half with 1, and is 0 elsewhere. The best constant guess is the mean 1, and its
    error the variance of the sum of two numbers, each of variance 1/12: `ADDING_BASELINE`, 1/6.
    (Papers print 0.1767 or 0.167.) Raises ValueError if T < 2 or B < 1.

    Le et al. (2015), section 4.1; one mark in each half as in Arjovsky, Shah and Bengio (2016).
    """
    T, B = _whole("T", T, 2), _whole("B", B, 1)
    numbers = random.uniform(0, 1, size=(T, B))
    first = random.randint(0, T // 2, size=B)
    second = random.randint(T // 2, T, size=B)
    marks, columns = np.zeros((T, B)), np.arange(B)
    marks[first, columns] = marks[second, columns] = 1
    d = numbers[first, columns] + numbers[second, columns]
    return Batch(np.stack([numbers, marks], axis=1), d[None], at=T)


ADDING_BASELINE = 2 * 1 / 12


def adding_1997(T, B, random):
    """d = 1/2 + (X_a + X_b) / 4 at the end of each column: E of the best constant guess is 1/24.

    Input 1 is uniform in [-1, 1]; input 2 is 1 at the two numbers X_a, X_b to be added, -1 at the
    first and the last step, 0 elsewhere. The lengths differ: uniform in T..T + T/10, one end for
    each column, zeros behind it. a is one of the steps 2..10, b another one of 2..T/2 - 1. The best
    constant guess is 1/2; its error is the variance of (X_a + X_b) / 4, two numbers of variance 1/3
    over 16: `ADDING_1997_BASELINE`, 1/24. Raises ValueError if T < 22 or B < 1.

    Hochreiter and Schmidhuber (1997), section 5.4 (there X_a may be the first number too, and is
    set to 0 if it is: left out here, so that the 1/24 is exact).
    """
    T, B = _whole("T", T, 22), _whole("B", B, 1)
    ends = random.randint(T, T + T // 10 + 1, size=B)
    numbers = random.uniform(-1, 1, size=(ends.max(), B))
    a = random.randint(2, 11, size=B)
    b = random.randint(2, T // 2 - 1, size=B)
    b += b >= a  # uniform over the steps other than a
    marks, columns = np.zeros(numbers.shape), np.arange(B)
    marks[0] = marks[ends - 1, columns] = -1
    marks[a - 1, columns] = marks[b - 1, columns] = 1
    d = 0.5 + (numbers[a - 1, columns] + numbers[b - 1, columns]) / 4
    return _padded(np.stack([numbers, marks], axis=1), d[None], ends)


ADDING_1997_BASELINE = 2 * (1 / 3) / 4**2


ORDERS = ("XX", "XY", "YX", "YY")
SYMBOLS = ("a", "b", "c", "d", "X", "Y", "start", "end")


def temporal_order(T, B, random):
    """d = 1 in the row of what came, XX, XY, YX or YY, and 0 in the others, at the end of a column.

    `SYMBOLS` are the inputs, one row each (1 for the symbol shown): "start", then a, b, c, d at
    random with an X or a Y at one step of T/10..T/5 and again at one of T/2..6T/10, then "end".
    The rows of d are `ORDERS`. The lengths differ as in `adding_1997`. The best constant guess is
    1/4 in each row: E = (3/4)^2 + 3 (1/4)^2 = `TEMPORAL_ORDER_BASELINE`, 3/4. Raises ValueError if
    T < 20 or B < 1.

    Hochreiter and Schmidhuber (1997), section 5.6, task 6a (there T = 100).
    """
    T, B = _whole("T", T, 20), _whole("B", B, 1)
    ends, columns = random.randint(T, T + T // 10 + 1, size=B), np.arange(B)
    shown = random.randint(0, 4, size=(ends.max(), B))
    classes = random.randint(0, 4, size=B)
    early = random.randint(T // 10, T // 5 + 1, size=B)
    late = random.randint(T // 2, 6 * T // 10 + 1, size=B)
    shown[early - 1, columns] = SYMBOLS.index("X") + classes // 2
    shown[late - 1, columns] = SYMBOLS.index("X") + classes % 2
    shown[0] = SYMBOLS.index("start")
    shown[ends - 1, columns] = SYMBOLS.index("end")
    return _padded(one_hot(shown, len(SYMBOLS)), one_hot(classes, 4), ends)


TEMPORAL_ORDER_BASELINE = 3 / 4


def wave(T, B, random, periods=(12, 31)):
    """d_t = X_{t+1},  X_t = Σ_p sin(2π t / p + φ_p) / P: the next value of a wave, at every step.

    P waves of the given `periods` (in steps), each with a random phase φ_p, the same for a whole
    sequence. n_x = n_y = 1, `at` is None. The best constant guess is 0, with E = 1 / 2P at each
    step in the mean over the phases. Raises ValueError if T < 1 or B < 1.
    """
    T, B, P = _whole("T", T, 1), _whole("B", B, 1), len(periods)
    phases = random.uniform(0, 2 * np.pi, size=(P, B))
    turns = np.outer(np.arange(1, T + 2), 1 / np.asarray(periods, float))
    values = np.sin(2 * np.pi * turns[:, :, None] + phases).sum(axis=1, keepdims=True) / P
    return Batch(values[:-1], values[1:], at=None)


def together(sequences):
    """Sequences of different length in one batch: X has zeros behind the end of each column.

    `sequences` holds pairs (X, d): X (T_b, n_x) of a length of its own, d (n_y,) the target at its
    last step. Returns a `Batch` with `at` = (T_1, ..., T_B). Raises ValueError if the sizes n_x or
    n_y differ, or if there is no sequence.
    """
    pairs = [(rnn.finite_array("X", X), rnn.finite_array("d", d)) for X, d in sequences]
    if not pairs:
        raise ValueError("sequences: expected at least one pair (X, d), got none.")
    n_x, n_y = pairs[0][0].shape[-1], pairs[0][1].shape
    for X, d in pairs:
        if X.ndim != 2 or len(X) == 0 or X.shape[1] != n_x:
            raise ValueError(
                f"sequences: expected each X of shape (T, n_x) with n_x = {n_x}, got {X.shape}."
            )
        rnn.expect_shape("d", d, n_y, "one target for each sequence, all of one size")
    ends = np.array([len(X) for X, _ in pairs])
    X = np.zeros((ends.max(), n_x, len(pairs)))
    for column, (own, _) in enumerate(pairs):
        X[: len(own), :, column] = own
    return Batch(X, np.stack([d for _, d in pairs], axis=-1), at=ends)


def zen():
    """The Zen of Python, by Tim Peters: the text that `import this` prints, without printing it.

    The module `this` keeps it in `s`, turned by 13 letters, and the table `d` that turns it back.
    """
    code = importlib.util.find_spec("this").loader.get_code("this")
    module = {"__builtins__": {**vars(builtins), "print": lambda *_: None}}
    exec(code, module)
    return "".join(module["d"].get(letter, letter) for letter in module["s"])


def alphabet(text):
    """The letters of `text` in order, each once: row i of X and d stands for letter i."""
    return "".join(sorted(set(text)))


def as_columns(text, letters):
    """`text` as rows of X, shape (len(text), len(letters)): 1 at the letter shown, 0 elsewhere.

    Raises ValueError for a letter that is not in `letters`.
    """
    unknown = set(text) - set(letters)
    if unknown:
        raise ValueError(f"text: expected letters of {letters!r} only, got {sorted(unknown)}.")
    return np.eye(len(letters))[[letters.index(letter) for letter in text]]


def next_letter(text, T, B, random):
    """d_t = X_{t+1}: B pieces of T letters from random places of `text`, each with the letter next.

    n_x = n_y = the size of `alphabet(text)`, `at` is None. The squared error against 0 and 1 is
    least if Y_t is the probability of each letter; the best constant guess is the share p of each
    letter in the text, and its error `letter_baseline(text)`. Raises ValueError if the text has
    fewer than T + 1 letters, T < 1 or B < 1.
    """
    T, B = _whole("T", T, 1), _whole("B", B, 1)
    if len(text) < T + 1:
        raise ValueError(f"text: expected at least T + 1 = {T + 1} letters, got {len(text)}.")
    rows = as_columns(text, alphabet(text))
    starts = random.randint(0, len(text) - T, size=B)
    pieces = np.stack([rows[start : start + T + 1] for start in starts], axis=-1)
    return Batch(pieces[:-1], pieces[1:], at=None)


def letter_baseline(text):
    """1 - Σ p²,  p the share of each letter: the error of guessing these shares at every step."""
    shares = np.array([text.count(letter) for letter in alphabet(text)]) / len(text)
    return float(1 - np.sum(shares**2))


def one_hot(indices, n):
    """A column of n for each index, 1 there, 0 elsewhere: (B,) gives (n, B), (T, B) (T, n, B)."""
    return np.swapaxes(np.eye(n)[indices], -1, -2)


def _padded(X, d, ends):
    behind = np.arange(1, len(X) + 1)[:, None] > ends
    return Batch(np.where(behind[:, None], 0, X), d, ends)


def _whole(name, value, lowest):
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < lowest:
        raise ValueError(f"{name}: expected a whole number from {lowest} up, got {value!r}.")
    return int(value)

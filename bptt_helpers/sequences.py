"""Toy tasks for networks with a memory, each a batch of sequences X with targets d.

`random` is a `numpy.random.RandomState`: `recall(20, 32, RandomState(1))` is one batch, always the
same. Sizes and layout are those of `rnn`: X is (T, n_x, B), a sequence is a column.

Hochreiter and Schmidhuber (1997), "Long short-term memory", section 5.4; Le, Jaitly and
Hinton (2015), "A simple way to initialize recurrent networks of rectified linear units", 4.1.
"""

import codecs
import os
import sys
from dataclasses import dataclass
from importlib.machinery import PathFinder

import numpy as np

from bptt_helpers import expect


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
        X, d = expect.numbers("X", self.X), expect.numbers("d", self.d)
        try:
            return Batch(X.astype(number), d.astype(number), self.at)
        except Exception:
            return expect.fail("number", "a type of numbers, such as np.float32", number)


def recall(lag, B, random):
    """d_T = X_1, T = lag + 1: a sign is shown, `lag` steps later it is asked for.

    Input 1 is a random sign, +1 or -1, at every step; input 2 is 1 at the first step, which is the
    one to remember, and 0 at all others. The best constant guess is 0: `RECALL_BASELINE`.
    Raises ValueError if `lag` or B is not a whole number from 1 up.
    """
    lag, B = expect.whole("lag", lag), expect.whole("B", B)
    expect.random_state(random)
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
    T, B = expect.whole("T", T, 2), expect.whole("B", B)
    expect.random_state(random)
    numbers = random.uniform(0, 1, size=(T, B))
    first = random.randint(0, T // 2, size=B)
    second = random.randint(T // 2, T, size=B)
    marks, columns = np.zeros((T, B)), np.arange(B)
    marks[first, columns] = marks[second, columns] = 1
    d = numbers[first, columns] + numbers[second, columns]
    return Batch(np.stack([numbers, marks], axis=1), d[None], at=T)


ADDING_BASELINE = 2 * 1 / 12


def together(sequences):
    """Sequences of different length in one batch: X has zeros after the end of each column.

    `sequences` holds pairs (X, d): X (T_b, n_x) of a length of its own, d (n_y,) the target at its
    last step. Returns a `Batch` with `at` = (T_1, ..., T_B). Raises ValueError if the sizes n_x or
    n_y differ, or if there is no sequence.
    """
    try:
        pairs = [(X, d) for X, d in sequences]
    except (TypeError, ValueError):
        expect.fail("sequences", "a list of pairs (X, d)", sequences)
    if not pairs:
        expect.fail("sequences", "at least one pair (X, d)", expect.Words("none"))
    pairs = [
        (expect.finite_array("X", X, real=True), expect.finite_array("d", d, real=True))
        for X, d in pairs
    ]
    n_x, n_y = pairs[0][0].shape[-1:], pairs[0][1].shape[:1] or ("n_y",)
    for X, d in pairs:
        expect.shape("X", X, (len(X) if X.ndim else "T", *n_x), "(T, n_x) with one n_x for all")
        expect.shape("d", d, n_y, "one target for each sequence, all of one size")
    ends = np.array([len(X) for X, _ in pairs])
    X = np.zeros((ends.max(), *n_x, len(pairs)))
    for column, (own, _) in enumerate(pairs):
        X[: len(own), :, column] = own
    return Batch(X, np.stack([d for _, d in pairs], axis=-1), at=ends)


def zen():
    """The Zen of Python, by Tim Peters: the text that `import this` prints, without printing it.

    The standard library's module `this` keeps it turned by 13 letters. It is read there, not run: a
    file this.py beside a notebook is a different one.
    """
    packed = "python{}{}.zip".format(*sys.version_info)  # a browser's Python has it in there
    library = [os.path.dirname(os.__file__), *(p for p in sys.path if p.endswith(packed))]
    code = PathFinder.find_spec("this", library).loader.get_code("this")
    return codecs.decode(max(code.co_consts, key=lambda c: len(str(c))), "rot13")


def alphabet(text):
    """The letters of `text` in order, each once: row i of X and d is for letter i."""
    return "".join(sorted(set(expect.text("text", text))))


def as_columns(text, letters):
    """`text` as rows of X, shape (len(text), len(letters)): 1 at the letter shown, 0 elsewhere.

    Raises ValueError for a letter that is not in `letters`.
    """
    if len(set(expect.text("letters", letters))) < len(letters):
        expect.fail("letters", "each letter once", letters)
    unknown = set(expect.text("text", text)) - set(letters)
    if unknown:
        expect.fail("text", f"letters of {letters[:100]!r} only", sorted(unknown))
    return np.eye(len(letters))[[letters.index(letter) for letter in text]]


def next_letter(text, T, B, random):
    """d_t = X_{t+1}: B pieces of T letters from random places of `text`, each with the next letter.

    n_x = n_y = the size of `alphabet(text)`, `at` is None. The squared error against 0 and 1 is
    least if Y_t is the probability of each letter; the best constant guess is the share p of each
    letter in the text, and its error `letter_baseline(text)`. Raises ValueError if the text has
    fewer than T + 1 letters, T < 1 or B < 1.
    """
    T, B = expect.whole("T", T), expect.whole("B", B)
    expect.random_state(random)
    if len(expect.text("text", text)) < T + 1:
        expect.fail("text", f"at least T + 1 = {T + 1} letters", expect.Words(len(text)))
    rows = as_columns(text, alphabet(text))
    starts = random.randint(0, len(text) - T, size=B)
    pieces = np.stack([rows[start : start + T + 1] for start in starts], axis=-1)
    return Batch(pieces[:-1], pieces[1:], at=None)


def letter_baseline(text):
    """1 - Σ p²,  p the share of each letter: the error of guessing these shares at every step."""
    shares = np.array([text.count(letter) for letter in alphabet(text)]) / len(text)
    return float(1 - np.sum(shares**2))

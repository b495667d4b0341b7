"""The toy tasks: what the targets are, the exact baselines, seeds, lengths, the real text."""

import contextlib
import io
import subprocess
import sys

import numpy as np
import pytest
from numpy.random import RandomState

from bptt_helpers import bptt, rnn, sequences

MANY = 20_000  # sequences: a mean over them is known to about 1 part in 100

TASKS = {
    "recall": lambda T, B, random: sequences.recall(T - 1, B, random),
    "adding": sequences.adding,
    "next_letter": lambda T, B, random: sequences.next_letter(sequences.zen(), T, B, random),
}
every_task = pytest.mark.parametrize("task", TASKS)


def best_constant_error(d):
    """The error of the best constant guess, the mean: the variance, summed over the outputs."""
    d = d if d.ndim == 2 else d.swapaxes(0, 1).reshape(d.shape[1], -1)
    return np.sum(np.var(d, axis=1))


@every_task
def test_shapes_and_seeds(task):
    batch = TASKS[task](40, 7, RandomState(3))
    same, other = TASKS[task](40, 7, RandomState(3)), TASKS[task](40, 7, RandomState(4))
    T, n_x, B = batch.X.shape
    assert B == 7
    assert T >= 40
    assert np.isfinite(batch.X).all()
    assert batch.d.shape[-1] == 7
    np.testing.assert_array_equal(batch.X, same.X)
    np.testing.assert_array_equal(batch.d, same.d)
    assert not np.array_equal(batch.d, other.d)
    if batch.at is None:
        assert batch.d.shape[0] == T
    else:
        assert batch.at == T == 40
    assert batch.astype(np.float32).X.dtype == batch.astype(np.float32).d.dtype == np.float32
    assert n_x == {"next_letter": 45}.get(task, 2)


@every_task
def test_the_global_random_numbers_are_left_alone(task):
    np.random.seed(0)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    TASKS[task](40, 7, RandomState(3))
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


@every_task
def test_sizes_that_make_no_sense_are_told(task):
    for T, B in ((1 if task == "recall" else 0, 2), (40, 0), (40, 2.5), (40.0, 2), (40, True)):
        with pytest.raises(ValueError, match=r"(T|B|lag): expected a whole number from"):
            TASKS[task](T, B, RandomState(0))


# Recall and adding


def test_recall_asks_for_the_first_sign():
    batch = sequences.recall(9, 50, RandomState(0))
    assert batch.X.shape == (10, 2, 50)
    assert batch.at == 10
    np.testing.assert_array_equal(batch.d[0], batch.X[0, 0])
    assert set(np.unique(batch.X[:, 0])) == {-1, 1}
    assert (batch.X[0, 1] == 1).all()
    assert not batch.X[1:, 1].any()


def test_recall_is_not_told_by_any_other_input():
    batch = sequences.recall(6, MANY, RandomState(1))
    correlation = np.mean(batch.X[:, 0] * batch.d, axis=1)
    assert correlation[0] == 1
    assert np.abs(correlation[1:]).max() < 0.03
    assert best_constant_error(batch.d) == pytest.approx(sequences.RECALL_BASELINE, abs=0.01)


def test_adding_is_the_sum_of_the_two_marked_numbers():
    for T in (2, 3, 10, 51):
        batch = sequences.adding(T, 200, RandomState(T))
        numbers, marks = batch.X[:, 0], batch.X[:, 1]
        assert batch.at == T
        assert set(np.unique(marks)) <= {0, 1}
        assert (marks[: T // 2].sum(axis=0) == 1).all()
        assert (marks[T // 2 :].sum(axis=0) == 1).all()
        assert ((numbers >= 0) & (numbers < 1)).all()
        np.testing.assert_allclose(batch.d[0], np.sum(numbers * marks, axis=0), rtol=1e-15)


def test_adding_marks_every_place():
    marks = sequences.adding(9, 2000, RandomState(0)).X[:, 1].sum(axis=1)
    assert (marks > 0).all()


def test_the_adding_baseline_is_the_error_of_the_best_constant_guess():
    assert sequences.ADDING_BASELINE == pytest.approx(1 / 6, rel=1e-14)
    d = sequences.adding(30, MANY, RandomState(5)).d
    assert best_constant_error(d) == pytest.approx(1 / 6, rel=0.02)
    np.testing.assert_allclose(d.mean(axis=1), 1, atol=0.02)


# Sequences put together


def test_sequences_of_different_length_in_one_batch():
    random = RandomState(0)
    pairs = [(random.normal(size=(T, 2)), random.normal(size=3)) for T in (4, 1, 6)]
    batch = sequences.together(pairs)
    assert batch.X.shape == (6, 2, 3)
    assert list(batch.at) == [4, 1, 6]
    for b, (X, d) in enumerate(pairs):
        np.testing.assert_array_equal(batch.X[: len(X), :, b], X)
        assert not batch.X[len(X) :, :, b].any()
        np.testing.assert_array_equal(batch.d[:, b], d)


@pytest.mark.parametrize(
    "pairs, words",
    [
        ([], "sequences: expected at least one pair"),
        (
            [(np.ones((2, 3)), [1]), (np.ones((2, 2)), [1])],
            r"X: expected \(T, n_x\) with one n_x for all, shape \(2, 3\)",
        ),
        ([(np.ones((0, 3)), [1])], "X: expected at least one number"),
        ([(np.ones(3), [1])], r"X: expected \(T, n_x\)"),
        (np.ones((2, 3)), "sequences: expected a list of pairs"),
        ([(np.ones((2, 3)), [1]), (np.ones((2, 3)), [1, 2])], "d: expected one target for each"),
        ([(np.full((2, 3), np.nan), [1])], "X: expected finite numbers"),
    ],
)
def test_sequences_that_do_not_fit_are_told(pairs, words):
    with pytest.raises(ValueError, match=words):
        sequences.together(pairs)


# The Zen of Python


def test_the_zen_is_the_text_that_import_this_prints():
    printed = subprocess.run(
        [sys.executable, "-c", "import this"], capture_output=True, text=True, check=True
    ).stdout
    assert sequences.zen() == printed.rstrip("\n")
    assert sequences.zen().startswith("The Zen of Python, by Tim Peters")
    assert "Readability counts." in sequences.zen()


def test_the_zen_is_read_in_silence_and_left_to_be_imported():
    code = (
        "from bptt_helpers import sequences; import sys; sequences.zen(); sequences.zen();"
        "assert 'this' not in sys.modules; import this"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert printed.rstrip("\n") == sequences.zen()
    with contextlib.redirect_stdout(io.StringIO()) as out:
        sequences.zen()
    assert out.getvalue() == ""


def test_a_file_of_that_name_beside_the_notebook_is_not_run(tmp_path):
    (tmp_path / "this.py").write_text("raise SystemExit('run')", encoding="utf-8")
    code = "from bptt_helpers import sequences; print(sequences.zen())"
    printed = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    assert printed.rstrip("\n") == sequences.zen()


def test_next_letter_is_the_letter_next():
    text = sequences.zen()
    letters = sequences.alphabet(text)
    batch = sequences.next_letter(text, 30, 200, RandomState(0))
    assert batch.X.shape == batch.d.shape == (30, len(letters), 200)
    np.testing.assert_array_equal(batch.d[:-1], batch.X[1:])
    for b in range(200):
        rows = np.concatenate([batch.X[:, :, b], batch.d[-1:, :, b]])
        assert (rows.sum(axis=1) == 1).all()
        assert "".join(letters[i] for i in rows.argmax(axis=1)) in text


def test_next_letter_reaches_both_ends_of_the_text():
    text = "abcdef"
    batch = sequences.next_letter(text, 3, 200, RandomState(0))
    assert (batch.X[0] == 1).any(axis=1).tolist() == [True, True, True, False, False, False]
    assert (batch.d[-1] == 1).any(axis=1).tolist() == [False, False, False, True, True, True]
    whole = sequences.next_letter(text, 5, 2, RandomState(0))
    assert (whole.d[-1, 5] == 1).all()
    with pytest.raises(ValueError, match=r"text: expected at least T \+ 1 = 7 letters, got 6"):
        sequences.next_letter(text, 6, 2, RandomState(0))


def test_letters_and_columns():
    assert sequences.alphabet("banana") == "abn"
    np.testing.assert_array_equal(
        sequences.as_columns("nab", "abn"), [[0, 0, 1], [1, 0, 0], [0, 1, 0]]
    )
    with pytest.raises(ValueError, match=r"text: expected letters of 'abn' only, got \['x'\]"):
        sequences.as_columns("nax", "abn")


def test_letter_baseline_is_the_error_of_the_shares():
    text = sequences.zen()
    d = sequences.as_columns(text, sequences.alphabet(text))
    shares = d.mean(axis=0)
    assert sequences.letter_baseline(text) == pytest.approx(np.sum((d - shares) ** 2) / len(d))
    assert sequences.letter_baseline("aabb") == 0.5


def test_targets_equal_to_the_outputs_bring_no_error():
    random = np.random.RandomState(5)
    weights = rnn.Weights(random.normal(size=(3, 2)), random.normal(size=(3, 3)) / 3,
                          random.normal(size=(1, 3)))  # fmt: skip
    pairs = [(random.normal(size=(T, 2)), random.normal(size=1)) for T in (2, 6, 4)]
    batch, zeros = sequences.together(pairs), np.zeros(3)
    run = rnn.forward(batch.X, zeros, weights)
    d = run.Y[1:].copy()
    for column, end in enumerate(batch.at):
        d[end - 1, :, column] = batch.d[:, column]
    together = bptt.backward(run, d)
    single = [bptt.backward(rnn.forward(X, zeros, weights), d, len(X)) for X, d in pairs]
    for name in ("dE_dW_x", "dE_dW_s", "dE_dW_y"):
        expected = sum(getattr(one, name) for one in single)
        np.testing.assert_allclose(getattr(together, name), expected, rtol=1e-12, atol=1e-14)

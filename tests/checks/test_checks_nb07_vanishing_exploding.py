"""Notebook 07: settings that do what was asked for pass, others are told which wish is not met."""

import numpy as np
import pytest

from bptt_helpers import bptt, rnn
from bptt_course import checks
from bptt_course.checks.engine.verdict import tried
from bptt_course.words import number

RIGHT = {"W_s": 2, "S_0": 0, "X": 1}, {"W_s": 1, "S_0": 0, "X": 0}
SETTINGS = [
    (checks.smaller_though_larger, (1.2, 2.0, 0.5, 0)),
    (checks.half_with_negative_weight, (-0.84, 4)),
    (checks.close_to_the_quarter, (2, 0.5, -1)),
    (checks.far_gone_total_there, (0.5, 0.5, 1, "identity")),
    (checks.largest_at_25, (np.exp(-1 / 25),)),
    (checks.five_and_hundred, RIGHT),
]


@pytest.mark.parametrize(("check", "answer"), SETTINGS, ids=lambda x: getattr(x, "__name__", ""))
def test_right_settings_pass_and_say_the_numbers(check, answer, capsys):
    verdict = check(*answer)
    assert verdict.ok and verdict.message.startswith("Right: ")
    assert capsys.readouterr().out == verdict.message + "\n"


@pytest.mark.parametrize("tenth", range(11, 20))
def test_weights_that_are_a_tenth_apart_are_far_enough_apart(tenth):
    message = checks.smaller_though_larger(tenth / 10, (tenth + 1) / 10, 0.1, 0).message
    assert "by 0.1 at least" not in message
    assert (
        "by 0.1 at least"
        in checks.smaller_though_larger(tenth / 10, tenth / 10 + 0.099, 0.1, 0).message
    )


@pytest.mark.parametrize(("check", "answer"), SETTINGS, ids=lambda x: getattr(x, "__name__", ""))
def test_a_stub_is_not_attempted_yet(check, answer):
    for place in range(len(answer)):
        stub = [... if n == place else value for n, value in enumerate(answer)]
        verdict = check(*stub)
        assert not verdict.ok and verdict.message.startswith("Not attempted yet")
    assert not any(tried.values())


@pytest.mark.parametrize("rest", [..., None, {"W_s": ..., "S_0": ..., "X": ...}])
def test_what_is_open_of_two_is_told(rest):
    short, long = RIGHT
    for answer, name in (((short, rest), "long"), ((rest, long), "short")):
        verdict = checks.five_and_hundred(*answer)
        assert not verdict.ok and not tried["07-F"]
        open_ = f"{name}: W_s, {name}: S_0, {name}: X"
        assert verdict.message == f"Not attempted yet: {open_}."
    message = checks.five_and_hundred({**short, "X": "one"}, rest).message
    assert message.startswith("Not yet: short: X: expected a number")
    assert checks.five_and_hundred(..., rest).message.startswith("Not attempted yet: fill in")


@pytest.mark.parametrize("junk", ["two", [1, 2], np.nan, 1e9, {}, print, 1j, np.zeros((2, 2))])
@pytest.mark.parametrize(("check", "answer"), SETTINGS, ids=lambda x: getattr(x, "__name__", ""))
def test_junk_is_answered_in_words(check, answer, junk):
    for place in range(len(answer)):
        verdict = check(*(junk if n == place else value for n, value in enumerate(answer)))
        assert not verdict.ok and verdict.message.startswith(("Not yet: ", "Not attempted yet"))


@pytest.mark.parametrize(
    ("check", "answer", "words"),
    [
        (checks.smaller_though_larger, (0.9, 2, 0.5, 0), "above 1; W_small is 0.9"),
        (checks.smaller_though_larger, (2, 1.2, 0.5, 0), "W_large has to be above"),
        (checks.smaller_though_larger, (1.2, 2, 0, 0), "the larger gradient"),
        (checks.smaller_though_larger, (1.2, 2, -0.5, 0.3), "6.16e−22 at W_s = 2; at W_small too"),
        (checks.smaller_though_larger, (1.1, 100, 3, 3), "tanh is flat"),
        (checks.half_with_negative_weight, (0.84, 4), "has to be negative"),
        (checks.half_with_negative_weight, (-0.84, 3), "should be positive"),
        (checks.half_with_negative_weight, (-0.5, 1), "from 2 to 1000"),
        (checks.half_with_negative_weight, (-0.9, 4), "between 0.45 and 0.55"),
        (
            checks.half_with_negative_weight,
            (-0.9, 1300),
            "lag has to be a whole number from 2 to 1000; it is 1300.",
        ),
        (checks.close_to_the_quarter, (0.5, 0.5, -0.25), "1 or more"),
        (checks.close_to_the_quarter, (2, 0.5, 0), "90 % at least"),
        (checks.far_gone_total_there, (0.9, 0.5, 1, "identity"), "makes up too much"),
        (checks.far_gone_total_there, (0.5, 0.5, 0.1, "identity"), "too small, its size"),
        (checks.far_gone_total_there, (0, 0.5, 1, "identity"), "has to be 0.5 or more; it is 0"),
        (checks.far_gone_total_there, (-0.3, 0.5, 1, "identity"), "has to be 0.5 or more"),
        (checks.far_gone_total_there, (0.5, 0, 0, "identity"), "all terms are 0"),
        (checks.far_gone_total_there, (2.5, 0, 1, "identity"), "makes up too much"),
        (checks.far_gone_total_there, (0.5, 0, 1, "softmax"), "expected one of"),
        (checks.largest_at_25, (0.97,), "largest at T = 33"),
        (checks.largest_at_25, (1.0,), "between 0 and 1"),
        (checks.five_and_hundred, RIGHT[::-1], "short should be below"),
        (checks.five_and_hundred, (RIGHT[0], RIGHT[0]), "long should be above"),
        (checks.five_and_hundred, ({**RIGHT[0], "W_s": 0}, RIGHT[1]), "1 or more"),
        (
            checks.five_and_hundred,
            ({"W": 2, "S_0": 0, "X": 1}, RIGHT[1]),
            "short has to be a dict with an entry for each of W_s, S_0 and X.",
        ),
        (checks.five_and_hundred, (RIGHT[0], (1, 0, 0)), "long has to be a dict with an entry"),
        (checks.half_with_negative_weight, (-1e5, 200), "between 0.45 and 0.55"),
    ],
)
def test_wrong_settings_are_told_which_wish_is_not_met(check, answer, words):
    message = " ".join(check(*answer).message.split())
    assert message.startswith("Not yet: ") and words in message and "Hint 1 of 3" in message


def test_a_gradient_too_small_for_a_double_is_the_smaller_one():
    assert checks.smaller_though_larger(1.2, 20, 0.5, 0).ok
    assert "tanh is flat" in checks.smaller_though_larger(10, 20, 0.5, 0).message


@pytest.mark.parametrize("case", [(1.01, 0.3, -0.2), (2.5, -3, 3), (1.7, 0, 0), (3, 0.01, 0)])
def test_the_size_that_is_told_is_that_of_the_state_jacobian(case):
    W_s, S_0, X = case
    run = rnn.forward(np.full(50, X), S_0, rnn.Weights(1, W_s, 1), "tanh")
    told = f"{number(abs(bptt.state_jacobian(run, 50, 0)))} at W_s = {number(W_s)}"
    message = checks.smaller_though_larger(W_s, W_s + 1, S_0, X).message
    assert told in " ".join(message.split())


def test_the_size_of_the_total_counts_not_its_sign():
    assert "the total is −4" in checks.far_gone_total_there(0.5, 0.5, -1).message
    assert checks.far_gone_total_there(0.5, 0.5, -1).ok


@pytest.mark.parametrize("W_s", [0.96, 0.961, 25 / 26])
def test_every_weight_whose_top_is_at_25_passes(W_s):
    assert checks.largest_at_25(W_s).ok


@pytest.mark.parametrize("W_s", [0.9599, 25 / 26 + 1e-4])
def test_no_other_weight_does(W_s):
    assert not checks.largest_at_25(W_s).ok


def test_hints_grow_with_the_attempts():
    said = [checks.largest_at_25(0.9).message.split("Hint ")[1][0] for _ in range(4)]
    assert said == ["1", "2", "3", "3"]
    assert "Hint 3 of 3" in checks.close_to_the_quarter(..., ..., ..., hint=True).message


def weight(rng):
    return {"W_s": rng.uniform(-2.5, 2.5), **state(rng)}


def state(rng):
    return {"S_0": rng.uniform(-2, 2), "X": rng.uniform(-2, 2)}


@pytest.mark.parametrize(
    ("check", "guess"),
    [
        (
            checks.smaller_though_larger,
            lambda rng: {"W_small": 1 + rng.rand(), "W_large": 2 + rng.rand(), **state(rng)},
        ),
        (
            checks.half_with_negative_weight,
            lambda rng: {"W_s": -2.5 * rng.rand(), "lag": rng.randint(2, 20)},
        ),
        (checks.close_to_the_quarter, weight),
        (checks.far_gone_total_there, weight),
        (checks.largest_at_25, lambda rng: {"W_s": rng.uniform(0.5, 1)}),
        (checks.five_and_hundred, lambda rng: {"short": weight(rng), "long": weight(rng)}),
    ],
)
def test_no_exercise_is_passed_by_luck(check, guess, capsys):
    """Fewer than one in 30 of the settings that the sliders could have."""
    rng = np.random.RandomState(2)
    assert sum(check(**guess(rng)).ok for _ in range(300)) < 10
    capsys.readouterr()

"""Notebook 01: one step, and the loop over the steps."""

import inspect

import numpy as np
import pytest

from bptt_helpers import rnn
from bptt_course import checks
from bptt_course.checks import nb01_forward_pass as forward_answers
from bptt_course.checks.engine.verdict import tried


def loop_of_exercise_01(X, S_0, W_x, W_s, W_y, g_1, g_2):
    S, Y = [S_0], [None]
    for X_t in X:
        S.append(g_1(np.dot(W_x, X_t) + np.dot(W_s, S[-1])))
        Y.append(g_2(np.dot(W_y, S[-1])))
    return S, Y


def arrays_for_exercise_01(X, S_0, W_x, W_s, W_y, g_1, g_2):
    run = rnn.forward(X, S_0, rnn.Weights(W_x, W_s, W_y), g_1, g_2)
    return run.S, run.Y


def recursion_for_exercise_01(X, S_0, W_x, W_s, W_y, g_1, g_2):
    def S(t):
        return S_0 if t == 0 else g_1(W_x * X[t - 1] + W_s * S(t - 1))

    return (
        [np.float32(S(t)) for t in range(len(X) + 1)],
        np.array([np.nan, *(g_2(W_y * S(t)) for t in range(1, len(X) + 1))]),
    )


def a_list_that_begins_with_nothing(X, S_0, W_x, W_s, W_y, g_1, g_2):
    X = [None] + X
    S, Y = [S_0], [None]
    for t in range(1, len(X)):
        S.append(g_1(W_x * X[t] + W_s * S[t - 1]))
        Y.append(g_2(W_y * S[t]))
    return S, Y


def a_list_used_up(X, S_0, W_x, W_s, W_y, g_1, g_2):
    S, Y, X = [S_0], [None], list(X)
    while X:
        S.append(g_1(W_x * X.pop(0) + W_s * S[-1]))
        Y.append(g_2(W_y * S[-1]))
    return S, Y


def test_right_answers_pass_in_notebook_01():
    assert checks.one_step(lambda W_x, W_s, X, S, g: g(np.dot(W_x, X) + np.dot(W_s, S))).ok
    assert checks.one_step(lambda W_x, W_s, X_t, S_before, g_1: g_1(W_s * S_before + W_x * X_t)).ok
    assert checks.forward_pass(loop_of_exercise_01).ok
    assert checks.forward_pass(arrays_for_exercise_01).ok
    assert checks.forward_pass(a_list_that_begins_with_nothing).ok
    assert checks.forward_pass(a_list_used_up).ok
    assert checks.forward_pass(recursion_for_exercise_01).ok
    assert checks.forward_pass(lambda *a: rnn.forward(*a[:2], rnn.Weights(*a[2:5]), *a[5:])).ok


@pytest.mark.parametrize("wrong", forward_answers.WRONG_STEPS, ids=lambda wrong: wrong[0])
def test_wrong_steps_are_explained(wrong):
    words, formula, hints = wrong
    said = [checks.one_step(formula) for _ in range(3)]
    assert not any(verdict.ok or verdict.mistakes for verdict in said)
    assert all(words in verdict.message for verdict in said)
    given = [" ".join(verdict.message.split()).split(" of 3: ")[1] for verdict in said]
    assert given == list(hints)
    assert len(set(given)) == 3
    if "g_1" in words:
        assert "identity" not in " ".join(given), "with it the mistake does not show"


def test_the_hint_by_hand_shows_every_mistake_that_it_is_given_for():
    """W_x = 3, W_s = 0.5, X_t = 4, S_{t-1} = 2: no wrong step gives the right number by chance."""
    assert "W_x = 3, W_s = 0.5, X_t = 4, S_{t-1} = 2" in forward_answers.STEP.hints[2]
    for words, formula, hints in forward_answers.WRONG_STEPS:
        if hints[2] == forward_answers.STEP.hints[2]:
            assert formula(3, 0.5, 4, 2, lambda a: a) != 3 * 4 + 0.5 * 2, words
        elif hints[2].startswith("Try np.tanh as g_1"):
            assert formula(3, 0.5, 4, 2, np.tanh) > 1, words


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "W_s, S[-1]",
            "W_s, S[0]",
            "S_2 is the first state that differs (T = 3): every step starts from S_0",
        ),
        ("g_1(np", "(np", "S_1 is the first state that differs (T = 3): g_1 is not applied"),
        ("g_2(np", "(np", "g_2 is not applied"),
        ("g_1(np", "np.tanh(np", "tanh is typed in where g_1 belongs"),
        ("g_2(np", "np.tanh(np", "tanh is typed in where g_2 belongs"),
        ("W_s, S[-1]", "W_x, S[-1]", "S_1 is the first state that differs (T = 3)."),
        (
            "W_s, S[-1]",
            "W_s, S[-2 if len(S) > 1 else 0]",
            "S_2 is the first state that differs (T = 3): the state before is one step too old",
        ),
        ("W_y, S[-1]", "W_y, S[-2]", "Y_1 is the first output that differs (T = 3): Y_t is made"),
        ("[None]", "[]", "Y should hold Y[0], not used, and Y_1 to Y_3: 4 entries, got 3"),
        ("in X:", "in X[:2]:", "S should hold S_0 to S_3, 4 states, got 3"),
        (
            "in X:",
            "in X[:-1]:",
            "4 states, got 3: the last state is missing; does your loop end one",
        ),
        ("in X:", "in X[1:]:", "your loop skips the first input, X_1, which is X[0]"),
        ("in X:", "in X[2:]:", "4 states, got 2"),
        ("in X:", "in X[::-1]:", "(T = 3): your loop takes the inputs in reverse order"),
        ("Y.append", "S.append", "4 states, got 7, two at each turn."),
        ("[None]", "[None, None]", "4 entries, got 5: yours has two entries before Y_1"),
        ("    return S, Y", "        return S, Y", "one turn only: is the `return` inside"),
        ("g_2(np", "g_1(np", "g_1 is used where g_2 belongs"),
        ("g_1(np", "g_2(np", "g_2 is used where g_1 belongs"),
        ("+", "+ 0.1 +", "S_1 is the first state that differs (T = 3)"),
        ("return S, Y", "return S", "expected two lists"),
        ("return S, Y", "return 3", "expected two lists"),
        ("return S, Y", "return {'S': S, 'Y': Y}", "expected two lists"),
        ("return S, Y", "return 'ab'", "expected two lists"),
        ("return S, Y", "return Y, S", "S and Y are swapped"),
    ],
)
def test_wrong_loops_are_explained(old, new, words):
    code = inspect.getsource(loop_of_exercise_01).replace(old, new)
    names = {"np": np}
    exec(code, names)
    verdict = checks.forward_pass(names["loop_of_exercise_01"])
    assert not verdict.ok and verdict.mistakes == ()
    assert words in " ".join(verdict.message.split()) and "?." not in verdict.message
    assert "Hint 1 of 3" in verdict.message and len(tried["01-B"]) == 1


def loop_with_a_variable(X, S_0, W_x, W_s, W_y, g_1, g_2):
    S, Y, S_t = [S_0], [None], S_0
    for X_t in X:
        S_t = g_1(W_x * X_t + W_s * S_t)
        S.append(S_t)
        Y.append(g_2(W_y * S_t))
    return S, Y


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"[S_0]": "[]"}, "4 states, got 3: S begins with S_1, and S_0 is not in it."),
        ({"[S_0]": "[]", "[None]": "[]"}, "S begins with S_1, and S_0 is not in it."),
        ({"LATE": ""}, "S_1 is the first state that differs (T = 3): S_0 is in S twice"),
        ({"LATE": "", "[S_0]": "[]"}, "got 3: Y is right, but S ends one state early."),
        ({"[None]": "[]"}, "4 entries, got 3: yours begins with Y_1 and has nothing before"),
    ],
)
def test_numbers_that_are_right_but_at_the_wrong_place_are_told(changes, words):
    code = inspect.getsource(loop_with_a_variable)
    _, _, _, made, put, *_ = code.splitlines(keepends=True)
    if changes.pop("LATE", None) is not None:
        code = code.replace(made + put, put + made)
    for old, new in changes.items():
        assert old in code
        code = code.replace(old, new)
    names = {}
    exec(code, names)
    assert checks.forward_pass(loop_with_a_variable).ok
    said = " ".join(checks.forward_pass(names["loop_with_a_variable"]).message.split())
    assert words in said and "Hint 1 of 3" in said


def arrays_made_before(X, S_0, W_x, W_s, W_y, g_1, g_2):
    S, Y = np.zeros(len(X) + 1), np.zeros(len(X) + 1)
    S[0] = S_0
    for t in range(1, len(X) + 1):
        S[t] = g_1(W_x * X[t - 1] + W_s * S[t - 1])
        Y[t] = g_2(W_y * S[t])
    return S, Y


@pytest.mark.parametrize(
    ("function", "old", "new", "words"),
    [
        (arrays_made_before, "len(X) + 1):", "len(X)):", "(T = 3): the last state is still 0"),
        (arrays_made_before, "    S[0] = S_0\n", "", "S[0] is not the S_0 that is handed to"),
        (loop_of_exercise_01, "[S_0]", "[0]", "S[0] is not the S_0 that is handed to"),
    ],
)
def test_a_state_that_is_not_filled_in_is_told(function, old, new, words):
    code, names = inspect.getsource(function), {"np": np}
    assert old in code and checks.forward_pass(function).ok
    exec(code.replace(old, new), names)
    assert words in " ".join(checks.forward_pass(names[function.__name__]).message.split())


def test_a_list_that_is_added_to_is_not_told_as_a_loop_that_does_not_run():
    def adds(X, S_0, W_x, W_s, W_y, g_1, g_2):
        S = [S_0]
        for X_t in X:
            S = S + np.tanh(W_x * X_t + W_s * S[-1])
        return S, []

    message = checks.forward_pass(adds).message
    assert "4 states, got 1" in message and "Does your loop run" not in message


def test_what_is_named_is_shown_where_it_shows():
    """In the first network g_1 is tanh: a tanh that is typed in changes nothing there."""
    code = inspect.getsource(loop_of_exercise_01).replace("g_1(np", "np.tanh(np")
    names = {"np": np}
    exec(code.replace("W_y, S[-1]", "W_y, S[-2]"), names)
    message = " ".join(checks.forward_pass(names["loop_of_exercise_01"]).message.split())
    assert "S_1 is the first state that differs (T = 3): tanh is typed in" in message


def test_two_activations_that_have_changed_places_are_told():
    code = inspect.getsource(loop_of_exercise_01).replace("W_y, g_1, g_2", "W_y, g_2, g_1")
    names = {"np": np}
    exec(code, names)
    said = checks.forward_pass(names["loop_of_exercise_01"]).message
    assert "g_1 and g_2 are swapped" in said


def loop_that_skips_the_first_input(X, S_0, W_x, W_s, W_y, g_1, g_2):
    S, Y = [S_0], [None]
    for t in range(1, len(X)):
        S.append(g_1(W_x * X[t] + W_s * S[t - 1]))
        Y.append(g_2(W_y * S[t]))
    return S, Y


def test_a_loop_over_the_indices_is_told_what_it_does():
    """With T = 1 its body never runs, and yet it has been attempted."""
    seen = [checks.forward_pass(loop_that_skips_the_first_input).message for _ in range(3)]
    said = [" ".join(text.split()) for text in seen]
    assert all("your loop skips the first input, X_1, which is X[0]" in text for text in said)
    assert [f"Hint {n} of 3" in text for n, text in enumerate(said, 1)] == [True] * 3

    code = inspect.getsource(loop_that_skips_the_first_input)
    names = {}
    exec(code.replace("range(1, len(X))", "range(len(X))"), names)
    verdict = checks.forward_pass(names["loop_that_skips_the_first_input"])
    assert "S_2 is the first state that differs" in verdict.message
    assert "the state before is one step too old" in verdict.message


@pytest.mark.parametrize("wrong", forward_answers.WRONG_LOOPS[:-1], ids=lambda wrong: wrong[0])
def test_a_mistake_in_the_loop_gets_a_hint_of_its_own(wrong):
    words, formula, own = wrong

    def my_forward(*given):
        S, Y = formula(*given)
        return S, np.zeros(len(S)) if np.ndim(Y) == 0 else [None, *Y]

    said = [" ".join(checks.forward_pass(my_forward).message.split()) for _ in range(3)]
    hints = [text.split(" of 3: ")[1] for text in said]
    assert all(words in text for text in said) and len(set(hints)) == 3
    assert hints == list(own)
    generic = hints[0] in forward_answers.LOOP.hints + forward_answers.WRONG_LOOPS[-1][2]
    assert generic == (words == "every step starts from S_0 again")


@pytest.mark.parametrize(
    "check, answer, hint",
    [
        (checks.one_step, lambda *_: [1, 2], "two things meet in a step"),
        (checks.forward_pass, lambda X, S_0, *_: [S_0, *X, 1], "two lists"),
        (checks.forward_pass, lambda X, S_0, *_: (S_0, S_0), "two lists"),
    ],
)
def test_a_return_of_another_kind_gets_a_hint_for_its_own_notebook(check, answer, hint):
    message = " ".join(check(answer).message.lower().split())
    assert hint in message.split("hint 1 of 3: ")[1]


def test_a_loop_without_a_body_is_not_attempted():
    for returned in (lambda S_0: ([S_0], [None]), lambda S_0: ([], []), lambda S_0: ([S_0], [])):
        verdict = checks.forward_pass(lambda X, S_0, *_, returned=returned: returned(S_0))
        assert "Does your loop run?" in verdict.message and not tried["01-B"]


def test_no_message_uses_a_word_that_the_notebook_does_not_have():
    said = [checks.one_step(lambda *a: a[0] * a[2] + a[1] * a[3]).message for _ in range(3)]
    assert not any(word in " ".join([*said, *forward_answers.STEP.hints]) for word in UNKNOWN)


UNKNOWN = ("pre-activation", "a_t")


def test_the_last_hint_on_an_error_without_a_name():
    said = [checks.one_step(lambda *a: int("x")).message for _ in range(3)]
    assert said[2].endswith("let it grow again, one line at a time.")

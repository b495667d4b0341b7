"""Notebook 05: a backward pass for all three gradients, of one error and of their sum."""

import numpy as np
import pytest
from made_mistakes import (
    BACK,
    EVERYWHERE,
    OWN,
    RETURN,
    SHARES,
    THROUGH_G,
    assert_named,
    changes_for,
    only,
    with_total_derivatives,
    words,
    written,
)

from bptt_helpers import bptt
from bptt_course import checks

D_FROM_ONE = "d = [None] + d if at is None else {at: d}"


def test_right_answers_pass():
    assert checks.backward_pass(written()).ok
    assert checks.backward_pass(bptt.backward).ok
    assert checks.backward_pass(lambda *asked: [*written()(*asked)]).ok
    from_one = (("d[t - 1] if at is None else d", "d[t]"), ("0 * S[0]", f"0 * S[0]; {D_FROM_ONE}"))
    assert checks.backward_pass(written(*from_one)).ok


def test_each_network_is_asked_about_once_and_all_three_gradients_are_read_from_it():
    def noting(backward):
        return lambda *question: asked.append((*question, None)[:3]) or backward(*question)

    for backward, most in ((bptt.backward, 60), (written(("S[t - 1]", "S[t]")), 36)):
        asked = []
        checks.backward_pass(noting(backward))
        seen = {(*run.X[1:].flat, *run.S[0], at, *np.ravel(d)) for run, d, at in asked}
        assert len(asked) == len(seen) <= most


def test_arrays_that_are_filled_anew_at_each_call_are_read_in_time():
    kept = {}

    def fill(run, d, at=None):
        for name, gradient in zip("xsy", three(bptt.backward(run, d, at)), strict=True):
            array = kept.setdefault((name, gradient.shape), np.zeros(gradient.shape))
            array[...] = gradient
        return tuple(kept[name, W.shape] for name, W in zip("xsy", run.weights, strict=True))

    assert checks.backward_pass(fill).ok


@pytest.mark.parametrize("name", ["dE_dW_x", "dE_dW_s", "dE_dW_y"])
def test_of_three_the_one_that_is_no_array_is_named(name):
    said = words(checks.backward_pass(written((RETURN, RETURN.replace(name, "None")))))
    assert said.startswith(f"Not yet: {name} is None.")
    said = words(checks.backward_pass(written((RETURN, RETURN.replace(name, "'text'")))))
    assert said.startswith("Not yet: expected a number or an array of numbers, got text")
    half = ("2 * (Y[t] - d_t)", "Y[t] - d_t"), (RETURN, "return None, None, dE_dW_y")
    assert checks.backward_pass(written(*half)).mistakes == ("factor-two",)  # W_y comes first


@pytest.mark.parametrize(
    "mistake", [m for m in EVERYWHERE if m not in ("total-for-immediate", "wrong-recurrence")]
)
@pytest.mark.parametrize("weight", ["W_s", "W_x"])
def test_the_backward_exercise_names_every_mistake(mistake, weight):
    for changes in changes_for(mistake, weight):
        if mistake == "own-output-missing":
            changes = changes[:1]  # ∂E/∂W_y stays right
        verdict = checks.backward_pass(written(*changes))
        assert_named(verdict, mistake)
    assert changes


def test_total_for_immediate_is_named_in_the_backward_exercise():
    def backward(run, d, at=None):
        true = bptt.backward(run, d, at)
        if at is None:
            return true.dE_dW_x, true.dE_dW_s, true.dE_dW_y
        return (*with_total_derivatives(run, d, at)[:2], true.dE_dW_y)

    assert_named(checks.backward_pass(backward), "total-for-immediate")


@pytest.mark.parametrize(
    ("change", "mistake"),
    [
        ((OWN, OWN + " if at or t == T else dE_dS"), "own-output-missing"),
        ((OWN, "dE_dS = np.dot(W_y.T, dE_dV)"), "chain-cut"),
        (
            (OWN, "dE_dS = np.dot(W_y.T, dE_dV) if not np.any(dE_dS) else dE_dS"),
            "own-output-missing",
        ),
        ((SHARES["W_y"], SHARES["W_y"].replace("dE_dW_y + ", "")), "overwritten"),
        (
            (RETURN, "s = T if at is None else 1; return dE_dW_x / s, dE_dW_s / s, dE_dW_y / s"),
            "averaged",
        ),
    ],
)
def test_mistakes_that_only_the_sum_of_errors_shows(change, mistake):
    verdict = checks.backward_pass(written(change))
    assert "at=None" in verdict.message
    assert mistake in verdict.mistakes and len(verdict.mistakes) <= 4


def three(gradients):
    return gradients.dE_dW_x, gradients.dE_dW_s, gradients.dE_dW_y


def only_the_last(run, d, at=None):
    if at is None:
        at, d = run.T, d[-1]
    return three(bptt.backward(run, d, at))


def overwritten(steps):
    """dE_dW_y with `=` for `+=`, in a loop over `steps` of T; all the rest is right."""

    def backward(run, d, at=None):
        *others, dE_dW_y = three(bptt.backward(run, d, at))
        for t in steps(run.T) if at is None else ():
            dE_dW_y = np.outer(2 * (run.Y[t] - d[t - 1]), run.S[t])
        return *others, dE_dW_y

    return backward


def up(T):
    return range(1, T + 1)


def down(T):
    return range(T, 0, -1)


def test_only_the_last_error_is_told_for_what_it_is():
    verdict = checks.backward_pass(only_the_last)
    assert not verdict.ok and verdict.mistakes == ("last-error-only", "overwritten")
    assert "one of these mistakes, the likeliest first" in words(verdict)
    assert "only the last error, E_T, is counted" in words(verdict)
    assert "[last-error-only] With at=None the error is E_1 + ... + E_T" in words(verdict)


def test_what_is_overwritten_is_still_named():
    named = checks.backward_pass(overwritten(down)).mistakes
    assert named == ("overwritten",)  # the loop is right, as one error alone has shown
    assert "overwritten" in checks.backward_pass(overwritten(up)).mistakes


ASKS = "if at is None or t == at:"
NO_LOOP = ("ends-early", "starts-late", "loop-never-runs", "returns-inside", "state-as-constant")


@pytest.mark.parametrize(
    ("change", "words_in_it"),
    [
        ((ASKS, "if t == at:"), "Your answer is zero everywhere."),
        ((ASKS, "if (at is None and t > 1) or t == at:"), "the paths from E_1 to step 1."),
        ((OWN, "dE_dS = np.dot(W_y.T, dE_dV)"), "what is handed on is replaced"),
    ],
)
def test_of_a_sum_nothing_is_said_that_one_error_has_refuted(change, words_in_it):
    verdict = checks.backward_pass(written(change))
    assert words_in_it in words(verdict) and "wrong" not in words(verdict)
    assert not {*verdict.mistakes} & {*NO_LOOP}


@pytest.mark.parametrize("product", ["dE_da @ S[t - 1]", "dE_da * S[t - 1]"])
def test_a_share_that_is_no_matrix_is_told(product):
    backward = written((SHARES["W_s"], f"dE_dW_s = dE_dW_s + {product}"))
    said = [words(checks.backward_pass(backward)) for _ in range(3)]
    assert all("All rows of your answer, or all its columns, are the same" in s for s in said)
    assert "np.outer" in said[2].split("Hint 3 of 3")[1] and "no well-known" not in said[0]


def test_code_for_one_output_that_stops_with_two_is_told_so():
    backward = written(("np.dot(W_y.T, dE_dV)", "W_y.T @ dE_dV.reshape(1)"))
    said = words(checks.backward_pass(backward))
    assert "Right for one output (n_y = 1), but it stops with two" in said
    assert said.endswith("what are the shapes of d, Y[t] and W_y then?")


@pytest.mark.parametrize("first", [1, 2, 3])
def test_the_hint_sends_to_the_first_error_that_is_off(first):
    def backward(run, d, at=None):
        W_x, W_s, W_y = three(bptt.backward(run, d, at))
        return W_x, W_s + (0.1 * np.arange(W_s.size).reshape(W_s.shape) if at >= first else 0), W_y

    said = words(checks.backward_pass(backward))
    where = f"checks.EXAMPLE_WITH_MATRICES[:2], {first} as its arguments, that is with at = {first}"
    assert where in said


def test_infinity_is_not_told_as_an_index():
    backward = written(("dE_dW_s = dE_dW_s + ", "dE_dW_s = np.inf + "))
    assert "there is infinity in the answer: is something divided" in words(
        checks.backward_pass(backward)
    )


def test_a_sum_without_a_name_gets_hints_about_the_sum():
    def scaled(run, d, at=None):
        return tuple(g * (1.1 if at is None else 1) for g in three(bptt.backward(run, d, at)))

    seen = [words(checks.backward_pass(scaled)) for _ in range(3)]
    assert all("the sum of all E_t (at=None) is not" in text for text in seen)
    for text, key in zip(seen, ("t = 1, 2, 3?", "two routes", "(7, 5, 6)"), strict=True):
        assert key in text


def test_of_an_output_weight_that_is_right_at_first_nothing_else_is_said():
    """The line that adds stands outside of `if t == at`: the last dE_dV comes in again."""
    backward = written((SHARES["W_y"], ""), (THROUGH_G, f"{THROUGH_G}; {ADDS}"))
    said = words(checks.backward_pass(backward))
    assert "E_1 is right" in said and "Even E_1" not in said


ADDS = "dE_dW_y = dE_dW_y + (outer(dE_dV, S[t]) if at is None or t <= at else 0)"


def test_the_output_weight_has_hints_of_its_own():
    def backward(run, d, at=None):
        dE_dW_x, dE_dW_s, dE_dW_y = three(bptt.backward(run, d, at))
        wrong = np.outer(2 * (run.Y[-1] - d), run.S[-1]) if at else dE_dW_y
        return dE_dW_x, dE_dW_s, wrong

    assert "which S and which Y does it take?" in words(checks.backward_pass(backward))


@pytest.mark.parametrize(
    ("line", "mistakes"),
    [
        ("np.outer(X[t], dE_da)", ("transposed-answer",)),
        ("dE_da * X[t]", ()),
        ("dE_da @ X[t]", ()),
        ("outer(dE_da, X[t].reshape(len(S[t])))", ("sizes-mixed",)),
        (BACK.replace("W_s", "W_x"), ("wrong-recurrence",)),
    ],
)
def test_an_error_comes_first_and_no_other_weight_is_accused_of_it(line, mistakes):
    change = (BACK, line) if "=" in line else (SHARES["W_x"], f"dE_dW_x = dE_dW_x + {line}")
    verdict = checks.backward_pass(written(change))
    assert verdict.message.startswith("Not yet: your code stops with an error.\n    ValueError: ")
    assert "∂E/∂W_y" not in verdict.message
    assert verdict.mistakes == mistakes


@pytest.mark.parametrize("line", ["0 * W_x, 0 * W_s, 0 * W_y", "0 * S[0]"])
def test_a_size_that_is_typed_in_does_not_pass(line):
    typed = {
        "0 * W_x, 0 * W_s, 0 * W_y": "0 * W_x, np.zeros((3, 3)), 0 * W_y",
        "0 * S[0]": "np.zeros(3)",
    }
    backward = written((line, typed[line]))
    assert "n_s = 6" in words(checks.backward_pass(backward))
    verdict = checks.diagnose(only(backward, "W_s"))
    assert not verdict.ok and "n_s = 6" in words(verdict)


@pytest.mark.parametrize(
    ("steps", "mistakes"),
    [("range(T - 1, 0, -1)", "starts-late"), ("range(T, 0)", "loop-never-runs")],
)
def test_a_gradient_that_is_zero_everywhere_has_two_causes(steps, mistakes):
    verdict = checks.backward_pass(written(("range(T, 0, -1)", steps)))
    assert verdict.message.startswith("Not yet with ∂E/∂W_y") and mistakes in verdict.mistakes


@pytest.mark.parametrize("returned", ["dE_dW_y, dE_dW_s, dE_dW_x", "dE_dW_x, dE_dW_s", "'text'"])
def test_what_is_returned_otherwise_gets_hints_about_the_last_line(returned):
    said = words(checks.backward_pass(written((RETURN, f"return {returned}"))))
    assert "Which three does the last line return" in said

"""What holds for every exercise that asks for a function: one closeness, and one rule of copies."""

import dataclasses
import re

import numpy as np
import pytest

from bptt_helpers import bptt, rnn
from bptt_course import checks
from bptt_course.checks import (
    nb01_forward_pass,
    nb08_many_states,
    nb09_cliffs_and_clipping,
    nb10_truncation,
    nb11_keeping_the_road_open,
)
from bptt_course.checks.engine import mistakes


def step(W_x, W_s, X_t, S_before, g_1):
    return g_1(W_x * X_t + W_s * S_before)


def forward(X, S_0, W_x, W_s, W_y, g_1, g_2):
    S, Y = [S_0], [None]
    for X_t in X:
        S.append(step(W_x, W_s, X_t, S[-1], g_1))
        Y.append(g_2(W_y * S[-1]))
    return S, Y


def dE_dW_s(run, d, at):
    return bptt.backward(run, d, at).dE_dW_s


def dE_dW_x(run, d, at):
    return bptt.backward(run, d, at).dE_dW_x


def backward(run, d, at=None):
    gradients = bptt.backward(run, d, at)
    return gradients.dE_dW_x, gradients.dE_dW_s, gradients.dE_dW_y


def scaled(W, radius):
    return W * (radius / np.abs(np.linalg.eigvals(W)).max())


def jacobian(run, t, k):
    J = np.eye(len(run.S[0]), dtype=run.S.dtype)
    for j in range(k + 1, t + 1):
        J = np.diag(run.g_1.slope(run.S[j])) @ run.weights.W_s @ J
    return J


def clip(gradients, threshold):
    length = np.sqrt(sum(np.sum(g**2) for g in gradients))
    return [g * min(1, threshold / length) for g in gradients]


def bias(run, d, at, window):
    terms = bptt.chain_rule_terms(run, d, at).W_s[1:]
    exact, truncated = terms.sum(), terms[-window:].sum()
    return abs(truncated - exact) / abs(exact)


def gru_step(a_r, a_z, x, q, S_before):
    r, z = 1 / (1 + np.exp(-a_r)), 1 / (1 + np.exp(-a_z))
    return z * S_before + (1 - z) * np.tanh(x + r * q)


EXERCISES = [
    (checks.one_step, step),
    (checks.forward_pass, forward),
    (checks.hidden_weight, dE_dW_s),
    (checks.input_weight, dE_dW_x),
    (checks.diagnose, dE_dW_s),
    (checks.backward_pass, backward),
    (checks.repaired_backward, backward),
    (checks.scaled, scaled),
    (checks.jacobian_product, jacobian),
    (checks.clipping, clip),
    (checks.bias, bias),
    (checks.gru_step, gru_step),
]
EVERY_EXERCISE = pytest.mark.parametrize(
    ("check", "right"), EXERCISES, ids=[check.__name__ for check, _ in EXERCISES]
)


def each(change, value):
    """`value` with every number and array in it changed; its lists stay lists."""
    if isinstance(value, tuple | list):
        return type(value)(each(change, entry) for entry in value)
    return change(value) if isinstance(value, float | np.ndarray | np.generic) else value


def single(value):
    """The same in float32; a run is made anew from its X, S_0 and weights."""
    if hasattr(value, "weights"):
        X, S_0, *weights = each(np.float32, [value.X[1:], value.S[0], *value.weights])
        return rnn.forward(X, S_0, rnn.Weights(*weights), value.g_1, value.g_2)
    return each(np.float32, list(value) if isinstance(value, tuple) else value)


@EVERY_EXERCISE
def test_the_right_answer_passes(check, right):
    assert check(right).ok


@EVERY_EXERCISE
def test_the_right_answer_in_float32_passes(check, right):
    def answer(*arguments):
        returned = right(*map(single, arguments))
        numbers = []
        each(numbers.append, returned)
        assert {number.dtype for number in numbers} == {np.dtype(np.float32)}
        return returned

    verdict = check(answer)
    assert verdict.ok, verdict.message


@EVERY_EXERCISE
@pytest.mark.parametrize("factor", [0.999, 1.001])
def test_an_answer_that_is_off_by_a_thousandth_does_not(check, right, factor):
    assert not check(lambda *arguments: each(lambda v: factor * v, right(*arguments))).ok


@EVERY_EXERCISE
@pytest.mark.parametrize("digits", [2, 3, 4])
def test_lost_digits_are_told_for_what_they_are(check, right, digits):
    if check is checks.bias:
        pytest.skip("its numbers are smaller than 1, by which deviations are measured")
    size = 10.0 ** -(digits + 0.1)
    verdict = check(lambda *given: each(lambda v: v * (1 + size), right(*given)))
    assert not verdict.ok and set(verdict.mistakes) <= {"few-digits"}
    told = " ".join(verdict.message.split())
    assert f"right to about {digits} digits" in told
    quotient = "small h?" if verdict.mistakes else "small number that is added"
    assert "Is there a round, a float16, or a " + quotient in told


@EVERY_EXERCISE
def test_complex_answers_are_told_in_words(check, right):
    for change in (lambda v: v + 1j, lambda v: v * np.exp(0.1j)):
        verdict = check(lambda *given, change=change: each(change, right(*given)))
        assert verdict.message.startswith("Not yet") and "complex" in verdict.message
        assert "stops with an error" not in verdict.message


def spoil(value):
    """Write over all arrays in it, whether they are locked or not."""
    if dataclasses.is_dataclass(value):
        value = [getattr(value, field.name) for field in dataclasses.fields(value)]
    if isinstance(value, tuple | list):
        for entry in value:
            spoil(entry)
    elif isinstance(value, np.ndarray) and value.size:
        try:
            value.flags.writeable = True
        except ValueError:  # locked for good
            return
        value[...] = 7


@EVERY_EXERCISE
def test_what_the_code_is_given_is_its_own_to_spoil(check, right):
    def spoiling(*arguments):
        returned = each(np.array, right(*arguments))
        for argument in arguments:
            spoil(argument)
        return returned

    verdict = check(spoiling)
    assert verdict.ok, verdict.message
    assert check(right).ok


KNOWN = [
    (checks.one_step, step, nb01_forward_pass.WRONG_STEPS),
    (checks.forward_pass, forward, nb01_forward_pass.WRONG_LOOPS),
    (checks.scaled, scaled, nb08_many_states.WRONG_SCALES),
    (checks.jacobian_product, jacobian, nb08_many_states.WRONG_JACOBIANS),
    (checks.clipping, clip, nb09_cliffs_and_clipping.WRONG_CLIPS),
    (checks.bias, bias, nb10_truncation.WRONG_BIASES),
    (checks.gru_step, gru_step, nb11_keeping_the_road_open.WRONG_STEPS),
]


LABELS = [f"[{name}]" for name in mistakes.KNOWN] + [
    " ".join(wrong[0].split()) for *_, known in KNOWN for wrong in known
]


@EVERY_EXERCISE
def test_a_right_answer_triggers_no_label(check, right):
    verdict = check(right)
    said = " ".join(verdict.message.split())
    assert verdict.mistakes == () and not any(label in said for label in LABELS)


@EVERY_EXERCISE
def test_no_verdict_or_hint_shows_a_number_of_the_right_answer(check, right):
    """Whatever is wrong: no number that the right function gives for the cases of the check."""
    numbers = []

    def answer(change, *given):
        returned = right(*given)
        each(lambda v: numbers.extend(np.ravel(v)), returned)
        return each(change, returned)

    random = np.random.RandomState(3)
    changes = [
        lambda v: -v,
        lambda v: v / 2,
        lambda v: np.round(v, 2),
        lambda v: np.clip(v, -0.3, 0.3),
        lambda v: 0 * v,
        lambda v: v + random.normal(size=np.shape(v)),
        lambda v: undefined,  # noqa: F821
        lambda v: "text",
    ]
    for change in changes:
        for hint in (False, True):
            message = check(lambda *given, f=change: answer(f, *given), hint=hint).message
            shown = re.findall(r"\d+\.\d{3,}", message)
            assert numbers and not any(
                f"{abs(number):.{len(text.partition('.')[2])}f}" == text
                for text in shown
                for number in numbers
            ), message


@pytest.mark.parametrize(
    ("check", "right", "known"), KNOWN, ids=[check.__name__ for check, *_ in KNOWN]
)
def test_random_answers_are_never_right_and_never_accused(check, right, known, capsys):
    random = np.random.RandomState(13)
    for size in 10 ** random.uniform(-3, 0, 60):
        off = random.choice([-1, 1]) * size
        for change in (
            lambda v, size=size: v + size * random.normal(size=np.shape(v)),
            lambda v, off=off: v * (1 + off),
            lambda v: random.normal(size=np.shape(v)),
        ):
            verdict = check(lambda *given, change=change: each(change, right(*given)))
            message = " ".join(verdict.message.split())
            assert message.startswith("Not yet") and not any(wrong[0] in message for wrong in known)
    capsys.readouterr()

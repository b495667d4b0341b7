"""Checks of the exercises of notebooks 01 to 05, and `diagnose`."""

from dataclasses import replace

from bptt_helpers import rnn
from bptt_course.checks import nb01_forward_pass as forward_answers
from bptt_course.checks import nb03_hidden_weight as typed_answers
from bptt_course.checks.engine.diagnosis import judge
from bptt_course.checks.engine.guard import NotAttempted, NotUsable, Student, numbers
from bptt_course.checks.engine.verdict import checked, report


def diagnose(candidate, weight="W_s", g_2="identity", hint=False):
    """What is wrong with `candidate(run, d, at)`, which should return dE_at/dW for a forward pass.

    `run` is an `rnn.Unrolled` (matrix networks are tried first, then scalar ones) and `d` is d_at;
    `weight` is "W_s", "W_x" or "W_y"; `g_2` is the output's activation in the networks that are
    tried. Prints the verdict and returns the `Verdict`. Raises ValueError for another `weight`.
    """
    if weight not in ("W_s", "W_x", "W_y"):
        raise ValueError(f'weight: expected "W_s", "W_x" or "W_y", got {weight!r}.')
    g_2 = rnn.activation(g_2, "g_2").name
    student = Student(candidate, numbers)
    return checked(None, student, lambda s: judge(s, weight, g_2), hint)


def one_step(step, hint=False):
    """Notebook 01: `step(W_x, W_s, X_t, S_before, g_1)` returns g_1(W_x X_t + W_s S_{t-1})."""
    student = Student(step, numbers)
    find, hints = forward_answers.one_step, forward_answers.STEP_HINTS
    return checked("one_step", student, find, hint, hints)


def forward_pass(my_forward, hint=False):
    """Notebook 01: `my_forward(X, S_0, W_x, W_s, W_y, g_1, g_2)` returns the lists S and Y."""
    student = Student(my_forward, forward_answers.states_and_outputs)
    return checked(
        "forward_pass", student, forward_answers.forward_pass, hint, forward_answers.LOOP_HINTS
    )


def output_weight(dE_dY, dY_dW_y, dE_dW_y, hint=False):
    """Notebook 02: the two factors of ∂E_3/∂W_y = ∂E_3/∂Y_3 · ∂Y_3/∂W_y, and their product."""
    typed = typed_answers.typed_numbers(dE_dY=dE_dY, dY_dW_y=dY_dW_y, dE_dW_y=dE_dW_y)
    finding = typed_answers.output_weight(typed)
    return report("output_weight", finding, hint, start=typed_answers.OUTPUT_HINTS["dE_dY"])


def hidden_weight_terms(term_1, term_2, term_3, dE_dW_s, hint=False):
    """Notebook 03: the terms ∂E_3/∂Y_3 · ∂Y_3/∂S_i · ∂⁺S_i/∂W_s for i = 1, 2, 3, and their sum."""
    typed = typed_answers.typed_numbers(
        term_1=term_1, term_2=term_2, term_3=term_3, dE_dW_s=dE_dW_s
    )
    finding = typed_answers.hidden_weight_terms(typed)
    return report("hidden_weight_terms", finding, hint, start=typed_answers.TERM_HINTS)


def hidden_weight(my_dE_dW_s, hint=False):
    """Notebook 03: `my_dE_dW_s(run, d, at)` returns ∂E_at/∂W_s for scalar networks."""
    return _gradient("hidden_weight", my_dE_dW_s, "W_s", hint)


def input_weight(my_dE_dW_x, hint=False):
    """Notebook 04: `my_dE_dW_x(run, d, at)` returns ∂E_at/∂W_x for scalar networks."""
    return _gradient("input_weight", my_dE_dW_x, "W_x", hint)


def _gradient(exercise, function, weight, hint):
    student = Student(function, numbers)
    return checked(
        exercise, student, lambda s: judge(s, weight, layouts=("scalar",)), hint, START_HINTS
    )


def wrong_line_03(first_wrong_line, hint=False):
    """Notebook 03: the number of the first wrong line of the derivation of ∂E_3/∂W_s."""
    return _wrong_line("03", first_wrong_line, typed_answers.LINES_03, hint)


def wrong_line_04(first_wrong_line, hint=False):
    """Notebook 04: the number of the first wrong line of the derivation of ∂E_3/∂W_x."""
    return _wrong_line("04", first_wrong_line, typed_answers.LINES_04, hint)


def wrong_line_05(first_wrong_line, hint=False):
    """Notebook 05: the number of the first wrong line of the derivation with matrices."""
    return _wrong_line("05", first_wrong_line, typed_answers.LINES_05, hint)


def _wrong_line(notebook, line, reasons, hint):
    hints = typed_answers.LINE_HINTS[notebook]
    finding = typed_answers.wrong_line(line, reasons, hints)
    return report(f"wrong_line_{notebook}", finding, hint, start=hints)


def backward_pass(my_backward, hint=False):
    """Notebook 05: `my_backward(run, d, at=None)` returns dE_dW_x, dE_dW_s, dE_dW_y (matrices).

    The three are judged in the order in which the sweep makes them, W_y first; an object with
    attributes of these names (`bptt.Gradients`) is as good as the three in order.
    """
    student = Student(my_backward)
    return checked("backward_pass", student, _backward_pass, hint, START_HINTS)


def _backward_pass(student):
    right, crash = [], None
    for weight in ("W_y", "W_s", "W_x"):
        student.read = lambda returned, weight=weight: _one_of_three(returned, weight)
        finding = judge(student, weight, layouts=("matrix",), sums=True)
        if finding.crashed:  # the cause may show in another of the three
            crash = crash or finding
        elif not finding.ok:
            so_far = (f"(Right so far: {', '.join(right)}.)",) if right else ()
            return replace(finding, lines=(*finding.lines, *so_far))
        else:
            right.append(f"dE_d{weight}")
    return crash or replace(finding, lines=(THREE_RIGHT,))


THREE_RIGHT = (
    "∂E/∂W_y, ∂E/∂W_s and ∂E/∂W_x agree with the true gradients on 12 random networks with "
    "n_x = 2, n_s = 3, n_y = 1, for g_1 = tanh and identity, for one error and for the sum of all"
)


def _one_of_three(returned, weight):
    """The gradient for `weight` of what a backward pass has returned."""
    if returned is None or returned is ...:
        raise NotAttempted
    if hasattr(returned, f"dE_d{weight}"):
        return numbers(getattr(returned, f"dE_d{weight}"))
    if not isinstance(returned, tuple | list) or len(returned) != 3:
        raise NotUsable("expected three arrays, as in `return dE_dW_x, dE_dW_s, dE_dW_y`")
    return numbers(returned[("W_x", "W_s", "W_y").index(weight)])


START_HINTS = (
    "Start where the error is: ∂E/∂Y at t = at, and from there to S_at.",
    "Go back one step at a time. At each step: the share of the weight, then the state before.",
    "Three lines in a loop from at down to 1: the gradient through g_1, the share of the weight "
    "added to the sum, the gradient of the state before.",
)

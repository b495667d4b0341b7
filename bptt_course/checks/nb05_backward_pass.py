"""The checks of notebook 05: one sweep for all three gradients, and a wrong line."""

from dataclasses import replace

from bptt_course.checks.engine.diagnosis import gradient_finding
from bptt_course.checks.engine.guard import NotAttempted, NotUsable, Student, attempted, numbers
from bptt_course.checks.engine.mistakes import LADDERS
from bptt_course.checks.engine.typed import wrong_line
from bptt_course.checks.engine.verdict import verdict_on_function
from bptt_course.checks.engine.wording import read

NAMES = "dE_dW_x", "dE_dW_s", "dE_dW_y"
THREE_RIGHT, RETURNED, LINES = read("nb05_backward_pass", "right", "returned", "05-B")


def backward_pass(my_backward, hint=False):
    """05-A: `my_backward(run, d, at=None)` returns dE_dW_x, dE_dW_s, dE_dW_y (matrices).

    One error comes before their sum, and of the three W_y comes first, as in the sweep; an object
    with attributes of these names (`bptt.Gradients`) is as good as the three in order.
    """
    return verdict_on_sweep("05-A", my_backward, hint)


def verdict_on_sweep(exercise, sweep, hint):
    """The verdict on a backward pass as `backward_pass` takes it, as the answer to an exercise."""
    return verdict_on_function(exercise, Student(sweep), _finding, hint, LADDERS["start"])


def _finding(student):
    student.read = lambda returned: _three(returned, student.arguments[0].weights)
    for kinds in (("tanh", "identity"), ("any at",), ("sum",), ("n_y = 2",)):
        right, crashes = [], []
        for weight in ("W_y", "W_s", "W_x"):
            student.pick = lambda three, name=f"dE_d{weight}": three[name]
            finding = gradient_finding(student, weight, layouts=("matrix",), kinds=kinds)
            if finding.crashed:  # the cause may show in one of the three only
                crashes.append(finding)
            elif isinstance(student.error, NotUsable):
                return replace(finding, hints=RETURNED.hints)
            elif not finding.attempted or finding.final:
                return finding
            elif not finding.ok:
                first = finding.lines[0].replace("Not yet", f"Not yet with ∂E/∂{weight}", 1)
                so_far = (f"(Right so far: {', '.join(right)}.)",) if right else ()
                return replace(finding, lines=(first, *finding.lines[1:], *so_far))
            else:
                right.append(f"dE_d{weight}")
        if crashes:
            return min(crashes, key=lambda f: ("sizes-mixed" in f.mistakes, not f.mistakes))
    return replace(finding, lines=(THREE_RIGHT.said,))


def _three(returned, weights):
    """By name, the gradients that a backward pass returns, or an error in place of one."""
    if all(hasattr(attempted(returned), name) for name in NAMES):
        returned = [getattr(returned, name) for name in NAMES]
    if not isinstance(returned, tuple | list) or len(returned) != 3:
        raise NotUsable("expected three arrays, as in `return dE_dW_x, dE_dW_s, dE_dW_y`")
    shapes, got = [W.shape for W in weights], [getattr(array, "shape", None) for array in returned]
    if got != shapes and sorted(map(str, got)) == sorted(map(str, shapes)):
        raise NotUsable("all three are there, in another order than `dE_dW_x, dE_dW_s, dE_dW_y`")
    named = {}
    for name, array in zip(NAMES, returned, strict=True):
        stub = NotAttempted(array) if array is ... else NotUsable(f"{name} is None")
        named[name] = stub if array is None or array is ... else numbers(array)
    return named


def wrong_line_05(first_wrong_line, repaired=None, hint=False):
    """05-B: the first wrong line of the derivation with matrices, and what it gives `repaired`.

    Asked for is the first entry of ∂E/∂S_{t-1}, without the share of its own output, for
    W_s = [[1, 2], [3, 4]] and ∂E/∂a_t = (1, 10).
    """
    return wrong_line("05-B", LINES, 3, (31, 21), first_wrong_line, repaired, hint)

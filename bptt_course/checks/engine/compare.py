"""A reader's function beside the right formula and known wrong ones, on the same arguments."""

import numpy as np

from bptt_course.checks.engine.finding import UNTOUCHED, Finding, in_words, not_yet
from bptt_course.checks.engine.guard import Student, numbers
from bptt_course.checks.engine.verdict import verdict_on_function

CLOSE = 1e-5  # float32 passes; a mistake, and be it tanh applied twice, is off by per cents


@np.errstate(all="ignore")
def close(answer, right):
    """Whether all numbers are right to `CLOSE` of the largest of them, or of 1.

    Of 1, because arguments are of that size, and what was rounded may cancel. Where `right` is nan
    it says nothing, and any answer will do; one number may come as an array of one.
    """
    if isinstance(right, tuple | list):
        return len(answer) == len(right) and all(map(close, answer, right))
    if np.all(np.isnan(right)):
        return True
    if np.shape(answer) != np.shape(right) and not np.size(answer) == np.size(right) == 1:
        return False
    return bool(np.all(np.abs(answer - right) <= CLOSE * np.abs(right).max(initial=1)))


def verdict_on_formula(
    exercise,
    function,
    cases,
    right,
    wrong,
    differs,
    hints,
    hint,
    read=numbers,
    read_hints=(),
    placed=False,
    more=lambda student: (),
):
    """The verdict on a reader's function for which there is a formula.

    `cases()` makes the arguments of all calls, anew each time, so that the reader's code may spoil
    those that it gets. The formulas take the same arguments: `right`, and those of `wrong`, tuples
    of (what is wrong, formula, hints, if any, that take the place of the first of `hints`).
    `differs(answer, right answer, *arguments)` tells of the first wrong answer, or is None if there
    is nothing in it yet; `placed` says that this goes before what is wrong. `read` makes numbers of
    what is returned, with `read_hints` if it cannot. A right function is told `more(student)` too.
    """

    def find(student):
        answers = student.run(cases())
        if student.error:
            return in_words(student, read_hints or hints)
        asked = list(zip(answers, cases(), strict=True))

        def fits(formula):
            return all(close(answer, formula(*case)) for answer, case in asked)

        if fits(right):
            said = f"the numbers of the formula in all {len(asked)} random cases"
            return Finding(True, lines=(said, *more(student)))
        where = next(
            differs(answer, right(*case), *case)
            for answer, case in asked
            if not close(answer, right(*case))
        )
        if where is None:
            return UNTOUCHED
        for what, formula, *own in wrong:
            if fits(formula):
                words = f"{where}: {what}" if placed else what
                return not_yet(words, (*own, *hints[len(own) :]))
        return not_yet(where, hints)

    return verdict_on_function(exercise, Student(function, read), find, hint, hints)

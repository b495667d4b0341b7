"""A reader's function beside the right formula and known wrong ones, on the same arguments."""

import numpy as np

from bptt_course.checks.engine.finding import UNTOUCHED, Finding, in_words, not_yet
from bptt_course.checks.engine.guard import Student, numbers
from bptt_course.checks.engine.verdict import verdict_on_function

CLOSE = 1e-5  # float32 passes; a mistake, and be it tanh applied twice, is off by per cents


@np.errstate(all="ignore")
def off(answer, right):
    """The largest deviation, measured by the largest of the right numbers, or by 1.

    By 1, because arguments are of that size, and what was rounded may cancel. Where `right` is nan
    it says nothing, and any answer will do; one number may come as an array of one.
    """
    if isinstance(right, tuple | list):
        same = len(answer) == len(right)
        return np.max([*map(off, answer, right)], initial=0) if same else np.inf
    if np.all(np.isnan(right)):
        return 0.0
    if np.shape(answer) != np.shape(right) and not np.size(answer) == np.size(right) == 1:
        return np.inf
    return np.max(np.abs(answer - right), initial=0) / np.abs(right).max(initial=1)


def close(answer, right):
    """Whether all numbers are right to `CLOSE`, in the sense of `off`."""
    return bool(off(answer, right) <= CLOSE)


LOST_DIGITS = (
    "Is there a round, a float16, or a small h?",
    "A difference quotient with one more point, (E(W + h) - E(W - h)) / 2h, has more digits.",
    "Keep all digits until you print. A formula needs no h at all.",
)


def digits(deviation):
    """To how many digits an answer that is `off` by this is right, if to two or more; else None."""
    return int(-np.log10(deviation)) if 0 < deviation < 1e-2 else None


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
        right_digits = digits(max(off(answer, right(*case)) for answer, case in asked))
        if right_digits:
            words = f"{where} (it is right to about {right_digits} digits)"
            return not_yet(words, (LOST_DIGITS[0], *hints[1:]))
        return not_yet(where, hints)

    return verdict_on_function(exercise, Student(function, read), find, hint, hints)

"""A reader's function beside the right formula and known wrong ones, on the same arguments."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bptt_course.checks.engine.finding import DIGITS, UNTOUCHED, Finding, in_words, not_yet
from bptt_course.checks.engine.guard import Student, numbers
from bptt_course.checks.engine.verdict import verdict_on_function

CLOSE = 1e-5  # float32 passes; a mistake, and be it tanh applied twice, is off by per cents


@np.errstate(all="ignore")
def off(answer, right):
    """The largest deviation, measured by the largest of the right numbers, or by 1.

    By 1, because arguments are of that size, and what was rounded may cancel. Where `right` is nan
    any number will do, and where all of it is nan any answer; one number may come as an array.
    """
    if isinstance(right, tuple | list):
        same = len(answer) == len(right)
        return np.max([*map(off, answer, right)], initial=0) if same else np.inf
    if np.all(np.isnan(right)):
        return 0.0
    if not _same_shape(answer, right):
        return np.inf
    says = ~np.isnan(right)
    by = np.max(np.abs(right), initial=1, where=says)
    return np.max(np.abs(answer - right), initial=0, where=says) / by


def _same_shape(answer, right):
    return np.shape(answer) == np.shape(right) or np.size(answer) == np.size(right) == 1


def close(answer, right):
    """Whether all numbers are right to `CLOSE`, in the sense of `off`."""
    return bool(off(answer, right) <= CLOSE)


def digits(deviation):
    """To how many digits an answer that is `off` by this is right, if to two or more; else None."""
    return int(-np.log10(deviation)) if 0 < deviation < 1e-2 else None


@dataclass(frozen=True)
class Formula:
    """A function that is asked for, and the formulas, right and wrong, that it is held to.

    `cases()` makes the arguments of all calls, anew each time, so that the reader's code may spoil
    those that it gets. The formulas take the same arguments: `right`, and those of `wrong`, tuples
    (what is wrong, formula, hints). `differs` is said of the first wrong answer, or says it, given
    (answer, right answer, *arguments), or None if there is nothing in it yet; `placed`: it goes
    before what is wrong. `shape` is said of another shape. `read` makes numbers of what is
    returned, with `read_hints` if it cannot.
    """

    cases: Callable
    right: Callable
    wrong: tuple
    differs: Callable | str
    hints: tuple
    shape: str = ""
    read: Callable = numbers
    read_hints: tuple = ()
    placed: bool = False

    def verdict(self, exercise, function, hint):
        """The verdict on a reader's function."""
        student = Student(function, self.read)
        return verdict_on_function(exercise, student, self.finding, hint, self.hints)

    def _where(self, answer, case):
        true = self.right(*case)
        if self.shape and not _same_shape(answer, true):
            return self.shape.format(true.shape, answer.shape)
        return self.differs(answer, true, *case) if callable(self.differs) else self.differs

    def finding(self, student):
        """What is found of a `guard.Student`."""
        answers = student.run(self.cases())
        if student.error:
            return in_words(student, self.read_hints or self.hints)
        asked = list(zip(answers, self.cases(), strict=True))
        deviations = [off(answer, self.right(*case)) for answer, case in asked]
        worst = np.max(deviations)
        if worst <= CLOSE:
            said = f"the numbers of the formula in all {len(asked)} random cases"
            return Finding(True, lines=(said,))
        first = next(n for n, deviation in enumerate(deviations) if not deviation <= CLOSE)
        answer, case = asked[first]
        where = self._where(answer, case)
        if where is None:
            return UNTOUCHED
        for what, formula, hints in self.wrong:
            if all(close(answer, formula(*case)) for answer, case in asked):
                shown = [(a, c) for a, c in asked if not close(self.right(*c), formula(*c))]
                it = (*shown, asked[first])[0]  # what else is wrong may come before it
                return not_yet(f"{self._where(*it)}: " * self.placed + what, hints)
        if right_digits := digits(worst):
            return not_yet(f"{where} (it is right to about {right_digits} digits)", DIGITS.hints)
        return not_yet(where, self.hints)

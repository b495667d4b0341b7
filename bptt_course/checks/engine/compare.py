"""A reader's function beside the right formula and known wrong ones, on the same arguments."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bptt_course.checks.engine.finding import DIGITS, UNTOUCHED, Finding, in_words, not_yet
from bptt_course.checks.engine.guard import Student, numbers
from bptt_course.checks.engine.mistakes import LIKE_THIS
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
    if np.shape(answer) != np.shape(right) and not np.size(answer) == np.size(right) == 1:
        return np.inf
    says = ~np.isnan(right)
    by = np.max(np.abs(right), initial=1, where=says)
    return np.max(np.abs(answer - right), initial=0, where=says) / by


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
    of (what is wrong, formula, hints, if any, that take the place of the first of `hints`).
    `differs(answer, right answer, *arguments)` tells of the first wrong answer, or is None if there
    is nothing in it yet; `placed` says that this goes before what is wrong. `read` makes numbers of
    what is returned, with `read_hints` if it cannot. A right function is told `more(student)` too.
    `pairs` are ((what is wrong, what else), formula): where no one mistake fits, all of them that
    do are offered.
    """

    cases: Callable
    right: Callable
    wrong: tuple
    differs: Callable
    hints: tuple
    read: Callable = numbers
    read_hints: tuple = ()
    placed: bool = False
    more: Callable = lambda student: ()
    pairs: tuple = ()

    def verdict(self, exercise, function, hint):
        """The verdict on a reader's function."""
        student = Student(function, self.read)
        return verdict_on_function(exercise, student, self.finding, hint, self.hints)

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
            return Finding(True, lines=(said, *self.more(student)))
        first = next(n for n, deviation in enumerate(deviations) if not deviation <= CLOSE)
        answer, case = asked[first]
        where = self.differs(answer, self.right(*case), *case)
        if where is None:
            return UNTOUCHED

        def fits(formula):
            return all(close(answer, formula(*case)) for answer, case in asked)

        for what, formula, *own in self.wrong:
            if fits(formula):
                shown = [(a, c) for a, c in asked if not close(self.right(*c), formula(*c))]
                answer, case = (*shown, asked[first])[0]  # what else is wrong may come before it
                where = f"{self.differs(answer, self.right(*case), *case)}: " * self.placed
                return not_yet(where + what, (*own, *self.hints[len(own) :]))
        together = [both for both, formula in self.pairs if fits(formula)]
        if together:
            one = "these two mistakes together"
            if len(together) > 1:
                one = "one of these pairs of mistakes"
            pairs = [f"- {what}; and {besides}" for what, besides in together]
            return Finding(False, lines=(f"Not yet. {LIKE_THIS} {one}:", *pairs), hints=self.hints)
        right_digits = digits(worst)
        if right_digits:
            words = f"{where} (it is right to about {right_digits} digits)"
            return not_yet(words, DIGITS.hints)
        return not_yet(where, self.hints)

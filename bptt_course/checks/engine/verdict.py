"""From what a check has found to what the reader sees: one short text, and the hint that is due."""

import textwrap
from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import takewhile

from bptt_course.checks.engine.finding import UNTOUCHED, not_yet
from bptt_course.checks.engine.guard import is_open
from bptt_course.checks.engine.slips import from_elsewhere, untouched

tried = defaultdict(list)  # for each exercise a `Finding` for each answer judged in this kernel


@dataclass(frozen=True)
class Verdict:
    """Right or not, the names of all mistakes that fit the evidence, and what has been printed."""

    ok: bool
    mistakes: tuple[str, ...]
    message: str

    def __bool__(self):
        """Whether the answer is right, so that a grader can `assert` a verdict."""
        return self.ok

    def _ipython_display_(self):
        """Show nothing: the check has printed the message already."""


def verdict_on_function(exercise, student, find, hint, start=()):
    """The verdict on a function: `find` makes a `Finding` of the `Student`."""
    if is_open(student.function):
        finding = UNTOUCHED
    elif not callable(student.function):
        got = f"something of type {type(student.function).__name__}"
        finding = not_yet(f"hand over the function itself, by its name; got {got}", ())
    else:
        finding = find(student)
        if finding == UNTOUCHED:
            finding = replace(finding, lines=untouched(student) or finding.lines)
        elif not finding.ok and not finding.mistakes:
            first, *more = finding.lines
            finding = replace(finding, lines=(first, *from_elsewhere(student), *more))
    return report(exercise, finding, hint, student.printed, start)


def report(exercise, finding, hint, printed="", start=()):
    """Note the attempt, print the message with the hint that is due, return the `Verdict`.

    Without an `exercise` nothing is noted; `start` holds the hints before the first attempt.
    """
    if exercise:
        tried[exercise] += [finding] * finding.attempted
    lines = list(finding.lines)
    if finding.ok:
        lines[0] = f"Right: {lines[0]}."
    elif finding.attempted and not lines[0].startswith(("Not yet", "Not right")):
        lines.insert(0, "Not yet.")
    hints = finding.hints or (start if hint and not finding.ok else ())
    if hints:
        since = takewhile(lambda its: not its.ok, reversed(tried.get(exercise, ())))
        alike = sum(its.hints == hints for its in since)
        counted = exercise and finding.hints
        level = 3 if hint else max(1, min(alike, 3))
        for n in (level,) if counted or not hint else (1, 2, 3):
            lines += [f"Hint {n} of 3: {words}" for words in hints[n - 1].split("\n")]
    if shown := [f"    {line[:80]}" for line in printed.splitlines()]:
        lines += ["Your code printed:", *shown[:5], *["    ..."] * (len(shown) > 5)]
    wrapped = textwrap.TextWrapper(96, subsequent_indent="  ", break_on_hyphens=False)
    message = "\n".join(map(wrapped.fill, lines))
    print(message)
    return Verdict(finding.ok, finding.mistakes, message)

"""From what a check has found to what the reader sees: one short text, and the hint that is due."""

import textwrap
from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import takewhile

from bptt_course.checks.engine.finding import UNTOUCHED, Finding
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
    function = student.function
    if function is None or function is ...:
        finding = UNTOUCHED
    elif not callable(function):
        got = type(function).__name__
        line = f"Not yet: hand over the function itself, by its name; got something of type {got}."
        finding = Finding(False, lines=(line,))
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
        level = 3 if hint else max(1, min(_failed_alike(exercise, hints), 3))
        counted = exercise and finding.hints
        for n in (level,) if counted or not hint else (1, 2, 3):
            lines += [f"Hint {n} of 3: {words}" for words in hints[n - 1].split("\n")]
    lines += _shortened(printed)
    message = "\n".join(_wrapped(line) for line in lines)
    print(message)
    return Verdict(finding.ok, finding.mistakes, message)


def _failed_alike(exercise, hints):
    """How often an answer has failed since the last right one in the way that has these hints."""
    since = takewhile(lambda finding: not finding.ok, reversed(tried.get(exercise, ())))
    return sum(finding.hints == hints for finding in since)


def _wrapped(line):
    return textwrap.fill(line, 96, subsequent_indent="  ", break_on_hyphens=False)


def _shortened(printed, most=5):
    """The beginning of what the reader's code has printed, indented; [] if there is nothing."""
    lines = printed.splitlines()
    if not lines:
        return []
    rest = ["    ..."] if len(lines) > most else []
    return ["Your code printed:", *("    " + line[:80] for line in lines[:most]), *rest]

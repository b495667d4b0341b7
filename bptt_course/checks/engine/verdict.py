"""From what a check has found to what the reader sees: one short text, and the hint that is due."""

import textwrap
from collections import Counter
from dataclasses import dataclass

from bptt_helpers import rnn
from bptt_course.checks.engine.diagnosis import NOT_ATTEMPTED, Finding
from bptt_course.checks.engine.guard import NotAttempted, NotUsable, numbers

FILL_IN = "Not attempted yet: fill in the ... first."
LIMIT = 100.0  # of a number that is typed, unless its exercise says otherwise: nothing overflows
failed = Counter()  # failing attempts at each exercise since the kernel started


@dataclass(frozen=True)
class Verdict:
    """Right or not, the names of all mistakes that fit the evidence, and what has been printed."""

    ok: bool
    mistakes: tuple[str, ...]
    message: str

    def _ipython_display_(self):
        """Show nothing: the check has printed the message already."""


def checked(exercise, student, find, hint, start=()):
    """The verdict on a function: `find` makes a `Finding` of the `Student`."""
    function = student.function
    if function is None or function is ...:
        finding = Finding(False, lines=(NOT_ATTEMPTED,), attempted=False)
    elif not callable(function):
        got = type(function).__name__
        line = f"Not yet: hand over the function itself, by its name; got something of type {got}."
        finding = Finding(False, lines=(line,))
    else:
        finding = find(student)
    return report(exercise, finding, hint, student.printed, start)


def report(exercise, finding, hint, printed="", start=()):
    """Count the attempt, print the message with the hint that is due, return the `Verdict`.

    Without an `exercise` nothing is counted; `start` holds the hints before the first attempt.
    """
    if finding.attempted and exercise:
        failed[exercise] = 0 if finding.ok else failed[exercise] + 1
    lines = list(finding.lines)
    if finding.ok:
        lines[0] = f"Right: {lines[0]}."
    hints = finding.hints or (start if hint and not finding.ok else ())
    if hints:
        level = 3 if hint else max(1, min(failed[exercise], 3))
        lines += [f"Hint {level} of 3: {words}" for words in hints[level - 1].split("\n")]
    lines += _shortened(printed)
    message = "\n".join(_wrapped(line) for line in lines)
    print(message)
    return Verdict(finding.ok, finding.mistakes, message)


def _wrapped(line):
    return textwrap.fill(line, 96, subsequent_indent="  ", break_on_hyphens=False)


def _shortened(printed, most=5):
    """The beginning of what the reader's code has printed, indented; [] if there is nothing."""
    lines = printed.splitlines()
    if not lines:
        return []
    rest = ["    ..."] if len(lines) > most else []
    return ["Your code printed:", *("    " + line[:80] for line in lines[:most]), *rest]


# ---- Numbers that are typed ---------------------------------------------------------------------


def judged(exercise, judge, hints, hint, limit=LIMIT, **typed):
    """The verdict of `judge` on the numbers that were typed (g_1 is a name), of −limit to limit.

    `judge` returns one sentence (the settings break a condition), or what was measured, whether it
    is as wanted, and what is wrong if it is not.
    """
    try:
        settings = [_typed(name, value, limit) for name, value in typed.items()]
    except NotAttempted:
        finding = Finding(False, lines=(FILL_IN,), attempted=False)
    except NotUsable as problem:
        finding = Finding(False, lines=(f"Not yet: {problem}.",), hints=hints)
    else:
        finding = _finding(judge(*settings), hints)
    return report(exercise, finding, hint, start=hints)


def _finding(judged, hints):
    if isinstance(judged, str):
        return Finding(False, lines=(f"Not yet: {judged}.",), hints=hints)
    said, is_right, wrong = judged
    if is_right:
        return Finding(True, lines=(said,))
    return Finding(False, lines=(f"Not yet: {said}; {wrong}.",), hints=hints)


def _typed(name, value, limit):
    """The number (or the name of an activation) that was typed for `name`."""
    if name == "g_1" and value is not ... and value is not None:
        try:
            return rnn.activation(value, "g_1")
        except ValueError as problem:
            raise NotUsable(str(problem).rstrip(".")) from None
    try:
        array = numbers(value)
    except NotUsable as problem:
        raise NotUsable(f"{name}: {problem}") from None
    if array.size != 1 or not abs(array).max() <= limit:
        expected = f"expected one number from −{limit:.0f} to {limit:.0f}"
        raise NotUsable(f"{name}: {expected}, got {str(value)[:40]}")
    return array.item()

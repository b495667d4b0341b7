"""What a check has found, before it is said; and the words for code that stops with an error."""

from dataclasses import dataclass, replace

from bptt_course.checks.engine import guard
from bptt_course.checks.engine.slips import bare, slip
from bptt_course.checks.engine.wording import read

SLOW, DIGITS, ERROR = read("code", "slow", "digits", "error")


@dataclass(frozen=True)
class Finding:
    """Right or not, the catalogue's names that fit the evidence, what to say, and three hints.

    `crashed` says that the reader's code raised, `final` that other networks could tell no more.
    """

    ok: bool
    mistakes: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    attempted: bool = True
    crashed: bool = False
    final: bool = False

    @property
    def is_settled(self):
        """Whether there is no need to ask about other networks."""
        return self.ok or bool(self.mistakes) or not self.attempted or self.final


NOT_ATTEMPTED = "Not attempted yet: fill in the ... and run that cell (Shift+Enter), then this one."
UNTOUCHED = Finding(False, lines=(NOT_ATTEMPTED,), attempted=False)


def not_yet(words, hints):
    """The `Finding` on a wrong answer of which no more is to be said than these words."""
    stop = "" if str(words).endswith("?") else "."
    return Finding(False, lines=(f"Not yet: {words}{stop}",), hints=hints)


def in_words(student, hints):
    """The `Finding` on a `guard.Student`'s error; `hints` are on what should have come back."""
    error, said = student.error, student.words
    stub = "ellipsis" in said.lower() and not isinstance(error, IndexError)  # which lists indices
    stub = stub or any("..." in bare(line) for _, line in guard.own_lines(error))
    if isinstance(error, guard.NotAttempted) or stub:
        return UNTOUCHED
    if isinstance(error, guard.NotUsable):
        return replace(not_yet(error, hints), final=True)
    if isinstance(error, guard.TimeIsUp):
        where = tuple("    " + line for line in guard.own_traceback(error, said)[:-1])
        hints = () if said in (guard.IMPORTS, guard.LONG) else SLOW.hints
        return Finding(False, lines=(f"Not yet: {said}.", *where), hints=hints, final=True)
    known = slip(error, said)
    hints = ERROR.hints if not known else hints if "shapes do not fit" in known else ()
    final = "read-only" in said  # numbers cannot be changed in place, so scalars would pass
    told = not_yet(known or "your code stops with an error", hints)
    lines = (*told.lines, *("    " + line for line in guard.own_traceback(error, said)))
    return replace(told, lines=lines, crashed=True, final=final)

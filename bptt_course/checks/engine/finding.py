"""What a check has found, before it is said; and the words for code that stops with an error."""

from dataclasses import dataclass

from bptt_course.checks.engine.guard import NotAttempted, NotUsable, TimeIsUp, own_traceback


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


NOT_ATTEMPTED = "Not attempted yet: fill in the ... first. (If you have: is there a return?)"
UNTOUCHED = Finding(False, lines=(NOT_ATTEMPTED,), attempted=False)


def not_yet(words, hints):
    """The `Finding` on a wrong answer of which no more is to be said than these words."""
    return Finding(False, lines=(f"Not yet: {words}.",), hints=hints)


def in_words(student, hints):
    """The `Finding` for a `guard.Student` whose last run ended with an error.

    `hints` belong to what it should have returned.
    """
    error, said = student.error, student.words
    if isinstance(error, NotAttempted) or "ellipsis" in said:
        return UNTOUCHED
    if isinstance(error, NotUsable):
        return not_yet(error, hints)
    if isinstance(error, TimeIsUp):
        return Finding(False, lines=(TOO_SLOW,), hints=SLOW_HINTS, final=True)
    lines = [
        "Not yet: your code stops with an error.",
        *("    " + x for x in own_traceback(error, said)),
    ]
    lines += [tip for kind, word, tip in TIPS if isinstance(error, kind) and word in said]
    final = "read-only" in said  # numbers cannot be changed in place, so scalars would pass
    return Finding(False, lines=tuple(lines), hints=ERROR_HINTS, crashed=True, final=final)


TOO_SLOW = (
    "Not yet: your code took longer than a second on networks of a few numbers and was stopped."
)
SLOW_HINTS = (
    "Is there a loop that never ends, or one that waits for something?",
    "For which variable does your loop stop, and does that variable change at each turn?",
    "Print the loop's variable at each turn: what was printed stands below. If there is no loop: "
    "restart the kernel, in case something else is still running in it.",
)


ERROR_HINTS = (
    "Run the function yourself on the worked example, and print the shapes just before that line.",
    "Try the line alone in a new cell, with small arrays in place of its variables.",
    "Take the function down to its first line and let it grow again, one line a time.",
)
TIPS = (  # kind of error, a word in it, what to say
    (RecursionError, "", "The function calls itself without end."),
    (
        ValueError,
        "read-only",
        "The arrays handed to your function are read-only, because others need them unchanged. "
        "Add to an array of your own: np.zeros_like(...), or a copy.",
    ),
    (
        IndexError,
        "",
        "Does an index go beyond the end? In a run X, a and Y have rows 1 to T in use, S rows 0 to "
        "T. But what holds T numbers in order, such as d_1..d_T or the inputs of a forward pass, "
        "has number t at index t - 1.",
    ),
    (ValueError, "shape", "Two shapes do not fit together: print them just before that line."),
)

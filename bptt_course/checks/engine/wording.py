"""The words of the checks, read from the Markdown files in `words/`, which teachers read as well.

## 01-A: one step               a section: its name, and a title for people
1. Two things meet in a step.   its hints, each more explicit than the one before
### weights-swapped             a part of it, with a name
W_x and W_s are swapped
1. The x of W_x says it.        hints of its own
"""

from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "words"


@dataclass
class Words:
    """What stands below one heading: a sentence, hints, and by their names the headings below."""

    said: str = ""
    hints: tuple[str, ...] = ()
    parts: dict = field(default_factory=dict)

    def beside(self, **values):
        """[(said, value, hints)] for the value, or each of a tuple, that is given for each part.

        Where a part has fewer hints than its section, the last ones are those of the section.
        Raises ValueError unless there is a value for every part.
        """
        _expect(self.parts, values)
        several = {name: v if isinstance(v, tuple) else (v,) for name, v in values.items()}
        parts = [(self.parts[name], value) for name in values for value in several[name]]
        return [(p.said, value, p.hints + self.hints[len(p.hints) :]) for p, value in parts]


def read(file, *names):
    """The `Words` of each section of words/<file>.md; ValueError if it has other `names`."""
    whole = section = words = Words()
    for line in (FOLDER / f"{file}.md").read_text(encoding="utf-8").splitlines():
        mark, _, rest = line.partition(" ")
        if mark in ("##", "###"):
            name, words = rest.partition(":")[0], Words()
            if mark == "##":
                above, section = whole, words
            else:
                above = section
            if above.parts.setdefault(name, words) is not words:
                raise ValueError(f"{file}.md: {name} stands there twice")
        elif mark in ("1.", "2.", "3."):
            words.hints += (rest,)
        else:
            words.said = f"{words.said} {line}".strip()
    _expect(whole.parts, names)
    return [whole.parts[name] for name in names]


def _expect(written, used):
    """Raise ValueError unless the names of headings and those in the code are the same."""
    if sorted(written) != sorted(used):
        apart = sorted({*written} ^ {*used}) or "one that is asked for twice"
        raise ValueError(f"names in the words and in the code differ by {apart}")

"""The words of the checks, read from the Markdown files in `words/`, which teachers read as well.

## 01-A: one step               a section: its name, and a title for people
1. Two things meet in a step.   its hints, each more explicit than the one before
### weights-swapped             a part of it, with a name
W_x and W_s are swapped
1. The x of W_x says it.        hints of its own
"""

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "words"


@dataclass
class Words:
    """What stands below one heading: a sentence, hints, and by their names the headings below."""

    said: str
    hints: tuple[str, ...]
    parts: dict

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
    whole = _words((FOLDER / f"{file}.md").read_text(encoding="utf-8"), "##")
    _expect(whole.parts, names)
    return [whole.parts[name] for name in names]


def _words(text, mark):
    """The `Words` of a text in which headings with this mark begin its parts."""
    own, *rest = re.split(rf"(?m)^{mark} (.*)$", text)
    names = [title.partition(":")[0] for title in rest[::2]]
    if len({*names}) < len(names):
        raise ValueError(f"one of these names stands there twice: {', '.join(names)}")
    parts = {name: _words(part, mark + "#") for name, part in zip(names, rest[1::2], strict=True)}
    said, *hints = re.split(r"(?m)^[123]\. ", own)
    return Words(" ".join(said.split()), tuple(map(str.strip, hints)), parts)


def _expect(written, used):
    """Raise ValueError unless the names of headings and those in the code are the same."""
    if sorted(written) != sorted(used):
        apart = sorted({*written} ^ {*used}) or "one that is asked for twice"
        raise ValueError(f"names in the words and in the code differ by {apart}")

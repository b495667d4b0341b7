"""The words of the checks, read from the Markdown files in `words/`, which teachers read as well.

## 01-A: one step               a section: its name, and a title for people
1. Two things meet in a step.   its hints, each more explicit than the one before
### weights-swapped             a part of it, with a name
W_x and W_s have changed places
1. The x of W_x says it.        hints of its own
"""

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "words"


@dataclass(frozen=True)
class Words:
    """What stands below one heading: a sentence, hints, and by their names the headings below."""

    said: str
    hints: tuple[str, ...]
    parts: dict

    def beside(self, **values):
        """[(said, value, *hints)] for the value, or each of a tuple, that is given for each part.

        Raises ValueError unless there is one for every part.
        """
        _expect(self.parts, values)
        several = {name: v if isinstance(v, tuple) else (v,) for name, v in values.items()}
        parts = [(self.parts[name], value) for name in values for value in several[name]]
        return [(part.said, value, *part.hints) for part, value in parts]


def read(file, *names):
    """The `Words` of each section of words/<file>.md; ValueError if it has other `names`."""
    sections = _below(2, (FOLDER / f"{file}.md").read_text(encoding="utf-8")).parts
    _expect(sections, names)
    return [sections[name] for name in names]


def _below(level, text):
    own, *rest = re.split(rf"(?m)^#{{{level}}} ([^:\n]+).*\n", text)
    said, *hints = (" ".join(words.split()) for words in re.split(r"(?m)^\d\. ", own))
    names, texts = rest[::2], rest[1::2]
    _expect(names, dict.fromkeys(names))
    parts = {name: _below(level + 1, its) for name, its in zip(names, texts, strict=True)}
    return Words(said, tuple(hints), parts)


def _expect(written, used):
    """Raise ValueError unless the names of headings and those in the code are the same."""
    if sorted(written) != sorted(used):
        apart = sorted({*written} ^ {*used}) or "one that stands there twice"
        raise ValueError(f"names in the words and in the code differ by {apart}")

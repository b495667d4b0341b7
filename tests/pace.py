"""The pace of a notebook: what a reader does before the exercises, and how long that takes.

    minutes = words / 130 + 0.75 · code cells + 1.5 · bets and panel tasks

A bet is a line that begins with `> **Bet`, a panel task an item of a numbered list. Sections
headed Exercise, Going deeper, Summary or Sources come on top. Of the folds, those are read that
are named Answer or What do you see; the others are not.

`python tests/pace.py` prints the table of all notebooks.
"""

import re
from typing import NamedTuple

import nbformat
from refresh_notebooks import NOTEBOOKS

HEADING = re.compile(r"(#+) ")
ON_TOP = re.compile(r"\b(Exercises?|Going deeper|Summary|Sources?)\b")
UNREAD = re.compile(
    r"<details>\s*<summary>(?!Answer|What do you see).*?</details>|\$\$.*?\$\$", re.DOTALL
)
FORMULA = re.compile(r"\$[^$]+\$")  # one word
BET = re.compile(r"^> \*\*Bet|^(?:> )?\d+\. ", re.MULTILINE)


class Pace(NamedTuple):
    """What is counted in a notebook, and the minutes that its head states."""

    words: int
    code_cells: int
    bets: int
    stated: int

    @property
    def minutes(self):
        return self.words / 130 + 0.75 * self.code_cells + 1.5 * self.bets


def pace(notebook):
    """Return the pace of a notebook."""
    cells = [(cell.cell_type, UNREAD.sub("", cell.source)) for cell in notebook.cells]
    stated = re.search(r"\*\*Time\.\*\*.*?(\d+) minutes", cells[0][1])
    lines, code_cells, on_top = [], 0, 0
    for kind, source in cells:
        if kind == "code":
            code_cells += not on_top
            continue
        for line in source.splitlines():
            heading = HEADING.match(line)
            if heading and (not on_top or len(heading[1]) <= on_top):
                on_top = len(heading[1]) if ON_TOP.search(line) else 0
            if not on_top:
                lines.append(line)
    prose = "\n".join(lines)
    words = [word for word in FORMULA.sub("x", prose).split() if re.search(r"\w", word)]
    return Pace(len(words), code_cells, len(BET.findall(prose)), int(stated[1]) if stated else 0)


def main():
    print(f"{'notebook':28} words  code cells  bets  minutes  stated")
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        p = pace(nbformat.read(path, as_version=4))
        print(
            f"{path.stem:28} {p.words:5} {p.code_cells:11} {p.bets:5} {p.minutes:8.0f} {p.stated:7}"
        )


if __name__ == "__main__":
    main()

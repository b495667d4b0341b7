"""Bring bets.csv up to date: every bet of the notebooks, for any voting tool.

The questions are read from the notebooks. Options and answers are written by hand, in bets.csv
itself, and stay with their question. Where a question is new or has changed they are missing.
"""

import csv
import json
import re
from pathlib import Path

TEACHING = Path(__file__).resolve().parent
NOTEBOOKS = TEACHING.parent / "notebooks"
FILE = TEACHING / "bets.csv"
COLUMNS = ("notebook", "section", "question", "options", "answer")
BETWEEN = " | "  # two options

ASKED = re.compile(r"^> \*\*Bet[ \d]*\.\*\* (.*)|^#+ (.*)", re.MULTILINE)
IN_PLAIN_TEXT = {
    r"\\begin\{pmatrix\} (.*?) \\\\ (.*?) \\end\{pmatrix\}": r"((\1), (\2))",
    r" & ": ", ",
    r"\\tfrac\{(\d+)\}\{(\d+)\}": r"\1/\2",
    r"\^\{\\,T\}": "^T",
    r"\\partial": "∂",
    r"\^\{\+\}": "⁺",
    r"\^\\top": "ᵀ",
    r"\\delta": "δ",
    r"\\sigma": "σ",
    r"\\eta": "η",
    r"\\rho": "ρ",
    r"\\tanh": "tanh",
    r"\\times": "×",
    r"\\,": " ",
    r"_\{(\w+)\}": r"_\1",
    r"(?<=[∂⁺]) ": "",
    r"-": "−",
    r" +": " ",
}
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def asked(path):
    """(section, question) of every bet of a notebook, in plain text."""
    section = ""
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "markdown":
            for question, heading in ASKED.findall("".join(cell["source"])):
                section = heading or section
                if question:
                    yield plain(section), plain(question)


def plain(markdown):
    """Markdown and its formulas as plain text: $\\partial E_3/\\partial W_s$ becomes ∂E_3/∂W_s."""
    text = re.sub(r"\$(.*?)\$", lambda formula: _plain_formula(formula[1]), markdown)
    return re.sub(r"[*`]+(\S.*?)[*`]+", r"\1", text)


def _plain_formula(formula):
    formula = re.sub(r"\^\{(-?\d+)\}", lambda power: power[1].translate(RAISED), formula)
    for command, sign in IN_PLAIN_TEXT.items():
        formula = re.sub(command, sign, formula)
    return formula


def read():
    """The rows of bets.csv, as dictionaries."""
    if not FILE.exists():
        return []
    with open(FILE, newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def from_notebooks(known=()):
    """All bets in the order of the series, each with the options and the answer of `known` rows."""
    by_hand = {(row["notebook"], row["question"]): row for row in known}
    rows = []
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        for section, question in asked(path):
            row = by_hand.get((path.stem, question), {"options": "", "answer": ""})
            found = path.stem, section, question, row["options"], row["answer"]
            rows.append(dict(zip(COLUMNS, found, strict=True)))
    return rows


def add_to(commands):
    """Add the command `bets` to those of the command line."""
    command = commands.add_parser("bets", help=__doc__.split(":")[0], description=__doc__)
    command.set_defaults(command=update)


def update(options):
    """Write bets.csv anew, say what is missing in it, and return the exit code."""
    known = read()
    rows = from_notebooks(known)
    with open(FILE, "w", newline="", encoding="utf-8-sig") as file:  # Excel wants the mark
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    print(f"{len(rows)} bets: {FILE}")
    now = {(row["notebook"], row["question"]) for row in rows}
    for row in known:
        if (row["notebook"], row["question"]) not in now:
            print(f"gone, {row['notebook']}: {row['question']} ({row['answer']})")
    missing = [row for row in rows if not row["answer"]]
    for row in missing:
        print(f"no answer yet, {row['notebook']}: {row['question']}")
    return 1 if missing else 0

"""Copies of the notebooks for students: without solutions, and with every bet still open.

They leave out the solutions of the exercises, and what a cell prints that settles a bet, until the
student runs it. All else is as it was: hints, answers behind their folds, links. The key is the
series itself, and stays with you. Nothing is ever written over.
"""

import json
import re
import sys
from pathlib import Path

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
SOLUTION = re.compile(
    r"\n*<details>\n<summary>Solution</summary>\n.*?\n</details>(?=\n|$)", re.DOTALL
)

INSTEAD = "\n\nYour teacher has the solution."


def add_to(commands):
    """Add the command `copies` to those of the command line."""
    command = commands.add_parser("copies", help=__doc__.split(":")[0], description=__doc__)
    command.set_defaults(command=write)
    command.add_argument("folder", type=Path, metavar="FOLDER", help="where to put them")


def write(options):
    """Write the copies into the folder, all or none, and return the exit code."""
    copies = {}
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        notebook = for_students(json.loads(path.read_text(encoding="utf-8")))
        text = json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True)
        copies[options.folder / path.name] = f"{text}\n"
    there = [path for path in copies if path.exists()]
    if there:
        return _stop(f"{there[0]} is there already, and nothing is written over: name a new folder")
    try:
        options.folder.mkdir(parents=True, exist_ok=True)
        for path, text in copies.items():
            with open(path, "x", encoding="utf-8", newline="\n") as file:
                file.write(text)
    except OSError as error:
        return _stop(f"The copies could not be written: {error}")
    print(f"{len(copies)} notebooks for students: {options.folder.resolve()}")
    return 0


def for_students(notebook):
    """The notebook without its solutions, and without the outputs that settle its bets."""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = SOLUTION.sub(INSTEAD, "".join(cell["source"])).splitlines(
                keepends=True
            )
        elif "hide-output" in cell["metadata"].get("tags", []):
            cell["outputs"], cell["execution_count"] = [], None
    return notebook


def _stop(words):
    print(words, file=sys.stderr)
    return 1

"""The notebooks as the site has them: for the book, for JupyterLite, and to take away."""

import base64
import copy
import hashlib
import json
import re
import struct
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "notebooks"
TABLE = re.compile(r"\| \[(.+?)\]\(notebooks/(\w+)\.ipynb\) \| (.+) \|")  # of the README

INSTALL = """\
try:  # where this course is installed already, nothing happens
    import bptt_course  # noqa: F401
except ModuleNotFoundError:
    %pip install --quiet {wheel}"""

# On a page no cell is run, and each exercise has buttons: words of the notebooks, those of a page.
ON_A_PAGE = {
    "Run the cells from the top with Shift+Enter (on a web page, press *Move it*).": (
        "At a panel press *Move it*."
    ),
    "Then run the next cell, and open the answer below it.": (
        "Then open the output of the next cell, and the answer below it."
    ),
    "Run the next two cells.": "Open the output of the next two cells.",
    "Run the function for three": "Here is the function for three",
    "Then run the table for": "Then see the table for",
    "Put your four bets into the next cell.": "Note your four bets.",
    "The stop button (■, above the notebook) ends a run at once and keeps what has been "
    "learned so far.": "",
    "a stub to fill in and a check that answers in words": (
        "a stub to fill in, with buttons: *Run* shows what it prints, and *Check* answers in words"
    ),
    "Run the check as often": "Press *Check* as often",
    "`hint=True` as the last argument": "*Hint*",
    "`hint=True`": "*Hint*",
    "Fill in the dots and run the cell.": "Fill in the dots and press *Check*.",
    "Fill in numbers or code for the dots, and run the cell:": (
        "Fill in numbers or code for the dots, and press *Check*:"
    ),
    "Fill in both numbers and run the cell:": "Fill in both numbers and press *Check*:",
    "The check is the one from exercise 05-A:": "The check is the one from exercise 05-A.",
    "Run the next cell to check your answer:": "",
    "Run this cell to check your answer:": "",
    "Run this cell to check your answers:": "",
    "Run this cell to check your prediction:": "",
    "Run this cell to check your setting:": "",
    "Run this cell to check your settings:": "",
}


def listed():
    """(title, name, what you learn) of each notebook, as the README lists them."""
    rows = TABLE.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    names = sorted(path.stem for path in FOLDER.glob("*.ipynb"))
    if [name for _, name, _ in rows] != names:
        raise SystemExit("The README's table and the folder notebooks/ name different notebooks.")
    return rows


def read(name):
    return json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))


def code(name):
    """The sources of a notebook's code cells, in order."""
    cells = [cell for cell in read(name)["cells"] if cell["cell_type"] == "code"]
    return ["".join(cell["source"]) for cell in cells]


def for_the_book(notebook):
    """Without what only moves in Jupyter; alternative texts stand where MyST-NB looks for them."""
    notebook = copy.deepcopy(notebook)
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            cell["source"] = on_a_page("".join(cell["source"]))
            continue
        cell["outputs"] = [output for output in cell["outputs"] if not _only_moves(output)]
        for output in cell["outputs"]:
            if "image/png" in output.get("data", {}):
                about = output["metadata"].setdefault("image/png", {})
                options = {"classes": "figure", "alt": "The figure that this cell draws."}
                if "alt" in about:
                    about["width"], about["height"] = _size(output["data"]["image/png"])
                    options = {"classes": "panel", "alt": about["alt"]}
                cell["metadata"]["mystnb"] = {"image": options}
    return notebook


def on_a_page(words):
    """What a page says where a notebook has these words."""
    for those, these in ON_A_PAGE.items():
        words = words.replace(those, these)
    return words


def hold_words():
    """Fail where no notebook has the words that a page replaces."""
    cells = [cell for _, name, _ in listed() for cell in read(name)["cells"]]
    text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    if lost := [words for words in ON_A_PAGE if words not in text]:
        raise SystemExit(f"In site/notebooks.py, of no notebook any more: {'; '.join(lost)}")


def _size(png):
    """Width and height in pixels, from the head of a PNG."""
    return struct.unpack(">2I", base64.b64decode(png)[16:24])


def _only_moves(output):
    data = output.get("data")
    return data == {} or "".join((data or {}).get("text/plain", "")).startswith("Progress bar:")


def edition(notebook):
    """A mark of this state of a notebook, which a reader's copy of it keeps."""
    return hashlib.sha256(json.dumps(notebook, sort_keys=True).encode()).hexdigest()[:12]


def for_lite(notebook):
    """With its edition, so that the book can tell when a reader's copy is of an earlier one."""
    about = {**notebook["metadata"], "bptt": {"edition": edition(notebook)}}
    return {**notebook, "metadata": about}


def to_take_away(notebook, wheel):
    """With a first cell that installs the course where it is missing, if the net has its wheel."""
    if not wheel:
        return notebook
    source = INSTALL.format(wheel=wheel).splitlines(keepends=True)
    cell = {"cell_type": "code", "execution_count": None, "id": "install", "metadata": {},
            "outputs": [], "source": source}  # fmt: skip
    return {**notebook, "cells": [*notebook["cells"][:1], cell, *notebook["cells"][1:]]}

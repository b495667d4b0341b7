"""The notebooks as the site has them: for the book, for JupyterLite, and to take away."""

import copy
import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "notebooks"
TABLE = re.compile(r"\| \[(.+?)\]\(notebooks/(\w+)\.ipynb\) \| (.+) \|")  # of the README

INSTALL = """\
try:  # where this course is installed already, nothing happens
    import bptt_course  # noqa: F401
except ModuleNotFoundError:
    %pip install --quiet {wheel}"""


def listed():
    """(title, name, what you learn) of each notebook, as the README lists them."""
    rows = TABLE.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    names = sorted(path.stem for path in FOLDER.glob("*.ipynb"))
    if [name for _, name, _ in rows] != names:
        raise SystemExit("The README's table and the folder notebooks/ name different notebooks.")
    return rows


def read(name):
    return json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))


def for_the_book(notebook):
    """Without what only moves in Jupyter; alternative texts stand where MyST-NB looks for them."""
    notebook = copy.deepcopy(notebook)
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        cell["outputs"] = [output for output in cell["outputs"] if not _only_moves(output)]
        for output in cell["outputs"]:
            if "image/png" in output.get("data", {}):
                said = output["metadata"].get("image/png", {}).get("alt")
                options = {"classes": "panel", "alt": said} if said else {"classes": "figure"}
                options.setdefault("alt", "The figure that this cell draws.")
                cell["metadata"]["mystnb"] = {"image": options}
    return notebook


def _only_moves(output):
    data = output.get("data")
    return data == {} or "".join((data or {}).get("text/plain", "")).startswith("Progress bar:")


def to_take_away(notebook, wheel):
    """With a first cell that installs the course where it is missing, if the net has its wheel."""
    if not wheel:
        return notebook
    source = INSTALL.format(wheel=wheel).splitlines(keepends=True)
    cell = {"cell_type": "code", "execution_count": None, "id": "install", "metadata": {},
            "outputs": [], "source": source}  # fmt: skip
    return {**notebook, "cells": [*notebook["cells"][:1], cell, *notebook["cells"][1:]]}

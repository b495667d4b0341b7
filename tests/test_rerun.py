"""A reader goes back and runs an earlier cell again: it prints what it printed before."""

import ast
import contextlib
import io
import warnings

import matplotlib.pyplot
import nbformat
import pytest
from refresh_notebooks import NOTEBOOKS

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))


def printed(source, names):
    """Run a cell; returns what it prints."""
    with contextlib.redirect_stdout(io.StringIO()) as out, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "FigureCanvasAgg is non-interactive")
        exec(compile(ast.parse(source), "cell", "exec"), names)
        matplotlib.pyplot.close("all")
    return out.getvalue()


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_cell_that_is_run_again_prints_the_same(path):
    matplotlib.use("agg")
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    names = {"__name__": "__main__"}
    at_first = {cell.id: printed(cell.source, names) for cell in cells}
    again = {cell.id: printed(cell.source, dict(names)) for cell in cells}
    assert again == at_first

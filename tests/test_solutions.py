"""Every hidden solution is held to the check of its exercise, and every stub is "not attempted".

A solution is a folded markdown cell with a code block; its check is the last code cell before it.
"""

import ast
import contextlib
import io
import re
import warnings

import matplotlib.pyplot
import nbformat
import pytest
from refresh_notebooks import NOTEBOOKS

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
SOLUTION = re.compile(r"<summary>Solution.*?</summary>\s*```python\n(.*?)```", re.DOTALL)
IS_A_CHECK = re.compile(r"^checks\.\w+\(", re.MULTILINE)


def run(source, names):
    """Run a cell; returns the value of its last line, if that is an expression."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "FigureCanvasAgg is non-interactive")
        exec(compile(tree, "cell", "exec"), names)
        value = eval(compile(ast.Expression(last.value), "cell", "eval"), names) if last else None
        matplotlib.pyplot.close("all")
        return value


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_solutions_pass_their_checks(path):
    matplotlib.use("agg")
    names, check, verdicts = {"__name__": "__main__"}, None, []
    for cell in nbformat.read(path, as_version=4).cells:
        solution = SOLUTION.search(cell.source)
        if cell.cell_type == "code":
            value = run(cell.source, names)
            check = cell.source if IS_A_CHECK.search(cell.source) else None
            stub = value if check else None
        elif solution:
            assert check, f"{cell.id}: no check stands before this solution"
            assert not stub.ok, f"{cell.id}: the stub passes the check"
            run(solution.group(1), names)
            verdicts.append((cell.id, run(check, names)))
    assert verdicts, "no solution found"
    wrong = [(cell, verdict.message) for cell, verdict in verdicts if not verdict.ok]
    assert not wrong

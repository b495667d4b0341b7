"""Re-execute notebooks and store them clean, so that a change of a file is a change of content.

`python3 start.py refresh [notebook ...]` runs this. It stands beside the tests because
test_notebooks_clean.py holds every notebook to the form that is made here.
"""

import subprocess
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"

# One and the same for everybody: no version of Python, no name of an environment.
METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
    },
}
CELL_METADATA = {"tags", "slideshow", "editable", "deletable"}
# The author writes the tag, which pages and slides go by; JupyterLab goes by the other.
HIDDEN = {"hide-output": "outputs_hidden", "hide-input": "source_hidden"}
# Of a folded output JupyterLab still shows the first line. So an output comes first that has none,
# and the answer stays out of sight; where there is nothing, strict nbval compares nothing.
VEIL = nbformat.v4.new_output("display_data")
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def refresh(path):
    """Execute one notebook in a fresh kernel, store it and format it; an error leaves the file."""
    notebook = read(path)
    execute(notebook, path.parent)
    path.write_text(dumps(clean(notebook)), encoding="utf-8", newline="\n")
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", str(path)], check=True)


def read(path):
    """Read a notebook, and give its cells ids where an older format had none."""
    return nbformat.v4.upgrade(nbformat.read(path, as_version=4))


def execute(notebook, folder):
    """Run all cells in order, as Restart Kernel and Run All does, with the folder as the place."""
    NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        coalesce_streams=True,
        extra_arguments=["--log-level=40"],
        resources={"metadata": {"path": str(folder)}},
    ).execute()


def clean(notebook):
    """Return a copy without what differs from machine to machine or from run to run."""
    fresh = nbformat.from_dict(notebook)
    fresh.metadata = nbformat.from_dict(METADATA)
    for cell in fresh.cells:
        cell.metadata = nbformat.from_dict(
            {key: value for key, value in cell.metadata.items() if key in CELL_METADATA}
        )
        hidden = {HIDDEN[tag]: True for tag in cell.metadata.get("tags", []) if tag in HIDDEN}
        if hidden:
            cell.metadata["jupyter"] = hidden
        if "outputs_hidden" in hidden and cell.outputs[:1] != [VEIL]:
            cell.outputs.insert(0, VEIL)
        for output in cell.get("outputs", []):
            clean_output(output)
    return fresh


def clean_output(output):
    """Drop widget views that have a stand-in, and the paths and line numbers of a traceback."""
    data = output.get("data", {})
    if len(data) > 1:
        data.pop(WIDGET_VIEW, None)
    if output.output_type == "error":
        output.traceback = [f"{output.ename}: {output.evalue}"]


def dumps(notebook):
    """Return a notebook as text, the way Jupyter stores it."""
    return nbformat.writes(notebook, version=nbformat.NO_CONVERT).rstrip("\n") + "\n"


def find(name):
    """Return the notebook of that path, or of that name in the folder notebooks/."""
    for path in (Path(name), NOTEBOOKS / name, NOTEBOOKS / f"{name}.ipynb"):
        if path.suffix == ".ipynb" and path.is_file():
            return path.resolve()
    raise SystemExit(f"There is no notebook '{name}', neither here nor in {NOTEBOOKS}.")


def main(names):
    """Refresh the named notebooks, all of notebooks/ where none is named; return the exit code."""
    paths = [find(name) for name in names] or sorted(NOTEBOOKS.glob("*.ipynb"))
    failed = 0
    for path in paths:
        print(f"{path.name} ... ", end="", flush=True)
        try:
            refresh(path)
            print("stored")
        except CellExecutionError as error:
            failed += 1
            print(f"failed, the file stays as it was\n{error}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`start.py refresh` stores what a fresh kernel says, clean; strict nbval sees what was changed."""

import subprocess
import sys

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from refresh_notebooks import WIDGET_VIEW, dumps, find, main, read

SLIDER = """\
import ipywidgets
import matplotlib.pyplot as plt

ipywidgets.FloatSlider(value=0.5)"""
PICTURE = "plt.plot([1, 2], [4, 3])\nplt.show()"


@pytest.fixture(scope="module")
def refreshed(tmp_path_factory):
    """The path of a small notebook after a refresh."""
    path = tmp_path_factory.mktemp("a folder") / "tiny.ipynb"
    sum_ = new_code_cell("print( 1+1 )\nprint('two')", id="sum", execution_count=7)
    sum_.metadata = {"execution": {"iopub.status.busy": "2026-11-22"}, "tags": ["sum"]}
    sum_.metadata["jupyter"] = {"source_hidden": True}
    notebook = new_notebook(
        cells=[
            new_markdown_cell("# Tiny", id="title"),
            sum_,
            new_code_cell(SLIDER, id="slider"),
            new_code_cell(PICTURE, id="picture", metadata={"tags": ["hide-output"]}),
            new_code_cell("1 / 0", id="error", metadata={"tags": ["raises-exception"]}),
        ],
        metadata={"widgets": {}, "kernelspec": {"name": "python3", "display_name": "mine"}},
    )
    path.write_text(dumps(notebook), encoding="utf-8")
    assert main([str(path)]) == 0
    return path


def cell(path, name):
    [found] = [cell for cell in read(path).cells if cell.id == name]
    return found


def test_counts_run_from_1_to_n(refreshed):
    assert [cell.get("execution_count") for cell in read(refreshed).cells] == [None, 1, 2, 3, 4]


def test_code_is_formatted_and_outputs_are_one_stream(refreshed):
    assert cell(refreshed, "sum").source == 'print(1 + 1)\nprint("two")'
    [output] = cell(refreshed, "sum").outputs
    assert output.text == "2\ntwo\n"


def test_a_widget_keeps_its_text_and_loses_its_view(refreshed):
    [output] = cell(refreshed, "slider").outputs
    assert WIDGET_VIEW not in output.data
    assert output.data["text/plain"] == "FloatSlider(value=0.5)"


def test_a_picture_is_stored(refreshed):
    [_, output] = cell(refreshed, "picture").outputs
    assert output.data["image/png"].startswith("iVBORw0KGgo")
    assert output.data["text/plain"].startswith("<Figure")


def test_an_announced_error_is_stored_without_paths(refreshed):
    [output] = cell(refreshed, "error").outputs
    assert output.traceback == ["ZeroDivisionError: division by zero"]


def test_metadata_is_the_same_everywhere(refreshed):
    metadata = read(refreshed).metadata
    assert metadata.kernelspec.display_name == "Python 3 (ipykernel)"
    assert "version" not in metadata.language_info
    assert "widgets" not in metadata
    assert cell(refreshed, "sum").metadata == {"tags": ["sum"]}


def test_a_tag_that_hides_an_output_hides_it_in_jupyterlab(refreshed):
    hidden = {"tags": ["hide-output"], "jupyter": {"outputs_hidden": True}}
    assert cell(refreshed, "picture").metadata == hidden
    assert "text/plain" not in cell(refreshed, "picture").outputs[0].data


def test_a_second_refresh_changes_nothing(refreshed):
    before = refreshed.read_bytes()
    assert main([str(refreshed)]) == 0
    assert refreshed.read_bytes() == before
    assert before.endswith(b"}\n")
    assert before.startswith(b'{\n "cells": [\n  {\n')


def test_an_error_leaves_the_file(refreshed, tmp_path, capsys):
    path = tmp_path / "broken.ipynb"
    text = refreshed.read_text(encoding="utf-8").replace("raises-exception", "calm")
    path.write_text(text, encoding="utf-8")
    assert main([str(path)]) == 1
    assert path.read_text(encoding="utf-8") == text
    assert "ZeroDivisionError" in capsys.readouterr().out


def test_a_notebook_is_found_by_its_name():
    assert find("01_forward_pass") == find("01_forward_pass.ipynb")
    with pytest.raises(SystemExit, match="10_nothing"):
        find("10_nothing")


def test_nbval_sees_a_changed_number(refreshed, tmp_path):
    text = refreshed.read_text(encoding="utf-8")
    assert text.count('"2\\n"') == 1
    (tmp_path / "changed.ipynb").write_text(text.replace('"2\\n"', '"3\\n"'), encoding="utf-8")
    nbval = ["-m", "pytest", "--nbval", "-q", "-p", "no:cacheprovider", "changed.ipynb"]
    done = subprocess.run([sys.executable, *nbval], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert "1 failed, 3 passed" in done.stdout

"""The students' copies: nothing is in them that should not be, and nothing else is lost."""

import copies
import nbformat
import pytest
from refresh_notebooks import NOTEBOOKS
from test_notebooks_clean import links
from test_solutions import SOLUTION

from bptt_course import __main__ as commands

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class") / "for students"
    assert commands.main(["copies", str(folder)]) == 0
    return folder


def both(path, folder):
    """The cells of a notebook and those of its copy, side by side."""
    notebook, copy = (nbformat.read(p, as_version=4) for p in (path, folder / path.name))
    assert {**notebook, "cells": []} == {**copy, "cells": []}
    return zip(notebook.cells, copy.cells, strict=True)


def settles_a_bet(cell):
    return "hide-output" in cell.metadata.get("tags", [])


def test_all_are_there(folder):
    assert sorted(path.name for path in folder.iterdir()) == [path.name for path in PATHS]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_solutions_are_out_and_hints_are_in(path, folder):
    solutions = 0
    for cell, copied in both(path, folder):
        found = SOLUTION.findall(cell.source)
        solutions += len(found)
        if not found:
            assert copied.source == cell.source
            continue
        before, after = cell.source.split("<details>\n<summary>Solution</summary>")
        assert copied.source == f"{before.rstrip()}\n\nYour teacher has the solution.\n\n</details>"
        assert "<summary>Stuck?</summary>" in copied.source and len(found) == 1
        assert copied.source.count("<details>") == copied.source.count("</details>") == 1
        assert after.endswith("</details>\n\n</details>")
    assert solutions == sum("Solution" in cell.source for cell, _ in both(path, folder)) > 0
    assert "Solution" not in (folder / path.name).read_text(encoding="utf-8")


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_bets_are_open_and_all_else_is_equal(path, folder):
    settled = 0
    for cell, copied in both(path, folder):
        if cell.cell_type == "code" and settles_a_bet(cell):
            assert (copied.outputs, copied.execution_count) == ([], None)
            assert cell.outputs and copied.metadata.jupyter.outputs_hidden
            settled += 1
            cell.outputs, cell.execution_count = [], None
        if not SOLUTION.search(cell.source):
            assert copied == cell
    assert settled >= 3


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_links_lead_from_copy_to_copy(path, folder):
    for target in links(nbformat.read(folder / path.name, as_version=4)):
        assert target.startswith("http") or (folder / target).exists(), target


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_copy_is_a_valid_notebook(path, folder):
    nbformat.validate(nbformat.read(folder / path.name, as_version=4))


def test_no_file_is_written_over(tmp_path, capsys):
    own = tmp_path / PATHS[3].name
    own.write_text("a student's work", encoding="utf-8")
    assert commands.main(["copies", str(tmp_path)]) == 1
    assert f"{own} is there already, and nothing is written over" in capsys.readouterr().err
    assert own.read_text(encoding="utf-8") == "a student's work"
    assert list(tmp_path.iterdir()) == [own]


def test_what_cannot_be_written_is_told(tmp_path, capsys):
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    assert commands.main(["copies", str(tmp_path / "file" / "here")]) == 1
    assert "The copies could not be written: " in capsys.readouterr().err


def test_the_series_is_left_as_it_is(folder):
    for path in PATHS:
        cells = nbformat.read(path, as_version=4).cells
        assert any(settles_a_bet(cell) and cell.outputs for cell in cells)
    assert copies.NOTEBOOKS.samefile(NOTEBOOKS)

"""The table of a folder of handed-in notebooks: what it reads, what it doubts, what it survives."""

import ast
import codecs
import contextlib
import csv
import io
import json
import os
import re
import subprocess
import sys
import unicodedata
from pathlib import Path

import nbformat
import pytest
import report
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from bptt_course import __main__ as commands
from bptt_course import checks
from bptt_course.checks.session import exercises

ROOT = Path(__file__).resolve().parent.parent
IMPORT = "from bptt_course import checks"
STUB = "def step(W_x, W_s, X_t, S_before, g_1):\n    S_t = ...\n    return S_t"
RIGHT = STUB.replace("...", "g_1(W_x * X_t + W_s * S_before)")
WRONG = STUB.replace("...", "W_x * X_t + W_s * S_before")
CHECK = "checks.one_step(step)"
FORGED = "print('Right: the numbers of the formula in all 12 random cases.')"


def notebook(*sources, ran=True):
    """A notebook of these code cells, with what they print stored if it has been run."""
    cells, names = [new_markdown_cell("# 01 · The forward pass")], {"__name__": "__main__"}
    for count, source in enumerate(sources, start=1):
        cells.append(new_code_cell(source))
        if ran:
            cells[-1].update(execution_count=count, outputs=outputs_of(source, names))
    return new_notebook(cells=cells)


def outputs_of(source, names):
    printed, error = io.StringIO(), []
    with contextlib.redirect_stdout(printed):
        try:
            exec(source, names)
        except BaseException as problem:
            name = type(problem).__name__
            error = [new_output("error", ename=name, evalue=str(problem), traceback=[])]
    text = printed.getvalue()
    return [new_output("stream", name="stdout", text=text)] * bool(text) + error


def hand_in(path, content):
    """Store a notebook, or any text, and make its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = content if isinstance(content, str) else nbformat.writes(content)
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "Blatt 1 für Dienstag"
    place.mkdir()
    return place


@pytest.fixture
def table(folder, capsys):
    """{student: {column: state}} as the command prints it, and as its CSV says."""

    def make(*options):
        capsys.readouterr()
        assert commands.main(["report", str(folder), *options]) == 0
        printed = capsys.readouterr().out
        written = Path(re.search(r"^The same table: (.*?\.csv)", printed, re.MULTILINE).group(1))
        with open(written, newline="", encoding="utf-8-sig") as file:
            rows = {row["student"]: row for row in csv.DictReader(file)}
        for row in rows.values():
            line = next(x for x in printed.splitlines() if x.startswith(row["student"]))
            assert line.split("  ", 1)[1].split() == " ".join([*row.values()][1:]).split()
        return rows

    return make


def said(*sources, ran=True):
    """The state of exercise 01-A in a notebook of these cells."""
    states, _ = report.read(json.loads(nbformat.writes(notebook(*sources, ran=ran))))
    return states.get("01-A", "-")


# ---- What is read --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "state"),
    [
        ([IMPORT, RIGHT, CHECK], "right"),
        ([IMPORT, WRONG, CHECK], "wrong"),
        ([IMPORT, STUB, CHECK], "open"),
        ([IMPORT, CHECK], "error"),
        ([IMPORT, RIGHT], "-"),
        ([IMPORT, RIGHT, "checks.one_step(step, hint=True)"], "right"),
        ([IMPORT, RIGHT, "verdict = checks.one_step(step)"], "right"),
        ([IMPORT, f"{RIGHT}\n\n{CHECK}  # both in one"], "right"),
        ([IMPORT, RIGHT, f"assert {CHECK}"], "right"),
        ([IMPORT, WRONG, f"assert {CHECK}.ok"], "wrong"),
        ([IMPORT, RIGHT, f"{CHECK}\nprint(step(1, 2, 3, 4, abs))"], "right"),
        ([IMPORT, RIGHT, f"{CHECK}\n{CHECK}"], "right"),
        ([IMPORT, RIGHT, CHECK, WRONG, CHECK], "right"),
    ],
)
def test_the_state_is_what_the_check_said(cells, state):
    assert said(*cells) == state


def test_an_answer_whose_mistake_has_a_name_is_wrong():
    no_slope = (
        "def no_slope(run, d, at):  # g_1' is left out\n"
        "    dE_dS = 2 * (run.Y[at] - d) * run.weights.W_y\n"
        "    W_s = run.weights.W_s\n"
        "    return sum(dE_dS * W_s ** (at - i) * run.S[i - 1] for i in range(1, at + 1))"
    )
    cells = [IMPORT, no_slope, "checks.hidden_weight(no_slope)"]
    done = notebook(*cells)
    assert "give the mistake away" in done.cells[3].outputs[0].text
    assert report.read(done)[0] == {"03-B": "wrong"}


def test_lines_for_ipython_are_no_hindrance():
    done = notebook(IMPORT, RIGHT, CHECK)
    done.cells[3].source = f"%matplotlib inline\n!ls\n{CHECK}"
    assert report.read(done)[0] == {"01-A": "right"}


def test_an_output_that_is_not_there_is_not_run():
    assert said(IMPORT, RIGHT, CHECK, ran=False) == "not run"


@pytest.mark.parametrize(
    ("cells", "state"),
    [
        ([IMPORT, WRONG, FORGED, CHECK], "wrong"),
        ([IMPORT, WRONG.replace("    S_t", f"    {FORGED}\n    S_t"), CHECK], "wrong"),
        ([IMPORT, WRONG, f"{FORGED}\n{CHECK}"], "?"),
        ([IMPORT, WRONG, f"{CHECK}\n{FORGED}"], "?"),
        ([IMPORT, WRONG, f"checks.one_step({FORGED} or step)"], "?"),
        ([IMPORT, WRONG, f"{FORGED}\n1 / 0\n{CHECK}"], "?"),
        ([IMPORT, WRONG, f"{FORGED}  # {CHECK}"], "-"),
        ([IMPORT, WRONG, f"if False:\n    {CHECK}\n{FORGED}"], "-"),
        ([IMPORT, RIGHT, f"{CHECK}\nchecks.forward_pass(...)"], "?"),
        (["class mine:\n    def one_step(*_): " + FORGED, "mine.one_step(...)"], "-"),
    ],
)
def test_a_print_that_imitates_a_verdict_is_none(cells, state):
    assert said(*cells) == state


def test_what_a_verdict_quotes_of_the_reader_cannot_pass_for_another():
    quoting = "W_s, lag = 'x\\n' + 'Right: well done.', 2"
    cells = [IMPORT, quoting, "checks.half_with_negative_weight(W_s, lag)"]
    states, _ = report.read(notebook(*cells))
    assert states == {"07-B": "wrong"}


def test_an_answer_that_was_run_again_after_its_check_is_doubted():
    stale = notebook(IMPORT, WRONG, CHECK, "W_s = 1")
    for answer_count, state in ((2, "wrong"), (9, "wrong?"), (None, "wrong?")):
        stale.cells[2].execution_count = answer_count
        assert report.read(stale)[0] == {"01-A": state}
    stale.cells[2].execution_count = 2
    stale.cells[1].execution_count = 9  # the imports: no answer is made there
    assert report.read(stale)[0] == {"01-A": "wrong"}
    stale.cells[3].execution_count = None  # an output, and no run that made it
    assert report.read(stale)[0] == {"01-A": "wrong?"}


def test_of_cells_that_use_a_name_again_only_the_last_above_a_check_counts():
    cells = [
        *(IMPORT, "W_s, lag = -0.9, 6", "checks.half_with_negative_weight(W_s, lag)"),
        *("W_s = 1.04", "checks.largest_at_25(W_s)"),
    ]
    done = notebook(*cells)
    done.cells[2].execution_count, done.cells[3].execution_count = 8, 9  # 07-B after 07-E
    assert set(report.read(done)[0].values()) <= {"right", "wrong"}


def test_every_stub_of_the_series_is_open():
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        states, error = report.read(json.loads(path.read_text(encoding="utf-8")))
        assert states and set(states.values()) == {"open"} and not error, path.name


def test_all_that_a_check_says_begins_with_one_of_the_openings():
    for name in exercises():
        check = getattr(checks, name)
        for junk in (..., "text", 1.0, lambda *_: 1.0, lambda *_: 1 / 0, print):
            needed = check.__code__.co_argcount + check.__code__.co_kwonlyargcount - 1
            with contextlib.suppress(TypeError):
                message = check(*[junk] * needed).message
                assert message.startswith(tuple(report.OPENINGS)), message


# ---- Who handed in what --------------------------------------------------------------------------


def test_sub_folders_and_flat_files_are_told_apart_by_name(folder, table):
    done, other = notebook(IMPORT, RIGHT, CHECK), notebook(IMPORT, "checks.wrong_line_03(...)")
    names = ["Zoë Müller", "Dvořák, A.", unicodedata.normalize("NFD", "Ödön")]
    hand_in(folder / names[0] / "01_forward_pass.ipynb", done)
    hand_in(folder / names[1] / "ps1" / "meine Lösung (Kopie).ipynb", done)  # renamed
    hand_in(folder / f"{names[2]}_01_forward_pass (1).ipynb", done)
    hand_in(folder / f"{names[2]}_03_hidden_weight.ipynb", other)
    hand_in(folder / "01_forward_pass_ann b.ipynb", done)
    hand_in(folder / "group_03_smith.ipynb", other)
    hand_in(folder / names[0] / ".ipynb_checkpoints" / "01-checkpoint.ipynb", "{")
    hand_in(folder / "__MACOSX" / "._x.ipynb", "{")
    hand_in(folder / "late" / "answer.py", "step = 1")
    rows = table()
    right = {name for name, row in rows.items() if row["01-A"] == "right"}
    assert right == {*names[:2], "Ödön", "ann b"}
    assert {name for name, row in rows.items() if row["03-C"] == "open"} == {
        "Ödön",
        "group_03_smith",
    }
    assert not any(rows[name]["note"] for name in right)
    assert set(rows) == right | {"group_03_smith", "late"}
    assert rows["late"]["note"] == "no notebook" and rows["late"]["01-A"] == "-"
    assert [*rows["late"]] == ["student", "01-A", "01-B", "03-A", "03-B", "03-C", "note"]


def test_a_notebook_without_a_students_name_is_the_folders(folder, table):
    hand_in(folder / "01_forward_pass.ipynb", notebook(IMPORT, RIGHT, CHECK))
    assert [*table()] == [folder.name]


def test_of_two_answers_the_better_one_counts(folder, table):
    hand_in(folder / "eva" / "b.ipynb", notebook(IMPORT, WRONG, CHECK))
    hand_in(folder / "eva" / "a.ipynb", notebook(IMPORT, RIGHT, CHECK))
    assert table()["eva"]["01-A"] == "right"


def test_what_is_broken_or_emptied_is_told_in_its_line_and_harms_no_other(folder, table):
    good = nbformat.writes(notebook(IMPORT, RIGHT, CHECK))
    texts = {
        "cut": good[:300],
        "list": "[1, 2]",
        "null": good.replace('"outputs": [', '"outputs": null, "x": [', 1),
        "deep": "[" * 100_000,
        "empty file": "",
        "emptied": nbformat.writes(new_notebook()),
        "prose": nbformat.writes(new_notebook(cells=[new_markdown_cell("checks.one_step(step)")])),
        "syntax": nbformat.writes(notebook(IMPORT, "checks.one_step(step", CHECK[:-1])),
        "good": good,
    }
    for name, text in texts.items():
        hand_in(folder / name / "01_forward_pass.ipynb", text)
    (folder / "latin").mkdir()
    (folder / "latin" / "x.ipynb").write_bytes("é".encode("latin-1"))
    rows = table()
    assert rows["good"]["01-A"] == "right" and rows["good"]["note"] == ""
    broken = {name for name, row in rows.items() if "broken" in row["note"]}
    assert broken == {"cut", "list", "null", "deep", "empty file", "latin"}
    without = {name for name, row in rows.items() if "no exercise in it" in row["note"]}
    assert without == {"emptied", "prose", "syntax"}
    assert {row["01-A"] for name, row in rows.items() if name != "good"} == {"-"}


def test_the_first_error_is_noted(folder, table):
    hand_in(folder / "max" / "a.ipynb", notebook(IMPORT, RIGHT, "1 / 0", CHECK, "nonsense"))
    row = table()["max"]
    assert row["01-A"] == "right" and row["note"] == "a.ipynb: ZeroDivisionError in [3]"


# ---- The table and its file ----------------------------------------------------------------------


def test_a_csv_is_never_written_over(folder, table, capsys):
    hand_in(folder / "eva" / "a.ipynb", notebook(IMPORT, RIGHT, CHECK))
    first = folder.with_name(f"{folder.name}-report.csv")
    first.write_text("marks by hand", encoding="utf-8")
    assert table()["eva"]["01-A"] == table()["eva"]["01-A"] == "right"
    assert first.read_text(encoding="utf-8") == "marks by hand"
    second = first.with_stem(f"{first.stem}-2")
    assert second.read_bytes().startswith(codecs.BOM_UTF8)  # or Excel shows wrong umlauts
    assert {p.name for p in folder.parent.glob("*.csv")} == {
        f"{folder.name}-report{n}.csv" for n in ("", "-2", "-3")
    }
    commands.main(["report", str(folder)])
    assert f"({first.name} stays as it was)" in capsys.readouterr().out
    nowhere = ["report", str(folder), "--csv", str(folder / "no" / "where.csv")]
    assert commands.main(nowhere) == 1
    out, err = capsys.readouterr()
    assert "eva" in out and "could not be written" in err


def test_names_steer_neither_a_terminal_nor_a_spreadsheet(folder, capsys):
    for name in ("=1+1", "@x", "\x1b[31mred"):
        hand_in(folder / name / "a.ipynb", notebook(IMPORT, RIGHT, CHECK))
    assert commands.main(["report", str(folder)]) == 0
    printed = capsys.readouterr().out
    assert "\x1b" not in printed and "?[31mred" in printed
    assert "\n'=1+1" in printed and "\n'@x" in printed


def test_a_folder_that_is_not_there_or_empty_is_told(folder, capsys):
    for place in (folder, folder / "nowhere"):
        assert commands.main(["report", str(place)]) == 1
        assert f"There is no notebook in {place}." in capsys.readouterr().err


def test_the_help_and_the_table_say_what_stored_outputs_cannot_tell(folder, capsys):
    hand_in(folder / "eva" / "a.ipynb", notebook(IMPORT, RIGHT, CHECK))
    commands.main(["report", str(folder)])
    with contextlib.suppress(SystemExit):
        commands.main(["report", "--help"])
    printed = capsys.readouterr().out
    assert printed.count("whether an output was typed in or copied") == 2
    assert "Code that replaces the checks themselves" in printed


def test_by_default_nothing_of_theirs_is_run(folder):
    marker = folder / "ran"
    theirs = f"open({str(marker)!r}, 'w')"
    hand_in(folder / "eva" / "a.ipynb", notebook(IMPORT, RIGHT, CHECK, theirs, ran=False))
    for name in ("csv", "argparse", "nbformat", "sitecustomize"):
        hand_in(folder / f"{name}.py", theirs)
    command = [sys.executable, "-m", "bptt_course", "report", "."]
    path = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=path, capture_output=True, text=True)
    assert "not run" in done.stdout and done.returncode == 0, done.stderr
    assert not marker.exists()


# ---- Running afresh ------------------------------------------------------------------------------


def test_before_other_peoples_code_is_run_there_is_a_warning_and_a_question(
    folder, capsys, monkeypatch
):
    hand_in(folder / "eva" / "a.ipynb", notebook(IMPORT, RIGHT, CHECK))
    monkeypatch.setattr(report, "run", lambda *_: pytest.fail("it was run"))
    for answer in ("", "n", "yes?"):
        monkeypatch.setattr("sys.stdin", io.StringIO(answer))
        assert commands.main(["report", str(folder), "--run"]) == 1
        err = capsys.readouterr().err
        assert "runs other people's code" in err and "Nothing was run." in err
    asked = []
    monkeypatch.setattr(report, "run", lambda *a: asked.append(a) or ({"01-A": "right"}, ""))
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert commands.main(["report", str(folder), "--run", "--seconds", "7"]) == 0
    assert asked == [(folder / "eva" / "a.ipynb", 7, 2000)]
    assert "Each notebook was run afresh." in capsys.readouterr().out


def test_each_notebook_is_run_in_a_process_of_its_own_with_limits(folder, table):
    stale = notebook(IMPORT, WRONG, CHECK)
    stale.cells[2].source = RIGHT  # changed after its check
    forged = notebook(IMPORT, WRONG, CHECK)
    forged.cells[3].outputs[0].text = "Right: the numbers of the formula in all 12 random cases.\n"
    started = f"9{os.getpid()}"  # seconds, a number that nobody else sleeps for
    endless = f"import subprocess\nsubprocess.Popen(['sleep', '{started}'])\nwhile True: pass"
    memory = "import numpy as np\nkept = [np.ones(10**7) for _ in range(100)]"
    harm = "open('here.txt', 'w').write('x')\nraise KeyboardInterrupt"
    for name, content in {
        "stale": stale,
        "forged": forged,
        "endless": notebook(IMPORT, RIGHT, CHECK, ran=False),
        "memory": notebook(IMPORT, RIGHT, memory, CHECK, ran=False),
        "dies": notebook(IMPORT, RIGHT, CHECK),
        "harm": notebook(IMPORT, harm, STUB, CHECK, ran=False),
        "broken": "{",
        "emptied": new_notebook(),
    }.items():
        if name == "endless":
            content.cells += [new_code_cell(endless), new_code_cell("checks.forward_pass(...)")]
        if name == "dies":  # with the verdict of an earlier run
            content.cells.insert(1, new_code_cell("import os\nos._exit(1)"))
        hand_in(folder / name / "Übung 1.ipynb", content)
    before = sorted(folder.rglob("*"))
    rows = table("--run", "--yes", "--seconds", "40", "--megabytes", "700")
    assert {name: row["01-A"] for name, row in rows.items()} == {
        **{"stale": "right", "forged": "wrong", "endless": "right", "memory": "right"},
        **{"dies": "not run", "harm": "open", "broken": "-", "emptied": "-"},
    }
    assert rows["endless"]["01-B"] == "not run"
    notes = {name: row["note"].partition(": ")[2] for name, row in rows.items()}
    assert notes["endless"] == "it did not end within 40 s"
    assert notes["memory"] == "MemoryError in [3]" or sys.platform != "linux"
    assert notes["dies"] == "its kernel died (of memory?)"
    assert notes["harm"] == "KeyboardInterrupt in [2]"
    assert notes["stale"] == notes["forged"] == ""
    assert "broken" in notes["broken"] and "no exercise" in notes["emptied"]
    assert sorted(folder.rglob("*")) == before
    if sys.platform == "linux":
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):  # it has just ended
                assert path.read_bytes() != f"sleep\0{started}\0".encode()


def test_jupyter_is_needed_only_where_notebooks_are_run():
    tree = ast.parse((ROOT / "teaching" / "report.py").read_text(encoding="utf-8"))
    top = {alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
    assert top.isdisjoint({"nbformat", "nbclient"})

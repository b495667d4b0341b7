"""One table of handed-in notebooks: a line for each student, a column for each exercise.

A student is a sub-folder (student/notebook.ipynb, as nbgrader collects them) or the beginning of a
file's name (student_notebook.ipynb). An exercise is known by its check, so that a notebook may have
any name. Of several answers of a student to an exercise the best counts.
"""

import argparse
import ast
import asyncio
import contextlib
import csv
import itertools
import json
import math
import multiprocessing
import os
import re
import sys
import tempfile
import time
import unicodedata
from pathlib import Path

from bptt_course.checks.session import exercises

ROOT = Path(__file__).resolve().parent.parent
SERIES = "|".join(path.stem for path in (ROOT / "notebooks").glob("*.ipynb")) or "$^"
NAME_OF_NOTEBOOK = re.compile(rf"[ _-]*({SERIES})( ?\(\d+\)|-\d+)?[ _-]*")

# How the message of a check begins, and what that says; and all states, the best first.
OPENINGS = {"Right: ": "right", "Not attempted yet": "open", "Not yet": "wrong"}
STATES = ("right", "right?", "wrong", "wrong?", "?", "error", "open?", "open", "not run", "-")

MEANING = """
right, wrong  what the check said
open          the stub is still there
error         an error came before the verdict
not run       the check has not run, or its output was cleared
-             what was handed in has no such exercise
?             look yourself: the answer was run again after its check, or beside the check's verdict
              there is another one, or an error
"""
READ = """
Nothing was run: this is what the stored outputs say. A notebook is a text file, so they cannot tell
whether an output was typed in or copied, nor whether an answer was changed after its check and not
run again. --run runs each notebook afresh.
"""
RUN = """
Each notebook was run afresh. Code that replaces the checks themselves can still fool them: where
marks depend on it, look into the notebook.
"""
WARNING = """
--run runs other people's code on this machine, with your rights: it can read and change your files
and use your network. Its time and memory are limited, and nothing else. Best run it in a container
or as a user with nothing to lose.
"""


def add_to(commands):
    """Add the command `report` to those of the command line."""
    command = commands.add_parser("report", help=__doc__.split(":")[0], description=__doc__)
    command.formatter_class = argparse.RawDescriptionHelpFormatter
    command.epilog = f"In the table:\n{MEANING}\nWithout --run:{READ}\nWith --run:{RUN}"
    command.set_defaults(command=report)
    add = command.add_argument
    add("folder", type=Path, metavar="FOLDER", help="where the notebooks are")
    add("--csv", type=Path, metavar="FILE", help="instead of FOLDER-report.csv, beside the folder")
    add("--run", action="store_true", dest="afresh", help="run each notebook afresh")
    add("--yes", action="store_true", help="do not ask before --run")
    limit = "limit for each notebook with --run (%(default)s)"
    add("--seconds", type=int, default=300, metavar="N", help=limit)
    add("--megabytes", type=int, default=2000, metavar="N", help=f"{limit}, on Linux")


def report(options):
    """Print the table of a folder, write it beside the folder, and return the exit code."""
    folder = options.folder.resolve()
    handed_in = find(folder) if folder.is_dir() else {}
    if not any(handed_in.values()):
        return _stop(f"There is no notebook in {folder}.")
    if options.afresh and not _agreed(options.yes):
        return _stop("Nothing was run.")
    lines = {}
    for student, paths in handed_in.items():
        found, notes = {}, [] if paths else ["no notebook"]
        for path in paths:
            states, note = look_into(path, options)
            found = {key: _best(found, states, key=key) for key in {**found, **states}}
            notes += [f"{path.name}: {note}"] * bool(note)
        lines[student] = found, "; ".join(notes)
    seen = {key[:2] for found, _ in lines.values() for key in found}
    keys = sorted({key for key in exercises().values() if key[:2] in seen})
    table = [["student", *keys, "note"]]
    for student, (found, note) in lines.items():
        table.append([_plain(student), *(found.get(key, "-") for key in keys), _plain(note)])
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for line in table:
        print("  ".join(map(str.ljust, line, widths)).rstrip())
    print(MEANING + (RUN if options.afresh else READ))
    return _write(table, options.csv or folder.with_name(f"{folder.name}-report.csv"))


def _stop(words):
    print(words, file=sys.stderr)
    return 1


def _agreed(yes):
    print(WARNING, file=sys.stderr)
    try:
        return yes or input("Run them all? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def find(folder):
    """{student: paths of notebooks}, with an empty list for a sub-folder that has none."""
    students = {}
    for path in sorted(folder.rglob("*")):
        first, *deeper = inside = path.relative_to(folder).parts
        if any(part.startswith((".", "__MACOSX")) for part in inside):
            continue
        if path.is_dir():
            students.setdefault(first, [])
        elif path.suffix == ".ipynb" and path.is_file():
            name = first if deeper else NAME_OF_NOTEBOOK.sub("", path.stem) or folder.name
            students.setdefault(name, []).append(path)
    return students


def _best(*found, key):
    return min((states.get(key, "-") for states in found), key=STATES.index)


def _plain(text):
    """Other people's text on one line, without what steers a terminal or a spreadsheet."""
    text = "".join(c if c.isprintable() else "?" for c in unicodedata.normalize("NFC", text[:200]))
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def _write(table, path):
    """Write the CSV under the first name that is free, so that none is written over."""
    more = (path.with_stem(f"{path.stem}-{number}") for number in itertools.count(2))
    free = next(name for name in itertools.chain([path], more) if not name.exists())
    try:
        with open(free, "x", newline="", encoding="utf-8-sig") as file:  # Excel wants the mark
            csv.writer(file).writerows(table)
    except OSError as error:
        return _stop(f"The table could not be written ({error}): name a place with --csv FILE.")
    print(f"The same table: {free}" + f" ({path.name} stays as it was)" * (free != path))
    return 0


# ---- What a notebook says ------------------------------------------------------------------------


def look_into(path, options):
    """({exercise: state}, a note, "" if there is nothing to say) of one notebook."""
    try:
        states, note = read(json.loads(path.read_text(encoding="utf-8-sig")))
        if states and options.afresh:
            print(f"running {_plain(str(path))}", file=sys.stderr)
            return run(path, options.seconds, options.megabytes)
        return states, note if states else "no exercise in it"
    except Exception as error:  # whatever a file holds, the others are to be read
        return {}, f"broken, it cannot be read as a notebook ({type(error).__name__})"


def read(notebook):
    """({exercise: state}, where the first error is) from the stored outputs of a notebook."""
    cells, found, errors = [], {}, []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            source, count = "".join(cell["source"]), cell["execution_count"] or math.inf
            for call in _checks_in(source):
                state = _said(cell["outputs"])
                if state in ("right", "wrong", "open") and _is_stale(call, count, cells):
                    state += "?"
                key = exercises()[call.func.attr]
                found[key] = _best(found, {key: state}, key=key)
            cells.append((source, count))
            names = [output["ename"] for output in cell["outputs"] if "ename" in output]
            errors += [f"{name} in [{cell['execution_count']}]" for name in names]
    return found, "".join(errors[:1])


def _checks_in(source):
    """The calls of checks of exercises, each a statement of its own or asserted."""
    try:
        tree = ast.parse(re.sub(r"^[%!].*", "", source, flags=re.MULTILINE))
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return []
    calls = []
    for statement in tree.body:
        call = getattr(statement, "test" if isinstance(statement, ast.Assert) else "value", None)
        call = call.value if isinstance(call, ast.Attribute) else call  # of `checks.x(...).ok`
        match call:
            case ast.Call(ast.Attribute(ast.Name("checks"), name)) if name in exercises():
                calls.append(call)
    return calls


def _said(outputs):
    """The state that the outputs of a check tell, "?" where they contradict each other."""
    text = "".join("".join(output["text"]) for output in outputs if output.get("name") == "stdout")
    openings = re.findall(f"^(?:{'|'.join(OPENINGS)})", text, re.MULTILINE)
    said = {OPENINGS[opening] for opening in openings}
    stopped = any("ename" in output for output in outputs)
    if len(said) > 1 or (stopped and "right" in said):
        return "?"
    return said.pop() if said else "error" if stopped else "?" if outputs else "not run"


def _is_stale(call, count, cells):
    """Whether a cell that made one of the names in a call was run after it."""
    for node in ast.walk(call):
        if isinstance(node, ast.Name):
            makes = rf"^(def {node.id}\b|[^=\n#(]*\b{node.id}\b[^=\n(]*=(?!=))"
            made = [when for source, when in cells if re.search(makes, source, re.MULTILINE)]
            if made and made[-1] > count:
                return True
    return count == math.inf


# ---- Running it afresh ---------------------------------------------------------------------------


def run(path, seconds, megabytes):
    """({exercise: state}, a note) of a fresh run, in a process of its own and an empty folder.

    What is not done within that time and memory has not run.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    with tempfile.TemporaryDirectory(prefix="bptt-", ignore_cleanup_errors=True) as place:
        process = context.Process(target=_run, args=(path, place, seconds, megabytes, sender))
        process.start()
        sender.close()
        try:
            # It keeps to the time itself, but for its start and its end.
            return receiver.recv() if receiver.poll(seconds + 60) else ({}, "it will not end")
        except EOFError:
            return {}, "stopped: too much memory or output"
        finally:
            process.kill()
            process.join()


def _run(path, place, seconds, megabytes, sender):
    silence = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(silence, stream)
    # One thread, for each reserves memory; the checks of this project, wherever the kernel starts.
    os.environ.update(IPYTHONDIR=place, OMP_NUM_THREADS="1", PYTHONPATH=str(ROOT))
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource  # not on Windows

        for kind, most in (("DATA", megabytes * 2**20), ("CPU", seconds + 10), ("CORE", 0)):
            resource.setrlimit(getattr(resource, f"RLIMIT_{kind}"), (most, most))

    import nbclient
    import nbformat

    notebook, note, start = nbformat.read(path, as_version=4), "", time.monotonic()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    options = {"kernel_name": "python3", "allow_errors": True, "shutdown_kernel": "immediate"}
    client = nbclient.NotebookClient(notebook, resources={"metadata": {"path": place}}, **options)
    try:
        asyncio.run(asyncio.wait_for(client.async_execute(), seconds))
    except Exception:  # nbclient tells its own end as the kernel's
        late = time.monotonic() - start >= seconds
        note = f"it did not end within {seconds} s" if late else "its kernel died (of memory?)"
    states, error = read(notebook)
    sender.send((states, note or error))

"""What a page of the book asks of Python: a panel that moves, a reader's code, a check of it.

Each answer is plain data, as JSON. A cell's text is run after what it needs from the cells above.
"""

import ast
import contextlib
import gc
import importlib
import io
import json
import linecache
import pickle
import random
import re
import symtable
import sys
import time
import types
from functools import cache
from pathlib import Path


def wake(tell=lambda share: None):
    """Import what every panel needs; `tell` hears how much of it is there."""
    # what a memory that many pages start from has in common with them, and what not
    random.seed()
    importlib.invalidate_caches()
    if "IPython" not in sys.modules:
        stand_in_for_ipython()
    steps = "numpy matplotlib.artist matplotlib.figure bptt_course.panels".split()
    for k, name in enumerate(steps):
        tell(k / len(steps))
        module = importlib.import_module(name)
        if name == "matplotlib.artist":  # a table in each docstring, which takes half a second
            module.kwdoc = lambda artist: ""
    take_letters()
    gc.freeze()  # what is there now stays: no need to look through it for what can go


def take_letters():
    """What was set when the site was built (letters.py) is not set anew."""
    from bptt_course.figures import svg

    kept = pickle.loads(Path(__file__).with_name("bptt_letters").read_bytes())
    anew = svg.lettered
    svg.lettered = lambda *asked: kept.get(asked) or anew(*asked)


def stand_in_for_ipython():
    """The little that ipywidgets and matplotlib ask of IPython, which takes seconds to load."""
    parts = {
        "IPython": {"get_ipython": lambda: None, "version_info": (9, 0)},
        "IPython.display": dict.fromkeys(("display", "clear_output"), lambda *_, **__: None),
        "IPython.core": {},
        "IPython.core.interactiveshell": {"InteractiveShell": object},
    }
    for name, contents in parts.items():
        sys.modules[name] = types.ModuleType(name)
        vars(sys.modules[name]).update(contents)


# ---- Cells --------------------------------------------------------------------------------------


def needed(above, source):
    """The statements of the cells `above` that set what `source` uses, and what these use."""
    statements = [statement for cell in above for statement in _parsed(cell)]
    inside = {s.name: _used(s) for s in statements if isinstance(s, DEFINITIONS)}

    def reached(names):
        """With the names that the functions among them use, when they are called."""
        more = names.union(*(inside[name] for name in names if name in inside))
        return names if more == names else reached(more)

    wanted, kept = reached(_used(ast.parse(source))), []
    for statement in reversed(statements):
        names = _bound(statement)
        if names & wanted:
            kept.append(statement)
            wanted = wanted - names if isinstance(statement, WHOLE) else wanted
            wanted |= set() if isinstance(statement, DEFINITIONS) else reached(_used(statement))
    return kept[::-1]


DEFINITIONS = ast.FunctionDef | ast.ClassDef
WHOLE = DEFINITIONS | ast.Import | ast.ImportFrom | ast.Assign  # they set a name anew


@cache
def _parsed(cell):
    try:
        statements = ast.parse(cell).body
    except SyntaxError:  # an exercise that is half written, or a line for the notebook alone
        return []
    return [single for statement in statements for single in _singles(statement)]


def _singles(statement):
    """An import of many names as many imports, of which a panel may need one."""
    if not isinstance(statement, ast.ImportFrom):
        return [statement]
    imports = [ast.ImportFrom(statement.module, [n], statement.level) for n in statement.names]
    return [ast.copy_location(single, statement) for single in imports]


@cache
def _used(tree):
    """The names that it reads, but for those that are its functions' own."""
    table = symtable.symtable(ast.unparse(tree), "cell", "exec")
    used = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_referenced()}
    tables = table.get_children()
    while tables:
        table = tables.pop()
        tables += table.get_children()
        used |= {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global()}
    return used


@cache
def _bound(statement):
    """The names that a statement sets, in whole or in part (`S[1] = 4`)."""
    table = symtable.symtable(ast.unparse(statement), "cell", "exec")
    bound = {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}
    parts = [
        part for part in ast.walk(statement) if isinstance(part, ast.Subscript | ast.Attribute)
    ]
    return bound.union(*(_used(part.value) for part in parts if isinstance(part.ctx, ast.Store)))


def executed(source, space, name="your code"):
    """Run a cell in `space`. Returns the value of its last line, None where that has no value."""
    linecache.cache[name] = len(source), None, source.splitlines(keepends=True), name
    body = ast.parse(source, name).body
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    exec(compile(ast.Module(body, []), name, "exec"), space)
    return last and eval(compile(ast.Expression(last.value), name, "eval"), space)


def space_after(above, source):
    """The names that `source` needs from the cells above; what these print is not shown."""
    space = {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(ast.Module(needed(above, source), []), "cells above", "exec"), space)
    return space


# ---- Panels -------------------------------------------------------------------------------------

_panels = {}
_still = {}  # of each, the layer that the page has


def make(key, above, source, width, values=None):
    """The panel that a cell shows, laid out for `width` pixels, its controls at `values`."""
    from bptt_course.panels.panel import laid_out

    with laid_out(width, at_once=False):
        panel = _panels[key] = executed(source, space_after(above, source))
    if values:
        panel.set(**values)
    return told(key)


def move(key, name, value):
    """Move a control as a hand does; it may snap."""
    _panels[key].move(name, value)
    return moved(key)


def put(key, **values):
    """Set controls to what was typed or played."""
    _panels[key].set(**values)
    return moved(key)


def reset(key):
    """Every control back to where it stood at first."""
    _panels[key].reset()
    return moved(key)


def lay_out(key, width):
    """Lay the panel out anew."""
    _panels[key].lay_out(width)
    return told(key)


def tidy():
    """Let go of what moves have left, while nobody waits for it."""
    gc.enable()
    gc.collect()
    return {}


def rehearse(key, name, value):
    """Set the letters and numbers of another value ahead; the panel stays as it is."""
    panel = _panels[key]
    before = {control["name"]: control["value"] for control in panel.spec()["controls"]}
    panel.move(name, value).set(**before)
    return {}


def told(key):
    """The panel's spec, its sentence, and both layers of its picture."""
    panel = _panels[key]
    found = panel.spec() | {"said": panel.sentence.value}
    _still[key], moving = panel.layers
    return found | {"still": _still[key], "moving": moving}


def moved(key):
    """The same; the layer that stands still only where it has changed since it was told."""
    gc.disable()  # until `tidy`
    before, found = _still[key], told(key)
    if found["still"] == before:
        del found["still"]
    return found


# ---- Exercises ----------------------------------------------------------------------------------


LIMIT = 1.9  # seconds from the question on until the page gives up code that `guard` cannot end
OWN = 0.25  # of these, in which `guard` ends it first, and Python lives on
ABOVE = 20  # seconds for the cells above, of which other exercises may be some
UNTOUCHED = "Not attempted yet: fill in the ..., then press Check."


def pace():
    """How many times slower than a laptop at rest this machine is now, at least 1."""
    begin = time.perf_counter()
    for _ in range(500_000):
        pass
    return max(1.0, (time.perf_counter() - begin) / 0.03)


def run(above, source, begun=lambda limit: None):
    """Run a reader's code: {"said": what it printed and how it ended, "ok": whether it ran}."""
    return _run(above, source, "", begun)[0]


def check(above, source, call, begun=lambda limit: None):
    """Run a reader's code and then the cell that checks it: {"said": the verdict, "ok": right}.

    A check calls the reader's code many times, and has the longer the slower the machine is now.
    """
    from bptt_course.checks.engine.finding import NOT_ATTEMPTED

    asked = time.perf_counter()
    ran, space = _run(above, source, call, begun)
    if not ran["ok"]:
        return ran
    spent = min(OWN, time.perf_counter() - asked)  # code that is slow in earnest is so in the check
    begun(LIMIT * pace() - spent)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        verdict = executed(call, space, "the check")
    said = printed.getvalue().rstrip().replace(NOT_ATTEMPTED, UNTOUCHED)
    said = re.sub(r"(?<=.{76})\n  (?=\S)", " ", said)  # a page breaks long lines by itself
    return {"said": said, "ok": bool(getattr(verdict, "ok", False))}


def _run(above, source, call, begun):
    from bptt_course.checks.engine import guard

    asked = time.perf_counter()
    begun(ABOVE)
    try:
        space = space_after(above, f"{source}\n{call}")
    except SyntaxError as error:
        line = f"line {error.lineno}: {(error.text or '').strip()}"
        return {"said": f"{line}\nSyntaxError: {error.msg}", "ok": False}, None
    left = max(LIMIT / 2, LIMIT - (time.perf_counter() - asked))
    student = guard.Student(lambda: _shown(executed(source, space)), seconds=left - OWN)
    begun(left)
    results = student.run([()])
    said = [student.printed.rstrip("\n"), *results]
    if student.error:
        said += guard.own_traceback(student.error, student.words)
    return {"said": "\n".join(filter(None, said)), "ok": student.error is None}, space


def _shown(value):
    """A value as a cell shows it: nothing for None, and for what shows itself in its own way."""
    return "" if value is None or hasattr(value, "_ipython_display_") else repr(value)[:5000]


ANSWERS = make, move, put, reset, lay_out, tidy, rehearse, run, check
ASKED = {function.__name__: function for function in ANSWERS}


def answer(asked, given, **more):
    """What one of the functions above returns; it and `given`, the arguments, are JSON."""
    return json.dumps(ASKED[asked](**json.loads(given), **more))

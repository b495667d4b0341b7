"""The Python half of the live book: a cell is run after what it needs from above, and no more."""

import gc
import importlib.util
import json
import re
from xml.etree import ElementTree

import nbformat
import pytest
from drawings import markup_of, texts
from refresh_notebooks import NOTEBOOKS
from test_solutions import PATHS, SOLUTION

from bptt_course.figures.stage import SHARE, Words
from bptt_course.panels.panel import Panel

FILE = NOTEBOOKS.parent / "site" / "live" / "bptt_page.py"
SPEC = importlib.util.spec_from_file_location("bptt_page", FILE)
page = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(page)
each_notebook = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def code(path):
    cells = nbformat.read(path, as_version=4).cells
    return [cell.source for cell in cells if cell.cell_type == "code"]


def exercises(path):
    """(the cells above, stub, check, solution) of each exercise of a notebook."""
    above, found = [], []
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            above.append(cell.source)
        elif solution := SOLUTION.search(cell.source):
            found.append((above[:-2], *above[-2:], solution.group(1)))
    return found


@each_notebook
def test_every_exercise_is_checked_with_what_it_needs(path):
    found = exercises(path)
    assert found
    for above, stub, check, solution in found:
        assert "..." in stub and check.startswith("checks.")
        untouched = page.check(above, stub, check)
        assert not untouched["ok"]
        assert untouched["said"].startswith("Not attempted yet") and "cell" not in untouched["said"]
        hinted = page.check(above, stub, check.removesuffix(")") + ", hint=True)")
        assert not hinted["ok"] and "Hint 3 of 3: " in hinted["said"]
        assert not re.search(r".{76}\n  \S", hinted["said"])
        verdict = page.check(above, solution, check)
        assert verdict["ok"], verdict["said"]
        assert verdict["said"]


@each_notebook
def test_every_panel_is_made_moved_and_told(path):
    sources = code(path)
    for k, source in enumerate(sources):
        if not source.startswith("panels."):
            continue
        page.make("phone", sources[:k], source, 328)
        assert cut(page._panels.pop("phone")) == []
        told = page.make(str(k), sources[:k], source, 700)
        assert "role" in told["said"]
        for layer in ("still", "moving"):
            assert (
                ElementTree.fromstring(markup_of(told[layer]))
                .get("viewBox")
                .startswith("0 0 7000 ")
            )
        for control in [c for c in told["controls"] if c["name"] == told["main"]]:
            goal = control["high"] if control["value"] != control["high"] else control["low"]
            assert page.rehearse(str(k), control["name"], goal) == {}
            ahead = page.told(str(k))
            assert ahead | {"moving": ""} == told | {"moving": ""}
            for value in (goal, control["value"]):
                page.put(str(k), **{control["name"]: value})
            assert page.told(str(k)) == ahead, "as after a move there and back"
            moved = page.put(str(k), **{control["name"]: goal})
            assert ahead | moved == page.told(str(k)), "what is not told is as it was"
            assert moved["moving"] != told["moving"]
            assert not gc.isenabled() and page.tidy() == {}
            assert gc.isenabled(), "it is off only while a hand moves"
            values = {control["name"]: control["value"] for control in moved["controls"]}
            assert values[control["name"]] == goal
            again = page.make(str(k), sources[:k], source, 700, values)
            assert again["said"] == moved["said"]
        page._panels.pop(str(k)).close()


def test_a_layer_that_stands_still_is_told_once():
    """Also where another panel, or nobody, has moved in between; laid out anew, it is told anew."""
    for key, source in [("a", "panels.sweep()"), ("b", "panels.sweep().set(step=2)")]:
        made = json.loads(asked("make", key, above=IMPORT, source=source, width=700))
        assert len(made["still"]) > 1000
    for key, step in [("a", 1), ("b", 3), ("b", 1), ("a", 2)]:
        page.rehearse(key, "step", 3)
        assert "still" not in json.loads(asked("put", key, step=step))
    assert json.loads(asked("lay_out", "a", width=700))["still"]
    assert "still" not in json.loads(asked("reset", "a"))
    page._panels["a"].figure.stale = True
    page._panels["a"].figure.patch.set_facecolor("red")
    assert "#ff0000" in markup_of(json.loads(asked("put", "a", step=1))["still"])
    assert "still" not in json.loads(asked("put", "a", step=2))
    for key in "ab":
        page._panels.pop(key).close()
    page.tidy()


IMPORT = ["from bptt_course import panels"]


def asked(name, key, **given):
    """The answer to a question as a page asks it."""
    return page.answer(name, json.dumps({"key": key, **given}))


def cut(panel):
    """The words of a panel that the edge of its picture cuts."""
    figure, found = panel.figure, []
    figure.draw_without_rendering()
    for text in texts(figure):
        box = text.get_window_extent()
        found.append((text.get_text(), box.x0, box.x1))
    for words in [artist for artist in figure.findobj(Words) if artist.get_visible()]:
        for word in words.shown:
            if hasattr(word, "width"):
                left = words.axes.transData.transform(word[:2])[0] - SHARE[word.align] * word.width
                found.append((word.said, left, left + word.width))
    panel.close()
    ends = -1, figure.bbox.width + 1
    found = [(said, ends[0] <= left and right <= ends[1]) for said, left, right in found]
    return [said for said, is_whole in found if not is_whole and re.search("[a-z]", said)]


@pytest.mark.parametrize(
    ("above", "source", "kept"),
    [
        (
            ["import a\nb = a.c", "print(b)\nd = 1", "e = b\nf = 2"],
            "e + 1",
            "import a; b = a.c; e = b",
        ),
        (["from a import b, c, d"], "c.e", "from a import c"),
        (["f = {}\nf[0] = 1", "%pip no Python"], "def g():\n    return f", "f = {}; f[0] = 1"),
        (["a = 1", "a = 2"], "a", "a = 2"),
        (["a = 1", "a += 2"], "a", "a = 1; a += 2"),
        (["def f(): return a", "a = 2"], "f()", "def f(): return a; a = 2"),
        (
            ["a = 1\ndef f(): return a", "b = f()", "a = 2"],
            "b",
            "a = 1; def f(): return a; b = f()",
        ),
        (["a = 1"], "def g(a): return a", ""),
        (["a = 1"], "[a for a in range(3)]", ""),
        (["for a in b:\n    c = a"], "c", "for a in b: c = a"),
    ],
)
def test_what_is_needed(above, source, kept):
    """The last value of each name; of a function the values that it finds when it is called."""
    statements = map(page.ast.unparse, page.needed(above, source))
    assert "; ".join(" ".join(text.split()) for text in statements) == kept


@pytest.mark.parametrize("source", ["panels.sweep()", "panels.sweep().set(step=1)"])
def test_a_panel_of_a_page_is_laid_out_once(source, monkeypatch):
    """Once the cell has set it, and not before."""
    drawn = []

    def counted(panel, width, lay_out=Panel.lay_out):
        drawn.append([control.value for control in panel.controls.values()])
        lay_out(panel, width)

    monkeypatch.setattr(Panel, "lay_out", counted)
    told = page.make("once", ["from bptt_course import panels"], source, 700)
    page._panels.pop("once").close()
    assert drawn == [[control["value"] for control in told["controls"]]]


def test_a_page_is_told_how_many_steps_there_are():
    told = page.make("steps", ["from bptt_course import panels"], 'panels.paths("W_s")', 700)
    assert told["controls"] == page._panels.pop("steps").spec()["controls"]


def test_what_a_run_shows():
    assert page.run([], "1 + 1") == {"said": "2", "ok": True}
    assert page.run(["a = 2"], "print(a)\na + 1") == {"said": "2\n3", "ok": True}
    assert page.run([], "a = 2") == {"said": "", "ok": True}
    assert page.run([], "a = (2") == {
        "said": "line 1: a = (2\nSyntaxError: '(' was never closed",
        "ok": False,
    }
    wrong = page.run([], "a = 0\nprint(3)\n1 / a")
    assert wrong["said"].splitlines()[0] == "3"
    assert wrong["said"].splitlines()[-1] == "ZeroDivisionError: division by zero"
    assert "line 3" in wrong["said"] and not wrong["ok"]


def test_a_loop_without_end_is_ended():
    begun = []
    ended = page.run([], "while True:\n    pass", begun.append)
    assert begun == [page.ABOVE, begun[1]] and page.LIMIT / 2 <= begun[1] <= page.LIMIT < 2
    assert not ended["ok"] and "longer than a second" in ended["said"]


def test_an_endless_loop_in_an_exercise_above_is_given_up_as_well():
    begun = []
    page.run([], "a = 1", begun.append)
    assert len(begun) == 2, "once before the cells above, once before the reader's own"
    page.check([], "a = 1", "a", begun.append)
    assert len(begun) == 5, "and once before the check"


def test_a_check_has_what_a_quick_run_before_it_has_left(monkeypatch):
    monkeypatch.setattr(page, "pace", lambda: 1.0)
    for seconds, least, most in [(0.1, page.OWN, 0.1), (0.5, page.OWN, page.OWN)]:
        begun = []
        page.check([], f"import time\ntime.sleep({seconds})", "1", begun.append)
        assert page.LIMIT - least <= begun[-1] <= page.LIMIT - most

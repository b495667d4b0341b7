"""Who may import whom: numbers know nothing of pictures, pictures nothing of widgets."""

import ast
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted([*ROOT.glob("bptt_helpers/**/*.py"), *ROOT.glob("bptt_course/**/*.py")])
LIBRARIES = {"numpy"}
PICTURES = {*LIBRARIES, "matplotlib"}
# What each room may import: other libraries, and our own modules by the beginning of their names.
# A room is the longest of these names that a module's own name begins with.
ROOMS = {
    "bptt_helpers": (LIBRARIES, ["bptt_helpers"]),
    "bptt_course": (LIBRARIES, ["bptt_helpers", "bptt_course.words"]),
    "bptt_course.figures": (
        {*PICTURES, "matplotlib_inline"},
        ["bptt_course.words", "bptt_course.figures"],
    ),
    "bptt_course.panels": (
        {*PICTURES, "ipywidgets", "traitlets", "IPython"},
        ["bptt_helpers", "bptt_course"],
    ),
    "bptt_course.checks": (
        LIBRARIES,
        ["bptt_helpers", "bptt_course.words", "bptt_course.recall", "bptt_course.checks"],
    ),
    "bptt_course.checks.engine": (
        LIBRARIES,
        ["bptt_helpers", "bptt_course.words", "bptt_course.checks.engine"],
    ),
    "bptt_course.__main__": (set(), []),
}


def module(path):
    """The full name of the module in a file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module(path): path for path in FILES}


def imported(name):
    """The full names of all that a module imports, wherever in it, as far as it names them."""
    for node in ast.walk(ast.parse(MODULES[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} imports by a relative name"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in MODULES else node.module


def within(name, beginning):
    return name == beginning or name.startswith(f"{beginning}.")


def room(name):
    return max((room for room in ROOMS if within(name, room)), key=len)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_what_its_room_may(name):
    libraries, ours = ROOMS[room(name)]
    for other in imported(name):
        top = other.split(".")[0]
        if top in ("bptt_helpers", "bptt_course"):
            assert any(within(other, beginning) for beginning in ours), other
        else:
            assert top in libraries or top in sys.stdlib_module_names, other


def test_no_module_imports_itself_by_way_of_others():
    graph = {name: {other for other in imported(name) if other in MODULES} for name in MODULES}
    assert len(list(TopologicalSorter(graph).static_order())) == len(MODULES)


@pytest.mark.parametrize(
    ("names", "most"),
    [
        ({"bptt_helpers.rnn", "bptt_helpers.bptt", "bptt_helpers.gradcheck"}, 600),
        ({name for name in MODULES if within(name, "bptt_helpers")}, 1800),
        ({name for name in MODULES if within(name, "bptt_course")}, 8000),
    ],
    ids=["the lesson", "the helpers", "the course"],
)
def test_a_house_stays_thin_enough_to_be_read(names, most):
    lines = sum(len(MODULES[name].read_text(encoding="utf-8").splitlines()) for name in names)
    assert most / 2 < lines <= most

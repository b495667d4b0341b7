"""Who may import whom: numbers know nothing of pictures, pictures nothing of widgets.

The README gives the order; a module imports earlier ones only.
"""

import ast
import re
from pathlib import Path

import pytest

import bptt_helpers

ROOT = Path(bptt_helpers.__file__).parent
MODULES = sorted(path for path in ROOT.rglob("*.py") if path.parent != ROOT or path.stem[0] != "_")
NUMBERS = "rnn bptt gradcheck sweeps matrices gated flow sequences training cliff memory".split()
PICTURES = "words style diagrams plots".split()
PANELS = "picture panel explorers".split()
MAY_IMPORT = {
    **{name: NUMBERS[:k] for k, name in enumerate(NUMBERS)},
    **{name: PICTURES[:k] for k, name in enumerate(PICTURES)},
    **{name: NUMBERS + PICTURES + PANELS[:k] for k, name in enumerate(PANELS)},
    "checks": [*NUMBERS, "words"],
}
WIDGETS = {"ipywidgets", "traitlets", "IPython"}


def part(path):
    """The module, or the package inside of `bptt_helpers`, to which a file belongs."""
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported(path):
    """The full names of all that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_earlier_ones_only(path):
    names = [name.split(".") for name in imported(path)]
    ours = {name[1] for name in names if name[0] == "bptt_helpers"} - {part(path)}
    assert ours <= set(MAY_IMPORT[part(path)])
    others = {name[0] for name in names}
    if part(path) in [*NUMBERS, "checks"]:
        assert not others & {"matplotlib", *WIDGETS}
    if part(path) not in ("panel", "explorers"):
        assert not others & WIDGETS


def test_the_readme_gives_the_order():
    readme = (ROOT.parent / "README.md").read_text(encoding="utf-8")
    line = next(line for line in readme.splitlines() if line.startswith("- `bptt_helpers/`"))
    listed = [name.removesuffix("/") for name in re.findall(r"`(\w+/?)`", line)]
    known = [*NUMBERS, *PICTURES, *PANELS, "checks"]
    assert [name for name in listed if name != "bptt_helpers"] == [n for n in known if n != "words"]

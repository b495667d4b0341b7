"""The numbers stand alone: they import, and their own tests pass, where only NumPy is installed."""

import os
import subprocess
import sys
from pathlib import Path

import bptt_helpers

ROOT = Path(bptt_helpers.__file__).parent.parent
HELPERS = ROOT / "tests" / "helpers"

ALONE = """
import sys

import pytest


class Only:
    '''Finds nothing but the standard library, NumPy, pytest with what it needs, and ours.'''

    known = {*sys.stdlib_module_names, "numpy", "bptt_helpers", "conftest", *sys.argv[1].split()}
    known |= {"pytest", "_pytest", "pluggy", "iniconfig", "packaging", "pygments", "py", "colorama"}

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in self.known and not name.startswith("_sysconfigdata"):
            raise ModuleNotFoundError(f"No module named {name!r}: only NumPy is there", name=name)


for name in ("matplotlib", "ipywidgets", "torch", "autograd"):
    assert name not in sys.modules
sys.meta_path.insert(0, Only())
sys.exit(pytest.main(sys.argv[2:]))
"""


def run_alone(*arguments):
    ours = " ".join(path.stem for path in HELPERS.glob("*.py"))
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT)}
    environment.pop("PYTEST_ADDOPTS", None)
    return subprocess.run(
        [sys.executable, "-c", ALONE, ours, "-q", "-p", "no:cacheprovider", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )


# What learns, the long grids and the fuzz run with the other tests; here the rest of each file.
LONG = "learned or beyond or complex_step or bad_value"


def test_the_helpers_and_their_tests_need_numpy_alone():
    ran = run_alone(str(HELPERS), "-k", f"not ({LONG})")
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]
    assert "skipped" not in ran.stdout
    assert int(ran.stdout.split(" passed")[0].split()[-1]) > 500


def test_anything_else_is_missing_there(tmp_path):
    for name in ("matplotlib", "ipywidgets", "nbformat"):
        (tmp_path / "test_more.py").write_text(f"import {name}\n", encoding="utf-8")
        ran = run_alone(str(tmp_path / "test_more.py"))
        assert ran.returncode != 0
        assert f"No module named '{name}': only NumPy is there" in ran.stdout

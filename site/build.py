"""Build the site: the book, JupyterLite beside it, and the Python that both run in the browser.

    python3 start.py site [--to FOLDER] [--repository OWNER/NAME] [--address URL]

The folder, _site/ if no other is named, is made anew. With the public repository on GitHub (the
variable GITHUB_REPOSITORY names it too) each page has links to Colab and Binder, and a notebook to
take away has a first cell that installs the course from the site's address.
"""

import argparse
import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import narrow
import pyodide

import notebooks

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
WIDGETS = "share/jupyter/labextensions/@jupyter-widgets/jupyterlab-manager"
COLAB = "https://colab.research.google.com/github/{repository}/blob/colab/NAME.ipynb"
BINDER = "https://mybinder.org/v2/gh/{repository}/HEAD?urlpath=lab/tree/notebooks/NAME.ipynb"


def main(arguments):
    """Build the site in a folder beside its place, and put it there when it is whole."""
    options = parse(arguments)
    to = options.to.resolve()
    with tempfile.TemporaryDirectory(dir=to.parent, prefix=f".{to.name}-") as made:
        work, out = Path(made, "work"), Path(made, "out")
        work.mkdir()
        out.mkdir()
        build(work, out, options)
        shutil.rmtree(to, ignore_errors=True)
        os.replace(out, to)
    print(f"The site is ready. To see it:\n\n    python3 -m http.server --directory {to}\n")


def parse(arguments):
    parser = argparse.ArgumentParser(prog="start.py site", description=__doc__.split("\n")[0])
    parser.add_argument("--to", type=Path, default=ROOT / "_site", metavar="FOLDER")
    repository = os.environ.get("GITHUB_REPOSITORY")
    parser.add_argument("--repository", default=repository, metavar="OWNER/NAME")
    parser.add_argument("--address", metavar="URL", help="the site's own, if not GitHub Pages'")
    options = parser.parse_args(arguments)
    if options.repository and not options.address:
        owner, _, name = options.repository.partition("/")
        options.address = f"https://{owner.lower()}.github.io/{name}/"
    return options


def build(work, out, options):
    """Fill the empty folder `out`, with files on the way in `work`."""
    notebooks.hold_words()
    wheel = own_wheel(work)
    kernel = pyodide.lite_kernel(work / "kernel")
    (out / "pyodide").mkdir()
    shutil.copytree(HERE / "live", out / "live")
    address = options.address and f"{options.address.rstrip('/')}/pyodide/{wheel.name}"
    (out / "notebooks").mkdir()
    for _, name, _ in notebooks.listed():
        put(out / "notebooks", name, notebooks.to_take_away(notebooks.read(name), address))
    # Each waits for other programs most of the time, so they go side by side.
    with concurrent.futures.ThreadPoolExecutor() as threads:
        beside = [
            threads.submit(pyodide.gather, out / "pyodide", wheel),
            threads.submit(lite, work / "lite", out / "lite", kernel),
        ]
        book(work / "book", out, options.repository)
        for part in beside:
            part.result()


def own_wheel(work):
    """The course as a wheel; a build number from its content keeps an older one out of caches."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet"]
    source = work / "source"
    for name in ("bptt_helpers", "bptt_course"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "LICENSE"):
        shutil.copyfile(ROOT / name, source / name)
    digest = pyodide.digest(sorted(path for path in source.rglob("*") if path.is_file()))
    number = f"--config-settings=--build-option=--build-number={int(digest[:8], 16)}"
    how = ["--no-deps", "--no-build-isolation", number]
    same = {**os.environ, "SOURCE_DATE_EPOCH": "315532800"}  # the same wheel each time
    subprocess.run([*pip, *how, "--wheel-dir", work, source], check=True, env=same)
    [wheel] = work.glob("*.whl")
    return wheel


def put(folder, name, notebook):
    text = json.dumps(notebook, ensure_ascii=False, indent=1)
    (folder / f"{name}.ipynb").write_text(text + "\n", encoding="utf-8")


def lite(work, out, kernel):
    """JupyterLite with all notebooks and this kernel; its Python is the book's."""
    (work / "files").mkdir(parents=True)
    for _, name, _ in notebooks.listed():
        put(work / "files", name, notebooks.for_lite(notebooks.read(name)))
    shutil.copyfile(HERE / "jupyter-lite.json", work / "jupyter-lite.json")
    extensions = [Path(sys.prefix, WIDGETS), kernel]
    config = {
        "contents": ["files"],
        "output_dir": str(out),
        "apps": ["lab", "notebooks"],
        "no_sourcemaps": True,
        # only these, whatever else is installed here
        "ignore_sys_prefix": ["federated_extensions"],
        "federated_extensions": [str(path) for path in extensions],
    }
    (work / "jupyter_lite_config.json").write_text(json.dumps({"LiteBuildConfig": config}))
    command = [sys.executable, "-m", "jupyterlite_core", "build"]
    run(command, work)


def book(work, out, repository):
    """The Sphinx book, of which any warning is an error."""
    shutil.copytree(HERE / "book", work)
    shutil.copytree(HERE / "static", work / "_static")
    rows = notebooks.listed()
    for _, name, _ in rows:
        notebook = notebooks.for_the_book(notebooks.read(name))
        narrow.put(work / "_static" / "narrow", notebook)
        put(work, name, notebook)
    lines = [f"| [{title}]({name}.ipynb) | {learned} |" for title, name, learned in rows]
    lines = [re.sub(r"(?<=[SYEW])_(\w)\b", r"<sub>\1</sub>", line) for line in lines]
    table = "\n".join(["| notebook | what you learn |", "|---|---|", *lines])
    pages = "\n".join(f"{title} <{name}>" for title, name, _ in rows)
    index = (work / "index.md").read_text(encoding="utf-8")
    index = index.replace("{{TABLE}}", table).replace("{{PAGES}}", pages)
    (work / "index.md").write_text(index, encoding="utf-8")
    links = {
        "Open in JupyterLite": "lite/lab/index.html?path=NAME.ipynb",
        "Download": "notebooks/NAME.ipynb",
    }
    if repository:
        links["Colab"] = COLAB.format(repository=repository)
        links["Binder"] = BINDER.format(repository=repository)
    settings = json.loads((HERE / "jupyter-lite.json").read_text(encoding="utf-8"))
    launch = {
        "links": links,
        "storage": settings["jupyter-config-data"]["contentsStorageName"],
        "editions": {name: notebooks.edition(notebooks.read(name)) for _, name, _ in rows},
    }
    options = "-b html --fail-on-warning --keep-going --quiet --fresh-env".split()
    command = [sys.executable, "-m", "sphinx", *options, "-d", work.parent / "doctrees"]
    run([*command, work, out], work, BPTT_LAUNCH=json.dumps(launch))
    for name in (".buildinfo", "objects.inv"):
        (out / name).unlink(missing_ok=True)
    shutil.rmtree(out / "_sources", ignore_errors=True)
    (out / ".nojekyll").touch()


def run(command, folder, **variables):
    """Run a command; what it says is shown only if it fails."""
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **variables}, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace",
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{done.stdout}\n{' '.join(map(str, command))} failed.")


if __name__ == "__main__":
    main(sys.argv[1:])

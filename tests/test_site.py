"""The files of the web site, built once; axe and the search on its pages.

How each page is read is tested in test_site_pages.py, what moves there in test_live.py, JupyterLite
in test_site_lite.py, the build in test_site_build.py.
"""

import _imp
import functools
import gzip
import html.parser
import json
import re
import tarfile
import zipfile
from urllib.parse import unquote, urlsplit

import pyodide
import pytest
from axe_playwright_python.sync_playwright import Axe

import notebooks

NAMES = [name for _, name, _ in notebooks.listed()]
PAGES = ["index", *NAMES]


class Elements(html.parser.HTMLParser):
    """The elements of a page: (name, attributes)."""

    def __init__(self, path):
        super().__init__()
        self.found = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    def all(self, *tags):
        return [attributes for tag, attributes in self.found if tag in tags]


def outputs(name, kind):
    """(cell, output) of each picture or printed text that a notebook stores."""
    for cell in notebooks.read(name)["cells"]:
        for output in cell.get("outputs", []):
            if kind in (output["output_type"], *output.get("data", {})):
                yield cell, output


# --- the files ------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", [*PAGES, "search"])
def test_every_link_leads_somewhere_and_no_page_takes_from_another_host(built_site, page):
    elements = Elements(built_site / f"{page}.html")
    taken = [a.get("src") or a.get("href") for a in elements.all("script", "img", "link", "iframe")]
    taken += [a["srcset"] for a in elements.all("source")]
    assert [address for address in taken if address and urlsplit(address).netloc] == []
    links = [a["href"] for a in elements.all("a") if "href" in a]
    for address in [*filter(None, taken), *links]:
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            continue
        target = built_site / (unquote(parts.path) or f"{page}.html")
        assert target.is_file() and target.resolve().is_relative_to(built_site.resolve()), address
        if parts.fragment and target.suffix == ".html":
            assert unquote(parts.fragment) in ids_of(target), address


@functools.cache
def ids_of(path):
    return {attributes.get("id") for _, attributes in Elements(path).found}


@pytest.mark.parametrize("name", NAMES)
def test_a_page_has_every_cell_picture_and_alternative_text(built_site, name):
    path = built_site / f"{name}.html"
    elements = Elements(path)
    cells = [cell["id"] for cell in notebooks.read(name)["cells"] if cell["cell_type"] == "code"]
    ids = [attributes["id"] for attributes in elements.all("div") if "id" in attributes]
    assert [one for one in ids if one.startswith("cell-")] == [f"cell-{one}" for one in cells]
    assert [one for one in elements.all("summary") if "aria-label" in one] == []
    pictures = [output for _, output in outputs(name, "image/png")]
    said = [output["metadata"].get("image/png", {}).get("alt") for output in pictures]
    shown = [img for img in elements.all("img") if img["src"].startswith("_images/")]
    assert [img["alt"] for img in shown] == [s or "The figure that this cell draws." for s in said]


@pytest.mark.parametrize("name", NAMES)
def test_the_launch_row_opens_and_fetches_this_notebook(built_site, name):
    links = [a["href"] for a in Elements(built_site / f"{name}.html").all("a") if "href" in a]
    assert f"lite/lab/index.html?path={name}.ipynb" in links
    assert f"notebooks/{name}.ipynb" in links
    taken, lite = (
        json.loads((built_site / folder / f"{name}.ipynb").read_text(encoding="utf-8"))
        for folder in ("notebooks", "lite/files")
    )
    assert taken == notebooks.read(name)
    [row] = [a for a in Elements(built_site / f"{name}.html").all("nav") if "data-edition" in a]
    assert lite["metadata"].pop("bptt") == {"edition": row["data-edition"]}
    assert lite == notebooks.read(name)


def test_the_front_page_lists_what_each_notebook_teaches(built_site):
    text = (built_site / "index.html").read_text(encoding="utf-8")
    assert [name for name in NAMES if f'href="{name}.html"' not in text] == []
    assert 'id="bptt-hero"' in text


def test_python_comes_from_the_site_with_the_hashes_of_the_lock(built_site):
    folder = built_site / "pyodide"
    lock = json.loads((folder / "pyodide-lock.json").read_text(encoding="utf-8"))
    core = {**pyodide.LOCK["core"]}
    core["python_source.zip"] = core.pop("python_stdlib.zip")
    pinned = {p["file_name"]: p["sha256"] for p in lock["packages"].values()} | core
    assert {name: pyodide.digest([folder / name]) for name in pinned} == pinned
    wasm = (folder / "pyodide.asm.wasm").read_bytes()
    assert gzip.decompress((folder / "wasm.bin").read_bytes()) == wasm
    for name, package in lock["packages"].items():
        assert [d for d in package["depends"] if d not in lock["packages"]] == [], name
    licences = (folder / "LICENCES.txt").read_text(encoding="utf-8")
    assert [name for name in lock["packages"] if f"\n{name} " not in licences] == []


def contents(archive):
    with zipfile.ZipFile(archive) as given:
        return {name: given.read(name) for name in given.namelist() if not name.endswith("/")}


def assert_compiled(made, source):
    """The code is compiled from this source, of which it carries the hash."""
    key = int.from_bytes(made[:4], "little")
    assert made[4:16] == b"\1\0\0\0" + _imp.source_hash(key, source)


def test_compiled_code_is_that_of_the_pinned_archives_and_all_else_is_theirs(built_site):
    folder = built_site / "pyodide"
    packages = pyodide.LOCK["packages"].values()
    taken = pyodide._from_pyodide({p["file_name"]: p["sha256"] for p in packages})
    pinned = [*taken.values(), *pyodide._wheels("wheels.lock", "3.14")]
    pairs = [(path, folder / path.name) for path in pinned]
    compiled = 0
    for archive, made in [(folder / "python_source.zip", folder / "python_stdlib.zip"), *pairs]:
        given, made = contents(archive), contents(made)
        for name, content in given.items():
            if f"{name}c" in made:
                assert_compiled(made.pop(f"{name}c"), content)
                compiled += 1
            else:
                assert made.pop(name) == content
        assert made == {}
    assert compiled > 2000


def on_disk(path):
    with tarfile.open(path, "r:gz") as disk:
        return {entry.name: disk.extractfile(entry).read() for entry in disk.getmembers()}


def test_the_disk_of_a_page_carries_only_what_the_packages_carry(built_site):
    folder = built_site / "pyodide"
    [own] = folder.glob("bptt_helpers*.whl")
    sources, packed = contents(own), {}
    for wheel in folder.glob("*.whl"):
        packed.update(contents(wheel))
    found = on_disk(folder / "disk.bin")
    assert found.pop("bptt_letters")  # of which test_pyodide.py knows more
    assert found.pop("bptt_page.py") == (built_site / "live" / "bptt_page.py").read_bytes()
    for name, content in found.items():
        if name.startswith("bptt_") and name.endswith(".pyc"):
            assert_compiled(content, sources[name[:-1]])
        else:
            assert content == packed[name]
    missing = [name for name in sources if name not in found and f"{name}c" not in found]
    assert [name for name in missing if ".dist-info/" not in name] == []


def test_jupyterlites_disks_carry_all_packages_and_what_its_kernel_brings_along(built_site):
    """Each with its metadata, by which an installer knows what is there."""
    folder = built_site / "pyodide"
    page, rest = (on_disk(folder / name) for name in ("disk.bin", "lite.bin"))
    assert page.keys() & rest.keys() == set(), "nothing twice"
    there = page | rest
    brought = list((built_site / "lite" / "extensions").glob("@jupyterlite/*/static/pypi/*.whl"))
    kernels = {wheel: contents(wheel) for wheel in brought if "widgets" not in wheel.name}
    assert len(kernels) == 3
    for files in kernels.values():
        for name, content in files.items():
            if name.endswith(".py"):
                assert_compiled(there[f"{name}c"], content)
            else:
                assert there[name] == content
    missing = []
    for wheel in folder.glob("*.whl"):
        if not wheel.name.startswith("bptt_helpers"):
            missing += [n for n, content in contents(wheel).items() if there.get(n) != content]
    allowed = r".*\.(h|a|c|pxd)|.*/tests?/.*|jedi/third_party/(?!typeshed/stdlib/).*"
    assert [name for name in missing if not re.fullmatch(allowed, name)] == []
    assert max(map(len, there)) <= 100, "longer names have no room in the archive's heads"


def test_a_page_is_light(built_site):
    """What is loaded before anything moves: the page, its pictures, styles and scripts.

    It counts the pictures for a phone beside those for a wide window, though none loads both.
    """
    for page in PAGES:
        path = built_site / f"{page}.html"
        taken = Elements(path).all("script", "img", "source", "link")
        given = [a.get("src") or a.get("href") or a.get("srcset") or "" for a in taken]
        files = {urlsplit(address).path for address in given} - {""}
        size = path.stat().st_size + sum((built_site / file).stat().st_size for file in files)
        assert size < 2e6, page


# --- in a browser ---------------------------------------------------------------------------------


EMPTY = "all => all.forEach(one => one.replaceChildren())"


@pytest.mark.parametrize("name", ["index", "01_forward_pass", "12_long_memory"])
def test_axe_finds_nothing(visit, name):
    page = visit(f"{name}.html")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        if scheme == "dark":  # in a formula, which takes long, nothing else is looked at
            page.locator("mjx-container").evaluate_all(EMPTY)
        found = Axe().run(page, None, {"resultTypes": ["violations"]}).response["violations"]
        assert [(v["id"], [node["html"][:200] for node in v["nodes"][:3]]) for v in found] == []
    page.emulate_media(media="print")
    assert (
        page.locator("article button").evaluate_all(
            "all => all.filter(one => one.checkVisibility()).length"
        )
        == 0
    )


def test_search_finds_a_notebook(visit):
    page = visit("search.html?q=truncation")
    page.wait_for_selector("ul.search a[href*='10_truncation.html']")
    page.wait_for_selector("ul.search p.context")
    said = page.locator("ul.search").inner_text()
    assert "Truncation" in said and "JupyterLite" not in said and "JavaScript" not in said

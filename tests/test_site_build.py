"""How the site is built: what fails the build, and where its parts come from."""

import hashlib
import json
import re

import build
import pyodide
import pytest

import notebooks


def test_a_link_that_leads_nowhere_fails_the_build(tmp_path, monkeypatch):
    name = "07_vanishing_exploding"  # to which the front page leads
    cell = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": ""}
    cell["source"] = f"# A\n\n[here]({name}.ipynb), [nowhere](b.ipynb)"
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    notebook = {"cells": [cell], "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    monkeypatch.setattr(notebooks, "listed", lambda: [("07 · A", name, "a")])
    monkeypatch.setattr(notebooks, "read", lambda _: notebook)
    with pytest.raises(SystemExit) as ended:
        build.book(tmp_path / "book", tmp_path / "out", "owner/name")
    [warning] = re.findall("WARNING: .*", str(ended.value))
    assert "b.ipynb" in warning
    page = (tmp_path / "out" / f"{name}.html").read_text(encoding="utf-8")
    assert f"colab.research.google.com/github/owner/name/blob/colab/{name}.ipynb" in page
    assert f"mybinder.org/v2/gh/owner/name/HEAD?urlpath=lab/tree/notebooks/{name}.ipynb" in page


def test_words_that_no_notebook_has_any_more_fail_the_build(monkeypatch):
    notebooks.hold_words()
    monkeypatch.setitem(notebooks.ON_A_PAGE, "Turn the crank.", "Press *Move it*.")
    with pytest.raises(SystemExit, match="of no notebook any more: Turn the crank"):
        notebooks.hold_words()


def test_each_colour_of_a_formula_has_its_hue_on_a_page():
    """Else the page's rule for formulas would leave it without any."""
    style = (build.HERE / "static" / "site.css").read_text(encoding="utf-8")
    hues = dict(re.findall(r'\[fill="(#\w+)"\] { --hue: (#\w+); }', style))
    texts = [json.dumps(notebooks.read(name)) for _, name, _ in notebooks.listed()]
    assert set(hues) == set(re.findall(r"color{(#\w+)}", "".join(texts)))
    assert {colour.lower() for colour in hues} == set(hues.values()) and len(hues) == 4


def test_the_address_of_the_site_follows_from_the_repository(monkeypatch):
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    assert (build.parse([]).repository, build.parse([]).address) == (None, None)
    assert build.parse(["--repository", "Owner/name"]).address == "https://owner.github.io/name/"
    monkeypatch.setenv("GITHUB_REPOSITORY", "owner/name")
    assert build.parse([]).address == "https://owner.github.io/name/"
    assert build.parse(["--address", "https://a.example/"]).address == "https://a.example/"


def test_a_notebook_to_take_away_installs_the_course_where_it_is_missing_and_only_there():
    notebook = notebooks.read("01_forward_pass")
    assert notebooks.to_take_away(notebook, None) == notebook
    taken = notebooks.to_take_away(notebook, "https://a.example/course.whl")
    title, install, *rest = taken["cells"]
    assert [title, *rest] == notebook["cells"]
    code = "".join(install["source"])
    missing = code.replace("import bptt_course", "import bptt_course_that_is_missing")
    ran = []
    for source in (code, missing):
        plain = re.sub(r"%pip install --quiet (\S+)", r"ran.append('\1')", source)
        exec(plain, {"ran": ran})
    assert ran == ["https://a.example/course.whl"]


@pytest.fixture
def sources(tmp_path, monkeypatch):
    """An empty cache, and what the two sources of Pyodide's files would give: {name: content}."""
    given = {"_download": {}, "_unpack": {}, "asked": []}
    monkeypatch.setenv("BPTT_SITE_CACHE", str(tmp_path))
    for source in ("_download", "_unpack"):

        def give(names, pinned, source=source):
            given["asked"].append((source, sorted(names)))
            for name in set(names) & set(given[source]):
                pyodide._keep(name, given[source][name], pinned)

        monkeypatch.setattr(pyodide, source, give)
    return given


def test_the_hash_decides_and_not_the_source(sources, tmp_path):
    content = {"a.whl": b"a", "b.whl": b"b"}
    pinned = {name: hashlib.sha256(given).hexdigest() for name, given in content.items()}
    sources["_download"].update({"a.whl": b"a", "b.whl": b"another"})
    sources["_unpack"].update(content)
    found = pyodide._from_pyodide(pinned)
    assert {name: path.read_bytes() for name, path in found.items()} == content
    assert sources["asked"] == [("_download", ["a.whl", "b.whl"]), ("_unpack", ["b.whl"])]
    pyodide._from_pyodide(pinned)  # now from the cache
    assert len(sources["asked"]) == 2
    (tmp_path / "a.whl").write_bytes(b"spoilt")
    pyodide._from_pyodide(pinned)
    assert sources["asked"][2:] == [("_download", ["a.whl"])]
    sources["_unpack"]["b.whl"] = b"another"
    (tmp_path / "b.whl").unlink()
    with pytest.raises(SystemExit, match=r"b\.whl"):
        pyodide._from_pyodide(pinned)

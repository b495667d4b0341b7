"""A Sphinx extension: what the book's pages have beside what is in the notebooks."""

import html
import json
import re
from pathlib import Path

from formulas import share_glyphs

SMALLEST = 0.8  # of its size: then letters of 15 pixels have 12
NOTEBOOK = re.compile(r"\d\d_\w+")
WITHOUT = "JavaScript is off here: the buttons that this page speaks of are missing."
FORMULA = r'<mjx-container class="MathJax" jax="SVG"(?! display)[^>]*>.*?</mjx-container>'
TIED = re.compile(rf"(?<![^\s<>])[^\s<>]*(?:{FORMULA}[^\s<>]*)+", re.DOTALL)
FOR_A_PHONE = (
    'media="screen and (max-width: 45em)" srcset="_static/narrow/{}" width="{}" height="{}"'
)


def launch_row(name, launch):
    """Links that open or fetch this notebook: {words: address with NAME for the notebook's}.

    What edition.js asks stands with them.
    """
    links = [
        f'<a href="{html.escape(address.replace("NAME", name))}"'
        f"{' download' if words == 'Download' else ''}>{words}</a>"
        for words, address in launch["links"].items()
    ]
    about = {"notebook": name, "edition": launch["editions"][name], "storage": launch["storage"]}
    data = " ".join(f'data-{key}="{html.escape(value)}"' for key, value in about.items())
    nav = f'<nav class="launch" aria-label="Run this notebook" {data}>{"".join(links)}</nav>'
    return f"{nav}\n<noscript><p>{WITHOUT}</p></noscript>"


def _add_to_page(app, name, template, context, doctree):
    """The launch row under the title, and the scripts that make the page live."""
    app.add_js_file("wide.js", type="module")
    if NOTEBOOK.fullmatch(name):
        app.add_css_file("../live/live.css")
        app.add_js_file("../live/live.js", type="module")
        app.add_js_file("edition.js", type="module")
        row = launch_row(name, app.config.launch)
        context["body"] = context["body"].replace("</h1>", f"</h1>\n{row}", 1)
    elif name == "index":
        app.add_js_file("../live/hero.js", type="module")
    elif name == "search":
        app.add_js_file("search.js", type="module")


def finish(page, cells=(), narrow=()):
    """A page as it goes out: anchors at the cells, bets that look like one, keys that scroll.

    `cells` are the ids of its code cells, `narrow` the pictures of its panels for a phone:
    (name, width, height) of each.
    """
    ids = iter(cells)
    page = re.sub(r'<div class="cell ', lambda _: f'<div id="cell-{next(ids)}" class="cell ', page)
    if left := list(ids):
        raise ValueError(f"cells that are not on the page: {', '.join(left)}")
    page = re.sub(r"<blockquote>(?=\s*<div>\s*<p><strong>Bet)", '<blockquote class="bet">', page)
    # What a screen reader misses in the theme: names of two landmarks, and headers that are none.
    for drawer, label in (("sidebar", "The series"), ("toc", "On this page")):
        aside = f'<aside class="{drawer}-drawer'
        page = page.replace(aside, aside.replace(" class", f' aria-label="{label}" class'))
    page = re.sub(r'<th class="[^"]*"><p></p></th>', "<td></td>", page)
    # And the name of a fold is what it says.
    page = page.replace('<summary aria-label="Toggle hidden content">', "<summary>")
    # What is wider than a phone scrolls by itself, for a keyboard too.
    page = page.replace('<div class="table-wrapper', '<div tabindex="0" class="table-wrapper')
    page = page.replace("<pre>", '<pre tabindex="0">')
    page = re.sub(r'<img [^>]*class="figure"[^>]*width="(\d+)"[^>]*>', _on_paper, page)
    pictures = iter(narrow)
    panel = r'<img [^>]*class="panel"[^>]*>'
    page = re.sub(panel, lambda image: _with_narrow(image[0], *next(pictures)), page)
    # A line does not end between a formula and the full stop after it.
    page = TIED.sub(_tied, page)
    return share_glyphs(page)


def _with_narrow(image, *narrow):
    return f"<picture><source {FOR_A_PHONE.format(*narrow)}>{image}</picture>"


def _tied(found):
    is_alone = found[0].startswith("<") and found[0].endswith(">")
    return found[0] if is_alone else f'<span class="tied">{found[0]}</span>'


def _on_paper(image):
    """On a phone a figure scrolls, and is not shrunk so far that its letters are too small."""
    style = f'style="min-width: {round(SMALLEST * int(image[1]))}px"'
    return f'<div class="paper" tabindex="0">{image[0].replace("<img", f"<img {style}", 1)}</div>'


def _finish_all(app, error):
    if error is None:
        for path in Path(app.outdir).glob("*.html"):
            notebook = Path(app.srcdir, path.stem + ".ipynb")
            cells = []
            if notebook.exists():
                cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
            ids = [cell["id"] for cell in cells if cell["cell_type"] == "code"]
            narrow = [cell["metadata"]["narrow"] for cell in cells if "narrow" in cell["metadata"]]
            page = finish(path.read_text(encoding="utf-8"), ids, narrow)
            path.write_text(page, encoding="utf-8")


def setup(app):
    app.add_config_value("launch", {}, "html")
    app.connect("html-page-context", _add_to_page)
    app.connect("build-finished", _finish_all)
    return {"parallel_read_safe": True, "parallel_write_safe": False}

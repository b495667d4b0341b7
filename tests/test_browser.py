"""Every panel of every notebook in a real JupyterLab, moved as a person moves it.

The panels are found on the pages; Notebook 7, Voila and the static export show one notebook each,
or all of them where that costs little. What a setting changes is tested in test_panels.py.
"""

import os
import shutil

import jupyter
import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from nbconvert import HTMLExporter
from refresh_notebooks import NOTEBOOKS

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
each_notebook = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


@pytest.fixture(scope="module")
def window():
    if jupyter.chromium() is None:
        reason = "no Chromium or Chrome was found; the variable CHROMIUM can name one"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    with jupyter.browser() as window:
        yield window


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A copy of the notebooks, which the tests may change."""
    folder = tmp_path_factory.mktemp("notebooks")
    shutil.copytree(NOTEBOOKS, folder, dirs_exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def lab(window, folder):
    with jupyter.server(folder) as address:
        yield jupyter.Lab(window, address)


# --- JupyterLab: every panel of every notebook ----------------------------------------------------


@pytest.mark.parametrize("path", PATHS[:7], ids=lambda path: path.stem)
def test_panels_answer(lab, path):
    lab.open(path.name).run_all()
    panels = lab.panels()
    assert panels, "no panel on the page"
    for panel in panels:
        panel.show()
        for name in panel.sliders():
            move_slider(panel, name, is_main=name == panel.sliders()[0])
        for name in panel.menus():
            walk_menu(panel, name)
        for name in panel.players():
            play_to_the_end(panel, name)
    assert len(lab.tracebacks()) == len(announced_errors(path))
    assert serious(axe_on(lab.page)) == []
    assert lab.problems == []
    lab.shut_down()


def announced_errors(path):
    cells = [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    return [out for cell in cells for out in cell.outputs if out.output_type == "error"]


def move_slider(panel, name, is_main):
    """Drag to both ends, then Home, End and an arrow: the box follows, picture and sentence too.

    The main slider changes both at each move. Another may change nothing where the panel stands (an
    input, where the network is linear), but there is always one whole picture.
    """
    low, high = panel.ends(name)
    near = (high - low) / 1e6
    first = 0 if panel.value(name) > low else 1
    before = panel.look()
    for end in (first, 1 - first):
        panel.drag(name, end)
        before = check(panel, before, name, (low, high)[end], near, is_main)
    keys = {"Home": low, "End": high} if first == 0 else {"End": high, "Home": low}
    keys |= {"ArrowLeft" if first == 0 else "ArrowRight": None}
    if panel.value(name) == next(iter(keys.values())):
        panel.press(name, list(keys)[1])
        before = check(panel, before, name, list(keys.values())[1], near, is_main)
    for key, value in keys.items():
        at = panel.value(name)
        panel.press(name, key)
        if value is None:
            panel.wait_for_other_value(name, at)
            before = seen(panel, before, f"{name}, {key}", is_main)
        else:
            before = check(panel, before, name, value, near, is_main)


def check(panel, before, name, value, near, is_main):
    panel.wait_for_value(name, value - near, value + near)
    return seen(panel, before, f"{name} = {value}", is_main)


def seen(panel, before, step, is_main):
    """The look of a panel after a step; a main control has to change both halves of it."""
    widths, now = panel.pixels(), panel.look()
    assert len(widths) == 1 and widths[0] > 0, f"{step}: the pictures are {widths} wide"
    if is_main:
        assert now[0] != before[0], f"{step}: the same picture"
        assert now[1] != before[1], f"{step}: the same sentence"
    return now


def walk_menu(panel, name):
    menu = panel.menu(name)
    chosen = menu.input_value()
    for entry in [value for value in menu.locator("option").all_inner_texts() if value != chosen]:
        with panel.answered():
            menu.select_option(entry)
        seen(panel, None, entry, is_main=False)


def play_to_the_end(panel, name):
    high = panel.ends(name)[1]
    panel.press(name, "End")
    panel.wait_for_value(name, high, high)
    panel.press(name, "ArrowLeft")
    panel.wait_for_value(name, high - 1, high - 1)
    before = panel.look()
    panel.play_button(name).click()
    panel.wait_for_value(name, high, high)
    seen(panel, before, f"play {name}", is_main=True)


def focused(page):
    """The name of the element that has the keyboard, or its role where it has none."""
    return page.evaluate(
        """() => {
             const e = document.activeElement, label = e.labels?.[0];
             return label?.textContent || e.textContent.trim() || e.getAttribute('role');
           }"""
    )


# --- the same panels elsewhere --------------------------------------------------------------------


def move_main_slider(panel):
    """One move by key, one by mouse: picture and sentence follow."""
    name = panel.show().sliders()[0]
    low, high = panel.ends(name)
    before = panel.look()
    panel.press(name, "End")
    before = check(panel, before, name, high, 1e-6, is_main=True)
    panel.drag(name, 0)
    check(panel, before, name, low, 1e-6, is_main=True)


@each_notebook
def test_the_static_page_shows_every_picture(window, path, tmp_path):
    """Without a kernel: each stored picture, described in words, and no word of a lost model."""
    page, _ = HTMLExporter(template_name="lab").from_filename(str(path))
    assert "model not found" not in page and "widget-view+json" not in page
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    view = window.new_page(java_script_enabled=False, offline=True)
    view.goto((tmp_path / "page.html").as_uri())
    shown = view.locator(".jp-OutputArea-output img")
    cells = [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    stored = [out for cell in cells for out in cell.outputs if "image/png" in out.get("data", {})]
    assert shown.count() == len(stored) > 0
    for k in range(len(stored)):
        assert shown.nth(k).bounding_box()["width"] > 200
    view.close()


# --- people who cannot see the screen -------------------------------------------------------------

# What the project puts on the page: outputs and prose, without JupyterLab's own frame.
OURS = {"include": [[".jp-OutputArea-output"], [".jp-MarkdownOutput"]]}


def axe_on(page):
    return Axe().run(page, OURS, {"resultTypes": ["violations"]}).response["violations"]


def serious(violations):
    """The serious and critical faults, as "rule: element", without two that no notebook can mend.

    ipywidgets 8 gives the handle of a slider no name, and none of its traits (description, tooltip)
    reaches it. The number box before each handle has the name and the value, and does the same.
    JupyterLab 4 gives the picture of an output (a plain figure) no alternative text, whatever its
    metadata say. The prose beside it describes the figure.
    """
    return [
        f"{violation['id']}: {node['html'][:200]}"
        for violation in violations
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
        if not (violation["id"] == "aria-input-field-name" and "noUi-handle" in node["html"])
        if not (violation["id"] == "image-alt" and '<img src="data:image/png' in node["html"])
    ]

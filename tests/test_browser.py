"""Every panel of every notebook in a real JupyterLab, moved as a person moves it.

The panels are found on the pages; Notebook 7, Voila and the static export show one notebook each,
or all of them where that costs little. What a setting changes is tested in test_panels.py.
"""

import os
import shutil
import time

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


@each_notebook
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
    low, high = panel.ends(name)
    panel.press(name, "End")
    panel.wait_for_value(name, high, high)
    panel.press(name, "ArrowLeft")
    panel.wait_for_value(name, high - 1, high - 1)
    before = panel.look()
    panel.play_button(name).click()
    panel.wait_for_value(name, high, high)
    seen(panel, before, f"play {name}", is_main=True)


def test_a_panel_is_used_by_keyboard_alone(lab):
    """Tab from control to control: number box, handle, menu, button; each answers to keys."""
    lab.open(PATHS[0].name).run_all()
    panel, page = lab.panels()[0].show(), lab.page
    names = panel.sliders()
    panel.number_box(names[0]).focus()
    reached = []
    for _ in range(60):
        kind = page.evaluate("document.activeElement.className + document.activeElement.tagName")
        reached.append(kind)
        if "mod-primary" in kind or "BUTTON" in kind and "jupyter-button" in kind:
            text = page.evaluate("document.activeElement.textContent")
            if text == "Reset":
                break
        page.keyboard.press("Tab")
    assert sum("noUi-handle" in kind for kind in reached) == len(names)
    assert sum("INPUT" in kind for kind in reached) == len(names)
    assert sum("SELECT" in kind for kind in reached) == len(panel.menus())
    assert reached[-1].endswith("BUTTON")
    lab.shut_down()

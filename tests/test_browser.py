"""Every panel of every notebook in a real JupyterLab, moved as a person moves it.

The panels are found on the pages; Notebook 7, Voila and the static export show one notebook each,
or all of them where that costs little. What a setting changes is tested in tests/panels.
"""

import html
import shutil
from itertools import pairwise

import jupyter
import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from nbconvert import HTMLExporter
from refresh_notebooks import NOTEBOOKS

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
each_notebook = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


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


def sources(path):
    """The code of a notebook's cells that show a panel, or could."""
    cells = nbformat.read(path, as_version=4).cells
    shows_itself = [cell for cell in cells if "ProgressBar" not in cell.source]
    return [cell.source for cell in shows_itself if cell.cell_type == "code"]


@each_notebook
def test_panels_answer(lab, path):
    """All of each panel is seen, a drag finds W_s = 1, and every control moves it.

    Of a panel that is there again, the main slider.
    """
    lab.open(path.name).run_all()
    fits_the_screens(lab)
    met = []
    for panel in lab.panels():
        panel.show()
        if panel.main() == "W_s" and panel.has_slider("W_s"):
            drag_to(panel, "W_s", 1)
        is_new = panel.title() not in met
        met.append(panel.title())
        main = panel.main()
        if main and panel.has_slider(main):
            move_slider(panel, main, is_main=True)
        elif main:
            walk_the_steps(panel, main)
        for name in panel.boxes() if is_new else []:
            if name != main and panel.has_slider(name):
                move_slider(panel, name, is_main=False)
        for name in panel.menus() if is_new else []:
            walk_menu(panel, name)
    assert len(met) == sum("panels." in source for source in sources(path))
    assert lab.cut_off_buttons() == []
    assert len(lab.tracebacks()) == len(announced_errors(path))
    assert serious(axe_on(lab.page)) == []
    assert lab.problems == []
    lab.shut_down()


def announced_errors(path):
    cells = [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    return [out for cell in cells for out in cell.outputs if out.output_type == "error"]


def move_slider(panel, name, is_main, arrow_in_box=False):
    """Drag to both ends, then Home, End and an arrow: the box follows, and picture and sentence.

    From end to end the main slider changes the picture, and on its way the sentence. Another may
    change nothing where the panel stands (an input, where the network is linear), but there is
    always one whole picture.
    """
    low, high = panel.ends(name)
    looks = [panel.look()]
    ends = (1, 0) if panel.value(name) == low else (0, 1)
    for end in ends:
        panel.drag(name, end)
        looks.append(panel.look_at_value(name, (low, high)[end]))
    keys = [("Home", low), ("End", high)] if ends == (0, 1) else [("End", high), ("Home", low)]
    for key, value in keys:
        panel.press(name, key)
        looks.append(panel.look_at_value(name, value))
    if arrow_in_box:
        with panel.answered():
            panel.number_box(name).press("ArrowDown" if value == high else "ArrowUp")
    else:
        panel.press(name, "ArrowLeft" if value == high else "ArrowRight")
    panel.wait_for_other_value(name, value)
    looks.append(panel.look())
    assert all(has_one_picture(look) for look in looks), name
    if is_main:
        assert all(a.picture != b.picture for a, b in pairwise(looks[:-1])), f"{name}: no change"
        assert looks[-1] != looks[-2], f"{name}: an arrow changes nothing"
        assert len({look.sentence for look in looks}) > 1, f"{name}: always the same sentence"


def has_one_picture(look):
    """Two layers, one exactly above the other."""
    still, moving = look.places
    return still == moving and min(still[2:]) > 100


def walk_menu(panel, name):
    """Choose each entry; the kernel answers each time."""
    menu = panel.menu(name)
    chosen = menu.input_value()
    for entry in [entry for entry in panel.entries(name) if entry != chosen]:
        with panel.answered():
            menu.select_option(entry)
        assert has_one_picture(panel.look()), f"{name}, {entry}"


def walk_the_steps(panel, name):
    """By their button to the last step that there is: picture or sentence answer each time."""
    low, high = panel.ends(name)
    on = panel.box.locator(".widget-hbox:has([role=status]) .widget-button").last
    panel.button("Reset").click()
    panel.wait_for_value(name, low, low)
    panel.page.wait_for_timeout(500)  # a row that changes its height moves the button away
    for step in range(round(low) + 1, round(high) + 1):
        before = panel.look()
        on.click()
        if panel.look_at_value(name, step) == before:  # with the identity a walk is shorter
            break
    assert step > low + 2, f"{name}: {step} changes nothing"
    assert has_one_picture(panel.look())


def fits_the_screens(lab):
    """At the sizes of a laptop and of a projector, no panel is cut off."""
    before = lab.page.viewport_size
    for size in ({"width": 1366, "height": 620}, {"width": 1280, "height": 720}):
        lab.page.set_viewport_size(size)
        room = lab.page.locator(".jp-Notebook").bounding_box()
        for panel in lab.panels():
            panel.box.scroll_into_view_if_needed()
            box = panel.box.bounding_box()
            assert box["height"] <= room["height"], f"{panel.title()} at {size}"
            assert not panel.box.evaluate("box => box.scrollWidth > box.clientWidth"), panel.title()
            assert box["x"] + box["width"] <= room["x"] + room["width"], (
                f"{panel.title()} at {size}"
            )
    lab.page.set_viewport_size(before)


def drag_to(panel, name, value):
    """Drag the handle as near to a value as a hand comes: it rests on it exactly."""
    low, high = panel.ends(name)
    panel.handle(name).scroll_into_view_if_needed()
    x, y, left, right = panel.handle(name).evaluate(jupyter.PLACE)
    goal = left + (value - low) / (high - low) * (right - left)
    mouse = panel.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move((x + goal) / 2, y)
    mouse.move(goal + 2, y)
    mouse.up()
    panel.wait_for_value(name, value, value)


def test_a_panel_is_used_by_keyboard_alone(lab):
    """Tab goes from control to control, in the order of the eye; each answers to keys."""
    (path,) = [path for path in PATHS if path.stem.startswith("07")]
    lab.open(path.name).run_all()
    panel, keyboard = lab.panels()[0].show(), lab.page.keyboard
    at_first = panel.sentence()
    panel.number_box("T").focus()
    keyboard.press("ControlOrMeta+a")
    keyboard.type("20")
    with panel.answered():
        keyboard.press("Enter")
    assert panel.sentence() != at_first
    stops = []
    while stops[-1:] != ["slider W_s"] and len(stops) < 60:
        stops.append(focused(lab.page))
        if stops[-1] == "slider":
            name = panel.main() if stops[-2] == "Play" else stops[-2]
            stops[-1], before = f"slider {name}", panel.value(name)
            keyboard.press("ArrowLeft")
            panel.wait_for_other_value(name, before)
        keyboard.press("Tab")
    expected = ["T", "g1", "X", "slider X", "S_0", "slider S_0", "show", "Reset", "W_s", "Play"]
    assert stops == [*expected, "slider W_s"]
    with panel.answered():
        panel.button("Reset").press("Enter")
    panel.look_at_value("T", 50)
    assert panel.sentence() == at_first
    lab.shut_down()


def focused(page):
    """The name of the element that has the keyboard, or its role where it has none."""
    return page.evaluate(
        """() => {
             const e = document.activeElement, label = e.labels?.[0];
             const named = label?.title.split(',')[0] || label?.innerText;
             return named || e.textContent.trim() || e.getAttribute('role');
           }"""
    )


# --- narrow windows, two windows, a lost kernel ---------------------------------------------------


def test_in_a_narrow_window_both_layers_shrink_alike(lab):
    lab.open("10_truncation.ipynb").run_all()
    [panel] = lab.panels()
    wide = panel.show().look()
    size = lab.page.viewport_size
    lab.page.set_viewport_size({**size, "width": 900})
    lab.page.wait_for_timeout(500)
    narrow = panel.look()
    assert has_one_picture(wide) and has_one_picture(narrow)
    (_, _, width, height), (_, _, less, lower) = wide.places[0], narrow.places[0]
    assert less < 0.9 * width and less / lower == pytest.approx(width / height, rel=0.01)
    lab.page.set_viewport_size(size)
    lab.shut_down()


@pytest.mark.parametrize("way", ["restart", "shutdown"])
def test_a_panel_whose_kernel_has_gone_says_so(lab, way):
    lab.open("10_truncation.ipynb").run_all()
    [panel] = lab.panels()
    assert panel.words_below() == "none"
    lab.page.evaluate(f"() => {jupyter.KERNEL}.{way}()")
    lab.page.wait_for_selector(".bptt-panel.jupyter-widgets-disconnected")
    assert "The kernel of this panel has gone" in panel.words_below()
    assert has_one_picture(panel.look())
    lab.shut_down()


def test_a_second_tab_on_the_same_kernel_leaves_the_panel_of_the_first(lab, window):
    lab.open("10_truncation.ipynb").run_all()
    [first] = lab.panels()
    other = jupyter.Lab(window, lab.address)
    other.open("10_truncation.ipynb").run_all()
    [second] = other.panels()
    for panel in (first, second):
        before = panel.show().look()
        panel.drag("window", 1)
        after = panel.look_at_value("window", 30)
        assert has_one_picture(after)
        assert after.sentence != before.sentence
    other.page.close()
    first.drag("window", 0)
    assert has_one_picture(first.look_at_value("window", 1))
    lab.shut_down()


# --- the same panels elsewhere --------------------------------------------------------------------


def test_panels_answer_in_notebook_7(window, folder):
    """Its arrow keys go from cell to cell even on a slider, but not in the number box."""
    with jupyter.server(folder, "notebook") as address:
        page = jupyter.Lab(window, address).open_in_notebook_7(PATHS[1].name)
        page.problems.clear()  # Notebook 7 doubles entries of its menus, and says so
        page.run_all()
        assert page.panels()
        for panel in page.panels():
            move_slider(panel.show(), panel.main(), is_main=True, arrow_in_box=True)
        assert page.problems == []


def test_panels_answer_in_voila(window, folder):
    with jupyter.server(folder, "voila") as address:
        page = jupyter.Page(window, address)
        page.page.goto(f"{address}/voila/render/{PATHS[1].name}")
        page.page.wait_for_selector(".widget-vbox .noUi-handle")
        assert page.panels()
        for panel in page.panels():
            move_slider(panel.show(), panel.main(), is_main=True)


@each_notebook
def test_the_static_page_shows_every_picture(window, path, tmp_path):
    """Without a kernel: each stored picture, and no word of a lost model."""
    page, _ = HTMLExporter(template_name="lab").from_filename(str(path))
    assert "model not found" not in page and "widget-view+json" not in page
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    view = window.new_page(java_script_enabled=False, offline=True)
    view.goto((tmp_path / "page.html").as_uri())
    widths = view.locator(".jp-OutputArea-output img").evaluate_all(
        "all => all.map(image => image.complete && image.naturalWidth)"
    )
    assert len(widths) == len(stored_pictures(path)) > 0
    assert min(widths) > 200
    view.close()


def test_the_static_picture_of_a_panel_is_described():
    """In the classic page of nbconvert; the one that looks like JupyterLab shows no description."""
    page = html.unescape(HTMLExporter(template_name="classic").from_filename(str(PATHS[0]))[0])
    names = [output.data["text/plain"] for output in stored_pictures(PATHS[0])]
    titles = [name.removeprefix("Panel: ").rsplit(" (", 1)[0] for name in names if "Panel" in name]
    assert titles
    for title in titles:
        assert f'alt="{title}. ' in page, "refresh the notebook"


def stored_pictures(path):
    cells = [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    return [out for cell in cells for out in cell.outputs if "image/png" in out.get("data", {})]


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

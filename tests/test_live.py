"""The live book in Chromium: panels and exercises in place, and the front page's slider.

The built site is served from this machine, and no other can be reached.
"""

import contextlib
import functools
import re

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from drawings import texts
from test_live_python import code, exercises
from test_live_python import page as python
from test_solutions import PATHS

from bptt_helpers import bptt, rnn
from bptt_course.figures.stage import Words

each_notebook = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
LOADING = 180_000  # ms until Python is there, on a machine that does other work as well
# The widths for which both layers are laid out, which are SVG: pixels are not sharp everywhere.
LAYERS = """picture => picture.querySelector('canvas') ? null :
  [atob(picture.querySelector('img').src.split(',')[1]), picture.querySelector('svg').outerHTML]
    .map(svg => Number(svg.match(/viewBox="0 0 (\\d+) /)[1]) / 10)"""
SIZES = """panel => [...panel.querySelectorAll('button, input, select')]
  .filter(target => target.checkVisibility())
  .map(target => [target.getBoundingClientRect(), target.outerHTML])
  .filter(([box]) => Math.min(box.width, box.height) < 24).map(([, html]) => html)"""


# A page that holds a Python for others, and what stands in these for their own worker.
HOLD = """() => new Promise((resolve, reject) => {
  const line = new BroadcastChannel('python');
  const python = new Worker('live/worker.js', { type: 'module' });
  python.onmessage = ({ data }) => {
    if (data.failed) reject(data.failed);
    else if (data.share === 1) resolve();
    else if ('id' in data) line.postMessage(data);
  };
  line.onmessage = ({ data }) => 'asked' in data && python.postMessage(data);
})"""
SHARE = """
const stand = `
const line = new BroadcastChannel('python');
const own = Math.random() + ' ';
line.onmessage = ({ data }) => {
  if (!('asked' in data) && data.id.startsWith(own))
    postMessage({ ...data, id: data.id.slice(own.length) });
};
self.onmessage = ({ data }) => line.postMessage({ ...data, id: own + data.id });
postMessage({ share: 1, words: '' });
`;
const address = URL.createObjectURL(new Blob([stand], { type: 'text/javascript' }));
window.Worker = class extends Worker {
  constructor(script, ...more) {
    super(String(script).endsWith('/live/worker.js') ? address : script, ...more);
  }
};
"""


@pytest.fixture(scope="module")
def shared(window, site_address):
    """A context whose pages can share one Python, and the names of the files that this loaded."""
    loaded, problems = [], []
    with contextlib.closing(window.new_context()) as context:
        page = context.new_page()
        page.set_default_timeout(LOADING)
        page.on("request", lambda request: loaded.append(request.url))
        watch(page, site_address, problems)
        page.goto(f"{site_address}/index.html")
        page.evaluate(HOLD)
        yield context, {url.rsplit("/", 1)[1] for url in loaded}
    assert problems == []


def watch(page, site_address, problems):
    """Note as a problem what is asked elsewhere, and each error and warning."""
    page.on(
        "request",
        lambda request: (
            request.url.startswith((site_address, "data:", "blob:")) or problems.append(request.url)
        ),
    )
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "console",
        lambda message: (
            message.type in ("error", "warning")
            and problems.append(f"{message.text} {message.location}")
        ),
    )


@pytest.fixture
def opened(window, site_address, shared):
    """Opens a page of the site; in the end nothing was asked elsewhere and no error was told.

    Its Python is one that other pages have used before, or a `new` one of its own.
    """
    problems = []
    with contextlib.ExitStack() as stack:

        def open_page(name, width=1280, height=900, new=False):
            page = stack.enter_context((window if new else shared[0]).new_page())
            page.set_viewport_size({"width": width, "height": height})
            page.set_default_timeout(LOADING)
            watch(page, site_address, problems)
            if not new:
                page.add_init_script(SHARE)
            page.goto(f"{site_address}/{name}.html")
            return page

        yield open_page
    assert problems == []


TYPE_DURING_A_MOVE = """(box, slider) => {
  slider.stepUp();
  slider.dispatchEvent(new Event('input'));
  box.focus();
  box.select();
  document.execCommand('insertText', false, '1.03');
}"""


class LivePanel:
    """A panel on the page; `number` counts them."""

    def __init__(self, page, number=0):
        self.page, self.host = page, page.locator(".bptt-live").nth(number)
        self.box = self.host.locator(".bptt-panel")
        self.image = self.box.locator(".bptt-picture")

    def start(self):
        """Press "Move it", and wait until the panel is there. One bar says that Python loads."""
        self.host.get_by_role("button", name="Move it").press("Enter")
        assert self.page.locator(".bptt-loading").count() <= 1
        return self.wait()

    def wait(self):
        self.image.wait_for()
        return self

    def picture(self):
        """The markup of both layers."""
        return self.image.inner_html()

    def wait_for_other_picture(self, picture):
        self.page.wait_for_function(
            "([image, before]) => image.innerHTML !== before",
            arg=[self.image.element_handle(), picture],
        )

    def sentence(self):
        return self.box.get_by_role("status").inner_text()

    def number(self, name):
        """The number box of a control."""
        label = re.compile(f"^{re.escape(name.replace('_', '', 1))}$")
        return self.box.locator("label", has_text=label).locator("input")

    def slider(self, name):
        return self.box.get_by_label(f"{name} slider", exact=True)

    def wait_for_value(self, name, value):
        self.page.wait_for_function(
            "([box, value]) => Math.abs(box.value - value) < 1e-6 * (1 + Math.abs(value))",
            arg=[self.number(name).element_handle(), value],
        )

    def drag(self, name, share, beside=0):
        """Drag the handle to this share of the way from the low end; `beside`: pixels more."""
        slider = self.slider(name)
        slider.scroll_into_view_if_needed()
        box = slider.bounding_box()
        low, value, high = slider.evaluate("s => [s.min, s.value, s.max].map(Number)")
        places = [(value - low) / (high - low), share]
        x = [box["x"] + 12 + place * (box["width"] - 24) for place in places]
        y, mouse = box["y"] + box["height"] / 2, self.page.mouse
        mouse.move(x[0], y)
        mouse.down()
        mouse.move((x[0] + x[1]) / 2, y)
        mouse.move(x[1] + beside, y)
        mouse.up()

    def scale(self):
        """CSS pixels of the picture to each pixel of its layout, and the width of the latter."""
        return self.image.evaluate(
            "i => [i.clientWidth / parseFloat(i.style.width), i.clientWidth]"
        )


def sources_of_panels(path):
    """(the cells above, the cell) of each panel of a notebook."""
    sources = code(path)
    return [(sources[:k], s) for k, s in enumerate(sources) if s.startswith("panels.")]


@functools.cache
def laid_out(path, number, width):
    """What is told of a panel that is laid out at this width; pixels of its smallest letter."""
    above, source = sources_of_panels(path)[number]
    told = python.make("here", above, source, width)
    panel = python._panels.pop("here")
    sizes = [text.get_fontsize() / 0.72 for text in texts(panel.figure)]
    words = [artist for artist in panel.picture.live if isinstance(artist, Words)]
    sizes += [word.size for artist in words for word in artist.shown if word.said]
    panel.close()
    return told, min(sizes)


def axe(page, selector):
    """The faults in a part of the page. The formulas elsewhere go first, only to save time."""
    page.locator("mjx-container").evaluate_all(
        "(all, selector) => all.forEach(one => one.closest(selector) ?? one.remove())", selector
    )
    run = Axe().run(page, {"include": [[selector]]}, {"resultTypes": ["violations"]})
    return [
        f"{fault['id']}: {node['html'][:200]}"
        for fault in run.response["violations"]
        for node in fault["nodes"]
    ]


# ---- Panels -------------------------------------------------------------------------------------


@each_notebook
def test_the_panels_of_each_notebook_move(opened, path):
    """The first by key and by hand; all of them are there, sharp, and can be used by all.

    So can the editors of its exercises.
    """
    page = opened(path.stem)
    count = page.locator(".bptt-live").count()
    assert count == len(sources_of_panels(path)) > 0
    first = LivePanel(page).start()
    assert first.box.evaluate("box => box.contains(document.activeElement)"), "the keyboard is lost"
    told, _ = laid_out(path, 0, first.scale()[1])
    control = next(c for c in told["controls"] if c["name"] == (told["main"] or c["name"]))
    name, before = control["name"], first.picture()
    if "step_words" in control:
        first.box.get_by_role("button", name=control["step_words"][1]).press("Enter")
        first.wait_for_value(name, control["value"] + 1)
        first.wait_for_other_picture(before)
    else:
        ends = [("Home", control["low"]), ("End", control["high"])]
        for key, value in ends if control["value"] != control["low"] else ends[::-1]:
            before = first.picture()
            first.slider(name).press(key)
            first.wait_for_value(name, value)
            first.wait_for_other_picture(before)
        before = first.picture()
        first.drag(name, 0.6)
        first.wait_for_other_picture(before)
    first.box.get_by_role("button", name="Reset").click()
    first.wait_for_value(name, control["value"])
    assert plain(first.sentence()) == plain(re.sub("<[^>]*>", "", told["said"]))
    for number in range(count):
        panel = LivePanel(page, number).wait()
        scale, width = panel.scale()
        assert panel.image.evaluate(LAYERS) == [width, width]
        assert scale * laid_out(path, number, width)[1] > 11.9
        assert width <= panel.host.evaluate("host => host.clientWidth") + 1
        assert panel.box.evaluate(SIZES) == []
    assert axe(page, ".bptt-panel") == []
    editors = page.locator(".bptt-exercise textarea").evaluate_all("all => all.map(e => e.value)")
    assert editors == [stub for _, stub, *_ in exercises(path)]


def plain(words):
    return re.sub(r"[\s_^]+", "", words.replace("&lt;", "<").replace("&gt;", ">"))


def test_a_panel_is_laid_out_for_its_column_and_again_for_another(opened):
    page = opened("07_vanishing_exploding", width=360)
    panel = LivePanel(page).start()
    path = next(path for path in PATHS if path.stem.startswith("07"))
    for width in (360, 700, 1920):
        before = panel.picture()
        if width != 360:
            page.set_viewport_size({"width": width, "height": 900})
            panel.wait_for_other_picture(before)
            page.wait_for_timeout(500)
            panel.wait_for_value("W_s", 0.9)
        scale, shown = panel.scale()
        room = panel.host.evaluate("host => host.clientWidth")
        assert scale == 1 and shown == min(1100, room)
        assert panel.image.evaluate(LAYERS) == [shown, shown]
        told, smallest = laid_out(path, 0, shown)
        assert smallest > 11.9
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        slider, picture = panel.slider("W_s").bounding_box(), panel.image.bounding_box()
        left, right = told["track"]
        assert slider["x"] + 12 == pytest.approx(picture["x"] + left, abs=1)
        end = picture["x"] + picture["width"] - right
        assert slider["x"] + slider["width"] - 12 == pytest.approx(end, abs=1)


def test_a_hand_finds_1_and_what_is_typed_or_played_does_not_snap(opened):
    page = opened("07_vanishing_exploding")
    panel = LivePanel(page).start()
    panel.drag("W_s", 0.75, beside=2)
    panel.wait_for_value("W_s", 1)
    assert "nothing is lost" in panel.sentence()
    panel.slider("W_s").press("ArrowRight")
    panel.wait_for_value("W_s", 1.01 + 0.01 * (panel.slider("W_s").get_attribute("step") == "0.02"))
    before = panel.picture()
    panel.number("W_s").evaluate(TYPE_DURING_A_MOVE, panel.slider("W_s").element_handle())
    panel.wait_for_other_picture(before)  # the answer leaves alone what is being typed
    panel.number("W_s").press("Enter")
    panel.wait_for_value("W_s", 1.03)
    before = panel.sentence()
    panel.box.get_by_role("button", name="Play").click()
    page.wait_for_function(
        "([box, before]) => box.innerText !== before",
        arg=[panel.box.get_by_role("status").element_handle(), before],
    )
    panel.box.get_by_role("button", name="Pause").click()
    assert panel.box.get_by_role("button", name="Play").is_visible()


def test_of_a_pictures_two_layers_a_move_replaces_the_upper(opened):
    """They have one place, which stays, and one name; the hand meets the lower one."""
    page = opened("10_truncation")
    panel = LivePanel(page).start()
    panel.slider("window").scroll_into_view_if_needed()
    still, moving = panel.image.locator("> img, > div > svg").all()
    box, before, stands = still.bounding_box(), panel.picture(), still.element_handle()
    panel.slider("window").press("ArrowRight")
    panel.wait_for_other_picture(before)
    assert stands.evaluate("still => still.isConnected"), "it is not set anew"
    assert [part.bounding_box() for part in (panel.image, still, moving)] == [box] * 3
    assert still.get_attribute("alt") == panel.box.get_attribute("aria-label")
    assert panel.image.locator("[role], [aria-label], title").count() == 0
    assert stands.evaluate(MEETS)


MEETS = """still => {
  const box = still.getBoundingClientRect();
  return still.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2));
}"""


def test_what_python_loads_has_the_size_that_the_bar_counts_on(shared, built_site):
    """Without IPython."""
    _, loaded = shared
    sizes = [p.stat().st_size for p in (built_site / "pyodide").iterdir() if p.name in loaded]
    counted = re.search(r"BYTES = (\S+);", (built_site / "live" / "worker.js").read_text())[1]
    assert sum(sizes) == pytest.approx(float(counted), rel=0.1)
    assert not any(name.lower().startswith("ipython") for name in loaded)


def test_of_many_moves_the_newest_counts(opened):
    page = opened("10_truncation")
    panel = LivePanel(page).start()
    slider, box = panel.slider("window"), panel.number("window")
    slider.evaluate(
        """slider => { for (let value = 1; value <= 30; value++) {
             slider.value = value; slider.dispatchEvent(new Event('input')); } }"""
    )
    panel.wait_for_value("window", 30)
    page.wait_for_timeout(500)
    assert slider.input_value() == box.input_value() == "30"
    path = next(path for path in PATHS if path.stem.startswith("10"))
    above, source = sources_of_panels(path)[0]
    told = python.make("here", above, source, 700, {"window": 30})
    python._panels.pop("here").close()
    assert plain(panel.sentence()) == plain(re.sub("<[^>]*>", "", told["said"]))


def test_what_other_values_need_is_set_while_nobody_asks_for_anything(opened):
    """Of each step once; a move comes first, and finds the panel as it was."""
    page = opened("05_backward_pass")
    page.evaluate(
        """() => { window.asked = []; window.line = new BroadcastChannel('python');
             line.onmessage = ({ data }) => 'asked' in data && asked.push(data); }"""
    )
    panel = LivePanel(page).start()
    before = panel.picture(), panel.sentence()
    page.wait_for_function("asked.filter(one => one.asked === 'rehearse').length > 2")
    assert (panel.picture(), panel.sentence()) == before
    panel.box.get_by_role("button", name="Next step").click()
    panel.wait_for_value("step", 1)
    told = page.evaluate("asked.map(one => [one.asked, one.given.key, one.given.value])")
    makes = [k for k, (asked, *_) in enumerate(told) if asked == "make"]
    values = [tuple(rest) for asked, *rest in told if asked == "rehearse"]
    assert max(makes) < [asked for asked, *_ in told].index("rehearse")
    assert len(set(values)) == len(values)


def test_where_its_memory_cannot_be_taken_over_python_starts_without(window, site_address):
    with contextlib.closing(window.new_page()) as page:
        page.set_default_timeout(LOADING)
        said = []
        page.on("console", lambda message: said.append(message.text))
        page.context.route("**/memory.bin", lambda route: route.fulfill(body=b"\0" * 4096))
        page.goto(f"{site_address}/10_truncation.html")
        assert LivePanel(page).start().picture()
        assert any("Snapshot" in words for words in said)


def test_where_python_cannot_start_the_page_stays_and_says_so(window, site_address):
    with contextlib.closing(window.new_page()) as page:
        page.context.route("**/pyodide.mjs", lambda route: route.abort())
        page.goto(f"{site_address}/10_truncation.html")
        host = page.locator(".bptt-live")
        host.get_by_role("button", name="Move it").click()
        assert "Python could not start" in host.get_by_role("alert").inner_text()
        assert host.get_by_role("button", name="Try again").is_enabled()
        assert page.locator(".cell_output img").first.evaluate("i => i.naturalWidth") > 0


# ---- Exercises ----------------------------------------------------------------------------------

ENDLESS = "while True:\n    try:\n        S_t = 1\n    except:\n        pass\n"


def test_an_exercise_is_done_on_the_page(opened):
    """Wrong, right, and a loop that nothing ends but the end of its Python."""
    path = PATHS[0]
    _, stub, _, solution = exercises(path)[0]
    page = opened(path.stem, new=True)
    assert page.locator(".bptt-exercise").count() == len(exercises(path))
    exercise = page.locator(".bptt-exercise").first
    editor, result = exercise.locator("textarea"), exercise.locator("pre.bptt-result")
    assert editor.input_value() == stub
    check, reset = (exercise.get_by_role("button", name=name) for name in ("Check", "Reset"))
    assert reset.is_disabled() and not page.get_by_text("checks.one_step(step)").is_visible()

    def wait_for_result(ok, words):
        page.wait_for_function(
            "([result, ok, words]) => result.dataset.ok === ok && result.innerText.includes(words)",
            arg=[result.element_handle(), ok, words],
        )

    editor.fill(stub.replace("...", "W_x * X_t + S_before"))
    check.click()
    wait_for_result("false", "W_s")
    exercise.get_by_role("button", name="Hint").click()
    wait_for_result("false", "Hint 3 of 3")
    editor.fill(solution)
    check.click()
    wait_for_result("true", "Right")
    for factor, key in ((1, "Control+Enter"), (2, "Shift+Enter")):
        editor.fill(f"{solution}\nprint({factor} * step(1, 0.5, 3, 2, abs))")
        editor.press(key)
        wait_for_result("", f"{4.0 * factor}")
    panel = LivePanel(page).start()
    panel.wait_for_other_picture("")
    editor.fill("print(1)\nwhile True:\n    pass")
    exercise.get_by_role("button", name="Run").click()
    wait_for_result("false", "longer than a second")
    editor.fill(ENDLESS)
    exercise.get_by_role("button", name="Run").click()
    wait_for_result("false", "was stopped")
    assert editor.input_value() == ENDLESS
    reset.click()
    wait_for_result("", "")  # the verdict was on the text that has gone
    exercise.get_by_role("button", name="Bring my text back").click()
    before = panel.picture()
    panel.box.get_by_role("button", name="Next").click()  # in a new Python
    panel.wait_for_value("step", 1)
    panel.wait_for_other_picture(before)
    page.reload()
    assert editor.input_value() == ENDLESS
    reset.click()
    assert editor.input_value() == stub
    exercise.get_by_role("button", name="Bring my text back").click()
    assert editor.input_value() == ENDLESS
    assert exercise.evaluate(SIZES) == []
    assert axe(page, ".bptt-exercise") == []


def test_the_editor_has_good_manners(opened):
    """Tab and Enter indent; Escape, then Tab, leaves."""
    page = opened(PATHS[0].stem)
    exercise = page.locator(".bptt-exercise").first
    editor, keyboard = exercise.locator("textarea"), page.keyboard
    editor.fill("")
    editor.focus()
    for key in ("i", "f", " ", "a", ":", "Enter", "b", "Enter", "Tab", "c"):
        keyboard.press("Space" if key == " " else key)
    assert editor.input_value() == "if a:\n    b\n        c"
    keyboard.press("Shift+Tab")
    assert editor.input_value() == "if a:\n    b\n    c"
    keyboard.press("ControlOrMeta+a")
    keyboard.press("Tab")
    assert editor.input_value() == "    if a:\n        b\n        c"
    keyboard.press("ControlOrMeta+z")
    assert editor.input_value() == "if a:\n    b\n    c"
    keyboard.press("Escape")
    keyboard.press("Tab")
    assert exercise.get_by_role("button", name="Run").evaluate("b => b === document.activeElement")


# ---- The front page -----------------------------------------------------------------------------


def test_the_front_pages_slider_is_held_to_the_helpers(opened, built_site):
    assert (built_site / "live" / "hero.js").stat().st_size < 10_000
    page = opened("index")
    told = page.evaluate(
        """async () => { const hero = await import(document.querySelector('[src*="hero.js"]').src);
             return hero.stops.map(W_s => [W_s, hero.flow(W_s), hero.said(W_s)]); }"""
    )
    assert [round(W_s, 2) for W_s, *_ in told] == [round(0.01 * k, 2) for k in range(-150, 151)]
    for W_s, flow, (head, sentence) in told:
        run = rnn.forward(np.zeros(20), 1.0, rnn.Weights(1, W_s, 1), "identity")
        back = [bptt.state_jacobian(run, 20, k) for k in range(20, -1, -1)]
        assert flow == pytest.approx(back, rel=1e-12, abs=0)
        number = head.rsplit(" = ", 1)[1].replace("·10", "e").replace("⁻", "-")
        number = number.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789"))
        assert float(number) == pytest.approx(back[-1], rel=0.006, abs=0)
        kind = "Nothing" if W_s == 0 else "It stays" if abs(W_s) == 1 else None
        kind = kind or ("It dies" if back[-1] < 0.01 else "It fades") if abs(W_s) < 1 else kind
        kind = kind or ("It grows" if back[-1] <= 10 else "It blows up")
        assert sentence.startswith(kind), W_s
    slider = page.locator("#bptt-hero input")
    assert page.locator("#bptt-hero").get_by_role("status").inner_text().startswith("∂S")
    for key, words in (("Home", "blows up"), ("End", "blows up"), ("ArrowLeft", "1.49")):
        slider.press(key)
        assert words in page.locator("#bptt-hero").get_by_role("status").inner_text()
    play = page.locator("#bptt-hero button")
    page.clock.install()
    play.click()  # from a gradient that dies
    page.get_by_text("It dies").wait_for()
    page.clock.run_for(4500)
    page.get_by_text("It stays").wait_for()
    play.click()
    assert (play.inner_text(), slider.input_value()) == ("Play", "1")
    assert axe(page, "#bptt-hero") == []

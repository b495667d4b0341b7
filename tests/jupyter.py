"""A real JupyterLab in headless Chromium, for the browser tests and the benchmarks."""

import collections
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
QUIET_CHROMIUM = (
    "--proxy-server=127.0.0.1:9",  # where nothing answers: only this machine can be reached
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
KERNEL = "window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel"
SETTINGS = {
    # every cell is on the page, also those out of sight
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
}


def chromium():
    """The path of a Chromium or Chrome, or None; the variable CHROMIUM names one by hand."""
    candidates = [os.environ.get("CHROMIUM"), *CHROMIUM_NAMES]
    found = [shutil.which(name) for name in candidates if name]
    installed = [
        Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
        Path(
            os.environ.get("PROGRAMFILES", "C:/Program Files"),
            "Google/Chrome/Application/chrome.exe",
        ),
    ]
    found += [str(path) for path in installed if path.is_file()]
    return next((path for path in found if path), None)


@contextlib.contextmanager
def server(folder, program="lab"):
    """A Jupyter server over the notebooks in `folder`; gives its address, ends it afterwards.

    `program` is "lab", "notebook" (Notebook 7) or "voila".
    """
    folder = Path(folder)
    home = folder / ".jupyter"
    overrides = home / "config" / "labconfig"
    overrides.mkdir(parents=True, exist_ok=True)
    (overrides / "default_setting_overrides.json").write_text(json.dumps(SETTINGS))
    port = _free_port()
    environment = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_PREFER_ENV_PATH": "1",
    }
    with open(folder / "server.log", "w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *_command(program, folder, port)],
            cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_until_it_answers(process, address, folder / "server.log")
            yield address
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def _command(program, folder, port):
    if program == "voila":
        return ["voila", str(folder), "--no-browser", f"--port={port}", "--Voila.ip=127.0.0.1"]
    return [
        {"lab": "jupyterlab"}.get(program, program),
        "--no-browser",
        f"--ServerApp.port={port}",
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.port_retries=0",
        "--IdentityProvider.token=",
        "--ServerApp.password=",
        "--ServerApp.disable_check_xsrf=True",
        f"--ServerApp.root_dir={folder}",
        "--ServerApp.allow_root=True",
        "--LabApp.expose_app_in_browser=True",
        "--JupyterNotebookApp.expose_app_in_browser=True",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
    ]


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_until_it_answers(process, address, log, seconds=90):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError):
            urllib.request.urlopen(address, timeout=10).read()
            return
        time.sleep(0.2)
    raise RuntimeError(f"The Jupyter server did not start:\n{log.read_text()[-3000:]}")


@contextlib.contextmanager
def browser():
    """A headless Chromium, driven by Playwright."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        window = playwright.chromium.launch(executable_path=chromium(), args=list(QUIET_CHROMIUM))
        yield window
        window.close()


Look = collections.namedtuple("Look", "picture, sentence, places")
LOOK = """box => {
  const layers = [...box.querySelectorAll('.bptt-picture > img, .bptt-picture svg[viewBox]')]
    .filter(layer => !layer.parentElement.closest('svg'));
  const place = ({x, y, width, height}) => [x, y, width, height].map(Math.round);
  return [layers.map(layer => layer.outerHTML).join(), box.querySelector('[role=status]').innerText,
          layers.map(layer => place(layer.getBoundingClientRect()))];
}"""

# The middle of a handle, and the ends of its track.
PLACE = """handle => {
  const middle = box => [box.x + box.width / 2, box.y + box.height / 2];
  const track = handle.closest('.noUi-target').getBoundingClientRect();
  return [...middle(handle.getBoundingClientRect()), track.left, track.right];
}"""


class Page:
    """A page of the browser; `problems` collects what its console says."""

    def __init__(self, window, address, width=1280, height=900):
        self.address, self.problems = address, []
        self.page = window.new_page(viewport={"width": width, "height": height})
        self.page.set_default_timeout(60_000)
        self.page.on("console", self._note_console)
        self.page.on("pageerror", lambda error: self.problems.append(f"page error: {error}"))

    def _note_console(self, message):
        if message.type in ("error", "warning"):
            self.problems.append(f"{message.text} ({message.location.get('url', '')})")

    def panels(self):
        """The panels on the page, as `PanelOnPage`, in the notebook's order."""
        boxes = self.page.locator(".bptt-panel")
        return [PanelOnPage(self.page, boxes.nth(k)) for k in range(boxes.count())]


class Lab(Page):
    """A page of JupyterLab with one notebook open."""

    def open(self, notebook):
        """Open a notebook (its file name) in a fresh workspace and wait for its kernel."""
        self._go(f"lab/workspaces/t{time.time_ns()}/tree/{notebook}?reset")
        self._execute("application:toggle-left-area")
        return self

    def open_in_notebook_7(self, notebook):
        """The same where the server is that of Notebook 7."""
        return self._go(f"notebooks/{notebook}")

    def _go(self, place):
        self.problems.clear()
        self.page.goto(f"{self.address}/{place}")
        self.page.wait_for_selector(".jp-Notebook .jp-Cell")
        self.page.wait_for_function(f"{KERNEL}?.status === 'idle'")
        self.page.evaluate(
            f"() => {{ window.idle = 0; {KERNEL}.statusChanged.connect("
            "(_, status) => { window.idle += status === 'idle'; }); }"
        )
        return self

    def _execute(self, command):
        self.page.evaluate(f"window.jupyterapp.commands.execute('{command}')")

    def run_all(self, seconds=180):
        """Run all cells; waits until the last has run and the panels are on the page."""
        self._execute("notebook:clear-all-cell-outputs")
        self._execute("notebook:run-all-cells")
        self.page.wait_for_function(
            """() => window.jupyterapp.shell.currentWidget.content.widgets.every(cell =>
                 cell.model.type !== 'code' || cell.model.executionCount)""",
            timeout=1000 * seconds,
        )
        return self

    def cut_off_buttons(self):
        """The words of the panels' buttons that have not the room for them."""
        return self.page.locator(".widget-vbox .widget-button").evaluate_all(
            """all => all.filter(button => button.scrollWidth > button.clientWidth)
                          .map(button => button.textContent)"""
        )

    def shut_down(self):
        """End the notebook's kernel and leave the page."""
        self.page.evaluate(f"() => {KERNEL}.shutdown()")
        self.page.goto("about:blank")

    def tracebacks(self):
        """The text of every error output on the page, and of all that was written on stderr."""
        return self.page.locator(
            ".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.error'], "
            ".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']"
        ).all_inner_texts()


class PanelOnPage:
    """A panel as a person meets it: handles to drag, boxes to type in, a picture, a sentence."""

    def __init__(self, page, box):
        self.page, self.box, self._found = page, box, {}

    def show(self):
        """Bring it into view, with the controls that are shown on demand."""
        self.box.scroll_into_view_if_needed()
        more = self.box.get_by_role("button", name="more", exact=True)
        if more.count() and more.get_attribute("class").find("mod-active") < 0:
            more.click()
        return self

    def look(self):
        """Picture, sentence, and the place of each layer of the picture, as the browser has them.

        The picture is its markup.
        """
        return Look(*self.box.evaluate(LOOK))

    def look_at_value(self, name, value):
        """The look, once the box of the control `name` holds this value.

        The kernel sets the box after the picture and the sentence.
        """
        low, high = self.ends(name)
        self.wait_for_value(name, value - 1e-6 * (high - low), value + 1e-6 * (high - low))
        return self.look()

    def words_below(self):
        """What the style sheet writes below the panel."""
        return self.box.evaluate("box => getComputedStyle(box, '::after').content")

    def title(self):
        """The panel's name, as a screen reader says it of the picture."""
        return self.box.locator(".bptt-picture > img").get_attribute("title")

    def sentence(self):
        return self.box.locator("[role=status]").inner_text()

    def _names(self, selector):
        """The names that the labels of some controls carry: "W_s" of "W_s, from -2 to 2"."""
        titles = self.box.locator(f"{selector} label").evaluate_all("all => all.map(l => l.title)")
        return [title.split(",")[0] for title in titles]

    def boxes(self):
        """The names of the controls with a number box, in order."""
        return self._names(".widget-text")

    def main(self):
        """The name of the control beside the sentence, None if there is none."""
        row = ".widget-hbox:has([role=status]) .widget-text"
        return next(iter(self._names(row)), None)

    def has_slider(self, name):
        """Whether there is a handle to drag for this control."""
        if name == self.main():
            return self.box.locator("> .widget-hslider").count() > 0
        return self._row(name).locator("> .widget-hslider").count() > 0

    def menus(self):
        """The menus by their labels, which read g1 for g_1."""
        return self.box.locator(".widget-dropdown label").all_inner_texts()

    def _row(self, name):
        return self.box.locator(f".widget-hbox:has(> * > label[title^='{name},'])").last

    def handle(self, name):
        if name == self.main():
            return self._once(name, self.box.locator("> .widget-hslider .noUi-handle"))
        return self._once(name, self._row(name).locator(".noUi-handle"))

    def _once(self, name, locator):
        """An element that is looked for once: the page is large."""
        if name not in self._found:
            self._found[name] = locator.element_handle()
        return self._found[name]

    def number_box(self, name):
        label = self.box.locator(f".widget-text:has(> label[title^='{name},']) input")
        return self._once(f"box of {name}", label)

    def button(self, words):
        return self.box.get_by_role("button", name=words, exact=True)

    def menu(self, name):
        return self.box.locator(".widget-dropdown select").nth(self.menus().index(name))

    def entries(self, name):
        return self.menu(name).evaluate("menu => [...menu.options].map(entry => entry.value)")

    def value(self, name):
        return float(self.number_box(name).input_value())

    def ends(self, name):
        """The lowest and the highest value that the number box takes."""
        return self.number_box(name).evaluate("box => [Number(box.min), Number(box.max)]")

    def drag(self, name, end):
        """Drag the handle to an end of its slider: 0 is low, 1 is high."""
        self.handle(name).scroll_into_view_if_needed()
        x, y, low, high = self.handle(name).evaluate(PLACE)
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(high + 20 if end else low - 20, y)
        self.page.mouse.up()

    def press(self, name, key):
        """Press a key on the handle."""
        self.handle(name).press(key)

    def wait_for_value(self, name, low, high, seconds=20):
        """Wait until the number box holds a value from `low` to `high`."""
        self.page.wait_for_function(
            "([box, low, high]) => low <= Number(box.value) && Number(box.value) <= high",
            arg=[self.number_box(name), low, high],
            timeout=1000 * seconds,
        )

    @contextlib.contextmanager
    def answered(self):
        """Wait after a step until the kernel has dealt with it (in JupyterLab)."""
        before = self.page.evaluate("window.idle")
        yield
        self.page.wait_for_function(
            f"before => window.idle > before && {KERNEL}.status === 'idle'", arg=before
        )

    def wait_for_other_value(self, name, value, seconds=20):
        """Wait until the number box holds another value than this."""
        self.page.wait_for_function(
            "([box, value]) => Number(box.value) !== value",
            arg=[self.number_box(name), value],
            timeout=1000 * seconds,
        )

"""How quickly the live book answers: its pages, its panels, the slider of its front page.

    python benchmarks/web.py FOLDER [--moves 40] [--only 07]

FOLDER is a built site (`python3 start.py site --to FOLDER`). It is served from this machine to one
Chromium, without compression, each page in a context of its own, so that nothing is cached.

- page    from the request to the event `load`, and the bytes that came
- start   from the click on "Move it" to the first live panel, and then to each further one
- key     from the key event on a panel's main control to the frame after its picture was changed,
          after five seconds in which nobody asks for anything
- ended   from the click on Run, and on Check, to the verdict on a loop that only the end of its
          Python ends, on the page of notebook 01
- hero    from the key event to the frame after the change
- lab     in JupyterLite, from the request to the end of the first cell of notebook 01

All other times are of the page's own clock, medians and 95th percentiles in ms.
"""

import argparse
import contextlib
import functools
import http.server
import os
import statistics
import sys
import textwrap
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import jupyter  # noqa: E402

WAIT = 300_000  # ms
# Notes when each panel on the page is there, from the click on.
STARTED = """() => {
  window.began = performance.now(); window.arrived = [];
  new MutationObserver(() => {
    const count = document.querySelectorAll('.bptt-picture > img').length;
    while (window.arrived.length < count) window.arrived.push(performance.now() - window.began);
  }).observe(document.body, {childList: true, subtree: true, attributes: true});
  document.querySelector('.bptt-live > button').click();
}"""
# Notes for each key when the page has drawn the first picture after it, as for the hero below.
KEYS = """picture => {
  window.times = []; let pressed = null;
  addEventListener('keydown', () => { pressed = performance.now(); }, true);
  new MutationObserver(() => {
    if (pressed === null) return;
    const since = pressed, {port1, port2} = new MessageChannel();
    pressed = null;
    port1.onmessage = () => window.times.push(performance.now() - since);
    requestAnimationFrame(() => port2.postMessage(0));
  }).observe(picture, {childList: true, subtree: true});
}"""
HERO = """() => {
  window.times = [];
  addEventListener('keydown', () => {
    const since = performance.now(), {port1, port2} = new MessageChannel();
    port1.onmessage = () => window.times.push(performance.now() - since);
    requestAnimationFrame(() => port2.postMessage(0));
  }, true);
}"""
LOOP = "while True:\n    try:\n        pass\n    except:\n        pass\n"
VERDICT = """exercise => new Promise(resolve => {
  const [result, since] = [exercise.querySelector('.bptt-result'), performance.now()];
  new MutationObserver(() => {
    if (/was stopped/.test(result.textContent)) resolve(performance.now() - since);
  }).observe(result, {childList: true, characterData: true, subtree: true});
  [...exercise.querySelectorAll('button')].find(one => one.textContent === 'HOW').click();
})"""


@contextlib.contextmanager
def served(folder):
    """The address of a server over the folder."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    handler = functools.partial(Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@contextlib.contextmanager
def opened(window, address, name):
    """A page in a context of its own, and what its opening took: (page, ms, bytes)."""
    context = window.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(WAIT)
    page.goto(f"{address}/{name}.html")
    entries = """() => { const [all] = performance.getEntriesByType('navigation');
        const rest = performance.getEntriesByType('resource');
        return [all.loadEventEnd, [all, ...rest].reduce((sum, e) => sum + e.transferSize, 0)]; }"""
    page.wait_for_function("performance.getEntriesByType('navigation')[0].loadEventEnd > 0")
    yield (page, *page.evaluate(entries))
    context.close()


def of_lab(window, address, name="01_forward_pass"):
    """Seconds until the first cell of a notebook has run in JupyterLite."""
    with contextlib.closing(window.new_page()) as page:
        page.set_default_timeout(WAIT)
        began = time.monotonic()
        page.goto(f"{address}/lite/lab/index.html?path={name}.ipynb")
        page.wait_for_selector(".jp-Notebook .jp-Cell")
        page.wait_for_function(f"{jupyter.KERNEL}?.status === 'idle'")
        page.evaluate("window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
        page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
        page.wait_for_function(
            """() => window.jupyterapp.shell.currentWidget.content.model.toJSON().cells
                 .find(cell => cell.cell_type === 'code').execution_count > 0"""
        )
        return time.monotonic() - began


def of_loops(page, times=3):
    """{button: ms until the verdict on a loop without end}, in a Python that is there already."""
    exercise, found = page.locator(".bptt-exercise").first, {"Run": [], "Check": []}
    loop = f"def step(*_):\n{textwrap.indent(LOOP, '    ')}"
    for how, text in [("Run", LOOP), ("Check", loop)] * times:
        exercise.locator("textarea").fill("1 + 1")
        exercise.get_by_role("button", name="Run").click()
        exercise.get_by_text("2", exact=True).wait_for()
        page.wait_for_timeout(1000)
        exercise.locator("textarea").fill(text)
        found[how].append(exercise.evaluate(VERDICT.replace("HOW", how)))
    return found


def pressed(page, target, keys):
    """The times of some keys, each after the answer to the one before."""
    for count, key in enumerate(keys, start=1):
        target.press(key)
        with contextlib.suppress(Exception):  # a key that changes nothing has no time
            page.wait_for_function(f"window.times.length >= {count}", timeout=3000)
        page.wait_for_timeout(120)
    return page.evaluate("window.times")


def back_and_forth(moves, there="ArrowRight", back="ArrowLeft"):
    return [back if k % 8 < 4 else there for k in range(moves)]


def of_panel(page, panel, moves):
    """The times of the panel's main control: its slider, or the button of its next step."""
    panel.scroll_into_view_if_needed()
    page.evaluate(KEYS, panel.locator("> .bptt-picture").element_handle())
    sliders = panel.locator("> input[type=range]")
    if not sliders.count():
        sliders = panel.locator(".bptt-said input[type=number]")
    if sliders.count():
        is_box = sliders.first.get_attribute("type") == "number"
        keys = back_and_forth(moves, "ArrowDown", "ArrowUp") if is_box else back_and_forth(moves)
        return pressed(page, sliders.first, keys)
    return pressed(page, panel.locator("input[type=range]").first, back_and_forth(moves))


def told(times):
    """ "34 ms (p95 52)" """
    if len(times) < 2:
        return "no picture changed"
    return f"{statistics.median(times):.0f} ms (p95 {statistics.quantiles(times, n=20)[-1]:.0f})"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--moves", type=int, default=40)
    parser.add_argument("--only", default="", help="the beginning of a notebook's name")
    options = parser.parse_args()
    names = sorted(path.stem for path in options.folder.glob("[0-9][0-9]_*.html"))
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    print(f"load {load} on {os.cpu_count()} processors")
    with served(options.folder) as address, jupyter.browser() as window:
        with opened(window, address, "index") as (page, ms, size):
            print(f"front page: {ms:.0f} ms, {size / 1e6:.2f} MB", end=", ")
            page.evaluate(HERO)
            keys = back_and_forth(options.moves)
            print(f"hero {told(pressed(page, page.locator('#bptt-hero input'), keys))}", flush=True)
        print(f"JupyterLite: first cell after {of_lab(window, address):.1f} s", flush=True)
        for name in names:
            if not name.startswith(options.only):
                continue
            with opened(window, address, name) as (page, ms, size):
                print(f"{name}: {ms:.0f} ms, {size / 1e6:.2f} MB", end=", ", flush=True)
                count = page.locator(".bptt-live").count()
                page.evaluate(STARTED)
                page.wait_for_function(f"window.arrived.length === {count}")
                first, *rest = page.evaluate("window.arrived")
                further = [b - a for a, b in zip([first, *rest], rest, strict=False)]
                print(f"first live panel {first / 1000:.1f} s", end="")
                print("".join(f", +{ms / 1000:.2f} s" for ms in further))
                page.wait_for_timeout(5000)
                for k in range(count):
                    times = of_panel(page, page.locator(".bptt-panel").nth(k), options.moves)
                    title = page.locator(".bptt-panel").nth(k).get_attribute("aria-label")
                    print(f"    {told(times):24} {title}", flush=True)
                if name == names[0]:
                    for how, times in of_loops(page).items():
                        print(f"    {told(times):24} until {how} has ended a loop", flush=True)


if __name__ == "__main__":
    main()

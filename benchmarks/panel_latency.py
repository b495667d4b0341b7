"""How quickly a panel answers: from a key on its slider to the changed picture, in JupyterLab.

    python benchmarks/panel_latency.py [--moves 50] [--series]

One JupyterLab in one Chromium shows the same figure (two axes, 30 points, 30 bars) in four ways,
and each turn moves each of them once, in a random order:

- panel     `bptt_course.panels.panel.Panel`
- interact  `ipywidgets.interact`, pyplot and the inline backend
- ipympl    a live canvas, `draw_idle` (where ipympl is installed)
- floor     the numbers alone come back from the kernel, and a script on the page draws them

A time runs from the key event to the moment at which the browser has the changed picture decoded
(SVG and a canvas: to the frame after it was drawn), both by the page's own clock. Then the mouse
drags each slider for two seconds. `--series` measures every panel of the series in the same way, on
one page with the first and the last of these four, by its main control: a slider, or two buttons
for a step on and back. No more rounds begin after four minutes, so that all ends within eight.

It needs the test extra (Playwright) and Chromium; ipympl comes with the extra `bench`.
"""

import argparse
import contextlib
import importlib.util
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import every_panel  # noqa: E402
import jupyter  # noqa: E402

FIGURE = """
import ipywidgets, matplotlib, numpy as np
from matplotlib.figure import Figure
from bptt_course.figures import style
from bptt_course.panels.panel import Panel, laid_out, slider
t = np.arange(1, 31)

def draw_on(figure):
    left, right = figure.subplots(1, 2, gridspec_kw={"left": 0.1, "right": 0.98, "bottom": 0.15})
    style.dress(left, "The state over time", "time step", "S")
    style.dress(right, "Each step's share", "time step", "share")
    left.set(xlim=(0, 31), ylim=(-1.1, 1.1))
    right.set(xlim=(0, 31), ylim=(-1.1, 1.1))
    points = left.plot(t, t, "o-", color=style.COLOUR["S"])[0]
    corners = matplotlib.collections.PolyCollection([], facecolors=style.COLOUR["W_s"])
    return points, right.add_collection(corners)

def move(points, bars, W_s):
    points.set_data(t, np.sin(W_s * t))
    h, o = np.cos(W_s * t), 0 * t
    x = np.stack([t - 0.4, t - 0.4, t + 0.4, t + 0.4], axis=1)
    bars.set_verts(np.stack([x, np.stack([o, h, h, o], axis=1)], axis=2))
    return f"W_s is now {W_s:.2f}."
"""
PANEL = """
figure = Figure(figsize=(8, 4), dpi=100)
live = draw_on(figure)
with laid_out(800):
    panel = Panel("benchmark", {"W_s": slider(0, 2, 1, 0.01)},
                  lambda width: (figure, live, lambda W_s: move(*live, W_s)))
panel
"""
INTERACT = """
%matplotlib inline
import matplotlib.pyplot as plt

def show(W_s):
    move(*draw_on(plt.figure(figsize=(8, 4), dpi=100)), W_s)
    plt.show()

ipywidgets.interact(show, W_s=ipywidgets.FloatSlider(1, min=0, max=2, step=0.01));
"""
IPYMPL = """
from ipympl.backend_nbagg import Canvas, FigureManager
canvas = Canvas(Figure(figsize=(8, 4), dpi=100))
manager, artists = FigureManager(canvas, 1), draw_on(canvas.figure)
control = ipywidgets.FloatSlider(1, min=0, max=2, step=0.01)

def move_canvas(change):
    move(*artists, change.new)
    canvas.draw_idle()

control.observe(move_canvas, "value")
display(control, canvas)
"""
FLOOR = """
import json
asked, answer = ipywidgets.FloatSlider(1, min=0, max=2, step=0.01), ipywidgets.HTML()

def tell(change):
    answer.value = json.dumps([*np.sin(change.new * t), *np.cos(change.new * t)])

asked.observe(tell, "value")
display(asked, answer)
"""
WAYS = {"panel": PANEL, "interact": INTERACT, "ipympl": IPYMPL, "floor": FLOOR}
GOALS = [  # the most of another way's time that the panel may take
    ("interact", 1 / 7),
    ("ipympl", 1 / 2),
    ("floor", 1.25),
]
OF_A_PANEL = 1.5  # the most of the floor's time that a panel of the series may take
LONGEST = 240  # seconds, then no other round of moves begins

# Notes the time of each input event, and when the browser has the changed picture of each cell: an
# image once it is decoded, SVG and a canvas at the frame after it was drawn.
INSTRUMENT = """() => {
  const bench = window.bench = {input: 0, shown: {}, wait: {}};
  for (const kind of ['keydown', 'mouseup'])
    document.addEventListener(kind, event => { bench.input = event.timeStamp; }, true);
  const note = cell => {
    bench.shown[cell].push(performance.now());
    (bench.wait[cell] || (() => {}))();
  };
  const noteAtNextFrame = cell => requestAnimationFrame(() => note(cell));
  const seen = new WeakMap();
  const noteOnceDecoded = (image, cell) => {
    if (seen.get(image) === image.src) return;
    seen.set(image, image.src);
    image.decode().then(() => note(cell), () => {});
  };
  const drawFrom = (numbers, output) => {  // the custom front end of the floor
    const canvas = output.querySelector('canvas') ??
      output.appendChild(
        Object.assign(document.createElement('canvas'), {width: 800, height: 400}));
    const pen = canvas.getContext('2d'), height = value => 200 - 180 * value;
    pen.clearRect(0, 0, 800, 400);
    pen.beginPath();
    numbers.slice(0, 30).forEach((value, k) => pen.lineTo(20 + 12 * k, height(value)));
    pen.stroke();
    numbers.slice(30).forEach((value, k) => pen.fillRect(420 + 12 * k, 200, 9, -180 * value));
  };
  for (const [cell, element] of document.querySelectorAll('.jp-Notebook .jp-Cell').entries()) {
    element.dataset.bench = cell;
    bench.shown[cell] = [];
    const output = element.querySelector('.jp-Cell-outputWrapper');
    if (!output) continue;
    output.querySelectorAll('img').forEach(image => seen.set(image, image.src));
    const moving = output.querySelector('.bptt-picture > :last-child');
    if (moving) {
      const observer = new MutationObserver(() => noteAtNextFrame(cell));
      observer.observe(moving, {subtree: true, childList: true});
      continue;
    }
    new MutationObserver(() => {
      const images = output.querySelectorAll('img'), text = output.querySelector('.widget-html');
      images.forEach(image => noteOnceDecoded(image, cell));
      if (text && !images.length && seen.get(text) !== text.textContent) {
        seen.set(text, text.textContent);
        drawFrom(JSON.parse(text.textContent), output);
        noteAtNextFrame(cell);
      }
    }).observe(output, {subtree: true, childList: true, characterData: true,
                        attributes: true, attributeFilter: ['src']});
  }
  const drawImage = CanvasRenderingContext2D.prototype.drawImage;
  CanvasRenderingContext2D.prototype.drawImage = function (...rest) {
    drawImage.apply(this, rest);  // ipympl's view draws so; its hidden canvas stands in no cell
    const cell = this.canvas.closest('.jp-Cell')?.dataset.bench;
    if (cell !== undefined) noteAtNextFrame(cell);
  };
}"""
NEXT = """cell => { window.bench.next = new Promise(done => {
  window.bench.wait[cell] = () => { window.bench.wait[cell] = null; done(performance.now()); };
  setTimeout(() => done(null), 5000);
}); }"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--moves", type=int, default=50, help="moves of each slider (50)")
    parser.add_argument("--series", action="store_true", help="measure every panel of the series")
    options = parser.parse_args()
    if jupyter.chromium() is None:
        sys.exit("No Chromium or Chrome was found; the variable CHROMIUM may name one.")
    has_ipympl = importlib.util.find_spec("ipympl") is not None
    ways = {name: cell for name, cell in WAYS.items() if has_ipympl or name != "ipympl"}
    series = list(map(every_panel.source, every_panel.calls()))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        with jupyter.server(folder) as address, jupyter.browser() as window:
            write(Path(folder, "ways.ipynb"), [FIGURE, *ways.values()])
            times, drags = measure(window, address, "ways.ipynb", list(ways), options.moves)
            table("The same figure, in one JupyterLab", times, drags)
            if not has_ipympl:
                print("\nipympl is not installed in this Python: its row is missing.")
            judge(times)
            if options.series:
                both = {"panel": PANEL, "floor": FLOOR}
                first = FIGURE + "from bptt_course import panels\n"
                write(Path(folder, "series.ipynb"), [first, *both.values(), *series])
                names = [*both, *(source.removeprefix("panels.") for source in series)]
                times, drags = measure(window, address, "series.ipynb", names, options.moves)
                table("Every panel of the series, on one page", times, drags)
                judge(times)
                judge_series(times)


def write(path, cells):
    """A notebook of these code cells."""
    code = [nbformat.v4.new_code_cell(cell.strip()) for cell in cells]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=code, metadata=kernel), path)


def measure(window, address, notebook, names, moves):
    """The times of a notebook's cells, from the second on: {name: [ms]}, {name: (rate, lag)}."""
    lab = jupyter.Lab(window, address).open(notebook).run_all()
    lab.page.wait_for_timeout(3000)
    if lab.tracebacks():
        sys.exit("\n".join(lab.tracebacks()))
    lab.page.evaluate(INSTRUMENT)
    cells = {name: number for number, name in enumerate(names, start=1)}
    times, keys = {name: [] for name in names}, dict.fromkeys(names, "ArrowRight")
    end = time.monotonic() + LONGEST
    while time.monotonic() < end and len(times[names[0]]) < moves + 3:
        for name in random.sample(names, len(names)):
            keys[name] = key_from_here(lab.page, cells[name], keys[name])
            times[name].append(one_move(lab.page, cells[name], keys[name]))
            if times[name][-1] is None:
                keys[name] = "End"  # and back: from end to end the picture changes
    drags = {name: drag(lab.page, cells[name]) for name in names}
    lab.shut_down()
    lab.page.close()
    kept = {name: [ms for ms in each[3:] if ms] for name, each in times.items()}  # 3 warm up
    return kept, drags


def handle_of(page, cell):
    box = page.locator(f"[data-bench='{cell}']")
    main = box.locator(".bptt-panel > .widget-hslider .noUi-handle")
    return main if main.count() else box.locator(".widget-slider .noUi-handle").first


def settle(page, quiet=150):
    """Wait until the kernel has had nothing to do, and the page nothing to show, for `quiet` ms."""
    page.evaluate(
        """async quiet => {
          const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
          const count = () => Object.values(window.bench.shown).flat().length;
          let before = count();
          for (let since = performance.now(); performance.now() - since < quiet;) {
            await new Promise(done => setTimeout(done, 25));
            if (kernel.status !== 'idle' || count() !== before) {
              since = performance.now();
              before = count();
            }
          }
        }""",
        quiet,
    )


def key_from_here(page, cell, key):
    """The same key as before, or the opposite one at an end of the slider.

    Where a panel goes by steps: Enter for one on, and the space bar for one back.
    """
    if steps_of(page, cell).count() == 2:
        return "Space" if key == "Enter" else "Enter"
    low, now, high = handle_of(page, cell).evaluate(
        """handle => { const {noUiSlider: slider} = handle.closest('.noUi-target');
           return [slider.options.range.min, slider.get(true), slider.options.range.max]; }"""
    )
    ways = ("Home", "End") if key in ("Home", "End") else ("ArrowLeft", "ArrowRight")
    return ways[0] if now >= high else ways[1] if now <= low else key


def steps_of(page, cell):
    """The two buttons of a main control that goes by steps: back and on."""
    row = page.locator(f"[data-bench='{cell}'] .bptt-panel:not(:has(> .widget-hslider))")
    return row.locator(".widget-hbox:has([role=status]) > button")


def one_move(page, cell, key):
    """Press a key on the slider of a cell; the time in ms until its new picture is there.

    None if the picture stays as it is, as that of `trained_at_lag` does between two stored lags.
    """
    settle(page)
    steps = steps_of(page, cell)
    is_on = key == "Enter"
    (steps.nth(int(is_on)) if steps.count() == 2 else handle_of(page, cell)).focus()
    page.evaluate(NEXT, cell)
    page.keyboard.press(key)
    shown = page.evaluate("() => window.bench.next")
    return shown and shown - page.evaluate("() => window.bench.input")


# The middle of the track that a handle runs in.
MIDDLE = """handle => {
  const track = handle.closest('.noUi-target').getBoundingClientRect();
  return track.x + track.width / 2;
}"""


def drag(page, cell, seconds=2.0):
    """Drag the slider of a cell: pictures a second, and ms from letting go to the last picture."""
    settle(page, 500)
    handle = handle_of(page, cell)
    handle.scroll_into_view_if_needed()
    place = handle.bounding_box()
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    inward = 50 if x < handle.evaluate(MIDDLE) else -50
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate("cell => { window.bench.shown[cell].length = 0; }", cell)
    start = time.perf_counter()
    while (passed := time.perf_counter() - start) < seconds:
        page.mouse.move(x + inward * (1 - abs((2 * passed) % 2 - 1)), y)
        time.sleep(0.012)
    page.mouse.up()
    settle(page, 1000)
    input_, shown = page.evaluate("cell => [window.bench.input, window.bench.shown[cell]]", cell)
    return sum(at <= input_ for at in shown) / passed, max([at - input_ for at in shown] + [0])


def table(title, times, drags):
    """Print one row a way."""
    print(f"\n{title}, {len(times['floor'])} moves of each slider in turn\n")
    print(f"{'':22}{'median':>9}{'p95':>9}{'pictures/s':>12}{'after drag':>12}{'to floor':>10}")
    floor = statistics.median(times["floor"])
    for name, values in times.items():
        if len(values) < 2:
            print(f"{name:22} too few moves changed the picture")
            continue
        median, p95 = statistics.median(values), statistics.quantiles(values, n=20)[-1]
        rate, lag = drags[name]
        print(
            f"{name:22}{median:6.0f} ms{p95:6.0f} ms{rate:12.1f}{lag:9.0f} ms{median / floor:10.2f}"
        )


def judge(times):
    """Print each goal of the panel that is shown in several ways, and whether it was reached."""
    print()
    for other, most in GOALS:
        if other in times:
            share = statistics.median(times["panel"]) / statistics.median(times[other])
            met = "reached" if share <= most else "MISSED"
            print(f"{met}: at most {most:.2f} of the time of {other} (here {share:.2f})")


def judge_series(times):
    """The same for all panels and the floor of their run."""
    most = OF_A_PANEL * statistics.median(times["floor"])
    slow = [
        name
        for name, each in times.items()
        if each and statistics.median(each) > most and name != "panel"
    ]
    met = f"MISSED by {', '.join(slow)}" if slow else "reached by all panels"
    print(f"{met}: at most {OF_A_PANEL:.2f} of the time of floor")


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()

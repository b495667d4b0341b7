"""A panel by itself: its controls, `set`, its sentence, several threads, a cell run again."""

import gc
import sys
import threading
from pathlib import Path

import ipywidgets
import jupyter_client
import numpy as np
import psutil
import pytest
import traitlets
from drawings import NO_WARNINGS, count_calls, drawn_whole, look, number_boxes
from ipywidgets.widgets import widget as ipywidgets_widget
from ipywidgets.widgets.widget_description import DescriptionWidget
from matplotlib.figure import Figure

from bptt_course.panels import panel
from bptt_course.panels.panel import Panel, draws, log_slider, menu, player, slider

sys.path.append(str(Path(__file__).resolve().parents[2] / "benchmarks"))
import panel_latency

pytestmark = NO_WARNINGS


def small_panel(title="small", update=None, **controls):
    """A panel with a line and a text that move, on a small figure."""
    figure = Figure(figsize=(2, 1), dpi=100)
    ax = figure.subplots()
    ax.set(xlim=(0, 1), ylim=(0, 10))
    ax.axis("off")
    line = ax.plot([], [], lw=3)[0]
    text = ax.text(0.1, 5, "")

    def move(W_s, **_):
        line.set_data([0, 1], [0, W_s])
        text.set_text(f"{W_s:.1f}")
        return f"W_s = {W_s:.1f}"

    controls = controls or {"W_s": slider(0, 10, 2)}
    return Panel(title, controls, lambda width: (figure, [line, text], update or move))


# --- the kinds of controls ------------------------------------------------------------------------


def test_a_new_draw_is_the_next_seed_and_the_last_leads_to_the_first():
    made = small_panel(W_s=draws(1, high=2))
    row = next(row for row in made.children[0].children if isinstance(row, ipywidgets.HBox))
    button = row.children[-1]
    assert button.description == "New draw"
    seen = []
    for _ in range(3):
        before = made.layers
        button.click()
        assert made.layers != before
        seen.append((made.controls["W_s"].value, row.children[0].value))
    assert seen == [(2, 2), (0, 0), (1, 1)]


def test_a_player_has_its_button_and_its_pace():
    made = small_panel(W_s=player(1, 4, 2, interval=700))
    (play,) = [w for w in panel.family(made) if isinstance(w, ipywidgets.Play)]
    assert (play.min, play.max, play.value, play.interval) == (1, 4, 2, 700)
    (button,) = [w for w in panel.family(made) if isinstance(w, ipywidgets.ToggleButton)]
    (row,) = [w for w in panel.family(made) if hasattr(w, "links")]
    ends = [(link.source, link.target) for link in row.links]
    assert len(ends) == 2
    assert ((play, "value"), (made.controls["W_s"], "value")) in ends
    assert ((button, "value"), (play, "playing")) in ends
    made.move("W_s", 4)
    assert play.value == 4, "it goes on from where the hand has left the slider"
    play.playing = True
    made.move("W_s", 3)
    assert play.value == 4, "while it plays, the page has its own step, which may be a later one"


def test_a_panel_is_made_where_ipywidgets_is_older(monkeypatch):
    """Version 7, which Colab has, has other names for some traits."""

    class OlderPlay(ipywidgets.Play):
        _playing = traitlets.Bool().tag(sync=True)

    def has_older_trait(widget, name):
        return name not in ("playing", "tooltip") and has_trait(widget, name)

    has_trait = traitlets.HasTraits.has_trait
    monkeypatch.setattr(ipywidgets, "Play", OlderPlay)
    monkeypatch.setattr(DescriptionWidget, "has_trait", has_older_trait)
    monkeypatch.delattr(ipywidgets.Widget, "_repr_mimebundle_")
    monkeypatch.setattr(DescriptionWidget, "description_tooltip", None)
    made = small_panel(W_s=player(1, 4, 2))
    assert made._ipython_display_ is None
    assert made._repr_mimebundle_()[0].keys() >= {"text/plain", "image/png"}
    (row,) = [w for w in panel.family(made) if hasattr(w, "links")]
    assert [link.target[1] for link in row.links] == ["_playing", "value"]
    assert made.boxes["W_s"].description_tooltip == "W_s, from 1 to 4"
    assert made.move("W_s", 3).said == "W_s = 3.0"


@pytest.mark.parametrize("kind", [slider, log_slider])
def test_nan_leaves_slider_and_box_where_they_are(kind):
    made = small_panel(W_s=kind(0, 1, 1))
    box, before = number_boxes(made)["W_s"], look(made)
    for control in (made.controls["W_s"], box):
        control.value = np.nan
        assert made.controls["W_s"].value == box.value == 1 and look(made) == before
    box.value = 0.5 + 1 * (kind is log_slider)
    assert look(made) != before


def test_a_log_slider_and_its_box_hold_the_same_number():
    made = small_panel(W_s=log_slider(-3, 1, 0.1))
    box = number_boxes(made)["W_s"]
    box.value = 0.005
    assert panel.value_of(made.controls["W_s"]) == pytest.approx(0.005)
    made.controls["W_s"].value = 10**-1.3
    assert box.value == pytest.approx(10**-1.3, rel=1e-5)


def test_dust_of_floating_point_is_rounded_off():
    said_values = []
    made = small_panel(update=lambda W_s: said_values.append(W_s) or "words", W_s=slider(0, 1, 0))
    made.controls["W_s"].value = 0.1 + 0.2
    assert said_values[-1] == 0.3


def test_subscripts_and_powers_are_set_as_such():
    made = small_panel(
        update=lambda W_s: "S_0, σ_max, g_1′ and ρ^lag, not dE_dW_s", W_s=slider(0, 1, 0)
    )
    for part in (
        "S<sub>0</sub>,",
        "σ<sub>max</sub>,",
        "g<sub>1</sub>′",
        "ρ<sup>lag</sup>,",
        "dE_dW_s",
    ):
        assert part in made.sentence.value


def test_a_sentence_cannot_smuggle_in_markup():
    made = small_panel(update=lambda W_s: f"<b>W_s</b> & {W_s}", W_s=slider(0, 1, 0))
    assert "&lt;b&gt;W<sub>s</sub>&lt;/b&gt; &amp; 0" in made.sentence.value


# --- several controls at once ---------------------------------------------------------------------


def all_kinds():
    """A panel with a control of each kind, and the list of what its update was told."""
    told = []
    made = small_panel(
        update=lambda **values: told.append(values) or f"{values}",
        W_s=slider(-2, 2, 0.5), c=log_slider(-2, 2, 1), t=player(1, 5, 2), seed=draws(),
        g_1=menu(("tanh", "identity"), "tanh"),
    )  # fmt: skip
    return made, told


def test_set_moves_all_controls_draws_once_and_returns_the_panel(monkeypatch):
    made, told = all_kinds()
    values = {"W_s": 1.2, "c": 0.05, "t": 4, "seed": 7, "g_1": "identity"}
    drawn = count_calls(monkeypatch, panel.Picture, "layers")
    assert made.set(**values) is made
    assert told[1:] == [values] and len(drawn) == 1
    assert {name: number_boxes(made)[name].value for name in ("W_s", "t")} == {"W_s": 1.2, "t": 4}
    assert made.set(t=np.int64(3), W_s=np.float64(-2), c=100).controls["t"].value == 3
    assert told[2:] == [{**values, "t": 3, "W_s": -2, "c": 100}]
    assert made.reset() is made and told[3:] == told[:1]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"W_S": 1}, "W_S: expected one of W_s, c, t, seed, g_1."),
        ({"W_s": 2.1}, "W_s: expected a number from −2 to 2, got 2.1."),
        ({"W_s": "1"}, "W_s: expected a number from −2 to 2, got '1'."),
        ({"W_s": np.nan}, "W_s: expected a number from −2 to 2, got nan."),
        ({"W_s": [1]}, "W_s: expected a number from −2 to 2, got [1]."),
        ({"W_s": True}, "W_s: expected a number from −2 to 2, got True."),
        ({"c": 0}, "c: expected a number from 0.01 to 100, got 0."),
        ({"t": 2.5}, "t: expected a whole number from 1 to 5, got 2.5."),
        ({"t": np.inf}, "t: expected a whole number from 1 to 5, got inf."),
        ({"seed": 100}, "seed: expected a whole number from 0 to 99, got 100."),
        ({"g_1": "cos"}, "g_1: expected one of 'tanh', 'identity', got 'cos'."),
        ({"g_1": None}, "g_1: expected one of 'tanh', 'identity', got None."),
    ],
)
def test_what_cannot_be_set_is_refused_in_words_and_nothing_changes(values, words):
    made, told = all_kinds()
    with pytest.raises(ValueError) as refused:
        made.set(t=4, **values) if "t" not in values else made.set(W_s=1, **values)
    assert str(refused.value) == words
    assert len(told) == 1 and made.controls["t"].value == 2 and made.controls["W_s"].value == 0.5
    made.controls["t"].value = 3
    assert told[1]["t"] == 3, "the panel still answers"


# --- many panels, several threads, a cell run again -----------------------------------------------


def test_callbacks_from_several_threads_draw_right():
    made = [small_panel(str(k)) for k in range(3)]
    faults = []

    def slide(one):
        try:
            for value in np.random.RandomState(1).uniform(0, 10, 40):
                one.controls["W_s"].value = round(value, 1)
        except Exception as fault:
            faults.append(fault)

    threads = [threading.Thread(target=slide, args=(one,)) for one in [*made, *made]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    for one in made:
        assert one.layers == drawn_whole(one.picture)
        still, moving = one.image.children
        assert (bytes(still.value).decode(), moving.value) == one.layers


def alive():
    return len(ipywidgets_widget._instances)


def test_the_panel_that_the_benchmark_moves_can_be_made_and_moved():
    space = {}
    exec(panel_latency.FIGURE + panel_latency.PANEL, space)
    before = space["panel"].layers
    assert space["panel"].move("W_s", 1.5).said == "W_s is now 1.50."
    assert space["panel"].layers != before and space["panel"].picture.size() == (800, 400)
    space["panel"].close()


def test_200_panels_leave_memory_as_it_was():
    process = psutil.Process()
    sizes, counts = [], []
    for _ in range(4):
        for _ in range(50):
            made = small_panel()
            made.controls["W_s"].value = 5
            made.close()
        del made
        gc.collect()
        sizes.append(process.memory_info().rss / 2**20)
        counts.append(alive())
    assert counts[1:] == counts[:-1]
    assert sizes[3] - sizes[1] < 5, f"{sizes} MB: 100 pictures of a leaked figure take 8"


class Shell:
    """The part of IPython that knows which cell is running."""

    def __init__(self):
        self.message = {}

    def runs(self, cell, message):
        self.message = {"metadata": {"cellId": cell}, "header": {"msg_id": message}}

    def get_parent(self):
        return self.message


def test_a_cell_run_again_closes_what_it_showed(monkeypatch):
    shell = Shell()
    monkeypatch.setattr(panel, "get_ipython", lambda: shell)
    first, second, elsewhere, again = [small_panel() for _ in range(4)]
    shell.runs("a", "run 1")
    first._repr_mimebundle_(), second._repr_mimebundle_()
    shell.runs("b", "run 2")
    elsewhere._repr_mimebundle_()
    assert first.figure and second.figure, "a cell may show two panels"
    shell.runs("a", "run 3")
    again._repr_mimebundle_()
    assert first.figure is None and second.figure is None
    assert elsewhere.figure and again.figure


RUN_TWICE = """
from bptt_course import panels
panels.terms()
"""
COUNT = "from ipywidgets.widgets import widget; print(len(widget._instances))"


def test_a_cell_run_again_in_a_real_kernel():
    manager, client = jupyter_client.manager.start_new_kernel(kernel_name="python3")
    try:
        counts = []
        for _ in range(3):
            execute(client, RUN_TWICE, cell="the cell")
            counts.append(execute(client, COUNT, cell="another"))
        execute(client, RUN_TWICE, cell="a new cell")
        more = execute(client, COUNT, cell="another")
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert counts[0] == counts[1] == counts[2]
    assert int(more) > int(counts[0])


def execute(client, code, cell):
    """Run code as JupyterLab does, which names the cell; what it prints."""
    content = {"code": code, "silent": False, "store_history": True, "stop_on_error": True,
               "user_expressions": {}, "allow_stdin": False}  # fmt: skip
    message = client.session.msg("execute_request", content, metadata={"cellId": cell})
    client.shell_channel.send(message)
    printed = ""
    while True:
        answer = client.get_iopub_msg(timeout=60)
        if answer["parent_header"].get("msg_id") != message["header"]["msg_id"]:
            continue
        if answer["msg_type"] == "error":
            raise AssertionError("\n".join(answer["content"]["traceback"]))
        if answer["msg_type"] == "stream":
            printed += answer["content"]["text"]
        if answer["content"].get("execution_state") == "idle":
            return printed.strip()

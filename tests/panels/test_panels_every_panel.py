"""Every panel of the series, without a browser: what its controls do, shows and says.

The panels are found, not listed: each public function of `panels`, with each of its arguments.
"""

import base64
import gc
import io
import itertools
import random
import re
import threading
import urllib.request
import weakref

import every_panel
import ipywidgets
import jupyter_client
import matplotlib.text
import numpy as np
import psutil
import pytest
from drawings import NO_WARNINGS, numbers, said
from ipywidgets.widgets import widget as ipywidgets_widget
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from PIL import Image

from bptt_helpers import bptt, rnn
from bptt_course import panels
from bptt_course.panels import panel, picture
from bptt_course.panels.panel import Panel, draws, log_slider, menu, player, slider

CALLS = every_panel.calls()
pytestmark = NO_WARNINGS


@pytest.fixture(scope="module", params=CALLS, ids=every_panel.source)
def one_panel(request):
    made = every_panel.make(request.param)
    yield made
    made.close()


@pytest.fixture
def each(one_panel):
    """Each panel in turn, as it is at first."""
    one_panel.reset()
    return one_panel


# --- what a panel shows ---------------------------------------------------------------------------


def shown(each):
    """The picture's pixels (RGB)."""
    with urllib.request.urlopen(bytes(each.image.value).decode()) as picture:
        return np.asarray(Image.open(io.BytesIO(picture.read())))


def look(each):
    return each.png, each.sentence.value


def drawn_whole(each):
    """The pixels of a drawing from nothing, with no artist left out and nothing kept."""
    live, canvas = each._picture.live, each.figure.canvas
    for artist in live:
        artist.set_animated(False)
    canvas.draw()
    pixels = np.array(canvas.buffer_rgba())[:, :, :3]
    for artist in live:
        artist.set_animated(True)
    return pixels


def choices(control):
    """Every entry of a menu; both ends and the middle of a slider."""
    if isinstance(control, ipywidgets.Dropdown):
        return list(control.options)
    low, high = panel.ends(control)
    return [low, high, on_step(control, 0.5)]


def on_step(control, share):
    """The value at a share of the way along a slider, on one of its steps."""
    steps = round((control.max - control.min) / control.step * share)
    place = control.min + steps * control.step
    if isinstance(control, ipywidgets.FloatLogSlider):
        return control.base**place
    return place if isinstance(control, ipywidgets.IntSlider) else round(place, 9)


def random_value(control, chance):
    if isinstance(control, ipywidgets.Dropdown):
        return chance.choice(control.options)
    return on_step(control, chance.choice([0, 1, chance.random(), chance.random()]))


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
    return Panel(title, controls, figure, [line, text], update or move)


# --- each panel of the series ---------------------------------------------------------------------


def test_there_are_panels():
    assert {name for name, _ in CALLS} >= {"unrolled_network", "output_weight", "paths", "terms"}


def test_it_has_its_parts(each):
    assert each.controls
    assert all(re.fullmatch(r"[\w_]+", name) for name in each.controls)
    assert isinstance(each.figure, Figure)
    assert each.children[1:] == (each.image, each.sentence)
    width, height = each.figure.canvas.get_width_height()
    assert shown(each).shape == (height, width, 3)
    assert re.fullmatch(r'<p role="status"[^>]*>[^<]+(<.*)?</p>', each.sentence.value, re.DOTALL)
    assert len(said(each)) > 20
    assert re.fullmatch(r"Panel: .+ \(.+\)", repr(each))
    assert each.image.tooltip == each.title
    assert each.image.description == "", "a description would stand in front of the picture"


def test_the_main_control_changes_picture_and_sentence(each):
    control = next(iter(each.controls.values()))
    for value in choices(control):
        each.reset()
        if value != panel.value_of(control):
            before = look(each)
            control.value = value
            assert each.png != before[0], f"{value}: the same picture"
            assert each.sentence.value != before[1], f"{value}: the same sentence"


def test_every_control_changes_what_is_seen(each):
    """Every value of it, somewhere: where all states are positive, ReLU is the identity."""
    chance = random.Random(3)
    for name, control in each.controls.items():
        each.reset()
        looks = {value: [] for value in choices(control)}
        for _ in range(4):
            for value, seen in looks.items():
                control.value = value
                seen.append(look(each))
            if len(set(map(tuple, looks.values()))) == len(looks):
                break
            for other in each.controls.values():
                other.value = random_value(other, chance)
        for one, other in itertools.combinations(looks, 2):
            assert looks[one] != looks[other], f"{name}: {one} and {other} always look alike"


def test_the_quick_picture_is_the_whole_picture(each):
    """At random settings, in random order, changed limits included: the same pixels."""
    chance = random.Random(7)
    for turn in range(12):
        name, control = chance.choice(list(each.controls.items()))
        control.value = random_value(control, chance)
        quick, whole = shown(each), drawn_whole(each)
        differ = int(np.any(quick != whole, axis=2).sum())
        assert differ == 0, f"turn {turn}, after {name} = {control.value}: {differ} pixels differ"


@pytest.mark.parametrize("call", CALLS, ids=every_panel.source)
def test_what_is_kept_of_the_picture_is_all_of_it(call, monkeypatch):
    """To the last row and column, so that nothing drawn there outlives its time."""
    kept, copy = [], FigureCanvasAgg.copy_from_bbox
    monkeypatch.setattr(
        FigureCanvasAgg, "copy_from_bbox", lambda *a: (kept.append(copy(*a)), kept[-1])[1]
    )
    made = every_panel.make(call)
    made.controls[next(iter(made.controls))].value += 0.1
    width, height = made.figure.canvas.get_width_height()
    assert {region.get_extents() for region in kept} == {(0, 0, width, height)}
    made.close()


def test_no_setting_costs_a_full_drawing(each, monkeypatch):
    """Limits, ticks and heat maps included: what moves is declared, the rest stays."""
    drawn = []
    monkeypatch.setattr(picture.Picture, "_draw_fixed", lambda _: drawn.append("again"))
    for name, control in each.controls.items():
        for value in [*choices(control), *(random_value(control, random) for _ in range(5))]:
            control.value = value
            assert not drawn, f"after {name} = {value}"


def test_reset_brings_the_first_look_back(each):
    values = {name: control.value for name, control in each.controls.items()}
    before = look(each)
    for control in each.controls.values():
        control.value = choices(control)[0]
    assert look(each) != before
    each.reset()
    assert {name: control.value for name, control in each.controls.items()} == values
    assert look(each) == before


def test_its_reset_button_resets(each):
    before = look(each)
    control = next(iter(each.controls.values()))
    control.value = next(v for v in choices(control) if v != control.value)
    assert look(each) != before
    buttons = [w for w in panel._family(each) if getattr(w, "description", "") == "Reset"]
    assert len(buttons) == 1
    buttons[0].click()
    assert look(each) == before


def test_the_static_face_is_a_picture_and_a_constant_text(each):
    texts = set()
    for control in each.controls.values():
        control.value = choices(control)[0]
        bundle, metadata = each._repr_mimebundle_()
        texts.add(bundle["text/plain"])
        assert metadata["image/png"]["alt"] == f"{each.title}. {said(each)}"
        assert base64.b64decode(bundle["image/png"]) == each.png
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(each.png))), shown(each))
        assert "application/vnd.jupyter.widget-view+json" in bundle
    assert texts == {repr(each)}


def number_boxes(each):
    kinds = (ipywidgets.BoundedFloatText, ipywidgets.BoundedIntText)
    return {w.description: w for w in panel._family(each) if isinstance(w, kinds)}


def test_slider_and_number_box_follow_each_other(each):
    boxes = number_boxes(each)
    for name, control in each.controls.items():
        if isinstance(control, ipywidgets.Dropdown):
            assert control.description == name
            continue
        for value in choices(control):
            control.value = value
            assert boxes[name].value == panel.value_of(control)
            assert (boxes[name].min, boxes[name].max) == pytest.approx(panel.ends(control))
        for value in choices(control):
            boxes[name].value = value
            assert panel.value_of(control) == pytest.approx(value)
        boxes[name].value = panel.ends(control)[1] * 10 + 1000
        assert panel.value_of(control) == pytest.approx(panel.ends(control)[1])


def test_texts_can_be_read(each, monkeypatch):
    """At the extreme settings: 10 points at least, inside the picture, clear of each other."""
    faults = {}
    for setting in settings(each):
        for fault in faults_of(texts_drawn(each, monkeypatch), each.figure.canvas):
            faults.setdefault(fault, setting)
    assert not faults, "\n".join(f"{setting}: {fault}" for fault, setting in faults.items())


def settings(each):
    """Sets the panel to its extremes, and names them."""
    yield "at first"
    name, control = next(iter(each.controls.items()))
    for value in choices(control):
        control.value = value
        yield f"{name} = {value}"
    for end, where in enumerate(("low", "high")):
        for control in each.controls.values():
            control.value = choices(control)[end]
        yield f"all {where}"
    chance = random.Random(11)
    for _ in range(4):
        for control in each.controls.values():
            control.value = random_value(control, chance)
        yield str({name: panel.value_of(control) for name, control in each.controls.items()})


def texts_drawn(each, monkeypatch):
    """The texts that the drawing really draws, each with its box in pixels."""
    drawn, draw = [], matplotlib.text.Text.draw

    def draw_and_note(text, renderer):
        box = text.get_window_extent(renderer).frozen()
        if text.get_clip_on() and text.get_clip_box() is not None:
            box = Bbox.intersection(box, text.get_clip_box())
        if text.get_visible() and text.get_text().strip() and box is not None:
            drawn.append((text, box))
        draw(text, renderer)

    with monkeypatch.context() as patched:
        patched.setattr(matplotlib.text.Text, "draw", draw_and_note)
        drawn_whole(each)
    return drawn


def faults_of(texts, canvas):
    """What is small, cut off or collided; a box is as high as the font, most letters are not."""
    right, top = canvas.get_width_height()
    for text, box in texts:
        if text.get_fontsize() < 10:
            yield f"{text.get_text()!r} has {text.get_fontsize()} points"
        if box.x0 < -1 or box.x1 > right + 1 or box.y0 < -4 or box.y1 > top + 4:
            yield f"{text.get_text()!r} leaves the picture"
    for (one, box), (other, box_2) in itertools.combinations(texts, 2):
        width = min(box.x1, box_2.x1) - max(box.x0, box_2.x0)
        height = min(box.y1, box_2.y1) - max(box.y0, box_2.y0)
        if width > 2 and height > 0.3 * min(box.height, box_2.height):
            yield f"{one.get_text()!r} and {other.get_text()!r} collide"


# --- what the sentences of the walk-through say is what the package computes ----------------------


def after(text, symbol):
    """The last number of the clause that starts with `symbol =`."""
    clause = text.split(f"{symbol} = ", 1)[1]
    return numbers(re.split(r", |\. |; |: | \(i|\.$", clause)[0])[-1]


@pytest.fixture(scope="module")
def walk_through():
    """The panels of the walk-through by name and weight."""
    made = {
        "unrolled_network": panels.unrolled_network(),
        **{("terms", weight): panels.terms(weight) for weight in ("W_s", "W_x")},
        **{("paths", weight): panels.paths(weight) for weight in ("W_s", "W_x")},
    }
    yield made
    for one in made.values():
        one.close()


def close(value):
    return pytest.approx(value, rel=6e-3, abs=1e-9)


@pytest.mark.parametrize("W_s", [-1.5, 0.5, 1.2])
@pytest.mark.parametrize(("S_0", "g_1"), [(0, "identity"), (2, "tanh"), (-3.5, "sigmoid")])
def test_the_walk_through_tells_the_packages_numbers(walk_through, W_s, S_0, g_1):
    run = rnn.forward((3, 1, 2), S_0, rnn.Weights(1, W_s, 2), g_1)
    gradients = bptt.backward(run, 6.0, at=3)
    terms = bptt.chain_rule_terms(run, 6.0, at=3)
    network = set_to(walk_through["unrolled_network"], W_s=W_s, S_0=S_0, g_1=g_1)
    for t in (1, 2, 3):
        network.controls["t"].value = t
        assert after(said(network), f"S_{t}") == close(run.S[t])
        assert after(said(network), f"Y_{t}") == close(run.Y[t])
    assert after(said(network), "E_3") == close((6 - run.Y[3]) ** 2)
    for weight in ("W_s", "W_x"):
        slope, parts = getattr(gradients, f"dE_d{weight}"), getattr(terms, weight)
        bars = set_to(walk_through["terms", weight], W_s=W_s, S_0=S_0, g_1=g_1)
        assert after(said(bars), f"∂E_3/∂{weight}") == close(slope)
        path = set_to(walk_through["paths", weight], W_s=W_s, S_0=S_0, g_1=g_1, path=4)
        assert after(said(path), f"∂E_3/∂{weight}") == close(slope)
        for step, i in enumerate((3, 2, 1), start=1):
            path.controls["path"].value = step
            *factors, term = numbers(said(path).split(": ")[-1].split(". So far")[0])
            assert term == close(parts[i])
            assert np.prod(factors) == pytest.approx(parts[i], rel=0.04, abs=1e-9)


def set_to(made, **values):
    for name, value in values.items():
        made.controls[name].value = value
    return made


@pytest.mark.parametrize(
    ("W_y", "d_3", "g_2"), [(2, 6, "identity"), (-0.5, 3, "identity"), (0.35, -1.5, "tanh")]
)
def test_the_output_weights_slope_is_the_gradient(W_y, d_3, g_2):
    run = rnn.forward([3, 1, 2], 2.0, rnn.Weights(1.0, 0.5, W_y), "identity", g_2)
    made = set_to(panels.output_weight(), W_y=W_y, d_3=d_3, g_2=g_2)
    assert after(said(made), "∂E_3/∂W_y") == close(bptt.backward(run, d_3, at=3).dE_dW_y)
    assert after(said(made), "Y_3") == close(run.Y[3])


# --- the kinds of controls ------------------------------------------------------------------------


def test_a_new_draw_is_the_next_seed_and_the_last_leads_to_the_first():
    made = small_panel(W_s=draws(1, high=2))
    row = next(row for row in made.children[0].children if isinstance(row, ipywidgets.HBox))
    button = row.children[-1]
    assert button.description == "New draw"
    seen = []
    for _ in range(3):
        before = made.png
        button.click()
        assert made.png != before
        seen.append((made.controls["W_s"].value, row.children[0].value))
    assert seen == [(2, 2), (0, 0), (1, 1)]


def test_a_player_has_its_button_and_its_pace():
    made = small_panel(W_s=player(1, 4, 2, interval=700))
    (play,) = [w for w in panel._family(made) if isinstance(w, ipywidgets.Play)]
    assert (play.min, play.max, play.value, play.interval) == (1, 4, 2, 700)
    (button,) = [w for w in panel._family(made) if isinstance(w, ipywidgets.ToggleButton)]
    (row,) = [w for w in panel._family(made) if hasattr(w, "links")]
    ends = [(link.source, link.target) for link in row.links]
    assert ends == [
        ((play, "value"), (made.controls["W_s"], "value")),
        ((button, "value"), (play, "playing")),
    ]


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
    drawn = count_calls(monkeypatch, panel, "png")
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


# --- the quick picture ----------------------------------------------------------------------------


def count_calls(monkeypatch, owner, name):
    """A list that grows by the first argument of each call: of a method, its object."""
    calls, function = [], getattr(owner, name)
    monkeypatch.setattr(
        owner, name, lambda first, *a, **k: (calls.append(first), function(first, *a, **k))[1]
    )
    return calls


def board(count=20):
    """A figure of `count` texts that may change, over a line that may change as well."""
    figure = Figure(figsize=(4, 3), dpi=100)
    ax = figure.subplots()
    line = ax.plot([0, 1], [0, 1], zorder=1)[0]
    texts = [ax.text((k % 5) / 5, (k // 5) / 5, str(k), zorder=2) for k in range(count)]
    return picture.Picture(figure, [*texts, line]), texts, line


def test_only_the_texts_that_change_are_drawn(monkeypatch):
    board_, texts, _ = board()
    board_.pixels()
    texts[3].set_text("new")
    board_.pixels("slider")  # sets the others aside
    drawn = count_calls(monkeypatch, matplotlib.text.Text, "draw")
    for value in range(5):
        texts[3].set_text(f"{value}")
        board_.pixels("slider")
    assert drawn == [texts[3]] * 5


def test_what_may_lie_over_a_moving_line_moves_with_it():
    board_, texts, line = board()
    board_.pixels()
    line.set_data([0, 1], [1, 0])
    board_.pixels("slider")
    assert board_._moving == {*texts, line}


def test_a_changed_limit_costs_a_whole_drawing_and_nothing_else_does(monkeypatch):
    board_, texts, line = board()
    board_.pixels()
    drawn = count_calls(monkeypatch, Figure, "draw")
    texts[0].set_position((0.5, 0.9))
    line.set_color("red")
    board_.pixels("slider")
    assert drawn == []
    board_.figure.axes[0].set_xlim(0, 2)
    board_.pixels("slider")
    assert drawn == [board_.figure]


@pytest.mark.parametrize(
    "change",
    [
        lambda ax: ax.set_xlim(0, 3),
        lambda ax: ax.set_yscale("log"),
        lambda ax: ax.set_title("another"),
        lambda ax: ax.set_xticks([0, 0.5], ["none", "half"]),
        lambda ax: ax.set_facecolor("yellow"),
        lambda ax: ax.figure.suptitle("over all"),
        lambda ax: ax.axhline(0.4),
        lambda ax: ax.patches or ax.add_patch(matplotlib.patches.Circle((0.5, 0.5), 0.2)),
    ],
)
def test_a_change_behind_the_live_artists_is_never_missed(change):
    board_, _, _ = board()
    before = np.array(board_.pixels())
    change(board_.figure.axes[0])
    quick = np.array(board_.pixels("slider"))
    assert (quick != before).any()
    for artist in board_.live:
        artist.set_animated(False)
    board_.figure.canvas.draw()
    assert (quick == np.asarray(board_.figure.canvas.buffer_rgba())).all()


def test_what_lies_below_an_axis_goes_along_with_it():
    figure = Figure(figsize=(2, 1), dpi=100)
    ax = figure.subplots()
    line = ax.plot([0, 1], [0, 1], lw=5, zorder=0)[0]
    ax.set_axisbelow(True)
    ax.set(xlim=(0, 1), ylim=(0, 1))
    board_ = picture.Picture(figure, [ax.yaxis, line])
    board_.pixels()
    for top in (2, 3):  # the second time the axis is known to move
        ax.set_ylim(0, top)
        quick = np.array(board_.pixels("slider"))
    for artist in board_.live:
        artist.set_animated(False)
    figure.canvas.draw()
    assert (quick == np.asarray(figure.canvas.buffer_rgba())).all()


def test_the_png_holds_every_pixel():
    pixels = np.random.RandomState(0).randint(0, 256, (37, 53, 4), np.uint8)
    image = Image.open(io.BytesIO(picture.png(pixels)))
    image.verify()
    again = np.asarray(Image.open(io.BytesIO(picture.png(pixels))))
    assert (again == pixels[:, :, :3]).all()


# --- many panels, several threads, a cell run again -----------------------------------------------


def test_two_panels_are_independent():
    call = CALLS[-1]
    one, other = every_panel.make(call), every_panel.make(call)
    before = look(other)
    control = next(iter(one.controls.values()))
    control.value = next(value for value in choices(control) if value != control.value)
    assert look(other) == before != look(one)
    one.close()
    other.reset()
    assert look(other) == before


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
        assert (shown(one) == drawn_whole(one)).all()


def alive():
    return len(ipywidgets_widget._instances)


@pytest.mark.parametrize("call", CALLS, ids=every_panel.source)
def test_a_closed_panel_leaves_nothing(call):
    made = every_panel.make(call)
    figure, family = weakref.ref(made.figure), panel._family(made)
    registered = ipywidgets_widget._instances.keys()
    assert {part.model_id for part in family} <= registered
    names = {part.model_id for part in family}
    made.close()
    del made, family
    gc.collect()
    gc.collect()  # what a first round lets go of may hold something in its turn
    assert figure() is None
    assert not names & registered


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

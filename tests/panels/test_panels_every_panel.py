"""Every panel of the series, without a browser: what its controls do, shows and says.

The panels are found, not listed: each public function of `panels`, with each of its arguments.
"""

import base64
import gc
import io
import itertools
import random
import re
import weakref

import every_panel
import ipywidgets
import matplotlib.text
import numpy as np
import pytest
from drawings import (
    NO_WARNINGS,
    a_readers_style,
    count_calls,
    drawn_whole,
    ink,
    look,
    markup_of,
    number_boxes,
    rasterised,
    said,
    shown,
    smallest_glyph,
    texts,
)
from ipywidgets.widgets import widget as ipywidgets_widget
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from PIL import Image
from settings import choices, random_value

from bptt_course.figures import stage, style
from bptt_course.panels import panel

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


def test_there_are_panels():
    assert {name for name, _ in CALLS} >= {"unrolled_network", "output_weight", "paths", "terms"}


def test_it_has_its_parts(each):
    assert each.controls
    assert all(re.fullmatch(r"[\w_]+", name) for name in each.controls)
    assert isinstance(each.figure, Figure)
    rows = each.children
    assert rows.index(each.image) > 0 and each.sentence in rows[rows.index(each.image) - 1].children
    assert "bptt-panel" in each._dom_classes
    width, height = each.figure.canvas.get_width_height()
    assert shown(each).shape == (height, width, 3)
    still, moving = each.image.children
    assert (bytes(still.value).decode(), moving.value) == each.layers
    assert still.layout.grid_area == moving.layout.grid_area, "one above the other"
    assert re.fullmatch(r'<p role="status"[^>]*>.+</p>', each.sentence.value, re.DOTALL)
    assert len(said(each)) > 20
    assert re.fullmatch(r"Panel: .+ \(.+\)", repr(each))
    assert still.tooltip == each.title
    for layer in each.image.children:
        assert layer.description == "", "a description would stand in front of the picture"


def test_the_main_control_changes_picture_and_sentence(each):
    control = next(iter(each.controls.values()))
    for value in choices(control):
        each.reset()
        if value != panel.value_of(control):
            before = look(each)
            control.value = value
            assert each.layers != before[0], f"{value}: the same picture"
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
    """At random settings, in random order, changed limits included: the same markup."""
    chance = random.Random(7)
    for turn in range(12):
        name, control = chance.choice(list(each.controls.items()))
        control.value = random_value(control, chance)
        assert each.layers == drawn_whole(each.picture), f"{turn}, after {name} = {control.value}"


@pytest.mark.parametrize("width", [stage.WIDE, 390])
def test_the_layers_show_what_the_file_holds(each, width):
    """The markup above white is the whole figure as matplotlib saves it, live artists and all."""
    each.lay_out(width)
    for setting in itertools.islice(settings(each), 3):
        saved = np.asarray(Image.open(io.BytesIO(each.png(2))).convert("RGB"))
        differ = abs(ink(saved, 32) - ink(rasterised(each.layers, 2), 32)).max(axis=2)
        assert differ.max() < 30 and differ.mean() < 3, setting
    each.lay_out(stage.WIDE)


def test_its_layers_are_small_and_name_nothing(each):
    """Two panels on one page share no name; and what moves is quick to send and to draw."""
    for setting in settings(each):
        for layer in map(markup_of, each.layers):
            bare = re.sub("#[0-9a-f]{6}", "", layer)
            assert not re.search(r"\bid=|url\(|href|<style|<script|<text", bare), setting
            farthest = max(abs(int(number)) for number in re.findall(r"-?\d+", bare))
            assert farthest <= 2 * 10**6, f"{setting}: from one far side to the other"
        assert len(each.layers[1]) < 125_000, setting
        rasterised(each.layers)  # which reads whole numbers, and no kind of markup but two


@pytest.mark.parametrize("call", CALLS, ids=every_panel.source)
def test_a_readers_style_changes_no_picture(call):
    """Not even matplotlib's own dark one, nor where a panel is moved."""
    plain = every_panel.make(call)
    name, control = next(iter(plain.controls.items()))
    with a_readers_style():
        styled = every_panel.make(call)
        assert plain.layers == styled.layers
        for value in choices(control)[:2]:
            styled.controls[name].value = value
            now, file = styled.layers, styled.png()
            control.value = value
            assert plain.layers == now
        assert plain.png() == file
    plain.close()
    styled.close()


def test_no_setting_costs_a_full_drawing(each, monkeypatch):
    """Limits, ticks and heat maps included: what moves is declared, the rest stays."""
    drawn = count_calls(monkeypatch, Figure, "draw")
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
    buttons = [w for w in panel.family(each) if getattr(w, "description", "") == "Reset"]
    assert len(buttons) == 1
    buttons[0].click()
    assert look(each) == before


def test_the_static_face_is_a_picture_and_a_constant_text(each):
    texts = set()
    for control in each.controls.values():
        control.value = choices(control)[0]
        bundle, metadata = each._repr_mimebundle_()
        texts.add(bundle["text/plain"])
        assert metadata["image/png"]["alt"] == f"{each.title}. {each.said}".replace("\n", ". ")
        assert base64.b64decode(bundle["image/png"]) == each.png()
        assert Image.open(io.BytesIO(each.png())).size == each.picture.size()
        assert "application/vnd.jupyter.widget-view+json" in bundle
    assert texts == {repr(each)}


def test_slider_and_number_box_follow_each_other(each):
    boxes = number_boxes(each)
    for name, control in each.controls.items():
        if isinstance(control, ipywidgets.Dropdown):
            assert control.tooltip == name
            continue
        if name not in boxes:  # it is a box itself
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


@pytest.mark.parametrize("call", CALLS, ids=every_panel.source)
def test_a_panel_can_open_at_a_width(call, monkeypatch):
    """The same panel as one that is laid out anew, but its figure is made once."""
    width = 390
    made = every_panel.make(call).lay_out(width)
    laid, lay = [], panel.Panel.lay_out
    monkeypatch.setattr(panel.Panel, "lay_out", lambda self, w: (laid.append(w), lay(self, w)))
    with panel.laid_out(width):
        opened = every_panel.make(call)
    assert laid == [width]
    assert (opened.layers, opened.said) == (made.layers, made.said)
    assert opened.layout.width == made.layout.width == "390px"
    made.close()
    opened.close()
    with pytest.raises(ValueError, match="width"), panel.laid_out(30):
        pass


@pytest.mark.parametrize("width", [stage.WIDE, 390])
def test_texts_can_be_read(each, width, monkeypatch):
    """At the extreme settings: 12 pixels at least, inside the picture, clear of each other."""
    faults = {}
    each.lay_out(width)
    for setting in settings(each):
        seen = [*texts_drawn(each, monkeypatch), *words_shown(each.picture)]
        for fault in faults_of(seen, each.figure.canvas):
            faults.setdefault(fault, setting)
    each.lay_out(stage.WIDE)
    assert not faults, "\n".join(f"{setting}: {fault}" for fault, setting in faults.items())


@pytest.mark.parametrize(
    "call",
    [call for call in CALLS if call[0] in ("unrolled_network", "output_weight", "paths", "terms")],
    ids=every_panel.source,
)
def test_every_glyph_of_the_walk_through_has_twelve_pixels(call):
    """Subscripts of fractions included."""
    made = every_panel.make(call)
    for text in texts(made.figure):
        assert smallest_glyph(text) >= 0.72 * 11.8, text.get_text()
    made.close()


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
    covers = [one for one in each.picture.live if one.get_gid() == "cover"]

    def draw_and_note(text, renderer):
        box = text.get_window_extent(renderer).frozen()
        if text.get_clip_on() and text.get_clip_box() is not None:
            box = Bbox.intersection(box, text.get_clip_box())
        if box is None or any(one.get_window_extent().contains(*box.min) for one in covers
                              if text not in each.picture.live):  # fmt: skip
            return
        if text.get_visible() and text.get_text().strip():
            drawn.append((text, box))
        draw(text, renderer)

    with monkeypatch.context() as patched:
        patched.setattr(matplotlib.text.Text, "draw", draw_and_note)
        drawn_whole(each.picture)
    return drawn


def words_shown(picture):
    """The same for words and chips, as texts that are nowhere drawn."""
    for words in picture.figure.findobj(stage.Words):
        for word in (word for word in words.shown if word.said.strip() and words.get_visible()):
            x, y = words.axes.transData.transform(word[:2])
            box = chip_box(x, y, word) if word.paper else box_of(x, y, word)
            yield matplotlib.text.Text(text=word.said, fontsize=stage.px(word.size)), box


def box_of(x, y, word):
    x -= stage.SHARE[word.align] * word.width
    return Bbox.from_bounds(x, y - 0.4 * word.size, word.width, 0.8 * word.size)


def chip_box(x, y, chip):
    """The paper around the words."""
    width, height = chip.width + 12, chip.size + 9
    return Bbox.from_bounds(x - width / 2, y - height / 2, width, height)


def faults_of(texts, canvas):
    """What is small, cut off or collided; a box is as high as the font, most letters are not."""
    right, top = canvas.get_width_height()
    for text, box in texts:
        if text.get_fontsize() < 0.72 * 11.9:
            yield f"{text.get_text()!r} has {text.get_fontsize()} points"
        if box.x0 < -1 or box.x1 > right + 1 or box.y0 < -4 or box.y1 > top + 4:
            yield f"{text.get_text()!r} leaves the picture"
    for (one, box), (other, box_2) in itertools.combinations(texts, 2):
        width = min(box.x1, box_2.x1) - max(box.x0, box_2.x0)
        height = min(box.y1, box_2.y1) - max(box.y0, box_2.y0)
        if width > 2 and height > 0.3 * min(box.height, box_2.height):
            yield f"{one.get_text()!r} and {other.get_text()!r} collide"


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


@pytest.mark.parametrize("call", CALLS, ids=every_panel.source)
def test_a_closed_panel_leaves_nothing(call):
    made = every_panel.make(call)
    figure, family = weakref.ref(made.figure), panel.family(made)
    registered = ipywidgets_widget._instances.keys()
    assert {part.model_id for part in family} <= registered
    names = {part.model_id for part in family}
    made.close()
    del made, family
    gc.collect()
    gc.collect()  # what a first round lets go of may hold something in its turn
    assert figure() is None
    assert not names & registered


def test_labels_without_a_colour_of_their_own_follow_the_page(each):
    """Black letters would be lost on a dark page."""
    labels = [box.description for box in each.boxes.values()]
    labels += [control.description for control in each.controls.values()]
    assert not any(style.INK in label or "#666666" in label for label in labels)

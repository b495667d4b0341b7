"""A panel: controls, one live picture and one sentence that says what the picture shows now."""

import atexit
import base64
import contextlib
import contextvars
import html
import itertools
import numbers
import os
import re
import threading
import time

import ipywidgets
import traitlets
from IPython import get_ipython

from bptt_helpers import rnn
from bptt_course.figures import style
from bptt_course.figures.stage import NARROW, WIDE
from bptt_course.panels.picture import Picture
from bptt_course.words import number

GONE = "jupyter-widgets-disconnected"  # JupyterLab gives this class when a kernel is restarted
LOST_KERNEL = f"""<style>.bptt-panel.{GONE}::after {{
content: "The kernel of this panel has gone. Run its cell again."; color: #E3324C; }}
.bptt-picture > .{GONE}::before {{ display: none; }}</style>"""
# Callbacks run in another thread than the cells do, and matplotlib's caches are not made for two.
_drawing = threading.RLock()
_shown_in_cell = {}
AT_FIRST = int(os.environ.get("BPTT_WIDTH", WIDE))  # a panel's width; slides set another
# The width of a panel that is made, and whether it is laid out at once.
_opening = contextvars.ContextVar("opening", default=(AT_FIRST, True))


def slider(low, high, value, step=0.1, marks=()):
    """A slider over numbers from `low` to `high`; a drag that ends beside a mark is put on it."""
    control = ipywidgets.FloatSlider(value, min=low, max=high, step=step, readout=False)
    return _set(control, kind="slider", marks=tuple(marks))


def whole_slider(low, high, value, step=1, marks=()):
    """A slider over the whole numbers from `low` to `high`; its `marks` are those of `slider`."""
    control = ipywidgets.IntSlider(value, min=low, max=high, step=step, readout=False)
    return _set(control, kind="whole", marks=tuple(marks))


def log_slider(low, high, value, step=0.1):
    """A slider over powers of ten, from 10**low to 10**high; `step` is one of the exponent."""
    control = ipywidgets.FloatLogSlider(value, min=low, max=high, step=step, readout=False)
    return _set(control, kind="log")


def whole_box(low, high, value):
    """A box for a whole number, where a slider would be too coarse or too long."""
    return _set(ipywidgets.BoundedIntText(value, min=low, max=high), kind="box")


def menu(options, value):
    """A menu of words."""
    return _set(ipywidgets.Dropdown(options=list(options), value=value), kind="menu")


def activations(value="identity"):
    """The menu of g_1."""
    return menu(rnn.ACTIVATIONS, value)


def player(low, high, value, interval=1200):
    """A slider over whole steps with a play button; `interval` is the time of a step in ms."""
    return _set(whole_slider(low, high, value), interval=interval)


def draws(value=0, high=99):
    """A slider over the seeds of random draws, 0 to `high`, with a button that goes to the next."""
    return _set(whole_slider(0, high, value), next_words="New draw")


def steps(high, back, on):
    """Whole steps from 0 to `high`, with two buttons of these words: one back, and one on.

    Where other controls say how many steps there are, the panel's `update` sets `max`.
    """
    return _set(whole_slider(0, high, 0), step_words=(back, on), most=high)


def playing(control, route, interval=80):
    """The same control with a Play button that takes it along the values of `route`."""
    return _set(control, route=tuple(map(float, route)), interval=interval)


def _set(thing, **values):
    """Set these parts of a control or a layout, and return it."""
    for name, value in values.items():
        setattr(thing, name, value)
    return thing


def value_of(control):
    """The control's value; the page's floating-point dust (0.30000000000000004) is rounded off."""
    if control.kind == "log":
        return float(f"{control.value:.6g}")
    return round(control.value, 9) if isinstance(control.value, float) else control.value


def ends(control):
    """The lowest and the highest value of a slider or a box."""
    limits = control.min, control.max
    return tuple(control.base**limit for limit in limits) if control.kind == "log" else limits


def hue(name):
    """The colour of a control's name, that of its weight; None where it is the text's own."""
    colour = style.COLOUR.get(name.removeprefix("dE_d"), style.INK)
    return None if colour in (style.INK, "#666666") else colour


def described(name, control):
    """The control as plain data: name, hue, kind, value, and its ends, step, marks or options."""
    told = {"name": name, "hue": hue(name), "value": value_of(control), "kind": control.kind}
    if control.kind == "menu":
        return told | {"options": list(control.options)}
    low, high = ends(control)
    told |= {"low": low, "high": high, "step": control.step}
    told["marks"] = list(getattr(control, "marks", ()))
    extras = ("interval", "route", "next_words", "step_words")
    return told | {key: getattr(control, key) for key in extras if hasattr(control, key)}


class _NamedImage(ipywidgets.Image):
    """An image with a name for a screen reader: a tooltip is set only beside a description."""

    description = traitlets.Unicode("").tag(sync=True)


@contextlib.contextmanager
def laid_out(width, at_once=True):
    """Panels made meanwhile are laid out for a picture of `width` pixels from the start.

    Without `at_once` they are so when they are first asked for what they show.
    """
    before = _opening.set((_pixels(width), at_once))
    try:
        yield
    finally:
        _opening.reset(before)


def _pixels(width):
    if isinstance(width, numbers.Real) and 320 <= width <= 4000:
        return int(width)
    raise ValueError(f"width: expected pixels, from 320 to 4000, got {width!r}.")


class Panel(ipywidgets.VBox):
    """Controls + one live image + one sentence.

    `title` names the panel in a few words. `controls` maps names to widgets made by the functions
    above. `draw(width)` returns (figure, live, update) for a picture of that many pixels: above
    `NARROW` its parts may stand side by side, from there down they stand below each other.
    `update(**values)` takes the controls' values, changes artists of `figure` and returns the
    sentence. `live` lists the artists that it changes; they are drawn on top of everything else.
    Whatever else it changes (a limit, a title, a label) is noticed and costs a full drawing.

    `main` names the control that gets a slider along the picture, `track` the pixels of the picture
    left and right of its ends, `more` the controls that are shown on demand, `lines` for how many
    lines of the sentence there is always room, so that the picture stands still.

    `.layers` are the picture as it is now, both SVG: the address of an image of what stands still,
    and the markup that lies above it; `.said` is the sentence. With these, a page of its own needs
    `spec()`, `move(name, value)`, `set`, `reset` and `lay_out`, and no more. `png()` is the whole
    picture, the bytes of a file.
    `.boxes` holds the number box of each control that has one, by name.
    """

    def __init__(self, title, controls, draw, main=None, track=(0, 0), more=(), lines=2):
        self.title, self.controls, self.main, self.more = title, dict(controls), main, tuple(more)
        self._draw, self._track, self.boxes, self._update = draw, track, {}, None
        self._initial = {name: control.value for name, control in self.controls.items()}
        self._is_held, self._is_typed, self._is_untouched = False, False, True
        self._width, is_at_once = _opening.get()
        place = {"grid_area": "1 / 1", "margin": "0", "width": "100%"}  # both in one cell
        self._still = _NamedImage(format="url", tooltip=title, layout=place)
        self._moving = ipywidgets.HTML(layout=place)
        grid = {"layout": {"grid_template_columns": "100%"}, "_dom_classes": ["bptt-picture"]}
        self.image = ipywidgets.GridBox([self._still, self._moving], **grid)
        room = {"min_height": f"{6 + 22 * lines}px", "align_items": "center"}
        self.sentence, self._sentence_row = ipywidgets.HTML(), ipywidgets.HBox(layout=room)
        if main is not None:  # before the panel sees the value
            self.controls[main].observe(self._snap, "value")
        for control in self.controls.values():
            control.observe(self._refresh, "value")
        super().__init__(_view_count=0)  # from 0 on, the page counts its views
        self.add_class("bptt-panel")
        if is_at_once:  # else once a page asks for it: its cell may set it first
            self.lay_out(self._width)
        self.children = self._made_rows()

    _ipython_display_ = None  # that of ipywidgets 7 would leave out picture and text

    def __repr__(self):
        return f"Panel: {self.title} ({', '.join(self.controls)})"

    def spec(self):
        """The panel as plain data: title, main, track, more, and the controls in their order."""
        if self._update is None:  # which tells some controls their ends
            self.lay_out(self._width)
        controls = [described(name, control) for name, control in self.controls.items()]
        sides = {"track": list(self._track), "more": list(self.more)}
        return {"title": self.title, "main": self.main, **sides, "controls": controls}

    def move(self, name, value):
        """Move one control as a hand does: it snaps. Returns the panel; see `layers` and `said`."""
        self.controls[name].value = self._fitting(name, value)
        return self

    def set(self, **values):
        """Set several controls and draw once: `panel.set(W_s=1.2, g_1="tanh")`. Returns the panel.

        ValueError for a name or a value that the panel does not have; nothing has changed then.
        """
        fitting = {name: self._fitting(name, value) for name, value in values.items()}
        self._is_held = True  # nothing is drawn and nothing snaps meanwhile
        try:
            for name, value in fitting.items():
                control = self.controls[name]
                if hasattr(control, "most"):  # the other values may give it more steps than now
                    control.max = control.most
                control.value = value
        finally:
            self._is_held = False
        if self._is_untouched and any(self._initial[name] != v for name, v in fitting.items()):
            self._is_untouched = False
            self.lay_out(self._width)  # what it opens with leaves no trace of anything before
        else:
            self._refresh()
        return self

    def reset(self, _=None):
        """Every control back to where it stood at first. Returns the panel."""
        return self.set(**self._initial)

    def close(self):
        """Let go of the widgets, the observers and the figure."""
        for control in self.controls.values():
            control.unobserve_all()
        for part in (self, *self.controls.values()):  # a main one of steps is in no row
            for widget in family(part):
                if widget is not self:
                    widget.close()
        self.figure = self.picture = self._update = None
        super().close()

    def _fitting(self, name, value):
        if name not in self.controls:
            raise ValueError(f"{name}: expected one of {', '.join(self.controls)}.")
        control = self.controls[name]
        if control.kind == "menu":
            if value in control.options:
                return value
            expected = f"one of {', '.join(map(repr, control.options))}"
        else:
            is_whole = control.kind in ("whole", "box")
            kind, told = ("a whole number", int) if is_whole else ("a number", float)
            low, high = ends(control)
            high = getattr(control, "most", high)
            is_number = isinstance(value, numbers.Real) and not isinstance(value, bool)
            if is_number and low <= value <= high and told(value) == value:
                return told(value)
            expected = f"{kind} from {number(low)} to {number(high)}"
        raise ValueError(f"{name}: expected {expected}, got {value!r}.")

    def _snap(self, change):
        """A drag that jumps beside a mark is put on it; one that goes stop by stop is not."""
        control, new = change.owner, change.new
        marks = getattr(control, "marks", ())
        if self._is_held or self._is_typed or not marks or new != new:
            return
        mark, reach = min(marks, key=lambda mark: abs(mark - new)), 1.5 * control.step
        if 0 < abs(new - mark) < reach < abs(new - change.old):
            control.value = type(new)(mark)

    def lay_out(self, width):
        """Lay the panel out anew for a picture of `width` pixels. Returns the panel."""
        width = _pixels(width)
        with _drawing, style.unstyled():
            self.figure, live, self._update = self._draw(width)
            self.picture, self._width = Picture(self.figure, live), width
        for part in (self, self.image):
            _set(part.layout, width=f"{width}px", max_width="100%")
        if self.main is not None:
            self._fit_main(self.controls[self.main].layout)
        self._refresh()
        return self

    def _fit_main(self, layout):
        """The main slider along the picture; the sentence below its box, where that is narrow."""
        is_narrow = self._width <= NARROW
        self._sentence_row.layout.flex_flow = "row wrap" if is_narrow else "row"
        if not any(self._track):  # it ends where the picture does, with its handle
            _set(layout, width="calc(100% - 10px)", margin="0")
            return
        left, right = (100 * pixels / self._width for pixels in self._track)
        width, margin = f"calc({100 - left - right:.2f}% + 12px)", f"0 0 0 calc({left:.2f}% - 4px)"
        _set(layout, width=width, margin=margin)

    def _refresh(self, change=None):
        if change and change.new != change.new:  # nan is no place on a slider
            change.owner.value = change.old
            return
        if self._is_held or self._update is None:
            return
        self._is_untouched = self._is_untouched and change is None
        with _drawing, style.unstyled():
            self.said = self._update(**{name: value_of(c) for name, c in self.controls.items()})
            self.layers = self.picture.layers()
        self._still.value, self._moving.value = self.layers[0].encode(), self.layers[1]
        time.sleep(0.001)  # lets the kernel's sending thread go first: the picture leaves now
        self.sentence.value = _spoken(self.said)

    def png(self, scale=1):
        """The picture as it is now at `scale` pixels to one, the bytes of a file."""
        if self._update is None:
            self.lay_out(self._width)
        with _drawing, style.unstyled():
            return self.picture.png(scale)

    def _made_rows(self):
        """The rows from top to bottom: the other controls, the sentence, picture, main slider."""
        others = [name for name in self.controls if name != self.main and name not in self.more]
        fold, ends = [], [_button("Reset", "80px", self.reset)]
        if self.more:
            layout = ipywidgets.Layout(display="none", flex_flow="row wrap")
            fold = [ipywidgets.HBox([_with_label(self, name) for name in self.more], layout=layout)]
            ends.insert(0, ipywidgets.ToggleButton(description="more", layout=_whole("70px")))
            way = {True: "flex", False: "none"}
            ends[0].observe(lambda change: _set(layout, display=way[change.new]), "value")
        ends.append(ipywidgets.HTML(LOST_KERNEL, layout={"display": "none"}))
        rows = [_with_label(self, name) for name in others]
        spread = {"flex_flow": "row wrap", "justify_content": "space-between"}
        first = ipywidgets.HBox([*rows, *ends], layout=spread)
        spoken, below = [self.sentence], []
        if self.main is not None:
            box, control = _number_box(self, self.main), self.controls[self.main]
            spoken = [box, *_buttons(self, self.main, box), self.sentence]
            _set(self.sentence.layout, flex="1 1 200px", margin="0 0 0 12px")
            below = [] if hasattr(control, "step_words") else [control]  # its buttons are enough
        self._sentence_row.children = spoken
        return [first, *fold, self._sentence_row, self.image, *below]

    def _repr_mimebundle_(self, **_):
        _close_what_this_cell_showed(self)
        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        data = {
            "application/vnd.jupyter.widget-view+json": view,
            "text/plain": repr(self),
            "image/png": base64.b64encode(self.png()).decode(),
        }
        return data, {"image/png": {"alt": f"{self.title}. {self.said}".replace("\n", ". ")}}


def _with_label(panel, name):
    """The control behind a labelled number box, which a screen reader can name and set."""
    control = panel.controls[name]
    if control.kind in ("menu", "box"):
        _describe(control, name)
        control.layout.width = "auto" if control.kind == "menu" else "130px"
        return control
    control.layout.width = "116px"
    row = ipywidgets.HBox(layout={"align_items": "center"})
    row.children = [_number_box(panel, name), control, *_buttons(panel, name, row)]
    return row


def _buttons(panel, name, holder):
    """Play, the next draw, or one step back and on; `holder` keeps the links alive."""
    control = panel.controls[name]
    if hasattr(control, "next_words"):
        return [_button(control.next_words, "85px", lambda _: _go(control, 1, around=True))]
    if hasattr(control, "step_words"):
        ways = zip(control.step_words, (-1, 1), strict=True)
        return [_button(said, "110px", lambda _, way=way: _go(control, way)) for said, way in ways]
    if not hasattr(control, "interval"):
        return []
    route = getattr(control, "route", None)
    place = (0, 0, len(route) - 1) if route else (control.value, control.min, control.max)
    play = ipywidgets.Play(*place, interval=control.interval, layout={"display": "none"})
    button = ipywidgets.ToggleButton(description="Play", icon="play", layout=_whole("70px"))
    is_playing = play, _trait(play, "playing", "_playing")
    holder.links = [ipywidgets.jslink((button, "value"), is_playing)]
    if route:
        play.observe(lambda change: _type(panel, control, route[change.new]), "value")
    else:
        holder.links.append(ipywidgets.jsdlink((play, "value"), (control, "value")))
        # By the kernel, after the picture: a link on the page would tell of its step before.
        control.observe(lambda new: getattr(*is_playing) or _set(play, value=new.new), "value")
    return [button, play]


def _go(control, way, around=False):
    """One step on or back, as far as there are steps; `around`: from the last to the first."""
    new = min(max(control.value + way, control.min), control.max)
    control.value = control.min if around and new == control.value else new


def _button(words, width, press):
    button = ipywidgets.Button(description=words, layout=_whole(width))
    button.on_click(press)
    return button


def _whole(width):
    """The layout of a button that keeps its width, and with it all of its words, in a full row."""
    return {"width": width, "flex": "0 0 auto"}


def _describe(control, name):
    """The name as a label: W_s with its subscript, in its weight's colour; and for the ear."""
    small = r'<span style="font-size: 75%; vertical-align: sub">\1</span>'
    subscripted = re.sub(r"_(\w+)", small, html.escape(name.replace("dE_d", "∂E/∂")))
    control.description_allow_html = True
    control.description = (
        f'<span style="color: {hue(name) or "inherit"}; font-weight: 600">{subscripted}</span>'
    )
    control.style.description_width = "initial"
    has_ends = hasattr(control, "min")
    heard = f"{name}, from {control.min:g} to {control.max:g}" if has_ends else name
    setattr(control, _trait(control, "tooltip", "description_tooltip"), heard)


def _trait(widget, name, before):
    """The name of a trait; `before` is what it was in ipywidgets 7, which Colab has."""
    return name if widget.has_trait(name) else before


def _type(panel, control, value):
    """Set a control to what was typed or played: it does not snap."""
    panel._is_typed = True
    try:
        control.value = value
    finally:
        panel._is_typed = False


def _number_box(panel, name):
    control = panel.controls[name]
    kind = ipywidgets.BoundedIntText if control.kind == "whole" else ipywidgets.BoundedFloatText
    low, high = ends(control)
    box = panel.boxes[name] = kind(value_of(control), min=low, max=high, step=control.step)
    _describe(box, name)
    box.layout.width = f"{92 + 5 * len(name)}px"

    def follow_box(_):
        if box.value != value_of(control):
            _type(panel, control, box.value)

    if hasattr(control, "most"):
        traitlets.dlink((control, "max"), (box, "max"))
    traitlets.dlink((control, "value"), (box, "value"), lambda _: value_of(control))
    box.observe(follow_box, "value")
    return box


def _spoken(said):
    """The sentence as a live region, which is read aloud; the first of two lines is a headline."""
    text = html.escape(said, quote=False).replace(" = ", "\u00a0=\u00a0")
    text = re.sub(r"\([^()]{1,14}\)", lambda found: found[0].replace(" ", "\u00a0"), text)
    text = re.sub(r"\b([^\W\d_])_(max|\d+|\w)\b", r"\1<sub>\2</sub>", text)
    text = re.sub(r"\^(\w+)", r"<sup>\1</sup>", text)
    head, line, rest = text.partition("\n")
    text = f"<b>{head}.</b><br>{rest}" if line else text
    return f'<p role="status" style="font-size: 16px; line-height: 1.4; margin: 0">{text}</p>'


def family(widget):
    """The widget, all that it contains, and their links, layouts and styles."""
    parts = [widget, widget.layout, getattr(widget, "style", None), *getattr(widget, "links", [])]
    inner = [family(child) for child in getattr(widget, "children", ())]
    return [part for part in [*parts, *itertools.chain(*inner)] if part is not None]


@atexit.register
def _say_that_the_kernel_goes():
    """When it is shut down by hand: of that, JupyterLab tells no widget."""
    for _, panel in itertools.chain(*_shown_in_cell.values()):
        panel.add_class(GONE)


def _close_what_this_cell_showed(panel):
    """Close what this cell showed before, unless another page on the kernel still shows it."""
    message = getattr(get_ipython(), "get_parent", dict)() or {}
    cell = message.get("metadata", {}).get("cellId")
    if cell is None:
        return
    run = message.get("header", {}).get("msg_id")
    others = [(own, old) for own, old in _shown_in_cell.get(cell, []) if old is not panel]
    for own, old in others:
        if own != run and not old._view_count:
            old.close()
    _shown_in_cell[cell] = [(own, old) for own, old in others if old.figure] + [(run, panel)]

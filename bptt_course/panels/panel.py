"""A panel: controls, one live picture and one sentence that says what the picture shows now.

The picture is one matplotlib Figure for the life of the panel. A move of a slider redraws only what
it changes (`picture.Picture`) and pushes one image to the page.
"""

import base64
import html
import itertools
import numbers
import re
import threading
import time

import ipywidgets
import traitlets
from IPython import get_ipython

from bptt_helpers import rnn
from bptt_course.panels.picture import Picture, png
from bptt_course.words import number

# Callbacks run in another thread than the cells do, and matplotlib's caches are not made for two.
_drawing = threading.RLock()
_shown_in_cell = {}


def slider(low, high, value, step=0.1):
    """A slider over numbers from `low` to `high`."""
    return ipywidgets.FloatSlider(value, min=low, max=high, step=step, readout=False)


def whole_slider(low, high, value):
    """A slider over the whole numbers from `low` to `high`."""
    return ipywidgets.IntSlider(value, min=low, max=high, readout=False)


def log_slider(low, high, value, step=0.1):
    """A slider over powers of ten, from 10**low to 10**high; `step` is one of the exponent."""
    return ipywidgets.FloatLogSlider(value, min=low, max=high, step=step, readout=False)


def menu(options, value):
    """A menu of words."""
    return ipywidgets.Dropdown(options=list(options), value=value)


def activations(value="identity"):
    """The menu of g_1."""
    return menu(rnn.ACTIVATIONS, value)


def player(low, high, value, interval=1200):
    """A slider over whole steps with a play button; `interval` is the time of a step in ms."""
    control = whole_slider(low, high, value)
    control.interval = interval
    return control


def draws(value=0, high=99):
    """A slider over the seeds of random draws, 0 to `high`, with a button that goes to the next."""
    control = whole_slider(0, high, value)
    control.next_words = "New draw"
    return control


class _NamedImage(ipywidgets.Image):
    """An image whose tooltip is its name for a screen reader.

    The page sets the tooltip of a widget only where a description is known, and Image has none.
    """

    description = traitlets.Unicode("").tag(sync=True)


class Panel(ipywidgets.VBox):
    """Controls + one live image + one sentence.

    `title` names the panel in a few words. `controls` maps names to widgets made by the functions
    above. `update(**values)` takes the controls' values, changes artists of `figure` and returns
    the sentence. `live` lists the artists that it changes; they are drawn on top of everything
    else. Whatever else it changes (a limit, a title, a label) is noticed and costs a full drawing.

    `.controls`, `.figure`, `.picture`, `.image`, `.sentence` are there for the curious; `.png`
    holds the picture as it is now, the bytes of a file. Where no kernel is running, the panel shows
    as a picture (PNG) with a constant text.
    """

    def __init__(self, title, controls, figure, live, update):
        self.title, self.controls, self.figure = title, dict(controls), figure
        self.picture = Picture(figure, live)
        self._update, self._is_held = update, False
        self._initial = {name: control.value for name, control in self.controls.items()}
        width, _ = self.picture.size()
        self.image = _NamedImage(
            format="url", tooltip=title, layout={"width": f"{width}px", "max_width": "100%"}
        )
        self.sentence = ipywidgets.HTML()
        for control in self.controls.values():
            control.observe(self._refresh, "value")
        self._refresh()
        super().__init__([self._control_rows(), self.image, self.sentence])

    def __repr__(self):
        return f"Panel: {self.title} ({', '.join(self.controls)})"

    def set(self, **values):
        """Set several controls and draw once: `panel.set(W_s=1.2, g_1="tanh")`. Returns the panel.

        Raises ValueError for a name that is no control's and for a value that its control cannot
        take; nothing has changed then.
        """
        fitting = {name: self._fitting(name, value) for name, value in values.items()}
        self._is_held = True
        for name, value in fitting.items():
            self.controls[name].value = value
        self._is_held = False
        self._refresh()
        return self

    def _fitting(self, name, value):
        if name not in self.controls:
            raise ValueError(f"{name}: expected one of {', '.join(self.controls)}.")
        control = self.controls[name]
        if isinstance(control, ipywidgets.Dropdown):
            if value not in control.options:
                options = ", ".join(map(repr, control.options))
                raise ValueError(f"{name}: expected one of {options}, got {value!r}.")
            return value
        low, high = ends(control)
        is_whole = isinstance(control, ipywidgets.IntSlider)
        is_number = isinstance(value, numbers.Real) and not isinstance(value, bool)
        if not (is_number and low <= value <= high) or (is_whole and value != int(value)):
            kind = "a whole number" if is_whole else "a number"
            raise ValueError(
                f"{name}: expected {kind} from {number(low)} to {number(high)}, got {value!r}."
            )
        return int(value) if is_whole else float(value)

    def reset(self, _=None):
        """Every control back to where it stood at first. Returns the panel."""
        return self.set(**self._initial)

    def close(self):
        """Let go of the widgets, the observers and the figure."""
        for control in self.controls.values():
            control.unobserve_all()
        for widget in family(self):
            if widget is not self:
                widget.close()
        self.figure = self.picture = self._update = None
        super().close()

    def _refresh(self, change=None):
        if change and change.new != change.new:  # nan is no place on a slider
            change.owner.value = change.old
            return
        if self._is_held or self._update is None:
            return
        with _drawing:
            self._said = self._update(**{name: value_of(c) for name, c in self.controls.items()})
            self.png = png(self.picture.pixels(change and change.owner))
        # The page reads a data URL by itself; for the blob that PNG bytes become it asks another
        # process, and shows it some 7 ms later.
        self.image.value = b"data:image/png;base64," + base64.b64encode(self.png)
        time.sleep(0.001)  # lets the kernel's sending thread go first: the picture leaves at once
        self.sentence.value = _spoken(self._said)

    def _control_rows(self):
        rows = [_with_label(name, control) for name, control in self.controls.items()]
        reset = ipywidgets.Button(description="Reset", layout={"width": "80px"})
        reset.on_click(self.reset)
        return ipywidgets.GridBox(
            [*rows, reset],
            layout={"grid_template_columns": "repeat(auto-fill, minmax(330px, 1fr))"},
        )

    def _repr_mimebundle_(self, **_):
        _close_what_this_cell_showed(self)
        data = {
            **(super()._repr_mimebundle_() or {}),
            "text/plain": repr(self),
            "image/png": base64.b64encode(self.png).decode(),
        }
        return data, {"image/png": {"alt": f"{self.title}. {self._said}"}}


def value_of(control):
    """The control's value; the page's floating-point dust (0.30000000000000004) is rounded off."""
    if isinstance(control, ipywidgets.FloatLogSlider):
        return float(f"{control.value:.6g}")
    return round(control.value, 9) if isinstance(control.value, float) else control.value


def ends(control):
    """The lowest and the highest value of a slider."""
    if isinstance(control, ipywidgets.FloatLogSlider):
        return control.base**control.min, control.base**control.max
    return control.min, control.max


def _with_label(name, control):
    """The control behind a labelled number box, which a screen reader can name and set."""
    if isinstance(control, ipywidgets.Dropdown):
        control.description = name
        control.style.description_width, control.layout.width = "60px", "auto"
        control.layout.margin = "2px auto 2px 2px"
        return control
    control.layout.width = "170px"
    box = _number_box(name, control)
    row = ipywidgets.HBox([box, control], layout={"align_items": "center"})
    if hasattr(control, "interval"):
        button, play = _play_button(control)
        row.links = [
            ipywidgets.jslink((play, "value"), (control, "value")),
            ipywidgets.jslink((button, "value"), (play, "playing")),
        ]
        row.children = [*row.children, button, play]
    if hasattr(control, "next_words"):
        row.children = [*row.children, _next_button(control)]
    return row


def _next_button(control):
    """A button that takes the control one step on, and from its end back to the beginning."""
    button = ipywidgets.Button(description=control.next_words, layout=_whole("85px"))

    def go_on(_):
        control.value = control.min if control.value == control.max else control.value + 1

    button.on_click(go_on)
    return button


def _play_button(control):
    """A button with a word on it, and behind it the player, whose own buttons have no name."""
    play = ipywidgets.Play(
        value=control.value,
        min=control.min,
        max=control.max,
        interval=control.interval,
        layout={"display": "none"},
    )
    return ipywidgets.ToggleButton(description="Play", icon="play", layout=_whole("70px")), play


def _whole(width):
    """The layout of a button that keeps its width, and with it all of its words, in a full row."""
    return {"width": width, "flex": "0 0 auto"}


def _number_box(name, control):
    is_whole = isinstance(control, ipywidgets.IntSlider)
    kind = ipywidgets.BoundedIntText if is_whole else ipywidgets.BoundedFloatText
    low, high = ends(control)
    tooltip = f"{name}, from {low:g} to {high:g}"
    box = kind(
        value_of(control), min=low, max=high, step=control.step, description=name, tooltip=tooltip
    )
    box.style.description_width, box.layout.width = "60px", "140px"

    def follow_slider(_):
        box.value = value_of(control)

    def follow_box(_):
        if box.value != value_of(control):
            control.value = box.value

    control.observe(follow_slider, "value")
    box.observe(follow_box, "value")
    return box


def _spoken(said):
    """The sentence as a live region, which a screen reader speaks when it changes."""
    text = html.escape(said, quote=False)
    text = re.sub(r"\b([^\W\d_])_(max|\w)\b", r"\1<sub>\2</sub>", text)
    text = re.sub(r"\^(\w+)", r"<sup>\1</sup>", text)
    return f'<p role="status" style="font-size: 16px; line-height: 1.5">{text}</p>'


def family(widget):
    """The widget, all that it contains, and their links, layouts and styles."""
    parts = [widget, widget.layout, getattr(widget, "style", None), *getattr(widget, "links", [])]
    inner = [family(child) for child in getattr(widget, "children", ())]
    return [part for part in [*parts, *itertools.chain(*inner)] if part is not None]


def _close_what_this_cell_showed(panel):
    """Close the panels of this cell's earlier runs: their views are gone from the page."""
    shell = get_ipython()
    message = getattr(shell, "get_parent", dict)() or {}
    cell = message.get("metadata", {}).get("cellId")
    if cell is None:
        return
    run = message.get("header", {}).get("msg_id")
    before, panels = _shown_in_cell.get(cell, (run, []))
    if before != run:
        for old in panels:
            if old is not panel:
                old.close()
        panels = []
    _shown_in_cell[cell] = (run, [*panels, panel])

"""Where the controls of a panel can stand."""

import ipywidgets

from bptt_course.panels import panel


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
    """An entry of a menu; an end of a slider, or somewhere on its steps."""
    if isinstance(control, ipywidgets.Dropdown):
        return chance.choice(control.options)
    return on_step(control, chance.choice([0, 1, chance.random(), chance.random()]))


def at_random(panel, chance):
    """The panel with every control at a random value."""
    return panel.set(**{name: random_value(c, chance) for name, c in panel.controls.items()})

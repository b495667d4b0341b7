"""Each panel in the narrow layout: the quick picture is the whole one, and no word is cut off."""

import random

import every_panel
import pytest
from drawings import NO_WARNINGS, drawn_whole, shown
from settings import at_random, random_value

pytestmark = NO_WARNINGS
EDGE_TO_EDGE = ("sweep",)  # whose rows run from one edge to the other
CALLS = every_panel.calls()


@pytest.mark.parametrize("call", CALLS, ids=every_panel.source)
def test_the_quick_picture_is_the_whole_picture(call):
    made, chance = every_panel.make(call).lay_out(390), random.Random(4)
    for turn in range(9):
        if turn % 3 == 0:
            at_random(made, chance)
        name, control = chance.choice(list(made.controls.items()))
        control.value = random_value(control, chance)
        assert made.layers == drawn_whole(made.picture), f"after {name} = {control.value}"
        if call[0] not in EDGE_TO_EDGE:
            pixels = shown(made)
            assert pixels[:, [0, -1]].min() > 200, f"cut off after {name} = {control.value}"
    made.close()

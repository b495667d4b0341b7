"""The panels of notebooks 03 and 04: the walk, the knobs and the bars, held to `bptt`."""

import itertools
import math
import random

import numpy as np
import pytest
from drawings import NO_WARNINGS, drawn, drawn_whole, said, shown
from settings import at_random

from bptt_helpers import bptt, rnn
from bptt_course import panels
from bptt_course.figures import nb03_04_hidden_and_input_weight as pictures
from bptt_course.figures import stage
from bptt_course.panels import nb03_04_hidden_and_input_weight as nb03

pytestmark = NO_WARNINGS
WEIGHTS = ("W_s", "W_x")
SETTINGS = [
    {"W_s": W_s, "S_0": S_0, "g_1": g_1, "g_2": g_2}
    for W_s, (S_0, g_1, g_2) in itertools.product(
        (-1.5, 0, 0.5, 1.2),
        ((2, "identity", "identity"), (0, "tanh", "identity"), (-3.5, "sigmoid", "tanh"),
         (1, "ReLU", "sigmoid")),
    )
]  # fmt: skip


@pytest.fixture(scope="module")
def made():
    """One panel of each kind."""
    made = {
        (name, weight): getattr(panels, name)(weight)
        for name in ("paths", "terms", "knobs")
        for weight in WEIGHTS
    }
    yield made
    for one in made.values():
        one.close()


def run_of(W_s=0.5, S_0=2, g_1="identity", g_2="identity", X_1=3):
    return rnn.forward((X_1, 1, 2), S_0, rnn.Weights(1, W_s, 2), g_1, g_2)


def words_of(panel, gid):
    """All words of this collection, as the picture has them now."""
    found = drawn(panel, gid)
    holders = [one for one in KEPT if found in one.live]
    return [word.said for word in holders[-1].shown]


KEPT = []


@pytest.fixture(autouse=True, scope="module")
def keep_the_words():
    """Remember each collection of words and chips, since they hide in panels."""
    with pytest.MonkeyPatch.context() as patch:
        start = stage.Words.__init__

        def remember(self, *args, **kwargs):
            start(self, *args, **kwargs)
            KEPT.append(self)

        patch.setattr(stage.Words, "__init__", remember)
        yield
    KEPT.clear()


# --- the walk ----------------------------------------------------------------------------------


@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("setting", SETTINGS)
def test_the_factors_multiply_to_the_terms_of_bptt(weight, setting):
    run = run_of(**setting)
    terms = getattr(bptt.chain_rule_terms(run, 6.0, at=3), weight)
    for i in (1, 2, 3):
        factors = nb03.walk(run, weight, i)
        assert pictures.product_of(factors) == pytest.approx(terms[i], rel=1e-12, abs=1e-300)
        bends = (setting["g_1"] != "identity") * (4 - i) + (setting["g_2"] != "identity")
        assert len(factors) == 6 - i + bends
        assert [f.is_use for f in factors][-1] and sum(f.row == 0 for f in factors) == 6 - i
        names = [f.name for f in factors if "′" in f.name]
        assert names == [
            *(["g_2′(V_3)"] if setting["g_2"] != "identity" else []),
            *(f"g_1′(a_{j})" for j in range(3, i - 1, -1) if setting["g_1"] != "identity"),
        ]


@pytest.mark.parametrize(("weight", "total"), [("W_s", 22), ("W_x", 13)])
@pytest.mark.parametrize("width", [stage.WIDE, 390])
def test_every_factor_is_asked_for_before_it_is_shown(weight, total, width):
    panel = panels.paths(weight).lay_out(width)
    assert words_of(panel, "tags") == ["?"] and words_of(panel, "token") == ["1"]
    assert words_of(panel, "stacked") == ["sum so far"]
    rows = words_of(panel, "rows")
    assert not any("partial" in word for word in rows), "nothing is solved at first"
    terms = {"W_s": {3: 12, 2: 8, 1: 2}, "W_x": {3: 8, 2: 2, 1: 3}}[weight]
    so_far, step = 0, 0
    for i in (3, 2, 1):
        factors = nb03.walk(run_of(), weight, i)
        for known in range(len(factors) + 1):
            panel.move("step", step)
            step += 1
            values = [f"×{pictures.figure(f.value)}" for f in factors[:known]]
            asks = ["?"] if known < len(factors) else []
            assert words_of(panel, "tags") == values + asks
            product = math.prod(f.value for f in factors[:known])
            assert words_of(panel, "token") == [pictures.figure(product)]
            assert said(panel).count("times what?") == len(asks)
        so_far += terms[i]
        assert words_of(panel, "stacked")[-1] == f"{so_far}"
    panel.move("step", step)
    assert so_far == total == float(words_of(panel, "rows")[-2])
    assert said(panel).startswith(
        f"∂E_3/∂{weight} = {terms[1]} + {terms[2]} + {terms[3]} = {total}."
    )
    assert panel.move("step", step + 1).said == panel.said
    panel.close()


def test_the_walk_has_as_many_steps_as_there_are_factors(made):
    """Next step never does nothing: the last one shows the sum, and there is none after it."""
    panel = made["paths", "W_s"].reset()
    for functions in (("identity", "identity"), ("tanh", "identity"), ("tanh", "sigmoid")):
        panel.set(g_1=functions[0], g_2=functions[1], step=24)
        last = panel.controls["step"].value
        assert last == panel.controls["step"].max == panel.boxes["step"].max
        assert "is used three times" in said(panel)
        assert "is used three times" not in said(panel.move("step", last - 1))


def test_the_slope_inside_a_state_is_asked_for_by_itself(made):
    panel = made["paths", "W_s"].reset().set(g_1="tanh", step=2)
    assert "back through the activation inside S_3: times what?" in said(panel)
    panel.move("step", 3)
    assert said(panel).startswith("g_1′(a_3) = 1 − S_3^2 = 0.0292.")
    assert words_of(panel, "tags")[-2:] == ["×0.029", "?"]
    panel.move("step", 4)
    assert said(panel).startswith("S_2 = 0.905.")
    assert "that is term i = 3" in said(panel)
    assert "= −5.7·10⁻⁵ − 0.0425 − 0.426 = −0.469" in said(panel.move("step", 21))


def test_the_tasks_of_notebook_03(made):
    paths = made["paths", "W_s"].reset().set(W_s=-2, step=15)
    assert "= −448 − 112 − 168 = −728" in said(paths)
    assert "= 0 + 0 − 8 = −8" in said(paths.set(W_s=0))
    row = [w for w in words_of(paths.reset().set(step=9), "rows") if w[:1] != "$"]
    assert row.count("8") == 1
    assert "15" in words_of(paths.set(X_1=4), "rows")
    terms = made["terms", "W_s"].reset().set(S_0=0)
    assert "The term i = 1 is exactly zero." in said(terms)
    assert "= 0 + 0 − 8 = −8" in said(terms.reset().set(W_s=0))
    assert "2 − 1 − 3 = −2" in said(terms.reset().set(S_0=-4))
    assert "Not all terms pull in the same direction." in said(terms)


def test_the_tasks_of_notebook_04(made):
    paths = made["paths", "W_x"].reset().set(W_s=1, step=15)
    assert "120 + 40 + 80" in said(paths)
    assert "= 0 + 0 − 16 = −16" in said(paths.set(W_s=0))
    terms = made["terms", "W_x"].reset().set(S_0=0)
    assert "1.5 + 1 + 4 = 6.5" in said(terms)
    assert "The terms i = 1, 2 and 3 are exactly zero." in said(terms.set(S_0=-2))


# --- the knobs ---------------------------------------------------------------------------------


@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("g_1", ["identity", "tanh"])
def test_a_turned_knob_changes_what_a_network_of_its_own_weights_would(made, weight, g_1):
    panel = made["knobs", weight].reset()
    for row, uses in pictures.KNOBS.items():
        panel.set(turned=row, turn=0.1, g_1=g_1)
        S, g = 2.0, rnn.activation(g_1)
        for t, X_t in enumerate((3, 1, 2), start=1):
            extra = 0.1 * (t in uses)
            W_x, W_s = (1 + extra, 0.5) if weight == "W_x" else (1, 0.5 + extra)
            S = float(g(W_x * X_t + W_s * S))
        change = (6 - 2 * S) ** 2 - (6 - run_of(g_1=g_1).Y[3]) ** 2
        assert words_of(panel, "token") == [pictures.signed(change)]
    assert words_of(panel, "effects")[-1] == f"×{pictures.figure(change / 0.1, 3)}"


@pytest.mark.parametrize(("weight", "slopes"), [("W_s", (2, 8, 12, 22)), ("W_x", (3, 2, 8, 13))])
def test_small_turns_move_the_error_by_the_terms(weight, slopes):
    for row, slope in zip(pictures.KNOBS.values(), slopes, strict=True):
        up, down = (nb03._turned(weight, h, row, 2, "identity")["E", 3] for h in (1e-5, -1e-5))
        assert (up - down) / 2e-5 == pytest.approx(slope, rel=1e-6)


def test_the_knobs_say_where_nothing_moves_and_where_nothing_adds_up():
    panel = panels.knobs("W_s").set(S_0=0, turn=0.01)
    assert said(panel) == (
        "Knob 1 turned by 0.01: E_3 does not move.Knob 1 multiplies S_0 = 0, so nothing changes."
    )
    panel.set(S_0=-2)
    for turned in ("knob 2", "knob 3", "all three"):
        panel.set(turned=turned)
    assert "E_3 is 0, its lowest value: every slope is zero" in said(panel)
    assert said(panel.set(S_0=2)).endswith("The smaller the turn, the better the two agree.")
    panel.close()


def test_a_stack_that_is_cut_off_says_so():
    panel = panels.paths("W_s").set(W_s=2, step=14)
    assert words_of(panel, "stacked")[0] == "cut off"
    panel.set(W_s=0.5)
    assert words_of(panel, "stacked")[0] == "sum so far"
    panel.close()


def test_the_knobs_open_unanswered_and_answer_one_by_one():
    panel = panels.knobs("W_s")
    assert words_of(panel, "effects") == 4 * ["?"]
    for knob, effect in (("knob 1", "+0.02"), ("knob 2", "+0.08"), ("knob 3", "+0.12")):
        panel.set(turned=knob, turn=0.01)
        assert words_of(panel, "token") == [effect]
    assert words_of(panel, "effects").count("?") == 1
    panel.move("turned", "all three")
    assert "E_3 moves up by 0.235." in said(panel)
    assert "One by one they move it by 0.0201 + 0.0816 + 0.124 = 0.225." in said(panel)
    assert words_of(panel.reset(), "effects") == 4 * ["?"]
    panel.close()


# --- the bars ----------------------------------------------------------------------------------


@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("setting", SETTINGS)
def test_bars_are_the_terms_on_a_scale_that_stays(made, weight, setting):
    values = {name: value for name, value in setting.items() if name != "g_2"}
    panel, run = made["terms", weight].reset().set(**values), run_of(**values)
    parts = getattr(bptt.chain_rule_terms(run, 6.0, at=3), weight)[1:]
    slope = getattr(bptt.backward(run, 6.0, at=3), f"dE_d{weight}")
    bars, heights = drawn(panel, "terms"), np.array([*parts, slope])
    ends = [bar.vertices[2, 1] for bar in bars.get_paths()]
    zero = bars.get_paths()[0].vertices[0, 1]
    seen = np.clip(heights, pictures.SumOfTerms.LOW, pictures.SumOfTerms.HIGH)
    np.testing.assert_allclose(
        np.subtract(ends, zero), seen * pictures.SumOfTerms.PIXELS, atol=1e-9
    )
    numbers = words_of(panel, "numbers")
    for height, end in zip(heights, seen, strict=True):
        beyond = "" if height == end else " ↑" if height > end else " ↓"
        assert pictures.figure(height) + beyond in numbers


@pytest.mark.parametrize("weight", ["W_s", "W_x"])
def test_no_number_of_the_bars_is_on_a_dashed_outline(made, weight):
    panel, bars = made["terms", weight], pictures.SumOfTerms
    outlines = [2, 8, 12, 22] if weight == "W_s" else [3, 2, 8, 13]
    for S_0 in np.linspace(-4, 4, 81):
        words = [w for w in drawn(panel.set(S_0=S_0), "numbers").shown if w.bold]
        for word, height in zip(words, outlines, strict=True):
            line = bars.FOOT + 22 + bars.PIXELS * (height - bars.LOW)
            assert abs(word.y - line) >= 12
    panel.reset()


# --- all of them -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["paths", "terms", "knobs"])
@pytest.mark.parametrize("width", [stage.WIDE, 390])
def test_the_quick_picture_is_the_whole_picture_and_nothing_is_cut_off(made, name, width):
    panel, chance = made[name, "W_s"].lay_out(width), random.Random(4)
    for _ in range(12):
        at_random(panel, chance)
        assert panel.layers == drawn_whole(panel.picture)
        assert shown(panel)[:, [0, -1]].min() > 200, "words leave the picture"
        assert len(said(panel)) < 200
    panel.lay_out(stage.WIDE)


def test_small_numbers_read_like_a_persons():
    figure = pictures.figure
    assert [figure(x) for x in (5.71e-5, -5.71e-5, 0.005, -0.0425, 22, 0.5)] == [
        "5.7·10⁻⁵", "−5.7·10⁻⁵", "0.005", "−0.043", "22", "0.5"]  # fmt: skip

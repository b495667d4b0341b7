"""The panels of notebook 01: layers, sums and sentences are the numbers of `rnn.forward`."""

import re

import numpy as np
import pytest
from drawings import NO_WARNINGS, close, drawn, last_number, said, shown, texts, written, xy

from bptt_helpers import rnn
from bptt_course import panels
from bptt_course.figures import nb01_forward_pass as barrels
from bptt_course.figures import stage

pytestmark = NO_WARNINGS
PANEL = panels.barrel


@pytest.fixture(scope="module")
def network():
    made = panels.unrolled_network()
    yield made
    made.close()


def water(made):
    """The depths of the layers as they are drawn, from the first barrel to the last."""
    corners = [path.vertices for path in drawn(made, "water").get_paths()]
    return [np.ptp(corner[:, 1]) / barrels.UNIT for corner in corners]


@pytest.mark.parametrize("W_s", [0.5, 0.7, 1])
def test_the_layers_are_powers_of_W_s(either, W_s):
    rain = np.array([2, 3, 1, 2])
    for step in range(7):
        either.set(W_s=W_s, step=step)
        evening, last = (step + 1) // 2, step // 2
        expected = []
        for t in range(evening + 1):
            newest = t if t < evening else last
            expected += [W_s ** (t - k) * rain[k] for k in range(newest + 1)]
        assert water(either) == pytest.approx(expected)


def test_the_last_barrel_holds_what_forward_computes(either):
    either.set(step=6, W_s=0.3, S_0=1, X_1=2, X_2=3.5, X_3=1)
    run = rnn.forward([2, 3.5, 1], 1, rnn.Weights(1, 0.3, 1), "identity")
    assert sum(water(either)[-4:]) == pytest.approx(run.S[3])
    assert last_number(said(either), "S_2") == close(run.S[3])
    assert last_number(said(either.set(step=4)), "S_1") == close(run.S[2])


def test_what_does_not_fit_runs_over(either):
    either.set(step=6, W_s=2)
    tops = [path.vertices[:, 1].max() for path in drawn(either, "water").get_paths()]
    floor = min(path.vertices[:, 1].min() for path in drawn(either, "water").get_paths())
    assert max(tops) == pytest.approx(floor + barrels.RIM * barrels.UNIT)
    assert "= 1 · 2 + 2 · 15 = 32." in said(either)


def test_the_first_depths_stay_marked(either):
    assert not xy(either.set(step=6), "worked")[0].size
    either.set(W_s=1)
    _, y = xy(either, "worked")
    assert (y - y[0]) / barrels.UNIT == pytest.approx([0, -1, -0.5]), "4, 3 and 3.5 cm"


@pytest.mark.parametrize(("step", "nodes"), [(0, 1), (1, 2), (2, 3), (5, 6), (6, 7)])
def test_the_network_grows_below_the_barrels(either, step, nodes):
    either.set(step=step)
    names = written(either, "said")
    found = [name for name in names if re.fullmatch(r"\$[SX]_\d\$", name)]
    assert len(found) == nodes == len(xy(either, "nodes")[0])
    assert names.count("$W_s$") == (step + 1) // 2 and names.count("$W_x$") == step // 2
    assert len(drawn(either, "ask").shown) == (step in (0, 2, 4))


@pytest.mark.parametrize(
    ("setting", "what"),
    [
        ({}, "How much will be left in the morning? Say it"),
        ({"step": 1}, "half of every layer leaks away"),
        ({"step": 1, "W_s": 0}, "the barrel loses everything"),
        ({"step": 1, "W_s": 1}, "nothing leaks"),
        ({"step": 3, "W_s": 1.5}, "every layer is multiplied by 1.5"),
        ({"step": 3, "W_s": 0.3}, "30 % of every layer is left"),
        ({"step": 2}, "from day 0 to day 1: 1 + 3."),
        ({"step": 6}, "0.25 + 0.75 + 0.5 + 2. The older the water, the smaller the share"),
        ({"step": 6, "W_s": 0}, "no memory"),
        ({"step": 6, "W_s": 1}, "does not fade"),
        ({"step": 6, "W_s": 1.2}, "the more it has grown"),
    ],
)
def test_each_night_has_its_sentence(wide, setting, what):
    assert what in said(wide.reset().set(**setting))
    assert len(said(wide)) < 250


def test_dust_of_floating_point_is_shown_as_zero(network):
    """1.7 · 1.4 − 1.4 · 1.7 and the like leave 1e-16 behind, and its square."""
    setting = {"S_0": 1.4, "X_1": 1.7, "X_2": 0.7, "X_3": -2.1, "W_x": 1.4, "W_s": -1, "W_y": 1.9}
    run = rnn.forward((1.7, 0.7, -2.1), 1.4, rnn.Weights(1.4, -1, 1.9), "identity")
    assert any(0 < abs(S) < 1e-12 for S in run.S), "no dust here"
    for t in (1, 2, 3):
        network.reset().set(**setting, t=t, d_3=0)
        assert "e−1" not in said(network)
        assert not any("e−1" in text.get_text() for text in texts(network.figure))


def test_the_tasks_of_notebook_01(network):
    made = network.reset().set(t=3, X_1=4)
    assert "Y_3 = 2 · 3.75 = 7.5" in said(made)
    made.set(W_s=0)
    assert "= 4. It" in said(made.set(X_2=-1)) and "= 4. It" in said(made.set(X_1=3))
    for W_s, moves in ((1, 2), (2, 8)):
        before, after = (output(made.set(W_s=W_s, X_1=X_1)) for X_1 in (3, 4))
        assert after - before == pytest.approx(moves)
    for W_s in (0, -1):
        assert "E_3 = (6 − 6)² = 0." in said(made.reset().set(t=3, W_s=W_s, W_y=3))


def test_the_tasks_of_notebook_01_with_tanh(network):
    made = network.reset().set(t=3, g_1="tanh")
    made.set(W_x=2, W_s=2, W_y=3)
    assert "E_3 = (6 − 3.00)²" in said(made)
    before, after = (output(made.reset().set(t=3, g_1="tanh", X_1=X_1)) for X_1 in (3, 4))
    assert before == after == 1.97


def test_the_next_line_can_be_checked_with_what_is_written(network):
    words = said(network.reset().set(t=3, W_s=0.4))
    assert (
        "Y_3 = 2 · 3.008 = 6.016. It is too high by 0.016: E_3 = (6 − 6.016)² = 0.000256" in words
    )
    network.reset()


def output(made):
    return float(re.search(r"Y_3 = [^=]*= (−?[\d.]+)\. It", said(made))[1].replace("−", "-"))


@pytest.mark.parametrize("W_s", [-1.5, 0.5, 1.2])
@pytest.mark.parametrize(("S_0", "g_1"), [(0, "identity"), (2, "tanh"), (-3.5, "sigmoid")])
def test_the_sentence_tells_the_numbers_of_forward(network, W_s, S_0, g_1):
    run = rnn.forward((3, 1, 2), S_0, rnn.Weights(1, W_s, 2), g_1)
    network.reset().set(W_s=W_s, S_0=S_0, g_1=g_1)
    for t in (1, 2, 3):
        words = said(network.set(t=t)).partition(".Now")[0]
        assert last_number(words, f"S_{t}") == close(run.S[t])
        assert last_number(words, f"Y_{t}") == close(run.Y[t])
    assert last_number(words, "E_3") == close((6 - run.Y[3]) ** 2)


def test_the_sums_come_step_by_step(network):
    network.reset().set(t=0)
    assert written(network, "sheet") == ["S₀ = 2"]
    assert written(network, "values") == ["2", "6"], "S_0 and the target"
    network.set(t=1)
    assert written(network, "sheet") == ["S₀ = 2", "S₁ = 1 · 3 + 0.5 · 2 = 4", "Y₁ = 2 · 4 = 8"]
    network.set(t=3)
    assert written(network, "sheet")[3:] == [
        "S₂ = 1 · 1 + 0.5 · 4 = 3",
        "Y₂ = 2 · 3 = 6",
        "S₃ = 1 · 2 + 0.5 · 3 = 3.5",
        "Y₃ = 2 · 3.5 = 7",
        "E₃ = (6 − 7)² = 1",
    ]
    assert "S_3 = 1 · 2 + 0.5 · 3 = 3.5, and Y_3 = 2 · 3.5 = 7." in said(network)


@pytest.mark.parametrize("width", [390, 940, stage.WIDE])
def test_the_sums_have_one_size_and_fit_their_place(network, width):
    for g_1 in ("identity", "tanh", "sigmoid"):
        network.lay_out(width).set(t=3, g_1=g_1, W_s=-1.3, X_1=4)
        sums = drawn(network, "sheet")
        assert len({line.size for line in sums.shown}) == 1 and len(sums.shown) == 8
        assert all(line.width <= sums.axes.get_xlim()[1] for line in sums.shown)
    network.lay_out(stage.WIDE).reset()


@pytest.mark.parametrize("width", [390, 640, stage.WIDE])
def test_the_sums_stay_inside_the_picture(width):
    made = panels.unrolled_network().lay_out(width)
    hard = {
        "W_s": -1.7,
        "W_x": -1.2,
        "W_y": -1.7,
        "X_1": -3.3,
        "X_2": -1.6,
        "X_3": -3.8,
        "S_0": -3.7,
    }
    made.set(t=3, g_1="sigmoid", **hard)
    pixels, height = shown(made), made.picture.size()[1]
    assert made.picture.size()[0] == width
    assert pixels[:, -3:].min() > 200, "words leave the picture"
    assert height < 400 or width < 900
    made.close()


@pytest.mark.parametrize(
    ("setting", "what"),
    [
        ({}, "there is only S_0 = 2.Now X_1 = 3 comes in. Which two numbers are next?"),
        ({"t": 1}, "Step 1: S_1 = 1 · 3 + 0.5 · 2 = 4, and Y_1 = 2 · 4 = 8.Now X_2 = 1 comes"),
        ({"t": 2, "X_3": -1}, "Now X_3 = −1 comes in: which two numbers are next?"),
        ({"t": 3}, "It is too high by 1: E_3 = (6 − 7)² = 1."),
        ({"t": 3, "d_3": 7.5}, "It is too low by 0.5: E_3 = (7.5 − 7)² = 0.25."),
        ({"t": 3, "d_3": 7}, "It is right: E_3 = (7 − 7)² = 0."),
    ],
)
def test_each_step_has_its_sentence(network, setting, what):
    assert what in said(network.reset().set(**setting))


def test_layers_that_are_thin_are_named_beside_the_barrel(wide, narrow):
    wide.set(step=6)
    found = {"day 1: 0.75", "day 0: 0.25", "3.5 cm", "night: × 0.5", "rain 2"}
    assert found <= set(written(wide, "said"))
    assert {"0.25", "0.5", "0.75", "3.5", "depths in cm"} <= set(
        written(narrow.set(step=6), "said")
    )
    wide.set(W_s=2)
    assert {"32 cm: it runs over", "▬ at first"} <= set(written(wide, "said"))
    assert {"32: over", "× 2", "16"} <= set(written(narrow.set(W_s=2), "said"))


@pytest.mark.parametrize("W_s", [0.1, 0.3, 0.5])
def test_no_layer_that_is_seen_goes_without_a_name(either, W_s):
    words = written(either.set(step=6, W_s=W_s), "said")
    named = [word for word in words if re.fullmatch(r"(day \d: )?[\d.]+", word)]
    depths = 1 if either.picture.size()[0] == 390 else 0  # four words for the depths of the barrels
    assert len(named) - 4 * depths == len(water(either))

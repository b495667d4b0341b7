"""The panels and figures of notebooks 01 to 04: what fits, what can be read, what tasks show."""

import itertools
import random
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from drawings import NO_WARNINGS
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.mathtext import MathTextParser
from matplotlib.text import Text

from bptt_helpers import rnn
from bptt_course import figures
from bptt_course import panels as series
from bptt_course.figures import network as diagrams
from bptt_course.words import number, short

pytestmark = NO_WARNINGS
WORKED = rnn.forward((3, 1, 2), 2.0, rnn.Weights(1.0, 0.5, 2.0), "identity")


@pytest.fixture(scope="module")
def panels():
    """One panel of each kind."""
    made = {
        "network": series.unrolled_network(),
        "curve": series.output_weight(),
        **{f"paths {weight}": series.paths(weight) for weight in ("W_s", "W_x")},
        **{f"terms {weight}": series.terms(weight) for weight in ("W_s", "W_x")},
    }
    yield made
    for one in made.values():
        one.close()


def fresh(made, **values):
    """The panel as Reset leaves it, then with these values."""
    made.reset()
    return then(made, **values)


def then(made, **values):
    """The panel with these values, all others as they are."""
    for name, value in values.items():
        made.controls[name].value = value
    return made


def at_random(made, chance):
    """Every control of the panel somewhere on its steps."""
    made._is_held = True  # one drawing for all of them
    for control in made.controls.values():
        if hasattr(control, "options"):
            control.value = chance.choice(control.options)
        else:
            steps = round((control.max - control.min) / control.step)
            control.value = round(control.min + chance.randint(0, steps) * control.step, 9)
    made._is_held = False
    made._refresh()
    return made


def said(made):
    """The sentence without its markup."""
    return re.sub(r"<[^>]*>", "", re.sub(r"<sub>(\w+)</sub>", r"_\1", made.sentence.value))


def texts(figure):
    """The texts of a figure that say something and are shown."""
    return [t for t in figure.findobj(Text) if t.get_text().strip() and t.get_visible()]


# --- numbers in the nodes -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (3.5, "3.5"),
        (-0.279, "−0.279"),
        (-0.0655, "−0.066"),
        (0.0655, "0.0655"),
        (-0.000847, "−8e−4"),
        (0.000498, "0.0005"),
        (1.2e-5, "1.2e−5"),
        (-264, "−264"),
        (75076.0, "75076"),
        (-12345.0, "−1.2e4"),
        (-0.0996, "−0.10"),
        (0, "0"),
        (np.inf, "inf"),
    ],
)
def test_a_short_number(value, words):
    assert short(value) == words
    assert short(value, most=20) == number(value)


def test_a_short_number_is_short_and_near():
    chance = np.random.RandomState(0)
    for value in chance.choice([-1, 1], 2000) * 10 ** chance.uniform(-6, 4, 2000):
        text = short(value)
        assert len(text.replace(".", "")) <= 5
        shown = float(text.replace("−", "-"))
        assert abs(shown - value) <= 0.5 * abs(value)


HARD = {"W_s": -0.1, "W_x": 2, "W_y": -1.7, "X_1": -1, "X_2": -1.6, "X_3": -3.8, "S_0": -3.7}


@pytest.mark.parametrize("name", ["network", "paths W_s", "paths W_x"])
def test_the_numbers_fit_their_nodes(panels, name):
    """At random settings each number is narrower than its circle at the height where it stands."""
    made, chance = panels[name], random.Random(5)
    nodes = {("X", 1), ("S", 1), ("S", 2), ("S", 3), ("Y", 1), ("Y", 2), ("Y", 3)}
    drawn = {node: place_of(made.figure, *node) for node in nodes}
    settings = [{**HARD, "g_1": "sigmoid"}] if name == "network" else [{"W_s": -1.2}]
    for setting in settings + 60 * [None]:
        at_random(made, chance) if setting is None else fresh(made, **setting)
        renderer = made.figure.canvas.get_renderer()
        for node, (text, x, chord) in drawn.items():
            box = text.get_window_extent(renderer)
            if text.get_text():
                assert box.width <= chord, f"{node}: {text.get_text()}"
                assert (box.x0 + box.x1) / 2 == pytest.approx(x, abs=1)


def place_of(figure, row, t):
    """The text in a node, the middle of the node and the width of its circle there, in pixels."""
    ax = figure.axes[0]
    x, y = diagrams.STEP * t, diagrams.ROW[row]
    (text,) = [
        one
        for one in ax.texts
        if one.get_weight() == "bold" and one.get_position()[0] == x and -0.2 < one_y(one) - y < 0
    ]
    half = np.sqrt(diagrams.RADIUS**2 - (one_y(text) - y) ** 2)
    ends = ax.transData.transform([(x - half, y), (x + half, y)])[:, 0]
    return text, ends.mean(), ends[1] - ends[0]


def one_y(text):
    return text.get_position()[1]


def test_dust_of_floating_point_is_shown_as_zero(panels):
    """1.7 · 1.4 − 1.4 · 1.7 and the like leave 1e-16 behind, and its square."""
    setting = {"S_0": 1.4, "X_1": 1.7, "X_2": 0.7, "X_3": -2.1, "W_x": 1.4, "W_s": -1, "W_y": 1.9}
    run = rnn.forward((1.7, 0.7, -2.1), 1.4, rnn.Weights(1.4, -1, 1.9), "identity")
    assert any(0 < abs(S) < 1e-12 for S in run.S), "no dust here"
    made = panels["network"]
    for t in (1, 2, 3):
        fresh(made, **setting, t=t, d_3=0)
        assert "e−1" not in said(made)
        assert not any("e−1" in text.get_text() for text in texts(made.figure))


# --- what can be read -----------------------------------------------------------------------------


def smallest_glyph(text):
    """Points of the smallest glyph of a text, subscripts included."""
    if "$" not in text.get_text():
        return text.get_fontsize()
    font = FontProperties(size=text.get_fontsize())
    glyphs = MathTextParser("path").parse(text.get_text(), 72, font).glyphs
    return min(size for _, size, *_ in glyphs)


def test_the_measure_sees_subscripts():
    assert smallest_glyph(Text(text="plain", fontsize=13)) == 13
    assert smallest_glyph(Text(text=r"$\frac{S_1}{2}$", fontsize=20)) == pytest.approx(9.8)


def test_every_glyph_has_ten_points(panels):
    for name, made in panels.items():
        fresh(made)
        for text in texts(made.figure):
            assert smallest_glyph(text) >= 9.99, f"{name}: {text.get_text()}"


def test_every_glyph_of_the_figures_has_ten_points():
    figure = Figure()
    network, counts = figure.subplots(1, 2)
    diagrams.draw_network(network, lit=diagrams.paths("W_s"), run=WORKED, d=6)
    figures.plot_counts(
        counts, [2, 8, 12], [(1, 1, 1)], [r"immediate $\partial^+ S_i / \partial W_s$"]
    )
    figure.canvas.draw()
    for text in texts(figure):
        assert smallest_glyph(text) >= 9.99, text.get_text()


def test_rows_of_the_sum_keep_clear_of_each_other(panels):
    """The formulas one above the other, and the numbers beside them, at random settings."""
    for name in ("paths W_s", "paths W_x"):
        made, chance = panels[name], random.Random(6)
        for _ in range(30):
            at_random(made, chance)
            renderer = made.figure.canvas.get_renderer()
            rows = {}
            for text in made.figure.axes[1].texts:
                if text.get_text():
                    rows.setdefault(one_y(text), []).append(text.get_window_extent(renderer))
            for boxes in rows.values():
                boxes.sort(key=lambda box: box.x0)
                assert all(a.x1 < b.x0 for a, b in itertools.pairwise(boxes))
                assert boxes[-1].x1 < made.figure.bbox.x1
            rows = [rows[y] for y in sorted(rows, reverse=True)]
            for upper, lower in itertools.pairwise(rows):
                assert min(box.y0 for box in upper) > max(box.y1 for box in lower)


@pytest.mark.parametrize("weight", ["W_s", "W_x"])
def test_the_last_arrow_of_the_second_path_has_gaps_that_are_seen(weight):
    """At least three dashes on it, and gaps wider than 4 points."""
    figure, ax = plt.subplots(figsize=(9, 5))
    network = diagrams.draw_network(ax, lit=diagrams.paths(weight), run=WORKED, d=6)
    figure.canvas.draw()
    lit = network.live[0]
    for lane, most in ((1, 40), (2, 20)):
        edge = sum(len(path) for path in diagrams.paths(weight)[: lane + 1]) - 1
        assert lit.get_linewidths()[edge] == diagrams.THICK
        ends = ax.transData.transform(lit.get_segments()[edge]) * 72 / figure.dpi
        _, (dash, gap) = lit.get_linestyles()[edge]
        assert np.ptp(ends, axis=0).max() > 3 * (dash + gap)
        assert 2.5 < gap and dash + gap < most
    assert lit.get_linestyles()[edge - len(diagrams.paths(weight)[2])][1][1] > 4
    plt.close(figure)


# --- the error over W_y ---------------------------------------------------------------------------


def curve_parts(made):
    """The axes, and the point and the slope's text of the panel of notebook 02."""
    (ax,) = made.figure.axes
    (point,) = [line for line in ax.lines if line.get_marker() == "o"]
    (slope,) = [text for text in ax.texts if text.get_text().startswith("slope")]
    return ax, point, slope


@pytest.mark.parametrize("g_2", ["identity", "tanh"])
def test_the_point_is_always_in_the_picture_and_the_curve_fills_it(panels, g_2):
    made = fresh(panels["curve"], g_2=g_2)
    for d_3 in np.arange(-2, 8.1, 0.5):
        then(made, d_3=d_3)
        ax, point, _ = curve_parts(made)
        (low, top), tops = ax.get_ylim(), set()
        for W_y in (-1, 0, 1.7, 2, 3.05, 4):
            then(made, W_y=W_y)
            assert low < point.get_ydata()[0] < top, (d_3, W_y)
            tops.add(ax.get_ylim()[1])
        assert tops == {top}, "the limit moves with W_y"
        highest = max(line.get_ydata().max() for line in ax.lines if len(line.get_xdata()) > 2)
        assert top == 10 or highest > 0.28 * top


def test_the_picture_at_the_start_goes_to_a_hundred(panels):
    assert curve_parts(fresh(panels["curve"]))[0].get_ylim() == (-5, 100)


def test_the_slope_stands_clear_of_curve_and_title(panels):
    made, chance = panels["curve"], random.Random(8)
    for _ in range(40):
        at_random(made, chance)
        ax, _, slope = curve_parts(made)
        renderer = made.figure.canvas.get_renderer()
        box, title = slope.get_window_extent(renderer), ax.title.get_window_extent(renderer)
        assert box.y0 >= ax.bbox.y1 - 2 and box.x0 > title.x1
        assert box.x1 <= made.figure.bbox.x1 and box.y1 <= made.figure.bbox.y1


# --- the tasks of the notebooks, done in order, show the numbers that are printed -----------------


def test_the_tasks_of_notebook_01(panels):
    made = then(fresh(panels["network"], t=3), X_1=4)
    assert "Y_3 = 2 · 3.75 = 7.5" in said(made)
    then(made, W_s=0)
    assert "= 4. E_3" in said(then(made, X_2=-1)) and "= 4. E_3" in said(then(made, X_1=3))
    for W_s, moves in ((1, 2), (2, 8)):
        before, after = (output(then(made, W_s=W_s, X_1=X_1)) for X_1 in (3, 4))
        assert after - before == pytest.approx(moves)
    for W_s in (0, -1):
        assert "E_3 = (6 − 6)² = 0." in said(fresh(made, W_s=W_s, W_y=3))


def test_the_tasks_of_notebook_01_with_tanh(panels):
    made = fresh(panels["network"], g_1="tanh")
    then(made, W_x=2, W_s=2, W_y=3)
    assert "E_3 = (6 − 3.00)²" in said(made)
    before, after = (output(fresh(made, g_1="tanh", X_1=X_1)) for X_1 in (3, 4))
    assert before == after == 1.97


def output(made):
    return float(re.search(r"Y_3 = [^=]*= (−?[\d.]+)\. E_3", said(made))[1].replace("−", "-"))


def test_the_tasks_of_notebook_03(panels):
    made = fresh(panels["paths W_s"], W_s=-2)
    assert "−168 − 112 − 448" in said(made)
    assert said(then(made, W_s=0)).startswith("All paths together: ∂E_3/∂W_s = −8 + 0 + 0 = −8.")
    assert "2 · 2 · 0.5 · 4 = 8" in said(fresh(made, path=2))
    assert "3 · 2 · 0.5 · 5 = 15" in said(then(made, X_1=4))
    tanh = said(fresh(made, g_1="tanh"))
    assert "−0.426 − 0.0425 − 5.71e−5 = −0.469" in tanh

    made = fresh(panels["terms W_s"], S_0=0)
    assert said(made).endswith("The term i = 1 is exactly zero.")
    assert "0 + 0 − 8 = −8" in said(fresh(made, W_s=0))
    assert "2 − 1 − 3 = −2" in said(fresh(made, S_0=-4))


def test_the_tasks_of_notebook_04(panels):
    made = fresh(panels["paths W_x"], W_s=1)
    assert "80 + 40 + 120" in said(made)
    assert "= −16 + 0 + 0" in said(then(made, W_s=0))
    assert "2 · 2 · 0.5 · 1 = 2" in said(fresh(made, path=2))
    assert "(−8.06) · 2 · 0.0146 · 0.181" in said(fresh(made, g_1="tanh", path=2))

    made = fresh(panels["terms W_x"], S_0=0)
    assert "1.5 + 1 + 4 = 6.5" in said(made)
    assert "The terms i = 1, 2 and 3 are exactly zero." in said(then(made, S_0=-2))

"""The panels of notebooks 03 and 04: rows kept clear, and tasks that show what is printed."""

import itertools
import random

import numpy as np
import pytest
from drawings import NO_WARNINGS, close, drawn, last_number, numbers, said
from matplotlib.colors import to_rgba_array
from settings import at_random

from bptt_helpers import bptt, rnn
from bptt_course import panels
from bptt_course.figures import style
from bptt_course.words import number

pytestmark = NO_WARNINGS


@pytest.fixture(scope="module")
def made():
    """One panel of each kind."""
    made = {
        (name, weight): getattr(panels, name)(weight)
        for name in ("paths", "terms")
        for weight in ("W_s", "W_x")
    }
    yield made
    for one in made.values():
        one.close()


def test_rows_of_the_sum_keep_clear_of_each_other(made):
    """The formulas one above the other, and the numbers beside them, at random settings."""
    for weight in ("W_s", "W_x"):
        paths, chance = made["paths", weight], random.Random(6)
        for _ in range(30):
            at_random(paths, chance)
            renderer = paths.figure.canvas.get_renderer()
            rows = {}
            for text in paths.figure.axes[1].texts:
                if text.get_text():
                    row = rows.setdefault(text.get_position()[1], [])
                    row.append(text.get_window_extent(renderer))
            for boxes in rows.values():
                boxes.sort(key=lambda box: box.x0)
                assert all(a.x1 < b.x0 for a, b in itertools.pairwise(boxes))
                assert boxes[-1].x1 < paths.figure.bbox.x1
            rows = [rows[y] for y in sorted(rows, reverse=True)]
            for upper, lower in itertools.pairwise(rows):
                assert min(box.y0 for box in upper) > max(box.y1 for box in lower)


def test_the_tasks_of_notebook_03(made):
    paths = made["paths", "W_s"].reset().set(W_s=-2)
    assert "−168 − 112 − 448" in said(paths)
    assert said(paths.set(W_s=0)).startswith("All paths together: ∂E_3/∂W_s = −8 + 0 + 0 = −8.")
    assert "2 · 2 · 0.5 · 4 = 8" in said(paths.reset().set(path=2))
    assert "3 · 2 · 0.5 · 5 = 15" in said(paths.set(X_1=4))
    tanh = said(paths.reset().set(g_1="tanh"))
    assert "−0.426 − 0.0425 − 5.71e−5 = −0.469" in tanh

    terms = made["terms", "W_s"].reset().set(S_0=0)
    assert said(terms).endswith("The term i = 1 is exactly zero.")
    assert "0 + 0 − 8 = −8" in said(terms.reset().set(W_s=0))
    assert "2 − 1 − 3 = −2" in said(terms.reset().set(S_0=-4))


def test_the_tasks_of_notebook_04(made):
    paths = made["paths", "W_x"].reset().set(W_s=1)
    assert "80 + 40 + 120" in said(paths)
    assert "= −16 + 0 + 0" in said(paths.set(W_s=0))
    assert "2 · 2 · 0.5 · 1 = 2" in said(paths.reset().set(path=2))
    assert "(−8.06) · 2 · 0.0146 · 0.181" in said(paths.reset().set(g_1="tanh", path=2))

    terms = made["terms", "W_x"].reset().set(S_0=0)
    assert "1.5 + 1 + 4 = 6.5" in said(terms)
    assert "The terms i = 1, 2 and 3 are exactly zero." in said(terms.set(S_0=-2))


@pytest.mark.parametrize("weight", ["W_s", "W_x"])
@pytest.mark.parametrize("W_s", [-1.5, 0.5, 1.2])
@pytest.mark.parametrize(("S_0", "g_1"), [(0, "identity"), (2, "tanh"), (-3.5, "sigmoid")])
def test_the_sentences_tell_the_numbers_of_bptt(made, weight, W_s, S_0, g_1):
    run = rnn.forward((3, 1, 2), S_0, rnn.Weights(1, W_s, 2), g_1)
    slope = getattr(bptt.backward(run, 6.0, at=3), f"dE_d{weight}")
    parts = getattr(bptt.chain_rule_terms(run, 6.0, at=3), weight)
    terms, paths = made["terms", weight], made["paths", weight]
    terms.set(W_s=W_s, S_0=S_0, g_1=g_1)
    bars = drawn(terms, "terms")
    heights = [bar.vertices[1, 1] for bar in bars.get_paths()]
    np.testing.assert_allclose(heights, [*parts[1:], slope], rtol=1e-9, atol=1e-12)
    colours = [style.COLOUR[weight]] * 3 + [style.COLOUR["E"]]
    np.testing.assert_array_equal(bars.get_facecolor(), to_rgba_array(colours))
    texts = [text.get_text() for text in terms.figure.axes[0].texts]
    assert texts == [number(height) for height in heights]
    paths.reset().set(W_s=W_s, S_0=S_0, g_1=g_1, path=4)
    for panel in (terms, paths):
        assert last_number(said(panel), f"∂E_3/∂{weight}") == close(slope)
    for step, i in enumerate((3, 2, 1), start=1):
        words = said(paths.set(path=step))
        *factors, term = numbers(words.split(": ")[-1].split(". So far")[0])
        assert term == close(parts[i])
        assert np.prod(factors) == pytest.approx(parts[i], rel=0.04, abs=1e-9)

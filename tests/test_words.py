"""Numbers as a reader writes them."""

import numpy as np
import pytest

from bptt_course.words import number, short


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

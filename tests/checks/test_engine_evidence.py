"""The fit of answers on the true terms: what it names, and never without support."""

import itertools

import numpy as np
import pytest
from made_mistakes import INJECTED, SAME_NUMBERS, only

from bptt_course.checks.engine import evidence

NOT_HERE = (  # right for the identity, or no wrong term
    "derivative-missing",
    "tanh-twice",
    "derivative-inverted",
    "slope-at-a",
    "slope-of-another-step",
    "slope-twice",
    "slope-in-one-place",
    "sizes-mixed",
    "clipped",
    "few-digits",
    "updated-weight",
)


@pytest.mark.parametrize("weight", ["W_s", "W_x"])
@pytest.mark.parametrize("layout", ["matrix", "scalar"])
def test_mistakes_are_named_on_linear_networks_too(weight, layout):
    asked = evidence.evidence("identity", layout, weight)
    for mistake, its_weight, its_layout, function in INJECTED:
        if (its_weight, its_layout) != (weight, layout) or mistake in NOT_HERE:
            continue
        if mistake == "shifted-state" and weight == "W_x":
            asked_here = evidence.evidence("X[0] = X[T + 1] = 0", layout, weight)
        else:
            asked_here = asked
        answers = [only(function, weight)(*q.fresh()) for q in asked_here.questions]
        turned = layout == "matrix" and mistake == "transposed-answer" and weight == "W_x"
        fits = (asked_here.fits_transposed if turned else asked_here.fits)(np.array(answers))
        names = {name for fit in fits for name in fit.names}
        assert mistake in names and names in ({mistake}, *map(set, SAME_NUMBERS)), (mistake, fits)


BOOKKEEPING = {
    (4, 3, 2, 1),
    (1, 2, 3, 4),
    (0, 0, 0, 1),
    (1, 0, 0, 0),
    (0, 1, 1, 1),
    (1, 1, 1, 0),
    (1 / 4, 1 / 4, 1 / 4, 1 / 4),
    (0, 0, 0, 0),
    (1, 1, 1, 1),
}
SUPPORTED = {tuple(c * w for w in weights) for weights in BOOKKEEPING for c in (1, 0.5, -1, -0.5)}


def random_gradients(rng, asked, weight):
    """A wrong answer to a dozen questions, and the weights of its true terms (None: no such)."""
    terms = np.array(
        [evidence.path_terms(*q.fresh(), weight, evidence.Way()) for q in asked.questions]
    )
    while True:
        for w in (rng.uniform(-4, 4, 4), rng.randint(-2, 3, 4) / 2):
            if tuple(w) != (1, 1, 1, 1):
                yield np.einsum("i,ni...->n...", w, terms), tuple(w)
        size = 10 ** rng.uniform(-4, 0)
        noise = rng.standard_normal(asked.truth.shape) * asked.scale.reshape(
            -1, *[1] * len(asked.shape)
        )
        yield asked.truth + size * noise, None
        yield noise, None
        yield asked.truth * (1 + size * rng.choice([-1, 1])), None
        yield terms[rng.permutation(12)].sum(axis=1), None


def test_five_thousand_random_gradients_are_never_right_and_never_accused_without_support():
    rng = np.random.RandomState(4)
    judged = 0
    for layout, weight in itertools.product(("scalar", "matrix"), ("W_s", "W_x")):
        asked = evidence.evidence("tanh", layout, weight)
        for answers, w in itertools.islice(random_gradients(rng, asked, weight), 1250):
            judged += 1
            assert not np.all(asked.right(answers))
            accused = [fit for fit in asked.fits(answers) if fit.size]
            assert bool(accused) == (w in SUPPORTED), (w, accused)
    assert judged == 5000

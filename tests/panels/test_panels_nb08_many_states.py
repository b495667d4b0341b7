"""The panel of notebook 08, held to closed forms and to `bptt`."""

import numpy as np
import pytest
from drawings import drawn, logs, number_after, rows, said, steepest, written, xy

from bptt_helpers import bptt, matrices, rnn
from bptt_course import panels
from bptt_course.figures import stage

T = 60


@pytest.fixture(scope="module")
def products():
    return panels.jacobian_products()


@pytest.mark.parametrize("kind", matrices.KINDS)
@pytest.mark.parametrize("stretch", [1, 30])
def test_linear_norms_are_those_of_the_powers_between_their_bounds(products, kind, stretch):
    products.set(g_1="identity", kind=kind, stretch=stretch, radius=0.9, n_s=6, seed=3)
    W_s = matrices.draw(kind, 6, 0.9, stretch, seed=3)
    lags, y = xy(products, "norms")
    powers = [np.linalg.norm(np.linalg.matrix_power(W_s, int(m)), 2) for m in lags]
    np.testing.assert_allclose(y, logs(powers), atol=1e-11)
    assert (y <= xy(products, "above")[1] + 1e-9).all()
    assert (y >= xy(products, "below")[1] - 1e-9).all()
    real, imaginary = xy(products, "eigenvalues")
    assert np.hypot(real, imaginary).max() == pytest.approx(0.9, rel=1e-12)
    circle = np.hypot(*xy(products, "sigma"))
    np.testing.assert_allclose(circle, np.linalg.norm(W_s, 2), rtol=1e-12)


@pytest.mark.parametrize("kind", ["orthogonal", "symmetric", "identity"])
def test_normal_matrices_follow_the_power_of_their_radius(products, kind):
    products.set(g_1="identity", kind=kind, stretch=1, radius=1.1, n_s=7, seed=5)
    lags, y = xy(products, "norms")
    np.testing.assert_allclose(y, lags * np.log10(1.1), rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("g_1", rnn.ACTIVATIONS)
@pytest.mark.parametrize("X", [0, 2])
def test_norms_keep_below_sigma_max_times_the_steepest_slope(products, g_1, X):
    products.set(g_1=g_1, kind="random", stretch=3, radius=1.4, n_s=5, X=X, seed=2)
    lags, y = xy(products, "norms")
    sigma = np.linalg.norm(matrices.draw("random", 5, 1.4, 3, 2), 2)
    bound = lags * np.log10(sigma * steepest(g_1))
    np.testing.assert_allclose(xy(products, "above")[1], bound, atol=1e-9)
    assert (y <= bound + 1e-9).all()
    assert np.isnan(xy(products, "below")[1]).all() == (g_1 != "identity")
    assert written(products, "key") == ["$\\rho^{lag}$"] * (g_1 == "identity"), "named as drawn"
    named = [text.get_text() for axes in products.figure.axes if axes.get_legend()
             for text in axes.get_legend().get_texts()]  # fmt: skip
    assert named == ["largest", "others", "bound"]


@pytest.mark.parametrize("width", [stage.WIDE, 390])
@pytest.mark.parametrize("g_1", rnn.ACTIVATIONS)
def test_all_singular_values_are_those_of_the_state_jacobian(products, g_1, width):
    if products.figure.bbox.width != width:
        products.lay_out(width)
    products.set(g_1=g_1, kind="random", stretch=2, radius=1.2, n_s=4, X=1, seed=9, lag=7)
    rng = np.random.RandomState(1009)
    S_0, inputs = rng.uniform(-1, 1, 4), rng.normal(size=(T, 4))
    W_s = matrices.draw("random", 4, 1.2, 2, 9)
    run = rnn.forward(inputs, S_0, rnn.Weights(np.eye(4), W_s, np.ones((1, 4))), g_1)
    values = np.linalg.svd(bptt.state_jacobian(run, T, T - 7), compute_uv=False)
    lines = [xy(products, "norms")[1], *rows(products, "all")]
    shown = 10 ** np.array(lines)[:, 7]
    np.testing.assert_allclose(shown, values, rtol=1e-7, atol=1e-12)
    words = said(products)
    assert number_after(words, "the norm is ") == pytest.approx(values[0], rel=6e-3)
    assert number_after(words, "a factor of ") == pytest.approx(values[0] ** (1 / 7), rel=6e-3)
    assert f"{np.sum(values >= 0.1)} of 4 directions" in words
    ellipse = drawn(products, "ellipse").get_xy()
    np.testing.assert_allclose(ellipse.max(axis=0), values[:2], rtol=1e-3, atol=1e-12)
    np.testing.assert_allclose(xy(products, "mean")[1], [0, np.log10(values[0])], atol=1e-9)


def test_what_leaves_the_axes_is_marked_where_it_leaves(products):
    products.set(g_1="identity", kind="identity", stretch=1, radius=2, n_s=2, X=0, seed=0)
    assert set(xy(products, "exits up")[0]) == {20}  # 2^20 is the first power above 10^6
    assert not xy(products, "exits down")[0].size
    products.set(radius=0.5)
    assert set(xy(products, "exits down")[0]) == {20}


def test_values_that_may_be_rounding_are_not_drawn(products):
    products.set(g_1="identity", kind="symmetric", stretch=1, radius=2, n_s=8, X=0, seed=0)
    _, largest = xy(products, "norms")
    for y in rows(products, "all"):
        assert (np.isnan(y) | (y < -6) | (y >= largest - 13.001))[largest < 300].all()


def test_non_normal_grows_first_and_decays_later_and_says_so(products):
    products.set(g_1="identity", kind="triangular", stretch=1, radius=0.8, n_s=12, seed=1)
    y = xy(products, "norms")[1]
    assert y.max() > 0.3 and y[-1] < 0
    assert f"at lag {y.argmax()}, and ends" in said(products)
    assert "ρ < 1 promises decay in the end" in said(products)


@pytest.mark.parametrize(
    ("values", "promise"),
    [
        ({"kind": "symmetric", "radius": 0.9}, "σ_max < 1 promises decay from the first step"),
        ({"kind": "random", "radius": 1}, "never fall below 1"),
        ({"kind": "symmetric", "radius": 1}, "exactly 1: no growth at any lag, but decay is not"),
        ({"kind": "orthogonal", "radius": 1, "g_1": "tanh"}, "is exactly 1: no growth"),
        ({"kind": "random", "radius": 1.2}, "promises growth"),
        ({"kind": "random", "radius": 0.9, "g_1": "sigmoid"}, "< 1 promises decay from the first"),
        ({"kind": "random", "radius": 0.9, "g_1": "tanh"}, "neither decay nor growth"),
    ],
)
def test_the_sentence_promises_what_the_numbers_allow(products, values, promise):
    products.set(g_1="identity", stretch=1, n_s=8, seed=0, X=0)
    assert promise in said(products.set(**values))


def test_a_low_hump_is_told(products):
    products.set(kind="random", g_1="tanh", n_s=20, radius=1.5, stretch=1, X=1, seed=0)
    top = 10 ** xy(products, "norms")[1].max()
    assert 1 < top < 1.5
    assert number_after(said(products), "It grows to ") == pytest.approx(top, rel=6e-3)


@pytest.mark.parametrize("seed", range(12))
def test_the_course_told_is_the_course_drawn(products, seed):
    rng = np.random.RandomState(seed)
    products.set(kind=matrices.KINDS[seed % 5], g_1=list(rnn.ACTIVATIONS)[seed % 4], seed=seed,
        radius=round(rng.uniform(0.1, 2), 2), stretch=float(rng.choice([1, 10, 100])),
        n_s=int(rng.randint(2, 12)), X=round(rng.uniform(0, 3), 1),
    )  # fmt: skip
    norms, words = 10 ** xy(products, "norms")[1], said(products)
    if "It grows to" in words:
        assert norms.max() > 1 and norms.argmax() < T
        assert number_after(words, "It grows to ") == pytest.approx(norms.max(), rel=6e-3)
    elif "never exceeds 1" in words:
        assert norms.max() <= 1 + 1e-6
    elif "largest at the end" in words:
        assert norms.argmax() == T
    else:
        np.testing.assert_allclose(norms, 1, atol=1e-8)

"""The panel of notebook 08, held to closed forms and to `bptt`."""

import numpy as np
import pytest
from drawings import drawn, logs, number_after, said, steepest, xy

from bptt_helpers import bptt, matrices, rnn
from bptt_course import panels

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


@pytest.mark.parametrize("g_1", rnn.ACTIVATIONS)
def test_entries_are_those_of_the_state_jacobian(products, g_1):
    products.set(g_1=g_1, kind="random", stretch=2, radius=1.2, n_s=4, X=1, seed=9, lag=7)
    rng = np.random.RandomState(1009)
    S_0, inputs = rng.uniform(-1, 1, 4), rng.normal(size=(T, 4))
    W_s = matrices.draw("random", 4, 1.2, 2, 9)
    run = rnn.forward(inputs, S_0, rnn.Weights(np.eye(4), W_s, np.ones((1, 4))), g_1)
    jacobian = bptt.state_jacobian(run, T, T - 7)
    shown = np.asarray(drawn(products, "entries").get_array())
    np.testing.assert_allclose(shown, np.clip(logs(jacobian), -6, 6), atol=1e-9)
    norm = np.linalg.norm(jacobian, 2)
    assert number_after(said(products), "∂S_T/∂S_k is ") == pytest.approx(norm, rel=6e-3)


def test_non_normal_grows_first_and_decays_later_and_says_so(products):
    products.set(g_1="identity", kind="triangular", stretch=1, radius=0.8, n_s=12, seed=1)
    y = xy(products, "norms")[1]
    assert y.max() > 0.3 and y[-1] < 0
    assert f"at lag {y.argmax()} first" in said(products)
    assert "ρ < 1 promises decay in the long run" in said(products)


@pytest.mark.parametrize(
    ("values", "promise"),
    [
        ({"kind": "symmetric", "radius": 0.9}, "σ_max < 1 promises decay, from the first step"),
        ({"kind": "symmetric", "radius": 1}, "never fall below 1"),
        ({"kind": "random", "radius": 1.2}, "promises growth"),
        ({"kind": "random", "radius": 0.9, "g_1": "sigmoid"}, "< 1 promises decay, from the first"),
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

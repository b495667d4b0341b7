"""How a network may start, matrices of a wanted spectral radius, and what measures them."""

import numpy as np
import pytest
from numpy.random import RandomState

from bptt_helpers import matrices

pytestmark = pytest.mark.filterwarnings("error")


def test_a_random_start_has_variance_1_over_n():
    W_s = matrices.random_start(150, RandomState(0))
    assert np.var(W_s) * 150 == pytest.approx(1, rel=0.03)
    assert np.abs(np.linalg.eigvals(W_s)).max() == pytest.approx(1, rel=0.15)


def test_an_orthogonal_start_keeps_every_norm_and_is_uniform():
    random = RandomState(0)
    W_s = matrices.orthogonal_start(7, random)
    np.testing.assert_allclose(W_s.T @ W_s, np.eye(7), atol=1e-14)
    traces = [np.trace(matrices.orthogonal_start(3, random)) for _ in range(4000)]
    assert np.mean(traces) == pytest.approx(0, abs=0.06)  # QR without the signs gives about -1.6
    assert np.mean(np.square(traces)) == pytest.approx(1, abs=0.1)


def test_an_identity_start_is_the_identity():
    np.testing.assert_array_equal(matrices.identity_start(3), np.eye(3))


def test_scaling_to_a_spectral_radius():
    W_s = RandomState(0).normal(size=(6, 6))
    for radius in (0, 0.5, 1.2):
        scaled = matrices.with_spectral_radius(W_s, radius)
        assert np.abs(np.linalg.eigvals(scaled)).max() == pytest.approx(radius)
        np.testing.assert_allclose(scaled * W_s[0, 0], W_s * scaled[0, 0], atol=1e-14)
    for wrong, radius, words in (
        (W_s[:2], 1, "W_s: expected a square matrix"),
        (np.triu(np.ones((3, 3)), 1), 1, "W_s: expected a spectral radius above 0"),
        (W_s, -1, "radius: expected 0 or more, got -1"),
        (W_s, np.nan, "radius: expected 0 or more, got nan"),
    ):
        with pytest.raises(ValueError, match=words):
            matrices.with_spectral_radius(wrong, radius)


# Draws of a wanted radius


@pytest.mark.parametrize("kind", matrices.KINDS)
def test_a_draw_has_the_radius_and_the_stretch_leaves_its_eigenvalues(kind):
    for radius in (0.0, 0.5, 1.3):
        W_s = matrices.draw(kind, 6, radius, seed=3)
        assert matrices.spectral_radius(W_s) == pytest.approx(radius)
        stretched = matrices.draw(kind, 6, radius, 50.0, seed=3)
        assert matrices.spectral_radius(stretched) == pytest.approx(radius)
        if radius and kind != "identity":
            assert matrices.largest_singular_value(stretched) > 2 * radius


def test_a_draw_is_what_its_kind_says():
    draws = {kind: matrices.draw(kind, 5, 0.9, seed=2) for kind in matrices.KINDS}
    for kind in ("orthogonal", "identity"):
        np.testing.assert_allclose(draws[kind].T @ draws[kind], 0.81 * np.eye(5), atol=1e-14)
    np.testing.assert_array_equal(draws["symmetric"], draws["symmetric"].T)
    np.testing.assert_array_equal(draws["triangular"], np.triu(draws["triangular"]))
    np.testing.assert_array_equal(draws["random"], matrices.draw("random", 5, 0.9, seed=2))
    assert not np.array_equal(draws["random"], matrices.draw("random", 5, 0.9, seed=3))


def test_the_orthogonal_draw_is_the_orthogonal_start():
    for seed in range(5):
        start = matrices.orthogonal_start(4, RandomState(seed))
        np.testing.assert_allclose(matrices.draw("orthogonal", 4, 1, seed=seed), start, atol=1e-14)


# Radius and norm


def test_radius_and_norm_of_one_matrix_and_of_many():
    stack = RandomState(0).normal(size=(3, 2, 4, 4))
    rho, sigma = matrices.spectral_radius(stack), matrices.largest_singular_value(stack)
    assert rho.shape == sigma.shape == (3, 2)
    assert (rho <= sigma * (1 + 1e-12)).all()
    for j in np.ndindex(3, 2):
        assert rho[j] == pytest.approx(np.abs(np.linalg.eigvals(stack[j])).max())
        assert sigma[j] == pytest.approx(np.linalg.norm(stack[j], 2))
        assert np.ndim(matrices.largest_singular_value(stack[j])) == 0


def test_the_norm_of_what_overflowed_is_infinity():
    stack = np.stack([np.eye(2), np.full((2, 2), np.inf), np.full((2, 2), np.nan)])
    np.testing.assert_array_equal(matrices.largest_singular_value(stack), [1, np.inf, np.inf])
    assert matrices.largest_singular_value(stack[1]) == np.inf


def test_a_matrix_next_to_zero_is_scaled_without_a_warning():
    matrices.with_spectral_radius(5e-324 * np.ones((2, 2)), 1.0)

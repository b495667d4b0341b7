"""Drawn matrices have their kind, their spectral radius and their eigenvalues."""

import numpy as np
import pytest

from bptt_helpers import matrices


@pytest.mark.parametrize("kind", matrices.KINDS)
@pytest.mark.parametrize("n_s", [1, 2, 9])
def test_a_drawn_matrix_has_its_radius_and_its_kind(kind, n_s):
    W_s = matrices.draw(kind, n_s, 1.3, seed=4)
    assert W_s.shape == (n_s, n_s)
    assert matrices.spectral_radius(W_s) == pytest.approx(1.3, rel=1e-10)
    if kind == "orthogonal":
        np.testing.assert_allclose(W_s @ W_s.T, 1.69 * np.eye(n_s), atol=1e-12)
    if kind == "symmetric":
        np.testing.assert_allclose(W_s, W_s.T, atol=1e-15)
    if kind == "identity":
        np.testing.assert_array_equal(W_s, 1.3 * np.eye(n_s))
    if kind == "triangular":
        assert not np.tril(W_s, -1).any()


@pytest.mark.parametrize("kind", matrices.KINDS)
def test_the_stretch_keeps_the_eigenvalues(kind):
    plain, stretched = (matrices.draw(kind, 6, 0.9, stretch, seed=2) for stretch in (1, 20))
    expected, got = (np.sort_complex(np.linalg.eigvals(W)) for W in (plain, stretched))
    np.testing.assert_allclose(np.abs(got), np.abs(expected), atol=1e-9)
    smaller, larger = (matrices.largest_singular_value(W) for W in (plain, stretched))
    assert larger > 1.5 * smaller or kind == "identity"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("round", 3, 1), "kind: expected one of"),
        (("random", 0, 1), "n_s >= 1"),
        (("random", 3, -1), "radius"),
        (("random", 3, 1, 0.5), "stretch"),
    ],
)
def test_draw_refuses_in_words(arguments, words):
    with pytest.raises(ValueError, match=words):
        matrices.draw(*arguments)

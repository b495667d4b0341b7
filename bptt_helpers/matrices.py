"""Recurrent matrices W_s of a wanted spectral radius, and what measures them.

ρ(W) = max |λ_i(W)|, the spectral radius, says how W^m behaves in the long run; σ_max(W) = ‖W‖, the
largest singular value, what one step can do at most. ρ(W) <= σ_max(W), with equality for a normal
matrix (W Wᵀ = Wᵀ W), and ρ(W)^m <= ‖W^m‖ <= σ_max(W)^m.

Horn and Johnson (2013), "Matrix analysis", sections 2.5 and 5.6; Trefethen and Embree (2005),
"Spectra and pseudospectra", chapter 16.
"""

import numpy as np

KINDS = ("random", "orthogonal", "symmetric", "identity", "triangular")


def spectral_radius(W):
    """ρ(W) = max |λ_i(W)| of a square matrix (or of a stack of them, the last two axes)."""
    return np.abs(np.linalg.eigvals(W)).max(axis=-1)


def largest_singular_value(W):
    """σ_max(W) = max ‖W v‖ / ‖v‖, also called the 2-norm ‖W‖, of a matrix or of a stack of them."""
    return np.linalg.svd(W, compute_uv=False)[..., 0]


def draw(kind, n_s, radius, stretch=1.0, seed=0):
    """W_s = D A D⁻¹ with ρ(W_s) = `radius`,  D = diag(1, ..., 1/stretch)  in even powers.

    A (n_s, n_s) is "random" (independent normal entries), "orthogonal", "symmetric", the "identity"
    or (upper) "triangular", scaled to the radius; `seed` draws it. D leaves the eigenvalues as they
    are; a `stretch` above 1 makes most matrices less normal, and the identity stays the identity.

    Raises ValueError for another kind, n_s < 1, a negative radius or a stretch below 1.
    """
    if kind not in KINDS:
        raise ValueError(f"kind: expected one of {', '.join(KINDS)}, got {kind!r}.")
    if n_s < 1 or radius < 0 or stretch < 1:
        raise ValueError(
            "draw: expected n_s >= 1, radius >= 0 and stretch >= 1, got "
            f"n_s = {n_s}, radius = {radius}, stretch = {stretch}."
        )
    A = _of_kind(kind, n_s, np.random.RandomState(seed))
    D = stretch ** (-np.arange(n_s) / max(n_s - 1, 1))
    return (radius / spectral_radius(A)) * A * D[:, None] / D


def _of_kind(kind, n_s, rng):
    if kind == "identity":
        return np.eye(n_s)
    G = rng.normal(size=(n_s, n_s))
    if kind == "orthogonal":
        return np.linalg.qr(G)[0]
    if kind == "symmetric":
        return G + G.T
    return np.triu(G) if kind == "triangular" else G

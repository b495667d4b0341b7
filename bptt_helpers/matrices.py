"""Recurrent matrices W_s: how a network may start, of a given spectral radius, and what measures
them.

ρ(W) = max |λ_i(W)|, the spectral radius, says how W^m behaves in the long run; σ_max(W) = ‖W‖, the
largest singular value, what one step can do at most. ρ(W) <= σ_max(W), with equality for a normal
matrix (W Wᵀ = Wᵀ W), and ρ(W)^m <= ‖W^m‖ <= σ_max(W)^m.

Horn and Johnson (2013), "Matrix analysis", sections 2.5 and 5.6; Trefethen and Embree (2005),
"Spectra and pseudospectra", chapter 16.
"""

import numpy as np

from bptt_helpers import expect


def spectral_radius(W):
    """ρ(W) = max |λ_i(W)| of a square matrix (or of a stack of them, the last two axes)."""
    W = expect.finite_array("W", W)
    if W.ndim < 2 or W.shape[-1] != W.shape[-2]:
        expect.fail("W", "a square matrix", expect.Words(f"shape {W.shape}"))
    with np.errstate(all="ignore"):
        return np.abs(np.linalg.eigvals(W)).max(axis=-1)


def largest_singular_value(W):
    """σ_max(W) = max ‖W v‖ / ‖v‖, also called the 2-norm ‖W‖, of a matrix or of a stack of them.

    Where an entry no longer fits into a number it is infinity.
    """
    W = expect.numbers("W", W)
    if W.ndim < 2 or W.size == 0:
        expect.fail("W", "a matrix", expect.Words(f"shape {W.shape}"))
    fits = np.isfinite(W).all(axis=(-2, -1))
    sigma = np.linalg.svd(np.where(fits[..., None, None], W, 0), compute_uv=False)[..., 0]
    return np.where(fits, sigma, np.inf)[()]


def random_start(n, random):
    """W_s of independent normal numbers, variance 1/n: for large n its spectral radius nears 1."""
    n, random = expect.whole("n", n), expect.random_state(random)
    return random.standard_normal((n, n)) / np.sqrt(n)


def orthogonal_start(n, random):
    """W_s with W_sᵀ W_s = 1, uniform over all rotations and reflections: every norm is kept.

    Saxe, McClelland and Ganguli (2014); Mezzadri (2007), "How to generate random matrices from the
    classical compact groups", for the signs that make it uniform.
    """
    Q, R = np.linalg.qr(random_start(n, random))
    return Q * np.sign(np.diag(R))


def identity_start(n, random=None):
    """W_s = 1, the identity matrix: each state begins as a sum. Le, Jaitly and Hinton (2015)."""
    return np.eye(expect.whole("n", n))


STARTS = {"random": random_start, "orthogonal": orthogonal_start, "identity": identity_start}
KINDS = ("random", "orthogonal", "symmetric", "identity", "triangular")


def with_spectral_radius(W_s, radius):
    """W_s · radius / ρ(W_s).

    Raises ValueError if W_s is not square, if its ρ is 0, or if `radius` is negative.
    """
    W_s = expect.finite_array("W_s", W_s)
    radius = expect.number("radius", radius, "0 or more", lambda r: 0 <= r < np.inf)
    if W_s.ndim != 2 or W_s.shape[0] != W_s.shape[1]:
        expect.fail("W_s", "a square matrix", expect.Words(f"shape {W_s.shape}"))
    own = spectral_radius(W_s)
    if own == 0:
        expect.fail("W_s", "a spectral radius above 0, for it is divided by", expect.Words("0"))
    with np.errstate(all="ignore"):
        return W_s * (radius / own)


def draw(kind, n_s, radius, stretch=1.0, seed=0):
    """W_s = D A D⁻¹ with ρ(W_s) = `radius`,  D = diag(1, ..., 1/stretch)  in even powers.

    A (n_s, n_s) is "random" (independent normal entries), "orthogonal", "symmetric", the "identity"
    or (upper) "triangular", scaled to the radius; `seed` draws it. D leaves the eigenvalues as they
    are; a `stretch` above 1 makes most matrices less normal, and the identity stays the identity.

    Raises ValueError for another kind, n_s < 1, a negative radius or a stretch below 1.
    """
    kind, n_s = expect.one_of("kind", kind, KINDS), expect.whole("n_s", n_s)
    stretch = expect.number("stretch", stretch, "1 or more", lambda c: 1 <= c < np.inf)
    random = np.random.RandomState(expect.whole("seed", seed, 0, 2**32 - 1))
    A = STARTS.get(kind, random_start)(n_s, random)
    if kind == "symmetric":
        A = A + A.T
    if kind == "triangular":
        A = np.triu(A)
    D = stretch ** (-np.arange(n_s) / max(n_s - 1, 1))
    with np.errstate(all="ignore"):
        return with_spectral_radius(A, radius) * D[:, None] / D

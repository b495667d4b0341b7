"""The path diagnosis:  answer ≈ Σ_i w_i T_i,  T_i the true terms of ∂E_3/∂W; right: all w_i = 1.

The answers of a reader's function for a dozen random networks are fitted by least squares on the
true terms. The weights w give away wrong bookkeeping (which path is counted how often); a residual
gives away a wrong factor, and then the same fit is tried on terms made with each wrong factor of
the catalogue (`mistakes`). All arrays here are those of `rnn`, without a batch.

The terms are those of Pascanu et al. (2013), equations 3 to 5.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np

from bptt_helpers import rnn
from bptt_course.checks.engine.compare import CLOSE

NETWORKS = 12


@dataclass(frozen=True)
class Kind:
    """One kind of network: T steps, the times of the error (None: the sum of all), specialities."""

    T: int = 3
    at: tuple = (3,)
    g_1: str = "tanh"
    n_x: int = 2
    S_0_is_zero: bool = False
    zeros_around: bool = False


KINDS = {
    "tanh": Kind(),
    "identity": Kind(g_1="identity"),
    "sum": Kind(at=(None,)),
    "any at": Kind(T=5, at=(1, 2, 4, 5)),
    "E_1": Kind(at=(1,)),
    "E_2": Kind(at=(2,)),
    "n_x = n_s": Kind(n_x=3),
    "S_0 = 0": Kind(S_0_is_zero=True),
    "X[0] = X[T + 1] = 0": Kind(zeros_around=True),
}


@dataclass(frozen=True)
class Question:
    """One network and the gradient that is wanted of it: dE_at/dW, or of the sum for at = None."""

    arguments: dict
    d: np.ndarray | float
    at: int | None
    zeros_around: bool

    def fresh(self):
        """(run, d, at), made anew, so that a reader's code may spoil them."""
        run, d = rnn.forward(**self.arguments), np.array(self.d)
        d.flags.writeable = False
        if self.zeros_around:
            run = replace(run, X=np.concatenate([0 * run.X[1:2], run.X[1:], 0 * run.X[1:2]]))
        return run, d[()], self.at


@cache
def questions(kind, layout, g_2="identity"):
    """The dozen questions of one of `KINDS`, "scalar" or "matrix"; the same ones every time."""
    spec = KINDS[kind]
    rng = np.random.RandomState(100 + list(KINDS).index(kind))
    return tuple(
        _question(rng, spec, spec.at[n % len(spec.at)], layout, g_2) for n in range(NETWORKS)
    )


def _question(rng, spec, at, layout, g_2):
    n_x, n_s, n_y = (spec.n_x, 3, 1) if layout == "matrix" else (1, 1, 1)

    def draw(*shape):  # away from 0, so that every factor can be seen
        return rng.uniform(0.5, 1.3, shape) * rng.choice([-1, 1], shape)

    W = draw(n_s, n_x) / np.sqrt(n_x), draw(n_s, n_s) / np.sqrt(n_s), draw(n_y, n_s)
    S_0, X, targets = draw(n_s) * (not spec.S_0_is_zero), draw(spec.T, n_x), 3 * draw(spec.T, n_y)
    if layout == "scalar":
        W, S_0, X, targets = (w[0, 0] for w in W), S_0[0], X[:, 0], targets[:, 0]
    arguments = {"X": X, "S_0": S_0, "weights": rnn.Weights(*W), "g_1": spec.g_1, "g_2": g_2}
    return Question(arguments, targets if at is None else targets[at - 1], at, spec.zeros_around)


# ---- The gradient, right and wrong, path by path ------------------------------------------------


def _right(g, S):
    return g.slope(S)


@dataclass(frozen=True)
class Way:
    """How each term is made, rightly by default; `names` are the mistakes that make it so.

    `back` and `use` stand for g_1' on the way back and where the weight is used, `shift` moves the
    index of what the weight is multiplied by, and `all_errors` adds the errors before `at`.
    """

    names: tuple[str, ...] = ()
    back: Callable = _right
    use: Callable = _right
    transpose: bool = True
    shift: int = 0
    all_errors: bool = False


_SLOPES = {
    "derivative-missing": lambda g, S: np.ones_like(S),
    "tanh-twice": lambda g, S: g.derivative(S),
    "derivative-inverted": lambda g, S: 1 / g.slope(S),
}
WAYS = (
    Way(),
    *(Way((name,), back=g, use=g) for name, g in _SLOPES.items()),
    *(Way((name,), back=g) for name, g in _SLOPES.items()),
    *(Way((name,), use=g) for name, g in _SLOPES.items()),
    Way(("weight-not-transposed",), transpose=False),
    Way(("shifted-state",), shift=1),
    Way(("shifted-state",), shift=-1),
    Way(("all-errors",), all_errors=True),
)


def paths(T, at, weight):
    """The paths (t, i), from E_t through S_i to the weight; for W_y there is one for each error."""
    errors = range(1, T + 1) if at is None else (at,)
    return [(t, i) for t in errors for i in range(1, t + 1) if weight != "W_y" or i == t]


def path_terms(run, d, at, weight, way):
    """T_(t,i) = ∂E_t/∂Y_t · ∂Y_t/∂S_i · ∂⁺S_i/∂W for each of `paths`, made the given way.

    Returns an array (number of paths, *shape of the weight). With `way.all_errors` the term i holds
    the paths of all errors up to `at`, each of them measured from the one `d`.
    """
    if at is None:
        return np.concatenate([_terms(run, d[t - 1], t, weight, way) for t in range(1, run.T + 1)])
    terms = _terms(run, d, at, weight, way)
    for t in range(1, at) if way.all_errors else ():
        earlier = _terms(run, d, t, weight, way)
        terms[: len(earlier)] += earlier
    return terms


def _terms(run, d, t, weight, way):
    """The terms of E_t, i = 1 first, from one sweep back."""
    _, W_s, W_y = run.weights
    slope_2 = (way.use if weight == "W_y" else _right)(run.g_2, run.Y[t])
    dE_dV = 2 * (run.Y[t] - d) * slope_2
    if weight == "W_y":
        return np.multiply.outer(dE_dV, _operand(run, weight, t + way.shift))[None]
    terms, dE_dS = [], np.dot(W_y.T, dE_dV)
    for i in range(t, 0, -1):
        dE_da = way.use(run.g_1, run.S[i]) * dE_dS
        terms.append(np.multiply.outer(dE_da, _operand(run, weight, i + way.shift)))
        dE_dS = np.dot(W_s.T if way.transpose else W_s, way.back(run.g_1, run.S[i]) * dE_dS)
    return np.array(terms[::-1])


def _operand(run, weight, i):
    """What the weight multiplies at step i: S[-1] is Python's last one, X[0] and X[T + 1] are 0."""
    V, index = {"W_x": (run.X, i), "W_s": (run.S, i - 1), "W_y": (run.S, i)}[weight]
    first = 1 if weight == "W_x" else -1
    return V[index] if first <= index <= run.T else np.zeros_like(V[0])


# How often path (t, i) is counted. Several names: these mistakes give the same numbers.
COUNTS = (
    ((), lambda t, i, T: 1),
    (("total-for-immediate",), lambda t, i, T: t - i + 1),
    (("state-as-constant", "chain-cut", "overwritten"), lambda t, i, T: i == t),
    (("longest-path-only", "overwritten"), lambda t, i, T: i == 1),
    (("overwritten",), lambda t, i, T: i == T),
    (("own-output-missing", "overwritten"), lambda t, i, T: t == T),
    (("averaged",), lambda t, i, T: 1 / T),
)
COUNTS_W_Y = (
    ((), lambda t, i, T: 1),
    (("last-error-only", "overwritten"), lambda t, i, T: t == T),
    (("overwritten",), lambda t, i, T: t == 1),
    (("averaged",), lambda t, i, T: 1 / T),
)
SCALES = {1: (), 0.5: ("factor-two",), -1: ("sign",), -0.5: ("factor-two", "sign")}


# ---- The fit ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fit:
    """Mistakes that explain the answers: all of `also`, and one of `any_of` (they look alike)."""

    any_of: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    @property
    def size(self):
        """How many mistakes it takes."""
        return len(self.also) + bool(self.any_of)


class Evidence:
    """The true terms of a dozen questions and those of every wrong way, ready to be fitted.

    Answers have shape (12, *shape of the weight). Each network's answers are divided by its sum of
    all |true terms|, so that every network weighs the same; `CLOSE` is meant of this sum.
    """

    def __init__(self, kind, layout, weight, g_2):
        self.questions = questions(kind, layout, g_2)
        self.shape = np.shape(getattr(self.questions[0].arguments["weights"], weight))
        self.at, self.T = self.questions[0].at, self.questions[0].arguments["X"].shape[0]
        self.paths = paths(self.T, self.at, weight)
        self.counts = COUNTS_W_Y if weight == "W_y" else COUNTS
        self._asked = [question.fresh() for question in self.questions]
        self._weight = weight
        terms = self._terms(Way())
        self.scale = np.array([np.sum(np.abs(t)) for t in terms])
        self.truth = np.array([t.sum(axis=0) for t in terms])

    def _terms(self, way):
        return [path_terms(*asked, self._weight, way) for asked in self._asked]

    @cached_property
    def ways(self):
        """(names, terms as columns, pseudo-inverse) of each of `WAYS` that differs on them."""
        kept = []
        for way in WAYS:
            columns = [t.reshape(len(t), -1).T for t in self._terms(way)]
            matrix = np.concatenate([c / s for c, s in zip(columns, self.scale, strict=True)])
            if all(np.max(np.abs(matrix - other)) > CLOSE for _, other, _ in kept):
                kept.append((way.names, matrix, np.linalg.pinv(matrix)))
        return kept

    def right(self, answers):
        """For each question, whether the answer is the true gradient: a boolean array (12,)."""
        off = np.abs(self._scaled(answers - self.truth))
        return np.all(off.reshape(len(self.scale), -1) < CLOSE, axis=1)

    @np.errstate(all="ignore")
    def _scaled(self, answers):
        return (answers.reshape(len(self.scale), -1) / self.scale[:, None]).ravel()

    def path_weights(self, answers):
        """The w of the least-squares fit on the true terms, one for each of `paths`, or None.

        None means that a residual is left: the answers are not made of the true terms.
        """
        return _fitted(self._scaled(answers), *self.ways[0][1:])

    def fits(self, answers):
        """Every `Fit` that explains the answers with the fewest mistakes; [] if none does."""
        found = self._fits(answers)
        if not found and answers.ndim == 3 and answers.shape[1] == answers.shape[2]:
            found = self.fits_transposed(answers)
        fewest = min((fit.size for fit in found), default=0)
        return [fit for fit in found if fit.size == fewest]

    def fits_transposed(self, answers):
        """`fits` of the transposed answers, with transposed-answer among the mistakes."""
        found = self._fits(answers.swapaxes(1, 2))
        return [replace(fit, also=(*fit.also, "transposed-answer")) for fit in found]

    def _fits(self, answers):
        scaled = self._scaled(answers)
        if np.max(np.abs(scaled)) < CLOSE:
            return [Fit(any_of=("own-output-missing",))]
        return [
            Fit(any_of, (*names, *more))
            for names, matrix, inverse in self.ways
            if _fitted(scaled, matrix, inverse) is not None
            for any_of, more in self._bookkeeping(scaled, matrix)
        ]

    def _bookkeeping(self, scaled, matrix):
        """The countings of the paths, with factor and sign, that give exactly these answers."""
        for scale, more in SCALES.items():
            matching = []
            for names, count in self.counts:
                w = np.array([scale * float(count(t, i, self.T)) for t, i in self.paths])
                if np.max(np.abs(scaled - matrix @ w)) < CLOSE:
                    matching.append(names)
            if matching:
                yield () if () in matching else tuple(dict.fromkeys(sum(matching, ()))), more


@np.errstate(all="ignore")
def _fitted(answers, matrix, inverse):
    w = inverse @ answers
    return w if np.all(np.abs(answers - matrix @ w) < CLOSE) else None


@cache
def evidence(kind, layout, weight, g_2="identity"):
    """The `Evidence` of one of `KINDS` for "W_s", "W_x" or "W_y"."""
    return Evidence(kind, layout, weight, g_2)

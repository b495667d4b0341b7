"""The path diagnosis:  answer ≈ Σ_i w_i T_i,  T_i the true terms of ∂E_3/∂W; right: all w_i = 1.

The answers for a dozen random networks are fitted by least squares on the true terms (Pascanu et
al. 2013, equations 3 to 5). The weights w give away which path is counted how often; a residual
gives away a wrong factor, and then the same fit is tried on terms made with each wrong factor of
the catalogue (`mistakes`). All arrays here are those of `rnn`, without a batch.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial

import numpy as np

from bptt_helpers import rnn
from bptt_course.checks.engine.compare import CLOSE

NETWORKS = 12


@dataclass(frozen=True)
class Kind:
    """One kind of network: T steps, the times of the error (None: the sum of all), specialities."""

    T: int = 4
    at: tuple = (4,)
    g_1: str = "tanh"
    n_x: int = 2
    n_s: int = 3
    n_y: int = 1
    S_0_is_zero: bool = False
    zeros_around: bool = False


KINDS = {  # no two of T, n_x, n_s, n_y are one number in what is asked first, and again
    "tanh": Kind(),
    "identity": Kind(g_1="identity"),
    "sum": Kind(at=(None,)),
    "any at": Kind(T=5, at=(1, 2, 4, 5), n_x=3, n_s=6),
    "E_1": Kind(at=(1,)),
    "E_2": Kind(at=(2,)),
    "n_x = n_s": Kind(n_x=3),
    "S_0 = 0": Kind(S_0_is_zero=True),
    "X[0] = X[T + 1] = 0": Kind(zeros_around=True),
    "T = 3": Kind(T=3, at=(3,)),
    "tanh again": Kind(T=3, at=(3,), n_x=4, n_s=2),
    "identity again": Kind(T=3, at=(3,), g_1="identity", n_x=4, n_s=2),
    "n_x = n_s again": Kind(T=3, at=(3,), n_x=2, n_s=2),
    "sum again": Kind(T=3, at=(None,), n_x=4, n_s=2),
    "n_y = 2": Kind(T=6, at=(3, None), n_x=4, n_s=5, n_y=2),
}


@dataclass(frozen=True)
class Question:
    """One network and the gradient that is wanted of it: dE_at/dW, or of the sum for at = None."""

    arguments: dict
    d: np.ndarray | float
    at: int | None
    zeros_around: bool

    def fresh(self):
        """(run, d, at), made anew, as a reader's code may spoil them; all d as a plain list."""
        run, d = rnn.forward(**self.arguments), np.array(self.d)
        d.flags.writeable = False
        if self.zeros_around:
            run = replace(run, X=np.concatenate([0 * run.X[1:2], run.X[1:], 0 * run.X[1:2]]))
        return run, list(d) if self.at is None else d[()], self.at


@cache
def questions(kind, layout, g_2="identity"):
    """The dozen questions of one of `KINDS`, "scalar" or "matrix"; the same ones every time."""
    spec, made = KINDS[kind], []
    rng = np.random.RandomState(100 + list(KINDS).index(kind))
    n_x, n_s, n_y = (spec.n_x, spec.n_s, spec.n_y) if layout == "matrix" else (1, 1, 1)

    def draw(*shape):  # away from 0, so that every factor can be seen
        return rng.uniform(0.5, 1.3, shape) * rng.choice([-1, 1], shape)

    for at in (spec.at * NETWORKS)[:NETWORKS]:
        W = draw(n_s, n_x) / np.sqrt(n_x), draw(n_s, n_s) / np.sqrt(n_s), draw(n_y, n_s)
        S_0, X, d = draw(n_s) * (not spec.S_0_is_zero), draw(spec.T, n_x), 3 * draw(spec.T, n_y)
        if layout == "scalar":
            W, S_0, X, d = (w[0, 0] for w in W), S_0[0], X[:, 0], d[:, 0]
        asked = {"X": X, "S_0": S_0, "weights": rnn.Weights(*W), "g_1": spec.g_1, "g_2": g_2}
        made.append(Question(asked, d if at is None else d[at - 1], at, spec.zeros_around))
    return tuple(made)


def _right(g, S, a):
    return g.slope(S)


@dataclass(frozen=True)
class Way:
    """How each term is made, rightly by default; `names` are the mistakes that make it so.

    `told` says what stands in which place. With what stands for g_1' is how many steps later it is.
    """

    names: tuple[str, ...] = ()
    told: str = ""
    error: Callable = lambda Y, d: 2 * (Y - d)  # ∂E/∂Y
    out: Callable = lambda W_y, dE_dV: np.dot(W_y.T, dE_dV)  # from ∂E/∂V_t, V_t = W_y S_t, to S_t
    back: tuple = (_right, 0)  # g_1' on the way back,
    use: tuple = (_right, 0)  # and where the weight is used
    step: Callable = lambda W, dE_da, dE_dS: np.dot(W.W_s.T, dE_da)  # from a_i to S_{i-1}
    shift: int = 0  # of the index of what the weight is multiplied by,
    first: int = 0  # and of that at step 1 only
    step_0: bool = False  # one more turn, at step 0
    targets: Callable = lambda d: d  # of a sum
    all_errors: bool = False  # those before `at` are added


def _in_each_place(name, told, slope, later=0):
    """The `Way`s with this for g_1' in both places, on the way back only, and in use only."""
    one = "slope-in-one-place" if name == "derivative-missing" else name
    its, only = (slope, later), f"{told or 'this'}, but only"
    yield Way((name,), told, back=its, use=its)
    yield Way((one,), f"{only} on the way back", back=its)
    yield Way((one,), f"{only} where the weight is used", use=its)


SLOPES = (  # name, what stands for the derivative, its formula, and how many steps later
    ("derivative-missing", "1 for the derivative", lambda g, S, a: np.ones_like(S)),
    ("tanh-twice", "", lambda g, S, a: g.derivative(S)),
    ("derivative-inverted", "", lambda g, S, a: 1 / g.slope(S)),
    ("tan-for-tanh", "1 + {V}² for the derivative", lambda g, S, a: 1 + S * S),
    ("slope-at-a", "", lambda g, S, a: g.slope(a)),
    ("slope-mistyped", "(1 - {V})² for the derivative", lambda g, S, a: (1 - S) ** 2),
    ("slope-mistyped", "1 - {V} for the derivative", lambda g, S, a: 1 - S),
    ("slope-mistyped", "{V} (1 - {V}) for the derivative", lambda g, S, a: S * (1 - S)),
    ("slope-mistyped", "{V} itself, {g}(a) and not {g}'(a), for the derivative", lambda g, S, a: S),
    ("slope-twice", "", lambda g, S, a: g.slope(S) ** 2),
    ("slope-of-another-step", "the step before", _right, -1),
    ("slope-of-another-step", "the last step", _right, 99),
)
TARGETS = "targets-shifted"
WAYS = (
    Way(),
    *(way for row in SLOPES for way in _in_each_place(*row)),
    Way(("error-factor",), "(Y - d)² for ∂E/∂Y", error=lambda Y, d: (Y - d) ** 2),
    Way(("error-factor",), "2 |Y - d| for ∂E/∂Y", error=lambda Y, d: 2 * np.abs(Y - d)),
    Way(("error-factor",), "|Y - d| for ∂E/∂Y", error=lambda Y, d: np.abs(Y - d)),
    Way(("error-factor",), "2 Y for ∂E/∂Y", error=lambda Y, d: 2 * Y),
    Way(("error-factor",), "2 (Y + d) for ∂E/∂Y", error=lambda Y, d: 2 * (Y + d)),
    Way(("error-factor",), "1 for ∂E/∂Y", error=lambda Y, d: 1 + 0 * Y),
    Way(("output-weight-missing",), out=lambda W_y, dE_dV: np.dot(np.ones_like(W_y.T), dE_dV)),
    Way(("weight-not-transposed",), step=lambda W, dE_da, dE_dS: np.dot(W.W_s, dE_da)),
    Way(("recurrence-missing",), step=lambda W, dE_da, dE_dS: dE_da),
    Way(("wrong-recurrence",), "W_x", step=lambda W, dE_da, dE_dS: np.dot(W.W_x.T, dE_da)),
    Way(("wrong-recurrence",), "W_y", step=lambda W, dE_da, dE_dS: np.dot(W.W_y.T, dE_da)),
    Way(("not-reset",), step=lambda W, dE_da, dE_dS: dE_dS + np.dot(W.W_s.T, dE_da)),
    Way(("shifted-state",), "the step after", shift=1),
    Way(("shifted-state",), "the step before", shift=-1),
    Way(("first-state",), first=1),
    Way(("ends-late",), step_0=True),
    Way((TARGETS,), "the targets in reverse order", targets=lambda d: d[::-1]),
    Way((TARGETS,), "at step t the target of step t + 1", targets=lambda d: np.r_[d[1:], d[-1:]]),
    Way((TARGETS,), "at step t the target of step t - 1", targets=lambda d: np.roll(d, 1, 0)),
    Way((TARGETS,), "the last target at every step", targets=lambda d: d[[-1] * len(d)]),
    Way(("all-errors",), all_errors=True),
)


def paths(T, at, weight):
    """The paths (t, i), from E_t through S_i to the weight; for W_y there is one for each error."""
    errors = range(1, T + 1) if at is None else (at,)
    return [(t, i) for t in errors for i in range(1, t + 1) if weight != "W_y" or i == t]


def path_terms(run, d, at, weight, way):
    """T_(t,i) = ∂E_t/∂Y_t · ∂Y_t/∂S_i · ∂⁺S_i/∂W for each of `paths`, made the given way.

    Returns an array (number of paths, *shape of the weight). With `way.all_errors` the term i holds
    the paths of all errors up to `at`, each measured from the one `d`.
    """
    if at is None:
        d = way.targets(np.array(d))
        return np.concatenate([_terms(run, d[t - 1], t, weight, way) for t in range(1, run.T + 1)])
    terms = _terms(run, d, at, weight, way)
    for t in range(1, at) if way.all_errors else ():
        terms[: 1 if weight == "W_y" else t] += _terms(run, d, t, weight, way)
    return terms


def _terms(run, d, t, weight, way):
    """The terms of E_t, i = 1 first, from one sweep back."""

    def slope(its, i):
        formula, later = its
        n = min(i + later, t)
        return formula(run.g_1, run.S[n], run.a[n])

    def operand(i):  # S[-1] is Python's last one, X[0] and X[T + 1] are 0
        V, index = (run.X, i) if weight == "W_x" else (run.S, i - (weight == "W_s"))
        first = 1 if weight == "W_x" else -1
        return V[index] if first <= index <= run.T else np.zeros_like(V[0])

    W, (slope_2, _) = run.weights, way.use if weight == "W_y" else (_right, 0)
    dE_dV = way.error(run.Y[t], d) * slope_2(run.g_2, run.Y[t], np.dot(W.W_y, run.S[t]))
    if weight == "W_y":
        return np.multiply.outer(dE_dV, operand(t + way.shift))[None]
    terms, dE_dS = [], way.out(W.W_y, dE_dV)
    for i in range(t, 0, -1):
        multiplied = operand(i + way.shift + way.first * (i == 1))
        terms.append(np.multiply.outer(slope(way.use, i) * dE_dS, multiplied))
        dE_dS = way.step(W, slope(way.back, i) * dE_dS, dE_dS)
    if way.step_0:
        terms[-1] += np.multiply.outer(run.g_1.slope(run.S[0]) * dE_dS, operand(0))
    return np.array(terms[::-1])


# How often path (t, i) is counted. Several names, the likeliest first, give the same numbers.
OVER, OUTSIDE, INSIDE = "overwritten", "adds-outside", "returns-inside"
COUNTS = (
    ((), lambda t, i, T: 1),
    (("total-for-immediate",), lambda t, i, T: t - i + 1),
    (("running-sum",), lambda t, i, T: T - i + 1),
    (("running-sum",), lambda t, i, T: i),
    (("state-as-constant", "chain-cut"), lambda t, i, T: i == t),
    (("longest-path-only", OVER, OUTSIDE, INSIDE), lambda t, i, T: i == 1),
    ((INSIDE, OVER, OUTSIDE), lambda t, i, T: i == T),
    (("ends-early",), lambda t, i, T: i > 1),
    (("starts-late",), lambda t, i, T: i < T),
    (("starts-late",), lambda t, i, T: t < T),
    (("own-output-missing", "last-error-only"), lambda t, i, T: t == T),
    (("averaged",), lambda t, i, T: 1 / T),
)
COUNTS_W_Y = (
    ((), lambda t, i, T: 1),
    (("last-error-only", INSIDE, OVER, OUTSIDE), lambda t, i, T: t == T),
    ((OVER, OUTSIDE, INSIDE), lambda t, i, T: t == 1),
    (("ends-early",), lambda t, i, T: t > 1),
    (("starts-late",), lambda t, i, T: t < T),
    (("averaged",), lambda t, i, T: 1 / T),
)
OF_SUMS = {"chain-cut", "overwritten", "own-output-missing", "last-error-only", "averaged"}
SCALES = {1: (), 0.5: ("factor-two",), -1: ("sign",), -0.5: ("factor-two", "sign")}


@dataclass(frozen=True)
class Fit:
    """Mistakes that explain the answers: all of `also` and of `scale`, and one of `any_of`.

    What is in `also` has numbers of its own. How often a path is counted (`any_of`) and by what the
    whole is multiplied (`scale`) are facts that have several causes. `told`: see `Way`.
    """

    any_of: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    scale: tuple[str, ...] = ()
    told: str = ""

    @property
    def names(self):
        """All names in it."""
        return (*self.any_of, *self.also, *self.scale)

    @property
    def size(self):
        """How many mistakes it takes."""
        return len(self.also) + len(self.scale) + bool(self.any_of)


class Evidence:
    """The true terms of a dozen questions and those of every wrong way, ready to be fitted.

    Answers have shape (12, *shape of the weight). Each network's are divided by the largest of its
    true terms and their sum, or by 1 if all are smaller; `CLOSE` is meant of this.
    """

    def __init__(self, kind, layout, weight, g_2):
        self.questions = questions(kind, layout, g_2)
        self.shape = np.shape(getattr(self.questions[0].arguments["weights"], weight))
        self.at, self.T = self.questions[0].at, self.questions[0].arguments["X"].shape[0]
        self.paths = paths(self.T, self.at, weight)
        self.counts = COUNTS_W_Y if weight == "W_y" else COUNTS
        if self.at is None:  # then one error alone is right, so that few causes are left
            left = [([n for n in names if n in OF_SUMS], its) for names, its in self.counts]
            self.counts = self.counts[:1] + tuple((tuple(n), its) for n, its in left if n)
        self._asked = [question.fresh() for question in self.questions]
        self._weight = weight
        terms = self._terms(Way())
        self.truth = np.array([t.sum(axis=0) for t in terms])
        self.scale = np.array([max(np.abs(t).max(), np.abs(t.sum(axis=0)).max(), 1) for t in terms])

    def _terms(self, way):
        return [path_terms(*asked, self._weight, way) for asked in self._asked]

    @cached_property
    def ways(self):
        """(way, terms as columns, pseudo-inverse) of each of `WAYS` that differs on them."""
        kept = []
        for way in WAYS:
            try:
                columns = [t.reshape(len(t), -1).T for t in self._terms(way)]
            except ValueError:  # its matrices do not fit here
                continue
            matrix = np.concatenate([c / s for c, s in zip(columns, self.scale, strict=True)])
            is_new = all(np.max(np.abs(matrix - other)) > CLOSE for _, other, _ in kept)
            if is_new and np.all(np.isfinite(matrix)):
                kept.append((way, matrix, np.linalg.pinv(matrix)))
        return kept

    def right(self, answers, truth=None):
        """For each question, whether the answer is the true gradient: a boolean array (12,)."""
        off = np.abs(self.scaled(answers - (self.truth if truth is None else truth)))
        return np.all(off.reshape(len(self.scale), -1) < CLOSE, axis=1)

    @np.errstate(all="ignore")
    def scaled(self, answers):
        """The answers of all networks in one row, each divided by its network's `scale`."""
        return (answers.reshape(len(self.scale), -1) / self.scale[:, None]).ravel()

    def path_weights(self, answers):
        """The w of the fit on the true terms, one for each path; None if a residual is left."""
        return _fitted(self.scaled(answers), *self.ways[0][1:])

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
        scaled = self.scaled(answers)
        if np.max(np.abs(scaled)) < CLOSE:
            other = "starts-late" if self._weight == "W_y" else "own-output-missing"
            return [Fit(any_of=("loop-never-runs", other))] if self.at else []
        return [
            Fit(any_of, way.names, scale, way.told)
            for way, matrix, inverse in self.ways
            if _fitted(scaled, matrix, inverse) is not None
            for any_of, scale in self._bookkeeping(scaled, matrix)
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

    def cut_off(self, answers):
        """(c, "value" or "norm") if the answers are the right ones, cut off at c; else None."""
        axes = tuple(range(1, answers.ndim))
        norms = partial(np.linalg.norm, axis=axes, keepdims=True) if axes else np.abs
        for way, size in (("value", np.abs), ("norm", norms)):
            c, true = size(answers).max(), size(self.truth)
            remade = self.truth * np.minimum(1, c / np.where(true > 0, true, 1))
            cut = np.sum(true > c * (1 + CLOSE))  # of a matrix, by norm, all may be
            if c > CLOSE and 1 < cut < (true if way == "value" else self.truth).size:
                if np.all(self.right(answers, remade)):
                    return c, way
        return None

    def updated(self, answers):
        """The c for which all answers are W + c · gradient, or None."""
        W = [getattr(question.arguments["weights"], self._weight) for question in self.questions]
        change, true = self.scaled(answers - np.array(W)), self.scaled(self.truth)
        c = change @ true / (true @ true)
        return c if abs(c) > 1e-4 and np.all(np.abs(change - c * true) < CLOSE) else None


@np.errstate(all="ignore")
def _fitted(answers, matrix, inverse):
    w = inverse @ answers
    return w if np.all(np.abs(answers - matrix @ w) < CLOSE) else None


@cache
def evidence(kind, layout, weight, g_2="identity"):
    """The `Evidence` of one of `KINDS` for "W_s", "W_x" or "W_y"."""
    return Evidence(kind, layout, weight, g_2)

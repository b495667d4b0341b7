"""What is wrong with a reader's ∂E_at/∂W: what is asked, and what is made of the answers.

First g_1 = tanh and the error at the last of four steps; if the answers are right, g_1 = identity
and the error at any step. If they are not, `evidence` tries to explain them, and nothing is named
that networks of other sizes do not show as well. An answer that nothing explains gets no name: the
finding says where it begins to differ.
"""

import re
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from bptt_helpers import expect, rnn
from bptt_course.checks.engine import gates
from bptt_course.checks.engine.compare import digits
from bptt_course.checks.engine.evidence import KINDS, NETWORKS, Evidence, Fit, evidence
from bptt_course.checks.engine.finding import Finding, in_words
from bptt_course.checks.engine.guard import Student, TimeIsUp, numbers
from bptt_course.checks.engine.mistakes import LADDERS, SAID, about, named
from bptt_course.checks.engine.verdict import verdict_on_function

MULTIPLES = {
    0.5: "half the right one",
    2: "twice the right one",
    -0.5: "minus half the right one",
    -1: "the right one with its sign flipped",
}
TIMES = {0: "not at all", 1: "once", 2: "twice", 3: "three times", 4: "four times"}
# (run, d, at), to be taken apart: in both every catalogued mistake shows by 5 per cent or more
EXAMPLE = rnn.forward([0.5, -1, 0.8], 0.6, rnn.Weights(0.7, -0.9, 1.2), "tanh"), 2.0, 3
X, S_0 = [[-0.6, -0.9, -0.2], [0.5, -0.3, -0.4], [0.4, -0.5, -0.6]], [-0.4, 0.7]
W = rnn.Weights([[0.7, -0.6, 1.1], [1.0, -0.9, -1.0]], [[-1.0, -0.8], [0.5, 0.3]], [[0.9, -0.6]])
EXAMPLE_WITH_MATRICES = rnn.forward(X, S_0, W, "tanh"), [2.0], 3
EXAMPLES = {"scalar": "checks.EXAMPLE", "matrix": "checks.EXAMPLE_WITH_MATRICES"}
LAYOUTS = "matrix", "scalar"
ONE_ERROR = ("tanh", "identity", "any at")


@dataclass(frozen=True)
class Reply:
    """The answers (12, *shape of W), or of W transposed (`turned`); or the error and its words."""

    evidence: Evidence
    answers: np.ndarray | None = None
    turned: bool = False
    trouble: Finding | None = None
    error: BaseException | None = None

    @property
    def right(self):
        """For each question, whether the answer is the true gradient."""
        nothing = self.trouble or self.turned
        return np.zeros(NETWORKS, bool) if nothing else self.evidence.right(self.answers)

    @property
    def fits(self):
        """The `Fit`s that explain the answers; [] if there is none, or there are no answers."""
        if self.trouble or not np.all(np.isfinite(self.answers)):
            return []
        return (self.evidence.fits_transposed if self.turned else self.evidence.fits)(self.answers)


@dataclass(frozen=True)
class Case:
    """A reader's function (a `guard.Student`) for one weight, on "scalar" or "matrix" networks."""

    student: object
    weight: str
    layout: str
    g_2: str

    def ask(self, kind):
        """The `Reply` to the dozen questions of one of `evidence.KINDS`."""
        asked = evidence(kind, self.layout, self.weight, self.g_2)
        hints = LADDERS["shape" if self.layout == "matrix" else "number"]
        got = self.student.answers((kind, self.layout, self.g_2), asked.questions)
        if isinstance(self.student.error, TimeIsUp):
            raise self.student.error  # no further answer can be had
        if error := self.student.error:
            return Reply(asked, trouble=in_words(self.student, hints), error=error)
        shape, turned = asked.shape, asked.shape[::-1]
        if all(_fits_shape(answer, shape) for answer in got):
            return Reply(asked, np.array([answer.reshape(shape) for answer in got]))
        if all(answer.shape == turned for answer in got):
            return Reply(asked, np.array(got), turned=True)
        wrong = next(answer for answer in got if not _fits_shape(answer, shape))
        line = self.about_shape(shape, wrong.shape if shape else wrong.size)
        final = all(answer.size == asked.truth[0].size for answer in got)
        return Reply(asked, trouble=Finding(False, lines=(line,), hints=hints, final=final))

    def about_shape(self, shape, got):
        """The sentence on a gradient of the wrong shape."""
        its = f"has the shape of {self.weight}, {shape}; got {got}."
        its = its if shape else f"is one number here; {got} numbers come back."
        return f"Not yet: ∂E/∂{self.weight} {its}"


def _fits_shape(answer, shape):
    """Whether W - answer has the shape of W; for a number, one entry is enough."""
    padded = (1,) * (len(shape) - answer.ndim) + answer.shape
    return padded == shape if shape else answer.size == 1


def diagnose(candidate, weight="W_s", g_2="identity", hint=False, whose="your answer", cell=None):
    """What is wrong with `candidate(run, d, at)`, which should return dE_at/dW for a forward pass.

    `run` is an `rnn.RNNRun` (matrix networks are tried first, then scalar ones) and `d` is d_at;
    `weight` is "W_s", "W_x" or "W_y"; `g_2` is the output's activation in the networks that are
    tried; `whose` is what the verdict calls the candidate, such as "this derivation". With
    `cell="LSTM"` or "GRU", `run` is a `gated.LSTMRun` or `gated.GRURun` (g_2 = identity), and
    `weight` may be "b" too. Prints and returns the `Verdict`; ValueError: another `weight`, `cell`.
    """
    if cell is not None:
        expect.one_of("cell", cell, tuple(gates.WRONG))
    expect.one_of("weight", weight, gates.WEIGHTS if cell else ("W_s", "W_x", "W_y"))
    g_2 = rnn.activation(g_2, "g_2").name
    its = {"your answer": whose, "your function": whose, "not yet": "not right", "your": "its"}
    its |= {old.capitalize(): new[:1].upper() + new[1:] for old, new in its.items()}
    turned = partial(re.sub, rf"\b({'|'.join(its)})\b", lambda match: its[match[0]])

    def find(student):
        found = gates.asked(cell, weight).finding(student) if cell else None
        found = found or gradient_finding(student, weight, g_2)
        if whose == "your answer":
            return found
        lines, hints = map(turned, found.lines), map(turned, found.hints)
        return replace(found, lines=tuple(lines), hints=tuple(hints))

    return verdict_on_function(None, Student(candidate, numbers), find, hint)


def scalar_gradient(exercise, function, weight, hint):
    """The verdict on an exercise's `function(run, d, at)` = dE_at/dW, for scalar networks."""
    find = partial(gradient_finding, weight=weight, layouts=("scalar",))
    return verdict_on_function(exercise, Student(function, numbers), find, hint, LADDERS["start"])


def gradient_finding(student, weight, g_2="identity", layouts=LAYOUTS, kinds=ONE_ERROR):
    """The `Finding` about a `guard.Student` whose function takes (run, d, at).

    `student.read` makes an array of floats of what it returns. The layouts are tried in order until
    one settles it; `kinds` are the networks that are asked about.
    """
    try:
        first = _finding_on(Case(student, weight, layouts[0], g_2), kinds)
    except TimeIsUp:
        return in_words(student, LADDERS["shape"])
    if first.is_settled or len(layouts) == 1:
        return first
    second = gradient_finding(student, weight, g_2, layouts[1:], kinds)
    if second.ok:
        return replace(second, lines=(*second.lines, SAID["numbers-only"]))
    return second if second.is_settled or (first.crashed and not second.crashed) else first


def _finding_on(case, kinds):
    for kind in kinds:
        reply = case.ask(kind)
        if not np.all(reply.right):
            finding, spec = _explained(case, kind, reply), KINDS[kind]
            at = ", ".join(f"at={at}" for at in spec.at)
            tried = f"(Tried on {_networks(case, spec)}: g_1 = {spec.g_1}, T = {spec.T}, {at}.)"
            terms = "sum" if kind == "sum" else "terms-of-W_y" if case.weight == "W_y" else "terms"
            marks = {"{terms}": LADDERS[terms][0], "{example}": EXAMPLES[case.layout]}
            hints = tuple(about(hint, case.weight, marks) for hint in finding.hints)
            lines = (*finding.lines, *(tried,) * finding.attempted)
            final = finding.final or (finding.crashed and kind != kinds[0])  # it was right before
            return replace(finding, lines=lines, hints=hints, final=final)
    tried = f"∂E/∂{case.weight} agrees with the true gradient on {_networks(case)}"
    return Finding(True, lines=(f"{tried}, for g_1 = tanh and identity and the error at any step",))


def _networks(case, spec=KINDS["tanh"]):
    if case.layout == "scalar":
        return "12 random scalar networks"
    return f"12 random networks with n_x = {spec.n_x}, n_s = {spec.n_s}, n_y = {spec.n_y}"


def _explained(case, kind, reply):
    if reply.trouble and reply.trouble.is_settled:
        return reply.trouble
    fits, fact = _remade(reply)
    note = ""
    if kind in ("tanh", "sum") and not fits:
        fits, fact = _twice(case, kind, [fit for fit in reply.fits if fit.size]), _counts(reply)
    if kind == "tanh" and not fits:
        if np.all(case.ask(f"{kind} again").right) and np.all(case.ask("T = 3").right):
            return _at(case.weight, 4, "Not yet: right for at = T = 3, but not for at = T = 4.")
        on_paper = case.layout == "scalar" and case.ask("identity again").right.all()
        if on_paper and not case.ask("identity").right.any():
            return _at(case.weight, 4, SAID["two-things"])
        fits, note = ([], "") if reply.fits else _second_question(case, reply)
    if fits:
        finding, trouble = named(fits, case.weight, fact, note), reply.trouble
        if not (trouble and trouble.crashed):
            return finding
        runs, (first, *more) = "On networks on which it runs", finding.lines
        first = first.replace("Not yet, but", runs + ",").replace("Not yet.", runs + ":")
        return replace(finding, lines=(*trouble.lines, first, *more), crashed=True)
    if kind == "n_y = 2":
        mixed = named([Fit(any_of=("outputs-mixed",))], case.weight, SAID["two-outputs"])
        stops = (*getattr(reply.trouble, "lines", ()), SAID["stops-with-two"])
        return replace(reply.trouble, lines=stops, hints=mixed.hints) if reply.trouble else mixed
    return reply.trouble or _located(case, kind, reply)


def _twice(case, kind, fits):
    """Those of the `Fit`s to networks of the kind that others, of other sizes, show as well."""
    return [fit for fit in case.ask(f"{kind} again").fits if fit in fits] if fits else []


@np.errstate(all="ignore")
def _remade(reply):
    """(fits, fact) for the right gradient to which something has been done; ([], "") if not."""
    if reply.trouble or reply.turned or not np.all(np.isfinite(reply.answers)):
        return [], ""
    asked, answers = reply.evidence, reply.answers
    cut, step = asked.cut_off(answers), asked.updated(answers)
    right_digits = digits(np.max(np.abs(asked.scaled(answers - asked.truth))))
    if cut:
        c, way = cut
        told = f"cut off at ±{c:.3g}, each entry by itself"
        if way == "norm" or not asked.shape:
            told = f"cut off at {c:.3g}, by its norm" if asked.shape else f"cut off at ±{c:.3g}"
        return [Fit(also=("clipped",), told=told)], ""
    if step:
        told = f"the weight {'minus' if step < 0 else 'plus'} {abs(step):.3g} times the gradient"
        return [Fit(also=("updated-weight",), told=told)], ""
    if right_digits:
        return [Fit(("few-digits",))], f"Your answer is right to about {right_digits} digits."
    return [], ""


def _second_question(case, reply):
    """(fits, a sentence) that only networks of another kind can show; all zeros are no evidence."""
    off_the_end = isinstance(reply.error, IndexError)
    if off_the_end or not (reply.trouble or np.all(np.isfinite(reply.answers))):
        padded = [fit for fit in _not_zero(case.ask("X[0] = X[T + 1] = 0")) if fit.size]
        if padded:
            return padded, "X_1 is the first input (X[0] is nan), and X_T is the last one."
    if case.layout == "matrix":
        square = _twice(case, "n_x = n_s", _not_zero(case.ask("n_x = n_s")))
        if square:
            if reply.error and any(fit.size for fit in square):  # these may be what stops it
                return square, "(With n_x = n_s = 3 it runs.)"
            fits = [replace(fit, also=("sizes-mixed", *fit.also)) for fit in square]
            return fits, "(Networks with n_x = n_s = 3 do not show it.)"
    linear = [fit for fit in _not_zero(case.ask("identity")) if fit.size and not _counts(reply)]
    return _twice(case, "identity", linear), SAID["for-tanh-besides"]


def _not_zero(reply):
    return reply.fits if not reply.trouble and np.any(reply.answers) else []


def _counts(reply):
    """What the numbers show if they are made of the true terms: how often each counts; else ""."""
    asked = reply.evidence
    w = None if reply.trouble or reply.turned else asked.path_weights(reply.answers)
    if w is None:
        return ""
    if not np.any(reply.answers):
        return "Your answer is zero everywhere."
    if np.ptp(w) < 1e-3:
        return f"Your answer is {_often(w[0], MULTIPLES, 'times the right one')}."
    by_path = list(zip(asked.paths, w, strict=True))
    if asked.at is None:  # which paths are not in the sum, if all others are in it once
        out = [f"from E_{t} to step {i}" for (t, i), n in by_path if n < 0.5]
        shown = out if len(out) < 6 else [*out[:4], f"and {len(out) - 4} more"]
        is_once = np.all(np.minimum(np.abs(w), np.abs(w - 1)) < 1e-3)
        return f"Not in your answer: the paths {', '.join(shown)}." if is_once else ""
    counted = [f"at step {i} {_often(n, TIMES, 'times')}" for (_, i), n in by_path]
    return f"Your answer counts the path that ends {', '.join(counted)}. Each belongs in once."


def _often(value, words, others):
    plain = f"{value:.2g}" if abs(value) < 0.1 else f"{round(value, 2) + 0.0:g}"
    return words.get(round(value, 3), f"{plain} {others}")


def _located(case, kind, reply):
    """The `Finding` on an answer without a name: where it begins to differ."""
    if not np.all(np.isfinite(reply.answers)):
        has_nan = np.any(np.isnan(reply.answers))
        return _nameless("unknown", SAID["not-finite" if has_nan else "infinite"])
    if reply.turned:
        shape = reply.evidence.shape
        return _nameless("shape", case.about_shape(shape, shape[::-1]))
    case.student.kept.clear()
    again = case.ask(kind)
    if again.trouble or np.any(again.answers != reply.answers):
        return _nameless("remembers", SAID["remembers"])
    if kind == "identity":
        wrong = "Not yet: right for g_1 = tanh, but not for g_1 = identity."
        return _nameless("any-slope", wrong, SAID["any-slope"])
    other = {"W_s": "W_x", "W_x": "W_s"}.get(case.weight)
    if kind == "tanh" and case.layout == "scalar" and other:
        if np.all(evidence(kind, case.layout, other, case.g_2).right(reply.answers)):
            return _nameless("unknown", f"Not yet: these are the numbers of ∂E/∂{other}.")
    if kind == "sum":
        one = "Not yet: one error alone is right, but the sum of all E_t (at=None) is not."
        return _nameless("sum", one, *filter(None, [_counts(reply)]))
    if kind == "any at":
        wrong = sorted({reply.evidence.questions[n].at for n in np.flatnonzero(~reply.right)})
        steps = ", ".join(map(str, wrong))
        line = f"Not yet: right for at = T = 4, but not for at = {steps} of T = 5."
        return _at(case.weight, wrong[0], line, " of T = 5")
    if counts := _counts(reply):
        again = _counts(case.ask(f"{kind} again"))  # another multiple, if that is what both are?
        is_other = again and "the path" not in counts + again and counts != again
        ladder = "counts" if "the path" in counts else "multiple"
        return _nameless(ladder, f"Not yet. {counts}", *[SAID["other-sizes"]] * bool(is_other))
    if case.layout == "matrix" and case.weight != "W_y":
        if 0 in [np.ptp(reply.answers, axis=axis).max().round(12) for axis in (1, 2)]:
            return _nameless("shape", SAID["not-outer"])
    lines, first = _first_difference(case, reply)
    ladder = "multiple" if SAID["multiples"] in lines else "unknown"
    told = "Not yet, and no well-known mistake alone explains it."
    return _nameless(ladder, told, *lines, at=first)


def _nameless(ladder, *lines, first=(), at=1):
    hints = (hint.replace("{first}", str(at)) for hint in (*first, *LADDERS[ladder]))
    return Finding(False, lines=lines, hints=tuple(hints))


def _at(weight, at, line, of=""):
    """The `Finding` on a function that is right for some errors only, not for that of step `at`."""
    terms = "which terms are left" if at < 3 else "how many terms does it have"
    ladder, ask = "at", f"{terms}, and with which Y do they begin"
    if weight == "W_y":
        ladder, ask = "at-of-W_y", "which S and which Y does it take"
    first = f"Try your function with at = {at}{of}: {ask}?"
    return _nameless(ladder, line, SAID["any-at"], first=[first])


@np.errstate(all="ignore")
def _first_difference(case, reply):
    """(sentences on where it begins to differ, the first `at` for which it does)."""
    a, b = (v.reshape(len(v), -1) for v in (reply.answers, reply.evidence.truth))
    if a[0].size > 1 and np.allclose((a * b).sum(1) ** 2, (a * a).sum(1) * (b * b).sum(1), 1e-8):
        return (SAID["multiples"],), 1
    tried = (1,) if case.weight == "W_y" else (1, 2)
    first = next((n for n in tried if not case.ask(f"E_{n}").right.all()), tried[-1] + 1)
    where = "even-E_1", "E_1-of-W_y" if case.weight == "W_y" else "E_1-only", "E_1-and-E_2"
    rounded = first == 1 and _remade(case.ask("E_1"))[1]
    lines = [SAID["E_1-rounded" if rounded else where[first - 1]]]
    if case.weight == "W_s" and np.all(case.ask("S_0 = 0").right):
        lines.append(SAID["S_0"])
    if np.all(case.ask("identity").right):
        lines.append(SAID["identity"])
    return tuple(lines), first

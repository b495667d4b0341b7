"""Wrong answers by the thousand, and a judge of what is said of them: on fresh networks.

Three families: random answers; two catalogued mistakes at once; right code with one random edit.
"""

import ast
import contextlib
import inspect
import io
import re
import textwrap

import numpy as np
from made_mistakes import EVERYWHERE, ONLY_W_S, RIGHT, changes_for, only, sum_of_products, written

from bptt_helpers import bptt, rnn
from bptt_course import checks
from bptt_course.checks.engine import evidence, mistakes
from bptt_course.checks.engine.guard import Student, numbers
from bptt_course.checks.engine.verdict import tried

# ---- The answers: functions (run, d, at), each with the weight whose gradient it should be -------


def random_answers(rng):
    """Wrong weights of the paths, slopes, first factors, multiples, and products of anything."""
    while True:
        weight = str(rng.choice(["W_s", "W_x"]))
        for make in (_paths, _slope, _multiple, _product):
            yield make(rng, weight), weight


def _paths(rng, weight):
    w = rng.choice([-1, 0, 0.5, 1, 2, 3], 8)
    from_the_end = rng.rand() < 0.5

    def answer(run, d, at):
        terms = evidence.path_terms(run, d, at, weight, evidence.Way())
        weights = w[: len(terms)][:: -1 if from_the_end else 1]
        return np.tensordot(weights, terms, 1)

    return answer


def _slope(rng, weight):
    a, b, c = rng.randint(-2, 3, 3)
    place = {"back": 1, "use": 1} if rng.rand() < 0.5 else {rng.choice(["back", "use"]): 1}
    way = evidence.Way(**dict.fromkeys(place, (lambda g, S, _: a + b * S + c * S * S, 0)))
    return lambda run, d, at: evidence.path_terms(run, d, at, weight, way).sum(axis=0)


def _multiple(rng, weight):
    size, shift = 10 ** rng.uniform(-4, 0, 2) * rng.choice([-1, 0, 1], 2)
    exponent = rng.choice([0, 1])

    def answer(run, d, at):
        gradient = getattr(bptt.backward(run, d, at), f"dE_d{weight}")
        by = np.sum(run.Y[at] - d) ** exponent
        return gradient * (1 + size * by) + shift * getattr(run.weights, weight)

    return answer


def _product(rng, weight):
    p, q = rng.randint(0, 3, 2)
    factor, shift = rng.uniform(-2, 2), rng.randint(0, 2)

    def answer(run, d, at):
        W, total = run.weights, 0
        for i in range(1, at + 1):
            operand = run.X[i] if weight == "W_x" else run.S[i - shift]
            on_a = np.dot(W.W_y.T, (run.Y[at] - d) * factor) * run.g_1.slope(run.S[i]) ** p
            for _ in range((at - i) * q // 2):
                on_a = np.dot(W.W_s.T, on_a)
            total = total + np.multiply.outer(on_a, operand)
        return total

    return answer


def pairs_of_mistakes(rng):
    """Two catalogued mistakes in one function; those that undo each other's line are left out."""
    names = [name for name in EVERYWHERE if name != "total-for-immediate"]
    while True:
        weight = str(rng.choice(["W_s", "W_x"]))
        changes = []
        for name in rng.choice(names, 2, replace=False):
            if name in ONLY_W_S and weight == "W_x":
                break
            ways = changes_for(name, weight)
            changes += ways[rng.randint(len(ways))]
        else:
            with contextlib.suppress(AssertionError, SyntaxError):
                yield only(written(*changes), weight), weight


def damaged(rng, sources):
    """Right code with one edit: an index, a sign, an operator, a number or a name, a line."""
    while True:
        source, name, weight = sources[rng.randint(len(sources))]
        tree = ast.parse(textwrap.dedent(source))
        edits = [edit for node in ast.walk(tree) for edit in _edits(node, rng)]
        edits[rng.randint(len(edits))]()
        names = {"np": np, "outer": np.multiply.outer, "bptt": bptt, "rnn": rnn}
        try:
            exec(compile(ast.fix_missing_locations(tree), "answer", "exec"), names)
        except SyntaxError:
            continue
        function = names[name]
        yield (only(function, weight) if name == "gradients" else function), weight


OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.MatMult)
ARRAYS = ("W_x", "W_s", "W_y", "S", "X", "Y", "a", "dE_dS", "dE_da", "dE_dV")


def _edits(node, rng):
    def put(where, field, value):
        return lambda: setattr(where, field, value)

    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield put(node, "value", node.value + int(rng.choice([-1, 1])))
    if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Tuple | ast.Slice):
        step = ast.Constant(int(rng.choice([-1, 1])))
        yield put(node, "slice", ast.BinOp(node.slice, ast.Add(), step))
    if isinstance(node, ast.BinOp):
        yield put(node, "op", OPERATORS[rng.randint(len(OPERATORS))]())
        yield put(node, "left", ast.UnaryOp(ast.USub(), node.left))
        yield put(node, "right", node.left)
    if isinstance(node, ast.Name) and node.id in ARRAYS and isinstance(node.ctx, ast.Load):
        yield put(node, "id", str(rng.choice(ARRAYS)))
    if isinstance(node, ast.Attribute) and node.attr in ("W_x", "W_s", "W_y", "S", "X", "Y", "a"):
        yield put(node, "attr", str(rng.choice(["W_x", "W_s", "W_y", "S", "X", "Y", "a"])))
    if isinstance(node, ast.Attribute) and node.attr == "T" and not _is(node.value, "run"):
        yield put(node, "attr", "real")
    for body in () if isinstance(node, ast.Module) else _blocks(node):
        for n, _ in enumerate(body):
            yield lambda body=body, n=n: body.__setitem__(n, ast.Pass())
            if n:
                yield lambda body=body, n=n: body.insert(n - 1, body.pop(n))


def _blocks(node):
    return [
        b for b in (getattr(node, "body", 0), getattr(node, "orelse", 0)) if isinstance(b, list)
    ]


def _is(node, name):
    return isinstance(node, ast.Name) and node.id == name


def sources(styles):
    """(code, name, weight) of right answers."""
    ours = [(RIGHT, "gradients", weight) for weight in ("W_s", "W_x", "W_s", "W_x")]
    return ours + [(inspect.getsource(f), f.__name__, "W_s") for f in (*styles, sum_of_products)]


# ---- The judge ----------------------------------------------------------------------------------


def judged(function, weight):
    """(verdict, fault): fault says what is false about the verdict, "" if nothing is."""
    tried.clear()
    with contextlib.redirect_stdout(io.StringIO()):
        verdict = checks.diagnose(function, weight)
    with np.errstate(all="ignore"):
        return verdict, _fault(verdict, function, weight)


def _fault(verdict, function, weight):
    said = verdict.message
    layout = "scalar" if "scalar" in said else "matrix"
    if verdict.ok:
        fresh = [network(layout, n, T=3 + n) for n in range(3)]
        asked = [(run, d[at - 1], at) for run, d in fresh for at in range(1, run.T + 1)]
        answers = Student(function, numbers).run(asked)
        return "" if _all_right(answers, asked, weight) else "right for wrong"
    certain = said.partition("give the mistake away:")[2].partition(mistakes.LIKE_THIS)[0]
    names = re.findall(r"\[([a-z][\w-]+)\]", certain.partition("(Tried")[0])
    if not names:
        return ""
    g_1 = "identity" if "That is so for g_1 = identity" in said else "tanh"
    n_x = 4 if "n_x = n_s = 3" in said else 5
    fresh = [network(layout, n, T=5, g_1=g_1, n_x=n_x) for n in range(4)]
    if "X[0] is nan" in said:
        return ""  # it stops with an error on all others
    asked = [(run, d[-1], run.T) for run, d in fresh]
    answers = Student(function, numbers).run(asked)
    if len(answers) < len(asked):
        return "an error on fresh networks"
    return "" if _explained(answers, asked, weight, names, verdict.mistakes) else "false name"


def network(layout, seed, T, g_1="tanh", n_x=5):
    rng = np.random.RandomState(4000 + seed)
    n_s = 1 if layout == "scalar" else 4

    def draw(*shape):
        return rng.uniform(0.4, 1.2, shape) * rng.choice([-1, 1], shape)

    if layout == "scalar":
        W, S_0, X, d = [draw()[()] for _ in range(3)], draw()[()], draw(T), 3 * draw(T)
    else:
        W = [draw(n_s, n_x) / n_x**0.5, draw(n_s, n_s) / 2, draw(1, n_s)]
        S_0, X, d = draw(n_s), draw(T, n_x), 3 * draw(T, 1)
    return rnn.forward(X, S_0, rnn.Weights(*W), g_1), d


def _all_right(answers, asked, weight):
    true = [getattr(bptt.backward(*one), f"dE_d{weight}") for one in asked]
    return len(answers) == len(asked) and all(
        np.allclose(a, t, rtol=1e-4, atol=1e-4) for a, t in zip(answers, true, strict=True)
    )


def _explained(answers, asked, weight, names, all_names):
    """Whether one of the formulas of these names gives the answers, with the counts of the rest."""
    if "transposed-answer" in names:
        answers = [answer.T for answer in answers]
    true = [getattr(bptt.backward(*one), f"dE_d{weight}") for one in asked]
    if "clipped" in names:
        c = max(np.abs(answer).max() for answer in answers)
        by_value = all(
            np.allclose(a, np.clip(t, -c, c)) for a, t in zip(answers, true, strict=True)
        )
        parallel = all(abs(_cosine(a, t) - 1) < 1e-6 for a, t in zip(answers, true, strict=True))
        return by_value or parallel
    if "updated-weight" in names:
        changes = [
            a - getattr(one[0].weights, weight) for a, one in zip(answers, asked, strict=True)
        ]
        return all(abs(abs(_cosine(a, t)) - 1) < 1e-6 for a, t in zip(changes, true, strict=True))
    wanted = set(names) - {"transposed-answer", "sizes-mixed"}
    offered = set(all_names) - set(names)
    if not np.any(answers):
        return "loop-never-runs" in offered and answers[0].shape == true[0].shape
    for way in evidence.WAYS:
        if set(way.names) != wanted:
            continue
        with contextlib.suppress(ValueError):
            terms = [evidence.path_terms(*one, weight, way) for one in asked]
            columns = np.concatenate([t.reshape(len(t), -1).T for t in terms])
            wrong = np.concatenate([answer.ravel() for answer in answers])
            if np.all(np.isfinite(columns)) and _counted(columns, wrong, offered, asked[0][2]):
                return True
    return False


def _counted(columns, wrong, offered, at):
    size = 1e-4 * max(1, np.abs(wrong).max())
    for names, count in evidence.COUNTS:
        for scale, more in evidence.SCALES.items():
            fits = not names or offered & set(names)
            if fits and set(more) <= offered:
                w = [scale * float(count(at, i, at)) for i in range(1, at + 1)]
                if np.all(np.abs(columns @ w - wrong) < size):
                    return True
    return False


def _cosine(a, b):
    return np.sum(a * b) / np.sqrt(np.sum(a * a) * np.sum(b * b))

"""What is found in a reader's forward pass (notebook 01): one step, and the loop over the steps.

Both functions return a `diagnosis.Finding` and print nothing; `checks` does the talking. None of
the catalogued mistakes is about the forward pass, so that a wrong one is explained in words alone.
"""

import numpy as np

from bptt_helpers import rnn
from bptt_helpers.checks.diagnosis import Finding, in_words
from bptt_helpers.checks.evidence import CLOSE
from bptt_helpers.checks.guard import NotAttempted, NotUsable, numbers

STEP_HINTS = (
    "Two things meet in a step: the input and the memory. Each comes with its own weight.",
    "First the pre-activation, the sum W_x X_t + W_s S_{t-1}; then g_1 of it.",
    "Take W_x = 1, W_s = 0.5, X_t = 3, S_{t-1} = 2, g_1 = identity and follow your line by hand.",
)
WRONG_STEPS = (
    ("g_1 is not applied", lambda W_x, W_s, X, S, g: W_x * X + W_s * S),
    ("tanh is typed in where g_1 belongs", lambda W_x, W_s, X, S, g: np.tanh(W_x * X + W_s * S)),
    ("W_x and W_s have changed places", lambda W_x, W_s, X, S, g: g(W_s * X + W_x * S)),
    ("the state before, S_{t-1}, is left out", lambda W_x, W_s, X, S, g: g(W_x * X)),
    ("the input X_t is left out", lambda W_x, W_s, X, S, g: g(W_s * S)),
    ("S_{t-1} has lost its weight W_s", lambda W_x, W_s, X, S, g: g(W_x * X + S)),
    ("X_t has lost its weight W_x", lambda W_x, W_s, X, S, g: g(X + W_s * S)),
    ("g_1 goes round the whole sum, once", lambda W_x, W_s, X, S, g: g(W_x * X) + g(W_s * S)),
    ("only W_x X_t is inside g_1", lambda W_x, W_s, X, S, g: g(W_x * X) + W_s * S),
    ("W_s S_{t-1} is subtracted, not added", lambda W_x, W_s, X, S, g: g(W_x * X - W_s * S)),
)


def one_step(student):
    """The finding on  step(W_x, W_s, X_t, S_before, g_1) = g_1(W_x X_t + W_s S_{t-1})."""
    rng = np.random.RandomState(1)
    calls = [(*_away_from_zero(rng, 4), g) for g in 6 * (rnn.TANH, rnn.IDENTITY)]
    got = student.run(calls)
    if student.error:
        return in_words(student)
    if any(S_t.size != 1 for S_t in got):
        return _wrong("in a scalar network S_t is one number", STEP_HINTS)

    def same(formula):
        return all(_close(S_t, formula(*call)) for S_t, call in zip(got, calls, strict=True))

    if same(lambda W_x, W_s, X, S, g: g(W_x * X + W_s * S)):
        return Finding(True, lines=("S_t, on 12 random scalar networks", _vectors(student)))
    words = (words for words, formula in WRONG_STEPS if same(formula))
    return _wrong(next(words, "S_t differs from g_1(W_x X_t + W_s S_{t-1})"), STEP_HINTS)


def _vectors(student):
    """Whether the reader's line, right for numbers, serves vectors as it stands."""
    rng = np.random.RandomState(2)
    W_x, W_s, X, S = (_away_from_zero(rng, *shape) for shape in ((3, 2), (3, 3), (2,), (3,)))
    got = student.run([(W_x, W_s, X, S, rnn.TANH)])
    if got and got[0].shape == (3,) and _close(got[0], np.tanh(W_x @ X + W_s @ S)):
        return "The same line serves vectors."
    return "(With np.dot(W, ...) in place of W * ..., the same line will serve vectors.)"


LOOP_HINTS = (
    "What does step 2 need from step 1?",
    "At each turn: the new state from X_t and the state that was made last; then Y_t from it.",
    "S[-1] is the last state of the list. Append the new one to S, then Y_t = g_2(W_y S_t) to Y.",
)


def forward_pass(student):
    """The finding on  my_forward(X, S_0, W_x, W_s, W_y, g_1, g_2), which returns S and Y."""
    rng = np.random.RandomState(3)
    calls = []
    for n, T in enumerate((3, 3, 1, 2, 5, 4)):
        X, (S_0, W_x, W_s, W_y) = _away_from_zero(rng, T), _away_from_zero(rng, 4)
        X.flags.writeable = False
        g_1, g_2 = ((rnn.TANH, rnn.IDENTITY), (rnn.IDENTITY, rnn.TANH))[n % 2]
        calls.append((X, S_0, W_x, W_s, W_y, g_1, g_2))
    got = student.run(calls)
    if student.error:
        return in_words(student)
    for (S, Y), (X, *_) in zip(got, calls, strict=True):
        T = len(X)
        if len(S) != T + 1:
            return _wrong(f"S should hold S_0 to S_{T}, {T + 1} states, got {len(S)}", LOOP_HINTS)
        if len(Y) != T:
            words = f"Y should hold Y[0], not used, and Y_1 to Y_{T}: {T + 1} entries"
            return _wrong(f"{words}, got {len(Y) + 1}", LOOP_HINTS)

    def same(state, output):
        return all(
            _close(S, true_S) and _close(Y, true_Y)
            for (S, Y), call in zip(got, calls, strict=True)
            for true_S, true_Y in [_loop(*call, state, output)]
        )

    if same(_state, _output):
        return Finding(True, lines=("all S_t and Y_t are right, for T = 1 to 5",))
    known = [words for words, state, output in WRONG_LOOPS if same(state, output)]
    return _wrong(": ".join([_first_difference(got, calls), *known[:1]]), LOOP_HINTS)


def _first_difference(got, calls):
    """The first of S_0, S_1, Y_1, S_2, ... that is not what it should be."""
    for (S, Y), call in zip(got, calls, strict=True):
        true_S, true_Y = _loop(*call, _state, _output)
        for t in range(len(S)):
            if not _close(S[t], true_S[t]):
                return f"S_{t} is the first that differs (T = {len(Y)})"
            if t > 0 and not _close(Y[t - 1], true_Y[t - 1]):
                return f"Y_{t} is the first that differs (T = {len(Y)})"
    return ""


def _state(X_t, S, W_x, W_s, g_1):
    return g_1(W_x * X_t + W_s * S[-1])


def _output(S, W_y, g_2):
    return g_2(W_y * S[-1])


def _loop(X, S_0, W_x, W_s, W_y, g_1, g_2, state, output):
    S, Y = [S_0], []
    for X_t in X:
        S.append(state(X_t, S, W_x, W_s, g_1))
        Y.append(output(S, W_y, g_2))
    return S, Y


WRONG_LOOPS = (
    (
        "every step starts from S_0 again",
        lambda X, S, W_x, W_s, g: g(W_x * X + W_s * S[0]),
        _output,
    ),
    ("g_1 is not applied", lambda X, S, W_x, W_s, g: W_x * X + W_s * S[-1], _output),
    ("W_x and W_s are swapped", lambda X, S, W_x, W_s, g: g(W_s * X + W_x * S[-1]), _output),
    ("g_2 is not applied", _state, lambda S, W_y, g: W_y * S[-1]),
    ("Y_t is made from S_{t-1}", _state, lambda S, W_y, g: g(W_y * S[-2])),
    ("S_t has lost its weight W_y", _state, lambda S, W_y, g: g(S[-1])),
)


def states_and_outputs(returned):
    """(S, Y without its unused first entry) as arrays, from what my_forward has returned."""
    if returned is None or returned is ...:
        raise NotAttempted
    try:
        S, Y = (returned.S, returned.Y) if hasattr(returned, "S") else returned
        S, Y = [*S], [*Y]
    except (TypeError, ValueError):
        raise NotUsable("expected two lists, S and Y, as in `return S, Y`") from None
    if len(S) <= 1 and len(Y) <= 1:
        raise NotAttempted
    return numbers(S).reshape(len(S), -1)[:, 0], np.array([float(numbers(y)) for y in Y[1:]])


def _wrong(words, hints):
    return Finding(False, lines=(f"Not yet: {words}.",), hints=hints)


def _away_from_zero(rng, *shape):
    return rng.uniform(0.4, 1.6, shape) * rng.choice([-1, 1], shape)


def _close(value, expected):
    """Equal up to float32's rounding, entry by entry."""
    return bool(np.allclose(value, expected, rtol=CLOSE, atol=CLOSE))

"""What is found in a reader's forward pass (notebook 01): one step, and the loop over the steps.

Both functions return a `diagnosis.Finding` and print nothing; `checks` does the talking. None of
the catalogued mistakes is about the forward pass, so that a wrong one is explained in words alone.
"""

import numpy as np

from bptt_helpers import rnn
from bptt_course.checks.engine.evidence import CLOSE
from bptt_course.checks.engine.finding import NOT_ATTEMPTED, Finding, in_words
from bptt_course.checks.engine.guard import NotAttempted, NotUsable, Student, numbers
from bptt_course.checks.engine.verdict import verdict_on_function


def one_step(step, hint=False):
    """01-A: `step(W_x, W_s, X_t, S_before, g_1)` returns g_1(W_x X_t + W_s S_{t-1})."""
    student = Student(step, numbers)
    return verdict_on_function("01-A", student, _one_step, hint, STEP_HINTS)


def forward_pass(my_forward, hint=False):
    """01-B: `my_forward(X, S_0, W_x, W_s, W_y, g_1, g_2)` returns the lists S and Y."""
    student = Student(my_forward, _states_and_outputs)
    return verdict_on_function("01-B", student, _forward_pass, hint, LOOP_HINTS)


STEP_HINTS = (
    "Two things meet in a step: the input and the memory. Each comes with its own weight.",
    "First the pre-activation, the sum W_x X_t + W_s S_{t-1}; then g_1 of it.",
    "Take W_x = 3, W_s = 0.5, X_t = 4, S_{t-1} = 2, g_1 = identity and follow your line by hand: "
    "is it 3 · 4 + 0.5 · 2?",
)
ROUND_THE_SUM = (
    "First the sum W_x X_t + W_s S_{t-1}, all of it; then g_1 of this sum, once.",
    "Try np.tanh as g_1, with W_x = 3, W_s = 0.5, X_t = 4, S_{t-1} = 2. A tanh never passes 1. "
    "Does your S_t?",
)
NO_TANH = (
    "Does your line answer when another activation comes in?",
    "{g} is handed to your function. Where in your code is it called?",
    "Call {g}(...) where np.tanh(...) stands: with tanh as {g} the number stays the same.",
)
# What is wrong, the wrong formula, and hints of its own in place of the first of STEP_HINTS.
WRONG_STEPS = (
    (
        "g_1 is not applied",
        lambda W_x, W_s, X, S, g: W_x * X + W_s * S,
        ("What your line gives is the pre-activation a_t. What makes S_t of it?", *ROUND_THE_SUM),
    ),
    (
        "tanh is typed in where g_1 belongs",
        lambda W_x, W_s, X, S, g: np.tanh(W_x * X + W_s * S),
        tuple(words.format(g="g_1") for words in NO_TANH),
    ),
    (
        "W_x and W_s have changed places",
        lambda W_x, W_s, X, S, g: g(W_s * X + W_x * S),
        ("The x of W_x says what it belongs to. And the s of W_s?",),
    ),
    (
        "the state before, S_{t-1}, is left out",
        lambda W_x, W_s, X, S, g: g(W_x * X),
        ("What does the network remember, and where does that stand in your line?",),
    ),
    (
        "the input X_t is left out",
        lambda W_x, W_s, X, S, g: g(W_s * S),
        ("By which way does the rain of the day come into your line?",),
    ),
    (
        "S_{t-1} has lost its weight W_s",
        lambda W_x, W_s, X, S, g: g(W_x * X + S),
        ("The input comes with its weight. And the memory?",),
    ),
    (
        "X_t has lost its weight W_x",
        lambda W_x, W_s, X, S, g: g(X + W_s * S),
        ("The memory comes with its weight. And the input?",),
    ),
    (
        "g_1 goes round the whole sum, once",
        lambda W_x, W_s, X, S, g: g(W_x * X) + g(W_s * S),
        (
            "For tanh, g_1(p) + g_1(q) is another number than g_1(p + q). Which of them has the "
            "equation?",
            *ROUND_THE_SUM,
        ),
    ),
    (
        "only W_x X_t is inside g_1",
        lambda W_x, W_s, X, S, g: g(W_x * X) + W_s * S,
        ("Where does the bracket of g_1 close in the equation, and where in your line?",)
        + ROUND_THE_SUM,
    ),
    (
        "W_s S_{t-1} is subtracted, not added",
        lambda W_x, W_s, X, S, g: g(W_x * X - W_s * S),
        ("Which sign stands between the input's share and the memory's?",),
    ),
)


def _one_step(student):
    """The finding on  step(W_x, W_s, X_t, S_before, g_1) = g_1(W_x X_t + W_s S_{t-1})."""
    rng = np.random.RandomState(1)
    calls = [(*_away_from_zero(rng, 4), g) for g in 6 * (rnn.TANH, rnn.IDENTITY)]
    got = student.run(calls)
    if student.error:
        return in_words(student, STEP_HINTS)
    if any(S_t.size != 1 for S_t in got):
        return _wrong("in a scalar network S_t is one number", STEP_HINTS)

    def same(formula):
        return all(_close(S_t, formula(*call)) for S_t, call in zip(got, calls, strict=True))

    if same(lambda W_x, W_s, X, S, g: g(W_x * X + W_s * S)):
        return Finding(True, lines=("S_t, on 12 random scalar networks", _vectors(student)))
    for words, formula, hints in WRONG_STEPS:
        if same(formula):
            return _wrong(words, hints + STEP_HINTS[len(hints) :])
    return _wrong("S_t differs from g_1(W_x X_t + W_s S_{t-1})", STEP_HINTS)


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
RETURN_HINTS = (
    "What does the last line of your function return? Wanted are two lists, of all states and of "
    "all outputs.",
    "Begin with S = [S_0] and Y = [None], and append to both at each turn of the loop.",
    "End with `return S, Y`, after the loop and outside of it.",
)
OUTPUT_HINTS = (
    "The states are right. What does Y_t need from its step?",
    "At each turn, once S_t is in the list: Y_t = g_2(W_y S_t), appended to Y.",
    "Y begins with one entry that is not used, Y[0]. The first turn of the loop adds Y_1.",
)


def _forward_pass(student):
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
        return in_words(student, RETURN_HINTS)
    if all(len(S) <= 1 and len(Y) == 0 for S, Y in got):
        return Finding(False, lines=(NOT_ATTEMPTED,), attempted=False)
    for (S, Y), (X, *_) in zip(got, calls, strict=True):
        T = len(X)
        if len(S) != T + 1:
            return _wrong_length(f"S should hold S_0 to S_{T}, {T + 1} states", S, got, calls)
        if len(Y) != T:
            words = f"Y should hold Y[0], not used, and Y_1 to Y_{T}: {T + 1} entries"
            return _wrong(f"{words}, got {len(Y) + 1}", OUTPUT_HINTS)

    def same(n, state=_state, output=_output):
        return all(
            _close(pair[n], _loop(*call, state, output)[n])
            for pair, call in zip(got, calls, strict=True)
        )

    if same(0) and same(1):
        return Finding(True, lines=("all S_t and Y_t are right, for T = 1 to 5",))
    if not same(0):
        where, hints = _first_difference(0, got, calls), LOOP_HINTS
        known = [(words, own) for words, state, own in WRONG_STATES if same(0, state)]
    else:
        where, hints = _first_difference(1, got, calls), OUTPUT_HINTS
        known = [(words, own) for words, output, own in WRONG_OUTPUTS if same(1, output=output)]
    for words, own in known[:1]:
        return _wrong(f"{where}: {words}", own + hints[len(own) :])
    return _wrong(where, hints)


def _wrong_length(words, S, got, calls):
    """The finding on too few or too many states, named if they are those of fewer inputs."""
    line = f"Not yet: {words}, got {len(S)}."
    for what, part, hints in WRONG_LENGTHS:
        states = [_loop(call[0][part], *call[1:], _state, _output)[0] for call in calls]
        if all(_same_length(S, true_S) for (S, _), true_S in zip(got, states, strict=True)):
            return Finding(False, lines=(line, what), hints=hints)
    return Finding(False, lines=(line,), hints=LOOP_HINTS)


def _same_length(S, true_S):
    return len(S) == len(true_S) and _close(S, true_S)


def _first_difference(n, got, calls):
    """The first of the states (n = 0) or of the outputs (n = 1) that is not what it should be."""
    name, kind = (("S", "state"), ("Y", "output"))[n]
    for pair, call in zip(got, calls, strict=True):
        true = _loop(*call, _state, _output)[n]
        for t, (value, expected) in enumerate(zip(pair[n], true, strict=True), start=n):
            if not _close(value, expected):
                return f"{name}_{t} is the first {kind} that differs (T = {len(call[0])})"
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


WRONG_STATES = (
    (
        "every step starts from S_0 again",
        lambda X, S, W_x, W_s, g: g(W_x * X + W_s * S[0]),
        (),
    ),
    (
        "the state before is one step too old",
        lambda X, S, W_x, W_s, g: g(W_x * X + W_s * S[max(len(S) - 2, 0)]),
        ("If your t counts from 0, X[t] is X_{t+1}. Which entry of S was made last then?",),
    ),
    *(
        (
            words,
            lambda X, S, W_x, W_s, g, step=step: step(W_x, W_s, X, S[-1], g),
            hints + STEP_HINTS[len(hints) :],
        )
        for words, step, hints in WRONG_STEPS
    ),
)
WRONG_OUTPUTS = (
    (
        "g_2 is not applied",
        lambda S, W_y, g: W_y * S[-1],
        (
            "W_y S_t is what stands inside g_2. What makes Y_t of it?",
            "An output that is not g_2 of something never hears of g_2. Where is g_2 in your code?",
            "Put g_2(...) round the product that you append to Y.",
        ),
    ),
    (
        "tanh is typed in where g_2 belongs",
        lambda S, W_y, g: np.tanh(W_y * S[-1]),
        tuple(words.format(g="g_2") for words in NO_TANH),
    ),
    (
        "Y_t is made from S_{t-1}",
        lambda S, W_y, g: g(W_y * S[-2]),
        ("Which state does the output of step t see: the one before the step, or the new one?",),
    ),
    (
        "S_t has lost its weight W_y",
        lambda S, W_y, g: g(S[-1]),
        ("Three weights are handed to your function. Where is the third?",),
    ),
)
WRONG_LENGTHS = (
    (
        "X holds X_1 first: X[0] is X_1. Does your loop skip it?",
        slice(1, None),
        (
            "At which index of X does your loop begin?",
            "There are as many turns as inputs, len(X). How many turns does your loop make?",
            "`for X_t in X:` takes all inputs in order, and needs no index at all.",
        ),
    ),
    (
        "Your loop ends one step early: the last input is left out.",
        slice(None, -1),
        (
            "Which entry of X does the last turn of your loop take?",
            "There are as many turns as inputs, len(X). How many turns does your loop make?",
            "`for X_t in X:` takes all inputs in order, and needs no index at all.",
        ),
    ),
)


def _states_and_outputs(returned):
    """(S, Y without its unused first entry) as arrays, from what my_forward has returned."""
    if returned is None or returned is ...:
        raise NotAttempted
    try:
        S, Y = (returned.S, returned.Y) if hasattr(returned, "S") else returned
        S, Y = [*S], [*Y]
    except (TypeError, ValueError):
        raise NotUsable("expected two lists, S and Y, as in `return S, Y`") from None
    states = numbers(S).reshape(len(S), -1)[:, 0] if S else np.zeros(0)
    return states, np.array([float(numbers(y)) for y in Y[1:]])


def _wrong(words, hints):
    return Finding(False, lines=(f"Not yet: {words}.",), hints=hints)


def _away_from_zero(rng, *shape):
    return rng.uniform(0.4, 1.6, shape) * rng.choice([-1, 1], shape)


def _close(value, expected):
    """Equal up to float32's rounding, entry by entry."""
    return bool(np.allclose(value, expected, rtol=CLOSE, atol=CLOSE))

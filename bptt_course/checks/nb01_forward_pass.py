"""The checks of notebook 01: one step, and the loop over the steps.

None of the catalogued mistakes is about the forward pass, so that a wrong one is explained in words
alone.
"""

import numpy as np

from bptt_helpers import rnn
from bptt_course.checks.engine.compare import Formula, close, table
from bptt_course.checks.engine.guard import NotAttempted, NotUsable, numbers


def one_step(step, hint=False):
    """01-A: `step(W_x, W_s, X_t, S_before, g_1)` returns g_1(W_x X_t + W_s S_{t-1})."""
    return STEP.verdict("01-A", step, hint)


def forward_pass(my_forward, hint=False):
    """01-B: `my_forward(X, S_0, W_x, W_s, W_y, g_1, g_2)` returns the lists S and Y."""
    return LOOP.verdict("01-B", my_forward, hint)


# ---- 01-A: one step ------------------------------------------------------------------------------

STEP_HINTS = (
    "Two things meet in a step: the input and the memory. Each comes with its own weight.",
    "First the sum W_x X_t + W_s S_{t-1}, all of it; then g_1 of it.",
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
WRONG_STEPS = table(
    "g_1 is not applied",
    lambda W_x, W_s, X, S, g: W_x * X + W_s * S,
    "What your line gives is the sum W_x X_t + W_s S_{t-1}. What makes S_t of it?",
    *ROUND_THE_SUM,
    "tanh is typed in where g_1 belongs",
    lambda W_x, W_s, X, S, g: np.tanh(W_x * X + W_s * S),
    *(words.format(g="g_1") for words in NO_TANH),
    "W_x and W_s have changed places",
    lambda W_x, W_s, X, S, g: g(W_s * X + W_x * S),
    "The x of W_x says what it belongs to. And the s of W_s?",
    "the state before, S_{t-1}, is left out",
    lambda W_x, W_s, X, S, g: g(W_x * X),
    "What does the network remember, and where does that stand in your line?",
    "the input X_t is left out",
    lambda W_x, W_s, X, S, g: g(W_s * S),
    "By which way does the rain of the day come into your line?",
    "W_s is missing in front of S_{t-1}",
    lambda W_x, W_s, X, S, g: g(W_x * X + S),
    "The input comes with its weight. And the memory?",
    "W_x is missing in front of X_t",
    lambda W_x, W_s, X, S, g: g(X + W_s * S),
    "The memory comes with its weight. And the input?",
    "g_1 goes round the whole sum, once",
    lambda W_x, W_s, X, S, g: g(W_x * X) + g(W_s * S),
    "For tanh, g_1(p) + g_1(q) is another number than g_1(p + q). Which of them has the equation?",
    *ROUND_THE_SUM,
    "only W_x X_t is inside g_1",
    lambda W_x, W_s, X, S, g: g(W_x * X) + W_s * S,
    "Where does the bracket of g_1 close in the equation, and where in your line?",
    *ROUND_THE_SUM,
    "numbers are typed in where the weights W_x and W_s belong",
    lambda W_x, W_s, X, S, g: g(X + 0.5 * S),
    "The weights are handed to your function. Where in your line are they?",
    "W_s S_{t-1} is subtracted, not added",
    lambda W_x, W_s, X, S, g: g(W_x * X - W_s * S),
    "Which sign stands between the input's share and the memory's?",
)


def _step_cases():
    rng = np.random.RandomState(1)
    return [(*_away_from_zero(rng, 4), g) for g in 6 * (rnn.TANH, rnn.IDENTITY)]


def _away_from_zero(rng, *shape):
    return rng.uniform(0.4, 1.6, shape) * rng.choice([-1, 1], shape)


def _step(W_x, W_s, X, S, g):
    return g(W_x * X + W_s * S)


def _step_differs(answer, *_):
    if answer.size != 1:
        return "in a scalar network S_t is one number"
    return "S_t differs from g_1(W_x X_t + W_s S_{t-1})"


def _serves_vectors(student):
    """Whether the reader's line, right for numbers, serves vectors as it stands."""
    rng = np.random.RandomState(2)
    W_x, W_s, X, S = (_away_from_zero(rng, *shape) for shape in ((3, 2), (3, 3), (2,), (3,)))
    true = np.tanh(W_x @ X + W_s @ S)
    got = student.run([(W_x, W_s, X, S, rnn.TANH)])
    if got and close(got[0], true):
        return ("The same line serves vectors.",)
    return ("(With np.dot(W, ...) in place of W * ..., the same line will serve vectors.)",)


STEP = Formula(_step_cases, _step, WRONG_STEPS, _step_differs, STEP_HINTS, more=_serves_vectors)


# ---- 01-B: the loop over the steps ---------------------------------------------------------------

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


def _from_the_last(step):
    """The step from the state that was made last."""
    return lambda W_x, W_s, X, S, g: step(W_x, W_s, X, S[-1], g)


WRONG_STATES = (
    ("every step starts from S_0 again", lambda W_x, W_s, X, S, g: g(W_x * X + W_s * S[0])),
    (
        "the state before is one step too old",
        lambda W_x, W_s, X, S, g: g(W_x * X + W_s * S[max(len(S) - 2, 0)]),
        "If your t counts from 0, X[t] is X_{t+1}. Which entry of S was made last then?",
    ),
    *(
        (what, _from_the_last(step), *own, *STEP_HINTS[len(own) :])
        for what, step, *own in WRONG_STEPS
    ),
)
WRONG_OUTPUTS = table(
    "g_2 is not applied",
    lambda S, W_y, g: W_y * S[-1],
    "W_y S_t is what stands inside g_2. What makes Y_t of it?",
    "The output does not use g_2. Where is g_2 in your code?",
    "Put g_2(...) round the product that you append to Y.",
    "tanh is typed in where g_2 belongs",
    lambda S, W_y, g: np.tanh(W_y * S[-1]),
    *(words.format(g="g_2") for words in NO_TANH),
    "Y_t is made from S_{t-1}",
    lambda S, W_y, g: g(W_y * S[-2]),
    "Which state does the output of step t see: the one before the step, or the new one?",
    "W_y is missing in front of S_t",
    lambda S, W_y, g: g(S[-1]),
    "Three weights are handed to your function. Where is the third?",
)
EVERY_INPUT = (
    "There are as many turns as inputs, len(X). How many turns does your loop make?",
    "`for X_t in X:` takes all inputs in order, and needs no index at all.",
)
WRONG_LENGTHS = table(
    "your loop skips the first input, X_1, which is X[0]",
    lambda X: X[1:],
    "At which index of X does your loop begin?",
    *EVERY_INPUT,
    "one turn only: does the `return` stand inside the loop?",
    lambda X: X[:1],
    "How far is your `return` indented, and how far the lines of the loop?",
    *EVERY_INPUT,
    "your loop ends one step early, so that the last input is left out",
    lambda X: X[:-1],
    "Which entry of X does the last turn of your loop take?",
    *EVERY_INPUT,
)
ONE_OF_TWO = ("g_1 makes the states, g_2 the outputs: where in your code does each of them stand?",)


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


def _loop_cases():
    rng = np.random.RandomState(3)
    gs = 3 * ((rnn.TANH, rnn.IDENTITY), (rnn.IDENTITY, rnn.TANH))
    return [
        (_away_from_zero(rng, T), *_away_from_zero(rng, 4), *g)
        for T, g in zip((3, 3, 1, 2, 5, 4), gs, strict=True)
    ]


_state = _from_the_last(_step)


def _output(S, W_y, g_2):
    return g_2(W_y * S[-1])


def _loop(X, S_0, W_x, W_s, W_y, g_1, g_2, state=_state, output=_output):
    S, Y = [S_0], []
    for X_t in X:
        S.append(state(W_x, W_s, X_t, S, g_1))
        Y.append(output(S, W_y, g_2))
    return np.array(S), np.array(Y)


def _wrong_loops():
    """Each with nan for the outputs where the states are wrong: then any outputs will do."""
    for what, part, *own in WRONG_LENGTHS:
        yield what, lambda X, *rest, part=part: (_loop(part(X), *rest)[0], np.nan), *own
    for what, state, *own in WRONG_STATES:
        yield what, lambda *case, state=state: (_loop(*case, state)[0], np.nan), *own
    for what, output, *own in WRONG_OUTPUTS:
        own += OUTPUT_HINTS[len(own) :]
        yield what, lambda *case, output=output: _loop(*case, output=output), *own
    swapped = {"g_1 stands where g_2 belongs": 0, "g_2 stands where g_1 belongs": 1}
    for what, n in swapped.items():
        yield what, lambda *case, n=n: _loop(*case[:5], case[5 + n], case[5 + n]), *ONE_OF_TWO
    yield "all states are right", lambda *case: (_loop(*case)[0], np.nan), *OUTPUT_HINTS


WRONG_LOOPS = tuple(_wrong_loops())


def _loop_differs(answer, true, X, *_):
    """The first of the states, or else of the outputs, that is not what it should be."""
    T, (S, Y) = len(X), answer
    if len(S) == len(Y) + 1 == T + 1 and close(S[1:], true[1]) and close(Y, true[0][1:]):
        return "S and Y have changed places: `return S, Y`"
    if len(S) <= 1 and len(Y) == 0 and T > 1:
        return None
    if len(S) != T + 1:
        return f"S should hold S_0 to S_{T}, {T + 1} states, got {len(S)}"
    if len(Y) != T and close(S, true[0]):
        words = f"Y should hold Y[0], not used, and Y_1 to Y_{T}: {T + 1} entries"
        return f"{words}, got {len(Y) + 1}"
    for n, (name, kind) in enumerate((("S", "state"), ("Y", "output"))):
        for t, (value, expected) in enumerate(zip(answer[n], true[n], strict=n == 0), start=n):
            if not close(value, expected):
                return f"{name}_{t} is the first {kind} that differs (T = {T})"


LOOP = Formula(
    _loop_cases,
    _loop,
    WRONG_LOOPS,
    _loop_differs,
    LOOP_HINTS,
    read=_states_and_outputs,
    read_hints=RETURN_HINTS,
    placed=True,
)

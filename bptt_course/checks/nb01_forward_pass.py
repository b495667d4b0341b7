"""The checks of notebook 01: one step, and the loop over the steps."""

import numpy as np

from bptt_helpers import rnn
from bptt_course.checks.engine.compare import Formula, close
from bptt_course.checks.engine.guard import NotUsable, attempted, numbers, one_number
from bptt_course.checks.engine.wording import read

_LOOP = ("inputs", "lists", "states", "outputs", "returned")
_step_words, _loop_words, _inputs, _lists, _states, _outputs, _returned = read(
    "nb01_forward_pass", "01-A", "01-B", *(f"01-B, {name}" for name in _LOOP)
)


def one_step(step, hint=False):
    """01-A: `step(W_x, W_s, X_t, S_before, g_1)` returns g_1(W_x X_t + W_s S_{t-1})."""
    return STEP.verdict("01-A", step, hint)


def forward_pass(my_forward, hint=False):
    """01-B: `my_forward(X, S_0, W_x, W_s, W_y, g_1, g_2)` returns the lists S and Y."""
    return LOOP.verdict("01-B", my_forward, hint)


WRONG_STEPS = _step_words.beside(
    g_1_not_applied=lambda W_x, W_s, X, S, g: W_x * X + W_s * S,
    tanh_for_g_1=lambda W_x, W_s, X, S, g: np.tanh(W_x * X + W_s * S),
    weights_swapped=lambda W_x, W_s, X, S, g: g(W_s * X + W_x * S),
    memory_left_out=lambda W_x, W_s, X, S, g: g(W_x * X),
    input_left_out=lambda W_x, W_s, X, S, g: g(W_s * S),
    W_s_missing=lambda W_x, W_s, X, S, g: g(W_x * X + S),
    W_x_missing=lambda W_x, W_s, X, S, g: g(X + W_s * S),
    g_1_of_each_part=lambda W_x, W_s, X, S, g: g(W_x * X) + g(W_s * S),
    g_1_of_the_input_only=lambda W_x, W_s, X, S, g: g(W_x * X) + W_s * S,
    g_1_of_the_memory_only=lambda W_x, W_s, X, S, g: W_x * X + g(W_s * S),
    g_1_twice=lambda W_x, W_s, X, S, g: g(g(W_x * X + W_s * S)),
    numbers_typed_in=lambda W_x, W_s, X, S, g: g(X + 0.5 * S),
    memory_subtracted=lambda W_x, W_s, X, S, g: g(W_x * X - W_s * S),
)


def _step(W_x, W_s, X, S, g):
    return g(W_x * X + W_s * S)


def _step_cases():
    rng = np.random.RandomState(1)
    return [(*_away_from_zero(rng, 4), g) for g in 6 * (rnn.TANH, rnn.IDENTITY)]


def _away_from_zero(rng, *shape):
    return rng.uniform(0.4, 1.6, shape) * rng.choice([-1, 1], shape)


STEP = Formula(
    _step_cases,
    _step,
    WRONG_STEPS,
    "S_t differs from g_1(W_x X_t + W_s S_{t-1})",
    _step_words.hints,
    shape="in a scalar network S_t is one number",
)


WRONG_ORIGINS = _states.beside(
    from_S_0_again=lambda S: S[0],
    one_step_too_old=lambda S: S[max(len(S) - 2, 0)],
)
WRONG_OUTPUTS = _outputs.beside(
    g_2_not_applied=lambda S, W_y, g: W_y * S[1:],
    tanh_for_g_2=lambda S, W_y, g: np.tanh(W_y * S[1:]),
    output_of_the_state_before=lambda S, W_y, g: g(W_y * S[:-1]),
    W_y_missing=lambda S, W_y, g: g(S[1:]),
)
WRONG_INPUTS = _inputs.beside(
    first_input_skipped=lambda X: X[1:],
    one_turn_only=lambda X: X[:1],
    last_input_left_out=lambda X: X[:-1],
    inputs_reversed=lambda X: X[::-1],
)
WRONG_LISTS = _lists.beside(
    exchanged=lambda S, Y: (np.r_[np.nan, Y], S[1:]),
    S_0_missing=lambda S, Y: (S[1:], np.nan),
    S_0_twice=lambda S, Y: (np.r_[S[:1], S[:-1]], np.nan),
    S_T_missing=lambda S, Y: (S[:-1], Y),
    S_T_still_zero=lambda S, Y: (np.r_[S[:-1], 0], np.nan),
    Y_0_missing=lambda S, Y: (S, Y[1:]),
    Y_0_too_many=lambda S, Y: (S, np.r_[np.nan, Y]),
)


def _states_and_outputs(returned):
    """(S, Y without its unused first entry) as arrays, from what my_forward has returned."""
    try:
        if isinstance(attempted(returned), dict | str):  # they unpack, into keys or letters
            raise TypeError
        S, Y = map(list, (returned.S, returned.Y) if hasattr(returned, "S") else returned)
    except (TypeError, ValueError):
        raise NotUsable("expected two lists, S and Y, as in `return S, Y`") from None
    states = numbers(S).reshape(len(S), -1)[:, 0] if S else np.zeros(0)
    return states, np.array([one_number([y]) for y in Y[1:]])  # None among them is nan


def _loop_cases():
    rng = np.random.RandomState(3)
    gs = 3 * ((rnn.TANH, rnn.IDENTITY), (rnn.IDENTITY, rnn.TANH))
    return [  # plain lists and numbers, as the exercise says
        (_away_from_zero(rng, T).tolist(), *_away_from_zero(rng, 4).tolist(), *g)
        for T, g in zip((3, 3, 1, 2, 5, 4), gs, strict=True)
    ]


def _loop(X, S_0, W_x, W_s, W_y, g_1, g_2, step=_step, before=lambda S: S[-1]):
    S = [S_0]
    for X_t in X:
        S.append(step(W_x, W_s, X_t, before(S), g_1))
    return np.array(S), g_2(W_y * np.array(S[1:]))


def _wrong_loops():
    """Each with nan for the outputs where the states are wrong: then any outputs will do."""
    for what, entries, hints in WRONG_LISTS:
        yield what, lambda *case, entries=entries: entries(*_loop(*case)), hints
    for what, part, hints in WRONG_INPUTS:
        yield what, lambda X, *rest, part=part: (_loop(part(X), *rest)[0], np.nan), hints
    for what, before, hints in WRONG_ORIGINS:
        yield what, lambda *case, before=before: (_loop(*case, before=before)[0], np.nan), hints
    for what, step, hints in WRONG_STEPS:
        yield what, lambda *case, step=step: (_loop(*case, step)[0], np.nan), hints
    for what, output, hints in WRONG_OUTPUTS:
        yield what, lambda *c, output=output: (S := _loop(*c)[0], output(S, c[4], c[6])), hints
    of = {"g_1_for_g_2": [5, 5], "g_2_for_g_1": [6, 6], "g_1_and_g_2_exchanged": [6, 5]}
    for what, (n, m), hints in _loop_words.beside(**of):
        yield what, lambda *case, n=n, m=m: _loop(*case[:5], case[n], case[m]), hints
    yield "all states are right", lambda *case: (_loop(*case)[0], np.nan), _outputs.hints


WRONG_LOOPS = tuple(_wrong_loops())


def _loop_differs(answer, true, X, *_):
    """The first of the states, or else of the outputs, that is not what it should be."""
    T, (S, Y) = len(X), answer
    if len(S) <= 1 and len(Y) == 0 and T > 1 and close(S, true[0][: len(S)]):
        return None
    if len(S) != T + 1:
        two = ", two at each turn" * (len(S) == 2 * T + 1)
        return f"S should hold S_0 to S_{T}, {T + 1} states, got {len(S)}{two}"
    if len(Y) != T and close(S, true[0]):
        holds = f"Y[0], not used, and Y_1 to Y_{T}: {T + 1} entries"
        return f"Y should hold {holds}, got {len(Y) + 1}"
    if not close(S[0], true[0][0]):
        return "S[0] is not the S_0 that is handed to your function"
    for n, (name, kind) in enumerate((("S", "state"), ("Y", "output"))):
        for t, (value, expected) in enumerate(zip(answer[n], true[n], strict=n == 0), start=n):
            if not close(value, expected):
                return f"{name}_{t} is the first {kind} that differs (T = {T})"


LOOP = Formula(
    _loop_cases,
    _loop,
    WRONG_LOOPS,
    _loop_differs,
    _loop_words.hints,
    read=_states_and_outputs,
    read_hints=_returned.hints,
    placed=True,
)

"""A reader's ∂E_at/∂W for an LSTM, beside the right one and those that people write instead."""

from functools import partial

import numpy as np

from bptt_helpers import gated
from bptt_course.checks.engine.compare import close, verdict_on_formula

WEIGHTS = ("W_s", "W_x", "b", "W_y")


def lstm_verdict(candidate, weight, hint):
    """The verdict on `candidate(run, d, at)`, `run` a `gated.LSTMRun`, for one of `WEIGHTS`."""
    right = partial(gradient, weight=weight)
    wrong = [(words, partial(right, **parts)) for words, parts in WRONG]
    return verdict_on_formula(None, candidate, cases, right, wrong, _differs, HINTS, hint)


def gradient(
    run,
    d,
    at,
    weight,
    first=2,
    slope=lambda gate: gate * (1 - gate),
    bend=lambda tanh: 1 - tanh**2,
    at_C=lambda run, t: run.tanh_C[t],
    before=1,
    direct=1,
    through=1,
    rows=(0, 1, 2, 3),
):
    """∂E_at/∂W from a sweep back; the other arguments are its parts, right by default."""
    W_s, W_y, dE_dV = run.weights.W_s, run.weights.W_y, first * (run.Y[at] - d)
    if weight == "W_y":
        return np.outer(dE_dV, run.S[at])
    total, dE_dS, dE_dC = 0, W_y.T @ dE_dV, 0
    for t in range(at, 0, -1):
        o, i, f, C_tilde = run.o[t], run.i[t], run.f[t], run.C_tilde[t]
        dE_dC = dE_dC + dE_dS * o * bend(run.tanh_C[t])
        shares = (
            dE_dS * at_C(run, t) * slope(o),
            dE_dC * C_tilde * slope(i),
            dE_dC * run.C[t - before] * slope(f),
            dE_dC * i * bend(C_tilde),
        )
        dE_da = np.concatenate([shares[row] for row in rows])
        used = {"W_s": run.S[t - before], "W_x": run.X[t]}.get(weight)
        total = total + (dE_da if weight == "b" else np.outer(dE_da, used))
        dE_dC, dE_dS = direct * f * dE_dC, through * W_s.T @ dE_da
    return total


WRONG = (
    ("the factor 2 is missing, or all is halved", {"first": 1}),
    ("all has the wrong sign", {"first": -2}),
    ("tanh is applied twice: tanh_C is tanh(C_t) already", {"bend": lambda v: 1 - np.tanh(v) ** 2}),
    ("the slope of tanh is left out", {"bend": np.ones_like}),
    ("the gates stand where their derivatives σ' = σ (1 - σ) belong", {"slope": lambda gate: gate}),
    ("the derivatives of the gates are those of tanh", {"slope": lambda gate: 1 - gate**2}),
    ("the derivatives of the gates are left out", {"slope": np.ones_like}),
    ("the direct route from C_t to C_{t-1}, through f_t, is left out", {"direct": 0}),
    ("the route from a_t back to S_{t-1} is left out", {"through": 0}),
    (
        "the error is kept to its own step: neither C nor S leads it back",
        {"direct": 0, "through": 0},
    ),
    ("C_t stands where tanh(C_t) belongs, beside the output gate", {"at_C": lambda r, t: r.C[t]}),
    ("the step after stands where C_{t-1} or S_{t-1} belongs", {"before": 0}),
    ("the rows of i and f have changed places", {"rows": (0, 2, 1, 3)}),
    ("the rows stand in the order i, f, o, candidate: here it is o, i, f", {"rows": (1, 2, 0, 3)}),
    ("the rows stand in the order i, f, candidate, o: here it is o, i, f", {"rows": (1, 2, 3, 0)}),
)
HINTS = (
    "Take one step first (at = 1): from S_1 to C_1 and to the gates, each with its own slope.",
    "C_t has two ways on: to S_t, and to C_{t+1} through f_{t+1}. Does your sweep add both?",
    "gated.lstm_slopes(run, at, float) has the slopes of all gates: compare them with yours.",
)


def cases():
    """Twelve networks with n_x = 2, n_s = 3, n_y = 1, T = 5, and the error at one of the steps."""
    rng = np.random.RandomState(31)
    made = []
    for n in range(12):
        shapes = (12, 2), (12, 3), (12,), (1, 3), (5, 2), (3,), (3,)
        *W, X, S_0, C_0 = (rng.uniform(-1, 1, shape) for shape in shapes)
        run = gated.lstm_forward(2 * X, S_0, 2 * C_0, gated.LSTMWeights(*W))
        made.append((run, 3 * rng.uniform(-1, 1, 1), 5 - n % 4))
    return made


def _differs(answer, true, run, *_):
    if answer.shape != true.shape:
        return f"the gradient has the shape of its weight, {true.shape}; got {answer.shape}"
    gates = run.weights.GATES if len(true) == 12 else ()
    wrong = [g for g in gates if not close(answer[run.weights.rows(g)], true[run.weights.rows(g)])]
    return f"the rows of {', '.join(wrong)} differ" if wrong else "the gradient differs"

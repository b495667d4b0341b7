"""A reader's ∂E_at/∂W for an LSTM or a GRU, beside the right one and those people write instead."""

from functools import partial

import numpy as np

from bptt_helpers import gated
from bptt_course.checks.engine.compare import Formula, close

WEIGHTS = ("W_s", "W_x", "b", "W_y")


def asked(cell, weight):
    """The `Formula` for ∂E_at/∂W in an "LSTM" or a "GRU", for one of `WEIGHTS`."""
    right = partial(gradient, weight=weight)
    wrong = [(words, partial(right, **parts)) for words, parts in WRONG[cell]]
    if cell == "GRU":
        wrong.append((R_INSIDE, partial(r_inside, weight=weight)))
    return Formula(partial(cases, cell), right, tuple(wrong), _differs, HINTS[cell])


def gradient(run, d, at, weight, first=2, through=1, before=1, rows=(0, 1, 2, 3), **parts):
    """∂E_at/∂W from a sweep back; `parts` are those of the step, right by default."""
    W_s, W_y, dE_dV = run.weights.W_s, run.weights.W_y, first * (run.Y[at] - d)
    if weight == "W_y":
        return np.outer(dE_dV, run.S[at])
    step = _lstm_step if isinstance(run, gated.LSTMRun) else _gru_step
    total, dE_dS, dE_dC = 0, W_y.T @ dE_dV, 0
    for t in range(at, 0, -1):
        on_a, on_p, dE_dS, dE_dC = step(run, t, t - before, dE_dS, dE_dC, **parts)
        dE_da, dE_dp = (np.concatenate([v[n] for n in rows[: len(v)]]) for v in (on_a, on_p))
        share = {"W_s": (dE_dp, run.S[t - before]), "W_x": (dE_da, run.X[t])}.get(weight)
        total = total + (np.outer(*share) if share else dE_da)
        dE_dS = dE_dS + through * W_s.T @ dE_dp
    return total


def _derivative(gate):
    return gate * (1 - gate)


def _lstm_step(
    run,
    t,
    before,
    dE_dS,
    dE_dC,
    slope=_derivative,
    bend=lambda tanh: 1 - tanh**2,
    beside_o=lambda run, t: run.tanh_C[t],
    direct=1,
):
    """∂E/∂a_t and ∂E/∂(W_s S_{t-1}), gate by gate, and what goes straight on to S and to C."""
    o, i, f, C_tilde = run.o[t], run.i[t], run.f[t], run.C_tilde[t]
    dE_dC = dE_dC + dE_dS * o * bend(run.tanh_C[t])
    on_a = (
        dE_dS * beside_o(run, t) * slope(o),
        dE_dC * C_tilde * slope(i),
        dE_dC * run.C[before] * slope(f),
        dE_dC * i * bend(C_tilde),
    )
    return on_a, on_a, 0, direct * f * dE_dC


def _gru_step(
    run,
    t,
    before,
    dE_dS,
    _,
    slope=_derivative,
    bend=lambda tanh: 1 - tanh**2,
    kept=lambda z: z,
    taken=lambda z: 1 - z,
    by_z=lambda S, S_tilde: S - S_tilde,
    by_r=lambda run, t: run.q[t],
    r_on_q=lambda r: r,
    r_on_x=lambda r: 1,
    direct=1,
):
    """The same for a GRU, in which r_t stands between S̃_t and q_t = W_s S_{t-1}."""
    r, z, S_tilde = run.r[t], run.z[t], run.S_tilde[t]
    on_candidate = dE_dS * taken(z) * bend(S_tilde)
    gates = on_candidate * by_r(run, t) * slope(r), dE_dS * by_z(run.S[before], S_tilde) * slope(z)
    on_a, on_p = (*gates, r_on_x(r) * on_candidate), (*gates, r_on_q(r) * on_candidate)
    return on_a, on_p, direct * kept(z) * dE_dS, None


def r_inside(run, d, at, weight):
    """∂E_at/∂W as if it were S̃_t = tanh(W_x X_t + W_s (r_t S_{t-1}) + b), at these states."""
    W_s, rows, total = run.weights.W_s, run.weights.rows("S_tilde"), 0
    dE_dV = 2 * (run.Y[at] - d)
    dE_dS = run.weights.W_y.T @ dE_dV
    for t in range(at, 0, -1):
        r, z, S, S_tilde = run.r[t], run.z[t], run.S[t - 1], run.S_tilde[t]
        on_candidate = dE_dS * (1 - z) * (1 - S_tilde**2)
        back = W_s[rows].T @ on_candidate
        on_gates = [back * S * _derivative(r), dE_dS * (S - S_tilde) * _derivative(z)]
        dE_da = np.concatenate([*on_gates, on_candidate])
        used = {"W_s": np.outer(dE_da, S), "W_x": np.outer(dE_da, run.X[t])}.get(weight, dE_da)
        if weight == "W_s":
            used[rows] *= r
        total = total + used
        dE_dS = z * dE_dS + W_s[: rows.start].T @ np.concatenate(on_gates) + r * back
    return np.outer(dE_dV, run.S[at]) if weight == "W_y" else total


R_INSIDE = "r stands inside of the product, W_s (r S_{t-1}): here it is outside, r (W_s S_{t-1})"


def _both(twice, direct, kept_to_its_step):
    """What goes wrong in either cell; the arguments are the words that differ."""
    return (
        ("the factor 2 is missing, or all is halved", {"first": 1}),
        ("all has the wrong sign", {"first": -2}),
        (f"tanh is applied twice: {twice} already", {"bend": lambda v: 1 - np.tanh(v) ** 2}),
        ("the slope of tanh is left out", {"bend": np.ones_like}),
        ("the gates stand where their derivatives σ' = σ (1 - σ) belong", {"slope": lambda σ: σ}),
        ("the derivatives of the gates are those of tanh", {"slope": lambda σ: 1 - σ**2}),
        ("the derivatives of the gates are left out", {"slope": np.ones_like}),
        ("the gates are treated as constants: W has helped to make them", {"slope": np.zeros_like}),
        (f"the direct route from {direct}, is left out", {"direct": 0}),
        ("the route from a_t back to S_{t-1} is left out", {"through": 0}),
        (f"the error is kept to its own step: {kept_to_its_step}", {"direct": 0, "through": 0}),
    )


WRONG = {
    "LSTM": (
        *_both(
            "tanh_C is tanh(C_t)",
            "C_t to C_{t-1}, through f_t",
            "neither C nor S leads it back",
        ),
        ("C_t stands where tanh(C_t) belongs", {"beside_o": lambda run, t: run.C[t]}),
        ("the step after stands where C_{t-1} or S_{t-1} belongs", {"before": 0}),
        ("the rows of i and f have changed places", {"rows": (0, 2, 1, 3)}),
        (
            "the rows are i, f, o, candidate: here they are o, i, f, candidate",
            {"rows": (1, 2, 0, 3)},
        ),
        (
            "the rows are i, f, candidate, o: here they are o, i, f, candidate",
            {"rows": (1, 2, 3, 0)},
        ),
    ),
    "GRU": (
        *_both(
            "S_tilde is a tanh",
            "S_t to S_{t-1}, through z_t",
            "neither z_t nor W_s leads it back",
        ),
        (
            "z and 1 - z have changed places: here z is the share that is kept",
            {"kept": lambda z: 1 - z, "taken": lambda z: z, "by_z": lambda S, S_tilde: S_tilde - S},
        ),
        ("the factor 1 - z of the candidate is left out", {"taken": np.ones_like}),
        ("for z, S_{t-1} and S̃_t have changed places", {"by_z": lambda S, S_tilde: S_tilde - S}),
        ("for z, the candidate S̃_t is left out", {"by_z": lambda S, S_tilde: S}),
        ("for z, the state before, S_{t-1}, is left out", {"by_z": lambda S, S_tilde: -S_tilde}),
        ("r is left out between the candidate and W_s S_{t-1}", {"r_on_q": np.ones_like}),
        ("r belongs to q alone, not to the input and the bias", {"r_on_x": lambda r: r}),
        ("for r, S_{t-1} stands where q_t belongs", {"by_r": lambda run, t: run.S[t - 1]}),
        ("the step after stands where S_{t-1} belongs", {"before": 0}),
        ("the rows of r and z have changed places", {"rows": (1, 0, 2)}),
    ),
}
HINTS = {
    "LSTM": (
        "Take one step first (at = 1): from S_1 to C_1 and to the gates, each with its own slope.",
        "C_t has two ways on: to S_t, and to C_{t+1} through f_{t+1}. Does your sweep add both?",
        "gated.lstm_slopes(run, at, float) has the slopes of all gates: compare them with yours.",
    ),
    "GRU": (
        "Take one step first (at = 1): from S_1 to z, to the candidate, and from there to r.",
        "S_{t-1} reaches S_t directly, through z_t, and in W_s S_{t-1}. Does your sweep add both?",
        "gated.gru_slopes(run, at, float) has ∂S_t/∂(W_s S_{t-1}): compare, gate by gate.",
    ),
}


def cases(cell):
    """Twelve networks with n_x = 2, n_s = 3, n_y = 1, T = 5, and the error at one of the steps."""
    rng = np.random.RandomState(31)
    made, m = [], {"LSTM": 4, "GRU": 3}[cell]
    for n in range(12):
        shapes = (3 * m, 2), (3 * m, 3), (3 * m,), (1, 3), (5, 2), (3,), (3,)
        *W, X, S_0, C_0 = (rng.uniform(-1, 1, shape) for shape in shapes)
        if cell == "LSTM":
            run = gated.lstm_forward(2 * X, S_0, 2 * C_0, gated.LSTMWeights(*W))
        else:
            run = gated.gru_forward(2 * X, S_0, gated.GRUWeights(*W))
        made.append((run, 3 * rng.uniform(-1, 1, 1), 5 - n % 4))
    return made


def _differs(answer, true, run, *_):
    if answer.shape != true.shape:
        return f"the gradient has the shape of its weight, {true.shape}; got {answer.shape}"
    gates = run.weights.GATES if len(true) > len(run.S[0]) else ()
    wrong = [g for g in gates if not close(answer[run.weights.rows(g)], true[run.weights.rows(g)])]
    return f"the rows of {', '.join(wrong)} differ" if wrong else "the gradient differs"

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
    return Formula(partial(cases, cell), right, tuple(wrong), _differs, HINTS[cell])


def gradient(run, d, at, weight, first=2, through=1, before=1, rows=(0, 1, 2, 3), **parts):
    """∂E_at/∂W from a sweep back; `parts` are those of the step, right by default.

    Each gate has rows of its own in ∂E/∂a_t, and in the gradient of W_s times factor · S_{t-1}.
    """
    W_y, dE_dV = run.weights.W_y, first * (run.Y[at] - d)
    if weight == "W_y":
        return np.outer(dE_dV, run.S[at])
    step = _lstm_step if isinstance(run, gated.LSTMRun) else _gru_step
    total, dE_dS, dE_dC = 0, W_y.T @ dE_dV, 0
    for t in range(at, 0, -1):
        on_a, on_W_S, factors, dE_dS, dE_dC = step(run, t, t - before, dE_dS, dE_dC, **parts)
        gates = [(on_a[n], on_W_S[n], factors[n]) for n in rows[: len(on_a)]]
        share = {
            "W_s": [np.outer(v, factor * run.S[t - before]) for _, v, factor in gates],
            "W_x": [np.outer(v, run.X[t]) for v, _, _ in gates],
            "b": [v for v, _, _ in gates],
        }[weight]
        total = total + np.concatenate(share)
        W_s = np.split(run.weights.W_s, len(gates))
        back = [f * (W.T @ v) for W, (_, v, f) in zip(W_s, gates, strict=True)]
        dE_dS = dE_dS + through * sum(back)
    return total


def _derivative(gate):
    return gate * (1 - gate)


def _d_tanh(tanh):
    return 1 - tanh**2


def _lstm_step(
    run, t, before, dE_dS, dE_dC, slope=_derivative, bend=_d_tanh, beside_o="tanh_C", direct=1
):
    """∂E/∂a_t, gate by gate, and again: all of it leads to W_s S_{t-1}; what goes to S and to C."""
    o, i, f, C_tilde = run.o[t], run.i[t], run.f[t], run.C_tilde[t]
    dE_dC = dE_dC + dE_dS * o * bend(run.tanh_C[t])
    on_a = (
        dE_dS * getattr(run, beside_o)[t] * slope(o),
        dE_dC * C_tilde * slope(i),
        dE_dC * run.C[before] * slope(f),
        dE_dC * i * bend(C_tilde),
    )
    return on_a, on_a, (1, 1, 1, 1), 0, direct * f * dE_dC


def _gru_step(
    run,
    t,
    before,
    dE_dS,
    _,
    slope=_derivative,
    bend=_d_tanh,
    kept=lambda z: z,
    taken=lambda z: 1 - z,
    by_z=lambda S, S_tilde: S - S_tilde,
    by_r="q",
    r_on_q=lambda r: r,
    r_on_x=lambda r: 1,
    inside=False,
    direct=1,
):
    """The same for a GRU: r_t stands between S̃_t and q_t = W_s S_{t-1}, or `inside` of W_s."""
    r, z, S, S_tilde = run.r[t], run.z[t], run.S[before], run.S_tilde[t]
    on_candidate = dE_dS * taken(z) * bend(S_tilde)
    on_r = on_candidate * (S if by_r == "S" else run.q[t])
    if inside:
        on_r = S * (run.weights.W_s[run.weights.rows("S_tilde")].T @ on_candidate)
    gates = on_r * slope(r), dE_dS * by_z(S, S_tilde) * slope(z)
    on_W_S = on_candidate if inside else r_on_q(r) * on_candidate
    factors = (1, 1, r if inside else 1)
    straight = direct * kept(z) * dE_dS
    return (*gates, r_on_x(r) * on_candidate), (*gates, on_W_S), factors, straight, None


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
        ("C_t stands where tanh(C_t) belongs", {"beside_o": "C"}),
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
        ("in ∂E/∂z, S_{t-1} and S̃_t have changed places", {"by_z": lambda S, S_tilde: S_tilde - S}),
        ("in ∂E/∂z, the candidate S̃_t is left out", {"by_z": lambda S, S_tilde: S}),
        ("in ∂E/∂z, the state before, S_{t-1}, is left out", {"by_z": lambda S, S_tilde: -S_tilde}),
        ("r is left out between the candidate and W_s S_{t-1}", {"r_on_q": np.ones_like}),
        ("r belongs to q alone, not to the input and the bias", {"r_on_x": lambda r: r}),
        ("in ∂E/∂r, S_{t-1} stands where q_t belongs", {"by_r": "S"}),
        (
            "r stands inside of the product, W_s (r S_{t-1}): here it is r (W_s S_{t-1})",
            {"inside": 1},
        ),
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

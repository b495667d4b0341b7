"""A reader's ∂E_at/∂W for an LSTM or a GRU, beside the right one and those people write instead."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from bptt_helpers import gated
from bptt_course.checks.engine.compare import Formula, close
from bptt_course.checks.engine.wording import read

WEIGHTS = ("W_s", "W_x", "b", "W_y")


def asked(cell, weight):
    """The `Formula` for ∂E_at/∂W in an "LSTM" or a "GRU", for one of `WEIGHTS`."""
    right = partial(gradient, weight=weight)
    wrong = [(words, partial(right, **parts), hints) for words, parts, hints in WRONG[cell]]
    route, at_1 = WORDS[cell].parts["direct_route_missing"].hints, "right for at = 1 only"
    wrong.append((at_1, lambda run, d, at: right(run, d, at) if at == 1 else np.nan, route))
    hints, shape = WORDS[cell].hints, "the gradient has the shape of its weight, {}; got {}"
    return Formula(partial(cases, cell), right, wrong, _differs, hints, shape)


@dataclass(frozen=True)
class Parts:
    """What a sweep back is made of, rightly by default."""

    first: float = 2
    sign: int = 1
    rows: tuple = (0, 1, 2, 3)  # which gate comes first, second, ...
    before: int = 1  # how many steps back W_s finds its state
    through: int = 1  # the route from a_t back to S_{t-1}
    direct: int = 1  # and that past the gates
    slope: Callable = lambda gate: gate * (1 - gate)
    bend: Callable = lambda tanh: 1 - tanh**2
    beside_o: str = "tanh_C"
    kept: Callable = lambda z: z
    taken: Callable = lambda z: 1 - z
    by_z: Callable = lambda S, S_tilde: S - S_tilde
    by_r: str = "q"
    r_on_q: Callable = lambda r: r
    r_on_x: Callable = lambda r: 1
    inside: bool = False  # r_t stands inside of W_s, not between S̃_t and q_t = W_s S_{t-1}


def gradient(run, d, at, weight, **parts):
    """∂E_at/∂W from a sweep back with these `Parts`.

    Each gate has rows of its own in ∂E/∂a_t, and in the gradient of W_s times factor · S_{t-1}.
    """
    its = Parts(**parts)
    W_y, dE_dV = run.weights.W_y, its.sign * its.first * (run.Y[at] - d)
    if weight == "W_y":
        return np.outer(dE_dV, run.S[at])
    step = _lstm_step if isinstance(run, gated.LSTMRun) else _gru_step
    total, dE_dS, dE_dC = 0, W_y.T @ dE_dV, 0
    for t in range(at, 0, -1):
        on_a, on_W_S, factors, dE_dS, dE_dC = step(its, run, t, dE_dS, dE_dC)
        gates = [(on_a[n], on_W_S[n], factors[n]) for n in its.rows[: len(on_a)]]
        share = {
            "W_s": [np.outer(v, factor * run.S[t - its.before]) for _, v, factor in gates],
            "W_x": [np.outer(v, run.X[t]) for v, _, _ in gates],
            "b": [v for v, _, _ in gates],
        }[weight]
        total = total + np.concatenate(share)
        W_s = np.split(run.weights.W_s, len(gates))
        back = [f * (W.T @ v) for W, (_, v, f) in zip(W_s, gates, strict=True)]
        dE_dS = dE_dS + its.through * sum(back)
    return total


def _lstm_step(its, run, t, dE_dS, dE_dC):
    """∂E/∂a_t, gate by gate, and again: all of it leads to W_s S_{t-1}; what goes to S and to C."""
    o, i, f, C_tilde = run.o[t], run.i[t], run.f[t], run.C_tilde[t]
    dE_dC = dE_dC + dE_dS * o * its.bend(run.tanh_C[t])
    on_a = (
        dE_dS * getattr(run, its.beside_o)[t] * its.slope(o),
        dE_dC * C_tilde * its.slope(i),
        dE_dC * run.C[t - its.before] * its.slope(f),
        dE_dC * i * its.bend(C_tilde),
    )
    return on_a, on_a, (1, 1, 1, 1), 0, its.direct * f * dE_dC


def _gru_step(its, run, t, dE_dS, _):
    """The same for a GRU."""
    r, z, S, S_tilde = run.r[t], run.z[t], run.S[t - its.before], run.S_tilde[t]
    on_candidate = dE_dS * its.taken(z) * its.bend(S_tilde)
    on_r = on_candidate * (S if its.by_r == "S" else run.q[t])
    if its.inside:
        on_r = S * (run.weights.W_s[run.weights.rows("S_tilde")].T @ on_candidate)
    gates = on_r * its.slope(r), dE_dS * its.by_z(S, S_tilde) * its.slope(z)
    on_W_S = on_candidate if its.inside else its.r_on_q(r) * on_candidate
    factors = (1, 1, r if its.inside else 1)
    straight = its.direct * its.kept(z) * dE_dS
    return (*gates, its.r_on_x(r) * on_candidate), (*gates, on_W_S), factors, straight, None


_EITHER = {
    "half": {"first": 1},
    "wrong_sign": {"sign": -1},
    "tanh_twice": {"bend": lambda v: 1 - np.tanh(v) ** 2},
    "tanh_slope_missing": {"bend": np.ones_like},
    "gates_for_their_slopes": {"slope": lambda σ: σ},
    "tanh_slopes_for_the_gates": {"slope": lambda σ: 1 - σ**2},
    "gate_slopes_missing": {"slope": np.ones_like},
    "gates_constant": {"slope": np.zeros_like},
    "direct_route_missing": {"direct": 0},
    "route_through_a_missing": {"through": 0},
    "kept_to_its_step": {"direct": 0, "through": 0},
    "step_after": {"before": 0},
}
_LSTM = {
    "C_for_tanh_of_C": {"beside_o": "C"},
    "i_and_f_swapped": {"rows": (0, 2, 1, 3)},
    "rows_i_f_o": {"rows": (1, 2, 0, 3)},
    "rows_i_f_candidate": {"rows": (1, 2, 3, 0)},
}
_GRU = {
    "z_swapped": {
        "kept": lambda z: 1 - z,
        "taken": lambda z: z,
        "by_z": lambda S, S_tilde: S_tilde - S,
    },
    "one_minus_z_missing": {"taken": np.ones_like},
    "by_z_swapped": {"by_z": lambda S, S_tilde: S_tilde - S},
    "by_z_without_candidate": {"by_z": lambda S, S_tilde: S},
    "by_z_without_state": {"by_z": lambda S, S_tilde: -S_tilde},
    "r_missing_on_q": {"r_on_q": np.ones_like},
    "r_on_all": {"r_on_x": lambda r: r},
    "by_r_the_state": {"by_r": "S"},
    "r_inside": {"inside": 1},
    "r_and_z_swapped": {"rows": (1, 0, 2)},
}
WORDS = dict(zip(("LSTM", "GRU"), read("gates", "LSTM", "GRU"), strict=True))
WRONG = {
    cell: WORDS[cell].beside(**_EITHER, **its) for cell, its in (("LSTM", _LSTM), ("GRU", _GRU))
}


def cases(cell):
    """Twelve networks with n_x = 2, n_s = 3, n_y = 1, T = 5, and the error at one of the steps."""
    rng, made = np.random.RandomState(31), []
    m = 12 if cell == "LSTM" else 9  # rows, three for each gate
    for n in range(12):
        shapes = (m, 2), (m, 3), (m,), (1, 3), (5, 2), (3,), (3,)
        *W, X, S_0, C_0 = (rng.uniform(-1, 1, shape) for shape in shapes)
        if cell == "LSTM":
            run = gated.lstm_forward(2 * X, S_0, 2 * C_0, gated.LSTMWeights(*W))
        else:
            run = gated.gru_forward(2 * X, S_0, gated.GRUWeights(*W))
        made.append((run, 3 * rng.uniform(-1, 1, 1), (1, 5, 4, 3)[n % 4]))
    return made


EXAMPLE_LSTM, EXAMPLE_GRU = (cases(cell)[1] for cell in WRONG)  # to be taken apart


def _differs(answer, true, run, *_):
    gates = run.weights.GATES if len(true) > len(run.S[0]) else ()
    wrong = [g for g in gates if not close(answer[run.weights.rows(g)], true[run.weights.rows(g)])]
    return f"the rows of {', '.join(wrong)} differ" if wrong else "the gradient differs"

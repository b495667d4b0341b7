"""The panels of notebook 09: gradient flow through three cells, training at a growing lag."""

from functools import lru_cache

import numpy as np

from bptt_helpers import flow, rnn
from bptt_course import figures, recall
from bptt_course.figures import style
from bptt_course.panels.panel import Panel, draws, slider, whole_slider
from bptt_course.words import number

FAR = 150  # steps back


def memory_flow():
    """‖∂S_T/∂S_k‖ through an RNN and a GRU, ‖∂C_T/∂C_k‖ through an LSTM, against the lag T - k.

    Untrained networks of 8 states that see a sequence of the recall task. Sliders for the biases
    b_f and b_z of the gates that keep the state, for factors on all recurrent weights W_s and on
    the inputs X, for the lag and the seed. Returns the `Panel`.
    """
    figure, ax = style.figure(9.4, 4.6)
    drawn = figures.CellFlow(ax, FAR, np.log10(recall.VANISHED))

    def update(b_f, b_z, W_s, X, lag, seed):
        norms = {
            "RNN": _flow("RNN", 0.0, W_s, X, seed)[0],
            "LSTM": _flow("LSTM", b_f, W_s, X, seed)[0],
            "GRU": _flow("GRU", b_z, W_s, X, seed)[0],
        }
        with np.errstate(divide="ignore"):
            logs = {cell: np.log10(values) for cell, values in norms.items()}
        drawn.show(logs, np.arange(FAR + 1) * np.log10(rnn.SIGMOID(b_f)), lag)
        gates = _flow("LSTM", b_f, W_s, X, seed)[1], _flow("GRU", b_z, W_s, X, seed)[1]
        return _flow_in_words(norms, gates, lag)

    controls = {
        "b_f": slider(-6, 8, 1, step=0.1),
        "b_z": slider(-6, 8, 1, step=0.1),
        "W_s": slider(0, 2, 1, step=0.05),
        "X": slider(0, 3, 1, step=0.1),
        "lag": whole_slider(0, FAR, 50),
        "seed": draws(),
    }
    title = "gradient flow through RNN, LSTM and GRU"
    return Panel(title, controls, figure, drawn.live, update)


@lru_cache(maxsize=24)
def _flow(cell, bias, W_s, X, seed):
    """The norm for the lags 0..150, and the mean of the gate that keeps the state (RNN: None)."""
    run = recall.untrained(cell, bias, W_s, X, seed, lag=FAR)
    part, gate = {"RNN": ("S", None), "LSTM": ("C", "f"), "GRU": ("S", "z")}[cell]
    kept = None if gate is None else float(np.mean(getattr(run, gate)[1:]))
    return flow.flow(run, run.T, part, part)[:0:-1], kept


def _flow_in_words(norms, gates, lag):
    at_lag = ", ".join(f"{cell} {number(values[lag])}" for cell, values in norms.items())
    lost = ", ".join(f"{cell} {_lost(values)}" for cell, values in norms.items())
    return (
        f"Over {lag} {'step' if lag == 1 else 'steps'}: {at_lag}. Below a thousandth for good: "
        f"{lost}. On average f = {_part(gates[0])} and z = {_part(gates[1])}."
    )


def _part(gate):
    return f"{gate:.3f}" if 0.001 <= gate <= 0.999 else number(gate)


def _lost(norms):
    lag = recall.lost_from(norms)
    return f"not within {FAR} steps" if lag is None else f"from lag {lag} on"


def trained_at_lag():
    """The stored results of training on recall (`recall.read`): success against lag, and one lag.

    A slider for the lag; shown is the nearest one that was trained. Left the share of the trainings
    that learned it, right after how many updates. Returns the `Panel`.
    """
    table = recall.read()
    lags = sorted({lag for by_lag in table.values() for lag in by_lag})
    slowest = max(r.updates or 1 for by_lag in table.values() for r in by_lag.values())
    figure, (left, right) = style.figure(10.4, 4.4, columns=2, width_ratios=(1.1, 1))
    drawn = figures.SuccessAtLag(left, right, table, slowest)

    def update(lag):
        nearest = min(lags, key=lambda trained: abs(np.log(trained / lag)))
        results = {name: by_lag[nearest] for name, by_lag in table.items() if nearest in by_lag}
        drawn.show(nearest, results)
        return _results_in_words(lag, nearest, results)

    controls = {"lag": whole_slider(lags[0], lags[-1], lags[len(lags) // 2])}
    return Panel("trained networks at a growing lag", controls, figure, drawn.live, update)


def _results_in_words(lag, nearest, results):
    words = f"Lag {nearest}"
    if nearest != lag:
        words += f" (the trained one nearest to {lag})"
    counts = "; ".join(f"{name}: {r.solved} of {r.seeds}" for name, r in results.items())
    return f"{words}. Learned it: {counts}."

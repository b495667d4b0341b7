"""The panels of notebook 11: the directions that three starts keep, and the flow through cells."""

from functools import lru_cache

import numpy as np

from bptt_helpers import bptt, gradient_flow, matrices, rnn
from bptt_course import recall
from bptt_course.figures import axes
from bptt_course.figures.nb11_keeping_the_road_open import CellFlow, Directions
from bptt_course.figures.stage import Stage
from bptt_course.panels.nb08_many_states import kept
from bptt_course.panels.panel import Panel, activations, draws, menu, slider, whole_slider
from bptt_course.words import counted, number, short

N_S, T = 16, 40
FAR = 150  # steps back through the cells


def starts():
    """The singular values of ∂S_40/∂S_k against the lag 40 - k, for three starts of W_s.

    All three are scaled to the same spectral radius; 16 states, S_0 = 0, W_x = 1.
    """

    def draw(width):
        figure, row = axes.panes(width, 320, (1, 1, 1), (250, 250, 250), (72, 52, 14, 34))
        drawn = Directions(row, tuple(matrices.STARTS), T)

        def update(radius, lag, X, g_1, inputs, seed):
            values, sizes = _directions(radius, X, seed, g_1, inputs)
            many = [kept(own) for own in values[:, lag]]
            best = map(short, values[:, lag, 0])
            said = [f"{n} kept, best: {s}" for n, s in zip(many, best, strict=True)]
            drawn.show(values, said, lag)
            return (
                f"Of {N_S} directions, this many keep a tenth or more over {counted(lag, 'step')}: "
                f"{_listed(matrices.STARTS, many)}\nWith seed {seed}, the largest state |S_t| on "
                f"the way: {_listed(matrices.STARTS, map(number, sizes))}."
            )

        return figure, drawn.live, update

    controls = {
        "radius": slider(0.5, 1.5, 1, step=0.01, marks=(1,)),
        "lag": whole_slider(0, T, 20),
        "X": slider(0, 2, 0.1, step=0.05),
        "g_1": activations("tanh"),
        "inputs": menu(("any sign", "positive"), "any sign"),
        "seed": draws(),
    }
    title = "the gradient's directions after three starts"
    return Panel(title, controls, draw, main="radius", more=("seed",))


def _listed(names, values):
    return ", ".join(f"{name} {value}" for name, value in zip(names, values, strict=True))


@lru_cache(maxsize=4)
def _drawn(seed):
    """W_s after each start, of spectral radius 1."""
    drawn = (start(N_S, np.random.RandomState(seed)) for start in matrices.STARTS.values())
    return np.array([matrices.with_spectral_radius(own, 1) for own in drawn])


@lru_cache(maxsize=256)
def _directions(radius, X, seed, g_1, inputs):
    """The singular values of ∂S_T/∂S_k, (start, lag 0..T, n_s), and the largest |S_t| of each."""
    noise = np.random.RandomState(1000 + seed).normal(size=(T, N_S))
    X = X * (np.abs(noise) if inputs == "positive" else noise)
    weights = [rnn.Weights.recurrent(radius * W_s) for W_s in _drawn(seed)]
    runs = [rnn.forward(X, np.zeros(N_S), own, g_1) for own in weights]
    products = [bptt.state_jacobians(run, T)[::-1] for run in runs]
    return np.linalg.svd(products, compute_uv=False), [np.abs(run.S).max() for run in runs]


def memory_flow():
    """‖∂S_T/∂S_k‖ through an RNN and a GRU, ‖∂C_T/∂C_k‖ through an LSTM, against the lag T - k.

    Untrained networks of 8 states read a sequence of the recall task. b_f is the bias of the LSTM's
    forget gate, b_z of the GRU's update gate; W_s and X are factors on W_s and on the inputs.
    """

    def draw(width):
        stage = Stage(width, 330)
        drawn = CellFlow(stage, FAR, np.log10(recall.VANISHED))

        def update(b_f, b_z, W_s, X, lag, seed):
            biases = {"RNN": 0.0, "LSTM": b_f, "GRU": b_z}
            flows = {cell: _flow(cell, bias, W_s, X, seed) for cell, bias in biases.items()}
            logs = {cell: axes.log10(norms) for cell, (norms, _) in flows.items()}
            drawn.show({**logs, "gate": np.arange(FAR + 1) * np.log10(rnn.SIGMOID(b_f))}, lag)
            at_lag = (number(norms[lag]) for norms, _ in flows.values())
            lost = (_lost(norms) for norms, _ in flows.values())
            f, z = (number(flows[cell][1]) for cell in ("LSTM", "GRU"))
            return (
                f"Over {counted(lag, 'step')}: {_listed(biases, at_lag)}\nBelow a thousandth for "
                f"good: {_listed(biases, lost)}. With seed {seed}, on average f = {f} and z = {z}."
            )

        return stage.figure, drawn.live, update

    controls = {
        "b_f": slider(-6, 8, 1),
        "b_z": slider(-6, 8, 1),
        "W_s": slider(0, 2, 1, step=0.05),
        "X": slider(0, 3, 1),
        "lag": whole_slider(0, FAR, 50),
        "seed": draws(),
    }
    title = "gradient flow through RNN, LSTM and GRU"
    return Panel(title, controls, draw, main="b_f", more=("seed",))


@lru_cache(maxsize=512)
def _flow(cell, bias, W_s, X, seed):
    """The norm for the lags 0..150, and the mean of the gate that keeps the state (RNN: nan)."""
    run = recall.untrained(cell, bias, W_s, X, seed, lag=FAR)
    part = "C" if cell == "LSTM" else "S"
    gate = {"LSTM": "f", "GRU": "z"}.get(cell)
    mean = np.mean(getattr(run, gate)[1:]) if gate else np.nan
    return gradient_flow.flow(run, run.T, part, part)[:0:-1], mean


def _lost(norms):
    lag = recall.lost_from(norms)
    return "never" if lag is None else f"from lag {lag} on"

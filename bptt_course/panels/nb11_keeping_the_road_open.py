"""The panels of notebook 11: the directions that three starts keep, and the flow through cells."""

from functools import lru_cache

import numpy as np

from bptt_helpers import bptt, gradient_flow, matrices, rnn
from bptt_course import recall
from bptt_course.figures import style
from bptt_course.figures.axes import log10
from bptt_course.figures.nb11_keeping_the_road_open import CellFlow, Directions
from bptt_course.panels.panel import Panel, activations, draws, menu, slider, whole_slider
from bptt_course.words import number

N_S, T = 16, 40
INPUTS = ("any sign", "positive")


def starts():
    """The singular values of ∂S_40/∂S_k against the lag 40 - k, for three starts of W_s.

    Random, orthogonal and identity, each scaled to the spectral radius of a slider; 16 states,
    S_0 = 0, W_x = 1. Sliders for the lag, the size of the random inputs X and the seed; menus for
    g_1 and for the sign of the inputs. Returns the `Panel`.
    """
    figure, axes = style.figure(10, 4.6, columns=3, sharey=True)
    drawn = Directions(axes, tuple(matrices.STARTS), T)

    def update(radius, X, lag, seed, g_1, inputs):
        found = {name: _directions(name, radius, X, seed, g_1, inputs) for name in matrices.STARTS}
        words = [
            f"{_kept(at_lag)} of {N_S} kept\nlargest factor {number(at_lag[0])}"
            for at_lag in (values[lag] for values, _ in found.values())
        ]
        drawn.show([values for values, _ in found.values()], words, lag)
        return _starts_in_words(found, lag)

    controls = {
        "radius": slider(0.5, 1.5, 1, step=0.01),
        "X": slider(0, 2, 0.1, step=0.05),
        "lag": whole_slider(0, T, 20),
        "seed": draws(),
        "g_1": activations("tanh"),
        "inputs": menu(INPUTS, "any sign"),
    }
    return Panel(
        "the gradient's directions after three starts", controls, figure, drawn.live, update
    )


@lru_cache(maxsize=24)
def _directions(name, radius, X, seed, g_1, inputs):
    """The singular values of ∂S_T/∂S_k for the lags 0..T, (T + 1, n_s), and the largest |S_t|."""
    random = np.random.RandomState(seed)
    W_s = matrices.with_spectral_radius(matrices.STARTS[name](N_S, random), radius)
    noise = np.random.RandomState(1000 + seed).normal(size=(T, N_S))
    X = X * (np.abs(noise) if inputs == "positive" else noise)
    run = rnn.forward(X, np.zeros(N_S), rnn.Weights.recurrent(W_s), g_1)
    products = bptt.state_jacobians(run, T)[::-1]
    return np.linalg.svd(products, compute_uv=False), np.abs(run.S).max()


def _kept(values):
    """How many directions arrive with a tenth of their length or more."""
    return int(np.sum(values >= 0.1 * (1 - 1e-9)))


def _starts_in_words(found, lag):
    kept = ", ".join(f"{name} {_kept(values[lag])}" for name, (values, _) in found.items())
    largest = ", ".join(f"{name} {number(size)}" for name, (_, size) in found.items())
    steps = "1 step" if lag == 1 else f"{lag} steps"
    return (
        f"Of {N_S} directions, this many keep a tenth or more of the gradient over {steps}: "
        f"{kept}. The largest state |S_t| on the way: {largest}."
    )


FAR = 150  # steps back through the cells


def memory_flow():
    """‖∂S_T/∂S_k‖ through an RNN and a GRU, ‖∂C_T/∂C_k‖ through an LSTM, against the lag T - k.

    Untrained networks of 8 states that see a sequence of the recall task. Sliders for the biases
    b_f and b_z of the gates that keep the state, for factors on all recurrent weights W_s and on
    the inputs X, for the lag and the seed. Returns the `Panel`.
    """
    figure, ax = style.figure(9.4, 4.6)
    drawn = CellFlow(ax, FAR, np.log10(recall.VANISHED))

    def update(b_f, b_z, W_s, X, lag, seed):
        biases = {"RNN": 0.0, "LSTM": b_f, "GRU": b_z}
        flows = {cell: _flow(cell, bias, W_s, X, seed) for cell, bias in biases.items()}
        norms = {cell: values for cell, (values, _) in flows.items()}
        logs = {cell: log10(values) for cell, values in norms.items()}
        drawn.show(logs, np.arange(FAR + 1) * np.log10(rnn.SIGMOID(b_f)), lag)
        return _flow_in_words(norms, flows["LSTM"][1], flows["GRU"][1], lag)

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
    return gradient_flow.flow(run, run.T, part, part)[:0:-1], kept


def _flow_in_words(norms, f, z, lag):
    at_lag = ", ".join(f"{cell} {number(values[lag])}" for cell, values in norms.items())
    lost = ", ".join(f"{cell} {_lost(values)}" for cell, values in norms.items())
    return (
        f"Over {lag} {'step' if lag == 1 else 'steps'}: {at_lag}. Below a thousandth for good: "
        f"{lost}. On average f = {number(f)} and z = {number(z)}."
    )


def _lost(norms):
    lag = recall.lost_from(norms)
    return f"not within {FAR} steps" if lag is None else f"from lag {lag} on"

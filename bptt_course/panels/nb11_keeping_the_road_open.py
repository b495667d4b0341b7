"""The panels of notebook 11: the directions that three starts keep, and the flow through cells."""

from functools import lru_cache

import numpy as np

from bptt_helpers import bptt, gradient_flow, matrices, rnn
from bptt_course import recall
from bptt_course.figures import axes
from bptt_course.figures.nb11_keeping_the_road_open import CellFlow, Directions
from bptt_course.figures.stage import Stage
from bptt_course.panels.panel import Panel, activations, draws, menu, slider, whole_slider
from bptt_course.words import number, short

N_S, T = 16, 40
INPUTS = ("any sign", "positive")


def starts():
    """The singular values of ∂S_40/∂S_k against the lag 40 - k, for three starts of W_s.

    Random, orthogonal and identity, each scaled to the spectral radius of the slider along the
    picture; 16 states, S_0 = 0, W_x = 1. In one row the lag, the size of the random inputs X, and
    menus for g_1 and for the sign of the inputs; behind "more" the seed. Returns the `Panel`.
    """

    def draw(width):
        figure, row = axes.panes(width, 350, (1, 1, 1), (260, 260, 260), (72, 52, 14, 34))
        drawn = Directions(row, tuple(matrices.STARTS), T)

        def update(radius, lag, X, g_1, inputs, seed):
            found = {
                name: _directions(name, radius, X, seed, g_1, inputs) for name in matrices.STARTS
            }
            at_lag = [values[lag] for values, _ in found.values()]
            said = [f"{_kept(own)} of {N_S} kept, best: {short(own[0])}" for own in at_lag]
            drawn.show([values for values, _ in found.values()], said, lag)
            return _starts_in_words(found, lag)

        return figure, drawn.live, update

    controls = {
        "radius": slider(0.5, 1.5, 1, step=0.01, marks=(1,)),
        "lag": whole_slider(0, T, 20),
        "X": slider(0, 2, 0.1, step=0.05),
        "g_1": activations("tanh"),
        "inputs": menu(INPUTS, "any sign"),
        "seed": draws(),
    }
    title = "the gradient's directions after three starts"
    return Panel(title, controls, draw, main="radius", more=("seed",))


@lru_cache(maxsize=24)
def _directions(name, radius, X, seed, g_1, inputs):
    """The singular values of ∂S_T/∂S_k for the lags 0..T, (T + 1, n_s), and the largest |S_t|."""
    W_s, noise = _drawn(name, seed)
    X = X * (np.abs(noise) if inputs == "positive" else noise)
    run = rnn.forward(X, np.zeros(N_S), rnn.Weights.recurrent(radius * W_s), g_1)
    products = bptt.state_jacobians(run, T)[::-1]
    return np.linalg.svd(products, compute_uv=False), np.abs(run.S).max()


@lru_cache(maxsize=6)
def _drawn(name, seed):
    """W_s with ρ(W_s) = 1, and normal noise for the inputs."""
    W_s = matrices.STARTS[name](N_S, np.random.RandomState(seed))
    noise = np.random.RandomState(1000 + seed).normal(size=(T, N_S))
    return matrices.with_spectral_radius(W_s, 1), noise


def _kept(values):
    """How many directions arrive with a tenth of their length or more."""
    return int(np.sum(values >= 0.1 * (1 - 1e-9)))


def _starts_in_words(found, lag):
    kept = ", ".join(f"{name} {_kept(values[lag])}" for name, (values, _) in found.items())
    largest = ", ".join(f"{name} {number(size)}" for name, (_, size) in found.items())
    steps = "1 step" if lag == 1 else f"{lag} steps"
    return (
        f"Of {N_S} directions, this many keep a tenth or more over {steps}: {kept}\n"
        f"The largest state |S_t| on the way: {largest}."
    )


FAR = 150  # steps back through the cells


def memory_flow():
    """‖∂S_T/∂S_k‖ through an RNN and a GRU, ‖∂C_T/∂C_k‖ through an LSTM, against the lag T - k.

    Untrained networks of 8 states that see a sequence of the recall task. A slider for the bias b_f
    of the forget gate along the picture; in one row the bias b_z of the GRU's gate, factors on all
    recurrent weights W_s and on the inputs X, and the lag; behind "more" the seed. Returns the
    `Panel`.
    """

    def draw(width):
        stage = Stage(width, 360)
        drawn = CellFlow(stage, FAR, np.log10(recall.VANISHED))

        def update(b_f, b_z, W_s, X, lag, seed):
            biases = {"RNN": 0.0, "LSTM": b_f, "GRU": b_z}
            flows = {cell: _flow(cell, bias, W_s, X, seed) for cell, bias in biases.items()}
            norms = {cell: values for cell, (values, _) in flows.items()}
            logs = {cell: axes.log10(values) for cell, values in norms.items()}
            drawn.show(logs, np.arange(FAR + 1) * np.log10(rnn.SIGMOID(b_f)), lag)
            return _flow_in_words(norms, flows["LSTM"][1], flows["GRU"][1], lag)

        return stage.figure, drawn.live, update

    controls = {
        "b_f": slider(-6, 8, 1, step=0.1),
        "b_z": slider(-6, 8, 1, step=0.1),
        "W_s": slider(0, 2, 1, step=0.05),
        "X": slider(0, 3, 1, step=0.1),
        "lag": whole_slider(0, FAR, 50),
        "seed": draws(),
    }
    title = "gradient flow through RNN, LSTM and GRU"
    return Panel(title, controls, draw, main="b_f", more=("seed",))


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
        f"Over {lag} {'step' if lag == 1 else 'steps'}: {at_lag}\nBelow a thousandth for good: "
        f"{lost}. On average f = {number(f)} and z = {number(z)}."
    )


def _lost(norms):
    lag = recall.lost_from(norms)
    return "never" if lag is None else f"from lag {lag} on"

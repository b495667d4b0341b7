"""Learning by gradient descent:  W ← W - η ∂E/∂W,  for an RNN, LSTM or GRU.

First weights, clipping, an optimiser, and the loop that uses them. `random` is a
`numpy.random.RandomState`, so that a run can be repeated number for number.
"""

import time
from dataclasses import dataclass, fields

import numpy as np

from bptt_helpers import bptt, expect, gated, matrices, rnn, sequences

RUNS = (rnn.RNNRun, gated.LSTMRun, gated.GRURun)
CELLS = {"RNN": rnn.Weights, "LSTM": gated.LSTMWeights, "GRU": gated.GRUWeights}


def start(cell, n_x, n_s, n_y, random, W_s="random", bias=1.0, inputs=1.0):
    """First weights for `cell` ("RNN", "LSTM", "GRU"): normal numbers, variance 1 / columns.

    `W_s` names one of `matrices.STARTS`, or is such a function (n, random) -> matrix; a gated cell
    takes one matrix for each gate. `bias` is that of the gate that keeps the state, f in an LSTM
    and z in a GRU (all other biases are 0). W_x is drawn, then multiplied by `inputs`. Raises
    ValueError for an unknown cell or start.

    Gers et al. (2000), Jozefowicz, Zaremba and Sutskever (2015) for a forget gate that starts open.
    """
    cell, random = expect.one_of("cell", cell, CELLS), expect.random_state(random)
    n_x, n_s, n_y = map(expect.whole, ("n_x", "n_s", "n_y"), (n_x, n_s, n_y))
    bias = expect.number("bias", bias)
    inputs = expect.number("inputs", inputs, "a number up to 1e100", lambda one: abs(one) <= 1e100)
    if not callable(W_s):
        W_s = matrices.STARTS[expect.one_of("W_s", W_s, matrices.STARTS)]
    gates = getattr(CELLS[cell], "GATES", ("S",))
    W_x = inputs * random.standard_normal((len(gates) * n_s, n_x)) / np.sqrt(n_x)
    blocks = [expect.finite_array("W_s", W_s(n_s, random)) for _ in gates]
    for block in blocks:
        expect.shape("W_s", block, (n_s, n_s), "a square matrix (n_s, n_s)")
    W_y = random.standard_normal((n_y, n_s)) / np.sqrt(n_s)
    if cell == "RNN":
        return rnn.Weights(W_x, *blocks, W_y)
    weights = CELLS[cell](W_x, np.concatenate(blocks), np.zeros(len(W_x)), W_y)
    return weights.with_bias(**{"LSTM": {"f": bias}, "GRU": {"z": bias}}[cell])


# One forward and one backward pass, whatever the cell


def forward(X, weights, g_1=None, g_2=rnn.IDENTITY):
    """The forward pass of the cell that `weights` belong to, from a state of zeros.

    `g_1` is for the RNN alone, tanh if it is None. Returns `rnn.RNNRun`, `gated.LSTMRun` or
    `gated.GRURun`. Raises ValueError as the three passes do, and for a `g_1` with a gated cell.
    """
    expect.instance("weights", weights, tuple(CELLS.values()), "the weights of an RNN, LSTM or GRU")
    X, n_s = expect.finite_array("X", X), np.shape(weights.W_s)[-1:]
    zeros = np.zeros((*n_s, *X.shape[2:]), weights.W_s.dtype)
    if isinstance(weights, rnn.Weights):
        return rnn.forward(X, zeros, weights, rnn.TANH if g_1 is None else g_1, g_2)
    if g_1 is not None:
        expect.fail("g_1", "None (a gated cell has activations of its own)", g_1)
    if isinstance(weights, gated.LSTMWeights):
        return gated.lstm_forward(X, zeros, zeros, weights, g_2)
    return gated.gru_forward(X, zeros, weights, g_2)


def backward(run, d, at=None, window=None):
    """∂E/∂W for every weight of the run, in their order; `window` is for the RNN alone."""
    expect.run(run, *RUNS)
    if isinstance(run, rnn.RNNRun):
        gradients = bptt.backward(run, d, at, window)
    elif window is not None:
        expect.fail("window", "None (the whole sequence) for a gated cell", window)
    elif isinstance(run, gated.LSTMRun):
        gradients = gated.lstm_backward(run, d, at)
    else:
        gradients = gated.gru_backward(run, d, at)
    return tuple(getattr(gradients, f"dE_d{W.name}") for W in fields(run.weights))


def mean_error(run, d, at=None):
    """E / (number of targets): the squared error of one target, summed over its outputs.

    There is one target for each sequence of a batch if `at` is a time, or one time for each column,
    and one for each step of each if it is None. Raises ValueError if `d` has the wrong shape.
    """
    expect.run(run, *RUNS)
    d, Y = expect.finite_array("d", d), run.Y[1:]
    if at is not None:
        at = expect.times("at", at, run.T, *run.S.shape[2:])
        Y = run.Y[at] if isinstance(at, int) else run.Y[at, :, np.arange(len(at))].T
    expect.shape("d", d, Y.shape, "one number for each output that has a target")
    with np.errstate(all="ignore"):
        return np.sum((d - Y) ** 2).item() / _targets(run, at)


def error_and_gradients(weights, batch, g_1=None, g_2=rnn.IDENTITY, window=None):
    """`mean_error` of a `sequences.Batch`, and its gradient for every weight in their order."""
    expect.instance("batch", batch, sequences.Batch, "a sequences.Batch")
    run = forward(batch.X, weights, g_1, g_2)
    gradients = backward(run, batch.d, batch.at, window)
    targets = _targets(run, batch.at)
    return mean_error(run, batch.d, batch.at), [g / targets for g in gradients]


def _targets(run, at):
    return (run.T if at is None else 1) * int(np.prod(run.S.shape[2:]))


# Clipping


def norm(gradients):
    """√(Σ g²) over all entries of all gradients together; it overflows only if an entry has."""
    return _norm(expect.arrays("gradients", gradients))


def _norm(gradients):
    largest = float(np.max([np.max(np.abs(g), initial=0) for g in gradients]))
    if largest == 0 or not np.isfinite(largest):
        return largest
    with np.errstate(all="ignore"):
        return largest * float(np.sqrt(sum(np.sum((g / largest) ** 2) for g in gradients)))


def clip_norm(gradients, threshold):
    """g ← g · threshold / ‖g‖ if ‖g‖ > threshold: a shorter step in the same direction.

    `gradients` is a sequence of real numbers and arrays, ‖g‖ their norm together. Returns the
    clipped ones, and ‖g‖ as it was. With inf or nan in it a gradient has no direction, and stays as
    it is. Raises ValueError if `threshold` is not positive.

    Pascanu, Mikolov and Bengio (2013), algorithm 1.
    """
    threshold = expect.positive("threshold", threshold)
    gradients = expect.arrays("gradients", gradients)
    length = _norm(gradients)
    if length > threshold and np.isfinite(length):
        gradients = [g * (threshold / length) for g in gradients]
    return tuple(gradients), length


def clip_value(gradients, threshold):
    """g_ij ← the nearest number in [-threshold, threshold], entry by entry: the direction may turn.

    Returns the clipped gradients. Raises ValueError if `threshold` is not positive.
    """
    threshold = expect.positive("threshold", threshold)
    return tuple(np.clip(g, -threshold, threshold) for g in expect.arrays("gradients", gradients))


# The optimiser: it maps (weights, gradients, memory) to the next (weights, memory)


@dataclass(frozen=True)
class Adam:
    """W ← W - η m̂ / (√v̂ + ε),  m and v the running means of ∂E/∂W and of its square.

    m ← β_1 m + (1 - β_1) g,  v ← β_2 v + (1 - β_2) g²,  m̂ = m / (1 - β_1^u),  v̂ = v / (1 - β_2^u)
    at update u = 1, 2, ...; Kingma and Ba (2015), algorithm 1.
    """

    rate: float = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self):
        expect.positive("rate", self.rate)
        expect.positive("epsilon", self.epsilon)
        for name in ("beta_1", "beta_2"):
            expect.number(name, getattr(self, name), "0 or more, below 1", lambda b: 0 <= b < 1)

    def __call__(self, weights, gradients, memory=None):
        weights = expect.arrays("weights", weights)
        gradients = expect.arrays("gradients", gradients)
        shapes = [np.shape(g) for g in gradients]
        if shapes != [np.shape(W) for W in weights]:
            expect.fail("gradients", "one for each weight, of its shape", shapes)
        if memory is None:
            memory = 0, [(np.zeros_like(g), np.zeros_like(g)) for g in gradients]
        u, means = memory[0] + 1, []
        rate = self.rate / (1 - self.beta_1**u)
        moved = []
        with np.errstate(all="ignore"):
            for W, g, (m, v) in zip(weights, gradients, memory[1], strict=True):
                m = self.beta_1 * m + (1 - self.beta_1) * g
                v = self.beta_2 * v + (1 - self.beta_2) * g * g
                means.append((m, v))
                moved.append(W - rate * m / (np.sqrt(v / (1 - self.beta_2**u)) + self.epsilon))
        return moved, (u, means)


# The loop


@dataclass(frozen=True)
class Progress:
    """What `report` is told: `update` of `updates` are done; error and norm are the last one's.

    `seconds_left` is an estimate; `is_last` says that all updates are done or the goal is reached.
    """

    update: int
    updates: int
    error: float
    norm: float
    seconds_left: float
    is_last: bool = False

    def __str__(self):
        left = "done" if self.is_last else f"about {self.seconds_left:.0f} s left"
        return f"update {self.update} of {self.updates}: error {self.error:.3g}, {left}"


@dataclass(frozen=True)
class Training:
    """What was learned: `weights` after the last update, and the curves of all updates.

    `errors[u]` is the mean error of the batch of update u + 1, before it, and `norms[u]` the norm
    of its gradient (that of the mean error), before clipping. `ended` says why: "all updates done",
    "goal reached", "stopped by hand" or "diverged".
    """

    weights: object
    errors: np.ndarray
    norms: np.ndarray
    ended: str


GOAL_OVER = 20  # the goal is compared with the mean error of this many updates


def train(
    weights,
    batches,
    updates,
    random,
    optimiser=None,
    *,
    clip=np.inf,
    goal=None,
    report=None,
    every=0.2,
    **passes,
):
    """`updates` times: a batch, its gradient, clipping by norm at `clip`, one step of `optimiser`.

    `weights` are those of any cell; `batches(random)` makes a `sequences.Batch`; the optimiser is
    Adam() if it is None. With a `goal`, the loop ends as soon as the mean of the last 20 errors is
    below it. `report(progress)` is called after the first update, then every `every` seconds, and
    after the last. `passes` go to `error_and_gradients`: g_1, g_2, window.

    Returns `Training`. The stop button of a notebook (KeyboardInterrupt) ends the loop, and what
    was learned so far is kept; an error, gradient or weight that is no longer finite ends it as
    "diverged", with the last finite weights.
    """
    optimiser = Adam() if optimiser is None else expect.function("optimiser", optimiser)
    updates, clip = expect.whole("updates", updates, 0), expect.positive("clip", clip)
    every = expect.number("every", every, "0 or more seconds", lambda seconds: seconds >= 0)
    goal = None if goal is None else expect.number("goal", goal)
    expect.function("batches", batches)
    if report is not None:
        expect.function("report", report)
    curves, memory, ended = [], None, "all updates done"
    _keep_freed_memory()
    began, told = time.perf_counter(), -np.inf
    try:
        for update in range(1, updates + 1):
            error, gradients = error_and_gradients(weights, batches(random), **passes)
            gradients, length = clip_norm(gradients, clip)
            curves.append((error, length))
            with np.errstate(all="ignore"):
                step = optimiser(weights, gradients, memory)
            words = "a function that returns the next (weights, memory)"
            moved, memory = expect.instance("optimiser", step, tuple, words)
            if not all(np.isfinite(value).all() for value in (error, length, *moved)):
                ended = "diverged"
                break
            weights = type(weights)(*moved)
            if goal is not None and _recent_error(curves) < goal:
                ended = "goal reached"
            last, now = update == updates or ended == "goal reached", time.perf_counter()
            if report is not None and (last or now - told >= every):
                told = now
                seconds_left = 0.0 if last else (now - began) / update * (updates - update)
                report(Progress(update, updates, error, length, seconds_left, last))
            if last:
                break
    except KeyboardInterrupt:
        ended = "stopped by hand"
    errors, norms = np.array(curves).reshape(-1, 2).T
    return Training(weights, errors, norms, ended)


def _recent_error(curves):
    recent = [error for error, _ in curves[-GOAL_OVER:]]
    return np.mean(recent) if len(recent) == GOAL_OVER else np.inf


def _keep_freed_memory():
    """Free one large array: then glibc keeps what is freed (`man mallopt`, M_MMAP_THRESHOLD).

    Otherwise the arrays of every update come anew from the system, page by page, which takes a
    quarter of the time of an LSTM of 64 states. With other C libraries it does nothing.
    """
    np.empty(31 * 2**20, np.uint8)  # glibc takes arrays of less than 32 MiB into account

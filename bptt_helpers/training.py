"""Learning by gradient descent:  W ← W - η ∂E/∂W,  for an RNN, LSTM or GRU.

Starts for the weights, clipping, two optimisers, and the loop that uses them. `random` is a
`numpy.random.RandomState`, so that a run can be repeated number for number.
"""

import time
from dataclasses import dataclass, fields

import numpy as np

from bptt_helpers import bptt, gated, rnn

CELLS = {"RNN": rnn.Weights, "LSTM": gated.LSTMWeights, "GRU": gated.GRUWeights}


# Starts


def random_start(n, random):
    """W_s of independent normal numbers, variance 1/n: for large n its spectral radius nears 1."""
    return random.standard_normal((n, n)) / np.sqrt(n)


def orthogonal_start(n, random):
    """W_s with W_sᵀ W_s = 1, uniform over all rotations and reflections: every norm is kept.

    Saxe, McClelland and Ganguli (2014); Mezzadri (2007), "How to generate random matrices from the
    classical compact groups", for the signs that make it uniform.
    """
    Q, R = np.linalg.qr(random.standard_normal((n, n)))
    return Q * np.sign(np.diag(R))


def identity_start(n, random=None):
    """W_s = 1, the identity matrix: each state begins as a sum. Le, Jaitly and Hinton (2015)."""
    return np.eye(n)


def with_spectral_radius(W_s, radius):
    """W_s · radius / ρ(W_s),  ρ the largest absolute value of an eigenvalue.

    Raises ValueError if W_s is not square, if its ρ is 0, or if `radius` is negative.
    """
    W_s = rnn.finite_array("W_s", W_s)
    if W_s.ndim != 2 or W_s.shape[0] != W_s.shape[1]:
        raise ValueError(f"W_s: expected a square matrix, got shape {W_s.shape}.")
    if not radius >= 0:
        raise ValueError(f"radius: expected 0 or more, got {radius!r}.")
    own = np.max(np.abs(np.linalg.eigvals(W_s)))
    if own == 0:
        raise ValueError("W_s: expected a spectral radius above 0, for it is divided by.")
    return W_s * (radius / own)


STARTS = {"random": random_start, "orthogonal": orthogonal_start, "identity": identity_start}


def start(cell, n_x, n_s, n_y, random, W_s="random", bias=1.0):
    """First weights for `cell` ("RNN", "LSTM", "GRU"): normal numbers, variance 1 / columns.

    `W_s` names one of `STARTS`, or is such a function (n, random) -> matrix; a gated cell takes one
    matrix for each gate. `bias` is that of the gate that keeps the state, f in an LSTM and z in a
    GRU (all other biases are 0). Raises ValueError for an unknown cell or start.

    Gers et al. (2000), Jozefowicz, Zaremba and Sutskever (2015) for a forget gate that starts open.
    """
    if cell not in CELLS:
        raise ValueError(f"cell: expected one of {', '.join(CELLS)}, got {cell!r}.")
    if not callable(W_s) and W_s not in STARTS:
        raise ValueError(f"W_s: expected one of {', '.join(STARTS)}, or a function, got {W_s!r}.")
    recurrent = W_s if callable(W_s) else STARTS[W_s]
    gates = getattr(CELLS[cell], "GATES", ("S",))
    W_x = random.standard_normal((len(gates) * n_s, n_x)) / np.sqrt(n_x)
    W_s = np.concatenate([recurrent(n_s, random) for _ in gates])
    W_y = random.standard_normal((n_y, n_s)) / np.sqrt(n_s)
    if cell == "RNN":
        return rnn.Weights(W_x, W_s, W_y)
    weights = CELLS[cell](W_x, W_s, np.zeros(len(W_s)), W_y)
    return weights.with_bias(**{"LSTM": {"f": bias}, "GRU": {"z": bias}}[cell])


# One forward and one backward pass, whatever the cell


def forward(X, weights, state=None, g_1=None, g_2=rnn.IDENTITY):
    """The forward pass of the cell that `weights` belong to, from zeros or from `state`.

    `state` is (S_0,), or (S_0, C_0) for an LSTM, as `last_state` gives it. `g_1` is for the RNN
    alone, tanh if it is None. Returns `rnn.Unrolled`, `gated.LSTMRun` or `gated.GRURun`. Raises
    ValueError as the three passes do, and for a `g_1` with a gated cell.
    """
    if state is None:
        parts = 2 if isinstance(weights, gated.LSTMWeights) else 1
        n_s = np.shape(weights.W_s)[-1:]
        state = parts * (np.zeros((*n_s, *np.shape(X)[2:]), np.result_type(weights.W_s)),)
    if isinstance(weights, rnn.Weights):
        return rnn.forward(X, *state, weights, rnn.TANH if g_1 is None else g_1, g_2)
    if g_1 is not None:
        raise ValueError(
            f"g_1: expected None (a gated cell has activations of its own), got {g_1!r}."
        )
    if isinstance(weights, gated.LSTMWeights):
        return gated.lstm_forward(X, *state, weights, g_2)
    return gated.gru_forward(X, *state, weights, g_2)


def last_state(run):
    """(S_T,), or (S_T, C_T) for an LSTM: where the next part of the sequence goes on."""
    return (run.S[-1], run.C[-1]) if isinstance(run, gated.LSTMRun) else (run.S[-1],)


def backward(run, d, at=None, window=None):
    """∂E/∂W for every weight of the run, in their order; `window` is for the RNN alone."""
    if isinstance(run, rnn.Unrolled):
        gradients = bptt.backward(run, d, at, window)
    elif window is not None:
        raise ValueError(
            f"window: expected None (the whole sequence) for a gated cell, got {window!r}."
        )
    elif isinstance(run, gated.LSTMRun):
        gradients = gated.lstm_backward(run, d, at)
    else:
        gradients = gated.gru_backward(run, d, at)
    return tuple(getattr(gradients, f"dE_d{W.name}") for W in fields(run.weights))


def mean_error(run, d, at=None):
    """E / (number of targets): the squared error of one target, summed over its outputs.

    There is one target for each sequence of a batch if `at` is a time, or one time for each column,
    and one for each step of each if it is None. Raises ValueError if `d` has not the fitting shape.
    """
    d = rnn.finite_array("d", d)
    if at is None:
        Y = run.Y[1:]
    else:
        Y = run.Y[at] if np.ndim(at) == 0 else run.Y[at, :, np.arange(len(at))].T
    rnn.expect_shape("d", d, Y.shape, "one number for each output that has a target")
    with np.errstate(all="ignore"):
        return float(np.sum((d - Y) ** 2)) / _targets(run, at)


def error_and_gradients(weights, batch, g_1=None, g_2=rnn.IDENTITY, window=None):
    """`mean_error` of a `sequences.Batch`, and its gradient for every weight in their order."""
    run = forward(batch.X, weights, g_1=g_1, g_2=g_2)
    gradients = backward(run, batch.d, batch.at, window)
    targets = _targets(run, batch.at)
    return mean_error(run, batch.d, batch.at), [g / targets for g in gradients]


def _targets(run, at):
    return (run.T if at is None else 1) * int(np.prod(run.S.shape[2:]))


def continued(X, weights, steps, next_input=lambda Y: Y, **activations):
    """The outputs that follow when each output comes back as the next input.

    After X_1..X_T the network is fed `next_input(Y_T)`, and so on; `next_input` maps one output to
    one input (itself, if it is left out). Returns the `steps` inputs that were made, as rows.
    """
    run, made = forward(X, weights, **activations), []
    for _ in range(steps):
        made.append(next_input(run.Y[-1]))
        run = forward(made[-1][None], weights, state=last_state(run), **activations)
    return np.array(made)


# Clipping


def norm(gradients):
    """√(Σ g²) over all entries of all gradients together; it overflows only if an entry has."""
    largest = float(np.max([np.max(np.abs(g), initial=0) for g in gradients]))
    if largest == 0 or not np.isfinite(largest):
        return largest
    return largest * float(np.sqrt(sum(np.sum((np.asarray(g) / largest) ** 2) for g in gradients)))


def clip_norm(gradients, threshold):
    """g ← g · threshold / ‖g‖ if ‖g‖ > threshold: a shorter step in the same direction.

    `gradients` is a sequence of numbers and arrays, ‖g‖ their norm together. Returns the clipped
    ones, and ‖g‖ as it was. With inf or nan in it a gradient has no direction, and stays as it is.
    Raises ValueError if `threshold` is not positive.

    Pascanu, Mikolov and Bengio (2013), algorithm 1.
    """
    length = norm(gradients)
    if length > _positive("threshold", threshold) and np.isfinite(length):
        gradients = [g * (threshold / length) for g in gradients]
    return tuple(gradients), length


def clip_value(gradients, threshold):
    """g_ij ← the nearest number in [-threshold, threshold], entry by entry: the direction may turn.

    Returns the clipped gradients. Raises ValueError if `threshold` is not positive.
    """
    _positive("threshold", threshold)
    return tuple(np.clip(g, -threshold, threshold) for g in gradients)


def _positive(name, value):
    if not value > 0:
        raise ValueError(f"{name}: expected a positive number, got {value!r}.")
    return value


# Optimisers: each maps (weights, gradients, memory) to the next (weights, memory)


@dataclass(frozen=True)
class SGD:
    """v ← μ v - η ∂E/∂W,  W ← W + v,  with learning rate η and momentum μ (0: plain descent).

    Polyak (1964); in this form Sutskever et al. (2013), equations 1 and 2.
    """

    rate: float
    momentum: float = 0.0

    def __call__(self, weights, gradients, memory=None):
        if memory is None:
            memory = [np.zeros_like(g) for g in gradients]
        v = [self.momentum * v - self.rate * g for v, g in zip(memory, gradients, strict=True)]
        return [W + step for W, step in zip(weights, v, strict=True)], v


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

    def __call__(self, weights, gradients, memory=None):
        if memory is None:
            memory = 0, [(np.zeros_like(g), np.zeros_like(g)) for g in gradients]
        u, means = memory[0] + 1, []
        rate = self.rate / (1 - self.beta_1**u)
        moved = []
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
    optimiser = Adam() if optimiser is None else optimiser
    curves, memory, ended = [], None, "all updates done"
    _keep_freed_memory()
    began, told = time.perf_counter(), -np.inf
    try:
        for update in range(1, updates + 1):
            error, gradients = error_and_gradients(weights, batches(random), **passes)
            gradients, length = clip_norm(gradients, clip)
            curves.append((error, length))
            with np.errstate(all="ignore"):
                moved, memory = optimiser(weights, gradients, memory)
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

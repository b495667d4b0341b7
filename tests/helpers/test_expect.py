"""Bad input is told in words: all arguments of all public functions, bad values of all kinds.

What may come of it: a ValueError that names the argument, says what was expected and what came, and
is short; or a result. Never another exception, never a warning.
"""

import datetime
import inspect
import re
import warnings
from dataclasses import is_dataclass

import numpy as np
import pytest
from gated_networks import random_gated
from networks import random_network
from numpy.random import RandomState

from bptt_helpers import (
    bptt,
    expect,
    gated,
    gradcheck,
    gradient_flow,
    matrices,
    rnn,
    sequences,
    training,
)

MODULES = (rnn, bptt, gradcheck, matrices, gradient_flow, gated, sequences, training)


class OnlyAnIndex:
    def __index__(self):
        return 2


class Unprintable:
    def __repr__(self):
        raise RuntimeError("no text for this")


class Anything:
    def __init__(self, *values, **named):
        pass


SCALAR = random_network(0, "scalar", T=3)
VECTOR = random_network(0, "vector", T=3, sizes=(2, 3, 1, 1))
BATCH = random_network(0, "batch", T=3, sizes=(2, 3, 1, 4))
LSTM, GRU = (random_gated(0, cell, "batch", T=3, sizes=(2, 3, 1, 4)) for cell in ("LSTM", "GRU"))
ONE_LSTM = random_gated(0, "LSTM", "vector", T=3, sizes=(2, 3, 1, 1))
W_S = RandomState(0).normal(size=(3, 3))
GRADIENTS = [np.ones((2, 2)), 3.0]

BAD = {
    "None": None,
    "text": "1",
    "no text": "",
    "long text": "x" * 1_000_000,
    "bytes": b"1",
    "nan": np.nan,
    "infinity": np.inf,
    "minus infinity": -np.inf,
    "large": 1e308,
    "small": 5e-324,
    "True": True,
    "NumPy's True": np.True_,
    "booleans": np.array([True, False]),
    "complex": 1 + 2j,
    "complex numbers": np.ones(3) * 1j,
    "negative": -3,
    "zero": 0,
    "fraction": 1.5,
    "huge": 10**30,
    "without a text": 10**5000,
    "masked": np.ma.array([1.0, 2.0, 3.0], mask=[False, True, False]),
    "masked whole numbers": np.ma.array([1, 2, 3], mask=[False, True, False]),
    "one masked": np.ma.masked,
    "list with a masked": [1.0, np.ma.masked, 2.0],
    "nothing": [],
    "no rows": np.ones((0, 2)),
    "no columns": np.ones((3, 0)),
    "row": np.ones(7),
    "matrix": np.ones((2, 5)),
    "four axes": np.ones((2, 2, 2, 2)),
    "float16": np.ones(3, np.float16),
    "times": [1, 2, 3, 3],
    "times too many": [1] * 2_000,
    "times out of range": [0, 1, 2, 3],
    "ragged": [[1], [1, 2]],
    "long and ragged": [[1, 2]] * 3_000 + [[1]],
    "objects": np.array([1, None]),
    "set": {1, 2},
    "dict": {"a": 1},
    "date": datetime.date(2026, 1, 1),
    "dates": np.array(["2026-01-01"], "datetime64[D]"),
    "only an index": OnlyAnIndex(),
    "unprintable": Unprintable(),
    "function": lambda *values, **named: None,
    "class": Anything,
    "RNN": BATCH.run(),
    "LSTM": LSTM.run(),
    "GRU": GRU.run(),
    "weights": VECTOR.weights,
    "LSTM weights": LSTM.weights,
    "batch": sequences.Batch(BATCH.X, BATCH.d[0], 9),
    "generator of random numbers": np.random.default_rng(0),
}


def of_passes():
    """(function, good arguments) for forward and backward passes and for what measures them."""
    for network in (SCALAR, VECTOR, BATCH):
        run, d = network.run(), network.d
        start = {"X": network.X, "S_0": network.S_0}
        yield rnn.Weights, dict(zip(("W_x", "W_s", "W_y"), network.weights, strict=True))
        yield rnn.Weights.recurrent, {"W_s": network.weights.W_s}
        yield rnn.forward, {**start, "weights": network.weights, "g_1": "tanh", "g_2": rnn.RELU}
        yield rnn.error, {"d": d[0], "Y": run.Y[1]}
        yield bptt.backward, {"run": run, "d": d[1], "at": 2, "window": 1}
        yield bptt.backward, {"run": run, "d": d, "at": None, "window": None}
        yield bptt.chain_rule_terms, {"run": run, "d": d[1], "at": 2}
        yield bptt.state_jacobian, {"run": run, "t": 3, "k": 1}
        yield bptt.state_jacobians, {"run": run, "t": 3}
        yield (
            training.forward,
            {"X": network.X, "weights": network.weights, "g_1": None, "g_2": "tanh"},
        )
        yield training.backward, {"run": run, "d": d[1], "at": 2, "window": None}
        yield training.mean_error, {"run": run, "d": d[1], "at": 2}
    ends = {"run": BATCH.run(), "d": BATCH.d[0], "at": [1, 2, 3, 3]}
    yield bptt.backward, {**ends, "window": 2}
    yield training.mean_error, ends
    for network in (LSTM, GRU, ONE_LSTM):
        run, d = network.run(), network.d
        start = {"X": network.X, "S_0": network.S_0}
        if network is GRU:
            yield gated.gru_forward, {**start, "weights": network.weights, "g_2": "identity"}
            yield gated.gru_backward, {"run": run, "d": d[1], "at": 2}
        else:
            start["C_0"] = network.C_0
            yield gated.lstm_forward, {**start, "weights": network.weights, "g_2": "identity"}
            yield gated.lstm_backward, {"run": run, "d": d[1], "at": 2}
        names = ("W_x", "W_s", "b", "W_y")
        yield type(network.weights), dict(zip(names, network.weights, strict=True))
        yield network.weights.rows, {"gate": network.weights.GATES[0]}
        yield training.backward, {"run": run, "d": d, "at": None, "window": None}
    yield ONE_LSTM.weights.with_bias, {"f": 1.0}
    one = {"run": ONE_LSTM.run(), "t": 2}
    yield gradient_flow.flow, {**one, "of": "C", "by": "S"}
    yield gradient_flow.step_jacobians, {"run": VECTOR.run()}


def sum_of_squares(W):
    parts = vars(W).values() if is_dataclass(W) else [W]
    return sum(np.sum(part**2) for part in parts)


def of_the_rest():
    """(function, good arguments) for all others."""
    yield rnn.Activation, {"name": "own", "function": np.tanh, "slope": np.cos, "steepest": 1.0}
    for g in rnn.ACTIVATIONS.values():
        yield g, {"a": 1.0}
        yield g.derivative, {"a": 1.0}
    yield rnn.activation, {"g": "tanh"}
    for W in (SCALAR.weights, W_S, 2.0):
        for gradient_of in (gradcheck.central_difference, gradcheck.complex_step):
            yield gradient_of, {"E": sum_of_squares, "W": W, "h": 0.1}
    yield gradcheck.relative_error, {"gradient": W_S, "reference": W_S}
    yield matrices.spectral_radius, {"W": W_S}
    yield matrices.largest_singular_value, {"W": W_S}
    yield matrices.with_spectral_radius, {"W_s": W_S, "radius": 1.0}
    for start in matrices.STARTS.values():
        yield start, {"n": 3, "random": RandomState(0)}
    yield matrices.draw, {"kind": "random", "n_s": 3, "radius": 1, "stretch": 2, "seed": 0}
    yield sequences.Batch(BATCH.X, BATCH.d[0], 2).astype, {"number": np.float32}
    yield sequences.recall, {"lag": 3, "B": 2, "random": RandomState(0)}
    yield sequences.adding, {"T": 3, "B": 2, "random": RandomState(0)}
    yield sequences.together, {"sequences": [(np.ones((2, 3)), [1.0])]}
    yield sequences.zen, {}
    yield sequences.alphabet, {"text": "banana"}
    yield sequences.as_columns, {"text": "banana", "letters": "abn"}
    yield sequences.next_letter, {"text": "banana", "T": 2, "B": 2, "random": RandomState(0)}
    yield sequences.letter_baseline, {"text": "banana"}
    sizes = {"cell": "LSTM", "n_x": 2, "n_s": 3, "n_y": 1}
    sizes |= {"random": RandomState(0)}
    yield training.start, {**sizes, "W_s": "random", "bias": 1.0, "inputs": 1.0}
    batch = sequences.Batch(BATCH.X, BATCH.d[0], 2)
    passes = {"g_1": None, "g_2": "identity", "window": None}
    yield training.error_and_gradients, {"weights": BATCH.weights, "batch": batch, **passes}
    yield training.norm, {"gradients": GRADIENTS}
    yield training.clip_norm, {"gradients": GRADIENTS, "threshold": 1.0}
    yield training.clip_value, {"gradients": GRADIENTS, "threshold": 1.0}
    yield training.Adam, {"rate": 0.1, "beta_1": 0.9, "beta_2": 0.9, "epsilon": 1e-8}
    yield training.Adam(), {"weights": GRADIENTS, "gradients": GRADIENTS}
    loop = {"weights": BATCH.weights, "batches": lambda random: batch, "updates": 2, "random": None}
    options = {"optimiser": None, "clip": 1.0, "goal": None, "report": None, "every": 0.2}
    yield training.train, {**loop, **options}


CALLS = [*of_passes(), *of_the_rest()]
CASES = [(function, good, name) for function, good in CALLS for name in good]
OTHERS_TOLD = {  # parts of the argument, and what no longer fits to it where it is right in itself
    "sequences": ("X", "d"),
    "batch": ("X", "d", "at"),
    "batches": ("batch",),
    "at": ("d",),
    "g": ("activation",),
    "run": ("d", "at", "window", "of", "by"),
    "weights": ("X", "S_0", "C_0", "d", "g_1", "gradients"),
}
INTERNAL = {  # pieces that the modules use among themselves, behind the checks
    *(rnn.copied, rnn.laid_out, rnn.frozen, rnn.each_step, rnn.product_with, rnn.step_views),
    *(rnn.empty_steps, bptt.errors_at_outputs, gated.lstm_slopes, gated.gru_slopes),
}


def name_of(function):
    return getattr(function, "__qualname__", type(function).__qualname__)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{name_of(case[0])}-{case[2]}")
def test_a_bad_value_is_told_or_has_a_result(case):
    function, good, name = case
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        function(**good)
        for kind, value in BAD.items():
            try:
                function(**{**good, name: value})
            except ValueError as error:
                said = str(error)
            except Exception as error:
                pytest.fail(f"{kind}: {type(error).__name__}: {error}")
            else:
                continue
            names = (name, *OTHERS_TOLD.get(name, ()))
            assert any(re.search(rf"\b{one}\b", said) for one in names), f"{kind}: {said}"
            assert "expected" in said and "got" in said, f"{kind}: {said}"
            assert len(said) <= 400, f"{kind}: {said[:400]}"


def public(module):
    """What a reader may call in a module: functions, classes that check, their public methods."""
    for name, value in vars(module).items():
        if name.startswith("_") or getattr(value, "__module__", "") != module.__name__:
            continue
        if inspect.isfunction(value):
            yield value
        elif inspect.isclass(value):
            if not is_dataclass(value) or "__post_init__" in dir(value):
                yield value
            yield from (m for n, m in vars(value).items() if n[0] != "_" and inspect.isfunction(m))


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_no_function_and_no_argument_is_left_out(module):
    asked = {}
    for function, good in CALLS:
        asked.setdefault(getattr(function, "__func__", function), set()).update(good)
    asked[gated.GatedWeights] = {"W_x", "W_s", "b", "W_y"}  # by its two kinds
    for function in public(module):
        if function in INTERNAL:
            continue
        assert function in asked, name_of(function)
        parameters = inspect.signature(function).parameters.values()
        named = {p.name for p in parameters if p.kind != p.VAR_KEYWORD} - {"self", "argument"}
        assert named <= asked[function], name_of(function)


# What the words are


@pytest.mark.parametrize(
    "value, words",
    [
        (np.ma.array([1.0, 2.0], mask=[False, True]), "without masked entries"),
        ([1.0, np.ma.masked], "without masked entries"),
        ([np.ma.array([1.0], mask=[True])], "without masked entries"),
        ([[1], [1, 2]], "numbers in rows of the same length"),
        ("1", "a number or an array of numbers, got '1'"),
        ([], r"at least one number, got shape \(0,\)"),
        ([1, np.nan], "finite numbers, got nan or infinity in it"),
        (10**5000, "a number or an array of numbers, got a int"),
    ],
    ids=lambda case: case if isinstance(case, str) else "",
)
def test_what_is_no_array_of_numbers_is_told(value, words):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match=words):
            expect.finite_array("X", value)


def test_a_masked_array_that_masks_nothing_is_an_array():
    value = np.ma.array([1.0, 2.0], mask=[False, False])
    assert type(expect.finite_array("X", value)) is np.ndarray


@pytest.mark.parametrize("kind", [bool, np.int8, np.uint64])
def test_booleans_and_whole_numbers_become_fractions(kind):
    for value in (np.array([0, 1], kind), kind(1), [kind(1), kind(0)]):
        assert expect.finite_array("X", value).dtype == float


def test_single_precision_and_complex_numbers_stay():
    for kind in (np.float32, np.complex64):
        assert expect.finite_array("X", np.ones(2, kind)).dtype == kind
    with pytest.raises(ValueError, match="h: expected a positive number, real and not complex"):
        expect.positive("h", 1j)


def test_a_time_is_a_whole_number_and_no_truth_value():
    for value in (2, np.int8(2), np.array(2), OnlyAnIndex()):
        assert expect.time("at", value, 3) == 2
        assert type(expect.time("at", value, 3)) is int
    for value in (True, 0, 4, 2.0, "2", np.ma.array(2, mask=True), None):
        with pytest.raises(ValueError, match="at: expected a whole number from 1 to T = 3, got"):
            expect.time("at", value, 3)


def test_what_came_is_cut():
    with pytest.raises(ValueError) as raised:
        rnn.forward([[1, 2]] * 200_000 + [[1]], 0.0, rnn.Weights(1, 1, 1))
    assert len(str(raised.value)) < 300
    assert str(raised.value).startswith(
        "X: expected numbers in rows of the same length, got [[1, 2],"
    )

"""Forward and backward pass against two independent autodiff libraries: HIPS autograd, PyTorch.

Both get the equations in one form, that of a batch of vectors: a scalar network is one state, one
sequence is one column. A nudge of zero is added to every state; its gradient is the total dE/dS_t.
"""

import contextlib
import io
import re
import sys
from types import SimpleNamespace

import gated_networks
import nbformat
import numpy as np
import pytest
from networks import KINDS, NAMES, assert_agree, random_network
from refresh_notebooks import NOTEBOOKS

from bptt_helpers import bptt, training

sys.path.append(str(NOTEBOOKS.parent / "benchmarks"))

import bptt_contenders

SEEDS = range(5)  # for each kind and pair of activations: 240 networks in all
every_kind_and_activation = [(k, g_1, g_2) for k in KINDS for g_1 in NAMES for g_2 in NAMES]


def as_batch(network):
    """X (T, n_x, B), d (T, n_y, B), S_0 (n_s, B) and three matrices."""
    T = network.T
    columns = network.X.shape[2] if network.X.ndim == 3 else 1
    X, d = network.X.reshape(T, -1, columns), network.d.reshape(T, -1, columns)
    return X, d, network.S_0.reshape(-1, columns), [np.atleast_2d(W) for W in network.weights]


def assert_same(network, at, E, gradients, rtol):
    """`gradients` in the order W_x, W_s, W_y, then one for every state S_0..S_T."""
    run = network.run()
    ours = bptt.backward(run, network.target(at), at)
    assert_agree(network.error(at=at), E, 1e-12)
    names = ("dE_dW_x", "dE_dW_s", "dE_dW_y", "dE_dS")
    for name, reference in zip(names, gradients, strict=True):
        assert_agree(getattr(ours, name), np.reshape(reference, getattr(ours, name).shape), rtol)


# HIPS autograd


@pytest.fixture(scope="module")
def hips():
    import autograd
    import autograd.numpy as anp

    g = {
        "identity": lambda a: a,
        "tanh": anp.tanh,
        "sigmoid": lambda a: 0.5 * (1 + anp.tanh(a / 2)),
        "ReLU": lambda a: anp.where(a > 0, a, 0 * a),  # anp.maximum has slope 1/2 at 0
    }
    return SimpleNamespace(np=anp, value_and_grad=autograd.value_and_grad, g=g)


@pytest.mark.parametrize("kind, g_1, g_2", every_kind_and_activation)
def test_hips_autograd(kind, g_1, g_2, hips):
    for seed in SEEDS:
        network = random_network(100 + seed, kind, g_1, g_2)
        X, d, S_0, weights = as_batch(network)

        def error(parameters, at, X=X, d=d, S_0=S_0, T=network.T):
            W_x, W_s, W_y, nudges = parameters
            S, E = S_0 + nudges[0], 0.0
            for t in range(1, T + 1):
                S = hips.g[g_1](hips.np.dot(W_x, X[t - 1]) + hips.np.dot(W_s, S)) + nudges[t]
                if at in (None, t):
                    E = E + hips.np.sum((d[t - 1] - hips.g[g_2](hips.np.dot(W_y, S))) ** 2)
            return E

        nudges = np.zeros((network.T + 1, *S_0.shape))
        for at in (None, network.T):
            E, gradients = hips.value_and_grad(error)([*weights, nudges], at)
            assert_same(network, at, E, gradients, rtol=1e-11)


# PyTorch


def torch_activation(torch, name):
    known = {"identity": lambda a: a, "tanh": torch.tanh, "sigmoid": torch.sigmoid}
    return {**known, "ReLU": torch.relu}[name]


@pytest.mark.parametrize("kind, g_1, g_2", every_kind_and_activation)
def test_pytorch(kind, g_1, g_2, torch):
    inner, outer = torch_activation(torch, g_1), torch_activation(torch, g_2)
    for seed in SEEDS:
        network = random_network(200 + seed, kind, g_1, g_2)
        X, d, S_0, weights = as_batch(network)
        X, d = torch.tensor(X), torch.tensor(d)
        for at in (None, 1, network.T):
            W_x, W_s, W_y = (torch.tensor(W, requires_grad=True) for W in weights)
            nudges = torch.zeros((network.T + 1, *S_0.shape), dtype=torch.float64)
            nudges.requires_grad_()
            S, E = torch.tensor(S_0) + nudges[0], 0
            for t in range(1, network.T + 1):
                S = inner(W_x @ X[t - 1] + W_s @ S) + nudges[t]
                if at in (None, t):
                    E = E + ((d[t - 1] - outer(W_y @ S)) ** 2).sum()
            E.backward()
            gradients = [V.grad.numpy() for V in (W_x, W_s, W_y, nudges)]
            assert_same(network, at, E.item(), gradients, rtol=1e-9)


@pytest.mark.parametrize("g_1", ["tanh", "ReLU"])
@pytest.mark.parametrize("kind", KINDS)
def test_pytorchs_own_recurrent_layer(kind, g_1, torch):
    """torch.nn.RNN is a forward pass that nobody here wrote."""
    for seed in range(10):
        network = random_network(300 + seed, kind, g_1)
        X, d, S_0, weights = as_batch(network)
        W_x, W_s, W_y = (torch.tensor(W) for W in weights)
        layer = torch.nn.RNN(*reversed(W_x.shape), nonlinearity=g_1.lower(), bias=False).double()
        layer.weight_ih_l0.data, layer.weight_hh_l0.data = W_x, W_s
        S_0 = torch.tensor(S_0.T[None].copy(), requires_grad=True)
        S, _ = layer(torch.tensor(X).transpose(1, 2), S_0)
        E = ((torch.tensor(d).transpose(1, 2) - S @ W_y.T) ** 2).sum()
        E.backward()

        run, ours = network.run(), bptt.backward(network.run(), network.d)
        assert_agree(run.S[1:], S.detach().transpose(1, 2).numpy().reshape(run.S[1:].shape), 1e-12)
        assert_agree(network.error(), E.item(), 1e-12)
        for gradient, reference in (
            (ours.dE_dW_x, layer.weight_ih_l0.grad),
            (ours.dE_dW_s, layer.weight_hh_l0.grad),
            (ours.dE_dS[0], S_0.grad[0].T),
        ):
            assert_agree(gradient, reference.numpy().reshape(np.shape(gradient)), 1e-9)


# LSTM and GRU, the optimiser and clipping: PyTorch's own


PYTORCH = {"LSTM": ("i", "f", "C_tilde", "o"), "GRU": ("r", "z", "S_tilde")}  # order of its rows


@pytest.mark.parametrize("kind", gated_networks.KINDS)
@pytest.mark.parametrize("cell", PYTORCH)
def test_pytorchs_own_lstm_and_gru(cell, kind, torch):
    for seed in range(10):
        network = gated_networks.random_gated(100 + seed, cell, kind, T=1 + seed % 7)
        weights, order = network.weights, PYTORCH[cell]
        rows = np.concatenate([np.arange(len(weights.b))[weights.rows(gate)] for gate in order])
        columns = (..., None) if kind == "vector" else (...,)
        X, S_0, C_0, d = (
            torch.tensor(V[columns].swapaxes(-1, -2).copy())
            for V in (network.X, network.S_0, network.C_0, network.d)
        )
        layer = getattr(torch.nn, cell)(*reversed(weights.W_x[rows[: len(S_0[0])]].shape)).double()
        layer.weight_ih_l0.data = torch.tensor(weights.W_x[rows])
        layer.weight_hh_l0.data = torch.tensor(weights.W_s[rows])
        layer.bias_ih_l0.data = torch.tensor(weights.b[rows])
        layer.bias_hh_l0.data.zero_()
        W_y = torch.tensor(weights.W_y, requires_grad=True)
        start = [V[None].requires_grad_() for V in ((S_0,) if cell == "GRU" else (S_0, C_0))]
        S, _ = layer(X, start[0] if cell == "GRU" else tuple(start))
        E = ((d - S @ W_y.T) ** 2).sum()
        E.backward()

        run, ours = network.run(), network.backward()
        assert_agree(run.S[1:], S.detach().numpy().swapaxes(1, 2).reshape(run.S[1:].shape), 1e-13)
        assert_agree(network.error(), E.item(), 1e-13)
        for gradient, reference in (
            (ours.dE_dW_x[rows], layer.weight_ih_l0.grad),
            (ours.dE_dW_s[rows], layer.weight_hh_l0.grad),
            (ours.dE_db[rows], layer.bias_ih_l0.grad),
            (ours.dE_dW_y, W_y.grad),
            (ours.dE_dS[0], start[0].grad[0].T),
            *(((ours.dE_dC[0], start[1].grad[0].T),) if cell == "LSTM" else ()),
        ):
            assert_agree(gradient, reference.numpy().reshape(gradient.shape), 1e-11)


def test_adam_is_that_of_pytorch(torch):
    random = np.random.RandomState(0)
    adam, W, memory = training.Adam(0.03, 0.8, 0.99, 1e-6), [np.ones((3, 2)), np.ones(4)], None
    parameters = [torch.tensor(w, requires_grad=True) for w in W]
    theirs = torch.optim.Adam(parameters, lr=0.03, betas=(0.8, 0.99), eps=1e-6)
    for _ in range(20):
        gradients = [random.normal(size=w.shape) for w in W]
        for parameter, g in zip(parameters, gradients, strict=True):
            parameter.grad = torch.tensor(g)
        theirs.step()
        W, memory = adam(W, gradients, memory)
    for w, parameter in zip(W, parameters, strict=True):
        assert_agree(w, parameter.detach().numpy(), 1e-12)


def test_clipping_is_that_of_pytorch(torch):
    random = np.random.RandomState(0)
    gradients = [random.normal(size=(3, 2)), random.normal(size=4)]
    parameters = [torch.zeros(g.shape, dtype=torch.float64) for g in gradients]
    for parameter, g in zip(parameters, gradients, strict=True):
        parameter.grad = torch.tensor(g)
    length = torch.nn.utils.clip_grad_norm_(parameters, 0.5)
    clipped, ours = training.clip_norm(gradients, 0.5)
    assert ours == pytest.approx(length.item())
    for one, parameter in zip(clipped, parameters, strict=True):
        assert_agree(one, parameter.grad.numpy(), 1e-5)  # PyTorch adds 1e-6 to the norm


# the sizes of the benchmark, and the listing of notebook 06

SIZES = [(3, 1, 1), (3, 4, 1), (30, 16, 1), (100, 64, 1)]
SIZES += [(100, 64, 32), (200, 256, 32), (1000, 64, 16)]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: "{}-{}-{}".format(*size))
@pytest.mark.parametrize("contender", ["autograd", "torch loop", "torch nn.RNN"])
def test_the_sizes_of_the_benchmark(contender, size, request):
    """benchmarks/bptt_speed.py compares like with like: all contenders give our gradients."""
    framework, gradients_of, _ = bptt_contenders.CONTENDERS[contender]
    request.getfixturevalue("torch" if framework == "torch" else "hips")
    given = bptt_contenders.problem(*size, np.float64)
    ours, theirs = bptt_contenders.ours(given)(), gradients_of(given)()
    for gradient, reference in zip(ours, theirs, strict=True):
        assert_agree(gradient, np.asarray(reference).reshape(np.shape(gradient)), 1e-9)


def test_the_listings_of_notebook_06(torch):
    """The network in PyTorch prints what the comments beside its prints say."""
    cells = nbformat.read(NOTEBOOKS / "06_trust_and_use.ipynb", as_version=4).cells
    listings = [re.findall(r"```python\n(.*?)```", c.source, re.DOTALL) for c in cells]
    listing = "".join(code for found in listings for code in found if ".backward()" in code)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(listing, "listing", "exec"), {})
    said = re.findall(r"^print.*  # (.*)$", listing, re.MULTILINE)
    assert printed.getvalue().splitlines() == said
    assert [line.split()[0] for line in said] == ["tensor(13.)", "tensor(44.)", "tensor(12.)"]

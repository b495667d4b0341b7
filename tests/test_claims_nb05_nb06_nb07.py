"""What notebooks 05 to 07 say in words, beside the numbers that their cells print."""

import nbformat
import numpy as np
import pytest
from refresh_notebooks import NOTEBOOKS

from bptt_helpers import bptt, gradcheck, rnn

SEEDS = range(30)
STOPS = np.arange(-200, 201) / 100  # of the slider of W_s in notebook 07


def cell(stem, identifier):
    """The source of a notebook's cell."""
    cells = nbformat.read(NOTEBOOKS / f"{stem}.ipynb", as_version=4).cells
    return next(cell.source for cell in cells if cell.id == identifier)


def back(W_s, T, S_0, X, g_1):
    """|∂S_T/∂S_0| of one state; X is a number or the inputs of all steps."""
    run = rnn.forward(np.broadcast_to(X, T), S_0, rnn.Weights(1, W_s, 1), g_1)
    return abs(bptt.state_jacobian(run, T, 0))


# ---- 05 ------------------------------------------------------------------------------------------


def test_nb05_softmax_with_cross_entropy_changes_the_first_factor_only():
    rng = np.random.RandomState(0)
    W_y, S, o = rng.randn(4, 3), rng.randn(3), np.eye(4)[2]

    def cross_entropy(S):
        e = np.exp(W_y @ S)
        return -np.log(o @ e / e.sum())

    p = np.exp(W_y @ S) / np.exp(W_y @ S).sum()
    assert W_y.T @ (p - o) == pytest.approx(gradcheck.complex_step(cross_entropy, S), rel=1e-12)


# ---- 06 ------------------------------------------------------------------------------------------


def descent(eta, steps):
    """Y_3 - 6 and the three weights, before the first step of descent and after each."""
    weights, misses = [np.array([1, 0.5, 2])], []
    for _ in range(steps + 1):
        run = rnn.forward([3, 1, 2], 2, rnn.Weights(*weights[-1]), "identity")
        g = bptt.backward(run, 6, at=3)
        misses.append(run.Y[3] - 6)
        weights.append(weights[-1] - eta * np.array([g.dE_dW_x, g.dE_dW_s, g.dE_dW_y]))
    return np.array(misses), np.array(weights[:-1])


def test_nb06_one_step_is_best_near_0_003():
    stops = np.arange(1, 31) / 2000
    errors = [descent(eta, 1)[0][1] ** 2 for eta in stops]
    assert stops[np.argmin(errors)] == pytest.approx(0.003)
    assert min(errors) < 1e-3


def test_nb06_in_20_steps_0_004_gets_below_1e_minus_8_and_0_001_does_not():
    slow, quick = descent(0.001, 20)[0] ** 2, descent(0.004, 20)[0] ** 2
    assert (np.diff(slow) < 0).all()
    assert slow[-1] > 1e-8
    assert quick[2] > 1e-8
    assert (quick[3:] < 1e-8).all()


def test_nb06_the_zigzag_comes_closer_because_the_far_side_is_less_steep():
    misses, weights = descent(0.01, 20)
    assert (misses[1:] * misses[:-1] < 0).all()
    assert (abs(misses[2:]) < abs(misses[:-2])).all()
    assert misses[:2] == pytest.approx([1, -1.7], abs=0.01)
    assert misses[20] ** 2 == pytest.approx(0.09, abs=0.005)
    lengths = np.linalg.norm(np.diff(weights, axis=0), axis=1)
    steepness = lengths / abs(0.02 * misses[:-1])
    assert steepness[1::2].max() < steepness[::2].min()
    assert (weights[1::2] < weights[:-1:2]).all()
    assert (abs(misses[1:-1:2]) > abs(misses[:-1:2])).all()
    assert np.allclose(lengths[::2], lengths[1::2], rtol=0.1)


def test_nb06_on_more_than_half_of_such_networks_the_planted_bug_is_below_3_per_cent():
    names, errors = {"np": np, "rnn": rnn}, []
    exec(cell("06_trust_and_use", "planted"), names)
    for seed in range(200):
        source = cell("06_trust_and_use", "planted-network").replace("(7)", f"({seed})")
        exec(source, names)
        theirs = names["planted"](names["small"], [1.0], at=3)[1]
        ours = bptt.backward(names["small"], [1.0], at=3).dE_dW_s
        errors.append(gradcheck.relative_error(theirs, ours))
    assert 0.01 < np.median(errors) < 0.03
    assert np.percentile(errors, 25) < errors[7] < np.percentile(errors, 75)


def test_nb06_without_the_cut_the_second_backward_of_pytorch_stops():
    torch = pytest.importorskip("torch")

    def pieces(is_cut, retain_graph=False):
        W_s, S = torch.tensor(0.5, requires_grad=True), torch.tensor(2.0)
        for _ in range(3):
            for X_t in (3.0, 1.0, 2.0):
                S = X_t + W_s * S
            ((6 - 2 * S) ** 2).backward(retain_graph=retain_graph)
            S = S.detach() if is_cut else S

    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time"):
        pieces(is_cut=False)
    pieces(is_cut=False, retain_graph=True)
    pieces(is_cut=True)


# ---- 07 ------------------------------------------------------------------------------------------


def test_nb07_the_training_log_says_nan_from_the_fourth_step_on(capsys):
    names = {"np": np, "rnn": rnn, "bptt": bptt}
    exec(cell("07_vanishing_exploding", "training-log"), names)
    assert capsys.readouterr().out.splitlines()[-1] == "step 3: W_s = inf"
    W_s = names["W_s"]
    with np.errstate(all="ignore"):
        S = [np.float32(0.5)]  # the third step, which rnn.Weights would refuse
        for _ in range(50):
            S.append(1 + W_s * S[-1])
        dE_dS, gradient = 2 * (S[50] - 1), np.float32(0)
        for t in range(50, 0, -1):
            gradient += dE_dS * S[t - 1]
            dE_dS = W_s * dE_dS
        fourth = W_s - np.float32(0.01) * gradient
    assert np.isinf(S[50])
    assert np.isnan(fourth)
    assert np.finfo(np.float32).max == pytest.approx(3.4e38, rel=0.01)


def test_nb07_six_stops_keep_the_error_within_a_factor_of_2():
    kept = [W for W in STOPS if 0.5 <= back(W, 50, 0.5, 0, "identity") <= 2]
    assert np.allclose(np.abs(kept), [1.01, 1, 0.99, 0.99, 1, 1.01])
    kept = [W for W in kept if 0.5 <= back(W, 1000, 0.5, 0, "identity") <= 2]
    assert np.allclose(np.abs(kept), 1)
    assert len(kept) == 2


def test_nb07_beside_1_the_text_is_soon_too_loud_or_too_pale():
    assert back(1.02, 50, 0.5, 0, "identity") == pytest.approx(2.7, abs=0.05)
    assert 0.34 < back(0.98, 50, 0.5, 0, "identity") < 0.37
    assert back(0.39, 50, 0.5, 0, "identity") < 1e-20 < back(0.4, 50, 0.5, 0, "identity")


def test_nb07_with_tanh_the_best_weight_lies_near_1():
    assert back(0.5, 50, 0.5, 0, "tanh") == pytest.approx(8e-16, rel=0.05)
    best = max(STOPS, key=lambda W_s: back(W_s, 50, 0.5, 0, "tanh"))
    assert abs(best) == pytest.approx(1, abs=0.02)


def test_nb07_the_larger_the_weight_the_more_the_earlier_half_holds():
    shares = []
    for W_s in STOPS[STOPS > 0]:
        run = rnn.forward(np.ones(50), 0.5, rnn.Weights(1, W_s, 1), "identity")
        terms = bptt.chain_rule_terms(run, run.Y[50] - 0.5, at=50).W_s
        shares.append(terms[1:26].sum() / terms[1:].sum())
    assert (np.diff(shares) >= 0).all()


def test_nb07_at_minus_0_9_the_states_alternate_round_0_53_instead_of_growing_to_10():
    for W_s, end in ((-0.9, 0.53), (0.9, 10)):
        S = rnn.forward(np.ones(50), 0.5, rnn.Weights(1, W_s, 1), "identity").S
        assert S[50] == pytest.approx(end, rel=0.01)
    S = rnn.forward(np.ones(50), 0.5, rnn.Weights(1, -0.9, 1), "identity").S - 1 / 1.9
    assert (S[1:] * S[:-1] < 0).all()


def test_nb07_tanh_explodes_only_where_it_is_not_saturated():
    assert back(2, 50, 0, 0, "tanh") == 2**50
    assert back(2, 50, 0, 0.1, "tanh") < 1e-30
    assert max(back(W, 50, 0.5, 0, "tanh") for W in STOPS) < 0.5


@pytest.mark.parametrize(
    ("g_1", "steepest", "at_the_bound"),
    [("tanh", 1, (2, 0, 0)), ("ReLU", 1, (2, 0, 1)), ("sigmoid", 0.25, (2, 0.5, -1))],
)
def test_nb07_no_input_lifts_a_gradient_above_its_bound(g_1, steepest, at_the_bound):
    W_s, S_0, X = at_the_bound
    assert back(W_s, 20, S_0, X, g_1) == pytest.approx((W_s * steepest) ** 20)
    for seed in SEEDS:
        rng = np.random.RandomState(seed)
        W_s, X = rng.uniform(-6, 6), 3 * rng.randn(20)
        assert back(W_s, 20, rng.randn(), X, g_1) <= (1 + 1e-9) * (abs(W_s) * steepest) ** 20


@pytest.mark.parametrize("g_1", ["tanh", "sigmoid", "ReLU"])
def test_nb07_where_a_slope_can_come_down_to_0_no_weight_must_explode(g_1):
    for W_s in (1.1, 2, 5, 20):
        assert back(W_s, 50, 0.1, -30, g_1) < 1e-6


def test_nb07_a_leaky_relu_explodes_whatever_the_inputs():
    leaky = rnn.Activation(
        "leaky ReLU", lambda a: np.where(a > 0, a, a / 2), lambda S: np.where(S > 0, 1, 0.5)
    )
    for seed in SEEDS:
        rng = np.random.RandomState(seed)
        X = 10 ** rng.uniform(-2, 2) * rng.randn(50)
        for W_s in (2.1, -2.1):
            assert back(W_s, 50, rng.randn(), X, leaky) >= 0.999 * 1.05**50

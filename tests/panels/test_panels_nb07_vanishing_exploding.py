"""The panels of notebook 07: what is drawn and said, held to closed forms and to `bptt`."""

import re
import warnings

import numpy as np
import pytest
from drawings import drawn, logs, number_after, said, steepest, xy

from bptt_helpers import bptt, rnn
from bptt_course import panels
from bptt_course.panels import nb07_vanishing_exploding as one_state

DOUBLE = np.finfo(float)


def settings(seed, number, longest=60):
    """Random settings of the panels of notebook 06, on the sliders' steps."""
    rng = np.random.RandomState(seed)
    return [
        {
            "W_s": round(rng.uniform(-2.5, 2.5), 2),
            "T": int(rng.randint(2, longest)),
            "S_0": round(rng.uniform(-3, 3), 1) * (n % 5 > 0),
            "X": round(rng.uniform(-3, 3), 1) * (n % 3 > 0),
            "g_1": list(rnn.ACTIVATIONS)[n % 4],
        }
        for n in range(number)
    ]


def run_of(W_s, T, S_0, X, g_1):
    return rnn.forward(np.full(T, float(X)), S_0, rnn.Weights(1, W_s, 1), g_1)


@pytest.fixture(scope="module")
def flow():
    return panels.gradient_flow()


@pytest.fixture(scope="module")
def terms():
    return panels.terms_by_lag()


# --- the gradient against lag -----------------------------------------------------------------


@pytest.mark.parametrize("W_s", [-2.5, -1, -0.9, 0.37, 1, 1.1, 2.5])
@pytest.mark.parametrize("T", [2, 50, 200])
def test_linear_flow_is_a_power_exactly(flow, W_s, T):
    flow.set(g_1="identity", T=T, W_s=W_s, S_0=0.7, X=-1.2)
    lags, y = xy(flow, "flow")
    assert np.array_equal(lags, np.arange(T + 1))
    np.testing.assert_allclose(y, lags * np.log10(abs(W_s)), rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(xy(flow, "bound")[1], y, rtol=1e-13, atol=1e-13)
    slope = number_after(said(flow), "log₁₀|W_s| = ")
    assert slope == pytest.approx(np.log10(abs(W_s)), rel=5e-3, abs=1e-12)


@pytest.mark.parametrize("case", settings(1, 12), ids=str)
def test_flow_is_the_state_jacobian(flow, case):
    flow.set(**case)
    lags, y = xy(flow, "flow")
    run = run_of(**case)
    jacobians = np.array([bptt.state_jacobian(run, run.T, run.T - int(lag)) for lag in lags])
    shown = np.where(y < -9000, -np.inf, y)
    np.testing.assert_allclose(shown, logs(jacobians), rtol=1e-10, atol=1e-11)
    for gid, chosen in (("positive", jacobians > 0), ("negative", jacobians < 0)):
        assert set(lags[chosen]) <= set(xy(flow, gid)[0])
    bound = xy(flow, "bound")[1]
    np.testing.assert_allclose(bound[1:], lags[1:] * logs(steepest(case["g_1"]) * case["W_s"]))
    assert (y <= bound + 1e-9).all()


@pytest.mark.parametrize("case", settings(2, 6), ids=str)
def test_sigmoid_never_exceeds_a_quarter_a_step(flow, case):
    flow.set(**{**case, "g_1": "sigmoid"})
    lags, y = xy(flow, "flow")
    assert (y[1:] <= lags[1:] * logs(case["W_s"] / 4) + 1e-12).all()


def test_sigmoid_reaches_its_bound_where_its_slope_is_a_quarter(flow):
    flow.set(g_1="sigmoid", T=10, W_s=2, S_0=0.5, X=-1)
    lags, y = xy(flow, "flow")
    np.testing.assert_allclose(y, lags * np.log10(0.5), rtol=1e-14, atol=1e-14)


def test_the_larger_weight_has_the_smaller_gradient_with_tanh(flow):
    ends = [
        xy(flow.set(g_1="tanh", T=50, S_0=0.5, X=0, W_s=W_s), "flow")[1][-1]
        for W_s in (1.0, 1.2, 2.0, 2.5)
    ]
    assert ends == sorted(ends, reverse=True)


@pytest.mark.parametrize(
    ("W_s", "end", "words"),
    [(2.3, np.log10(DOUBLE.max), "larger"), (0.3, np.log10(DOUBLE.smallest_subnormal), "smaller")],
)
def test_what_no_double_can_hold_leaves_the_axis_in_silence(flow, capfd, W_s, end, words):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        flow.set(g_1="identity", W_s=W_s, T=1000, S_0=0.5, X=0)
    first = int(np.ceil(end / np.log10(W_s)))
    y = xy(flow, "flow")[1]
    low, high = flow.figure.axes[0].get_ylim()
    is_inside = (low < y) & (y < high)
    assert is_inside[:first].all() and not is_inside[first:].any()
    assert f"From lag {first} on" in said(flow)
    assert f"{words} than a double can hold" in said(flow)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("case", settings(3, 28), ids=str)
def test_the_sentence_names_the_regime_and_is_true(flow, case):
    flow.set(**case)
    words, run = said(flow), run_of(**case)
    factors = np.abs([bptt.state_jacobian(run, j, j - 1) for j in range(run.T, 0, -1)])
    back = abs(bptt.state_jacobian(run, run.T, 0))
    if case["W_s"] == 0 or not factors.all():
        assert back == 0 and "exactly 0" in words
        lag = int(re.search(r"from lag (\d+) on", words).group(1))
        assert factors[lag - 1] == 0 and factors[: lag - 1].all()
        return
    assert words.startswith("Decay") == (factors.max() <= 1 and factors.min() < 1)
    assert words.startswith("Growth") == (factors.min() >= 1 and factors.max() > 1)
    assert words.startswith("Constancy") == bool((factors == 1).all())
    assert words.startswith("Both") == (factors.min() < 1 < factors.max())
    assert ("sign changes" in words) == (case["W_s"] < 0)
    if "a double" in words:
        assert back == 0 or np.isinf(back)
    else:
        assert number_after(words, "|∂S_T/∂S_0| = ") == pytest.approx(back, rel=6e-3)


def test_only_the_marker_moves_on_the_map_while_W_s_does(flow):
    flow.set(g_1="tanh", T=40, S_0=0.5, X=0.3, W_s=0.5)
    before = drawn(flow, "map").get_array()
    for W_s in (0.51, 0.52, -1.3):
        flow.set(W_s=W_s)
        assert drawn(flow, "map").get_array() is before
        assert set(xy(flow, "mark")[0]) == {W_s}
    flow.set(T=41)
    assert drawn(flow, "map").get_array() is not before


@pytest.mark.parametrize("g_1", rnn.ACTIVATIONS)
def test_the_map_holds_the_same_numbers_as_the_line(flow, g_1):
    flow.set(g_1=g_1, T=20, S_0=-1, X=0.4)
    colours = np.asarray(drawn(flow, "map").get_array())
    for W_s in (-2.5, -1.25, 0.5, 2):
        column = int(np.argmin(np.abs(one_state.GRID - W_s)))
        assert one_state.GRID[column] == pytest.approx(W_s, abs=1e-12)
        y = xy(flow.set(W_s=W_s), "flow")[1]
        np.testing.assert_allclose(colours[:, column], np.clip(y, -12, 12), atol=1e-9)


@pytest.mark.parametrize("g_1", rnn.ACTIVATIONS)
def test_many_W_s_at_once_are_the_jacobians_of_each_alone(g_1, capfd):
    """Up to where |∂S_T/∂S_k| and even S_T have left the doubles: in logarithms, in silence."""
    W_s = np.array([0.7, -1.3, 0, 1, 20, -20])
    slopes, before, log_flow = one_state.flow_back(W_s, 300, 0.5, 0.2, g_1)
    assert (slopes.shape, before.shape, log_flow.shape) == ((300, 6), (300, 6), (301, 6))
    assert capfd.readouterr().err == "" and not np.isnan(log_flow).any()
    for column, w in enumerate(W_s):
        alone = one_state.flow_back(w, 300, 0.5, 0.2, g_1)
        for one, many in zip(alone, (slopes, before, log_flow), strict=True):
            np.testing.assert_allclose(one, many[:, column], rtol=1e-12)
        run = run_of(w, 300, 0.5, 0.2, g_1)
        for lag in (0, 1, 2, 150, 300):
            jacobian = abs(bptt.state_jacobian(run, 300, 300 - lag))
            if jacobian == 0 or jacobian == np.inf:
                assert np.sign(jacobian - 1) * log_flow[lag, column] > 300
            else:
                assert log_flow[lag, column] == pytest.approx(np.log10(jacobian), abs=1e-10)


# --- the terms --------------------------------------------------------------------------------


def heights(panel):
    """The bars by lag: each is a polygon from 0 up (or down) to its height."""
    bars = [*drawn(panel, "near").get_paths(), *drawn(panel, "far").get_paths()]
    return np.array([bar.vertices[1, 1] for bar in bars])


@pytest.mark.parametrize("case", settings(4, 14), ids=str)
def test_bars_and_meters_are_the_terms_and_their_sum(terms, case):
    terms.set(**case)
    run = run_of(**case)
    parts = bptt.chain_rule_terms(run, 0.0, at=run.T)  # for ∂E/∂Y = 1, which no d gives at Y = 1e20
    true = (parts.dY_dS * parts.dS_da * np.append(np.nan, run.S[:-1]))[:0:-1]
    total = true.sum()
    words = said(terms)
    if not true.any():
        assert "All terms are exactly 0" in words and not heights(terms).any()
        return
    sizes = np.abs(true)
    np.testing.assert_allclose(heights(terms), true / sizes.max(), rtol=1e-9, atol=1e-12)
    share = sizes[run.T - run.T // 2 :].sum() / sizes.sum()
    path = drawn(terms, "share").get_paths()[0]
    assert path.vertices[:, 0].max() == pytest.approx(100 * share, rel=1e-9, abs=1e-12)
    shown = 10.0 ** np.clip(logs(total), -12, 12)
    assert 10.0 ** xy(terms, "total")[0][0] == pytest.approx(shown, rel=1e-6)
    assert number_after(words, "∂E_T/∂W_s = ") == pytest.approx(
        total, rel=6e-3, abs=1e-12 * sizes.max()
    )
    assert ("far terms have vanished" in words) == (share < 0.001)


def test_the_total_of_the_linear_case_peaks_near_minus_one_over_ln_W_s(terms):
    for W_s in (0.8, 0.9, 0.95):
        terms.set(g_1="identity", S_0=1, X=0, W_s=W_s)
        T = np.arange(2, 41)
        total = np.array([10 ** xy(terms.set(T=int(t)), "total")[0][0] for t in T])
        np.testing.assert_allclose(total, T * W_s ** (T - 1.0), rtol=1e-12)
        assert total.argmax() not in (0, len(T) - 1)
        assert abs(T[total.argmax()] + 1 / np.log(W_s)) < 1
        np.testing.assert_allclose(heights(terms), 1, rtol=1e-12)
        assert "All 40 terms are equal" in said(terms)


def test_terms_too_small_for_a_double_are_told_from_zero(terms):
    terms.set(g_1="identity", S_0=1, X=0, T=200, W_s=0.01)
    assert "smaller than a double can hold" in said(terms)
    terms.set(S_0=0)
    assert "All terms are exactly 0" in said(terms)


@pytest.mark.parametrize("T", [2, 7, 200])
def test_the_far_half_are_the_last_lags_and_stand_on_the_grey(terms, T):
    terms.reset().set(T=T)
    ground = drawn(terms, "ground")
    left, right = ground.get_x(), ground.get_x() + ground.get_width()
    assert (left, right) == (T - T // 2 - 0.5, T - 0.5)
    for gid, on_grey in (("near", False), ("far", True)):
        middles = [bar.vertices[:4, 0].mean() for bar in drawn(terms, gid).get_paths()]
        assert middles and all((left < lag < right) == on_grey for lag in middles)

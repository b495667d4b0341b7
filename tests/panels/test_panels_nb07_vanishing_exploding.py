"""The panels of notebooks 06 and 07: what is drawn and said, held to closed forms and to `bptt`."""

import re
import warnings

import numpy as np
import pytest
from drawings import drawn, logs, xy

from bptt_helpers import bptt, matrices, rnn
from bptt_course import figures, panels
from bptt_course.figures import style
from bptt_course.panels import nb07_vanishing_exploding as one_state
from bptt_course.panels import nb08_many_states as many_states

STEEPEST = {"identity": 1, "tanh": 1, "sigmoid": 0.25, "ReLU": 1}
DOUBLE = np.finfo(float)


def said(panel):
    """The sentence without its markup; a subscript is written S_T again."""
    words = re.sub("<sub>(.*?)</sub>", r"_\1", panel.sentence.value)
    return re.sub("<[^>]*>", "", words).replace("&lt;", "<").replace("&gt;", ">")


def set_(panel, **values):
    """Move the controls, all but the last without a drawing in between."""
    *others, last = values
    panel._is_held = True
    for name in others:
        panel.controls[name].value = values[name]
    panel._is_held = False
    if panel.controls[last].value == values[last]:
        panel._refresh()
    panel.controls[last].value = values[last]
    return panel


def settings(seed, number, longest=60):
    """Random settings of the panels of notebook 06, on the sliders' steps."""
    rng = np.random.RandomState(seed)
    return [
        {
            "W_s": round(rng.uniform(-2.5, 2.5), 2),
            "T": int(rng.randint(2, longest)),
            "S_0": round(rng.uniform(-3, 3), 1) * (n % 5 > 0),
            "X": round(rng.uniform(-3, 3), 1) * (n % 3 > 0),
            "g_1": one_state.G_1[n % 4],
        }
        for n in range(number)
    ]


def run_of(W_s, T, S_0, X, g_1):
    return rnn.forward(np.full(T, float(X)), S_0, rnn.Weights(1, W_s, 1), g_1)


def value_said(words, pattern):
    """The number after `pattern` in the sentence, as a float."""
    found = re.search(re.escape(pattern) + r"(-?[\d.e-]*\d)", words.replace("−", "-"))
    return float(found.group(1))


@pytest.fixture(scope="module")
def flow():
    return panels.gradient_flow()


@pytest.fixture(scope="module")
def terms():
    return panels.terms_by_lag()


@pytest.fixture(scope="module")
def products():
    return panels.jacobian_products()


# --- 06: the gradient against lag -----------------------------------------------------------------


@pytest.mark.parametrize("W_s", [-2.5, -1, -0.9, 0.37, 1, 1.1, 2.5])
@pytest.mark.parametrize("T", [2, 50, 200])
def test_linear_flow_is_a_power_exactly(flow, W_s, T):
    set_(flow, g_1="identity", T=T, W_s=W_s, S_0=0.7, X=-1.2)
    lags, y = xy(flow, "flow")
    assert np.array_equal(lags, np.arange(T + 1))
    np.testing.assert_allclose(y, lags * np.log10(abs(W_s)), rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(xy(flow, "bound")[1], y, rtol=1e-13, atol=1e-13)
    slope = value_said(said(flow), "log₁₀|W_s| = ")
    assert slope == pytest.approx(np.log10(abs(W_s)), rel=5e-3, abs=1e-12)


@pytest.mark.parametrize("case", settings(1, 12), ids=str)
def test_flow_is_the_state_jacobian(flow, case):
    set_(flow, **case)
    lags, y = xy(flow, "flow")
    run = run_of(**case)
    jacobians = np.array([bptt.state_jacobian(run, run.T, run.T - int(lag)) for lag in lags])
    shown = np.where(y < -9000, -np.inf, y)
    np.testing.assert_allclose(shown, logs(jacobians), rtol=1e-10, atol=1e-11)
    for gid, chosen in (("positive", jacobians > 0), ("negative", jacobians < 0)):
        assert set(lags[chosen]) <= set(xy(flow, gid)[0])
    bound = xy(flow, "bound")[1]
    np.testing.assert_allclose(bound[1:], lags[1:] * logs(STEEPEST[case["g_1"]] * case["W_s"]))
    assert (y <= bound + 1e-9).all()


@pytest.mark.parametrize("case", settings(2, 6), ids=str)
def test_sigmoid_never_exceeds_a_quarter_a_step(flow, case):
    set_(flow, **{**case, "g_1": "sigmoid"})
    lags, y = xy(flow, "flow")
    assert (y[1:] <= lags[1:] * logs(case["W_s"] / 4) + 1e-12).all()


def test_sigmoid_reaches_its_bound_where_its_slope_is_a_quarter(flow):
    set_(flow, g_1="sigmoid", T=10, W_s=2, S_0=0.5, X=-1)
    lags, y = xy(flow, "flow")
    np.testing.assert_allclose(y, lags * np.log10(0.5), rtol=1e-14, atol=1e-14)


def test_the_larger_weight_has_the_smaller_gradient_with_tanh(flow):
    ends = [
        xy(set_(flow, g_1="tanh", T=50, S_0=0.5, X=0, W_s=W_s), "flow")[1][-1]
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
        set_(flow, g_1="identity", W_s=W_s, T=1000, S_0=0.5, X=0)
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
    set_(flow, **case)
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
        assert value_said(words, "|∂S_T/∂S_0| = ") == pytest.approx(back, rel=6e-3)


def test_only_the_marker_moves_on_the_map_while_W_s_does(flow):
    set_(flow, g_1="tanh", T=40, S_0=0.5, X=0.3, W_s=0.5)
    before = drawn(flow, "map").get_array()
    for W_s in (0.51, 0.52, -1.3):
        set_(flow, W_s=W_s)
        assert drawn(flow, "map").get_array() is before
        assert set(xy(flow, "mark")[0]) == {W_s}
    set_(flow, T=41)
    assert drawn(flow, "map").get_array() is not before


@pytest.mark.parametrize("g_1", one_state.G_1)
def test_the_map_holds_the_same_numbers_as_the_line(flow, g_1):
    set_(flow, g_1=g_1, T=20, S_0=-1, X=0.4)
    colours = np.asarray(drawn(flow, "map").get_array())
    for W_s in (-2.5, -1.25, 0.5, 2):
        column = int(np.argmin(np.abs(one_state.GRID - W_s)))
        assert one_state.GRID[column] == pytest.approx(W_s, abs=1e-12)
        y = xy(set_(flow, W_s=W_s), "flow")[1]
        np.testing.assert_allclose(colours[:, column], np.clip(y, -12, 12), atol=1e-9)


# --- 06: the terms --------------------------------------------------------------------------------


def heights(panel):
    """The bars by lag: each is a polygon from 0 up (or down) to its height."""
    return np.array([path.vertices[1, 1] for path in drawn(panel, "terms").get_paths()])


@pytest.mark.parametrize("case", settings(4, 14), ids=str)
def test_bars_and_meters_are_the_terms_and_their_sum(terms, case):
    set_(terms, **case)
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
    assert value_said(words, "∂E_T/∂W_s = ") == pytest.approx(
        total, rel=6e-3, abs=1e-12 * sizes.max()
    )
    assert ("far terms have vanished" in words) == (share < 0.001)


def test_the_total_of_the_linear_case_peaks_near_minus_one_over_ln_W_s(terms):
    for W_s in (0.8, 0.9, 0.95):
        set_(terms, g_1="identity", S_0=1, X=0, W_s=W_s)
        T = np.arange(2, 41)
        total = np.array([10 ** xy(set_(terms, T=int(t)), "total")[0][0] for t in T])
        np.testing.assert_allclose(total, T * W_s ** (T - 1.0), rtol=1e-12)
        assert total.argmax() not in (0, len(T) - 1)
        assert abs(T[total.argmax()] + 1 / np.log(W_s)) < 1
        np.testing.assert_allclose(heights(terms), 1, rtol=1e-12)
        assert "All 40 terms are equal" in said(terms)


def test_terms_too_small_for_a_double_are_told_from_zero(terms):
    set_(terms, g_1="identity", S_0=1, X=0, T=200, W_s=0.01)
    assert "smaller than a double can hold" in said(terms)
    set_(terms, S_0=0)
    assert "All terms are exactly 0" in said(terms)


# --- 07: many states ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", matrices.KINDS)
@pytest.mark.parametrize("stretch", [1, 30])
def test_linear_norms_are_those_of_the_powers_between_their_bounds(products, kind, stretch):
    set_(products, g_1="identity", kind=kind, stretch=stretch, radius=0.9, n_s=6, seed=3)
    W_s = matrices.draw(kind, 6, 0.9, stretch, seed=3)
    lags, y = xy(products, "norms")
    powers = [np.linalg.norm(np.linalg.matrix_power(W_s, int(m)), 2) for m in lags]
    np.testing.assert_allclose(y, logs(powers), atol=1e-11)
    assert (y <= xy(products, "above")[1] + 1e-9).all()
    assert (y >= xy(products, "below")[1] - 1e-9).all()
    real, imaginary = xy(products, "eigenvalues")
    assert np.hypot(real, imaginary).max() == pytest.approx(0.9, rel=1e-12)
    circle = np.hypot(*xy(products, "sigma"))
    np.testing.assert_allclose(circle, np.linalg.norm(W_s, 2), rtol=1e-12)


@pytest.mark.parametrize("kind", ["orthogonal", "symmetric", "identity"])
def test_normal_matrices_follow_the_power_of_their_radius(products, kind):
    set_(products, g_1="identity", kind=kind, stretch=1, radius=1.1, n_s=7, seed=5)
    lags, y = xy(products, "norms")
    np.testing.assert_allclose(y, lags * np.log10(1.1), rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("g_1", many_states.G_1)
@pytest.mark.parametrize("X", [0, 2])
def test_norms_keep_below_sigma_max_times_the_steepest_slope(products, g_1, X):
    set_(products, g_1=g_1, kind="random", stretch=3, radius=1.4, n_s=5, X=X, seed=2)
    lags, y = xy(products, "norms")
    sigma = np.linalg.norm(matrices.draw("random", 5, 1.4, 3, 2), 2)
    bound = lags * np.log10(sigma * STEEPEST[g_1])
    np.testing.assert_allclose(xy(products, "above")[1], bound, atol=1e-9)
    assert (y <= bound + 1e-9).all()
    assert np.isnan(xy(products, "below")[1]).all() == (g_1 != "identity")


@pytest.mark.parametrize("g_1", many_states.G_1)
def test_entries_are_those_of_the_state_jacobian(products, g_1):
    set_(products, g_1=g_1, kind="random", stretch=2, radius=1.2, n_s=4, X=1, seed=9, lag=7)
    rng = np.random.RandomState(1009)
    S_0, inputs = rng.uniform(-1, 1, 4), rng.normal(size=(many_states.T, 4))
    W_s = matrices.draw("random", 4, 1.2, 2, 9)
    run = rnn.forward(inputs, S_0, rnn.Weights(np.eye(4), W_s, np.ones((1, 4))), g_1)
    jacobian = bptt.state_jacobian(run, many_states.T, many_states.T - 7)
    shown = np.asarray(drawn(products, "entries").get_array())
    np.testing.assert_allclose(shown, np.clip(logs(jacobian), -6, 6), atol=1e-9)
    norm = np.linalg.norm(jacobian, 2)
    assert value_said(said(products), "∂S_T/∂S_k is ") == pytest.approx(norm, rel=6e-3)


def test_non_normal_grows_first_and_decays_later_and_says_so(products):
    set_(products, g_1="identity", kind="triangular", stretch=1, radius=0.8, n_s=12, seed=1)
    y = xy(products, "norms")[1]
    assert y.max() > 0.3 and y[-1] < 0
    assert f"at lag {y.argmax()} first" in said(products)
    assert "ρ < 1 promises decay in the long run" in said(products)


@pytest.mark.parametrize(
    ("values", "promise"),
    [
        ({"kind": "symmetric", "radius": 0.9}, "σ_max < 1 promises decay, from the first step"),
        ({"kind": "symmetric", "radius": 1}, "never fall below 1"),
        ({"kind": "random", "radius": 1.2}, "promises growth"),
        ({"kind": "random", "radius": 0.9, "g_1": "sigmoid"}, "< 1 promises decay, from the first"),
        ({"kind": "random", "radius": 0.9, "g_1": "tanh"}, "neither decay nor growth"),
    ],
)
def test_the_sentence_promises_what_the_numbers_allow(products, values, promise):
    set_(products, g_1="identity", stretch=1, n_s=8, seed=0, X=0)
    assert promise in said(set_(products, **values))


def test_a_low_hump_is_told(products):
    set_(products, kind="random", g_1="tanh", n_s=20, radius=1.5, stretch=1, X=1, seed=0)
    top = 10 ** xy(products, "norms")[1].max()
    assert 1 < top < 1.5
    assert value_said(said(products), "It grows to ") == pytest.approx(top, rel=6e-3)


@pytest.mark.parametrize("seed", range(12))
def test_the_course_told_is_the_course_drawn(products, seed):
    rng = np.random.RandomState(seed)
    set_(
        products, kind=matrices.KINDS[seed % 5], g_1=many_states.G_1[seed % 4], seed=seed,
        radius=round(rng.uniform(0.1, 2), 2), stretch=float(rng.choice([1, 10, 100])),
        n_s=int(rng.randint(2, 12)), X=round(rng.uniform(0, 3), 1),
    )  # fmt: skip
    norms, words = 10 ** xy(products, "norms")[1], said(products)
    if "It grows to" in words:
        assert norms.max() > 1 and norms.argmax() < many_states.T
        assert value_said(words, "It grows to ") == pytest.approx(norms.max(), rel=6e-3)
    elif "never exceeds 1" in words:
        assert norms.max() <= 1 + 1e-6
    elif "largest at the end" in words:
        assert norms.argmax() == many_states.T
    else:
        np.testing.assert_allclose(norms, 1, atol=1e-8)


# --- the matrices ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", matrices.KINDS)
@pytest.mark.parametrize("n_s", [1, 2, 9])
def test_a_drawn_matrix_has_its_radius_and_its_kind(kind, n_s):
    W_s = matrices.draw(kind, n_s, 1.3, seed=4)
    assert W_s.shape == (n_s, n_s)
    assert matrices.spectral_radius(W_s) == pytest.approx(1.3, rel=1e-10)
    if kind == "orthogonal":
        np.testing.assert_allclose(W_s @ W_s.T, 1.69 * np.eye(n_s), atol=1e-12)
    if kind == "symmetric":
        np.testing.assert_allclose(W_s, W_s.T, atol=1e-15)
    if kind == "identity":
        np.testing.assert_array_equal(W_s, 1.3 * np.eye(n_s))
    if kind == "triangular":
        assert not np.tril(W_s, -1).any()


@pytest.mark.parametrize("kind", matrices.KINDS)
def test_the_stretch_keeps_the_eigenvalues(kind):
    plain, stretched = (matrices.draw(kind, 6, 0.9, stretch, seed=2) for stretch in (1, 20))
    expected, got = (np.sort_complex(np.linalg.eigvals(W)) for W in (plain, stretched))
    np.testing.assert_allclose(np.abs(got), np.abs(expected), atol=1e-9)
    smaller, larger = (matrices.largest_singular_value(W) for W in (plain, stretched))
    assert larger > 1.5 * smaller or kind == "identity"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("round", 3, 1), "kind: expected one of"),
        (("random", 0, 1), "n_s >= 1"),
        (("random", 3, -1), "radius"),
        (("random", 3, 1, 0.5), "stretch"),
    ],
)
def test_draw_refuses_in_words(arguments, words):
    with pytest.raises(ValueError, match=words):
        matrices.draw(*arguments)


# --- the static figures ---------------------------------------------------------------------------


def test_static_figures_draw_their_numbers():
    _, ax = style.figure()
    figures.plot_flow(ax, {"decay": 0.5 ** np.arange(5), "growth": 2.0 ** np.arange(5)})
    assert [list(line.get_ydata()[-1:]) for line in ax.lines] == [[0.5**4], [2.0**4]]
    _, ax = style.figure()
    figures.plot_powers(ax, np.arange(1, 30), [0.9], [-1 / np.log(0.9)])
    curve, top = ax.lines
    assert curve.get_ydata().max() == pytest.approx(3.8742, abs=1e-4)
    assert top.get_ydata()[0] >= curve.get_ydata().max()
    _, ax = style.figure()
    figures.plot_slopes(ax, [rnn.TANH, rnn.SIGMOID], np.array([-1.0, 0.0, 1.0]))
    assert [line.get_ydata()[1] for line in ax.lines] == [1, 0.25]
    _, ax = style.figure()
    figures.plot_sufficient_condition(ax, {"one": (np.array([0.5, 2]), np.array([0.4, 1.1]))})
    assert list(ax.lines[0].get_ydata()) == [0.4, 1.1]

"""The panels of notebook 11, held to `bptt`, to `flow` and to closed forms."""

import re

import numpy as np
import pytest
from drawings import NO_WARNINGS, drawn, logs, number_after, rows, said

from bptt_helpers import bptt, gradient_flow, matrices, rnn
from bptt_course import panels, recall
from bptt_course.figures import stage, style
from bptt_course.figures.stage import Words
from bptt_course.panels.panel import laid_out

pytestmark = NO_WARNINGS
FAR = 150


@pytest.fixture(scope="module")
def starts():
    return panels.starts()


@pytest.fixture(scope="module")
def flows():
    return panels.memory_flow()


# --- three starts


def values_drawn(panel, name):
    """The singular values of one start, (lag, direction), from its lines."""
    return rows(panel, name).T


def test_at_rest_an_orthogonal_and_the_identity_start_keep_every_direction(starts):
    for radius in (0.9, 1.0, 1.2):
        starts.reset().set(X=0, radius=radius)
        for name in ("orthogonal", "identity"):
            lags = np.arange(41)[:, None]
            np.testing.assert_allclose(
                values_drawn(starts, name), lags * np.log10(radius) + np.zeros((1, 16)), atol=1e-10
            )
    assert "orthogonal 16, identity 16" in said(starts.reset().set(X=0))


@pytest.mark.parametrize("g_1", ["identity", "tanh", "sigmoid", "ReLU"])
def test_the_values_are_those_of_the_state_jacobian(starts, g_1):
    starts.reset().set(X=0.5, seed=3, g_1=g_1, inputs="positive", lag=6)
    X = 0.5 * np.abs(np.random.RandomState(1003).normal(size=(40, 16)))
    for name, start in matrices.STARTS.items():
        W_s = matrices.with_spectral_radius(start(16, np.random.RandomState(3)), 1.0)
        weights = rnn.Weights(np.eye(16), W_s, np.ones((1, 16)))
        run = rnn.forward(X, np.zeros(16), weights, g_1)
        exact = np.linalg.svd(bptt.state_jacobian(run, 40, 34), compute_uv=False)
        shown = 10.0 ** values_drawn(starts, name)[6]
        np.testing.assert_allclose(shown, exact, atol=1e-12)
        assert f"{name} {np.sum(exact >= 0.1)}" in said(starts)


def test_relu_on_positive_inputs_keeps_all_with_the_identity_and_the_state_grows(starts):
    starts.reset().set(g_1="ReLU", inputs="positive", X=1, lag=40)
    assert "identity 16" in said(starts)
    assert np.array_equal(values_drawn(starts, "identity"), np.zeros((41, 16)))
    size = float(re.search(r"on the way: .*identity ([\d.]+)\.$", said(starts)).group(1))
    assert not len(drawn(starts, "identity up").get_xdata())
    assert size > 20


@pytest.mark.parametrize("seed", range(8))
def test_with_inputs_of_any_sign_the_identity_keeps_all_and_relu_hardly_any(starts, seed):
    starts.reset().set(g_1="identity", X=0.5, lag=40, seed=seed)
    assert "orthogonal 16, identity 16" in said(starts)
    starts.reset().set(g_1="ReLU", X=0.5, lag=40, seed=seed)
    assert int(re.search(r"identity (\d+)", said(starts)).group(1)) <= 3


# --- three cells


OPEN = {"b_f": 1, "b_z": 1, "W_s": 1, "X": 1, "lag": 50, "seed": 0}
SETTINGS = [
    OPEN,
    {**OPEN, "b_f": -2, "seed": 3},
    {**OPEN, "b_f": 5, "b_z": 4, "W_s": 2, "X": 0, "lag": 1},
    {**OPEN, "W_s": 0.3, "X": 3, "lag": 150, "seed": 99},
    {**OPEN, "b_f": 8, "b_z": -6, "W_s": 0.5, "lag": 0},
]


def norms(cell, bias, W_s, X, seed):
    """By lag, from the Jacobians of the steps, one product after the other."""
    run = recall.untrained(cell, bias, W_s, X, seed)
    step, n = gradient_flow.step_jacobians(run), 8
    product, found = np.eye(len(step[1])), []
    cut = slice(n, 2 * n) if cell == "LSTM" else slice(n)
    for t in range(run.T, 0, -1):
        own = product[cut, cut]
        if cell == "LSTM":  # from C_k the way through S_k = o_k tanh(C_k) counts
            slope = run.o[t] * (1 - run.tanh_C[t] ** 2)
            own = own + product[cut, :n] * slope
        found.append(np.linalg.norm(own, 2))
        product = product @ step[t]
    return np.array(found)


@pytest.mark.parametrize("case", SETTINGS, ids=str)
def test_flow_is_the_product_of_the_steps(flows, case):
    flows.set(**case)
    settings = {key: case[key] for key in ("W_s", "X", "seed")}
    for cell, bias in (("RNN", 0), ("LSTM", case["b_f"]), ("GRU", case["b_z"])):
        expected = norms(cell, bias, **settings)
        lags, y = drawn(flows, cell).get_data()
        assert list(lags) == list(range(FAR + 1))
        assert drawn(flows, cell).get_color() == style.CELL[cell]["color"]
        inside = (y > -300) & (y < 300)
        np.testing.assert_allclose(np.array(y)[inside], logs(expected)[inside], atol=1e-8)
        shown = number_after(said(flows), f"{cell} ")
        assert shown == pytest.approx(expected[case["lag"]], rel=6e-3)


@pytest.mark.parametrize("case", SETTINGS, ids=str)
def test_the_sentence_says_from_where_on_the_gradient_is_lost(flows, case):
    words = said(flows.set(**case)).split("for good: ")[1]
    for cell, lost in re.findall(r"(RNN|LSTM|GRU) (from lag \d+|never)", words):
        y = np.array(drawn(flows, cell).get_ydata())
        if lost == "never":
            assert y[-1] >= -3
        else:
            lag = int(lost.split()[-1])
            assert (y[lag:] < -3).all() and y[lag - 1] >= -3


@pytest.mark.parametrize(("b_f", "b_z"), [(1, 1), (-2, 3), (4, -1)])
def test_without_recurrent_weights_the_gates_alone_decide(flows, b_f, b_z):
    flows.set(W_s=0, X=0, b_f=b_f, b_z=b_z, lag=50, seed=0)
    lags = np.arange(FAR + 1)
    for cell, bias in (("LSTM", b_f), ("GRU", b_z)):
        y = np.array(drawn(flows, cell).get_ydata())
        np.testing.assert_allclose(y, lags * logs(rnn.SIGMOID(bias)), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(
        drawn(flows, "gate").get_ydata(), lags * logs(rnn.SIGMOID(b_f)), rtol=1e-12
    )
    assert "RNN from lag 1 on" in said(flows)


def test_an_lstm_may_vanish_and_may_explode(flows):
    def over_50(**values):
        return drawn(flows.set(**{**OPEN, **values}), "LSTM").get_ydata()[50]

    assert -3 < over_50(b_f=5) < 3
    assert over_50(b_f=-2) < -3
    assert over_50(b_f=-2) < drawn(flows, "RNN").get_ydata()[50]
    assert over_50(b_f=5, W_s=2, X=0) > 3


def test_each_of_three_sliders_alone_makes_the_gradient_of_an_lstm_vanish(flows):
    def over_50(cell="LSTM", **values):
        return drawn(flows.set(**{**OPEN, **values}), cell).get_ydata()[50]

    assert over_50() > -2
    assert max(over_50(b_f=-2), over_50(W_s=0), over_50(X=3)) < -3
    assert over_50(b_f=-2) < over_50("RNN", b_f=-2)
    assert over_50(b_f=-2, X=3) > over_50("RNN", b_f=-2, X=3)
    assert over_50("RNN") < over_50("GRU") < over_50("LSTM")


@pytest.mark.parametrize("width", [stage.WIDE, 390])
@pytest.mark.parametrize("case", SETTINGS, ids=str)
def test_lines_are_named_where_they_end_and_marked_where_they_leave(flows, case, width):
    flows.lay_out(width).set(**case)
    names = {word.said: word for word in drawn(flows, "names").shown}
    assert set(names) == {"RNN", "LSTM", "GRU", "gate"}
    ax = drawn(flows, "names").axes
    places = ax.transData.transform([word[:2] for word in names.values()])
    for k, one in enumerate(places):
        assert all(np.abs(one - other).max() > 12 for other in places[:k])
        assert ax.bbox.y0 < one[1] < ax.bbox.y1
    ups, downs = (list(drawn(flows, f"exits {way}").get_xdata()) for way in ("up", "down"))
    for cell in names:
        y = np.array(drawn(flows, cell).get_ydata())
        for out, marked in ((y > 4, ups), (y < -12, downs)):
            assert not out.any() or np.argmax(out) in marked


def test_a_line_that_leaves_the_axes_of_the_starts_is_marked(starts):
    starts.reset().set(X=0, radius=1.5, g_1="identity")
    assert set(drawn(starts, "identity up").get_xdata()) == {18}  # 1.5^18 is above 1000
    starts.lay_out(390).set(radius=0.5)
    assert set(drawn(starts, "identity down").get_xdata()) == {20}  # 0.5^20 is below 10^-6


@pytest.mark.parametrize("width", [328, 864, 1100])
def test_a_starts_name_and_the_words_beside_it_have_room(width):
    with laid_out(width):
        figure = panels.starts().figure
    figure.draw_without_rendering()
    for beside in (found for ax in figure.axes for found in ax.findobj(Words)):
        (word,) = beside.shown
        left = beside.axes.transData.transform(word[:2])[0] - word.width
        names = [text for text in beside.axes.texts if text.get_weight() == "bold"]
        assert names and all(text.get_window_extent().x1 + 8 < left for text in names)

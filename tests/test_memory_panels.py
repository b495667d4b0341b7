"""Notebook 09: its panels, figures and stored results, held to `flow` and closed forms."""

import ast
import re
from pathlib import Path

import numpy as np
import pytest
from drawings import drawn, logs

from bptt_helpers import bptt, flow, rnn, sequences
from bptt_course import figures, panels, recall
from bptt_course.figures import style

BENCHMARK = Path(__file__).resolve().parent.parent / "benchmarks" / "long_memory.py"
FAR = 150


def said(panel):
    return re.sub("<[^>]*>", "", panel.sentence.value).replace("&lt;", "<").replace("−", "-")


def set_(panel, **values):
    for name, value in values.items():
        panel.controls[name].value = value
    return panel


@pytest.fixture(scope="module")
def flows():
    return panels.memory_flow()


@pytest.fixture(scope="module")
def results():
    return panels.trained_at_lag()


# --- gradient flow --------------------------------------------------------------------------------

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
    step, n = flow.step_jacobians(run), 8
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
    set_(flows, **case)
    settings = {key: case[key] for key in ("W_s", "X", "seed")}
    for cell, bias in (("RNN", 0), ("LSTM", case["b_f"]), ("GRU", case["b_z"])):
        expected = norms(cell, bias, **settings)
        lags, y = drawn(flows, cell).get_data()
        assert list(lags) == list(range(FAR + 1))
        inside = (y > -300) & (y < 300)
        np.testing.assert_allclose(np.array(y)[inside], logs(expected)[inside], atol=1e-8)
        shown = float(re.search(rf"{cell} (-?[\d.e-]*\d)", said(flows)).group(1))
        assert shown == pytest.approx(expected[case["lag"]], rel=6e-3)


@pytest.mark.parametrize("case", SETTINGS, ids=str)
def test_the_sentence_says_from_where_on_the_gradient_is_lost(flows, case):
    words = said(set_(flows, **case)).split("for good: ")[1]
    for cell, lost in re.findall(r"(RNN|LSTM|GRU) (from lag \d+|not within)", words):
        y = np.array(drawn(flows, cell).get_ydata())
        if lost == "not within":
            assert y[-1] >= -3
        else:
            lag = int(lost.split()[-1])
            assert (y[lag:] < -3).all() and y[lag - 1] >= -3


@pytest.mark.parametrize(("b_f", "b_z"), [(1, 1), (-2, 3), (4, -1)])
def test_without_recurrent_weights_the_gates_alone_decide(flows, b_f, b_z):
    set_(flows, W_s=0, X=0, b_f=b_f, b_z=b_z, lag=50, seed=0)
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
        return drawn(set_(flows, **{**OPEN, **values}), "LSTM").get_ydata()[50]

    assert -3 < over_50(b_f=5) < 3
    assert over_50(b_f=-2) < -3
    assert over_50(b_f=-2) < drawn(flows, "RNN").get_ydata()[50]
    assert over_50(b_f=5, W_s=2, X=0) > 3


def test_each_of_three_sliders_alone_makes_the_gradient_of_an_lstm_vanish(flows):
    def over_50(cell="LSTM", **values):
        return drawn(set_(flows, **{**OPEN, **values}), cell).get_ydata()[50]

    assert over_50() > -2
    assert max(over_50(b_f=-2), over_50(W_s=0), over_50(X=3)) < -3
    assert over_50(b_f=-2) < over_50("RNN", b_f=-2)
    assert over_50(b_f=-2, X=3) > over_50("RNN", b_f=-2, X=3)
    assert over_50("RNN") < over_50("GRU") < over_50("LSTM")


@pytest.mark.parametrize(
    ("values", "lag"),
    [([1, 1e-2, 1e-4, 1e-5], 2), ([1, 1e-4, 1, 1e-4], 3), ([1, 0.5], None), ([0, 0], 0)],
)
def test_lost_from(values, lag):
    assert recall.lost_from(values) == lag


# --- trained networks -----------------------------------------------------------------------------


def test_the_stored_table_is_that_of_the_benchmark():
    constants = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(BENCHMARK.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign)
        and getattr(node.targets[0], "id", "") in ("LAGS", "NETWORKS")
    }
    table = recall.read()
    assert len(table) == len(constants["NETWORKS"])
    for by_lag in table.values():
        assert tuple(by_lag) == constants["LAGS"]
        assert all(0 <= r.solved <= r.seeds and (r.updates is None) == (r.solved == 0)
                   for r in by_lag.values())  # fmt: skip


def test_the_table_shows_what_the_notebook_says():
    table = recall.read()
    last = {name: recall.last_success(by_lag) for name, by_lag in table.items()}
    assert last["RNN, random"] < 50
    assert last["RNN, random"] <= last["GRU, b_z = 1"] <= last["GRU, b_z = 3"]
    assert last["RNN, random"] <= last["LSTM, b_f = 1"] < last["LSTM, b_f = 3"]
    assert min(last["LSTM, b_f = 3"], last["GRU, b_z = 3"]) >= 70


@pytest.mark.parametrize("lag", [5, 7, 24, 25, 30, 61, 100])
def test_the_panel_shows_the_nearest_trained_lag(results, lag):
    words = said(set_(results, lag=lag))
    table = recall.read()
    nearest = int(re.match(r"\s*Lag (\d+)", words).group(1))
    by_distance = sorted(table["RNN, random"], key=lambda one: abs(np.log(one / lag)))
    assert nearest == by_distance[0]
    assert ("nearest to" in words) == (nearest != lag)
    for name, by_lag in table.items():
        result = by_lag[nearest]
        assert f"{name.replace('_', '')}: {result.solved} of {result.seeds}" in words
        x = drawn(results, f"updates of {name}").get_xdata()
        assert list(x) == ([] if result.updates is None else [result.updates])
    assert np.mean(drawn(results, "frame").get_xdata()[:4]) == list(table["RNN, random"]).index(
        nearest
    )


def write(tmp_path, text):
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


HEAD = "cell,W_s,bias,lag,seeds,solved,median_updates\n"


def test_a_table_is_read_by_network_and_rising_lag(tmp_path):
    lines = "LSTM,random,1,20,4,1,90\nRNN,random,0,9,4,0,\nLSTM,random,1,5,4,2,30\n"
    table = recall.read(write(tmp_path, HEAD + lines))
    assert list(table) == ["LSTM, b_f = 1", "RNN, random"]
    assert list(table["LSTM, b_f = 1"]) == [5, 20]
    assert table["RNN, random"][9] == recall.Result(4, 0, None)
    assert recall.last_success(table["LSTM, b_f = 1"]) == 5
    assert recall.first_failure(table["LSTM, b_f = 1"]) == 20
    assert recall.last_success(table["RNN, random"]) == 0


def test_last_success_stops_at_the_first_failure():
    by_lag = {lag: recall.Result(2, solved, None) for lag, solved in ((5, 2), (9, 0), (12, 2))}
    assert (recall.last_success(by_lag), recall.first_failure(by_lag)) == (5, 9)
    assert recall.first_failure({5: recall.Result(2, 1, 9)}) is None


def test_a_table_that_is_none_is_refused_in_words(tmp_path):
    with pytest.raises(ValueError, match="found no file"):
        recall.read(tmp_path / "none.csv")
    for text in ("a,b\n1,2\n", HEAD + "RNN,random,0,x,4,0,\n"):
        with pytest.raises(ValueError, match="expected the columns"):
            recall.read(write(tmp_path, text))


# --- the figures ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("bet", "x"), [(1, -0.5), (5, -0.5), (6, 0.5), (100, 6.5), (999, 7.5)])
def test_a_bet_stands_before_the_first_lag_at_which_it_fails(bet, x):
    _, ax = style.figure()
    figures.plot_success(ax, recall.read(), {"RNN": bet, "LSTM": ..., "GRU": None})
    bars = [line for line in ax.lines if line.get_gid() == "bet"]
    assert {tuple(line.get_xdata()) for line in bars} == {(x, x)}
    assert len(bars) == 2 * 2  # two rows of the RNN; a bar and its white edge


def test_the_table_drawn_is_the_table_read():
    _, ax = style.figure()
    figures.plot_success(ax, recall.read())
    (image,) = ax.images
    shares = [[r.share for r in by_lag.values()] for by_lag in recall.read().values()]
    np.testing.assert_array_equal(image.get_array(), shares)
    solved = [str(r.solved) for by_lag in recall.read().values() for r in by_lag.values()]
    assert [text.get_text() for text in ax.texts] == solved


def test_training_curves_are_means_of_20():
    _, ax = style.figure()
    errors = np.random.RandomState(0).uniform(0.1, 1, 50)
    figures.plot_training(ax, {"RNN": errors, "GRU, b_z = 1": errors[:7]}, baseline=1)
    _, long, short = ax.lines
    np.testing.assert_allclose(long.get_ydata()[[0, -1]], [errors[:20].mean(), errors[-20:].mean()])
    assert list(long.get_xdata()[[0, -1]]) == [20, 50]
    np.testing.assert_allclose(short.get_ydata(), [errors[:7].mean()])


def test_padding_and_letters_are_drawn_cell_by_cell():
    _, ax = style.figure()
    figures.plot_padding(ax, [2, 4])
    assert [text.get_text() for text in ax.texts].count("0") == 2
    _, ax = style.figure()
    figures.plot_letters(ax, [("one", "a b", np.array([0.1, 0.9, 0.5]))])
    assert "".join(text.get_text() for text in ax.texts) == "a·b"


# --- what the notebook shows: the mask ------------------------------------------------------------


def test_targets_equal_to_the_outputs_bring_no_error():
    random = np.random.RandomState(5)
    weights = rnn.Weights(random.normal(size=(3, 2)), random.normal(size=(3, 3)) / 3,
                          random.normal(size=(1, 3)))  # fmt: skip
    pairs = [(random.normal(size=(T, 2)), random.normal(size=1)) for T in (2, 6, 4)]
    batch, zeros = sequences.together(pairs), np.zeros(3)
    run = rnn.forward(batch.X, zeros, weights)
    d = run.Y[1:].copy()
    for column, end in enumerate(batch.at):
        d[end - 1, :, column] = batch.d[:, column]
    together = bptt.backward(run, d)
    single = [bptt.backward(rnn.forward(X, zeros, weights), d, len(X)) for X, d in pairs]
    for name in ("dE_dW_x", "dE_dW_s", "dE_dW_y"):
        expected = sum(getattr(one, name) for one in single)
        np.testing.assert_allclose(getattr(together, name), expected, rtol=1e-12, atol=1e-14)

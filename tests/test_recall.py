"""Recall over a lag: where a gradient is lost, and the stored results."""

import ast
from pathlib import Path

import pytest

from bptt_course import recall

BENCHMARK = Path(__file__).resolve().parent.parent / "benchmarks" / "long_memory.py"


@pytest.mark.parametrize(
    ("values", "lag"),
    [([1, 1e-2, 1e-4, 1e-5], 2), ([1, 1e-4, 1, 1e-4], 3), ([1, 0.5], None), ([0, 0], 0)],
)
def test_lost_from(values, lag):
    assert recall.lost_from(values) == lag


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

"""Recall over a lag: where a gradient is lost, and the stored results."""

import itertools
import sys
from pathlib import Path

import numpy as np
import pytest

from bptt_course import recall

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "benchmarks"))
import long_memory


@pytest.mark.parametrize(
    ("values", "lag"),
    [([1, 1e-2, 1e-4, 1e-5], 2), ([1, 1e-4, 1, 1e-4], 3), ([1, 0.5], None), ([0, 0], 0)],
)
def test_lost_from(values, lag):
    assert recall.lost_from(values) == lag


def test_the_stored_table_is_that_of_the_benchmark():
    table = recall.read()
    assert tuple(table) == long_memory.ROWS["recall"]
    for name, by_lag in table.items():
        settings = {(r.rate, r.inputs) for r in by_lag.values()}
        inputs = [float(f"{scale:.2g}") for scale in long_memory.NETWORKS[name].inputs]
        assert settings <= set(itertools.product(long_memory.RATES, inputs))
        assert len(settings) == 1
        assert tuple(by_lag) == long_memory.LAGS["recall"]
        for r in by_lag.values():
            assert r.seeds == 20
            assert 0 <= r.low <= r.share <= r.high <= 1
            assert (r.updates is None) == (r.solved == 0)


def test_the_table_shows_what_the_notebook_says():
    table = recall.read()
    simple = {name: by_lag for name, by_lag in table.items() if name.startswith("RNN")}
    published, drawn = table["RNN, identity, published"], table["RNN, random, as drawn"]
    shut = table["LSTM, b_f = -b_i = ln T"]
    best = [shut, table["GRU, b_z = ln T"], table["GRU, no W_s"]]
    for by_lag in best:
        assert all(by_lag[lag].solved == 20 for lag in (20, 50, 100, 200))
        for name in ("RNN, identity, ReLU", "RNN, identity, published"):
            assert by_lag[100].low < table[name][100].high  # not told apart at lag 100
        assert by_lag[200].low > max(simple[name][200].high for name in simple)  # but at 200
    assert max(r[200].solved for r in simple.values()) == published[200].solved == 13
    assert drawn[100].high < table["RNN, random"][100].low  # W_x alone
    assert [r[100].solved for r in simple.values()] == [0, 9, 13, 0, 19, 18]
    assert table["LSTM, b_f = ln T"][100].high < shut[100].low
    assert table["LSTM, b_f = 1"][100].solved == 3 and table["GRU, b_z = 1"][100].solved == 0
    assert not any(r.solved for r in table["GRU, no W_s, fixed z"].values())
    adding = recall.read(task="adding")
    assert [r.solved for r in adding["RNN, identity, published"].values()] == [0, 0]
    for numbers in (30, 60):
        solved = {name: by_lag[numbers].solved for name, by_lag in adding.items()}
        simple = [solved[name] for name in solved if name.startswith("RNN")]
        assert min(solved["LSTM, b_f = 3"], solved["GRU, b_z = 3"]) > max(simple)


def test_the_intervals_are_those_of_wilson():
    assert np.round(long_memory.wilson(13, 20), 2).tolist() == [0.43, 0.82]  # by any calculator
    assert np.round(long_memory.wilson(0, 20), 2).tolist() == [0, 0.16]
    assert long_memory.wilson(20, 20)[1] == pytest.approx(1)


def write(tmp_path, text):
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


HEAD = ",".join(recall.COLUMNS) + "\n"


def test_a_table_is_read_by_network_and_rising_lag(tmp_path):
    lines = (
        'recall,"LSTM, b_f = 1",0.01,1,9,20,4,1,.05,.7,90\n'
        'recall,"RNN, random",0.01,0.1,5,9,4,0,0,.5,\n'
        'recall,"LSTM, b_f = 1",0.01,1,9,5,4,2,.2,.8,30\n'
        "adding,GRU,0.01,1,9,5,4,2,.2,.8,30\n"
    )
    table = recall.read(write(tmp_path, HEAD + lines))
    assert list(table) == ["LSTM, b_f = 1", "RNN, random"]
    assert list(table["LSTM, b_f = 1"]) == [5, 20]
    assert table["RNN, random"][9] == recall.Result(4, 0, 0, 0.5, None, 0.01, 0.1, 5)
    assert list(recall.read(write(tmp_path, HEAD + lines), "adding")) == ["GRU"]


def test_a_table_that_is_none_is_refused_in_words(tmp_path):
    with pytest.raises(ValueError, match="found no file"):
        recall.read(tmp_path / "none.csv")
    for text in ("a,b\n1,2\n", HEAD, HEAD + "recall,RNN,0,x,4,0,9,1,0,1,\n"):
        with pytest.raises(ValueError, match="expected the columns"):
            recall.read(write(tmp_path, text))

"""bets.csv is what the notebooks ask, and each answer is one that they give."""

import re

import bets
import nbformat
import pytest
from pace import BET
from refresh_notebooks import NOTEBOOKS

from bptt_course import __main__ as commands

ROWS = bets.read()
WITH_OPTIONS = [row for row in ROWS if row["options"]]
# Of a question such as "how high: not at all, to about 5, or to about 500?" the choices.
CHOICES = re.compile(r": ([^:?]+?),? or ([^:?]+)\?")
SETTLED_LATER = ("1. Predict", "1. A game of memory")
NUMBER = re.compile(r"\d+(?:[.,/]\d+)*")


def name(row):
    return f"{row['notebook'][:2]}: {row['question'][:40]}"


def options(row):
    return row["options"].split(bets.BETWEEN)


def all_text(cell):
    """What a reader sees of a cell, with its outputs, and signs as they are typed."""
    shown = [output.get("text", "") for output in cell.get("outputs", [])]
    return bets.plain("\n".join([cell.source, *shown])).replace("−", "-")


def after(row):
    """What the notebook says from the cell with the question on, as far as it may be answered."""
    cells = nbformat.read(NOTEBOOKS / f"{row['notebook']}.ipynb", as_version=4).cells
    questions = re.escape(row["question"]).replace("−", "[−-]")
    start = next(n for n, cell in enumerate(cells) if re.search(questions, bets.plain(cell.source)))
    end = None if row["section"] in SETTLED_LATER else start + 6
    text = "\n".join(map(all_text, cells[start:end]))
    return text.split(row["question"].replace("−", "-"))[-1]


def test_it_is_made_from_the_notebooks(tmp_path, monkeypatch, capsys):
    stored = bets.FILE.read_bytes()
    monkeypatch.setattr(bets, "FILE", tmp_path / "bets.csv")
    bets.FILE.write_bytes(stored)
    assert commands.main(["bets"]) == 0
    assert bets.FILE.read_bytes() == stored, "run: python3 start.py bets"
    assert capsys.readouterr().out.startswith(f"{len(ROWS)} bets: ")


def test_no_bet_is_missing():
    found = 0
    for path in NOTEBOOKS.glob("*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            lines = cell.source.splitlines() if cell.cell_type == "markdown" else []
            found += sum(line.startswith(">") and bool(BET.match(line)) for line in lines)
    assert found == len(ROWS) > 90


def test_it_is_plain_text():
    text = bets.FILE.read_text(encoding="utf-8-sig")
    assert not re.search(r"[$\\{}]|\*\*", re.sub(r"\{\w[−+]1\}", "", text))


@pytest.mark.parametrize("row", ROWS, ids=name)
def test_each_has_one_answer(row):
    assert row["answer"].strip()
    if row["options"]:
        assert 2 <= len(set(options(row))) == len(options(row)) <= 4
        assert row["answer"] in options(row)


@pytest.mark.parametrize(
    "row", [row for row in WITH_OPTIONS if CHOICES.search(row["question"])], ids=name
)
def test_choices_in_the_question_are_the_options(row):
    first, last = CHOICES.search(row["question"]).groups()
    for choice in (*first.split(", "), last):
        for word in re.findall(r"[\w,.]*\d|\w{4,}", choice):
            assert word in ("make", "does") or word in row["options"], choice


@pytest.mark.parametrize("row", ROWS, ids=name)
def test_numbers_in_the_answer_are_those_of_the_notebook(row):
    text = f"{row['question']}\n{after(row)}"
    for number in NUMBER.findall(row["answer"].replace("10⁻¹⁵", "")):
        assert re.search(rf"(?<![\d.]){re.escape(number)}", text), number


@pytest.mark.parametrize("many", [2, 3, 4])
def test_right_answers_are_not_always_in_the_same_place(many):
    rows = [row for row in WITH_OPTIONS if len(options(row)) == many]
    places = [options(row).index(row["answer"]) for row in rows]
    assert all(0.15 < places.count(place) / len(rows) < 0.75 for place in range(many))


def test_a_changed_question_loses_its_answer_and_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(bets, "FILE", tmp_path / "bets.csv")
    monkeypatch.setattr(bets, "NOTEBOOKS", tmp_path)
    cell = nbformat.v4.new_markdown_cell("## 1. A *sum*\n\n> **Bet.** Is $1 + 1$ two?")
    notebook = nbformat.v4.new_notebook(cells=[cell])
    nbformat.write(notebook, tmp_path / "01_sums.ipynb")
    assert commands.main(["bets"]) == 1
    assert "no answer yet, 01_sums: Is 1 + 1 two?" in capsys.readouterr().out

    [row] = bets.read()
    assert row["section"] == "1. A sum" and row["answer"] == ""
    table = bets.FILE.read_text(encoding="utf-8-sig").replace("two?,,", "two?,yes | no,yes")
    bets.FILE.write_text(table, encoding="utf-8-sig")
    assert commands.main(["bets"]) == 0
    assert bets.read()[0]["answer"] == "yes"

    cell.source = cell.source.replace("two", "three")
    nbformat.write(notebook, tmp_path / "01_sums.ipynb")
    capsys.readouterr()
    assert commands.main(["bets"]) == 1
    out = capsys.readouterr().out
    assert "gone, 01_sums: Is 1 + 1 two? (yes)" in out
    assert "no answer yet, 01_sums: Is 1 + 1 three?" in out


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        (r"$\partial^{+} C_t/\partial C_{t-1}$", "∂⁺C_t/∂C_{t−1}"),
        (r"$10^{-15}$, $W_s^{\,T}$, $S_{50}$", "10⁻¹⁵, W_s^T, S_50"),
        (r"$W_s\,\delta_t$ and $W_s^\top \delta_t$", "W_s δ_t and W_sᵀ δ_t"),
        (r"$\begin{pmatrix} 2 & -4 \\ 1 & -2 \end{pmatrix}$", "((2, −4), (1, −2))"),
        (r"*with* `W_s.grad` and $\tfrac{1}{12}$", "with W_s.grad and 1/12"),
    ],
)
def test_formulas_become_plain_text(markdown, text):
    assert bets.plain(markdown) == text

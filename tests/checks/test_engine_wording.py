"""The words of the checks: read as they are written, and exactly those that the code uses."""

import re
import tomllib
from pathlib import Path

import pytest

import bptt_course
from bptt_course.checks.engine import mistakes, wording

FILES = sorted(wording.FOLDER.iterdir())
TEXT = """# A title

What the file is about.

## 01-A: one step

1. Two things meet in a step: which?
2. First the sum.

### weights_swapped

W_x and W_s have
changed places

1. The x of W_x says it.

### input_left_out

the input is left out

## marks

### loss

A loss.
"""


@pytest.fixture
def written(tmp_path, monkeypatch):
    monkeypatch.setattr(wording, "FOLDER", tmp_path)

    def write(text):
        (tmp_path / "tried.md").write_text(text, encoding="utf-8")

    write(TEXT)
    return write


def test_what_is_read_is_what_is_written(written):
    step, marks = wording.read("tried", "01-A", "marks")
    assert step.hints == ("Two things meet in a step: which?", "First the sum.")
    assert step.beside(input_left_out=max, weights_swapped=(min, sum)) == [
        ("the input is left out", max, step.hints),
        ("W_x and W_s have changed places", min, ("The x of W_x says it.", "First the sum.")),
        ("W_x and W_s have changed places", sum, ("The x of W_x says it.", "First the sum.")),
    ]
    assert marks.parts["loss"].said == "A loss." and marks.parts["loss"].hints == ()


@pytest.mark.parametrize("names", [("01-A",), ("01-A", "marks", "01-B"), ("01-A", "01-A", "marks")])
def test_a_section_that_is_missing_or_unknown_is_an_error(written, names):
    with pytest.raises(ValueError, match="names in the words and in the code differ"):
        wording.read("tried", *names)


@pytest.mark.parametrize("names", [["weights_swapped"], ["weights_swapped", "input_left_out", "x"]])
def test_a_part_that_is_missing_or_unknown_is_an_error(written, names):
    step, _ = wording.read("tried", "01-A", "marks")
    with pytest.raises(ValueError, match="differ by"):
        step.beside(**dict.fromkeys(names, max))


def test_a_name_that_stands_there_twice_is_an_error(written):
    written(TEXT.replace("input_left_out", "weights_swapped"))
    with pytest.raises(ValueError, match="twice"):
        wording.read("tried", "01-A", "marks")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_hints_are_numbered_from_1_and_nothing_is_empty(file):
    _, *parts = re.split(r"(?m)^##+ .*$", file.read_text(encoding="utf-8"))
    for part in parts:
        numbers = [int(n) for n in re.findall(r"(?m)^(\d+)\. \S", part)]
        assert numbers == [*range(1, len(numbers) + 1)] and len(numbers) <= 3
        assert len(re.findall(r"(?m)^\d+\.", part)) == len(numbers)


def test_every_catalogued_mistake_has_a_sentence_and_three_hints():
    for name, words in mistakes.KNOWN.items():
        assert words.said and len(words.hints) == 3 and re.fullmatch(r"[a-zW_-]+", name)


def test_the_words_travel_with_the_package():
    project = Path(__file__).resolve().parents[2] / "pyproject.toml"
    setuptools = tomllib.loads(project.read_text(encoding="utf-8"))["tool"]["setuptools"]
    package = Path(bptt_course.__file__).parent
    there = {
        file for glob in setuptools["package-data"]["bptt_course"] for file in package.glob(glob)
    }
    assert FILES and set(FILES) <= there


def test_the_sentences_and_ladders_of_the_diagnosis_are_those_that_its_code_names():
    engine = Path(mistakes.__file__).parent
    code = "".join(file.read_text(encoding="utf-8") for file in engine.parent.rglob("*.py"))
    assert set(re.findall(r'SAID\["([^"]+)"', code)) <= set(mistakes.SAID)
    assert set(re.findall(r'(?:LADDERS\[|_nameless\()"([^"]+)"', code)) <= set(mistakes.LADDERS)
    for name in (*mistakes.SAID, *mistakes.LADDERS):
        assert f'"{name}"' in code, name

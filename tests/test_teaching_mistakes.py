"""mistakes.md has an entry for each mistake with a name, and its numbers are computed here."""

import re
from collections import defaultdict

import bets
import numpy as np
import pytest

from bptt_helpers import rnn
from bptt_course.checks.engine import gates, mistakes
from bptt_course.checks.engine.evidence import (
    COUNTS,
    COUNTS_W_Y,
    SCALES,
    WAYS,
    Way,
    path_terms,
    paths,
)

PAGE = (bets.TEACHING / "mistakes.md").read_text(encoding="utf-8")
ENTRIES = dict(re.findall(r"^### ([\w-]+)\n\n(.*?)\n(?=\n#|\Z)", PAGE, re.MULTILINE | re.DOTALL))
SETTINGS = {  # g_1, d, at
    "E_3": ("identity", 6.0, 3),
    "With tanh": ("tanh", 6.0, 3),
    "With all errors": ("identity", np.array([7.0, 5.0, 6.0]), None),
}
VARIED = ("error-factor", "slope-mistyped", "tan-for-tanh")  # a number for each slip


def right_terms(setting, weight, way=WAYS[0]):
    g_1, d, at = SETTINGS[setting]
    run = rnn.forward([3.0, 1.0, 2.0], 2.0, rnn.Weights(1, 0.5, 2), g_1)
    return path_terms(run, d, at, weight, way)


def made_by(name, setting, weight):
    """All gradients that the ways to make this mistake give, in three figures."""
    terms = right_terms(setting, weight)
    found = [right_terms(setting, weight, way).sum() for way in WAYS if name in way.names]
    for names, count in COUNTS_W_Y if weight == "W_y" else COUNTS:
        if name in names:
            places = paths(3, SETTINGS[setting][2], weight)
            found.append(sum(count(t, i, 3) * T for (t, i), T in zip(places, terms, strict=True)))
    found += [scale * terms.sum() for scale, names in SCALES.items() if names == (name,)]
    return {three_figures(value) for value in found}


def three_figures(value):
    return float(f"{value:.3g}")


def said(entry):
    """(setting, weight, numbers) of what "You see" names."""
    setting = "E_3"
    for part in re.split(r"(With tanh|With all errors)", entry.split("**Usual cause.**")[0]):
        if part in SETTINGS:
            setting = part
        for weight, numbers in re.findall(r"(W_\w) ((?:−?[\d.]*\d(?:, | or )?)+)", part):
            numbers = re.findall(r"−?[\d.]*\d", numbers)
            yield setting, weight, {three_figures(float(n.replace("−", "-"))) for n in numbers}


def test_each_named_mistake_has_an_entry_and_no_other_has():
    assert set(ENTRIES) == set(mistakes.KNOWN)


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_says_what_one_sees_the_cause_and_what_to_ask(name):
    form = r"- \*\*You see\*\* .*\.\n- \*\*Usual cause\.\*\* .*\.\n- \*\*Ask\.\*\* .*[?.]"
    assert re.fullmatch(form, ENTRIES[name]), ENTRIES[name]
    assert "?" in ENTRIES[name].split("**Ask.**")[1]


@pytest.mark.parametrize("name", ENTRIES)
def test_numbers_are_those_of_the_mistake(name):
    for setting, weight, numbers in said(ENTRIES[name]):
        if (name, weight) != ("updated-weight", "W_s"):
            assert numbers <= made_by(name, setting, weight), (setting, weight)


@pytest.mark.parametrize("name", [name for name in ENTRIES if name not in VARIED])
def test_all_numbers_for_E_3_are_told(name):
    """Those for W_s and W_x, or that the mistake does not show."""
    told = {weight: numbers for setting, weight, numbers in said(ENTRIES[name]) if setting == "E_3"}
    for weight, right in (("W_s", 22), ("W_x", 13)):
        made = made_by(name, "E_3", weight) - {right}
        if made:
            assert told[weight] == made
        elif made_by(name, "E_3", weight):
            assert "the right numbers" in ENTRIES[name]


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_right_numbers_are_told(setting):
    right = (right_terms(setting, weight).sum() for weight in ("W_x", "W_s", "W_y"))
    W_x, W_s, W_y = (f"{value:.3g}".replace("-", "−") for value in right)
    in_full = f"∂E_3/∂W_s = {W_s}, ∂E_3/∂W_x = {W_x} and ∂E_3/∂W_y = {W_y}"
    assert f"{W_s}, {W_x} and {W_y}" in PAGE or in_full in PAGE


def test_the_table_leads_from_each_number_to_all_its_mistakes():
    expected = defaultdict(set)
    for way in WAYS:
        if way.names and way.names[0] not in VARIED[1:]:
            pair = tuple(three_figures(right_terms("E_3", W, way).sum()) for W in ("W_s", "W_x"))
            expected[pair] |= set(way.names)
    terms = [right_terms("E_3", weight) for weight in ("W_s", "W_x")]
    for names, count in COUNTS:
        weights = [count(3, i, 3) for i in (1, 2, 3)]
        expected[tuple(three_figures(np.dot(weights, T)) for T in terms)] |= set(names)
    for scale, names in SCALES.items():
        if len(names) == 1:
            expected[tuple(three_figures(scale * T.sum()) for T in terms)] |= set(names)
    del expected[22, 13]
    for pair in [pair for pair, names in expected.items() if names == {"error-factor"}]:
        del expected[pair]  # too many to list
    table = {
        (float(s.replace("−", "-")), float(x.replace("−", "-"))): set(re.findall("`(.*?)`", names))
        for s, x, names in re.findall(
            r"^\| (−?[\d.]+) \| (−?[\d.]+) \| (.*) \|$", PAGE, re.MULTILINE
        )
    }
    assert table == dict(expected)


def test_each_mistake_with_gates_has_a_line_and_no_other_has():
    table = PAGE.split("\n## LSTM and GRU")[1]
    lines = re.findall(r"^\| (.*?) \| (.+?) \| (.+?) \|$", table, re.MULTILINE)[1:]
    told = [line[0] for line in lines if not line[0].startswith("---")]
    assert set(told) == {words for cell in gates.WRONG for words, *_ in gates.WRONG[cell]}
    assert len(set(told)) == len(told)


def test_the_right_way_is_the_first():
    assert Way() == WAYS[0]

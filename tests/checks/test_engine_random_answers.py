"""Random wrong answers, pairs of mistakes, damaged code: no false name, and no "right" for a wrong.

`benchmarks/verdicts.py` judges thousands more in the same way.
"""

from itertools import islice

import numpy as np
import pytest
import random_answers
from test_engine_diagnosis import STYLES

from bptt_helpers import bptt
from bptt_course.checks.engine import diagnosis, evidence, mistakes
from bptt_course.checks.engine.finding import Finding

FAMILIES = {
    "random": (random_answers.random_answers, 150, ()),
    "pairs": (random_answers.pairs_of_mistakes, 175, ()),
    "damaged": (random_answers.damaged, 175, (random_answers.sources(STYLES[:7]),)),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_nothing_false_is_said(family):
    make, number, given = FAMILIES[family]
    named = 0
    for function, weight in islice(make(np.random.RandomState(7), *given), number):
        verdict, fault = random_answers.judged(function, weight)
        assert not fault, (fault, verdict.message)
        named += bool(verdict.mistakes)
    assert named > number / 20


def test_the_judge_finds_a_false_name_and_a_false_right(monkeypatch):
    def answer(run, d, at):
        return bptt.backward(run, d, at).dE_dW_s.T ** 3

    assert random_answers.judged(answer, "W_s")[1] == ""
    false = mistakes.named([evidence.Fit(also=("not-reset",))], "W_s")
    monkeypatch.setattr(diagnosis, "gradient_finding", lambda *_: false)
    assert random_answers.judged(answer, "W_s")[1] == "false name"
    monkeypatch.setattr(
        diagnosis, "gradient_finding", lambda *_: Finding(True, lines=("n_s = 3, said",))
    )
    assert random_answers.judged(answer, "W_s")[1] == "right for wrong"

"""plan.md names sections, bets and exercises that exist, and its minutes add up."""

import re
from itertools import pairwise

import bets
import nbformat
import pytest
from refresh_notebooks import NOTEBOOKS

from bptt_course import panels

PLAN = (bets.TEACHING / "plan.md").read_text(encoding="utf-8")
STEMS = {path.stem[:2]: path.stem for path in NOTEBOOKS.glob("*.ipynb")}
ROW = re.compile(r"^\| (\d+)–(\d+) \| (\d\d) · (.+?) \| (.*?) \| (.*?) ?\|$", re.MULTILINE)
LESSONS = {
    lesson.splitlines()[0]: ROW.findall(lesson.replace(r"\|", "¦"))
    for lesson in re.split(r"^## (?=Lecture|The course)", PLAN, flags=re.MULTILINE)[1:]
}
ENTRY = re.compile(r"^\*\*(\d\d)\.(\d+)\*\* “(.*?)” Right: \*\*(.*?)\*\*\.? ?(.*)$", re.MULTILINE)
ENTRIES = {f"{notebook}.{n}": rest for notebook, n, *rest in ENTRY.findall(PLAN)}


MOVE = re.compile(r"^\| (\d\d) · (.+?) \| (`.+?) \| (.+?) \|$", re.MULTILINE)
MOVES = [move.groups() for move in MOVE.finditer(PLAN)]


def headings(number):
    """The headings of a notebook, in plain text."""
    cells = nbformat.read(NOTEBOOKS / f"{STEMS[number]}.ipynb", as_version=4).cells
    source = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return [bets.plain(heading) for heading in re.findall(r"^#+ (.*)", source, re.MULTILINE)]


def bets_of(number):
    return [row for row in bets.read() if row["notebook"] == STEMS[number]]


def named_bets(words):
    """The bets that a text names: bet 04.1; bets 04.1, 04.2 and 04.3; bets 04.1 to 04.4."""
    found = set()
    for run in re.findall(r"[Bb]ets? ((?:\d\d\.\d+(?:, | and | to )?)+)", words):
        found |= set(re.findall(r"\d\d\.\d+", run))
        for notebook, first, last in re.findall(r"(\d\d)\.(\d+) to \d\d\.(\d+)", run):
            found |= {f"{notebook}.{n}" for n in range(int(first), int(last) + 1)}
    return found


def test_there_are_two_lectures_and_six_sessions():
    lectures = [title for title in LESSONS if title.startswith("Lecture")]
    assert (len(lectures), len(LESSONS)) == (2, 8)


@pytest.mark.parametrize("title", LESSONS)
def test_minutes_run_from_0_to_90(title):
    times = [(int(start), int(end)) for start, end, *_ in LESSONS[title]]
    assert times[0][0] == 0 and times[-1][1] == 90
    assert all(start < end for start, end in times)
    assert all(before[1] == after[0] for before, after in pairwise(times))


@pytest.mark.parametrize("title", LESSONS)
def test_no_row_is_lost(title):
    lesson = PLAN.split(f"## {title}\n")[1].split("\n## ")[0]
    assert len(re.findall(r"^\|", lesson, re.MULTILINE)) == len(LESSONS[title]) + 2


@pytest.mark.parametrize("title", LESSONS)
def test_sections_exist(title):
    for _, _, number, section, *_ in LESSONS[title]:
        assert section.replace("¦", "|") in headings(number), section


def test_sections_named_in_passing_exist():
    prose = re.sub(r"^\|.*\|$", "", PLAN, flags=re.MULTILINE)
    named = re.findall(r"(\d\d) · (\d+\. [^,.)\"]+)", prose)
    assert len(named) >= 3
    for number, section in named:
        assert any(section in heading for heading in headings(number)), section


@pytest.mark.parametrize("title", LESSONS)
def test_bets_are_made_in_their_section(title):
    """But for those of notebook 04 that are settled later."""
    for _, _, number, section, doing, _ in LESSONS[title]:
        for name in named_bets(doing) if "Settle" not in doing else ():
            notebook, n = name.split(".")
            assert notebook == number
            assert bets_of(notebook)[int(n) - 1]["section"] == section.replace("¦", "|"), name


def test_each_bet_that_is_used_has_an_entry_and_no_other_has():
    tables = "\n".join(doing for rows in LESSONS.values() for *_, doing, _ in rows)
    assert named_bets(tables) == set(ENTRIES)
    assert named_bets(PLAN) <= set(ENTRIES)


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_quotes_its_bet_and_its_answer(name):
    number, n = name.split(".")
    question, right, words = ENTRIES[name]
    row = bets_of(number)[int(n) - 1]
    assert question in row["question"]
    assert right == row["answer"]
    assert len(words.split()) >= 8


def test_entries_stand_in_the_order_of_the_series():
    names = [tuple(map(int, name.split("."))) for name in ENTRIES]
    assert names == sorted(names)
    assert len(names) == len(re.findall(r"^\*\*\d\d\.\d+\*\*", PLAN, re.MULTILINE))


# --- the panels -----------------------------------------------------------------------------------


def panel_below(number, section):
    """The first panel of a section, as its cell makes it."""
    found = ""
    for cell in nbformat.read(NOTEBOOKS / f"{STEMS[number]}.ipynb", as_version=4).cells:
        if cell.cell_type == "markdown":
            for heading in re.findall(r"^## (.*)", cell.source, re.MULTILINE):
                found = bets.plain(heading)
        elif cell.source.startswith("panels.") and found == section:
            return eval(cell.source, {"panels": panels})
    raise AssertionError(f"{number} · {section} has no panel")


@pytest.mark.parametrize("number, section, does, reads", MOVES)
def test_a_panel_says_what_the_plan_says(number, section, does, reads):
    panel = panel_below(number, section.replace(r"\|", "|"))
    for name, value in re.findall(r"`(\w+)` = ([^,]+)", does):
        is_menu = hasattr(panel.controls[name], "options")
        panel.set(**{name: value if is_menu else float(value.replace("−", "-"))})
    quotes = re.findall("“(.+?)”", reads)
    assert quotes and all(quote in panel.said for quote in quotes), panel.said
    panel.close()


def test_each_panel_that_the_plan_names_has_its_moves():
    """In the rows that speak of a panel, a task or a button."""
    there = {(number, section.replace(r"\|", "¦")) for number, section, *_ in MOVES}
    for rows in LESSONS.values():
        for _, _, number, section, doing, _ in rows:
            if re.search(r"the panel|task|[Kk]nobs|walk|threshold|uncover|`Step`|\*Play\*", doing):
                assert (number, section) in there, section


def test_exercises_exist():
    for name in set(re.findall(r"\b(\d\d)-([A-F])\b", PLAN)):
        exercise = f"Exercise {'-'.join(name)}"
        assert any(exercise in heading for heading in headings(name[0])), exercise


def test_commands_exist():
    for command in re.findall(r"start\.py (\w+)", PLAN):
        assert (bets.TEACHING / f"{command}.py").exists(), command


def test_links_lead_somewhere():
    targets = re.findall(r"\]\(([^)#]+)", PLAN)
    assert targets
    assert all((bets.TEACHING / target).exists() for target in targets), targets

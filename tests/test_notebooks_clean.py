"""Hygiene of the stored notebooks: executed, clean, and in the house's rhythm.

nbval never compares a cell without an execution count, and never a picture: a notebook stripped of
both would pass it, and fails here.
"""

import base64
import copy
import re
from itertools import pairwise

import nbformat
import pytest
import refresh_notebooks
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from pace import BET, pace
from refresh_notebooks import NOTEBOOKS, WIDGET_VIEW

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
MACHINE = re.compile(r"(?:/home/|/Users/|/root/|/tmp/|/work/|[A-Z]:\\)\S*|\bat 0x[0-9a-f]+")
SHOWS_A_PICTURE = re.compile(r"^(<Figure|Panel|[HV]Box\(|Image\()")
MAKES_A_PICTURE = re.compile(r"\b(panels\.[a-z]\w*|plt\.(figure|subplots|show))\(")


# --- the rules: each takes a notebook and yields its faults, in words -----------------------------


def load(path):
    """Read a notebook as it is, where nbformat.read would mend its ids."""
    return nbformat.v4.reads(path.read_text(encoding="utf-8"))


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def outputs(notebook):
    return [(cell, output) for cell in code_cells(notebook) for output in cell.outputs]


def counts_run_from_1_to_n(notebook):
    counts = [cell.execution_count for cell in code_cells(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        yield f"the execution counts are {counts}"


def nothing_on_stderr(notebook):
    for cell, output in outputs(notebook):
        if output.output_type == "stream" and output.name == "stderr":
            yield f"cell {cell.id} wrote on stderr: {output.text[:200]}"


def no_error_but_the_announced(notebook):
    for cell, output in outputs(notebook):
        if output.output_type == "error" and "raises-exception" not in cell.metadata.get(
            "tags", []
        ):
            yield f"cell {cell.id} ended with {output.ename}: {output.evalue}"


def pictures_are_stored(notebook):
    for cell in code_cells(notebook):
        bundles = [output.data for output in cell.outputs if "data" in output]
        for data in bundles:
            if SHOWS_A_PICTURE.match(data.get("text/plain", "")) and "image/png" not in data:
                yield f"cell {cell.id} shows {data['text/plain'][:40]} without its picture"
        if MAKES_A_PICTURE.search(cell.source) and not any("image/png" in data for data in bundles):
            yield f"cell {cell.id} makes a figure or panel and stores no picture"


def no_saved_widgets(notebook):
    if "widgets" in notebook.metadata:
        yield "the widgets' state is saved in the metadata"
    for cell, output in outputs(notebook):
        if WIDGET_VIEW in output.get("data", {}):
            yield f"cell {cell.id} stores a widget view"


def no_trace_of_a_machine(notebook):
    for cell, output in outputs(notebook):
        data = {key: text for key, text in output.get("data", {}).items() if "image/" not in key}
        found = MACHINE.search(f"{output.get('text', '')}\n{output.get('traceback', '')}\n{data}")
        if found:
            yield f"cell {cell.id} prints {found.group()}"


def every_cell_has_its_id(notebook):
    ids = [cell.get("id") for cell in notebook.cells]
    if None in ids or len(set(ids)) < len(ids):
        yield "cell ids are missing or doubled"


def headings_step_down_one_by_one(notebook):
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    levels = [len(marks) for marks in re.findall(r"^(#{1,6}) ", FENCE.sub("", text), re.MULTILINE)]
    if levels[:1] != [1] or levels.count(1) != 1:
        yield f"one first heading of level 1 is due, the levels are {levels}"
    if any(after > before + 1 for before, after in pairwise(levels)):
        yield f"a level is skipped: {levels}"


def prose_between_code_cells(notebook):
    for before, after in pairwise(notebook.cells):
        if before.cell_type == after.cell_type == "code":
            yield f"no prose between the code cells {before.id} and {after.id}"


def code_cells_are_short(notebook):
    for cell in code_cells(notebook):
        lines = len(cell.source.splitlines())
        if not 1 <= lines <= 15:
            yield f"code cell {cell.id} has {lines} lines"


def opening_says_what_is_needed(notebook):
    opening = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            break
        opening.append(cell.source)
    for words in (r"\bgoal\b", r"\bprerequisites?\b", r"\b\d+ minutes\b"):
        if not re.search(words, "\n".join(opening), re.IGNORECASE):
            yield f"nothing like {words} stands before the first code cell"


def links(notebook):
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    targets = re.findall(r"\]\(([^)\s]+)\)|href=[\"']([^\"']+)[\"']", FENCE.sub("", text))
    return [(markdown or html).split("#")[0] for markdown, html in targets]


def local_links_lead_somewhere(notebook):
    for target in links(notebook):
        local = target and not re.match(r"[a-z]+:", target)
        if local and not (NOTEBOOKS / target.replace("%20", " ")).exists():
            yield f"the link to {target} leads nowhere"


def answers_are_folded(notebook):
    """A cell that answers a bet is folded by its tag; a panel opens unsolved, and stays open."""
    asked, settled = "", 0
    for above, cell in pairwise(notebook.cells):
        asked += f"{above.source}\n" if above.cell_type == "markdown" else ""
        if "hide-output" in cell.metadata.get("tags", []):
            if not BET.search(asked):
                yield f"cell {cell.id} is folded and answers nothing"
            settled += 1
        elif "> **Bet" in above.source and cell.get("outputs") and "panels." not in cell.source:
            yield f"cell {cell.id} shows the answer to the bet above it: tag it hide-output"
    if settled < 3:
        yield f"{settled} answers are folded, and at least 3 are due"


def keeps_its_pace(notebook):
    p = pace(notebook)
    if abs(p.stated - p.minutes) > 5:
        yield f"{p.stated} minutes are stated, and it takes {p.minutes:.0f}"
    for name, most in {"words": 1500, "code_cells": 20, "bets": 12}.items():
        if getattr(p, name) > most:
            yield f"{name} before the exercises: {getattr(p, name)}, at most {most}"


def figures_are_sharp_and_the_whole_is_small(notebook):
    """Two pixels to one, as the IHDR chunk of a PNG says, and less than 1 MB in all."""
    for cell, output in outputs(notebook):
        data, shown = output.get("data", {}), output.get("metadata", {}).get("image/png", {})
        if data.get("text/plain", "").startswith("<Figure"):
            width = int.from_bytes(base64.b64decode(data["image/png"])[16:20], "big")
            if width // 2 != shown.get("width"):
                yield f"cell {cell.id} has a figure of {width} pixels, not two to one"
    if len(nbformat.writes(notebook).encode()) > 1e6:
        yield "it has 1 MB or more"


RULES = [
    counts_run_from_1_to_n,
    nothing_on_stderr,
    no_error_but_the_announced,
    pictures_are_stored,
    no_saved_widgets,
    no_trace_of_a_machine,
    every_cell_has_its_id,
    headings_step_down_one_by_one,
    prose_between_code_cells,
    code_cells_are_short,
    opening_says_what_is_needed,
    local_links_lead_somewhere,
    answers_are_folded,
    keeps_its_pace,
    figures_are_sharp_and_the_whole_is_small,
]


# --- the stored notebooks keep the rules ----------------------------------------------------------


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule(rule, path):
    assert list(rule(load(path))) == []


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_is_stored_as_refresh_stores_it(path):
    stored = path.read_text(encoding="utf-8")
    fresh = refresh_notebooks.dumps(refresh_notebooks.clean(refresh_notebooks.read(path)))
    assert stored == fresh, f"run: python3 start.py refresh {path.stem}"


def test_the_series_is_numbered_without_a_gap():
    assert PATHS
    expected = [f"{number:02}_" for number in range(1, len(PATHS) + 1)]
    assert [path.name[:3] for path in PATHS] == expected


def test_each_notebook_links_to_the_next():
    for path, following in pairwise(PATHS):
        assert following.name in links(load(path)), path.name


# --- every rule can fail --------------------------------------------------------------------------


def good_notebook():
    """A small notebook that keeps every rule."""
    opening = (
        "# Title\n\n**Goal:** a sum.\n\n**Prerequisites:** none.\n\n**Time.** About 10 minutes."
    )
    stdout = new_output("stream", name="stdout", text="2\n")
    panel = new_output(
        "execute_result",
        {"text/plain": "Panel: the sum", "image/png": "iVBORw0KGgo="},
        execution_count=2,
    )
    bet = "> **Bet.** How much is 1 + 1?"
    settling = new_code_cell("print(1 + 1)", outputs=[stdout], metadata={"tags": ["hide-output"]})
    notebook = new_notebook(
        cells=[
            new_markdown_cell(opening),
            new_code_cell("print(1 + 1)", execution_count=1, outputs=[stdout]),
            new_markdown_cell("## A part\n\n```\n#### no heading\n```\n[here](./)"),
            new_code_cell("panels.sums()", execution_count=2, outputs=[panel]),
        ]
    )
    for number in (3, 4, 5):
        answer = nbformat.from_dict({**settling, "id": f"bet-{number}", "execution_count": number})
        notebook.cells += [new_markdown_cell(bet), answer]
    return notebook


def set_count(notebook):
    notebook.cells[1].execution_count = 2


def strip_counts(notebook):
    for cell in code_cells(notebook):
        cell.execution_count = None


def warn(notebook):
    notebook.cells[1].outputs[0].name = "stderr"


def fail(notebook):
    notebook.cells[1].outputs = [new_output("error", ename="ValueError", evalue="no", traceback=[])]


def lose_picture(notebook):
    del notebook.cells[3].outputs[0].data["image/png"]


def lose_outputs(notebook):
    notebook.cells[3].outputs = []


def save_state(notebook):
    notebook.metadata.widgets = {}


def save_view(notebook):
    notebook.cells[3].outputs[0].data[WIDGET_VIEW] = {"model_id": "1"}


def print_path(notebook):
    notebook.cells[1].outputs[0].text = "read from /home/ada/bptt/data.txt\n"


def print_address(notebook):
    notebook.cells[3].outputs[0].data["text/plain"] = "<rnn.RNNRun at 0x7f00aa>"


def double_id(notebook):
    notebook.cells[1].id = notebook.cells[0].id


def lose_title(notebook):
    notebook.cells[0].source = notebook.cells[0].source.replace("# Title", "## Title")


def add_title(notebook):
    notebook.cells[2].source = "# Another title"


def skip_level(notebook):
    notebook.cells[2].source = "### A part"


def drop_prose(notebook):
    del notebook.cells[2]


def lengthen(notebook):
    notebook.cells[1].source = "print(1)\n" * 16


def empty(notebook):
    notebook.cells[1].source = ""


def forget_minutes(notebook):
    notebook.cells[0].source = notebook.cells[0].source.replace("minutes", "pages")


def break_link(notebook):
    notebook.cells[2].source = "[next](10_nowhere.ipynb)"


def show_answer(notebook):
    notebook.cells[5].metadata.tags = []


def ask_in_passing(notebook):
    notebook.cells[4].source = "How much is 1 + 1?"


def forget_bet(notebook):
    del notebook.cells[4:6]


def hurry(notebook):
    notebook.cells[0].source = notebook.cells[0].source.replace("10 minutes", "3 minutes")


def ask_often(notebook):
    notebook.cells[0].source = notebook.cells[0].source.replace("10 minutes", "24 minutes")
    notebook.cells[2].source += "\n\n" + "1. Press `Step`.\n" * 10


def talk(notebook):
    notebook.cells[0].source = notebook.cells[0].source.replace("10 minutes", "20 minutes")
    notebook.cells[2].source += " so" * 1500


def program(notebook):
    notebook.cells[0].source = notebook.cells[0].source.replace("10 minutes", "20 minutes")
    notebook.cells += [new_markdown_cell("And"), new_code_cell("print(1 + 1)")] * 16


def draw_coarsely(notebook):
    png = base64.b64encode(bytes(16) + (900).to_bytes(4, "big")).decode()
    data = {"text/plain": "<Figure size 900x400>", "image/png": png}
    notebook.cells[1].outputs.append(new_output("display_data", data))


def swell(notebook):
    notebook.cells[2].source += "!" * 10**6


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule_accepts_a_good_notebook(rule):
    assert list(rule(good_notebook())) == []


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        (counts_run_from_1_to_n, set_count),
        (counts_run_from_1_to_n, strip_counts),
        (nothing_on_stderr, warn),
        (no_error_but_the_announced, fail),
        (pictures_are_stored, lose_picture),
        (pictures_are_stored, lose_outputs),
        (no_saved_widgets, save_state),
        (no_saved_widgets, save_view),
        (no_trace_of_a_machine, print_path),
        (no_trace_of_a_machine, print_address),
        (every_cell_has_its_id, double_id),
        (headings_step_down_one_by_one, lose_title),
        (headings_step_down_one_by_one, add_title),
        (headings_step_down_one_by_one, skip_level),
        (prose_between_code_cells, drop_prose),
        (code_cells_are_short, lengthen),
        (code_cells_are_short, empty),
        (opening_says_what_is_needed, forget_minutes),
        (local_links_lead_somewhere, break_link),
        (answers_are_folded, show_answer),
        (answers_are_folded, ask_in_passing),
        (answers_are_folded, forget_bet),
        (keeps_its_pace, hurry),
        (keeps_its_pace, ask_often),
        (keeps_its_pace, talk),
        (keeps_its_pace, program),
        (figures_are_sharp_and_the_whole_is_small, draw_coarsely),
        (figures_are_sharp_and_the_whole_is_small, swell),
    ],
    ids=lambda function: function.__name__,
)
def test_rule_sees_a_bad_notebook(rule, change):
    notebook = copy.deepcopy(good_notebook())
    change(notebook)
    assert list(rule(notebook))


def test_an_announced_error_is_welcome():
    notebook = good_notebook()
    fail(notebook)
    notebook.cells[1].metadata.tags = ["raises-exception"]
    assert list(no_error_but_the_announced(notebook)) == []

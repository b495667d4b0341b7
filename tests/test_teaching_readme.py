"""The front door of teaching/: it leads to all that is there, and each command explains itself."""

import re
from pathlib import Path

import pytest

from bptt_course import __main__ as commands

TEACHING = Path(__file__).resolve().parent.parent / "teaching"
README = (TEACHING / "README.md").read_text(encoding="utf-8")
COMMANDS = sorted(path.stem for path in TEACHING.glob("*.py"))
PAGES = sorted(path.name for path in TEACHING.glob("*.md") if path.name != "README.md")


def test_each_command_is_named_and_no_other():
    assert sorted(set(re.findall(r"start\.py (\w+)", README))) == COMMANDS


def test_each_page_is_linked_and_each_link_leads_somewhere():
    targets = re.findall(r"\]\(([^)]+)\)", README)
    assert set(PAGES) <= set(targets)
    assert all((TEACHING / target).exists() for target in targets)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit, match="0"):
        commands.main([command, "--help"])
    words = capsys.readouterr().out
    assert words.startswith(f"usage: python -m bptt_course {command}")
    assert len(words.split("\n\n")[1].split()) >= 10  # a description, below the usage


@pytest.mark.parametrize("page", ["README.md", *PAGES])
def test_no_page_names_a_command_that_is_not_there(page):
    text = (TEACHING / page).read_text(encoding="utf-8")
    assert set(re.findall(r"start\.py (\w+)", text)) <= {*COMMANDS, "test", "refresh"}

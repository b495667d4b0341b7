"""The commands for teachers: python -m bptt_course COMMAND."""

import os
import sys

# Python looks into the current folder first: a csv.py among files of others would be run.
if sys.path[0] == os.getcwd() != os.path.dirname(os.path.dirname(os.path.abspath(__file__))):
    del sys.path[0]

import argparse
import importlib
from pathlib import Path

TEACHING = Path(__file__).resolve().parent.parent / "teaching"  # has a file for each command


def main(arguments=None):
    """Run one command and return its exit code."""
    parser = argparse.ArgumentParser("python -m bptt_course", description=__doc__)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    files = sorted(TEACHING.glob("*.py"))
    if not files:
        parser.error(f"the commands belong to the whole project: there is no folder {TEACHING}")
    sys.path.append(str(TEACHING))
    for file in files:
        importlib.import_module(file.stem).add_to(commands)
    options = parser.parse_args(arguments)
    return options.command(options)


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # a name may have letters that a console has not
    sys.exit(main())

"""Every panel of the series: each public function of `panels`, with each of its arguments."""

import inspect
import itertools
import re

from bptt_course import panels


def calls():
    """The calls that make a panel: [("paths", {"weight": "W_s"}), ...].

    A function's docstring lists what an argument may be, as in: `weight` is "W_s" or "W_x".
    """
    found = []
    for name, function in inspect.getmembers(panels, inspect.isfunction):
        choices = [
            [(parameter.name, value) for value in _choices(function, parameter)]
            for parameter in inspect.signature(function).parameters.values()
        ]
        found += [(name, dict(chosen)) for chosen in itertools.product(*choices)]
    return found


def source(call):
    """The call as a cell of a notebook has it: 'panels.paths("W_s")'."""
    name, arguments = call
    return f"panels.{name}({', '.join(map(_quoted, arguments.values()))})"


def make(call):
    """Make the panel of a call."""
    name, arguments = call
    return getattr(panels, name)(**arguments)


def _quoted(value):
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _choices(function, parameter):
    if isinstance(parameter.default, bool):
        return [False, True]
    listed = re.search(rf'`{parameter.name}` is ("[^"]+"(?:(?:,| or|, or)\s+"[^"]+")*)',
                       function.__doc__)  # fmt: skip
    if listed is None:
        raise AssertionError(
            f"panels.{function.__name__}: its docstring has to say what {parameter.name} may "
            f'be, as in: `{parameter.name}` is "W_s" or "W_x".'
        )
    return re.findall(r'"([^"]+)"', listed.group(1))

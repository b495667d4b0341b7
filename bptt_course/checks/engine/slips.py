"""Everyday slips: what one plain sentence can say of an error, or of an answer that is none."""

import builtins
import difflib
import dis
import inspect
import linecache
import re
import sys

import numpy as np

from bptt_helpers import rnn
from bptt_course.checks.engine.guard import own_lines


def slip(error, words):
    """What is wrong at the reader's own last line, in a few words; "" if nothing is known of it."""
    for frame, line in own_lines(error)[-1:]:
        for kind, pattern, said in SLIPS:
            found = isinstance(error, kind) and re.search(pattern, words)
            told = found and (said if isinstance(said, str) else said(error, found, frame, line))
            if told:
                return told
    called = re.search("positional argument|unexpected keyword", words) and not own_lines(error)
    return "it is called as the stub is: leave the first line of your function" if called else ""


def untouched(student):
    """Lines on a function that has given nothing back and is no stub; () if it still is one."""
    try:
        lines, first = inspect.getsourcelines(student.function)
    except (OSError, TypeError):
        return ()
    numbered = enumerate(lines, start=max(first, 1))
    dots = [(n, line.split("#")[0].strip()) for n, line in numbered if "..." in bare(line)]
    if dots and all(re.fullmatch(STUB, bare(line)) for line in lines):
        return ()
    if student.error and student.words != "None":
        still = "line {} still holds the dots: {}".format(*dots[0]) if dots else ELSEWHERE
        return (f"Not yet: {still}",)
    if student.error is None:
        return ("Not yet: S and Y come back as they were at the start. Does your loop run?",)
    if student.results:
        return ("Not yet: some calls give None. Does every way through it end with a value?",)
    return (NONE, PRINTS) if student.printed else (NONE,)


ELSEWHERE = "the dots, ..., come back from a line outside of this function: fill it in first."
NONE = "Not yet: None comes back. Is there a `return` at the end, with a value after it?"
PRINTS = "(print shows a value; only `return` hands it over.)"
STUB = (  # the lines of a function that is still to be written
    r"((def|.*lambda) .*: *)?((return |[\w, ]+= *)?(\.\.\., )*\.\.\.|return [\w, ]+)?|"
    r"W_x, W_s, W_y = run\.weights|S, Y = \[S_0\], \[None\]|d = dict\(enumerate.*"
)


def bare(line):
    """A line of code without comments, texts, and dots that are an index, as in S[..., None]."""
    return re.sub(r"""#.*|"[^"]*"|'[^']*'|[\w)\]]\[[^]]*\.\.\.[^]]*\]""", "", line).strip()


def from_elsewhere(student):
    """Lines on a wrong answer that is not made from the function's arguments alone."""
    code, around = (getattr(student.function, f"__{name}__", "") for name in ("code", "globals"))
    inner = (its for its in getattr(code, "co_consts", ()) if hasattr(its, "co_code"))
    lines = (line for its in (code, *inner) for line in dis.get_instructions(its))
    used = {line.argval for line in lines if line.opname == "LOAD_GLOBAL"}
    values = float | int | np.ndarray | list | rnn.Weights | rnn.RNNRun
    taken = sorted(name for name in used if isinstance(around.get(name), values))
    if taken:
        yield f"The function takes {' and '.join(taken)} from the notebook, not from its arguments."
    same = {*map(repr, student.results)}
    same = re.search("[1-9]", str(same)) and len(same) == 1 < len(student.results)
    if same and not student.error:
        yield "It gives the same answer for all networks: is a number typed in? Does no loop run?"


def _no_name(error, found, frame, line):
    name, here = found[1], frame.f_locals
    known = [*frame.f_globals, *here, *(dir(builtins) if len(name) > 3 else ())]
    if name[1:2] == "_":  # a symbol: S_t is no misspelt str, and a_t no at
        known = [other for other in known if other[1:2] == "_" and len(other) == len(name)]
    meant = _held(name, here) or _closest(name, known, 0.8)
    rest = f"; did you mean {meant}?" if meant else ": no line above gives it a value"
    return f"there is no {name} here{rest}"


def _no_attribute(error, found, frame, line):
    value = sys.modules.get(found[1], error.obj)
    meant = _held(found[2], {"": value}) or "." + _closest(found[2], dir(value), 0.7)
    return f"there is no .{found[2]} here; did you mean {meant}?" if meant != "." else ""


def _held(name, values):
    """Where in one of our own objects, such as a run, there is something of this name."""
    for where, value in values.items():
        for path, holder in ((where, value), (f"{where}.weights", getattr(value, "weights", None))):
            if type(holder).__module__.startswith("bptt_helpers") and hasattr(holder, name):
                return f"{path}.{name}"


def _closest(name, known, least):
    """The known name that is most like a misspelt one, whatever its capitals; "" if none is."""
    plain = {other.replace("_", "").lower(): other for other in known if other[0] != "_"}
    short = name.replace("_", "").lower()
    swapped = [other for other in plain if sorted(other) == sorted(short)]
    closest = swapped or difflib.get_close_matches(short, plain, 1, least)
    return plain[closest[0]] if closest else ""


def _is_none(error, found, frame, line):
    names = [n for n, v in frame.f_locals.items() if v is None and re.search(rf"\b{n}\b", line)]
    if not names:
        appends = "Y.append(value) puts one more into a list, += does not"
        return appends if "+=" in line else "something in this line is None"
    if names[0] == "at":
        return "at is None here: the error is the sum over all steps, and the sweep begins at run.T"
    code = "".join(linecache.getlines(frame.f_code.co_filename))
    if re.search(rf"\b{names[0]} *= *[\w.]+\.append\(", code):
        return f"{names[0]} is None here: append gives nothing back, it changes the list itself"
    return f"{names[0]} is None here"


def _past_the_end(error, found, frame, line):
    there = []
    for path in dict.fromkeys(re.findall(r"([A-Za-z_][\w.]*)\[", line)):
        first, *attributes = path.split(".")
        value = {**frame.f_globals, **frame.f_locals}.get(first)
        for attribute in attributes:
            value = getattr(value, attribute, None)
        if isinstance(value, list | tuple) or getattr(value, "ndim", 0):
            first = 1 if path.endswith((".X", ".a", ".Y")) else 0
            note = f" ({path}[0] is {path}_1)" if path in ("X", "d") else ""
            there.append(f"{path} runs from {path}[{first}] to {path}[{len(value) - 1}]{note}")
    return f"an index goes past the end: {' and '.join(there) or 'look at the [ ]'}"


def _unequal(error, found, frame, line):
    if "eig(" in line or "EigResult" in {type(v).__name__ for v in frame.f_locals.values()}:
        return "np.linalg.eig gives eigenvalues and eigenvectors: np.linalg.eigvals gives the first"
    way = "return a tuple" if "return" in line else "take them one by one"
    return f"arrays of different shapes do not go into one: {way}"


ONE_SIDE = "one side of this @ is a single number: use *, or np.dot (an @ of two vectors makes one)"
SLIPS = (  # kind of error, a pattern in its words, what to say
    (RecursionError, "", "your function calls itself without end"),
    (UnboundLocalError, "'(.+?)'", lambda e, n, *_: f"{n[1]} has no value yet in this line"),
    (NameError, "'(.+?)'", _no_name),
    (AttributeError, "ndarray.*append", "an array cannot append: collect in a list, S = [S_0]"),
    (TypeError, "builtin.* not subscriptable", "append has round brackets: S.append(value)"),
    (Exception, "NoneType", _is_none),
    (AttributeError, r"(?:module '([\w.]+)'|) has no attribute '(\w+)'", _no_attribute),
    (TypeError, "not callable", "( ) calls a function: is a * missing before it, or is [ ] meant?"),
    (TypeError, "'Activation'", "an activation is a function: it is called, g_1(a)"),
    (TypeError, r"bitwise_xor|for \^", "a power is written with **, not with ^"),
    (TypeError, "to Python scalar", "math.tanh takes one number: np.tanh, np.exp serve arrays"),
    (Exception, "for @|enough dim", ONE_SIDE),
    (IndexError, "assignment", "a list does not grow by assignment: S.append(value) adds an entry"),
    (Exception, "scalar|0-dim|(float|int)'.* sub", "one number has no entries to take with [ ]"),
    (IndexError, "out of", _past_the_end),
    (Exception, "only integers|indices must", "an index is a whole number: X_t and t / 2 are not"),
    (ValueError, "inhomogeneous", _unequal),
    (ValueError, "read-only", "what you are handed is read-only: add to a copy, np.array(...)"),
    (ValueError, "shape|dimension", "two shapes do not fit: print them just before this line"),
    (TypeError, "Cannot cast", "an array of whole numbers takes up no fractions: np.zeros_like(W)"),
    (TypeError, "'function' object is not sub", "a function is called with ( ), not with [ ]"),
    (TypeError, "EigResult", _unequal),
    (KeyError, r"^\d+$", lambda e, n, *_: f"there is no d[{n[0]}]: ask `t in d`, then take d[t]"),
    (RuntimeError, "requires grad", "NumPy reads no tensor that requires grad: .detach() it first"),
)

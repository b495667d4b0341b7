"""Running a reader's code so that whatever it does ends in an answer in words.

The code runs in a thread of its own, within a time limit; what it prints is kept aside, its errors
are caught and told in a few lines. Only the standard library's threads are used, so that it works
the same on Linux, macOS and Windows and inside a notebook's kernel.
"""

import contextlib
import ctypes
import io
import os
import re
import sys
import threading
import time
import traceback
from pathlib import Path

import numpy as np

SECONDS = 1.0  # for everything that one check asks of one function; see `crowded`
PRINTED = 5000  # characters that are kept of what it prints


class TimeIsUp(SystemExit):
    """Raised inside the reader's code when its time is over; `except Exception` lets it through."""


class NotAttempted(Exception):
    """Raised by a `read` that meets a stub: `...`, or nothing returned at all."""


class NotUsable(Exception):
    """Raised by a `read` that cannot take what was returned; the message is for the reader."""


class _Beginning(io.StringIO):
    """Keeps the first `PRINTED` characters that are written, and stays open when it is closed."""

    def write(self, text):
        super().write(text[: max(0, PRINTED - self.tell())])
        return len(text)

    def close(self):
        pass


class Student:
    """A reader's function and what became of it: seconds left, what it printed, how it ended.

    `read` turns what the function returns into what the check wants; it counts as the reader's
    code, so that it may raise as well. `error` is the exception that ended the last `run`, or None,
    and `words` its own words; `printed` is what has been printed (its beginning, if there is much).
    """

    def __init__(self, function, read=lambda returned: returned, seconds=SECONDS):
        self.function = function
        self.read = read
        self.seconds_left = seconds
        self.printed = ""
        self.error, self.words = None, ""

    def run(self, calls):
        """read(function(*arguments)) for each tuple in `calls`, in order, up to the first error.

        Returns the list of results, shorter than `calls` if the code raised or ran out of time:
        `error` says which. A single call into C that never comes back cannot be cut short.
        """
        results, self.error, self.words = [], None, ""
        thread = threading.Thread(target=self._run, args=(calls, results), daemon=True)
        with contextlib.redirect_stdout(_Beginning()) as printed, _no_way_out(self.function):
            thread.start()
            try:
                self._wait(thread)
            finally:
                if thread.is_alive():
                    _stop(thread)
                    self.error = TimeIsUp()
        self.printed = (self.printed + printed.getvalue())[:PRINTED]
        return list(results)

    def _wait(self, thread, tick=0.05):
        while thread.is_alive() and self.seconds_left > 0:
            wall, processor = time.monotonic(), time.process_time()
            thread.join(min(tick, self.seconds_left))
            wall, processor = time.monotonic() - wall, time.process_time() - processor
            self.seconds_left -= max(min(wall, processor), wall / 4) if crowded() else wall

    def _run(self, calls, results):
        try:
            with np.errstate(all="ignore"):  # overflow is a result, not a warning
                for arguments in calls:
                    results.append(self.read(self.function(*arguments)))
        except BaseException as error:
            self.error = error
            self.words = _said(error)  # here, for its __str__ is the reader's code, too


@contextlib.contextmanager
def _no_way_out(function):
    """IPython's exit() and quit(), which end the kernel a moment later, raise SystemExit here."""
    names = getattr(function, "__globals__", {})
    ways = {name: names[name] for name in ("exit", "quit") if name in names}
    ways = {name: way for name, way in ways.items() if "IPython" in type(way).__module__}
    names.update(dict.fromkeys(ways, sys.exit))
    try:
        yield
    finally:
        names.update(ways)


def crowded():
    """Whether more work waits for the processors than there are (unknown on Windows: False).

    Then waiting is not the reader's fault, and the processor's time counts instead of the clock's.
    """
    try:
        return os.getloadavg()[0] > os.cpu_count()
    except (AttributeError, OSError):
        return False


def _stop(thread, patience=0.2):
    """Raise TimeIsUp in `thread` until it ends; code that sleeps on is left behind (a daemon)."""
    end = time.monotonic() + patience
    while thread.is_alive() and time.monotonic() < end:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident), ctypes.py_object(TimeIsUp)
        )
        thread.join(0.01)


def numbers(value):
    """`value` as a new array of floats; lists, float32, exact fractions and 0-d arrays are welcome.

    Raises NotAttempted for `...` and None, NotUsable, in a reader's words, for anything that is not
    made of real numbers.
    """
    if value is None:
        raise NotAttempted
    try:
        array = np.asarray(value)
        if any(entry is ... for entry in array.flat if array.dtype == object):
            raise NotAttempted
        if array.dtype.kind == "c":
            raise NotUsable("expected real numbers, got complex ones")
        if array.dtype.kind in "iufO" and array.size > 0:
            return np.array(array.astype(float))
    except (TypeError, ValueError):
        pass
    raise NotUsable(f"expected a number or an array of numbers, got {_kind(value)}")


def one_number(value):
    """`value` as one float; NotUsable for an array of several, and all that `numbers` raises."""
    array = numbers(value)
    if array.size != 1:
        raise NotUsable(f"expected one number, got an array of shape {array.shape}")
    return array.item()


def _kind(value):
    if isinstance(value, str):
        return "text in quotation marks"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and type {value.dtype}"
    if callable(value):
        return "a function (are its parentheses missing?)"
    return f"something of type {type(value).__name__}"


def _said(error):
    try:
        return str(error)[:1000]
    except BaseException:
        return ""


def own_traceback(error, words):
    """The reader's own last lines and the error in its words, without paths and memory addresses.

    Returns a list of lines: "line 3 of step: S_t = W_x * x", then "NameError: name 'x' is not ...".
    """
    frames = traceback.extract_tb(error.__traceback__, limit=-40)
    frames = [frame for frame in frames if _is_readers(frame.filename)]
    lines = [f"line {f.lineno} of {f.name}: {f.line}".rstrip(": ") for f in frames[-2:]]
    words = re.sub(r" at 0x[0-9a-fA-F]+", "", words).split("\n")[0][:200]
    return [*dict.fromkeys(lines), f"{type(error).__name__}: {words}".rstrip(": ")]


def _is_readers(filename):
    ours = (Path(__file__).parent.parent, Path(np.__file__).parent)
    return not any(folder in Path(filename).parents for folder in ours)

"""Running a reader's code so that whatever it does ends in an answer in words.

It runs in a thread of its own (or, where there is none, under a trace function) and has a limit of
time. Imports and compilers take theirs once, so the time of the reader's own lines is what counts,
and each call that comes back begins anew.
"""

import contextlib
import ctypes
import io
import linecache
import os
import re
import sys
import threading
import time
import traceback
from functools import cache
from itertools import takewhile

import numpy as np

import bptt_helpers

SECONDS = 1.0  # of the reader's own lines, in one call of the function; see `crowded`
PATIENCE = 60.0  # for all calls that one check makes, with what libraries import and compile
TICK = 0.05
PRINTED = 5000  # characters that are kept of what it prints
_HOMES = [module.__file__ for module in (os, bptt_helpers, sys.modules["bptt_course"])]
OTHERS = "<frozen", "<lambdify", *(os.path.join(os.path.dirname(home), "") for home in _HOMES)

SLOW = "your code took longer than a second on networks of a few numbers and was stopped"
STUCK = "your code took longer than a second, and only a new kernel ends it (Kernel > Restart)"
LONG = "all calls together take longer than a minute. Compile once, outside of your function"
IMPORTS = "an import takes longer than a minute. Run it in a cell of its own, then this cell again"


class TimeIsUp(SystemExit):
    """Raised inside the reader's code when its time is over; `except Exception` lets it through."""

    def __str__(self):
        return SLOW


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
    """A reader's function and what became of it.

    `read` turns what it returns into what the check wants, and may raise as it may. `arguments` are
    those of the last call, `error` is the exception that ended the last `run`, or None, and `words`
    its words; `printed` is the beginning of what it printed, `seconds` the time of one call.
    """

    def __init__(self, function, read=lambda returned: returned, seconds=None):
        self.function, self.read, self.printed = function, read, ""
        self.seconds, self.patience = seconds or SECONDS, PATIENCE
        self.kept, self.pick = {}, lambda result: result

    def run(self, calls):
        """read(function(*arguments)) for each tuple in `calls`, in order, up to the first error.

        Returns the list of results, shorter than `calls` if the code raised or ran out of time:
        `error` says which. A single call into C that never comes back cannot be cut short.
        """
        calls, self.results, self.done, self.error, self.words = list(calls), [], -1, None, ""
        thread = threading.Thread(target=self._run, args=(calls, self.results), daemon=True)
        with contextlib.redirect_stdout(_Beginning()) as printed, _no_way_out(self.function):
            try:
                thread.start()
            except RuntimeError:  # a browser's kernel has one thread
                self._run_here(calls)
            else:
                self._wait(thread, calls)
        self.printed = (self.printed + printed.getvalue())[:PRINTED]
        return list(self.results)

    def answers(self, key, questions):
        """What `pick` takes of each answer to the questions, which are asked once for each key."""
        if key not in self.kept:
            self.kept[key] = self.run(q.fresh() for q in questions), self.error, self.words
        results, self.error, self.words = self.kept[key]
        self.results = [self.pick(result) for result in results]
        if problems := [result for result in self.results if isinstance(result, Exception)]:
            self.error, self.words, self.results = problems[0], str(problems[0]), []
        return self.results

    def _wait(self, thread, calls):
        call = None
        try:
            while thread.is_alive():
                last, wall, processor = call, time.monotonic(), time.process_time()
                thread.join(TICK)
                wall, processor = time.monotonic() - wall, time.process_time() - processor
                call, imports = _library_call(thread)
                own = spent = max(min(wall, processor), wall / 4) if crowded() else wall
                if imports or (call is not None and processor > wall / 20):  # a library is at work
                    own = 0 if imports or call is last else min(wall, processor) / 2
                if self._is_up(own, spent):
                    break
        finally:
            if thread.is_alive():
                calls.clear()
                words = IMPORTS if _library_call(thread)[1] else STUCK
                _stop(thread)
                self.error = self.error if isinstance(self.error, TimeIsUp) else TimeIsUp()
                self.words = words if thread.is_alive() else SLOW
                if self.patience <= 0 and self.results and words == STUCK:  # calls do come back
                    self.words = LONG

    def _run_here(self, calls):
        """As in a thread, but a trace function looks at the clock at each of the reader's lines."""
        last = time.monotonic()

        def trace(frame, *_):
            nonlocal last
            if _is_readers(frame.f_code.co_filename):
                before, last = last, time.monotonic()
                if self._is_up(min(last - before, TICK), last - before):
                    raise TimeIsUp
                return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            self._run(calls, self.results)
        finally:
            sys.settrace(before)

    def _is_up(self, own, spent):
        """Whether the time is up, after `own` of the seconds spent in the reader's own lines."""
        if self.done != len(self.results):
            self.done, self.seconds_left = len(self.results), self.seconds
        self.seconds_left -= own
        self.patience -= spent
        return min(self.seconds_left, self.patience) <= 0

    def _run(self, calls, results):
        try:
            with np.errstate(all="ignore"):  # overflow is a result, not a warning
                for self.arguments in calls:
                    results.append(self.read(self.function(*self.arguments)))
        except BaseException as error:
            self.error = error
            with contextlib.suppress(BaseException):  # here, for its __str__ is the reader's, too
                self.words = str(error)[:1000]


def _library_call(thread):
    """(the library's frame that the reader's code has called, whether something is imported)."""
    frames = [frame for frame, _ in traceback.walk_stack(sys._current_frames().get(thread.ident))]
    files = [frame.f_code.co_filename for frame in frames]
    inside = len([*takewhile(lambda file: not _is_readers(file), files)])
    return frames[inside - 1] if inside else None, "<frozen importlib._bootstrap>" in files


def _stop(thread):
    """Raise TimeIsUp in `thread` until it ends, but not in an import: it would stay half done."""
    for _ in range(20):
        if thread.is_alive() and not _library_call(thread)[1]:
            asked = ctypes.c_ulong(thread.ident), ctypes.py_object(TimeIsUp)
            ctypes.pythonapi.PyThreadState_SetAsyncExc(*asked)
        thread.join(0.01)


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
    """Whether more waits than there are processors: then their time counts, not the clock's."""
    try:
        return os.getloadavg()[0] > os.cpu_count()
    except (AttributeError, OSError):  # as on Windows
        return False


def is_open(value):
    """Whether it is None or a stub's dots."""
    return value is None or value is ...


def attempted(value):
    """`value`, or NotAttempted if it `is_open`."""
    if is_open(value):
        raise NotAttempted(value)
    return value


def numbers(value):
    """`value` as a new array of floats; lists, float32, fractions, tensors and 0-d are welcome.

    Raises NotAttempted for `...` and None, NotUsable for what is not made of real numbers.
    """
    try:
        array = np.asarray(_detached(attempted(value)))
        if any(entry is ... for entry in array.flat if array.dtype == object):
            raise NotAttempted(...)
        if array.dtype.kind == "c":
            raise NotUsable("expected real numbers, got complex ones")
        if array.dtype.kind in "iufO" and array.size > 0:
            return np.array(array.astype(float))
    except (TypeError, ValueError):
        pass
    kind = f"something of type {type(value).__name__}"
    if isinstance(value, str):
        kind = "text in quotation marks"
    elif isinstance(value, np.ndarray):
        kind = f"an array of shape {value.shape} and type {value.dtype}"
    elif callable(value):
        kind = "a function (are its parentheses missing?)"
    raise NotUsable(f"expected a number or an array of numbers, got {kind}")


def _detached(value):
    """`value` with each tensor of PyTorch without its graph, which NumPy does not read."""
    if isinstance(value, list | tuple):
        return [_detached(entry) for entry in value]
    return value.detach() if hasattr(value, "detach") else value


def one_number(value):
    """`value` as one float; NotUsable for an array of several, and all that `numbers` raises."""
    array = numbers(value)
    if array.size != 1:
        raise NotUsable(f"expected one number, got an array of shape {array.shape}")
    return array.item()


def own_lines(error):
    """The reader's own last lines of a traceback, the last one last: [(frame, its text), ...]."""
    lines = []
    for frame, number in traceback.walk_tb(error.__traceback__):
        code = frame.f_code
        text = linecache.getline(code.co_filename, number, frame.f_globals).strip()
        if _is_readers(code.co_filename) and text:
            lines.append((frame, f"line {number} of {code.co_name}: {text}".rstrip(": ")))
    return lines[-2:]


def own_traceback(error, words):
    """The reader's own last lines and the error in its words, without paths and addresses."""
    words = re.sub(r" at 0x[0-9a-fA-F]+", "", words).split("\n")[0][:200]
    lines = [line for _, line in own_lines(error)]
    return [*dict.fromkeys(lines), f"{type(error).__name__}: {words}".rstrip(": ")]


@cache
def _is_readers(filename):
    """Whether a file is the reader's, and not of a library, of Python or of this course."""
    return not (filename.startswith(OTHERS) or re.search(r"[\\/](site|dist)-packages", filename))

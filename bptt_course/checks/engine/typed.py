"""Numbers that a reader has typed in: held to the right ones, to known mistakes, to conditions."""

import math
from dataclasses import replace
from functools import wraps
from inspect import signature

from bptt_helpers import rnn
from bptt_course.checks.engine.compare import close
from bptt_course.checks.engine.finding import UNTOUCHED, Finding, not_yet
from bptt_course.checks.engine.guard import NotAttempted, NotUsable, is_open, one_number
from bptt_course.checks.engine.mistakes import named
from bptt_course.checks.engine.verdict import report

LIMIT = 100.0  # of a setting that is typed, unless its exercise says otherwise: nothing overflows


def typed_numbers(**answers):
    """Those of the answers that have been attempted, as floats; a `Finding` if one is no number."""
    typed, hints = {}, ("A number (or an expression that gives one) goes in place of the ...",) * 3
    for name, answer in answers.items():
        try:
            typed[name] = one_number(answer)
            if not math.isfinite(typed[name]):
                raise NotUsable(f"expected a finite number, got {typed[name]}")
        except NotAttempted:
            continue
        except NotUsable as error:
            return not_yet(f"{name}: {error}", hints)
    return typed or UNTOUCHED


def finding_on_numbers(typed, example, groups, hypotheses, weight, notes, words):
    """The finding on `typed_numbers`: `hypotheses` are (Fit, values by name), the right one first.

    `example` has the values of the worked example. The first of `groups` (of names) with a wrong
    number is explained by the hypotheses that agree with all that has been typed up to its end.
    `notes` has, by name, what a number may be: (what, the number, hints in place of its `words`).
    """
    if isinstance(typed, Finding):
        return typed
    if len(typed) > 1 and _agree(typed, example):
        said = "these belong to the example above; this exercise has another network"
        return not_yet(said, words[groups[0][0]].hints)
    _, truth = hypotheses[0]
    so_far = {}
    for group in groups:
        given = {name: typed[name] for name in group if name in typed}
        so_far |= given
        name = next((name for name in given if not close(given[name], truth[name])), None)
        if name is None:
            continue
        fits = [fit for fit, values in hypotheses if _agree(so_far, values)]
        known = {what: hints for what, its, hints in notes[name] if close(given[name], its)}
        one_of_three = known and len(given) < len(group)  # it may stand for something else alone
        if fits and not one_of_three and (any(given.values()) or len(given) > 2):
            fewest = min(fit.size for fit in fits)
            return named([fit for fit in fits if fit.size == fewest], weight, typed=True)
        said = f": {', or '.join(known)}" if known else ""
        hints = next(iter(known.values())) if len(known) == 1 else words[name].hints
        return not_yet(f"{name} is the first wrong number{said}", hints)
    missing = [name for group in groups for name in group if name not in typed]
    if missing:
        open_ = f"Not attempted yet: {', '.join(missing)}."
        return replace(UNTOUCHED, lines=(f"Right so far: {', '.join(typed)}.", open_))
    return Finding(True, lines=(", ".join(typed),))


def _agree(typed, values):
    return all(close(value, values[name]) for name, value in typed.items())


def wrong_line(exercise, words, wrong, gives, first_wrong_line, repaired, hint):
    """The verdict on the number of the first wrong line; the `words` say why the others hold.

    So that it is not guessed, what the line gives in an example once it is repaired is asked
    besides, if anything is handed over for it: `gives` has that, and what it gives as it stands.
    """
    finding, hints = typed_numbers(first_wrong_line=first_wrong_line), words.hints
    if not isinstance(finding, Finding):
        number = finding["first_wrong_line"]
        line = f"line {number:.0f}"
        if number not in range(1, len(words.parts) + 1):
            said = f"the lines are numbered 1 to {len(words.parts)}"
            finding = replace(not_yet(said, hints), attempted=False)
        elif number != wrong:
            finding = not_yet(f"{line} holds: {words.parts[line].said}", hints)
        else:
            found, its = f"{line} is the first wrong one", words.parts[line].hints
            finding = _repaired(found, repaired, its, *gives)
    return report(exercise, finding, hint, start=hints)


def _repaired(found, repaired, hints, right, as_it_stands):
    typed = {"repaired": right} if repaired is None else typed_numbers(repaired=repaired)
    if typed is UNTOUCHED:
        return replace(typed, lines=(f"Right so far: {found}.", *typed.lines))
    if isinstance(typed, Finding):
        return not_yet(f"{found}, but repaired has to be one number", hints)
    if close(typed["repaired"], right):
        return Finding(True, lines=(found,))
    is_old = close(typed["repaired"], as_it_stands)
    before = "repaired is what it gives as it stands, before it is mended"
    return not_yet(f"{found}, but {before if is_old else 'repaired is not yet right'}", hints)


def verdict_on_settings(exercise, measure, hints, hint, limit=LIMIT, **typed):
    """The verdict on settings that were typed (g_1 by its name), numbers from −limit to limit.

    `measure` of them returns one sentence (they break a condition), or what was measured, whether
    it is as wanted, and what is wrong if it is not.
    """
    try:
        measured = measure(*(_setting(name, value, limit) for name, value in typed.items()))
    except NotAttempted:
        open_ = [name for name, value in typed.items() if is_open(value)]
        line = f"Not attempted yet: {', '.join(open_)}."
        finding = replace(UNTOUCHED, lines=(line,)) if len(open_) < len(typed) else UNTOUCHED
    except NotUsable as problem:
        finding = replace(not_yet(problem, hints), attempted=False)
    else:
        said, is_right, wrong = (measured, False, "") if isinstance(measured, str) else measured
        if is_right:
            finding = Finding(True, lines=(said,))
        else:
            finding = not_yet(f"{said}; {wrong}" if wrong else said, hints)
    return report(exercise, finding, hint, start=hints)


def settings(hints, limit=LIMIT):
    """Makes a check of a `measure`: its docstring begins with the exercise, `hint` is not typed."""

    def check_of(measure):
        @wraps(measure)
        def check(*arguments, **named):
            typed = signature(measure).bind(*arguments, **named)
            typed.apply_defaults()
            hint, key = typed.arguments.pop("hint"), measure.__doc__[:4]
            return verdict_on_settings(key, measure, hints, hint, limit, **typed.arguments)

        return check

    return check_of


def _setting(name, value, limit):
    """The number (or the activation) that was typed for `name`; NotUsable says what it lacks."""
    try:
        if isinstance(value, NotUsable):
            raise value
        if name == "g_1" and not is_open(value):
            return rnn.activation(value, "g_1")
        number = one_number(value)
    except NotUsable as problem:
        raise NotUsable(f"{name}: {problem}") from None
    except ValueError as problem:
        raise NotUsable(str(problem).rstrip(".")) from None
    if not abs(number) <= limit:
        expected = f"expected one number from −{limit:.0f} to {limit:.0f}"
        raise NotUsable(f"{name}: {expected}, got {str(value)[:40]}")
    return number

"""The mistakes that people make with ∂E_at/∂W, by their names in words/mistakes.md."""

from collections import defaultdict
from dataclasses import replace

from bptt_course.checks.engine.finding import Finding
from bptt_course.checks.engine.wording import read

_one_error, _sums, _ladders, _sentences, _marks = read(
    "mistakes", "catalogue", "only-in-sums", "ladders", "sentences", "marks"
)
CATALOGUE = _one_error.parts
KNOWN = _sums.parts | CATALOGUE
LADDERS = {name: ladder.hints for name, ladder in _ladders.parts.items()}  # where none has a name
SAID = {name: sentence.said for name, sentence in _sentences.parts.items()}

MARKS = {f"{{{name}}}": mark.said for name, mark in _marks.parts.items()}
STATE = {"{use}": "a_i = W_x X_i + W_s S_{i-1}", "{slope}": "run.g_1.slope(run.S[i])"}
ABOUT = {
    "W_s": {"{u}": "S_{i-1}", **STATE},
    "W_x": {"{u}": "X_i", **STATE},
    "W_y": {"{u}": "S_i", "{use}": "Y_i = g_2(W_y S_i)", "{slope}": "run.g_2.slope(run.Y[i])"}
    | {mark.replace("-of-W_y", ""): its for mark, its in MARKS.items() if "-of-W_y" in mark},
}


def what(name, weight):
    """What the answer does, in one sentence, for "W_x", "W_s" or "W_y"."""
    return about(KNOWN[name].said, weight)


def hints(name, weight):
    """The three hints for the mistake `name`, each more explicit than the one before."""
    return tuple(about(hint, weight) for hint in KNOWN[name].hints)


def about(words, weight, marks=()):
    """The words with their marks filled in; {terms} and {example} are in the `marks` given."""
    for mark, its in {**dict(marks), **MARKS, **ABOUT[weight], "{W}": weight}.items():
        words = words.replace(mark, its)
    return words


AWAY = "Not yet, but your numbers give the mistake away:"
LIKE_THIS = "These are the numbers that one gets with"
ONE = "one of these mistakes", ", the likeliest first"


def named(fits, weight, fact="", note="", typed=False):
    """The `Finding` that names the mistakes of some `Fit`s, each of which explains the answers.

    `fact` is what the numbers show. Only what has numbers of its own (`Fit.also`), and was not just
    `typed`, is told as certain; of all else the causes are offered.
    """
    if typed:
        fits = [replace(fit, also=(), scale=(*fit.also, *fit.scale)) for fit in fits]
    certain = _in_all([fit.also for fit in fits])
    needed = _in_all([fit.scale for fit in fits])
    rest = dict.fromkeys(name for fit in fits for name in fit.names)
    others = [name for name in rest if name not in (*certain, *needed)]
    told = about(fits[0].told, weight) if len({fit.told for fit in fits}) == 1 else ""

    def items(names):
        return [f"- {what(name, weight)} [{name}]" for name in names]

    lines = [AWAY, *items(certain)] if certain else [f"Not yet. {fact}"] if fact else []
    lines += [f"  ({told[0].upper()}{told[1:]}.)"] if told else []
    lines += [fact] if certain and fact else []
    groups = [(needed, "these mistakes together", ""), (others, *ONE)]
    if all(fit.any_of and {*fit.also} - {*certain} for fit in fits):  # it takes one of each
        counted = [name for name in others if name in fits[0].any_of]
        groups[1:] = ([n for n in others if n not in counted], *ONE), (counted, *ONE)
    besides = " besides" * bool(certain)
    for group, these, order in groups:
        if group:
            one, order = (these, order) if len(group) > 1 else ("this mistake", "")
            lines += [f"{LIKE_THIS} {one}{besides}{order}:", *items(group)]
            besides = " besides"
    if not (certain or fact):
        lines[0] = f"Not yet. {lines[0]}"
    names = (*certain, *needed, *others)
    steps = tuple(_one_a_line(n, names, weight) for n in range(3))
    return Finding(False, names, (*lines, *filter(None, [note])), steps)


def _one_a_line(n, names, weight):
    """The hints number n, each with the names that it belongs to if there are several."""
    whose = defaultdict(list)
    for name in names:
        whose[hints(name, weight)[n]].append(name)
    several = len(whose) > 1
    return "\n".join(f"[{', '.join(its)}] " * several + hint for hint, its in whose.items())


def _in_all(groups):
    return [name for name in groups[0] if all(name in group for group in groups)]

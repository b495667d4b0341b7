"""Figures of notebooks 03 and 04: the sum over the paths, its terms, and how often each counts."""

import math

import numpy as np

from bptt_course.figures import style
from bptt_course.figures.stage import Bars, Word, Words, chip, fitted, lines, px, tint
from bptt_course.words import figure, number

SHARE = style.COLOUR["E"]
NUMBER = 37  # pixels from the bar of a fraction down to its number
KNOBS = {"knob 1": (1,), "knob 2": (2,), "knob 3": (3,), "all three": (1, 2, 3)}


def bracketed(value, most=5):
    """The same, in brackets if negative."""
    return f"({figure(value, most)})" if round(value, 9) < 0 else figure(value, most)


def signed(value, most=3):
    """A change with its sign: +0.08, −0.3, 0."""
    said = figure(value, most + (value < 0))
    return f"+{said}" if round(value, 9) > 0 else said


def on_scale(value, low, high):
    """The value as far as the scale goes, and its words: with an arrow if it lies beyond."""
    seen = min(max(value, low), high)
    return seen, figure(value) + (f" {'↓↑'[int(value > high)]}" if seen != value else "")


def product_of(factors):
    """The product of the factors' values."""
    return math.prod(factor.value for factor in factors)


class SumOfTerms:
    """Bars for the terms of ∂E_3/∂W and for their sum; dashed outlines for the worked example's."""

    HEIGHT, LOW, HIGH, PIXELS = 372, -16, 32, 4.6  # PIXELS of 1
    FOOT = 86  # for the words below

    def __init__(self, stage, weight, example):
        self._pitch, self._hues = (stage.width - 52) / 4, [*3 * [style.COLOUR[weight]], SHARE]
        ax, foot, fixed = stage.axes(0, 0, stage.width, self.HEIGHT), self.FOOT, []
        for level in range(-10, 31, 10):
            y, colour = self._y(level), style.FAINT if level else style.INK
            ax.plot([44, stage.width - 8], [y, y], color=colour, lw=px(1.5), zorder=0)
            fixed.append(Word(38, y, number(level), 14, style.QUIET, "right"))
        back, signs = ("back", "   ") if stage.is_narrow else ("comes back", "++=")
        for k, sign in enumerate(signs):
            x, met = self._x(k), f"$S_{k}$" if weight == "W_s" else f"$X_{k + 1}$"
            factors = Word(x, foot - 46, f"{back} · {met}", 17.2, style.QUIET)
            fixed += [fitted(factors, self._pitch - 8), Word(x, foot - 68, f"$i={k + 1}$")]
            fixed.append(Word(self._x(k + 0.5), foot - 22, sign, 22))
        fixed.append(Word(self._x(3), foot - 68, rf"$\partial E_3/\partial {weight}$"))
        Words(ax, 0).show(fixed)
        self._ghosts = [self._block(k, y, 6) for k, y in enumerate((*example, sum(example)))]
        outlines = [(*ghost, "none", style.QUIET) for ghost in self._ghosts]
        Bars(ax, 1, linestyle="--").show(outlines)
        self._bars, self._words = Bars(ax, 3, gid="terms"), Words(ax, 5, "numbers")
        self.live = [self._bars, self._words]

    def show(self, back, met):
        """`back[k]` and `met[k]` are the factors of term k + 1."""
        terms = [one * other for one, other in zip(back, met, strict=True)]
        bars, said = [], []
        for k, height in enumerate((*terms, sum(terms))):
            x, colour = self._x(k), self._hues[k]
            seen, value = on_scale(height, self.LOW, self.HIGH)
            bars.append((*self._block(k, seen), tint(colour, 0.35), colour))
            y, rim = self._y(seen) + (14 if height >= 0 else -14), self._ghosts[k][3]
            y = rim + 14 if abs(y - rim) < 12 else y  # clear of the dashed line
            said.append(fitted(Word(x, y, value, 18, colour, bold=True), self._pitch - 6))
            factors = (bracketed(back[k], 4), f"· {bracketed(met[k], 4)}") if k < 3 else ()
            parts = factors or [figure(height)]
            whole = fitted(Word(x, self.FOOT - 22, " ".join(parts)), self._pitch - 8)
            rows = ((self.FOOT - 14 - 17 * k, part) for k, part in enumerate(parts))
            is_wide = whole.width > self._pitch
            said += [whole._replace(y=y, said=part) for y, part in rows] if is_wide else [whole]
        self._bars.show(bars)
        self._words.show(said)

    def _block(self, k, height, margin=0):
        x, half = self._x(k), min(0.3 * self._pitch, 60) + margin
        return x - half, self._y(0), x + half, self._y(height)

    def _x(self, k):
        return 44 + self._pitch * (k + 0.5)

    def _y(self, value):
        return self.FOOT + 22 + self.PIXELS * (value - self.LOW)


class Knobs:
    """A dial on each use of a weight, and what each turn does to the error, as a multiple of it."""

    def __init__(self, stage, network, weight, left, bottom):
        self._left, self._colour = left, style.COLOUR[weight]
        edges = [map(network.place, network.ends(weight, t)) for t in (1, 2, 3)]
        self._middles = [((x0 + x1) / 2, (y0 + y1) / 2) for (x0, y0), (x1, y1) in edges]
        look = {"ms": px(24), "mew": px(3), "mec": self._colour, "mfc": "white", "zorder": 7}
        dials = network.axes.plot(*zip(*self._middles, strict=True), "o", **look)
        self._hands = lines(network.axes, self._colour, 3, zorder=7.1)
        self._rows = dict(zip(KNOBS, (184, 134, 84, 24), strict=True))
        ax = stage.axes(0, bottom, stage.width, bottom + 250)
        fixed = [Word(left, y, knob, 16, align="left") for knob, y in self._rows.items()]
        fixed.append(Word(left + 154, 232, "$E_3$ moves by", 17.2, align="right"))
        right = min(left + 320, stage.width - 8)
        fixed.append(Word(right, 232, "per unit of turn", 16, align="right"))
        Words(ax, 0).show(fixed)
        self._words = Words(ax, 5, "effects")
        self.live = [*dials, self._hands, self._words]

    def show(self, turn, turned, effects):
        """`turned` holds the turned knobs' steps, `effects` what each row does to E_3, or None."""
        angles = [turn / 0.2 * math.pi / 2 * (t in turned) for t in (1, 2, 3)]
        hands = zip(self._middles, angles, strict=True)
        turns = [[(x, y), (x + 12 * math.sin(a), y + 12 * math.cos(a))] for (x, y), a in hands]
        self._hands.set_segments(turns)
        said = []
        for knob, effect in effects.items():
            y, colour = self._rows[knob], self._colour if len(KNOBS[knob]) == 1 else SHARE
            look = ("?", 18) if effect is None else (signed(effect), 18, colour)
            said.append(Word(self._left + 154, y, *look, align="right", bold=True))
            if effect is not None and turn:
                times = f"×{figure(effect / turn, 3)}"
                said.append(Word(self._left + 320, y, times, 18, colour, "right", True))
        self._words.show(said)


class Rows:
    """A row for each term: its factors as formulas, their numbers below, and the product."""

    HEIGHT = 384

    def __init__(self, stage, left, bottom, right):
        ax, self._right = stage.axes(left, bottom, right, bottom + self.HEIGHT), right - left
        self._left, room = (66, 150) if self._right > 400 else (74, 130)
        self._pitch = min(62, (self._right - room) / 4.6)
        self._tops = {1: 340, 2: 234, 3: 128}
        self._words = Words(ax, 5, "rows")
        self.live = [self._words]

    def show(self, weight, walks, known, active, is_done):
        """`walks[i]` are the factors of term i, of which `known[i]` are seen; one more is asked."""
        colours = {True: style.COLOUR[weight], False: style.INK}
        words = [Word(4, y, f"$i={i}$", align="left") for i, y in self._tops.items()]
        for i, y in self._tops.items():
            for factor in walks[i][: known[i]]:
                words += self._cell(factor, y, colours[factor.is_use])
            if known[i] == len(walks[i]):
                words += self._result(figure(product_of(walks[i])), y - NUMBER, "=")
            elif i == active:
                asked = walks[i][known[i]]
                words.append(chip(self._x(asked.cell), y - (NUMBER + 20) * asked.row, "?"))
        if is_done:
            total = figure(sum(map(product_of, walks.values())))
            words += self._result(total, 26, rf"$\partial E_3/\partial {weight}\,=$")
        self._words.show(words)

    def _x(self, cell):
        return self._left + self._pitch * cell

    def _cell(self, factor, y, colour):
        x, said = self._x(factor.cell), "· " * factor.row + bracketed(factor.value, 4)
        value = Word(x, y - NUMBER - 20 * factor.row, said, 15, colour, bold=True)
        dots = [Word(self._x(factor.cell - 0.5), at, "·") for at in (y, y - NUMBER) if factor.cell]
        first = [] if factor.row else [Word(x, y, factor.formula, 18, colour), *dots]
        return [*first, fitted(value, self._pitch - 10)]

    def _result(self, value, y, before):
        word = fitted(Word(self._right - 4, y, value, 19, SHARE, "right", True), 59)
        if before == "=" and self._right < 400:  # no room but below
            return [word._replace(y=y - 20)]
        return [word, Word(word.x - max(word.width + 3, 62), y, before, align="right")]


class Stack:
    """The finished terms, each on top of the one before, on a scale that stays."""

    LOW, HIGH = -12.0, 34.0

    def __init__(self, stage, left, bottom, right, top):
        self._ax = ax = stage.axes(left, bottom, right, top, (0, 3), (self.LOW, self.HIGH))
        self._pixel = (self.HIGH - self.LOW) / (top - bottom)
        self._ends = self.LOW + 24 * self._pixel, self.HIGH - 28 * self._pixel
        ax.plot([0, 3], [0, 0], color=style.INK, lw=px(1.5))
        self._blocks, self._words = Bars(ax, 3, gid="stack"), Words(ax, 5, "stacked")
        self.live = [self._blocks, self._words]

    def show(self, terms):
        """The finished terms by their step, {3: 12.0}, in the order in which they were finished."""
        base, blocks, whole = 0.0, [], sum(terms.values())
        (seen, value), rim = on_scale(whole, *self._ends), 1.5 * self._pixel
        foot = "sum so far" if seen == whole else "cut off"
        said = [Word(1.5, self.LOW + 10 * self._pixel, foot, 13, style.QUIET)]
        for k, height in enumerate(terms.values()):
            low, high = (on_scale(y, *self._ends)[0] for y in sorted((base, base + height)))
            blocks.append((k + 0.03, low, k + 0.97, high, tint(SHARE, 0.3), SHARE))
            if high - low > 15 * self._pixel and len(figure(height)) < 4:
                said.append(Word(k + 0.5, (low + high) / 2, figure(height), 13))
            base += height
        if terms:
            blocks.append((0, seen - rim, 3, seen + rim, SHARE, SHARE))
            word = Word(1.5, max(seen, 0) + 17 * self._pixel, value, 20, SHARE, bold=True)
            said.append(fitted(word, self._ax.bbox.width))
        self._blocks.show(blocks)
        self._words.show(said)


@style.plain
def plot_counts(ax, terms, counts, labels):
    """Σ_i counts_i · term_i as a row of blocks: how often each path is counted, one row a way.

    `terms` are T positive terms, `counts` T whole numbers for each row, `labels` the rows' names.
    """
    T, shades = len(terms), ["#F4B183", "#E07B28", style.COLOUR["W_s"]]
    for row, count in enumerate(counts):
        blocks, colours = np.repeat(terms, count), np.repeat(np.resize(shades, T), count)
        ends, look = np.cumsum(blocks), {"color": colours, "edgecolor": "white"}
        bars = ax.barh(-row, blocks, 0.6, ends - blocks, **look)
        ax.bar_label(bars, [*map(number, blocks)], label_type="center", fontsize=style.TEXT)
        look = {"va": "center", "fontsize": style.LARGE, "weight": "bold"}
        ax.text(ends[-1] + 0.4, -row, f"= {number(ends[-1])}", **look)
    what = f"sum of the blocks, one block for each time that a path is counted (i = 1..{T})"
    style.dress(ax, x=what)
    ax.set_yticks([-row for row in range(len(labels))], labels, fontsize=style.LARGE)
    ax.tick_params(axis="y", length=0)
    ax.grid(False, axis="y")

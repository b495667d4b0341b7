"""The figures of notebook 01: a sequence over time, and barrels of water that are a network."""

import re
from types import SimpleNamespace

import numpy as np

from bptt_course.figures import axes, style
from bptt_course.figures.stage import NARROW, Arrows, Bars, Stage, Word, Words, chip, fitted, px
from bptt_course.words import number, short

RIM = 8  # cm that a barrel holds: with W_s = 1 it is full on the evening of day 3
UNIT = 25  # pixels a cm
FLOOR = 26  # pixels of the inputs
WATER = ("#12406B", "#2F7FC1", "#8CC3EA", "#D3EAF9")  # by the day it fell, the oldest darkest
# Pixels from a barrel or its node; `half` is a share of the way to the next barrel.
ROOMY = SimpleNamespace(
    size=14, radius=24, foot=132, pitch=268, half=0.246, left=40, day=(30, -16, "left"), X=-98,
    W_x=(-59, 12, "right"), night=(-42, 84), share="night: × {}", rain=(-32, 60), beside=8,
    most=5, depth=(17, "{} cm"), over=(17, "{} cm: it runs over"),
)  # fmt: skip
TIGHT = SimpleNamespace(
    size=12, radius=21, foot=158, pitch=None, half=0.277, left=10, day=(0, 32, "center"), X=0,
    W_x=(8, 0, "left"), night=(29, 18), share="× {}", rain=(-26, 76), beside=5,
    most=3, depth=(15, "{}"), over=(12, "{}: over"),
)  # fmt: skip
ORANGE, GREEN = style.COLOUR["W_s"], style.COLOUR["W_x"]


@style.plain
def plot_sequence(ax, values, quantity, label):
    """A sequence over time, t = 1..T, in the style of `quantity` ("X", "S", "Y", "d")."""
    values = np.asarray(values, float)
    t = np.arange(1, len(values) + 1)
    ax.plot(t, values, label=label, **style.line(quantity))
    style.dress(ax, x="time step $t$")
    ax.set_xticks(t)


def sheet(ax, size, sums, now):
    """The sums up to step `now`, those of the step in bold."""
    width, height = ax.get_xlim()[1], ax.get_ylim()[1]
    sums = [re.sub(r"_(\d)", lambda digit: "₀₁₂₃"[int(digit[1])], said) for said in sums]
    widest = max(sums, key=lambda said: Word(0, 0, said).width)
    size, found = fitted(Word(0, 0, widest, size, bold=True), width).size, []
    for row, said in enumerate(sums[: 8 if now == 3 else 2 * now + 1]):
        y, is_now = height * (7.5 - row) / 8, now == min((row + 1) // 2, 3)
        ink = style.INK if is_now else style.QUIET
        found.append(Word(0, y, said, size, ink, "left", is_now))
    return found


class Barrels:
    """Water in layers, and the network below. Step 0 is an evening, 1 a night, 2 its rain."""

    def __init__(self, width):
        stage = Stage(width, 434 if width <= NARROW else 392)
        self.figure, self._at = stage.figure, TIGHT if stage.is_narrow else ROOMY
        at, self._foot = self._at, self._at.foot
        self._level, self._high = self._foot - 43, self._foot + RIM * UNIT
        pitch = min(at.pitch, (width - at.left - 115) / 3.5) if at.pitch else width / 4
        self._half = at.half * pitch
        self._x = [at.left + self._half + t * pitch for t in range(4)]
        ax = stage.axes(0, 0, width, stage.height)
        self.live = live = axes.Live()
        thick = {"lw": px(3.5), "solid_capstyle": "round"}
        self._to_come = live.line(ax, color=style.FAINT, zorder=1, **thick)
        self._arrows = live.add(Arrows(ax, 1, "arrows"))
        self._water = live.add(Bars(ax, 2, "water", linewidths=px(2)))
        self._staves = live.line(ax, color=style.INK, zorder=3, **thick)
        self._worked = live.line(ax, "_k", zorder=3, gid="worked", ms=px(8), mew=px(3))
        look = {"mfc": "white", "mec": style.INK, "ms": px(2 * at.radius), "mew": px(2.5)}
        self._nodes = live.line(ax, "o", zorder=3, gid="nodes", **look)
        self._said, self._ask = live.add(Words(ax, 4, "said")), live.add(Words(ax, 4, "ask"))

    def show(self, water, worked, W_s, X, step):
        """`water[t, k]`: what is left on evening t of the rain of day k; and that at first."""
        evening, has_rained, at = (step + 1) // 2, step % 2 == 0, self._at
        blocks, nodes, said, arrows, marks = [], [], [], [], []
        (right, up, align), y = at.day, self._level
        for t, x in enumerate(self._x[: evening + 1]):
            last = t + (t < evening or has_rained)
            blocks += self._fill(x, water[t, :last], said)
            nodes.append((x, y))
            day = Word(x + right, y + up, f"day {t}", at.size, style.QUIET, align)
            said += [Word(x, y, f"$S_{t}$"), day]
            if t:
                arrows += self._night(self._x[t - 1], x, W_s, said)
            if last > t > 0:
                nodes.append((x + at.X, FLOOR))
                arrows += self._rain(x, t, X[t - 1], said)
            level = worked[t, :last].sum()
            if abs(level - water[t, :last].sum()) > 1e-9:
                marks.append((x - self._half - 5, at.foot + UNIT * level))
        quiet = {"size": at.size, "colour": style.QUIET, "align": "left"}
        said += [Word(6, 24, "▬ at first", **quiet)] if marks else []
        said += [Word(6, 42, "depths in cm", **quiet)] if at is TIGHT else []
        ask = chip(self._x[min(evening + 1, 3)], at.foot + 60, "?", size=18)
        self._ask.show([ask] if step < 6 and has_rained else [])
        self._said.show(said)
        self._arrows.show(arrows)
        self._water.show(blocks)
        self._nodes.set_data(*np.transpose(nodes))
        self._worked.set_data(*np.reshape(marks, (-1, 2)).T)
        self._staves.set_data(*self._outlines(self._x[: evening + 1]))
        self._to_come.set_data(*self._outlines(self._x[evening + 1 :]))

    def _outlines(self, places):
        x = [x + side * self._half for x in places for side in (-1, -1, 1, 1, np.nan)]
        return x, [self._high, self._foot, self._foot, self._high, np.nan] * len(places)

    def _night(self, before, x, W_s, said):
        """The arrows from one day to the next; what they do goes to `said`."""
        (up, edge), middle, share = self._at.night, (before + x) / 2, self._at.share
        ways = (self._at.radius + 3, self._level), (edge, self._high + up)
        said.append(Word(middle, self._level + 15, "$W_s$", 17.5, ORANGE))
        place, size = (middle, self._high + up + 13), self._at.size + 1
        said.append(Word(*place, share.format(number(W_s)), size, ORANGE))
        return [((before + rim, y), (x - rim, y), ORANGE, 3) for rim, y in ways]

    def _rain(self, x, t, X_t, said):
        """The arrows into a barrel and into its node."""
        at, y, node = self._at, self._level, np.array([x + self._at.X, FLOOR])
        (right, up, align), left, top = at.W_x, x + at.rain[0], self._high + at.rain[1]
        said.append(Word(*node, f"$X_{t}$"))
        said.append(Word(left + 11, top - 12, f"rain {number(X_t)}", at.size, GREEN, "left"))
        said.append(Word(x + right, (y + FLOOR) / 2 + up, "$W_x$", 17.5, GREEN, align))
        way = (x, y) - node
        rim = way * (at.radius + 3) / np.hypot(*way)
        ends = ((left, top), (left, top - 30)), ((*(node + rim),), (*(node + way - rim),))
        return [(*both, GREEN, 3) for both in ends]

    def _fill(self, x, depths, said):
        """The layers of a barrel; names go to `said`, that of a thin one beside the barrel."""
        at, half, base, layers = self._at, self._half, self._foot, []
        beside, day = base - at.size + 2, "day {}: " if half > 50 else ""
        for k, depth in enumerate(depths):
            top = min(base + UNIT * depth, self._high)
            if top - base > 0.5:
                layers.append((x - half, base, x + half, top, WATER[k], "white"))
                name, middle = day.format(k) + short(depth, at.most), (base + top) / 2
                if top - base > at.size + 1:
                    said.append(Word(x, middle, name, at.size, "#FFFFFF" if k < 2 else style.INK))
                else:
                    beside = max(beside + at.size + 2, middle)
                    said.append(Word(x + half + at.beside, beside, name, at.size, align="left"))
            base = top
        runs_over = depths.sum() > RIM + 1e-9
        (size, depth), ink = (at.over, style.LOUD) if runs_over else (at.depth, style.INK)
        said.append(Word(x, base + 13, depth.format(number(depths.sum())), size, ink, bold=True))
        return layers

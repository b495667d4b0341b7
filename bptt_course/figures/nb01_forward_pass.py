"""The figures of notebook 01: a sequence over time, and barrels of water that are a network.

Water lies in layers by the day it fell, the oldest at the bottom. Barrels side by side, evening by
evening, with a node under each: the unrolled network.
"""

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.patches import Circle

from bptt_course.figures import style
from bptt_course.figures.stage import Arrows, Word, Words, change, px, words
from bptt_course.words import number, short

RIM = 8  # cm that a barrel holds: with W_s = 1 it is full on the evening of day 3
UNIT = 25  # pixels a cm
WATER = ("#12406B", "#2F7FC1", "#8CC3EA", "#D3EAF9")  # by the day it fell, the oldest darkest
ON_WATER = ("#FFFFFF", "#FFFFFF", "#000000", "#000000")


@style.plain
def plot_sequence(ax, values, quantity, label):
    """A sequence over time, t = 1..T, in the style of `quantity` ("X", "S", "Y", "d")."""
    values = np.asarray(values, float)
    t = np.arange(1, len(values) + 1)
    ax.plot(t, values, label=label, **style.line(quantity))
    style.dress(ax, x="time step $t$")
    ax.set_xticks(t)


class Sheet:
    """The sums of all steps so far as lines; those of the present step are bold.

    A line is its words, what stood at its end at first ("" where that is the same), and its step.
    """

    def __init__(self, ax, size):
        (_, self._width), (_, self._height) = ax.get_xlim(), ax.get_ylim()
        self._size, self._words = size, Words(ax, gid="sheet")
        self.live = self._words.live

    def show(self, lines, now):
        """These lines from the top down; `now` is the present step."""
        found, pitch = [], self._height / 8
        for row, (said, at_first, step) in enumerate(lines):
            y, is_now = self._height - (row + 0.5) * pitch, step == now
            size = np.clip(self._width / (0.66 * len(said)), 12, self._size)
            ink = style.INK if is_now else style.QUIET
            found.append(Word(0, y, said, float(size), ink, "left", is_now))
            if at_first and len(said) * 0.66 * size < self._width - 110:
                found.append(Word(self._width, y, f"at first {at_first}", 13, style.QUIET, "right"))
        self._words.show(found)


class Barrels:
    """Four barrels, night between them and rain above, and the network growing below them.

    A step is a night or a rain: 0 is the evening of day 0, 1 the night after it, 2 its rain.
    """

    def __init__(self, stage):
        self._narrow = narrow = stage.is_narrow
        self._foot = 158 if narrow else 132  # pixels below the barrels' floor
        pitch = stage.width / 4 if narrow else 285
        self._half = min(0.37 * pitch, 70)
        self._x = [pitch / 2 + t * pitch if narrow else 110 + t * pitch for t in range(4)]
        self._size = 12 if narrow else 14
        self._ax = ax = stage.axes(0, 0, stage.width, stage.height)
        thick = {"linewidths": px(3.5), "capstyle": "round"}
        self._to_come = ax.add_collection(LineCollection([], colors=style.FAINT, zorder=1, **thick))
        self._water = ax.add_collection(
            PolyCollection([], linewidths=px(2), edgecolors="white", zorder=2, gid="water")
        )
        self._staves = ax.add_collection(LineCollection([], colors=style.INK, zorder=3, **thick))
        self._worked = ax.add_collection(
            LineCollection([], colors=style.INK, linewidths=px(3), zorder=3, gid="worked")
        )
        ask = {"boxstyle": "round,pad=0.35", "fc": style.INK}
        look = {"color": "white", "weight": "bold", "ha": "center", "bbox": ask, "zorder": 3}
        self._ask = words(ax, 0, self._foot + 60, " ? ", 18, **look)
        self._said = Words(ax, zorder=4, gid="said")
        self._arrows, self._step = Arrows(ax, 1, "arrows"), None
        self._parts = [self._column(t) for t in range(4)]
        self.live = [self._to_come, self._water, self._staves, self._worked, self._ask]
        self.live += [*self._arrows.live, *self._said.live]
        self.live += [part for column in self._parts for parts, _ in column for part in parts]

    @staticmethod
    def height(is_narrow):
        """Pixels that all of it needs."""
        return 434 if is_narrow else 392

    # ---- the network, a node under each barrel: drawn once, shown step by step

    def _column(self, t):
        """What comes with the night before evening t and with its rain: each artists and arrows."""
        x, y, narrow, high = self._x[t], self._foot - 43, self._narrow, self._foot + RIM * UNIT
        radius, x_in, y_in = (21, x, 26) if narrow else (24, x - 98, 26)
        place, ha = ((x, y + 32), "center") if narrow else ((x + 30, y - 16), "left")
        day = words(self._ax, *place, f"day {t}", self._size, ha=ha, color=style.QUIET)
        state, rain = [*self._node(f"$S_{t}$", x, y, radius), day], []
        if t == 0:
            return (state, []), (rain, [])
        before, rim, level = self._x[t - 1], radius + 3, high + 29 if narrow else high - 42
        edge = -18 if narrow else -self._half - 14
        nights = [[(before + rim, y), (x - rim, y)], [(before - edge, level), (x + edge, level)]]
        state.append(self._weight("W_s", (before + x) / 2, y + 12, "center"))
        rain += self._node(f"$X_{t}$", x_in, y_in, radius)
        way = np.array([x - x_in, y - y_in]) / np.hypot(x - x_in, y - y_in) * rim
        left, top = (x - 26, high + 76) if narrow else (x - 32, high + 60)
        rains = [[(x_in + way[0], y_in + way[1]), (x - way[0], y - way[1])]]
        rains.append([(left, top), (left, top - 30)])
        place = (x + 8, (y + y_in) / 2) if narrow else ((x + x_in) / 2 - 10, (y + y_in) / 2 + 12)
        rain.append(self._weight("W_x", *place, "left" if narrow else "right"))
        coloured = [(nights, style.COLOUR["W_s"]), (rains, style.COLOUR["W_x"])]
        nights, rains = ([(*ends, colour, 3) for ends in group] for group, colour in coloured)
        return (state, nights), (rain, rains)

    def _node(self, name, x, y, radius):
        circle = Circle((x, y), radius, facecolor="white", edgecolor=style.INK, lw=px(2.5))
        return self._ax.add_patch(circle), words(self._ax, x, y, name, 18, ha="center")

    def _weight(self, name, x, y, ha):
        return words(self._ax, x, y, f"${name}$", 17.5, ha=ha, color=style.COLOUR[name])

    # ---- the water

    def show(self, water, worked, W_s, X, step):
        """`water[t, k]`: what is left on evening t of the rain of day k; and that at first."""
        seen, has_rained = (step + 1) // 2, step % 2 == 0
        blocks, said, marks, arrows, staves = [], [], [], [], {True: [], False: []}
        for t, x in enumerate(self._x):
            is_wet = t < seen or (t == seen and has_rained)
            staves[t <= seen].append(self._outline(x))
            for (parts, ways), is_seen in zip(self._parts[t], (t <= seen, is_wet), strict=True):
                arrows += ways if is_seen else []
                for part in parts:
                    change(part, visible=is_seen)
            if t <= seen:
                last = t + 1 if is_wet else t
                blocks += self._fill(t, water[t, :last], said)
                self._name_weather(t, W_s, X, is_wet, said)
                level = worked[t, :last].sum()
                if abs(level - water[t, :last].sum()) > 1e-9:
                    y, w = self._foot + UNIT * level, self._half
                    marks += [[(x + s * (w + 2), y), (x + s * (w + 11), y)] for s in (-1, 1)]
        if marks:
            said.append(Word(6, 24, "▬ at first", self._size, style.QUIET, "left"))
        place = (self._x[min(seen + 1, 3)], self._foot + 60)
        change(self._ask, visible=step < 6 and has_rained, position=place)
        self._said.show(said)
        self._arrows.show(arrows)
        self._water.set_verts([corners for corners, _ in blocks])
        self._water.set_facecolors([colour for _, colour in blocks])
        self._worked.set_segments(marks)
        if step != self._step:
            self._step = step
            self._staves.set_segments(staves[True])
            self._to_come.set_segments(staves[False])

    def _outline(self, x):
        left, right, rim = x - self._half, x + self._half, self._foot + RIM * UNIT
        return [(left, rim), (left, self._foot), (right, self._foot), (right, rim)]

    def _name_weather(self, t, W_s, X, is_wet, said):
        high, narrow = self._foot + RIM * UNIT, self._narrow
        if t:
            x, share = (self._x[t - 1] + self._x[t]) / 2, f"× {number(W_s)}"
            y, share = (high + 41, share) if narrow else (high - 29, f"night: {share}")
            said.append(Word(x, y, share, self._size + 1, style.COLOUR["W_s"]))
        if t and is_wet:
            x, look = self._x[t] - (16 if narrow else 20), (self._size, style.COLOUR["W_x"])
            said.append(
                Word(x, high + (60 if narrow else 50), f"rain {number(X[t - 1])}", *look, "left")
            )

    def _fill(self, t, depths, said):
        """Corners and colour of each layer of barrel t; a thin one is named beside the barrel."""
        x, half, size, base = self._x[t], self._half, self._size, self._foot
        rim, beside = self._foot + RIM * UNIT, self._foot - size + 2
        day = "day {}: " if half > 50 else ""
        for k, depth in enumerate(depths):
            top = min(base + UNIT * depth, rim)
            if top - base > 0.5:
                yield (
                    [(x - half, base), (x - half, top), (x + half, top), (x + half, base)],
                    WATER[k],
                )
                name, middle = day.format(k) + short(depth), (base + top) / 2
                if top - base > size + 1:
                    said.append(Word(x, middle, name, size, ON_WATER[k]))
                elif not self._narrow:
                    beside = max(beside + size + 2, middle)
                    said.append(Word(x + half + 8, beside, name, size, align="left"))
            base = top
        name, size = f"{number(depths.sum())} cm", 15 if self._narrow else 17
        look = {"bold": True}
        if depths.sum() > RIM + 1e-9:
            name += ": over" if self._narrow else ": it runs over"
            size, look["colour"] = 12 if self._narrow else size, style.LOUD
        said.append(Word(x, base + 13, name, size, **look))

"""Figures of notebook 11: the directions that three starts keep, and the flow through cells."""

import numpy as np

from bptt_course.figures import axes, style
from bptt_course.figures.stage import Word, Words, words

LOW, HIGH = -12, 4  # decades of the axis of `CellFlow`
LOOKS = {  # its lines; the gate's is that of σ(b_f)^lag
    **{cell: {"linewidth": 3, **look} for cell, look in zip(style.CELL, style.LOOKS, strict=False)},
    "gate": {"linewidth": 2, "linestyle": ":", "color": style.CELL["LSTM"]["color"]},
}


class Directions:
    """All singular values of ∂S_T/∂S_k against the lag T - k, one line each, one axes a start."""

    def __init__(self, row, names, T):
        self.live, self._lags, self._parts = axes.Live(), np.arange(T + 1), []
        for ax, name, look in zip(row, names, style.LOOKS, strict=False):
            decades = axes.against_lag(ax, self.live, T, -6, 3, name)
            ax.set_yticks([-6, -4, -2, -1, 0, 2], ["10⁻⁶", "10⁻⁴", "10⁻²", "a tenth", "1", "10²"])
            ax.axhline(-1, color=style.INK, linewidth=1.5, linestyle=":")
            axes.caption(ax, name, size=16, weight="bold", color=look["color"])
            values = self.live.line(ax, color=look["color"], lw=1.6, gid=name)
            mark = self.live.line(ax, "--", color=style.INK, lw=2, zorder=1.9)  # it stays: below
            self._parts.append((decades, values, mark, self.live.add(Words(ax))))

    def show(self, values, said, lag):
        """`values[j, lag]`: the singular values of start j at that lag; `said[j]`: words on it."""
        for parts, own, kept in zip(self._parts, values, said, strict=True):
            decades, lines, mark, words = parts
            decades.draw(self._lags, (lines, axes.log10(own).T))
            mark.set_data([lag, lag], lines.axes.get_ylim())
            words.show([axes.caption_word(lines.axes, kept, 1)])


class CellFlow:
    """The norm of what comes back over a lag through RNN, LSTM and GRU, each named at its line."""

    def __init__(self, stage, T, vanished):
        self.live = live = axes.Live()
        ends = 64, stage.width - (104 if stage.is_narrow else 120)
        self._ax = ax = stage.axes(ends[0], 50, ends[1], stage.height - 34)
        self._lags, self._vanished = np.arange(T + 1), vanished
        ax.axis("on")
        self._decades = axes.against_lag(ax, live, T, LOW, HIGH)
        ax.set_xlim(right=T)  # names begin there
        ax.axhline(vanished, color=style.QUIET, linewidth=1.5, linestyle=":")
        beside = {"transform": ax.get_yaxis_transform(), "clip_on": False}
        words(ax, 1.01, vanished, "a thousandth", 14, color=style.QUIET, **beside)
        what = r"$\Vert\partial S_T/\partial S_k\Vert$"
        axes.caption(ax, rf"{what} by lag (LSTM: $\Vert\partial C_T/\partial C_k\Vert$)")
        self._mark = live.line(ax, color=style.QUIET, lw=1.5)
        self._lines = {name: live.line(ax, gid=name, **look) for name, look in LOOKS.items()}
        look = {"linestyle": "none", "markersize": 10}
        self._points = {cell: live.line(ax, **look, **own) for cell, own in style.CELL.items()}
        self._names = live.add(Words(ax, gid="names"))

    def show(self, logs, lag):
        """Decimal logarithms by lag from 0: {"RNN": ..., "LSTM": ..., "GRU": ..., "gate": ...}."""
        self._decades.draw(self._lags, *((self._lines[name], y) for name, y in logs.items()))
        for cell, point in self._points.items():
            point.set_data([lag], self._lines[cell].get_ydata()[[lag]])
        self._mark.set_data([lag, lag], [LOW, HIGH])
        self._place_names()

    def _place_names(self):
        """Each name at the end of its line, or where the line leaves; none upon another."""
        T, places = self._lags[-1], []
        for name, line in self._lines.items():
            y = line.get_ydata()
            inside = (y >= LOW) & (y <= HIGH)
            last = T if inside.all() else max(int(np.argmin(inside)) - 1, 0)
            places.append((last, float(np.clip(y[last], LOW + 1.6, HIGH - 1.6)), name))
        taken, found, pixel = [(T, self._vanished)], [], T / self._ax.bbox.width
        for x, y, name in sorted(places):
            way = 0.25 if y < -4 else -0.25  # into the picture
            while any(abs(x - a) < 70 * pixel and abs(y - b) < 1.1 for a, b in taken):
                y += way
            taken.append((x, y))
            found.append(Word(x + 8 * pixel, y, name, 14, LOOKS[name]["color"], "left", True))
        self._names.show(found)

"""Figures of notebook 11: the directions that three starts keep, and the flow through cells."""

import numpy as np

from bptt_course.figures import axes, style
from bptt_course.figures.stage import Word, Words, change, words

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
            size = 16 if ax.bbox.width > 270 else 14
            axes.caption(ax, name, size=size, weight="bold", color=look["color"])
            values = self.live.line(ax, color=look["color"], lw=1.6, gid=name)
            look = {"ls": "--", "color": style.INK, "lw": 2, "zorder": 1.9}  # it stays: below
            mark = self.live.add(ax.axvline(0, **look))
            self._parts.append((decades, values, mark, self.live.add(Words(ax))))

    def show(self, values, said, lag):
        """`values[j, lag]`: the singular values of start j at that lag; `said[j]`: words on it."""
        for parts, own, kept in zip(self._parts, values, said, strict=True):
            decades, lines, mark, words = parts
            decades.draw(self._lags, (lines, axes.log10(own).T))
            change(mark, xdata=[lag, lag])
            has_room = lines.axes.bbox.width > 240
            told = kept if has_room else kept.partition(",")[0]
            words.show([axes.caption_word(lines.axes, told, 1)])


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
        self._mark = live.add(ax.axvline(0, color=style.QUIET, lw=1.5))
        self._lines = {name: live.line(ax, gid=name, **look) for name, look in LOOKS.items()}
        look = {"linestyle": "none", "markersize": 10}
        self._points = {cell: live.line(ax, **look, **own) for cell, own in style.CELL.items()}
        self._names = live.add(Words(ax, gid="names"))

    def show(self, logs, lag):
        """Decimal logarithms by lag from 0: {"RNN": ..., "LSTM": ..., "GRU": ..., "gate": ...}."""
        self._decades.draw(self._lags, *((self._lines[name], y) for name, y in logs.items()))
        for cell, point in self._points.items():
            point.set_data([lag], self._lines[cell].get_ydata()[[lag]])
        change(self._mark, xdata=[lag, lag])
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


CELLS = {  # the state, the gate on its direct route, the other parts, the other arrows
    "LSTM": (
        "C", "f",
        [(4.2, 1.2, "$i_t$", "round"), (5.8, 1.2, r"$\tilde C_t$", "round"),
         (7.4, 1.2, "$o_t$", "round"), (8.2, 4, "tanh", None, 12), (8.2, 2.8, "×", "circle"),
         (9.6, 2.8, "$S_t$")],
        [((4.2, 1.65), (4.8, 2.85)), ((5.8, 1.65), (5.2, 2.85)), ((7.4, 1.65), (8, 2.45)),
         ((8.2, 4.95), (8.2, 4.25)), ((8.2, 3.75), (8.2, 3.2)), ((8.6, 2.8), (9.2, 2.8))],
    ),
    "GRU": (
        "S", "z",
        [(5, 1.2, r"$\tilde S_t$", "round"), (8, 1.2, "$r_t$", "round"),
         (3.5, 2.7, "$1-z_t$", None, 12), (6.6, 1.75, "lets $S_{t-1}$ in", None, 12)],
        [((5, 1.65), (5, 2.8)), ((2.9, 1.55), (4.65, 3)), ((7.5, 1.2), (5.6, 1.2))],
    ),
}  # fmt: skip


@style.plain
def plot_cell(ax, cell):
    """One step of an "LSTM" or a "GRU", the direct route thick."""
    (state, gate, parts, arrows), colour = CELLS[cell], style.CELL[cell]["color"]
    ax.set(xlim=(0, 10), ylim=(-0.4, 6.3), aspect="equal")
    ax.axis("off")
    ax.set_title(f"{cell}: from step $t-1$ to step $t$", fontsize=style.LARGE)
    for start, end in ((1.2, 2.15), (2.85, 4.65), (5.35, 9)):
        _arrow(ax, (start, 5), (end, 5), colour, 5)
    for x, said in ((2.5, "×"), (5, "+")):
        _write(ax, x, 5, said, "circle", colour=colour)
    said = "each box is a small layer that sees $X_t$ and $S_{t-1}$"
    ends = (0.6, 5, f"${state}_{{t-1}}$"), (9.5, 5, f"${state}_t$"), (5, -0.1, said, None, 12)
    for part in ((2.5, 1.2, f"${gate}_t$", "round"), (5, 3.2, "×", "circle"), *ends, *parts):
        _write(ax, *part)
    for ends in (((2.5, 1.65), (2.5, 4.6)), ((5, 3.6), (5, 4.6)), *arrows):
        _arrow(ax, *ends)


def _write(ax, x, y, text, box=None, size=style.LARGE, colour=style.INK):
    frame = box and {"boxstyle": f"{box},pad=0.25", "fc": "white", "ec": colour, "lw": 1.5}
    ax.text(x, y, text, ha="center", va="center", fontsize=size, color=colour, bbox=frame, zorder=3)


def _arrow(ax, start, end, colour=style.INK, width=1.5):
    ax.annotate("", end, start, arrowprops={"arrowstyle": "-|>,head_width=0.3,head_length=0.5",
                "lw": width, "color": colour, "shrinkA": 0, "shrinkB": 0})  # fmt: skip

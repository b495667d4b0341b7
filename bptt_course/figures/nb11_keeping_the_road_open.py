"""Figures of notebook 11: the directions that three starts keep, and the flow through cells."""

import numpy as np
from matplotlib.collections import LineCollection

from bptt_course.figures import axes, style
from bptt_course.figures.stage import change, words

LOWEST, HIGHEST = -12, 4  # decades of the axis of gradients


class Directions:
    """All singular values of ∂S_T/∂S_k against the lag T - k, one line each, one axes a start."""

    LOW, HIGH = -6, 3  # decades that the axes show

    def __init__(self, row, names, T):
        for ax, name, look in zip(row, names, style.LOOKS, strict=False):
            axes.against_lag(ax, "", T)
            ax.set(xlim=(0, T), ylim=(self.LOW, self.HIGH))
            ax.set_yticks([-6, -4, -2, -1, 0, 2], ["10⁻⁶", "10⁻⁴", "10⁻²", "a tenth", "1", "10²"])
            ax.axhline(-1, color=style.INK, linewidth=1.5, linestyle=":")
            place = {"transform": ax.transAxes, "weight": "bold", "color": look["color"]}
            words(ax, 0, 1.06, name, 16, **place)
        self._lines = [
            ax.add_collection(LineCollection([], colors=look["color"], lw=1.6, gid=name))
            for ax, name, look in zip(row, names, style.LOOKS, strict=False)
        ]
        self._marks = [ax.plot([], [], "--", color=style.INK, linewidth=2)[0] for ax in row]
        self._words = [
            words(ax, 1, 1.06, size=14, ha="right", transform=ax.transAxes) for ax in row
        ]
        self._exits = [
            axes.Exits(ax, self.LOW, self.HIGH, name) for ax, name in zip(row, names, strict=True)
        ]
        exits = [artist for exits in self._exits for artist in exits.live]
        self.live = [*self._lines, *self._marks, *self._words, *exits]

    def show(self, values, said, lag):
        """`values[j][lag]` are the singular values of start j at that lag, one row for each lag."""
        for lines, mark, text, exits, own, kept in zip(
            self._lines, self._marks, self._words, self._exits, values, said, strict=True
        ):
            lags, logs = np.arange(len(own)), axes.leaving(axes.log10(own)).T
            lines.set_segments([np.column_stack([lags, y]) for y in logs])
            exits.show(lags, logs)
            mark.set_data([lag, lag], [self.LOW, self.HIGH])
            change(text, text=kept)


class CellFlow:
    """The norm of what comes back over a lag through RNN, LSTM and GRU, each named at its line."""

    def __init__(self, stage, T, vanished):
        ends = 64, stage.width - (104 if stage.is_narrow else 120)
        self._ax = ax = stage.axes(ends[0], 50, ends[1], stage.height - 34)
        ax.axis("on")
        axes.against_lag(ax, "", T)
        ax.set_ylim(LOWEST, HIGHEST)
        axes.in_powers_of_ten(ax.yaxis, range(LOWEST, HIGHEST + 1, 2))
        ax.axhline(vanished, color=style.QUIET, linewidth=1.5, linestyle=":")
        what = r"$\Vert\partial S_T/\partial S_k\Vert$"
        of_cell = r"LSTM: $\Vert\partial C_T/\partial C_k\Vert$"
        words(ax, 0, 1.06, f"{what} by lag ({of_cell})", 14, transform=ax.transAxes)
        self._vanished = vanished
        self._mark = ax.axvline(0, color=style.QUIET, linewidth=1.5)
        self._lines = {
            cell: ax.plot([], [], linewidth=3, gid=cell, **look)[0]
            for cell, look in zip(style.CELL, style.LOOKS, strict=False)
        }
        self._points = {
            cell: ax.plot([], [], linestyle="none", markersize=10, **style.CELL[cell])[0]
            for cell in style.CELL
        }
        self._gate = ax.plot(
            [], [], ":", color=style.CELL["LSTM"]["color"], linewidth=2, gid="gate"
        )[0]
        self._exits = axes.Exits(ax, LOWEST, HIGHEST)
        beside = {"transform": ax.get_yaxis_transform(), "clip_on": False}
        words(ax, 1.01, vanished, "a thousandth", 14, color=style.QUIET, **beside)
        self._names = {
            cell: words(ax, 0, 0, cell, 14, weight="bold", gid=f"name of {cell}",
                        color=style.CELL["LSTM" if cell == "gate" else cell]["color"])
            for cell in (*style.CELL, "gate")
        }  # fmt: skip
        self.live = [
            self._mark, *self._lines.values(), *self._points.values(), self._gate,
            *self._exits.live, *self._names.values(),
        ]  # fmt: skip

    def show(self, log_flows, log_gate, lag):
        """Decimal logarithms by lag from 0: one row for each cell, and σ(b_f)^lag."""
        lags, shown = np.arange(len(log_gate)), {**log_flows, "gate": log_gate}
        for cell, values in log_flows.items():
            self._lines[cell].set_data(lags, axes.leaving(values))
            self._points[cell].set_data([lag], axes.leaving(values[[lag]]))
        self._gate.set_data(lags, log_gate)
        self._exits.show(lags, [axes.leaving(values) for values in shown.values()])
        self._mark.set_xdata([lag, lag])
        self._place_names({name: axes.leaving(values) for name, values in shown.items()})

    def _place_names(self, shown):
        """Each name at the end of its line, or where the line leaves; none upon another."""
        T, places = len(shown["RNN"]) - 1, []
        for name, y in shown.items():
            inside = (y >= LOWEST) & (y <= HIGHEST)
            last = T if inside.all() else max(int(np.argmin(inside)) - 1, 0)
            places.append((last, float(np.clip(y[last], LOWEST + 1.6, HIGHEST - 1.6)), name))
        taken, near = [(T, self._vanished)], 70 / self._ax.bbox.width * T
        for x, y, name in sorted(places):
            way = 0.25 if y < -4 else -0.25  # into the picture
            while any(abs(x - a) < near and abs(y - b) < 1.1 for a, b in taken):
                y += way
            taken.append((x, y))
            self._names[name].set_position((x + 8 / self._ax.bbox.width * T, y))

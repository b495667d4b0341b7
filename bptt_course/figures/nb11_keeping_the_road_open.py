"""Figures of notebook 11: the directions that three starts keep, and the flow through cells."""

import numpy as np
from matplotlib.collections import LineCollection

from bptt_course.figures import axes, style

LOWEST, HIGHEST = -12, 4  # decades of the axis of gradients


class Directions:
    """All singular values of ∂S_T/∂S_k against the lag T - k, one line each, one axes a start."""

    SPAN = 6  # decades on either side of 1 that the axes show

    def __init__(self, row, names, T):
        for ax, name in zip(row, names, strict=True):
            axes.against_lag(ax, name, T, pad=42)
            ax.set_xlim(0, T)
            ax.set_ylim(-self.SPAN, self.SPAN)
            axes.in_powers_of_ten(ax.yaxis, np.arange(-self.SPAN, self.SPAN + 1, 2))
            ax.axhline(-1, color=style.INK, linewidth=1.5, linestyle=":")
        row[0].set_ylabel("singular values", fontsize=style.TEXT)
        self._lines = [
            ax.add_collection(LineCollection([], colors=look["color"], lw=1.6, gid=name))
            for ax, name, look in zip(row, names, style.LOOKS, strict=False)
        ]
        self._marks = [ax.plot([], [], "--", color=style.INK, linewidth=2)[0] for ax in row]
        look = {"ha": "center", "va": "bottom", "fontsize": style.TEXT, "linespacing": 1.3}
        self._words = [ax.text(0.5, 1.02, "", transform=ax.transAxes, **look) for ax in row]
        self.live = [*self._lines, *self._marks, *self._words]

    def show(self, values, words, lag):
        """`values[j][lag]` are the singular values of start j at that lag, one row for each lag."""
        for lines, mark, text, own, said in zip(
            self._lines, self._marks, self._words, values, words, strict=True
        ):
            lags = np.arange(len(own))
            lines.set_segments(
                [np.column_stack([lags, y]) for y in axes.leaving(axes.log10(own)).T]
            )
            mark.set_data([lag, lag], [-self.SPAN, self.SPAN])
            text.set_text(said)


class CellFlow:
    """The norm of what comes back over a lag through RNN, LSTM and GRU, on a log axis."""

    def __init__(self, ax, T, vanished):
        what = "$\\Vert\\partial S_T/\\partial S_k\\Vert$"
        of_cell = "$\\Vert\\partial C_T/\\partial C_k\\Vert$"
        axes.against_lag(ax, f"{what} against lag (LSTM: {of_cell})", T, pad=32)
        ax.set_ylim(LOWEST, HIGHEST)
        axes.in_powers_of_ten(ax.yaxis, range(LOWEST, HIGHEST + 1, 2))
        ax.axhline(vanished, color=style.QUIET, linewidth=1.5, linestyle=":")
        ax.text(1.005, vanished, "a\nthousandth", va="center", fontsize=style.SMALL,
                transform=ax.get_yaxis_transform())  # fmt: skip
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
        lines = [*self._lines.values(), self._gate]
        look = {"bbox_to_anchor": (-0.02, 0.98), "fontsize": style.TEXT, "handlelength": 2.4}
        axes.legend_above(ax, lines, [*style.CELL, "$\\sigma(b_f)^{lag}$"], **look)
        self.live = [self._mark, *self._lines.values(), *self._points.values(), self._gate]

    def show(self, log_flows, log_gate, lag):
        """Decimal logarithms by lag from 0: one row for each cell, and σ(b_f)^lag."""
        lags = np.arange(len(log_gate))
        for cell, values in log_flows.items():
            self._lines[cell].set_data(lags, axes.leaving(values))
            self._points[cell].set_data([lag], axes.leaving(values[[lag]]))
        self._gate.set_data(lags, log_gate)
        self._mark.set_xdata([lag, lag])

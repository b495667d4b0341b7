"""Figures of notebook 10: the terms that a window keeps, and the gradient against the window."""

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.ticker import MaxNLocator

from bptt_course.figures import style
from bptt_course.figures.axes import round_limit, set_limits


class WindowTerms:
    """The terms of a gradient by lag: filled inside the window, hollow where it drops them."""

    def __init__(self, ax, T):
        style.dress(ax, x="lag $T - i$ (steps back)", y="term / largest $|$term$|$")
        ax.set_title("terms (filled: kept)", fontsize=style.LARGE)
        ax.set_xlim(-0.7, T - 0.3)
        ax.set_ylim(-1.1, 1.1)
        ax.grid(False, axis="x")
        ax.xaxis.set_major_locator(MaxNLocator(8, integer=True))
        ax.axhline(0, color=style.INK, linewidth=1)
        look = {"edgecolors": style.COLOUR["W_s"], "linewidths": 1.2, "zorder": 3}
        self._kept = ax.add_collection(
            PolyCollection([], facecolors=style.COLOUR["W_s"], gid="kept", **look)
        )
        self._dropped = ax.add_collection(
            PolyCollection([], facecolors="white", gid="dropped", **look)
        )
        self._edge = ax.plot([], [], "--", color=style.INK, linewidth=2)[0]
        self.live = [self._kept, self._dropped, self._edge]

    def show(self, shares, window):
        """`shares[lag]` are the terms over the largest |term|, lag = 0..T-1."""
        lags, zero = np.arange(len(shares)), np.zeros(len(shares))
        x = np.stack([lags - 0.36, lags - 0.36, lags + 0.36, lags + 0.36], axis=1)
        corners = np.stack([x, np.stack([zero, shares, shares, zero], axis=1)], axis=2)
        self._kept.set_verts(corners[:window])
        self._dropped.set_verts(corners[window:])
        self._edge.set_data([window - 0.5, window - 0.5], [-1.1, 1.1])


class WindowCurve:
    """The truncated gradient against the window, the exact one as a level line, a marker."""

    def __init__(self, ax, T):
        self._ax = ax
        style.dress(ax, x="window $k$")
        ax.set_title(r"$\partial E_T/\partial W_s$ (dashed: exact)", fontsize=style.LARGE)
        ax.set_xlim(0.3, T + 0.7)
        ax.xaxis.set_major_locator(MaxNLocator(8, integer=True))
        zero = ax.axhline(0, color=style.INK, linewidth=1)
        self._band = ax.add_collection(PolyCollection([], facecolors="#D9D9D9", zorder=1))
        orange = {"color": style.COLOUR["W_s"]}
        self._exact = ax.plot([], [], "--", color=style.INK, linewidth=2, gid="exact")[0]
        self._curve = ax.plot([], [], "-o", lw=1.8, ms=4, gid="truncated", **orange)[0]
        self._mark = ax.plot([], [], "o", mec=style.INK, mew=2, ms=12, gid="window", **orange)[0]
        self.live = [ax.yaxis, zero, self._band, self._exact, self._curve, self._mark]

    def show(self, truncated, window):
        """`truncated[k - 1]` is the gradient with window k = 1..T, the last one is exact."""
        exact, T = truncated[-1], len(truncated)
        limit = round_limit(truncated, least=1e-6)
        low = -limit if truncated.min() < 0 else -0.1 * limit
        set_limits(self._ax, y=(low, limit if truncated.max() > 0 else 0.1 * limit))
        low, high = sorted((0.9 * exact, 1.1 * exact))
        self._band.set_verts([[(0, low), (0, high), (T + 1, high), (T + 1, low)]])
        self._exact.set_data([0, T + 1], [exact, exact])
        self._curve.set_data(np.arange(1, T + 1), truncated)
        self._mark.set_data([window], truncated[[window - 1]])

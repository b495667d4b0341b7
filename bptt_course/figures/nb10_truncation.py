"""The figure of notebook 10: the truncated gradient against the window."""

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.ticker import MaxNLocator

from bptt_course.figures import axes, style


class WindowCurve:
    """The truncated gradient against the window, the exact one as a level line, a marker."""

    def __init__(self, ax, T):
        self._ax = ax
        style.dress(ax, r"$\partial E_T/\partial W_s$ (dashed: exact)", "window $k$")
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
        limit = axes.round_limit(truncated, least=1e-6)
        low = -limit if truncated.min() < 0 else -0.1 * limit
        axes.set_limits(self._ax, y=(low, limit if truncated.max() > 0 else 0.1 * limit))
        low, high = sorted((0.9 * exact, 1.1 * exact))
        self._band.set_verts([[(0, low), (0, high), (T + 1, high), (T + 1, low)]])
        self._exact.set_data([0, T + 1], [exact, exact])
        self._curve.set_data(np.arange(1, T + 1), truncated)
        self._mark.set_data([window], truncated[[window - 1]])

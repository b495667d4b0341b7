"""The figure of notebook 10: the terms that a window keeps, and what they make of the gradient."""

import numpy as np
from matplotlib.collections import PolyCollection

from bptt_course.figures import axes, style
from bptt_course.figures.stage import change, px, words


class Window:
    """The terms by lag, above the truncated gradient for every window: window k ends at bar k.

    The gradient is drawn in units of |exact|, on axes that stay: 1 is all of it, below 0 the sign
    is wrong.
    """

    LOW, HIGH = -1.4, 1.8
    LEFT, RIGHT = 104, 20  # pixels beside the axes
    INNER = 22  # pixels within them, outside of the first window and of the last
    TRACK = LEFT + INNER, RIGHT + INNER

    def __init__(self, stage, T):
        width, height = stage.width, stage.height
        outside = self.INNER * (T - 1) / (width - sum(self.TRACK))
        ends = (1 - outside, T + outside)
        middle, bottom = round(0.58 * height), 34
        bars, curve = (
            stage.axes(self.LEFT, low, width - self.RIGHT, high, ends, y)
            for low, high, y in (
                (middle + 14, height - 26, (-1.12, 1.12)),
                (bottom, middle - 26, (self.LOW, self.HIGH)),
            )
        )  # fmt: skip
        for ax, scale in (
            (bars, {1: "largest", 0: "0", -1: "− largest"}),
            (curve, {1: "exact", 0: "0", -1: "− exact"}),
        ):
            for y, said in scale.items():
                ax.axhline(y, color=style.INK if y == 0 else style.FAINT, lw=px(1))
                words(ax, ends[0], y, f"{said}  ", 14, ha="right")
        curve.axhspan(0.9, 1.1, color="#D9D9D9")
        curve.axhline(1, color=style.INK, linestyle="--", linewidth=px(2))
        for ax, said in (
            (bars, "the terms by lag (filled: kept by the window)"),
            (curve, "their sum for each window (grey: within 10 %)"),
        ):
            words(
                ax,
                0,
                1 + 12 / ax.bbox.height,
                said,
                14 if width > 500 else 12,
                transform=ax.transAxes,
            )
        marks = [1, *range(5, T + 1, 5)]
        foot = self.LOW - 0.1 * (self.HIGH - self.LOW)
        words(curve, ends[0], foot, "window  ", 14, ha="right")
        for k in marks:
            words(curve, k, foot, str(k), 14, ha="center")
        orange = style.COLOUR["W_s"]
        look = {"edgecolors": orange, "linewidths": px(1.5)}
        self._bars = [
            bars.add_collection(PolyCollection([], facecolors=face, gid=name, **look))
            for name, face in (("near", orange), ("far", "white"))
        ]
        self._border = bars.plot([], [], "-", color=style.INK, lw=px(1.5), gid="border")[0]
        self._curve = curve.plot([], [], "-o", lw=1.8, ms=4, color=orange, gid="truncated")[0]
        self._mark = curve.plot(
            [], [], "o", color=orange, mec=style.INK, mew=2, ms=12, gid="window"
        )[0]
        self._exits = axes.Exits(curve, self.LOW, self.HIGH)
        self._none = words(curve, 0.5, 0.5, size=14, ha="center", transform=curve.transAxes)
        self.live = [
            *self._bars, self._border, self._curve, self._mark, *self._exits.live, self._none
        ]  # fmt: skip

    def show(self, by_lag, truncated, window):
        """The terms by lag, and their sums: `truncated[k - 1]` for window k, the last is exact."""
        k, exact = np.arange(1, len(by_lag) + 1), truncated[-1]
        corners = axes.bar_corners(k, by_lag / (np.abs(by_lag).max() or 1), 0.7)
        for bars, own in zip(self._bars, (corners[:window], corners[window:]), strict=True):
            bars.set_verts(own)
        self._border.set_data([window + 0.5] * 2, [-1.12, 1.12])
        shares = truncated / exact if exact else np.full(len(k), np.nan)
        self._curve.set_data(k, shares)
        at = shares[[window - 1]]
        self._mark.set_data([window], np.clip(at, self.LOW + 0.2, self.HIGH - 0.2))
        self._exits.show(k, [shares])
        change(self._none, text="" if exact else "the exact gradient is 0: nothing to compare with")

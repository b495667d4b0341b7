"""The figure of notebook 10: the terms that a window keeps, and what they make of the gradient."""

import numpy as np

from bptt_course.figures import axes, style
from bptt_course.figures.stage import Bars, Word, Words, px, words


class Window:
    """The terms by lag, above the truncated gradient for every window: window k ends at bar k.

    The gradient is in units of |exact|, on axes that stay; below 0 its sign is wrong.
    """

    LOW, HIGH = -1.4, 1.8
    LEFT, RIGHT = 104, 20  # pixels beside the axes
    INNER = 22  # pixels within them, outside of the first window and of the last
    TRACK = LEFT + INNER, RIGHT + INNER

    def __init__(self, stage, T):
        self.live = live = axes.Live()
        outside = self.INNER * (T - 1) / (stage.width - sum(self.TRACK))
        middle, first, last = round(0.58 * stage.height), 1 - outside, T + outside
        above, below = (middle + 14, stage.height - 26), (34, middle - 26)
        said = "the terms by lag (filled: kept by the window)"
        bars = self._axes(stage, *above, (first, last), (-1.12, 1.12), "largest", said)
        said = "their sum for each window (grey: within 10 %)"
        curve = self._axes(stage, *below, (first, last), (self.LOW, self.HIGH), "exact", said)
        curve.axhspan(0.9, 1.1, color="#D9D9D9")
        curve.axhline(1, color=style.INK, linestyle="--", linewidth=px(2))
        foot = self.LOW - 0.1 * (self.HIGH - self.LOW)
        words(curve, first, foot, "window  ", 14, ha="right")
        for k in (1, *range(5, T + 1, 5)):
            words(curve, k, foot, str(k), 14, ha="center")
        self._bars = live.add(Bars(bars, gid="terms"))
        self._border = live.line(bars, color=style.INK, lw=px(1.5), gid="border")
        orange = {"color": style.COLOUR["W_s"]}
        self._curve = live.line(curve, "-o", lw=1.8, ms=4, gid="truncated", **orange)
        look = {"mec": style.INK, "mew": 2, "ms": 12, **orange}
        self._mark = live.line(curve, "o", gid="window", **look)
        self._exits = axes.Exits(curve, live, self.LOW, self.HIGH)
        said = "the exact gradient is 0: nothing to compare with"
        self._none = Word((first + last) / 2, 0.5, said, 14 if stage.width > 500 else 12)
        self._said = live.add(Words(curve, gid="said"))

    def _axes(self, stage, bottom, top, x, y, unit, said):
        """Bare axes with lines at 1, 0 and -1 of a `unit`."""
        ax = stage.axes(self.LEFT, bottom, stage.width - self.RIGHT, top, x, y)
        for at, name in ((1, unit), (0, "0"), (-1, f"− {unit}")):
            ax.axhline(at, color=style.FAINT if at else style.INK, lw=px(1))
            words(ax, x[0], at, f"{name}  ", 14, ha="right")
        axes.caption(ax, said, 0 if stage.width > 500 else -(self.LEFT - 6) / ax.bbox.width)
        return ax

    def show(self, by_lag, truncated, window):
        """The terms by lag, and their sums: `truncated[k - 1]` for window k, the last is exact."""
        k, exact = np.arange(1, len(by_lag) + 1), truncated[-1]
        heights = by_lag / (np.abs(by_lag).max() or 1)
        faces = np.where(k <= window, style.COLOUR["W_s"], "white")
        bars = zip(k - 0.35, 0 * k, k + 0.35, heights, faces, strict=True)
        self._bars.show([(*bar, style.COLOUR["W_s"]) for bar in bars])
        self._border.set_data([window + 0.5] * 2, [-1.12, 1.12])
        shares = truncated / exact if exact else np.full(len(k), np.nan)
        self._curve.set_data(k, shares)
        at = np.clip(shares[[window - 1]], self.LOW + 0.2, self.HIGH - 0.2)
        self._mark.set_data([window], at)
        self._exits.show(k, shares[None])
        self._said.show([] if exact else [self._none])

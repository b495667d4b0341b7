"""The figure of notebook 02: the error over the output weight, with its tangent."""

import numpy as np

from bptt_course.figures import axes, style
from bptt_course.words import number


class ErrorCurve:
    """E_3 over W_y, with a point and its tangent that move: the gradient is the slope.

    The E axis holds the whole curve, so that the point is never outside; its end is one of 10, 30,
    100, 300, ... and follows the curve, not the point. The slope stands beside the title, where
    neither the curve nor the tangent comes.
    """

    def __init__(self, ax, low, high):
        self._ax = ax
        style.dress(ax, "$E_3$ over $W_y$")
        ax.set_xlabel("$W_y$", fontsize=style.LARGE)  # a subscript is 0.7 of that
        ax.set_ylabel("$E_3$", fontsize=style.LARGE)
        margin = 0.02 * (high - low)  # so that a point at an end is clear of the numbers
        ax.set_xlim(low - margin, high + margin)
        axes.keep_room(ax.yaxis, 4)
        colour = style.COLOUR["W_y"]
        self._curve = ax.plot([], [], "-", color=style.COLOUR["E"], linewidth=2.5)[0]
        self._tangent = ax.plot([], [], "--", color=colour, linewidth=2.5)[0]
        self._point = ax.plot([], [], "o", color=colour, markersize=11, clip_on=False)[0]
        self._slope = ax.text(1, 1.015, "", fontsize=style.LARGE, color=colour, weight="bold",
                              ha="right", va="bottom", transform=ax.transAxes)  # fmt: skip
        self.live = [ax.yaxis, self._curve, self._tangent, self._point, self._slope]

    def show(self, W_y, E, at, height, slope):
        """The curve E over W_y, and the tangent of slope `slope` in the point (at, height)."""
        low, high = self._ax.get_xlim()
        top = axes.round_limit(E, least=10, steps=(1, 3, 10), room=1.05)
        axes.set_limits(self._ax, y=(-0.05 * top, top))
        ends = np.array([low, high])
        self._curve.set_data(W_y, E)
        self._tangent.set_data(ends, height + slope * (ends - at))
        self._point.set_data([at], [height])
        self._slope.set_text(f"slope {number(slope)}")

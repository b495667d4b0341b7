"""The figure of notebook 02: the error over one weight, with its tangent."""

import math

import numpy as np

from bptt_course.figures import style
from bptt_course.figures.axes import keep_room, set_limits
from bptt_course.words import number


class ErrorCurve:
    """E over one weight, with a point and its tangent that move: the gradient is the slope.

    The E axis holds the whole curve, so that the point is never outside; its end is one of 10, 30,
    100, 300, ... and follows the curve, not the point. The slope stands beside the title, where
    neither the curve nor the tangent comes.
    """

    def __init__(self, ax, weight, T, span):
        self._ax = ax
        style.dress(ax, f"$E_{T}$ over ${weight}$")
        ax.set_xlabel(f"${weight}$", fontsize=style.LARGE)  # a subscript is 0.7 of that
        ax.set_ylabel(f"$E_{T}$", fontsize=style.LARGE)
        low, high = span
        margin = 0.02 * (high - low)  # so that a point at an end is clear of the numbers
        ax.set_xlim(low - margin, high + margin)
        keep_room(ax.yaxis, 4)
        colour = style.COLOUR[weight]
        self._curve = ax.plot([], [], "-", color=style.COLOUR["E"], linewidth=2.5)[0]
        self._tangent = ax.plot([], [], "--", color=colour, linewidth=2.5)[0]
        self._point = ax.plot([], [], "o", color=colour, markersize=11, clip_on=False)[0]
        self._slope = ax.text(1, 1.015, "", fontsize=style.LARGE, color=colour, weight="bold",
                              ha="right", va="bottom", transform=ax.transAxes)  # fmt: skip
        self.live = [ax.yaxis, self._curve, self._tangent, self._point, self._slope]

    def show(self, W, E, at, height, slope):
        """The curve E over W, and the tangent of slope `slope` in the point (at, height)."""
        low, high = self._ax.get_xlim()
        top = _top(np.max(E))
        set_limits(self._ax, y=(-0.05 * top, top))
        ends = np.array([low, high])
        self._curve.set_data(W, E)
        self._tangent.set_data(ends, height + slope * (ends - at))
        self._point.set_data([at], [height])
        self._slope.set_text(f"slope {number(slope)}")


def _top(height):
    """The least of 10, 30, 100, 300, 1000, ... with some room above `height`."""
    least = max(1.05 * height, 10.0)
    power = 10.0 ** math.floor(math.log10(least))
    return next(k * power for k in (1, 3, 10) if k * power >= least)


def plot_error_curve(ax, W, E, at, height, slope, weight="W_y", T=3):
    """E_T over one weight W, and the tangent in (at, height), whose slope is ∂E_T/∂W.

    `W`, `E` are arrays of the curve. Returns the `ErrorCurve`, whose `show` takes new numbers.
    """
    curve = ErrorCurve(ax, weight, T, (W[0], W[-1]))
    curve.show(W, E, at, height, slope)
    return curve

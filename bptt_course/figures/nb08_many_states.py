"""Figures of notebook 08: eigenvalues, and singular values of products of Jacobians."""

import numpy as np
from matplotlib.collections import LineCollection

from bptt_course.figures import axes, style
from bptt_course.figures.stage import change, px, tint, words
from bptt_course.words import number, short


class EigenvaluePlane:
    """The eigenvalues of W_s in the complex plane, the unit circle and the circle of σ_max."""

    def __init__(self, ax, reach=2.2):
        _square(ax, reach, "eigenvalues of $W_s$, and the circle of $\\sigma_{max}$")
        self._norm = ax.plot([], [], "--", color=style.COLOUR["W_y"], linewidth=2, gid="sigma")[0]
        self._points = ax.plot(
            [], [], "o", color=style.COLOUR["W_s"], markersize=7, mec="white", gid="eigenvalues"
        )[0]
        self._beyond = words(ax, 0, -0.92 * reach, size=14, ha="center")
        self._reach = reach
        _unit_circle(ax)
        self.live = [self._norm, self._points, self._beyond]

    def show(self, eigenvalues, sigma_max):
        """Points at the eigenvalues, a dashed circle of radius σ_max."""
        self._points.set_data(eigenvalues.real, eigenvalues.imag)
        self._norm.set_data(sigma_max * axes.CIRCLE.real, sigma_max * axes.CIRCLE.imag)
        is_beyond = sigma_max > self._reach * 2**0.5
        said = f"$\\sigma_{{max}}$ = {number(sigma_max)} lies outside" if is_beyond else ""
        change(self._beyond, text=said)


class SingularLines:
    """All singular values of ∂S_T/∂S_k against lag on axes that stay, the bounds of the largest."""

    SPAN = 6  # decades on either side of 1

    def __init__(self, ax, T):
        axes.against_lag(ax, "", T)
        ax.set_ylim(-self.SPAN, self.SPAN)
        axes.in_powers_of_ten(ax.yaxis, range(-self.SPAN, self.SPAN + 1, 2))
        blue, orange = style.COLOUR["W_y"], style.COLOUR["W_s"]
        self._all = ax.add_collection(
            LineCollection([], colors=orange, lw=px(1.2), alpha=0.7, gid="all")
        )
        self._above = ax.plot([], [], "--", color=blue, linewidth=2, gid="above")[0]
        self._below = ax.plot([], [], ":", color=style.QUIET, linewidth=2.5, gid="below")[0]
        self._norms = ax.plot([], [], "-", color=orange, linewidth=3, gid="norms")[0]
        self._mean = ax.plot([], [], "-", color=style.INK, linewidth=1, gid="mean")[0]
        self._mark = ax.plot([], [], "o", color=style.INK, markersize=9, gid="mark")[0]
        self._exits = axes.Exits(ax, -self.SPAN, self.SPAN)
        lines = [self._norms, self._all, self._above, self._below]
        labels = ["largest", "others", "bound", "$\\rho^{lag}$"]
        axes.legend_above(ax, lines, labels, columnspacing=0.7, handlelength=1.2)
        self.live = [
            self._all, self._above, self._below, self._norms, self._mean, self._mark,
            *self._exits.live,
        ]  # fmt: skip

    def show(self, log_values, log_above, log_below, lag):
        """Decimal logarithms, one row of `log_values` a lag; `log_below`: nan where none holds."""
        lags, norms = np.arange(len(log_values)), log_values[:, 0]
        lines = axes.leaving(log_values.T)
        self._all.set_segments([np.column_stack([lags, y]) for y in lines[1:]])
        for line, y in ((self._norms, norms), (self._above, log_above), (self._below, log_below)):
            line.set_data(lags, axes.leaving(y))
        at_lag = axes.leaving(norms[lag])
        self._mark.set_data([lag], [at_lag])
        self._mean.set_data([0, lag], [0, at_lag])
        self._exits.show(lags, lines)


class ArrivingEllipse:
    """What a circle of gradients becomes: an ellipse, along the two directions that keep most."""

    def __init__(self, ax, reach=2.2):
        _square(ax, reach, "a circle leaves, this ellipse arrives")
        ax.set_xlabel("along the direction that keeps most", fontsize=px(14))
        orange = style.COLOUR["W_s"]
        self._fill = ax.fill([], [], color=tint(orange, 0.35), ec=orange, lw=2.5, gid="ellipse")[0]
        self._shape = ax.plot([], [], ":", color=orange, lw=2, gid="shape")[0]
        tips = {"ls": "none", "color": style.LOUD, "ms": px(13), "gid": "beyond"}
        self._tips = [ax.plot([], [], marker, **tips)[0] for marker in "<>"]
        self._said = words(ax, 0, -0.9 * reach, size=14, ha="center", gid="sizes")
        self._reach = reach
        self.live = [self._fill, _unit_circle(ax), self._shape, *self._tips, self._said]

    def show(self, first, second):
        """The two largest singular values."""
        x, y = min(first, 1e6) * axes.CIRCLE.real, min(second, 1e6) * axes.CIRCLE.imag
        self._fill.set_xy(np.column_stack([x, y]))
        is_small, is_large = 0 < first < 0.5, first > self._reach
        self._shape.set_data(*((x / first, y / first) if is_small else ([], [])))
        for tip, side in zip(self._tips, (-1, 1), strict=True):
            tip.set_data(*(([side * 0.95 * self._reach], [0]) if is_large else ([], [])))
        said = f"half axes: {short(first)} and {short(second)}"
        if is_small:
            said = f"dotted: the same, {short(1 / first)} times as large"
        change(self._said, text=said)


def _square(ax, reach, title):
    """Axes of equal scales."""
    style.dress(ax)
    words(ax, 0.5, 1.05, title, 14, transform=ax.transAxes, ha="center")
    ax.set_aspect("equal")
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach))
    ax.set(xticks=[-2, -1, 0, 1, 2], yticks=[-2, -1, 0, 1, 2])


def _unit_circle(ax):
    circle = axes.CIRCLE
    return ax.plot(circle.real, circle.imag, "-", color=style.QUIET, lw=1.5, zorder=3)[0]


@style.plain
def plot_sufficient_condition(ax, points):
    """‖∂S_T/∂S_0‖^(1/T) over σ_max · max g_1', one cloud of points a network, under the line y = x.

    `points` maps a name to (σ_max · max g_1', the norm's mean factor a step), at most four.
    Pascanu et al. (2013), section 2.1: left of 1 the gradient must vanish, right of it it may.
    """
    looks = (("o", "W_s"), ("^", "W_x"), ("s", "W_y"), ("D", "E"))
    for (name, (x, y)), (marker, key) in zip(points.items(), looks, strict=False):
        ax.plot(x, y, marker, color=style.COLOUR[key], ms=6, alpha=0.7, label=name, mec="none")
    top = max(np.max(x) for x, _ in points.values())
    ax.plot([0, top], [0, top], "-", color=style.INK, linewidth=2, label="the bound")
    ax.axvspan(0, 1, color="#EEEEEE", zorder=0)
    ax.axhline(1, color=style.QUIET, linewidth=1)
    x_label = "$\\sigma_{max}(W_s)\\cdot$ max $g_1^\\prime$"
    style.dress(ax, "What a step back multiplies by, on average", x_label, "mean factor a step")
    ax.set_xlim(0, top)
    ax.set_ylim(0, 1.02 * top)
    ax.text(0.5, 0.93 * top, "must vanish", ha="center", fontsize=style.TEXT)
    ax.text(1.06, 0.93 * top, "may vanish or explode", fontsize=style.TEXT)
    axes.legend_beside(ax)

"""Figures of notebook 08: eigenvalues, and singular values of products of Jacobians."""

import numpy as np

from bptt_course.figures import axes, style
from bptt_course.figures.stage import Word, Words, points, px, tint
from bptt_course.words import number, short

ORANGE, BLUE = style.COLOUR["W_s"], style.COLOUR["W_y"]
REACH = 2.2  # of the two planes


class EigenvaluePlane:
    """The eigenvalues of W_s in the complex plane, the unit circle and the circle of σ_max."""

    def __init__(self, ax):
        self.live = live = axes.Live()
        _plane(ax, live, "eigenvalues of $W_s$, and the circle of $\\sigma_{max}$")
        self._norm = live.line(ax, "--", color=BLUE, lw=2, gid="sigma")
        self._points = live.line(ax, "o", color=ORANGE, ms=7, mec="white", gid="eigenvalues")
        self._beyond = live.add(Words(ax, gid="beyond"))

    def show(self, eigenvalues, sigma_max):
        """Points at the eigenvalues, a dashed circle of radius σ_max."""
        self._points.set_data(eigenvalues.real, eigenvalues.imag)
        self._norm.set_data(sigma_max * axes.CIRCLE.real, sigma_max * axes.CIRCLE.imag)
        said = f"$\\sigma_{{max}}$ = {number(sigma_max)} lies outside"
        is_outside = sigma_max > REACH * 2**0.5
        self._beyond.show([Word(0, -0.92 * REACH, said, 14)] if is_outside else [])


class SingularLines:
    """All singular values of ∂S_T/∂S_k against lag on axes that stay, the bounds of the largest."""

    def __init__(self, ax, T):
        self.live = live = axes.Live()
        self._lags, self._axes = np.arange(T + 1), axes.against_lag(ax, live, T, -6, 6)
        self._all = live.line(ax, color=ORANGE, lw=px(1.2), alpha=0.7, gid="all")
        self._above = live.line(ax, "--", color=BLUE, lw=2, gid="above")
        self._below = live.line(ax, ":", color=style.QUIET, lw=2.5, gid="below")
        self._norms = live.line(ax, color=ORANGE, lw=3, gid="norms")
        self._mean = live.line(ax, color=style.INK, lw=1, gid="mean")
        self._mark = live.line(ax, "o", color=style.INK, ms=9, gid="mark")
        lines, labels = [self._norms, self._all, self._above], ["largest", "others", "bound"]
        axes.legend_above(ax, lines, labels, columnspacing=0.7, handlelength=1.2)
        self._key = live.add(Words(ax, gid="key"))

    def show(self, log_values, log_above, log_below, lag):
        """Decimal logarithms, one row of `log_values` a lag; `log_below`: nan where none holds."""
        norms, *others = log_values.T
        near = np.flatnonzero(np.abs(log_below[:-12]) < 4)  # where there is room for a name
        k = near.max(initial=0)
        side = "left" if log_below[k] > 0 else "right"
        name = Word(k, log_below[k] - 1, "$\\rho^{lag}$", 15, style.QUIET, side)
        self._key.show([name] if len(near) else [])
        shown = (self._norms, norms), (self._above, log_above), (self._below, log_below)
        self._axes.draw(self._lags, *shown, (self._all, np.array(others)))
        at_lag = self._norms.get_ydata()[lag]
        self._mark.set_data([lag], [at_lag])
        self._mean.set_data([0, lag], [0, at_lag])


class ArrivingEllipse:
    """What a circle of gradients becomes: an ellipse, along the two directions that keep most."""

    def __init__(self, ax):
        self.live = live = axes.Live()
        is_small = ax.bbox.width < 240
        short, long = "what becomes of a circle", "a circle leaves, this ellipse arrives"
        _plane(ax, live, short if is_small else long)
        said = "the best direction" if is_small else "along the direction that keeps most"
        ax.set_xlabel(said, fontsize=px(14))
        look = {"color": tint(ORANGE, 0.35), "ec": ORANGE, "lw": 2.5, "gid": "ellipse"}
        self._fill = live.add(ax.fill([], [], **look)[0])
        look, far = {"color": style.LOUD, "ms": px(13), "gid": "tip"}, 0.95 * REACH
        places = ((-far, 0), (far, 0), (0, far))
        self._tips = [(live.line(ax, m, **look), *p) for m, p in zip("<>^", places, strict=True)]
        self._said = live.add(Words(ax, gid="sizes"))

    def show(self, first, second):
        """The two largest singular values."""
        x, y = min(first, 1e6) * axes.CIRCLE.real, min(second, 1e6) * axes.CIRCLE.imag
        self._fill.set_xy(np.column_stack([x, y]))
        for tip, right, up in self._tips:
            is_out = int((second if up else first) > REACH)
            points(tip, [right] * is_out, [up] * is_out)
        said = f"half axes: {short(first)} and {short(second)}"
        self._said.show([Word(0, -0.9 * REACH, said, 14)])


def _plane(ax, live, title):
    """Axes of equal scales with the unit circle."""
    style.dress(ax)
    axes.caption(ax, title, 0.5, ha="center")
    ax.set_aspect("equal")
    ticks = [-2, -1, 0, 1, 2]
    ax.set(xlim=(-REACH, REACH), ylim=(-REACH, REACH), xticks=ticks, yticks=ticks)
    unit = live.line(ax, color=style.QUIET, lw=1.5, zorder=1.9)
    unit.set_data(axes.CIRCLE.real, axes.CIRCLE.imag)


@style.plain
def plot_sufficient_condition(ax, points):
    """‖∂S_T/∂S_0‖^(1/T) over σ_max · max g_1', one cloud of points a network, under the line y = x.

    `points` maps a name to (σ_max · max g_1', the norm's mean factor per step), at most four.
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
    style.dress(ax, "What a step back multiplies by, on average", x_label, "mean factor per step")
    ax.set_xlim(0, top)
    ax.set_ylim(0, 1.02 * top)
    ax.text(0.5, 0.93 * top, "must vanish", ha="center", fontsize=style.TEXT)
    ax.text(1.06, 0.93 * top, "may vanish or explode", fontsize=style.TEXT)
    axes.legend_beside(ax)

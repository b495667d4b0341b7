"""Figures of notebook 08: eigenvalues in the plane, norms of Jacobian products against lag."""

import numpy as np

from bptt_course.figures import axes, style


class EigenvaluePlane:
    """The eigenvalues of W_s in the complex plane, the unit circle and the circle of σ_max."""

    def __init__(self, ax, reach=2.2):
        style.dress(ax, "Eigenvalues of $W_s$", "real part", "imaginary part")
        ax.set_aspect("equal")
        ax.set_xlim(-reach, reach)
        ax.set_ylim(-reach, reach)
        ax.set_xticks([-2, -1, 0, 1, 2])
        ax.set_yticks([-2, -1, 0, 1, 2])
        ax.plot(axes.CIRCLE.real, axes.CIRCLE.imag, "-", color=style.QUIET, linewidth=1.5)
        self._norm = ax.plot([], [], "--", color=style.COLOUR["W_y"], linewidth=2, gid="sigma")[0]
        self._points = ax.plot(
            [], [], "o", color=style.COLOUR["W_s"], markersize=7, mec="white", gid="eigenvalues"
        )[0]
        self.live = [self._norm, self._points]

    def show(self, eigenvalues, sigma_max):
        """Points at the eigenvalues, a dashed circle of radius σ_max."""
        self._points.set_data(eigenvalues.real, eigenvalues.imag)
        self._norm.set_data(sigma_max * axes.CIRCLE.real, sigma_max * axes.CIRCLE.imag)


class NormLines:
    """‖∂S_T/∂S_k‖ against lag on a log axis, the bounds above and below it, a marker at one lag."""

    def __init__(self, ax, T):
        self._ax = ax
        one = axes.against_lag(ax, "$\\Vert\\partial S_T/\\partial S_k\\Vert$ against lag", T)
        blue, orange = style.COLOUR["W_y"], style.COLOUR["W_s"]
        self._above = ax.plot([], [], "--", color=blue, linewidth=2, gid="above")[0]
        self._below = ax.plot([], [], ":", color=style.QUIET, linewidth=2.5, gid="below")[0]
        self._norms = ax.plot([], [], "-", color=orange, linewidth=3, gid="norms")[0]
        self._mark = ax.plot([], [], "o", color=style.INK, markersize=9, gid="mark")[0]
        above, below = "($\\sigma_{max}\\cdot$ max $g_1^\\prime)^{lag}$", "$\\rho^{lag}$"
        axes.legend_above(ax, [self._norms, self._above, self._below], ["norm", above, below])
        self.live = [ax.yaxis, one, self._above, self._below, self._norms, self._mark]

    def show(self, log_norms, log_above, log_below, lag):
        """Decimal logarithms, one for each lag from 0; `log_below` is nan where no bound holds."""
        lags = np.arange(len(log_norms))
        axes.set_decades(self._ax, log_norms)
        for line, values in (
            (self._norms, log_norms), (self._above, log_above), (self._below, log_below)
        ):  # fmt: skip
            line.set_data(lags, axes.leaving(values))
        self._mark.set_data([lag], axes.leaving(log_norms[[lag]]))


class JacobianMap:
    """The entries of one matrix ∂S_T/∂S_k as colours, |entry| on a log scale."""

    SPAN = 3  # decades on either side of 1 that colours tell apart

    def __init__(self, ax):
        title = "$|$entries$|$ of $\\partial S_T/\\partial S_k$"
        style.dress(ax, title, "column: entry of $S_k$", "row: entry of $S_T$")
        ax.grid(False)
        self._image = ax.imshow(
            np.ones((2, 2)), cmap="cividis", vmin=-self.SPAN, vmax=self.SPAN, aspect="equal",
            interpolation="nearest", extent=(0, 1, 1, 0), gid="entries",
        )  # fmt: skip
        ax.set_xticks([])
        ax.set_yticks([])
        axes.colour_bar(ax, self._image, range(-self.SPAN, self.SPAN + 1), shrink=0.8)
        self.live = [self._image]

    def show(self, jacobian):
        """A matrix (n_s, n_s)."""
        self._image.set_data(np.clip(axes.log10(np.abs(jacobian)), -2 * self.SPAN, 2 * self.SPAN))


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

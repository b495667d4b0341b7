"""Figures of notebook 07: |∂S_T/∂S_k| against lag, over W_s and lag, and the terms of ∂E_T/∂W_s."""

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from bptt_course.figures import axes, style
from bptt_course.words import LARGEST, SMALLEST, number


class FlowLine:
    """|∂S_T/∂S_k| against the lag T - k on a log axis, with its sign and its bound.

    `show` takes decimal logarithms, one for each lag 0..T; -inf is a gradient of exactly zero.
    """

    def __init__(self, ax):
        self._ax = ax
        one = axes.against_lag(ax, "$|\\partial S_T/\\partial S_k|$ against lag")
        self._ends = [
            ax.axhline(end, color=style.QUIET, linewidth=1, linestyle=":")
            for end in (LARGEST, SMALLEST)
        ]
        largest, self._smallest = (
            ax.text(0.02, end, words, transform=ax.get_yaxis_transform(), va=va,
                    fontsize=style.SMALL)
            for end, words, va in (
                (LARGEST, "largest double", "top"), (SMALLEST, "smallest double", "bottom")
            )
        )  # fmt: skip
        self._ends += [largest, self._smallest]
        orange = style.COLOUR["W_s"]
        points = {"color": orange, "linestyle": "none", "marker": "o", "markeredgewidth": 1.5}
        self._bound = ax.plot([], [], "--", color=style.QUIET, linewidth=2, gid="bound")[0]
        self._line = ax.plot([], [], "-", color=orange, linewidth=2, gid="flow")[0]
        self._plus = ax.plot([], [], gid="positive", **points)[0]
        self._minus = ax.plot([], [], gid="negative", markerfacecolor="white", **points)[0]
        bound = "bound (max $g_1^\\prime \\cdot |W_s|)^{lag}$"
        axes.legend_above(
            ax, [self._plus, self._minus, self._bound], ["positive", "negative", bound]
        )
        lines = [self._bound, self._line, self._plus, self._minus]
        self.live = [ax.xaxis, ax.yaxis, one, *self._ends, *lines]

    def show(self, log_flow, log_bound, is_negative):
        """The logarithms of |∂S_T/∂S_k| and of its bound by lag; where ∂S_T/∂S_k is negative."""
        lags = np.arange(len(log_flow))
        axes.set_limits(self._ax, x=(-0.02 * lags[-1], 1.02 * lags[-1]))
        axes.set_decades(self._ax, log_flow)
        is_far = self._ax.get_ylim()[1] > LARGEST
        for artist in self._ends:
            if artist.get_visible() != is_far:
                artist.set_visible(is_far)
        if is_far:  # the words stand where the line does not leave the axis
            is_steep = 2 * np.argmax(log_flow < SMALLEST) < lags[-1]
            self._smallest.set(x=0.98 if is_steep else 0.02, ha="right" if is_steep else "left")
        y = axes.leaving(log_flow)
        self._bound.set_data(lags, axes.leaving(log_bound))
        self._line.set_data(lags, y)
        for points, chosen in ((self._plus, ~is_negative), (self._minus, is_negative)):
            points.set_data(lags[chosen], y[chosen])
            points.set_markersize(np.clip(400 / len(lags), 3, 7))


class FlowMap:
    """|∂S_T/∂S_k| over W_s and lag as colours, the border at 1 as a line, and a marker at W_s.

    The colours change with `show`, the marker with `mark`, which is the quicker one.
    """

    SPAN = 6  # decades on either side of 1 that colours tell apart

    def __init__(self, ax):
        self._ax, self._scratch, self._shown = ax, Figure().add_subplot(), None
        style.dress(ax, "over $W_s$ and lag (dashed: 1)", "$W_s$", "lag $T - k$", pad=30)
        ax.yaxis.set_major_locator(MaxNLocator(6, integer=True))
        ax.grid(False)
        self._image = ax.imshow(
            np.zeros((2, 2)), cmap="cividis", vmin=-self.SPAN, vmax=self.SPAN, aspect="auto",
            origin="lower", interpolation="nearest", gid="map",
        )  # fmt: skip
        ax.autoscale(False)  # `show` sets the limits, not the image
        axes.colour_bar(ax, self._image, [-6, -3, 0, 3, 6])
        self._border = ax.add_collection(
            LineCollection([], colors="white", linewidths=2, linestyles="dashed", gid="border")
        )
        self._markers = [
            ax.plot([], [], "-", color=style.INK, linewidth=5, clip_on=False)[0],
            ax.plot([], [], "-", color="white", linewidth=2, clip_on=False, gid="mark")[0],
        ]
        self.live = [ax.yaxis, self._image, self._border, *self._markers]

    def show(self, W_s, log_flow):
        """`log_flow[lag, j]` is the logarithm of |∂S_T/∂S_k| at W_s[j]; the same again is free."""
        if log_flow is self._shown:
            return
        self._shown = log_flow
        T = len(log_flow) - 1
        seen = np.clip(log_flow, -2 * self.SPAN, 2 * self.SPAN)
        self._image.set_data(seen)
        self._image.set_extent((W_s[0], W_s[-1], -0.5, T + 0.5))
        axes.set_limits(self._ax, (W_s[0], W_s[-1]), (0, T))
        self._border.set_segments(self._where_it_is_1(W_s, seen))

    def _where_it_is_1(self, W_s, log_flow):
        """The border as a list of lines, none if there is no border."""
        if not log_flow[1:].min() < 0 < log_flow[1:].max():
            return []
        lines = self._scratch.contour(W_s, np.arange(1, len(log_flow)), log_flow[1:], [0])
        lines.remove()
        return [line for path in lines.get_paths() for line in path.to_polygons(closed_only=False)]

    def mark(self, W_s):
        """The marker at W_s."""
        for line in self._markers:
            line.set_data([W_s, W_s], self._ax.get_ylim())


class TermBars:
    """The terms of ∂E_T/∂W_s by lag T - i, as shares of the largest |term|, in near and far ones.

    With a name for them the far ones stand on grey; without one they are hollow behind a dashed
    line. One collection for all bars of a kind, whatever T is.
    """

    def __init__(self, ax, title, far=None):
        self._ax, orange = ax, style.COLOUR["W_s"]
        x, y = "lag $T - i$ (steps back)", "term / largest $|$term$|$"
        style.dress(ax, title, x, y, loc="left" if far else "center")
        ax.grid(False, axis="x")
        ax.xaxis.set_major_locator(MaxNLocator(8, integer=True))
        zero = ax.axhline(0, color=style.INK, linewidth=1)
        look = {"edgecolors": orange, "linewidths": 0 if far else 1.2, "zorder": 3}
        self._near, self._far = (
            ax.add_collection(PolyCollection([], facecolors=face, gid=gid, **look))
            for gid, face in (("near", orange), ("far", orange if far else "white"))
        )
        if far:
            self._ground = ax.axvspan(0, 1, color="#EEEEEE", zorder=0, gid="ground")
            self._name = ax.text(
                0, 1.02, far, ha="center", va="bottom", fontsize=style.TEXT, color=style.QUIET,
                transform=ax.get_xaxis_transform(),
            )  # fmt: skip
            marks = [self._ground, self._name]
        else:
            self._border = ax.plot([], [], "--", color=style.INK, linewidth=2, gid="border")[0]
            marks = [self._border]
        self.live = [ax.xaxis, ax.yaxis, zero, *marks, self._near, self._far]

    def show(self, shares, near):
        """`shares[lag]`, lag = 0..T-1, of which the first `near` belong to the near ones."""
        T, start = len(shares), near - 0.5
        axes.set_limits(self._ax, (-0.7, T - 0.3), (-1.1 if (shares < 0).any() else -0.05, 1.1))
        if hasattr(self, "_border"):
            self._border.set_data([start, start], [-1.1, 1.1])
        elif (self._ground.get_x(), self._ground.get_width()) != (start, T - near):
            self._ground.set(x=start, width=T - near)
            self._name.set_x(start + (T - near) / 2)
        bars = axes.bar_corners(np.arange(T), shares, 0.8 if T < 60 else 1)
        self._near.set_verts(bars[:near])
        self._far.set_verts(bars[near:])


class Meters:
    """Two meters: the far half's share of the terms in per cent, and the size of the total."""

    SPAN = 12  # decades on either side of 1 on the total's scale

    def __init__(self, share_ax, total_ax):
        for ax in (share_ax, total_ax):
            style.dress(ax)
            ax.set_yticks([])
            ax.set_ylim(0, 1)
            ax.spines["left"].set_visible(False)
        share_ax.set_xlim(0, 100)
        share_ax.set_xticks([0, 25, 50, 75, 100], ["0 %", "25 %", "50 %", "75 %", "100 %"])
        total_ax.set_xlim(-self.SPAN, self.SPAN)
        axes.in_powers_of_ten(total_ax.xaxis, [-12, -6, 0, 6, 12])
        self._share = share_ax.add_collection(
            PolyCollection([_bar(0)], facecolors=style.COLOUR["W_s"], zorder=3, gid="share")
        )
        self._total = total_ax.plot(
            [], [], "D", color=style.COLOUR["E"], markersize=13, clip_on=False, gid="total"
        )[0]
        self._words = [
            ax.text(0, 1.02, "", transform=ax.transAxes, fontsize=style.TEXT, va="bottom")
            for ax in (share_ax, total_ax)
        ]
        self.live = [self._share, self._total, *self._words]

    def show(self, share, total, is_too_small=False):
        """The far half's share (0..1, nan if there is none) and the total ∂E_T/∂W_s.

        `is_too_small` says that a double cannot hold the total (which then is 0).
        """
        self._share.set_verts([_bar(0 if np.isnan(share) else 100 * share)])
        self._total.set_data([np.clip(axes.log10(abs(total)), -self.SPAN, self.SPAN)], [0.5])
        said = "none" if np.isnan(share) else f"{number(100 * share)} %"
        self._words[0].set_text(f"far half's share: {said}")
        self._words[1].set_text(f"total: {'below 4.9e−324' if is_too_small else number(total)}")


def _bar(length):
    return [(0, 0.2), (0, 0.8), (length, 0.8), (length, 0.2)]


def plot_flow(ax, flows, y="$|\\partial S_T/\\partial S_k|$"):
    """|∂S_T/∂S_k| against the lag T - k on a log axis: `flows` maps a label to values by lag 0..T.

    At most four lines, each with its label at its end; `y` is the axis label.
    """
    for (label, values), look in zip(flows.items(), style.LOOKS, strict=False):
        T = len(values) - 1
        ax.semilogy(np.arange(T + 1), values, linewidth=2.5, **look)
        ax.annotate(f" {label}", (T, values[-1]), fontsize=style.TEXT, color=look["color"],
                    weight="bold", va="center", annotation_clip=False)  # fmt: skip
    style.dress(ax, x="lag $T - k$ (steps back)", y=y)
    ax.set_xlim(0, T)


def plot_slopes(ax, activations, a):
    """g_1'(a), one curve for each of the `activations` (at most four), with its name beside it."""
    looks = [{"color": style.INK}, *style.LOOKS]
    for g, look in zip(activations, looks, strict=False):
        ax.plot(a, g.derivative(a), linewidth=2.5, label=g.name, **look)
    style.dress(ax, "The slope $g_1^\\prime(a)$", "$a$", "$g_1^\\prime(a)$")
    ax.set_ylim(-0.05, 1.15)
    axes.legend_beside(ax)


def plot_powers(ax, T, W_s, peaks):
    """dS_T/dW_s = T · W_s^(T-1) against T, one curve for each W_s, its top marked.

    `T` are numbers of steps, `W_s` at most four numbers, `peaks[j]` the T at which curve j is
    largest.
    """
    for w, peak, look in zip(W_s, peaks, style.LOOKS, strict=False):
        label = f"$W_s$ = {number(w)}: top at T = {peak:.1f}"
        ax.plot(T, T * w ** (T - 1.0), linewidth=2.5, label=label, **look)
        ax.plot([peak], [peak * w ** (peak - 1.0)], "o", color=look["color"], markersize=10)
    style.dress(ax, "$dS_T/dW_s = T \\cdot W_s^{T-1}$", "number of steps $T$")
    ax.set_ylim(0, 1.1 * ax.dataLim.y1)
    ax.legend(fontsize=style.TEXT, frameon=False, reverse=True)

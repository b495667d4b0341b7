"""Figures of notebook 07: |∂S_T/∂S_k| against lag, over W_s and lag, and the terms of ∂E_T/∂W_s."""

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.ticker import MaxNLocator

from bptt_course.figures import axes, style
from bptt_course.words import number


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

"""Figures of notebook 07: |∂S_T/∂S_k| against lag, over W_s and lag, and the terms of ∂E_T/∂W_s."""

import numpy as np

from bptt_course.figures import axes, style
from bptt_course.words import number


@style.plain
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


@style.plain
def plot_slopes(ax, activations, a):
    """g_1'(a), one curve for each of the `activations` (at most four), with its name beside it."""
    looks = [{"color": style.INK}, *style.LOOKS]
    for g, look in zip(activations, looks, strict=False):
        ax.plot(a, g.derivative(a), linewidth=2.5, label=g.name, **look)
    style.dress(ax, "The slope $g_1^\\prime(a)$", "$a$", "$g_1^\\prime(a)$")
    ax.set_ylim(-0.05, 1.15)
    axes.legend_beside(ax)


@style.plain
def plot_powers(ax, T, W_s, peaks):
    """dS_T/dW_s = T · W_s^(T-1) against T, one curve for each W_s, its top marked.

    `T` are numbers of steps, `W_s` at most four numbers, `peaks[j]` the T of the top of curve j.
    """
    for w, peak, look in zip(W_s, peaks, style.LOOKS, strict=False):
        label = f"$W_s$ = {number(w)}: top at T = {peak:.1f}"
        ax.plot(T, T * w ** (T - 1.0), linewidth=2.5, label=label, **look)
        ax.plot([peak], [peak * w ** (peak - 1.0)], "o", color=look["color"], markersize=10)
    style.dress(ax, "$dS_T/dW_s = T \\cdot W_s^{T-1}$", "number of steps $T$")
    ax.set_ylim(0, 1.1 * ax.dataLim.y1)
    ax.legend(fontsize=style.TEXT, frameon=False, reverse=True)

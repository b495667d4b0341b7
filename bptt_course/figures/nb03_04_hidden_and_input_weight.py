"""Figures of notebooks 03 and 04: the sum over the paths, its terms, and how often each counts."""

import numpy as np
from matplotlib.collections import PolyCollection

from bptt_course.figures import axes, style
from bptt_course.words import in_product, in_sum, number


class SumOfTerms:
    """∂E_T/∂W = term 1 + ... + term T: a bar for each term and one for their sum, with its number.

    `weight` is "W_s" or "W_x". The y axis follows in steps of 1, 3, 10, ...: seldom, so that a bar
    is seen to grow.
    """

    def __init__(self, ax, weight, T=3):
        self._ax, self._places = ax, np.array([*range(1, T + 1), T + 1.5])
        style.dress(ax, f"The {T} terms of $∂E_{T}/∂{weight}$ and their sum")
        ax.set_ylabel(f"part of $∂E_{T}/∂{weight}$", fontsize=style.LARGE)  # a subscript is 0.7
        ax.set_xlim(0.4, T + 2.1)
        ax.set_xticks(self._places, [*(f"i = {i}" for i in range(1, T + 1)), "sum"])
        ax.tick_params(axis="x", labelsize=style.TEXT, length=0)
        ax.grid(False, axis="x")
        axes.keep_room(ax.yaxis)
        colours = [style.COLOUR[weight]] * T + [style.COLOUR["E"]]
        bars = PolyCollection([], facecolors=colours, zorder=3, gid="terms")
        self._bars = ax.add_collection(bars)
        look = {"ha": "center", "fontsize": style.TEXT, "weight": "bold", "zorder": 4}
        self._texts = [ax.text(x, 0, "", **look) for x in self._places]
        ground = ax.axhline(0, color=style.INK, linewidth=1)
        self.live = [ground, self._bars, *self._texts, ax.yaxis]

    def show(self, terms):
        """The T terms, i = 1 first; one that is not finite has no bar, and its number says so."""
        heights = np.array([*terms, sum(terms)])
        drawn = np.where(np.isfinite(heights), heights, 0)
        limit = axes.round_limit(heights, steps=(1, 3, 10))
        axes.set_limits(self._ax, y=(-limit if (heights < 0).any() else -0.1 * limit, limit))
        self._bars.set_verts(axes.bar_corners(self._places, drawn, 0.62))
        for text, height, end in zip(self._texts, heights, drawn, strict=True):
            text.set_text(number(height))
            text.set_y(end + 0.03 * (limit if end >= 0 else -limit))
            text.set_verticalalignment("bottom" if end >= 0 else "top")


def plot_counts(ax, terms, counts, labels):
    """Σ_i counts_i · term_i as a row of blocks: how often each path is counted, one row a way.

    `terms` are T positive terms; `counts` holds one sequence of T whole numbers a row, `labels` the
    rows' names.
    """
    T = len(terms)
    shades = ["#F4B183", "#E07B28", style.COLOUR["W_s"]]
    for row, count in enumerate(counts):
        left = 0
        for i, (term, times) in enumerate(zip(terms, count, strict=True)):
            for _ in range(times):
                ax.barh(-row, term, left=left, height=0.6, color=shades[i % 3], edgecolor="white")
                ax.text(left + term / 2, -row, f"{number(term)}", ha="center", va="center",
                        fontsize=style.TEXT)  # fmt: skip
                left += term
        ax.text(left + 0.4, -row, f"= {number(left)}", va="center", fontsize=style.LARGE,
                weight="bold")  # fmt: skip
    style.dress(
        ax, x=f"sum of the blocks, one block for each time that a path is counted (i = 1..{T})"
    )
    ax.set_yticks([-row for row in range(len(labels))], labels, fontsize=style.LARGE)
    ax.tick_params(axis="y", length=0)
    ax.grid(False, axis="y")


FORMULA = 14.5  # points; a subscript is 0.7 of that


class PathSum:
    """∂E_3/∂W as a sum over i = 3, 2, 1: a formula a row, its numbers beside it, the sum below."""

    def __init__(self, ax, weight):
        ax.axis("off")
        ax.set_xlim(0, 1)
        ax.set_ylim(0, 4)
        colour = style.COLOUR[weight]
        self._numbers, self._marks = {}, {}
        for row, i in zip((3.5, 2.5, 1.5), (3, 2, 1), strict=True):
            ax.text(0.03, row, f"$i = {i}$", va="center", fontsize=style.LARGE)
            ax.text(0.13, row, _chain_formula(weight, i), va="center", fontsize=FORMULA)
            self._numbers[i] = ax.text(0.39, row, "", va="center", fontsize=style.SMALL + 1)
            self._marks[i] = ax.plot([], [], ">", markersize=10, color=colour)[0]
            self._marks[i].set_data([0.01], [row])
        slope = rf"$\dfrac{{\partial E_3}}{{\partial {weight}}}$"
        ax.text(0.13, 0.45, slope, va="center", fontsize=FORMULA)
        self._sum = ax.text(0.21, 0.45, "", va="center", fontsize=style.LARGE, weight="bold")
        self.live = [*self._numbers.values(), *self._marks.values(), self._sum]

    def show(self, factors, terms, down_to, is_done):
        """The numbers of the paths i = 3 down to `down_to`, and the sum of their terms so far.

        `factors[i]` are the factors of term i, `terms[i]` is their product.
        """
        for i, text in self._numbers.items():
            product = " · ".join(in_product(value) for value in factors[i])
            text.set_text(f"= {product} = {number(terms[i])}" if i >= down_to else "")
            self._marks[i].set_visible(i == down_to and not is_done)
        so_far = [terms[i] for i in (3, 2, 1) if i >= down_to]
        end = "" if is_done else "   so far"
        total = f" = {number(sum(so_far))}" if len(so_far) > 1 else ""
        self._sum.set_text(f"= {in_sum(so_far)}{total}{end}")


def _chain_formula(weight, i):
    def slope(above, below):
        return rf"\dfrac{{{above}}}{{{below}}}"

    through = [slope(rf"\partial S_{j}", rf"\partial S_{j - 1}") for j in range(3, i, -1)]
    factors = [
        slope(r"\partial E_3", r"\partial Y_3"),
        slope(r"\partial Y_3", r"\partial S_3"),
        *through,
        slope(rf"\partial^+ S_{i}", rf"\partial {weight}"),
    ]
    return "$" + r"\,".join(factors) + "$"

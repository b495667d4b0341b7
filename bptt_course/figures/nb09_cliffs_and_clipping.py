"""Figures of notebook 09: the cliff, the paths over it, and clipped arrows."""

import numpy as np

from bptt_course.figures import axes, style

LEVELS = [0, 0.001, 0.005, 0.01, 0.03, 0.06, 0.1, 0.2, 0.3, 0.4, 0.5]


def plot_cliff(ax, W_s, W_x, E):
    """The error surface E[j, i] over W_x[j], W_s[i] as a relief; `ax` has projection="3d"."""
    ax.plot_surface(*np.meshgrid(W_s, W_x), E, cmap="cividis_r", rcount=200, ccount=200,
                    linewidth=0, antialiased=False)  # fmt: skip
    ax.view_init(elev=32, azim=62)
    ax.set_box_aspect((1.2, 1, 0.6), zoom=1.15)
    ax.set_xlabel("$W_s$", fontsize=style.LARGE, labelpad=6)
    ax.set_ylabel("$W_x$", fontsize=style.LARGE, labelpad=6)
    ax.set_zlabel("$E_{50}$", fontsize=style.LARGE, labelpad=2)
    ax.set_xticks([4, 4.4, 4.8, 5.2])
    ax.set_yticks([-2.6, -2.2, -1.8])
    ax.set_zticks([0, 0.2, 0.4])
    ax.tick_params(labelsize=style.SMALL)


def plot_cuts(ax, W_x, cuts):
    """E_T over W_x, one curve for each T: `cuts` maps T to the errors, at most four."""
    for (T, E), look in zip(cuts.items(), reversed(style.LOOKS[: len(cuts)]), strict=True):
        ax.plot(W_x, E, linewidth=2.5, label=f"$T$ = {T}", **look)
    style.dress(ax, x="$W_x$", y="$E_T$")
    ax.set_xlim(W_x[0], W_x[-1])
    ax.legend(fontsize=style.TEXT, frameon=False)


class CliffMap:
    """Two descents over the cliff seen from above, one of them clipped; their E and ‖∂E/∂W‖."""

    LOOKS = (
        ("plain", "W_y", {"linestyle": "--", "marker": "s", "markersize": 7, "mfc": "white"}),
        ("clipped", "W_s", {"linestyle": "-", "marker": "o", "markersize": 4.5}),
    )

    def __init__(self, left, top, bottom, W_s, W_x, E, wall, steps):
        """`E[j, i]` is the error at W_x[j], W_s[i], `wall` the line (W_s, W_x) of the wall.

        `steps` is the most that a path may have.
        """
        _draw_map(left, W_s, W_x, E, wall)
        _draw_decades(top, "$E_{50}$ after each step", steps, -6, 0)
        title = r"$\Vert\partial E_{50}/\partial W\Vert$ at each step"
        _draw_decades(bottom, title, steps, -4, 6)
        top.tick_params(labelbottom=False)
        bottom.set_xlabel("step", fontsize=style.TEXT)
        self._paths = [
            [
                ax.plot(
                    [], [], color=style.COLOUR[key], linewidth=1.8, gid=f"{name} {what}", **look
                )[0]
                for ax, what in ((left, "path"), (top, "E"), (bottom, "norms"))
            ]
            for name, key, look in self.LOOKS
        ]
        self._start = left.plot([], [], "s", mfc="none", mec=style.INK, mew=2, ms=15)[0]
        self._limit = bottom.plot([], [], ":", color=style.INK, linewidth=2, gid="threshold")[0]
        lines = [*(path for path, _, _ in self._paths), self._limit]
        labels = ["plain", "clipped", "threshold $c$"]
        axes.legend_above(left, lines, labels, loc="lower center", bbox_to_anchor=(0.5, 1))
        self.live = [*self._paths[0], *self._paths[1], self._start, self._limit]

    def show(self, plain, clipped, threshold):
        """Two `cliff.Path`s up to the same step, and the threshold of clipping."""
        for (path, E, norms), data in zip(self._paths, (plain, clipped), strict=True):
            step = np.arange(len(data.E))
            path.set_data(data.W_s, data.W_x)
            E.set_data(step, axes.leaving(axes.log10(data.E)))
            norms.set_data(step, axes.leaving(axes.log10(data.norms)))
        self._start.set_data(plain.W_s[:1], plain.W_x[:1])
        self._limit.set_data([-10, 1000], np.log10([threshold, threshold]))


def _draw_map(ax, W_s, W_x, E, wall):
    ax.contourf(W_s, W_x, E, LEVELS, cmap="cividis_r", alpha=0.55)
    lines = ax.contour(W_s, W_x, E, LEVELS[1:], colors=style.QUIET, linewidths=0.7)
    ax.clabel(lines, fontsize=10, fmt="%g", manual=[(5.0, -1.92), (4.1, -2.31)])
    ax.plot(*wall, "-", color=style.INK, linewidth=2.5)
    look = {"fontsize": style.TEXT, "weight": "bold", "rotation": -36, "ha": "center"}
    ax.annotate("wall", (4.88, -2.70), **look)
    style.dress(ax, "$E_{50}$ from above", "$W_s$", "$W_x$", pad=26)  # above the legend
    axes.set_limits(ax, (W_s[0], W_s[-1]), (W_x[0], W_x[-1]))
    ax.grid(False)


def _draw_decades(ax, title, steps, low, high):
    """Axes over the steps, with decimal logarithms from `low` to `high`."""
    style.dress(ax, title)
    axes.set_limits(ax, (-0.02 * steps, 1.02 * steps), (low, high))
    axes.in_powers_of_ten(ax.yaxis, np.arange(low, high + 1, 2))


class ClippedArrows:
    """A gradient of two entries as an arrow, clipped by norm (a circle) and by value (a square)."""

    SQUARE = np.array([1 + 1j, -1 + 1j, -1 - 1j, 1 - 1j, 1 + 1j])

    def __init__(self, ax, words, reach=3.4):
        style.dress(ax, x=r"$\partial E/\partial W_s$", y=r"$\partial E/\partial W_x$")
        ax.set_aspect("equal")
        ax.set_xlim(-reach, reach)
        ax.set_ylim(-reach, reach)
        ax.axhline(0, color=style.INK, linewidth=0.8)
        ax.axvline(0, color=style.INK, linewidth=0.8)
        looks = (
            ("gradient", style.INK, "-", 2.5, 5),
            ("by norm", style.COLOUR["W_s"], "-", 5, 4),
            ("by value", style.COLOUR["W_y"], "--", 3.5, 6),
        )
        self._arrows = [
            (ax.plot([], [], dashes, color=colour, linewidth=width, zorder=z, gid=name)[0],
             ax.plot([], [], color=colour, markersize=14, zorder=z)[0])
            for name, colour, dashes, width, z in looks
        ]  # fmt: skip
        thin = {"linewidth": 1.2}
        self._circle = ax.plot([], [], "-", color=style.COLOUR["W_s"], gid="circle", **thin)[0]
        self._square = ax.plot([], [], "--", color=style.COLOUR["W_y"], gid="square", **thin)[0]
        words.axis("off")
        self._words = [
            words.text(0, y, "", fontsize=style.LARGE, color=colour, va="center", linespacing=1.4)
            for y, (_, colour, *_) in zip((0.85, 0.5, 0.15), looks, strict=True)
        ]
        tips = [artist for arrow in self._arrows for artist in arrow]
        self.live = [self._circle, self._square, *tips, *self._words]

    def show(self, arrows, words, threshold):
        """The gradient, clipped by norm and by value: three pairs `arrows`, three texts `words`."""
        for (shaft, tip), (x, y) in zip(self._arrows, arrows, strict=True):
            shaft.set_data([0, x], [0, y])
            length = np.hypot(x, y) or 1
            back = 0.12 * x / length, 0.12 * y / length  # so that the head ends at (x, y)
            tip.set_data([x - back[0]], [y - back[1]])
            tip.set_marker((3, 0, np.degrees(np.arctan2(y, x)) - 90))
        for text, said in zip(self._words, words, strict=True):
            text.set_text(said)
        for line, shape in ((self._circle, axes.CIRCLE), (self._square, self.SQUARE)):
            line.set_data(threshold * shape.real, threshold * shape.imag)

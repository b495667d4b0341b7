"""Figures of notebook 09: the cliff, the paths over it, and clipped arrows."""

import numpy as np

from bptt_course.figures import axes, style
from bptt_course.figures.stage import px, words

LEVELS = [0, 0.001, 0.005, 0.01, 0.03, 0.06, 0.1, 0.2, 0.3, 0.4, 0.5]


@style.plain
def plot_cliff(ax, W_s, W_x, E):
    """The error surface E[j, i] over W_x[j], W_s[i] as a relief; `ax` has projection="3d".

    The mesh has even steps along each cut through the surface, up the wall as over the plateaus: a
    mesh even in W_x would stride across the wall, and show stripes in its place.
    """
    W_s, E = W_s[::3], E[:, ::3]
    cuts = np.hypot(np.diff(W_x)[:, None], 3 * np.diff(E, axis=0))
    along = np.cumsum(np.vstack([np.zeros(len(W_s)), cuts]), axis=0)
    shares = np.linspace(0, 1, 121)
    mesh = [[np.interp(shares * way[-1], way, z) for way, z in zip(along.T, of, strict=True)]
            for of in (np.broadcast_to(W_x, E.T.shape), E.T)]  # fmt: skip
    x, (y, z) = np.broadcast_to(W_s, (len(shares), len(W_s))), np.transpose(mesh, (0, 2, 1))
    ax.plot_surface(x, y, z, cmap="cividis_r", rstride=1, cstride=1,
                    linewidth=0, antialiased=False, shade=False)  # fmt: skip
    ax.plot_wireframe(x, y, z, rstride=0, cstride=8, color=style.QUIET, lw=0.8)
    ax.view_init(elev=32, azim=62)
    ax.set_box_aspect((1.2, 1, 0.6), zoom=1.15)
    ax.set_xlabel("$W_s$", fontsize=style.LARGE, labelpad=6)
    ax.set_ylabel("$W_x$", fontsize=style.LARGE, labelpad=6)
    ax.set_zlabel("$E_{50}$", fontsize=style.LARGE, labelpad=2)
    ax.set_xticks([4, 4.4, 4.8, 5.2])
    ax.set_yticks([-2.6, -2.2, -1.8])
    ax.set_zticks([0, 0.2, 0.4])
    for axis in (ax.xaxis, ax.yaxis, ax.zaxis):
        axis.line.set_color(style.INK)
        axis._axinfo["grid"]["color"] = "#B0B0B0"  # there is no public way
        axis.get_major_ticks()
    ax.tick_params(labelsize=style.SMALL)


@style.plain
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

    def __init__(self, left, right, W_s, W_x, E, wall, steps):
        """`E[j, i]` is the error at W_x[j], W_s[i], `wall` the line (W_s, W_x) of the wall.

        `steps` is the most that a path may have.
        """
        _draw_map(left, W_s, W_x, E, wall)
        top, bottom = _halves(right)
        self._exits = []
        norms = r"length of the gradient, $\Vert\partial E_{50}/\partial W\Vert$"
        for ax, title, ends in ((top, "error $E_{50}$", (-6, 0)), (bottom, norms, (-4, 6))):
            _draw_decades(ax, title, steps, *ends)
            self._exits.append(axes.Exits(ax, *ends, name=title.split()[0]))
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
        self._leaves = [
            left.plot([], [], ls="none", ms=px(18), clip_on=False, color=style.COLOUR[key],
                      gid=f"{name} leaves")[0] for name, key, _ in self.LOOKS
        ]  # fmt: skip
        self._limit = bottom.plot([], [], ":", color=style.INK, linewidth=2, gid="threshold")[0]
        lines = [*(path for path, _, _ in self._paths), self._limit]
        labels = ["plain", "clipped", "threshold $c$"]
        axes.legend_above(left, lines, labels, bbox_to_anchor=(-0.03, 0.99), columnspacing=0.7)
        exits = [artist for exits in self._exits for artist in exits.live]
        self.live = [
            *self._paths[0], *self._paths[1], self._start, self._limit, *self._leaves, *exits
        ]  # fmt: skip

    def show(self, plain, clipped, threshold):
        """Two `cliff.Path`s up to the same step, and the threshold of clipping."""
        for (path, E, norms), data in zip(self._paths, (plain, clipped), strict=True):
            step = np.arange(len(data.E))
            path.set_data(data.W_s, data.W_x)
            E.set_data(step, axes.leaving(axes.log10(data.E)))
            norms.set_data(step, axes.leaving(axes.log10(data.norms)))
        for k, exits in enumerate(self._exits):
            values = [axes.leaving(axes.log10((d.E, d.norms)[k])) for d in (plain, clipped)]
            exits.show(np.arange(len(plain.E)), values)
        for tip, data in zip(self._leaves, (plain, clipped), strict=True):
            x, y, turn = _way_out(tip.axes, data.W_s, data.W_x)
            tip.set_data(x, y)
            tip.set_marker((3, 0, turn))
        self._start.set_data(plain.W_s[:1], plain.W_x[:1])
        self._limit.set_data([-10, 1000], np.log10([threshold, threshold]))


def _way_out(ax, x, y):
    """Where a path first leaves `ax`, as ([x], [y]), and the turn of an arrowhead there."""
    places = ax.transAxes.inverted().transform(ax.transData.transform(np.column_stack([x, y])))
    out = np.flatnonzero((np.abs(places - 0.5) > 0.5).any(axis=1))
    if not len(out) or out[0] == 0:
        return [], [], 0
    a, b = places[out[0] - 1], places[out[0]]
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.where(b > a, (0.985 - a) / (b - a), (0.015 - a) / (b - a))
    tip = a + np.clip(np.nanmin(shares), 0, 1) * (b - a)
    way = (b - a) * ax.bbox.size
    (x, y), turn = ax.transAxes.transform(tip), np.degrees(np.arctan2(way[1], way[0])) - 90
    x, y = ax.transData.inverted().transform((x, y))
    return [x], [y], turn


def _halves(ax):
    """The upper half of `ax` as axes, and the lower one, with room between them for a title."""
    box, room = ax.get_position(), 40 / (100 * ax.figure.get_figheight())
    half = (box.height - room) / 2
    ax.set_position((box.x0, box.y0 + half + room, box.width, half))
    return ax, ax.figure.add_axes((box.x0, box.y0, box.width, half))


def _draw_map(ax, W_s, W_x, E, wall):
    ax.contourf(W_s, W_x, E, LEVELS, cmap="cividis_r", alpha=0.55)
    lines = ax.contour(W_s, W_x, E, LEVELS[1:], colors=style.QUIET, linewidths=0.7)
    ax.clabel(lines, fontsize=10, fmt="%g", manual=[(5.0, -1.92), (4.1, -2.31)])
    ax.plot(*wall, "-", color=style.INK, linewidth=2.5)
    look = {"fontsize": style.TEXT, "weight": "bold", "rotation": -36, "ha": "center"}
    ax.annotate("wall", (4.88, -2.70), **look)
    style.dress(ax, "", "$W_s$", "$W_x$")
    axes.set_limits(ax, (W_s[0], W_s[-1]), (W_x[0], W_x[-1]))
    ax.grid(False)


def _draw_decades(ax, title, steps, low, high):
    """Axes over the steps, with decimal logarithms from `low` to `high`."""
    style.dress(ax)
    words(ax, 0, 1 + 14 / ax.bbox.height, title, 14, transform=ax.transAxes)
    axes.set_limits(ax, (-0.02 * steps, 1.02 * steps), (low, high))
    axes.in_powers_of_ten(ax.yaxis, np.arange(low, high + 1, (high - low) // 2))


class ClippedArrows:
    """A gradient of two entries as an arrow, clipped by norm (a circle) and by value (a square)."""

    SQUARE = np.array([1 + 1j, -1 + 1j, -1 - 1j, 1 - 1j, 1 + 1j])

    def __init__(self, ax, beside, reach=3.4):
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
        beside.axis("off")
        self._words = [
            words(beside, 0, y, size=16, color=colour, linespacing=1.4)
            for y, (_, colour, *_) in zip((0.85, 0.5, 0.15), looks, strict=True)
        ]
        tips = [artist for arrow in self._arrows for artist in arrow]
        self.live = [self._circle, self._square, *tips, *self._words]

    def show(self, arrows, words, threshold):
        """The gradient, clipped by norm and by value: three pairs `arrows`, three texts `words`."""
        for (shaft, tip), (x, y) in zip(self._arrows, arrows, strict=True):
            shaft.set_data([0, x], [0, y])
            length = np.hypot(x, y) or 1
            tip.set_visible(bool(x or y))
            back = 0.12 * x / length, 0.12 * y / length  # so that the head ends at (x, y)
            tip.set_data([x - back[0]], [y - back[1]])
            tip.set_marker((3, 0, np.degrees(np.arctan2(y, x)) - 90))
        for text, said in zip(self._words, words, strict=True):
            text.set_text(said)
        for line, shape in ((self._circle, axes.CIRCLE), (self._square, self.SQUARE)):
            line.set_data(threshold * shape.real, threshold * shape.imag)

"""Figures of notebook 09: the cliff, the paths over it, and clipped arrows."""

import numpy as np

from bptt_course.figures import axes, style
from bptt_course.figures.stage import Word, Words, points, px

ORANGE, BLUE = style.COLOUR["W_s"], style.COLOUR["W_y"]
PATHS = {
    "plain": {"color": BLUE, "ls": "--", "marker": "s", "ms": 7, "mfc": "white"},
    "clipped": {"color": ORANGE, "ls": "-", "marker": "o", "ms": 4.5},
}
ARROWS = (  # name, colour, line, width, zorder, and where the words beside it are
    ("gradient", style.INK, "-", 2.5, 5, 0.9),
    ("by norm", ORANGE, "-", 5, 4, 0.55),
    ("by value", BLUE, "--", 3.5, 6, 0.2),
)
SQUARE = np.array([1 + 1j, -1 + 1j, -1 - 1j, 1 - 1j, 1 + 1j])
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
    ax.set(xticks=[4, 4.4, 4.8, 5.2], yticks=[-2.6, -2.2, -1.8], zticks=[0, 0.2, 0.4])
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

    def __init__(self, left, right, W_s, W_x, E, wall, steps):
        """`E[j, i]` is the error at W_x[j], W_s[i], `wall` a line; paths have at most `steps`."""
        self.live = live = axes.Live()
        _draw_map(left, W_s, W_x, E, wall)
        box, room = right.get_position(), 40 / right.figure.bbox.height  # for a title between
        half = (box.height - room) / 2
        right.set_position((box.x0, box.y0 + half + room, box.width, half))
        top, bottom = right, right.figure.add_axes((box.x0, box.y0, box.width, half))
        norms = r"length of the gradient, $\Vert\partial E_{50}/\partial W\Vert$"
        self._decades = []
        for ax, title, ends in ((top, "error $E_{50}$", (-6, 0)), (bottom, norms, (-4, 4))):
            style.dress(ax)
            axes.caption(ax, title)
            ax.set_xlim(-0.02 * steps, 1.02 * steps)
            half = (ends[1] - ends[0]) // 2
            self._decades.append(axes.Decades(ax, live, *ends, half, title.split()[0]))
        top.tick_params(labelbottom=False)
        bottom.set_xlabel("step", fontsize=style.TEXT)
        self._paths, *self._courses = (
            [live.line(ax, lw=1.8, gid=f"{name} {what}", **look) for name, look in PATHS.items()]
            for ax, what in ((left, "path"), (top, "E"), (bottom, "norms"))
        )
        self._start = live.line(left, "s", mfc="none", mec=style.INK, mew=2, ms=15)
        look = {"ls": "none", "ms": px(18), "clip_on": False}
        looks = {f"{name} leaves": {"color": own["color"], **look} for name, own in PATHS.items()}
        self._leaves = [live.line(left, gid=name, **own) for name, own in looks.items()]
        self._limit = live.line(bottom, ":", color=style.INK, lw=2, gid="threshold")
        lines, labels = [*self._paths, self._limit], [*PATHS, "threshold $c$"]
        axes.legend_above(left, lines, labels, bbox_to_anchor=(-0.03, 0.99), columnspacing=0.7)

    def show(self, plain, clipped, threshold):
        """Two `cliff.Path`s up to the same step, and the threshold of clipping."""
        step = np.arange(len(plain.E))
        for line, tip, path in zip(self._paths, self._leaves, (plain, clipped), strict=True):
            line.set_data(path.W_s, path.W_x)
            x, y, turn = _way_out(line.axes, path.W_s, path.W_x)
            tip.set_marker((3, 0, turn))
            points(tip, x, y)
        for decades, lines, what in zip(self._decades, self._courses, ("E", "norms"), strict=True):
            logs = [axes.log10(getattr(path, what)) for path in (plain, clipped)]
            decades.draw(step, *zip(lines, logs, strict=True))
        self._start.set_data(plain.W_s[:1], plain.W_x[:1])
        self._limit.set_data([-10, 1000], np.log10([threshold, threshold]))


def _way_out(ax, x, y):
    """Where a path first leaves `ax`, as ([x], [y]), and the turn of an arrowhead there."""
    box = np.transpose([ax.get_xlim(), ax.get_ylim()])
    places = (np.column_stack([x, y]) - box[0]) / np.ptp(box, axis=0)
    out = np.flatnonzero((np.abs(places - 0.5) > 0.5).any(axis=1))
    if not len(out) or out[0] == 0:
        return [], [], 0
    way = places[out[0]] - places[out[0] - 1]
    along = places[out[0] - 1] + np.linspace(0, 1, 2001)[:, None] * way
    last = along[(np.abs(along - 0.5) < 0.485).all(axis=1)][-1:]
    right, up = way * ax.bbox.size
    return *(box[0] + np.ptp(box, axis=0) * last).T, np.degrees(np.arctan2(up, right)) - 90


def _draw_map(ax, W_s, W_x, E, wall):
    ax.contourf(W_s, W_x, E, LEVELS, cmap="cividis_r", alpha=0.55)
    lines = ax.contour(W_s, W_x, E, LEVELS[1:], colors=style.QUIET, linewidths=0.7)
    ax.clabel(lines, fontsize=10, fmt="%g", manual=[(5.0, -1.92), (4.1, -2.31)])
    ax.plot(*wall, "-", color=style.INK, linewidth=2.5)
    ax.text(4.88, -2.7, "wall", size=style.TEXT, weight="bold", rotation=-36, ha="center")
    style.dress(ax, "", "$W_s$", "$W_x$")
    ax.set(xlim=(W_s[0], W_s[-1]), ylim=(W_x[0], W_x[-1]))
    ax.grid(False)


class ClippedArrows:
    """A gradient of two entries as an arrow, clipped by norm (a circle) and by value (a square)."""

    def __init__(self, ax, beside, reach=3.4):
        self.live = live = axes.Live()
        style.dress(ax, x=r"$\partial E/\partial W_s$", y=r"$\partial E/\partial W_x$")
        ax.set_aspect("equal")
        ax.set(xlim=(-reach, reach), ylim=(-reach, reach))
        ax.axhline(0, color=style.INK, linewidth=0.8)
        ax.axvline(0, color=style.INK, linewidth=0.8)
        beside.axis("off")
        self._arrows = [
            (live.line(ax, dashes, color=ink, lw=width, zorder=z, gid=name),
             live.line(ax, color=ink, ms=14, zorder=z))
            for name, ink, dashes, width, z, _ in ARROWS
        ]  # fmt: skip
        self._said = live.add(Words(beside, gid="said"))
        self._limits = (
            (live.line(ax, color=ORANGE, lw=1.2, gid="circle"), axes.CIRCLE),
            (live.line(ax, "--", color=BLUE, lw=1.2, gid="square"), SQUARE),
        )

    def show(self, arrows, said, threshold):
        """The gradient, clipped by norm and by value: pairs `arrows`, two lines each in `said`."""
        for (shaft, tip), (x, y) in zip(self._arrows, arrows, strict=True):
            shaft.set_data([0, x], [0, y])
            back = 0.12 / (np.hypot(x, y) or np.inf)  # so that the head ends at (x, y)
            turn = np.degrees(np.arctan2(y, x)) - 90
            place = [x - back * x], [y - back * y]
            tip.set(data=place, marker=(3, 0, turn), visible=bool(x or y))
        line = 22 / self._said.axes.bbox.height
        self._said.show([
            Word(0, y - k * line, text, 16, ink, "left")
            for (_, ink, *_, y), texts in zip(ARROWS, said, strict=True)
            for k, text in enumerate(texts)
        ])  # fmt: skip
        for line, shape in self._limits:
            line.set_data(threshold * shape.real, threshold * shape.imag)

"""The figure of notebook 02: the error over the output weight, as a slope to walk down."""

import numpy as np
from matplotlib.collections import LineCollection

from bptt_course.figures import style
from bptt_course.figures.stage import change, px, words
from bptt_course.words import number

LOW, HIGH = 0.0, 3.5  # of W_y, the slider's axis
LEFT, RIGHT = 74, 26  # pixels from the picture's rims to LOW and HIGH
FOOT, HEAD = 46, 30  # pixels below E = 0 and above the scale's end
TOPS = (9, 60)  # ends of the scale of E: a slope of 7 is steep on the first


class Descent:
    """E_3 over W_y on a stage that stays: a point, its tangent, its slope triangle, its trail.

    The triangle runs 1 to the right, so that its rise is the slope. What lies beyond the scale is
    marked by an arrowhead at the rim.
    """

    def __init__(self, stage, grid):
        self._grid, self._unit = grid, (stage.width - LEFT - RIGHT) / (HIGH - LOW)
        self._height, self._width = stage.height - FOOT - HEAD, stage.width
        self._top, self._seen = TOPS[0], None
        margin = stage.axes(0, 0, LEFT, stage.height)
        self._scale = [words(margin, LEFT - 14, 0, size=14, ha="right") for _ in range(4)]
        words(margin, 8, stage.height - 12, "$E_3$", 18, color=style.COLOUR["E"])
        self._draw_ground(stage)
        ax = stage.axes(0, 0, stage.width, stage.height)
        blue, look = style.COLOUR["W_y"], {"solid_capstyle": "round"}
        self._curve = ax.plot([], [], color=style.COLOUR["E"], lw=px(4), gid="curve")[0]
        self._plumb = ax.plot([], [], ":", color=style.QUIET, lw=px(2))[0]
        self._tangent = ax.plot([], [], "--", color=blue, lw=px(2.5), gid="tangent")[0]
        self._run = ax.plot([], [], color=style.INK, lw=px(3), gid="run", **look)[0]
        self._rise = ax.plot([], [], color=blue, lw=px(6), gid="rise", **look)[0]
        self._trail = ax.add_collection(
            LineCollection([], colors=style.INK, linewidths=px(2), zorder=3)
        )
        dots = {"ls": "none", "marker": "o", "mec": style.INK, "mew": px(2)}
        self._former = ax.plot([], [], mfc="white", ms=px(11), gid="trail", zorder=3, **dots)[0]
        self._point = ax.plot([], [], mfc=blue, ms=px(16), gid="point", zorder=4, **dots)[0]
        self._exits = ax.plot([], [], "^", ms=px(14), color=style.LOUD, gid="exits", zorder=4)[0]
        paper = {"facecolor": "white", "edgecolor": "none", "pad": px(1.5), "alpha": 0.85}
        bold = {"weight": "bold", "zorder": 5}
        self._run_words = words(ax, 0, 0, "run 1", 14, ha="center", zorder=5, bbox=paper)
        self._rise_words = words(ax, 0, 0, size=16, color=blue, bbox=paper, **bold)
        self._beyond = words(ax, 0, 0, size=14, color=style.LOUD, **bold)
        self._value = words(ax, 0, FOOT - 21, size=17, color=blue, ha="center", **bold)
        self._triangle = [self._tangent, self._run, self._rise, self._run_words, self._rise_words]
        self.live = [
            *self._scale, *self._ticks.values(), self._curve, self._plumb, *self._triangle,
            self._trail, self._former, self._point, self._exits, self._beyond, self._value,
        ]  # fmt: skip

    def _draw_ground(self, stage):
        ground = stage.axes(0, 0, stage.width, stage.height)
        for y in self._height * np.arange(4) / 3:
            ink = style.FAINT if y else style.QUIET
            ground.plot([LEFT, stage.width - RIGHT], [FOOT + y] * 2, color=ink, lw=px(1.5))
        self._ticks = {
            W_y: words(ground, self._at(W_y, 0)[0], FOOT - 21, number(W_y), 14, ha="center")
            for W_y in (0, 1, 2, 3)
        }
        words(ground, 8, FOOT - 21, "$W_y$", 18, color=style.COLOUR["W_y"])

    def show(self, errors, walk, slope):
        """The curve (E on the grid), the points (W_y, E) walked so far, the slope in the last."""
        self._set_scale(errors)
        x, y = self._at(*np.transpose(walk))
        top, (W_y, E) = FOOT + self._height, walk[-1]
        is_out = y > top
        self._trail.set_segments([np.column_stack([x, np.minimum(y, top)])] * (len(walk) > 1))
        self._former.set_data(x[:-1][~is_out[:-1]], y[:-1][~is_out[:-1]])
        self._point.set_data(x[-1:][~is_out[-1:]], y[-1:][~is_out[-1:]])
        self._exits.set_data(x[is_out], np.full(is_out.sum(), top + 8))
        self._plumb.set_data([x[-1]] * 2, [FOOT, min(y[-1], top)])
        self._value.set(text=number(W_y), x=x[-1])
        for place, tick in self._ticks.items():
            change(tick, visible=abs(self._at(place, 0)[0] - x[-1]) > 46)
        side = -1 if W_y > (LOW + HIGH) / 2 else 1
        said = f"$E_3$ = {number(E)}: above this picture" if is_out[-1] else ""
        change(self._beyond, text=said, ha="right" if side < 0 else "left")
        change(self._beyond, position=(x[-1] + 16 * side, top + 12))
        self._show_triangle(W_y, E, slope, is_out[-1])

    def _show_triangle(self, W_y, E, slope, is_out):
        """The tangent, and a run of 1 to where it climbs, or without room there to where it falls.

        Where the point is above the picture, they are too.
        """
        for artist in self._triangle:
            change(artist, visible=not is_out)
        if is_out:
            return
        far = 1 if slope >= 0 else -1
        far = far if LOW - 0.15 <= W_y + far <= HIGH else -far
        ends, top = np.array([LOW, HIGH]), FOOT + self._height + 8
        self._tangent.set_data(*_inside(*self._at(ends, E + slope * (ends - W_y)), FOOT - 4, top))
        (x, y), (x_1, y_1) = self._at(W_y, E), self._at(W_y + far, E + far * slope)
        climbs, end = far * slope >= 0, np.clip(y_1, FOOT - 4, top)
        self._run.set_data([x, x_1], [y, y])
        self._rise.set_data([x_1, x_1], [y, end])
        self._run_words.set_position(
            ((x + x_1) / 2, y - 14 if climbs and y > FOOT + 24 else y + 14)
        )
        said = f"{'up' if climbs else 'down'} {number(abs(slope))}"
        said += (" ↑" if climbs else " ↓") if end != y_1 else ""
        length = 12 + 11 * len(said)
        is_left = x_1 - length > LEFT if far < 0 else x_1 + length > self._width
        change(self._rise_words, text=said, ha="right" if is_left else "left")
        middle = (y + end) / 2 if abs(end - y) > 24 else end + (14 if climbs else -14)
        middle = np.clip(middle, FOOT + 12, top - 12)
        self._rise_words.set_position((x_1 + (-12 if is_left else 12), middle))

    def _set_scale(self, errors):
        """The curve, on the scale that it needs; the scale depends on the curve alone."""
        if self._seen is errors:
            return
        self._seen = errors
        flattest = np.abs(np.diff(errors)).min() / np.diff(self._grid)[0]
        is_plain = flattest < 0.5 and errors.min() > TOPS[0]  # a plain out of sight
        self._top = TOPS[1] if is_plain else TOPS[0]
        for text, E in zip(self._scale, self._top * np.arange(4) / 3, strict=True):
            text.set(text=number(round(E)), y=self._at(0, E)[1])
        x, y = self._at(self._grid, errors)
        self._curve.set_data(x, np.where(y > FOOT + self._height + 4, np.nan, y))

    def _at(self, W_y, E):
        """The pixels of a point."""
        return LEFT + (W_y - LOW) * self._unit, FOOT + E * self._height / self._top


def _inside(x, y, low, high):
    """The part of a straight line between two heights, by its ends."""
    if y[0] == y[1]:
        return x, y
    ends = np.clip(y, low, high)
    return x[0] + (ends - y[0]) * (x[1] - x[0]) / (y[1] - y[0]), ends

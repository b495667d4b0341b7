"""The figure of notebook 02: the error over the output weight, as a slope to walk down."""

import numpy as np

from bptt_course.figures import axes, style
from bptt_course.figures.stage import Word, Words, change, points, px, words
from bptt_course.words import number

LOW, HIGH = 0.0, 3.5  # of W_y, the slider's axis
LEFT, RIGHT = 74, 26  # pixels from the picture's rims to LOW and HIGH
FOOT, HEAD = 46, 30  # pixels below E = 0 and above the scale's end
TOPS = (9, 60)  # ends of the scale of E: a slope of 7 is steep on the first
BLUE = style.COLOUR["W_y"]


class Descent:
    """E_3 over W_y on a stage that stays: a point, its tangent, its slope triangle, its trail."""

    def __init__(self, stage, grid):
        self._grid, self._unit = grid, (stage.width - LEFT - RIGHT) / (HIGH - LOW)
        self._rim, self._width = stage.height - HEAD, stage.width
        self.live = live = axes.Live()
        inner = FOOT - 4, self._rim + 2  # what is drawn there ends there
        clipped = stage.axes(0, inner[0], stage.width, inner[1], (0, stage.width), inner)
        ax = stage.axes(0, 0, stage.width, stage.height)
        for k, y in enumerate(np.linspace(FOOT, self._rim, 4)):
            ink = style.FAINT if k else style.QUIET
            clipped.plot([LEFT, stage.width - RIGHT], [y, y], color=ink, lw=px(1.5), zorder=0)
        words(ax, 8, stage.height - 12, "$E_3$", 18, color=style.COLOUR["E"])
        words(ax, 8, FOOT - 21, "$W_y$", 18, color=BLUE)
        self._curve = live.line(clipped, color=style.COLOUR["E"], lw=px(4), gid="curve", zorder=1)
        self._tangent = live.line(clipped, "--", color=BLUE, lw=px(2.5), gid="tangent", zorder=1)
        self._run = live.line(ax, color=style.INK, lw=px(3), gid="run", solid_capstyle="round")
        self._rise = live.line(ax, color=BLUE, lw=px(6), gid="rise", solid_capstyle="round")
        self._trail = live.line(ax, color=style.INK, lw=px(2), zorder=3)
        dots = {"mec": style.INK, "mew": px(2)}
        self._former = live.line(ax, "o", mfc="white", ms=px(11), gid="trail", zorder=3, **dots)
        self._point = live.line(ax, "o", mfc=BLUE, ms=px(16), gid="point", zorder=4, **dots)
        self._exits = live.line(ax, "^", ms=px(14), color=style.LOUD, gid="exits", zorder=4)
        self._names, self._said = Words(ax, 3.5, "triangle"), Words(ax, 5, "said")
        live += [self._names, self._said]

    def show(self, errors, walk, slope):
        """The curve (E on the grid), the points (W_y, E) walked so far, the slope in the last."""
        self._top = TOPS[int(errors.min() > TOPS[0])]  # depends on the curve alone
        self._curve.set_data(*self._at(self._grid, errors))
        x, y = self._at(*np.transpose(walk))
        is_out = y > self._rim
        self._trail.set_data(x, np.minimum(y, self._rim))
        for dots, steps in ((self._former, slice(-1)), (self._point, slice(-1, None))):
            seen = ~is_out[steps]
            points(dots, x[steps][seen], y[steps][seen])
        points(self._exits, x[is_out], np.full(is_out.sum(), self._rim + 8))
        self._said.show(self._labels(*walk[-1], x[-1], is_out[-1]))
        for line in (self._tangent, self._run, self._rise):
            change(line, visible=not is_out[-1])
        self._names.show([] if is_out[-1] else self._triangle(*walk[-1], slope))

    def _labels(self, W_y, E, x, is_out):
        ticks = ((self._at(W, 0)[0], number(W)) for W in range(4))
        found = [Word(place, FOOT - 21, W, 14) for place, W in ticks if abs(place - x) > 46]
        for level in (0, self._top / 3, 2 * self._top / 3, self._top):
            place = LEFT - 14, self._at(0, level)[1]
            found.append(Word(*place, number(level), 14, align="right"))
        found.append(Word(x, FOOT - 21, number(W_y), 17, BLUE, bold=True))
        if is_out:
            way, align = (-16, "right") if W_y > (LOW + HIGH) / 2 else (16, "left")
            said = f"$E_3$ = {number(E)}: above this picture"
            found.append(Word(x + way, self._rim + 12, said, 14, style.LOUD, align, bold=True))
        return found

    def _triangle(self, W_y, E, slope):
        """The tangent, and a run of 1 to where it climbs, if there is room; its words."""
        far = 1 if slope >= 0 else -1
        far = far if LOW - 0.15 <= W_y + far <= HIGH else -far
        ends = np.array([LOW, HIGH])
        self._tangent.set_data(*self._at(ends, E + slope * (ends - W_y)))
        (x, y), (x_1, y_1) = self._at(W_y, E), self._at(W_y + far, E + far * slope)
        climbs, end = far * slope >= 0, np.clip(y_1, FOOT - 4, self._rim + 8)
        self._run.set_data([x, x_1], [y, y])
        self._rise.set_data([x_1, x_1], [y, end])
        below = y - 14 if climbs and y > FOOT + 24 else y + 14
        said = f"{'up' if climbs else 'down'} {number(abs(slope))}"
        said += (" ↑" if climbs else " ↓") if end != y_1 else ""
        half = Word(0, 0, said, 16, bold=True).width / 2 + 12
        is_left = x_1 - 2 * half > LEFT if far < 0 else x_1 + 2 * half > self._width
        middle = (y + end) / 2 if abs(end - y) > 24 else end + (14 if climbs else -14)
        middle = max(middle, below + 24) if climbs and below > y else middle
        place = x_1 - half if is_left else x_1 + half, np.clip(middle, FOOT + 12, self._rim - 4)
        look = {"bold": True, "paper": "#FFFFFF", "edge": "#FFFFFF"}
        run = Word((x + x_1) / 2, below, "run 1", 14, **look)
        return [run, Word(*place, said, 16, BLUE, **look)]

    def _at(self, W_y, E):
        return LEFT + (W_y - LOW) * self._unit, FOOT + E * (self._rim - FOOT) / self._top

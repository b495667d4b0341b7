"""Figures of notebook 05: the sweep's sums, and shapes as boxes."""

import itertools
import math

from matplotlib.patches import Rectangle

from bptt_course.figures import style
from bptt_course.figures.nb03_04_hidden_and_input_weight import bracketed
from bptt_course.figures.network import WEIGHTS
from bptt_course.figures.stage import Word, Words, chip, fitted, px
from bptt_course.words import figure

QUANTITIES = ("E", *WEIGHTS)  # of the columns


class Picks:
    """A row for each step, the last one lowest: its δ, what each weight picks up, and the sums."""

    HEIGHT = 384
    HEADS = (r"$\delta_t$", r"$\delta_t X_t$", r"$\delta_t S_{t-1}$", r"$2(Y_t-d_t)S_t$")
    EDGES = (0.115, 0.345, 0.535, 0.735, 1)  # of the columns

    def __init__(self, stage, left, bottom, right):
        ax = stage.axes(left, bottom, right, bottom + self.HEIGHT)
        width, self._size = right - left, 13 if stage.is_narrow else 16
        ends = [*itertools.pairwise(width * share for share in self.EDGES)]
        self._x, self._widths = [sum(end) / 2 for end in ends], [b - a - 6 for a, b in ends]
        self._y, self._hues = {1: 300, 2: 214, 3: 128}, [*map(style.COLOUR.get, QUANTITIES)]
        fixed = [Word(4, 44, "sum", 16, align="left")]
        columns = zip(self._x, self._hues, self._widths, QUANTITIES, self.HEADS, strict=True)
        for x, hue, room, quantity, head in columns:
            fixed.append(fitted(Word(x, 350, head, 17.2, hue), room))
            fixed += [Word(x, 373, f"${quantity}$", 17.2, hue)] if quantity in WEIGHTS else []
        Words(ax, 0).show(fixed)
        ax.plot([0, width], [84, 84], color=style.INK, lw=px(1.5), zorder=0)
        self._words = Words(ax, 5, "picks")
        self.live = [self._words]

    def show(self, t, deltas, picks, sums):
        """Down to step `t`: `deltas[t]` is (shares, δ_t, slope), `picks[weight][t]` two factors."""
        said = [Word(4, y, f"$t={k}$", self._size + 1.2, align="left") for k, y in self._y.items()]
        said += [chip(self._x[0], self._y[t - 1], "?")] if t > 1 else []
        for step in range(t, 4):
            shares, delta, slope = deltas[step]
            if slope != 1 and len(shares) > 1:  # three products are too much for a cell
                shares = [(math.prod(share),) for share in shares]
            said += self._cell(0, step, in_parts(shares, slope), delta)
            for k, weight in enumerate(WEIGHTS, start=1):
                one, other = picks[weight][step]
                factors = [bracketed(one, 4), f"· {bracketed(other, 4)}"]
                said += self._cell(k, step, factors, one * other)
        for x, weight, hue in zip(self._x[1:], WEIGHTS, self._hues[1:], strict=True):
            value = figure(sums[weight]) if t < 4 else "0"
            said.append(Word(x, 44, value, self._size + 2, hue, bold=True))
        self._words.show(said)

    def _cell(self, column, step, parts, result):
        x, y, room = self._x[column], self._y[step], self._widths[column]
        for first in (0, 1, 2, None):
            texts = parts if first is None else [" ".join(parts[:first]), " ".join(parts[first:])]
            lines = [fitted(Word(x, y, text, self._size), room) for text in texts if text]
            if all(line.width <= room and line.size > 0.85 * self._size for line in lines):
                break
        said = Word(x, y, figure(result), self._size, self._hues[column], bold=True)
        equals = fitted(said._replace(said=f"= {said.said}"), room)
        lines.append(equals if equals.width <= room else fitted(said, room))
        pitch = {2: 26, 3: 23}.get(len(lines), 18)
        top = y + pitch * (len(lines) - 1) / 2
        return [line._replace(y=top - k * pitch) for k, line in enumerate(lines)]


def in_parts(shares, slope):
    """δ = g_1'(a) · (own share + W_s · the next δ) in parts, without what is not there."""
    parts = []
    for first, *others in shares:
        first = f"+ {bracketed(first, 4)}" if parts else figure(first, 4)
        parts += [f"{first} ·", bracketed(*others, 4)] if others else [first]
    if slope == 1:
        return parts
    if len(parts) > 1 or parts[0].startswith("−"):
        parts[0] = f"({parts[0]}"
        parts[-1] += ")"
    return [f"{figure(slope, 4)} ·", *parts]


@style.plain
def plot_shapes(ax, factors, result):
    """A product of matrices as boxes: factor × factor = result, with their sizes at their sides.

    `factors` is a list of (name, rows, columns) and `result` one such triple; rows and columns are
    sizes like ("n_s", 3): the word and how many cells to draw.
    """
    x, signs = 0.0, ["×"] * (len(factors) - 1) + ["=", ""]
    shapes = zip([*factors, result], signs, strict=True)
    for (name, (row_word, n), (column_word, m)), sign in shapes:
        for i, j in itertools.product(range(n), range(m)):
            corner = (x + j, n / 2 - i - 1)
            ax.add_patch(Rectangle(corner, 1, 1, fc="#FFF4EA", ec=style.INK, lw=1.2))
        ax.text(x + m / 2, -n / 2 - 0.35, f"${name}$", ha="center", va="top", fontsize=18)
        ax.text(x + m / 2, n / 2 + 0.15, f"${column_word}$", ha="center", fontsize=style.TEXT)
        ax.text(x - 0.15, 0, f"${row_word}$", ha="right", va="center", fontsize=style.TEXT)
        ax.text(x + m + 0.6, 0, sign, ha="center", va="center", fontsize=20)
        x += m + 2.2
    tallest = max(rows[1] for _, rows, _ in [*factors, result])
    ax.set_xlim(-0.8, x - 1.5)
    ax.set_ylim(-tallest / 2 - 1.3, tallest / 2 + 0.8)
    ax.set_aspect("equal")
    ax.axis("off")

"""Figures of notebook 05: the sweep's sums, and shapes as boxes."""

from matplotlib.patches import Rectangle

from bptt_course.figures import style
from bptt_course.figures.nb03_04_hidden_and_input_weight import bracketed, figure
from bptt_course.figures.stage import Bars, Chip, Chips, Word, Words, px, tint, words


class Picks:
    """A row for each step, the last one lowest: its δ, what each weight picks up, and the sums."""

    HEIGHT = 384
    WEIGHTS = ("W_x", "W_s", "W_y")
    HEADS = (r"$\delta_t$", r"$W_x:\;\delta_t X_t$", r"$W_s:\;\delta_t S_{t-1}$",
             r"$W_y:\;2(Y_t-d_t)S_t$")  # fmt: skip
    SHORT = (r"$\delta_t$", r"$\delta_t X_t$", r"$\delta_t S_{t-1}$", r"$\cdot S_t$")

    def __init__(self, stage, left, bottom, right):
        self._ax = ax = stage.axes(left, bottom, right, bottom + self.HEIGHT)
        self._right, self._size = right - left, 13 if stage.is_narrow else 16
        self._x = [44 + (self._right - 44) * share for share in (0.09, 0.32, 0.56, 0.85)]
        self._tops = {1: 312, 2: 226, 3: 140}
        hues = [style.COLOUR["E"], *map(style.COLOUR.get, self.WEIGHTS)]
        heads = self.SHORT if stage.is_narrow else self.HEADS
        for x, head, hue in zip(self._x, heads, hues, strict=True):
            words(ax, x, 362, head, 17.2, color=hue, ha="center", zorder=0)
        ax.plot([0, self._right], [84, 84], color=style.INK, lw=px(1.5), zorder=0)
        words(ax, 4, 44, "sum", 16, zorder=0)
        self._band, self._words, self._asked = Bars(ax, 1), Words(ax, 5, "picks"), Chips(ax, 6)
        self.live = [*self._band.live, *self._words.live, *self._asked.live]

    def show(self, t, deltas, picks, sums):
        """`t` is the step reached (4: none). `deltas[t]` is (own share, the next's, δ_t, slope);

        `picks[weight][t]` the two factors of a share; `sums[weight]` what has been picked up.
        """
        size, is_narrow = self._size, self._size < 16
        said = [Word(4, y, f"$t={k}$", 17.2, align="left") for k, y in self._tops.items()]
        for step, y in self._tops.items():
            if step < t:
                continue
            own, following, delta, slope = deltas[step]
            line = f"{figure(own, 4)} + {bracketed(following, 4)}" if step < 3 else figure(own, 4)
            if slope != 1:
                line = f"{figure(slope, 4)} · ({line})"
            purple = style.COLOUR["E"]
            line = "" if is_narrow and len(line) > 7 else line
            said.append(Word(self._x[0], y + 13, line, size))
            said.append(Word(self._x[0], y - 13, f"= {figure(delta)}", size, purple, bold=True))
            for x, weight in zip(self._x[1:], self.WEIGHTS, strict=True):
                one, other = picks[weight][step]
                product, colour = one * other, style.COLOUR[weight]
                line = f"{bracketed(one, 4)} · {bracketed(other, 4)}"
                line = "" if is_narrow and len(line) > 10 else line
                said.append(Word(x, y + 13, line, size))
                said.append(Word(x, y - 13, f"= {figure(product)}", size, colour, bold=True))
        for x, weight in zip(self._x[1:], self.WEIGHTS, strict=True):
            value = figure(sums[weight]) if t < 4 else "0"
            said.append(Word(x, 44, value, size + 4, style.COLOUR[weight], bold=True))
        band, y = tint(style.COLOUR["E"], 0.06), self._tops.get(t, 0)
        self._band.show([(0, y - 36, self._right, y + 36, band, band)] if t < 4 else [])
        self._asked.show([Chip(self._x[0], self._tops[t - 1], "?")] if t > 1 else [])
        self._words.show(said)


@style.plain
def plot_shapes(ax, factors, result, title=""):
    """A product of matrices as boxes: factor × factor = result, with their sizes at their sides.

    `factors` is a list of (name, rows, columns) and `result` one such triple; rows and columns are
    sizes like ("n_s", 3): the word and how many cells to draw.
    """
    x, cell = 0.0, 1.0
    signs = ["×"] * (len(factors) - 1) + ["=", ""]
    for (name, rows, columns), sign in zip([*factors, result], signs, strict=True):
        (row_word, n), (column_word, m) = rows, columns
        for i in range(n):
            for j in range(m):
                corner = (x + j * cell, n / 2 - (i + 1) * cell)
                ax.add_patch(Rectangle(corner, cell, cell, fc="#FFF4EA", ec=style.INK, lw=1.2))
        ax.text(x + m / 2, -n / 2 - 0.35, f"${name}$", ha="center", va="top", fontsize=18)
        ax.text(x + m / 2, n / 2 + 0.15, f"${column_word}$", ha="center", fontsize=style.TEXT)
        ax.text(x - 0.15, 0, f"${row_word}$", ha="right", va="center", fontsize=style.TEXT)
        ax.text(x + m + 0.45, 0, sign, ha="center", va="center", fontsize=20)
        x += m + 1.7
    tallest = max(rows[1] for _, rows, _ in [*factors, result])
    ax.set_xlim(-0.8, x - 1.0)
    ax.set_ylim(-tallest / 2 - 1.3, tallest / 2 + 0.8)
    ax.set_aspect("equal")
    ax.axis("off")
    ax.set_title(title, fontsize=style.LARGE)

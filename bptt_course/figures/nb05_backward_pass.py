"""Figures of notebook 05: shapes as boxes, and the work against the number of steps."""

from matplotlib.patches import Rectangle

from bptt_course.figures import style


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


def plot_growth(ax, T, curves, y):
    """How a quantity grows with T, on log axes: `curves` maps a label to one value for each T."""
    looks = zip(("-", "--"), ("o", "s"), (style.INK, style.QUIET), strict=True)
    for (label, values), (dashes, marker, colour) in zip(curves.items(), looks, strict=True):
        ax.loglog(T, values, dashes, marker=marker, color=colour, linewidth=2.5, label=label)
    style.dress(ax, x="number of steps $T$", y=y)
    ax.set_xticks(T, [str(t) for t in T])
    ax.minorticks_off()
    ax.legend(fontsize=style.TEXT, frameon=False)

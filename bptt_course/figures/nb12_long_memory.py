"""Figures of notebook 12: training, letters, success against lag."""

import re

import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from bptt_course.figures import axes, style
from bptt_course.figures.stage import Bars, Word, Words, points, px, words


def _cell(name):
    return name.split(",")[0]


@style.plain
def plot_training(ax, curves, baseline):
    """The error of each update, as a mean over 20 of them: `curves` maps names to errors.

    A name begins with its cell ("LSTM, b_f = 1"); the dotted line is the `baseline`.
    """
    ax.axhline(baseline, color=style.INK, linestyle=":", linewidth=2, label="guessing")
    seen = [_cell(name) for name in curves]
    for k, (name, errors) in enumerate(curves.items()):
        width, dashes = min(20, len(errors)), ("-", "--", ":")[seen[:k].count(seen[k]) % 3]
        smooth = np.convolve(errors, np.full(width, 1 / width), mode="valid")
        look = {"color": style.CELL[seen[k]]["color"], "linestyle": dashes, "linewidth": 2.5}
        ax.plot(np.arange(width, len(errors) + 1), smooth, label=_written(name), **look)
    style.dress(ax, x="update", y="error (mean of 20)")
    ax.set_yscale("log")
    ax.set_ylim(top=2.2 * baseline)
    axes.legend_beside(ax)


def _written(name):
    name = re.sub(r"\b[bW]_\w\b|\bz$", r"$\g<0>$", name)
    return name.replace("= -", "= −")


@style.plain
def plot_letters(ax, rows):
    """A text letter by letter, dark where a network foresaw the letter: rows of (name, text, p).

    `p` holds, for each letter of `text`, the output Y of its row one step before.
    """
    for row, (_, text, p) in enumerate(rows):
        ax.imshow(np.clip(p, 0, 1)[None], cmap="Blues", vmin=0, vmax=1.25, aspect="auto",
                  extent=(-0.5, len(text) - 0.5, row + 0.42, row - 0.42))  # fmt: skip
        for place, letter in enumerate(text):
            ax.text(place, row, "·" if letter == " " else letter, ha="center", va="center",
                    fontsize=style.LARGE, family="monospace",
                    color="white" if p[place] > 0.75 else style.INK)  # fmt: skip
    ax.set_xlim(-0.6, max(len(text) for _, text, _ in rows) - 0.4)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_yticks(range(len(rows)), [name for name, _, _ in rows], fontsize=style.TEXT)
    ax.set_xticks([])
    ax.tick_params(length=0)
    ax.set_frame_on(False)


@style.plain
def plot_success(ax, table, bets=None, size=style.TEXT, intervals=True):
    """How many runs have learned it ("3/10": of fewer than usual), a row for each network, a lag a
    column.

    `table` is that of `recall.read`; beside each count are the ends of its interval, in per cent.
    `bets` maps a network (a name in the table) to the lag at which somebody thinks that half
    of its runs or fewer succeed: a purple bar before the first such lag. Raises ValueError for a
    bet on another name, and for one that is no number above 0.
    """
    for name, bet in (bets or {}).items():
        if name not in table or not isinstance(bet, int | float) or not bet > 0:
            raise ValueError(f"bets: expected a network and a lag above 0, got {name!r}: {bet!r}.")
    lags, seeds = lags_and_seeds(table)
    share = np.full((len(table), len(lags)), np.nan)
    for row, by_lag in enumerate(table.values()):
        for lag, result in by_lag.items():
            column = lags.index(lag)
            share[row, column] = result.share
            ends = f"   ({100 * result.low:.0f}–{100 * result.high:.0f} %)" * intervals
            of = "" if result.seeds == seeds else f"/{result.seeds}"
            ax.text(column, row, f"{result.solved}{of}{ends}", ha="center", va="center",
                    fontsize=size, weight="bold",
                    color="white" if result.share < 0.5 else style.INK)  # fmt: skip
    columns, rows = (np.arange(size + 1) - 0.5 for size in share.shape[::-1])
    look = {"vmin": 0, "vmax": 1, "zorder": 0, "gid": "success"}  # below the grid
    ax.pcolormesh(columns, rows, share, cmap="cividis", **look)
    ax.invert_yaxis()
    said = f"How many of {seeds} runs learned it" + " (purple: the bets)" * bool(bets)
    style.dress(ax, said, "lag")
    ax.grid(False)
    ax.set_xticks(range(len(lags)), lags, fontsize=style.TEXT)
    ax.set_yticks(range(len(table)), map(_written, table), fontsize=style.TEXT)
    ax.set_xticks(np.arange(len(lags) - 1) + 0.5, minor=True)
    ax.set_yticks(np.arange(len(table) - 1) + 0.5, minor=True)
    ax.grid(True, which="minor", color="white", linewidth=3)
    ax.tick_params(which="both", length=0)
    ax.set_frame_on(False)
    rim = [withStroke(linewidth=9, foreground="white")]
    look = {"color": style.COLOUR["E"], "lw": 5, "path_effects": rim, "solid_capstyle": "butt"}
    for name, bet in (bets or {}).items():
        x, row = np.searchsorted(lags, bet) - 0.5, list(table).index(name)
        ax.plot([x, x], [row - 0.42, row + 0.42], clip_on=False, zorder=4, gid="bet", **look)


def lags_and_seeds(table):
    """All lags of the table, in order, and for how many seeds a network is trained at most."""
    lags = sorted({lag for by_lag in table.values() for lag in by_lag})
    return lags, max(result.seeds for by_lag in table.values() for result in by_lag.values())


class SuccessAtLag:
    """Left the table of `plot_success`, uncovered up to one lag; right the updates there."""

    def __init__(self, left, right, table, most_updates):
        self.live = live = axes.Live()
        (self._lags, seeds), self._last = lags_and_seeds(table), len(table) - 0.5
        plot_success(left, table, size=px(14), intervals=False)
        left.set_title("")
        self._size = small = 12 if left.bbox.width < 230 else 14
        left.tick_params("x", labelsize=px(small))
        left.tick_params("y", labelsize=px(14))
        axes.caption(left, f"learned it, of {seeds} runs", size=small)
        cover = Rectangle((0, 0), 0, 0, fc="white", ec="none", gid="cover")
        self._cover = live.add(left.add_patch(cover))
        self._cover.set_clip_on(False)
        self._asked = live.add(words(left, 0, 0, "?", 28, ha="center", weight="bold"))
        self._frame = live.line(left, color=style.COLOUR["E"], lw=4, clip_on=False, gid="frame")
        style.dress(right)
        of = " of n runs" if right.bbox.width > 230 else ""
        axes.caption(right, f"updates: the median{of}", size=small)
        right.set_xlim(0, (1.9 if small == 14 else 2.5) * most_updates)
        right.set_ylim(self._last, -0.5)
        is_beside = left.bbox.y0 == right.bbox.y0
        right.set_yticks(range(len(table)), map(_written, table))
        right.tick_params("y", length=0, labelsize=px(14), labelleft=not is_beside)
        right.grid(axis="y", visible=False)
        self._bars, self._said = live.add(Bars(right, 1, "bars")), live.add(Words(right, 3, "said"))
        self._points = {
            name: live.line(right, ms=9, mew=2, gid=f"updates of {name}", **style.CELL[_cell(name)])
            for name in table
        }

    def show(self, lag, results):
        """`results` maps names to the `recall.Result` at `lag`."""
        left, bottom, last = self._lags.index(lag) - 0.5, self._last, len(self._lags) - 0.5
        right = left + 1
        self._frame.set_data([left, right, right, left, left], [-0.5, -0.5, bottom, bottom, -0.5])
        beyond = 0.05 * (right < last)  # the cells end on whole pixels
        size = last - right + beyond, bottom + 0.5 + 2 * beyond
        self._cover.set_bounds(right, -0.5 - beyond, *size)
        self._asked.set_position(((right + last) / 2 + 0.33, (bottom - 0.5) / 2))
        self._asked.set_visible(right < last)
        room = max(0.04, 9 / self._bars.axes.bbox.width) * self._bars.axes.get_xlim()[1]
        bars, said = [], []
        for row, (name, point) in enumerate(self._points.items()):
            result, colour = results.get(name), point.get_color()
            told, end = "none learned it" if result else "", room / 2
            if result is None or result.updates is None:
                points(point)
            else:
                told, end = f"{result.updates} (n = {result.solved})", result.updates + room
                points(point, [result.updates], [row])
                point.set_markerfacecolor("white" if result.share < 0.5 else colour)  # few: hollow
                bars.append((0, row - 0.06, result.updates, row + 0.06, colour, colour))
            said.append(Word(end, row, told, self._size, align="left"))
        self._bars.show(bars)
        self._said.show(said)

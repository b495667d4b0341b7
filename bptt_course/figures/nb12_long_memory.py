"""Figures of notebook 12: training, letters, success against lag."""

import numpy as np
from matplotlib.patches import Rectangle

from bptt_course.figures import axes, style
from bptt_course.figures.stage import Bars, Word, Words, change, px, words

DASHES = ("-", "--", ":")


def look(name, names):
    """Colour and marker of a network's cell; a line style of its own among those of that cell."""
    cell = name.split(",")[0]
    same = [other for other in names if other.split(",")[0] == cell]
    dashes = DASHES[same.index(name) % len(DASHES)]
    return {**style.CELL[cell], "linestyle": dashes, "linewidth": 2.5}


@style.plain
def plot_training(ax, curves, baseline):
    """The error of each update, as a mean over 20 of them: `curves` maps names to errors.

    A name begins with its cell ("LSTM, b_f = 1"); the dotted line is the `baseline`.
    """
    ax.axhline(baseline, color=style.INK, linestyle=":", linewidth=2, label="guessing")
    for name, errors in curves.items():
        width = min(20, len(errors))
        smooth = np.convolve(errors, np.full(width, 1 / width), mode="valid")
        seen = {**look(name, list(curves)), "marker": None}
        ax.plot(np.arange(width, len(errors) + 1), smooth, label=_written(name), **seen)
    style.dress(ax, x="update", y="error (mean of 20)")
    ax.set_yscale("log")
    ax.set_ylim(top=2.2 * baseline)
    axes.legend_beside(ax)


def _written(name):
    for symbol in ("b_f", "b_z", "b_i", "W_s", "W_x"):
        name = name.replace(symbol, f"${symbol}$")
    return name.replace("= -", "= −").replace("fixed z", "fixed $z$")


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
    names, lags = list(table), sorted({lag for by_lag in table.values() for lag in by_lag})
    seeds = max(result.seeds for by_lag in table.values() for result in by_lag.values())
    share = np.full((len(names), len(lags)), np.nan)
    for row, name in enumerate(names):
        for column, lag in enumerate(lags):
            result = table[name].get(lag)
            if result is not None:
                share[row, column] = result.share
                ends = f"   ({100 * result.low:.0f}–{100 * result.high:.0f} %)" * intervals
                of = "" if result.seeds == seeds else f"/{result.seeds}"
                ax.text(column, row, f"{result.solved}{of}{ends}", ha="center", va="center",
                        fontsize=size, weight="bold",
                        color="white" if result.share < 0.5 else style.INK)  # fmt: skip
    ax.imshow(share, cmap="cividis", vmin=0, vmax=1, aspect="auto", gid="success")
    said = f"How many of {seeds} runs learned it" + " (purple: the bets)" * bool(bets)
    style.dress(ax, said, "lag")
    ax.grid(False)
    ax.set_xticks(range(len(lags)), [str(lag) for lag in lags], fontsize=style.TEXT)
    ax.set_yticks(range(len(names)), list(map(_written, names)), fontsize=style.TEXT)
    ax.set_xticks(np.arange(len(lags) - 1) + 0.5, minor=True)
    ax.set_yticks(np.arange(len(names) - 1) + 0.5, minor=True)
    ax.grid(True, which="minor", color="white", linewidth=3)
    ax.tick_params(which="both", length=0)
    ax.set_frame_on(False)
    for row, name in enumerate(names):
        if name in (bets or {}):
            _flag(ax, row, np.searchsorted(lags, bets[name]) - 0.5)


def _flag(ax, row, x):
    for colour, width in (("white", 9), (style.COLOUR["E"], 5)):
        ax.plot([x, x], [row - 0.42, row + 0.42], color=colour, linewidth=width, clip_on=False,
                solid_capstyle="butt", zorder=4, gid="bet")  # fmt: skip


class SuccessAtLag:
    """Left the table of `plot_success`, uncovered up to one lag; right the updates there."""

    def __init__(self, left, right, table, most_updates):
        self._names = list(table)
        self._lags = sorted({lag for by_lag in table.values() for lag in by_lag})
        plot_success(left, table, size=px(14), intervals=False)
        left.set_title("")
        left.tick_params(labelsize=px(14))
        seeds = max(result.seeds for by_lag in table.values() for result in by_lag.values())
        self._size = small = 12 if left.bbox.width < 230 else 14
        left.tick_params(axis="x", labelsize=px(small))
        words(left, 0, 1.06, f"learned it, of {seeds} runs", small, transform=left.transAxes)
        self._cover = left.add_patch(Rectangle((0, 0), 0, 0, fc="white", ec="none", gid="cover"))
        self._cover.set_clip_on(False)
        self._asked = words(left, 0, 0, "?", 28, ha="center", weight="bold")
        self._frame = left.plot([], [], color=style.COLOUR["E"], linewidth=4, clip_on=False,
                                gid="frame")[0]  # fmt: skip
        style.dress(right)
        said = "updates: the median of n runs" if right.bbox.width > 230 else "updates: the median"
        words(right, 0, 1.06, said, small, transform=right.transAxes)
        right.set_xlim(0, (1.9 if small == 14 else 2.5) * most_updates)
        right.set_ylim(len(self._names) - 0.5, -0.5)
        is_beside = left.bbox.y0 == right.bbox.y0
        right.set_yticks(range(len(self._names)), [_written(name) for name in self._names])
        right.tick_params(axis="y", length=0, labelsize=px(14), labelleft=not is_beside)
        right.grid(axis="y", visible=False)
        self._bars, self._said = Bars(right, 1, "bars"), Words(right, 3, "said")
        self._points = {
            name: right.plot([], [], **style.CELL[name.split(",")[0]], markersize=9, mew=2,
                             gid=f"updates of {name}")[0] for name in self._names
        }  # fmt: skip
        self.live = [self._cover, self._asked, self._frame, self._bars, self._said]
        self.live += self._points.values()

    def show(self, lag, results):
        """`results` maps names to the `recall.Result` at `lag`."""
        x, bottom, last = self._lags.index(lag), len(self._names) - 0.5, len(self._lags) - 0.5
        left, right = x - 0.5, x + 0.5
        self._frame.set_data([left, right, right, left, left], [-0.5, -0.5, bottom, bottom, -0.5])
        beyond = 0.05 * (right < last)  # the cells end on whole pixels
        size = last - right + beyond, bottom + 0.5 + 2 * beyond
        self._cover.set_bounds(right, -0.5 - beyond, *size)
        self._asked.set_position(((right + last) / 2 + 0.33, (bottom - 0.5) / 2))
        self._asked.set_visible(right < last)
        room = max(0.04, 9 / self._bars.axes.bbox.width) * self._bars.axes.get_xlim()[1]
        bars, said = [], []
        for row, (name, point) in enumerate(self._points.items()):
            result = results.get(name)
            updates = result and result.updates
            colour = point.get_color()
            change(point, visible=updates is not None)
            if updates is None:
                point.set_data([], [])
                words_, end = "none learned it" if result else "", room / 2
            else:
                is_few = result.share < 0.5  # a median of few is hollow
                point.set(data=([updates], [row]), mfc="white" if is_few else colour)
                bars.append((0, row - 0.06, updates, row + 0.06, colour, colour))
                words_, end = f"{updates} (n = {result.solved})", updates + room
            said.append(Word(end, row, words_, self._size, align="left"))
        self._bars.show(bars)
        self._said.show(said)

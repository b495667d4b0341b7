"""The main figure of notebook 07: a gradient on its way back, for every W_s.

Read downwards: a text whose ink is |∂S_T/∂S_k|, a ruler of halvings, the same numbers as a line on
a stage that stays, and what reaches S_0 at every stop of the slider, which is its axis.
"""

from functools import lru_cache
from itertools import groupby

import numpy as np
from matplotlib.collections import PathCollection, PolyCollection
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.patheffects import withStroke
from matplotlib.textpath import TextPath
from matplotlib.transforms import IdentityTransform

from bptt_course.figures import style
from bptt_course.figures.axes import Live
from bptt_course.figures.stage import Bars, Word, Words, change, lines, points, px, rgb, tint, words
from bptt_course.words import number

LOW, HIGH, STEP = -2.0, 2.0, 0.01
STOPS = np.round(np.arange(LOW, HIGH + STEP / 2, STEP), 2)
SPAN = 3.0  # decades on the stage, each side of 1
RIM = 0.45  # decades that stand for all that lies beyond
HEIGHT, MORE = 344, 22  # pixels of all strips, and of the line that they need more where narrow
TRACK = 12  # pixels from the picture's rim to the slider's first stop
LETTER, TALLEST = 28, 100  # pixels of a letter at 1, and at most
GHOSTS, APART = 6, 0.9  # former lines at most, and the decades that keep them apart
NOTHING, FAINTEST = Path(np.zeros((1, 2))), 1 / 512  # less ink is not seen on a screen
TEXT = (
    "this is the farmer sowing his corn that kept the cock that crowed in the morn that waked the "
    "priest all shaven and shorn that married the man all tattered and torn that kissed the maiden "
    "all forlorn that milked the cow with the crumpled horn that tossed the dog that worried the "
    "cat that killed the rat that ate the malt that lay in the house that jack built "
)
END = "the keys that the old man left on the three tables"  # 50 letters; the next word is: are


class Letters:
    """The last T letters of a text, at 1 .. T; their ink is |∂S_T/∂S_k|.

    Below 1 a letter fades. Above 1 its area grows with the gain as far as there is room, then its
    ink spills. One that arrives with the other sign stands on its head. Where there is no room for
    a letter of 12 pixels, it is a block.
    """

    def __init__(self, stage, bottom, top, places):
        ax, self._places = stage.axes(0, bottom, stage.width, top), places
        self._middle, self._T = (top - bottom) / 2, None
        place = {"offsets": np.empty((0, 2)), "offset_transform": ax.transData}
        self._blanks = lines(ax, style.FAINT, 2, zorder=1)
        self._inks = ax.add_collection(PathCollection([], zorder=2, gid="letters", **place))
        self._inks.set_transform(IdentityTransform())
        self.live = [self._blanks, self._inks]

    def show(self, log_gain, sign):
        """log10|∂S_T/∂S_k| and the sign of ∂S_T/∂S_k, for k = 0..T."""
        if self._T != (T := len(log_gain) - 1):
            self._set_type(T)
        gain = 10.0 ** np.clip(log_gain[1:], -9, 9)
        growth = np.sqrt(np.clip(gain, 1, None))
        spill = np.clip(4 * np.log10(gain * (self._size / TALLEST) ** 2) - 3, 0, 18)
        heat = np.clip(np.log10(gain), 0, 1)[:, None]  # red between 1 and 10
        inks = np.column_stack([heat * rgb(style.LOUD), np.minimum(gain, 1)])
        sizes, is_faint = self._size * np.minimum(growth, TALLEST / self._size), gain < FAINTEST
        which = np.where(is_faint, 2, sign[1:] < 0)
        self._inks.set_paths([of[k] for of, k in zip(self._shapes, which, strict=True)])
        rims = np.where(spill > 0, spill, 2.2 * np.clip((growth - 1) / 1.5, 0, 1))
        if self._are_blocks:  # their ink spills by their size: a thousand rims would take long
            sizes, rims = sizes + 3 * spill, 0
        self._inks.set(facecolors=inks, edgecolors=np.where(spill[:, None] > 0, inks, 1.0))
        self._inks.set(sizes=px(sizes) ** 2, linewidths=px(rims))

    def _set_type(self, T):
        places, text, self._T = self._places(T), (TEXT * 3 + END)[-T:], T
        pitch, x = places[1] - places[0], places[1:]
        self._are_blocks = pitch < 8
        self._size = LETTER if self._are_blocks else np.clip(1.5 * pitch, 12, LETTER)
        half = max(0.4 * pitch, 0.5) / LETTER
        block = Path([(-half, -0.28), (half, -0.28), (half, 0.5), (-half, 0.5)])
        upright = [block if self._are_blocks and c != " " else glyph(c) for c in text]
        self._shapes = [(up, Path(up.vertices * [1, -1], up.codes), NOTHING) for up in upright]
        self._inks.set_offsets(np.column_stack([x, np.full(T, self._middle)]))
        half, y = (0.36 * pitch if pitch < 40 else 14), self._middle - 20
        self._blanks.set_segments([[(at - half, y), (at + half, y)] for at in x])


@lru_cache(maxsize=256)
def glyph(character):
    """The outline of a letter, 1 em high; (0, 0) is the middle of an x."""
    if character == " ":
        return NOTHING
    font = FontProperties(family="DejaVu Sans Mono", weight="bold")
    outline = TextPath((0, 0), character, size=1, prop=font)
    middle = (outline.vertices[:, 0].min() + outline.vertices[:, 0].max()) / 2
    return Path(outline.vertices - [middle, 0.28], outline.codes)


class Halvings:
    """A ruler: where 1/2, 1/4, 1/8 ... is left, or ×2, ×4, ×8 has been reached."""

    def __init__(self, stage, bottom, top):
        ax, self._top = stage.axes(0, bottom, stage.width, top), top - bottom
        self._ticks, self._words = ax.plot([], [], "|", c=style.QUIET, ms=px(5))[0], Words(ax)
        self.live = [self._ticks, self._words]

    def show(self, log_gain, places):
        """log10|∂S_T/∂S_k| at the pixels of S_k, k = 0..T."""
        crossings = crossings_of(log_gain, places)
        ticks, named = _spaced(crossings, 5), _spaced(crossings, 38)
        self._ticks.set_data([x for x, _ in ticks], [self._top - 2.5] * len(ticks))
        self._words.show([Word(x, 7, said, 13, style.QUIET) for x, said in named])


def _spaced(crossings, room):
    """From the latest on, those that keep `room` pixels between them."""
    kept = []
    for x, said in crossings:
        if not kept or kept[-1][0] - x >= room:
            kept.append((x, said))
    return kept


def crossings_of(log_gain, places):
    """Pixel and name of each halving or doubling, the latest first, up to the tenth."""
    levels = log_gain[::-1] / np.log10(2)
    way = np.sign(levels[1])
    if not np.isfinite(levels[1]) or way == 0:
        return []
    far = np.maximum.accumulate(np.clip(way * levels, 0, 1e4) + 1e-9)
    steps = range(1, 1 + min(10, int(far[-1])))
    x = np.interp(steps, far, places[::-1])
    return [(at, f"×{2**n}" if way > 0 else f"1/{2**n}") for at, n in zip(x, steps, strict=True)]


class Fan:
    """|∂S_T/∂S_k| as a line on a stage that stays, ×1000 to 1/1000, with the former lines."""

    LEVELS = ((SPAN, "× 1000"), (1, "× 10"), (0, "unchanged"), (-1, "a tenth"), (-SPAN, "1/1000"))

    def __init__(self, stage, bottom, top, left, right):
        ends = (-SPAN - RIM, SPAN + RIM)
        ax, self.live = stage.axes(0, bottom, stage.width, top, y=ends), Live()
        live, bands = self.live, self.live.add(Bars(ax, 1, linewidths=0))
        zones = [(way * low, way * high, tint(hue, share))
                 for low, high, share in ((1, SPAN, 0.08), (SPAN, SPAN + RIM, 0.3))
                 for way, hue in ((1, style.LOUD), (-1, style.LOST))]  # fmt: skip
        bands.show([(left, low, right, high, shade, shade) for low, high, shade in zones])
        inks = [style.QUIET if y == 0 else style.FAINT for y, _ in self.LEVELS]
        levels = live.add(lines(ax, inks, 1))
        levels.set_segments([[(left, y), (right, y)] for y, _ in self.LEVELS])
        live += scale_of(stage, right + 12, bottom, top, ends, self.LEVELS)
        self._ghosts = live.add(lines(ax, style.QUIET, 1.5, gid="ghosts"))
        self._other_line = live.line(ax, "--", color=style.QUIET, lw=px(2), gid="before")
        box = {"facecolor": "white", "edgecolor": "none", "pad": px(1.5), "alpha": 0.85}
        margin = stage.axes(0, bottom, left - 6, top, x=(0, 1), y=ends)
        self._names = live.add(Words(margin, 9))
        self._line = live.line(ax, color=style.INK, lw=px(2.5), gid="flow")
        dots = {"mec": style.INK, "mew": px(1.5), "ms": px(6)}
        self._plus = live.line(ax, "o", mfc=style.INK, gid="positive", **dots)
        self._minus = live.line(ax, "o", mfc="white", gid="negative", **dots)
        self._exit = live.line(ax, "^", ms=px(13), gid="exit")
        self._exit_words = live.add(words(ax, 0, 0, size=13, bbox=box))
        self._former, self._now, self._other = [], None, None  # pairs of W_s and a line

    def forget(self, all_of_them):
        """Drop the former lines, and with `all_of_them` the present one as well."""
        self._former, self._other = [], None if all_of_them else self._now
        self._now = None

    def show(self, W_s, log_gain, sign, places):
        """log10|∂S_T/∂S_k| and the signs, at the pixels of S_k."""
        y, self._places = np.clip(log_gain, -SPAN - 9, SPAN + 9), places
        self._remember(W_s, y)
        self._line.set_data(places, y)
        for dots, chosen in ((self._plus, sign > 0), (self._minus, sign < 0)):
            chosen = chosen & (np.abs(y) <= SPAN) & (len(places) <= 101)
            points(dots, places[chosen], y[chosen])
        self._mark_exit(log_gain, places)
        points(self._other_line, *((places, self._other[1]) if self._other else ()))

    def _mark_exit(self, log_gain, places):
        """Where the line leaves the stage, and what that means for all steps before."""
        out = np.flatnonzero(np.abs(log_gain) > SPAN)
        if not len(out):
            points(self._exit)
            change(self._exit_words, text="")
            return
        x, last = places[out[-1] + 1], log_gain[out[-1]]
        marker, colour, said = "^", style.LOUD, "blown up"
        if last < 0:
            marker, colour, said = "v", style.LOST, "exactly 0" if last == -np.inf else "deaf"
        change(self._exit, marker=marker, color=colour)
        y = np.sign(last) * (SPAN + RIM / 2)
        points(self._exit, [x], [y])
        back, room = f"{said} from here back", places[-1]
        said = back if max(x, room - x) - 14 > 7.5 * len(back) else said
        x, side = (x - 14, "right") if x - 14 > 7.5 * len(said) else (x + 14, "left")
        self._exit_words.set(x=x, y=y - np.sign(y) * 0.55, text=said, ha=side)

    def _remember(self, W_s, y):
        """The line that was shown becomes a ghost, if it is apart from those already kept."""
        if self._now is not None and self._now[0] != W_s:
            on_stage = np.clip([line for _, line in (*self._former, self._now)], -SPAN, SPAN)
            if (np.abs(on_stage[:-1] - on_stage[-1]).max(axis=1) > APART).all():
                self._former = [*self._former, self._now][-GHOSTS:]
        self._now = W_s, y
        seen = [one for one in self._former if one[0] != W_s]
        self._ghosts.set_segments([np.column_stack([self._places, old]) for _, old in seen])
        darkness = 0.2 + 0.6 * np.arange(1, len(seen) + 1) / max(len(seen), 1)  # the latest most
        self._ghosts.set_color([(*rgb(style.QUIET), alpha) for alpha in darkness])
        named = [Word(1, old[0], number(W), 12, style.QUIET, "right") for W, old in seen]
        self._names.show([one for one in named if abs(one.y) <= SPAN and abs(one.y - y[0]) > 0.8])


def scale_of(stage, left, bottom, top, ends, levels):
    """The names of some levels, below all that moves: so they are not drawn again."""
    ax = stage.axes(left, bottom, stage.width, top, x=(0, 1), y=ends)
    return [words(ax, 0, y, said, 13, color=style.QUIET, zorder=0) for y, said in levels]


class Landscape:
    """What reaches S_0 at every stop of the slider, whose axis it is.

    Usable stops, which keep it within a factor of 2, are in ink, and counted.
    """

    WIDE_ZONE = 45  # stops; a narrower zone is not named

    def __init__(self, stage, bottom, top):
        ends = {"x": (LOW, HIGH), "y": (-0.5, 1)}
        ax, live = stage.axes(TRACK, bottom, stage.width - TRACK, top, **ends), Live()
        area = PolyCollection([], antialiased=False, linewidths=0)
        self._area = live.add(ax.add_collection(area))
        self._usable = live.add(lines(ax, style.INK, 2, gid="usable"))
        self._names, self._ticks = live.add(Words(ax)), live.add(Words(ax))
        # Above the words, which then stay.
        look = {"color": style.COLOUR["W_s"], "lw": px(3.5), "gid": "mark", "zorder": 5}
        rim = [withStroke(linewidth=px(7), foreground="white")]
        self._mark = live.line(ax, solid_capstyle="butt", path_effects=rim, **look)
        self._value = live.add(Words(ax, gid="value"))
        over = stage.axes(TRACK, top + 2, stage.width, top + 24)
        said, up = "What reaches S₀, at every stop of the slider:", MORE * stage.is_narrow
        words(over, 0, 10 + up, said, 14)
        x, size = 0 if up else 346 - TRACK, 14 if stage.width > 350 else 12
        self._count = live.add(words(over, x, 10, size=size, weight="bold", gid="count"))
        self.live, self._at_0 = live, None

    def show(self, at_0):
        """`at_0` is log10|∂S_T/∂S_0| at every stop; the same array again changes nothing."""
        if at_0 is self._at_0:
            return
        self._at_0, usable = at_0, STOPS[np.abs(at_0) <= np.log10(2) + 1e-12]
        level = np.clip(at_0 / SPAN, -1, 1)[:, None]
        hue = np.where(level > 0, rgb(style.LOUD), rgb(style.LOST))
        share = 0.15 + 0.3 * np.abs(level)
        x = np.stack([STOPS - STEP / 2, STOPS + STEP / 2], axis=1)
        height = np.where(at_0 == -np.inf, 0.02, 0.56 + 0.44 * level[:, 0])
        corners = np.stack([x[:, [0, 0, 1, 1]], np.outer(height, [0, 1, 1, 0])], axis=2)
        self._area.set_verts(corners)
        self._area.set_facecolors(share * hue + 1 - share)
        self._usable.set_segments([[(W_s, 0), (W_s, 1)] for W_s in usable])
        stops = f"{len(usable)} of {len(STOPS)} stops keep" if len(usable) else "no stop keeps"
        change(self._count, text=f"▮ {stops} it within a factor of 2")
        self._names.show([Word(x, 0.5, name, 14) for x, name in self._zones(at_0)])

    def _zones(self, at_0):
        """The middle and the name of each wide zone, at most four."""
        kinds = np.where(at_0 > 0, "explodes", np.where(at_0 == -np.inf, "exactly 0", "vanishes"))
        kinds = np.where(np.abs(at_0) > np.log10(2), kinds, "")
        zones = []
        for name, zone in groupby(zip(kinds, STOPS, strict=True), key=lambda stop: stop[0]):
            stops = [W_s for _, W_s in zone]
            if name and len(stops) > self.WIDE_ZONE:
                zones.append(((stops[0] + stops[-1]) / 2, name))
        return zones[:4]

    def mark(self, W_s):
        """The slider's place: a line, and its value below."""
        self._mark.set_data([W_s, W_s], [-0.06, 1])
        ticks = [_below(place, number(place), 14) for place in (-2, -1, 0, 1, 2)]
        near = 36 * (HIGH - LOW) / self._value.axes.bbox.width
        self._ticks.show([tick for tick in ticks if abs(tick.x - W_s) > near])
        value = f"{W_s:.2f}".replace("-", "−")
        self._value.show([_below(W_s, value, 16)._replace(colour=style.COLOUR["W_s"], bold=True)])


def _below(W_s, said, size):
    """At the ends of the axis a text stays inside."""
    side = "left" if W_s < LOW + 0.08 else "right" if W_s > HIGH - 0.08 else "center"
    return Word(W_s, -0.36, said, size, align=side)


class Terms:
    """The terms of ∂E_T/∂W_s below the letters of their steps, as shares of the largest |term|."""

    def __init__(self, stage, bottom, top, left, right):
        self._ax = ax = stage.axes(0, bottom, stage.width, top, y=(-1.15, 1.15))
        ground = ax.plot([left, right], [0, 0], color=style.QUIET, lw=px(1))[0]
        largest = "largest" if stage.is_narrow else "the largest"
        levels = ((1, largest), (0, "0"), (-1, f"− {largest}"))
        scale = scale_of(stage, right + 12, bottom, top, (-1.15, 1.15), levels)
        look = {"facecolors": style.COLOUR["W_s"], "linewidths": 0, "gid": "terms"}
        self._bars = ax.add_collection(PolyCollection([], **look))
        self.live = [ground, *scale, self._bars]

    def show(self, shares, places):
        """`shares[i - 1]` is term i over the largest |term|, from -1 to 1."""
        x, half = places[1:], min(0.36 * (places[1] - places[0]), 10)
        corners = np.zeros((len(x), 4, 2))
        corners[:, :, 0] = x[:, None] + half * np.array([-1, -1, 1, 1])
        corners[:, 1:3, 1] = shares[:, None]
        self._bars.set_verts(corners)


class Heart:
    """All strips on one stage, `words` around them; `live` are the artists that move."""

    def __init__(self, stage):
        narrow = stage.is_narrow
        self.left, self.right = (36, stage.width - 92) if narrow else (62, stage.width - 118)
        base = stage.height - HEIGHT  # a line more below the fan, or none
        self.letters = Letters(stage, base + 244, base + 344, self.places)
        self.halvings = Halvings(stage, base + 222, base + 242)
        self.fan = Fan(stage, base + 96, base + 220, self.left, self.right)
        self.terms = Terms(stage, base + 96, base + 220, self.left, self.right)
        self.landscape = Landscape(stage, 0, 70)
        beside = stage.axes(0, base + 222, stage.width, stage.height)
        words(beside, self.left - 12, 72, "$S_0$", 18, ha="right")
        look = {"color": style.COLOUR["E"], "weight": "bold"}
        words(beside, self.right + 18, 72, "← error", 16 if narrow else 18, **look)
        self._of_terms = None
        parts = (self.letters, self.halvings, self.fan, self.terms, self.landscape)
        self.live = [artist for part in parts for artist in part.live]
        self.show_terms(False)

    def places(self, T):
        """Pixels of S_0, ..., S_T."""
        return self.left + (self.right - self.left) * np.arange(T + 1) / T

    def show_terms(self, instead):
        """The terms in place of the fan, or the fan again."""
        if instead != self._of_terms:
            self._of_terms = instead
            for part, is_shown in ((self.terms, instead), (self.fan, not instead)):
                for artist in part.live:
                    artist.set_visible(is_shown)

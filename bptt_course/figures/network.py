"""The network unrolled over time, and the paths by which a weight reaches the error.

Nodes X_t, S_t, Y_t and E_T. The edge into S_t from X_t carries W_x, the one from S_{t-1} carries
W_s, and the edge from S_t to Y_t carries W_y. An edge is named by what it carries and the time at
its head: ("W_s", 2) runs from S_1 to S_2, and ("E", 3) from Y_3 to E_3. A node is a name and
a time: ("S", 2).
"""

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.patches import Circle, Rectangle

from bptt_course.figures import style
from bptt_course.figures.stage import Arrows, Word, Words, change, chip, points, px, words
from bptt_course.words import short

T, WEIGHTS = 3, ("W_x", "W_s", "W_y")
NODES = [("S", 0), *((row, t) for row in "XSY" for t in range(1, T + 1)), ("E", T), ("d", T)]
WEIGHTED = [(weight, t) for t in range(1, T + 1) for weight in WEIGHTS]  # edges, but for that to E
ROW = {"X": 0, "S": 1, "Y": 2, "E": 2, "d": 1}
RIM = 8  # pixels around the outermost nodes
SPACIOUS = 120  # pixels from one time to the next, so that a weight's value fits between
FOOT = 28  # pixels below, where the values stand otherwise
LANE = 9  # between two lit paths that share an edge
THIN, THICK = 3, 6  # a lit edge that passes the gradient on; the use of the weight
DASHES = ((), (3.0, 1.7), (1.2, 1.0))  # in widths of the thin line, on the thick one as well
HEAD = 12  # the arrowhead on a lit edge
DUST = 12  # decimals; beyond them is only what floating point leaves
PRINTED = 1.12  # letters of a static figure, which are 14 points at least


def paths(weight):
    """All paths from E_3 back to a weight, in the order of the chain rule, the shortest first.

    For "W_s" and "W_x" there are three: back through S_3, ..., S_i, then the edge that brings the
    weight into S_i. For "W_y" there is one.
    """
    out = [("E", T), ("W_y", T)]
    if weight == "W_y":
        return [out]
    through = [("W_s", t) for t in range(T, 1, -1)]
    return [[*out, *through[: T - i], (weight, i)] for i in range(T, 0, -1)]


@style.plain
def draw_network(ax, lit=(), run=None, d=None):
    """The four diagrams of the series: the unrolled network, with the paths of `lit` picked out.

    `lit` holds paths as `paths` gives them; the last edge of each, the use of its weight, is drawn
    in the weight's colour. With a scalar `run` (and its last target `d`) the numbers stand in the
    nodes and on the edges. Returns the `Network`.
    """
    if ax.figure.get_layout_engine() is None:
        ax.figure.set_layout_engine("constrained")  # no room is lost at the rim
    network = Network(ax, numbers=run is not None, scale=PRINTED)
    network.light(lit)
    if run is not None:
        network.write(run, d)
    return network


class Network:
    """The unrolled network on `ax`: a fixed drawing, with lit edges and numbers that change.

    `numbers=True` keeps room for a number in every node and beside every weight. The units of `ax`
    are pixels if it has the size that `size` tells; `pitch` is the way from one time to the next,
    `rise` from one row to the next. Where the pitch is narrow, the values of the weights stand
    below. `live` holds the artists that change.
    """

    def __init__(self, ax, numbers=False, pitch=142, rise=134, radius=29, scale=1.0):
        self.pitch, self.rise, self.radius = pitch, rise, radius
        self.axes, self._numbers, self._scale, self._lit_now = ax, numbers, scale, None
        self.is_tight = pitch < SPACIOUS
        width, height = self.size(pitch, rise, radius)
        ax.set_xlim(-radius - RIM, width - radius - RIM)
        foot = FOOT * self.is_tight
        ax.set_ylim(-radius - RIM - foot, height - radius - RIM - foot)
        ax.set_aspect("equal")
        ax.axis("off")
        self._arrows = Arrows(ax, 5.5, "arrows")
        for node in NODES:
            self._draw_node(*node)
        self._lit = ax.add_collection(LineCollection([], zorder=6))
        self._heads = Arrows(ax, 6.5)
        # Below the arrows, which never reach them, and so not drawn again with these.
        self._values, self._weights = Words(ax, 5, "values"), Words(ax, 5, "weights")
        self._tags = Words(ax, 8, "tags")
        look = {"marker": "o", "ms": px(2 * radius + 8), "mfc": "none", "mew": px(4), "zorder": 5.2}
        self._ring = ax.plot([], [], **look)[0]
        self._token = Words(ax, 9, "token")
        marks = [self._values, self._weights, self._arrows, self._tags, self._token]
        self.live = [self._lit, self._ring, self._heads, *marks]
        self.follow([])
        self._weights.show([self._label(*edge, "") for edge in WEIGHTED])

    @classmethod
    def on(cls, stage, top, left=0, room=None):
        """One on a `Stage` from the pixel `top` down, as wide as there is room; and its foot."""
        pitch = min(136, ((room or stage.width) - 2 * (29 + RIM)) / 4)
        rise, radius = (134, 29) if pitch >= SPACIOUS else (138, 24)
        look = {"pitch": pitch, "rise": rise, "radius": radius}
        width, height = cls.size(**look)
        ax = stage.axes(left, top - height, left + width, top)
        return cls(ax, numbers=True, **look), top - height

    @staticmethod
    def size(pitch=142, rise=134, radius=29):
        """Width and height in pixels."""
        foot = FOOT if pitch < SPACIOUS else 0
        return pitch * (T + 1) + 2 * (radius + RIM), 2 * (rise + radius + RIM) + foot

    def light(self, paths, forward=False):
        """Pick out `paths` (lists of edges), arrows from the error back, or `forward` in time.

        Paths that share an edge run beside each other; the last edge of each is in its weight's
        colour, the edges that only pass the gradient on are black.
        """
        if self._lit_now == (list(paths), forward):
            return
        self._lit_now = list(paths), forward
        colours, widths, dashes, segments, heads = [], [], [], [], []
        for lane, edges in enumerate(paths):
            for edge in edges:
                is_use = forward or edge == edges[-1]
                offset = 0 if edge[0] == "W_x" else LANE * (lane - (len(paths) - 1) / 2)
                segment = self._lane(edge, offset)
                segments.append(segment)
                colours.append(style.COLOUR[edge[0]] if is_use else style.INK)
                widths.append(THICK if is_use else THIN)
                scale = THIN / widths[-1]  # matplotlib scales the dashes by the width
                dashes.append((0, [scale * length for length in DASHES[lane % len(DASHES)]]))
                middle, half = 0.7 - 0.2 * lane, HEAD / 2 / sum(abs(np.subtract(*segment)))
                ends = (_part_way(segment, middle + side * half) for side in (-1, 1))
                tail, head = ends if forward else reversed([*ends])
                heads.append((tail, head, style.INK, 2.5))
        self._lit.set_segments(segments)
        self._lit.set(colors=colours, linewidths=widths, linestyles=dashes, visible=bool(segments))
        self._heads.show(heads)
        self.follow([], hidden={edge for edges in paths for edge in edges})

    def write(self, run, d, until=T):
        """The numbers of a scalar `run` and the target d_3, up to time `until`."""
        seen = [(row, t) for row, t in NODES if row in "XSY" and t <= until]
        found = {(row, t): getattr(run, row)[t] for row, t in seen} | {("d", T): d}
        if until == T:
            found["E", T] = (d - run.Y[T]) ** 2
        self.fill({node: short(round(value, DUST), 4) for node, value in found.items()})
        said = {w: short(getattr(run.weights, w), 4) for w in WEIGHTS}
        values = {w: f" = {value}" if len(value) < 5 else f"={value}" for w, value in said.items()}
        self.name_weights(values)

    def fill(self, said):
        """These words in the nodes: {("S", 2): "3"}."""
        size = 15 * self._scale * self.radius / 29
        look = {"bold": True, "align": "center", "colour": style.INK}
        found = []
        for node, words_ in said.items():
            x, y = self.place(node)
            fits = max(size, 13) if len(words_) < 5 else max(0.83 * size, 12)
            found.append(Word(x, y - 13 * self.radius / 29, words_, fits, **look))
        self._values.show(found)

    def name_weights(self, said):
        """The weights' labels followed by these words: {"W_s": " = 0.5"}; an edge may differ."""
        of_all = dict.fromkeys(WEIGHTS, "") if self.is_tight else said
        found = [self._label(*edge, said.get(edge, of_all[edge[0]])) for edge in WEIGHTED]
        if self.is_tight:
            y, width = -self.radius - RIM - FOOT / 2, self.pitch * (T + 1)
            for k, (weight, value) in enumerate((w, said[w]) for w in WEIGHTS):
                look = {"size": 17.2, "colour": style.COLOUR[weight]}
                found.append(Word((0.12 + 0.38 * k) * width, y, f"${weight}${value}", **look))
        self._weights.show(found)

    # ---- a walk along the arrows

    def follow(self, strokes, hidden=()):
        """Arrows (tail, head, colour, width, is_use); a use ends half-way, at its weight.

        The arrows of the forward pass below whole ones vanish, and so do those of `hidden` edges.
        """
        drawn, covered = [], {frozenset(self.ends(*edge)) for edge in hidden}
        for tail, head, colour, width, is_use in strokes:
            start, end = self._between(tail, head)
            drawn.append((start, _part_way((start, end), 0.62) if is_use else end, colour, width))
            covered |= set() if is_use else {frozenset((tail, head))}
        ends = [*(self.ends(*edge) for edge in [*WEIGHTED, ("E", T)]), (("d", T), ("E", T))]
        seen = [pair for pair in ends if frozenset(pair) not in covered]
        forward = [(*self._between(*pair), style.FAINT, 3) for pair in seen]
        self._arrows.show(forward + drawn)

    def tag(self, tags, above=False):
        """Chips (place, words, colour): a place is a node or a pair of nodes; "?" asks.

        That of a node lies below it on the left, or `above` it.
        """
        found = []
        for place, said, colour in tags:
            x, y = (self.above if above else self._beside)(place)
            asks = chip(x, y, said, size=self._chip_size(said))
            look = {"colour": colour, "paper": "#FFFFFF", "edge": colour}
            found.append(asks if said == "?" else asks._replace(**look))
        self._tags.show(found)

    def carry(self, tokens):
        """Tokens (node, words) at the upper rim of nodes; "?" asks."""
        found = []
        for node, said in tokens:
            asks = chip(*self.above(node), said, size=self._chip_size(said) + 1, corner=99)
            look = {"paper": style.COLOUR["E"], "edge": "#FFFFFF"}
            found.append(asks if said == "?" else asks._replace(**look))
        self._token.show(found)

    def ring(self, node, colour=style.INK):
        """A ring around a node, or around none."""
        points(self._ring, *(() if node is None else zip(self.place(node))))
        change(self._ring, markeredgecolor=colour)

    def place(self, node):
        """The middle of a node."""
        row, t = node
        return self.pitch * (t + (row in "Ed")), self.rise * ROW[row]

    def _beside(self, place):
        """The place of a chip at a node, or at the arrow between two.

        Below a node comes first the chip of a level arrow, then its own, then that of an upright
        arrow; an output has no level arrow to its left, but its own chip if there is room.
        """
        is_arrow = isinstance(place[0], tuple)
        node, other = place if is_arrow else (place, place)
        (x, y), (x1, y1) = self.place(node), self.place(other)
        if is_arrow and y == y1:
            return (x + x1) / 2, y - self.radius - 4 * self.is_tight
        is_output = node[0] == "Y"
        if is_arrow:
            drop = 54 if not is_output else 34 if self.is_tight else 18
            return x - 0.2 * self.pitch - 6, y - self.radius - drop
        if is_output and not self.is_tight:
            return x - self.pitch / 2, y
        return x - self.radius - 8, y - self.radius - (8 if is_output else 28)

    def above(self, node):
        """The place of a token at a node."""
        x, y = self.place(node)
        return x, y + self.radius + 17

    def _chip_size(self, said):
        return 12.5 if len(said) > 5 else 13 if self.is_tight else 15

    # ---- the fixed drawing

    def ends(self, carries, t):
        """Where the edge starts and ends, in the direction of the forward pass."""
        return {
            "W_x": (("X", t), ("S", t)),
            "W_s": (("S", t - 1), ("S", t)),
            "W_y": (("S", t), ("Y", t)),
            "E": (("Y", t), ("E", t)),
        }[carries]

    def _between(self, tail, head):
        """From rim to rim."""
        (x0, y0), (x1, y1) = self.place(tail), self.place(head)
        gap = (self.radius + 4) / (abs(x1 - x0) + abs(y1 - y0))
        return tuple(_part_way(((x0, y0), (x1, y1)), share) for share in (gap, 1 - gap))

    def _lane(self, edge, offset=0.0):
        """The edge from rim to rim, `offset` to its right or below it."""
        (x0, y0), (x1, y1) = (self.place(node) for node in self.ends(*edge))
        rim = (self.radius**2 - offset**2) ** 0.5
        end = self.radius if edge[0] == "E" else rim
        if y0 == y1:
            return [(x0 + rim, y0 - offset), (x1 - end, y1 - offset)]
        return [(x0 + offset, y0 + rim), (x1 + offset, y1 - rim)]

    def _label(self, carries, t, said):
        (x0, y0), (x1, y1) = (self.place(node) for node in self.ends(carries, t))
        shares, lift = ((0.3, 0.48), 21) if self.is_tight else ((0.38, 0.5), 26)
        place = (x0 + 19, y0 + shares[carries == "W_y"] * (y1 - y0), "left")
        x, y, align = ((x0 + x1) / 2, y0 + lift, "center") if y0 == y1 else place
        if said[:1] == "$" and not self.is_tight:  # a name of its own
            return Word(x, y + 6, said, 19, style.COLOUR[carries], align)
        said = said if said[:1] == "$" else f"${carries}${said}"
        return Word(x, y, said, 17.2 * self._scale, style.COLOUR[carries], align)

    def _draw_node(self, row, t):
        x, y = self.place((row, t))
        colour, radius = style.COLOUR[row] if row in "Ed" else style.INK, self.radius
        look = {"fc": "white", "ec": colour, "lw": px(2.5), "zorder": 4}
        box = Rectangle((x - radius, y - radius), 2 * radius, 2 * radius, **look)
        shape = box if row in "Ed" else Circle((x, y), radius, **look)
        self.axes.add_patch(shape).set_linestyle("--" if row == "d" else "-")
        lift = 10 * radius / 29 if self._numbers else 0
        look = {"ha": "center", "color": colour, "zorder": 4.5}
        words(self.axes, x, y + lift, f"${row}_{t}$", 18 * self._scale, **look)


def _part_way(segment, share):
    (x0, y0), (x1, y1) = segment
    return x0 + share * (x1 - x0), y0 + share * (y1 - y0)

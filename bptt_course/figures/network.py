"""The network unrolled over time, and the paths by which a weight reaches the error.

Nodes X_t, S_t, Y_t and E_T. The edge into S_t from X_t carries W_x, the one from S_{t-1} carries
W_s, and the edge from S_t to Y_t carries W_y. An edge is named by what it carries and the time at
its head: ("W_s", 2) runs from S_1 to S_2, and ("E", 3) from Y_3 to E_3. A node is a name and
a time: ("S", 2).
"""

from matplotlib.collections import LineCollection
from matplotlib.patches import Circle, Rectangle

from bptt_course.figures import stage, style
from bptt_course.figures.stage import Arrows, Word, Words, chip, px, words
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


def beside_network(width, room, height, below, head=26):
    """A stage with the network at its upper left, for a table: (stage, network, table's left end).

    The table has `room` pixels at the right and `height` to itself or, narrow, the pixels `below`.
    """
    is_narrow = width <= stage.NARROW
    pitch = min(136, (width - (0 if is_narrow else room) - 2 * (29 + RIM)) / 4)
    look = (pitch, 134, 29) if pitch >= SPACIOUS else (pitch, 138, 24)
    right, high = Network.size(*look)
    whole = stage.Stage(width, high + head + below if is_narrow else max(height, high + head))
    ax = whole.axes(0, whole.height - head - high, right, whole.height - head)
    return whole, Network(ax, True, *look), 0 if is_narrow else width - room


class Network:
    """The unrolled network on `ax`: a fixed drawing, with numbers, arrows and chips that change.

    `numbers=True` keeps room for a number in every node and beside every weight (below, where the
    pitch is narrow). The units of `ax` are pixels if it has the size that `size` tells; `pitch` is
    the way from one time to the next, `rise` from one row to the next.
    """

    def __init__(self, ax, numbers=False, pitch=142, rise=134, radius=29, scale=1.0):
        self.axes, self._numbers, self._scale = ax, numbers, scale
        self.pitch, self.rise, self.radius, self.is_tight = pitch, rise, radius, pitch < SPACIOUS
        width, height = self.size(pitch, rise, radius)
        left, foot = -radius - RIM, -radius - RIM - FOOT * self.is_tight
        ax.set(xlim=(left, left + width), ylim=(foot, foot + height), aspect="equal")
        ax.axis("off")
        for node in NODES:
            self._draw_node(*node)
        # Below the arrows, which never reach them, and so not drawn again with these.
        self._values, self._weights = Words(ax, 5, "values"), Words(ax, 5, "weights")
        self._arrows = Arrows(ax, 5.5, "arrows")
        self._tags, self._token = Words(ax, 8, "tags"), Words(ax, 9, "token")
        self.live = [self._values, self._weights, self._arrows, self._tags, self._token]
        self.follow([])
        self._weights.show([self._label(*edge, "") for edge in WEIGHTED])

    @staticmethod
    def size(pitch=142, rise=134, radius=29):
        """Width and height in pixels."""
        foot = FOOT if pitch < SPACIOUS else 0
        return pitch * (T + 1) + 2 * (radius + RIM), 2 * (rise + radius + RIM) + foot

    def light(self, paths):
        """Pick out `paths`, lists of edges from the error back, side by side on shared edges."""
        segments, heads, colours, widths, dashes = [], [], [], [], []
        for lane, edges in enumerate(paths):
            for edge in edges:
                (x0, y0), (x1, y1) = self._between(*self.ends(*edge))
                offset = 0 if edge[0] == "W_x" else LANE * (lane - (len(paths) - 1) / 2)
                right, down = (0, offset) if y0 == y1 else (offset, 0)
                segment = (x0 + right, y0 - down), (x1 + right, y1 - down)
                segments.append(segment)
                middle, half = 0.7 - 0.2 * lane, HEAD / 2 / (x1 - x0 + y1 - y0)
                ends = (_part_way(segment, middle + side * half) for side in (1, -1))
                heads.append((*ends, style.INK, 2.5))
                is_use = edge == edges[-1]
                colours.append(style.COLOUR[edge[0]] if is_use else style.INK)
                widths.append(THICK if is_use else THIN)
                scale = THIN / widths[-1]  # matplotlib scales the dashes by the width
                dashes.append((0, [scale * length for length in DASHES[lane % len(DASHES)]]))
        look = {"colors": colours, "linewidths": widths, "linestyles": dashes, "zorder": 6}
        self.lit = self.axes.add_collection(LineCollection(segments, **look))
        Arrows(self.axes, 6.5).show(heads)
        self.follow([], hidden={edge for edges in paths for edge in edges})

    def write(self, run, d, until=T):
        """The numbers of a scalar `run` and the target d_3, up to time `until`."""
        seen = [(row, t) for row, t in NODES if row in "XSY" and t <= until]
        found = {(row, t): getattr(run, row)[t] for row, t in seen} | {("d", T): d}
        found |= {("E", T): (d - run.Y[T]) ** 2} if until == T else {}
        self.fill({node: short(round(value, DUST), 4) for node, value in found.items()})
        said = ((name, short(W, 4)) for name, W in zip(WEIGHTS, run.weights, strict=True))
        self.name_weights({name: f" = {W}" if len(W) < 5 else f"={W}" for name, W in said})

    def fill(self, said):
        """These words in the nodes: {("S", 2): "3"}."""
        shrunk, found = self.radius / 29, []
        for node, number in said.items():
            (x, y), size = self.place(node), 15 * self._scale * shrunk
            size = max(size, 13) if len(number) < 5 else max(0.83 * size, 12)
            found.append(Word(x, y - 13 * shrunk, number, size, bold=True))
        self._values.show(found)

    def name_weights(self, said):
        """The weights' labels followed by these words: {"W_s": " = 0.5"}; an edge may differ."""
        of_all = dict.fromkeys(WEIGHTS, "") if self.is_tight else said
        found = [self._label(*edge, said.get(edge, of_all[edge[0]])) for edge in WEIGHTED]
        if self.is_tight:
            y, width = -self.radius - RIM - FOOT / 2, self.pitch * (T + 1)
            for share, weight in zip((0.12, 0.5, 0.88), WEIGHTS, strict=True):
                value, hue = f"${weight}${said[weight]}", style.COLOUR[weight]
                found.append(Word(share * width, y, value, 17.2, hue))
        self._weights.show(found)

    def follow(self, strokes, hidden=()):
        """Arrows (tail, head, colour, is_use) over the forward pass; those of uses end half-way."""
        drawn, covered = [], {frozenset(self.ends(*edge)) for edge in hidden}
        width = 3 if self.is_tight else 5
        for tail, head, colour, is_use in strokes:
            start, end = self._between(tail, head)
            drawn.append((start, _part_way((start, end), 0.62) if is_use else end, colour, width))
            covered |= set() if is_use else {frozenset((tail, head))}
        ends = [*(self.ends(*edge) for edge in [*WEIGHTED, ("E", T)]), (("d", T), ("E", T))]
        seen = [pair for pair in ends if frozenset(pair) not in covered]
        self._arrows.show([(*self._between(*pair), style.FAINT, 3) for pair in seen] + drawn)

    def tag(self, tags, above=False):
        """Chips (tail, head, words, colour) at arrows, or at nodes if tail = head; "?" asks."""
        found = []
        for tail, head, said, hue in tags:
            place = self.above(tail) if above else self._beside(tail, head)
            found.append(self._chip(place, said, colour=hue, paper="#FFFFFF", edge=hue))
        self._tags.show(found)

    def carry(self, tokens):
        """Tokens (node, words) at the upper rim of nodes; "?" asks."""
        look = {"paper": style.COLOUR["E"], "edge": "#FFFFFF"}
        chips = (self._chip(self.above(node), said, **look) for node, said in tokens)
        self._token.show([one._replace(size=one.size + 1, corner=99) for one in chips])

    def _chip(self, place, said, **look):
        size = 12.5 if len(said) > 5 else 13 if self.is_tight else 15
        asks = chip(*place, said, size=size)
        return asks if said == "?" else asks._replace(**look)

    def place(self, node):
        """The middle of a node."""
        row, t = node
        return self.pitch * (t + (row in "Ed")), self.rise * ROW[row]

    def _beside(self, tail, head):
        """The place of a chip: below a level arrow, then a node's, then an upright arrow's."""
        (x, y), (x1, y1), is_output = self.place(tail), self.place(head), tail[0] == "Y"
        if tail == head and is_output and not self.is_tight:
            return x - self.pitch / 2, y
        if tail == head:
            return x - self.radius - 8, y - self.radius - (8 if is_output else 28)
        if y == y1:
            return (x + x1) / 2, y - self.radius - 14 * self.is_tight
        drop = 54 if not is_output else 26 if self.is_tight else 18
        return x - 0.2 * self.pitch - 6, y - self.radius - drop

    def above(self, node):
        """The place of a token at a node."""
        x, y = self.place(node)
        return x, y + self.radius + 17

    def ends(self, carries, t):
        """Where the edge starts and ends, in the direction of the forward pass."""
        tail, head = {"W_x": "XS", "W_s": "SS", "W_y": "SY", "E": "YE"}[carries]
        return (tail, t - (carries == "W_s")), (head, t)

    def _between(self, tail, head):
        (x0, y0), (x1, y1) = ways = self.place(tail), self.place(head)
        gap = (self.radius + 4) / (abs(x1 - x0) + abs(y1 - y0))  # from rim to rim
        return _part_way(ways, gap), _part_way(ways, 1 - gap)

    def _label(self, carries, t, said):
        (x0, y0), (x1, y1) = (self.place(node) for node in self.ends(carries, t))
        shares = (0.3, 0.48) if self.is_tight else (0.38, 0.5)
        is_own = said[:1] == "$"  # a name of its own, above a dial
        place = (x0 + 19, y0 + shares[carries == "W_y"] * (y1 - y0), "left")
        x, y, align = ((x0 + x1) / 2, y0 + 26 + 6 * is_own, "center") if y0 == y1 else place
        said = said if is_own else f"${carries}${said}"
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

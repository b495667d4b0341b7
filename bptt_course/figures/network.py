"""The network unrolled over time, and the paths by which a weight reaches the error.

Nodes X_t, S_t, Y_t and E_T. The edge into S_t from X_t carries W_x, the one from S_{t-1} carries
W_s, and the edge from S_t to Y_t carries W_y. An edge is named by what it carries and the time at
its head: ("W_s", 2) runs from S_1 to S_2, and ("E", 3) from Y_3 to E_3.
"""

import math

from matplotlib.collections import LineCollection
from matplotlib.patches import Circle, Rectangle

from bptt_course.figures import style
from bptt_course.words import number, short

ROW = {"X": 0.0, "S": 1.0, "Y": 2.0, "E": 2.0}
STEP = 1.25  # from one time to the next, in the units of a row
RADIUS = 0.25
LANE = 0.08  # between two lit paths that share an edge
THIN, THICK = 3, 6  # a lit edge that passes the gradient on; the use of the weight
DASHES = ((), (3.0, 1.7), (1.2, 1.0))  # in widths of the thin line, on the thick one as well
DUST = 12  # decimals; what floating point leaves behind lies beyond them


def path(weight, i, at=3):
    """The edges from E_at back to the use of `weight` at step i, in the order of the chain rule.

    For "W_s" and "W_x": back through S_at, ..., S_i, then the edge that brings the weight into S_i.
    For "W_y" there is one path, and i is `at`.
    """
    if weight == "W_y":
        return [("E", at), ("W_y", at)]
    through = [("W_s", t) for t in range(at, i, -1)]
    return [("E", at), ("W_y", at), *through, (weight, i)]


def paths(weight, at=3):
    """All paths of a weight, the shortest first: one for "W_y", `at` for "W_s" and "W_x"."""
    return [path(weight, i, at) for i in ([at] if weight == "W_y" else range(at, 0, -1))]


def draw_network(ax, lit=(), run=None, d=None):
    """The four diagrams of the series: the unrolled network, with the paths of `lit` picked out.

    `lit` holds paths as `path` or `paths` gives them; the last edge of each, the use of its weight,
    is drawn in the weight's colour. With a scalar `run` (and its last target `d`) the numbers stand
    in the nodes and on the edges. Returns the `Network`.
    """
    if ax.figure.get_layout_engine() is None:
        ax.figure.set_layout_engine("constrained")  # no room is lost at the rim
    network = Network(ax, T=3 if run is None else run.T, numbers=run is not None)
    network.light(lit)
    if run is not None:
        network.write(run, d)
    return network


class Network:
    """The unrolled network on `ax`: a fixed drawing, with lit edges and numbers that change.

    `T` steps, with E_T as the last node. `numbers=True` keeps room for a number in every node and
    under every weight. `live` holds the artists that `light` and `write` change.
    """

    def __init__(self, ax, T=3, numbers=False):
        self.T, self._ax, self._numbers = T, ax, numbers
        ax.set_xlim(-0.3, STEP * (T + 1) + 0.3)
        ax.set_ylim(-0.3, 2.3)
        ax.set_aspect("equal")
        ax.axis("off")
        for edge in self.edges():
            self._draw_edge(*edge)
        for node in self.nodes():
            self._draw_node(*node)
        self._lit = ax.add_collection(LineCollection([], zorder=6))
        self._shown = None
        self._heads = {m: ax.plot([], [], m, ms=11, color=style.INK, zorder=6.5)[0] for m in "<v>^"}
        self._values = {node: self._node_number(*node) for node in self.nodes() if numbers}
        self._weights = {edge: self._edge_number(*edge) for edge in self.edges() if numbers}
        self.live = [
            self._lit,
            *self._heads.values(),
            *self._values.values(),
            *self._weights.values(),
        ]

    def nodes(self):
        """The names of the nodes: ("S", 0), ("X", 1), ..., ("E", T)."""
        steps = range(1, self.T + 1)
        return [("S", 0), *((row, t) for row in "XSY" for t in steps), ("E", self.T)]

    def edges(self):
        """The names of the edges: ("W_x", 1), ("W_s", 1), ("W_y", 1), ..., ("E", T)."""
        steps = range(1, self.T + 1)
        return [*((weight, t) for t in steps for weight in ("W_x", "W_s", "W_y")), ("E", self.T)]

    def light(self, paths, forward=False):
        """Pick out `paths` (lists of edges), arrows from the error back, or `forward` in time.

        Paths that share an edge run beside each other; the last edge of each is in its weight's
        colour, the edges that only pass the gradient on are black.
        """
        if self._shown == (list(paths), forward):
            return
        self._shown = list(paths), forward
        colours, widths, dashes, segments = [], [], [], []
        heads = {marker: [] for marker in self._heads}
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
                heads[_arrow(edge, forward)].append(_part_way(segment, 0.62 - 0.14 * lane))
        self._lit.set_segments(segments)
        self._lit.set(colors=colours, linewidths=widths, linestyles=dashes)
        for marker, places in heads.items():
            self._heads[marker].set_data(*(zip(*places, strict=True) if places else ([], [])))

    def write(self, run, d=None, until=None):
        """The numbers of a scalar `run` in the nodes and on the edges, up to time `until`.

        `d` is the target at time T; without it E_T stays empty.
        """
        until = self.T if until is None else until
        for (row, t), text in self._values.items():
            if t > until or (row == "E" and d is None):
                text.set_text("")
            else:
                value = (d - run.Y[t]) ** 2 if row == "E" else getattr(run, row)[t]
                text.set_text(short(round(value, DUST)))
        for (weight, _), text in self._weights.items():
            text.set_text("" if weight == "E" else f"= {number(getattr(run.weights, weight))}")

    def _ends(self, carries, t):
        """Where the edge starts and ends, in the direction of the forward pass."""
        place = {
            "W_x": (("X", t), ("S", t)),
            "W_s": (("S", t - 1), ("S", t)),
            "W_y": (("S", t), ("Y", t)),
            "E": (("Y", t), ("E", t)),
        }[carries]
        return [self._place(*node) for node in place]

    def _place(self, row, t):
        return STEP * (t + (row == "E")), ROW[row]

    def _lane(self, edge, offset=0.0):
        """The edge from rim to rim, `offset` to its right or below it."""
        (x0, y0), (x1, y1) = self._ends(*edge)
        rim = math.sqrt(RADIUS**2 - offset**2)
        end = RADIUS if edge[0] == "E" else rim
        if y0 == y1:
            return [(x0 + rim, y0 - offset), (x1 - end, y1 - offset)]
        return [(x0 + offset, y0 + rim), (x1 + offset, y1 - rim)]

    def _draw_edge(self, carries, t):
        tail, head = self._lane((carries, t))
        arrow = {"arrowstyle": "-|>", "color": style.FAINT, "lw": 2, "mutation_scale": 18}
        self._ax.annotate(
            "", head, tail, arrowprops={**arrow, "shrinkA": 0, "shrinkB": 0}, zorder=1
        )
        if carries != "E":
            x, y, ha = self._label_place(carries, t)
            colour = style.COLOUR[carries]
            self._ax.text(x, y, f"${carries}$", ha=ha, va="bottom", fontsize=18, color=colour)

    def _label_place(self, carries, t):
        """Lower left or lower middle of the weight's label: beside the lanes of the lit paths."""
        (x0, y0), (x1, y1) = self._ends(carries, t)
        lift = 0.15 if self._numbers else 0.0
        if y0 == y1:
            return (x0 + x1) / 2 + lift / 3, y0 + 0.14 + lift, "center"
        lift *= 1.2 if carries == "W_y" else 0.5  # its number keeps clear of W_s
        return x0 + 0.15, (y0 + y1) / 2 - 0.09 + lift, "left"

    def _edge_number(self, carries, t):
        x, y, ha = self._label_place(carries, t)
        return self._ax.text(
            x, y, "", ha=ha, va="top", fontsize=style.TEXT, color=style.COLOUR[carries], zorder=5
        )

    def _draw_node(self, row, t):
        x, y = self._place(row, t)
        colour = style.COLOUR["E"] if row == "E" else style.INK
        corner, side = (x - RADIUS, y - RADIUS), 2 * RADIUS
        shape = Rectangle(corner, side, side) if row == "E" else Circle((x, y), RADIUS)
        shape.set(facecolor="white", edgecolor=colour, linewidth=2, zorder=4)
        self._ax.add_patch(shape)
        middle = {"ha": "center", "va": "center", "zorder": 5}
        lift = 0.08 if self._numbers else 0
        self._ax.text(x, y + lift, f"${row}_{t}$", fontsize=18, color=colour, **middle)

    def _node_number(self, row, t):
        x, y = self._place(row, t)
        return self._ax.text(
            x, y - 0.09, "", ha="center", va="center", fontsize=style.SMALL, weight="bold", zorder=5
        )


def _arrow(edge, forward):
    is_level = edge[0] in ("W_s", "E")
    return (">" if is_level else "^") if forward else ("<" if is_level else "v")


def _part_way(segment, share):
    (x0, y0), (x1, y1) = segment
    return x0 + share * (x1 - x0), y0 + share * (y1 - y0)

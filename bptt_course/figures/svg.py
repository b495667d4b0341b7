"""What matplotlib's artists draw, as markup of SVG: a browser shows it at once, and sharply.

Places are whole tenths of a pixel; y counts downwards.
"""

import re
from functools import lru_cache
from itertools import cycle, groupby, islice

import numpy as np
from matplotlib.backend_bases import RendererBase
from matplotlib.textpath import text_to_path
from matplotlib.transforms import Affine2D

# Formulas, digits (numbers change while a slider moves), words, spaces.
PARTS = re.compile(r"\$[^$]*\$|\d|[^\d\s$]+|\s+|\$")
FAR = 10**6  # tenths of a pixel, outside of any picture
LETTERS, COUNTS = {1: "m", 2: "l", 3: "q", 4: "c", 79: "z"}, {3: 2, 4: 3}  # of a path's codes


class Renderer(RendererBase):
    """Collects what is drawn on a figure of this size in pixels, until it is `taken`."""

    def __init__(self, width, height, dpi):
        super().__init__()
        self._size, self._dpi, self._drawn = (width, height), dpi, []
        self._down = np.array([(1, 0, 0), (0, -1, height), (0, 0, 1)])

    def taken(self):
        """The markup of what was drawn since it was taken last."""
        drawn, self._drawn, found = self._drawn, [], []
        for frame, parts in groupby(drawn, lambda part: part[0]):
            found.append(frame)
            for (look, *_), same in groupby(parts, lambda part: part[1]):
                found.append(f'<path{look} d="{"".join([data for *_, data in same])}"/>')
            found.append("</svg>" if frame else "")
        return "".join(found)

    def draw_path(self, gc, path, transform, rgbFace=None):
        """A path, filled or not."""
        look, width = self._look_of(gc, rgbFace), gc.get_linewidth()
        matrix = self._down @ transform.get_matrix()
        self._draw(path, matrix, look, width, gc.get_snap(), self._frame_of(gc))

    def _draw(self, path, matrix, look, width, snap, frame):
        (right, bottom), (_, is_line, _), way = self._size, look, 0
        clip = (-99, -99, right + 99, bottom + 99) if is_line else None
        more = {"simplify": is_line and path.should_simplify, "snap": snap, "curves": True}
        clean = path.cleaned(matrix, True, clip, stroke_width=self.points_to_pixels(width), **more)
        data, points, _ = outline(clean.vertices, clean.codes)
        if data and not is_line:
            # Where two that are filled overlap, one against the clock, the rest would be a hole.
            x, y = points.T
            way = np.sign(x[:-1] @ y[1:] + x[-1] * y[0] - y[:-1] @ x[1:] - y[-1] * x[0])
        if data and (way or width or is_line):
            self._add(frame, look, [f"M{data[1:]}"], way)

    def draw_markers(self, gc, marker_path, marker_trans, path, trans, rgbFace=None):
        """The same path at each point of another."""
        (a, b, x), (c, d, y), _ = marker_trans.get_matrix().tolist()
        snap = gc.get_snap(), self.points_to_pixels(gc.get_linewidth())
        data = _stamp(marker_path, a, b, x, -c, -d, -y, *snap)
        places = trans.transform(path.vertices) * (1, -1) + (0, self._size[1])
        places = places[np.isfinite(places).all(axis=1)]
        spots = _tenths(np.floor(places + 0.5) if gc.get_snap() else places)
        several = [f"M{x} {y}{data}" for x, y in spots.tolist()]
        self._add(self._frame_of(gc), self._look_of(gc, rgbFace), several)

    def draw_path_collection(
        self, gc, master_transform, paths, all_transforms, offsets, offset_trans,
        facecolors, edgecolors, linewidths, linestyles, *_, **__,
    ):  # fmt: skip
        """Paths of which each has its own colours, width or dashes, or its own place and size."""
        count = max(len(paths), len(offsets)) if len(paths) else 0
        master = self._down @ master_transform.get_matrix()
        turns = np.resize(master @ all_transforms if len(all_transforms) else master, (count, 3, 3))
        turns[:, :2, 2] += np.resize(offset_trans.transform(offsets) * (1, -1), (count, 2))
        frame, snap = self._frame_of(gc), gc.get_snap()
        ends = gc.get_joinstyle(), gc.get_capstyle()
        parts = paths, turns, _colours(facecolors), _colours(edgecolors), linewidths, linestyles
        rows = zip(*(cycle(part if len(part) else [None]) for part in parts), strict=True)
        for path, turn, face, edge, width, dashes in islice(rows, count):
            edge, width = (edge, width) if edge and edge[3] and width else (None, 0)
            offset, gaps = dashes or (0, None)
            look = _look(face, edge, self._dpi, width, (offset, *(gaps or ())), *ends)
            if len(all_transforms):
                (a, b, x), (c, d, y), _ = turn.tolist()
                data = f"M{round(10 * x)} {round(10 * y)}{_stamp(path, a, b, 0, c, d, 0)}"
                self._add(frame, look, [data], None)
            else:
                self._draw(path, turn, look, width, snap, frame)

    def draw_text(self, gc, x, y, s, prop, angle, ismath=False, mtext=None):
        """A text as the outlines of its letters."""
        data, *_ = text_line(s, prop, bool(ismath), self._dpi, angle)
        if data:
            place = f"M{round(10 * x)} {round(10 * y)}"
            self._add(self._frame_of(gc), _look(*_colours([gc.get_rgb()])), [place + data])

    def _look_of(self, gc, face):
        edge, width, (offset, gaps) = gc.get_rgb(), gc.get_linewidth(), gc.get_dashes()
        if gc.get_forced_alpha():
            face, edge = (c if c is None else (*c[:3], gc.get_alpha()) for c in (face, edge))
        face, edge = (None if c is None else _colours([c])[0] for c in (face, edge))
        ends = gc.get_joinstyle(), gc.get_capstyle()
        return _look(face, width and edge, self._dpi, width, (offset, *(gaps or ())), *ends)

    def _frame_of(self, gc):
        """The start of a nested picture, beyond whose sides nothing is seen."""
        if (box := gc.get_clip_rectangle()) is None:
            return ""
        x, y, width, height = (round(10 * side) for side in box.bounds)
        y = round(10 * self._size[1]) - y - height
        place = f'x="{x}" y="{y}" width="{width}" height="{height}"'
        return f'<svg {place} viewBox="{x} {y} {width} {height}" style="overflow: hidden">'

    def _add(self, frame, look, several, way=0):
        look, _, can_join = look
        for k, data in enumerate(several if look else (), len(self._drawn)):
            kind = ("", k) if way is None or not can_join else (way,)
            self._drawn.append((frame, (look, *kind), data))

    def get_text_width_height_descent(self, s, prop, ismath):
        """The size of a text in pixels."""
        _, width, ascent, descent = text_line(s, prop, bool(ismath), self._dpi)
        return width, ascent + descent, descent

    def get_canvas_width_height(self):
        """Width and height in pixels."""
        return self._size

    def points_to_pixels(self, points):
        """A length in points as pixels."""
        return points * self._dpi / 72


def _colours(several):
    """Red, green and blue from 0 to 255, alpha in thousandths."""
    rows = [(*each, 1)[:4] for each in several]
    return [
        (round(255 * r), round(255 * g), round(255 * b), round(1000 * a)) for r, g, b, a in rows
    ]


@lru_cache(maxsize=4096)
def _look(face, edge=None, dpi=0, width=0, dashes=(0,), join="", cap=""):
    """How a path is painted, as attributes (none: it is not seen); is it a line; may some be one?

    They may not where one that lies over another shows its own rim, or shines through.
    """
    face, edge = (colour if colour and colour[3] else None for colour in (face, edge))
    if not (face or edge):
        return "", True, False
    found = "" if face else ' fill="none"'
    for what, (*rgb, alpha) in [("fill", face)] * bool(face) + [("stroke", edge)] * bool(edge):
        found += f' {what}="#{bytes(rgb).hex()}"'
        found += "" if alpha == 1000 else f' {what}-opacity="{alpha / 1000:g}"'
    if edge:
        width, offset, *dashes = (f"{dpi / 7.2 * length:.4g}" for length in (width, *dashes))
        found += f' stroke-width="{width}" stroke-linejoin="{join}"'
        found += f' stroke-linecap="{cap.replace("projecting", "square")}"'
        if dashes:
            found += f' stroke-dasharray="{" ".join(dashes)}" stroke-dashoffset="{offset}"'
    is_plain = "opacity" not in found and (not (face and edge) or face == edge)
    return found, not face, is_plain


@lru_cache(maxsize=2048)
def _stamp(path, a, b, x, c, d, y, snap=False, width=0):
    """The `d` of a path that is drawn at many places."""
    turn = np.array([(a, b, x), (c, d, y), (0, 0, 1)])
    clean = path.cleaned(turn, curves=True, snap=snap, stroke_width=width)
    return outline(clean.vertices, clean.codes)[0]


def _tenths(pixels):
    """Whole tenths of pixels; what lies far outside stays outside, and no number gets too large."""
    return np.rint(np.minimum(np.maximum(10 * pixels, -FAR), FAR)).astype(int)


def outline(vertices, codes):
    """A path as a `d`, each point as seen from where the one before led; its points; its end."""
    codes = codes[codes > 0]  # 0 ends them
    points = _tenths(vertices[: len(codes)])
    if codes.max(initial=0) <= 2:  # lines, of ever other lengths
        steps = np.diff(points, axis=0, prepend=[(0, 0)]).tolist()
        ways = zip(codes.tolist(), steps, strict=True)
        data = "".join([f"{LETTERS[code]}{x} {y}" for code, (x, y) in ways])
        return data, points, points[-1:].ravel().tolist()
    form, shown, seen_from, end = _form(codes.tobytes())
    points = np.vstack([points, (0, 0)])  # the last is where the pen comes from
    steps = (points[shown] - points[seen_from]).ravel().tolist()
    return form % tuple(steps), points[shown], points[end].tolist()


@lru_cache(maxsize=512)
def _form(codes):
    """What `outline` fills in: its form, points in it, from where each is seen, and the last."""
    form, shown, seen_from, at, begin, k = [], [], [], -1, -1, 0
    while k < len(codes):
        letter, count = LETTERS[codes[k]], COUNTS.get(codes[k], 1)
        k += count
        form.append(letter + " ".join(["%d %d"] * count) if letter != "z" else "z")
        if letter != "z":
            shown += range(k - count, k)
            seen_from += [at] * count
        begin = k - 1 if letter == "m" else begin
        at = k - 1 if letter != "z" else begin
    return "".join(form), np.array(shown, int), np.array(seen_from, int), at


@lru_cache(maxsize=1024)
def text_line(said, font, is_math, dpi, angle=0):
    """A text as seen from its pen: a `d`, and its width, ascent and descent in pixels."""
    found, width, ascent, descent = [], 0.0, 0.0, 0.0
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    for part in PARTS.findall(said):
        data, own, up, down = lettered(part, font, is_math and part[:1] == "$", dpi, angle)
        x, y = round(10 * width * cos), round(-10 * width * sin)
        found.append(data and f"m{x} {y}{data}m{-x} {-y}")
        width, ascent, descent = width + own, max(ascent, up), max(descent, down)
    return "".join(found), width, ascent, descent


@lru_cache(maxsize=4096)
def lettered(said, font, is_math, dpi, angle):
    """The same of one part; it ends where the pen was."""
    size = font.get_size_in_points() * dpi / 72
    measured = text_to_path.get_text_width_height_descent(said, font, is_math)
    width, height, descent = (dpi / 72 * each for each in measured)
    vertices, codes = text_to_path.get_text_path(font, said, is_math)
    if not len(codes):
        return "", width, height - descent, descent
    scale = Affine2D().scale(size / text_to_path.FONT_SCALE).rotate_deg(angle).scale(1, -1)
    data, _, (x, y) = outline(scale.transform(vertices), np.array(codes, np.uint8))
    return f"{data}m{-x} {-y}", width, height - descent, descent

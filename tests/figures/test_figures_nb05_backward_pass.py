"""The figures of notebook 05: shapes as boxes, held to their numbers."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from bptt_course import figures


def test_each_matrix_has_its_cells_its_name_and_its_sizes():
    """W_s (3, 3) times X (3, 2) has the shape (3, 2)."""
    ax = Figure().subplots()
    factors = [("W_s", ("n_s", 3), ("n_s", 3)), ("X", ("n_s", 3), ("B", 2))]
    figures.plot_shapes(ax, factors, ("W_sX", ("n_s", 3), ("B", 2)))
    cells = np.array([cell.get_xy() for cell in ax.patches])
    assert {(cell.get_width(), cell.get_height()) for cell in ax.patches} == {(1, 1)}
    boxes = boxes_of(cells)
    assert [sizes for _, sizes in boxes] == [(3, 3), (3, 2), (3, 2)]
    texts = [(*text.get_position(), text.get_text()) for text in ax.texts]
    names = zip(boxes, ("W_s", "X", "W_sX"), ("n_s", "B", "B"), strict=True)
    for ((x, y), (n, m)), name, columns in names:
        assert (y + n / 2, y) == (0, -n / 2), "a box stands in the middle of the row"
        own = [text for left, _, text in texts if x - 0.3 < left <= x + m]
        assert sorted(own) == sorted([f"${name}$", "$n_s$", f"${columns}$"])
    signs = [(x, text) for x, _, text in texts if text in "×="]
    assert [text for _, text in sorted(signs)] == ["×", "=", ""]
    starts = [x for (x, _), _ in boxes]
    assert all(a < x < b for (x, _), a, b in zip(sorted(signs), starts, starts[1:], strict=False))


def test_no_sign_touches_the_size_beside_it():
    figure, axs = plt.subplots(1, 2, figsize=(10, 2.7))  # as in the notebook
    for ax, (inputs, n) in zip(axs, (("n_x", 2), ("n_s", 3)), strict=True):
        row, column = ("1", 1), (inputs, n)
        factors = [("d", ("n_s", 3), row), ("X", row, column)]
        figures.plot_shapes(ax, factors, ("share", ("n_s", 3), column))
    figure.canvas.draw()
    for ax in axs:
        boxes = {text: text.get_window_extent() for text in ax.texts if text.get_text()}
        signs = [text for text in boxes if text.get_text() in "×="]
        for sign in signs:
            assert not any(boxes[sign].expanded(1.3, 1).overlaps(boxes[other])
                           for other in boxes if other is not sign)  # fmt: skip
    plt.close(figure)


def boxes_of(cells):
    """[((left, bottom), (rows, columns))] of the cells, from left to right."""
    columns = np.unique(cells[:, 0])
    found = []
    for group in np.split(columns, np.flatnonzero(np.diff(columns) > 1.01) + 1):
        own = cells[np.isin(cells[:, 0], group)]
        rows = len(own) // len(group)
        assert len(np.unique(own, axis=0)) == rows * len(group)
        found.append((tuple(own.min(axis=0)), (rows, len(group))))
    return found

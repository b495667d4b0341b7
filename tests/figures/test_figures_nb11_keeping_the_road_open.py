"""The static figure of notebook 11: the cells."""

from matplotlib.figure import Figure

from bptt_course import figures


def test_each_cell_shows_its_parts_and_one_thick_route():
    row = Figure().subplots(1, 2)
    parts = ("f_t i_t o_t C_t S_t C_{t-1}", "z_t r_t S_t S_{t-1}")
    for ax, symbols, cell in zip(row, parts, ("LSTM", "GRU"), strict=True):
        figures.plot_cell(ax, cell)
        said = {text.get_text() for text in ax.texts}
        assert {f"${symbol}$" for symbol in symbols.split()} <= said
        arrows = [text.arrow_patch for text in ax.texts if getattr(text, "arrow_patch", None)]
        assert sum(arrow.get_linewidth() > 4 for arrow in arrows) == 3, cell

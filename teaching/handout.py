"""A handout of two pages: the empty t = 3 example to fill in, and on its back the filled one.

It prints on A4 and on Letter without scaling. With --problem it has new numbers.
"""

import sys
from pathlib import Path

PAPER = {"a4": (8.27, 11.69), "letter": (8.5, 11.0)}
WIDTH, HEIGHT = 7.0, 10.0  # inches, which fit on both
BOX, PITCH, RISE = (0.7, 0.48), 1.02, 0.53  # to write in by hand: 12 mm high
FORMULAS = (
    r"$S_t = W_x X_t + W_s S_{t-1}$,   $Y_3 = W_y S_3$,   $E_3 = (d_3 - Y_3)^2$,"
    r"   $g_1 = g_2 =$ identity"
)
ORDER = (
    "Fill in: first the circles and $E_3$, from left to right. Then the boxes at the arrows, from\n"
    "$E_3$ back. Then the rows: each is a path, and most factors stand in the picture already."
)
BACK = (
    "Each row is a path from $E_3$ back to one use of the weight. All begin alike: the way back\n"
    "serves both weights, and only the last factor is the weight's own."
)
CARD = (
    r"$\frac{\partial E_3}{\partial W_s} = \sum_{i=1}^{3} \frac{\partial E_3}{\partial S_i}"
    r"\cdot \frac{\partial^+ S_i}{\partial W_s}$, and likewise for $W_x$",
    r"$\partial E_3 / \partial S_i$: one factor $W_s$ for each step back",
    r"$\partial^+ S_i / \partial W_s = S_{i-1}$: each path counts once",
    r"$\partial^+ S_i / \partial W_x = X_i$: nothing else differs",
    r"With $\tanh$ each state adds a factor $g_1'(a_i) = 1 - S_i^2$",
)


def add_to(commands):
    """Add the command `handout` to those of the command line."""
    command = commands.add_parser("handout", help=__doc__.split(":")[0], description=__doc__)
    command.set_defaults(command=write)
    add = command.add_argument
    add("file", type=Path, nargs="?", default=Path("handout.pdf"), metavar="FILE", help="a new PDF")
    add("--paper", choices=PAPER, default="a4", help="%(default)s, if nothing is said")
    add("--problem", type=int, metavar="SEED", help="the numbers of that problem")


def write(options):
    """Write the handout as a PDF, over no other file, and return the exit code."""
    from matplotlib.backends.backend_pdf import PdfPages

    try:
        both = pages(options.paper, options.problem)
        with (
            open(options.file, "xb") as file,
            PdfPages(file, metadata={"CreationDate": None}) as pdf,
        ):
            for page in both:
                pdf.savefig(page)
    except FileExistsError:
        return _stop(
            f"{options.file} is there already, and nothing is written over: name a new file"
        )
    except (OSError, ValueError) as error:
        return _stop(str(error))
    print(f"Two pages, to be printed on both sides: {options.file.resolve()}")
    return 0


def _stop(words):
    print(words, file=sys.stderr)
    return 1


def pages(paper="a4", seed=None):
    """The two figures, empty and filled, in the numbers of the worked example or of a problem."""
    from bptt_helpers import bptt, rnn

    X, S_0, weights, d_3 = [3, 1, 2], 2, rnn.Weights(W_x=1, W_s=0.5, W_y=2), 6
    if seed is not None:
        from problem import problem

        one = problem(seed)
        X, S_0, d_3 = one.X[1:], one.S[0], one.d_3
        weights = rnn.Weights(one.W_x, one.W_s, one.W_y)
    run = rnn.forward(X, S_0, weights, g_1="identity", g_2="identity")
    terms = bptt.chain_rule_terms(run, d_3, at=3)
    name = "the worked example" if seed is None else f"problem {seed}"
    return [_page(PAPER[paper], name, run, d_3, terms, filled) for filled in (False, True)]


def _page(size, name, run, d_3, terms, filled):
    from matplotlib.figure import Figure

    from bptt_course.figures import style

    with style.unstyled():
        fig = Figure(figsize=size, facecolor="white")
        page = fig.add_axes((0, 0, 1, 1))
        left, top = (size[0] - WIDTH) / 2, (size[1] - HEIGHT) / 2
        page.set(xlim=(-left, size[0] - left), ylim=(size[1] - top, -top))  # inches, from the top
        page.axis("off")
        page.text(0, 0.1, f"BPTT by hand: {name}", fontsize=15, weight="bold")
        page.text(0, 0.45, FORMULAS, fontsize=11)
        if not filled:
            page.text(WIDTH, 0.1, "Name: ________________", fontsize=11, ha="right")
        _draw_network(fig, page, run, d_3, terms, filled)
        page.text(0, 4.52, BACK if filled else ORDER, fontsize=10.5, linespacing=1.4)
        _rows(page, run, terms, filled)
    return fig


def _draw_network(fig, page, run, d_3, terms, filled):
    """The course's network, with a box at each arrow that leads back."""
    from bptt_course.figures.network import Network, paths

    width, height = (pixels / 100 for pixels in Network.size())
    x, y = (WIDTH - width) / 2, 0.66
    (x_0, y_0), (x_1, y_1) = (
        fig.transFigure.inverted().transform(page.transData.transform(corner))
        for corner in ((x, y + height), (x + width, y))
    )
    ax = fig.add_axes((x_0, y_0, x_1 - x_0, y_1 - y_0))
    network = Network(ax, numbers=True)
    steps = (1, 2, 3)
    known = {("S", 0): run.S[0], ("d", 3): d_3, **{("X", t): run.X[t] for t in steps}}
    if filled:
        network.light(paths("W_s"))
        known |= {(row, t): getattr(run, row)[t] for row in "SY" for t in steps}
        known["E", 3] = (d_3 - run.Y[3]) ** 2
    network.fill({node: _number(value) for node, value in known.items()})
    weights = zip(("W_x", "W_s", "W_y"), run.weights, strict=True)
    network.name_weights({weight: f" = {_number(value)}" for weight, value in weights})
    for (t, row), (right, up), label_at, label, value in (
        ((3.5, 2), (0, 37), (0, 30), r"\partial E_3/\partial Y_3", terms.dE_dY),
        ((3, 1.5), (66, -37), (0, -30), r"\partial Y_3/\partial S_3", run.weights.W_y),
        ((2.5, 1), (0, -37), (0, -30), r"\partial S_3/\partial S_2", run.weights.W_s),
        ((1.5, 1), (0, -37), (0, -30), r"\partial S_2/\partial S_1", run.weights.W_s),
    ):
        place = network.pitch * t + right, network.rise * row + up
        _box(ax, *place, 60, 42, _number(value) if filled else "", label, label_at)


def _rows(page, run, terms, filled):
    """A row of boxes for each path, and for each sum."""
    _, W_s, W_y = run.weights
    back = [None, *(terms.dE_dY * terms.dY_dS[i] for i in (1, 2, 3))]
    steps = [r"E_3/\partial Y_3", r"Y_3/\partial S_3", r"S_3/\partial S_2", r"S_2/\partial S_1"]
    rows = [[terms.dE_dY, W_y, W_s, W_s][: 5 - i] for i in (1, 2, 3)]
    uses, products = run.S[:3], terms.W_s[1:]
    _block(page, 0, 4.98, "W_s", steps, rows, uses, products, filled)
    rows = [[back[i]] for i in (1, 2, 3)]
    _block(page, 0, 7.63, "W_x", [r"E_3/\partial S_i"], rows, run.X[1:], terms.W_x[1:], filled)
    steps, rows = [r"E_3/\partial Y_3"], [[terms.dE_dY]]
    _block(page, 3.6, 7.63, "W_y", steps, rows, [run.S[3]], [terms.W_y], filled)
    if filled:
        for n, line in enumerate(CARD):
            page.text(3.75, 8.82 + 0.26 * n + 0.16 * (n > 0), line, fontsize=9 if n else 12)


def _block(page, x, y, weight, steps, rows, uses, products, filled):
    """The paths of one weight: the factors of the way back, the use, and their product."""
    from bptt_course.figures import style

    colour = {"color": style.COLOUR[weight]}
    page.text(x, y - 0.12, rf"$\partial E_3/\partial {weight}$", fontsize=13, **colour)
    use = (
        rf"\partial Y_3/\partial {weight}"
        if weight == "W_y"
        else rf"\partial^+ S_i/\partial {weight}"
    )
    labels = [*(rf"\partial {step}" for step in steps), use]
    places = [x + 0.95 + PITCH * n for n in range(len(labels) + 1)]
    for place, label in zip(places, labels, strict=False):
        page.text(place, y + 0.2, f"${label}$", ha="center", fontsize=9.5)
    look = {"ha": "center", "va": "center", "fontsize": 12}
    for i, (row, used, product) in enumerate(zip(rows, uses, products, strict=True), start=1):
        y += RISE
        if weight != "W_y":
            page.text(x, y, f"$i = {i}$", va="center", fontsize=11)
        for place, value in (
            *zip(places, row, strict=False),
            (places[-2], used),
            (places[-1], product),
        ):
            is_all = weight == "W_y" and place == places[-1]
            _box(page, place, y, *BOX, _number(value) if filled else "", bold=is_all)
        for place in (*places[: len(row) - 1], places[-3]):
            page.text(place + PITCH / 2, y, "·", **look)
        page.text(places[-2] + PITCH / 2, y, "=", **look)
    if weight == "W_y":
        return
    y += RISE
    words = rf"the sum, $\partial E_3/\partial {weight}$ ="
    page.text(places[-1] - 0.42, y, words, ha="right", va="center", fontsize=11)
    _box(page, places[-1], y, *BOX, _number(sum(products)) if filled else "", bold=True)


def _box(ax, x, y, width, height, value, label="", label_at=(0, 0), bold=False):
    """A box around (x, y) with a number in it or none, and its label beside it."""
    from matplotlib.patches import Rectangle

    look = {"fc": "white", "ec": "black", "lw": 1.8 if bold else 0.9, "zorder": 7, "clip_on": False}
    ax.add_patch(Rectangle((x - width / 2, y - height / 2), width, height, **look))
    look = {"ha": "center", "va": "center", "zorder": 8}
    ax.text(x, y, value, fontsize=11, weight="bold" if bold else "normal", **look)
    if label:
        ax.text(x + label_at[0], y + label_at[1], f"${label}$", fontsize=9, **look)


def _number(value):
    return f"{value:g}".replace("-", "−")

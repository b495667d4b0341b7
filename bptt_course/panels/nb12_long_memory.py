"""The panel of notebook 12: what training has learned at a growing lag."""

import numpy as np

from bptt_course import recall
from bptt_course.figures import axes
from bptt_course.figures.nb12_long_memory import SuccessAtLag
from bptt_course.panels.panel import Panel, whole_slider


def trained_at_lag():
    """The stored results of training on recall (`recall.read`): success against lag, and one lag.

    A slider for the lag along the picture, with marks at those that were trained; between them the
    nearest one is shown. Left the number of runs that learned it, uncovered up to this lag, right
    after how many updates. Returns the `Panel`.
    """
    table = recall.read()
    lags = sorted({lag for by_lag in table.values() for lag in by_lag})
    slowest = max(r.updates or 1 for by_lag in table.values() for r in by_lag.values())

    def draw(width):
        figure, (left, right) = axes.panes(width, 352, (1.25, 1), (400, 400), (196, 52, 14, 34))
        drawn = SuccessAtLag(left, right, table, slowest)

        def update(lag):
            nearest = min(lags, key=lambda trained: abs(np.log(trained / lag)))
            results = {name: by_lag[nearest] for name, by_lag in table.items() if nearest in by_lag}
            drawn.show(nearest, results)
            return _results_in_words(lag, nearest, results)

        return figure, drawn.live, update

    controls = {"lag": whole_slider(lags[0], lags[-1], lags[1], step=10, marks=lags)}
    return Panel("trained networks at a growing lag", controls, draw, main="lag")


def _results_in_words(lag, nearest, results):
    words = f"Lag {nearest}"
    if nearest != lag:
        words += f", the trained lag nearest to {lag}"
    solved = [result.share for result in results.values()]
    most, every, none = (
        sum(map(rule, solved)) for rule in ((0.5).__lt__, (1.0).__eq__, (0.0).__eq__)
    )
    return (
        f"{words}: {most} of {len(solved)} networks learned it in more than half of their runs\n"
        f"In every run: {every}. In no run: {none}."
    )

"""The panel of notebook 12: what training has learned at a growing lag."""

import numpy as np

from bptt_course import recall
from bptt_course.figures import axes
from bptt_course.figures.nb12_long_memory import SuccessAtLag, lags_and_seeds
from bptt_course.panels.panel import Panel, whole_slider


def trained_at_lag():
    """The stored results of training on recall (`recall.read`): success against lag, and one lag.

    A slider for the lag, with marks at those that were trained; between them the nearest is shown.
    Left the number of runs that learned it, uncovered up to this lag, right their updates.
    """
    table = recall.read()
    lags, _ = lags_and_seeds(table)
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
    words = f"Lag {nearest}" + f", the trained lag nearest to {lag}" * (nearest != lag)
    shares = np.array([result.share for result in results.values()])
    most, every, none = (np.sum(found) for found in (shares > 0.5, shares == 1, shares == 0))
    return (
        f"{words}: {most} of {len(shares)} networks learned it in more than half of their runs\n"
        f"In every run: {every}. In no run: {none}."
    )

"""The panel of notebook 12: what training has learned at a growing lag."""

import numpy as np

from bptt_course import recall
from bptt_course.figures import style
from bptt_course.figures.nb12_long_memory import SuccessAtLag
from bptt_course.panels.panel import Panel, whole_slider


def trained_at_lag():
    """The stored results of training on recall (`recall.read`): success against lag, and one lag.

    A slider for the lag; shown is the nearest one that was trained. Left the share of the trainings
    that learned it, right after how many updates. Returns the `Panel`.
    """
    table = recall.read()
    lags = sorted({lag for by_lag in table.values() for lag in by_lag})
    slowest = max(r.updates or 1 for by_lag in table.values() for r in by_lag.values())
    figure, (left, right) = style.figure(10.4, 4.4, columns=2, width_ratios=(1.1, 1))
    drawn = SuccessAtLag(left, right, table, slowest)

    def update(lag):
        nearest = min(lags, key=lambda trained: abs(np.log(trained / lag)))
        results = {name: by_lag[nearest] for name, by_lag in table.items() if nearest in by_lag}
        drawn.show(nearest, results)
        return _results_in_words(lag, nearest, results)

    controls = {"lag": whole_slider(lags[0], lags[-1], lags[len(lags) // 2])}
    return Panel("trained networks at a growing lag", controls, figure, drawn.live, update)


def _results_in_words(lag, nearest, results):
    words = f"Lag {nearest}"
    if nearest != lag:
        words += f" (the trained one nearest to {lag})"
    counts = "; ".join(f"{name}: {r.solved} of {r.seeds}" for name, r in results.items())
    return f"{words}. Learned it: {counts}."

"""Every figure that is not a diagram: plot_*(ax, arrays), numbers in, artists out.

A function that returns an object with `live` serves panels too: the artists in `live` change, and
the object's `show` takes new numbers.
"""

from bptt_helpers.plots.common import Bars, round_limit, set_limits
from bptt_helpers.plots.learning import (
    DescentMap,
    plot_descent,
    plot_growth,
    plot_shapes,
    plot_step_sizes,
)
from bptt_helpers.plots.walkthrough import (
    ErrorCurve,
    PathSum,
    plot_counts,
    plot_error_curve,
    plot_sequence,
    plot_terms,
)

__all__ = [
    "Bars",
    "DescentMap",
    "ErrorCurve",
    "PathSum",
    "plot_counts",
    "plot_descent",
    "plot_error_curve",
    "plot_growth",
    "plot_sequence",
    "plot_shapes",
    "plot_step_sizes",
    "plot_terms",
    "round_limit",
    "set_limits",
]

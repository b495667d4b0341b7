"""Every figure that is not a diagram: plot_*(ax, arrays), numbers in, artists out.

A function that returns an object with `live` serves panels too: the artists in `live` change, and
the object's `show` takes new numbers.
"""

from bptt_helpers.plots.common import Bars, round_limit, set_limits
from bptt_helpers.plots.flow import (
    FlowLine,
    FlowMap,
    Meters,
    TermBars,
    plot_flow,
    plot_powers,
    plot_slopes,
)
from bptt_helpers.plots.learning import (
    DescentMap,
    plot_descent,
    plot_growth,
    plot_shapes,
    plot_step_sizes,
)
from bptt_helpers.plots.memory import (
    CellFlow,
    SuccessAtLag,
    plot_letters,
    plot_padding,
    plot_success,
    plot_training,
)
from bptt_helpers.plots.spectra import (
    EigenvaluePlane,
    JacobianMap,
    NormLines,
    plot_sufficient_condition,
)
from bptt_helpers.plots.taming import (
    CliffMap,
    ClippedArrows,
    Directions,
    WindowCurve,
    WindowTerms,
    plot_cliff,
    plot_cuts,
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
    "CellFlow",
    "CliffMap",
    "ClippedArrows",
    "DescentMap",
    "Directions",
    "EigenvaluePlane",
    "ErrorCurve",
    "FlowLine",
    "FlowMap",
    "JacobianMap",
    "Meters",
    "NormLines",
    "PathSum",
    "SuccessAtLag",
    "TermBars",
    "WindowCurve",
    "WindowTerms",
    "plot_cliff",
    "plot_counts",
    "plot_cuts",
    "plot_descent",
    "plot_error_curve",
    "plot_flow",
    "plot_growth",
    "plot_letters",
    "plot_padding",
    "plot_powers",
    "plot_sequence",
    "plot_shapes",
    "plot_slopes",
    "plot_step_sizes",
    "plot_success",
    "plot_sufficient_condition",
    "plot_terms",
    "plot_training",
    "round_limit",
    "set_limits",
]

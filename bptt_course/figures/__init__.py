"""Every figure of the series: the network, and plot_*(ax, arrays), numbers in, artists out.

A function that returns an object with `live` serves panels too: the artists in `live` change, and
the object's `show` takes new numbers.
"""

from bptt_course.figures.axes import Bars, round_limit, set_limits
from bptt_course.figures.nb01_forward_pass import plot_sequence
from bptt_course.figures.nb02_output_weight import ErrorCurve, plot_error_curve
from bptt_course.figures.nb03_04_hidden_and_input_weight import PathSum, plot_counts, plot_terms
from bptt_course.figures.nb05_backward_pass import plot_growth, plot_shapes
from bptt_course.figures.nb06_trust_and_use import (
    DescentMap,
    plot_descent,
    plot_step_sizes,
)
from bptt_course.figures.nb07_vanishing_exploding import (
    FlowLine,
    FlowMap,
    Meters,
    TermBars,
    plot_flow,
    plot_powers,
    plot_slopes,
)
from bptt_course.figures.nb08_many_states import (
    EigenvaluePlane,
    JacobianMap,
    NormLines,
    plot_sufficient_condition,
)
from bptt_course.figures.nb09_cliffs_and_clipping import (
    CliffMap,
    ClippedArrows,
    plot_cliff,
    plot_cuts,
)
from bptt_course.figures.nb10_truncation import WindowCurve, WindowTerms
from bptt_course.figures.nb11_keeping_the_road_open import CellFlow, Directions
from bptt_course.figures.nb12_long_memory import (
    SuccessAtLag,
    plot_letters,
    plot_padding,
    plot_success,
    plot_training,
)
from bptt_course.figures.network import draw_network, paths

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
    "draw_network",
    "paths",
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

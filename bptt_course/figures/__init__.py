"""What the notebooks draw: the network, and plot_*(ax, arrays), numbers in, artists out.

Panels import the modules: a class keeps what changes in `live`, and its `show` takes new numbers.
"""

import sys

from bptt_course.figures.nb01_forward_pass import plot_sequence
from bptt_course.figures.nb03_04_hidden_and_input_weight import plot_counts
from bptt_course.figures.nb05_backward_pass import plot_shapes
from bptt_course.figures.nb06_trust_and_use import plot_step_sizes
from bptt_course.figures.nb07_vanishing_exploding import plot_flow, plot_powers, plot_slopes
from bptt_course.figures.nb08_many_states import plot_sufficient_condition
from bptt_course.figures.nb09_cliffs_and_clipping import plot_cliff, plot_cuts
from bptt_course.figures.nb11_keeping_the_road_open import plot_cell
from bptt_course.figures.nb12_long_memory import plot_letters, plot_success, plot_training
from bptt_course.figures.network import draw_network, paths

_ipython = sys.modules.get("IPython")
if _ipython and _ipython.get_ipython():
    from matplotlib_inline.backend_inline import set_matplotlib_formats

    set_matplotlib_formats("retina")  # two pixels to one, shown at the same size

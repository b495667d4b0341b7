"""The panels of the series, one function each, which returns its `Panel`.

Numbers come from `bptt_helpers`, pictures from `figures`; `panel.Panel` puts them together.
"""

from bptt_course.panels.nb01_forward_pass import barrel, unrolled_network
from bptt_course.panels.nb02_output_weight import output_weight
from bptt_course.panels.nb03_04_hidden_and_input_weight import knobs, paths, terms
from bptt_course.panels.nb05_backward_pass import sweep
from bptt_course.panels.nb06_trust_and_use import learning_rate
from bptt_course.panels.nb07_vanishing_exploding import gradient_flow
from bptt_course.panels.nb08_many_states import jacobian_products
from bptt_course.panels.nb09_cliffs_and_clipping import clipped_gradient, descent_over_cliff
from bptt_course.panels.nb10_truncation import truncation_window
from bptt_course.panels.nb11_keeping_the_road_open import memory_flow, starts
from bptt_course.panels.nb12_long_memory import trained_at_lag
from bptt_course.panels.progress import ProgressBar

"""The panels of the series, one function each, by notebook.

Numbers come from `rnn` and `bptt`, pictures from `plots` and `diagrams`; `panel.Panel` puts them
together.
"""

from bptt_helpers.explorers.learning import learning_rate
from bptt_helpers.explorers.many_states import jacobian_products
from bptt_helpers.explorers.memory import memory_flow, trained_at_lag
from bptt_helpers.explorers.one_state import gradient_flow, terms_by_lag
from bptt_helpers.explorers.taming import (
    clipped_gradient,
    descent_over_cliff,
    starts,
    truncation_window,
)
from bptt_helpers.explorers.walkthrough import output_weight, paths, terms, unrolled_network

__all__ = [
    "clipped_gradient",
    "descent_over_cliff",
    "gradient_flow",
    "jacobian_products",
    "learning_rate",
    "memory_flow",
    "output_weight",
    "paths",
    "starts",
    "terms",
    "terms_by_lag",
    "trained_at_lag",
    "truncation_window",
    "unrolled_network",
]

"""The panels of the series, one function each, by notebook.

Numbers come from `rnn` and `bptt`, pictures from `plots` and `diagrams`; `panel.Panel` puts them
together.
"""

from bptt_helpers.explorers.learning import learning_rate
from bptt_helpers.explorers.walkthrough import output_weight, paths, terms, unrolled_network

__all__ = ["learning_rate", "output_weight", "paths", "terms", "unrolled_network"]

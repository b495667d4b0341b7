"""The figure of notebook 01: a sequence over time."""

import numpy as np

from bptt_course.figures import style


def plot_sequence(ax, values, quantity, label):
    """A sequence over time, t = 1..T, in the style of `quantity` ("X", "S", "Y", "d")."""
    values = np.asarray(values, float)
    t = np.arange(1, len(values) + 1)
    ax.plot(t, values, label=label, **style.line(quantity))
    style.dress(ax, x="time step $t$")
    ax.set_xticks(t)

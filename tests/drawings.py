"""What a panel has drawn: its artists by name, and their numbers."""

import numpy as np
import pytest


def drawn(panel, gid):
    """The artist of this name in the panel's figure."""
    (artist,) = panel.figure.findobj(lambda artist: artist.get_gid() == gid)
    return artist


def xy(panel, gid):
    """The points of a line, as two arrays."""
    return [np.asarray(values, float) for values in drawn(panel, gid).get_data()]


def logs(values):
    """Powers of ten; that of 0 is -inf."""
    with np.errstate(divide="ignore"):
        return np.log10(np.abs(values))


# Every warning fails a test; but what an old matplotlib makes of a new pyparsing is not ours.
NO_WARNINGS = [
    pytest.mark.filterwarnings("error"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:(matplotlib|pyparsing)"),
]

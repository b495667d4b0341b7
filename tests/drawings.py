"""What a panel has drawn: its artists by name, and their numbers."""

import html
import re

import numpy as np
import pytest


def said(panel):
    """The sentence without its markup: W<sub>s</sub> reads W_s again."""
    text = re.sub(r"<sub>(\w+)</sub>", r"_\1", panel.sentence.value)
    text = re.sub(r"<sup>(\w+)</sup>", r"^\1", text)
    return html.unescape(re.sub(r"<[^>]*>", "", text))


def numbers(words):
    """The numbers in some words, in order: "−8 + 2.5e3" holds -8 and 2500."""
    return [float(n.replace("−", "-")) for n in re.findall(r"−?\d+(?:\.\d+)?(?:e[-−]?\d+)?", words)]


def number_after(words, beginning):
    """The first number after this beginning."""
    return numbers(words.split(beginning, 1)[1])[0]


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

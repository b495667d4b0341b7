"""Runs in Pyodide under Node (ready.mjs): the letters that panels open with, set once for all."""

import json
import pickle

import bptt_page

WIDTHS = 820, 328  # pixels of a picture in a wide window, and on a phone


def letters(pages):
    """Of the code cells of all pages, as JSON: {what asks for a part of a text: its letters}."""
    bptt_page.stand_in_for_ipython()
    from bptt_course.figures import svg

    kept, part = {}, svg.lettered

    def noted(*asked):
        return kept.setdefault(asked, part(*asked))

    svg.lettered = noted
    for cells in json.loads(pages):
        for k, source in enumerate(cells):
            for width in WIDTHS if source.startswith("panels.") else ():
                bptt_page.make("one", cells[:k], source, width)
    return pickle.dumps(kept)

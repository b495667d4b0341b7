"""The check of notebook 06: the planted backward pass, mended."""

from bptt_course.checks.nb05_backward_pass import verdict_on_sweep


def repaired_backward(repaired, hint=False):
    """06-A: `repaired(run, d, at=None)` is a backward pass that is right for any g_1.

    What it returns, and how it is judged, is as for `backward_pass`.
    """
    return verdict_on_sweep("06-A", repaired, hint)

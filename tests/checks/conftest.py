"""Every test of the checks begins as in a new kernel: no attempts have been made."""

import pytest

from bptt_course.checks.engine.verdict import tried


@pytest.fixture(autouse=True)
def fresh_kernel():
    tried.clear()

"""Every test of the checks begins as in a new kernel: no attempts have been made."""

import pytest

from bptt_course.checks.engine.verdict import failed


@pytest.fixture(autouse=True)
def fresh_kernel():
    failed.clear()

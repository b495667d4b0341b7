"""What tests of several files need."""

import os

import pytest


@pytest.fixture(scope="session")
def torch():
    """PyTorch, the second oracle: not in a reader's environment, but under CI.

    A job that goes without it says so: PYTORCH=none.
    """
    try:
        import torch
    except ImportError:
        if os.environ.get("CI") == "true" and os.environ.get("PYTORCH") != "none":
            pytest.fail("PyTorch is missing: under CI=true it must be installed (see .ci/run).")
        pytest.skip("PyTorch is not installed here (CI installs it; other oracles run).")
    return torch

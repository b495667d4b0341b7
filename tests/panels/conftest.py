"""The panel of a test module, `PANEL`, in both layouts: each is made once and reset for a test."""

import pytest


@pytest.fixture(scope="module")
def layouts(request):
    made = {"wide": request.module.PANEL(), "narrow": request.module.PANEL().lay_out(390)}
    yield made
    for panel in made.values():
        panel.close()


@pytest.fixture
def wide(layouts):
    return layouts["wide"].reset()


@pytest.fixture
def narrow(layouts):
    return layouts["narrow"].reset()


@pytest.fixture(params=["wide", "narrow"])
def either(request, layouts):
    return layouts[request.param].reset()

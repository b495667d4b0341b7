"""What tests of several files need."""

import contextlib
import functools
import http.server
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


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


@pytest.fixture(scope="session")
def built_site(tmp_path_factory):
    """The folder of the web site, built once a run: by the first process of it that asks.

    The variable SITE names one that is there already.
    """
    if "SITE" in os.environ:
        return Path(os.environ["SITE"])
    here = tmp_path_factory.getbasetemp()
    here = here.parent if "PYTEST_XDIST_WORKER" in os.environ else here
    folder, failed, claim = here / "site", here / "site.log", here / "site-claim"
    try:
        claim.mkdir()
    except FileExistsError:
        while not (folder.exists() or failed.exists()):
            time.sleep(0.5)
    else:
        command = [sys.executable, ROOT / "site" / "build.py", "--to", folder]
        plain = {name: value for name, value in os.environ.items() if name != "GITHUB_REPOSITORY"}
        done = subprocess.run(
            command, env=plain, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        if done.returncode:
            failed.write_text(done.stdout, encoding="utf-8")
    if failed.exists():
        pytest.fail(f"The site cannot be built:\n{failed.read_text(encoding='utf-8')}")
    return folder


@pytest.fixture(scope="session")
def site_address(built_site):
    """The address of a plain server of files over the site, which lies below its root."""
    with serving(built_site.parent) as address:
        yield f"{address}/{built_site.name}"


@contextlib.contextmanager
def serving(folder):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def window():
    """A headless Chromium; where none is found, the tests in it are skipped, but not in CI."""
    import jupyter  # the tests of bptt_helpers do without

    if jupyter.chromium() is None:
        reason = "no Chromium or Chrome was found; the variable CHROMIUM can name one"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    with jupyter.browser() as window:
        yield window


@pytest.fixture
def visit(window, site_address):
    """Opens pages as a reader would; nothing outside may be asked, nothing may go wrong."""
    contexts, problems = [], []

    def note(request):
        is_here = request.url.startswith((site_address, "data:", "blob:"))
        if not is_here and not request.url.endswith("/api/service-worker-heartbeat"):
            problems.append(f"asked for {request.url}")  # the heart beats in the browser alone

    def visit(address, width=1280, height=900, **options):
        context = window.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        context.on("request", note)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: problems.append(f"{address}: {error}"))
        page.on("response", lambda r: r.ok or problems.append(f"{r.status} for {r.url}"))
        page.goto(f"{site_address}/{address}", wait_until="load")
        return page

    yield visit
    for context in contexts:
        context.close()
    assert [problem for problem in problems if "favicon" not in problem] == []

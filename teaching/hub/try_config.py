"""The same on one's own laptop, to try it: one password for any name, and no limits."""

import os
from pathlib import Path

c = get_config()  # noqa: F821
load_subconfig(str(Path(__file__).with_name("jupyterhub_config.py")))  # noqa: F821

c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = os.environ["BPTT_HUB_PASSWORD"]
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = os.path.abspath("homes") + "/{username}"
c.Spawner.mem_limit = None
c.JupyterHub.cleanup_servers = True
if os.geteuid() == 0:
    c.Spawner.args += ["--ServerApp.allow_root=True"]

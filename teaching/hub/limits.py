"""Two ways to start a user's server within limits: as a unit of systemd, or as a plain process.

`mem_limit` is what each process may take for its data, a kernel above all. Only systemd can limit
a user's processes together: they may take twice that.
"""

import os
import resource
from pathlib import Path

from jupyterhub.spawner import LocalProcessSpawner
from systemdspawner import SystemdSpawner
from traitlets import HasTraits, Integer

PROCESSES = 256  # of a user, threads too
PROCESSOR = 3600  # seconds of a process, then it is ended: a loop that nobody watches
NICE = 5  # hub and proxy go first


class Limits(HasTraits):
    """What JupyterHub knows no limit for."""

    process_limit = Integer(PROCESSES, help="processes and threads of a user").tag(config=True)
    processor_limit = Integer(PROCESSOR, help="processor seconds of a process").tag(config=True)


class LimitedProcess(Limits, LocalProcessSpawner):
    def make_preexec_fn(self, name):
        become_the_user = super().make_preexec_fn(name)
        limits = {
            resource.RLIMIT_NPROC: self.process_limit,
            resource.RLIMIT_CPU: self.processor_limit,
            resource.RLIMIT_CORE: 0,
        }
        if self.mem_limit:
            limits[resource.RLIMIT_DATA] = self.mem_limit

        def preexec():
            os.umask(0o077)
            os.nice(NICE)
            for what, most in limits.items():
                resource.setrlimit(what, (most, most))
            become_the_user()

        return preexec


class LimitedUnit(Limits, SystemdSpawner):
    def start(self):
        self.unit_extra_properties = {
            "TasksMax": str(self.process_limit),
            "LimitCPU": str(self.processor_limit),
            "UMask": "0077",
            "Nice": str(NICE),
        }
        if self.mem_limit:
            self.unit_extra_properties["LimitDATA"] = str(self.mem_limit)
            self.unit_extra_properties["MemoryMax"] = str(2 * self.mem_limit)
        return super().start()


def spawner():
    """The better of the two that this machine has."""
    return LimitedUnit if Path("/run/systemd/system").is_dir() else LimitedProcess

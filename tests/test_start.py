"""start.py: its arguments, its choice of a Python, what it skips, and its words when it cannot."""

import ast
import importlib.util
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parent.parent


def load(folder):
    """Import the start.py of a folder, so that it takes that folder for the project."""
    spec = importlib.util.spec_from_file_location("start", folder / "start.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


start = load(ROOT)


@pytest.fixture
def project(tmp_path):
    """start.py in a copy of the project's root, in a folder whose path has spaces."""
    folder = tmp_path / "a class of 30"
    (folder / "notebooks").mkdir(parents=True)
    for name in ("start.py", "pyproject.toml", "requirements.lock", "requirements-test.lock"):
        shutil.copy(ROOT / name, folder)
    (folder / "notebooks" / "01_forward_pass.ipynb").touch()
    return load(folder)


# --- the file itself ------------------------------------------------------------------------------


def test_an_old_python_can_read_the_file():
    ast.parse((ROOT / "start.py").read_text(encoding="utf-8"), feature_version=(3, 6))


def test_it_needs_the_standard_library_only():
    tree = ast.parse((ROOT / "start.py").read_text(encoding="utf-8"))
    names = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert names <= sys.stdlib_module_names


# --- arguments ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "parsed"),
    [
        ([], ("lab", [])),
        (["--no-browser", "--port", "8899"], ("lab", ["--no-browser", "--port", "8899"])),
        (["test"], ("test", [])),
        (["test", "-k", "a or b"], ("test", ["-k", "a or b"])),
        (["refresh", "01_forward_pass"], ("refresh", ["01_forward_pass"])),
        (["setup"], ("setup", [])),
        (["--help"], ("help", [])),
        (["-h"], ("help", [])),
    ],
)
def test_arguments(arguments, parsed):
    assert start.parse(arguments) == parsed


@pytest.mark.parametrize("arguments", [["tests"], ["setup", "now"], ["notebooks/01.ipynb"]])
def test_an_unknown_command_is_named(arguments, capsys):
    assert start.main(arguments) == 1
    said = capsys.readouterr().err
    assert arguments[-1] in said


def test_help_names_every_command(capsys):
    assert start.main(["--help"]) == 0
    said = capsys.readouterr().out
    assert all(f"start.py {command}" in said for command in start.COMMANDS)


# --- opening JupyterLab ---------------------------------------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="on Windows JupyterLab is a child process")
def test_lab_opens_notebook_01_and_the_readers_options_win(project, monkeypatch):
    started = []
    monkeypatch.setattr(project.os, "chdir", lambda folder: None)
    monkeypatch.setattr(project.os, "execve", lambda *command: started.append(command))
    project.open_lab("/py", ["--no-browser", "--port=8899"])
    [(program, command, _)] = started
    assert program == command[0] == "/py"
    assert command[1:3] == ["-m", "jupyterlab"]
    assert f"--ServerApp.root_dir={project.ROOT}" in command
    assert "--LabApp.default_url=/lab/tree/notebooks/01_forward_pass.ipynb" in command
    assert command[-2:] == ["--no-browser", "--port=8899"]


def test_lab_without_notebook_01_says_so(project):
    (project.ROOT / project.FIRST_NOTEBOOK).unlink()
    with pytest.raises(project.Problem, match="01_forward_pass"):
        project.open_lab("/py", [])


def test_jupyterlab_asks_for_no_news(project):
    project.silence_news()
    [file] = project.VENV.rglob("overrides.json")
    assert file.parent == project.VENV / "share" / "jupyter" / "lab" / "settings"
    [settings] = json.loads(file.read_text(encoding="utf-8")).values()
    assert settings == {"fetchNews": "false", "checkForUpdates": False}


# --- running the tests ----------------------------------------------------------------------------


def run_tests(monkeypatch, arguments, failing=()):
    """The commands that run_tests starts, and its exit code, where some of them fail."""
    commands = []

    def call(command, **_):
        commands.append(command[2:])
        return int(" ".join(command[2:4]) in failing)

    monkeypatch.setattr(start.subprocess, "call", call)
    return commands, start.run_tests("/py", arguments)


def test_every_step_of_ci_runs(monkeypatch):
    commands, code = run_tests(monkeypatch, [])
    assert commands[0] == ["ruff", "format", "--check", "."]
    assert commands[1] == ["ruff", "check", "."]
    assert commands[2][:2] == ["pytest", "--nbval"]
    assert commands[2][-2:] == ["tests", "notebooks"]
    assert code == 0


@pytest.mark.parametrize("step", ["ruff format", "ruff check", "pytest --nbval"])
def test_one_failing_step_fails_all_and_stops_none(monkeypatch, capsys, step):
    commands, code = run_tests(monkeypatch, [], failing=[step])
    assert len(commands) == 3
    assert code == 1
    assert f"FAILED: {step.replace(' --nbval', '')}" in capsys.readouterr().out


def test_a_path_takes_the_place_of_the_whole_suite(monkeypatch):
    commands, _ = run_tests(monkeypatch, ["tests/test_start.py::test_arguments", "-x"])
    assert commands[2][-2:] == ["tests/test_start.py::test_arguments", "-x"]
    assert "notebooks" not in commands[2]


def test_an_expression_is_no_path(monkeypatch):
    commands, _ = run_tests(monkeypatch, ["-k", "tanh"])
    assert commands[2][-4:] == ["tests", "notebooks", "-k", "tanh"]


# --- a fit Python ---------------------------------------------------------------------------------


def python(*version, venv=True, executable="/usr/bin/python3"):
    return {"executable": executable, "version": list(version), "pip": True, "venv": venv}


def test_probe_knows_the_running_python():
    found = start.probe([sys.executable])
    assert found["version"] == list(sys.version_info[:3])
    assert found["pip"] == bool(importlib.util.find_spec("pip"))


@pytest.mark.parametrize(
    "command", [["no-such-python"], [sys.executable, "-c", "print('hello')", ";"]]
)
def test_probe_takes_nothing_else_for_a_python(command):
    assert start.probe(command) is None


def choose(monkeypatch, *pythons):
    """What find_python returns where these Pythons are there, and how many it asked."""
    asked = []
    monkeypatch.setattr(start, "candidates", lambda: list(pythons))
    monkeypatch.setattr(start, "probe", lambda found: asked.append(found) or found)
    return start.find_python(), len(asked)


def test_a_fit_python_is_taken_at_once(monkeypatch):
    assert choose(monkeypatch, python(3, 12, 1), python(3, 14, 0)) == (python(3, 12, 1), 1)


def test_an_old_python_gives_way(monkeypatch):
    assert choose(monkeypatch, python(3, 9, 18), None, python(3, 11, 7))[0] == python(3, 11, 7)


def test_a_python_newer_than_the_tested_is_taken_where_there_is_no_other(monkeypatch):
    newer = python(3, 15, 0)
    assert choose(monkeypatch, newer, python(3, 13, 0))[0] == python(3, 13, 0)
    assert choose(monkeypatch, newer, python(3, 9, 0))[0] == newer


def test_a_python_with_venv_is_preferred(monkeypatch):
    bare = python(3, 11, 2, venv=False)
    assert choose(monkeypatch, bare, python(3, 12, 1))[0] == python(3, 12, 1)


def test_too_old_says_what_is_needed_and_what_is_there(monkeypatch):
    with pytest.raises(start.Problem, match=r"3\.11 or later is needed .*3\.6\.15, 3\.9\.2"):
        choose(monkeypatch, python(3, 9, 2), python(3, 6, 15))
    with pytest.raises(start.Problem, match=r"found: none"):
        choose(monkeypatch, None)


def without_venv(monkeypatch, *, user, apt_get="/usr/bin/apt-get", executable="/usr/bin/python3"):
    """The commands run for a Python without venv."""
    commands = []
    monkeypatch.setattr(start.os, "geteuid", lambda: user, raising=False)
    monkeypatch.setattr(start.shutil, "which", lambda name: apt_get)
    monkeypatch.setattr(start, "run", lambda title, command: commands.append(command))
    start.add_venv_module(python(3, 11, 2, venv=False, executable=executable))
    return commands


def test_root_on_debian_gets_the_venv_module(monkeypatch, capsys):
    commands = without_venv(monkeypatch, user=0)
    assert commands[0][-1] == "update"
    assert commands[1][-3:] == ["install", "-y", "python3.11-venv"]
    assert "adding python3.11-venv" in capsys.readouterr().out


def test_a_user_on_debian_is_told_what_to_type(monkeypatch):
    with pytest.raises(start.Problem, match=r"sudo apt install python3\.11-venv"):
        without_venv(monkeypatch, user=1000)


@pytest.mark.parametrize("other", [{"apt_get": None}, {"executable": "/opt/python/bin/python3"}])
def test_elsewhere_a_missing_venv_module_is_named(monkeypatch, other):
    with pytest.raises(start.Problem, match="without the modules venv and ensurepip"):
        without_venv(monkeypatch, user=0, **other)


# --- what is so already is skipped ----------------------------------------------------------------


@pytest.fixture
def steps(project, monkeypatch):
    """Replace every installation by a note of its title; .venv is an empty folder."""
    titles = []

    def run(title, command):
        titles.append(title)

    monkeypatch.setattr(project, "run", run)
    monkeypatch.setattr(
        project, "probe", lambda command: python(3, 12, 1) if project.VENV.exists() else None
    )
    monkeypatch.setattr(project, "find_python", lambda: python(3, 12, 1))
    return titles


MAKE, PACKAGES, OURS = (
    "Making .venv with Python 3.12.1",
    "Installing the packages",
    "Installing bptt_helpers",
)


def test_set_up_installs_once(project, steps):
    project.set_up("run")
    assert steps == [MAKE, PACKAGES, OURS]
    project.set_up("run")
    assert steps == [MAKE, PACKAGES, OURS]


def test_the_test_tools_are_added_and_serve_the_reader_too(project, steps):
    project.set_up("run")
    project.set_up("test")
    assert steps == [MAKE, PACKAGES, OURS, PACKAGES, OURS]
    project.set_up("run")
    assert len(steps) == 5


@pytest.mark.parametrize("name", ["pyproject.toml", "requirements.lock", "requirements-test.lock"])
def test_a_changed_lock_is_installed_over(project, steps, name):
    project.set_up("run")
    (project.ROOT / name).write_text("# changed", encoding="utf-8")
    project.set_up("run")
    assert steps[3:] == [PACKAGES, OURS]


def test_test_tools_that_are_there_are_kept_up_to_date(project, steps):
    project.set_up("test")
    (project.ROOT / "pyproject.toml").write_text("# changed", encoding="utf-8")
    project.set_up("run")
    project.set_up("test")
    assert steps[3:] == [PACKAGES, OURS]


@pytest.mark.parametrize("during", [MAKE, PACKAGES, OURS])
def test_an_interrupted_set_up_is_made_again(project, steps, monkeypatch, capsys, during):
    def interrupt(title, command):
        if title == during:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(project, "run", interrupt)
        assert project.main(["setup"]) == 130
    (project.VENV / "half").touch()
    project.set_up("run")
    assert steps == [MAKE, PACKAGES, OURS]
    assert not (project.VENV / "half").exists()
    assert "making it again" in capsys.readouterr().out


@pytest.mark.parametrize("broken", [None, python(3, 9, 1), python(3, 12, 1) | {"pip": False}])
def test_a_broken_environment_is_made_again(project, steps, monkeypatch, broken):
    project.VENV.mkdir()
    (project.VENV / "old").touch()

    def probe(command):
        return broken if (project.VENV / "old").exists() else python(3, 12, 1)

    monkeypatch.setattr(project, "probe", probe)
    project.set_up("run")
    assert steps == [MAKE, PACKAGES, OURS]


def test_an_environment_made_by_hand_is_kept(project, steps):
    project.VENV.mkdir()
    project.set_up("run")
    assert steps == [PACKAGES, OURS]


def test_fingerprint_depends_on_python_and_place(project):
    here = project.fingerprint([3, 12, 1])
    assert here == project.fingerprint([3, 12, 1])
    assert here != project.fingerprint([3, 12, 2])
    assert here != start.fingerprint([3, 12, 1])


def test_a_missing_lock_is_named(project):
    (project.ROOT / "requirements.lock").unlink()
    with pytest.raises(project.Problem, match=r"requirements\.lock is missing"):
        project.fingerprint([3, 12, 1])


def test_too_little_room_is_seen_before_the_start(project, steps, monkeypatch):
    monkeypatch.setattr(project.shutil, "disk_usage", lambda path: SimpleNamespace(free=10**8))
    with pytest.raises(project.Problem, match="100 MB left"):
        project.set_up("run")
    assert steps == []


def test_variables_that_lead_astray_stay_outside(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("PIP_USER", "1")
    monkeypatch.setenv("PIP_CERT", "/a/certificate")
    environment = start.environment()
    assert "PYTHONPATH" not in environment
    assert "PIP_USER" not in environment
    assert environment["PIP_CERT"] == "/a/certificate"


def test_a_real_environment_in_a_path_with_spaces(project, monkeypatch):
    """Everything but the installation is real: made, found ready, broken, made again."""
    monkeypatch.setattr(project, "install", lambda what, arguments, python: None)
    own = Path(project.set_up("run"))
    said = subprocess.check_output([own, "-c", "import sys; print(sys.prefix)"], text=True)
    assert Path(said.strip()) == project.VENV
    monkeypatch.setattr(project, "make_venv", lambda: pytest.fail("it was ready"))
    assert project.set_up("run") == str(own)


# --- running a command ----------------------------------------------------------------------------


def test_a_failing_command_is_put_into_words():
    program = "import sys; print('Errno 28: No space left on device'); sys.exit(3)"
    with pytest.raises(start.Problem, match="The disk is full"):
        start.run("A test", [sys.executable, "-c", program])


def test_a_folder_that_may_not_be_written_is_put_into_words(project, monkeypatch, capsys):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied", str(project.VENV))

    monkeypatch.setattr(project, "probe", lambda command: None)
    monkeypatch.setattr(project, "find_python", lambda: python(3, 12, 1))
    monkeypatch.setattr(project.Path, "mkdir", refuse)
    assert project.main(["setup"]) == 1
    assert "may not be written" in capsys.readouterr().err


def test_a_command_that_works_shows_one_line(capsys):
    start.run("A test", [sys.executable, "-c", "print('noise')"])
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "A test ..."
    assert said[-1].startswith("A test: done (")
    assert "noise" not in said


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([], ""),
        (["Looking in indexes: x"], ""),
        (["Collecting anyio==4.16.0 (from -r a)"], "package 1, anyio"),
        (["Collecting a==1", "Collecting argon2-cffi==25.1.0 (from x)"], "package 2, argon2-cffi"),
        (
            ["Processing /a b/files/contourpy-1.3.3-cp311-cp311-x.whl (from x)"],
            "package 1, contourpy",
        ),
        (
            ["Collecting a==1", "Installing collected packages: a, b-c, d"],
            "putting 3 packages in place",
        ),
    ],
)
def test_progress_in_words(lines, words):
    assert start.latest(lines) == words


class Terminal(io.StringIO):
    def isatty(self):
        return True


def progress_on(stream):
    """What a command of 40 seconds writes when it is asked every second."""
    now = [0.0]
    progress = start.Progress("Installing", stream, clock=lambda: now[0])
    for second in range(1, 41):
        now[0] = float(second)
        progress.tick("package 5, numpy")
    progress.end("done")
    return stream.getvalue()


def test_a_terminal_shows_one_line_that_changes():
    written = progress_on(Terminal())
    assert written.count("\n") == 1
    assert written.count("\r") == 42
    assert "Installing: package 5, numpy ... 7 s" in written
    assert written.rstrip().endswith("Installing: done (40 s)")


def test_a_log_gets_a_line_now_and_then():
    assert progress_on(io.StringIO()).splitlines() == [
        "Installing ...",
        "Installing: package 5, numpy ... 15 s",
        "Installing: package 5, numpy ... 30 s",
        "Installing: done (40 s)",
    ]


# --- failures in words ----------------------------------------------------------------------------

# What pip, venv and apt-get really said, shortened.
OFFLINE = """\
WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError('Failed to \
establish a new connection: [Errno -3] Temporary failure in name resolution')': /simple/anyio/
ERROR: Could not find a version that satisfies the requirement anyio==4.16.0 (from versions: none)
ERROR: No matching distribution found for anyio==4.16.0"""
FULL = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"
CERTIFICATE = """\
WARNING: Retrying after connection broken by 'SSLError(SSLCertVerificationError(1, \
'[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate'))'
ERROR: No matching distribution found for anyio==4.16.0"""
HASHES = "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE."
NO_WHEEL = "ERROR: No matching distribution found for debugpy==1.8.22"
LONG_PATH = """\
ERROR: Could not install packages due to an OSError: [Errno 2] No such file or directory: 'C:\\\\x'
HINT: This error might have occurred since this system does not have Windows Long Path support"""
READ_ONLY = "[Errno 13] Permission denied: '/srv/x/.venv'"
ENSUREPIP = (
    "Error: Command '['x', '-m', 'ensurepip', '--upgrade']' returned non-zero exit status 1."
)


@pytest.mark.parametrize(
    ("output", "words"),
    [
        (OFFLINE, "no connection to the package index"),
        (FULL, "The disk is full"),
        (CERTIFICATE, "secure connection"),
        (HASHES, "not the file that the lock names"),
        (NO_WHEEL, "no ready-made file"),
        (LONG_PATH, "too long for Windows"),
        (READ_ONLY, "may not be written"),
        (ENSUREPIP, "cannot make a virtual environment"),
        ("ERROR: something else", "does not know"),
        ("", "does not know"),
    ],
)
def test_failures_in_words(output, words):
    said = start.explain(output)
    assert words in said
    assert output.splitlines()[-1:] == [] or output.splitlines()[-1] in said

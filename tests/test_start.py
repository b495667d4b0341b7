"""start.py: its arguments, what it skips and what it mends, and its words when it cannot."""

import ast
import contextlib
import importlib.metadata
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
import run_everything

ROOT = Path(__file__).resolve().parent.parent


def load(folder):
    """Import the start.py of a folder, so that it takes that folder for the project."""
    spec = importlib.util.spec_from_file_location("start", folder / "start.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


start = load(ROOT)
LOCKS = [path.name for path in start.LOCKS.values()]


@pytest.fixture
def project(tmp_path):
    """start.py in a copy of the project's root, in a folder whose path has spaces and an accent."""
    folder = tmp_path / "a class of 30 in Orléans"
    (folder / "notebooks").mkdir(parents=True)
    for name in ("start.py", "TROUBLESHOOTING.md", "pyproject.toml", *LOCKS):
        shutil.copy(ROOT / name, folder)
    (folder / "notebooks" / "01_forward_pass.ipynb").touch()
    return load(folder)


# --- the file itself ------------------------------------------------------------------------------


def test_an_old_python_can_read_the_file():
    ast.parse((ROOT / "start.py").read_text(encoding="utf-8"), feature_version=(3, 6))


def test_it_looks_for_each_package_of_this_project():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    include = tomllib.loads(text)["tool"]["setuptools"]["packages"]["find"]["include"]
    assert sorted(start.OWN) == sorted(pattern.rstrip("*") for pattern in include)


# --- arguments ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "parsed"),
    [
        ([], ("lab", [])),
        (["--no-browser", "--port", "8899"], ("lab", ["--no-browser", "--port", "8899"])),
        (["test", "-k", "a or b"], ("test", ["-k", "a or b"])),
        (["refresh", "01_forward_pass"], ("refresh", ["01_forward_pass"])),
        (["report", "handed in"], ("report", ["handed in"])),
        (["site", "--to", "a folder"], ("site", ["--to", "a folder"])),
        (["setup"], ("setup", [])),
        (["--help"], ("help", [])),
    ],
)
def test_arguments(arguments, parsed):
    assert start.parse(arguments) == parsed


@pytest.mark.parametrize("arguments", [["tests"], ["notebooks/01.ipynb"]])
def test_an_unknown_command_is_named(arguments, capsys):
    assert start.main(arguments) == 1
    assert arguments[-1] in capsys.readouterr().err


# --- opening JupyterLab and running the tests -----------------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="on Windows JupyterLab is a child process")
def test_lab_opens_notebook_01_and_the_readers_options_win(project, monkeypatch):
    started = []
    monkeypatch.setattr(project.os, "chdir", lambda folder: None)
    monkeypatch.setattr(project.os, "execve", lambda *command: started.append(command))
    project.open_lab(["--no-browser", "--port=8899"])
    [(program, command, _)] = started
    assert program == command[0] == project.PYTHON
    assert command[1:3] == ["-m", "jupyterlab"]
    assert f"--ServerApp.root_dir={project.ROOT}" in command
    assert "--LabApp.default_url=/lab/tree/notebooks/01_forward_pass.ipynb" in command
    assert command[-2:] == ["--no-browser", "--port=8899"]


def run_tests(monkeypatch, arguments, failing=""):
    """The commands that run_everything starts, and its exit code, where one of them fails."""
    commands = []

    def call(command, cwd):
        assert command[:2] == [sys.executable, "-m"]
        commands.append(command[2:])
        return command[2:4] == failing.split()

    monkeypatch.setattr(run_everything.subprocess, "call", call)
    return commands, run_everything.main(arguments)


def test_every_step_of_ci_runs(monkeypatch):
    commands, code = run_tests(monkeypatch, [])
    assert commands[:2] == [["ruff", "format", "--check", "."], ["ruff", "check", "."]]
    assert commands[2][:2] == ["pytest", "--nbval"]
    places = [str(place) for place in commands[2] if Path(place).is_absolute()]
    files = [path for path in (ROOT / "tests").rglob("test_*.py")]
    left_out = [f for f in files if not {str(f), str(f.parent)} & {*places}]
    assert (left_out, str(ROOT / "notebooks") in places) == ([], True)
    assert code == 0


@pytest.mark.parametrize("step", ["ruff format", "ruff check", "pytest --nbval"])
def test_one_failing_step_fails_all_and_stops_none(monkeypatch, capsys, step):
    commands, code = run_tests(monkeypatch, [], failing=step)
    assert (len(commands), code) == (3, 1)
    assert f"FAILED: {step.split(' --')[0]}\n" in capsys.readouterr().out


def test_a_path_takes_the_place_of_the_whole_suite_and_an_expression_does_not(monkeypatch):
    [*_, command], _ = run_tests(monkeypatch, ["tests/test_start.py::test_arguments", "-x"])
    assert command[-3:] == ["--no-loadscope-reorder", "tests/test_start.py::test_arguments", "-x"]
    [*_, command], _ = run_tests(monkeypatch, ["-k", "tanh", ""])
    assert ROOT / "notebooks" in command and command[-3:] == ["-k", "tanh", ""]


# --- making .venv, and mending it -----------------------------------------------------------------

PACKAGES = ("numpy", "jupyterlab", "tornado", *start.OWN)
NEW = ["venv", "requirements.lock", "own"]


@pytest.fixture
def steps(project, monkeypatch):
    """Have set_up install small packages in the place of the real ones, and note its steps."""
    run, done = project.run, []

    def quick(command, env=None, show=True):
        if "-c" in command:
            return run(command, env, show)
        step = "own" if "-e" in command else Path(command[-1]).name.replace(".venv", "venv")
        done.extend([step] if step != "list" else [])
        if step == "venv":
            subprocess.check_call([sys.executable, "-m", "venv", "--without-pip", command[-1]])
            for name in PACKAGES:
                put(site(project), name)
        if step == getattr(project, "interrupted_at", None):
            raise KeyboardInterrupt
        return ""

    monkeypatch.setattr(project, "run", quick)
    return done


def site(project):
    """The folder of packages in .venv."""
    folder = project.VENV / (
        "Lib" if os.name == "nt" else "lib/python{}.{}".format(*sys.version_info)
    )
    return folder / "site-packages"


def put(folder, name):
    """Put a package with one line into a folder, and record it as pip does."""
    for path in (f"{name}/__init__.py", f"{name}-1.0.dist-info/RECORD"):
        (folder / path).parent.mkdir(parents=True)
    (folder / name / "__init__.py").write_bytes(b"here = True\n")
    lines = [f"{name}/__pycache__/x.pyc,,\n"]
    if name not in start.OWN:  # these lie elsewhere in truth
        lines.append(f"{name}/__init__.py,sha256=x,12\n")
    (folder / f"{name}-1.0.dist-info" / "RECORD").write_text("".join(lines), encoding="utf-8")


def test_set_up_installs_once_and_silences_jupyterlabs_news(project, steps, capsys):
    project.set_up("run")
    assert steps == NEW
    assert "90 MB to download" in capsys.readouterr().out
    [file] = project.VENV.rglob("overrides.json")
    assert file.parent == project.VENV / "share" / "jupyter" / "lab" / "settings"
    [settings] = json.loads(file.read_text(encoding="utf-8")).values()
    assert settings == {"fetchNews": "false", "checkForUpdates": False}
    project.set_up("run")
    assert steps == NEW


def test_the_test_tools_are_added_and_serve_the_reader_too(project, steps):
    project.set_up("run")
    project.set_up("test")
    project.set_up("run")
    assert steps == [*NEW, "requirements-test.lock", "own"]


@pytest.mark.parametrize("command", ["lab", "site", "test", "report"])
def test_each_command_has_what_it_needs_and_no_more(monkeypatch, command):
    levels = []
    monkeypatch.setattr(start, "set_up", levels.append)
    monkeypatch.setattr(start, "open_lab", lambda options: 0)
    monkeypatch.setattr(start, "call", lambda arguments, folder: 0)
    assert start.main([command] if command != "lab" else []) == 0
    assert levels == [{"site": "site", "test": "test"}.get(command, "run")]


def test_what_the_site_needs_is_added_and_stays(project, steps):
    project.set_up("run")
    project.set_up("site")
    project.set_up("run")
    project.set_up("test")
    project.set_up("site")
    assert steps == [*NEW, "requirements-site.lock", "own", "requirements-test.lock", "own"]


@pytest.mark.parametrize("name", ["pyproject.toml", *LOCKS])
def test_a_changed_lock_is_installed_over_with_the_test_tools_that_are_there(project, steps, name):
    project.set_up("test")
    (project.ROOT / name).write_text("# changed", encoding="utf-8")
    project.set_up("run")
    project.set_up("test")
    assert steps[3:] == ["requirements-test.lock", "own"]


@pytest.mark.parametrize(
    ("during", "is_upgrade"), [*((step, False) for step in NEW), ("requirements.lock", True)]
)
def test_an_interrupted_set_up_is_made_again(project, steps, capsys, during, is_upgrade):
    if is_upgrade:
        project.set_up("run")
        (project.ROOT / "requirements.lock").write_text("# changed", encoding="utf-8")
    project.interrupted_at = during
    assert project.main([]) == 130
    del project.interrupted_at
    (project.VENV / "half").touch()
    steps.clear()
    project.set_up("run")
    assert steps == NEW
    assert not (project.VENV / "half").exists()
    assert "making it again" in capsys.readouterr().out


def replace_by(make):
    """A fault that puts something else in the place of .venv."""

    def fault(project):
        shutil.rmtree(project.VENV)
        make(project.VENV)

    return fault


def link(target):
    return lambda venv: venv.symlink_to(venv.parent / target, target_is_directory=True)


def another_python(project):
    """The Python of these tests has all packages that are looked for."""
    python = Path(project.PYTHON)
    python.unlink()
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    python.chmod(0o755)


def from_elsewhere(project):
    stamp = json.loads(project.STAMP.read_text(encoding="utf-8"))
    stamp["made_for"][0] += " (copy)"
    project.STAMP.write_text(json.dumps(stamp), encoding="utf-8")


FAULTS = {
    "a package is lost": lambda p: shutil.rmtree(site(p) / "jupyterlab"),
    "a package is lost with its record": lambda p: [
        shutil.rmtree(f) for f in site(p).glob("torn*")
    ],
    "our package is lost": lambda p: shutil.rmtree(site(p) / start.OWN[0]),
    "a file is emptied": lambda p: (site(p) / "tornado" / "__init__.py").write_bytes(b""),
    "numpy does not load": lambda p: (site(p) / "numpy" / "__init__.py").write_text(
        "import gone" * 2
    ),
    "the settings of .venv are lost": lambda p: (p.VENV / "pyvenv.cfg").unlink(),
    "its Python is lost": lambda p: Path(p.PYTHON).unlink(),
    "its Python is but a link to another": another_python,
    "no stamp": lambda p: p.STAMP.unlink(),
    "a deep stamp": lambda p: p.STAMP.write_text("[" * 100_000),
    "a stamp of another kind": lambda p: p.STAMP.write_text('{"made_for": 1, "packages": 2}'),
    "a folder for a stamp": lambda p: [p.STAMP.unlink(), p.STAMP.mkdir()],
    "a stamp from elsewhere": from_elsewhere,
    "a file": replace_by(Path.touch),
    "an empty folder": replace_by(Path.mkdir),
    "a link": replace_by(link("notebooks")),
    "a link to nothing": replace_by(link("nowhere")),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_damaged_or_foreign_environment_is_made_again(project, steps, fault):
    if os.name == "nt" and "link" in fault:
        pytest.skip("Windows lets only some users make links")
    project.set_up("run")
    FAULTS[fault](project)
    if fault == "a file is emptied":  # pip would say "already satisfied", and all were called ready
        (project.ROOT / "requirements.lock").write_text("# changed", encoding="utf-8")
    project.set_up("run")
    project.set_up("run")
    assert steps == NEW * 2
    assert project.FIRST_NOTEBOOK.exists()


def test_what_does_not_load_when_it_is_new_is_told_and_not_called_ready(
    project, steps, monkeypatch, capsys
):
    monkeypatch.setitem(globals(), "PACKAGES", PACKAGES[1:])
    assert project.main([]) == 1
    assert "does not load on this machine" in capsys.readouterr().err
    assert not project.STAMP.exists()


def test_the_ready_path_takes_less_than_two_seconds():
    if not start.look():
        pytest.skip("start.py has not made this environment, or not from these locks")
    took = []
    for _ in range(3):
        began = time.monotonic()
        assert start.look()
        took.append(time.monotonic() - began)
    assert min(took) < 2


def test_a_path_may_have_letters_that_a_log_has_not(project, steps):
    project.set_up("test")
    command = [sys.executable, project.ROOT / "start.py", "setup"]
    said = subprocess.check_output(
        command, env=os.environ | {"PYTHONIOENCODING": "ascii"}, text=True
    )
    assert said.startswith("The environment is ready")
    assert "Orl?ans" in said


@pytest.mark.parametrize("name", ["requirements.lock", "notebooks/01_forward_pass.ipynb"])
def test_a_copy_that_is_not_whole_is_told_before_anything_is_made(project, steps, capsys, name):
    (project.ROOT / name).unlink()
    assert project.main([]) == 1
    said = capsys.readouterr().err
    assert "Is this copy whole?" in said
    assert Path(name).name in said
    assert steps == []


# --- two at once, and an end by force -------------------------------------------------------------


def test_two_starts_at_once_wait_for_each_other(project, steps, monkeypatch, capsys):
    program = "import start, sys\nwith start.alone(): print(flush=True); sys.stdin.read()"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "cwd": project.ROOT}
    with subprocess.Popen([sys.executable, "-c", program], **pipes) as other:
        other.stdout.readline()

        def the_other_ends(seconds):
            assert steps == []
            other.kill()
            other.wait()

        monkeypatch.setattr(project.time, "sleep", the_other_ends)
        project.set_up("run")
    assert steps == NEW
    assert capsys.readouterr().out.count("waiting for it") == 1


def test_what_another_start_has_made_is_not_made_again(project, steps, monkeypatch):
    alone = project.alone

    @contextlib.contextmanager
    def after_another():
        monkeypatch.setattr(project, "alone", alone)
        project.set_up("test")
        yield

    monkeypatch.setattr(project, "alone", after_another)
    project.set_up("run")
    assert steps == ["venv", "requirements-test.lock", "own"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), ("SIGKILL", -9)])
def test_an_end_by_force_leaves_nothing_at_work_on_the_environment(project, name, code):
    """The lock tells: what start.py has started holds it until its own end."""
    program = project.ROOT / "start.py"
    work = "import os, time; print('at work', os.getpid(), flush=True); time.sleep(20)"
    text = program.read_text(encoding="utf-8")
    text = text.replace("make_venv()\n", f'run([sys.executable, "-c", "{work}"])\n', 1)
    program.write_text(text, encoding="utf-8")
    with subprocess.Popen([sys.executable, program], stdout=subprocess.PIPE, text=True) as process:
        while not (said := process.stdout.readline()).startswith("at work"):
            assert process.poll() is None
        process.send_signal(getattr(signal, name))
        assert process.wait(timeout=10) == code
    with open(project.ROOT / ".venv.lock", "a") as lock:
        assert project.claim(lock) == (name != "SIGKILL")
        if name == "SIGKILL":
            os.kill(int(said.split()[-1]), signal.SIGKILL)
        while not project.claim(lock):
            time.sleep(0.1)


# --- settings that would lead elsewhere -----------------------------------------------------------


def test_variables_that_lead_astray_stay_outside(monkeypatch):
    astray = "PYTHONPATH PYTHONINSPECT PYTHONWARNINGS PIP_PYTHON PIP_USER PIP_TARGET PIP_ROOT "
    astray += "PIP_PREFIX PIP_DRY_RUN PIP_NO_BINARY VIRTUAL_ENV JUPYTER_PATH"
    kept = {"PIP_CERT": "/a.pem", "PIP_INDEX_URL": "a mirror", "HTTPS_PROXY": "a proxy"}
    for name in [*astray.split(), *kept]:
        monkeypatch.setenv(name, kept.get(name, "1"))
    environment = start.environment()
    assert not set(astray.split()) & set(environment)
    assert kept.items() <= environment.items()


def test_of_pips_own_files_only_the_way_to_the_packages_holds(project, steps, monkeypatch):
    listed = """:env:.cert='/mine.pem'\nglobal.cert='/theirs.pem'\nglobal.index-url='a b'
global.target='/x'\ninstall.extra-index-url='\\nc\\nd'\ninstall.index-url='e=f'\ninstall.user='true'
"""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CERT", "/mine.pem")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/a/file")
    run, environments = project.run, []

    def listen(command, env=None, show=True):
        environments.append(env)
        return run(command, env, show) if command[-1] != "list" else listed

    monkeypatch.setattr(project, "run", listen)
    project.set_up("run")
    [first, second] = [env for env in environments if env]
    assert first == second
    assert {name: first[name] for name in first if name.startswith("PIP_")} == {
        "PIP_CERT": "/mine.pem",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_EXTRA_INDEX_URL": " c d",
        "PIP_INDEX_URL": "e=f",
    }


# --- failures in words ----------------------------------------------------------------------------


@pytest.mark.parametrize("python", [(3, 10, 13), (3, 6, 15)])
def test_too_old_says_what_is_needed_and_what_is_there(project, monkeypatch, capsys, python):
    monkeypatch.setattr(project.sys, "version_info", python)
    assert project.main([]) == 1
    said = capsys.readouterr().err
    assert "Python 3.11 or later is needed" in said
    assert ".".join(map(str, python)) in said


@pytest.mark.parametrize("python", ["/usr/bin/python3", "/opt/python/bin/python3"])
def test_a_missing_venv_module_is_told_and_not_installed(project, monkeypatch, capsys, python):
    monkeypatch.setattr(project.importlib.util, "find_spec", lambda name: name == "venv")
    monkeypatch.setattr(project.sys, "_base_executable", python)
    monkeypatch.setattr(project.shutil, "which", lambda name: name)
    monkeypatch.setattr(project, "run", lambda *_, **__: pytest.fail("nothing to run"))
    assert project.main([]) == 1
    said = capsys.readouterr().err
    assert "without its modules venv and ensurepip" in said
    debian = "sudo apt install python{}.{}-venv".format(*sys.version_info)
    assert (debian in said) == python.startswith("/usr/bin")


def test_the_size_that_is_told_is_plausible():
    """Wheels are packed, to a third or so of what they take when they are installed."""
    for level, lock in start.LOCKS.items():
        names = re.findall(r"^([\w.-]+)==", lock.read_text(encoding="utf-8"), re.MULTILINE)
        size = 0
        for name in set(names):
            with contextlib.suppress(importlib.metadata.PackageNotFoundError):
                files = importlib.metadata.files(name) or []
                size += sum(file.size or 0 for file in files) / 1e6
        assert size / 5 < start.MEGABYTES[level] < size / 2


def test_a_command_that_fails_is_shown_and_put_into_words(capsys):
    program = "import sys; print('before'); print('No space left', file=sys.stderr); sys.exit(3)"
    with pytest.raises(start.Problem, match="The disk is full"):
        start.run([sys.executable, "-c", program])
    assert "before\n" in capsys.readouterr().out


# What pip and venv really said, shortened.
NONE = """\
ERROR: Could not find a version that satisfies the requirement anyio==4.16.0 (from versions: none)
ERROR: No matching distribution found for anyio==4.16.0"""
RETRY = "WARNING: Retrying (Retry(total=4)) after connection broken by "
OFFLINE = "NewConnectionError('Failed to establish a new connection: [Errno -3] Temporary failure')"
PROXY = "ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: 407'))"
CERTIFICATE = (
    "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] self-signed'))"
)
PAGE = "SSLError(SSLError(1, '[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)'))"
LONG_PATH = """\
ERROR: Could not install packages due to an OSError: [Errno 2] No such file or directory: 'C:\\x'
HINT: This error might have occurred since this system does not have Windows Long Path support"""


@pytest.mark.parametrize(
    ("output", "words"),
    [
        (f"{RETRY}{OFFLINE}\n{NONE}", "no connection to the package index"),
        (f"{RETRY}{PROXY}\n{NONE}", "A proxy or a log-in page"),
        (f"{RETRY}{PAGE}\n{NONE}", "A proxy or a log-in page"),
        (f"{RETRY}{CERTIFICATE}\n{NONE}", "secure connection"),
        (NONE, "a log-in page or a proxy answered in its place"),
        ("ERROR: No matching distribution found for debugpy==1.8.22", "no file for this machine"),
        ("ERROR: [Errno 28] No space left on device", "The disk is full"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "the lock"),
        (LONG_PATH, "too long for Windows"),
        ("[Errno 13] Permission denied: '/srv/x/.venv'", "may not be written"),
        ("[WinError 32] The process cannot access the file: 'C:\\x'", "close other programs"),
        ("Configuration file could not be loaded.", "settings file for pip"),
        ("Command '['x', '-m', 'ensurepip']' returned 1.", "cannot make an environment"),
        ("ERROR: something else", "does not know"),
        ("", "does not know"),
    ],
)
def test_failures_in_words(output, words):
    said = start.explain(output)
    assert words in said
    assert "".join(output.splitlines()[-1:]) in said


def test_each_sign_on_the_page_of_troubles_leads_to_its_words():
    entries = re.findall(r"(.+)\n\n> (.+)\n", start.TROUBLES.read_text(encoding="utf-8"))
    assert len(entries) > 10
    for meaning, signs in entries:
        for sign in re.findall("`([^`]+)`", signs):
            assert start.explain(f"[{sign} it says").startswith(meaning)


def test_a_copy_without_the_page_on_troubles_still_shows_what_failed(project):
    project.TROUBLES.unlink()
    assert "No space left" in project.explain("[Errno 28] No space left on device")

"""The hub: nobody's work is written over, its limits hold, and what is missing is told in words."""

import asyncio
import json
import os
import pwd
import random
import re
import resource
import shutil
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import hub
import pytest
import test_environment
from jupyter_client import KernelManager
from jupyterlab.labapp import LabApp
from traitlets.config.loader import PyFileConfigLoader

from bptt_course import __main__ as commands

ROOT = Path(__file__).resolve().parent.parent
sys.path += [str(hub.HERE), str(ROOT / "benchmarks")]

import classroom  # noqa: E402
import server  # noqa: E402


@pytest.fixture(scope="module")
def packages():
    """The hub's own packages, installed by its command's own way, importable here."""
    place = hub.installed()
    sys.path.append(str(place / "lib"))
    yield place
    sys.path.remove(str(place / "lib"))


@pytest.fixture(scope="module")
def config(packages):
    return PyFileConfigLoader("jupyterhub_config.py", path=str(hub.HERE)).load_config()


# --- the copies -----------------------------------------------------------------------------------


def edition(folder, chance):
    """Some notebooks, one of them new or changed."""
    folder.mkdir(exist_ok=True)
    (folder / "images").mkdir(exist_ok=True)
    (folder / f"{chance.randint(1, 4):02}.ipynb").write_text(str(chance.random()))
    (folder / "images" / "one.png").write_bytes(chance.randbytes(9))


def contents(folder):
    return {
        path: path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink() and "original" not in path.parts
    }


def a_reader_works(folder, chance):
    """Writes, changes, removes or renames something, even a whole copy or its key."""
    all_of_it = sorted(path for path in folder.rglob("*") if "original" not in path.parts)
    if not all_of_it:
        return
    path = chance.choice(all_of_it)
    what = chance.randrange(4)
    if what == 0 and path.is_file():
        path.write_text(f"my work {chance.random()}")
    elif what == 1 and path.is_dir():
        (path / f"mine {chance.randint(1, 9)}").write_text("mine")
    elif what == 2:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    elif what == 3 and not (path.parent / "moved").exists():
        path.rename(path.parent / "moved")


@pytest.mark.parametrize("seed", range(60))
def test_an_update_never_touches_what_a_reader_has(tmp_path, seed):
    chance = random.Random(seed)
    notebooks, folder = tmp_path / "edition", tmp_path / "bptt"
    edition(notebooks, chance)
    for _ in range(12):
        before = contents(folder)
        copy = server.lay_out(notebooks, folder)
        after = contents(folder)
        assert {path: after.get(path) for path in before} == before
        if added := after.keys() - before.keys():  # then it is a whole copy, in a folder of its own
            assert {path.relative_to(copy) for path in added} == {
                *(path.relative_to(notebooks) for path in server.files_of(notebooks)),
                Path(server.KEY),
            }
            for path in server.files_of(notebooks):
                assert after[copy / path.relative_to(notebooks)] == path.read_bytes()
        assert server.lay_out(notebooks, folder) == copy and contents(folder) == after
        for _ in range(chance.randrange(3)):
            a_reader_works(folder, chance)
        if chance.random() < 0.4:
            edition(notebooks, chance)


def test_a_later_edition_lies_beside_the_first(tmp_path):
    notebooks, folder = tmp_path / "edition", tmp_path / "bptt"
    chance = random.Random(0)
    for name in ("notebooks", "notebooks-2", "notebooks-3"):
        edition(notebooks, chance)
        assert server.lay_out(notebooks, folder) == folder / name
    assert (folder / "original").resolve() == notebooks
    assert [path.name for path in folder.iterdir() if path.name[0] == "."] == []


def test_the_copy_is_the_readers_alone_and_can_be_written(tmp_path):
    notebooks = tmp_path / "edition"
    edition(notebooks, random.Random(1))
    for path in notebooks.rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = os.umask(0o077)
    try:
        copy = server.lay_out(notebooks, tmp_path / "bptt")
    finally:
        os.umask(before)
    for path in (copy.parent, copy, *copy.rglob("*")):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600)


def test_a_full_disk_leaves_nothing_half_behind(tmp_path, monkeypatch, capsys):
    notebooks, folder = tmp_path / "edition", tmp_path / "bptt"
    edition(notebooks, random.Random(2))
    copyfile = shutil.copyfile

    def full(source, target):
        if source.suffix == ".png":
            raise OSError("No space left on device")
        return copyfile(source, target)

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(OSError, match="No space"):
        server.lay_out(notebooks, folder)
    assert list(folder.iterdir()) == []
    assert server.place_for(notebooks, folder) == notebooks  # to read and run, if not to save
    monkeypatch.undo()
    copy = server.lay_out(notebooks, folder)
    monkeypatch.setattr(shutil, "copyfile", full)
    edition(notebooks, random.Random(4))
    assert server.place_for(notebooks, folder) == copy and "No space" in capsys.readouterr().err


def test_a_home_without_room_is_noticed(tmp_path):
    assert not server.is_full(tmp_path) and list(tmp_path.iterdir()) == []
    most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(
        resource.RLIMIT_FSIZE, (1000, most[1])
    )  # a file ends there, as on a full disk
    try:
        assert server.is_full(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, most)


def test_hidden_files_are_no_part_of_an_edition(tmp_path):
    notebooks = tmp_path / "edition"
    edition(notebooks, random.Random(3))
    before = server.edition_of(notebooks)
    (notebooks / ".ipynb_checkpoints").mkdir()
    (notebooks / ".ipynb_checkpoints" / "01.ipynb").write_text("{}")
    assert server.edition_of(notebooks) == before


# --- the configuration ----------------------------------------------------------------------------


def test_who_may_come_in(config):
    authenticator = config.JupyterHub.authenticator_class(config=config)
    assert type(authenticator).__base__.__name__ == "PAMAuthenticator"
    assert authenticator.allowed_groups == {hub.GROUP}
    assert not authenticator.allow_all and not authenticator.allow_existing_users


def test_a_name_may_be_typed_with_a_capital(config, monkeypatch):
    import pamela

    asked = []
    monkeypatch.setattr(pamela, "authenticate", lambda name, *_, **__: asked.append(name))
    monkeypatch.setattr(pamela, "check_account", lambda *_, **__: None)
    authenticator = config.JupyterHub.authenticator_class(config=config)
    typed = {"username": "Student01", "password": "Pass Word"}

    async def log_in():
        return await authenticator.authenticate(None, typed)

    assert asyncio.run(log_in()) == "student01"
    assert asked == ["student01"] and typed["username"] == "Student01"


def test_a_restart_ends_no_server_and_idle_ones_end_themselves(config):
    assert config.JupyterHub.cleanup_servers is False
    options = dict(option.removeprefix("--").split("=") for option in config.Spawner.args)
    idle = {value for name, value in options.items() if "timeout" in name}
    assert idle == {"3600"} and len(options) == 5


def test_every_option_is_one_that_there_is(config, packages):
    from jupyterhub.app import JupyterHub
    from jupyterhub.auth import PAMAuthenticator
    from jupyterhub.proxy import ConfigurableHTTPProxy
    from systemdspawner import SystemdSpawner

    classes = [JupyterHub, PAMAuthenticator, ConfigurableHTTPProxy, SystemdSpawner]
    known = {each.__name__: each for one in classes for each in one.mro()}
    for section, options in config.items():
        assert {*options} <= {*known[section].class_traits(config=True)}, section
    servers = {each.__name__: each for one in [LabApp, *serverapp_classes()] for each in one.mro()}
    for option in config.Spawner.args:
        section, name = re.match(r"--(\w+)\.(\w+)=", option).groups()
        assert name in servers[section].class_traits(config=True), option


def serverapp_classes():
    from jupyter_server.serverapp import ServerApp
    from jupyter_server_terminals.terminalmanager import TerminalManager

    return [ServerApp, *ServerApp.classes, TerminalManager]


def test_the_proxy_is_there_and_of_the_locked_version(config):
    node, proxy = config.ConfigurableHTTPProxy.command
    said = subprocess.run([node, proxy, "--version"], capture_output=True, text=True, check=True)
    wanted = json.loads((hub.HERE / "package.json").read_text())["dependencies"]
    assert said.stdout.strip() == wanted["configurable-http-proxy"]


def test_the_lock_has_hashes_and_the_versions_of_the_environment():
    ours, theirs = test_environment.locked("teaching/hub/hub.lock"), {}
    for name, version, _, _ in test_environment.locked("requirements-test.lock"):
        theirs.setdefault(name, set()).add(version)
    assert len(ours) > 40 and all(hashes for *_, hashes in ours)
    assert [name for name, version, *_ in ours if version not in theirs.get(name, {version})] == []


def test_the_proxys_lock_has_a_hash_for_each_package_and_names_no_host():
    text = (hub.HERE / "package-lock.json").read_text()
    entries = [entry for name, entry in json.loads(text)["packages"].items() if name]
    assert len(entries) > 30 and all(entry["integrity"][:7] == "sha512-" for entry in entries)
    assert '"resolved"' not in text


def test_the_trial_says_that_it_enforces_none_of_the_limits(packages, monkeypatch, capsys):
    monkeypatch.setenv("BPTT_HUB_PASSWORD", "eight letters")
    config = PyFileConfigLoader("try_config.py", path=str(hub.HERE)).load_config()
    assert config.JupyterHub.spawner_class == "simple" and config.Spawner.mem_limit is None
    assert config.Spawner.cmd[1] == str(hub.HERE / "server.py")  # all else is the same


# --- the limits -----------------------------------------------------------------------------------

LIMITS = """
import os, resource
for name in "DATA NPROC CPU CORE".split():
    print(name, *resource.getrlimit(getattr(resource, f"RLIMIT_{name}")))
print("umask", os.umask(0), "nice", os.nice(0))
"""


def test_a_process_gets_its_limits(packages):
    import limits

    spawner = limits.LimitedProcess(mem_limit="300M", process_limit=99, processor_limit=77)
    me = pwd.getpwuid(os.geteuid()).pw_name
    said = subprocess.run(
        [sys.executable, "-c", LIMITS], preexec_fn=spawner.make_preexec_fn(me),
        capture_output=True, text=True, check=True,
    ).stdout.split("\n")  # fmt: skip
    most = 300 * 2**20
    assert said[:4] == [f"DATA {most} {most}", "NPROC 99 99", "CPU 77 77", "CORE 0 0"]
    assert said[4] == f"umask {0o077} nice {os.nice(0) + limits.NICE}"


def test_a_unit_of_systemd_gets_the_same_and_a_limit_on_all_together(packages, monkeypatch):
    import limits
    from jupyterhub.spawner import Spawner

    class Unit(limits.LimitedUnit):
        def __init__(self, **options):
            Spawner.__init__(self, **options)

    monkeypatch.setattr(limits.SystemdSpawner, "start", lambda self: None)
    unit = Unit(mem_limit="300M", process_limit=99, processor_limit=77)
    unit.start()
    assert unit.unit_extra_properties == {
        "LimitDATA": str(300 * 2**20), "MemoryMax": str(600 * 2**20), "TasksMax": "99",
        "LimitCPU": "77", "UMask": "0077", "Nice": str(limits.NICE),
    }  # fmt: skip


def test_a_kernel_at_its_limit_says_so_and_goes_on(monkeypatch):
    monkeypatch.setenv("JUPYTER_PATH", str(hub.HERE / "share"))
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        most = 600 * 2**20
        resource.prlimit(manager.provisioner.pid, resource.RLIMIT_DATA, (most, most))
        said = []

        def run(code):
            said.clear()
            return client.execute_interactive(
                code, timeout=60, output_hook=lambda m: said.append(str(m["content"]))
            )["content"]["status"]

        assert run("import numpy as np, os, sys\nheld, kept = [], 42") == "ok"
        for code in ("np.ones(10**9)", "while True: held.append(np.ones(10**6))"):
            assert run(code) == "error"
            assert "MemoryError" in "".join(said)
            assert "the 600 MB that your kernel may take" in "".join(said)
        assert run("held.clear(); print(kept, os.environ['OPENBLAS_NUM_THREADS'])") == "ok"
        assert "42 1" in "".join(said)
        assert run("print('' in sys.path, [p for p in sys.path if 'teaching' in p])") == "ok"
        assert "True []" in "".join(said)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


# --- the command ----------------------------------------------------------------------------------


@pytest.fixture
def a_fit_machine(monkeypatch, tmp_path):
    """Root on Linux with PAM and the group; nothing is installed, and nothing starts."""
    import grp

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(hub.ctypes.util, "find_library", lambda name: f"lib{name}.so")
    monkeypatch.setattr(grp, "getgrnam", lambda name: None)
    monkeypatch.setattr(hub, "closed_to_others", lambda path: None)
    monkeypatch.setattr(hub, "installed", lambda: pytest.fail("it went on"))
    return tmp_path


def refused(capsys, *options):
    """What the command says where it does not start."""
    assert commands.main(["hub", *options]) == 1
    return capsys.readouterr().err


def test_without_root(a_fit_machine, monkeypatch, capsys):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "sudo python3 start.py hub" in (words := refused(capsys)) and "--try" in words


def test_without_linux(a_fit_machine, monkeypatch, capsys):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert "It needs Linux" in refused(capsys)


def test_without_pam(a_fit_machine, monkeypatch, capsys):
    monkeypatch.setattr(hub.ctypes.util, "find_library", lambda name: None)
    assert "no PAM" in refused(capsys)


def test_without_the_group(a_fit_machine, monkeypatch, capsys):
    import grp

    def none(name):
        raise KeyError(name)

    monkeypatch.setattr(grp, "getgrnam", none)
    assert "sudo groupadd bptt" in refused(capsys)


def test_where_users_may_not_read(a_fit_machine, monkeypatch, capsys):
    monkeypatch.setattr(hub, "closed_to_others", lambda path: Path("/root"))
    assert "Your users may not read /root" in refused(capsys)


def test_without_notebooks(a_fit_machine, capsys, tmp_path):
    assert "no notebook in" in refused(capsys, "--notebooks", str(tmp_path))


@pytest.mark.parametrize("offset", [0, 1, 2])
def test_where_a_port_is_taken(a_fit_machine, capsys, offset):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1] - offset
        words = refused(capsys, "--port", str(port), "--state", str(a_fit_machine / "state"))
    assert f"Port {port + offset} is taken" in words and f"--port {port + 100}" in words


def test_where_one_is_running(a_fit_machine, capsys):
    (a_fit_machine / "state").mkdir()
    with hub.only_one(a_fit_machine / "state"):
        words = refused(capsys, "--state", str(a_fit_machine / "state"))
    assert "One is running already" in words


def test_what_cannot_be_installed_leaves_nothing_half_behind(monkeypatch, capfd, tmp_path):
    def offline(command, **_):
        Path(command[-1]).mkdir(parents=True)  # pip --target
        raise subprocess.CalledProcessError(1, command)

    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(subprocess, "run", offline)
    with pytest.raises(hub.Problem, match="could not be installed"):
        hub.installed()
    assert list(tmp_path.iterdir()) == []


def test_what_is_installed_is_made_again_when_a_lock_has_changed(monkeypatch, tmp_path):
    (tmp_path / "hub").mkdir()
    (tmp_path / "hub" / "old").write_text("")
    done = []

    def run(command, **_):
        done.append(command)
        (tmp_path / f"hub-{os.getpid()}" / "lib").mkdir(parents=True, exist_ok=True)

    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(subprocess, "run", run)
    assert hub.installed() == hub.installed() == tmp_path / "hub"
    assert len(done) == 2 and "--require-hashes" in done[0] and "ci" in done[1]
    assert not (tmp_path / "hub" / "old").exists()


@pytest.mark.parametrize("more", [[], ["--JupyterHub.bind_url=http://127.0.0.1:7000"]])
def test_options_of_jupyterhub_win(monkeypatch, tmp_path, more):
    """JupyterHub refuses an option that it is given twice."""
    started = []

    class Process:
        def __init__(self, command, **_):
            started.extend(command)

        def wait(self):
            return 0

    monkeypatch.setattr(hub, "installed", lambda: None)
    monkeypatch.setattr(subprocess, "Popen", Process)
    monkeypatch.setattr(hub.signal, "signal", lambda *_: None)
    monkeypatch.setattr(hub, "look_at_ports", lambda *_: None)
    options = ["--try", "--state", str(tmp_path), "--memory", "2G", "--", *more]
    assert commands.main(["hub", *options]) == 0
    bound = [option for option in started if option.startswith("--JupyterHub.bind_url=")]
    assert bound == (more or ["--JupyterHub.bind_url=http://127.0.0.1:8000"])
    assert "--Spawner.mem_limit=2G" in started


def test_a_closed_folder_above_a_file_is_found(tmp_path):
    base = Path("/tmp" if Path("/tmp").is_dir() else tmp_path)
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    file = inner / "file"
    file.write_text("")
    for path in [*(p for p in inner.parents if base in p.parents and p.owner()), inner]:
        path.chmod(0o755)
    assert hub.closed_to_others(file) is None
    (tmp_path / "a").chmod(0o750)
    assert hub.closed_to_others(file) == tmp_path / "a"
    (tmp_path / "a").chmod(0o755)
    file.chmod(0o640)
    assert hub.closed_to_others(file) == file


# --- all of it ------------------------------------------------------------------------------------


def test_two_students_at_a_real_hub(packages, tmp_path):
    """Both log in, get a copy and a kernel, and move the panel."""
    asyncio.run(two_students(tmp_path))
    assert list(classroom.processes(str(tmp_path))) == []


async def two_students(state):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-P", "-m", "bptt_course", "hub", "--try", "--port", str(port)]
    log = state / "log"
    with open(log, "w") as file:
        process = subprocess.Popen(
            [*command, "--state", str(state)], cwd=ROOT, stdout=file, stderr=file
        )
    try:
        password, address = await classroom.started(process, log), f"http://127.0.0.1:{port}"
        assert "No limit on memory, processes or time holds" in log.read_text()
        names = ["ada", "bob"]
        lines = [classroom.ThroughTheHub(address, name, password) for name in names]
        students = [classroom.Student(line) for line in lines]
        with ThreadPoolExecutor(2) as pool:
            for student in students:
                await student.line.open(pool)
                await student.begin()
        for student in students:
            for place in (0.7, 1.1):
                move = classroom.update(student.slider, value=place)
                assert await student.ask("comm_msg", move) > 0
        for name in names:
            copy = state / "homes" / name / "bptt" / "notebooks"
            assert server.edition_of(copy) == server.edition_of(ROOT / "notebooks")
        for student in students:
            await student.leave()
    finally:
        process.terminate()
        process.wait(60)

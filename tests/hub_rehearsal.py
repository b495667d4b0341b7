"""A hub with ten students, as on the day: real accounts, a real browser, real limits. As root:

    .venv/bin/python tests/hub_rehearsal.py [--port 8700] [--students 10] [--screenshot FILE]

It makes ten accounts, starts the hub and logs each in through the page; each runs notebook 07 and
moves its panel. One kernel is killed, one comes to its memory limit, one starts too many processes;
one looks for what others have; the hub is restarted. After each of these the others move their
panels again. Then one comes in a second browser, deletes the copy, gets a newer edition, and has
no room left in the home. In the end the accounts are removed. CI does not run it.
"""

import argparse
import contextlib
import json
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import jupyter

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "teaching" / "hub"))
import server  # noqa: E402

NAMES = [f"rehearsal{number:02}" for number in range(1, 11)]
NOTEBOOK = "notebooks/07_vanishing_exploding.ipynb"
RUN = f"""async code => {{
  let said = '';
  const future = {jupyter.KERNEL}.requestExecute({{code}});
  future.onIOPub = ({{content}}) => {{
    said += content.text ?? content.traceback?.join('\\n').concat('\\n')
            ?? content.data?.['text/plain'] ?? '';
  }};
  return [(await future.done).content.status, said.replace(/\\x1b\\[[0-9;]*m/g, '')];
}}"""


@contextlib.contextmanager
def accounts():
    """Ten accounts with their passwords; they go with their homes in the end."""
    has_group = subprocess.run(["getent", "group", "bptt"], stdout=subprocess.DEVNULL)
    if has_group.returncode:
        subprocess.run(["groupadd", "bptt"], check=True)
    passwords = {name: secrets.token_hex(8) for name in NAMES}
    made = []
    try:
        for name in NAMES:
            make = "useradd --create-home -K HOME_MODE=0700 --shell /bin/bash --groups bptt".split()
            subprocess.run([*make, name], check=True)
            made.append(name)
            for_the_tests(name)
        lines = "".join(f"{name}:{password}\n" for name, password in passwords.items())
        subprocess.run(["chpasswd"], input=lines, text=True, check=True)
        yield passwords
    finally:
        for name in made:
            end_all_of(name)
            for left in Path(tempfile.gettempdir()).glob("jupyter-*"):  # a server that was killed
                if left.stat().st_uid == pwd.getpwnam(name).pw_uid:
                    shutil.rmtree(left)
            subprocess.run(["userdel", "--remove", name], stderr=subprocess.DEVNULL)
        if has_group.returncode:
            subprocess.run(["groupdel", "bptt"])


def for_the_tests(name):
    """What lets a script look into JupyterLab, in the account's own settings."""
    user = pwd.getpwnam(name)
    folder = Path(user.pw_dir, ".jupyter", "labconfig")
    folder.mkdir(parents=True)
    settings = json.dumps({"LabApp": {"expose_app_in_browser": True}})
    (folder.parent / "jupyter_lab_config.json").write_text(settings)
    (folder / "default_setting_overrides.json").write_text(json.dumps(jupyter.SETTINGS))
    for path in (folder.parent, *folder.parent.rglob("*")):
        os.chown(path, user.pw_uid, user.pw_gid)


@contextlib.contextmanager
def full_home(name):
    """Meanwhile the home of a user without processes has room for a setting, and no more."""
    user = pwd.getpwnam(name)
    small = f"size=100k,uid={user.pw_uid},gid={user.pw_gid},mode=700"
    subprocess.run(["mount", "-t", "tmpfs", "-o", small, "tmpfs", user.pw_dir], check=True)
    try:
        for_the_tests(name)
        with contextlib.suppress(OSError), open(f"{user.pw_dir}/much", "wb", buffering=0) as file:
            while file.write(bytes(4096)):
                pass
        yield
    finally:
        end_all_of(name)
        subprocess.run(["umount", user.pw_dir], check=True)


def end_all_of(name):
    """End all processes of a user."""
    for _ in range(100):
        for process in (living := list(processes_of(name))):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        if not living:
            break
        time.sleep(0.1)


def processes_of(name):
    user = pwd.getpwnam(name).pw_uid
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if entry.stat().st_uid == user:
                yield int(entry.name)


def kernel_of(name):
    """The process of the one kernel of a user."""
    lines = {p: Path(f"/proc/{p}/cmdline").read_text() for p in processes_of(name)}
    (kernel,) = (process for process, line in lines.items() if "kernel.py" in line)
    return kernel


class Hub:
    """The hub, as its command starts it."""

    def __init__(self, port, state):
        self.port, self.state, self.address = port, state, f"http://127.0.0.1:{port}"

    def start(self):
        command = [sys.executable, "-P", "-m", "bptt_course", "hub", "--memory", "700M"]
        command += ["--port", str(self.port), "--state", str(self.state)]
        self.log = open(self.state / "log", "a")
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=self.log, stderr=self.log)
        end = time.monotonic() + 300
        while time.monotonic() < end and self.process.poll() is None:
            with contextlib.suppress(OSError):  # until then its proxy answers with an error
                urllib.request.urlopen(f"{self.address}/hub/login", timeout=10).close()
                return self
            time.sleep(0.5)
        sys.exit("The hub did not start:\n" + (self.state / "log").read_text()[-3000:])

    def stop(self):
        self.process.terminate()
        self.process.wait(60)
        self.log.close()


class Student:
    """One person at the hub: logs in, runs notebook 07 up to its first panel, moves it."""

    def __init__(self, window, hub, name, password):
        self.name, self.hub = name, hub
        self.lab = jupyter.Lab(window, f"{hub.address}/user/{name}", 1366, 768)
        page = self.page = self.lab.page
        page.set_default_timeout(300_000)
        page.goto(hub.address)
        page.fill("#username_input", f"{name.capitalize()} ")  # as a tablet types it
        page.fill("#password_input", password)
        page.click("#login_submit")
        self.sees("notebooks/01_forward_pass.ipynb")
        self.open()

    def sees(self, notebook):
        """Wait for a notebook, and see that it is this one."""
        self.page.wait_for_selector(".jp-Notebook .jp-Cell")
        assert self.page.url.endswith(f"/user/{self.name}/lab/tree/{notebook}"), self.page.url

    def stops(self):
        """End the server, as its own button does."""
        self.page.goto(f"{self.hub.address}/hub/home")
        self.page.click("#stop")
        self.page.wait_for_selector("#stop", state="hidden")

    def starts(self, notebook):
        """Start the server, which opens a notebook."""
        self.page.click("#start")
        self.sees(notebook)

    def open(self, notebook=NOTEBOOK):
        self.lab.open(notebook)
        self.page.locator(".jp-Notebook .jp-Cell").first.click()
        while not self.lab.panels():
            self.page.keyboard.press("Shift+Enter")
            self.page.wait_for_timeout(300)
            self.page.wait_for_function(
                "!window.jupyterapp.shell.currentWidget.content.widgets.some("
                "cell => cell.model.executionState === 'running')"
            )
        self.panel = self.lab.panels()[0]

    def moves(self, key="ArrowRight"):
        """Whether a key on the slider changes number and picture."""
        before, at = self.panel.look(), self.panel.value("W_s")
        self.panel.press("W_s", key)
        self.panel.wait_for_other_value("W_s", at)
        return self.panel.look().picture != before.picture

    def wait_for_kernel(self):
        """Wait until the page has found its kernel again by itself."""
        kernel = jupyter.KERNEL
        self.page.wait_for_function(
            f"{kernel}.connectionStatus === 'connected' && {kernel}.status === 'idle'"
        )

    def run(self, code):
        """What a cell with this code says: "ok" or "error", and the words."""
        return self.page.evaluate(RUN, code)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=8700)
    parser.add_argument("--students", type=int, default=10, help="six at least (10)")
    parser.add_argument("--screenshot", type=Path, help="one page in the end, as PNG")
    options = parser.parse_args()
    del NAMES[max(6, options.students) :]
    if not (sys.platform == "linux" and os.geteuid() == 0):
        sys.exit("Only root, on Linux, can make accounts: run this on a machine for trying it.")
    with tempfile.TemporaryDirectory() as state, accounts() as passwords:
        hub = Hub(options.port, Path(state)).start()
        try:
            with jupyter.browser() as window:
                rehearse(window, hub, passwords, options.screenshot)
        finally:
            hub.stop()
    print("\nThe rehearsal is over, and the accounts are gone.")


def rehearse(window, hub, passwords, screenshot):
    wrong = window.new_page()
    wrong.goto(hub.address)
    for guess in range(5):
        wrong.fill("#username_input", NAMES[0])
        wrong.fill("#password_input", f"guess {guess}")
        with wrong.expect_navigation(timeout=60_000):
            wrong.click("#login_submit")
        wrong.wait_for_selector(".login_error", timeout=60_000)
    told("five wrong passwords do not let in", wrong.url.startswith(f"{hub.address}/hub/login"))
    wrong.close()

    class_ = []
    for name, password in passwords.items():
        start = time.monotonic()
        class_.append(Student(window, hub, name, password))
        seconds = time.monotonic() - start
        told(f"{name} has logged in ({seconds:.0f} s) and moves the panel", class_[-1].moves())
    all_move(class_, "all, once more")

    crashed, *others = class_
    os.kill(kernel_of(crashed.name), signal.SIGKILL)
    all_move(others, "while one kernel is killed, the others")
    crashed.open()
    told("the one runs its cells again, and moves the panel", crashed.moves())

    hungry, *others = class_[1:] + class_[:1]
    status, words = hungry.run("import numpy as np\nheld = []\nkept = 41 + 1\nnp.ones(10**9)")
    for line in words.splitlines()[-2:]:
        told(f"too large an array: {line}", "your kernel may take" in words)
    status, words = hungry.run("while True: held.append(np.ones(10**6))")
    told("little by little: the same words", "your kernel may take" in words)
    all_move(others, "while one is at the memory limit, the others")
    told("and that one's kernel still knows its values", hungry.run("kept") == ["ok", "42"])
    hungry.run("held.clear()")
    told("and moves the panel", hungry.moves())

    forking, *others = class_[2:] + class_[:2]
    code = "import subprocess\nmany = [subprocess.Popen(['sleep', '60']) for _ in range(300)]"
    status, words = forking.run(code)
    told("300 processes: " + words.splitlines()[-1], "BlockingIOError" in words)
    all_move(others, "meanwhile the others")
    forking.page.evaluate(f"() => {jupyter.KERNEL}.restart()")  # it has to bury what it started
    forking.open()
    told("and that one does, once its kernel is restarted", forking.moves())

    curious, other = class_[3], NAMES[4]
    home = pwd.getpwnam(other).pw_dir
    for place in (home, f"{home}/bptt", f"{home}/.local/share/jupyter/runtime"):
        status, words = curious.run(f"import os; os.listdir('{place}')")
        told(f"{place}: {words.splitlines()[-1]}", "PermissionError" in words)
    for place in (f"{home}/bptt/{NOTEBOOK}", str(hub.state / "jupyterhub.sqlite")):
        status, words = curious.run(f"open('{place}').read()")
        told(f"{place}: {words.splitlines()[-1]}", "PermissionError" in words)
    status, words = curious.run(f"open('../original/{Path(NOTEBOOK).name}', 'a')")
    told(f"the edition itself: {words.splitlines()[-1]}", "PermissionError" in words)
    status, words = curious.run("print(len(open('../original/01_forward_pass.ipynb').read()))")
    told(f"but it can be read: {words.strip()} characters", status == "ok")
    status = curious.page.request.get(f"{hub.address}/user/{other}/api/contents").status
    told(f"the other's server answers with {status}", status in (403, 404))

    saved = class_[5]
    saved.run("known = 7 * 6\nopen('mine.txt', 'w').write('my work')")
    hub.stop()
    hub.start()
    for student in class_:
        student.wait_for_kernel()
    told("after a restart the kernel knows its values", saved.run("known") == ["ok", "42"])
    told("and the files are there", "my work" in saved.run("open('mine.txt').read()")[1])
    for student in class_:
        print(f"          {student.name} loads the page anew", flush=True)
        student.open()
    all_move(class_, "with their pages loaded anew and the cells run again, all")
    told("in the same kernel as before", saved.run("known") == ["ok", "42"])
    if screenshot:
        saved.page.screenshot(path=screenshot)
    mishaps(window, hub, class_[4], passwords[NAMES[4]])


def mishaps(window, hub, student, password):
    """What happens to one now and then, beside a crash."""
    second = Student(window, hub, student.name, password)
    told("in a second browser the panel moves", second.moves())
    told("and goes on moving in the first", student.moves())
    second.page.close()

    student.stops()
    copy = Path(pwd.getpwnam(student.name).pw_dir, "bptt", "notebooks")
    shutil.rmtree(copy)
    student.starts("notebooks/01_forward_pass.ipynb")
    there, all_of_them = (len(list(at.glob("*.ipynb"))) for at in (copy, ROOT / "notebooks"))
    told(f"a deleted copy is made again: {there} notebooks", there == all_of_them)

    student.stops()
    (copy / server.KEY).write_text("an earlier edition")
    before = {path: path.read_bytes() for path in copy.glob("*.ipynb")}
    student.starts("notebooks-2/01_forward_pass.ipynb")
    after = {path: path.read_bytes() for path in copy.glob("*.ipynb")}
    told("a newer edition opens beside the copy, which is as it was", after == before)

    student.stops()
    with full_home(student.name):
        student.starts("01_forward_pass.ipynb")
        student.open(Path(NOTEBOOK).name)
        told("without room in the home the panel moves", student.moves())
        status, words = student.run("open('new.txt', 'w')")
        told(f"and nothing is written: {words.splitlines()[-1]}", status == "error")


def all_move(students, words):
    start = time.monotonic()
    told(f"{words} move their panels", all(student.moves() for student in students))
    print(f"          ({(time.monotonic() - start) / len(students):.1f} s each)", flush=True)


def told(words, is_so):
    print(f"{'yes' if is_so else 'NO':>6}    {words}", flush=True)
    if not is_so:
        raise SystemExit("The rehearsal stops here.")


if __name__ == "__main__":
    main()

"""How many students one machine carries: from a move of a slider to its picture, while all drag.

    python benchmarks/classroom.py [--students 10 30 60 100] [--hub 30] [--seconds 30]

Each student has a kernel with the main panel of notebook 07, and drags its slider for two seconds
in each fifteen, each from a moment of their own. A message with the slider's place goes to the
kernel as the browser sends it: the next one when the one before has been dealt with. The time runs
from the message to the picture that answers it. The kernels are started as the hub starts them, but
directly; then, with --hub, as many students log in at a hub (its trial), which starts a server and
a kernel for each, and the messages go through its proxy.

Memory is told twice. PSS splits the pages that processes share among them, so that the sum over all
is what the machine has to have; RSS counts them whole for each, and so more the more there are.

Students and kernels share this machine, so the times hold the work of both; the browsers' is not
among it. All of it ends within ten minutes. `--hub 0` leaves the hub out.
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PERIOD, DRAG, FRAME = 15.0, 2.0, 0.016  # seconds
LONGEST = 10 * 60
GOALS = {30: 200, 60: 1000}  # students, ms at the 95th percentile
MOST_MEMORY = 100  # MB a kernel, PSS
PORT = 18800
PANEL = """
from bptt_course import panels
panel = panels.gradient_flow()
display(panel)
print("ids", panel.controls[panel.main].model_id, panel.image.children[1].model_id, panel.model_id)
"""


class Directly:
    """The way to a kernel that is started here, by ZeroMQ."""

    async def open(self):
        from jupyter_client import AsyncKernelManager

        self.manager = AsyncKernelManager(kernel_name="python3")
        await self.manager.start_kernel(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.client = self.manager.client()
        self.client.start_channels(stdin=False, hb=False, control=False)
        await self.client.wait_for_ready(timeout=120)
        return self.manager.provisioner.pid

    def send(self, kind, content):
        message = self.client.session.msg(kind, content)
        self.client.shell_channel.send(message)
        return message["header"]["msg_id"]

    async def receive(self):
        message = await self.client.iopub_channel.get_msg()
        return message["parent_header"].get("msg_id"), message["msg_type"], message["content"]

    async def close(self):
        self.client.stop_channels()
        await self.manager.shutdown_kernel(now=True)


class ThroughTheHub:
    """The way of a browser: the login page, a server, and a websocket through the proxy."""

    def __init__(self, address, name, password):
        self.address, self.name, self.password = address, name, password
        self.session = uuid.uuid4().hex

    def log_in(self):
        """Log in, wait for the server and start a kernel; the address and headers of its line."""
        import requests

        browser = requests.Session()
        page = browser.get(f"{self.address}/hub/login").text
        form = {"_xsrf": re.search(r'name="_xsrf" value="([^"]+)', page)[1]}
        form |= {"username": self.name, "password": self.password}
        answer = browser.post(f"{self.address}/hub/login", data=form)
        server = f"{self.address}/user/{self.name}"
        while not answer.url.startswith(server):
            time.sleep(1)
            answer = browser.get(f"{self.address}/hub/user-redirect/lab")
        token = {c.name: c.value for c in browser.cookies if c.path == f"/user/{self.name}/"}
        headers = {"X-XSRFToken": token["_xsrf"]}
        kernel = browser.post(f"{server}/api/kernels", json={"name": "python3"}, headers=headers)
        kernel.raise_for_status()
        ask = requests.Request("GET", f"{server}/api/kernels/{kernel.json()['id']}/channels")
        ready = browser.prepare_request(ask)
        return ready.url.replace("http:", "ws:"), {"Cookie": ready.headers["Cookie"]}

    async def open(self, pool):
        from tornado.httpclient import HTTPRequest
        from tornado.websocket import websocket_connect

        url, headers = await asyncio.get_running_loop().run_in_executor(pool, self.log_in)
        protocols = ["v1.kernel.websocket.jupyter.org"]
        request = HTTPRequest(f"{url}?session_id={self.session}", headers=headers)
        self.socket = await websocket_connect(
            request, subprotocols=protocols, max_message_size=2**26
        )

    def send(self, kind, content):
        from jupyter_server.services.kernels.connection.base import serialize_msg_to_ws_v1

        header = {"msg_id": uuid.uuid4().hex, "session": self.session, "username": self.name}
        header |= {"msg_type": kind, "version": "5.4", "date": datetime.now(UTC).isoformat()}
        parts = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        message = serialize_msg_to_ws_v1(parts, "shell", lambda part: json.dumps(part).encode())
        self.socket.write_message(message, binary=True)
        return header["msg_id"]

    async def receive(self):
        from jupyter_server.services.kernels.connection.base import deserialize_msg_from_ws_v1

        while True:
            said = await self.socket.read_message()
            if said is None:
                raise ConnectionError(f"{self.name} has lost the line to the kernel.")
            channel, parts = deserialize_msg_from_ws_v1(said)
            if channel == "iopub":
                header, parent, _, content = map(json.loads, parts[:4])
                return parent.get("msg_id"), header["msg_type"], content

    async def close(self):
        self.socket.close()


class Student:
    """One with a panel, who drags its slider now and then."""

    def __init__(self, line):
        self.line, self.said, self.image = line, "", None
        self.done, self.shown = {}, {}  # by message: when it was dealt with, when it was seen

    async def begin(self):
        """Show the panel in the kernel at the end of the line, which is open."""
        self.listening = asyncio.create_task(self.listen())
        ask = {"code": PANEL, "silent": False, "store_history": False, "allow_stdin": False}
        await self.ask("execute_request", ask | {"user_expressions": {}, "stop_on_error": True})
        found = re.search(r"ids (\w+) (\w+) (\w+)", self.said)
        if not found:
            raise RuntimeError(f"The panel was not shown:\n{self.said}")
        self.slider, self.image, panel = found.groups()
        await self.ask("comm_msg", update(panel, _view_count=1))  # as the page counts it

    async def listen(self):
        while True:
            parent, kind, content = await self.line.receive()
            now = time.perf_counter()
            if kind in ("stream", "error"):
                self.said += content.get("text", "") or "\n".join(content.get("traceback", ""))
            elif kind == "comm_msg" and content["comm_id"] == self.image:
                if "value" in content["data"].get("state", {}):
                    self.shown.setdefault(parent, now)
            elif kind == "status" and content["execution_state"] == "idle" and parent in self.done:
                self.done[parent].set_result(now)

    async def ask(self, kind, content):
        """Send a message, wait until it is dealt with; the ms to its picture, if there is one."""
        start = time.perf_counter()
        message = self.line.send(kind, content)
        self.done[message] = asyncio.get_running_loop().create_future()
        waiting = asyncio.ensure_future(self.done[message])
        await asyncio.wait([waiting, self.listening], return_when=asyncio.FIRST_COMPLETED)
        if self.listening.done():
            self.listening.result()
        del self.done[message]
        shown = self.shown.pop(message, None)
        return shown and 1000 * (shown - start)

    async def drag(self, end):
        """Two seconds of dragging in each fifteen until `end`; the ms of every move."""
        times = []
        await asyncio.sleep(random.uniform(0, PERIOD - DRAG))
        while (start := time.perf_counter()) + DRAG < end:
            at = None
            while (passed := time.perf_counter() - start) < DRAG:
                place = round(0.5 + 0.8 * (1 - abs(1 - passed)), 2)  # to 1.3 and back
                if place != at:
                    at = place
                    times.append(await self.ask("comm_msg", update(self.slider, value=place)))
                await asyncio.sleep(FRAME)
            await asyncio.sleep(max(0, start + PERIOD - time.perf_counter()))
        return [ms for ms in times if ms is not None]

    async def leave(self):
        self.listening.cancel()
        await self.line.close()


def update(widget, **state):
    """What the page sends when a person has changed a widget."""
    return {
        "comm_id": widget,
        "data": {"method": "update", "state": state, "buffer_paths": []},
    }


def memory(process):
    """The MB of a process: its share of the machine's (PSS), and all that it can see (RSS)."""
    rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
    found = dict(re.findall(r"^(Pss|Rss):\s+(\d+)", rollup, re.MULTILINE))
    return int(found["Pss"]) / 1024, int(found["Rss"]) / 1024


def processes(*signs):
    """The processes whose command line has all these signs."""
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            line = (entry / "cmdline").read_text(errors="replace")
            if all(sign in line for sign in signs):
                yield int(entry.name)


def children(process):
    """The processes that a process has started."""
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (entry / "stat").read_text().rpartition(")")[2].split()[1] == str(process):
                yield int(entry.name)


async def lesson(students, seconds, kernels, name):
    """Let all drag for some time, and print one row."""
    end = time.perf_counter() + seconds
    of_each = await asyncio.gather(*(student.drag(end) for student in students))
    times = [ms for times in of_each for ms in times]
    shares, seen = zip(*map(memory, kernels), strict=True)
    median, p95 = statistics.median(times), statistics.quantiles(times, n=20)[-1]
    rate = len(times) / len(students) / max(1, int(seconds / PERIOD)) / DRAG
    print(
        f"{name:18}{median:8.0f} ms{p95:8.0f} ms{rate:12.1f}{statistics.mean(seen):10.0f} MB"
        f"{statistics.mean(shares):8.0f} MB{max(shares):8.0f} MB{sum(shares) / 1024:9.1f} GB",
        flush=True,
    )
    return p95, max(shares)


async def gathered(tasks, at_once=3):
    """The results of all, a few at a time."""
    gate = asyncio.Semaphore(at_once)

    async def one(task):
        async with gate:
            return await task

    return await asyncio.gather(*map(one, tasks))


async def directly(counts, seconds):
    students, kernels, results = [], [], {}

    async def come():
        student = Student(Directly())
        pid = await student.line.open()
        await student.begin()
        students.append(student)
        kernels.append(pid)

    try:
        for count in sorted(counts):
            await gathered([come() for _ in range(count - len(students))])
            await asyncio.sleep(3)
            results[count] = await lesson(students, seconds, kernels, f"{count} students")
    finally:
        await asyncio.gather(*(student.leave() for student in students))
    return results


async def through_the_hub(count, seconds):
    with tempfile.TemporaryDirectory() as state:
        command = [sys.executable, "-P", "-m", "bptt_course", "hub", "--try"]
        command += ["--port", str(PORT), "--state", state]
        with open(Path(state, "log"), "w") as log:
            hub = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        try:
            password = await started(hub, Path(state, "log"))
            address = f"http://127.0.0.1:{PORT}"
            start = time.perf_counter()
            with ThreadPoolExecutor(4) as pool:
                lines = [ThroughTheHub(address, f"student{n:02}", password) for n in range(count)]
                students = [Student(line) for line in lines]

                async def come(student):
                    await student.line.open(pool)
                    await student.begin()

                await gathered(map(come, students), 4)
            came = time.perf_counter() - start
            await asyncio.sleep(3)
            (jupyterhub,) = children(hub.pid)
            servers = [one for one in children(jupyterhub) if one in processes("server.py")]
            kernels = [kernel for one in servers for kernel in children(one)]
            p95 = await lesson(students, seconds, kernels, f"{count} at the hub")
            rest = [jupyterhub, *children(jupyterhub)]
            rest = [memory(one)[0] for one in rest if one not in servers]
            shares, seen = zip(*map(memory, servers), strict=True)
            print(
                f"\n{len(servers)} servers: {statistics.mean(shares):.0f} MB each (RSS "
                f"{statistics.mean(seen):.0f}); hub and proxy: {sum(rest):.0f} MB. "
                f"All were in after {came:.0f} s."
            )
            await asyncio.gather(*(student.leave() for student in students))
            return p95
        finally:
            hub.terminate()
            hub.wait(90)


async def started(hub, log):
    """Wait until the hub answers; its password."""
    for _ in range(300):
        await asyncio.sleep(1)
        if "JupyterHub is now running" in log.read_text():
            return re.search(r"the password is (\w+)", log.read_text())[1]
        if hub.poll() is not None:
            break
    raise RuntimeError(f"The hub did not start:\n{log.read_text()[-2000:]}")


async def main(options):
    start = time.perf_counter()
    print(f"{os.cpu_count()} cores; load before: {os.getloadavg()[0]:.2f}\n")
    print(
        f"{'':18}{'median':>11}{'p95':>11}{'pictures/s':>12}"
        f"{'kernel RSS':>13}{'PSS':>11}{'most':>11}{'all':>12}"
    )
    async with asyncio.timeout(LONGEST):
        results = await directly(options.students, options.seconds)
        if options.hub:
            await through_the_hub(options.hub, options.seconds)
    print()
    for count, most in GOALS.items():
        if count in results:
            p95, largest = results[count]
            word = "reached" if p95 < most else "MISSED"
            print(f"{count} students below {most} ms at the 95th percentile: {word}")
            word = "reached" if largest <= MOST_MEMORY else "MISSED"
            print(f"{count} kernels of at most {MOST_MEMORY} MB: {word}")
    print(f"It took {(time.perf_counter() - start) / 60:.1f} minutes.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, nargs="+", default=[10, 30, 60, 100])
    parser.add_argument("--hub", type=int, default=30, metavar="STUDENTS")
    parser.add_argument("--seconds", type=float, default=30, help="of each lesson (30)")
    os.environ["JUPYTER_PATH"] = str(ROOT / "teaching" / "hub" / "share")  # the hub's kernel
    asyncio.run(main(parser.parse_args()))

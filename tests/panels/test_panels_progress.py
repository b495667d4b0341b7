"""The bar that fills while a network learns, and the stop button that leaves what was learned."""

import time

import jupyter_client
import pytest

from bptt_helpers import training
from bptt_course.panels import ProgressBar

TRAINING = """
from functools import partial
import numpy as np
from bptt_helpers import sequences, training
from bptt_course import panels
random = np.random.RandomState(0)
weights = training.start("RNN", 2, 8, 1, random)
bar = panels.ProgressBar("an endless training")
trained = training.train(
    weights, partial(sequences.recall, 5, 16), 10**7, random, report=bar, every=0
)
print(trained.ended, len(trained.errors) >= bar.bar.value > 10, bar.bar.max)
"""


def test_it_follows_the_updates_and_says_the_time_left():
    bar = ProgressBar("RNN, lag 5")
    bar(training.Progress(40, 200, 0.01234, 1.5, 3.2))
    assert (bar.bar.value, bar.bar.max, bar.bar.bar_style) == (40, 200, "")
    assert bar.words.value == "update 40 of 200: error 0.0123, about 3 s left"
    bar(training.Progress(140, 200, 0.005, 1.5, 0.0, is_last=True))
    assert (bar.bar.value, bar.bar.bar_style) == (140, "success")
    assert bar.words.value == "update 140 of 200: error 0.005, done"


def test_its_text_is_constant():
    bar = ProgressBar("RNN, lag 5")
    before = bar._repr_mimebundle_()["text/plain"]
    bar(training.Progress(1, 2, 0.1, 1.0, 1.0))
    assert bar._repr_mimebundle_()["text/plain"] == before == "Progress bar: RNN, lag 5"


@pytest.fixture
def kernel():
    manager, client = jupyter_client.manager.start_new_kernel(kernel_name="python3")
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def test_the_stop_button_ends_a_training_and_keeps_what_was_learned(kernel):
    manager, client = kernel
    said, shown, pressed = "", [], False
    sent = client.execute(TRAINING)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        message = client.get_iopub_msg(timeout=60)
        if message["parent_header"].get("msg_id") != sent:
            continue
        kind, content = message["msg_type"], message["content"]
        said += content["text"] if kind == "stream" else ""
        shown += [content["data"]["text/plain"]] if kind == "display_data" else []
        if "about" in str(content.get("data", "")) and not pressed:
            value = str(content["data"])
            pressed = int(value.split("update ")[1].split(" of")[0]) > 20
            if pressed:
                manager.interrupt_kernel()  # what the stop button does
        assert kind != "error", content
        if kind == "status" and content["execution_state"] == "idle":
            break
    assert pressed and shown == ["Progress bar: an endless training"]
    assert said == "stopped by hand True 10000000\n"

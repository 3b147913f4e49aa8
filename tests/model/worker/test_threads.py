"""A thread of the model's process that fails leaves nobody waiting for its answer."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.model.worker.real_child import Ear
from tui.model.hub import cache
from tui.model.worker import child
from tui.model.worker.client import ModelClient
from tui.model.worker.protocol import Died, Event, ModelList

FAILING = """
import time
from tui.model.worker.threads import start_thread

def work():
    raise {error}

start_thread(work, "work")
time.sleep(30)
"""


@pytest.mark.parametrize(
    ("error", "code", "last"),
    [
        ("ValueError('no number')", 1, "ValueError: no number"),
        ("SystemExit(0)", 1, "SystemExit: 0"),
        ("EOFError()", 0, ""),
        ("BrokenPipeError()", 0, ""),
    ],
)
def test_with_a_thread_that_fails_the_process_ends(error: str, code: int, last: str) -> None:
    program = [sys.executable, "-c", FAILING.format(error=error)]
    ended = subprocess.run(program, capture_output=True, text=True, timeout=20, check=False)
    assert ended.returncode == code
    assert (ended.stderr.splitlines() or [""])[-1] == last


async def test_the_app_hears_why(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("entry")
    (folder / "reads_nothing.py").write_text(
        "from tui.model.worker.child import RequestQueue, serve\n"
        "def broken(self, request):\n"
        "    raise ValueError('no request')\n"
        "RequestQueue._take = broken\n"
        "def main():\n"
        "    serve(dict)\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(folder), *sys.path])
        client = ModelClient("reads_nothing")
        ear = Ear(client)
        try:
            client.load("embedded")
            died = await ear.next()
        finally:
            client.close()
    assert isinstance(died, Died)
    assert "ended with code 1: ValueError: no request" in died.message


def test_models_that_cannot_be_listed_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    class Sender(child.EventSender):
        def __init__(self) -> None:
            self.sent: list[Event] = []

        def send(self, event: Event, arrays: object = ()) -> None:
            self.sent.append(event)

    monkeypatch.setattr(cache, "cached_models", lambda: 1 / 0)
    sender = Sender()
    child.list_models(sender)
    assert sender.sent == [ModelList(())]

"""What tests of the real process need: an ear on its client, and a look at what runs."""

from __future__ import annotations

import asyncio
import subprocess
import time

from tui.model.worker.client import ModelClient
from tui.model.worker.protocol import Analyzed, Event, StartingTorch, TakingMeans


class Ear:
    """Hears what a client passes on, in the order in which it comes."""

    def __init__(self, client: ModelClient) -> None:
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        client.listen(self._events.put_nowait)

    async def next(self, seconds: float = 30) -> Event:
        return await asyncio.wait_for(self._events.get(), seconds)

    async def all_so_far(self) -> None:
        """Pass over what has come."""
        while not self._events.empty():
            self._events.get_nowait()

    async def answer(self) -> Analyzed:
        """The next answer, however long it waits for torch."""
        while isinstance(event := await self.next(), StartingTorch | TakingMeans):
            pass
        assert isinstance(event, Analyzed), event
        return event

    async def silence(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        assert self._events.empty(), self._events.get_nowait()


def processes() -> dict[int, tuple[int, str]]:
    """The parent and the state of every process on this machine."""
    done = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True
    )
    found = (line.split() for line in done.stdout.splitlines())
    return {int(pid): (int(parent), state) for pid, parent, state in found}


def is_running(pid: int) -> bool:
    """Whether a process is at work: one that waits to be reaped by a stranger is not."""
    _, state = processes().get(pid, (0, "Z"))
    return not state.startswith("Z")


def descendants(pid: int) -> set[int]:
    """All that a process has started, and what that has started."""
    parents = {child: parent for child, (parent, _) in processes().items()}
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def wait_for_end(pid: int, seconds: float) -> float:
    """Wait until a process has ended; returns how long it took."""
    begin = time.monotonic()
    while is_running(pid):
        assert time.monotonic() - begin < seconds, f"process {pid} stays behind"
        time.sleep(0.02)
    return time.monotonic() - begin


def pid_of(client: ModelClient) -> int:
    assert client.pid is not None
    return client.pid

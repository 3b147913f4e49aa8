"""What is measured about models in a process of its own: seconds of loading, bytes of memory.

Called with what to measure and a model's folder, or two of them; prints numbers as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.sentences import sentence
from tui.experiments.beside import AnalyzeBeside
from tui.model.worker.client import ModelClient
from tui.model.worker.protocol import Analyzed, Event, JobDone, Loaded

LOADS = 7
"""Loads in a row, of which the first two do not count."""

SWITCHES = 10


def resident(pid: int | str, kind: str) -> int:
    """Bytes of a process that are in memory.

    Args:
        pid: its number, or `self`.
        kind: `Rss`, all of them, or `Pss`, in which what several processes share is shared out.
    """
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    line = next(line for line in rollup.splitlines() if line.startswith(f"{kind}:"))
    return int(line.split()[1]) * 1024


def _time(load: Callable[[], object]) -> list[float]:
    seconds = []
    for _ in range(LOADS):
        began = time.perf_counter()
        model = load()
        seconds.append(time.perf_counter() - began)
        del model
    return seconds[2:]


def load_ours(folder: str) -> list[float]:
    """Seconds that loading takes here."""
    from tui.model.masked_lm import MaskedLM

    return _time(lambda: MaskedLM.load(folder))


def load_bare(folder: str) -> list[float]:
    """Seconds that `from_pretrained` takes, for the model and its tokenizer."""
    import torch
    from transformers import AutoModelForMaskedLM, AutoTokenizer

    return _time(
        lambda: (
            AutoTokenizer.from_pretrained(folder, local_files_only=True),
            AutoModelForMaskedLM.from_pretrained(
                folder, dtype=torch.float32, local_files_only=True
            ).eval(),
        )
    )


class Asker:
    """Asks the model's process, and waits."""

    def __init__(self) -> None:
        self.client = ModelClient()
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self.client.listen(self._events.put_nowait)

    async def next(self, kind: type[Event]) -> Event:
        while not isinstance(event := await self._events.get(), kind):
            pass
        return event

    async def use(self, name: str) -> int:
        """Load a model and have it answer; the bytes of its process then."""
        self.client.load(name)
        await self.next(Loaded)
        await self.answer(16)
        return self.bytes("Rss")

    async def answer(self, tokens: int) -> Analyzed:
        self.client.analyze(sentence(tokens, 0)[0], top_k=10)
        event = await self.next(Analyzed)
        assert isinstance(event, Analyzed)
        return event

    def bytes(self, kind: str) -> int:
        time.sleep(0.3)  # what is let go of after the answer
        assert self.client.pid
        return resident(self.client.pid, kind)


async def switch(folder: str) -> list[int]:
    """Bytes before, with the other model, and after ten switches to it and back.

    A first switch is not counted: what the libraries make when any model is loaded for the second
    time, some 20 MB, they make once.
    """
    asker = Asker()
    await asker.use("embedded")
    other = await asker.use(folder)
    before = await asker.use("embedded")
    for _ in range(SWITCHES):
        await asker.use(folder)
        after = await asker.use("embedded")
    asker.client.close()
    return [before, other, after]


async def attention(folder: str) -> list[int]:
    """Bytes that an answer's attention takes in both processes, and those of its array.

    A text of that length was analysed before, and let go of for a short one: what torch keeps to
    work with is not counted, what belongs to the answer is.
    """
    asker = Asker()
    await asker.use(folder)
    await asker.answer(512)
    await asker.answer(16)
    before = asker.bytes("Pss") + resident("self", "Pss")
    answer = await asker.answer(512)
    array = answer.analysis.attention
    assert array.shape == (12, 12, 512, 512)
    assert array.max() > 0  # every page of it is read
    held = asker.bytes("Pss") + resident("self", "Pss") - before
    asker.client.close()
    return [held, array.nbytes]


async def other(folder: str, second: str) -> list[int]:
    """Bytes that a second model takes beside the first, and those of its weights' file.

    Both have answered a text of the same length.
    """
    asker = Asker()
    before = await asker.use(folder)
    asker.client.start_job(AnalyzeBeside(sentence(16, 0)[0], folder, other=second))
    await asker.next(JobDone)
    await asker.answer(16)
    taken = asker.bytes("Rss") - before
    asker.client.close()
    return [taken, sum(path.stat().st_size for path in Path(second).glob("*.safetensors"))]


def main() -> None:
    """Measure what is asked for."""
    what, folder = sys.argv[1:3]
    found = {
        "load_ours": load_ours,
        "load_bare": load_bare,
        "switch": lambda folder: asyncio.run(switch(folder)),
        "attention": lambda folder: asyncio.run(attention(folder)),
        "other": lambda folder: asyncio.run(other(folder, sys.argv[3])),
    }[what](folder)
    print(json.dumps(found))


if __name__ == "__main__":
    main()

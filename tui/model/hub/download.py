"""Fetching a model from the hub into its local cache, with progress, and given up at once if asked.

huggingface_hub 2.4 keeps no part of a file whose download was given up, so a download goes on from
the files that are complete; a cut line within one download is taken up again where it was cut.
Files are fetched by plain HTTP: the library's other way (xet) heeds neither a mirror nor a proxy,
and cannot be given up.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from types import TracebackType

from huggingface_hub import HfApi, hf_hub_download

from tui.errors import Cancelled, ModelError
from tui.model.hub.cache import INDEX_END, files_to_fetch, remove_leftovers, shards
from tui.model.hub.configuration import CONFIG
from tui.model.hub.refusals import explained
from tui.model.library_settings import plain_download, quiet_hub, without_network
from tui.text import visible

HUB_TIMEOUT = 10.0
"""Seconds the hub has to answer a question before it counts as out of reach."""

STALLED_AFTER = 30.0
"""Seconds without a byte after which a download is given up."""

_TICK = 0.05
"""Seconds between two looks at whether a download is done, cancelled or stalled."""

_REPORT_EVERY = 0.2
"""Seconds between two reports."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a download is.

    Attributes:
        done: bytes that are there.
        total: bytes of all files.
        rate: bytes a second, lately; 0 while nothing comes.
    """

    done: int
    total: int
    rate: float

    @property
    def seconds_left(self) -> float | None:
        """How long the rest takes at this rate, or None while nothing comes."""
        return (self.total - self.done) / self.rate if self.rate else None


Report = Callable[[Progress], None]


def download(
    name: str,
    *,
    report: Report = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
    check: Callable[[Path], None] = lambda _: None,
) -> Path:
    """Fetch a model's files from the hub.

    Args:
        name: its name there. A private one needs the hub's own token: `hf auth login`, or HF_TOKEN.
        report: told how far the download is, some times a second.
        cancelled: asked all the time; once it is true the download is given up at once.
        check: told the folder once the configuration is there, before the weights are fetched; what
            it raises ends the download.

    Returns:
        The folder in the hub's cache.

    Raises:
        ModelError: the model cannot be had; the sentence says why and what to do.
        Cancelled: it was given up.
    """
    work = _Download(name, check)
    # What hangs in the network cannot be interrupted, only left alone: it ends at its next byte.
    Thread(target=work.run, name="download", daemon=True).start()
    meter = _Meter()
    reported = 0.0
    try:
        while not work.ended.wait(_TICK):
            if cancelled():
                raise Cancelled
            meter.note(work.done)
            if meter.still > STALLED_AFTER:
                raise ModelError(
                    f"The hub stopped sending {visible(name)}; choose it again to go on from the "
                    "files that are complete."
                )
            if work.total and time.monotonic() - reported >= _REPORT_EVERY:
                reported = time.monotonic()
                report(Progress(work.done, work.total, meter.rate))
    finally:
        work.given_up.set()
    if work.error is not None:
        raise explained(name, work.error) from work.error
    assert work.folder is not None
    return work.folder


class _Meter:
    """Measures the rate over the last seconds."""

    _SPAN = 3.0

    def __init__(self) -> None:
        self._moved = time.monotonic()
        self._marks = [(self._moved, 0)]

    def note(self, done: int) -> None:
        """Take down how many bytes are there now."""
        now = time.monotonic()
        if done != self._marks[-1][1]:
            self._moved = now
        self._marks = [mark for mark in self._marks if now - mark[0] <= self._SPAN]
        self._marks.append((now, done))

    @property
    def still(self) -> float:
        """Seconds since the last byte."""
        return self._marks[-1][0] - self._moved

    @property
    def rate(self) -> float:
        """Bytes a second."""
        (begin, first), (end, last) = self._marks[0], self._marks[-1]
        return max(0.0, (last - first) / (end - begin)) if end > begin else 0.0


@dataclass(eq=False)
class _Download:
    """A download in a thread of its own.

    Attributes:
        name: the model's name on the hub.
        check: told the folder once the configuration is there.
        done: bytes that are there.
        total: bytes of all files, 0 until it is known.
        folder: where the files are, at the end.
        error: what went wrong, at the end.
        ended: set at the end.
        given_up: set by who no longer waits for it.
    """

    name: str
    check: Callable[[Path], None]
    done: int = 0
    total: int = 0
    folder: Path | None = None
    error: Exception | None = None
    ended: Event = field(default_factory=Event)
    given_up: Event = field(default_factory=Event)

    def run(self) -> None:
        """Fetch everything; nothing is raised."""
        try:
            with plain_download(), quiet_hub():
                self.folder = self._fetch()
        except Exception as error:
            self.error = error
        self.ended.set()

    def _wait_for_network(self) -> None:
        """Wait while a model is made in this process, which then refuses all requests.

        That may be the check of a download that was given up just now.

        Raises:
            Cancelled: nobody waits for this download any more.
        """
        while without_network.holds and not self.given_up.wait(_TICK):
            pass
        if self.given_up.is_set():
            raise Cancelled

    def _fetch(self) -> Path:
        remove_leftovers(self.name)
        self._wait_for_network()
        info = HfApi().model_info(self.name, files_metadata=True, timeout=HUB_TIMEOUT)
        sizes = {file.rfilename: file.size or 0 for file in info.siblings or ()}
        small, weights = files_to_fetch(self.name, sizes)
        self.total = sum(sizes[file] for file in [*small, *weights])
        folder = self._fetch_file(small[0], sizes, info.sha)
        self.check(folder)
        for file in small[1:]:
            self._fetch_file(file, sizes, info.sha)
        # The weights come last: a folder that has them is whole.
        if weights[0].endswith(INDEX_END):
            index = hf_hub_download(self.name, weights[0], revision=info.sha)
            weights = [*shards(Path(index)), weights[0]]
            self.total += sum(sizes.get(file, 0) for file in weights[:-1])
        for file in weights:
            self._fetch_file(file, sizes, info.sha)
        # The name `main` leads to this revision, also for the other programs that use the cache.
        hf_hub_download(self.name, CONFIG, etag_timeout=HUB_TIMEOUT)
        return folder

    def _fetch_file(self, file: str, sizes: dict[str, int], revision: str | None) -> Path:
        self._wait_for_network()
        before = self.done
        path = hf_hub_download(
            self.name, file, revision=revision, etag_timeout=HUB_TIMEOUT, tqdm_class=self._bar()
        )
        self.done = before + sizes.get(file, 0)  # it may have been there already
        return Path(path).parent

    def _bar(self) -> type:
        """A class that counts what arrives where huggingface_hub would draw a progress bar."""
        work = self

        class Bar:
            """Takes the place of a tqdm bar."""

            def __init__(self, *_: object, **__: object) -> None:
                pass

            def __enter__(self) -> Bar:
                return self

            def __exit__(
                self,
                kind: type[BaseException] | None,
                error: BaseException | None,
                trace: TracebackType | None,
            ) -> None:
                pass

            def update(self, count: float | None = 1) -> None:
                work.done += int(count or 0)
                if work.given_up.is_set():
                    raise Cancelled

            def close(self) -> None:
                pass

        return Bar

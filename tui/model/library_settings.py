"""Settings of other libraries that this program needs, for as long as it needs them.

They are a process's globals: whoever imports `MaskedLM` into a notebook finds them as they were.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from huggingface_hub import constants


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting.

    Attributes:
        read: gives its value.
        write: changes it.
        needed: the value that is needed, given the one before.
    """

    read: Callable[[], Any]
    write: Callable[[Any], None]
    needed: Callable[[Any], Any]

    @classmethod
    def attribute(cls, owner: object, name: str, needed: Callable[[Any], Any]) -> Setting:
        """An attribute of a module."""
        return cls(lambda: getattr(owner, name), lambda value: setattr(owner, name, value), needed)

    @classmethod
    def errors_alone(cls, logger: str) -> Setting:
        """A library's log without its warnings, which would be written over the screen."""
        log = logging.getLogger(logger)
        return cls(lambda: log.level, log.setLevel, lambda level: max(level, logging.ERROR))


@dataclass(slots=True, eq=False)
class Scope:
    """Settings that hold for as long as anybody, in whatever thread, is inside a `with` block.

    A download that was given up may still be, when the next one begins: the first to come in notes
    what the settings were, and the last to leave puts them back.

    Attributes:
        settings: the settings; no two scopes may have one in common.
    """

    settings: Sequence[Setting]
    _before: list[Any] = field(default_factory=list)
    _inside: int = 0
    _lock: Lock = field(default_factory=Lock)

    @property
    def holds(self) -> bool:
        """Whether anybody is inside a `with` block."""
        return self._inside > 0

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Have the settings hold inside the `with` block."""
        with self._lock:
            if not self._inside:
                self._before = [setting.read() for setting in self.settings]
                for setting, value in zip(self.settings, self._before, strict=True):
                    setting.write(setting.needed(value))
            self._inside += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1
                if not self._inside:
                    for setting, value in zip(self.settings, self._before, strict=True):
                        setting.write(value)


without_network = Scope([Setting.attribute(constants, "HF_HUB_OFFLINE", lambda _: True)])
"""The hub's library refuses every request."""

plain_download = Scope(
    [
        # Of its ways to fetch a file this one heeds mirrors and proxies, and can be given up.
        Setting.attribute(constants, "HF_HUB_DISABLE_XET", lambda _: True),
        Setting.attribute(constants, "HF_HUB_DISABLE_TELEMETRY", lambda _: True),
        # So that progress is seen, and that giving up takes effect.
        Setting.attribute(constants, "DOWNLOAD_CHUNK_SIZE", lambda size: min(size, 1 << 18)),
    ]
)
"""The hub's library fetches files by plain HTTP, in small pieces, and tells nobody."""

quiet_hub = Scope([Setting.errors_alone("huggingface_hub")])
"""The hub's library warns of nothing."""

"""Which model answers, which one is wanted, and how far it is on its way."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from tui.text import visible

if TYPE_CHECKING:
    from tui.analysis.analysis import ModelInfo
    from tui.model.worker.protocol import Downloading, TakingMeans

LOADING = "loading…"


class ModelState:
    """The model in use stays until another one is there, and if that one cannot be had.

    Args:
        name: the model that is loading at the beginning.
        offline: the network is never used.

    Attributes:
        name: the model in use, or the first one while it is on its way.
        info: the facts about the model in use, None until there is one.
        wanted: the model that was chosen and is not there yet.
        download: how far its download is, if it is being downloaded.
        note: its state, in a word or two; empty while all is well.
        torch_wait: the seconds that an answer has waited for torch; None if none has.
        means_taken: how far the means are that an answer waits for; None if none does.
    """

    def __init__(self, name: str, *, offline: bool) -> None:
        self.name = name
        self.info: ModelInfo | None = None
        self.wanted: str | None = None
        self.download: Downloading | None = None
        self.note = LOADING
        self.torch_wait: float | None = None
        self.means_taken: TakingMeans | None = None
        self._offline = offline

    @property
    def only_text(self) -> str | None:
        """The one text that it knows, if it is saved attention."""
        return self.info.only_text if self.info else None

    @property
    def line(self) -> str:
        """The model in a few words, such as `embedded 6×12`; a path as it was given until then."""
        if self.info is None:
            return self.name
        return f"{short_name(self.info.name)} {self.info.layers}×{self.info.heads}"

    @property
    def warnings(self) -> str:
        """The reasons to doubt its answers, in sentences; empty where there are none."""
        return " ".join(self.info.warnings) if self.info else ""

    @property
    def is_on_its_way(self) -> bool:
        """Whether a model was chosen, or is being downloaded, and can be given up."""
        return self.wanted is not None or self.download is not None

    def want(self, name: str) -> None:
        """Another model was chosen."""
        self.wanted, self.download, self.note = name, None, LOADING

    def settle(self) -> None:
        """Nothing is on its way any more; the model in use stays."""
        self.wanted = self.download = self.torch_wait = self.means_taken = None
        self.note = self._standing_note

    def take(self, info: ModelInfo) -> bool:
        """A model is there; returns whether it is another one than before."""
        before, self.name, self.info = self.name, info.name, info
        self.settle()
        return before != info.name

    @property
    def _standing_note(self) -> str:
        if self.info is None:
            return "not loaded"
        if self.only_text is not None:
            return "saved"
        return "offline" if self._offline else ""


def short_name(name: str) -> str:
    """A model's name as it is shown: of a folder, its last part."""
    return visible(PurePath(name).name if PurePath(name).is_absolute() else name)

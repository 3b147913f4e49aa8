"""What the model's process and the screens tell the app."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from tui.analysis.wanted import WEIGHTS_ALONE, WantedQuantities
from tui.model.worker.protocol import Event

if TYPE_CHECKING:
    from tui.storage.kept_place import KeptPlace


class ModelSaid(Message):
    """The model's process has something to say."""

    def __init__(self, event: Event) -> None:
        super().__init__()
        self.event = event


class AskModel(Message):
    """A text is to be analysed; an answer that is still awaited is no longer wanted.

    Args:
        text: the text.
        layer: the layer looked at, counted from 0.
        wanted: what is wanted beyond the attention weights.
    """

    def __init__(self, text: str, layer: int, wanted: WantedQuantities = WEIGHTS_ALONE) -> None:
        super().__init__()
        self.text = text
        self.layer = layer
        self.wanted = wanted


class GiveUp(Message):
    """The answer that is awaited is no longer wanted."""


class LoadModel(Message):
    """Another model is wanted; one that is still loading is not."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


class GiveUpModel(Message):
    """The model that is loading is no longer wanted."""


class ListModels(Message):
    """The models of the hub's local cache are to be listed."""


class UseModel(Message):
    """A model is in use, to be remembered for the next time."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


class Remember(Message):
    """A sentence was asked and belongs into the history."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class KeepSession(Message):
    """Where the reader is has changed and is to be kept."""

    def __init__(self, session: KeptPlace) -> None:
        super().__init__()
        self.session = session

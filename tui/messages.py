"""What the model's process and the screens tell the app."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from tui.attention.wants import NOTHING_MORE, Wants
from tui.model.protocol import Event

if TYPE_CHECKING:
    from tui.storage.session import Session


class ModelSaid(Message):
    """The model's process has something to say."""

    def __init__(self, event: Event) -> None:
        super().__init__()
        self.event = event


class AskModel(Message):
    """A text is to be analysed; an answer that is still awaited is no longer wanted."""

    def __init__(self, text: str, wants: Wants = NOTHING_MORE) -> None:
        super().__init__()
        self.text = text
        self.wants = wants


class GiveUp(Message):
    """The answer that is awaited is no longer wanted."""


class Remember(Message):
    """A sentence was asked and belongs into the history."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class KeepSession(Message):
    """Where the reader is has changed and is to be kept."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session

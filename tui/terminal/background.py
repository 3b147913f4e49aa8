"""The terminal's background: asked with OSC 11, and told among the keys, late or never.

A terminal that knows the question replies `ESC ] 11 ; rgb:ffff/ffff/ffff`, ended by BEL or by
ST (xterm, "Operating System Commands"). None of it is ever a key, whenever it comes and
however it is cut into packets.
"""

from __future__ import annotations

import re
import time
from threading import Event

from textual.message import Message

from tui.render.depth import Rgb, lab

QUESTION = "\x1b]11;?\x07"
"""What asks for it."""

LIGHT = 50.0
"""The lightness (CIELAB L*) from which a background is a light one."""

AWAITED = 5.0
"""Seconds after the question in which a packet that ends in `ESC` may be the reply's beginning."""

HELD = 0.1
"""Seconds for which such an `ESC` is held back: without more it is the key."""

SWALLOWED = 5.0
"""Seconds that the rest of a reply may take."""

YOUNG, WAIT = 1.0, 0.1
"""Within so many seconds of the question who gives the terminal back waits so long for a reply."""

_REPLY = re.compile(r"\x1b\]11;([^\x07\x1b]{0,64})(?:\x07|\x1b\\)")
_BEGUN = re.compile(r"\x1b\]11;[^\x07\x1b]{0,64}\x1b?\Z|\x1b\]11?\Z")
_PERHAPS_BEGUN = re.compile(r"\x1b\]?\Z")
_SURELY = "\x1b]11;"
_COLOUR = re.compile(r"rgba?:([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})")


class BackgroundTold(Message):
    """The terminal has told its background.

    Args:
        light: it is a light one.
    """

    def __init__(self, *, light: bool) -> None:
        super().__init__()
        self.light = light


class BackgroundReplies:
    """Takes the replies out of what a terminal sends."""

    def __init__(self) -> None:
        self._asked_at: float | None = None
        self._held = ""
        self._held_at = 0.0
        self._has_come = Event()

    def ask(self) -> None:
        """The question is on its way."""
        self._asked_at = time.monotonic()
        self._has_come.clear()

    def wait(self) -> None:
        """Give a reply to a young question the time to come: the shell would read it as keys."""
        if self._is_within(YOUNG):
            self._has_come.wait(WAIT)

    def _is_within(self, seconds: float) -> bool:
        """Whether a reply is awaited, and has been for no longer than this."""
        asked = self._asked_at
        return asked is not None and time.monotonic() - asked < seconds

    def resume(self) -> str:
        """The keys that were held back: they stand before what has come now."""
        held, self._held = self._held, ""
        return held

    def take(self, data: str, *, is_all: bool) -> tuple[str, list[BackgroundTold]]:
        """Take the replies out of what has come.

        Args:
            data: keys, no paste.
            is_all: nothing else has come: what may be the beginning of a reply is held back.

        Returns:
            The rest, and what was told.
        """
        told: list[BackgroundTold] = []

        def tell(reply: re.Match[str]) -> str:
            is_awaited, self._asked_at = self._asked_at is not None, None
            self._has_come.set()
            if is_awaited and (colour := colour_of(reply[1])) is not None:
                told.append(BackgroundTold(light=lab(colour)[0] >= LIGHT))
            return ""

        data = _REPLY.sub(tell, data)
        begun = _BEGUN.search(data)
        if begun is None and self._is_within(AWAITED):
            begun = _PERHAPS_BEGUN.search(data)
        if begun and is_all:
            data, self._held = data[: begun.start()], begun[0]
            self._held_at = time.monotonic()
        return data, told

    def overdue(self) -> str:
        """Keys held back for too long, and no reply; one that broke off is dropped."""
        waited = time.monotonic() - self._held_at
        is_reply = self._held.startswith(_SURELY)
        if not self._held or waited < (SWALLOWED if is_reply else HELD):
            return ""
        held = self.resume()
        return "" if is_reply else held


def colour_of(told: str) -> Rgb | None:
    """The colour that a reply tells, such as `rgb:ffff/ffff/ffff`; None if it is none."""
    match = _COLOUR.match(told)
    if match is None:
        return None
    red, green, blue = (
        round(int(part, 16) / (16 ** len(part) - 1) * 255) for part in match.groups()
    )
    return red, green, blue

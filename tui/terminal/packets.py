"""Keys that arrive in one packet are told apart from keys typed one by one; pastes come whole.

- A paste is one event, whatever bytes are in it; without brackets it is text and not commands.
- `escape` and a `[MASK]` right behind it in one packet are two things, not a mouse report.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable

from textual import events
from textual._xterm_parser import XTermParser
from textual.message import Message

from tui.text import harmless

PASTE_WITHIN = 5.0
"""Seconds after which a paste that was begun and not ended counts as ended."""

LEAST_BURST = 24
"""Characters in one packet that nobody has typed: a paste without brackets."""

LEAST_DIFFERENT = 6
"""Different ones among them."""

# `ESC [ M` starts a mouse report of terminals older than any that Textual can read reports from.
_ESCAPE_AND_MASK = re.compile(r"\x1b(?=\[MA)")
_ESCAPE_KEY = "\x1b[27u"

_PASTE_BEGINS, _PASTE_ENDS = "\x1b[200~", "\x1b[201~"
# The last bytes of a packet that may go on as the beginning of a paste, and as no key of its own.
_BEGINNING_CUT = re.compile(r"\x1b\[200?\Z")


class PacketParser(XTermParser):
    """Takes pastes whole, and marks each enter that text follows in its packet: `text_follows`."""

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._held = ""
        self._paste: list[str] | None = None
        self._fed_at = 0.0

    def feed(self, data: str) -> Iterable[Message]:
        """Turn one packet of input into events."""
        if not data:
            return super().feed(data)
        now, before = time.monotonic(), self._fed_at
        self._fed_at = now
        found: list[Message] = []
        if self._paste is not None and now - before > PASTE_WITHIN:
            found.append(self._end_paste())
        data, self._held = self._held + data, ""
        while data:
            if self._paste is None:
                keys, begins, data = data.partition(_PASTE_BEGINS)
                if begins:
                    self._paste = []
                elif cut := _BEGINNING_CUT.search(keys):
                    keys, self._held = keys[: cut.start()], cut[0]
                found += self._keys(keys)
            else:
                # The end may be cut in two anywhere: look at what came before it as well.
                pasted, ends, data = ("".join(self._paste) + data).partition(_PASTE_ENDS)
                self._paste = [pasted]
                if ends:
                    found.append(self._end_paste())
        return found

    def _end_paste(self) -> Message:
        pasted, self._paste = "".join(self._paste or ()), None
        return events.Paste(harmless(pasted))

    def _keys(self, data: str) -> list[Message]:
        found = list(super().feed(_ESCAPE_AND_MASK.sub(_ESCAPE_KEY, data))) if data else []
        text_follows = False
        for event in reversed(found):
            if isinstance(event, events.Key):
                if event.key in ("enter", "ctrl+j"):
                    event.text_follows = text_follows  # type: ignore[attr-defined]
                elif event.is_printable:
                    text_follows = True
        return _with_bursts_joined(found)


def _with_bursts_joined(found: list[Message]) -> list[Message]:
    """Make one paste of text that came in one piece and is too much to have been typed."""
    joined: list[Message] = []
    run: list[events.Key] = []
    for event in found:
        if isinstance(event, events.Key) and is_text(event):
            run.append(event)
        else:
            joined += [*_burst(run), event]
            run = []
    return joined + _burst(run)


def _burst(run: list[events.Key]) -> list[Message]:
    text = "".join(event.character or "" for event in run)
    # A key that is held down arrives in one piece too, over a slow line.
    if len(run) < LEAST_BURST or len(set(text)) < LEAST_DIFFERENT:
        return list(run)
    return [events.Paste(harmless(text))]


def is_text(event: events.Key) -> bool:
    """Whether a key is for a text field: a printable one, or a line break within a paste."""
    return event.is_printable or getattr(event, "text_follows", False)

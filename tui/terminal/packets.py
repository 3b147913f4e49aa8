"""Keys that arrive in one packet are told apart from keys typed one by one; pastes come whole.

- A paste is one event, whatever bytes are in it; without brackets it is text and not commands.
- A paste that nobody would read is refused whole, in time and memory that do not grow with it.
- `escape` and a `[MASK]` right behind it in one packet are two things, not a mouse report.
- What the terminal tells of its background is no key.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable

from textual import events
from textual.message import Message

from tui.terminal.background import BackgroundReplies
from tui.terminal.textual_internals import KeyParser
from tui.text import harmless

LONGEST_PASTE = 1 << 20
"""Characters of a paste that are kept until its end; no field here takes so many."""

PASTE_WITHIN = 5.0
"""Seconds after which a paste that was begun and not ended counts as ended."""

LEAST_BURST = 24
"""Characters in one packet that nobody has typed: a paste without brackets."""

LEAST_DIFFERENT = 5
"""Different ones among them: one more than `h j k l`, which someone may hold down in turn."""

# `ESC [ M` starts a mouse report of terminals older than any that Textual can read reports from.
_ESCAPE_AND_MASK = re.compile(r"\x1b(?=\[MA)")
_ESCAPE_KEY = "\x1b[27u"
_PASTE_BEGINS, _PASTE_ENDS = "\x1b[200~", "\x1b[201~"
# The last bytes of a packet that may go on as the beginning of a paste, and as no key of its own.
_BEGINNING_CUT = re.compile(r"\x1b\[200?\Z")


class PacketParser(KeyParser):
    """Takes pastes whole, and marks each enter that text follows in its packet: `text_follows`.

    A bracketed paste of more than `LONGEST_PASTE` characters is one `events.Paste` without text,
    whose `too_long` is true; what follows up to its end is dropped as it arrives.

    Args:
        debug: log what is read, as Textual does.
        failed: called with an error that something could not be read with; what follows is read as
            ever. When not given, the error is raised.

    Attributes:
        replies: what takes the replies about the terminal's background out.
    """

    def __init__(
        self, debug: bool = False, failed: Callable[[Exception], None] | None = None
    ) -> None:
        super().__init__(debug)
        self._failed = failed
        self._held = ""
        self._paste: _Paste | None = None
        self._fed_at = 0.0
        self.replies = BackgroundReplies()

    def feed(self, data: str) -> Iterable[Message]:
        """Turn one packet of input into events."""
        if not data:
            return super().feed(data)
        found = self._overdue()
        found += self._late()
        self._fed_at = time.monotonic()
        data, self._held = self.replies.resume() + self._held + data, ""
        while data:
            if self._paste is None:
                keys, begins, data = data.partition(_PASTE_BEGINS)
                keys, told = self.replies.take(keys, is_all=not begins)
                found += told
                if begins:
                    self._paste = _Paste()
                elif cut := _BEGINNING_CUT.search(keys):
                    keys, self._held = keys[: cut.start()], cut[0]
                found += self._keys(keys)
            else:
                rest = self._paste.take(data)
                if self._paste.has_become_too_long:
                    found.append(_refused())
                if rest is None:
                    break
                data = rest
                found += self._end_paste()
        return found

    def tick(self) -> Iterable[Message]:
        """Called now and then: what has waited for long enough is over."""
        found = self._overdue() + self._late()
        if error := self.take(super().tick(), found):
            self._fail(error)
        return found

    def _overdue(self) -> list[Message]:
        """The paste that was begun long ago and never ended, if there is one."""
        is_over = self._paste is not None and time.monotonic() - self._fed_at > PASTE_WITHIN
        return self._end_paste() if is_over else []

    def _late(self) -> list[Message]:
        """What was held back as the beginning of a reply, and is none."""
        late = self.replies.overdue()
        return self._keys(_ESCAPE_KEY if late == "\x1b" else late)

    def _end_paste(self) -> list[Message]:
        paste, self._paste = self._paste, None
        if paste is None or paste.is_too_long:
            return []
        return [events.Paste(harmless(paste.text))]

    def _fail(self, error: Exception) -> None:
        if self._failed is None:
            raise error
        self._failed(error)

    def _keys(self, data: str) -> list[Message]:
        found: list[Message] = []
        if data and (
            error := self.take(super().feed(_ESCAPE_AND_MASK.sub(_ESCAPE_KEY, data)), found)
        ):
            self._fail(error)
        text_follows = False
        for event in reversed(found):
            if isinstance(event, events.Key):
                if event.key in ("enter", "ctrl+j"):
                    event.text_follows = text_follows  # type: ignore[attr-defined]
                elif event.is_printable:
                    text_follows = True
        return _with_bursts_joined(found)


class _Paste:
    """A paste on its way: what has come, and nothing of it looked at twice."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._tail = ""  # what may be the first part of its end
        self._length = 0
        self.is_too_long = False
        self.has_become_too_long = False
        """It is too long since what was taken last."""

    @property
    def text(self) -> str:
        """All of it, if it is not too long."""
        return "".join([*self._parts, self._tail])

    def take(self, data: str) -> str | None:
        """Take what has arrived; returns what follows its end, or None if there was none yet."""
        data = self._tail + data
        text, ends, rest = data.partition(_PASTE_ENDS)
        if ends:
            self._tail = ""
        else:
            cut = max(0, len(data) - len(_PASTE_ENDS) + 1)
            text, self._tail = data[:cut], data[cut:]
        self._length += len(text)
        self.has_become_too_long = not self.is_too_long and self._length > LONGEST_PASTE
        self.is_too_long = self._length > LONGEST_PASTE
        if self.is_too_long:
            self._parts.clear()
        else:
            self._parts.append(text)
        return rest if ends else None


def _refused() -> events.Paste:
    """A paste that was not taken."""
    paste = events.Paste("")
    paste.too_long = True  # type: ignore[attr-defined]
    return paste


def is_refused(event: events.Paste) -> bool:
    """Whether a paste was too long to be taken: it has no text, and whoever is asked says so."""
    return getattr(event, "too_long", False)


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

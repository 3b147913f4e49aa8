"""The terminal at the other end: bytes in, a screen and its modes out.

pyte draws; what it takes for text (kitty's keyboard, mode requests) or does not model (the
alternate screen, synchronized output) is understood here: of pyte only the screen is used.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Callable
from contextlib import suppress

import pyte
from pyte.screens import Char
from pyte.streams import Stream
from wcwidth import wcwidth

ON_AT_FIRST = frozenset({7, 25})
"""The private modes of a fresh terminal: lines wrap, the cursor is seen."""

SYNCHRONIZED = 2026
ALTERNATE = {47, 1047, 1049}
_DRAWN_BY_PYTE = {5, 6, 7, 25}

_TOKEN = re.compile(
    r"""
      \x1b\[ (?P<prefix>[<-?]*) (?P<numbers>[0-9;:]*) (?P<between>[\x20-/]*) (?P<final>[@-~])
    | \x1b\] (?P<osc>[^\x07\x1b]*) (?:\x07|\x1b\\)
    | \x1b[PX^_] [^\x1b]* \x1b\\
    | \x1b (?P<middle>[\x20-/]*) (?P<escape>[0-OQ-WYZ\\`-~])
    | (?P<control>[\x00-\x1a\x1c-\x1f\x7f-\x9f])
    | (?P<text>[^\x00-\x1f\x7f-\x9f]+)
    """,
    re.VERBOSE,
)
_BEGINNING = re.compile(
    r"\x1b(\[[0-?]*[\x20-/]*|\][^\x07\x1b]*\x1b?|[PX^_][^\x1b]*\x1b?|[\x20-/]*)?"
)


class Emulator:
    """What a terminal knows: two screens, private modes, the keyboard protocol's stacks.

    Args:
        columns: The width.
        lines: The height.
        reply: Where answers to the program's questions go, as if they were typed.
    """

    def __init__(self, columns: int, lines: int, reply: Callable[[bytes], object]) -> None:
        self.columns = columns
        self.lines = lines
        self.title = ""
        self.clipboard = ""
        """What the program last sent through OSC 52, still in base 64."""
        self.bells = 0
        self.modes: set[int] = set(ON_AT_FIRST)
        """The private modes that are on."""
        self.keypad = False
        self.cursor_shape = 0
        self.other_keys = 0
        self._reply = reply
        self._main = pyte.Screen(columns, lines)
        self._alternate = pyte.Screen(columns, lines)
        self.screen = self._main
        self._kitty: dict[bool, list[int]] = {False: [], True: []}
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._pending = ""
        self._shown: list[str] = [" " * columns] * lines

    @property
    def kitty_depth(self) -> int:
        """How many times the keyboard protocol was asked for and not given back."""
        return len(self._kitty[False]) + len(self._kitty[True])

    @property
    def is_alternate(self) -> bool:
        """Whether the alternate screen is shown."""
        return self.screen is self._alternate

    @property
    def display(self) -> list[str]:
        """The lines as a person sees them; during a synchronized update, those before it."""
        if SYNCHRONIZED not in self.modes:
            self._refresh()
        return list(self._shown)

    def unrestored(self) -> list[str]:
        """What a program that has ended left behind, in words; nothing when all is as it was."""
        left = [f"mode {mode} is still on" for mode in sorted(self.modes - ON_AT_FIRST)]
        left += [f"mode {mode} is still off" for mode in sorted(ON_AT_FIRST - self.modes)]
        if self.kitty_depth:
            left.append(f"the keyboard protocol is {self.kitty_depth} deep")
        if self.keypad:
            left.append("the keypad sends escape sequences")
        if self.other_keys:
            left.append(f"modifyOtherKeys is {self.other_keys}")
        if self.cursor_shape:
            left.append(f"the cursor's shape is {self.cursor_shape}")
        margins = self._main.margins
        if margins is not None and margins != (0, self.lines - 1):
            left.append(f"the scrolling region is {margins}")
        if self._main.cursor.attrs != self._main.default_char:
            left.append("text still has a style")
        return left

    def resize(self, columns: int, lines: int) -> None:
        """Take another size, as when the window is dragged."""
        self.columns, self.lines = columns, lines
        for screen in (self._main, self._alternate):
            screen.resize(lines, columns)
            screen.ensure_hbounds()
            screen.ensure_vbounds()
        self._show_all()

    def feed(self, data: bytes) -> None:
        """Take what the program wrote; a sequence may be cut anywhere."""
        text = self._pending + self._decode(data)
        position = 0
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                if _BEGINNING.fullmatch(text, position):
                    break  # the rest is on its way
                position += 1  # no sequence goes on like this
                continue
            position = match.end()
            self._take(match)
        self._pending = text[position:]

    def _take(self, match: re.Match[str]) -> None:
        kind = match.lastgroup
        if kind == "text":
            self.screen.draw(_drawable(match["text"]))
        elif kind == "final":
            self._control_sequence(
                match["prefix"], match["numbers"], match["between"], match["final"]
            )
        elif kind == "control":
            if match["control"] == "\a":
                self.bells += 1
            elif match["control"] in Stream.basic and match["control"] not in "\x0e\x0f":
                getattr(self.screen, Stream.basic[match["control"]])()
        elif kind == "osc":
            number, _, content = match["osc"].partition(";")
            if number in {"0", "2"}:
                self.title = content
            elif number == "52":
                self.clipboard = content.partition(";")[2]
        elif kind == "escape" and not match["middle"]:
            if match["escape"] in "=>":
                self.keypad = match["escape"] == "="
            elif match["escape"] in Stream.escape:
                getattr(self.screen, Stream.escape[match["escape"]])()

    def _control_sequence(self, prefix: str, numbers: str, between: str, final: str) -> None:
        # Of `4:3`, a curly underline, the first number is what pyte can draw.
        values = [int(part.partition(":")[0] or 0) for part in numbers.split(";")]
        first = values[0]
        kind = prefix + between + final
        if kind in {"?h", "?l"}:
            for mode in values:
                self._set_private_mode(mode, final == "h")
        elif kind == "?$p":
            state = (1 if first in self.modes else 2) if first != 2048 else 0
            self._answer(f"?{first};{state}$y")
        elif kind.endswith("u") and prefix:
            self._keyboard(prefix, first)
        elif kind == ">m":
            self.other_keys = values[1] if first == 4 and len(values) > 1 else 0
        elif kind == " q":
            self.cursor_shape = first
        elif kind == "c":
            self._answer("?62;22c")
        elif kind == "n" and first == 5:
            self._answer("0n")
        elif kind == "n" and first == 6:
            self._answer(f"{self.screen.cursor.y + 1};{self.screen.cursor.x + 1}R")
        elif kind in Stream.csi and final not in "cn":
            with suppress(TypeError):  # more numbers than the sequence knows
                getattr(self.screen, Stream.csi[kind])(*values)

    def _set_private_mode(self, mode: int, on: bool) -> None:
        if mode == SYNCHRONIZED and on:
            self._refresh()
        if mode in ALTERNATE and on != self.is_alternate:
            self._alternate.reset()
            if 7 not in self.modes:
                self._alternate.reset_mode(7, private=True)
            self.screen = self._alternate if on else self._main
            self._show_all()
        if on:
            self.modes.add(mode)
        else:
            self.modes.discard(mode)
        if mode in _DRAWN_BY_PYTE:
            # Wrapping is the terminal's, the rest a screen's.
            for screen in (self._main, self._alternate) if mode == 7 else (self.screen,):
                (screen.set_mode if on else screen.reset_mode)(mode, private=True)

    def _keyboard(self, prefix: str, number: int) -> None:
        stack = self._kitty[self.is_alternate]
        if prefix == ">":
            stack.append(number)
        elif prefix == "<":
            del stack[-max(number, 1) :]
        elif prefix == "=" and stack:
            stack[-1] = number

    def _answer(self, body: str) -> None:
        self._reply(f"\x1b[{body}".encode())

    def _show_all(self) -> None:
        self._shown = [" " * self.columns] * self.lines
        self.screen.dirty.update(range(self.lines))

    def _refresh(self) -> None:
        for row in self.screen.dirty:
            if row < self.lines:
                self._shown[row] = self._line(row)
        self.screen.dirty.clear()

    def _line(self, row: int) -> str:
        """One line's characters: a wide one stands for two cells, half of one is a blank."""
        cells: dict[int, Char] = self.screen.buffer[row]
        characters: list[str] = []
        column = 0
        while column < self.columns:
            character = cells[column].data
            if character and wcwidth(character[0]) == 2:
                whole = column + 1 < self.columns and cells[column + 1].data == ""
                characters.append(character if whole else " ")
                column += 2 if whole else 1
            else:
                characters.append(character or " ")
                column += 1
        return "".join(characters)


def _drawable(text: str) -> str:
    """Without joiners and selectors of no width: pyte drops what follows them."""
    if text.isascii():
        return text
    return "".join(c for c in text if wcwidth(c) > 0 or unicodedata.combining(c))

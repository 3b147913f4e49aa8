"""The screen as cells: what it is to show, what it shows, and the fewest bytes between the two.

Textual sends a region that changed whole. Read back into cells and compared with what the terminal
was sent before, only the cells that differ are sent: over a slow line that is most of the speed.

How wide a terminal draws an emoji or a letter with its marks nobody knows. What follows one is
placed anew; the cells that it may not fill are blanked before it; and of blanks behind it none is
sent that it may have been drawn over.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from tui.ascii_signs import ASCII_SIGNS
from tui.render.depth import Depth
from tui.terminal.styles import PLAIN, Style, read
from tui.terminal.textual_internals import cell_len
from tui.text import clusters

_TOKEN = re.compile(
    r"\x1b\[(?P<style>[0-9;]*)m"
    r"|\x1b\[(?P<line>\d+);(?P<column>\d+)H"
    r"|(?P<text>[^\x00-\x1f\x7f-\x9f]+)"
    r"|(?P<link>\x1b\]8;[^\x07\x1b]*(?:\x07|\x1b\\))"
    r"|(?P<break>\r?\n|\r)"
    r"|(?P<other>\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x07)"
    # What else there is no program means: a piece of a sequence that came in with somebody's text.
    r"|(?P<lost>\x1b|[\x00-\x1f\x7f-\x9f])",
    re.DOTALL,
)
# Characters that every terminal draws one column wide, and that stand alone.
_SURE = re.compile(
    r"[\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0377\u037a-\u037f\u0384-\u0482\u048a-\u052f"
    r"\u2010-\u2027\u2030-\u205e\u20ac\u2190-\u21ff\u2500-\u25fc\ufffd]*"
)

_JOINER = "\N{ZERO WIDTH JOINER}"

GAP = 4
"""Unchanged cells between two changed ones that are cheaper sent than jumped over."""


class TerminalCell:
    """A character on the screen with its style; each exists once, so that `is` compares.

    Attributes:
        text: what is written, a character with those that combine with it; empty where a wide
            character to the left covers the cell.
        style: its style.
        sure: every terminal draws it as wide as it is taken to be.
        most: the columns that it may take at most; 0 where it is sure.
    """

    __slots__ = ("most", "style", "sure", "text")

    def __init__(self, text: str, style: Style) -> None:
        self.text = text
        self.style = style
        self.sure = not text or _SURE.fullmatch(text) is not None or _is_surely_wide(text)
        self.most = 0 if self.sure else sum(map(_most_columns, text))

    @property
    def sent(self) -> str:
        """The text for the terminal: a joiner at its end would take the next letter into it."""
        return self.text if self.sure else self.text.rstrip(_JOINER) or " "


def _is_surely_wide(text: str) -> bool:
    return len(text) == 1 and unicodedata.east_asian_width(text) in "WF"


def _most_columns(character: str) -> int:
    """The columns of a character in a terminal that knows of none that are one together."""
    kind = unicodedata.category(character)
    if kind in ("Mn", "Me", "Cf"):
        return 0
    is_emoji = kind in ("So", "Sk") or unicodedata.east_asian_width(character) in "WF"
    return 2 if is_emoji else 1


class _Alphabet(dict[str, TerminalCell]):
    """The cells of one style, made when they are first asked for.

    Args:
        style: the style.
        ascii_only: cells show nothing but ASCII.
        blank: the blank of this style, which it shares with styles that look the same on a blank.
    """

    def __init__(self, style: Style, ascii_only: bool, blank: TerminalCell | None) -> None:
        super().__init__()
        self._style = style
        self._ascii = ascii_only
        self[" "] = blank or TerminalCell(" ", style)

    def __missing__(self, text: str) -> TerminalCell:
        shown = text
        if self._ascii and not text.isascii():
            shown = ASCII_SIGNS.get(text, "?")
        cell = self[text] = TerminalCell(shown, self._style)
        return cell


REACH = 16
"""Columns within which a character is looked for that may have been drawn over a blank."""

Row = list[TerminalCell | None]
"""A line of the screen; None is a cell of which nothing is known."""


class Cells:
    """Reads what Textual writes and keeps two screens: the one wanted and the one sent.

    Args:
        depth: the colours that may be sent.
        ascii_only: nothing but ASCII may be sent.
        read_out: a line, counted from the bottom, that is sent whole when anything in it changes:
            screen readers for terminals speak what is written, and `38` is no sentence.
    """

    def __init__(self, depth: Depth, *, ascii_only: bool = False, read_out: int = 0) -> None:
        self._depth = depth
        self._ascii = ascii_only
        self._read_out = read_out
        self._alphabets: dict[Style, _Alphabet] = {}
        self._wanted: list[Row] = []
        self._sent: list[Row] = []
        self._column = self._line = 0
        self._alphabet = self._of(PLAIN)
        self._at: tuple[int, int] | None = None
        self._style: Style | None = None

    def write(self, data: str) -> list[str]:
        """Take what Textual writes.

        Returns:
            The sequences in it that are not about cells: modes, questions, the clipboard.
        """
        others: list[str] = []
        for token in _TOKEN.finditer(data):
            kind = token.lastgroup
            if kind == "text":
                self._put(token["text"])
            elif kind == "style":
                self._alphabet = self._of(read(token["style"], self._depth))
            elif kind == "column":
                self._line, self._column = int(token["line"]) - 1, int(token["column"]) - 1
            elif kind == "break":
                self._line, self._column = self._line + (token["break"] != "\r"), 0
            elif kind == "other":
                others.append(token["other"])
        return others

    def forget(self) -> None:
        """Nothing is known of what the terminal shows: it was resized, or in other hands."""
        self._sent.clear()
        self._at = self._style = None

    def changes(self, columns: int, lines: int) -> str:
        """The bytes from the screen that was sent to the one that is wanted.

        Args:
            columns: the terminal's width; what lies beyond is not sent.
            lines: its height.

        Returns:
            Text and sequences, to be sent in one piece.
        """
        out: list[str] = []
        while len(self._sent) < len(self._wanted):
            self._sent.append([])
        for line, wanted in enumerate(self._wanted[:lines]):
            sent = self._sent[line]
            if sent == wanted:
                continue
            sent.extend([None] * (len(wanted) - len(sent)))
            runs = list(_runs(sent, wanted, columns))
            if runs and self._read_out and line == lines - self._read_out:
                runs = [(0, max(runs[-1][1], _end_of_text(wanted[:columns])))]
            for start, end in runs:
                self._send(out, line, start, wanted[start:end])
            self._sent[line] = wanted[:]
        # The cursor is hidden, but a terminal shows there what is being composed.
        place = (min(self._column, columns - 1), min(self._line, lines - 1))
        if self._at != place:
            out.append(self._move(*place))
            self._at = place
        return "".join(out)

    def _of(self, style: Style) -> _Alphabet:
        if style not in self._alphabets:
            shared = style.of_blanks
            blank = None if shared == style else self._of(shared)[" "]
            self._alphabets[style] = _Alphabet(style, self._ascii, blank)
        return self._alphabets[style]

    def _put(self, text: str) -> None:
        """Write a text at the cursor; the cells that it covers half become blank."""
        while len(self._wanted) <= self._line:
            self._wanted.append([])
        row, start, alphabet = self._wanted[self._line], self._column, self._alphabet
        cells: Row
        if _SURE.fullmatch(text):
            cells = list(map(alphabet.__getitem__, text))
        else:
            cells = []
            covered = alphabet["?" if self._ascii else ""]
            for drawn in _drawn(text):
                cells.append(alphabet[drawn])
                if (width := cell_len(drawn)) > 1:
                    cells += [covered] * (width - 1)
        end = start + len(cells)
        if len(row) < end:
            row.extend([None] * (end - len(row)))
        # Half of a wide character is a blank, as terminals have it.
        if start and (cut := row[start]) is not None and not cut.text:
            row[start - 1] = self._of(cut.style)[" "]
        row[start:end] = cells
        if end < len(row) and (cut := row[end]) is not None and not cut.text:
            row[end] = self._of(cut.style)[" "]
        self._column = end

    def _send(self, out: list[str], line: int, start: int, cells: Row) -> None:
        if self._at != (start, line):
            out.append(self._move(start, line))
        unsure, blanked = False, 0
        for at, cell in enumerate(cells):
            if cell is None or not cell.text or at < blanked:
                continue
            if unsure:
                out.append(f"\x1b[{start + at + 1}G")
            if not cell.sure and (blanked := _end_of_room(cells, at)) > at + 1:
                out.append(self._styled(cell.style.of_blanks))
                out.append(f"{' ' * (blanked - at)}\x1b[{start + at + 1}G")
            style = cell.style.for_blanks(self._style) if cell.text == " " else cell.style
            out.append(self._styled(style))
            out.append(cell.sent)
            unsure = not cell.sure
        self._at = None if unsure else (start + len(cells), line)

    def _styled(self, style: Style) -> str:
        """The sequence for a style, if it is not the one that is set."""
        if style is self._style:
            return ""
        sequence = style.after(self._style)
        self._style = style
        return sequence

    def _move(self, column: int, line: int) -> str:
        """The shortest way for the cursor from where it is."""
        ways = [f"\x1b[{line + 1};{column + 1}H" if column else f"\x1b[{line + 1}H"]
        if self._at is not None and self._at[1] == line:
            ways.append(f"\x1b[{column + 1}G" if column else "\r")
            if column > self._at[0]:
                ways.append(f"\x1b[{column - self._at[0]}C")
        elif self._at is not None and column == 0 and line == self._at[1] + 1:
            ways.append("\r\n")
        return min(ways, key=len)


def _drawn(text: str) -> list[str]:
    """A text's characters, each with what has no cell behind it: together as wide as the text."""
    drawn: list[str] = []
    for cluster in clusters(text):
        if cell_len(cluster):
            drawn.append(cluster)
        elif drawn:
            drawn[-1] += cluster
    return drawn


def _runs(sent: Row, wanted: Row, columns: int) -> Iterator[tuple[int, int]]:
    """Stretches of a line that are to be sent, `start` and one past the end."""
    changed = [
        column
        for column, (old, new) in enumerate(zip(sent, wanted, strict=False))
        if old is not new and new is not None
    ]
    if not changed:
        return
    any_unsure = any(cell is not None and not cell.sure for cell in wanted)
    start = end = -1
    for column in changed:
        if column >= columns:
            break
        first, last = _whole(wanted, column)
        if any_unsure:
            first = _drawn_over(wanted, first)
        if start >= 0 and first - end > GAP:
            yield start, end
            start = -1
        if start < 0:
            start = first
        end = last
        cell = wanted[first]
        old = sent[first]
        if (cell and not cell.sure) or (old and not old.sure):
            # Nobody knows how wide this one is drawn: what follows may have been overwritten.
            end = min(columns, len(wanted))
            break
    if start >= 0:
        yield start, min(end, columns)


def _end_of_text(row: Row) -> int:
    """One past the last cell that is no blank."""
    return max((at for at, cell in enumerate(row, 1) if cell and cell.text != " "), default=0)


def _whole(row: Row, column: int) -> tuple[int, int]:
    """A cell with the others that a wide character covers."""
    first = column
    while first and _is_covered(row[first]):
        first -= 1
    last = column + 1
    while last < len(row) and _is_covered(row[last]):
        last += 1
    return first, last


def _end_of_room(cells: Row, at: int) -> int:
    """One past the cells that a character of unsure width may fill: its own, and blanks behind."""
    cell = cells[at]
    assert cell is not None
    end = at + 1
    while end < len(cells) and _is_covered(cells[end]):
        end += 1
    while end < min(len(cells), at + cell.most) and (blank := cells[end]) is not None:
        if blank.text != " " or blank.style != cell.style.of_blanks:
            break
        end += 1
    return end


def _drawn_over(row: Row, column: int) -> int:
    """The character that may have been drawn over a cell, if it is blank; else the cell itself."""
    cell = row[column]
    if cell is None or cell.text != " ":
        return column
    for first in range(column - 1, max(-1, column - REACH), -1):
        before = row[first]
        if before is None or (before.text and before.text != " "):
            if before is not None and first + before.most > column:
                return first
            break
    return column


def _is_covered(cell: TerminalCell | None) -> bool:
    return cell is not None and not cell.text

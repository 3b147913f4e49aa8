"""Word pieces as tokenizers write them and as people read them: the marks, and letters for bytes.

Each kind of tokenizer says in its own way where words begin and end: BERT's `##ful` goes on a word,
RoBERTa's `Ġcat` and SentencePiece's `▁cat` begin one, BERTweet's `m@@` wants more behind it, XLM's
`cat</w>` ends one. Two kinds also take letters apart into bytes: byte-level BPE writes each of the
256 bytes as a letter of its own (`æĹ¥` is 日), SentencePiece falls back on `<0xE6>`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from tui.text import legible

_BYTE = re.compile(r"<0x([0-9A-Fa-f]{2})>")
_SEPARATOR = "▁"


@dataclass(frozen=True, slots=True)
class PieceStyle:
    """How one tokenizer writes its word pieces; an empty mark is one that it does not have.

    Attributes:
        goes_on: what a piece begins with that goes on a word, such as `##`.
        begins: what a piece begins with that begins a word, such as `Ġ` or `▁`.
        unfinished: what a piece ends with whose word goes on behind it, such as `@@`.
        ends: what a piece ends with that ends a word, such as `</w>`.
        of_bytes: each letter of a piece stands for a byte.
        literal: tokens that are written as they are, whatever is in them: special and added ones.
    """

    goes_on: str = ""
    begins: str = ""
    unfinished: str = ""
    ends: str = ""
    of_bytes: bool = False
    literal: frozenset[str] = frozenset()

    @classmethod
    def of_pieces(cls, pieces: Iterable[str], literal: Iterable[str] = ()) -> PieceStyle:
        """The style that pieces are written in, as far as they show it.

        Args:
            pieces: a vocabulary, or the tokens of one text.
            literal: the special tokens among them.
        """
        kept = frozenset(literal)
        found = [piece for piece in pieces if piece not in kept]
        counts = {
            mark: sum(len(piece) > len(mark) and looks(piece, mark) for piece in found)
            for mark, looks in _MARKS.items()
        }
        # A piece alone: the mark of a word's beginning may be a token of its own.
        for mark in ("Ġ", "▁"):
            counts[mark] += sum(piece == mark for piece in found)
        mark = max(counts, key=lambda one: counts[one])
        return cls(literal=kept) if not counts[mark] else cls.marked(mark, kept)

    @classmethod
    def marked(cls, mark: str, literal: frozenset[str] = frozenset()) -> PieceStyle:
        """The style of a mark, one of `##`, `Ġ`, `▁`, `@@` and `</w>`, or of no mark that is known.

        Of `Ġ` it is known that all other letters stand for bytes too.
        """
        match mark:
            case "Ġ":
                return cls(begins=mark, of_bytes=True, literal=literal)
            case "▁":
                return cls(begins=mark, literal=literal)
            case "@@":
                return cls(unfinished=mark, literal=literal)
            case "</w>":
                return cls(ends=mark, literal=literal)
            case _:
                return cls(goes_on=mark, literal=literal)

    def joins_before(self, piece: str) -> bool:
        """Whether a piece says of itself that it goes on what stands before it."""
        if piece in self.literal:
            return False
        if self.goes_on:
            return self._carries(piece, self.goes_on)
        return bool(self.begins) and not piece.startswith(self.begins)

    def begins_word(self, piece: str) -> bool:
        """Whether a piece says of itself that a space stands before it."""
        return bool(self.begins) and piece not in self.literal and piece.startswith(self.begins)

    def joins_after(self, piece: str) -> bool:
        """Whether a piece says of itself that what stands behind it goes on its word."""
        if piece in self.literal:
            return False
        if self.unfinished:
            return len(piece) > len(self.unfinished) and piece.endswith(self.unfinished)
        return bool(self.ends) and not piece.endswith(self.ends)

    def starts(self, pieces: Sequence[str]) -> list[bool]:
        """Which pieces of a text begin a word, as far as their marks tell."""
        return [
            not place
            or piece in self.literal
            or pieces[place - 1] in self.literal
            or not (self.joins_before(piece) or self.joins_after(pieces[place - 1]))
            for place, piece in enumerate(pieces)
        ]

    def bare(self, piece: str) -> str:
        """The characters that a piece stands for; U+FFFD for bytes that make none."""
        if piece in self.literal:
            return piece
        return self.joined([piece]).strip()

    def joined(self, pieces: Sequence[str]) -> str:
        """The characters that pieces stand for together, with the spaces that marks stand for.

        U+FFFD stands for bytes that make no character.
        """
        if all(piece not in self.literal for piece in pieces):
            known = [self._bytes(piece) for piece in pieces]
            if None not in known:
                return b"".join(one or b"" for one in known).decode("utf-8", "replace")
        text = ""
        for piece in pieces:
            before, body, _ = ("", piece, "") if piece in self.literal else self._parted(piece)
            text += before.replace(self.begins, " ") if self.begins else ""
            text += body.replace(self.begins, " ") if self.begins == _SEPARATOR else body
        return text

    def shares_next(self, pieces: Sequence[str]) -> list[bool]:
        """Which pieces end within a character that the piece behind them goes on with."""
        known = [None if piece in self.literal else self._bytes(piece) for piece in pieces]
        shares = [False] * len(pieces)
        for begin, end in _runs(known):
            if known[begin] is None:
                continue
            run = [one or b"" for one in known[begin:end]]
            whole = {one.end for one in _characters(b"".join(run))}
            reached = 0
            for place, piece in enumerate(run[:-1], start=begin):
                reached += len(piece)
                shares[place] = reached not in whole
        return shares

    def shown(self, piece: str) -> str:
        """A piece out of any text, as people read it."""
        return self.shown_in_order([piece])[0]

    def shown_in_order(self, pieces: Sequence[str]) -> list[str]:
        """The pieces of a text as people read them: with their marks, and letters for bytes.

        Where a letter is spread over pieces, each says which of its bytes it is: 日 is `日1/3`,
        `日2/3` and `日3/3`. Bytes that make no letter together are written as `<0xE6>`.
        """
        known = [None if piece in self.literal else self._bytes(piece) for piece in pieces]
        shown: list[str] = []
        for begin, end in _runs(known):
            if known[begin] is None:
                shown += [self._legible(piece) for piece in pieces[begin:end]]
            else:
                shown += self._spelled([one or b"" for one in known[begin:end]])
        return shown

    def _legible(self, piece: str) -> str:
        if piece in self.literal:
            return legible(piece)
        before, body, after = self._parted(piece)
        return before + (legible(body) if body or not (before or after) else "") + after

    def _spelled(self, run: Sequence[bytes]) -> list[str]:
        """Pieces of bytes that follow each other, as people read them."""
        characters = list(_characters(b"".join(run)))
        shown, begin, first = [], 0, 0
        for piece in run:
            end, text = begin + len(piece), ""
            while first < len(characters) and characters[first].end <= begin:
                first += 1
            for one in characters[first:]:
                if one.begin >= end:
                    break
                text += self._part(one, max(begin, one.begin), min(end, one.end))
            shown.append(legible(text))
            begin = end
        return shown

    def _part(self, character: _Character, begin: int, end: int) -> str:
        """The letters for a character's bytes from `begin` to `end`."""
        if character.text is None:
            return f"<0x{character.value:02X}>"
        text, size = character.text, character.end - character.begin
        if size == 1 and not text.isprintable():
            return _letters()[ord(text)] if self.of_bytes else f"<0x{ord(text):02X}>"
        if text == " ":
            return _letters()[32] if self.of_bytes else "<0x20>"
        text = text if text.isprintable() else legible(text)
        if end - begin == size:
            return text
        first, last = begin - character.begin + 1, end - character.begin
        return f"{text}{first}/{size}" if first == last else f"{text}{first}-{last}/{size}"

    def _bytes(self, piece: str) -> bytes | None:
        """The bytes that a piece is written in, or None if it is written in characters."""
        if found := _BYTE.fullmatch(piece):
            return bytes([int(found[1], 16)])
        if not self.of_bytes or not piece:
            return None
        table = _values()
        values = [table.get(letter) for letter in piece]
        return None if None in values else bytes(value for value in values if value is not None)

    def _parted(self, piece: str) -> tuple[str, str, str]:
        """A piece's mark in front, what it stands for, and its mark behind."""
        before = self.goes_on or self.begins
        before = before if before and self._carries(piece, before) else ""
        after = self.unfinished or self.ends
        after = after if after and piece.endswith(after) and len(piece) > len(after) else ""
        return before, piece[len(before) : len(piece) - len(after)], after

    def _carries(self, piece: str, mark: str) -> bool:
        """Whether a mark stands in front of a piece, and is not the whole of a `##` in a text."""
        return piece.startswith(mark) and (mark == self.begins or len(piece) > len(mark))


_MARKS = {
    "##": str.startswith,
    "Ġ": str.startswith,
    "▁": str.startswith,
    "@@": str.endswith,
    "</w>": str.endswith,
}


def without_marks(piece: str, written: str) -> str:
    """A piece without the mark that some tokenizer put on it.

    Args:
        piece: the piece as people read it.
        written: the characters of the text that it stands for: a mark that they have is none.
    """
    for mark, looks in _MARKS.items():
        if len(piece) > len(mark) and looks(piece, mark) and not looks(written, mark):
            return piece.removeprefix(mark) if looks is str.startswith else piece.removesuffix(mark)
    return piece


@dataclass(frozen=True, slots=True)
class _Character:
    """A character of a text in UTF-8, or a byte that belongs to none.

    Attributes:
        begin: its first byte.
        end: one past its last byte.
        text: the character; None for a byte that belongs to none.
        value: its first byte's value.
    """

    begin: int
    end: int
    text: str | None
    value: int


def _characters(data: bytes) -> Iterator[_Character]:
    """The characters that bytes make."""
    place = 0
    while place < len(data):
        lead = data[place]
        size = 1 if lead < 0x80 else 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
        try:
            text = data[place : place + size].decode()
        except UnicodeDecodeError:
            size, text = 1, ""
        yield _Character(place, place + size, text or None, lead)
        place += size


def _runs(known: Sequence[bytes | None]) -> Iterator[tuple[int, int]]:
    """Where pieces of one kind follow each other: those of bytes, or those of characters."""
    begin = 0
    for place in range(1, len(known) + 1):
        if place == len(known) or (known[place] is None) != (known[begin] is None):
            yield begin, place
            begin = place


@cache
def _letters() -> tuple[str, ...]:
    """The letter that byte-level BPE writes for each byte.

    Bytes that are printable characters of Latin-1 stand for themselves, the others for the
    characters from U+0100 on, in their order (Radford et al. 2019, "Language Models are
    Unsupervised Multitask Learners", section 2.2, and the vocabulary published with it).
    """
    letters, others = [], 0
    for value in range(256):
        if 0x21 <= value <= 0x7E or 0xA1 <= value <= 0xAC or value >= 0xAE:
            letters.append(chr(value))
        else:
            letters.append(chr(0x100 + others))
            others += 1
    return tuple(letters)


@cache
def _values() -> dict[str, int]:
    return {letter: value for value, letter in enumerate(_letters())}

"""A text made of its tokens, and where each token stands in a text, if a file does not say so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tui.analysis.word_pieces import PieceStyle
from tui.model.tokenizing.alignment import find_pieces
from tui.model.tokenizing.word_numbers import words
from tui.text import MASK, clean


@dataclass(frozen=True, slots=True)
class TokenText:
    """The tokens of one text, as a file names them.

    Attributes:
        tokens: the word pieces.
        special: which of them open, close, separate or pad.
        masks: positions of the masks.
        style: how the pieces are written.
    """

    tokens: Sequence[str]
    special: Sequence[bool]
    masks: frozenset[int]
    style: PieceStyle

    def written(self) -> tuple[str, list[tuple[int, int]]]:
        """The text that the tokens make, and where each begins and ends in it.

        Special tokens are not in it, and masks are written `[MASK]`. Of a character that is spread
        over several tokens each has all of it.
        """
        text, spans = "", []
        begins = self.style.starts(self.tokens)
        for place, pieces in self._groups():
            start = end = len(text)
            if not self.special[place]:
                whole = self.style.joined(pieces)
                body = MASK if place in self.masks else clean(whole)
                spaced = (
                    whole[:1].isspace() or place in self.masks
                    if self.style.begins
                    else begins[place]
                )
                if body:
                    text += " " if spaced and text else ""
                    start = len(text)
                    text += body
                    end = len(text)
            spans += [(start, end)] * len(pieces)
        if clean(text) != text:  # what is harmless in one token may not be so beside another
            return clean(text), self.found_in(clean(text))
        return text, spans

    def found_in(self, text: str) -> list[tuple[int, int]]:
        """Where the tokens stand in a text that is theirs, though it may be written otherwise."""
        groups = [(place, pieces) for place, pieces in self._groups() if not self.special[place]]
        bodies = [
            self._mask_in(text, self.tokens[place])
            if place in self.masks
            else clean(self.style.joined(pieces))
            for place, pieces in groups
        ]
        spans = [(0, 0)] * len(self.tokens)
        for (place, pieces), span in zip(groups, find_pieces(text, bodies), strict=True):
            spans[place : place + len(pieces)] = [span] * len(pieces)
        return spans

    def words(self, text: str, spans: Sequence[tuple[int, int]]) -> list[int]:
        """The word that each token belongs to, counted from 0."""
        apart = [one or place in self.masks for place, one in enumerate(self.special)]
        if all(end > start for (start, end), one in zip(spans, apart, strict=True) if not one):
            return words(text, spans, apart)
        word, numbers = -1, []
        for place, starts in enumerate(self.style.starts(self.tokens)):
            word += starts or apart[place] or apart[place - 1]
            numbers.append(word)
        return numbers

    def _groups(self) -> list[tuple[int, list[str]]]:
        """Tokens side by side that share a character, and the place of each group's first."""
        groups: list[tuple[int, list[str]]] = []
        shares = [False, *self.style.shares_next(self.tokens)]
        for place, token in enumerate(self.tokens):
            if shares[place]:
                groups[-1][1].append(token)
            else:
                groups.append((place, [token]))
        return groups

    def _mask_in(self, text: str, token: str) -> str:
        return MASK if MASK in text else token

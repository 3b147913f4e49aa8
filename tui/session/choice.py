"""The run to compare with, as it was chosen: the rest of it follows from the run on screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tui.text import clean, visible

ChoiceKind = Literal["text", "filled", "whole", "model", "saved"]
"""Another sentence; this one with a candidate filled in; the whole model; another; a file."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One run to compare with.

    Attributes:
        kind: in what it differs from the run on screen.
        text: the other sentence; of `filled` that with the candidate in the place of the mask.
        model: the other model, or the file of saved attention.
        word: the candidate that is filled in, safe to be shown.
    """

    kind: ChoiceKind
    text: str = ""
    model: str = ""
    word: str = ""

    @classmethod
    def of_text(cls, text: str) -> Choice:
        """Another sentence, as it was typed or chosen."""
        return cls("text", clean(text))

    @property
    def said(self) -> str:
        """The choice in a few words, safe to be shown."""
        return {
            "text": visible(self.text),
            "filled": f"{self.word}: {visible(self.text)}",
            "whole": "the same without the cuts",
            "model": f"the same sentence in {visible(self.model)}",
            "saved": f"saved attention, {visible(self.model)}",
        }[self.kind]


@dataclass(frozen=True, slots=True)
class Fillers:
    """Two candidates of one mask: one is filled in on screen, the other in what it stands beside.

    Attributes:
        mask: which of the masks, counted from 0.
        first: the number in the vocabulary of the candidate that is filled in on screen.
        second: that of the one in the other run.
    """

    mask: int
    first: int
    second: int


@dataclass(frozen=True, slots=True)
class Again:
    """The choice before, or the sentence before."""

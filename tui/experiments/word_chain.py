"""A word in the place of a mask, and the texts in which its pieces are scored one by one.

A word of several pieces takes as many masks as it has pieces. Each piece is scored with those
before it filled in and those behind it still masked, and log p of the word is the sum: PLL-word-l2r
(Kauf & Ivanova 2023).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tui.analysis.interventions import Interventions, names_tokens
from tui.errors import RequestError
from tui.experiments.lens import mask_position
from tui.text import MASK, clean, visible

if TYPE_CHECKING:
    from tui.model.language_model import LanguageModel
    from tui.model.tokenizing.encoding import Encoded


@dataclass(frozen=True, slots=True, eq=False)
class ChainStep:
    """One piece's turn.

    Attributes:
        text: the text, with the pieces before this one filled in, and it and those behind it
            masked.
        place: where this one stands among the tokens.
        id: its number in the vocabulary.
    """

    text: Encoded
    place: int
    id: int


@dataclass(frozen=True, slots=True, eq=False)
class WordChain:
    """A word in the place of a mask.

    Attributes:
        word: as it was asked for.
        pieces: its pieces as people read them.
        steps: the turn of each of them; of a word of one piece the text with its mask.
    """

    word: str
    pieces: tuple[str, ...]
    steps: tuple[ChainStep, ...]

    @property
    def ids(self) -> tuple[int, ...]:
        """The pieces' numbers in the vocabulary."""
        return tuple(step.id for step in self.steps)


def word_chains(
    model: LanguageModel, text: str, words: Iterable[str], mask: int
) -> tuple[WordChain, ...]:
    """Words in the place of a mask, each by itself.

    Args:
        model: the model.
        text: a sentence with a mask; further masks stay masked.
        words: the words.
        mask: which of its masks, counted from 0.

    Raises:
        RequestError: the text has no such mask; or a word is empty, not in the vocabulary, or
            changes how its neighbours are read.
        TextTooLongError: the model does not take the text with so many pieces in it.
    """
    hide = Hiding(model)
    found = []
    for written in words:
        word, filled, places = _filled(model, text, written, mask)
        steps = tuple(
            ChainStep(hide(filled, places[at:]), place, filled.ids[place])
            for at, place in enumerate(places)
        )
        found.append(WordChain(word, tuple(model.show(step.id) for step in steps), steps))
    return tuple(found)


def check_can_be_changed(pieces: Sequence[object], interventions: Interventions) -> None:
    """Refuse changes about tokens by their places, which several masks move.

    Args:
        pieces: the word's pieces.
        interventions: what is changed inside the model while they are scored.

    Raises:
        RequestError: the word has several pieces, and there is such a change.
    """
    if len(pieces) > 1:
        check_several(interventions)


def check_several(interventions: Interventions) -> None:
    """The same of a word that has several pieces.

    Raises:
        RequestError: there is such a change.
    """
    if any(names_tokens(one) for one in interventions):
        raise RequestError(
            "A word of several pieces takes several masks, among which an arrow that is cut, or a "
            "token that something is transplanted to, is another one: choose words of one piece, "
            "or cut heads."
        )


def pieces_said(pieces: Sequence[str]) -> str:
    """The pieces of a word in words: `3 pieces (un ##believ ##able)`."""
    return f"{len(pieces)} pieces ({' '.join(pieces)})"


def _filled(model: LanguageModel, text: str, word: str, mask: int) -> tuple[str, Encoded, range]:
    """A word, the text with it in the place of a mask, and the places of its pieces.

    Raises:
        RequestError: the word is none, or does more than take the mask's place.
    """
    asked = model.encode(text)
    place = mask_position(asked, mask)
    word = clean(word)
    if not word:
        raise RequestError("There is no word to score: give one that is not empty.")
    filled = model.encode(asked.masked.filled(mask, word))
    before, behind = asked.ids[:place], asked.ids[place + 1 :]
    if filled.ids == [*before, *behind]:
        raise RequestError(
            f"The model reads nothing where “{visible(word)}” stands: choose another word."
        )
    count = len(filled.ids) - len(before) - len(behind)
    between = filled.ids[place : place + max(count, 0)]
    if not between or filled.ids != [*before, *between, *behind] or asked.mask_id in between:
        raise RequestError(
            f"With “{visible(word)}” in the mask's place the words beside it are read as other "
            "pieces, so that it cannot be scored there: choose another word."
        )
    if filled.unknown_id in between:
        raise RequestError(
            f"“{visible(word)}” is not in the vocabulary of {visible(model.info.name)}: "
            "choose another word."
        )
    return word, filled, range(place, place + count)


class Hiding:
    """Puts masks in the place of tokens.

    Args:
        model: the model; some take more of a token than its number, and a mask has its own of it.
    """

    def __init__(self, model: LanguageModel) -> None:
        alone = model.encode(MASK)
        [place] = alone.masks
        self._numbers = {
            name: numbers[place]
            for name, numbers in alone.inputs.items()
            if name != "token_type_ids"  # a mask is in the sentence that the token was in
        }

    def __call__(self, encoded: Encoded, places: Iterable[int]) -> Encoded:
        """The text with masks at these places."""
        inputs = {name: list(numbers) for name, numbers in encoded.inputs.items()}
        for place in places:
            for name, number in self._numbers.items():
                inputs[name][place] = number
        return replace(encoded, inputs=inputs)

"""The way from one sentence's answer to another's, which what is transplanted goes a share of.

The measure is the difference of two words' logits, as it is even where both words are improbable
(Zhang & Nanda 2024).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.analysis.alignment import align, corrected
from tui.analysis.interventions import NONE, CutHead, Interventions, Pairs
from tui.analysis.token_pairs import check_pairs, transplanted_pairs
from tui.errors import RequestError
from tui.experiments.lens import check_can_predict, mask_position
from tui.experiments.means_first import Progress, means_first
from tui.experiments.sweep import find_asked
from tui.text import MASK, visible

if TYPE_CHECKING:
    from tui.analysis.scores import Scores
    from tui.model.language_model import LanguageModel
    from tui.model.masked_lm import MaskedLM
    from tui.model.tokenizing.encoding import Encoded

LEAST = 1e-3
"""Logits that the two sentences are apart at the least: shares of less are shares of rounding."""


@dataclass(frozen=True, slots=True)
class Way:
    """From the difference of two words' logits in one sentence to that in another.

    Attributes:
        text: the sentence that is changed, as analysed.
        source: the sentence that something is transplanted from, likewise; it is read as it is.
        model: the model's name.
        labels: the tokens of the sentence as people read them.
        source_labels: those of the source.
        pairs: which token of the source stands for which one of the sentence, (here, there),
            counted from 0, in the order of the sentence's; tokens without a partner are in none.
        position: where the mask stands among the tokens of the sentence.
        source_position: where it stands in the source.
        token: the number in the vocabulary of the word that the sentence is for.
        word: its name as people read it.
        other: the number of the word that the source is for.
        other_word: its name.
        here: the logit of `token` less that of `other`, in the sentence.
        there: the same in the source.
        interventions: what is changed in the sentence all the while.
        told: everything that a reader must be told, a sentence each.
    """

    text: str
    source: str
    model: str
    labels: tuple[str, ...]
    source_labels: tuple[str, ...]
    pairs: Pairs
    position: int
    source_position: int
    token: int
    word: str
    other: int
    other_word: str
    here: float
    there: float
    interventions: Interventions = NONE
    told: tuple[str, ...] = ()

    @property
    def said(self) -> str:
        """Measure and direction in words, safe to be shown: 0 is here, 1 is there."""
        word, other = visible(self.word), visible(self.other_word)
        return (
            f"share of the way that logit({word}) - logit({other}) goes from the sentence's "
            f"{self.here:+.2f} to the source's {self.there:+.2f}"
        )

    def share(self, scores: Scores) -> float:
        """The share of the way that a changed run of the sentence has gone; it may be beyond 0..1.

        Args:
            scores: the run's, at its mask.
        """
        return (scores.lead(0, self.token, self.other) - self.here) / (self.there - self.here)


def find_way(
    model: LanguageModel,
    text: str,
    source: str,
    *,
    what: str,
    tokens: tuple[int, int] | None = None,
    pairs: Pairs = (),
    interventions: Interventions = NONE,
    cancelled: Callable[[], bool] = lambda: False,
) -> tuple[Way, Scores]:
    """Find the way between two sentences' answers.

    Args:
        model: the model.
        text: the sentence that is changed, with one mask.
        source: the sentence that something is transplanted from, with one mask.
        what: what is done, in words, for the error of sentences of unequal length.
        tokens: the words' numbers in the vocabulary, the first for `text`, the second for `source`;
            by default each sentence's first candidate.
        pairs: (token of the text, token of the source), the masks among them; by default token by
            token, in sentences of one length that have the mask at the same place.
        interventions: what is changed in the text all the while.
        cancelled: asked before each layer; once it is true, `Cancelled` is raised.

    Returns:
        The way, and the text's scores with their hidden states.

    Raises:
        RequestError: the sentences cannot be compared, or do not differ in the two words' logits;
            or the vocabulary has no such word piece.
        ModelError: the model predicts nothing, or its scores are no numbers.
        Cancelled: it was given up.
    """
    check_can_predict(model)
    encoded, other_encoded = model.encode(text), _encoded_source(model, source)
    position, source_position = _masks(encoded, other_encoded, pairs, what)
    [here] = model.scores(text, [interventions], keeps_hidden=True, cancelled=cancelled)
    [there] = model.scores(source, cancelled=cancelled)
    first, second = tokens if tokens is not None else (None, None)
    token, other = find_asked(here, 0, first).token, find_asked(there, 0, second).token
    if token == other:
        raise RequestError(
            f"“{visible(model.show(token))}” is the word for both sentences, so nothing can move "
            "from one to the other: choose two words, or other sentences."
        )
    begin, end = (scores.lead(0, token, other) for scores in (here, there))
    if abs(begin - end) < LEAST:
        raise RequestError(
            f"“{visible(model.show(token))}” and “{visible(model.show(other))}” are as far apart "
            "in both sentences: choose two other words."
        )
    told = dict.fromkeys([*model.told(encoded, interventions), *model.told(other_encoded, NONE)])
    way = Way(
        text=encoded.masked.text,
        source=other_encoded.masked.text,
        model=model.info.name,
        labels=tuple(token.label for token in encoded.tokens),
        source_labels=tuple(token.label for token in other_encoded.tokens),
        pairs=tuple(sorted(pairs)) or tuple((at, at) for at in range(len(encoded.ids))),
        position=position,
        source_position=source_position,
        token=token,
        word=model.show(token),
        other=other,
        other_word=model.show(other),
        here=begin,
        there=end,
        interventions=interventions,
        told=tuple(told),
    )
    return way, here


def find_pairs(model: LanguageModel, text: str, source: str) -> tuple[Pairs, str]:
    """Which tokens of one sentence stand for which of another.

    They are partners by the shortest edit script over word pieces, as where two sentences are
    compared, and the one mask stands for the other. Of sentences that differ in a few words, each
    for another of as many pieces, that pairs the tokens place by place.

    Args:
        model: the model that reads both.
        text: the sentence that is changed.
        source: the sentence that something is transplanted from.

    Returns:
        Pairs as `find_way` takes them, empty for place by place; and a sentence on how tokens are
        paired, and which have no partner.

    Raises:
        RequestError: a sentence is empty, or cannot be read.
    """
    here, there = model.encode(text), _encoded_source(model, source)
    alignment = align(here.tokens, there.tokens)
    if len(here.masks) == len(there.masks) == 1:
        alignment = corrected(alignment, here.masks[0], there.masks[0])
    if not (pairs := transplanted_pairs(alignment)):
        return pairs, "Tokens are paired place by place."
    sides = ("the text", here, alignment.left_alone), ("the source", there, alignment.right_alone)
    alone = [
        f"{', '.join(f'{at + 1} “{visible(one.tokens[at].label)}”' for at in places)} of {side}"
        for side, one, places in sides
        if places
    ]
    said = f"Tokens without a partner: {'; '.join(alone)}." if alone else ""
    return pairs, f"Tokens are paired by the shortest edit script over their words. {said}".strip()


def find_word_of_source(model: MaskedLM, source: str, word: str) -> int:
    """The word piece, by its number in the vocabulary, that a word is at the source's mask.

    Raises:
        RequestError: the source cannot be read or has no mask, or the word is not one word piece.
    """
    _position_in_source(_encoded_source(model, source))
    return model.find_token(source, 0, word)


def _encoded_source(model: LanguageModel, source: str) -> Encoded:
    """The sentence that something is transplanted from, as the model reads it.

    Raises:
        RequestError: it cannot be read; it is said that it is this sentence.
    """
    try:
        return model.encode(source)
    except RequestError as error:  # nothing of it says which sentence it is about
        raise type(error)(f"The sentence to transplant from: {error}") from error


def _position_in_source(encoded: Encoded) -> int:
    """Where its mask stands.

    Raises:
        RequestError: it has none.
    """
    return mask_position(encoded, 0, f"“{visible(encoded.masked.text)}”")


def counted(
    model: LanguageModel,
    interventions: Interventions,
    steps: int,
    progress: Progress,
    cancelled: Callable[[], bool],
) -> Callable[[int], None]:
    """Have the means there if heads are cut to them all the while.

    Returns:
        What is to be told how many of the steps that follow are done.
    """
    to_mean = any(isinstance(one, CutHead) and one.by == "mean" for one in interventions)
    return means_first(model, "mean" if to_mean else "zero", steps, progress, cancelled)[1]


def _masks(encoded: Encoded, other: Encoded, pairs: Pairs, what: str) -> tuple[int, int]:
    """The places of the masks of two sentences.

    Raises:
        RequestError: one has none or more than one; they stand for each other in no pair; or the
            sentences are not of one length, without pairs.
    """
    position, there = mask_position(encoded, 0), _position_in_source(other)
    if pairs:
        check_pairs(other.masked.text, pairs, len(encoded.ids), len(other.ids))
    elif len(encoded.ids) != len(other.ids):
        raise RequestError(
            f"The sentences have {len(encoded.ids)} and {len(other.ids)} word pieces, special "
            f"tokens included: {what} token by token, so choose two of one length."
        )
    alone = len(encoded.masks) == len(other.masks) == 1
    if pairs and alone and (position, there) not in pairs:
        raise RequestError(
            f"The masks of the sentences are no pair: pair token {position + 1} with token "
            f"{there + 1} of the other."
        )
    if not alone or (not pairs and position != there):
        raise RequestError(
            f"The sentences need one {MASK} each, at the same place among their word pieces: "
            "choose two that have it there."
        )
    return position, there

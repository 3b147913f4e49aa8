"""Each head's output transplanted alone from one sentence into another: how far the answer follows.

Of two sentences that differ in something, such as a subject, the head whose transplant takes the
answer along carries that something. The measure is the difference of two words' logits, as it is
even where both words are improbable (Zhang & Nanda 2024).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.analysis.interventions import Transplant
from tui.errors import RequestError
from tui.experiments.lens import check_can_predict, mask_position
from tui.experiments.sweep import find_asked
from tui.lazy import np
from tui.model.batches import TOKENS_A_PASS
from tui.text import MASK, visible

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.analysis.scores import Scores
    from tui.model.language_model import LanguageModel
    from tui.model.tokenizing.encoding import Encoded

SHARES_OVERLAP = (
    "All heads together go the whole way where the mask itself enters both sentences alike; the "
    "shares of single heads need not add up to it: one may bring what another brings too, or undo "
    "it."
)
"""What is to be known of the shares."""


LEAST = 1e-3
"""Logits that the two sentences are apart at the least: shares of less are shares of rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class Transplants:
    """How far each head's output, transplanted alone, takes one sentence's answer to another's.

    Attributes:
        text: the sentence that is changed, as analysed.
        source: the sentence that the outputs come from, likewise.
        model: the model's name.
        position: where the mask stands among the tokens of both.
        token: the number in the vocabulary of the word that the first sentence is for.
        word: its name as people read it.
        other: the number of the word that the source is for.
        other_word: its name.
        here: the logit of `token` less that of `other`, in the sentence.
        there: the same in the source.
        shares: the share of the way from `here` to `there` that the difference goes, `[layer,
            head]`: 0 is as in the sentence, 1 as in the source; it may be beyond both.
        told: everything that a reader must be told, a sentence each.
    """

    text: str
    source: str
    model: str
    position: int
    token: int
    word: str
    other: int
    other_word: str
    here: float
    there: float
    shares: NDArray[np.float64]
    told: tuple[str, ...] = ()


def transplant_heads(
    model: LanguageModel,
    text: str,
    source: str,
    *,
    tokens: tuple[int, int] | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Transplants:
    """Transplant each head's output alone.

    Args:
        model: the model.
        text: the sentence that is changed, with one mask.
        source: the sentence that the outputs come from: as long, with its mask at the same place.
        tokens: the words' numbers in the vocabulary, the first for `text`, the second for `source`;
            by default each sentence's first candidate.
        progress: told how many heads are done, and of how many.
        cancelled: asked before each layer; once it is true, `Cancelled` is raised.

    Raises:
        RequestError: the sentences cannot be compared, or do not differ in the two words' logits;
            or the vocabulary has no such word piece.
        ModelError: the model predicts nothing, its scores are no numbers, or its heads cannot be
            changed.
        Cancelled: it was given up.
    """
    check_can_predict(model)
    encoded, other_encoded = model.encode(text), model.encode(source)
    position = _position(encoded, other_encoded)
    [here] = model.scores(text, keeps_hidden=True, cancelled=cancelled)
    [there] = model.scores(source, cancelled=cancelled)
    first, second = tokens if tokens is not None else (None, None)
    token, other = find_asked(here, 0, first).token, find_asked(there, 0, second).token
    if token == other:
        raise RequestError(
            f"“{visible(model.show(token))}” is the word for both sentences, so nothing can move "
            "from one to the other: choose two words, or other sentences."
        )

    def difference(scores: Scores) -> float:
        return scores.lead(0, token, other)

    begin, end = difference(here), difference(there)
    if abs(begin - end) < LEAST:
        raise RequestError(
            f"“{visible(model.show(token))}” and “{visible(model.show(other))}” are as far apart "
            "in both sentences: choose two other words."
        )

    def share(scores: Scores) -> float:
        return (difference(scores) - begin) / (end - begin)

    info = model.info
    step, done = max(1, TOKENS_A_PASS // len(encoded.ids)), 0
    shares = np.zeros((info.layers, info.heads))
    progress(0, shares.size)
    for layer in range(info.layers):
        for start in range(0, info.heads, step):
            heads = range(start, min(start + step, info.heads))
            changes = [(Transplant(layer, head, source),) for head in heads]
            changed = model.scores(text, changes, known=here, cancelled=cancelled)
            shares[layer, heads] = [share(one) for one in changed]
            done += len(heads)
            progress(done, shares.size)
    notes = dict.fromkeys([*model.told(encoded, ()), *model.told(other_encoded, ())])
    return Transplants(
        text=encoded.masked.text,
        source=other_encoded.masked.text,
        model=info.name,
        position=position,
        token=token,
        word=model.show(token),
        other=other,
        other_word=model.show(other),
        here=begin,
        there=end,
        shares=shares,
        told=(*notes, SHARES_OVERLAP),
    )


def _position(encoded: Encoded, other: Encoded) -> int:
    """The place of the mask in both sentences.

    Raises:
        RequestError: they differ in it, or have more than one, or are not of one length.
    """
    position = mask_position(encoded, 0)
    mask_position(other, 0)
    if len(encoded.ids) != len(other.ids):
        raise RequestError(
            f"The sentences have {len(encoded.ids)} and {len(other.ids)} word pieces, special "
            "tokens included: heads are transplanted token by token, so choose two of one length."
        )
    if [position] != [*encoded.masks] or [position] != [*other.masks]:
        raise RequestError(
            f"The sentences need one {MASK} each, at the same place among their word pieces: "
            "choose two that have it there."
        )
    return position

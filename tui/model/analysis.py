"""What the model says about one text. Plain data: numpy, and neither torch nor textual."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from tui.attention.extras import Extras
from tui.attention.views import Source
from tui.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.attention.roles import Roles
    from tui.attention.survey import Survey


Attention: TypeAlias = "NDArray[np.float32]"
"""Attention weights, `[layer, head, query, key]`: row q of a head says how the token q attends."""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """The facts about a loaded model that people read and widgets need.

    Attributes:
        name: as it was asked for: `embedded`, a hub name or a path.
        type: the model type of its configuration, such as `bert`.
        layers: number of layers whose attention is shown.
        heads: attention heads a layer.
        max_tokens: the longest input in word pieces, special tokens included.
        mask_token: the mask as the tokenizer writes it.
        special_tokens: how many special tokens it puts around one sentence.
        only_text: the one text that it knows, if it is saved attention and no model.
    """

    name: str
    type: str
    layers: int
    heads: int
    max_tokens: int
    mask_token: str
    special_tokens: int
    only_text: str | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """One word piece of the input, at its place in the text.

    Attributes:
        text: the piece in the model's own form, such as `##ful`.
        id: its number in the vocabulary.
        special: it opens, closes, separates or pads; the mask is never special.
        start: where it begins in the analysed text, in characters; equal to `end` for a token
            that the text does not hold.
        end: where it ends, one past its last character.
    """

    text: str
    id: int
    special: bool
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """One word piece that the model would put in the place of a mask.

    Attributes:
        token: the piece in the model's own form.
        id: its number in the vocabulary.
        probability: softmax over the whole vocabulary at the mask, 0..1.
        logit: the score before the softmax.
        sentence: the text with this candidate in the place of the mask.
    """

    token: str
    id: int
    probability: float
    logit: float
    sentence: str


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """The answer to one text.

    Attributes:
        text: the text as analysed, every mask written `[MASK]`.
        model: the model that answered.
        tokens: the n word pieces, special tokens included.
        masks: positions of the masks among `tokens`, ascending.
        candidates: for each mask its candidates, most probable first.
        attention: the attention weights, `[layer, head, query, key]`, float32; each row of a head
            sums to 1.
        peaks: each head's largest weight outside the columns of special tokens, `[layer, head]`.
        shown_peaks: each head's largest weight when special tokens are hidden and the rows are
            renormalised, `[layer, head]`.
        survey: what was measured of every head.
        extras: what was wanted beyond the attention weights.
        notes: what was done to the text on the way, a sentence each.
    """

    text: str
    model: ModelInfo
    tokens: tuple[Token, ...]
    masks: tuple[int, ...]
    candidates: tuple[tuple[Candidate, ...], ...]
    attention: Attention
    peaks: NDArray[np.float32]
    shown_peaks: NDArray[np.float32]
    survey: Survey
    extras: Extras = field(default_factory=Extras)
    notes: tuple[str, ...] = ()

    @property
    def roles(self) -> Roles:
        """The tokens' roles."""
        return roles(self.text, self.tokens, self.masks)

    @property
    def source(self) -> Source:
        """What views are made from."""
        return Source(self.attention, self.extras)

    @property
    def special(self) -> NDArray[np.bool_]:
        """Which tokens are special, `[token]`."""
        return np.array([token.special for token in self.tokens], dtype=bool)


def roles(text: str, tokens: Sequence[Token], masks: Sequence[int]) -> Roles:
    """The roles of a text's tokens."""
    from tui.attention.roles import Roles  # not needed for the first frame

    return Roles.of(
        [token.id for token in tokens],
        [token.special for token in tokens],
        masks,
        [text[token.start : token.end] or token.text for token in tokens],
    )

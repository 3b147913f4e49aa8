"""The analysis of one text: everything that a model says about it, as plain data.

An `Analysis` is what an engine returns and what everything else reads: the grid, the tables, the
pictures, the queries, the exported files. It is frozen, knows neither torch nor textual, and comes
in three parts:

- *what the model said*: the tokens, the candidates for each mask, and `attention`, the weights of
  every layer and head. These are always there.
- `statistics`: what was measured of every head on these weights, always: a number a head for each
  entry of `tui.analysis.statistics.STATISTICS`, a thumbnail, and a label where one is earned.
- `derived`: numbers that take more work, or the model itself, such as rollout, value norms and
  gradients. Only those are there that were asked for with the text, by `WantedQuantities`;
  `derived.wanted` says what was asked for, `derived.given` what came, and `derived.missing` why the
  rest did not. Whoever needs more asks the model about the same text again, with more wanted.

From an analysis to numbers on screen there is one way, `tui.analysis.displayed`: a *view* says
which numbers, *units* whether rows and columns are word pieces or words, and a *scale* how bright
each number is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from tui.analysis.derived import DerivedQuantities
from tui.analysis.interventions import NONE, Interventions, described
from tui.analysis.views import Source
from tui.analysis.words import word_firsts
from tui.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.analysis.head_statistics import HeadStatistics
    from tui.analysis.ranking_at_mask import RankingAtMask
    from tui.analysis.roles import Roles
    from tui.analysis.scores import Scores


Attention: TypeAlias = "NDArray[np.float32]"
"""Attention weights, `[layer, head, query, key]`: row q of a head says how the token q attends."""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A loaded model as people read about it, and as widgets need to know it.

    Attributes:
        name: as it was asked for: `embedded`, a hub name or a path.
        type: the model type of its configuration, such as `bert`.
        layers: number of layers whose attention is shown.
        heads: attention heads a layer.
        max_tokens: the longest input in word pieces, special tokens included.
        mask_token: the mask as the tokenizer writes it.
        special_tokens: how many special tokens it puts around one sentence.
        has_head: it has a trained masked-LM head; without one there are no candidates.
        has_segments: it has embeddings that tell the two sentences of a pair apart.
        has_decoder: it is an encoder-decoder: what is shown is its encoder, and its decoder reads
            all rows of it.
        windows: for each layer how many tokens to each side its window holds, or 0 for all tokens;
            empty where no layer has a window.
        warnings: what makes its answers doubtful for as long as it is loaded, a sentence each.
        only_text: the one text that it knows, if it is saved attention and no model.
    """

    name: str
    type: str
    layers: int
    heads: int
    max_tokens: int
    mask_token: str
    special_tokens: int
    has_head: bool = True
    has_segments: bool = False
    has_decoder: bool = False
    windows: tuple[int, ...] = ()
    warnings: tuple[str, ...] = ()
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
        word: which word it belongs to, counted from 0; special tokens and masks are words of
            their own.
        sentence: which sentence of a pair it belongs to, 0 or 1.
        shown: the piece as people read it, where that differs from its own form: letters for
            bytes, and whatever can be seen of one that cannot.
    """

    text: str
    id: int
    special: bool
    start: int
    end: int
    word: int = 0
    sentence: int = 0
    shown: str = ""

    @property
    def label(self) -> str:
        """Its name wherever people read it."""
        return self.shown or self.text


@dataclass(frozen=True, slots=True)
class Candidate:
    """One word piece that the model would put in the place of a mask.

    Attributes:
        token: the piece in the model's own form.
        id: its number in the vocabulary.
        probability: softmax over the whole vocabulary at the mask, 0..1.
        logit: the score before the softmax.
        sentence: the text with this candidate in the place of the mask.
        shown: the piece as people read it, where that differs from its own form.
        read_as: the pieces that a tokenizer makes of that sentence where it does not give the one
            that was scored: those that differ; None where it is the sentence that was scored, or
            nobody looked.
    """

    token: str
    id: int
    probability: float
    logit: float
    sentence: str
    shown: str = ""
    read_as: tuple[str, ...] | None = None

    @property
    def label(self) -> str:
        """Its name wherever people read it."""
        return self.shown or self.token


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """The answer to one text; the module's docstring says how its parts go together.

    Attributes:
        text: the text as analysed, every mask written `[MASK]`.
        model: the model that answered.
        tokens: the n word pieces, special tokens included.
        masks: positions of the masks among `tokens`, ascending.
        candidates: for each mask its candidates, most probable first; none from a model without
            a masked-LM head.
        attention: the attention weights, `[layer, head, query, key]`, float32; each row of a head
            sums to 1. Of a text over the memory's budget one layer is held alone.
        peaks: each head's largest weight outside the columns of special tokens, `[layer, head]`,
            of the layers that are held.
        shown_peaks: each head's largest weight when special tokens are hidden and the rows are
            renormalised, `[layer, head]`, of the layers that are held.
        statistics: what was measured of every head, whatever was wanted.
        derived: what was wanted beyond the weights and could be given, and why the rest could not.
        notes: what a person should know about this text and its numbers, a sentence each; whoever
            hands an answer on asks `told` instead, which has the model's warnings too.
        first_layer: the first layer that is held, counted from 0.
        interventions: what was changed inside the model while it ran, in their order; mostly none.
        means: the mean that heads were cut to, in words; empty if none was.
        scores: those of the whole vocabulary at each mask; None of a model without a head, of
            saved attention, of a text without masks, and where they are more than
            `tui.model.budget.MOST_SCORES`.
    """

    text: str
    model: ModelInfo
    tokens: tuple[Token, ...]
    masks: tuple[int, ...]
    candidates: tuple[tuple[Candidate, ...], ...]
    attention: Attention
    peaks: NDArray[np.float32]
    shown_peaks: NDArray[np.float32]
    statistics: HeadStatistics
    derived: DerivedQuantities = field(default_factory=DerivedQuantities)
    notes: tuple[str, ...] = ()
    first_layer: int = 0
    interventions: Interventions = NONE
    means: str = ""
    scores: Scores | None = None

    def ranking(self, mask: int) -> RankingAtMask:
        """The candidates of a mask, counted from 0, and what is known of all other word pieces."""
        from tui.analysis.ranking_at_mask import RankingAtMask  # not needed for the first frame

        return RankingAtMask(self.candidates[mask], self.scores, mask)

    @property
    def changed(self) -> str:
        """The interventions in words; empty if there are none."""
        return changed(self.interventions, self.tokens, self.means)

    @property
    def changed_note(self) -> str:
        """A sentence that says that the model is not as it is; empty if it is."""
        return changed_note(self.changed)

    @property
    def told(self) -> tuple[str, ...]:
        """Everything that whoever reads any of this must be told, a sentence each.

        What was changed inside the model comes first, then what makes it doubtful, then what was
        done to the text. Every command and every file says this, so that no number goes anywhere
        without what it is a number of.
        """
        return everything_told(self.changed, self.model, self.notes)

    @property
    def held(self) -> range:
        """The layers whose attention is held, counted from 0."""
        return range(self.first_layer, self.first_layer + len(self.attention))

    @property
    def is_pair(self) -> bool:
        """Whether it is of two sentences."""
        return any(token.sentence for token in self.tokens)

    @property
    def roles(self) -> Roles:
        """The tokens' roles."""
        return token_roles(self.text, self.tokens, self.masks)

    @property
    def source(self) -> Source:
        """The arrays that views are made from."""
        return Source(self.attention, self.derived)

    @property
    def special(self) -> NDArray[np.bool_]:
        """Which tokens are special, `[token]`."""
        return np.array([token.special for token in self.tokens], dtype=bool)

    @property
    def firsts(self) -> NDArray[np.intp]:
        """Each word's first token, `[word]`; as many as tokens where no word is split."""
        return word_firsts([token.word for token in self.tokens])


def changed(interventions: Interventions, tokens: Sequence[Token], means: str = "") -> str:
    """Interventions in words; empty if there are none.

    Args:
        interventions: what was changed inside the model.
        tokens: the text's tokens.
        means: the mean that heads were cut to, in words.
    """
    return described(interventions, [token.label for token in tokens], means=means or "mean")


def everything_told(change: str, model: ModelInfo, notes: Sequence[str]) -> tuple[str, ...]:
    """The sentences of `Analysis.told`, of a run of which there is no analysis.

    Args:
        change: what was changed inside the model, in words; empty if nothing was.
        model: the model.
        notes: what a person should know about the text and its numbers.
    """
    return (*filter(None, [changed_note(change)]), *model.warnings, *notes)


def changed_note(change: str) -> str:
    """The sentence that the model is not as it is; empty if nothing was changed.

    Args:
        change: what was changed inside it, in words.
    """
    return f"Not the model as it is: {change}." if change else ""


def token_roles(text: str, tokens: Sequence[Token], masks: Sequence[int]) -> Roles:
    """The roles of a text's tokens."""
    from tui.analysis.roles import Roles  # not needed for the first frame

    return Roles.of(
        [token.id for token in tokens],
        [token.special for token in tokens],
        masks,
        [text[token.start : token.end] or token.text for token in tokens],
    )

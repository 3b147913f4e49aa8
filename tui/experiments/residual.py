"""Each layer's input at each token transplanted alone from one sentence into another.

It shows where, layer by layer, what the sentences differ in is kept: first at the words that
differ, and at last at the mask (Meng et al. 2022, causal tracing; Zhang & Nanda 2024).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tui.analysis.interventions import NONE, Interventions, Pairs, TransplantResidual
from tui.experiments.lens import check_can_predict
from tui.experiments.shares import Shares, sweep_shares
from tui.experiments.way import counted, find_way
from tui.lazy import np

if TYPE_CHECKING:
    from tui.analysis.analysis import Attention
    from tui.model.language_model import LanguageModel

PLACES_OVERLAP = (
    "A token's share counts all that the layers below gathered there, so that the shares of one "
    "layer overlap and need not add up; all of its tokens together go the whole way where each has "
    "its partner at the same place."
)
"""What is to be known of the shares."""


@dataclass(frozen=True, slots=True)
class SweepResidual:
    """Transplant alone what goes into each layer at each token.

    Attributes:
        text: the sentence that is changed, with one mask.
        source: the sentence that it comes from, with one mask.
        model: the model's name.
        tokens: the words' numbers in the vocabulary, the first for `text`, the second for `source`;
            None for each sentence's first candidate.
        pairs: (token of the text, token of the source), counted from 0, the masks among them; empty
            for token by token.
        interventions: what is changed in the text all the while.
        known: the same sweep as far as it came before: the rest is measured. It does not make this
            another job.
    """

    text: str
    source: str
    model: str
    tokens: tuple[int, int] | None = None
    pairs: Pairs = ()
    interventions: Interventions = NONE
    known: ResidualTransplants | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, eq=False)
class ResidualTransplants(Shares):
    """How far each layer's input at each token takes one sentence's answer to another's.

    Attributes:
        way: the sentences and their tokens, the words, and the way between the answers.
        shares: the share of the way that the difference goes, `[layer, token]`, tokens those of the
            sentence that is changed: 0 is as in the sentence, 1 as in the source; it may be beyond
            both. Layer 0 are the embeddings. NaN where a token has no partner, or the place is
            changed all the while.
        told: everything that a reader must be told, a sentence each.
        so_far: how far it has come; None at its end. Before that there are no shares of the places
            that are still to come.
    """


def sweep_residual(
    job: SweepResidual,
    model: LanguageModel,
    *,
    allocate: Callable[[tuple[int, ...]], Attention] | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None,
    so_far: Callable[[ResidualTransplants], None] = lambda found: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> ResidualTransplants:
    """Run the job; args and errors are those of `transplant_residual`, `allocate` is not needed."""
    return transplant_residual(
        model, job.text, job.source, tokens=job.tokens, pairs=job.pairs,
        interventions=job.interventions, known=job.known, progress=progress, so_far=so_far,
        cancelled=cancelled,
    )  # fmt: skip


def transplant_residual(
    model: LanguageModel,
    text: str,
    source: str,
    *,
    tokens: tuple[int, int] | None = None,
    pairs: Pairs = (),
    interventions: Interventions = NONE,
    known: ResidualTransplants | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None,
    so_far: Callable[[ResidualTransplants], None] = lambda found: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> ResidualTransplants:
    """Transplant alone what goes into each layer at each token.

    Args:
        model: the model.
        text: the sentence that is changed, with one mask.
        source: the sentence that it comes from, with one mask.
        tokens: the words' numbers in the vocabulary, the first for `text`, the second for `source`;
            by default each sentence's first candidate.
        pairs: (token of the text, token of the source), counted from 0, the masks among them;
            nothing is transplanted to the text's other tokens. By default token by token, in
            sentences of one length that have the mask at the same place.
        interventions: what is changed in the text all the while; the source is read as it is.
        known: the same sweep as far as it came before; what it knows is not measured again.
        progress: told how many places are done, and of how many.
        so_far: told of what is measured whenever some places more are, before `progress` is.
        cancelled: asked before each layer; once it is true, `Cancelled` is raised.

    Raises:
        RequestError: the sentences cannot be compared, or do not differ in the two words' logits;
            or the vocabulary has no such word piece.
        ModelError: the model predicts nothing, its scores are no numbers, or what goes into its
            layers cannot be replaced.
        Cancelled: it was given up.
    """
    check_can_predict(model)
    layers, count = model.info.layers, model.count_tokens(text)
    changed = {
        (one.layer, one.token) for one in interventions if isinstance(one, TransplantResidual)
    }
    paired = [here for here, _ in sorted(pairs)] or range(count)
    places = [
        (layer, token)
        for layer in range(layers)
        for token in paired
        if (layer, token) not in changed
    ]
    tell = counted(model, interventions, len(places), progress, cancelled)
    way, here = find_way(
        model, text, source, what="what layers get is transplanted", tokens=tokens, pairs=pairs,
        interventions=interventions, cancelled=cancelled,
    )  # fmt: skip
    shares = np.full((layers, count), np.nan)
    return sweep_shares(
        model, text, here, ResidualTransplants(way, shares, (*way.told, PLACES_OVERLAP)), places,
        lambda layer, token: TransplantResidual(layer, token, source, pairs),
        things="places", interventions=interventions, known=known, tell=tell, so_far=so_far,
        cancelled=cancelled,
    )  # fmt: skip

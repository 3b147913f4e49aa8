"""Each head's output transplanted alone from one sentence into another: how far the answer follows.

Of two sentences that differ in something, such as a subject, the head whose transplant takes the
answer along carries that something.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tui.analysis.interventions import NONE, CutHead, Interventions, Pairs, Transplant
from tui.experiments.lens import check_can_predict
from tui.experiments.shares import Shares, sweep_shares
from tui.experiments.way import counted, find_way
from tui.lazy import np

if TYPE_CHECKING:
    from tui.analysis.analysis import Attention
    from tui.model.language_model import LanguageModel

SHARES_OVERLAP = (
    "All heads together go the whole way where the mask itself enters both sentences alike; the "
    "shares of single heads need not add up to it: one may bring what another brings too, or undo "
    "it."
)
"""What is to be known of the shares."""


@dataclass(frozen=True, slots=True)
class SweepTransplants:
    """Transplant each head's output alone.

    Attributes:
        text: the sentence that is changed, with one mask.
        source: the sentence that the outputs come from, with one mask.
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
    known: Transplants | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, eq=False)
class Transplants(Shares):
    """How far each head's output, transplanted alone, takes one sentence's answer to another's.

    Attributes:
        way: the sentences, the words, and the way between the answers.
        shares: the share of the way that the difference goes, `[layer, head]`: 0 is as in the
            sentence, 1 as in the source; it may be beyond both. NaN where a head is changed all the
            while.
        told: everything that a reader must be told, a sentence each.
        so_far: how far it has come; None at its end. Before that there are no shares of the heads
            that are still to come.
    """


def sweep_transplants(
    job: SweepTransplants,
    model: LanguageModel,
    *,
    allocate: Callable[[tuple[int, ...]], Attention] | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None,
    so_far: Callable[[Transplants], None] = lambda found: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Transplants:
    """Run the job; args and errors are those of `transplant_heads`, `allocate` is not needed."""
    return transplant_heads(
        model, job.text, job.source, tokens=job.tokens, pairs=job.pairs,
        interventions=job.interventions, known=job.known, progress=progress, so_far=so_far,
        cancelled=cancelled,
    )  # fmt: skip


def transplant_heads(
    model: LanguageModel,
    text: str,
    source: str,
    *,
    tokens: tuple[int, int] | None = None,
    pairs: Pairs = (),
    interventions: Interventions = NONE,
    known: Transplants | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None,
    so_far: Callable[[Transplants], None] = lambda found: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Transplants:
    """Transplant each head's output alone.

    Args:
        model: the model.
        text: the sentence that is changed, with one mask.
        source: the sentence that the outputs come from, with one mask.
        tokens: the words' numbers in the vocabulary, the first for `text`, the second for `source`;
            by default each sentence's first candidate.
        pairs: (token of the text, token of the source), counted from 0, the masks among them; a
            head gives on its own output at the text's other tokens. By default token by token, in
            sentences of one length that have the mask at the same place.
        interventions: what is changed in the text all the while; the source is read as it is.
        known: the same sweep as far as it came before; what it knows is not measured again.
        progress: told how many heads are done, and of how many.
        so_far: told of what is measured whenever some heads more are, before `progress` is.
        cancelled: asked before each layer; once it is true, `Cancelled` is raised.

    Raises:
        RequestError: the sentences cannot be compared, or do not differ in the two words' logits;
            or the vocabulary has no such word piece.
        ModelError: the model predicts nothing, its scores are no numbers, or its heads cannot be
            changed.
        Cancelled: it was given up.
    """
    check_can_predict(model)
    info = model.info
    shares = np.full((info.layers, info.heads), np.nan)
    changed = {
        (one.layer, one.head) for one in interventions if isinstance(one, CutHead | Transplant)
    }
    places = [
        (layer, head)
        for layer in range(info.layers)
        for head in range(info.heads)
        if (layer, head) not in changed
    ]
    tell = counted(model, interventions, len(places), progress, cancelled)
    way, here = find_way(
        model, text, source, what="heads are transplanted", tokens=tokens, pairs=pairs,
        interventions=interventions, cancelled=cancelled,
    )  # fmt: skip
    return sweep_shares(
        model, text, here, Transplants(way, shares, (*way.told, SHARES_OVERLAP)), places,
        lambda layer, head: Transplant(layer, head, source, pairs),
        things="heads", interventions=interventions, known=known, tell=tell, so_far=so_far,
        cancelled=cancelled,
    )  # fmt: skip

"""A set of heads on other sentences: in how many the first candidate stays first with it alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from tui.analysis.intervals import Interval, share_interval
from tui.analysis.interventions import CUTS, NONE, CutBy, Interventions, all_but
from tui.errors import NoMaskError, RequestError
from tui.experiments.lens import check_can_predict
from tui.experiments.means_first import means_first
from tui.experiments.one_by_one import FailedSentence, left_out, one_by_one
from tui.experiments.sweep import find_asked

if TYPE_CHECKING:
    from tui.analysis.analysis import Attention
    from tui.analysis.columns import HeadIndex
    from tui.model.language_model import LanguageModel


@dataclass(frozen=True, slots=True)
class TrySetOverList:
    """Run each sentence of a list with all heads cut but some.

    Attributes:
        texts: the sentences; of each that has a mask, its first mask is looked at.
        model: the model's name.
        kept: the heads that stay, (layer, head) counted from 0.
        by: what the others give on.
    """

    texts: tuple[str, ...]
    model: str
    kept: tuple[HeadIndex, ...]
    by: CutBy = CUTS[0]


@dataclass(frozen=True, slots=True)
class SentenceKept:
    """One sentence with the set alone.

    Attributes:
        text: the sentence as it was read.
        word: its own first candidate in the whole model, as people read it.
        rank: that candidate's rank with the set alone, 1 the best.
    """

    text: str
    word: str
    rank: int


@dataclass(frozen=True, slots=True, eq=False)
class SetOverList:
    """A set of heads on the sentences of a list.

    Attributes:
        model: the model's name.
        kept: the heads that stayed.
        by: what the others gave on.
        sentences: each sentence that could be measured, in the order of the list.
        failed: those that could not be, each with the reason.
        told: everything that a reader must be told, each sentence once.
    """

    model: str
    kept: tuple[HeadIndex, ...]
    by: CutBy
    sentences: tuple[SentenceKept, ...]
    failed: tuple[FailedSentence, ...] = ()
    told: tuple[str, ...] = ()

    @property
    def share(self) -> Interval:
        """The share of sentences whose first candidate stays first, with Wilson's interval."""
        return share_interval(sum(one.rank == 1 for one in self.sentences), len(self.sentences))

    @property
    def said(self) -> str:
        """In how many sentences the set keeps the first candidate, in a sentence."""
        share, stays = self.share, sum(one.rank == 1 for one in self.sentences)
        return (
            f"The set keeps the first candidate in {stays} of {share.n} other "
            f"sentence{'s' if share.n != 1 else ''} of the list "
            f"({share.value:.0%}, 95 % interval {share.low:.0%} to {share.high:.0%}, "
            f"n {share.n})."
        )

    @property
    def missing(self) -> str:
        """A sentence on the sentences that are left out; empty if none is."""
        return left_out(self.failed)


def try_set_over_list(
    job: TrySetOverList,
    model: LanguageModel,
    *,
    allocate: Callable[[tuple[int, ...]], Attention] | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> SetOverList:
    """Run the job; `allocate` is not needed, the result is small. The rest is as below."""
    return set_over_list(
        model, job.texts, job.kept, by=job.by, progress=progress, cancelled=cancelled
    )


def set_over_list(
    model: LanguageModel,
    texts: Sequence[str],
    kept: Sequence[HeadIndex],
    *,
    by: CutBy = CUTS[0],
    progress: Callable[[int, int], None] = lambda done, of: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> SetOverList:
    """Run each sentence of a list whole, and with all heads cut but some.

    Args:
        model: the model.
        texts: the sentences.
        kept: the heads that stay, (layer, head) counted from 0.
        by: what the others give on.
        progress: told of how many steps, and of how many in all, are done.
        cancelled: asked before each layer of a pass.

    Raises:
        RequestError: the list is empty, no sentence of it can be measured, or the model has no
            such head.
        ModelError: the model predicts nothing.
        Cancelled: it was given up.
    """
    check_can_predict(model)
    info = model.info
    for layer, head in kept:
        if not (0 <= layer < info.layers and 0 <= head < info.heads):
            raise RequestError(
                f"There is no head {layer + 1}·{head + 1}: the model has {info.layers} layers of "
                f"{info.heads} heads."
            )
    progress(0, len(texts))
    _, tell = means_first(model, by, len(texts), progress, cancelled)
    told: dict[str, None] = {}
    alone = all_but(kept, info.layers, info.heads, by)
    found, failed = one_by_one(texts, partial(_try, model, alone, told, cancelled), tell)
    return SetOverList(info.name, tuple(kept), by, found, failed, tuple(told))


def _try(
    model: LanguageModel,
    alone: Interventions,
    told: dict[str, None],
    cancelled: Callable[[], bool],
    text: str,
) -> SentenceKept:
    """One sentence, whole and with the set alone, in one pass."""
    encoded = model.encode(text)
    if not encoded.masks:
        raise NoMaskError
    whole, pruned = model.scores(text, [NONE, alone], cancelled=cancelled)
    token = find_asked(whole, 0, None).token
    rank = int(pruned.rank(0, find_asked(pruned, 0, token).token))
    told.update(dict.fromkeys(model.told(encoded, NONE)))
    return SentenceKept(encoded.masked.text, model.show(token), rank)

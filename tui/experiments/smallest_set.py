"""The smallest set of heads found with which a candidate keeps its rank: the job, and what runs it.

Heads are cut greedily, as Michel et al. 2019 prune them, but by an effect that is measured: each
head that is left is cut alone on top of those cut so far, the ones that harm least go together, and
what is left is measured anew, as heads take each other's work over (McGrath et al. 2023). It ends
when each single cut would lose the rank, so that every head of the set is needed in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.analysis.interventions import CUTS, CutBy, Interventions, all_but
from tui.experiments.lens import check_can_predict, mask_position
from tui.experiments.means_first import means_first
from tui.experiments.sweep import find_asked
from tui.lazy import np
from tui.model.batches import TOKENS_A_PASS
from tui.text import visible

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.analysis.analysis import Attention
    from tui.analysis.columns import HeadIndex
    from tui.analysis.scores import Scores
    from tui.model.language_model import LanguageModel

ONE_OF_MANY = (
    "Greedy pruning finds one set of many (Michel et al. 2019): each of its heads is needed in it, "
    "but other heads might do as well, and fewer of them."
)
"""What is to be known of every set that is found."""

SHARE_AT_ONCE = 4
"""One in so many of the heads that are left goes at once before all are measured anew."""

_NAMED = 3
"""How many heads a sentence names."""


@dataclass(frozen=True, slots=True)
class FindSmallestSet:
    """Prune heads as long as a candidate keeps its rank.

    Attributes:
        text: the sentence.
        model: the model's name.
        by: what a cut head gives on.
        mask: which of the masks is looked at, counted from 0.
        token: the candidate, or None for the first.
    """

    text: str
    model: str
    by: CutBy = CUTS[0]
    mask: int = 0
    token: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class SmallestSet:
    """A set of heads with which alone a candidate keeps its rank, and each of which it needs.

    Attributes:
        text: the text as analysed.
        model: the model's name.
        layers: how many layers the model has.
        heads: how many heads each of them has.
        mask: which of the masks, counted from 0.
        position: where it stands among the tokens.
        token: the candidate's number in the vocabulary.
        word: its name as people read it.
        rank: its place in the whole model, 1 the best; with the set it has this one or a better.
        by: what a cut head gives on.
        means: the mean that heads are cut to, in words; empty if by zero.
        kept: the set, (layer, head) counted from 0, the most important first.
        losses: by how many logits cutting each of them too lowers the candidate's lead over what
            it must stay above; in the order of `kept`.
        left: how many heads were left, at each step of the pruning and on to none.
        log_probabilities: the candidate's log p with so many, in nats.
        told: everything that a reader must be told, a sentence each.
    """

    text: str
    model: str
    layers: int
    heads: int
    mask: int
    position: int
    token: int
    word: str
    rank: int
    by: CutBy
    means: str
    kept: tuple[HeadIndex, ...]
    losses: NDArray[np.float64]
    left: NDArray[np.intp]
    log_probabilities: NDArray[np.float64]
    told: tuple[str, ...] = ()

    @property
    def interventions(self) -> Interventions:
        """The cuts that leave the set alone."""
        return all_but(self.kept, self.layers, self.heads, self.by)

    @property
    def said(self) -> str:
        """The set in a sentence: `“capital” stays first with 9 of 72 heads: 1·4, …; one set …`."""
        stays = "stays first" if self.rank == 1 else f"keeps rank {self.rank:,}"
        named = [f"{layer + 1}·{head + 1}" for layer, head in self.kept]
        names = ", ".join([*named[:_NAMED], *(["…"] if len(named) > _NAMED else [])])
        return (
            f"“{visible(self.word)}” {stays} with {len(named) or 'none'} of "
            f"{self.layers * self.heads} heads{f': {names}' if names else ''}; one set of many."
        )


def find_smallest_set(
    job: FindSmallestSet,
    model: LanguageModel,
    *,
    allocate: Callable[[tuple[int, ...]], Attention] | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> SmallestSet:
    """Run the job; `allocate` is not needed, the result is small. The rest is as below."""
    return smallest_set(
        model,
        job.text,
        by=job.by,
        mask=job.mask,
        token=job.token,
        progress=progress,
        cancelled=cancelled,
    )


def smallest_set(
    model: LanguageModel,
    text: str,
    *,
    by: CutBy = CUTS[0],
    mask: int = 0,
    token: int | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> SmallestSet:
    """Prune a model's heads as long as a candidate keeps its rank at a mask.

    Args:
        model: the model.
        text: a sentence with a mask.
        by: what a cut head gives on.
        mask: which of the masks is looked at, counted from 0.
        token: the candidate's number in the vocabulary, or None for the first candidate.
        progress: told how many heads are cut, and of how many; at the end all are done with.
        cancelled: asked before each layer of a pass.

    Raises:
        RequestError: the text has no such mask, or the vocabulary no such word piece; or as
            `MaskedLM.analyze`.
        ModelError: the model predicts nothing, its scores are no numbers, or its heads cannot be
            cut.
        Cancelled: it was given up.
    """
    check_can_predict(model)
    encoded, info = model.encode(text), model.info
    position = mask_position(encoded, mask)
    count = info.layers * info.heads
    progress(0, count)
    [whole] = model.scores(text, keeps_hidden=True, cancelled=cancelled)
    token = find_asked(whole, mask, token).token
    means, done = means_first(model, by, count, progress, cancelled)
    rank = int(whole.rank(mask, token))
    pruning = _Pruning(model, text, by, mask, token, rank, whole, len(encoded.ids), cancelled)
    while pruning.step():
        done(count - len(pruning.kept))
    kept, losses = pruning.ranked()
    pruning.prune_all(kept)
    left = sorted(pruning.curve, reverse=True)
    found = SmallestSet(
        text=encoded.masked.text,
        model=info.name,
        layers=info.layers,
        heads=info.heads,
        mask=mask,
        position=position,
        token=token,
        word=model.show(token),
        rank=rank,
        by=by,
        means=means,
        kept=kept,
        losses=losses,
        left=np.array(left, np.intp),
        log_probabilities=np.array([pruning.curve[one] for one in left]),
        told=(
            *model.told(encoded, all_but(kept, info.layers, info.heads, by)),
            ONE_OF_MANY,
        ),
    )
    done(count)
    return found


@dataclass(frozen=True, slots=True)
class _Standing:
    """Where a run has the candidate: whether it keeps its rank, by how much, and its log p."""

    keeps: bool
    lead: float
    log_probability: float


class _Pruning:
    """The heads that are left of a model, and what cutting more of them would do.

    Attributes:
        kept: the heads that are left.
        curve: the candidate's log p by the number of heads that were left.
    """

    def __init__(
        self,
        model: LanguageModel,
        text: str,
        by: CutBy,
        mask: int,
        token: int,
        rank: int,
        whole: Scores,
        tokens: int,
        cancelled: Callable[[], bool],
    ) -> None:
        self._model, self._text, self._by = model, text, by
        self._mask, self._token, self._rank = mask, token, rank
        self._rows = max(1, TOKENS_A_PASS // tokens)
        self._cancelled = cancelled
        self._now = whole  # the run of the heads that are kept, with its hidden states
        info = model.info
        self.kept = [(layer, head) for layer in range(info.layers) for head in range(info.heads)]
        self.curve = {len(self.kept): self._standing(whole).log_probability}
        self._singles = self._cut_singly()

    def step(self) -> bool:
        """Cut the heads that harm least, as many as the rank allows; False if it allows none."""
        order = sorted(self.kept, key=self._harm)
        if not order or not self._singles[order[0]].keeps:
            return False
        most = max(1, len(order) // SHARE_AT_ONCE)
        cut = [self._singles[order[0]], *self._cut([order[:n] for n in range(2, most + 1)])]
        best = max(at for at, standing in enumerate(cut, start=1) if standing.keeps)
        for at, standing in enumerate(cut[:best], start=1):
            self.curve[len(order) - at] = standing.log_probability
        gone = set(order[:best])
        self.kept = [head for head in self.kept if head not in gone]
        [self._now] = self._model.scores(
            self._text,
            [self._without(())],
            known=self._now,
            keeps_hidden=True,
            cancelled=self._cancelled,
        )
        self._singles = self._cut_singly()
        return True

    def ranked(self) -> tuple[tuple[HeadIndex, ...], NDArray[np.float64]]:
        """The heads that are left, and what cutting each too takes off the lead, most first."""
        order = tuple(sorted(self.kept, key=self._harm, reverse=True))
        lead = self._standing(self._now).lead
        return order, np.array([lead - self._singles[head].lead for head in order])

    def prune_all(self, order: Sequence[HeadIndex]) -> None:
        """Follow the curve on to no head, the last of an order going first."""
        backwards = order[::-1]
        cuts = [backwards[:n] for n in range(1, len(order) + 1)]
        for n, standing in enumerate(self._cut(cuts), start=1):
            self.curve[len(order) - n] = standing.log_probability

    def _harm(self, head: HeadIndex) -> tuple[bool, float, HeadIndex]:
        """Sorts heads: what cutting one too does, the harmless first."""
        single = self._singles[head]
        return not single.keeps, float("inf") if np.isnan(single.lead) else -single.lead, head

    def _cut_singly(self) -> dict[HeadIndex, _Standing]:
        """What cutting each head too would do; those of one layer go through the model together."""
        found: dict[HeadIndex, _Standing] = {}
        for layer in range(self._model.info.layers):
            heads = [head for head in self.kept if head[0] == layer]
            found.update(zip(heads, self._cut([[head] for head in heads]), strict=True))
        return found

    def _cut(self, cuts: Sequence[Sequence[HeadIndex]]) -> Iterator[_Standing]:
        """What cutting some heads too would do, for each of several choices of them."""
        for start in range(0, len(cuts), self._rows):
            changes = [self._without(more) for more in cuts[start : start + self._rows]]
            yield from map(
                self._standing,
                self._model.scores(self._text, changes, known=self._now, cancelled=self._cancelled),
            )

    def _without(self, more: Sequence[HeadIndex]) -> Interventions:
        """The cuts that leave what is kept, less some."""
        info = self._model.info
        return all_but({*self.kept} - {*more}, info.layers, info.heads, self._by)

    def _standing(self, scores: Scores) -> _Standing:
        logits = scores.logits[self._mask]
        lead = float("inf")  # of the last of all there is nothing that it must stay above
        if self._rank < len(logits):
            others = np.delete(logits, self._token)
            lead = float(logits[self._token] - np.partition(others, -self._rank)[-self._rank])
        return _Standing(
            scores.rank(self._mask, self._token) <= self._rank,
            lead,
            float(scores.log_probabilities(self._mask)[self._token]),
        )

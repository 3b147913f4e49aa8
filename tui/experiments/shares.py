"""Shares of the way from one sentence's answer to another's, of places that are changed one by one.

A place is a layer and something in it: a head, or a token that goes into the layer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from tui.analysis.interventions import Intervention, Interventions, ordered
from tui.experiments.so_far import SoFar
from tui.experiments.way import Way
from tui.lazy import np
from tui.model.batches import TOKENS_A_PASS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.analysis.scores import Scores
    from tui.model.language_model import LanguageModel

Place: TypeAlias = tuple[int, int]
"""A layer and a place in it, counted from 0."""


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """How far each place, changed alone, takes one sentence's answer to another's.

    Attributes:
        way: the sentences and their tokens, the words, and the way between the answers.
        shares: the share of the way that the difference goes, `[layer, place]`: 0 is as in the
            sentence, 1 as in the source; it may be beyond both. NaN where nothing can be changed.
        told: everything that a reader must be told, a sentence each.
        so_far: how far it has come; None at its end. Before that there are no shares of the places
            that are still to come.
    """

    way: Way
    shares: NDArray[np.float64]
    told: tuple[str, ...] = ()
    so_far: SoFar | None = None

    @property
    def is_whole(self) -> bool:
        """Whether everything is measured."""
        return self.so_far is None

    def has(self, place: Place) -> bool:
        """Whether a place needs no more measuring."""
        return self.so_far is None or not self.so_far.to_come[place]

    @property
    def said(self) -> str:
        """The shares' measure and direction in words, safe to be shown."""
        return self.way.said


S = TypeVar("S", bound=Shares)


def sweep_shares(
    model: LanguageModel,
    text: str,
    here: Scores,
    found: S,
    places: Iterable[Place],
    change: Callable[[int, int], Intervention],
    *,
    things: str,
    interventions: Interventions,
    known: S | None,
    tell: Callable[[int], None],
    so_far: Callable[[S], None],
    cancelled: Callable[[], bool],
) -> S:
    """Change each place alone; the places of one layer go through the model together.

    Args:
        model: the model.
        text: the sentence that is changed.
        here: its scores as it is, with their hidden states.
        found: the result without a share.
        places: what is changed.
        change: the change of a place, by its layer and its number there.
        things: what places are, in a word, such as `heads`.
        interventions: what is changed all the while.
        known: the same sweep as far as it came before; what it knows is not measured again.
        tell: told how many places are done.
        so_far: told of what is measured whenever some places more are, before `tell` is.
        cancelled: asked before each layer of a pass.

    Raises:
        Cancelled: it was given up.
    """
    shares, to_come = found.shares.copy(), np.zeros(found.shares.shape, dtype=bool)
    for place in places:
        to_come[place] = True
    of = int(to_come.sum())
    if known is not None and known.so_far is not None:
        to_come &= known.so_far.to_come
        shares = known.shares.copy()
    step, done = max(1, TOKENS_A_PASS // len(found.way.labels)), of - int(to_come.sum())
    tell(done)
    for layer in range(len(shares)):
        here_to_come = np.flatnonzero(to_come[layer]).tolist()
        for start in range(0, len(here_to_come), step):
            some = here_to_come[start : start + step]
            changes = [ordered((*interventions, change(layer, at))) for at in some]
            scores = model.scores(text, changes, known=here, cancelled=cancelled)
            shares[layer, some] = [found.way.share(one) for one in scores]
            to_come[layer, some] = False
            done += len(some)
            part = SoFar(to_come.copy(), of, things)
            so_far(replace(found, shares=shares.copy(), so_far=part))
            tell(done)
    return replace(found, shares=shares)

"""What was cut, and what came of it, in the sentences that a note keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui.analysis.columns import EFFECT, ranked, table_number
from tui.analysis.interventions import described
from tui.experiments.effect_over_list import how_cut
from tui.lazy import np
from tui.text import ordinal

if TYPE_CHECKING:
    from tui.analysis.analysis import Analysis, Candidate
    from tui.analysis.columns import HeadIndex
    from tui.experiments.measures import Measure
    from tui.experiments.sweep import Sweep


def cut_line(
    analysis: Analysis, now: Sequence[Candidate], before: Sequence[Candidate], chosen: int
) -> str:
    """What is cut, and where the chosen candidate and the whole model's first stand.

    Args:
        analysis: the answer with the cuts.
        now: the candidates of the mask looked at.
        before: those of the whole model; none if that is not known yet.
        chosen: which of `now` is chosen, counted from 0.
    """
    labels = [token.label for token in analysis.tokens]
    cut = described(analysis.interventions, labels, means=analysis.means or "mean")
    followed = {one.id: one.label for one in (now[chosen], *before[:1])}
    moved = [
        f"“{label}” {_standing(before, id_) if before else 'not known'} in the whole model, "
        f"{_standing(now, id_)} so"
        for id_, label in followed.items()
    ]
    return f"{cut}: {'; '.join(moved)}."


def effect_line(found: Sweep, measure: Measure, head: HeadIndex) -> str:
    """The effect of cutting one head alone, and its rank among all.

    Args:
        found: the effects of all heads.
        measure: how effects are measured.
        head: the layer and head, counted from 0.
    """
    effects = found.effects[measure.slug]
    everything = np.ones(effects.shape, dtype=bool)
    place = ranked(EFFECT, effects.astype(np.float32), everything).index(head) + 1
    over = f" over “{found.runner_up_word}”" if measure.slug == "logit-diff" else ""
    besides = " beside what is cut" if found.interventions else ""
    return (
        f"effect {table_number(float(effects[head]))} {measure.unit}, {ordinal(place)} of "
        f"{effects.size}, of cutting this head alone{besides} on “{found.word}”{over} "
        f"({measure.name}, {how_cut(found.by, found.means)})."
    )


def _standing(ranking: Sequence[Candidate], id_: int) -> str:
    """A candidate's probability and rank; of one that the list does not have, bounds."""
    for rank, one in enumerate(ranking, start=1):
        if one.id == id_:
            return f"p {one.probability:.3f}, rank {rank}"
    return f"p below {ranking[-1].probability:.3f}, rank over {len(ranking)}"

"""Cuts, and what came of them, in the sentences that a note keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.analysis.columns import EFFECT, probability_said, ranked, table_number
from tui.analysis.interventions import described
from tui.experiments.effect_over_list import how_cut
from tui.lazy import np
from tui.text import mask_said, ordinal

if TYPE_CHECKING:
    from tui.analysis.analysis import Analysis
    from tui.analysis.columns import HeadIndex
    from tui.analysis.ranking_at_mask import RankingAtMask
    from tui.experiments.measures import Measure
    from tui.experiments.sweep import Sweep
    from tui.experiments.transplant import Transplants


def cut_line(
    analysis: Analysis,
    now: RankingAtMask,
    before: RankingAtMask | None,
    target: tuple[int, str],
) -> str:
    """The cuts, and where the chosen candidate and the whole model's first stand with them.

    Args:
        analysis: the answer with the cuts.
        now: what it says at the mask looked at; there are candidates.
        before: what the whole model says; None if that is not known yet.
        target: the candidate that is chosen, its number in the vocabulary and its name.
    """
    labels = [token.label for token in analysis.tokens]
    cut = described(analysis.interventions, labels, means=analysis.means or "mean")
    firsts = [(one.id, one.label) for one in before.candidates[:1]] if before else []
    followed = dict([target, *firsts])
    moved = [
        f"“{label}” {_standing(before, id_) if before else 'not known'} in the whole model, "
        f"{_standing(now, id_)} so"
        for id_, label in followed.items()
    ]
    return f"{cut}: {'; '.join(moved)}."


def effect_line(found: Sweep, measure: Measure, head: HeadIndex, *, masks: int = 1) -> str:
    """The effect of cutting one head alone, and its rank among all that are measured.

    Args:
        found: the effects of all heads, or of some, this one among them.
        measure: how effects are measured.
        head: the layer and head, counted from 0.
        masks: how many masks the sentence has.
    """
    effects = found.effects[measure.slug]
    everything = np.ones(effects.shape, dtype=bool)
    place = ranked(EFFECT, effects.astype(np.float32), everything).index(head) + 1
    over = f" over “{found.runner_up_word}”" if measure.slug == "logit-diff" else ""
    besides = " beside what is cut" if found.interventions else ""
    among = str(effects.size)
    if (so_far := found.so_far) is not None:
        among = f"the {so_far.count} {so_far.things} that are measured, of {so_far.of}"
    return (
        f"effect {table_number(float(effects[head]))} {measure.unit}, {ordinal(place)} of "
        f"{among}, of cutting this head alone{besides} on “{found.word}”{over}"
        f"{mask_said(found.mask, masks)} ({found.measured_as(measure)}, "
        f"{how_cut(found.by, found.means)})."
    )


def share_line(found: Transplants, head: HeadIndex) -> str:
    """How far one head, transplanted alone, goes from one sentence's answer to another's.

    Args:
        found: the shares of all heads, or of some, this one among them; it has a number.
        head: the layer and head, counted from 0.
    """
    way, besides = found.way, " beside what is cut" if found.way.interventions else ""
    among = f" ({found.so_far.said})" if found.so_far is not None else ""
    return (
        f"share {table_number(float(found.shares[head]))} of the way of logit({way.word}) - "
        f"logit({way.other_word}) from {way.here:+.2f} here to {way.there:+.2f} in "
        f"“{way.source}”, with this head's output alone taken from there{besides}{among}."
    )


def _standing(ranking: RankingAtMask, id_: int) -> str:
    """A candidate's probability and rank, or bounds of them where they are not known."""
    found = ranking.place_of(id_)
    if found.rank is None:
        return f"p below {found.probability:.3f}, rank over {len(ranking.candidates)}"
    return f"p {probability_said(found.probability)}, rank {found.rank}"

"""Candidates of the run on screen, each beside the same of the whole model, or of run B."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.analysis.merged_candidates import MergedCandidate, merged
from tui.session.filling import OTHERWISE
from tui.text import visible

if TYPE_CHECKING:
    from tui.analysis.analysis import Candidate


@dataclass(frozen=True, slots=True)
class ComparedCandidate:
    """One candidate in two lists; of one that a list does not have, a bound is known.

    Attributes:
        token: the word piece, safe to be shown.
        now: its probability; one that left the list has at most the last one's.
        before: its probability in the other run; likewise.
        rank: its rank, counted from 1; None if it left the list.
        rank_before: its rank in the other run; None if it is not in that list.
        change: the change of its log-odds, in nats; None where one of them is not known.
        sides: the other run is B, and no state before.
    """

    token: str
    now: float
    before: float
    rank: int | None
    rank_before: int | None
    change: float | None
    sides: bool = False

    @property
    def is_left(self) -> bool:
        """Whether it left the list."""
        return self.rank is None

    @property
    def ranks(self) -> str:
        """The change of its rank, such as `3 → 1`; `=` for none, `–` for a list without it.

        Of two sides it is the ranks in A and B, such as `1 : 3`.
        """
        if self.sides:
            return f"{self.rank or '–'} : {self.rank_before or '–'}"
        if self.rank == self.rank_before:
            return "="
        return f"{self.rank_before or '–'} → {self.rank or '–'}"


def compared(
    now: Sequence[Candidate], before: Sequence[Candidate]
) -> tuple[ComparedCandidate, ...]:
    """Those of now in their order, then those that left the list; none without a before."""
    return _rows(merged(now, before), sides=False) if before and now else ()


def beside(candidates: Sequence[MergedCandidate]) -> tuple[ComparedCandidate, ...]:
    """Those of A in their order, then those that B alone has."""
    return _rows(candidates, sides=True)


def _rows(candidates: Sequence[MergedCandidate], *, sides: bool) -> tuple[ComparedCandidate, ...]:
    return tuple(
        ComparedCandidate(
            shown_name(one.candidate), one.a, one.b, one.rank_a, one.rank_b, one.change, sides
        )
        for one in candidates
    )


def shown_name(candidate: Candidate) -> str:
    """A word piece, safe to be shown, marked if the sentence with it is not the scored one."""
    mark = "" if candidate.read_as is None else f" {OTHERWISE}"
    return visible(candidate.label) + mark


@dataclass(frozen=True, slots=True)
class ComparedColumn:
    """One number of each candidate.

    Attributes:
        title: what stands above it.
        width: its columns.
        said: the number in words.
    """

    title: str
    width: int
    said: Callable[[ComparedCandidate], str]


def _probability(value: float, *, is_bound: bool) -> str:
    if not is_bound:
        return f"{value:.3f}"
    return f"<{max(value, 0.001):.3f}".replace("<0", "<")


def _change(one: ComparedCandidate) -> str:
    return "" if one.change is None else f"{one.change:+.2f}"


def shown_columns(rows: Sequence[ComparedCandidate], room: int) -> list[ComparedColumn]:
    """All columns, or where there is no room for them those of now and of the ranks.

    Of two sides that of B stays instead of the ranks.
    """
    sides = rows[0].sides
    ranks = max(len("rank"), *(len(one.ranks) for one in rows))
    titles = ("A", "B") if sides else ("now", "whole")
    now = ComparedColumn(titles[0], 5, lambda one: _probability(one.now, is_bound=one.rank is None))
    before = ComparedColumn(
        titles[1], 5, lambda one: _probability(one.before, is_bound=one.rank_before is None)
    )
    change = ComparedColumn("change", 6, _change)
    rank = ComparedColumn("rank", ranks, lambda one: one.ranks)
    every = [now, before, change, rank]
    fits = sum(column.width + 1 for column in every) <= room
    return every if fits else [now, before] if sides else [now, rank]

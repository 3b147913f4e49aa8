"""Candidates of the run on screen, each beside the same of the whole model, or of run B."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.analysis.columns import bound_said, probability_said
from tui.session.filling import OTHERWISE
from tui.text import visible

if TYPE_CHECKING:
    from tui.analysis.analysis import Candidate
    from tui.analysis.merged_candidates import MergedCandidate


@dataclass(frozen=True, slots=True)
class ComparedCandidate:
    """One candidate of two lists; of one that a list does not have, a bound may be all.

    Attributes:
        token: the word piece, safe to be shown.
        now: its probability; where it has no rank it has at most so much.
        before: its probability in the other run; likewise.
        rank: its rank, counted from 1; None where it is not known.
        rank_before: its rank in the other run; likewise.
        change: the change of its log-odds, in nats; None where one of them is not known.
        is_left: it is in the other list alone.
        sides: the other run is B, and no state before.
    """

    token: str
    now: float
    before: float
    rank: int | None
    rank_before: int | None
    change: float | None
    is_left: bool = False
    sides: bool = False

    @property
    def ranks(self) -> str:
        """The change of its rank, such as `3 → 1`; `=` for none, `–` for one that is not known.

        Of two sides it is the ranks in A and B, such as `1 : 3`.
        """
        return self.ranks_said(" ", str)

    @property
    def short_ranks(self) -> str:
        """The same without spaces, such as `3→1`."""
        return self.ranks_said("", str)

    @property
    def rounded_ranks(self) -> str:
        """The same without spaces and in thousands from a thousand on, such as `3→14k`."""
        return self.ranks_said("", lambda rank: str(rank) if rank < 1000 else f"{rank / 1000:.0f}k")

    def ranks_said(self, space: str, said: Callable[[int], str]) -> str:
        """The ranks with a space around what stands between them, each as it is to be said."""
        now, before = (
            "–" if rank is None else said(rank) for rank in (self.rank, self.rank_before)
        )
        if self.sides:
            return f"{now}{space}:{space}{before}"
        return "=" if self.rank == self.rank_before else f"{before}{space}→{space}{now}"


def compared(candidates: Sequence[MergedCandidate]) -> tuple[ComparedCandidate, ...]:
    """Those of now in their order, then those that left the list."""
    return _rows(candidates, sides=False)


def beside(candidates: Sequence[MergedCandidate]) -> tuple[ComparedCandidate, ...]:
    """Those of A in their order, then those that B alone has."""
    return _rows(candidates, sides=True)


def _rows(candidates: Sequence[MergedCandidate], *, sides: bool) -> tuple[ComparedCandidate, ...]:
    return tuple(
        ComparedCandidate(
            token=shown_name(one.candidate),
            now=one.a,
            before=one.b,
            rank=one.rank_a,
            rank_before=one.rank_b,
            change=one.change,
            is_left=not one.is_of_a,
            sides=sides,
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
        return probability_said(value)
    return bound_said(value).replace("<0", "<")


def _change(one: ComparedCandidate) -> str:
    """The change in six columns."""
    if one.change is None:
        return ""
    return f"{one.change:+.2f}" if abs(one.change) < 100 else f"{one.change:+.0f}"


def shown_columns(rows: Sequence[ComparedCandidate], room: int) -> list[ComparedColumn]:
    """All columns, or where there is no room for them those of now and of the ranks.

    Of two sides that of B stays instead of the ranks. Ranks are shortened before anything is left
    out.
    """
    sides = rows[0].sides
    titles = ("A", "B") if sides else ("now", "whole")
    now = ComparedColumn(titles[0], 5, lambda one: _probability(one.now, is_bound=one.rank is None))
    before = ComparedColumn(
        titles[1], 5, lambda one: _probability(one.before, is_bound=one.rank_before is None)
    )
    change = ComparedColumn("change", 6, _change)
    ranks = [_rank_column(rows, said) for said in _RANKS]
    offered = [[now, before, change, rank] for rank in ranks]
    offered += [[now, before]] if sides else [[now, rank] for rank in ranks]
    fitting = (some for some in offered if sum(column.width + 1 for column in some) <= room)
    return next(fitting, offered[-1])


_RANKS: tuple[Callable[[ComparedCandidate], str], ...] = (
    lambda one: one.ranks,
    lambda one: one.short_ranks,
    lambda one: one.rounded_ranks,
)


def _rank_column(
    rows: Sequence[ComparedCandidate], said: Callable[[ComparedCandidate], str]
) -> ComparedColumn:
    return ComparedColumn("rank", max(len("rank"), *(len(said(one)) for one in rows)), said)

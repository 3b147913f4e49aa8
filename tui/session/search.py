"""Which heads are asked for, and in which order: plain state, kept from answer to answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tui.analysis.analysis import Analysis
from tui.analysis.columns import (
    CHANGE,
    DELTA,
    EFFECT,
    EFFECT_BY,
    EVERY_COLUMN,
    HEAD,
    LIKENESS,
    OF_CANDIDATE,
    SHARE,
    Column,
    HeadIndex,
    numbers_of,
    ranked,
)
from tui.analysis.wanted import Target, WantedQuantities
from tui.errors import RequestError
from tui.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.query.grammar import QueryError


UNMEASURED = {
    EFFECT.name: "press e first, which cuts each head in turn",
    **{one.name: "press e first, with heads cut in both ways (Z)" for one in EFFECT_BY.values()},
    CHANGE.name: "press = first, which chooses what this run is compared with",
    DELTA.name: "press = first, which chooses what this run is compared with",
    SHARE.name: "press = and then R first, which transplants each head from B",
}
"""The names of numbers that a key brings, and which."""


class HeadSearch:
    """A query, a ranking, and what they find in the answer on screen.

    Attributes:
        query: the query, empty for all heads.
        column: what heads are ranked by.
        like: the (layer, head) that likeness is measured to, counted from 0.
        found: which heads meet the query, `[layer, head]`, or None where there is no query, or
            none that this answer could be asked.
        notes: what the query took for granted, a sentence each.
        wrong: what was wrong with the query asked last, if anything was.
    """

    def __init__(self) -> None:
        self.query = ""
        self.column: Column = HEAD
        self.like: HeadIndex = (0, 0)
        self.found: NDArray[np.bool_] | None = None
        self.notes: tuple[str, ...] = ()
        self.wrong: QueryError | None = None

    def ask(
        self,
        query: str,
        analysis: Analysis,
        mask: int | None,
        key: range | None,
        measured: Mapping[str, NDArray[np.float32]] | None = None,
    ) -> None:
        """Take a query and answer it; one that is wrong changes nothing.

        Args:
            query: the query; a blank one asks for all heads.
            analysis: the answer on screen.
            mask: the position of the mask looked at, if there is one.
            key: the tokens of the cursor's column.
            measured: what is measured besides, `[layer, head]`, by the names of its columns, of
                `MEASURED`; None if nothing is.

        Raises:
            QueryError: it cannot be read, or names what is not there.
            RequestError: not all layers of the answer are held.
        """
        if not query.strip():
            self.query, self.found, self.notes = "", None, ()
            return
        if len(analysis.held) < analysis.model.layers:
            raise RequestError("Of so long a text one layer is held at a time; shorten the text.")
        from tui.query.context import QueryContext
        from tui.query.evaluation import find

        context = QueryContext.of(
            analysis, mask=mask, key=key, measured=measured, unmeasured=UNMEASURED
        )
        answer = find(query, context)
        self.query, self.found, self.notes = query.strip(), answer.heads, answer.notes

    def ask_again(
        self,
        analysis: Analysis,
        mask: int | None,
        key: range | None,
        measured: Mapping[str, NDArray[np.float32]] | None = None,
    ) -> str | None:
        """Put the query to another answer; returns a sentence if it cannot be put to that."""
        if not self.query:
            return None
        try:
            self.ask(self.query, analysis, mask, key, measured)
        except RequestError as error:
            self.found, self.notes = None, ()
            return f"The query {self.query} finds no head here. {error}"
        return None

    def order(
        self,
        analysis: Analysis,
        mask: int | None,
        key: range | None,
        measured: Mapping[str, NDArray[np.float32]] | None = None,
    ) -> list[HeadIndex]:
        """The heads that are asked for, in their order."""
        everything = np.ones(analysis.attention.shape[:2], dtype=bool)
        known = numbers_of(analysis, mask=mask, key=key, measured=measured)
        numbers = known.get(self.column.name)
        return ranked(self.column, numbers, everything if self.found is None else self.found)

    def step(self, order: list[HeadIndex], at: HeadIndex, direction: int) -> HeadIndex:
        """The next (1) or previous (-1) of the heads asked for, going round.

        From a head that is not among them the walk begins at the first, or the last.

        Raises:
            RequestError: no query was asked, or nothing meets it.
        """
        if self.found is None:
            raise RequestError("There is no query to walk: / asks for heads, as in prev > .5.")
        if not order:
            raise RequestError(f"No head meets {self.query}; / asks for others.")
        if at not in order:
            return order[0 if direction > 0 else -1]
        return order[(order.index(at) + direction) % len(order)]

    def refused(self, analysis: Analysis) -> str:
        """Why the numbers to rank by cannot be had of an answer; empty if they can."""
        missing = analysis.derived.missing
        return missing.get("gradient", "") if self.column in OF_CANDIDATE else ""

    def rank_by_place(self) -> None:
        """Rank by layer and head again."""
        self.column = HEAD

    def following_column(self, step: int, hidden: frozenset[Column] = frozenset()) -> Column:
        """The next (1) or previous (-1) column to rank by that is not hidden."""
        offered = [column for column in EVERY_COLUMN if column not in hidden]
        at = offered.index(self.column) if self.column in offered else 0
        return offered[(at + step) % len(offered)]

    def wanted(self, target: Target) -> WantedQuantities:
        """The quantities that the ranking needs of the model.

        Args:
            target: the candidate that gradients are taken towards.
        """
        return WantedQuantities(
            gradient=target if self.column in OF_CANDIDATE else None,
            margin=self.column in OF_CANDIDATE,
            likeness=self.like if self.column is LIKENESS else None,
        )

"""All heads at once: the screens that show them, which are asked for, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from tui.analysis.wanted import WEIGHTS_ALONE, Target, WantedQuantities
from tui.errors import RequestError
from tui.model.worker.protocol import JobDone, JobFailed
from tui.session.effects import CloseBoard, Effect, Open, Redraw
from tui.session.events import Part, action
from tui.text import visible

if TYPE_CHECKING:  # imported when all heads are first asked for
    from tui.analysis.analysis import Analysis, ModelInfo
    from tui.analysis.columns import Column, HeadIndex
    from tui.session.boards import Board, HeadMapState, HeadsTableContent
    from tui.session.jobs import UnderWay
    from tui.session.search import HeadSearch
    from tui.session.session import Session
    from tui.session.walking import CellIndex

MEASURE = "measure"
"""The job that measures statistics over a list of sentences."""


class AllHeads(Part):
    """The screen about all heads that is open stands on the answer on screen, or is closed.

    Attributes:
        board: that screen, None if none is open.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.board: Board | None = None
        self._map: HeadMapState | None = None  # once it is shown
        self._search: HeadSearch | None = None  # once heads are asked for

    @property
    def search(self) -> HeadSearch:
        """Which heads are asked for; what it stands on is imported when it is first asked."""
        if self._search is None:
            from tui.session.search import HeadSearch

            self._search = HeadSearch()
        return self._search

    @property
    def map_state(self) -> HeadMapState:
        """The map of all heads, which keeps what it is shaded by."""
        if self._map is None:
            from tui.session.boards import HeadMapState

            self._map = HeadMapState(self.session.head)
        return self._map

    @property
    def order(self) -> list[HeadIndex]:
        """The heads that are asked for, in their order."""
        session = self.session
        measured = session.measured
        return self.search.order(session.answer, session.filling.position, session.key, measured)

    @property
    def table(self) -> HeadsTableContent:
        """The numbers and the order of the heads in the table that is open."""
        from tui.analysis.columns import numbers_of
        from tui.session.boards import HeadsTableState, table_content

        session = self.session
        over = self.board.over if isinstance(self.board, HeadsTableState) else None
        numbers = numbers_of(
            session.answer,
            mask=session.filling.position,
            key=session.key,
            measured=session.measured,
        )
        return table_content(numbers, self.order, self.search.column, over)

    def wanted(self, target: Target) -> WantedQuantities:
        """The quantities that the ranking needs of the model.

        Args:
            target: the candidate that gradients are taken towards.
        """
        return self._search.wanted(target) if self._search else WEIGHTS_ALONE

    def fit(self, model: ModelInfo) -> None:
        """Measure likeness to a head that the model has."""
        if self._search is not None:
            layer, head = self._search.like
            self._search.like = min(layer, model.layers - 1), min(head, model.heads - 1)

    def adapt(self, analysis: Analysis) -> Iterator[Effect]:
        """Have the query and the open screen stand on another answer."""
        session = self.session
        self.fit(analysis.model)
        self.ask_again(analysis)
        if self.board is not None:
            if len(analysis.held) < analysis.model.layers:
                self.board = None  # it shows all heads, and they are not all there any more
                yield CloseBoard()
            else:
                self.board.adapt(analysis, session.viewing.tokens_at_cursor)

    def ask_again(self, analysis: Analysis, *, says: bool = True) -> None:
        """Have the query answered from other numbers.

        Args:
            analysis: the answer on screen.
            says: if it cannot be put to them, that is said.
        """
        session = self.session
        if self._search is not None:
            no_match = self._search.ask_again(
                analysis, session.filling.position, session.key, session.measured
            )
            if no_match and says:
                session.say(f"{session.message} {no_match}".strip())

    def say_what_is_missing(self, analysis: Analysis) -> None:
        """Say why the numbers to rank by cannot be had, if the table is open."""
        if self._search is not None and self.board is not None:
            refused = self._search.refused(analysis)
            if refused:
                self.session.say(refused)

    def do_without(self, *columns: Column) -> None:
        """Numbers to rank by cannot be had: rank by layer and head.

        Args:
            columns: those whose numbers are not to be had; none for all.
        """
        if self._search and (not columns or self._search.column in columns):
            self._search.rank_by_place()

    def show(self, column: Column) -> bool:
        """Have the screen that is open show a column's numbers; on the main one the map beside it.

        Returns:
            Whether it did already; on the main screen always, where they are told.
        """
        from tui.session.boards import HeadMapState, HeadsTableState

        board = self.board
        if isinstance(board, HeadsTableState):
            shown = self.search.column is column and board.over is None
            self.search.column, board.over = column, None
            if not shown:
                board.cursor = None
            return shown
        shown = self.map_state.is_shaded_by(column)
        if board is None or isinstance(board, HeadMapState):
            self.map_state.shade_by(column)
        return shown or not isinstance(board, HeadMapState)

    @action
    def open_map(self) -> Iterable[Effect]:
        """Show all heads at once."""
        self.session.need_all_heads()
        self.board = self.map_state
        self.map_state.cursor = self.session.head
        self.session.effects.tell()
        yield Open("map")

    @action
    def open_table(self, asking: bool = False) -> Iterable[Effect]:
        """Show the table of all heads, or ask for some of them."""
        from tui.session.boards import HeadsTableState

        self.session.need_all_heads()
        self.search.like = self.session.head
        self.board = HeadsTableState(self.session.head)
        self.session.effects.tell()
        yield Open("heads", asking)
        yield from self.session.want()

    @action
    def open_focus(self) -> Iterable[Effect]:
        """Show the cursor's token against all heads."""
        from tui.session.boards import TokenFocusState

        self.session.need_all_heads()
        self.board = TokenFocusState(self.session.head, self.session.viewing.tokens_at_cursor)
        yield Open("focus")

    @action
    def change(self, change: Callable[[], object]) -> Iterable[Effect]:
        """Something moved on the screen about all heads that is open."""
        change()
        yield Redraw.BOARD

    @action
    def close(
        self, head: HeadIndex | None = None, cell: CellIndex | None = None
    ) -> Iterable[Effect]:
        """The screen about all heads is closed; go where it led to.

        Args:
            head: the layer and head to open, or None to stay.
            cell: the query and key, as tokens, that the cursor goes to, or None to stay.
        """
        self.board = None
        yield CloseBoard()
        yield from self.session.jobs.forget(MEASURE)
        if head is not None:
            self.session.need_answer()
            self.session.viewing.layer, self.session.viewing.head = head
            if cell is not None:
                units = self.session.viewing.units
                self.session.viewing.put_cursor((units.unit_of(cell[0]), units.unit_of(cell[1])))
        yield Redraw.EVERYTHING

    @action
    def match(self, step: int) -> Iterable[Effect]:
        """Go to the next or previous head that the query asks for."""
        self.session.need_all_heads()
        order = self.order
        goal = self.search.step(order, self.session.head, step)
        self.session.viewing.layer, self.session.viewing.head = goal
        at = order.index(goal) + 1
        self.session.say(f"{at} of {len(order)} heads that meet {visible(self.search.query)}.")
        yield from self.session.show_head()

    @action
    def rank(self, column: Column) -> Iterable[Effect]:
        """Rank the table of heads by a column."""
        from tui.session.boards import HeadsTableState

        self.search.column = column
        yield from self.session.want()
        self.say_what_is_missing(self.session.answer)
        if isinstance(self.board, HeadsTableState):
            self.board.cursor = None
        yield Redraw.BOARD

    @action
    def query_too_long(self) -> Iterable[Effect]:
        """The field of the query is full."""
        from tui.query.context import LONGEST

        raise RequestError(f"A query has at most {LONGEST} characters: write a shorter one.")

    @action
    def find(self, query: str) -> Iterable[Effect]:
        """Ask for heads by a query; one that is wrong changes nothing."""
        from tui.query.grammar import QueryError

        self.session.need_all_heads()
        self.search.wrong = None
        try:
            session = self.session
            self.search.ask(
                query,
                session.answer,
                session.filling.position,
                session.key,
                session.measured,
            )
        except QueryError as error:
            self.search.wrong = error
            raise
        yield Redraw.EVERYTHING

    @action
    def measure_list(self) -> Iterable[Effect]:
        """Show statistics over the list of sentences, or this sentence's numbers again."""
        from tui.session.boards import HeadsTableState

        if not isinstance(self.board, HeadsTableState):
            return
        yield Redraw.EVERYTHING
        jobs, texts = self.session.jobs, self.session.sentences.listed
        if self.board.over or jobs.is_under_way(MEASURE):
            self.board.over = None
            yield from jobs.forget(MEASURE)
        elif self.session.model.only_text is not None:
            raise RequestError("Saved attention is one sentence's: a list needs a model.")
        elif not texts:
            raise RequestError("There is no list yet: a note on a head (a) begins one.")
        else:
            from tui.experiments.list_statistics import MeasureList

            job = MeasureList(texts, self.session.model.name)
            said = "measuring sentences"
            yield from jobs.start(MEASURE, job, said, self._measured)

    def _measured(self, end: JobDone | JobFailed, _: UnderWay) -> None:
        """Statistics over the list are there, or cannot be had."""
        from tui.experiments.list_statistics import ListMeasured
        from tui.session.boards import HeadsTableState

        if isinstance(end, JobFailed):
            self.session.say(end.message)
        elif isinstance(self.board, HeadsTableState):
            assert isinstance(end.result, ListMeasured)
            self.board.over = end.result.statistics
            self.session.say(end.result.said)

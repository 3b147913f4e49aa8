"""What every group of the main screen's actions stands on: the reading, its widgets, its messages.

The actions themselves stand in the files beside this one, one group a file; `MainScreen` joins
them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.screen import Screen

from tui.analysis.wanted import Target, WantedQuantities
from tui.errors import UserError
from tui.messages import AskModel, GiveUp, Remember
from tui.model.worker.protocol import Downloading
from tui.render.shading import ASCII, BLOCKS, Shading
from tui.screens import display
from tui.session.options import Options
from tui.session.reading import Reading
from tui.session.sentences import Sentences
from tui.session.steps import CellIndex, Question
from tui.text import visible
from tui.widgets.grid.attention_grid import AttentionGrid
from tui.widgets.grid.content import GridCell, Looks
from tui.widgets.text.line import Line
from tui.widgets.text.predictions_table import PredictionsTable
from tui.widgets.text.sentence_input import SentenceInput
from tui.widgets.text.status_line import StatusLine

if TYPE_CHECKING:
    from tui.analysis.analysis import ModelInfo
    from tui.session.search import HeadSearch
    from tui.widgets.text.row_bars import RowBars  # only who asks for the list needs it

NOTICE_AFTER = 0.15
"""Seconds after which a pending analysis is announced; most are done by then."""


class ReadingScreen(Screen[None]):
    """Owns what is read (`Reading`) and shows it through its widgets."""

    AUTO_FOCUS: ClassVar[str | None] = None

    def __init__(self, options: Options, sentences: Sentences) -> None:
        super().__init__()
        self._options = options
        self._sentences = sentences
        self._looks = Looks(Shading(ASCII if options.ascii_only else BLOCKS, None, options.depth))
        self._reading = Reading(options.layer or 0, options.head or 0)
        self._heads: HeadSearch | None = None  # which heads are asked for, once some are
        self._question: Question | None = None
        self._field_when_asked = ""
        self._model_name = options.model
        self._only_text: str | None = None  # of saved attention, which knows no other
        self._model_line = options.model
        self._model_note = "loading…"
        self._info: ModelInfo | None = None  # of the model in use
        self._wanted: str | None = None  # the model that was chosen and is not there yet
        self._ask_when_loaded = False  # the sentence, which no model has answered yet
        self._download: Downloading | None = None
        self._message = ""
        self._copies = ""  # what `y` copies while the message stands, if not the readout
        self._said_at = GridCell(0, 0)
        self._bars: RowBars | None = None  # the row as a list, while it is shown
        self._incoming = False  # the list is about who attends to the cursor's key
        self._under_way = ""

    # Widgets

    @property
    def sentence(self) -> SentenceInput:
        """The sentence field."""
        return self.query_one(SentenceInput)

    @property
    def grid(self) -> AttentionGrid:
        """The attention grid."""
        return self.query_one(AttentionGrid)

    @property
    def _cursor(self) -> CellIndex:
        return self.grid.cursor.query, self.grid.cursor.key

    @property
    def _tokens_at_cursor(self) -> CellIndex:
        """The tokens that the cursor stands at, of a word its first."""
        firsts = self._reading.units.firsts
        query, key = self._cursor
        return firsts[min(query, len(firsts) - 1)], firsts[min(key, len(firsts) - 1)]

    @property
    def _noted(self) -> frozenset[tuple[int, int]]:
        """The heads that have notes, layer and head counted from 0."""
        return frozenset()

    @property
    def _search(self) -> HeadSearch:
        """Which heads are asked for; what it stands on is imported when it is first asked."""
        if self._heads is None:
            from tui.session.search import HeadSearch

            self._heads = HeadSearch()
        return self._heads

    @property
    def _mask(self) -> int | None:
        """The position of the mask whose candidates are shown, if there is one."""
        analysis = self._reading.analysis
        return analysis.masks[self._reading.mask] if analysis and analysis.masks else None

    # Asking

    def _ask(self, question: Question) -> None:
        """Ask the model, or say why not; what is on screen stays until the answer is there."""
        if not question.text:
            self.say("There is no text: type a sentence, with [MASK] where a word is wanted.")
            return
        if not question.again:
            self._message = ""
            question = replace(question, wanted=self._wishes(Target()))
        self._question = question
        self._field_when_asked = self.sentence.value
        self.post_message(AskModel(question.text, self._reading.layer, question.wanted))
        self.set_timer(NOTICE_AFTER, self._show_status)
        if question.typed:
            self.post_message(Remember(question.text))

    def _wishes(self, target: Target) -> WantedQuantities:
        """What the view and the ranking of heads need of the model."""
        wanted = self._reading.wish.wanted(target)
        return wanted.joined(self._heads.wanted(target)) if self._heads else wanted

    def _want(self) -> bool:
        """Ask for what is needed and has not come; returns whether there is something to come."""
        if self._question and not self._question.again:
            return True  # its answer brings it along
        analysis, wanted = self._reading.analysis, self._wishes(self._reading.target)
        if analysis is None or analysis.derived.answers(wanted):
            return False
        self._ask(self._reading.asking_again(wanted))
        return True

    def _refuse_what_is_missing(self) -> None:
        """Say why a view cannot be had, and look at the one that can."""
        reading = self._reading
        if reading.analysis is None:
            return
        reason = reading.analysis.derived.missing.get(reading.wish.needs)
        if reason and reading.view is not reading.wish:
            refused = reading.wish.name
            reading.look_at(reading.view)
            self.say(f"{reason} Instead of {refused} there is {reading.view.name}; v: others.")

    def _give_up(self) -> bool:
        """Cancel the request under way; returns whether there was one."""
        if self._question is None:
            return False
        self._question = None
        self.post_message(GiveUp())
        self.say("Cancelled.")
        return True

    def _can(self, change: Callable[[], object]) -> bool:
        """Carry a change out; if it cannot be done, say why and change nothing."""
        if self._reading.analysis is None:
            self.say("There is nothing to show yet: no sentence is analysed.")
            return False
        try:
            change()
        except UserError as error:
            self.say(str(error))
            return False
        self._message = ""
        return True

    # Showing

    def say(self, message: str, *, copies: str = "") -> None:
        """Put a sentence into the status line, until the cursor or the head is moved.

        Args:
            message: the sentence.
            copies: what `y` copies meanwhile, such as a path that the message tells.
        """
        self._message, self._copies, self._said_at = message, copies, self.grid.cursor
        self._show_status()

    def _show(self) -> None:
        """Bring everything but the grid up to date."""
        self.query_one("#model", Line).right = display.model(self._model_line, self._model_note)
        table = self.query_one(PredictionsTable)
        table.content = display.table(self._reading, waiting=not self._message)
        self._show_place(table.size.width)
        self._show_bars()
        self._show_status()

    def _show_place(self, table_width: int) -> None:
        """Say above the grid what it shows; the legend goes before the head's label."""
        line = self.query_one("#place", Line)
        aside = max(table_width, self._bars.size.width if self._bars else 0)
        beside = 0 if self.has_class("-narrow") else aside
        left = display.place(self._reading, beside, self._noted)
        room = self.size.width - 2
        if left.cell_len + display.legend_with_a_number(self._reading, self._looks) > room:
            left = display.place(self._reading, beside, self._noted, labelled=False)
        line.left = left
        line.right = display.legend(self._reading, self._looks, room - left.cell_len)

    def _show_grid(self) -> None:
        self.grid.looks = self._looks
        self.grid.content = display.grid(self._reading)

    def _show_head(self) -> None:
        """Bring everything up to date after another head, scale or view was chosen.

        Of a text over the memory's budget another layer has to be asked for.
        """
        if not self._reading.is_held and self._reading.analysis is not None:
            self._ask(Question(self._reading.analysis.text, self._reading.trail))
        self._show_grid()
        self._show()

    def _show_bars(self) -> None:
        if self._bars:
            content = display.bars(self._reading, self.grid.cursor, self._incoming)
            self._bars.content = content

    def _show_status(self) -> None:
        status = self.query_one(StatusLine)
        hovered = self.grid.hovered
        status.said = "" if hovered else visible(self._message)
        status.left = display.status(
            self._reading, hovered or self.grid.cursor, self.grid.columns_shown
        )
        status.right = display.activity(
            self._question is not None,
            self._model_note,
            self._wanted,
            self._download,
            self._under_way,
        )

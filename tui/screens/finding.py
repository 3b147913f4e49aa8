"""Actions that look at all heads at once, and at what lies behind the weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.analysis.views import View
from tui.render.depth import Depth
from tui.screens.reading_screen import ReadingScreen
from tui.text import visible
from tui.widgets.grid.content import GridCell

if TYPE_CHECKING:  # what all heads need is imported when they are first asked for
    from tui.screens.board import Board, Desk, Opened


class Finding(ReadingScreen):
    """The map, the table, the query, one token against all heads, and the views."""

    def _desk(self) -> Desk:
        from tui.screens.board import Desk

        shading = self._looks.shading
        return Desk(
            self._reading,
            self._search,
            self._tokens_at_cursor,
            shading.glyphs.shades,
            not shading.has_blocks or shading.depth is Depth.NONE,
            self._want,
            self._noted,
            self._sentences.listed,
        )

    async def _open_board(self, board: Board) -> None:
        # Waited for, so that a key right behind this one is the board's.
        await self.app.push_screen(board, self._opened)

    def _opened(self, opened: Opened | None) -> None:
        """Go where a board led to."""
        if opened is None:
            self._show()
            return
        self._go_to_head(opened.head)
        if opened.cell is not None:
            query, key = opened.cell
            units = self._reading.units
            self.grid.cursor = GridCell(units.unit_of(query), units.unit_of(key))

    def _go_to_head(self, head: tuple[int, int]) -> None:
        self._message = ""
        self._reading.layer, self._reading.head = head
        self._show_head()

    async def action_map(self) -> None:
        """Show all heads at once."""
        if self._can(self._reading.check_whole):
            from tui.screens.head_map import MapScreen

            await self._open_board(MapScreen(self._desk()))

    async def action_heads(self, asking: bool = False) -> None:
        """Show the table of all heads, or ask for some of them."""
        if self._can(self._reading.check_whole):
            from tui.screens.heads import HeadsScreen

            await self._open_board(HeadsScreen(self._desk(), asking=asking))

    async def action_focus_token(self) -> None:
        """Show the cursor's token against all heads."""
        if self._can(self._reading.check_whole):
            from tui.screens.focus import FocusScreen

            await self._open_board(FocusScreen(self._desk()))

    def action_match(self, step: int) -> None:
        """Go to the next or previous head that the query asks for."""
        goals: list[tuple[int, int]] = []

        def walk() -> None:
            self._reading.check_whole()
            place = self._reading.layer, self._reading.head
            goals.append(self._search.step(self._desk().order, place, step))

        if self._can(walk):
            order = self._desk().order
            self._go_to_head(goals[0])
            at = order.index(goals[0]) + 1
            self.say(f"{at} of {len(order)} heads that meet {visible(self._search.query)}.")

    # Views

    async def action_view(self) -> None:
        """Choose which numbers are looked at."""
        if self._can(lambda: None):
            from tui.dialogs.views import ViewScreen

            await self.app.push_screen(ViewScreen(self._reading.view), self._look_at)

    def action_view_back(self) -> None:
        """Look at the view before."""
        if self._can(lambda: None):
            self._look_at(self._reading.view_before)

    def _look_at(self, view: View | None) -> None:
        if view is None:
            return
        self._reading.look_at(view)
        self._message = ""
        self._refuse_what_is_missing()
        self._want()
        self._show_head()

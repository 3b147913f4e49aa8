"""Actions on masks: their candidates, filling them in, masking another token, and the way back."""

from __future__ import annotations

from tui.screens.reading_screen import ReadingScreen
from tui.session.steps import CellIndex
from tui.widgets.grid.content import GridCell
from tui.widgets.text.predictions_table import PredictionsTable


class Masking(ReadingScreen):
    """The sentence changes by one token, and can be brought back."""

    def action_turn_mask(self, step: int) -> None:
        """Show the candidates of another mask, and its row."""
        if self._can(lambda: self._reading.turn_mask(step)):
            mask = self._reading.masks[self._reading.mask]
            self.grid.cursor = GridCell(*self._reading.strongest_ordinary(mask))
            self._show()
            self._want()

    def action_choose(self, step: int) -> None:
        """Choose another candidate; where one is filled in, fill the other in."""
        if self._can(lambda: self._reading.choose(self._reading.chosen + step)):
            self._show()
            if self._reading.is_filled:
                self.action_fill()
            else:
                self._want()

    def on_predictions_table_chosen(self, message: PredictionsTable.Chosen) -> None:
        """A click chooses a candidate; a click on the chosen one fills it in."""
        if message.index == self._reading.chosen:
            self.action_fill()
        else:
            self.action_choose(message.index - self._reading.chosen)

    def action_fill(self) -> None:
        """Analyse the sentence with the chosen candidate in it."""
        if self._can(lambda: self._reading.filling(self._cursor)):
            self._ask(self._reading.filling(self._cursor))

    def action_step_back(self) -> None:
        """Show what was there before the last filling or masking."""
        places: list[CellIndex] = []
        if self._can(lambda: places.append(self._reading.step_back())):
            self._give_up()
            assert self._reading.analysis is not None
            self.sentence.show(self._reading.analysis.text)
            self._show_grid()
            self.grid.cursor = GridCell(*places[0])
            self._show()
            self._want()

    def action_mask(self) -> None:
        """Mask the token of the cursor's row, or restore it if that was the last thing done."""
        if self._reading.is_masked_here(self.grid.cursor.query):
            self.action_step_back()
        elif self._can(lambda: self._reading.masking(self._cursor)):
            self._ask(self._reading.masking(self._cursor))

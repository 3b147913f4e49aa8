"""Actions that walk: from head to head, from scale to scale, from sentence to sentence."""

from __future__ import annotations

from tui.screens.reading_screen import ReadingScreen
from tui.session.sentences import example_head
from tui.session.steps import CellIndex, Question
from tui.widgets.grid.content import GridCell


class Walking(ReadingScreen):
    """What is looked at changes; what the model said does not."""

    def action_turn_head(self, step: int) -> None:
        """Next or previous head."""
        if self._can(lambda: self._reading.turn_head(step)):
            self._show_head()

    def action_turn_layer(self, step: int) -> None:
        """Next or previous layer."""
        if self._can(lambda: self._reading.turn_layer(step)):
            self._show_head()

    def action_go_to(self) -> None:
        """Ask which head to go to."""
        if self._can(lambda: None):
            from tui.dialogs.go_to import GoToScreen  # dialogs are not needed for the first frame

            self.app.push_screen(GoToScreen(self._reading), self._went_to)

    def _went_to(self, went: bool | None) -> None:
        if went:
            self._show_head()

    def action_scale(self) -> None:
        """Take the next scale."""
        if self._can(self._reading.next_scale):
            self._show_head()

    def action_words(self) -> None:
        """Join word pieces into words, or take them apart."""
        places: list[CellIndex] = []
        if self._can(lambda: places.append(self._reading.toggle_words(self._cursor))):
            self._show_head()
            self.grid.cursor = GridCell(*places[0])
            self._show()

    def action_block(self) -> None:
        """Look at the next part of a pair of sentences."""
        places: list[CellIndex] = []
        if self._can(lambda: places.append(self._reading.next_block(self._cursor))):
            self._show_head()
            self.grid.cursor = GridCell(*places[0])
            self._show()

    def action_step_sentence(self, step: int) -> None:
        """Analyse the next or previous sentence of the list."""
        text = self._question.text if self._question else self.sentence.value
        text = self._sentences.step(text, step)
        self.sentence.show(text)
        self._open_example(text)
        self._ask(Question(text))

    def _open_example(self, text: str) -> None:
        """On the model that the examples are known for, an example opens on its head."""
        if head := example_head(text, self._model_name):
            self._reading.layer, self._reading.head = head

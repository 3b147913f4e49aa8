"""The table of heads over a list of sentences: each statistic's mean and spread."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tui.analysis.columns import ranked
from tui.analysis.list_statistics import ListStatistics
from tui.errors import ModelError
from tui.evidence.list_process import ListProcess
from tui.lazy import np
from tui.screens.board import Board, Desk, HeadIndex

if TYPE_CHECKING:
    from numpy.typing import NDArray


class OverTheList(Board):
    """Measures the sentences beside the notes in a process of its own, and shows what comes."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._measuring: ListProcess | None = None
        self._over: ListStatistics | None = None  # shown in the place of this sentence's numbers

    def _tell(self) -> None:
        raise NotImplementedError

    def action_list(self) -> None:
        """Show means and spreads over the list of sentences, or this sentence's numbers again."""
        if self._over or self._measuring:
            self._stop_measuring()
            self._over = None
            self.show_numbers()
            return
        model = self.desk.analysis.model
        if model.only_text is not None:
            self.say("Saved attention is one sentence's: a list needs a model.")
        elif not self.desk.listed:
            self.say("There is no list yet: a note on a head (a) begins one.")
        else:
            shape = model.layers, model.heads
            self._measuring = ListProcess(self.desk.listed, model.name, shape)
            self._tell()
            self.run_worker(partial(self._measure, self._measuring), thread=True, group="list")

    def _measure(self, process: ListProcess) -> None:
        over, said = None, ""
        try:
            over = process.run()
        except ModelError as error:
            said = str(error)
        if self.is_attached:  # else the table was closed
            self.app.call_from_thread(self._measured, process, over, said)

    def _measured(self, process: ListProcess, over: ListStatistics | None, said: str) -> None:
        if process is self._measuring:
            self._measuring, self._over = None, over
            self.show_numbers()
            if said:
                self.say(said)

    def _stop_measuring(self) -> None:
        if self._measuring:
            self._measuring.cancel()
            self._measuring = None

    def on_unmount(self) -> None:
        """What is still being measured ends with the table."""
        self._stop_measuring()

    def _over_the_list(
        self, over: ListStatistics, places: list[HeadIndex]
    ) -> tuple[dict[str, NDArray[np.float32]], list[str], list[HeadIndex]]:
        """What the table shows: numbers by column, the columns, and the heads in their order."""
        numbers = {**over.mean, **{f"±{name}": spread for name, spread in over.spread.items()}}
        names = [each for name in over.mean for each in (name, f"±{name}")]
        column = self.desk.search.column
        if column.name in over.mean:
            among = np.zeros(over.mean[column.name].shape, bool)
            among[tuple(np.array(places, dtype=int).reshape(-1, 2).T)] = True
            places = ranked(column, over.mean[column.name], among)
        return numbers, names, places

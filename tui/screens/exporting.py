"""Actions that keep everything: all heads as pictures, and the screen itself."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from tui.errors import SaveError
from tui.screens.reading_screen import ReadingScreen

if TYPE_CHECKING:
    from tui.evidence.export_process import ExportProcess
    from tui.storage.screen_files import ScreenFiles

PROGRESS_EVERY = 0.2
"""Seconds between two words about how far it is: each is sent over the line."""


class Exporting(ReadingScreen):
    """What takes long runs beside the app, says how far it is, and can be stopped."""

    _export: ExportProcess | None = None
    _said_progress = 0.0

    def action_save_all(self) -> None:
        """Save all heads in the absolute scale, and a page of them all."""
        if self._export:
            self.say("All heads are being saved already; ctrl+c stops that.")
        elif self._can(self._reading.check_whole):
            assert self._reading.analysis is not None
            from tui.evidence.export_process import ExportProcess  # not needed for the first frame

            self._export = ExportProcess(self._reading.analysis, self._options.save_folder)
            self._under_way = "saving…"
            self._show_status()
            self.run_worker(partial(self._run, self._export), thread=True, group="export")

    def _run(self, export: ExportProcess) -> None:
        try:
            said = export.run(self._tell)
        except SaveError as error:
            said = str(error)
        self.app.call_from_thread(self._ended, said)

    def _tell(self, done: int, of: int) -> None:
        now = time.monotonic()
        if now - self._said_progress > PROGRESS_EVERY:
            self._said_progress = now
            self.app.call_from_thread(self._progressed, done, of)

    def _progressed(self, done: int, of: int) -> None:
        if self._export:
            self._under_way = f"saving {done} of {of}"
            self._show_status()

    def _ended(self, said: str) -> None:
        self._export, self._under_way = None, ""
        self.say(said, copies=str(self._options.save_folder.expanduser().absolute()))

    def _give_up(self) -> bool:
        """Cancel the request under way, or else the saving."""
        if super()._give_up():
            return True
        if self._export is None:
            return False
        self._export.cancel()
        return True

    def on_unmount(self) -> None:
        """What is still being drawn ends with the app."""
        if self._export:
            self._export.cancel()

    def action_picture(self) -> None:
        """Save the screen as a picture."""
        from tui.storage.screen_files import ScreenFiles
        from tui.terminal.screen_cells import screen_cells

        analysis = self._reading.analysis
        files = ScreenFiles(
            cells=screen_cells(self.app.screen),
            svg=self.app.export_screenshot(title="bertmask-tui"),
            text=analysis.text if analysis else self.sentence.value,
            model=self._model_name,
            layer=self._reading.layer,
            head=self._reading.head,
        )
        self.run_worker(partial(self._save_screen, files), thread=True, group="save")

    def _save_screen(self, files: ScreenFiles) -> None:
        path = ""
        try:
            picture, drawing = files.save(self._options.save_folder)
            path = str(picture)
            said = f"Saved {picture} and {drawing.name}"
        except SaveError as error:
            said = str(error)
        self.app.call_from_thread(partial(self.say, said, copies=path))

"""Actions that keep what is on screen."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tui.errors import SaveError
from tui.screens.reading_screen import ReadingScreen

if TYPE_CHECKING:
    from tui.evidence.pictures import Picture


class Saving(ReadingScreen):
    """Files are written off the event loop: the disk may be slow."""

    def action_save(self) -> None:
        """Save the head on screen as a picture."""
        if self._can(self._reading.check_held):
            from tui.evidence.pictures import Picture  # not needed for the first frame

            picture = Picture.of(self._reading)
            self.run_worker(lambda: self._save(picture), thread=True, group="save")

    def _save(self, picture: Picture) -> None:
        path = ""
        try:
            path = str(picture.save(self._options.save_folder))
            said = f"Saved {path}"
        except SaveError as error:
            said = str(error)
        self.app.call_from_thread(partial(self.say, said, copies=path))

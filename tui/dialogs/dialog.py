"""The base of dialogs: one that has closed closes nothing else."""

from __future__ import annotations

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen, ScreenResultType


class Dialog(ModalScreen[ScreenResultType]):
    """A dialog that returns one answer, the first.

    A key that was still under way when it closed may answer once more; by then another screen
    stands in its place, and Textual would close that. What a handler of such a key needs it keeps
    itself: when it looks, the widgets have been taken off the screen.
    """

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Close with an answer, unless it is closed already."""
        return super().dismiss(result) if self.is_current else AwaitComplete()

    def follow(self) -> None:
        """Offer what there is by now; an answer may have come while it is open."""

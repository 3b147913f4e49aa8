"""The dialog that chooses which numbers are looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from tui.analysis.views import VIEWS, View
from tui.dialogs.dialog import Dialog
from tui.widgets.text.fitting import wrap
from tui.widgets.text.page import Page

_MOVE = Binding.Group("previous / next view")
WIDTH = 86


@dataclass(frozen=True, slots=True)
class ViewShown:
    """The view that is shown, and what its meaning depends on.

    Attributes:
        view: the view.
        has_decoder: the model is an encoder-decoder.
        in_words: word pieces are joined into words.
    """

    view: View
    has_decoder: bool = False
    in_words: bool = False


class ViewDialog(Dialog[View | None]):
    """Offers every view with its formula, and says what the one at hand means.

    Args:
        shown: the one that is shown by now.
    """

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "view", group=_MOVE, id="views-up"),
        Binding("down,j,v", "move(1)", "view", group=_MOVE, id="views-down"),
        Binding("enter", "choose", "choose", id="views-choose", tooltip="look at this"),
        Binding("escape,q,ctrl+c", "dismiss", "close", id="views-close", tooltip="back"),
        Binding("ctrl+q", "app.quit", "quit", show=False, tooltip="leave"),
    ]

    def __init__(self, shown: Callable[[], ViewShown]) -> None:
        super().__init__(classes="views")
        self._shown = shown
        self._at = VIEWS.index(shown().view)

    def compose(self) -> ComposeResult:
        """A page in a frame."""
        with Vertical(id="views"):
            yield Page(id="page")

    def on_mount(self) -> None:
        """Offer the views."""
        self.call_after_refresh(self._draw)

    def on_resize(self) -> None:
        """Break the meaning anew."""
        self.call_after_refresh(self._draw)

    def follow(self) -> None:
        """Say anew what is shown, and what views mean in another model."""
        self._draw()

    def _draw(self) -> None:
        shown = self._shown()
        page = self.query_one(Page)
        width = max(20, page.size.width)
        name = max(len(view.name) for view in VIEWS)
        lines = [Text(" Which numbers are looked at", style="bold"), Text()]
        for place, view in enumerate(VIEWS):
            mark = "▸" if place == self._at else "•" if view is shown.view else " "
            line = Text(f"{mark} {view.name.ljust(name)}  ", style="bold" * (place == self._at))
            lines.append(line.append(view.formula, style="not bold"))
        lines.append(Text())
        view = VIEWS[self._at]
        said = f"{view.explained(has_decoder=shown.has_decoder)} Counted in {view.unit}" + (
            "; each row sums to 1." if view.sums_to_one else "; rows are no distributions."
        )
        if shown.in_words:
            said += f" Words: {view.joining.meaning}."
        lines += [Text(f"  {line}", style="dim") for line in wrap(said, width - 4)]
        lines += [Text(), Text("  ↑↓ choose · enter looks at it · esc closes", style="dim")]
        page.show(lines)

    def action_move(self, step: int) -> None:
        """Go to another view."""
        self._at = (self._at + step) % len(VIEWS)
        self._draw()

    def action_choose(self) -> None:
        """Look at this one."""
        self.dismiss(VIEWS[self._at])

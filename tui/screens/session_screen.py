"""The base of screens over the session: they forward actions to it, and show its state."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from textual.binding import BindingType
from textual.geometry import Size
from textual.screen import Screen

from tui.screens.keys import EVERYWHERE
from tui.session.effects import Effect, Redraw
from tui.text import visible
from tui.widgets.text.key_help import KeyHelp, explain
from tui.widgets.text.too_small import TooSmall

if TYPE_CHECKING:
    from tui.session.session import Session

SMALLEST = (40, 12)
"""Columns and lines without which nothing is of use."""

Perform: TypeAlias = Callable[[Iterable[Effect]], Awaitable[None]]
"""Carries effects out."""


def has_room(size: Size) -> bool:
    """Whether there is room for anything of use."""
    return size.width >= SMALLEST[0] and size.height >= SMALLEST[1]


class SessionScreen(Screen[None]):
    """Shows the session's state, never a copy of it.

    Args:
        session: the session.
        perform: carries its effects out.
        classes: classes of the style sheet.

    Attributes:
        PLACE: what the help calls it.
    """

    BINDINGS: ClassVar[list[BindingType]] = EVERYWHERE
    PLACE: ClassVar[str] = ""

    def __init__(self, session: Session, perform: Perform, *, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self.session = session
        self.perform = perform

    def on_resize(self) -> None:
        """Say so when there is not enough room, instead of breaking."""
        if not self.is_attached:
            return  # it is being closed
        small = not has_room(self.app.size)
        if small and not self.query(TooSmall):
            self.mount(TooSmall(*SMALLEST))
        elif not small:
            self.query(TooSmall).remove()

    async def action_do(self, name: str, first: object = None, second: object = None) -> None:
        """Tell the session of an action by its name, such as `looking.turn_head`.

        Args:
            name: the part of the session and its method.
            first: its first argument, if it has any; Textual passes no more than there are named.
            second: its second argument, if it has two.
        """
        arguments = (one for one in (first, second) if one is not None)
        await self.perform(attrgetter(name)(self.session)(*arguments))

    # The keys of every screen

    @property
    def to_copy(self) -> tuple[str, str]:
        """The readout of what is at hand, and the list that is shown; each empty if there is none.

        The list is what `y` copies, where there is one.
        """
        return "", ""

    @property
    def told_so_far(self) -> tuple[str, ...]:
        """How far what is measured here has come before its end, a sentence each."""
        return self.session.told_so_far

    @property
    def about_list(self) -> Sequence[str] | None:
        """The sentences on what the numbers of the list are; None of a list without numbers."""
        return None

    async def action_copy(self) -> None:
        """Copy what is told here, or the list below everything that its reader must know."""
        readout, rows = self.to_copy
        about = self.about_list
        if rows and about is not None and self.session.analysis is not None:
            known = (self._of, *about, *self._told)
            rows = "\n".join([*(f"# {visible(one)}" for one in known), rows])
        await self.perform(self.session.keeping.copy(readout, rows))

    @property
    def _of(self) -> str:
        """Which sentence of which model this screen is about, or which two runs."""
        answer, b = self.session.answer, self.session.comparing.b
        if b is None:
            return f"{answer.model.name}: {answer.text}"
        return f"A, {answer.model.name}: {answer.text} B, {b.model.name}: {b.text}"

    @property
    def _told(self) -> Sequence[str]:
        """Everything that whoever sees this must be told, a sentence each."""
        session = self.session
        comparison = session.comparing.comparison
        told = session.analysis.told if session.analysis else ()
        return (*(comparison.told if comparison else told), *self.told_so_far)

    async def action_help(self) -> None:
        """Explain the keys, those of this screen first."""
        await self.perform(self.session.looking.open_help(self.PLACE))

    def action_picture(self) -> None:
        """Save the screen as a picture, once it shows what the keys before have changed."""
        self.call_after_refresh(self._save_picture)

    async def _save_picture(self) -> None:
        if not has_room(self.app.size):
            return  # there is nothing to be seen
        from tui.evidence.screen_picture import ScreenPicture
        from tui.terminal.screen_cells import screen_cells

        cells = screen_cells(self.app.screen)
        if not any(cells):
            # It is just being opened: it has no size, or no lines yet.
            self.app.screen.call_after_refresh(self._save_picture)
            return
        session = self.session
        comparison = session.comparing.comparison
        picture = ScreenPicture(
            cells=cells,
            svg=self.app.export_screenshot(title="bertmask-tui"),
            text=session.analysis.text if session.analysis else session.field(),
            model=session.model.name,
            layer=session.viewing.layer,
            head=session.viewing.head,
            told=tuple(self._told),
            beside=comparison.b.analysis if comparison else None,
        )
        await self.perform(
            session.keeping.save_screen(partial(picture.save, session.options.save_folder))
        )

    def show(self, what: Redraw) -> None:
        """Bring the screen up to date with the session.

        Args:
            what: how much of it may have changed.
        """
        raise NotImplementedError


def keys_of(screen: SessionScreen) -> tuple[list[KeyHelp], list[KeyHelp]]:
    """The keys that a screen's line at the bottom has, and those of them that it always has."""
    keys = [key for key in explain(screen.BINDINGS) if key.shown]
    always = [key for key in explain(EVERYWHERE) if key.short == "help"]
    return [*keys, *(key for key in explain(EVERYWHERE) if key.shown and key not in always)], always

"""The base of screens over the session: they forward actions to it, and show its state."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

from textual.geometry import Size
from textual.screen import Screen

from tui.session.effects import Effect, Redraw
from tui.widgets.text.too_small import TooSmall

if TYPE_CHECKING:
    from tui.model.hub.catalogue import CachedModel
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
    """

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

    def show(self, what: Redraw) -> None:
        """Bring the screen up to date with the session.

        Args:
            what: how much of it may have changed.
        """
        raise NotImplementedError


@runtime_checkable
class ListsModels(Protocol):
    """A dialog that offers the models of the hub's cache, once they are known."""

    def take(self, models: Sequence[CachedModel]) -> None:
        """Offer these models."""

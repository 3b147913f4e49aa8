"""Events: methods that yield effects. Their errors are told; the place they lead to is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Protocol, TypeVar

from tui.errors import UserError
from tui.session.effects import Effect, KeepPlace, Open, Redraw

if TYPE_CHECKING:
    from tui.session.session import Session


class OfSession(Protocol):
    """The session, or a part of it."""

    @property
    def session(self) -> Session:
        """The session."""


P = ParamSpec("P")
S = TypeVar("S", bound=OfSession)


def event(
    rule: Callable[Concatenate[S, P], Iterable[Effect]],
) -> Callable[Concatenate[S, P], list[Effect]]:
    """Something that happened: an answer came, a file was written, time went by."""
    return _event(rule, clears=False)


def action(
    rule: Callable[Concatenate[S, P], Iterable[Effect]],
) -> Callable[Concatenate[S, P], list[Effect]]:
    """Something that the person did: they have read what was said before."""
    return _event(rule, clears=True)


def _event(
    rule: Callable[Concatenate[S, P], Iterable[Effect]], *, clears: bool
) -> Callable[Concatenate[S, P], list[Effect]]:
    """A method that carries a rule out and returns its effects, in an order that can be relied on.

    A `UserError` is told to the person, and what was changed before it stays. What is redrawn is
    redrawn once, when everything else is under way; a screen opens last. If where the reader is
    has changed, it is kept.
    """

    @wraps(rule)
    def handled(part: S, /, *args: P.args, **kwargs: P.kwargs) -> list[Effect]:
        session = part.session
        said = session.message
        if clears:
            session.say("")
        effects: list[Effect] = []
        try:
            for effect in rule(part, *args, **kwargs):
                effects.append(effect)  # noqa: PERF402 - those before an error count
        except UserError as error:
            session.say(str(error))
        redraws = [effect for effect in effects if isinstance(effect, Redraw)]
        if session.message != said:
            redraws.append(Redraw.STATUS)
        opens = [effect for effect in effects if isinstance(effect, Open)]
        effects = [effect for effect in effects if not isinstance(effect, Redraw | Open)]
        if (place := session.place_to_keep()) is not None:
            effects.append(KeepPlace(place))
        if redraws:
            effects.append(max(redraws))
        return effects + opens

    return handled


class Part:
    """A part of the session, with a state and events of its own.

    Attributes:
        session: the session.
    """

    def __init__(self, session: Session) -> None:
        self.session = session

"""The screens and dialogs that the session opens, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from textual.screen import Screen

from tui.session.effects import Open
from tui.text import visible

if TYPE_CHECKING:
    from tui.analysis.views import View
    from tui.dialogs.model_picker import KnownModels
    from tui.screens.session_screen import Perform
    from tui.session.session import Session

Opened: TypeAlias = tuple[Screen[Any], Callable[[Any], Any] | None]
"""A screen, and what is called with the value that it returns."""


def opened(effect: Open, session: Session, perform: Perform) -> Opened:
    """Make a screen; each is imported when it is first opened.

    Args:
        effect: which one.
        session: what it shows, or is about.
        perform: carries out the effects of its answer.
    """
    return _SCREENS[effect.name](effect.argument, session, perform)


def _map(_: object, session: Session, perform: Perform) -> Opened:
    from tui.screens.head_map import MapScreen

    return MapScreen(session, perform), None


def _heads(asking: object, session: Session, perform: Perform) -> Opened:
    from tui.screens.heads import HeadsScreen

    return HeadsScreen(session, perform, asking=bool(asking)), None


def _focus(_: object, session: Session, perform: Perform) -> Opened:
    from tui.screens.focus import FocusScreen

    return FocusScreen(session, perform), None


def _help(place: object, session: Session, perform: Perform) -> Opened:
    from tui.screens.help import HelpScreen

    return HelpScreen(session, perform, str(place)), None


def _go_to(_: object, session: Session, perform: Perform) -> Opened:
    from tui.dialogs.go_to import GoToDialog

    async def chosen(head: tuple[int, int] | None) -> None:
        if head is not None:
            await perform(session.looking.go_to(*head))

    def shape() -> tuple[int, int]:
        model = session.viewing.answer.model
        return model.layers, model.heads

    here = session.viewing.layer + 1, session.viewing.head + 1
    return GoToDialog(here, shape, session.viewing.check_head), chosen


def _own_word(_: object, session: Session, perform: Perform) -> Opened:
    from tui.dialogs.own_word import OwnWordDialog

    async def chosen(word: str | None) -> None:
        if word is not None:
            await perform(session.own_word.score(word))

    return OwnWordDialog(), chosen


def _views(_: object, session: Session, perform: Perform) -> Opened:
    from tui.dialogs.views import ViewDialog, ViewShown

    async def chosen(view: View | None) -> None:
        if view is not None:
            await perform(session.looking.look_at(view))

    def shown() -> ViewShown:
        viewing = session.viewing
        return ViewShown(viewing.view, viewing.answer.model.has_decoder, viewing.words)

    return ViewDialog(shown), chosen


def _models(_: object, session: Session, perform: Perform) -> Opened:
    from tui.dialogs.model_picker import ModelPicker

    async def chosen(name: str | None) -> None:
        if name:
            await perform(session.models.use_model(name))

    return ModelPicker(lambda: _known_models(session, session.model.name)), chosen


def _known_models(session: Session, current: str) -> KnownModels:
    from tui.dialogs.model_picker import KnownModels

    return KnownModels(current, session.models.cached, session.options.offline)


def _compare(_: object, session: Session, perform: Perform) -> Opened:
    from tui.dialogs.compare import Comparable, Compared, ComparePicker

    async def chosen(compared: Compared | None) -> None:
        if compared is not None:
            await perform(session.comparing.choose(compared))

    def known() -> Comparable:
        answer, filling = session.answer, session.filling
        return Comparable(
            fillers=[(one.id, visible(one.label)) for one in filling.candidates],
            mask=filling.mask,
            chosen=filling.chosen,
            is_cut=bool(answer.interventions),
            sentences=session.sentences.others(answer.text),
            models=_known_models(session, answer.model.name),
            before=session.comparing.before,
        )

    return ComparePicker(known), chosen


def _note(_: object, session: Session, perform: Perform) -> Opened:
    from tui.screens.note import NoteScreen

    return NoteScreen(session, perform), None


def _lens(_: object, session: Session, perform: Perform) -> Opened:
    from tui.screens.lens import LensScreen

    return LensScreen(session, perform), None


def _arrows(_: object, session: Session, perform: Perform) -> Opened:
    from tui.screens.arrows import ArrowsScreen

    return ArrowsScreen(session, perform), None


def _alignment(_: object, session: Session, perform: Perform) -> Opened:
    from tui.screens.alignment import AlignmentScreen

    return AlignmentScreen(session, perform), None


def _residual(_: object, session: Session, perform: Perform) -> Opened:
    from tui.screens.residual import ResidualScreen

    return ResidualScreen(session, perform), None


def _smallest_set(_: object, session: Session, perform: Perform) -> Opened:
    from tui.screens.smallest_set import SmallestSetScreen

    return SmallestSetScreen(session, perform), None


_SCREENS: dict[str, Callable[[object, Session, Perform], Opened]] = {
    "map": _map,
    "heads": _heads,
    "focus": _focus,
    "help": _help,
    "go-to": _go_to,
    "own-word": _own_word,
    "views": _views,
    "models": _models,
    "compare": _compare,
    "note": _note,
    "lens": _lens,
    "arrows": _arrows,
    "alignment": _alignment,
    "residual": _residual,
    "smallest-set": _smallest_set,
}

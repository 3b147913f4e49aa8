"""Effects: all that the session may ask of whoever runs it. Plain data; none of them decides."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from tui.analysis.interventions import NONE

if TYPE_CHECKING:
    from tui.analysis.interventions import Interventions
    from tui.analysis.wanted import WantedQuantities
    from tui.model.worker.jobs import Job
    from tui.storage.kept_place import KeptPlace


class Redraw(IntEnum):
    """Screens are to show the session as it is now; a larger one includes the smaller."""

    STATUS = 1
    """The status line alone."""

    CURSOR = 2
    """The cursor, and what is said of the cell under it."""

    BOARD = 3
    """The screen about all heads that is open."""

    EVERYTHING = 4
    """All of it."""


class RedrawLater(NamedTuple):
    """The status line is to be shown anew in some seconds: by then there may be news."""

    seconds: float


class Ask(NamedTuple):
    """The model is to be asked about a text; `Session.asked` is told the request's number.

    An answer that is still awaited is no longer wanted.
    """

    text: str
    layer: int
    wanted: WantedQuantities
    interventions: Interventions = NONE


class GiveUp(NamedTuple):
    """The answer that is awaited is no longer wanted."""


class LoadModel(NamedTuple):
    """Another model is wanted; one that is still loading is not."""

    name: str


class GiveUpModel(NamedTuple):
    """The model that is loading is no longer wanted."""


class ListModels(NamedTuple):
    """The models of the hub's local cache are to be listed."""


class RunJob(NamedTuple):
    """The worker is to run a job; `Session.job_started` is told its number.

    Attributes:
        kind: what the session calls it.
        job: the job, as the worker's protocol takes it.
    """

    kind: str
    job: Job


class GiveUpJob(NamedTuple):
    """The worker is to give a job up."""

    number: int


class Write(NamedTuple):
    """Something is to be written to a disk, or read from one, that may be slow.

    Attributes:
        run: does it, in the writer's thread.
        then: the event that the result, or the error, is; it yields effects.
        instead_of: one of the same name that still waits is not written any more.
        can_wait: it can be made again: where the program is left, what cannot goes first.
        before_keys: keys that come behind it are meant for what it opens, and wait, not for long.
    """

    run: Callable[[], Any]
    then: Callable[[Any], list[Effect]] | None = None
    instead_of: str = ""
    can_wait: bool = False
    before_keys: bool = False


class KeepPlace(NamedTuple):
    """Where the reader is has changed, and is to be kept a moment after the last of many moves."""

    place: KeptPlace


class ShowSentence(NamedTuple):
    """The sentence field is to show a text."""

    text: str


class FocusSentence(NamedTuple):
    """Keys are meant for the sentence field."""


class FocusGrid(NamedTuple):
    """Keys are meant for the grid."""


class Copy(NamedTuple):
    """A text goes to the clipboard at the other end."""

    text: str


class UseTheme(NamedTuple):
    """The interface's colours.

    Attributes:
        contrast: those of high contrast, not the usual ones.
        light: those on a light ground.
    """

    contrast: bool
    light: bool = False


class Open(NamedTuple):
    """A screen or a dialog is to be opened over the one on screen.

    Attributes:
        name: which; `tui.screens.opening` knows them all.
        argument: what it is told.
    """

    name: str
    argument: object = None


class CloseBoard(NamedTuple):
    """The screen about all heads that is open is to be closed, and what lies over it."""


class Skip(NamedTuple):
    """The key means nothing here: somebody else may take it."""


Effect: TypeAlias = (
    Redraw
    | RedrawLater
    | Ask
    | GiveUp
    | LoadModel
    | GiveUpModel
    | ListModels
    | RunJob
    | GiveUpJob
    | Write
    | KeepPlace
    | ShowSentence
    | FocusSentence
    | FocusGrid
    | Copy
    | UseTheme
    | Open
    | CloseBoard
    | Skip
)

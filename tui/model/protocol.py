"""What the app and the model's process say to each other. Plain data: neither torch nor textual."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from tui.attention.wants import NOTHING_MORE, Wants

if TYPE_CHECKING:  # numpy is imported when the first analysis arrives, not before the first frame
    from tui.model.analysis import Analysis, ModelInfo


@dataclass(frozen=True, slots=True)
class Load:
    """Load a model; the one before is kept until then, and if this one cannot be had.

    Attributes:
        name: `embedded`, a folder or a hub name.
        offline: never use the network.
    """

    name: str
    offline: bool


@dataclass(frozen=True, slots=True)
class Analyze:
    """Analyse a text.

    Attributes:
        id: a number that the answer carries; a later request has a larger one.
        text: what to analyse.
        top_k: how many candidates each mask gets.
        wants: what is wanted beyond the attention weights.
    """

    id: int
    text: str
    top_k: int
    wants: Wants = NOTHING_MORE


@dataclass(frozen=True, slots=True)
class Cancel:
    """Give up every analysis up to this number."""

    id: int


Request: TypeAlias = Load | Analyze | Cancel


@dataclass(frozen=True, slots=True)
class Loaded:
    """The model is ready."""

    info: ModelInfo


@dataclass(frozen=True, slots=True)
class LoadFailed:
    """The model cannot be had; `message` is a sentence for the user."""

    name: str
    message: str


@dataclass(frozen=True, slots=True, eq=False)
class Analyzed:
    """The answer to the request with this number."""

    id: int
    analysis: Analysis


@dataclass(frozen=True, slots=True)
class Failed:
    """The request with this number has no answer; `message` is a sentence for the user."""

    id: int
    message: str


@dataclass(frozen=True, slots=True)
class GaveUp:
    """The request with this number was cancelled before it was done."""

    id: int


@dataclass(frozen=True, slots=True)
class Died:
    """The model's process is gone; `message` is a sentence for the user.

    Said by the client, never sent.

    Attributes:
        message: what happened and what comes next.
        restarted: a fresh process is loading the model already.
    """

    message: str
    restarted: bool


Event: TypeAlias = Loaded | LoadFailed | Analyzed | Failed | GaveUp | Died

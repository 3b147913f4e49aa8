"""Requests to the model's process, and its events. Plain data: neither torch nor textual.

Named tuples, since the first frame waits for these classes: a frozen dataclass takes eight times as
long to make.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from tui.analysis.interventions import NONE, Interventions
from tui.analysis.wanted import WEIGHTS_ALONE, WantedQuantities
from tui.model.names import AUTO, FLOAT32

if TYPE_CHECKING:  # numpy is imported when the first analysis arrives, not before the first frame
    from tui.analysis.analysis import Analysis, ModelInfo
    from tui.model.hub.catalogue import CachedModel
    from tui.model.worker.jobs import Job


class Load(NamedTuple):
    """Load a model; the one before is kept until then, and if this one cannot be had.

    Attributes:
        id: a number that the answer carries; a later request has a larger one.
        name: `embedded`, a folder or a hub name.
        offline: never use the network.
        device: where it computes.
        dtype: the numbers it computes with.
    """

    id: int
    name: str
    offline: bool = False
    device: str = AUTO
    dtype: str = FLOAT32


class CancelLoad(NamedTuple):
    """Give up every load up to this number."""

    id: int


class ListCachedModels(NamedTuple):
    """Say which models the hub's local cache holds."""


class Analyze(NamedTuple):
    """Analyse a text.

    Attributes:
        id: a number that the answer carries; a later request has a larger one.
        text: what to analyse.
        top_k: how many candidates each mask gets.
        layer: the layer, counted from 0, that is held if not all can be.
        wanted: what is wanted beyond the attention weights.
        interventions: what is changed inside the model while it runs.
    """

    id: int
    text: str
    top_k: int
    layer: int = 0
    wanted: WantedQuantities = WEIGHTS_ALONE
    interventions: Interventions = NONE


class Cancel(NamedTuple):
    """Give up every analysis up to this number."""

    id: int


class StartJob(NamedTuple):
    """Run a job with the model that is loaded, beside the answers to everything else.

    Attributes:
        id: a number that every event about the job carries; a later job has a larger one. Jobs
            have numbers of their own.
        job: what is to be done; its type decides what runs it.
    """

    id: int
    job: Job


class CancelJob(NamedTuple):
    """Give this job up before its next step."""

    id: int


Request: TypeAlias = Load | CancelLoad | ListCachedModels | Analyze | Cancel | StartJob | CancelJob


class Loaded(NamedTuple):
    """The model is ready."""

    id: int
    info: ModelInfo


class LoadFailed(NamedTuple):
    """The model cannot be had; `message` is a sentence for the user, empty if it was cancelled."""

    id: int
    name: str
    message: str


class Downloading(NamedTuple):
    """How far the download of a model is.

    Attributes:
        id: the load's number.
        name: the model.
        done: bytes that are there.
        total: bytes of all files.
        rate: bytes a second, lately; 0 while nothing comes.
    """

    id: int
    name: str
    done: int
    total: int
    rate: float


class StartingTorch(NamedTuple):
    """An answer waits for torch, which is being imported for it, and has waited for so long."""

    seconds: float


class TakingMeans(NamedTuple):
    """An answer waits for the means that heads are cut to: so many sentences are done."""

    done: int
    of: int


class ModelList(NamedTuple):
    """The models that the hub's local cache holds whole."""

    models: tuple[CachedModel, ...]


class Analyzed(NamedTuple):
    """The answer to the request with this number."""

    id: int
    analysis: Analysis


class Failed(NamedTuple):
    """The request with this number has no answer; `message` is a sentence for the user."""

    id: int
    message: str


class GaveUp(NamedTuple):
    """The request with this number was cancelled before it was done."""

    id: int


class JobProgress(NamedTuple):
    """How far a job is: so many of its steps are done."""

    id: int
    done: int
    of: int


class JobSoFar(NamedTuple):
    """The part of a job's result that is known already; a later one takes its place.

    Attributes:
        id: the job's number.
        result: what the job's runner has told last, of the kind of its result.
    """

    id: int
    result: object


class JobDone(NamedTuple):
    """The job with this number is done.

    Attributes:
        id: the job's number.
        result: what the job's runner returned.
    """

    id: int
    result: object


class JobFailed(NamedTuple):
    """The job has no result; `message` is a sentence for the user, empty if it was cancelled."""

    id: int
    message: str


class Died(NamedTuple):
    """The model's process is gone, or there is none; `message` is a sentence for the user.

    Said by the client, never sent.

    Attributes:
        message: what happened and what comes next.
        restarted: a fresh process is loading the model already.
    """

    message: str
    restarted: bool


Event: TypeAlias = (
    Loaded
    | LoadFailed
    | Downloading
    | StartingTorch
    | TakingMeans
    | ModelList
    | Analyzed
    | Failed
    | GaveUp
    | JobProgress
    | JobSoFar
    | JobDone
    | JobFailed
    | Died
)

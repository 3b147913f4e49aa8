"""The protocol of engines: tokens and wishes in; attention, values, hidden states, logits out.

An engine runs one masked language model. Two stand behind this protocol: torch, which runs any
family and can do everything (`torch_engine/`), and numpy, which runs the plain BERT encoder without
torch (`numpy_engine/`). Whoever asks does not know which of them answers: all numbers that go in
and come out are numpy's, and equal to 1e-5.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np

from tui.analysis.wanted import Quantity, Target

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.analysis.analysis import Attention
    from tui.analysis.derived import TransformedValues
    from tui.analysis.interventions import CutArrow

NO_RESIDUALS = (
    "What goes into the layers of this kind of model cannot be replaced, so that nothing can be "
    "transplanted between them; transplant heads, or choose another model."
)
"""Of an engine that cannot reach a model's layers."""

Inputs: TypeAlias = Mapping[str, Sequence[int]]
"""A text as a model takes it, a number a token under each name; `input_ids` is always there."""


def new_array(shape: tuple[int, ...]) -> Attention:
    """A float32 array of this shape; what is in it is anybody's guess."""
    return np.empty(shape, dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Gate:
    """A change of what one head gives on: its output o becomes scale · o + offset.

    The output of a head is its weighted values, `[query, head size]`, before the output projection.

    Attributes:
        layer: counted from 0.
        head: counted from 0.
        scale: 1 leaves the output as it is, 0 cuts it.
        offset: what is added in its place, `[query, head size]` or `[head size]`; None for nothing.
        queries: the tokens at which the output is changed, each once; `offset` has rows for these
            alone. None for all.
    """

    layer: int
    head: int
    scale: float = 1.0
    offset: NDArray[np.float32] | None = None
    queries: Sequence[int] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Residual:
    """A layer gets something else at one token.

    Attributes:
        layer: counted from 0.
        token: the position of the token.
        vector: what goes in, `[hidden size]`.
    """

    layer: int
    token: int
    vector: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class EngineRow:
    """One text of a forward pass.

    Attributes:
        inputs: what the model takes.
        asked: the positions at which logits are wanted.
        attention: the array to be filled with attention weights, `[layer, head, query, key]`; it
            begins with the layer that the question calls the first. One of no layers,
            `[0, head, query, key]`, keeps nothing.
        gates: the heads whose output is changed, each at most once.
        arrows: the attention weights that are cut after the softmax; what is recorded is what is
            left.
        residuals: what is replaced on its way into a layer, each place at most once.
        hidden: where the pass starts inside the model, what goes into that layer,
            `[token, hidden size]`, as the row's own pass has it there; what is replaced in that
            layer is replaced in it.
        hidden_at: the positions whose hidden states are wanted, where the question wants any; None
            for all.
    """

    inputs: Inputs
    asked: Sequence[int]
    attention: Attention
    gates: Sequence[Gate] = ()
    arrows: Sequence[CutArrow] = ()
    residuals: Sequence[Residual] = ()
    hidden: NDArray[np.float32] | None = None
    hidden_at: Sequence[int] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class EngineQuestion:
    """One forward pass, of one text or of several together.

    Attributes:
        rows: the texts; shorter ones are padded.
        cancelled: asked before each layer; once it is true, `Cancelled` is raised.
        allocate: makes the float32 arrays of an answer that are as large as the attention.
        first: the layer that the arrays for attention begin with, counted from 0.
        start: the layer that the pass starts with, counted from 0, from the rows' hidden states.
            It saves time and changes no answer: an engine that cannot start inside runs the whole
            pass. Nothing is promised of what lies below.
        values: the transformed values are wanted.
        hidden: the hidden states are wanted.
        outputs: the heads' outputs are wanted, after the gates.
        gradient: the candidate towards whose log probability attention × gradient is wanted; its
            mask counts among the row's `asked` positions.
        margin: with the gradient, that of the candidate's lead over its runner-up.
        margin_products: with the margin, that of each attention weight too.
    """

    rows: Sequence[EngineRow]
    cancelled: Callable[[], bool] = lambda: False
    allocate: Callable[[tuple[int, ...]], Attention] = new_array
    first: int = 0
    start: int = 0
    values: bool = False
    hidden: bool = False
    outputs: bool = False
    gradient: Target | None = None
    margin: bool = False
    margin_products: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class EngineGradient:
    """The gradient of one row.

    Attributes:
        target: the candidate, its token always given.
        products: A ⊙ ∂ log p/∂A, `[layer, head, query, key]`, in nats.
        margin: the sums of A ⊙ ∂ lead/∂A over each head, `[layer, head]`, in logits; None if it was
            not wanted.
        runner_up: the token that the lead is over; None likewise.
        margin_products: A ⊙ ∂ lead/∂A, `[layer, head, query, key]`, in logits; None likewise.
    """

    target: Target
    products: NDArray[np.float32]
    margin: NDArray[np.float32] | None = None
    runner_up: int | None = None
    margin_products: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class EngineAnswer:
    """The answer to one row, but for the attention weights, which lie in the row's array.

    Attributes:
        logits: `[asked position, vocabulary]`, float32.
        values: the vectors that attention weighs, if they were wanted and can be had.
        hidden: the hidden states, `[layer + 1, token, hidden size]`, of the tokens at which the row
            wants them, in that order: the embeddings, and what each layer gives, before a norm that
            stands behind the last of them, and before anything is replaced on the way into the
            next; None if they were not wanted, or the model does not report them.
        outputs: the heads' outputs after the gates, `[layer, head, query, head size]`; None
            likewise.
        gradient: None if it was not wanted or cannot be had.
        missing: what was wanted and cannot be had, with the reason in a sentence.
    """

    logits: NDArray[np.float32]
    values: TransformedValues | None = None
    hidden: NDArray[np.float32] | None = None
    outputs: NDArray[np.float32] | None = None
    gradient: EngineGradient | None = None
    missing: Mapping[Quantity, str] = field(default_factory=dict)


class Engine(Protocol):
    """Runs one masked language model."""

    @property
    def shape(self) -> EngineShape:
        """The facts about the model that are needed to ask it."""

    @property
    def can_start_inside(self) -> bool:
        """Whether a pass that starts above the first layer leaves out what is below."""

    def run(self, question: EngineQuestion) -> Sequence[EngineAnswer]:
        """Carry out a forward pass, and fill the rows' arrays.

        Raises:
            Cancelled: it was given up.
            ModelError: the model's attention cannot be recorded, or its heads or what goes into
                its layers cannot be changed.
        """

    def score(self, hidden: NDArray[np.float32]) -> NDArray[np.float32]:
        """The logits that the model's own masked-LM head makes of hidden states.

        Args:
            hidden: `[n, hidden size]`, as `EngineAnswer.hidden` has them, of whatever layer.

        Returns:
            Logits, `[n, vocabulary]`, float32; of the last layer those that `run` gives.

        Raises:
            ModelError: the head cannot be asked alone, or memory ran out.
        """


@dataclass(frozen=True, slots=True)
class EngineShape:
    """The facts about a model that are needed to ask it.

    Attributes:
        type: the model type of its configuration, such as `bert`.
        layers: how many layers have attention; of an encoder-decoder, the encoder's.
        heads: how many heads each of them has.
        embeddings: for how many tokens there are embeddings: their numbers are less than that.
        positions: the longest input, special tokens included, as far as the model goes.
        takes: the names of what it takes, `input_ids` among them.
        segments: how many sentences its embeddings tell apart; 0 where it has none to tell apart.
        has_decoder: it is an encoder-decoder.
        windows: for each layer how many tokens to each side its window holds, or 0 for all tokens;
            empty where no layer has a window.
    """

    type: str
    layers: int
    heads: int
    embeddings: int
    positions: int
    takes: frozenset[str]
    segments: int = 0
    has_decoder: bool = False
    windows: tuple[int, ...] = ()

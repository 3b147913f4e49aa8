"""The lens: what the mask's row would predict after each layer, read by the model's own head.

The head was trained to read what the last layer gives; here it reads what every layer gives, as if
the model ended there (nostalgebraist 2020, the logit lens). At the last layer that is the model's
own answer. In the middle it is a hint and no measurement: those layers were never trained to be
read so, and a lens that is trained for each layer reads otherwise (Belrose et al. 2023).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.analysis.interventions import NONE, Interventions
from tui.analysis.ranking import best_places, rank_of, softmax
from tui.errors import Cancelled, ModelError, RequestError
from tui.lazy import np
from tui.text import MASK, visible

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.analysis.analysis import Attention
    from tui.model.language_model import LanguageModel
    from tui.model.tokenizing.encoding import Encoded

WORTH = (
    "Exact at the last layer; the layers before it were never trained to be read so, and ranks "
    "need not fall steadily."
)
"""What the lens is worth: whoever shows its numbers says this."""

AT_ONCE = 128
"""Rows that the head reads together: of a large vocabulary they take 100 MB of logits."""

OFF = 0.01
"""How far the head's logits at the last layer may be from the model's own, of the largest of them:
numbers of 16 bits round to 0.4 %."""

NOT_ITS_OWN = (
    "Read by its head, the last layer of this model does not give the model's own answer, so that "
    "no layer can be read so; choose another model."
)


@dataclass(frozen=True, slots=True)
class LensCandidate:
    """A word piece that the head reads in a layer.

    Attributes:
        id: its number in the vocabulary.
        label: the piece as people read it.
        probability: softmax over the whole vocabulary, 0..1.
        token: the piece in the model's own form.
    """

    id: int
    label: str
    probability: float
    token: str


@dataclass(frozen=True, slots=True)
class LensLayer:
    """The mask's row after one layer.

    Attributes:
        layer: how many layers it has gone through: 0 are the embeddings.
        candidates: the best word pieces, most probable first.
        probability: the chosen candidate's.
        rank: the chosen candidate's among the whole vocabulary, 1 the best.
    """

    layer: int
    candidates: tuple[LensCandidate, ...]
    probability: float
    rank: int


@dataclass(frozen=True, slots=True, eq=False)
class LensCells:
    """The best word piece of every token after every layer.

    Attributes:
        tokens: the tokens as people read them.
        words: the best word piece, by layer and token; layer 0 are the embeddings.
        probabilities: its probability, `[layer + 1, token]`.
    """

    tokens: tuple[str, ...]
    words: tuple[tuple[str, ...], ...]
    probabilities: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Lens:
    """A run as the head reads it, layer by layer.

    Attributes:
        text: the text as analysed.
        model: the model's name.
        mask: which of the text's masks is read, counted from 0.
        position: the mask's place among the tokens.
        masks: how many masks there are.
        chosen: the candidate that is followed through the layers, with its probability at the last.
        layers: the mask's row after each layer, the embeddings first.
        cells: all tokens' rows, if they were wanted.
        told: everything that whoever reads this must be told, a sentence each.
    """

    text: str
    model: str
    mask: int
    position: int
    masks: int
    chosen: LensCandidate
    layers: tuple[LensLayer, ...]
    cells: LensCells | None = None
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadLens:
    """Read the layers of one text.

    Attributes:
        text: the text.
        model: the model's name.
        mask: which of its masks, counted from 0.
        token: the candidate to be followed, by its number in the vocabulary; None for the first.
        top_k: how many candidates each layer has.
        interventions: what is changed inside the model while it runs.
        every_token: all tokens' rows are wanted too.
    """

    text: str
    model: str
    mask: int = 0
    token: int | None = None
    top_k: int = 3
    interventions: Interventions = NONE
    every_token: bool = False


def read_lens(
    job: ReadLens,
    model: LanguageModel,
    *,
    allocate: Callable[[tuple[int, ...]], Attention] | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Lens:
    """Run the job of a lens; args and errors are those of `lens`, `allocate` is not needed."""
    return lens(
        model, job.text, mask=job.mask, token=job.token, top_k=job.top_k,
        interventions=job.interventions, every_token=job.every_token, progress=progress,
        cancelled=cancelled,
    )  # fmt: skip


def lens(
    model: LanguageModel,
    text: str,
    *,
    mask: int = 0,
    token: int | None = None,
    top_k: int = 3,
    interventions: Interventions = NONE,
    every_token: bool = False,
    progress: Callable[[int, int], None] = lambda done, of: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Lens:
    """Read every layer of a run with the model's own masked-LM head.

    It takes one forward pass, and the head on one row a layer; on every token's row if those are
    wanted, which takes several times as long as the pass. The first time it is seen whether the
    head, asked alone, gives what the model itself does.

    Args:
        model: the model.
        text: a sentence with a mask.
        mask: which of its masks, counted from 0.
        token: the candidate that is followed, by its number in the vocabulary; by default the most
            probable one of the last layer.
        top_k: how many candidates each layer has.
        interventions: what is changed inside the model while it runs.
        every_token: all tokens' rows are wanted too.
        progress: told how many rows the head has read, and of how many.
        cancelled: asked before each layer of the pass, and between rows.

    Raises:
        RequestError: the text has no such mask, or cannot be read, or a change cannot be made.
        ModelError: the model has no head that can read its layers.
        Cancelled: it was given up.
    """
    check_can_predict(model)
    encoded = model.encode(text)
    position = mask_position(encoded, mask)
    # That the head reads its own model is seen once; after that nobody needs the pass's logits.
    asked = [] if model.head_is_checked else [position]
    [answer] = model.run(
        [encoded], [asked], interventions=interventions, hidden=True,
        hidden_at=None if every_token else [[position]], cancelled=cancelled,
    )  # fmt: skip
    if (hidden := answer.hidden) is None:
        raise ModelError(
            f"{visible(model.info.name)} does not report what its layers give, so that nothing can "
            "be read from them; choose another model."
        )
    layers, tokens = hidden.shape[:2]
    rows = hidden[:, position if every_token else 0]  # (layer + 1, hidden size)
    logits = model.score(np.ascontiguousarray(rows))  # (layer + 1, vocabulary)
    if asked:
        _check(logits[-1], answer.logits[0])
        model.head_is_checked = bool(np.isfinite(answer.logits).all())
    progress(layers, layers + (layers * tokens if every_token else 0))
    probabilities = softmax(logits)
    if token is None:
        token = int(best_places(probabilities[-1], 1)[0])
    elif not 0 <= token < logits.shape[-1]:
        raise RequestError(f"The vocabulary has {logits.shape[-1]:,} tokens, and no {token:,}.")
    best = [best_places(row, top_k).tolist() for row in probabilities]
    return Lens(
        text=encoded.masked.text,
        model=model.info.name,
        mask=mask,
        position=position,
        masks=len(encoded.masks),
        chosen=_candidate(model, probabilities[-1], token),
        layers=tuple(
            LensLayer(
                layer,
                tuple(_candidate(model, row, id_) for id_ in ids),
                float(row[token]),
                rank_of(row, token),
            )
            for layer, (row, ids) in enumerate(zip(probabilities, best, strict=True))
        ),
        cells=_cells(model, encoded, hidden, progress, cancelled) if every_token else None,
        told=model.told(encoded, interventions),
    )


def check_can_predict(model: LanguageModel) -> None:
    """Refuse what predicts nothing.

    Raises:
        RequestError: it is saved attention.
        ModelError: it has no trained masked-LM head.
    """
    if model.info.only_text is not None:
        raise RequestError(
            "Saved attention holds no layers to be read, and this needs a model: press o to choose "
            "one, or start bertmask-tui with --model."
        )
    if not model.info.has_head:
        raise ModelError(
            f"{visible(model.info.name)} has no trained masked-LM head, so it predicts nothing; "
            "choose another model."
        )


def mask_position(encoded: Encoded, mask: int, of: str = "the text") -> int:
    """The place of one of a text's masks among its tokens.

    Args:
        encoded: the text.
        mask: which, counted from 0.
        of: the text in words, for errors.

    Raises:
        RequestError: there is none, or there are not so many.
    """
    masks = encoded.masks
    if not masks:
        raise RequestError(
            f"There is no {MASK} in {of}: put {MASK} where a word is wanted, "
            f"as in 'I drank a cup of {MASK} this morning.'"
        )
    if not 0 <= mask < len(masks):
        count = f"{len(masks)} masks" if len(masks) > 1 else "one mask"
        raise RequestError(f"{of[0].upper()}{of[1:]} has {count}, and no mask {mask + 1}.")
    return masks[mask]


def _check(found: NDArray[np.float32], own: NDArray[np.float32]) -> None:
    """Refuse a model whose last layer the head reads otherwise than the model itself did.

    What is no number is let through: the model's own answer tells of it.
    """
    known = np.isfinite(own)
    largest = float(np.abs(own[known]).max(initial=1.0))
    if found.shape != own.shape or np.any(np.abs(found - own)[known] > OFF * largest):
        raise ModelError(NOT_ITS_OWN)


def _candidate(model: LanguageModel, probabilities: NDArray[np.float32], id_: int) -> LensCandidate:
    return LensCandidate(id_, model.show(id_), float(probabilities[id_]), model.spell(id_))


def _cells(
    model: LanguageModel,
    encoded: Encoded,
    hidden: NDArray[np.float32],
    progress: Callable[[int, int], None],
    cancelled: Callable[[], bool],
) -> LensCells:
    """Every token's best word piece after every layer, of `hidden`, `[layer + 1, token, size]`."""
    layers, tokens, size = hidden.shape
    rows = hidden.reshape(layers * tokens, size)
    ids = np.zeros(len(rows), np.intp)
    probabilities = np.zeros(len(rows), np.float32)
    for some in _stretches(len(rows)):
        if cancelled():
            raise Cancelled
        scored = softmax(model.score(rows[some]))  # (row, vocabulary)
        ids[some] = scored.argmax(axis=-1)
        probabilities[some] = scored.max(axis=-1)
        progress(layers + some.stop, layers + len(rows))
    shown = {id_: model.show(id_) for id_ in dict.fromkeys(ids.tolist())}
    words = [shown[id_] for id_ in ids.tolist()]
    return LensCells(
        tuple(token.label for token in encoded.tokens),
        tuple(tuple(words[at * tokens : (at + 1) * tokens]) for at in range(layers)),
        probabilities.reshape(layers, tokens),
    )


def _stretches(count: int) -> Iterator[slice]:
    for start in range(0, count, AT_ONCE):
        yield slice(start, min(start + AT_ONCE, count))

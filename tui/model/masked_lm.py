"""A masked language model that says what stands behind a mask, and shows how it attended.

Example:
    >>> from tui.model.masked_lm import MaskedLM
    >>> model = MaskedLM.load()
    >>> analysis = model.analyze("I drank a cup of [MASK] this morning.")
    >>> analysis.candidates[0][0].token
    'coffee'
    >>> analysis.attention.shape  # [layer, head, query, key]
    (6, 12, 11, 11)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from torch import Tensor
from transformers import PreTrainedModel

from tui.analysis.analysis import Analysis, Attention, token_roles
from tui.analysis.derived import DerivedQuantities
from tui.analysis.head_statistics import compute_head_statistics, unknown_head_statistics
from tui.analysis.hiding import shown_peaks
from tui.analysis.scales import ordinary_peaks
from tui.analysis.wanted import WEIGHTS_ALONE, WantedQuantities
from tui.errors import ModelError, RequestError, TextTooLongError, UserError
from tui.model.budget import NO_ROOM, plan_memory
from tui.model.hub.download import Report
from tui.model.names import EMBEDDED
from tui.model.tokenizing.candidates import Ranker
from tui.model.tokenizing.encoding import Encoded, Encoder
from tui.model.torch_engine.analysis_recorder import ONE_LAYER, AnalysisRecorder
from tui.model.torch_engine.anatomy import study
from tui.model.torch_engine.devices import AUTO, FLOAT32, lack_of_memory_is_told
from tui.model.torch_engine.loading import Checkpoint, load, quiet
from tui.model.torch_engine.mask_rows import only_at
from tui.model.torch_engine.model_info import describe_model
from tui.model.torch_engine.model_inputs import batch, segments, takes
from tui.model.torch_engine.tokenizer_fit import embeddings, named
from tui.model.torch_engine.transformers_tokenizer import TransformersTokenizer
from tui.text import clean, visible

Allocate = Callable[[tuple[int, ...]], Attention]
"""Makes the float32 array of a given shape that will hold one text's attention."""


class MaskedLM:
    """A loaded masked language model.

    Args:
        name: as it was asked for.
        checkpoint: what was loaded.

    Attributes:
        info: the model as people read about it.

    Raises:
        ModelError: its attention is not one square matrix for each layer and head.
    """

    def __init__(self, name: str, checkpoint: Checkpoint) -> None:
        self._name = name
        self._model = checkpoint.model
        self._embeddings = embeddings(checkpoint.model)
        self._tokenizer = TransformersTokenizer(checkpoint.tokenizer)
        model = checkpoint.model
        self._encoder = Encoder(self._tokenizer, takes(model), segments(model))
        self._ranker = Ranker(self._encoder)
        try:
            with quiet():
                trial = self._encoder.encode("a [MASK]")
                self._check_ids(trial)
                short = batch([trial.inputs], self._tokenizer.facts.pad_id)
                self._anatomy = study(visible(name), self._model, _on(short, self._model))
        except RequestError as error:
            raise ModelError(f"{visible(name)} cannot be asked about any text: {error}") from error
        except UserError:
            raise
        except Exception as error:  # a tokenizer that wants a table, a model that wants a picture
            cause = clean(str(error).partition("\n")[0])[:200] or type(error).__name__
            raise ModelError(f"{visible(name)} cannot be asked about a text: {cause}") from error
        self.info = describe_model(name, checkpoint, self._anatomy, self._encoder)

    @classmethod
    def load(
        cls,
        name: str = EMBEDDED,
        *,
        offline: bool = False,
        device: str = AUTO,
        dtype: str = FLOAT32,
        report: Report = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> MaskedLM:
        """Load a model.

        Args:
            name: `embedded` (the model that ships with the package), a folder, or a hub name.
            offline: never use the network.
            device: where it computes: `auto`, `cpu`, `cuda` or `mps`.
            dtype: the numbers it computes with: `float32`, `bfloat16` or `float16`, whatever the
                file holds.
            report: told how far a download is.
            cancelled: asked during a download; once it is true, it is given up.

        Raises:
            ModelError: there is no such model, or it cannot be read or shown.
            Cancelled: the download was given up.
        """
        checkpoint = load(
            name, offline=offline, device=device, dtype=dtype, report=report, cancelled=cancelled
        )
        return cls(name, checkpoint)

    def analyze(
        self,
        text: str,
        *,
        top_k: int = 10,
        layer: int = 0,
        wanted: WantedQuantities = WEIGHTS_ALONE,
        allocate: Allocate | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Analysis:
        """Ask the model about one text.

        Args:
            text: a sentence; each `[MASK]` in it is predicted, and one without any still has its
                attention. Two sentences with `|||` between them are read as a pair. Line breaks
                and control characters are taken out first.
            top_k: how many candidates each mask gets.
            layer: the layer, counted from 0, whose attention is held if that of all layers is over
                the memory's budget.
            wanted: what is wanted beyond the attention weights; what cannot be given is named in
                `Analysis.derived.missing`, with the reason.
            allocate: makes the array for the attention; by default a new one.
            cancelled: asked before each layer; once it is true, `Cancelled` is raised.

        Returns:
            Tokens, candidates for each mask, and attention weights `[layer, head, query, key]`.

        Raises:
            RequestError: the text is empty, or is no pair although it has a `|||`, or has a token
                that the tokenizer knows and the model does not.
            TextTooLongError: the text has more word pieces than the model takes, or than there is
                memory for.
            ModelError: the model's attention cannot be recorded.
        """
        return self.analyze_batch(
            [text], top_k=top_k, layer=layer, wanted=wanted, allocate=allocate, cancelled=cancelled
        )[0]

    def analyze_batch(
        self,
        texts: Sequence[str],
        *,
        top_k: int = 10,
        layer: int = 0,
        wanted: WantedQuantities = WEIGHTS_ALONE,
        allocate: Allocate | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> list[Analysis]:
        """Ask the model about several texts in one forward pass, shorter ones padded.

        Args and errors are those of `analyze`; the analyses come in the order of the texts.
        """
        if not texts:
            return []
        allocate = allocate or _new_array
        with (
            quiet(),
            lack_of_memory_is_told(
                "There is not enough memory for this text's attention; shorten the text."
            ),
        ):
            encoded = [self._encode(text) for text in texts]
            return self._run(encoded, top_k, layer, wanted, allocate, cancelled)

    def _run(
        self,
        encoded: Sequence[Encoded],
        top_k: int,
        layer: int,
        wanted: WantedQuantities,
        allocate: Allocate,
        cancelled: Callable[[], bool],
    ) -> list[Analysis]:
        """One forward pass."""
        layers, heads = self._anatomy.layers, self._anatomy.heads
        longest = max(len(text.ids) for text in encoded)
        plan = plan_memory(layers, heads, longest, shown=layer, texts=len(encoded), wanted=wanted)
        arrays = [allocate((plan.layers, heads, len(e.ids), len(e.ids))) for e in encoded]
        reason = NO_ROOM if plan.layers == layers else ONE_LAYER
        recorder = AnalysisRecorder(plan.wanted, arrays, cancelled, layers=layers, first=plan.first)
        # Of the families that `attend` doesn't see, the weights come only when asked for.
        asks = {"output_attentions": True} if self._anatomy.asks_for_attentions else {}
        pad_id = self._tokenizer.facts.pad_id
        padded = _on(batch([text.inputs for text in encoded], pad_id), self._model)
        at_masks = padded["input_ids"] == self._encoder.mask_id
        with recorder.running(self._model), only_at(self._model, at_masks):
            logits = self._model(**padded, **asks).logits
            recorder.check_complete()
            recorder.differentiate(logits, [self._masks(text) for text in encoded])
        logits = logits.detach()
        derived = [
            recorder.derived(row, text.special, text.firsts, allocate, self._ranker.show).refusing(
                plan.refused, reason, wanted
            )
            for row, text in enumerate(encoded)
        ]
        return [
            self._answer(text, logits[row], arrays[row], plan.first, derived[row], top_k)
            for row, text in enumerate(encoded)
        ]

    def count_tokens(self, text: str) -> int:
        """How many word pieces a text has, special tokens included.

        Raises:
            RequestError: the text is empty.
            TextTooLongError: the text has more word pieces than the model takes.
        """
        with quiet():
            return len(self._encode(text).ids)

    def _encode(self, text: str) -> Encoded:
        encoded = self._encoder.encode(text)
        self._check_ids(encoded)
        over = len(encoded.ids) - self.info.max_tokens
        if over > 0:
            raise TextTooLongError(
                f"The text is {over:,} word piece{'s' if over > 1 else ''} too long: "
                f"it has {len(encoded.ids):,}, special tokens included, and {self.info.name} takes "
                f"{self.info.max_tokens:,}; shorten it."
            )
        return encoded

    def _check_ids(self, encoded: Encoded) -> None:
        """Refuse a text with tokens that the model has no embeddings for.

        Raises:
            RequestError: as said.
        """
        text = encoded.masked.text
        beyond = {
            text[token.start : token.end] or token.text
            for token in encoded.tokens
            if token.id >= self._embeddings
        }
        if beyond:
            raise RequestError(
                f"The text has {named(sorted(beyond))}, which the tokenizer of "
                f"{visible(self._name)} knows and for which its model has no embedding; leave it "
                "out, or write it in another way."
            )

    def _masks(self, encoded: Encoded) -> tuple[int, ...]:
        mask_id = self._encoder.mask_id
        return tuple(position for position, id_ in enumerate(encoded.ids) if id_ == mask_id)

    def _answer(
        self,
        encoded: Encoded,
        logits: Tensor,
        attention: Attention,
        first: int,
        derived: DerivedQuantities,
        top_k: int,
    ) -> Analysis:
        """Put one text's answer together; `logits` are `(token, vocabulary)`."""
        masks = self._masks(encoded)
        found = token_roles(encoded.masked.text, encoded.tokens, masks)
        peaks = ordinary_peaks(attention, encoded.special)
        layers, heads = self._anatomy.layers, self._anatomy.heads
        if len(attention) == layers:
            pieces = [token.label for token in encoded.tokens]
            measured = compute_head_statistics(attention, peaks, found, pieces)
        else:
            measured = unknown_head_statistics(layers, heads)
        broken = _broken_notes(measured.numbers["max"]) if len(attention) == layers else ()
        if self.info.has_head:
            broken += _unranked_notes(logits[list(masks)])
        return Analysis(
            text=encoded.masked.text,
            model=self.info,
            tokens=encoded.tokens,
            masks=masks,
            candidates=tuple(
                # Without a head its numbers would be as good as drawn by lot.
                self._ranker.candidates(encoded, order, _numbers(logits[position]), top_k)
                if self.info.has_head
                else ()
                for order, position in enumerate(masks)
            ),
            attention=attention,
            peaks=peaks,
            shown_peaks=shown_peaks(attention, encoded.special),
            statistics=measured,
            derived=derived,
            notes=(*encoded.notes, *broken),
            first_layer=first,
        )


def _broken_notes(largest: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> tuple[str, ...]:
    """A sentence if weights are no numbers; `largest` is each head's largest, `[layer, head]`."""
    broken = np.flatnonzero(np.isnan(largest).any(axis=1)) + 1
    if not broken.size:
        return ()
    layers = f"layer {broken[0]}" if broken.size == 1 else f"{broken.size} layers from {broken[0]}"
    return (
        f"In {layers} the attention weights are no numbers (NaN), which are shown as nothing: "
        "the checkpoint is broken, or its numbers overflow their precision.",
    )


def _unranked_notes(logits: Tensor) -> tuple[str, ...]:
    """A sentence if scores at the masks, `(mask, vocabulary)`, are no numbers."""
    odd = logits.isnan() | logits.isposinf()
    if not (count := int(odd.any(dim=-1).sum())):
        return ()
    where = "the mask" if len(logits) == 1 else f"{count} of {len(logits)} masks"
    return (
        f"At {where} the model's scores are no numbers (NaN), so that its candidates and their "
        "order mean nothing: the checkpoint is broken, or its numbers overflow their precision.",
    )


def _new_array(shape: tuple[int, ...]) -> Attention:
    return np.empty(shape, dtype=np.float32)


def _numbers(logits: Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return logits.float().numpy(force=True)


def _on(inputs: dict[str, Tensor], model: PreTrainedModel) -> dict[str, Tensor]:
    return {name: tensor.to(model.device) for name, tensor in inputs.items()}

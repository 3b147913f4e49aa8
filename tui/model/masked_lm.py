"""A masked language model that says what stands behind a mask, and shows how it attended.

Example:
    >>> from tui.model.masked_lm import MaskedLM
    >>> model = MaskedLM.load()
    >>> analysis = model.analyze("Paris is the [MASK] of France.")
    >>> analysis.candidates[0][0].token
    'capital'
    >>> analysis.attention.shape  # [layer, head, query, key]
    (6, 12, 9, 9)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tui.analysis.analysis import (
    Analysis,
    ModelInfo,
    changed,
    everything_told,
)
from tui.analysis.interventions import NONE, Interventions
from tui.analysis.scores import Scores
from tui.analysis.wanted import WEIGHTS_ALONE, WantedQuantities
from tui.errors import ModelError, TextTooLongError
from tui.model.answers import Allocate, Answers
from tui.model.beside import fetch_beside
from tui.model.budget import plan_memory
from tui.model.engine import EngineAnswer, EngineQuestion, EngineRow, new_array
from tui.model.handover import Handover
from tui.model.interventions import (
    NO_SOURCES,
    Applied,
    HeadMeans,
    SourceText,
    is_to_mean,
)
from tui.model.mean_outputs import find_means
from tui.model.memory import lack_of_memory_is_told
from tui.model.names import AUTO, EMBEDDED, FLOAT32, is_saved
from tui.model.numpy_engine.engine import NumpyEngine
from tui.model.numpy_engine.names import FAMILIES
from tui.model.numpy_engine.plain import open_plain
from tui.model.opened import Opened
from tui.model.opening import open_model
from tui.model.other_model import OtherModel
from tui.model.passes import NO_MEMORY, Passes
from tui.model.saved.saved_model import SavedModel
from tui.model.tokenizing.candidates import Ranker
from tui.model.tokenizing.encoding import Encoded
from tui.model.tokenizing.known_ids import check_ids
from tui.model.tokenizing.single_piece import find_piece
from tui.text import visible

if TYPE_CHECKING:
    from tui.model.hub.download import Report
    from tui.model.language_model import Answerer
    from tui.model.numpy_engine.encoder import PlainEncoder


class MaskedLM:
    """A loaded masked language model.

    Args:
        name: as it was asked for.
        opened: what runs it, and what reads texts for it.

    Attributes:
        info: the model as people read about it.
        engine: what runs it.
        encoder: what turns texts into what it takes.
        source: the folder that it lies in, and the numbers that it computes with; None if it came
            from nowhere.
        head_is_checked: the head, asked alone, was seen to give the model's own logits.
    """

    def __init__(self, name: str, opened: Opened) -> None:
        self.engine = opened.engine
        self.encoder = opened.encoder
        self.source = opened.source
        self._ranker = Ranker(opened.encoder)
        self._means: HeadMeans | None = None
        self.head_is_checked = False
        self.info = _described(name, opened)
        self._answers = Answers(self.info, self._ranker)
        self._passes = Passes(self)

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
        waits: Callable[[float], None] = lambda _: None,
    ) -> MaskedLM:
        """Load a model.

        A plain one of the BERT shape is run by numpy, and by torch from the moment on that
        something is wanted which numpy does not give: gradients. All others are torch's.

        Args:
            name: `embedded` (the model that ships with the package), a folder, or a hub name.
            offline: never use the network.
            device: where it computes: `auto`, `cpu`, `cuda` or `mps`.
            dtype: the numbers it computes with: `float32`, `bfloat16` or `float16`, whatever the
                file holds.
            report: told how far a download is.
            cancelled: asked during a download; once it is true, it is given up.
            waits: told the seconds that an answer has waited for torch so far, if one has to.

        Raises:
            ModelError: there is no such model, or it cannot be read or shown.
            Cancelled: the download was given up.
        """
        opened = open_model(
            name, offline=offline, device=device, dtype=dtype, report=report, cancelled=cancelled,
            waits=waits,
        )  # fmt: skip
        return cls(name, opened)

    def analyze(
        self,
        text: str,
        *,
        top_k: int = 10,
        layer: int = 0,
        wanted: WantedQuantities = WEIGHTS_ALONE,
        interventions: Interventions = NONE,
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
            interventions: what is changed inside the model while it runs.
            allocate: makes the arrays for the attention and the scores; by default new ones.
            cancelled: asked before each layer; once it is true, `Cancelled` is raised.

        Returns:
            Tokens, candidates for each mask, and attention weights `[layer, head, query, key]`.

        Raises:
            RequestError: the text is empty, or is no pair although it has a `|||`, or has a token
                that the tokenizer knows and the model does not; or an intervention is about a head
                or a token that is not there.
            TextTooLongError: the text has more word pieces than the model takes, or than there is
                memory for.
            ModelError: the model's attention cannot be recorded.
        """
        return self.analyze_batch(
            [text],
            top_k=top_k,
            layer=layer,
            wanted=wanted,
            interventions=[interventions],
            allocate=allocate,
            cancelled=cancelled,
        )[0]

    def analyze_batch(
        self,
        texts: Sequence[str],
        *,
        top_k: int = 10,
        layer: int = 0,
        wanted: WantedQuantities = WEIGHTS_ALONE,
        interventions: Sequence[Interventions] = (),
        allocate: Allocate | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> list[Analysis]:
        """Ask the model about several texts in one forward pass, shorter ones padded.

        Args and errors are those of `analyze`, with interventions for each text, or for none of
        them; the analyses come in the order of the texts.
        """
        if not texts:
            return []
        encoded = [self.encode(text) for text in texts]
        with lack_of_memory_is_told(NO_MEMORY):
            return self._run(
                encoded, list(interventions) or [NONE] * len(texts), top_k, layer, wanted,
                allocate or new_array, cancelled,
            )  # fmt: skip

    def scores(
        self,
        text: str | Encoded,
        changes: Sequence[Interventions] = (NONE,),
        *,
        asked: Sequence[int] | None = None,
        known: Scores | None = None,
        keeps_hidden: bool = False,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> list[Scores]:
        """Ask for all scores at a text's masks, changed in several ways, in one forward pass.

        Args:
            text: a sentence, as `analyze` takes it; or one that is read, which nobody need have
                written.
            changes: what is changed inside the model, of each row of the pass.
            asked: the positions at which scores are wanted; None for those of the masks.
            known: scores of the same text with their hidden states. The layers up to which all
                rows are changed as they were are not computed again, where the engine can do so.
            keeps_hidden: the hidden states are wanted too.
            cancelled: asked before each layer; once it is true, `Cancelled` is raised.

        Returns:
            The scores of each row, `[mask, vocabulary]`; errors are those of `analyze`.
        """
        encoded = self.encode(text) if isinstance(text, str) else text
        return self._passes.scores(
            encoded, changes, asked=asked, known=known, keeps_hidden=keeps_hidden,
            cancelled=cancelled,
        )  # fmt: skip

    def find_token(self, text: str, mask: int, word: str) -> int:
        """The word piece, by its number in the vocabulary, that a word is in the place of a mask.

        Args:
            text: a sentence with masks.
            mask: which of them, counted from 0.
            word: the word, or a piece in the model's own form.

        Raises:
            SeveralPiecesError: the word is several word pieces.
            RequestError: there is no such mask, or the word is not in the vocabulary.
        """
        return find_piece(self.encoder, self.encode(text), mask, word, self.engine.shape.embeddings)

    def prepare(
        self,
        wanted: WantedQuantities,
        interventions: Interventions = NONE,
        *,
        cancelled: Callable[[], bool] = lambda: False,
        progress: Callable[[int, int], None] = lambda _done, _of: None,
        turn: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        """Have there what an answer needs and may take seconds: torch for a gradient, and means.

        Args:
            wanted: what is going to be wanted.
            interventions: what is going to be changed.
            cancelled: asked meanwhile; once it is true, `Cancelled` is raised.
            progress: told how many sentences of the means are done, and of how many.
            turn: the model is run inside of this, each pass.

        Raises:
            Cancelled: it was given up.
            ModelError: it cannot be had.
        """
        if wanted.gradient is not None and isinstance(self.engine, Handover):
            self.engine.other(cancelled)
        if any(map(is_to_mean, interventions)):
            self.means(progress, cancelled, turn)

    def _run(
        self,
        encoded: Sequence[Encoded],
        interventions: Sequence[Interventions],
        top_k: int,
        layer: int,
        wanted: WantedQuantities,
        allocate: Allocate,
        cancelled: Callable[[], bool],
    ) -> list[Analysis]:
        """One forward pass."""
        layers, heads = self.info.layers, self.info.heads
        longest = max(len(text.ids) for text in encoded)
        plan = plan_memory(layers, heads, longest, shown=layer, texts=len(encoded), wanted=wanted)
        sources = self._passes.sources(interventions, cancelled)
        rows = [
            EngineRow(
                text.inputs,
                text.masks,
                allocate((plan.layers, heads, len(text.ids), len(text.ids))),
                *self.applied(changes, text, sources),
            )
            for text, changes in zip(encoded, interventions, strict=True)
        ]
        question = EngineQuestion(
            rows,
            cancelled=cancelled,
            allocate=allocate,
            first=plan.first,
            values=plan.wanted.values,
            gradient=plan.wanted.gradient,
            margin=plan.wanted.margin,
            margin_products=plan.wanted.margin_products,
        )
        answers = self.engine.run(question)
        return [
            self._answers.answer(
                text, changes, self._means_used(changes), row, answer, plan, wanted, allocate, top_k
            )
            for text, changes, row, answer in zip(
                encoded, interventions, rows, answers, strict=True
            )
        ]

    def run(
        self,
        texts: Sequence[Encoded],
        asked: Sequence[Sequence[int]],
        *,
        interventions: Interventions = NONE,
        hidden: bool = False,
        hidden_at: Sequence[Sequence[int]] | None = None,
        outputs: bool = False,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Sequence[EngineAnswer]:
        """Carry out a forward pass of which no attention is kept.

        Args:
            texts: the texts, shorter ones padded; nobody need have written them: other numbers may
                stand in their inputs.
            asked: for each the positions at which logits are wanted.
            interventions: what is changed inside the model, in all of them.
            hidden: the hidden states are wanted.
            hidden_at: for each text the positions at which they are; None for all.
            outputs: the heads' outputs are wanted.
            cancelled: asked before each layer; once it is true, `Cancelled` is raised.

        Raises:
            RequestError: an intervention is about a head or a token that is not there.
            TextTooLongError: there is no memory for one layer's attention.
            ModelError: its heads cannot be changed, or memory ran out.
        """
        return self._passes.run(
            texts, asked, interventions=interventions, hidden=hidden, hidden_at=hidden_at,
            outputs=outputs, cancelled=cancelled,
        )  # fmt: skip

    def score(self, hidden: NDArray[np.float32]) -> NDArray[np.float32]:
        """The masked-LM head's logits of hidden states, of whatever layer.

        Args:
            hidden: `[n, hidden size]`.

        Returns:
            Logits, `[n, vocabulary]`.

        Raises:
            ModelError: the head cannot be asked alone, or memory ran out.
        """
        return self.engine.score(hidden)

    def plain_encoder(self) -> PlainEncoder:
        """The weights of a plain BERT encoder, for whoever takes its numbers apart.

        Where torch runs the model they are read anew from its file, and belong to whoever asked.

        Raises:
            ModelError: it is no plain BERT encoder, or its file is gone.
        """
        engine = self.engine.first if isinstance(self.engine, Handover) else self.engine
        if isinstance(engine, NumpyEngine):
            return engine.encoder
        found = None if self.source is None else open_plain(self.source[0])
        if found is None:
            raise ModelError(
                "A logit is taken apart in models of the plain BERT shape alone "
                f"({', '.join(FAMILIES)}, in safetensors), and {visible(self.info.name)} is none; "
                "choose another model."
            )
        return found.encoder

    def spell(self, id_: int) -> str:
        """A token of the vocabulary in the model's own form."""
        return self.encoder.spell([id_])[0]

    def show(self, id_: int) -> str:
        """A token of the vocabulary as people read it."""
        return self._ranker.show(id_)

    def told(self, encoded: Encoded, interventions: Interventions) -> tuple[str, ...]:
        """Everything that whoever reads numbers of a run must be told, as `Analysis.told` says it.

        Args:
            encoded: the text.
            interventions: what was changed inside the model.
        """
        change = changed(interventions, encoded.tokens, self._means_used(interventions))
        return everything_told(change, self.info, encoded.notes)

    def _means_used(self, interventions: Interventions) -> str:
        """The mean that heads were cut to, in words; empty if none was."""
        used = self._means is not None and any(map(is_to_mean, interventions))
        return self._means.described if self._means is not None and used else ""

    def applied(
        self,
        interventions: Interventions,
        encoded: Encoded,
        sources: Mapping[str, SourceText] = NO_SOURCES,
    ) -> Applied:
        """Interventions as an engine carries them out on one text.

        Args:
            interventions: what is changed.
            encoded: the text.
            sources: the texts that something is transplanted from.

        Raises:
            RequestError: one is about a head or a token that is not there, or cannot be
                transplanted.
        """
        return self._passes.applied(interventions, encoded, sources)

    def beside(
        self,
        other: OtherModel,
        *,
        progress: Callable[[int, int], None] = lambda _done, _of: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Answerer:
        """Load another model, to be asked beside this one.

        Args:
            other: which.
            progress: told how much of it is downloaded, in megabytes, and of how many.
            cancelled: asked during a download; once it is true, it is given up.

        Raises:
            ModelError: it cannot be had, or is larger than what memory is free beside this one.
            Cancelled: it was given up.
        """
        fetch_beside(other, progress, cancelled)
        if is_saved(other.name):
            return SavedModel.load(other.name)
        return MaskedLM.load(
            other.name, offline=True, device=other.device, dtype=other.dtype, cancelled=cancelled
        )

    def alone(self) -> None:
        """Nothing is to be done: nobody but who asked for the other model holds it."""

    def means(
        self,
        progress: Callable[[int, int], None] = lambda _done, _of: None,
        cancelled: Callable[[], bool] = lambda: False,
        turn: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> HeadMeans:
        """Each head's mean output, which `CutHead` by mean puts in the place of its own.

        They come with a model, or are computed once, and kept.

        Args:
            progress: told how many sentences are done, and of how many.
            cancelled: asked before each layer; once it is true, `Cancelled` is raised.
            turn: the model is run inside of this, each pass.
        """
        if self._means is None:
            self._means = find_means(self, progress, cancelled, turn)
        return self._means

    def count_tokens(self, text: str) -> int:
        """How many word pieces a text has, special tokens included.

        Raises:
            RequestError: the text is empty.
            TextTooLongError: the text has more word pieces than the model takes.
        """
        return len(self.encode(text).ids)

    def encode(self, text: str) -> Encoded:
        """Read a text as the model takes it.

        Raises:
            RequestError: the text is empty, or is no pair although it has a `|||`, or has a token
                that the tokenizer knows and the model does not.
            TextTooLongError: the text has more word pieces than the model takes.
        """
        encoded = self.encoder.encode(text)
        check_ids(encoded, visible(self.info.name), self.engine.shape.embeddings)
        over = len(encoded.ids) - self.info.max_tokens
        if over > 0:
            raise TextTooLongError(
                f"The text is {over:,} word piece{'s' if over > 1 else ''} too long: "
                f"it has {len(encoded.ids):,}, special tokens included, and {self.info.name} takes "
                f"{self.info.max_tokens:,}; shorten it."
            )
        return encoded


def _described(name: str, opened: Opened) -> ModelInfo:
    """A model as people read about it."""
    shape, tokenizer = opened.engine.shape, opened.encoder.facts
    return ModelInfo(
        name=name,
        type=shape.type,
        layers=shape.layers,
        heads=shape.heads,
        max_tokens=min(shape.positions, tokenizer.longest),
        mask_token=tokenizer.mask,
        special_tokens=tokenizer.adds,
        has_head=opened.has_head,
        has_segments=shape.segments > 1,
        has_decoder=shape.has_decoder,
        windows=shape.windows,
        warnings=opened.warnings,
    )

"""Answers an engine's questions with the plain encoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tui.analysis.derived import TransformedValues
from tui.analysis.wanted import Quantity
from tui.errors import Cancelled, ModelError
from tui.model.engine import EngineAnswer, EngineQuestion, EngineRow, EngineShape
from tui.model.numpy_engine.encoder import PlainEncoder
from tui.model.numpy_engine.threads import as_many_as_are_free

Floats: TypeAlias = NDArray[np.float32]

NO_GRADIENT = "The plain encoder computes forward alone, so there are no gradients."


class NumpyEngine:
    """Runs a plain BERT encoder with numpy alone.

    Args:
        encoder: the encoder.
        shape: the facts about it.

    Attributes:
        encoder: as given.
        shape: as given.
        can_start_inside: it can.
    """

    can_start_inside = True

    def __init__(self, encoder: PlainEncoder, shape: EngineShape) -> None:
        self.encoder = encoder
        self.shape = shape

    def gives(self, question: EngineQuestion) -> bool:
        """Whether it can give all that is asked for."""
        return question.gradient is None

    def run(self, question: EngineQuestion) -> Sequence[EngineAnswer]:
        """Carry out a forward pass, and fill the rows' arrays.

        Raises:
            Cancelled: it was given up.
            ModelError: memory ran out.
        """
        if not question.rows:
            return []
        tokens = sum(len(row.inputs["input_ids"]) for row in question.rows)
        try:
            with (
                np.errstate(all="ignore"),  # weights may be any, and what comes of them is told
                as_many_as_are_free(2.0 * tokens * self.encoder.weights_a_token),
            ):
                return self._run(question)
        except MemoryError as error:
            raise ModelError(
                "There is not enough memory for this text's attention; shorten the text."
            ) from error

    def score(self, hidden: Floats) -> Floats:
        """The masked-LM head's logits of hidden states.

        Args:
            hidden: `[n, hidden size]`.

        Returns:
            Logits, `[n, vocabulary]`.

        Raises:
            ModelError: memory ran out.
        """
        try:
            operations = 2.0 * len(hidden) * self.encoder.words.size
            with np.errstate(all="ignore"), as_many_as_are_free(operations):
                return self.encoder.logits(np.ascontiguousarray(hidden.T))
        except MemoryError as error:
            raise ModelError(
                "There is not enough memory for the head's scores; shorten the text."
            ) from error

    def _run(self, question: EngineQuestion) -> list[EngineAnswer]:
        texts = [_tokens(row) for row in question.rows]
        below = [row.hidden for row in question.rows if row.hidden is not None]
        entering = None
        if question.start:
            assert len(below) == len(texts)
            entering = np.ascontiguousarray(np.concatenate(below).T)  # (hidden size, token)
        places = _places(question.rows, [row.asked for row in question.rows])
        only = _only(question, places)
        watcher = _Watcher(question, self.encoder, only)
        hidden = self.encoder.run(texts, watcher, question.start, entering, only)
        if places and only != places:
            columns = places if only is None else [only.index(place) for place in places]
            hidden = np.ascontiguousarray(hidden.T[columns].T)
        logits = self._logits(hidden, question.rows)
        missing: Mapping[Quantity, str] = {} if self.gives(question) else {"gradient": NO_GRADIENT}
        answers = []
        for number in range(len(question.rows)):
            values = watcher.values[number]
            answers.append(
                EngineAnswer(
                    logits[number],
                    TransformedValues(values, self.encoder.metric) if values is not None else None,
                    watcher.hidden[number],
                    watcher.outputs[number],
                    missing=missing,
                )
            )
        return answers

    def _logits(self, hidden: Floats, rows: Sequence[EngineRow]) -> list[Floats]:
        """The logits at each row's asked positions, `[asked position, vocabulary]` each.

        Args:
            hidden: the last layer's output at these, `[hidden size, asked position of any row]`.
            rows: the texts.
        """
        if not any(len(row.asked) for row in rows):
            return [np.empty((0, self.shape.embeddings), np.float32)] * len(rows)
        logits = self.encoder.logits(hidden)  # (asked position of any row, vocabulary)
        return np.split(logits, np.cumsum([len(row.asked) for row in rows])[:-1])


def _places(rows: Sequence[EngineRow], chosen: Sequence[Sequence[int]]) -> list[int]:
    """Positions of all rows, among all their tokens one behind the other."""
    places, start = [], 0
    for row, positions in zip(rows, chosen, strict=True):
        places += [start + place for place in positions]
        start += len(row.inputs["input_ids"])
    return places


def _only(question: EngineQuestion, asked: list[int]) -> list[int] | None:
    """The tokens at which the last layer is finished, as nothing is looked at elsewhere.

    Args:
        question: what is asked.
        asked: the asked positions, among all rows' tokens.

    Returns:
        Their places among all rows' tokens; None for all of them.
    """
    if not question.hidden:
        return asked or None
    chosen = [row.hidden_at for row in question.rows if row.hidden_at is not None]
    if len(chosen) < len(question.rows):
        return None
    return list(dict.fromkeys(asked + _places(question.rows, chosen))) or None


def _tokens(row: EngineRow) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """A row's tokens and their segments, `[token]` each."""
    ids = np.array(row.inputs["input_ids"], np.intp)
    segments = row.inputs.get("token_type_ids")
    return ids, np.zeros_like(ids) if segments is None else np.array(segments, np.intp)


class _Watcher:
    """Keeps of a forward pass what a question wants, and changes what it says.

    Args:
        question: what is asked.
        encoder: what runs.
        only: the tokens at which the last layer is finished, among all rows'; None for all.

    Attributes:
        values: each row's `[layer, head, key, head size]`, or None if not wanted.
        hidden: each row's `[layer + 1, token, hidden size]`, likewise.
        outputs: each row's `[layer, head, query, head size]`, likewise.
    """

    def __init__(
        self, question: EngineQuestion, encoder: PlainEncoder, only: Sequence[int] | None
    ) -> None:
        self._question = question
        self._only = only
        layers, heads, hidden = len(encoder.layers), encoder.heads, encoder.words.shape[1]
        self._layers = layers
        lengths = [len(row.inputs["input_ids"]) for row in question.rows]
        self._starts = [sum(lengths[:number]) for number in range(len(lengths))]
        by_head = [(layers, heads, n, hidden // heads) for n in lengths]
        self.values = _arrays(question.values, by_head)
        self.outputs = _arrays(question.outputs, by_head)
        self._seen = [
            [start + place for place in (range(n) if row.hidden_at is None else row.hidden_at)]
            for start, n, row in zip(self._starts, lengths, question.rows, strict=True)
        ]
        shapes = [(layers + 1, len(seen), hidden) for seen in self._seen]
        self.hidden = _arrays(question.hidden, shapes)

    def layer(self, number: int, hidden: Floats) -> None:
        if number < self._layers and self._question.cancelled():
            raise Cancelled
        shortened = self._only if number == self._layers else None
        for kept, seen in zip(self.hidden, self._seen, strict=True):
            if kept is not None:
                rows = seen if shortened is None else [shortened.index(place) for place in seen]
                kept[number] = hidden[rows]
        for start, row in zip(self._starts, self._question.rows, strict=True):
            for one in row.residuals:
                if one.layer == number:
                    hidden[start + one.token] = one.vector

    def weights(self, number: int, text: int) -> Floats | None:
        attention = self._question.rows[text].attention
        place = number - self._question.first
        return attention[place] if 0 <= place < len(attention) else None

    def softmaxed(self, number: int, text: int, weights: Floats, first: int) -> None:
        here = [
            one
            for one in self._question.rows[text].arrows
            if one.layer == number and first <= one.head < first + len(weights)
        ]
        for one in here:
            weights[one.head - first, one.query, one.key] = 0.0
        for head, query in {(one.head, one.query) for one in here if one.renormalised}:
            left = weights[head - first, query]
            left /= left.sum() or np.float32(1)  # of a row that had nothing else nothing is left

    def attended(self, number: int, text: int, values: Floats, outputs: Floats) -> None:
        for gate in self._question.rows[text].gates:
            if gate.layer == number:
                output = outputs[gate.head]  # (query, head size)
                some = slice(None) if gate.queries is None else list(gate.queries)
                if gate.scale != 1:
                    output[some] *= np.float32(gate.scale)
                if gate.offset is not None:
                    output[some] += gate.offset
        for kept, seen in ((self.values[text], values), (self.outputs[text], outputs)):
            if kept is not None:
                kept[number] = seen


def _arrays(wanted: bool, shapes: Sequence[tuple[int, ...]]) -> list[Floats | None]:
    return [np.empty(shape, np.float32) if wanted else None for shape in shapes]

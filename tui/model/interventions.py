"""How an engine carries interventions out: gates, arrows, and what is replaced between layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tui.analysis.analysis import ModelInfo, Token
from tui.analysis.interventions import (
    CutArrow,
    CutHead,
    Intervention,
    Transplant,
    TransplantResidual,
)
from tui.analysis.token_pairs import check_pairs
from tui.errors import RequestError
from tui.model.engine import Gate, Residual
from tui.text import visible

if TYPE_CHECKING:
    from numpy.typing import NDArray


class TokenKind(IntEnum):
    """The kinds of tokens that have a mean each: heads do other things on special tokens."""

    OPENING = 0
    CLOSING = 1
    ORDINARY = 2


def kinds(tokens: Sequence[Token]) -> NDArray[np.intp]:
    """The kind of each token, `[token]`: the first special one opens, the others close."""
    found = [TokenKind.CLOSING if token.special else TokenKind.ORDINARY for token in tokens]
    if tokens and tokens[0].special:
        found[0] = TokenKind.OPENING
    return np.array(found, dtype=np.intp)


@dataclass(frozen=True, slots=True, eq=False)
class HeadMeans:
    """Each head's mean output over reference sentences, for each kind of token.

    Attributes:
        outputs: `[kind, layer, head, head size]`.
        sentences: over how many sentences.
        of: which sentences these are, in words.
    """

    outputs: NDArray[np.float32]
    sentences: int
    of: str = ""

    @property
    def described(self) -> str:
        """The mean in words: `mean of 200 sentences`."""
        return f"mean of {self.sentences:,} sentence{'s' if self.sentences != 1 else ''}"

    def of_tokens(self, layer: int, head: int, tokens: Sequence[Token]) -> NDArray[np.float32]:
        """A head's mean output at each token of a text, `[token, head size]`."""
        return np.asarray(self.outputs[kinds(tokens), layer, head])


def is_to_mean(one: Intervention) -> bool:
    """Whether an intervention needs the means."""
    return isinstance(one, CutHead) and one.by == "mean"


@dataclass(frozen=True, slots=True, eq=False)
class SourceText:
    """A text that something is transplanted from, as the model by itself reads it.

    Attributes:
        tokens: how many tokens it has.
        outputs: the heads' outputs, `[layer, head, token, head size]`; needed where one is
            transplanted.
        hidden: what goes into each layer, `[layer, token, hidden size]`; likewise.
    """

    tokens: int
    outputs: NDArray[np.float32] | None = None
    hidden: NDArray[np.float32] | None = None


NO_SOURCES: Mapping[str, SourceText] = {}
"""Nothing is transplanted."""


class Applied(NamedTuple):
    """Interventions on one text, as an engine takes them."""

    gates: Sequence[Gate]
    arrows: Sequence[CutArrow]
    residuals: Sequence[Residual]


def apply(
    interventions: Sequence[Intervention],
    info: ModelInfo,
    tokens: Sequence[Token],
    means: HeadMeans | None,
    sources: Mapping[str, SourceText] = NO_SOURCES,
) -> Applied:
    """Interventions on one text, as an engine takes them.

    Args:
        interventions: what is changed.
        info: the model.
        tokens: the text's tokens.
        means: each head's mean output; needed where one is cut to it.
        sources: the texts that something is transplanted from.

    Raises:
        RequestError: one is about a head or a token that is not there; or a head or a place is
            changed twice, or transplanted from a text of another length without pairs of tokens.
    """
    gates: list[Gate] = []
    arrows: list[CutArrow] = []
    residuals: list[Residual] = []
    changed: set[tuple[type, int, int]] = set()
    for one in interventions:
        if isinstance(one, TransplantResidual):
            residuals.append(_residual(one, info, tokens, sources[one.text], changed))
            continue
        _check_head(one, info)
        if isinstance(one, CutArrow):
            for place in (one.query, one.key):
                _check_token(place, tokens)
            arrows.append(one)
            continue
        _check_once(one, changed)
        if isinstance(one, Transplant):
            gates.append(_transplanted(one, tokens, sources[one.text]))
        elif one.by == "zero":
            gates.append(Gate(one.layer, one.head, 0.0))
        else:
            assert means is not None
            offset = means.of_tokens(one.layer, one.head, tokens)
            gates.append(Gate(one.layer, one.head, 0.0, offset))
    return Applied(gates, arrows, residuals)


def _transplanted(one: Transplant, tokens: Sequence[Token], source: SourceText) -> Gate:
    """The gate of a head whose output is another sentence's."""
    check_pairs(one.text, one.pairs, len(tokens), source.tokens)
    assert source.outputs is not None
    outputs = source.outputs[one.layer, one.head]  # (token there, head size)
    if not one.pairs:
        return Gate(one.layer, one.head, 0.0, outputs)
    here, there = zip(*one.pairs, strict=True)
    return Gate(one.layer, one.head, 0.0, outputs[list(there)], here)


def _residual(
    one: TransplantResidual,
    info: ModelInfo,
    tokens: Sequence[Token],
    source: SourceText,
    changed: set[tuple[type, int, int]],
) -> Residual:
    """What goes into a layer at a token, from another sentence."""
    if not 0 <= one.layer < info.layers:
        raise RequestError(
            f"There is no layer {one.layer + 1} to transplant into: {visible(info.name)} has "
            f"{info.layers}."
        )
    _check_token(one.token, tokens)
    check_pairs(one.text, one.pairs, len(tokens), source.tokens, "what layers get is transplanted")
    partner = one.partner
    if partner is None:
        raise RequestError(
            f"Token {one.token + 1} has no partner in “{visible(one.text)}”, so nothing can be "
            "transplanted to it: choose another token, or pair it with one."
        )
    if (key := (type(one), one.layer, one.token)) in changed:
        raise RequestError(
            f"What goes into layer {one.layer + 1} at token {one.token + 1} is changed in two "
            "ways: choose one of them."
        )
    changed.add(key)
    assert source.hidden is not None
    return Residual(one.layer, one.token, source.hidden[one.layer, partner])


def _check_head(one: CutHead | Transplant | CutArrow, info: ModelInfo) -> None:
    if not (0 <= one.layer < info.layers and 0 <= one.head < info.heads):
        wish = "transplant" if isinstance(one, Transplant) else "cut"
        raise RequestError(
            f"There is no layer {one.layer + 1} head {one.head + 1} to {wish}: {info.name} has "
            f"{info.layers} layers of {info.heads} heads."
        )


def _check_once(one: CutHead | Transplant, changed: set[tuple[type, int, int]]) -> None:
    if (key := (Gate, one.layer, one.head)) in changed:
        raise RequestError(
            f"Layer {one.layer + 1} head {one.head + 1} is changed in two ways: choose one of them."
        )
    changed.add(key)


def _check_token(place: int, tokens: Sequence[Token]) -> None:
    if not 0 <= place < len(tokens):
        raise RequestError(f"There is no token {place + 1}: the text has {len(tokens)}.")

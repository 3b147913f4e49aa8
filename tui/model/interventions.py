"""How an engine carries interventions out: gates on heads' outputs, and arrows that are cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from tui.analysis.analysis import ModelInfo, Token
from tui.analysis.interventions import CutArrow, CutHead, Intervention, Transplant
from tui.errors import RequestError
from tui.model.engine import Gate
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


NO_SOURCES: Mapping[str, NDArray[np.float32]] = {}
"""Nothing is transplanted."""


def apply(
    interventions: Sequence[Intervention],
    info: ModelInfo,
    tokens: Sequence[Token],
    means: HeadMeans | None,
    sources: Mapping[str, NDArray[np.float32]] = NO_SOURCES,
) -> tuple[list[Gate], list[CutArrow]]:
    """Interventions on one text, as an engine takes them.

    Args:
        interventions: what is changed.
        info: the model.
        tokens: the text's tokens.
        means: each head's mean output; needed where one is cut to it.
        sources: the heads' outputs in the texts that heads are transplanted from,
            `[layer, head, token, head size]`; needed where one is.

    Raises:
        RequestError: one is about a head or a token that is not there; or a head is changed twice,
            or transplanted from a text of another length.
    """
    gates: list[Gate] = []
    arrows: list[CutArrow] = []
    changed: set[tuple[int, int]] = set()
    for one in interventions:
        _check_head(one, info)
        if not isinstance(one, CutArrow):
            _check_once(one, changed)
        if isinstance(one, CutArrow):
            for place in (one.query, one.key):
                _check_token(place, tokens)
            arrows.append(one)
        elif isinstance(one, Transplant):
            source = sources[one.text]
            _check_length(one, source.shape[2], len(tokens))
            gates.append(Gate(one.layer, one.head, 0.0, source[one.layer, one.head]))
        elif one.by == "zero":
            gates.append(Gate(one.layer, one.head, 0.0))
        else:
            assert means is not None
            offset = means.of_tokens(one.layer, one.head, tokens)
            gates.append(Gate(one.layer, one.head, 0.0, offset))
    return gates, arrows


def _check_head(one: Intervention, info: ModelInfo) -> None:
    if not (0 <= one.layer < info.layers and 0 <= one.head < info.heads):
        wish = "transplant" if isinstance(one, Transplant) else "cut"
        raise RequestError(
            f"There is no layer {one.layer + 1} head {one.head + 1} to {wish}: {info.name} has "
            f"{info.layers} layers of {info.heads} heads."
        )


def _check_once(one: Intervention, changed: set[tuple[int, int]]) -> None:
    if (one.layer, one.head) in changed:
        raise RequestError(
            f"Layer {one.layer + 1} head {one.head + 1} is changed in two ways: choose one of them."
        )
    changed.add((one.layer, one.head))


def _check_length(one: Transplant, there: int, here: int) -> None:
    if there != here:
        raise RequestError(
            f"“{visible(one.text)}” has {there} word pieces, special tokens included, and the text "
            f"{here}: heads are transplanted token by token, so choose sentences of one length."
        )


def _check_token(place: int, tokens: Sequence[Token]) -> None:
    if not 0 <= place < len(tokens):
        raise RequestError(f"There is no token {place + 1}: the text has {len(tokens)}.")

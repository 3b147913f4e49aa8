"""A head's label: a few plain words where its numbers clearly earn them, and none where not.

Only what is measured on this model and this text counts; no list of known heads is consulted. The
rules stand here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.analysis.roles import Roles
from tui.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

HALF = 0.5
"""The share of the attention that a place must get at the least."""

TIMES_EVEN = 2.0
"""How many times the share of an even spread it must be at the least."""

BROAD = 0.9
"""The entropy, as a share of ln n, from which a head is broad."""


RULES = (
    "A head is called by the place that more than half of its attention goes to (the token before, "
    "the token behind, the token itself, the opening token, the closing tokens, punctuation), with "
    "the share, if that is at least twice what an even spread would send there; of several places "
    "by the largest. Else it is called broad if its entropy is at least 0.9 ln n. Else it has no "
    "label."
)
"""The rules, in a sentence for people."""


@dataclass(frozen=True, slots=True)
class Label:
    """A few words for a head, and the number that earned them.

    Attributes:
        words: such as `previous token`.
        share: the share of attention that earned them, or None where the words say it all.
    """

    words: str
    share: float | None = None

    def __str__(self) -> str:
        return self.words if self.share is None else f"{self.words} {self.share:.2f}"


def labels(
    numbers: Mapping[str, NDArray[np.float32]], roles: Roles, tokens: Sequence[str]
) -> dict[tuple[int, int], Label]:
    """The labels of the heads that earn one.

    Args:
        numbers: the statistics by their names, `[layer, head]`.
        roles: the tokens' roles.
        tokens: the word pieces: sinks are called by theirs.

    Returns:
        For each (layer, head), counted from 0, that has a label, the label.
    """
    n = len(tokens)
    places = {
        "prev": ("previous token", 1 / n),
        "next": ("next token", 1 / n),
        "self": ("same token", 1 / n),
        "cls": (f"{tokens[0]} sink", 1 / n),
        "sep": (f"{tokens[-1]} sink", int(roles.closing.sum()) / n),
        "punct": ("punctuation", int(roles.punctuation.sum()) / n),
    }
    found: dict[tuple[int, int], Label] = {}
    for layer, head in np.ndindex(numbers["entropy"].shape):
        earned = [
            Label(words, share)
            for name, (words, even) in places.items()
            # A share that is no number is over nothing.
            if (share := float(numbers[name][layer, head])) > HALF and share >= TIMES_EVEN * even
        ]
        if earned:
            found[layer, head] = max(earned, key=lambda label: label.share or 0.0)
        elif numbers["breadth"][layer, head] >= BROAD:
            found[layer, head] = Label("broad")
    return found

"""A head's label: a few plain words where its numbers clearly earn them, and none where not.

Only what is measured on this model and this text counts; no list of known heads is consulted. The
rules stand here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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

FEWEST = 8
"""Below this many ordinary tokens half of the attention is easily won, and there are no labels."""

TOO_SHORT = "text too short"
"""What stands where a label would be, if the text has too few tokens for any."""

RULES = (
    "A head is called by the place that more than half of its attention goes to (the token before, "
    "the token behind, the token itself, the opening token, the closing tokens, punctuation), with "
    "the share, if that is at least twice what an even spread would send there; of several places "
    "by the largest. A sink also says in how many heads of the model it is one. Else a head is "
    "called broad if its entropy is at least 0.9 ln n. Else it has no label, and no head has one "
    f"in a text of fewer than {FEWEST} tokens, special ones not counted."
)
"""The rules, in a sentence for people."""


@dataclass(frozen=True, slots=True)
class Label:
    """A few words for a head, and the number that earned them.

    Attributes:
        words: such as `previous token`.
        statistic: the name of the statistic that earned them.
        share: the share of attention that earned them, or None where the words say it all.
        alike: for a sink how many heads have the same, and how many there are.
    """

    words: str
    statistic: str
    share: float | None = None
    alike: tuple[int, int] | None = None

    @property
    def brief(self) -> str:
        """The label where there is little room."""
        return self.words if self.share is None else f"{self.words} {self.share:.2f}"

    def __str__(self) -> str:
        """The label, such as `[CLS] sink 0.64, as 45 of 72`."""
        if self.alike is None:
            return self.brief
        return f"{self.brief}, as {self.alike[0]} of {self.alike[1]}"


def why_no_labels(roles: Roles) -> str:
    """A sentence if a text has too few tokens for labels; empty if it has enough."""
    ordinary = int((~roles.special).sum())
    if ordinary >= FEWEST:
        return ""
    return (
        f"There are no labels: they need {FEWEST} tokens, special ones not counted, "
        f"and this text has {ordinary}."
    )


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
    if why_no_labels(roles):
        return {}
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
    sinks: dict[str, list[tuple[int, int]]] = {"cls": [], "sep": []}
    for layer, head in np.ndindex(numbers["entropy"].shape):
        earned = {
            name: share
            for name, (_, even) in places.items()
            # A share that is no number is over nothing.
            if (share := float(numbers[name][layer, head])) > HALF and share >= TIMES_EVEN * even
        }
        if earned:
            name = max(earned, key=earned.__getitem__)
            found[layer, head] = Label(places[name][0], name, earned[name])
            if name in sinks:
                sinks[name].append((layer, head))
        elif numbers["breadth"][layer, head] >= BROAD:
            found[layer, head] = Label("broad", "breadth")
    for heads in sinks.values():
        for place in heads:
            found[place] = replace(found[place], alike=(len(heads), numbers["entropy"].size))
    return found

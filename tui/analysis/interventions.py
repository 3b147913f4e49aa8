"""Interventions: what is changed inside a model while it runs, so that one sees what then comes.

A run is a model, a text, and a list of these, mostly none. They are plain data; how an engine
carries them out is `tui.model.interventions`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, TypeAlias

from tui.text import visible

CutBy = Literal["mean", "zero"]
"""The output that a cut head has: its mean over reference sentences, or none.

Zero takes a model off what it was trained on, so that it overstates what a head does; the mean
keeps it there (Wang et al. 2022; Zhang & Nanda 2024).
"""

CUTS: tuple[CutBy, ...] = ("mean", "zero")
"""The ways to cut a head, the usual one first."""


@dataclass(frozen=True, slots=True, order=True)
class CutHead:
    """A head gives on the same whatever it attends to.

    Attributes:
        layer: counted from 0.
        head: counted from 0.
        by: what it gives on.
    """

    layer: int
    head: int
    by: CutBy = "mean"


@dataclass(frozen=True, slots=True, order=True)
class CutArrow:
    """One token no longer attends to another in one head: that attention weight is 0.

    Attributes:
        layer: counted from 0.
        head: counted from 0.
        query: the position of the token that attends.
        key: the position of the token attended to.
        renormalised: the row's other weights are scaled so that it sums to 1 again.
    """

    layer: int
    head: int
    query: int
    key: int
    renormalised: bool = False


Pairs: TypeAlias = tuple[tuple[int, int], ...]
"""Which token of another sentence stands for which one here: (here, there), counted from 0."""


@dataclass(frozen=True, slots=True, order=True)
class Transplant:
    """A head gives on what it gives on in another sentence.

    Attributes:
        layer: counted from 0.
        head: counted from 0.
        text: the other sentence, read by the model as it is.
        pairs: the tokens at which the head's output is the other sentence's, and at which token
            that is; at all others it gives on its own. Empty for all of them token by token, as the
            other sentence then has as many. They are kept in the order of the tokens here.
    """

    layer: int
    head: int
    text: str
    pairs: Pairs = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "pairs", _in_order(self.pairs))


@dataclass(frozen=True, slots=True, order=True)
class TransplantResidual:
    """A layer gets at one token what it gets there in another sentence.

    Attributes:
        layer: counted from 0; into layer 0 go the embeddings.
        token: the position of the token.
        text: the other sentence, read by the model as it is.
        pairs: which token there stands for which one here, that of `token` among them. Empty for
            token by token, as the other sentence then has as many.
    """

    layer: int
    token: int
    text: str
    pairs: Pairs = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "pairs", _in_order(self.pairs))

    @property
    def partner(self) -> int | None:
        """The position of the token in the other sentence; None if it has none."""
        return dict(self.pairs).get(self.token) if self.pairs else self.token


def _in_order(pairs: Iterable[tuple[int, int]]) -> Pairs:
    return tuple(sorted((here, there) for here, there in pairs))


Intervention: TypeAlias = CutHead | Transplant | TransplantResidual | CutArrow

Interventions: TypeAlias = tuple[Intervention, ...]

NONE: Interventions = ()
"""The model as it is."""


def ordered(interventions: Iterable[Intervention]) -> Interventions:
    """Each of them once, in one order: runs that are the same compare equal."""
    unique = set(interventions)
    heads = sorted(one for one in unique if isinstance(one, CutHead))
    transplants = sorted(one for one in unique if isinstance(one, Transplant))
    residuals = sorted(one for one in unique if isinstance(one, TransplantResidual))
    arrows = sorted(one for one in unique if isinstance(one, CutArrow))
    return (*heads, *transplants, *residuals, *arrows)


def names_tokens(one: Intervention) -> bool:
    """Whether an intervention is about tokens by their places, so that it is of one text alone."""
    if isinstance(one, CutHead):
        return False
    return not isinstance(one, Transplant) or bool(one.pairs)


def all_but(
    kept: Iterable[tuple[int, int]], layers: int, heads: int, by: CutBy = "mean"
) -> Interventions:
    """Cuts of all heads but some.

    Args:
        kept: the (layer, head) that stay, counted from 0.
        layers: how many layers the model has.
        heads: how many heads each of them has.
        by: what the others give on.
    """
    staying = set(kept)
    return tuple(
        CutHead(layer, head, by)
        for layer in range(layers)
        for head in range(heads)
        if (layer, head) not in staying
    )


def cut_heads(interventions: Iterable[Intervention]) -> frozenset[tuple[int, int]]:
    """The (layer, head) that are cut, counted from 0."""
    return frozenset((one.layer, one.head) for one in interventions if isinstance(one, CutHead))


def changed_heads(interventions: Iterable[Intervention]) -> frozenset[tuple[int, int]]:
    """The (layer, head) that are cut or transplanted, counted from 0; none can be twice."""
    return frozenset(
        (one.layer, one.head) for one in interventions if isinstance(one, CutHead | Transplant)
    )


def described(
    interventions: Sequence[Intervention],
    labels: Sequence[str] = (),
    *,
    means: str = "mean",
    most: int = 12,
) -> str:
    """Interventions in words, layers and heads counted from 1: `cut (mean): 2·9, 5·10`.

    Args:
        interventions: in their order.
        labels: the tokens' names; positions counted from 1 stand in for them. Tokens of another
            sentence are named by these alone.
        means: the mean that heads are cut to, in words.
        most: how many are named.

    Returns:
        Empty if there are none.
    """
    cuts = [one for one in interventions if isinstance(one, CutHead)]
    arrows = [one for one in interventions if isinstance(one, CutArrow)]
    parts = []
    for by, group in groupby(sorted(cuts, key=lambda one: (one.by, one)), lambda one: one.by):
        named = [f"{one.layer + 1}·{one.head + 1}" for one in group]
        parts.append(f"cut ({means if by == 'mean' else by}): {_listed(named, most)}")
    parts += _transplants([one for one in interventions if isinstance(one, Transplant)], most)
    residuals = [one for one in interventions if isinstance(one, TransplantResidual)]
    for text, moved in groupby(sorted(residuals, key=_from), lambda one: one.text):
        named = [
            f"into {one.layer + 1} at {_token(one.token, labels)}{_partner(one)}" for one in moved
        ]
        parts.append(f"residual transplanted from “{visible(text)}”: {_listed(named, most)}")
    if arrows:
        parts.append(f"arrows cut: {_listed([_arrow(one, labels) for one in arrows], most)}")
    return "; ".join(parts)


def _listed(names: Sequence[str], most: int) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def _from(one: TransplantResidual) -> tuple[str, TransplantResidual]:
    return one.text, one


def _transplants(ones: Iterable[Transplant], most: int) -> Iterator[str]:
    by_text = sorted(ones, key=lambda one: (one.text, one.pairs, one))
    for (text, pairs), moved in groupby(by_text, lambda one: (one.text, one.pairs)):
        named = [f"{one.layer + 1}·{one.head + 1}" for one in moved]
        at = [f"{here + 1} from {there + 1}" for here, there in pairs]
        tokens = f" (tokens {_listed(at, most)})" if at else ""
        yield f"transplanted from “{visible(text)}”{tokens}: {_listed(named, most)}"


def _partner(one: TransplantResidual) -> str:
    """Where the other sentence's token is not at the same place, which it is."""
    return "" if one.partner in (None, one.token) else f" from token {one.partner + 1}"


def _token(place: int, labels: Sequence[str]) -> str:
    return labels[place] if place < len(labels) else str(place + 1)


def _arrow(arrow: CutArrow, labels: Sequence[str]) -> str:
    query, key = (_token(place, labels) for place in (arrow.query, arrow.key))
    how = " (renormalised)" if arrow.renormalised else ""
    return f"{arrow.layer + 1}·{arrow.head + 1} {query} → {key}{how}"

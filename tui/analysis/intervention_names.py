"""Interventions in the names of files and as plain types, layers and heads counted from 1."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from tui.analysis.interventions import (
    CUTS,
    CutArrow,
    CutBy,
    CutHead,
    Intervention,
    Pairs,
    Transplant,
    TransplantResidual,
)

_NAMED = 4
"""How many cuts a file's name lists; more are counted, with a hash that tells them apart."""


def in_file_names(interventions: Sequence[Intervention]) -> list[str]:
    """The parts of a file's name that say what was changed: `cut2.9-5.10`, `cut3.1_zero`.

    An arrow is `arrow2.9.4.6`, its tokens counted from 1 too, and ends in `r` if the row's other
    weights were scaled to make up for it. Of transplants, `transplant2.9_1a2b3c4d`, the sentence is
    a hash, with the pairs of tokens if there are any; so it is of what goes into a layer at a
    token, `residual3.5_1a2b3c4d`.
    """
    parts = []
    for by in CUTS:
        heads = [
            f"{one.layer + 1}.{one.head + 1}"
            for one in interventions
            if isinstance(one, CutHead) and one.by == by
        ]
        if heads:
            parts.append(_listed("cut", "heads", heads) + ("" if by == CUTS[0] else f"_{by}"))
    parts += _moved("transplant", "heads", [
        (one.text, one.pairs, one.layer, one.head)
        for one in interventions if isinstance(one, Transplant)
    ])  # fmt: skip
    parts += _moved("residual", "places", [
        (one.text, one.pairs, one.layer, one.token)
        for one in interventions if isinstance(one, TransplantResidual)
    ])  # fmt: skip
    arrows = [
        f"{one.layer + 1}.{one.head + 1}.{one.query + 1}.{one.key + 1}{'r' * one.renormalised}"
        for one in interventions
        if isinstance(one, CutArrow)
    ]
    if arrows:
        parts.append(_listed("arrow", "s", arrows))
    return parts


def _moved(kind: str, many: str, ones: Sequence[tuple[str, Pairs, int, int]]) -> list[str]:
    """A part for each sentence that something is transplanted from."""
    parts = []
    for text, pairs in sorted({one[:2] for one in ones}):
        names = [f"{layer + 1}.{at + 1}" for *of, layer, at in ones if of == [text, pairs]]
        written = text + "".join(f" {here}<{there}" for here, there in pairs)
        parts.append(f"{_listed(kind, many, names)}_{_hash(written)}")
    return parts


def _listed(kind: str, many: str, names: Sequence[str]) -> str:
    joined = "-".join(names)
    if len(names) <= _NAMED:
        return f"{kind}{joined}"
    return f"{kind}{len(names)}{many}-{_hash(joined)}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def as_plain(one: Intervention) -> dict[str, object]:
    """An intervention in plain types; positions of tokens are counted from 0, as arrays are."""
    if isinstance(one, TransplantResidual):
        return {
            "transplant": "residual", "layer": one.layer + 1, "token": one.token, "from": one.text,
            **_plain_pairs(one.pairs),
        }  # fmt: skip
    place = {"layer": one.layer + 1, "head": one.head + 1}
    if isinstance(one, CutHead):
        return {"cut": "head", **place, "by": one.by}
    if isinstance(one, Transplant):
        return {"transplant": "head", **place, "from": one.text, **_plain_pairs(one.pairs)}
    return {
        "cut": "arrow", **place, "query": one.query, "key": one.key,
        "renormalised": one.renormalised,
    }  # fmt: skip


def _plain_pairs(pairs: Pairs) -> dict[str, object]:
    return {"pairs": [list(pair) for pair in pairs]} if pairs else {}


def from_plain(data: object) -> Intervention | None:
    """The intervention that plain types are; None if they are none."""
    if not isinstance(data, Mapping):
        return None
    layer, head = (_number(data, name, 1) for name in ("layer", "head"))
    if layer is None:
        return None
    if data.get("transplant") is not None:
        return _transplant(data, layer - 1)
    if head is None:
        return None
    if data.get("cut") == "head":
        by: CutBy | None = next((by for by in CUTS if by == data.get("by")), None)
        return None if by is None else CutHead(layer - 1, head - 1, by)
    query, key = (_number(data, name, 0) for name in ("query", "key"))
    if data.get("cut") != "arrow" or query is None or key is None:
        return None
    return CutArrow(layer - 1, head - 1, query, key, data.get("renormalised") is True)


def _transplant(data: Mapping[object, object], layer: int) -> Intervention | None:
    """What is transplanted into a layer, counted from 0."""
    text, pairs = data.get("from"), _pairs(data.get("pairs", []))
    if not isinstance(text, str) or pairs is None:
        return None
    head, token = _number(data, "head", 1), _number(data, "token", 0)
    if data.get("transplant") == "head" and head is not None:
        return Transplant(layer, head - 1, text, pairs)
    if data.get("transplant") == "residual" and token is not None:
        return TransplantResidual(layer, token, text, pairs)
    return None


def _pairs(data: object) -> Pairs | None:
    if not isinstance(data, list) or not all(
        isinstance(pair, list)
        and len(pair) == 2
        and all(isinstance(place, int) and place >= 0 for place in pair)
        for pair in data
    ):
        return None
    return tuple((here, there) for here, there in data)


def _number(data: Mapping[object, object], name: str, least: int) -> int | None:
    value = data.get(name)
    return value if isinstance(value, int) and value >= least else None

"""Interventions in the names of files and as plain types, layers and heads counted from 1."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from tui.analysis.interventions import CUTS, CutArrow, CutBy, CutHead, Intervention, Transplant

_NAMED = 4
"""How many cuts a file's name lists; more are counted, with a hash that tells them apart."""


def in_file_names(interventions: Sequence[Intervention]) -> list[str]:
    """The parts of a file's name that say what was changed: `cut2.9-5.10`, `cut3.1_zero`.

    An arrow is `arrow2.9.4.6`, its tokens counted from 1 too, and ends in `r` if the row's other
    weights were scaled to make up for it. Of transplants, `transplant2.9_1a2b3c4d`, the sentence is
    a hash.
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
    for text in sorted({one.text for one in interventions if isinstance(one, Transplant)}):
        moved = [
            f"{one.layer + 1}.{one.head + 1}"
            for one in interventions
            if isinstance(one, Transplant) and one.text == text
        ]
        parts.append(f"{_listed('transplant', 'heads', moved)}_{_hash(text)}")
    arrows = [
        f"{one.layer + 1}.{one.head + 1}.{one.query + 1}.{one.key + 1}{'r' * one.renormalised}"
        for one in interventions
        if isinstance(one, CutArrow)
    ]
    if arrows:
        parts.append(_listed("arrow", "s", arrows))
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
    place = {"layer": one.layer + 1, "head": one.head + 1}
    if isinstance(one, CutHead):
        return {"cut": "head", **place, "by": one.by}
    if isinstance(one, Transplant):
        return {"transplant": "head", **place, "from": one.text}
    return {
        "cut": "arrow", **place, "query": one.query, "key": one.key,
        "renormalised": one.renormalised,
    }  # fmt: skip


def from_plain(data: object) -> Intervention | None:
    """The intervention that plain types are; None if they are none."""
    if not isinstance(data, Mapping):
        return None
    layer, head = (_number(data, name, 1) for name in ("layer", "head"))
    if layer is None or head is None:
        return None
    if data.get("cut") == "head":
        by: CutBy | None = next((by for by in CUTS if by == data.get("by")), None)
        return None if by is None else CutHead(layer - 1, head - 1, by)
    if data.get("transplant") == "head":
        text = data.get("from")
        return Transplant(layer - 1, head - 1, text) if isinstance(text, str) else None
    query, key = (_number(data, name, 0) for name in ("query", "key"))
    if data.get("cut") != "arrow" or query is None or key is None:
        return None
    return CutArrow(layer - 1, head - 1, query, key, data.get("renormalised") is True)


def _number(data: Mapping[object, object], name: str, least: int) -> int | None:
    value = data.get(name)
    return value if isinstance(value, int) and value >= least else None

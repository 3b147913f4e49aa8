"""The dialog that asks which model to use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from tui.dialogs.picker import Offer, Picker, Sections
from tui.model.hub.catalogue import WELL_KNOWN, CachedModel, size
from tui.model.names import EMBEDDED, known_as


@dataclass(frozen=True, slots=True)
class KnownModels:
    """The models that are known.

    Attributes:
        current: the model in use.
        cached: the models of the cache, None until they are listed.
        offline: what would have to be downloaded is not offered.
    """

    current: str
    cached: Sequence[CachedModel] | None
    offline: bool


class ModelPicker(Picker[str]):
    """Lists the embedded model, those in the local cache and well-known ones, and takes any name.

    Args:
        known: the models that are known by now.
    """

    PLACEHOLDER: ClassVar[str] = "a name on the hub, a folder, or a part of a name below"
    NAMES: ClassVar[int] = 30

    def __init__(self, known: Callable[[], KnownModels]) -> None:
        super().__init__()
        self._known = known

    def sections(self, typed: str) -> Sections[str]:
        """The model that ships, those of the cache, those of the hub, and what is typed."""
        known = self._known()
        sections = model_sections(known.cached, offline=known.offline)
        listed = {offer.name for _, offers in sections for offer in offers}
        if typed and typed not in listed:
            as_typed = Offer(typed, typed, "a folder, or a name on the hub", is_typed=True)
            sections.append(("As typed", [as_typed]))
        return sections

    def said_of(self, offer: Offer[str] | None) -> str:
        """Words on what enter will do."""
        return f"enter: use {offer.name}" if offer is not None else "type a model's name"

    def marks(self, offer: Offer[str]) -> bool:
        """Whether it is the model in use."""
        return offer.name == self._known().current


def model_sections(
    cached: Sequence[CachedModel] | None, *, offline: bool
) -> list[tuple[str, list[Offer[str]]]]:
    """The models that can be offered, each found by its name.

    Args:
        cached: the models of the cache, None until they are listed.
        offline: what would have to be downloaded is not offered.
    """
    there = [
        Offer(model.name, model.name, _facts(size(model.size), model.layers, model.heads))
        for model in cached or ()
    ]
    names = {offer.name for offer in there}
    known = [
        Offer(
            model.name,
            model.name,
            f"{_facts(size(model.size), model.layers, model.heads)}  {model.about}",
        )
        for model in WELL_KNOWN
        if not names & set(known_as(model.name))
    ]
    here = "In the local cache"
    if not there:
        here += ": none" if cached is not None else ": looking…"
    sections = [
        ("Ships with bertmask-tui", [Offer(EMBEDDED, EMBEDDED, "no download")]),
        (here, there),
    ]
    if not offline:
        sections.append(("To download from the hub", known))
    return sections


def _facts(size_: str, layers: int, heads: int) -> str:
    return f"{size_:>8}  {f'{layers}×{heads}' if layers and heads else '':<6}"

"""Models to choose from. Plain data, known without loading anything."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CachedModel:
    """A model that the hub's local cache holds whole.

    Attributes:
        name: its name on the hub, safe to be shown.
        size: bytes on disk.
        layers: how many layers it has, 0 if its configuration does not say.
        heads: attention heads a layer, 0 if its configuration does not say.
    """

    name: str
    size: int
    layers: int
    heads: int


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A well-known model on the hub.

    Attributes:
        name: its name there.
        size: bytes to download, roughly: the hub says the exact number when it is asked.
        layers: how many layers it has.
        heads: attention heads a layer.
        about: what it is, in a few words.
    """

    name: str
    size: int
    layers: int
    heads: int
    about: str


WELL_KNOWN: tuple[KnownModel, ...] = (
    KnownModel("bert-base-uncased", 441_000_000, 12, 12, "BERT, as in the literature"),
    KnownModel("bert-base-cased", 436_000_000, 12, 12, "BERT that tells capitals apart"),
    KnownModel("bert-large-uncased", 1_345_000_000, 24, 16, "the larger BERT"),
    KnownModel("distilbert-base-uncased", 268_000_000, 6, 12, "a distilled, smaller BERT"),
    KnownModel("roberta-base", 501_000_000, 12, 12, "BERT trained longer"),
    KnownModel("albert-base-v2", 48_000_000, 12, 12, "one layer, used twelve times"),
    KnownModel("bert-base-multilingual-cased", 716_000_000, 12, 12, "BERT in 104 languages"),
    KnownModel("FacebookAI/xlm-roberta-base", 1_125_000_000, 12, 12, "RoBERTa in 100 languages"),
    KnownModel(
        "answerdotai/ModernBERT-base", 600_000_000, 22, 12, "windows in two of three layers"
    ),
)
"""A short list to begin with, the best known model first."""


def size(number: int) -> str:
    """Bytes as people read them, such as `441 MB`."""
    if number >= 1_000_000_000:
        return f"{number / 1e9:.1f} GB"
    return f"{number / 1e6:.0f} MB" if number >= 1_000_000 else f"{number / 1e3:.0f} kB"

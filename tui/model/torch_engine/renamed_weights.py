"""Weights saved under other names than the model's own: from inside a wrapper, or with a trainer.

A model that is trained in a wrapper is called `module` there, or `model`, and whoever saves the
wrapper's weights saves them under names such as `module.bert.embeddings...`. transformers takes
none of them for the model's, and makes up all of them at random.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

_WRAPPERS = {
    "module": "a data-parallel wrapper (DataParallel or DistributedDataParallel)",
    "_orig_mod": "torch.compile",
    "_fsdp_wrapped_module": "a data-parallel wrapper (FSDP)",
    "_checkpoint_wrapped_module": "a wrapper for activation checkpoints",
    "_forward_module": "Lightning Fabric",
}
"""What wrappers call the model inside, and what they are. They may stand anywhere in a name."""

_WRAPPED = re.compile(rf"(?<![^.])(?:{'|'.join(_WRAPPERS)})\.")

_TRAINERS = {"model": "a trainer's module, as Lightning's"}
"""What trainers call the model that they train."""

_ENOUGH = 0.5
"""The share of the missing weights that new names must find to be believed."""


@dataclass(frozen=True, slots=True)
class Renamed:
    """Weights under the model's own names.

    Attributes:
        tensors: the weights.
        how: what was done to their names, in a sentence that begins with `The weights of NAME`.
    """

    tensors: Mapping[str, Tensor]
    how: str


def renamed(
    shown: str, files: Sequence[Path], missing: Collection[str], base: str
) -> Renamed | None:
    """Find a model's weights under other names.

    Args:
        shown: the model's name, safe to be shown.
        files: the files that hold the weights.
        missing: the model's own names of weights that were not found.
        base: what the model calls its encoder, such as `bert`; weights of an encoder alone are
            saved without it.

    Returns:
        The weights, or None if they are not the model's, whatever is taken off their names.
    """
    tensors, inside = _read(files)
    wanted = set(missing) | {name.removeprefix(f"{base}.") for name in missing}
    bare = {name: _WRAPPED.sub("", name) for name in tensors}
    prefix = _common_prefix(bare.values(), wanted)
    new = {
        name: short.removeprefix(prefix) if short.startswith(prefix) else short
        for name, short in bare.items()
    }
    if not tensors or sum(name in wanted for name in new.values()) < _ENOUGH * len(missing):
        return None
    taken = _taken_off(tensors, prefix)
    if not taken and not inside:
        return None
    return Renamed(
        {new[name]: tensor for name, tensor in tensors.items()}, _how(shown, taken, prefix, inside)
    )


def _common_prefix(names: Iterable[str], wanted: Collection[str]) -> str:
    """What stands most often before a wanted name; empty if nothing does."""
    found: Counter[str] = Counter()
    for name in names:
        parts = name.split(".")
        cuts = (".".join(parts[at:]) for at in range(len(parts)))
        own = next((cut for cut in cuts if cut in wanted), None)
        if own is not None:
            found[name.removesuffix(own)] += 1
    return found.most_common(1)[0][0] if found else ""


def _taken_off(names: Iterable[str], prefix: str) -> list[str]:
    """What is taken off the names, each part once, in the order in which it stands there."""
    wrappers = dict.fromkeys(part for name in names for part in _WRAPPED.findall(name))
    return [*wrappers, *([prefix] if prefix else [])]


def _how(shown: str, taken: Sequence[str], prefix: str, inside: str) -> str:
    known = {**_WRAPPERS, **_TRAINERS}
    sources = dict.fromkeys(known[part[:-1]] for part in taken if part[:-1] in known)
    where = f" from inside {' and '.join(sources)}" if sources else ""
    if not sources and taken:
        where = " from inside another module"
    also = f", in a checkpoint's “{inside}”" if inside else ""
    off = " and ".join(f"“{part}”" for part in taken)
    changed = f": {off} was taken off their names" if taken else ", and were found there"
    return f"The weights of {shown} were saved{where}{also}{changed}."


def _read(files: Sequence[Path]) -> tuple[dict[str, Tensor], str]:
    """All the weights in the files, and the name under which a checkpoint holds them, if any."""
    from safetensors.torch import load_file

    whole: dict[str, Any] = {}
    for path in files:
        if path.suffix == ".safetensors":
            whole |= load_file(path)
        else:
            whole |= torch.load(path, map_location="cpu", weights_only=True)
    inner = {name: value for name, value in whole.items() if isinstance(value, Mapping)}
    tensors = _tensors(whole)
    for name, value in inner.items():
        if len(within := _tensors(value)) > len(tensors):
            return within, name
    return tensors, ""


def _tensors(found: Mapping[str, Any]) -> dict[str, Tensor]:
    return {str(name): value for name, value in found.items() if isinstance(value, Tensor)}

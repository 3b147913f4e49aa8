"""The attention weights in an npz file, whoever saved it, as `[layer, head, query, key]`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.errors import ModelError
from tui.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NAMES = ("attention", "attentions", "weights", "attention_weights", "attn")
_MOST = 5  # dimensions


@dataclass(frozen=True, slots=True, eq=False)
class SavedWeights:
    """The attention that a file holds.

    Attributes:
        weights: `[layer, head, query, key]`.
        notes: how they were taken, if the file leaves that open.
    """

    weights: NDArray[np.float32]
    notes: tuple[str, ...] = ()


def find_weights(file: Mapping[str, NDArray[np.generic]], shown: str) -> SavedWeights:
    """The attention in a file.

    It is the array `attention`, else the only one that can be it: `[layer, head, query, key]`, with
    a batch of one before or behind the layers; `[head, query, key]` of one layer; `[query, key]` of
    one head. Several arrays of one shape, an array a layer as models give them, are put together
    in the order of the numbers in their names.

    Args:
        file: the arrays.
        shown: how the file is called.

    Raises:
        ModelError: it holds no attention, or several arrays that may be it; says what to do.
    """
    named = [name for name in _NAMES if name in file]
    found = {
        name: array
        for name in named[:1] or file
        if 2 <= (array := file[name]).ndim <= _MOST and array.dtype.kind in "fiu"
    }
    if not named:
        found = _likeliest(found)
    if len(found) > 1 and (layers := _layers(found)) is not None:
        return SavedWeights(
            layers, (f"This file has an array for each layer: {', '.join(_in_order(found))}.",)
        )
    if len(found) != 1:
        raise ModelError(
            f"{shown} holds {'several' if found else 'no'} arrays of attention weights: "
            "name the one of shape [layer, head, query, key] 'attention'."
        )
    [array] = found.values()
    weights, notes = _whole(array, shown)
    if weights.shape[-1] != weights.shape[-2] or 0 in weights.shape:
        raise ModelError(
            f"The attention in {shown} is {' × '.join(map(str, array.shape))}: what can be shown "
            "is [layer, head, query, key] with as many queries as keys."
        )
    return SavedWeights(np.ascontiguousarray(weights, dtype=np.float32), notes)


def _likeliest(found: Mapping[str, NDArray[np.generic]]) -> dict[str, NDArray[np.generic]]:
    """Of arrays without a name that says so, those that look like attention."""
    for dimensions in ((4, 5), (3,), (2,)):
        fitting = {name: array for name, array in found.items() if array.ndim in dimensions}
        square = {
            name: array
            for name, array in fitting.items()
            if array.shape[-1] == array.shape[-2] and array.dtype.kind == "f"
        }
        if square or (fitting and 4 in dimensions):
            return square or fitting
    return {}


def _layers(found: Mapping[str, NDArray[np.generic]]) -> NDArray[np.float32] | None:
    """Arrays of one layer each, `[head, query, key]` or a batch of one of it, put together."""
    shapes = {array.shape for array in found.values()}
    if len(shapes) > 1:
        return None
    [shape] = shapes
    if len(shape) not in (3, 4) or (len(shape) == 4 and shape[0] != 1):
        return None
    arrays = [found[name].reshape(shape[-3:]) for name in _in_order(found)]
    return np.stack(arrays).astype(np.float32)


def _in_order(found: Mapping[str, NDArray[np.generic]]) -> list[str]:
    """Names by the numbers in them: `layer_2` before `layer_10`."""
    return sorted(found, key=lambda name: [int(part) for part in re.findall(r"\d+", name)])


def _whole(array: NDArray[np.generic], shown: str) -> tuple[NDArray[np.generic], tuple[str, ...]]:
    """An array with all four dimensions, and what had to be supposed."""
    match array.ndim:
        case 2:
            return array[None, None], (
                "This file holds one matrix: it is shown as head 1 of layer 1.",
            )
        case 3:
            return array[None], (
                "This file has no dimension of layers: what it holds is shown as the heads of "
                "layer 1.",
            )
        case 5:
            for batch in (1, 0):
                if array.shape[batch] == 1:
                    return np.take(array, 0, axis=batch), ()
            raise ModelError(
                f"{shown} holds the attention of {array.shape[1]} sentences: save one, of shape "
                "[layer, head, query, key]."
            )
        case _:
            return array, ()

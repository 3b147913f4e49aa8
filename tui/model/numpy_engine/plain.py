"""Decides whether a checkpoint is a plain BERT encoder, and opens it.

Whatever is odd, new, broken or missing makes it none: then torch runs it, or says what is wrong.
"""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import numpy as np

from tui.model.engine import EngineShape
from tui.model.numpy_engine.configuration import Configuration, NotPlainError, read
from tui.model.numpy_engine.encoder import Layer, Linear, Norm, PlainEncoder
from tui.model.numpy_engine.engine import NumpyEngine
from tui.model.numpy_engine.threads import in_threads
from tui.model.numpy_engine.weights import SIZES, Weights

CONFIG = "config.json"


def open_plain(folder: Path) -> NumpyEngine | None:
    """Open the checkpoint in a folder if it is that of a plain encoder.

    Args:
        folder: what `save_pretrained` wrote, or a folder in the hub's cache.

    Returns:
        What runs it; None if it is no plain encoder, or not whole.
    """
    try:
        config = read(json.loads((folder / CONFIG).read_text(encoding="utf-8")))
        weights = Weights.open(folder)
        _check(config, weights)
        return NumpyEngine(_encoder(config, weights), _shape(config))
    except (OSError, ValueError, RecursionError, MemoryError):
        return None


def _shape(config: Configuration) -> EngineShape:
    reserved = config.padding + 1 if config.padding is not None else 0
    return EngineShape(
        type=config.type,
        layers=config.layers,
        heads=config.heads,
        embeddings=config.vocabulary,
        positions=config.positions - reserved,
        takes=frozenset(["input_ids"] + ["token_type_ids"] * bool(config.segments)),
        segments=config.segments,
    )


def _shapes(config: Configuration) -> dict[str, tuple[int, ...]]:
    """The shape of each weight that is needed, but of the decoder's, by its name."""
    family = config.family
    size, inner = config.hidden, config.inner
    shapes: dict[str, tuple[int, ...]] = {
        family.words: (config.vocabulary, size),
        family.positions: (config.positions, size),
    }
    if family.segments:
        shapes[family.segments] = (config.segments, size)
    linear = {
        family.query: (size, size), family.key: (size, size), family.value: (size, size),
        family.output: (size, size), family.up: (inner, size), family.down: (size, inner),
    }  # fmt: skip
    for layer in range(config.layers):
        for name, shape in linear.items():
            shapes[f"{name.format(layer)}.weight"] = shape
            shapes[f"{name.format(layer)}.bias"] = shape[:1]
        for name in (family.output_norm, family.down_norm):
            shapes |= dict.fromkeys(_both(name.format(layer)), (size,))
    shapes |= {f"{family.head}.weight": (size, size), f"{family.head}.bias": (size,)}
    for name in (family.norm, family.head_norm):
        shapes |= dict.fromkeys(_both(name), (size,))
    return shapes


def _both(name: str) -> tuple[str, str]:
    return f"{name}.weight", f"{name}.bias"


def _check(config: Configuration, weights: Weights) -> None:
    """Refuse weights that are not exactly a plain encoder's.

    Raises:
        NotPlainError: some are missing, are of another shape or kind, or are not known.
    """
    family = config.family
    shapes = _shapes(config)
    biases = [name for name in family.bias_names if name in weights.names]
    shapes |= dict.fromkeys(biases, (config.vocabulary,))
    decoder = f"{family.decoder}.weight"
    if decoder in weights.names:
        shapes[decoder] = shapes[family.words]
    if not biases or not shapes.keys() <= weights.names:
        raise NotPlainError("weights are missing")
    if any(
        weights[name].shape != shape or weights[name].dtype not in SIZES
        for name, shape in shapes.items()
    ):
        raise NotPlainError("weights are of another shape or kind")
    if any(not family.is_surplus(name) for name in weights.names - shapes.keys()):
        raise NotPlainError("there are weights of unknown use")
    # Two that are one in the model may both be in the file; if they differ they are not tied.
    if decoder in weights.names:
        _check_same(weights, family.words, decoder)
    _check_same(weights, biases[0], biases[-1])


def _check_same(weights: Weights, one: str, other: str) -> None:
    same = weights[one].dtype == weights[other].dtype and np.array_equal(
        weights[one].bytes, weights[other].bytes
    )
    if not same:
        raise NotPlainError(f"{one} and {other} differ")


def _encoder(config: Configuration, weights: Weights) -> PlainEncoder:
    """Put the encoder together; what is to be converted is converted in threads."""
    family, epsilon = config.family, config.epsilon

    def linear(name: str) -> Linear:
        return Linear(*(weights[one].floats() for one in _both(name)))

    def norm(name: str) -> Norm:
        weight, bias = (weights[one].floats() for one in _both(name))
        return Norm(weight, bias, epsilon)

    def layer(number: int) -> Layer:
        return Layer(
            Linear(*(weights.joined(names) for names in family.joined(number))),
            linear(family.output.format(number)),
            norm(family.output_norm.format(number)),
            linear(family.up.format(number)),
            linear(family.down.format(number)),
            norm(family.down_norm.format(number)),
        )

    bias = next(name for name in family.bias_names if name in weights.names)
    layers = in_threads([partial(layer, number) for number in range(config.layers)])
    return PlainEncoder(
        words=weights[family.words].floats(),
        positions=weights[family.positions].floats(),
        segments=weights[family.segments].floats() if family.segments else None,
        norm=norm(family.norm),
        layers=layers,
        head=linear(family.head),
        head_norm=norm(family.head_norm),
        bias=weights[bias].floats(),
        heads=config.heads,
        padding=config.padding,
    )

"""Writes a checkpoint so that all of it can be used where it lies in the file.

python -m tui.model.numpy_engine.layout FOLDER FILE
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from tui.model.numpy_engine.names import FAMILIES
from tui.model.numpy_engine.weights import SIZES, DamagedError, Stored, Weights

_ALIGNED = 64
"""Bytes: where the numbers begin is a multiple of it, as processors like it best."""


def write_layout(source: Path, target: Path) -> None:
    """Rewrite a checkpoint's safetensors in the layout that maps without a copy.

    All floating-point numbers become float32, with the values that they have; query, key and value
    of each layer come one behind the other, weights and biases.

    Args:
        source: the folder of a checkpoint, with its configuration.
        target: the file to be written.

    Raises:
        OSError: a file cannot be read or written.
        ValueError: the checkpoint is damaged, or of a family that the plain encoder does not run.
        RecursionError: likewise.
    """
    kind = json.loads((source / "config.json").read_text(encoding="utf-8")).get("model_type")
    if kind not in FAMILIES:
        raise DamagedError(f"no plain encoder, but {kind}")
    ordered = _ordered(Weights.open(source), kind)
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    contents, start = [], 0
    for one in ordered:
        is_float = one.dtype in SIZES
        content = one.floats().view(np.uint8) if is_float else one.bytes
        header[one.name] = {
            "dtype": "F32" if is_float else one.dtype,
            "shape": list(one.shape),
            "data_offsets": [start, start := start + content.size],
        }
        contents.append(content)
    written = json.dumps(header, separators=(",", ":")).encode()
    written += b" " * (-(8 + len(written)) % _ALIGNED)
    with target.open("wb") as file:
        file.write(len(written).to_bytes(8, "little"))
        file.write(written)
        for content in contents:
            file.write(content.tobytes())


def _ordered(weights: Weights, kind: str) -> list[Stored]:
    """All weights: those that are joined one behind the other, then the others, integers last."""
    family, joined, layer = FAMILIES[kind], [], 0
    while all(name in weights.names for names in family.joined(layer) for name in names):
        joined += [name for names in family.joined(layer) for name in names]
        layer += 1
    others = sorted(
        weights.names - set(joined), key=lambda name: (weights[name].dtype not in SIZES, name)
    )
    return [weights[name] for name in (*joined, *others)]


if __name__ == "__main__":
    write_layout(*map(Path, sys.argv[1:3]))

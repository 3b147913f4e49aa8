"""A model's configuration file, as far as it is read without loading anything."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

CONFIG = "config.json"


def read_config(folder: Path) -> dict[str, Any]:
    """The configuration in a model's folder; empty if there is none that can be read."""
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return config if isinstance(config, dict) else {}


_LAYERS = ("num_hidden_layers", "n_layers", "encoder_layers", "num_layers")
_HEADS = ("num_attention_heads", "n_heads", "encoder_attention_heads", "num_heads")


def shape(config: Mapping[str, Any]) -> tuple[int, int]:
    """Layers and heads as a configuration has them, 0 where it does not say."""
    inner = config.get("text_config")
    config = {**config, **inner} if isinstance(inner, dict) else config

    def number(names: Collection[str]) -> int:
        return next((n for name in names if isinstance(n := config.get(name), int)), 0)

    return number(_LAYERS), number(_HEADS)

"""`bertmask-tui models`: what can be used without network."""

from __future__ import annotations

import json

from tui.model.hub.cache import cached_models, of_folder
from tui.model.hub.catalogue import CachedModel, size
from tui.model.names import EMBEDDED


def models(*, as_json: bool) -> None:
    """Print the embedded model and those that the hub's local cache holds whole.

    Args:
        as_json: print JSON instead of a table.
    """
    from tui.model.torch_engine.loading import EMBEDDED_FOLDER

    found = [of_folder(EMBEDDED, EMBEDDED_FOLDER), *cached_models()]
    if as_json:
        print(json.dumps([_as_data(model) for model in found], indent=2))
        return
    width = max(len(model.name) for model in found)
    for model in found:
        shape = f"{model.layers}×{model.heads}" if model.layers and model.heads else ""
        print(f"{model.name:<{width}}  {size(model.size):>8}  {shape}".rstrip())


def _as_data(model: CachedModel) -> dict[str, object]:
    return {
        "name": model.name,
        "bytes": model.size,
        "layers": model.layers or None,
        "heads": model.heads or None,
    }

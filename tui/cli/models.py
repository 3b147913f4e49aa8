"""`bertmask-tui models`: the models that can be used without network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.cli import options
from tui.cli.output import print_json
from tui.model.names import EMBEDDED

if TYPE_CHECKING:
    from tui.model.hub.catalogue import CachedModel


@options.command("models")
@options.as_json()
def models(as_json: bool) -> None:
    """List the models that can be used without network."""
    from tui.model.folders import EMBEDDED_FOLDER
    from tui.model.hub.cache import cached_models, of_folder
    from tui.model.hub.catalogue import size

    found = [of_folder(EMBEDDED, EMBEDDED_FOLDER), *cached_models()]
    if as_json:
        print_json([as_data(model) for model in found])
        return
    width = max(len(model.name) for model in found)
    for model in found:
        shape = f"{model.layers}×{model.heads}" if model.layers and model.heads else ""
        print(f"{model.name:<{width}}  {size(model.size):>8}  {shape}".rstrip())


def as_data(model: CachedModel) -> dict[str, object]:
    """A model in plain types; a shape that its configuration does not say is null."""
    return {
        "name": model.name,
        "bytes": model.size,
        "layers": model.layers or None,
        "heads": model.heads or None,
    }

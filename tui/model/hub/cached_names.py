"""The names of models that the hub's local cache seems to hold, by a look at its folders alone.

Quick, for a shell that completes a word: whether they are whole is not looked at, `cache.py` does.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tui.model.hub.configuration import CONFIG, read_config
from tui.model.refused import REFUSED

_MODELS = "models--"
"""The beginning of a model's folder; in the rest `--` stands for the slash of its name."""

_NO_MASKED_LM = ("ForCausalLM", "LMHeadModel", "ForConditionalGeneration")
"""The ends of architectures' names that predict no masked words."""


def cached_names() -> list[str]:
    """The names of what may be masked language models, sorted."""
    return sorted(name for name, folder in _cached() if _may_be_shown(folder))


def cached_folder(name: str) -> Path | None:
    """The folder with the configuration of a model in the cache, or None."""
    return next((folder for known, folder in _cached() if known == name), None)


def _cached() -> Iterator[tuple[str, Path]]:
    """The names in the cache, each with one of its folders that have a configuration."""
    from huggingface_hub import constants

    try:
        folders = [*Path(constants.HF_HUB_CACHE).glob(f"{_MODELS}*/snapshots/*/{CONFIG}")]
    except OSError:
        return
    found = {}
    for path in folders:
        repository = path.parents[2].name.removeprefix(_MODELS)
        found[repository.replace("--", "/")] = path.parent
    yield from found.items()


def _may_be_shown(folder: Path) -> bool:
    config = read_config(folder)
    kinds = config.get("architectures")
    named = [str(kind) for kind in kinds] if isinstance(kinds, list) else []
    kind = str(config.get("model_type"))
    return kind not in REFUSED and not any(name.endswith(_NO_MASKED_LM) for name in named)

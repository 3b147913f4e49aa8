"""Names of models, devices and numbers, known without loading anything."""

from __future__ import annotations

from pathlib import Path

EMBEDDED = "embedded"
"""The name of the model that ships with the package."""

AUTO = "auto"
"""The fastest device that the machine has."""

CPU = "cpu"
"""The processor, which every machine has."""

DEVICES = (AUTO, CPU, "cuda", "mps")
"""Where a model can compute."""

FLOAT32 = "float32"
"""The numbers that attention weights are computed with unless asked otherwise."""

DTYPES = (FLOAT32, "bfloat16", "float16")
"""The numbers that a model can compute with."""

_MOVED: dict[str, tuple[str, ...]] = {
    "google-bert": ("bert-",),
    "distilbert": ("distilbert-",),
    "FacebookAI": ("roberta-", "xlm-roberta-"),
    "albert": ("albert-",),
}
"""Organisations at the hub, and the names that their models had before they had organisations."""


def known_as(name: str) -> tuple[str, ...]:
    """All names of a model on the hub: some of the oldest have one without an organisation too."""
    organisation, _, last = name.rpartition("/")
    if organisation in _MOVED and last.startswith(_MOVED[organisation]):
        return name, last
    if not organisation:
        return name, *(f"{new}/{name}" for new, old in _MOVED.items() if name.startswith(old))
    return (name,)


def own_folder(name: str) -> Path | None:
    """The folder on this machine that a name stands for, if there is one."""
    try:
        folder = Path(name).expanduser()
        return folder if folder.is_dir() else None
    except (OSError, RuntimeError, ValueError):  # no name that a file could have, nobody's home
        return None


def absolute_name(name: str) -> str:
    """A name that means the same in every current folder."""
    folder = own_folder(name)
    return name if folder is None or name == EMBEDDED else str(folder.absolute())


SAVED = ".npz"
"""The end of the name of a file of saved attention."""


def is_saved(name: str) -> bool:
    """Whether a model's name is that of a file of saved attention."""
    return name.endswith(SAVED)

"""`--version`: the program's version, and those of what it depends on; nothing is loaded."""

from __future__ import annotations

import platform

from tui import __version__
from tui.cli.output import PROGRAM

LIBRARIES = ("torch", "transformers", "textual", "rich", "numpy")
"""The libraries whose versions a report of an error needs."""


def versions() -> list[str]:
    """The program and its version; then, a line each, Python, the libraries, the embedded model."""
    from importlib.metadata import PackageNotFoundError, version

    lines = [f"{PROGRAM} {__version__}", f"python {platform.python_version()}"]
    for name in LIBRARIES:
        try:
            lines.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            lines.append(f"{name} (not installed)")
    return [*lines, _embedded()]


def _embedded() -> str:
    """The embedded model: its shape, its card's word on what it was made from, its identity."""
    from tui.model.checkpoint_identity import checkpoint_identity
    from tui.model.folders import EMBEDDED_FOLDER
    from tui.model.hub.configuration import read_config, shape
    from tui.model.names import EMBEDDED

    layers, heads = shape(read_config(EMBEDDED_FOLDER))
    try:
        card = (EMBEDDED_FOLDER / "README.md").read_text(encoding="utf-8").splitlines()
        identity = checkpoint_identity(EMBEDDED_FOLDER)[:12]
    except OSError as error:
        return f"{EMBEDDED} (cannot be read: {error.strerror})"
    bases = [line.partition(":")[2].strip() for line in card if line.startswith("base_model:")]
    made = f", made from {bases[0].rpartition('/')[2]}" if bases else ""
    return f"{EMBEDDED} {identity} ({layers} layers of {heads} heads{made})"

"""Means of heads' outputs as a file, and the folder in which those of each checkpoint are kept."""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from platformdirs import user_cache_path

from tui.model.interventions import HeadMeans, TokenKind

SCHEMA = "bertmask-tui/means/1"


def means_folder() -> Path:
    """Where means are kept that took a while to compute; nothing is lost with it."""
    return user_cache_path("bertmask-tui", appauthor=False) / "means"


def kept_file(identity: str) -> Path:
    """The file in that folder for what has this identity."""
    return means_folder() / f"{hashlib.sha256(identity.encode()).hexdigest()[:32]}.npz"


def read_means(path: Path, identity: str) -> HeadMeans | None:
    """The means in a file; None if there is none, or it is damaged, or of something else.

    Args:
        path: the file.
        identity: what they have to be of.
    """
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            if (str(file["schema"]), str(file["identity"])) != (SCHEMA, identity):
                return None
            outputs, sentences, of = file["outputs"], int(file["sentences"]), str(file["of"])
    except (OSError, ValueError, KeyError, EOFError, BadZipFile, TypeError, AttributeError):
        return None
    if outputs.dtype != np.float32 or outputs.ndim != 4 or len(outputs) != len(TokenKind):
        return None
    return HeadMeans(outputs, sentences, of)


def write_means(path: Path, means: HeadMeans, identity: str) -> None:
    """Write means, whole or not at all.

    Args:
        path: the file; its folder is made.
        means: the means.
        identity: what they are of.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    number, written = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=".npz")
    try:
        with os.fdopen(number, "wb") as file:
            np.savez(
                file, schema=SCHEMA, identity=identity, outputs=means.outputs,
                sentences=np.int64(means.sentences), of=means.of,
            )  # fmt: skip
        Path(written).chmod(0o644)
        Path(written).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(written).unlink()
        raise

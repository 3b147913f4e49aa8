"""A model's name becomes a folder on this machine; what is on the hub is fetched first."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tui.errors import NoSuchModelError
from tui.model.names import EMBEDDED, own_folder
from tui.text import visible

if TYPE_CHECKING:
    from tui.model.hub.download import Report

EMBEDDED_FOLDER = Path(__file__).parent / "embedded"


def find_folder(
    name: str,
    *,
    offline: bool,
    report: Report,
    cancelled: Callable[[], bool],
    check: Callable[[str, Path], None],
) -> Path:
    """The folder on this machine that holds a model; if need be, it is fetched first.

    Args:
        name: `embedded`, a folder, or a model's name on the hub.
        offline: use what lies on this machine and never the network.
        report: told how far a download is.
        cancelled: asked during a download; once it is true, it is given up.
        check: told the name, safe to be shown, and the folder with the configuration of what is to
            be fetched; raises ModelError to refuse the rest of it.

    Raises:
        NoSuchModelError: the name is nobody's.
        ModelError: the model cannot be had; the sentence says what to do.
        Cancelled: the download was given up.
    """
    if name == EMBEDDED:
        return EMBEDDED_FOLDER
    if (folder := own_folder(name)) is not None:
        return folder
    shown = visible(name)
    if _is_file(name):
        raise NoSuchModelError(
            f"{shown} is a file, and a model is a folder of files: give the folder that it lies in."
        )
    if _names_a_path(name):
        raise NoSuchModelError(
            f"There is no folder {shown}; "
            f"give a model's folder, its name on the hub, or {EMBEDDED!r}."
        )
    from tui.model.hub.cache import cached

    if (folder := cached(name)) is not None:
        return folder
    from huggingface_hub import constants

    from tui.model.library_settings import without_network

    # While a model is made, which is soon over, a download waits.
    if offline or (constants.HF_HUB_OFFLINE and not without_network.holds):
        raise NoSuchModelError(
            f"There is no model named {shown} on this machine; "
            f"leave out --offline to download it, or use --model {EMBEDDED}."
        )
    from tui.model.hub.download import download

    return download(name, report=report, cancelled=cancelled, check=partial(check, shown))


def _names_a_path(name: str) -> bool:
    return name.startswith((".", "~", os.sep)) or name.count("/") > 1


def _is_file(name: str) -> bool:
    try:
        return Path(name).expanduser().is_file()
    except (OSError, RuntimeError, ValueError):  # no name that a file could have, nobody's home
        return False

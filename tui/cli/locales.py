"""The locale that the terminal's user has chosen, as far as it says which signs can be shown."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

_OUTRIGHT = ("C", "POSIX")
_PYTHON_S_OWN = ("C.UTF-8", "C.utf8", "UTF-8")
"""What Python itself puts into `LC_CTYPE` where the locale is C, before all of this (PEP 538)."""


def speaks_ascii_only() -> bool:
    """Whether the locale says C or POSIX outright; an unset one often means that ssh lost it."""
    return _locale(os.environ, _at_start()) in _OUTRIGHT


def _locale(environ: Mapping[str, str], at_start: Mapping[str, str] | None) -> str:
    """The locale of characters: of the variables that are not empty the first (POSIX, XBD 8.2).

    Args:
        environ: the environment.
        at_start: the environment before Python changed it, where the system tells.
    """
    known = environ if at_start is None else at_start
    names = ["LC_ALL", "LC_CTYPE", "LANG"]
    if at_start is None and environ.get("LC_CTYPE") in _PYTHON_S_OWN:
        names.remove("LC_CTYPE")
    return next(filter(None, map(known.get, names)), "")


def _at_start() -> dict[str, str] | None:
    """The environment that this process was started with; None where the system does not tell."""
    try:
        told = Path("/proc/self/environ").read_bytes()
    except OSError:
        return None
    pairs = (os.fsdecode(pair).partition("=") for pair in told.split(b"\0"))
    return {name: value for name, _, value in pairs}

"""Why a model cannot be had from the hub, in one sentence that says what to do."""

from __future__ import annotations

import errno

import httpx2
from huggingface_hub import constants
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
)

from tui.errors import Cancelled, ModelError, NoSuchModelError, UserError
from tui.model.names import EMBEDDED
from tui.text import clean, visible

_NOBODYS = (RepositoryNotFoundError, HFValidationError, OfflineModeIsEnabled)
"""What the hub's library raises where no model has the name."""


def explained(name: str, error: Exception) -> Exception:
    """The error for the user: what went wrong, in one sentence that says what to do."""
    if isinstance(error, UserError | Cancelled):
        return error
    causes = [error]
    while (cause := causes[-1].__cause__) is not None and isinstance(cause, Exception):
        causes.append(cause)
    for one in causes:
        if (said := _sentence(visible(name), one)) is not None:
            is_nobodys = isinstance(one, _NOBODYS) and not isinstance(one, GatedRepoError)
            return NoSuchModelError(said) if is_nobodys else ModelError(said)
    words = clean(str(error).partition("\n")[0])[:200] or type(error).__name__
    return ModelError(f"{visible(name)} could not be downloaded: {words}")


def _sentence(name: str, error: Exception) -> str | None:
    if isinstance(error, GatedRepoError):
        return (
            f"{name} is gated: ask for access on its page at the hub, then log in with "
            "`hf auth login` or set HF_TOKEN."
        )
    if isinstance(error, RepositoryNotFoundError):
        return (
            f"There is no model named {name} here, and the hub does not let you have one: check "
            f"the spelling; for a private model, log in with `hf auth login` or set HF_TOKEN."
        )
    if isinstance(error, HFValidationError):
        return f"{name} is no name that a model can have; check the spelling."
    if isinstance(error, HfHubHTTPError):
        return _about_status(name, error.response.status_code)
    if isinstance(error, OfflineModeIsEnabled):
        return (
            f"There is no model named {name} on this machine; unset HF_HUB_OFFLINE and leave out "
            f"--offline to download it, or use --model {EMBEDDED}."
        )
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full: free some space to download {name}."
    if isinstance(error, PermissionError):
        return f"{name} cannot be stored: you may not write to {constants.HF_HUB_CACHE}."
    if "onsistency check failed" in str(error):
        return f"A file of {name} came incomplete; choose it again to download it anew."
    if isinstance(error, httpx2.TransportError):
        return (
            f"There is no model named {name} on this machine, and the hub cannot be reached; "
            f"check the network, or use --model {EMBEDDED}."
        )
    if isinstance(error, LocalEntryNotFoundError) and error.__cause__ is None:
        return f"The hub does not have all the files of {name}; choose another model."
    return None


def _about_status(name: str, status: int) -> str:
    if status == 401:
        return f"The hub does not accept your token for {name}: log in anew with `hf auth login`."
    if status == 403:
        return f"The hub does not let you have {name}: log in with `hf auth login` or set HF_TOKEN."
    if status == 404:
        return f"The hub does not have all the files of {name}; choose another model."
    if status == 429:
        return (
            f"The hub has had too many requests from here for now; wait a minute to download "
            f"{name}, or log in with `hf auth login`."
        )
    return f"The hub has a problem of its own (HTTP {status}); try {name} again later."

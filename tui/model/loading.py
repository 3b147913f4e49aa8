"""A name or a path becomes a loaded model and its tokenizer, or one clear sentence."""

from __future__ import annotations

import json
import os
from pathlib import Path

import torch
from transformers import AutoModelForMaskedLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase
from transformers.utils import logging as transformers_logging

from tui.errors import ModelError
from tui.model import probe
from tui.model.names import EMBEDDED

EMBEDDED_FOLDER = Path(__file__).parent / "embedded"

# Progress bars and warnings would be written over the screen or into a pipe.
transformers_logging.disable_progress_bar()
transformers_logging.set_verbosity_error()


def load(
    name: str = EMBEDDED, *, offline: bool = False
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Load a masked language model whose attention can be recorded, in float32, for inference.

    Args:
        name: `embedded`, a folder, or a model's name on the hub.
        offline: use what lies on this machine and never the network.

    Returns:
        The model and its tokenizer.

    Raises:
        ModelError: there is no such model, or it cannot be read; the sentence says what to do.
    """
    folder = EMBEDDED_FOLDER if name == EMBEDDED else Path(name).expanduser()
    local = folder.is_dir()
    if local:
        _check_folder(folder)
    elif _names_a_path(name):
        raise ModelError(
            f"There is no folder {name}; give a model's folder, its name on the hub, or {EMBEDDED!r}."
        )
    source = str(folder) if local else name
    try:
        tokenizer = AutoTokenizer.from_pretrained(source, local_files_only=local or offline)
        model = AutoModelForMaskedLM.from_pretrained(
            source,
            dtype=torch.float32,
            attn_implementation=probe.NAME,
            local_files_only=local or offline,
        )
    except Exception as error:  # whatever the libraries raise, the user gets one sentence
        raise ModelError(_explain(name, local, offline, error)) from error
    if tokenizer.mask_token_id is None:
        raise ModelError(
            f"{name} has no mask token, so it is no masked language model; "
            "choose one such as bert-base-uncased."
        )
    tokenizer.padding_side = "right"
    return model.eval(), tokenizer


def _names_a_path(name: str) -> bool:
    return name.startswith((".", "~", os.sep)) or name.count("/") > 1


def _check_folder(folder: Path) -> None:
    """Raise ModelError unless the folder holds a model's configuration."""
    try:
        json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(
            f"The folder {folder} holds no model: it has no config.json; "
            "give the folder that save_pretrained wrote."
        ) from None
    except (OSError, ValueError) as error:
        raise ModelError(f"The model in {folder} cannot be read: its config.json: {error}.") from error


def _explain(name: str, local: bool, offline: bool, error: Exception) -> str:
    cause = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, MemoryError):
        return f"There is not enough memory to load {name}; choose a smaller model."
    if local:
        return f"The model in {name} cannot be loaded: {_shorten(cause)}"
    if offline:
        return (
            f"There is no model named {name} on this machine; "
            f"leave out --offline to download it, or use --model {EMBEDDED}."
        )
    if isinstance(error, OSError):
        return (
            f"There is no model named {name} to be had: it is no folder here, it is not in the "
            "local cache, and the hub does not have it or cannot be reached; check the spelling and "
            f"the network, or use --model {EMBEDDED}."
        )
    return f"{name} cannot be loaded as a masked language model: {_shorten(cause)}"


def _shorten(cause: str, longest: int = 200) -> str:
    return cause if len(cause) <= longest else cause[: longest - 1] + "…"

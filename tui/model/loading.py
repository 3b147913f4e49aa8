"""A name or a path becomes a loaded model and its tokenizer, or one clear sentence."""

from __future__ import annotations

import json
import logging
import os
import textwrap
from pathlib import Path

import torch
from huggingface_hub import constants, get_session
from transformers import (
    MODEL_FOR_MASKED_LM_MAPPING,
    AutoConfig,
    AutoModelForMaskedLM,
    AutoTokenizer,
    PretrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)
from transformers.utils import logging as transformers_logging

from tui.errors import ModelError
from tui.model import probe
from tui.model.names import EMBEDDED
from tui.text import clean, visible

EMBEDDED_FOLDER = Path(__file__).parent / "embedded"

HUB_TIMEOUT = 3.0
"""Seconds the hub has to answer before it counts as out of reach."""

# Progress bars and warnings would be written over the screen or into a pipe.
transformers_logging.disable_progress_bar()
transformers_logging.set_verbosity_error()
logging.getLogger("huggingface_hub").setLevel(logging.ERROR)


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
    folder = EMBEDDED_FOLDER if name == EMBEDDED else _folder(name)
    shown = visible(name)
    if folder:
        _check_folder(folder)
    elif _names_a_path(name):
        raise ModelError(
            f"There is no folder {shown}; "
            f"give a model's folder, its name on the hub, or {EMBEDDED!r}."
        )
    source = str(folder) if folder else name
    offline = offline or constants.HF_HUB_OFFLINE
    reachable = not folder and not offline and _hub_answers()
    options = {"local_files_only": not reachable, "trust_remote_code": False}
    try:
        config = AutoConfig.from_pretrained(source, **options)
        _check_kind(shown, config)
        tokenizer = AutoTokenizer.from_pretrained(source, config=config, **options)
        model = AutoModelForMaskedLM.from_pretrained(
            source, config=config, dtype=torch.float32, attn_implementation=probe.NAME, **options
        )
    except ModelError:
        raise
    except Exception as error:  # whatever the libraries raise, the user gets one sentence
        if folder or not isinstance(error, OSError):
            raise ModelError(_unreadable(shown, error)) from error
        raise ModelError(_missing(shown, offline, reachable)) from error
    if tokenizer.mask_token_id is None:
        raise ModelError(
            f"{shown} has no mask token, so it is no masked language model; "
            "choose one such as bert-base-uncased."
        )
    tokenizer.padding_side = "right"
    return model.eval(), tokenizer


def _folder(name: str) -> Path | None:
    """The folder that a name stands for, if there is one."""
    try:
        folder = Path(name).expanduser()
        return folder if folder.is_dir() else None
    except (OSError, RuntimeError, ValueError):  # no name that a file could have, nobody's home
        return None


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
        raise ModelError(
            f"The model in {folder} cannot be read: its config.json: {error}."
        ) from error


def _check_kind(name: str, config: PretrainedConfig) -> None:
    """Raise ModelError unless transformers has a masked language model for the configuration."""
    if type(config) not in MODEL_FOR_MASKED_LM_MAPPING:
        raise ModelError(
            f"{name} is a {config.model_type} model, which has no word to say about a mask; "
            "choose a masked language model, such as bert-base-uncased."
        )


def _hub_answers() -> bool:
    """Whether the hub can be reached: asked once, since the library tries each file for 20 s."""
    try:
        get_session().head(constants.ENDPOINT, timeout=HUB_TIMEOUT)
    except Exception:  # no network, no name, a proxy that refuses: what it is makes no difference
        return False
    return True


def _missing(name: str, offline: bool, reachable: bool) -> str:
    if offline:
        return (
            f"There is no model named {name} on this machine; "
            f"leave out --offline to download it, or use --model {EMBEDDED}."
        )
    if not reachable:
        return (
            f"There is no model named {name} on this machine, and the hub cannot be reached; "
            f"check the network, or use --model {EMBEDDED}."
        )
    return (
        f"There is no model named {name} here, and the hub does not let you have one; "
        f"check the spelling, or use --model {EMBEDDED}."
    )


def _unreadable(name: str, error: Exception) -> str:
    if isinstance(error, MemoryError):
        return f"There is not enough memory to load {name}; choose a smaller model."
    cause = clean(str(error)) or type(error).__name__
    return f"The model {name} cannot be loaded: {textwrap.shorten(cause, 200, placeholder=' …')}"

"""A name or a path becomes a loaded model and its tokenizer, or one clear sentence.

Whatever is loaded is a folder on this machine: the embedded model's, the user's own, or one in the
hub's cache, which `download` fills first. So transformers never asks the network for anything, nor
does it ask the hub's conversion service about pickled weights behind the user's back.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import (
    MODEL_FOR_MASKED_LM_MAPPING,
    AutoModelForMaskedLM,
    PretrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from tui.errors import ModelError, UserError
from tui.model.folders import find_folder
from tui.model.hub.download import Report
from tui.model.library_settings import quiet_hub, without_network
from tui.model.memory import lack_of_memory_is_told
from tui.model.names import EMBEDDED
from tui.model.torch_engine import probe
from tui.model.torch_engine.configuration import read_configuration
from tui.model.torch_engine.devices import AUTO, FLOAT32, resolve_device
from tui.model.torch_engine.model_files import weight_files
from tui.model.torch_engine.quiet import quiet
from tui.model.torch_engine.renamed_weights import renamed
from tui.model.torch_engine.tokenizer_fit import check_fit, load_tokenizer
from tui.text import clean, visible


@contextmanager
def unwatched() -> Iterator[None]:
    """Inside the `with` block transformers and the hub's library say nothing and ask nobody."""
    with quiet(), quiet_hub(), without_network():
        yield


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """A loaded model and its tokenizer.

    Attributes:
        model: the model, for inference, on its device.
        tokenizer: its tokenizer; it pads at the right.
        has_head: the masked-LM head was among the weights.
        warnings: what makes the model's answers doubtful, a sentence each.
    """

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    has_head: bool = True
    warnings: tuple[str, ...] = ()


def load(
    name: str = EMBEDDED,
    *,
    offline: bool = False,
    device: str = AUTO,
    dtype: str = FLOAT32,
    report: Report = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Checkpoint:
    """Load a masked language model whose attention can be recorded, for inference.

    Args:
        name: `embedded`, a folder, or a model's name on the hub.
        offline: use what lies on this machine and never the network.
        device: where it computes: `auto`, `cpu`, `cuda` or `mps`.
        dtype: the numbers it computes with, whatever the file holds.
        report: told how far a download is.
        cancelled: asked during a download; once it is true, it is given up.

    Raises:
        NoSuchModelError: the name is nobody's.
        ModelError: the model cannot be had or read; the sentence says what to do.
        Cancelled: the download was given up.
    """
    shown = visible(name)
    folder = find_folder(
        name, offline=offline, report=report, cancelled=cancelled, check=check_configuration
    )
    with unwatched():
        try:
            with lack_of_memory_is_told(
                f"There is not enough memory for {shown} on {device}; "
                "choose a smaller model, or another --device or --dtype."
            ):
                return _load(folder, shown, device, dtype)
        except UserError:
            raise
        except Exception as error:  # whatever the libraries raise, the user gets one sentence
            raise ModelError(unreadable(shown, error)) from error


def check_configuration(shown: str, folder: Path) -> None:
    """Refuse a model of which no more than its configuration is known.

    Args:
        shown: its name, safe to be shown.
        folder: where its configuration lies.

    Raises:
        ModelError: it is none that can be shown.
    """
    with unwatched():
        try:
            read_configuration(shown, folder)
        except UserError:
            raise
        except Exception as error:
            raise ModelError(unreadable(shown, error)) from error


def _load(folder: Path, shown: str, device: str, dtype: str) -> Checkpoint:
    where, numbers = resolve_device(device, dtype)
    config = read_configuration(shown, folder)
    tokenizer, of_tokenizer = load_tokenizer(shown, folder, config)
    files = weight_files(shown, folder)
    model, report = _read(folder, config, numbers)
    warnings = list(of_tokenizer)
    missing = _missing(report)
    if report["unexpected_keys"] and any(_is_of_encoder(model, key) for key in missing):
        found = renamed(shown, files, missing, model.base_model_prefix)
        if found is not None:
            model, report = _read(None, config, numbers, state_dict=dict(found.tensors))
            missing = _missing(report)
            warnings.append(found.how)
    _check_shapes(shown, report["mismatched_keys"])
    of_encoder = {key for key in missing if _is_of_encoder(model, key)}
    if of_encoder:
        warnings.append(_made_up(shown, model, of_encoder, report["unexpected_keys"]))
    if config.model_type == "xmod" and config.default_language is None:
        model.set_default_language(config.languages[0])
        warnings.append(f"{shown} reads every text as {config.languages[0]}.")
    warnings += check_fit(shown, folder, tokenizer, model)
    # A bias may be missing from the files of old models, whose heads are trained all the same.
    has_head = not any(key.endswith("weight") for key in missing - of_encoder)
    return Checkpoint(model.to(where).eval(), tokenizer, has_head, tuple(warnings))


def _read(
    folder: Path | None, config: PretrainedConfig, numbers: torch.dtype, **given: Any
) -> tuple[PreTrainedModel, Mapping[str, Any]]:
    """Have transformers make the model, and say which weights it did not find, know or fit in.

    Args:
        folder: where its weights are; None if they are given as `state_dict`.
        config: its configuration, which may have been changed since by who read it before.
        numbers: what it computes with.
        given: other arguments.
    """
    # The automatic class wants a folder, and the family's own does with none.
    maker = AutoModelForMaskedLM if folder else MODEL_FOR_MASKED_LM_MAPPING[type(config)]
    model, report = maker.from_pretrained(
        folder,
        config=config,
        dtype=numbers,
        # A configuration may name an attention of its own, even one to be fetched from the hub.
        attn_implementation=probe.NAME,
        output_loading_info=True,
        # What does not fit is told better than transformers does.
        ignore_mismatched_sizes=True,
        local_files_only=True,
        trust_remote_code=False,
        weights_only=True,
        **given,
    )
    return model, report


def _missing(report: Mapping[str, Any]) -> set[str]:
    return {str(key) for key in report["missing_keys"]}


def _check_shapes(shown: str, mismatched: Collection[tuple[str, Any, Any]]) -> None:
    """Refuse weights of other shapes than the configuration's.

    Args:
        shown: the model's name, safe to be shown.
        mismatched: the name of each such weight, its shape in the file and in the model.

    Raises:
        ModelError: there are some.
    """
    if not mismatched:
        return
    key, there, wanted = min(mismatched, key=lambda one: str(one[0]))
    count = len(mismatched) - 1
    others = f", and {count} more {'does' if count == 1 else 'do'} not fit" if count else ""
    raise ModelError(
        f"The model {shown} cannot be loaded: its weights are not those of its config.json, "
        f"{visible(str(key))} is {_shape(there)} in the file and {_shape(wanted)} by the "
        f"configuration{others}; put the two that belong together into its folder."
    )


def _shape(shape: Collection[int]) -> str:
    return " × ".join(map(str, shape)) or "one number"


def _made_up(
    shown: str, model: PreTrainedModel, missing: Collection[str], unknown: Collection[str]
) -> str:
    """The sentence about weights of the encoder that no file has."""
    count = sum(1 for key, _ in model.named_parameters() if _is_of_encoder(model, key))
    others = ""
    if unknown:
        first = visible(min(map(str, unknown)))
        others = f"; {len(unknown)} there are of names that the model does not have, as {first}"
    return (
        f"{len(missing)} of {count} weights of the encoder are not in the file of {shown} "
        f"and were made up at random: its attention and its candidates mean nothing{others}."
    )


def _is_of_encoder(model: PreTrainedModel, key: str) -> bool:
    """Whether a weight decides what attention looks like: it is in the model below the head."""
    prefix = f"{model.base_model_prefix}."
    return key.startswith(prefix) and "pooler" not in key and ".decoder." not in key


def unreadable(name: str, error: Exception) -> str:
    """The sentence about a model that the libraries could not read.

    Args:
        name: the model's name, safe to be shown.
        error: what they raised.
    """
    words = str(error)
    if "Weights only load failed" in words or "weights_only" in words:
        return (
            f"{name} is refused: its pickled weights hold more than numbers, and reading that "
            "could run a stranger's code; look for a safetensors version."
        )
    if isinstance(error, EOFError) or "unexpected EOF" in words:
        return f"The model {name} cannot be loaded: its weights are cut off: fetch the file anew."
    if "trust_remote_code" in words:
        return (
            f"{name} is refused: it needs code from its own repository to be run, "
            "which never happens here; choose a model of a type that transformers has itself."
        )
    cause = clean(words) or type(error).__name__
    return f"The model {name} cannot be loaded: {textwrap.shorten(cause, 200, placeholder=' …')}"

"""Models in the hub's local cache: which there are, whether they are whole, where they lie.

Nothing here touches the network.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from huggingface_hub import (
    CachedRepoInfo,
    constants,
    scan_cache_dir,
    try_to_load_from_cache,
)
from huggingface_hub.errors import CacheNotFound
from huggingface_hub.file_download import repo_folder_name

from tui.errors import ModelError
from tui.model.hub.catalogue import CachedModel
from tui.model.hub.configuration import CONFIG, read_config, shape
from tui.model.names import known_as
from tui.model.refused import REFUSED
from tui.text import visible

ABANDONED_AFTER = 3600.0
"""Seconds after which a part of a file that nobody writes to any more is thrown away."""

# The formats in the order of preference: safe before pickled, one file before several.
WEIGHTS = (
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
)
INDEX_END = ".index.json"
"""The end of the name of an index, which says in which file each weight is."""

_OF_THE_TOKENIZER = re.compile(
    r"tokenizer\.json|tokenizer_config\.json|special_tokens_map\.json|added_tokens\.json"
    r"|vocab\.(txt|json)|merges\.txt|bpe\.codes|entity_vocab\.json"
    r"|word_(shape|pronunciation)\.json|[\w.-]+\.model"
)
_VOCABULARY = re.compile(r"tokenizer\.json|vocab\.(txt|json)|[\w.-]+\.model")
_PLAIN_NAME = re.compile(r"[\w][\w.-]*")


def is_of_tokenizer(file: str) -> bool:
    """Whether a file's name is that of a tokenizer's file."""
    return _OF_THE_TOKENIZER.fullmatch(file) is not None


def is_vocabulary(file: str) -> bool:
    """Whether a file's name is that of a file with a vocabulary in it."""
    return _VOCABULARY.fullmatch(file) is not None


def files_to_fetch(name: str, files: Collection[str]) -> tuple[list[str], list[str]]:
    """Choose, of a repository's files, those that make a model.

    Args:
        name: the model's name, safe to be shown.
        files: all paths in the repository.

    Returns:
        The configuration and the tokenizer's files, the configuration first; and of the weights the
        file, or the index of several.

    Raises:
        ModelError: there is no configuration, or there are no weights that can be read.
    """
    if CONFIG not in files:
        raise ModelError(
            f"{visible(name)} holds no model that transformers can read: it has no {CONFIG}."
        )
    weights = next((file for file in WEIGHTS if file in files), None)
    if weights is None:
        raise ModelError(
            f"{visible(name)} has no weights in safetensors or PyTorch format, "
            "which are the ones that can be read."
        )
    small = sorted(filter(is_of_tokenizer, files))
    return [CONFIG, *small], [weights]


def shards(index: Path) -> list[str]:
    """The files that an index of weights names.

    Raises:
        ModelError: the index cannot be read, or names a file outside its folder.
    """
    try:
        named = json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()
        names = sorted({str(name) for name in named})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"{visible(str(index))}, which says in which file each weight is, cannot be read: "
            "fetch it anew."
        ) from error
    for name in names:
        if not _PLAIN_NAME.fullmatch(name):
            raise ModelError(
                f"The index of weights {visible(str(index))} names {visible(name)}, which is no "
                "file's name; fetch it anew."
            )
    return names


def is_whole(folder: Path) -> bool:
    """Whether a folder has a configuration, a vocabulary and all the weights."""
    if not (folder / CONFIG).is_file():
        return False
    if not any(is_vocabulary(path.name) and path.is_file() for path in folder.iterdir()):
        return False
    for weights in WEIGHTS:
        if (folder / weights).is_file():
            if not weights.endswith(INDEX_END):
                return True
            with suppress(ModelError):
                return all((folder / shard).is_file() for shard in shards(folder / weights))
    return False


def cached(name: str) -> Path | None:
    """The folder in which the cache holds a model whole, or None.

    That is the revision of the branch `main`, or else the newest that is whole.
    """
    held = []
    for one in known_as(name):
        with suppress(OSError, ValueError):  # no name that a model could have
            config = try_to_load_from_cache(one, CONFIG)
            if isinstance(config, str) and is_whole(Path(config).parent):
                return Path(config).parent
            held += [one] * _root(one).is_dir()
    if not held:
        return None  # without a look at everything else that the cache holds
    repos = {repo.repo_id: repo for repo in _scanned()}
    return next((folder for one in held if one in repos and (folder := _whole(repos[one]))), None)


def _root(name: str) -> Path:
    """The folder that the cache has for a model, if it holds something of it."""
    folder = repo_folder_name(repo_id=name, repo_type=constants.REPO_TYPE_MODEL)
    return Path(constants.HF_HUB_CACHE) / folder


def _scanned() -> list[CachedRepoInfo]:
    """The models that the cache holds something of."""
    try:
        scanned = scan_cache_dir(constants.HF_HUB_CACHE)
    except (CacheNotFound, OSError, ValueError):  # there is none, or it cannot be read
        return []
    return [repo for repo in scanned.repos if repo.repo_type == constants.REPO_TYPE_MODEL]


def _whole(repo: CachedRepoInfo) -> Path | None:
    """The folder of a revision that is whole: of the branch `main`, or else of the newest."""
    revisions = sorted(
        repo.revisions,
        key=lambda one: (constants.DEFAULT_REVISION not in one.refs, -one.last_modified),
    )
    folders = (revision.snapshot_path for revision in revisions)
    return next((folder for folder in folders if is_whole(folder)), None)


def remove_leftovers(name: str) -> None:
    """Remove parts of files that a download of this model left when its process was killed.

    No download goes on from them: each begins a file of its own.
    """
    with suppress(OSError):
        for path in (_root(name) / "blobs").glob("*.incomplete"):
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > ABANDONED_AFTER:
                    path.unlink()


def cached_models() -> list[CachedModel]:
    """The masked language models that the cache holds whole, by name."""
    from transformers.models.auto.modeling_auto import MODEL_FOR_MASKED_LM_MAPPING_NAMES

    found = []
    for repo in _scanned():
        with suppress(OSError):  # a folder that cannot be read hides no other
            if (folder := _whole(repo)) is None:
                continue
            kind = read_config(folder).get("model_type")
            if kind in MODEL_FOR_MASKED_LM_MAPPING_NAMES and kind not in REFUSED:
                found.append(of_folder(visible(repo.repo_id), folder))
    return sorted(found, key=lambda model: model.name)


def of_folder(name: str, folder: Path) -> CachedModel:
    """The model in a folder, as its configuration and its files describe it."""
    size = sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
    return CachedModel(name, size, *shape(read_config(folder)))

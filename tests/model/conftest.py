from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from transformers import AutoModelForMaskedLM, PreTrainedModel, PreTrainedTokenizerBase

from tui.model.folders import EMBEDDED_FOLDER
from tui.model.masked_lm import MaskedLM
from tui.model.torch_engine.loading import Checkpoint, load
from tui.model.torch_engine.opening import open_checkpoint

# Where several test processes share two processors, threads that wait for each other take many
# times longer over a small model than one thread does.
torch.set_num_threads(1)


@pytest.fixture(scope="session")
def loaded() -> Checkpoint:
    """The embedded model as `load` gives it, and its tokenizer."""
    return load()


@pytest.fixture(scope="session")
def model(loaded: Checkpoint) -> MaskedLM:
    """The embedded model on torch, ready to be asked."""
    return MaskedLM("embedded", open_checkpoint("embedded", loaded))


@pytest.fixture(scope="session")
def eager() -> PreTrainedModel:
    """The embedded model as transformers itself shows its attention."""
    return AutoModelForMaskedLM.from_pretrained(EMBEDDED_FOLDER, attn_implementation="eager").eval()


@pytest.fixture(scope="session")
def tokenizer(loaded: Checkpoint) -> PreTrainedTokenizerBase:
    return loaded.tokenizer


class Cancelling:
    """Says after so many questions that the work is no longer wanted."""

    def __init__(self, after: int) -> None:
        self.asked = 0
        self._after = after

    def __call__(self) -> bool:
        self.asked += 1
        return self.asked > self._after


@pytest.fixture
def cancelling() -> Callable[[int], Cancelling]:
    return Cancelling

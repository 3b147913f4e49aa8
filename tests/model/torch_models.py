"""Models on torch, whatever could run them without it, and what stands behind them."""

from __future__ import annotations

from pathlib import Path

from transformers import PreTrainedModel

from tui.model.handover import Handover
from tui.model.masked_lm import MaskedLM
from tui.model.torch_engine.engine import TorchEngine
from tui.model.torch_engine.opening import open_torch


def on_torch(name: str | Path, *, device: str = "cpu", dtype: str = "float32") -> MaskedLM:
    """A model, or the one in a folder, run by torch from the beginning."""
    return MaskedLM(str(name), open_torch(str(name), offline=True, device=device, dtype=dtype))


def engine(model: MaskedLM) -> TorchEngine:
    """The engine on torch that a model has, or gets."""
    found = model.engine.other() if isinstance(model.engine, Handover) else model.engine
    assert isinstance(found, TorchEngine)
    return found


def network(model: MaskedLM) -> PreTrainedModel:
    """transformers' own model."""
    return engine(model).model

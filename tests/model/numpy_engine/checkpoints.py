"""Random checkpoints of the plain encoder, and what transformers makes of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import load_file, save_file
from transformers import MODEL_FOR_MASKED_LM_MAPPING, AutoConfig, AutoModelForMaskedLM

from tui.model.engine import EngineAnswer, EngineQuestion, EngineRow, Gate
from tui.model.numpy_engine.engine import NumpyEngine
from tui.model.numpy_engine.plain import open_plain
from tui.model.torch_engine.quiet import quiet

VOCABULARY = 60
PADDING = {"bert": 0, "distilbert": 0, "roberta": 1, "xlm-roberta": 1, "camembert": 1}
KINDS = sorted(PADDING)

_SIZES = {
    "hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 64,
    "vocab_size": VOCABULARY, "max_position_embeddings": 514,
}  # fmt: skip
_DISTILBERT = {
    "dim": 32, "n_layers": 3, "n_heads": 4, "hidden_dim": 64, "vocab_size": VOCABULARY,
    "max_position_embeddings": 514,
}  # fmt: skip


def save(kind: str, folder: Path, loud: float = 8.0, **options: Any) -> Path:
    """Write a random checkpoint of a family, its weights so large that heads differ."""
    torch.manual_seed(3)
    sizes = _DISTILBERT if kind == "distilbert" else _SIZES
    config = AutoConfig.for_model(kind, **{**sizes, "pad_token_id": PADDING[kind], **options})
    model = MODEL_FOR_MASKED_LM_MAPPING[type(config)](config)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "norm" in name.lower():
                weight += 0.1 * torch.randn_like(weight)
            elif weight.dim() == 2:
                weight *= loud
            else:
                weight += 0.2 * torch.randn_like(weight)
    with quiet():
        model.save_pretrained(folder)
    return folder


@dataclass(frozen=True)
class Seen:
    """What transformers says about one text.

    Attributes:
        attention: `[layer, head, query, key]`.
        hidden: `[layer + 1, token, hidden size]`.
        logits: `[token, vocabulary]`.
    """

    attention: np.ndarray
    hidden: np.ndarray
    logits: np.ndarray


class Both:
    """One checkpoint, in transformers and here."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with quiet():
            self.theirs: Any = AutoModelForMaskedLM.from_pretrained(
                folder, attn_implementation="eager", dtype=torch.float32
            ).eval()
        ours = open_plain(folder)
        assert ours is not None
        self.ours: NumpyEngine = ours

    def seen(self, texts: Sequence[dict[str, list[int]]]) -> list[Seen]:
        """What transformers says of texts, in one padded batch."""
        longest = max(len(text["input_ids"]) for text in texts)
        padding = {"input_ids": self.theirs.config.pad_token_id}
        batch = {
            name: torch.tensor(
                [
                    text[name] + [padding.get(name, 0)] * (longest - len(text[name]))
                    for text in texts
                ]
            )
            for name in texts[0]
        }
        lengths = [len(text["input_ids"]) for text in texts]
        batch["attention_mask"] = torch.tensor([[1] * n + [0] * (longest - n) for n in lengths])
        with torch.inference_mode():
            output = self.theirs(**batch, output_attentions=True, output_hidden_states=True)
        return [
            Seen(
                np.stack([one[row, :, :n, :n].numpy() for one in output.attentions]),
                np.stack([one[row, :n].numpy() for one in output.hidden_states]),
                output.logits[row, :n].numpy(),
            )
            for row, n in enumerate(lengths)
        ]

    def ask(
        self, texts: Sequence[dict[str, list[int]]], asked: Sequence[Sequence[int]], **wishes: Any
    ) -> tuple[list[np.ndarray], Sequence[EngineAnswer]]:
        """The attention arrays and the answers of the engine here."""
        return ask(self.ours, texts, asked, **wishes)


def ask(
    engine: NumpyEngine,
    texts: Sequence[dict[str, list[int]]],
    asked: Sequence[Sequence[int]],
    gates: Sequence[Sequence[Gate]] | None = None,
    layers: slice = slice(None),
    **wishes: Any,
) -> tuple[list[np.ndarray], Sequence[EngineAnswer]]:
    """Ask an engine about texts together."""
    held = range(engine.shape.layers)[layers]
    arrays = [
        np.full(
            (len(held), engine.shape.heads, len(text["input_ids"]), len(text["input_ids"])),
            np.nan,
            np.float32,
        )
        for text in texts
    ]
    rows = [
        EngineRow(text, at, array, gates[place] if gates else ())
        for place, (text, at, array) in enumerate(zip(texts, asked, arrays, strict=True))
    ]
    return arrays, engine.run(EngineQuestion(rows, first=held.start, **wishes))


def random_text(
    random: np.random.Generator, length: int, *, pair: bool, vocabulary: int = VOCABULARY
) -> dict[str, list[int]]:
    """Tokens of no meaning; the padding's among them, as a text may have it."""
    text = {"input_ids": random.integers(0, vocabulary, length).tolist()}
    if pair:
        text["token_type_ids"] = [int(place > length // 2) for place in range(length)]
    return text


def rewrite(folder: Path, change: Any) -> None:
    """Change the weights of a checkpoint, a dict by name, in its file."""
    file = folder / "model.safetensors"
    weights = load_file(file)
    change(weights)
    save_file(weights, file, metadata={"format": "pt"})


def configure(folder: Path, **fields: Any) -> None:
    """Write fields into a checkpoint's configuration."""
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))

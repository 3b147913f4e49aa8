"""The baseline of predictions: load a model, run it once on argv[1], print ten lines.

The model is the embedded one, or that of the folder argv[2]; with `stay` behind it the script does
not end then.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import torch
from transformers import AutoModelForMaskedLM, AutoTokenizer

FOLDER = Path(__file__).parents[2] / "tui" / "model" / "embedded"


def main() -> None:
    """Print the ten most probable candidates as the app does: rank, token, probability."""
    folder = sys.argv[2] if len(sys.argv) > 2 else FOLDER
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model = AutoModelForMaskedLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", local_files_only=True
    ).eval()
    inputs = tokenizer(sys.argv[1], return_tensors="pt")
    with torch.inference_mode():
        output = model(**inputs, output_attentions=True)
    mask = (inputs["input_ids"][0] == tokenizer.mask_token_id).nonzero()[0, 0]
    best = output.logits[0, mask].softmax(-1).topk(10)
    for rank, (weight, token) in enumerate(
        zip(best.values.tolist(), best.indices.tolist(), strict=True), 1
    ):
        print(f"{rank:3} {tokenizer.decode([token])} {weight:.3f}", flush=True)
    if "stay" in sys.argv:
        time.sleep(60)


if __name__ == "__main__":
    main()

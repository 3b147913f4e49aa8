"""The baseline of an analysis: bare forward passes with attentions, the model loaded.

Called with the model's folder, the number of tokens and the number of passes; prints the seconds
of each as JSON. It rests before each pass as the app does while a sentence is typed: a processor
that comes from a rest is slower than one in a tight loop.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import torch
from transformers import AutoModelForMaskedLM, AutoTokenizer
from transformers.utils import logging

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.sentences import PAUSE, WARM_UP, sentence


def main() -> None:
    """Time the model alone, without the tokenizer."""
    logging.disable_progress_bar()
    folder, tokens, passes = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model = AutoModelForMaskedLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", local_files_only=True
    ).eval()
    seconds = []
    with torch.inference_mode():
        for number in range(WARM_UP + passes):
            text, _ = sentence(tokens, number)
            inputs = tokenizer(text, return_tensors="pt")
            assert inputs["input_ids"].shape == (1, tokens)
            time.sleep(PAUSE)
            began = time.perf_counter()
            model(**inputs, output_attentions=True)
            seconds.append(time.perf_counter() - began)
    print(json.dumps(seconds[WARM_UP:]))


if __name__ == "__main__":
    main()

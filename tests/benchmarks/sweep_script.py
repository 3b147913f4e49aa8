"""Every head of a model cut in turn, a few times over: seconds of each time as JSON.

Called with the model's folder, the number of tokens and how often. The first time is not counted.
By zero: means are computed once for a model, and no part of it.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.sentences import sentence
from tui.experiments.sweep import sweep
from tui.model.masked_lm import MaskedLM


def main() -> None:
    """Time it."""
    model, tokens, times = (
        MaskedLM.load(sys.argv[1], offline=True),
        int(sys.argv[2]),
        int(sys.argv[3]),
    )
    seconds = []
    for number in range(times + 1):
        text, _ = sentence(tokens, number)
        before = time.perf_counter()
        sweep(model, text, by="zero")
        seconds.append(time.perf_counter() - before)
    print(json.dumps(seconds[1:]))


if __name__ == "__main__":
    main()

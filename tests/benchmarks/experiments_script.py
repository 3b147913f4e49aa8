"""Experiments beside plain runs of the same texts, in turns, in one process; numbers as JSON.

Called with what to measure, the model's folder, the number of tokens and how often. Seconds are
those of processors, all threads together, as `[experiment, plain run]`, a list each; bytes are the
most that were resident above those of the loaded model.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.sentences import WARM_UP, sentence
from tui.analysis.interventions import CutHead, Interventions
from tui.experiments.compare import compare_texts
from tui.experiments.lens import ReadLens, read_lens
from tui.experiments.sweep import sweep
from tui.model.masked_lm import MaskedLM

Experiment = Callable[[MaskedLM, str], object]


def plain(model: MaskedLM, text: str) -> object:
    """A plain run, as `enter` asks for it."""
    return model.analyze(text)


def cut(model: MaskedLM, text: str) -> object:
    """One head cut, new candidates; by zero, as means are computed once for a model."""
    return model.analyze(text, interventions=(CutHead(5, 3, "zero"),))


def lens(model: MaskedLM, text: str) -> object:
    """The lens's first page."""
    return read_lens(ReadLens(text, model.info.name), model)


def both(model: MaskedLM, text: str) -> object:
    """Two sentences compared, that differ in a word."""
    return compare_texts(model, text, _other(text))


def one_by_one(model: MaskedLM, text: str) -> object:
    """Plain runs of the same two."""
    return model.analyze(text), model.analyze(_other(text))


def _other(text: str) -> str:
    return text.replace("[MASK]", "[MASK] cat").rsplit(" ", 1)[0]


def all_heads(model: MaskedLM, text: str) -> object:
    """Every head cut in turn."""
    return sweep(model, text, by="zero")


def one_by_one_whole(model: MaskedLM, text: str) -> object:
    """Heads of a low, a middle and a high layer cut alone, a whole pass each."""
    return [model.scores(text, [cut]) for cuts in _some_cuts(model) for cut in cuts]


def one_by_one_shared(model: MaskedLM, text: str) -> object:
    """The same heads, a pass each, of which what lies below the cut is known."""
    [known] = model.scores(text, keeps_hidden=True)
    return [model.scores(text, [cut], known=known) for cuts in _some_cuts(model) for cut in cuts]


def together(model: MaskedLM, text: str) -> object:
    """The same heads, each layer's in one pass, as a sweep does it."""
    [known] = model.scores(text, keeps_hidden=True)
    return [model.scores(text, cuts, known=known) for cuts in _some_cuts(model)]


def _some_cuts(model: MaskedLM) -> list[list[Interventions]]:
    layers = (0, model.info.layers // 2, model.info.layers - 1)
    return [[(CutHead(layer, at, "zero"),) for at in range(model.info.heads)] for layer in layers]


def seconds(
    experiment: Experiment, beside: Experiment, model: MaskedLM, tokens: int, times: int
) -> list[list[float]]:
    """The seconds of both, turn by turn."""
    found: list[list[float]] = [[], []]
    for number in range(WARM_UP + times):
        text, _ = sentence(tokens, number)
        sides = [(0, experiment), (1, beside)]
        for side, run in sides if number % 2 else reversed(sides):
            before = time.process_time()
            run(model, text)
            found[side].append(time.process_time() - before)
    return [side[WARM_UP:] for side in found]


def status(name: str) -> int:
    """A number of bytes that Linux keeps of this process: `VmRSS`, or `VmHWM`, the most so far."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith(f"{name}:")).split()[1]) * 1024


def most_bytes(experiment: Experiment, model: MaskedLM, tokens: int) -> list[float]:
    """The most bytes above those that the model takes once it has answered a short text."""
    plain(model, sentence(8, 0)[0])
    text, _ = sentence(tokens, 1)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the most so far is now
    before = status("VmRSS")
    experiment(model, text)
    return [float(status("VmHWM") - before)]


def main() -> None:
    """Measure what is asked for."""
    what, tokens, times = sys.argv[1], int(sys.argv[3]), int(sys.argv[4])
    model = MaskedLM.load(sys.argv[2], offline=True)
    memory = {"memory of a sweep": all_heads, "memory of a run": plain}
    if what in memory:
        print(json.dumps(most_bytes(memory[what], model, tokens)))
    else:
        experiment, beside = {
            "cut": (cut, plain),
            "lens": (lens, plain),
            "two sentences": (both, one_by_one),
            "sharing": (one_by_one_shared, one_by_one_whole),
            "batching": (together, one_by_one_shared),
        }[what]
        print(json.dumps(seconds(experiment, beside, model, tokens, times)))


if __name__ == "__main__":
    main()

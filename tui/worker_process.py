"""The model's process as a whole: the worker and what runs its jobs. Started by name, not imported.

A composition root, as `app` is one for the interface: the worker knows nothing of experiments and
evidence, and they know nothing of it; here they are tied together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tui.model.worker.child import serve

if TYPE_CHECKING:
    from tui.model.worker.jobs import AnyRunner


def find_runners() -> Mapping[type, AnyRunner]:
    """For each type of job what runs it, imported when the first job comes: torch is waited for."""
    from tui.evidence.export_heads import ExportHeads, export_heads
    from tui.experiments.arrows import SweepArrows, run_sweep_arrows
    from tui.experiments.beside import (
        AnalyzeBeside,
        LetGoOfOther,
        analyze_beside,
        let_go_of_other,
    )
    from tui.experiments.compare import ComparePairs, run_compare_pairs
    from tui.experiments.effect_over_list import MeasureEffectOverList, measure_effect_over_list
    from tui.experiments.lens import ReadLens, read_lens
    from tui.experiments.list_statistics import MeasureList, measure_list
    from tui.experiments.logit_parts import TakeApart, take_apart
    from tui.experiments.residual import SweepResidual, sweep_residual
    from tui.experiments.set_over_list import TrySetOverList, try_set_over_list
    from tui.experiments.smallest_set import FindSmallestSet, find_smallest_set
    from tui.experiments.sweep import SweepHeads, sweep_heads
    from tui.experiments.transplant import SweepTransplants, sweep_transplants
    from tui.experiments.words import ScoreWords, run_score_words
    from tui.model.worker.jobs import Telling

    return {
        AnalyzeBeside: analyze_beside,
        LetGoOfOther: let_go_of_other,
        ComparePairs: run_compare_pairs,
        ExportHeads: export_heads,
        FindSmallestSet: find_smallest_set,
        MeasureEffectOverList: measure_effect_over_list,
        MeasureList: measure_list,
        ReadLens: read_lens,
        ScoreWords: run_score_words,
        SweepArrows: Telling(run_sweep_arrows),
        SweepHeads: Telling(sweep_heads),
        SweepResidual: Telling(sweep_residual),
        SweepTransplants: Telling(sweep_transplants),
        TakeApart: take_apart,
        TrySetOverList: try_set_over_list,
    }


def main() -> None:
    """Serve the app that started this process."""
    serve(find_runners)

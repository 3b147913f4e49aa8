"""`make bench`: every figure beside its baseline, both measured in turns in the same run.

Says what it found and succeeds: whether a figure holds is judged on a quiet machine, by a person.
Where a side's runs differ much it says `UNSTEADY`: something else was running, so that the line
proves nothing either way. It fails only if something could not be measured.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.remove(str(Path(__file__).parent))
# Who installs the program has its bytecode; without it each start would compile all modules anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

from tests.benchmarks import (
    all_heads,
    comparisons,
    echo,
    evidence,
    experiments,
    forward,
    grid,
    idle,
    models,
    predictions,
    startup,
    workbench,
)
from tests.benchmarks.figures import Figure, unsteady

FIGURES = [
    *startup.FIGURES,
    *predictions.FIGURES,
    *forward.FIGURES,
    *echo.FIGURES,
    *models.FIGURES,
    *grid.FIGURES,
    *idle.FIGURES,
    *all_heads.FIGURES,
    *evidence.FIGURES,
    *experiments.FIGURES,
    *comparisons.FIGURES,
    *workbench.FIGURES,
]

COLUMNS = "{:<43} {:>10} {:>10} {:>7} {:>10}  {:<5} {}"


def measure(figure: Figure, repeat: int) -> dict[str, Any]:
    """Run ours and the baseline in turns, so that a machine that slows down slows both."""
    samples: dict[str, list[float]] = {"ours": [], "baseline": []}
    if figure.most_runs is None:
        figure.baseline(0)  # files into the page cache, modules into bytecode
        figure.ours(0)
    for run in range(min(repeat, figure.most_runs or repeat)):
        turns = [("ours", figure.ours), ("baseline", figure.baseline)]
        for side, once in turns if run % 2 else reversed(turns):
            samples[side] += once(run)
    ours, baseline = (figure.summary(samples[side]) for side in ("ours", "baseline"))
    limit = figure.limit(baseline)
    return {
        "name": figure.name,
        "figure": figure.says,
        "ours": ours,
        "baseline": baseline,
        "ratio": ours / baseline if baseline else 0.0,
        "limit": limit,
        "limit_says": figure.limit_says,
        "ok": ours <= limit,
        "unsteady": [
            side for side, found in samples.items() if figure.is_of_time and unsteady(found)
        ],
        "samples": samples,
    }


def main() -> None:
    """Measure the figures that were asked for, all by default."""
    names = [figure.name for figure in FIGURES]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "names", nargs="*", help=f"which: {', '.join(names)}; a topic takes all its"
    )
    parser.add_argument("--repeat", type=int, default=5, help="runs of each side (default 5)")
    parser.add_argument("--json", type=Path, help="write everything, samples too, to this file")
    asked = parser.parse_args()
    chosen = [
        figure
        for figure in FIGURES
        if not asked.names
        or any(figure.name == name or figure.name.startswith(f"{name}.") for name in asked.names)
    ]
    unknown = [
        name for name in asked.names if not any(f"{one}.".startswith(f"{name}.") for one in names)
    ]
    if unknown or asked.repeat < 1:
        parser.error(
            f"no figure is called {', '.join(unknown)}" if unknown else "--repeat is below 1"
        )

    print(f"{platform.platform()}, {os.cpu_count()} processors, {asked.repeat} runs of each side")
    print(COLUMNS.format("figure", "ours", "baseline", "ratio", "limit", "holds", ""))
    results = []
    failed = []
    for figure in chosen:
        try:
            result = measure(figure, asked.repeat)
        except (AssertionError, OSError, subprocess.SubprocessError) as failure:
            print(f"{figure.says} could not be measured: {failure}", file=sys.stderr, flush=True)
            failed.append(figure.name)
            continue
        results.append(result)
        print(
            COLUMNS.format(
                result["figure"],
                figure.said(result["ours"]),
                figure.said(result["baseline"]),
                f"{result['ratio']:.2f}",
                figure.said(result["limit"]),
                "yes" if result["ok"] else "NO",
                f"({result['limit_says']})"
                + "".join(f", {side} UNSTEADY" for side in result["unsteady"]),
            ),
            flush=True,
        )
        if asked.json:
            asked.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    if failed:
        sys.exit(f"not measured: {', '.join(failed)}")


if __name__ == "__main__":
    main()

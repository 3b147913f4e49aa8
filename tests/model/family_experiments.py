"""Which experiments can be done with each family, found by trying; the README's table of it.

`python -m tests.model.family_experiments` writes the table into the README.
"""

from __future__ import annotations

import re
import tempfile
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from tests.model.families import FAMILIES, TEXT, save
from tui.analysis.interventions import CutArrow, CutHead
from tui.analysis.wanted import Target, WantedQuantities
from tui.errors import ModelError, RequestError
from tui.experiments.lens import lens
from tui.experiments.logit_parts import logit_parts
from tui.model.masked_lm import MaskedLM

README = Path(__file__).parents[2] / "README.md"

_TABLE = re.compile(r"(<!-- families: [^>]*-->\n).*?(?=<!-- end of families -->)", re.S)


def cut_head(model: MaskedLM) -> None:
    whole, cut = model.scores(TEXT, [(), (CutHead(1, 0, "zero"),)])
    assert (whole.logits != cut.logits).any()


def cut_arrow(model: MaskedLM) -> None:
    analysis = model.analyze(TEXT, interventions=(CutArrow(0, 0, 1, 1),))
    assert analysis.attention[0, 0, 1, 1] == 0


def read_layers(model: MaskedLM) -> None:
    assert lens(model, TEXT).layers[-1].rank == 1


def take_apart(model: MaskedLM) -> None:
    sums = logit_parts(model, TEXT).logit
    assert abs(sums.total - sums.logit) < 1e-6


def gradient(model: MaskedLM) -> None:
    derived = model.analyze(TEXT, wanted=WantedQuantities(gradient=Target())).derived
    if derived.gradient is None:
        raise RequestError(derived.missing["gradient"])


EXPERIMENTS: Mapping[str, Callable[[MaskedLM], None]] = {
    "heads cut": cut_head,
    "arrows cut": cut_arrow,
    "lens": read_layers,
    "direct parts": take_apart,
    "gradients": gradient,
}
"""Each by the title of its column, the quickest way to see whether it can be done."""


@cache
def refusals(kind: str) -> Mapping[str, str]:
    """What a family refuses, and the sentence that it says; whatever else goes wrong is raised."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        save(kind, Path(folder))
        model = MaskedLM.load(folder)
        for name, experiment in EXPERIMENTS.items():
            try:
                experiment(model)
            except (ModelError, RequestError) as error:
                found[name] = str(error)
    return found


def table() -> str:
    """The table, a line for all families that can do the same, those that can do most first."""
    alike = defaultdict(list)
    for kind in FAMILIES:
        alike[tuple(name not in refusals(kind) for name in EXPERIMENTS)].append(kind)
    lines = [f"| family | {' | '.join(EXPERIMENTS)} |", "|---" * (1 + len(EXPERIMENTS)) + "|"]
    for can, kinds in sorted(alike.items(), key=lambda one: (-sum(one[0]), one[1])):
        lines.append(f"| {', '.join(kinds)} | {' | '.join('✓' if one else '–' for one in can)} |")
    return "\n".join(lines)


def with_table(text: str) -> str:
    """The README with the table as it is found now."""
    return _TABLE.sub(lambda match: f"{match[1]}\n{table()}\n", text)


if __name__ == "__main__":
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")

"""Write `screenshots/analysis/`: two heads of the embedded model, on the four example sentences.

Which heads, and what is said of them, is measured on whatever model ships with the package: the
head that looks most at the token before, and the one that looks most at the token after.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tui.analysis.analysis import Analysis
from tui.evidence.note_example import example
from tui.evidence.pictures import Picture
from tui.model.masked_lm import MaskedLM
from tui.session.sentences import EXAMPLES
from tui.storage.notebook import FILE, LIST, Notebook
from tui.storage.notes import NotedHead

FOLDER = Path(__file__).parent / "analysis"


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What a head may be said to do.

    Attributes:
        offset: the key that is looked at, counted from the query: -1 is the token before.
        what: its name.
    """

    offset: int
    what: str

    def shares(self, analysis: Analysis) -> np.ndarray:
        """The weight on that key, the mean over the rows that have it, `[layer, head]`."""
        diagonal = np.diagonal(analysis.attention, self.offset, axis1=2, axis2=3)
        return np.asarray(diagonal.mean(axis=-1))

    def even(self, analysis: Analysis) -> float:
        """What it would be if every row were spread evenly."""
        return 1 / len(analysis.tokens)


HYPOTHESES = (Hypothesis(-1, "before"), Hypothesis(1, "after"))


def write(folder: Path = FOLDER) -> None:
    """Measure and write, in the place of what was there."""
    for old in [*folder.glob("*.png"), folder / FILE, folder / LIST]:
        old.unlink(missing_ok=True)
    model = MaskedLM.load()
    analyses = [model.analyze(one.text) for one in EXAMPLES]
    notebook = Notebook(folder)
    for hypothesis in HYPOTHESES:
        shares = np.array([hypothesis.shares(analysis) for analysis in analyses])
        layer, head = divmod(int(shares.mean(axis=0).argmax()), model.info.heads)
        place = NotedHead(layer, head, model.info.name)
        claim = _claim(hypothesis, shares[:, layer, head].tolist(), analyses)
        notebook.set_claim(place, claim, known="")
        for analysis in analyses:
            picture = Picture.of_head(analysis, layer, head)
            (path,) = picture.save(notebook.folder).paths
            notebook.add_example(place, example(picture, path.name, 0))


def _claim(hypothesis: Hypothesis, shares: Sequence[float], analyses: Sequence[Analysis]) -> str:
    even = np.mean([hypothesis.even(analysis) for analysis in analyses])
    each = ", ".join(f"{share:.2f}" for share in shares)
    return (
        f"Each token attends to the token {hypothesis.what} it. On the four sentences that token "
        f"gets {each} of the attention, the mean over all rows that have one; spread evenly it "
        f"would get {even:.2f}. It hardly differs from sentence to sentence: a head of places, not "
        "of meanings."
    )


if __name__ == "__main__":
    write()

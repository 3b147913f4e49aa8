"""Candidates of two runs side by side in the app: no bound where a number is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import desk, embedded
from tui.session.choice import Choice
from tui.widgets.text.predictions_table import PredictionsTable

TEXT = "I drank a cup of [MASK] this morning."
OTHER = "They elected a [MASK] this morning."


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_candidates_of_the_other_list_have_their_numbers(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with desk(tmp_path, TEXT, size=size) as at:
        await at.perform(list(at.session.comparing.choose(Choice.of_text(OTHER))))
        table = at.main.query_one(PredictionsTable)
        rows, together = table.content.compared, at.session.comparing.candidates
        a, b = embedded().analyze(TEXT).scores, embedded().analyze(OTHER).scores
        assert a is not None
        assert b is not None
        assert len(rows) > len(at.session.filling.candidates), "the lists are not the same"
        for row, one in zip(rows, together, strict=True):
            token = one.candidate.id
            assert (row.rank, row.rank_before) == (a.rank(0, token), b.rank(0, token))
            assert row.before == pytest.approx(b.probability(0, token), rel=1e-3)
            assert row.change is not None
        lines = [
            "".join(segment.text for segment in table.render_line(y))
            for y in range(table.size.height)
        ]
        assert not any("<" in one or "–" in one for one in lines)
        assert all(len(one) == table.size.width for one in lines)
        assert ("change" in lines[0]) == (size[0] >= 100)

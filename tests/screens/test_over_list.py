"""The table of heads over the list of sentences beside the notes."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support import desk
from tui.session.heads import MEASURE

TEXTS = ["The cat [MASK].", "A dog sat on the [MASK] mat."]


async def test_means_and_spreads_over_the_notes_sentences(tmp_path: Path) -> None:
    folder = tmp_path / "pictures" / "analysis"
    folder.mkdir(parents=True)
    (folder / "sentences.txt").write_text("".join(f"{text}\n" for text in TEXTS))
    async with desk(tmp_path, TEXTS[0]) as at:
        await at.press("r")
        before = at.text
        at.client.stops_jobs_at = 1
        await at.pilot.press("L")
        await at.stopped()
        assert "measuring sentences 1 of 2" in at.text
        at.client.goes_on.set()
        await at.settle()
        assert "mean and ± over 2 sentences" in at.text
        assert re.search(r"entropy +±entropy", at.text)
        await at.press("L")
        assert at.text == before


async def test_without_a_list_it_says_how_to_begin_one(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXTS[0]) as at:
        await at.press("r", "L")
        assert "There is no list yet" in at.text


async def test_closing_the_table_ends_the_measuring(tmp_path: Path) -> None:
    folder = tmp_path / "pictures" / "analysis"
    folder.mkdir(parents=True)
    (folder / "sentences.txt").write_text("".join(f"{text}\n" for text in TEXTS))
    async with desk(tmp_path, TEXTS[0]) as at:
        await at.press("r")
        await at.pilot.press("L", "escape")
        assert not at.session.jobs.is_under_way(MEASURE)
        await at.settle()
        assert "Layer 1 of 6" in at.text
        assert "measuring" not in at.text

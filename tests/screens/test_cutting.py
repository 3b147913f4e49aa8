"""Heads and arrows cut in the app, on the model that ships: what is seen while something is cut."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.support import Desk, desk, embedded
from tui.analysis.interventions import CutArrow, CutHead, all_but
from tui.model.worker.protocol import Failed
from tui.render.depth import Depth
from tui.widgets.heads.head_map import HeadMap
from tui.widgets.heads.heads_table import HeadsTable
from tui.widgets.text.cut_line import CutLine
from tui.widgets.text.predictions_table import PredictionsTable

COFFEE = "I drank a cup of [MASK] this morning."
SHORT = "A [MASK]."


def line(app: Desk) -> str:
    """The line that says what is cut, on the screen that lies on top; empty if it is not there."""
    cut = app.app.screen.query_one(CutLine)
    return "".join(segment.text for segment in cut.render_line(0)).strip() if cut.display else ""


def table(app: Desk) -> PredictionsTable:
    """The table of candidates."""
    return app.main.query_one(PredictionsTable)


async def asks_and_does_not_wait(app: Desk, text: str) -> None:
    app.main.sentence.value = text
    app.main.sentence.focus()
    await app.pilot.press("enter")


async def test_a_cut_changes_the_answer_and_the_same_key_restores_it_to_the_bit(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, COFFEE) as app:
        whole = app.session.viewing.answer
        assert line(app) == ""
        await app.press("space")
        cut = app.session.viewing.answer
        assert cut.interventions == (CutHead(0, 0),)
        assert [one.probability for one in cut.candidates[0]] != [
            one.probability for one in whole.candidates[0]
        ]
        assert line(app).startswith("cut (mean of ")
        assert "1·1" in line(app)
        assert "Head 1 of 12 × cut" in app.text
        await app.press("space")
        again = app.session.viewing.answer
        assert np.array_equal(again.attention, whole.attention)
        assert again.candidates == whole.candidates
        assert line(app) == ""
        assert "cut" not in app.text.replace("space cut", "")


async def test_while_an_answer_is_awaited_the_line_says_what_is_asked(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        await app.pilot.press("space")
        await app.idle()
        assert line(app).startswith("asking: cut (mean): 1·1…")
        assert "× cut" not in app.text, "it is late"
        await app.settle()
        assert line(app).startswith("cut (mean")
        await app.pilot.press("D")
        assert line(app).startswith("asking: nothing cut…")
        assert "1·1" in line(app)
        await app.pilot.press("escape")
        assert line(app).startswith("cut (mean")
        await app.settle()
        assert line(app).startswith("cut (mean")


async def test_two_presses_before_the_first_answer_both_count(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        await app.pilot.press("space", "right", "space")
        await app.settle()
        assert app.session.cutting.heads == {(0, 0), (0, 1)}
        await app.pilot.press("space", "space")
        await app.settle()
        assert app.session.cutting.heads == {(0, 0), (0, 1)}


async def test_an_arrow_is_cut_under_the_cursor(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        query, key = app.session.viewing.tokens_at_cursor
        before = app.session.viewing.answer.attention[0, 0]
        await app.press("X")
        after = app.session.viewing.answer
        assert after.interventions == (CutArrow(0, 0, query, key),)
        assert after.attention[0, 0, query, key] == 0
        rest = np.arange(len(after.tokens)) != key
        assert np.allclose(after.attention[0, 0, query, rest], before[query, rest], atol=1e-6)
        assert "arrow cut" in app.status
        assert "arrows cut: 1·1 [MASK] →" in line(app)
        await app.press("h")
        assert "arrow cut" not in app.status
        await app.press("l", "X")
        assert app.session.cutting.in_force == ()


async def test_the_way_is_on_screen_and_can_be_turned(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        await app.press("space")
        mean = app.session.viewing.answer.candidates
        await app.press("Z")
        assert line(app).startswith("cut (zero): 1·1")
        assert app.session.viewing.answer.candidates != mean
        await app.press("D")
        assert "gives zero" in line(app), "the way is not the usual one"
        await app.press("Z")
        assert line(app) == ""


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (60, 20), (50, 14)])
async def test_candidates_stand_beside_the_whole_model_s(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with desk(tmp_path, COFFEE, size=size) as app:
        whole = app.session.viewing.answer.candidates[0]
        for layer in range(2, 6):  # so much that the list is another one
            for head in range(8):
                await app.perform(app.session.cutting.cut_head(layer, head))
        rows = table(app).content.compared
        now = app.session.viewing.answer.candidates[0]
        assert [one.token for one in rows[: len(now)]] == [one.label for one in now]
        assert {one.token for one in rows} == {one.label for one in (*now, *whole)}
        assert [one.is_left for one in rows] == [False] * len(now) + [True] * (len(rows) - len(now))
        assert len(rows) > len(now)
        assert all(one.rank and one.rank_before and one.change is not None for one in rows)
        scores = embedded().analyze(COFFEE).scores
        assert scores is not None
        for one, row in zip(now, rows, strict=False):
            assert row.rank_before == scores.rank(0, one.id)
        assert "more" in line(app)
        assert f"{now[0].probability:.3f}" in app.text
        wide, is_list = size[0] >= 100, size[0] >= 60
        assert ("now whole change" in app.text) == wide
        assert (" rank" in app.text) == is_list
        if is_list and size[1] >= 24:
            assert all(one.token[:5] in app.text for one in rows)


async def test_a_click_chooses_the_candidate_under_the_mouse_while_compared(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, COFFEE) as app:
        await app.press("space")
        await app.pilot.click(PredictionsTable, offset=(6, 1 + 1 + 2))  # padding and titles
        await app.settle()
        assert app.session.filling.chosen == 2
        await app.pilot.click(PredictionsTable, offset=(6, 1))  # the titles
        await app.settle()
        assert app.session.filling.chosen == 2


async def test_in_another_sentence_heads_stay_cut_and_the_whole_model_is_asked_too(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, COFFEE) as app:
        await app.press("space", "X")
        await app.ask(SHORT)
        assert app.session.viewing.answer.text == SHORT
        assert app.session.cutting.in_force == (CutHead(0, 0),)
        assert "arrows" in app.status
        assert app.client.asked[-2:] == [SHORT, SHORT]
        assert app.session.cutting.before == embedded().analyze(SHORT).candidates[0]
        assert table(app).content.compared


async def test_a_sentence_asked_while_a_cut_is_awaited_has_it(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        await app.pilot.press("space")
        await asks_and_does_not_wait(app, SHORT)
        await app.settle()
        assert app.session.viewing.answer.text == SHORT
        assert app.session.cutting.in_force == (CutHead(0, 0),)


async def test_a_sentence_without_a_mask_shows_the_cut_run(tmp_path: Path) -> None:
    async with desk(tmp_path, "The cat sat on the mat.") as app:
        before = app.session.viewing.answer.attention
        await app.press("space")
        after = app.session.viewing.answer.attention
        assert np.array_equal(before[0], after[0])
        assert not np.array_equal(before[1], after[1])
        assert "There is no [MASK]" in table(app).content.empty
        assert "1·1" in line(app)


async def test_the_map_and_the_table_cut_the_head_at_hand(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        await app.press("m", "down", "space")
        content = app.app.screen.query_one(HeadMap).content
        assert content is not None
        assert content.cut == {(1, 0)}
        assert "▐×" in app.text
        assert "2·1" in line(app)
        await app.press("escape", "r", "down", "space")
        rows = app.app.screen.query_one(HeadsTable).content.rows
        assert {row.head for row in rows if row.is_cut} == {(1, 0), (0, 1)}
        assert "2·1×" in app.text
        assert "1·2, 2·1" in line(app)
        await app.press("Z")
        assert line(app).startswith("cut (zero)")
        await app.press("D")
        assert not any(row.is_cut for row in app.app.screen.query_one(HeadsTable).content.rows)
        await app.press("escape")
        assert line(app).startswith("nothing is cut")


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (50, 14)])
@pytest.mark.parametrize("ascii_only", [True, False])
async def test_without_colours_it_is_seen_what_is_cut(
    tmp_path: Path, size: tuple[int, int], ascii_only: bool
) -> None:
    async with desk(tmp_path, COFFEE, size=size, depth=Depth.NONE, ascii_only=ascii_only) as app:
        await app.press("space")
        segments = list(app.main.query_one(CutLine).render_line(0))
        assert all(segment.style and segment.style.reverse for segment in segments if segment.text)
        assert "cut (mean" in app.text
        await app.press("m")
        assert "×" in app.text  # the terminal makes an x of it
        await app.press("escape", "r")
        assert "1·1×" in app.text


async def test_a_model_that_cannot_be_cut_says_why_and_stays_whole(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        before = app.session.viewing.answer
        await app.pilot.press("space")
        assert app.client.awaited is not None
        app.client.report(Failed(app.client.awaited, "Heads of this family cannot be changed."))
        app.client.cancel()
        await app.settle()
        assert "cannot be changed" in app.status
        assert app.session.viewing.answer is before
        assert line(app) == ""


async def test_all_heads_can_be_cut(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        model = embedded().info
        *most, last = all_but((), model.layers, model.heads)
        await app.perform(list(app.session.ask_with(tuple(most))))
        assert isinstance(last, CutHead)
        await app.perform(app.session.cutting.cut_head(last.layer, last.head))
        assert len(app.session.cutting.heads) == model.layers * model.heads
        assert "All 72 heads are cut" in app.status
        assert "more" in line(app)


async def test_what_is_kept_says_what_is_cut(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        await app.press("space")
        await app.press("p")
        await app.press("s")
        await app.press("S")
        for picture in (tmp_path / "pictures").glob("*.png"):
            with Image.open(picture) as opened:
                assert "cut (mean" in str(opened.info), picture.name
        await app.press("a")
        await app.press("ctrl+s", "escape")
        (note,) = (tmp_path / "pictures").rglob("*.md")
        assert "cut (mean" in note.read_text(encoding="utf-8")


async def test_cuts_are_gone_when_it_is_started_again(tmp_path: Path) -> None:
    place = tmp_path / "place.json"
    async with desk(tmp_path, COFFEE, place_file=place) as app:
        await app.press("space", "Z")
        assert app.session.cutting.in_force
    async with desk(tmp_path, place_file=place) as app:
        assert app.session.cutting.in_force == ()
        assert line(app) == ""

"""An answer that comes while another screen is open: nothing ends, and what is shown is of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import Desk, desk, embedded
from tui.model.worker.protocol import Died, StartingTorch
from tui.widgets.heads.head_map import HeadMap

LONG = "The cat, despite the noise and distractions, [MASK] gracefully."
SHORT = "A [MASK]."


async def asks_and_does_not_wait(app: Desk, text: str) -> None:
    app.main.sentence.value = text
    app.main.sentence.focus()
    await app.pilot.press("enter")


@pytest.mark.parametrize(
    "keys",
    [
        ("f", "j"), ("f", "right", "d", "asterisk"), ("r", "right"), ("r", "u"), ("r", "i"),
        ("m", "n", "right"), ("m", "down", "N"), ("slash", "p", "enter"), ("v", "down"),
        ("g", "2"), ("question_mark", "down"), ("colon", "h"), ("o",), ("x",), ("u",), ("t",),
    ],
    ids=" ".join,
)  # fmt: skip
async def test_a_shorter_sentence_arrives_under_any_screen(
    tmp_path: Path, keys: tuple[str, ...]
) -> None:
    async with desk(tmp_path, LONG) as app:
        await app.press("end", "k", "k")
        await asks_and_does_not_wait(app, SHORT)
        await app.pilot.press(*keys)
        assert app.session.analysis is not None
        assert app.session.analysis.text == LONG, "it is late"
        await app.settle()
        assert app.session.analysis.text == SHORT
        await app.press("j", "right", "down", "left")
        for _ in range(3):
            await app.press("escape")
        assert app.main.grid.content is not None
        assert "[MASK]" in app.main.grid.content.labels


async def test_the_map_shows_the_answer_that_came_while_it_lay_open(tmp_path: Path) -> None:
    async with desk(tmp_path, LONG) as app:
        await asks_and_does_not_wait(app, SHORT)
        await app.pilot.press("m")
        before = app.app.screen.query_one(HeadMap).content
        await app.settle()
        after = app.app.screen.query_one(HeadMap).content
        assert before is not None
        assert after is not None
        assert after is not before
        expected = embedded().analyze(SHORT).statistics.thumbnails
        assert after.thumbnails.shape == expected.shape


async def test_the_map_shrinks_until_thumbnails_no_longer_fit(tmp_path: Path) -> None:
    async with desk(tmp_path, LONG, size=(120, 40)) as app:
        await app.press("m")
        assert app.app.screen.query_one(HeadMap).shows_thumbnails
        await app.pilot.resize_terminal(60, 14)
        await app.pilot.press("n")
        await app.settle()
        assert "█ = " in app.text
        await app.press("N", "N", "n", "n")
        await app.pilot.resize_terminal(120, 40)
        await app.press("n")


async def test_a_death_while_a_screen_is_open_is_said_there(tmp_path: Path) -> None:
    async with desk(tmp_path, LONG) as app:
        await app.press("m")
        app.client.report(Died("The model's process was killed; a fresh one is loading.", True))
        await app.settle()
        assert "was killed" in app.text
        await app.press("right", "escape")
        assert "Layer 1 of 6" in app.text


async def test_keys_before_the_first_answer_say_that_there_is_none(tmp_path: Path) -> None:
    async with desk(tmp_path, LONG, answers=False) as app:
        for key in "mrfvgsSawuxdtn#":
            await app.pilot.press(key)
            assert app.session.analysis is None
        await app.pilot.press("h", "j", "asterisk", "pagedown", "end", "J", "enter", "backspace")
        assert "nothing to show yet" in app.status
        await app.settle()
        assert "Layer 1 of 6" in app.text


async def test_answers_in_quick_succession_show_the_last(tmp_path: Path) -> None:
    async with desk(tmp_path, LONG) as app:
        for text in (SHORT, "Two [MASK] here.", "And the last [MASK] of all."):
            await asks_and_does_not_wait(app, text)
        await app.settle()
        assert app.session.analysis is not None
        assert app.session.analysis.text == "And the last [MASK] of all."
        kept = (tmp_path / "history.txt").read_text().splitlines()
        assert kept[-3:] == [SHORT, "Two [MASK] here.", "And the last [MASK] of all."]


async def test_a_gradient_that_waits_for_torch_says_so_and_is_given_up(tmp_path: Path) -> None:
    async with desk(tmp_path, LONG) as app:
        app.client.holding = True
        await app.press("r", "i")
        app.client.report(StartingTorch(0.0))
        await app.settle()
        app.client.report(StartingTorch(2.04))
        await app.settle()
        assert "starting torch for the gradient, 2 s · esc cancels" in app.text
        await app.press("escape", "right")
        assert "Layer 1 of 6 · Head 2 of 12" in app.text, "everything goes on meanwhile"
        await app.press("escape")
        assert "Cancelled." in app.text
        app.client.report(StartingTorch(3.0))
        await app.settle()
        assert "starting torch" not in app.text

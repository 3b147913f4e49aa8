"""The app as a person uses it, with the embedded model behind it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support import desk, embedded
from tui.model.worker.protocol import Died, Loaded
from tui.session.sentences import EXAMPLES
from tui.widgets.text.line import Line

CAT = "The cat, even with all the chaos, [MASK] quickly."
COFFEE = "I drank a cup of [MASK] this morning."


async def test_opens_on_an_example_with_its_predictions(tmp_path: Path) -> None:
    async with desk(tmp_path) as app:
        assert app.main.sentence.value == EXAMPLES[0].text
        assert app.main.sentence.has_focus
        best = embedded().analyze(EXAMPLES[0].text).candidates[0][0]
        assert f"1 {best.token}" in app.text
        assert f"{best.probability:.3f}" in app.text
        assert "Layer 1 of 6 · Head 1 of 12" in app.text


async def test_typing_replaces_the_sentence_it_opened_on(tmp_path: Path) -> None:
    async with desk(tmp_path) as app:
        await app.pilot.press(*"Paris")
        assert app.main.sentence.value == "Paris"


async def test_a_text_on_the_command_line_is_analysed(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        assert app.main.grid.has_focus
        assert "coffee" in app.text


async def test_enter_asks_and_moves_the_focus_at_once(tmp_path: Path) -> None:
    async with desk(tmp_path) as app:
        app.client.holding = True
        await app.ask(COFFEE)
        assert app.main.grid.has_focus
        assert "coffee" not in app.text
        app.main.sentence.focus()
        app.client.holding = False
        await app.settle()
        assert "coffee" in app.text
        assert app.main.sentence.has_focus, "an answer never moves the focus"


async def test_the_exact_weight_under_the_cursor_is_shown(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        analysis = embedded().analyze(COFFEE)
        await app.press("right", "right", "down")
        matrix = analysis.attention[1, 2]
        cell = app.main.grid.cursor
        tokens = [token.text for token in analysis.tokens]
        assert cell[0] == analysis.masks[0]
        weight = matrix[cell[0], cell[1]]
        assert app.status.startswith(f"[MASK] → {tokens[cell[1]]} {weight:.3f}")
        await app.press("l")
        weight = matrix[cell[0], cell[1] + 1]
        assert app.status.startswith(f"[MASK] → {tokens[cell[1] + 1]} {weight:.3f}")


async def test_the_cursor_begins_on_the_masks_strongest_ordinary_token(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        analysis = embedded().analyze(COFFEE)
        mask = analysis.masks[0]
        row = analysis.attention[0, 0, mask].copy()
        row[analysis.special] = -1
        assert app.main.grid.cursor == (mask, int(row.argmax()))


async def test_arrows_cycle_through_all_heads_and_layers(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        await app.press("left")
        assert "Layer 1 of 6 · Head 12 of 12" in app.text
        await app.press("right", "up")
        assert "Layer 6 of 6 · Head 1 of 12" in app.text
        await app.press("down")
        assert "Layer 1 of 6 · Head 1 of 12" in app.text


async def test_a_next_sentence_keeps_the_head_the_scale_and_the_place_by_the_mask(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, COFFEE) as app:
        await app.press("down", "right", "n", "k", "h")
        before = app.main.grid.cursor
        scale = app.main.query_one("#place", Line).right.plain.split(",")[0]
        masks = embedded().analyze(COFFEE).masks[0], embedded().analyze(CAT).masks[0]
        await app.ask(CAT)
        assert "Layer 2 of 6 · Head 2 of 12" in app.text
        assert app.main.query_one("#place", Line).right.plain.split(",")[0] == scale
        moved = masks[1] - masks[0]
        assert app.main.grid.cursor == (before[0] + moved, before[1] + moved)


async def test_going_to_a_head(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        await app.press("g", *"4 11", "enter")
        assert "Layer 4 of 6 · Head 11 of 12" in app.text
        await app.press("g", *"8 11", "enter")
        assert "There is no layer 8: embedded has layers 1 to 6." in app.text
        await app.press("escape")
        assert "Layer 4 of 6 · Head 11 of 12" in app.text


async def test_a_candidate_is_filled_in_and_taken_out_again(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        first, second, *_ = embedded().analyze(COFFEE).candidates[0]
        await app.press("enter")
        assert app.main.sentence.value == first.sentence
        assert f"{first.token} →" in app.status
        await app.press("J")
        assert app.main.sentence.value == second.sentence
        await app.press("backspace")
        assert app.main.sentence.value == COFFEE
        assert "[MASK] →" in app.status
        await app.press("backspace")
        assert "nothing to go back to" in app.status


async def test_each_mask_has_its_candidates(tmp_path: Path) -> None:
    text = "The [MASK] sat on the [MASK] and slept."
    async with desk(tmp_path, text) as app:
        analysis = embedded().analyze(text)
        assert "[MASK] 1 of 2" in app.text
        await app.press("]")
        assert "[MASK] 2 of 2" in app.text
        assert f"1 {analysis.candidates[1][0].token}" in app.text
        assert app.main.grid.cursor[0] == analysis.masks[1]
        await app.press("]")
        assert "[MASK] 1 of 2" in app.text


async def test_a_token_is_masked_and_restored(tmp_path: Path) -> None:
    text = "The dog barks at the cat."
    async with desk(tmp_path, text) as app:
        assert "There is no [MASK] in this" in app.text
        await app.point_at(2, 5)
        await app.press("w")
        assert app.main.sentence.value == "The [MASK] barks at the cat."
        assert app.main.grid.cursor[0] == 2
        await app.press("w")
        assert app.main.sentence.value == text
        assert app.main.grid.cursor == (2, 5)
        await app.press("k", "k", "w")
        assert "[CLS] is no word of the sentence" in app.status


async def test_masking_a_piece_says_when_the_rest_of_its_word_is_read_anew(tmp_path: Path) -> None:
    text = "She embarrassingly left."
    pieces = [token.text for token in embedded().analyze(text).tokens]
    split = next(i for i, piece in enumerate(pieces) if piece.startswith("##"))
    async with desk(tmp_path, text) as app:
        await app.point_at(split - 1, 0)
        await app.press("w")
        assert "is read as other word pieces" in app.status


async def test_sentences_are_walked_at_the_same_head(tmp_path: Path) -> None:
    async with desk(tmp_path) as app:
        app.main.grid.focus()
        await app.press("right", "}")
        assert app.main.sentence.value == EXAMPLES[1].text
        assert "Head 2 of 12" in app.text
        await app.press("{", "{")
        assert app.main.sentence.value == EXAMPLES[-1].text


async def test_history_comes_back_and_keeps_what_was_being_typed(tmp_path: Path) -> None:
    async with desk(tmp_path) as app:
        await app.ask(COFFEE)
        await app.ask(CAT.replace("cat", "dog"))
        await app.press("i")
        app.main.sentence.value = "half a sen"
        await app.press("up")
        assert app.main.sentence.value == CAT.replace("cat", "dog")
        await app.press("up")
        assert app.main.sentence.value == COFFEE
        await app.press("down", "down")
        assert app.main.sentence.value == "half a sen"
    assert (tmp_path / "history.txt").read_text().splitlines() == [
        COFFEE,
        CAT.replace("cat", "dog"),
    ]
    async with desk(tmp_path) as tomorrow:
        assert tomorrow.main.sentence.value == CAT.replace("cat", "dog")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "There is no text"),
        ("   ", "There is no text"),
        ("word " * 600, "word pieces too long"),
    ],
    ids=["empty", "spaces", "too long"],
)
async def test_a_wrong_text_is_one_sentence_and_nothing_is_lost(
    tmp_path: Path, text: str, said: str
) -> None:
    async with desk(tmp_path, COFFEE) as app:
        await app.ask(text)
        assert said in app.status
        assert app.main.sentence.value == text
        assert "coffee" in app.text


@pytest.mark.parametrize("spelling", ["[mask]", "<mask>", "[Mask]"])
async def test_other_spellings_of_the_mask_are_taken_and_said(
    tmp_path: Path, spelling: str
) -> None:
    async with desk(tmp_path, COFFEE.replace("[MASK]", spelling)) as app:
        assert f"{spelling} was taken as [MASK]." in app.status
        assert app.main.sentence.value == COFFEE
        assert "coffee" in app.text


async def test_tokens_that_look_like_markup_are_shown_literally(tmp_path: Path) -> None:
    async with desk(tmp_path, "A [MASK] b [SEP] c [/MASK] [bold]d") as app:
        assert app.main.sentence.value == "A [MASK] b [SEP] c [/MASK] [bold]d"
        assert "[MASK] →" in app.text
        for line in app.screen:
            assert "\x1b" not in line
        assert "A [MASK] b [SEP] c [/MASK] [bold]d" in app.screen[0]


async def test_the_model_dies_and_what_is_on_screen_stays(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        app.client.report(Died("The model's process was killed; a fresh one is loading.", True))
        await app.settle()
        assert "was killed" in app.status
        assert "coffee" in app.text
        app.client.report(Loaded(1, embedded().info))
        await app.settle()
        await app.ask(CAT)
        assert "1 " in app.text


async def test_escape_cancels_and_then_goes_to_the_field(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        app.client.holding = True
        await app.ask(CAT)
        await app.press("escape")
        assert app.status == "Cancelled."
        assert app.main.grid.has_focus
        app.client.holding = False
        await app.settle()
        assert "coffee" in app.text
        await app.press("escape")
        assert app.main.sentence.has_focus


async def test_a_paste_is_one_line_without_control_characters(tmp_path: Path) -> None:
    from textual.events import Paste

    async with desk(tmp_path) as app:
        app.main.sentence.value = ""
        app.main.sentence.post_message(Paste("I drank\r\na \x1b[31mcup\x1b[0m\tof\x07 [MASK]\n"))
        await app.settle()
        assert app.main.sentence.value == "I drank a cup of [MASK]"


async def test_a_key_inserts_the_mask(tmp_path: Path) -> None:
    async with desk(tmp_path) as app:
        app.main.sentence.value = ""
        await app.press(*"I am", "ctrl+t")
        assert app.main.sentence.value == "I am [MASK]"


@pytest.mark.parametrize("size", [(40, 12), (59, 20), (60, 20), (80, 24), (200, 60), (300, 100)])
async def test_every_size_shows_candidates_and_grid(tmp_path: Path, size: tuple[int, int]) -> None:
    async with desk(tmp_path, COFFEE, size=size) as app:
        assert re.search("Layer 1 |Head 1·1", app.text)
        assert "coffee" in app.text
        assert "[MASK] →" in app.text
        assert any(shade in app.text for shade in "░▒▓█")


async def test_too_small_a_terminal_says_so_and_comes_back(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE, size=(20, 5)) as app:
        assert "too small" in app.text.replace("\n", " ")
        await app.pilot.resize_terminal(80, 24)
        await app.settle()
        assert "coffee" in app.text


async def test_ascii_only_draws_nothing_else(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE, ascii_only=True) as app:
        grid = "\n".join(line[40:] for line in app.screen[4:-2])
        assert grid.isascii()
        assert any(shade in grid for shade in ".:+#")


async def test_help_explains_every_key(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE, size=(120, 250)) as app:
        await app.press("?")
        for said in ("previous / next head", "go to a head", "save this head", "logarithmic"):
            assert said in app.text
        await app.press("escape")
        assert "coffee" in app.text


async def test_the_palette_does_what_the_keys_do(tmp_path: Path) -> None:
    async with desk(tmp_path, COFFEE) as app:
        for typed, expected in (("next head", "Head 2 of 12"), ("next layer", "Layer 2 of 6")):
            await app.press(":", *typed)
            await app.settle()
            await app.press("enter")
            await app.settle()
            assert expected in app.text
        assert app.main.grid.has_focus

"""`W`: a word of one's own in the place of the mask."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support import Desk, desk, embedded
from tui.analysis.interventions import CutHead
from tui.analysis.wanted import Target
from tui.experiments.words import score_words
from tui.widgets.text.field import Field

TEXT = "The cat, even with all the chaos, [MASK] quickly."


async def test_a_word_is_scored_as_candidates_are(tmp_path: Path) -> None:
    fifth = embedded().analyze(TEXT, top_k=5).candidates[0][4]
    async with desk(tmp_path, TEXT, size=(120, 30)) as at:
        await at.press("W")
        assert at.app.screen.query(Field)
        await at.press("enter")
        assert "Type a word" in at.text
        await at.press(*fifth.token, "enter")
        assert at.app.screen is at.main
        assert f"“{fifth.token}”: p {fifth.probability:.3g}" in at.status
        assert "rank 5. T" in at.status


async def test_a_word_of_several_pieces_and_one_that_is_none(tmp_path: Path) -> None:
    [expected] = score_words(embedded(), TEXT, ["pirouetted"])
    assert len(expected.pieces) > 1
    async with desk(tmp_path, TEXT, size=(120, 30)) as at:
        await at.press("W", *"pirouetted", "enter")
        assert f"log p {expected.log_probability:.2f}, of {len(expected.pieces)}" in at.text
        assert "are no comparison" in " ".join(at.text.split())
        await at.press("W", *"☃☃", "enter")
        assert "vocabulary" in at.status
        await at.press("W", "escape", "right")
        assert "Head 2 of 12" in at.text


async def test_it_is_of_the_run_on_screen_or_it_is_not_told(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT, size=(120, 30)) as at:
        await at.press("space")
        cut = at.session.answer.interventions
        [expected] = score_words(embedded(), TEXT, ["ran"], interventions=cut)
        await at.press("W", *"ran", "enter")
        assert f"“ran”: p {expected.probability:.3g}" in at.status
        await at.pilot.press("W", *"ran", "enter")
        await at.ask("A dog [MASK].")
        assert "“ran”" not in at.status
        await at.ask("No mask.")
        await at.press("W")
        assert "There is no [MASK] in this sentence for a word" in at.status


async def test_a_word_of_one_piece_becomes_the_target(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT, size=(120, 30)) as at:
        await at.press("T")
        assert "There is no word to follow" in at.status
        shown = [one.token for one in at.session.filling.candidates]
        word = next(one for one in ("tree", "house", "water", "seven") if one not in shown)
        await at.press("W", *word, "enter")
        assert at.status.endswith("T: e, L and F take it as target.")
        await at.press("T")
        token = embedded().find_token(TEXT, 0, word)
        assert at.session.filling.target == Target(0, token)
        assert f"[MASK], target: {word}" in at.text
        await at.press("e")
        assert f"Effect on {word} over {shown[0]}, logit difference" in at.status
        assert at.session.effects.found is not None
        assert at.session.effects.found.token == token
        await at.press("L")
        assert f"p of {word}" in at.text
        await at.press("escape")
        await at.press("space")
        assert at.session.filling.target.token == token, "it stays with heads cut"
        from tui.evidence.experiment_lines import cut_line

        ranking = at.session.filling.ranking
        assert ranking is not None
        scores = at.session.answer.scores
        assert scores is not None
        note = cut_line(
            at.session.answer, ranking, at.session.cutting.ranking_before, (token, word)
        )
        assert f"rank {scores.rank(0, token):.0f} so" in note
        assert "rank over" not in note
        await at.press("J")
        assert at.session.filling.followed is None
        assert "target:" not in at.text


async def test_enter_says_that_the_highlighted_candidate_is_filled_in(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT, size=(120, 30)) as at:
        first, second = (one.token for one in at.session.filling.candidates[:2])
        shown = [one.token for one in at.session.filling.candidates]
        word = next(one for one in ("tree", "house", "water", "seven") if one not in shown)
        await at.press("W", *word, "enter")
        await at.press("T")
        assert at.session.filling.followed is not None
        await at.press("enter")
        assert at.session.answer.text == TEXT.replace("[MASK]", first)
        assert f"“{first}” is filled in, the highlighted candidate, and not “{word}”" in at.status
        await at.press("J")
        assert at.session.answer.text == TEXT.replace("[MASK]", second)
        assert "and not" not in at.status


async def test_a_word_that_is_a_candidate_is_chosen(tmp_path: Path) -> None:
    async with desk(tmp_path, TEXT, size=(120, 30)) as at:
        third = at.session.filling.candidates[2].token
        await at.press("W", *third, "enter")
        await at.press("T")
        assert (at.session.filling.chosen, at.session.filling.followed) == (2, None)
        await at.press("W", *"pirouetted", "enter")
        await at.press("T")
        assert (at.session.filling.chosen, at.session.filling.word) == (2, "pirouetted")
        await at.press("W", *"seven", "enter")
        await at.ask("A dog [MASK].")
        await at.press("T")
        assert "was asked for in another sentence: W asks for it here." in at.status
        await at.ask("A dog [MASK] and [MASK].")
        await at.press("W", *"seven", "enter")
        await at.press("right_square_bracket", "T")
        assert "was asked for at another mask: W asks for it here." in at.status


async def test_effects_are_measured_on_a_word_of_several_pieces(tmp_path: Path) -> None:
    [scored] = score_words(embedded(), TEXT, ["pirouetted"])
    [without] = score_words(embedded(), TEXT, ["pirouetted"], interventions=(CutHead(4, 9),))
    pieces = " ".join(scored.pieces)
    said = f"log p of {len(scored.pieces)} pieces ({pieces})"

    def words(at: Desk) -> str:
        return " ".join(at.text.split())

    async with desk(tmp_path, TEXT, size=(160, 40)) as at:
        first = at.session.filling.candidates[0].token
        await at.press("W", *"pirouetted", "enter")
        assert "T: e takes it as target." in words(at)
        await at.press("T")
        assert f"“pirouetted” is the target of e now, by {said}" in words(at)
        assert f"lens, F, E, R and gradients stay on “{first}”" in words(at)
        assert "[MASK], target of e: piro" in at.text
        await at.press("e")
        assert f"Effect on pirouetted, {said}, heads cut to their mean" in words(at)
        found = at.session.effects.found
        assert found is not None
        wanted = scored.log_probability - without.log_probability
        assert found.effects["log-prob"][4, 9] == pytest.approx(wanted, abs=2e-5)
        await at.press("right")
        assert f"by effect on pirouetted, {said}" in words(at)
        await at.press("e")
        assert "Log p is the only measure of a word of several pieces." in words(at)
        await at.press_each("r", "e")
        assert f"ranked by effect on pirouetted, {said}" in words(at)
        await at.press("escape", "m")
        assert f"effect on pirouetted, {said}" in words(at)
        await at.press("escape", "L")
        assert f"p of {first}" in at.text
        await at.press("escape", "J")
        assert at.session.filling.followed is None
        assert "those effects are gone" in words(at)
        assert "target of e" not in at.text


async def test_the_word_that_is_the_target_is_named_whole_or_ends_in_a_sign(tmp_path: Path) -> None:
    async with desk(tmp_path, "The cat [MASK] quickly.", size=(80, 24)) as at:
        await at.press("W", *"pirouetted", "enter")
        await at.press("T")
        assert "[MASK], e on pirouetted " in at.line("place")
        await at.press("W", *"incomprehensibilities", "enter")
        await at.press("T")
        assert re.search(r"\[MASK\], e on incompr\w*… ", at.line("place"))

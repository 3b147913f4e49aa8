"""Comparing: B follows A, comes late, goes away; what is seen of both is one rule."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.session.made import MadeModel
from tests.session.player import SPLIT, TEXT, Player
from tui.analysis.alignment import corrected, without
from tui.analysis.analysis import Analysis
from tui.analysis.columns import CHANGE, DELTA
from tui.analysis.interventions import NONE, CutHead
from tui.analysis.scales import ALL_HEADS, PER_HEAD
from tui.analysis.views import GRADIENT, RAW, ROLLOUT
from tui.analysis.wanted import WantedQuantities
from tui.experiments.beside import AnalyzeBeside, LetGoOfOther
from tui.model.worker.protocol import Died, JobDone, JobFailed
from tui.session.choice import Again, Choice, Fillers
from tui.session.comparing import Comparing
from tui.session.difference import Difference
from tui.session.effects import Ask, Open, RunJob

OTHER = "the small dog sat on [MASK] today"
SAME_LENGTH = "the dog sat on [MASK] today"


@pytest.fixture
def player(tmp_path: Path) -> Player:
    player = Player(tmp_path).begins()
    player.effects.clear()
    return player


def comparing(player: Player) -> Comparing:
    return player.session.comparing


def jobs(player: Player) -> list[AnalyzeBeside]:
    """The runs that B was asked for, in their order."""
    return [one.job for one in player.of(RunJob) if isinstance(one.job, AnalyzeBeside)]


def b_answers(player: Player, *, model: MadeModel | None = None, fails: str = "") -> None:
    """Let the worker end what it was asked for B last, if it is still wanted."""
    wanted = {no: job for no, job in player.jobs.items() if isinstance(job, AnalyzeBeside)}
    if not wanted:
        return
    number, job = max(wanted.items())
    del player.jobs[number]
    if fails:
        player.does(player.session.take(JobFailed(number, fails)))
        return
    answers = model or player.model
    analysis = answers.analyze(job.text or TEXT, job.wanted, interventions=job.interventions)
    player.does(player.session.take(JobDone(number, analysis)))


def compare(
    player: Player, choice: Choice | Fillers | Again, *, model: MadeModel | None = None
) -> Comparing:
    """Choose what to compare with, and let everything answer."""
    player.does(comparing(player).choose(choice))
    player.settles()
    b_answers(player, model=model)
    return comparing(player)


def text_of_b(player: Player) -> str | None:
    """B's sentence, None while it is not there."""
    b = comparing(player).b
    return b.text if b is not None else None


def fillers(player: Player, first: int, second: int) -> Fillers:
    """Two of the candidates in the list, by where they stand."""
    filling = player.session.filling
    one, other = (filling.candidates[at].id for at in (first, second))
    return Fillers(filling.mask, one, other)


def text(value: str) -> Choice:
    return Choice.of_text(value)


# Choosing


def test_the_key_opens_the_choice_and_says_why_not_without_an_answer(tmp_path: Path) -> None:
    player = Player(tmp_path)
    player.does(player.session.comparing.open())
    assert not player.of(Open)
    assert player.session.message
    player.begins()
    player.does(player.session.comparing.open())
    assert player.opened == ["compare"]


def test_a_is_seen_until_b_is_there_and_then_the_difference(player: Player) -> None:
    player.does(comparing(player).choose(text(OTHER)))
    assert comparing(player).shown is player.session.viewing
    assert comparing(player).shown_side is None
    b_answers(player)
    assert isinstance(comparing(player).shown, Difference)
    assert comparing(player).shown_side == "A−B"
    assert player.session.viewing.answer.text == TEXT  # A stays where it was
    assert not player.of(Ask)


def test_the_key_turns_through_a_b_and_the_difference(player: Player) -> None:
    compare(player, text(OTHER))
    seen = []
    for _ in range(3):
        player.does(comparing(player).turn())
        seen.append(comparing(player).shown_side)
    assert seen == ["A", "B", "A−B"]


def test_nothing_turns_while_nothing_is_compared(player: Player) -> None:
    for press in (comparing(player).turn, comparing(player).let_go):
        player.does(press())
        assert "Nothing is compared" in player.session.message


def test_letting_go_gives_up_what_is_under_way_and_again_takes_it_up(player: Player) -> None:
    player.does(comparing(player).choose(text(OTHER)))
    player.does(comparing(player).let_go())
    assert not player.jobs
    assert comparing(player).choice is None
    compare(player, Again())
    assert text_of_b(player) == OTHER


def test_again_is_at_first_the_sentence_before(player: Player) -> None:
    player.asks(OTHER)
    player.settles()
    found = compare(player, Again())
    assert found.choice is not None
    assert found.choice.text != OTHER


def test_two_fillers_fill_one_in_on_screen_and_wait_for_it(player: Player) -> None:
    player.does(comparing(player).choose(fillers(player, 0, 1)))
    assert not jobs(player)  # A's own answer comes first
    player.settles()
    assert player.session.answer.text == TEXT.replace("[MASK]", "cat")
    [job] = jobs(player)
    assert job.text == TEXT.replace("[MASK]", "dog")
    b_answers(player)
    assert comparing(player).alignment.is_identity


def test_candidates_that_are_not_there_any_more_are_refused(player: Player) -> None:
    [first, second] = (one.id for one in player.session.filling.candidates[:2])
    for gone in (Fillers(0, first, 10**6), Fillers(1, first, second)):
        player.does(comparing(player).choose(gone))
        assert "press = again" in player.session.message
        assert comparing(player).choice is None


# Following A


def test_b_of_another_sentence_is_cut_as_a_is(player: Player) -> None:
    compare(player, text(OTHER))
    player.does(player.session.cutting.cut_head(1, 1))
    player.answers()
    assert jobs(player)[-1].interventions == (CutHead(1, 1),)
    assert comparing(player).b is None  # what is there was made without the cut
    assert comparing(player).shown is player.session.viewing
    b_answers(player)
    assert isinstance(comparing(player).shown, Difference)


def test_the_whole_model_beside_the_cut_one_stays_whole(player: Player) -> None:
    player.does(player.session.cutting.cut_head(0, 0))
    player.settles()
    found = compare(player, Choice("whole"))
    assert jobs(player)[-1].interventions == NONE
    assert jobs(player)[-1].text == TEXT
    assert found.b is not None
    assert not found.b.interventions
    # Another sentence is asked: B is the whole model's answer to that one.
    player.asks(SPLIT)
    player.settles()
    b_answers(player)
    assert text_of_b(player) == SPLIT


def test_an_answer_that_comes_too_late_is_nobodys(player: Player) -> None:
    player.does(comparing(player).choose(text(OTHER)))
    [late] = list(player.jobs)
    player.does(comparing(player).choose(text(SPLIT)))
    analysis = player.model.analyze(OTHER, jobs(player)[0].wanted)
    player.does(player.session.take(JobDone(late, analysis)))
    assert comparing(player).b is None
    b_answers(player)
    assert text_of_b(player) == SPLIT


def test_b_waits_for_the_answer_that_a_waits_for(player: Player) -> None:
    compare(player, Choice("whole"))
    player.effects.clear()
    player.asks(SPLIT)
    assert not jobs(player)
    player.settles()
    assert jobs(player)[-1].text == SPLIT


def test_b_that_cannot_be_had_leaves_a_as_it_was(player: Player) -> None:
    player.does(comparing(player).choose(text(OTHER)))
    b_answers(player, fails="It is too long; shorten it.")
    assert player.session.message == "B cannot be analysed: It is too long; shorten it."
    assert comparing(player).choice is None
    assert comparing(player).shown is player.session.viewing


def test_b_of_the_model_before_is_not_b_of_the_new_one(player: Player) -> None:
    found = compare(player, text(OTHER))
    player.loads(MadeModel("new"))
    player.settles()
    assert player.session.answer.model.name == "new"
    assert found.b is None
    assert found.shown is player.session.viewing
    b_answers(player, fails="It is too long; shorten it.")
    assert found.choice is None
    assert found.shown is player.session.viewing


def test_a_second_job_that_is_cancelled_leaves_b_and_says_so(player: Player) -> None:
    found = compare(player, text(OTHER))
    player.does(player.session.looking.look_at(ROLLOUT))
    player.settles()
    [number] = [no for no, job in player.jobs.items() if isinstance(job, AnalyzeBeside)]
    player.does(player.session.take(JobFailed(number, "")))
    assert found.b is not None
    assert player.session.message == "Cancelled: B stays as it was."


def test_another_models_memory_is_given_back_however_it_ends(player: Player) -> None:
    def given_back() -> int:
        return sum(isinstance(one.job, LetGoOfOther) for one in player.of(RunJob))

    player.does(comparing(player).choose(Choice("model", model="other")))
    b_answers(player, fails="It cannot be read.")
    assert given_back() == 1
    compare(player, Choice("model", model="other"), model=MadeModel("other"))
    compare(player, text(OTHER))
    assert given_back() == 2
    player.does(comparing(player).let_go())
    assert given_back() == 2  # it is not held any more


def test_a_view_that_needs_more_of_the_model_asks_b_for_it_too(player: Player) -> None:
    compare(player, text(OTHER))
    player.does(player.session.looking.look_at(ROLLOUT))
    player.settles()
    assert jobs(player)[-1].wanted.mixing
    b_answers(player)
    assert comparing(player).shown.view.name == "A − B, rollout"


def test_while_b_has_not_what_the_view_needs_b_and_the_difference_are_of_weights(
    player: Player,
) -> None:
    compare(player, text(OTHER))
    player.does(player.session.looking.look_at(ROLLOUT))
    player.settles()
    assert comparing(player).viewing_b.view is RAW
    assert player.session.viewing.view is ROLLOUT
    shown = comparing(player).shown
    assert shown.view.name == "A − B"
    assert np.isfinite(shown.displayed.matrix[0, 0])


def test_a_gradient_in_b_is_of_the_same_word_and_of_another_model_of_its_first(
    player: Player,
) -> None:
    compare(player, text(OTHER))
    player.does(player.session.looking.look_at(GRADIENT))
    player.settles()
    gradient = jobs(player)[-1].wanted.gradient
    assert gradient is not None
    assert gradient.token == player.session.filling.target.token
    compare(player, Choice("model", model="other"), model=MadeModel("other"))
    gradient = jobs(player)[-1].wanted.gradient
    assert gradient is not None
    assert gradient.token is None


def test_another_model_is_let_go_of_with_b(player: Player) -> None:
    compare(player, Choice("model", model="other"), model=MadeModel("other"))
    player.does(comparing(player).let_go())
    assert [one.job for one in player.of(RunJob)][-1] == LetGoOfOther("made")


def test_a_text_over_the_memory_is_not_compared(tmp_path: Path) -> None:
    player = Player(tmp_path, model=MadeModel(holds_one_layer=True)).begins()
    player.does(player.session.comparing.open())
    assert not player.opened
    assert "one layer" in player.session.message


def test_b_goes_when_a_becomes_too_long(player: Player) -> None:
    compare(player, text(OTHER))
    player.model = MadeModel(holds_one_layer=True)
    player.asks(SPLIT)
    player.settles()
    assert comparing(player).choice is None


def test_a_death_of_the_process_leaves_a_and_b(player: Player) -> None:
    compare(player, text(OTHER))
    player.does(player.session.take(Died("The model's process ended.", restarted=True)))
    assert isinstance(comparing(player).shown, Difference)


def test_models_of_other_sizes_are_looked_at_as_far_as_both_go(player: Player) -> None:
    small = MadeModel("small", layers=1, heads=1)
    found = compare(player, Choice("model", model="small"), model=small)
    assert "others" in player.session.message
    assert found.shown_side == "A−B"
    player.does(player.session.looking.turn_layer(1))
    assert not isinstance(found.shown, Difference)
    player.does(found.turn())
    assert "has no layer 2" in player.session.message


# All heads


def test_heads_are_ranked_and_asked_for_by_how_much_they_differ(player: Player) -> None:
    found = compare(player, text(OTHER))
    assert CHANGE.name not in player.session.measured  # it is measured beside, in its own time
    player.settles()
    changes = player.session.measured[CHANGE.name]
    assert changes.shape == (3, 2)
    assert changes.min() > 0
    player.does(player.session.heads.open_table())
    player.does(found.rank())
    first = player.session.heads.order[0]
    assert changes[first] == changes.max()
    half = float(np.sort(changes.ravel())[2:4].mean())
    player.does(player.session.heads.find(f"change > {half:.6f}"))
    assert len(player.session.heads.order) == 3
    player.does(found.let_go())
    assert CHANGE.name not in player.session.measured


def test_the_weight_under_the_cursor_differs_head_by_head(player: Player) -> None:
    found = compare(player, text(SAME_LENGTH))
    player.session.viewing.put_cursor((3, 1))
    a, b = player.session.answer.attention, found.b
    assert b is not None
    assert np.array_equal(
        player.session.measured[DELTA.name], a[:, :, 3, 1] - b.attention[:, :, 3, 1]
    )
    assert found.named(DELTA) == "sat → the, A − B"


def test_of_models_of_other_sizes_heads_are_not_ranked(player: Player) -> None:
    small = MadeModel("small", layers=1, heads=1)
    found = compare(player, Choice("model", model="small"), model=small)
    player.settles()
    assert not found.columns
    player.does(player.session.heads.open_map())
    player.does(found.rank())
    assert "models of one size" in player.session.message


def test_changes_that_come_after_b_is_let_go_of_are_nobodys(player: Player) -> None:
    found = compare(player, text(OTHER))
    player.does(found.let_go())
    player.settles()
    assert not found.columns


# What is seen


def test_the_difference_of_a_run_and_itself_is_nothing(player: Player) -> None:
    found = compare(player, text(TEXT))
    assert not found.difference.displayed.matrix.any()
    assert found.difference.labels == player.session.viewing.labels


def test_the_difference_is_that_of_the_numbers_on_both_sides(player: Player) -> None:
    found = compare(player, text(SAME_LENGTH))
    for hides in (False, True):
        player.session.viewing.hides = hides
        for layer, head in np.ndindex(3, 2):
            player.session.viewing.layer, player.session.viewing.head = layer, head
            a, b = player.session.viewing.displayed, found.viewing_b.displayed
            assert np.array_equal(found.difference.displayed.matrix, a.matrix - b.matrix)


def test_in_the_difference_rows_sum_to_nothing_and_what_is_alone_is_pooled(player: Player) -> None:
    found = compare(player, text(OTHER))
    displayed = found.difference.displayed
    assert found.difference.labels[-1] == "unaligned"
    assert np.abs(displayed.matrix[:-1].sum(axis=1)).max() < 1e-6


def test_words_are_compared_as_words(player: Player) -> None:
    found = compare(player, text(SPLIT))
    player.asks("an unbelievable [MASK] slept here")
    player.settles()
    b_answers(player)
    player.does(player.session.looking.toggle_words())
    assert "unbelievable" in found.difference.labels


def test_a_and_b_share_a_ceiling_and_without_b_a_has_its_own(player: Player) -> None:
    viewing = player.session.viewing
    own = viewing.drawn_scale.full_weight(viewing.head_matrix)
    found = compare(player, text(OTHER))
    for scale in (PER_HEAD, ALL_HEADS):
        viewing.scale = scale
        b = found.viewing_b
        full = {one.drawn_scale.full_weight(one.head_matrix) for one in (viewing, b)}
        assert full == {max(scale.full_weight(one.head_matrix) or 0 for one in (viewing, b))}
    viewing.scale = PER_HEAD
    player.does(found.let_go())
    assert viewing.drawn_scale.full_weight(viewing.head_matrix) == own


def test_candidates_stand_side_by_side(player: Player) -> None:
    found = compare(player, text(OTHER))
    assert [one.candidate.token for one in found.candidates] == ["cat", "dog", "tree", "house"]
    assert all(one.change == 0 for one in found.candidates)


def test_a_pair_with_and_without_a_mask_has_candidates_of_one_side(player: Player) -> None:
    found = compare(player, text("the cat sat on it today"))
    assert found.candidates == ()
    assert "[MASK]" in player.session.message


# The cursor


def test_the_cursor_holds_for_both_sides(player: Player) -> None:
    found = compare(player, text(OTHER))
    player.session.viewing.put_cursor((3, 4))
    assert player.session.viewing.labels[3] == "sat"
    b = found.viewing_b
    assert [b.labels[at] for at in b.cursor] == ["sat", "on"]
    labels = found.difference.labels
    assert [labels[at] for at in found.difference.cursor] == ["sat", "on"]


def test_a_move_on_any_side_moves_the_others(player: Player) -> None:
    found = compare(player, text(OTHER))
    for side in ("A−B", "B"):
        found.side = side
        player.does(player.session.looking.put_cursor(1, 1))
        player.does(player.session.looking.move_cursor(0, 1))
        shown = found.shown
        assert shown.cursor == (1, 2)
        a = player.session.viewing
        assert a.labels[a.cursor[0]] in shown.labels[1]


def test_the_cursor_can_stand_in_the_pool(player: Player) -> None:
    found = compare(player, text(OTHER))
    last = len(found.difference.labels) - 1
    player.does(player.session.looking.put_cursor(2, last))
    assert found.shown.cursor == (2, last)
    player.does(player.session.looking.move_cursor(0, -1))
    assert found.shown.cursor == (2, last - 1)


def test_the_strongest_is_what_changed_most(player: Player) -> None:
    found = compare(player, text(OTHER))
    player.does(player.session.looking.put_cursor(2, 0))
    player.does(player.session.looking.next_strongest())
    row = np.abs(found.difference.displayed.matrix[2])
    assert found.shown.cursor[1] == int(np.nanargmax(row))


# Hidden special tokens, parts of a pair, words


def test_with_special_tokens_hidden_both_sides_shares_go_with_the_difference(
    player: Player,
) -> None:
    found = compare(player, text(OTHER))
    assert found.difference.displayed.hidden is None
    player.does(player.session.looking.toggle_hiding())
    displayed = found.difference.displayed
    assert displayed.hidden_of_both is not None
    assert displayed.hidden is not None
    for side, viewing, place in zip(
        displayed.hidden_of_both, (player.session.viewing, found.viewing_b), (0, 1), strict=True
    ):
        own = viewing.displayed.hidden
        assert own is not None
        for row, pair in enumerate(found.alignment.pairs):
            assert side[row] == own[pair[place]]
    shown = displayed.matrix[list(displayed.tokens)]
    sums = shown.sum(axis=-1)
    assert np.abs(sums[~np.isnan(sums)]).max() < 1e-6


@pytest.mark.parametrize("b", ["the small dog slept", "the dog ||| it slept"])
def test_a_part_of_a_pair_has_the_numbers_of_the_whole(player: Player, b: str) -> None:
    player.asks("the cat ||| mighty dogs slept")
    player.settles()
    found = compare(player, text(b))
    whole = found.difference.displayed.matrix
    inside = np.zeros_like(whole, dtype=bool)
    for _ in range(4):
        player.does(player.session.looking.next_block())
        assert found.difference.shown_block is not None
        part = found.difference.displayed.matrix
        is_there = ~np.isnan(part)
        np.testing.assert_array_equal(part[is_there], whole[is_there])
        assert not (inside & is_there).any()
        inside |= is_there
    pairs = len(found.alignment.pairs)
    assert inside[:pairs, :pairs].all(), "the four parts are all of the pair"
    player.does(player.session.looking.next_block())
    assert found.difference.shown_block is None


def test_words_follow_what_is_paired_by_hand(player: Player) -> None:
    found = compare(player, text(SAME_LENGTH))
    player.does(player.session.looking.toggle_words())
    assert "cat/dog" in found.difference.labels
    a, b = (units.labels.index for units in (found.difference.comparison.a, found.viewing_b.units))
    cat = player.session.viewing.units.firsts[a("cat")]
    player.does(list(found.correct(without(found.alignment, cat))))
    assert "cat/dog" not in found.difference.labels
    left = player.session.viewing.units.firsts[a("sat")]
    right = found.viewing_b.units.firsts[b("dog")]
    player.does(list(found.correct(corrected(found.alignment, left, right))))
    assert "sat/dog" in found.difference.labels
    player.session.viewing.put_cursor((a("sat"), a("sat")))
    assert [found.viewing_b.labels[at] for at in found.viewing_b.cursor] == ["dog", "dog"]


class OfDogs(MadeModel):
    """A model whose gradients are taken towards another word."""

    def analyze(self, text: str, wanted: WantedQuantities, **asked: Any) -> Analysis:
        """The answer to a text."""
        answer = super().analyze(text, wanted, **asked)
        gradient = answer.derived.gradient
        assert gradient is not None
        derived = replace(answer.derived, gradient=replace(gradient, token="dog"))
        return replace(answer, derived=derived)


def test_a_gradient_towards_another_word_in_b_is_named_as_b_s(player: Player) -> None:
    player.does(player.session.looking.look_at(GRADIENT))
    player.settles()
    compare(player, text(OTHER))
    assert comparing(player).shown.view_name == "A − B, gradient → cat"
    compare(player, Choice("model", model="dogs"), model=OfDogs("dogs"))
    assert comparing(player).shown.view_name == "A − B, gradient → cat, in B gradient → dog"

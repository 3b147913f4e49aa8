"""The session's rules about questions, answers that come late, and the way back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.session.made import MadeModel
from tests.session.player import SHORT, SPLIT, TEXT, Player
from tui.analysis.analysis import Analysis
from tui.analysis.interventions import NONE, Interventions
from tui.analysis.views import GRADIENT, RAW, ROLLOUT
from tui.analysis.wanted import WantedQuantities
from tui.errors import SaveError
from tui.model.worker.protocol import Analyzed, Died, Failed, Loaded, LoadFailed
from tui.session.effects import (
    Ask,
    FocusGrid,
    FocusSentence,
    GiveUp,
    KeepPlace,
    LoadModel,
    Open,
    Redraw,
    ShowSentence,
    Skip,
    Write,
)
from tui.session.question import Step


@pytest.fixture
def player(tmp_path: Path) -> Player:
    return Player(tmp_path).begins()


# Asking


def test_enter_asks_moves_the_focus_and_changes_nothing_on_screen(player: Player) -> None:
    before = player.session.analysis
    player.effects.clear()
    player.asks(SHORT)
    assert player.of(FocusGrid)
    assert [ask.text for ask in player.of(Ask)] == [SHORT]
    assert player.session.analysis is before
    player.answers()
    assert player.session.analysis is not None
    assert player.session.analysis.text == SHORT


def test_an_empty_text_is_said_and_not_asked(player: Player) -> None:
    player.effects.clear()
    player.asks("  \n ")
    assert "There is no text" in player.session.message
    assert not player.of(Ask)
    assert not player.of(FocusGrid)


def test_an_answer_to_an_earlier_question_is_none(player: Player) -> None:
    player.asks(SHORT)
    number, ask = player._asked[0]
    late = player.model.analyze(ask.text, ask.wanted)
    player.asks(SPLIT)
    player.does(player.session.take(Analyzed(number, late)))
    assert player.session.analysis is not None
    assert player.session.analysis.text == TEXT
    player.settles()
    assert player.session.analysis.text == SPLIT


def test_an_answer_that_was_given_up_is_none(player: Player) -> None:
    player.asks(SHORT)
    number, ask = player._asked[0]
    player.does(player.session.escape())
    assert player.of(GiveUp)
    assert player.session.message == "Cancelled."
    answer = player.model.analyze(ask.text, ask.wanted)
    player.does(player.session.take(Analyzed(number, answer)))
    assert player.session.analysis is not None
    assert player.session.analysis.text == TEXT


def test_escape_goes_to_the_sentence_if_nothing_is_under_way(player: Player) -> None:
    assert FocusSentence() in player.session.escape()
    assert Skip() in player.session.cancel()


def test_what_is_typed_meanwhile_stays_in_the_field(player: Player) -> None:
    player.asks(SHORT)
    player.field = f"{SHORT} and more"
    player.settles()
    assert player.field == f"{SHORT} and more"


def test_head_scale_and_toggles_stay_and_the_cursor_follows_the_mask(player: Player) -> None:
    session = player.session
    player.does(session.looking.turn_layer(1))
    player.does(session.looking.turn_head(1))
    player.does(session.looking.next_scale())
    mask = session.viewing.masks[0]
    player.does(session.looking.put_cursor(mask - 1, mask - 2))
    player.asks("so the big dog sat on [MASK] again")
    player.settles()
    mask = session.viewing.masks[0]
    assert session.head == (1, 1)
    assert session.viewing.scale.name == "absolute"
    assert session.viewing.cursor == (mask - 1, mask - 2)


def test_two_questions_in_quick_succession_both_reach_the_history(
    player: Player, tmp_path: Path
) -> None:
    player.asks("the first one")
    player.asks("the second one")
    player.settles()
    kept = (tmp_path / "history.txt").read_text().splitlines()
    assert kept[-2:] == ["the first one", "the second one"]


def test_a_failed_write_is_said(player: Player) -> None:
    player.asks(SHORT)
    player.writes(SaveError("The disk is full."))
    assert player.session.message == "The disk is full."


def test_a_death_says_why_and_what_was_asked_is_not_awaited(player: Player) -> None:
    player.asks(SHORT)
    player.does(player.session.take(Died("The process was killed.", restarted=True)))
    assert player.session.message == "The process was killed."
    assert player.session.question is None
    assert player.session.model.note == "loading…"
    player.effects.clear()
    player.does(player.session.take(Loaded(1, player.model.info)))
    assert not player.of(Ask), "it may be what killed the process"


# Wanting more


def test_a_view_asks_for_what_it_needs_and_raw_weights_stand_in_until_then(
    player: Player,
) -> None:
    viewing = player.session.viewing
    player.does(player.session.looking.look_at(ROLLOUT))
    assert viewing.view is RAW
    assert player.of(Ask)[-1].wanted.mixing
    player.answers()
    assert viewing.view is ROLLOUT


def test_the_same_is_not_asked_for_twice(player: Player) -> None:
    player.does(player.session.looking.look_at(ROLLOUT))
    player.effects.clear()
    player.does(player.session.looking.next_scale())
    player.does(player.session.looking.toggle_words())
    assert not player.of(Ask)


def test_a_view_goes_along_with_the_next_sentence(player: Player) -> None:
    player.does(player.session.looking.look_at(ROLLOUT))
    player.settles()
    player.asks(SHORT)
    assert player.of(Ask)[-1].wanted.mixing
    player.answers()
    assert player.session.viewing.view is ROLLOUT


def test_more_that_does_not_come_is_done_without(player: Player) -> None:
    player.does(player.session.looking.look_at(GRADIENT))
    number, _ = player._asked[0]
    player.does(player.session.take(Failed(number, "There is not enough memory.")))
    assert player.session.message == "There is not enough memory."
    assert player.session.viewing.view is player.session.viewing.wish is RAW


def test_a_refusal_is_said_and_the_view_before_stays(tmp_path: Path) -> None:
    player = Player(tmp_path, model=MadeModel(refuses=frozenset({"gradient"}))).begins()
    player.does(player.session.looking.look_at(GRADIENT))
    player.settles()
    assert player.session.message == (
        "There is no gradient here. Instead of gradient there is raw weights; v: others."
    )
    assert player.session.viewing.wish is RAW


def test_an_answer_of_another_layer_than_is_looked_at_by_now_is_asked_anew(
    tmp_path: Path,
) -> None:
    player = Player(tmp_path, model=MadeModel(holds_one_layer=True)).begins()
    player.does(player.session.looking.turn_layer(1))
    player.does(player.session.looking.turn_layer(1))
    player.settles()
    assert player.session.viewing.is_held
    assert player.session.viewing.layer == 2


# Filling, masking, and the way back


def test_steps_back_keep_texts_and_no_attention(player: Player) -> None:
    player.does(player.session.looking.fill())
    player.settles()
    (step,) = player.session.filling.trail
    assert step.text == TEXT
    kept = [getattr(step, name) for name in Step.__dataclass_fields__]
    assert not any(hasattr(value, "attention") or hasattr(value, "nbytes") for value in kept)


def test_a_filled_sentence_shows_the_candidates_of_the_one_before(player: Player) -> None:
    session = player.session
    candidates = session.filling.candidates
    player.does(session.looking.choose(1))
    player.does(session.looking.fill())
    player.settles()
    assert session.filling.is_filled
    assert session.filling.candidates == candidates
    assert session.filling.chosen == 1
    player.does(session.looking.choose(1))
    player.settles()
    assert player.field == candidates[2].sentence


class Rereading(MadeModel):
    """Says of its second candidate that the sentence with it is read otherwise."""

    def analyze(
        self,
        text: str,
        wanted: WantedQuantities,
        *,
        layer: int = 0,
        top_k: int = 4,
        interventions: Interventions = NONE,
    ) -> Analysis:
        answer = super().analyze(
            text, wanted, layer=layer, top_k=top_k, interventions=interventions
        )
        ranked = tuple(
            (first, replace(second, read_as=("d", "\u2581og")), *rest)
            for first, second, *rest in answer.candidates
        )
        return replace(answer, candidates=ranked)


@pytest.mark.parametrize("text", [TEXT, "the [MASK] and [MASK] ran"])
def test_a_filling_that_is_read_otherwise_says_so(tmp_path: Path, text: str) -> None:
    player = Player(tmp_path, model=Rereading(), text=text).begins()
    session = player.session
    player.does(session.looking.fill())
    player.settles()
    assert "≠" not in session.message
    player.does(session.looking.step_back())
    player.settles()
    player.does(session.looking.choose(1))
    said = "≠ “dog” was scored as one word piece, but the sentence with it is read as d \u2581og"
    assert session.message.startswith(said), "when it is chosen"
    player.does(session.looking.fill())
    player.settles()
    assert session.message.startswith(said), "and when it is filled in"


def test_the_way_back_restores_mask_candidate_and_cursor(tmp_path: Path) -> None:
    player = Player(tmp_path, text="the [MASK] and [MASK] ran").begins()
    session = player.session
    player.does(session.looking.turn_mask(1))
    player.does(session.looking.choose(2))
    player.does(session.looking.put_cursor(1, 3))
    player.does(session.looking.fill())
    player.settles()
    player.does(session.looking.step_back())
    assert player.field == "the [MASK] and [MASK] ran"
    player.settles()
    assert (session.filling.mask, session.filling.chosen) == (1, 2)
    assert session.viewing.cursor == (1, 3)
    assert session.filling.trail == ()


def test_two_steps_back_before_the_first_is_answered(player: Player) -> None:
    session = player.session
    player.does(session.looking.put_cursor(1, 1))
    player.does(session.looking.mask())
    player.settles()
    player.does(session.looking.fill())
    player.settles()
    assert [step.kind for step in session.filling.trail] == ["masked", "filled"]
    player.does(session.looking.step_back())
    player.does(session.looking.step_back())
    player.settles()
    assert session.analysis is not None
    assert session.analysis.text == TEXT
    player.does(session.looking.step_back())
    assert "nothing to go back to" in session.message


def test_a_step_back_from_a_filling_that_is_not_answered_gives_it_up(player: Player) -> None:
    player.does(player.session.looking.fill())
    player.does(player.session.looking.step_back())
    assert player.session.question is None
    assert player.session.analysis is not None
    assert player.session.analysis.text == TEXT


def test_masking_twice_restores(player: Player) -> None:
    player.does(player.session.looking.put_cursor(2, 1))
    player.does(player.session.looking.mask())
    player.settles()
    assert player.field == "the [MASK] sat on [MASK] today"
    player.does(player.session.looking.mask())
    player.settles()
    assert player.field == TEXT


# Models


def test_a_new_model_is_asked_what_the_one_before_was(player: Player) -> None:
    player.does(player.session.models.use_model("other"))
    assert player.of(LoadModel)[-1].name == "other"
    assert player.session.model.name == "made", "until it is there"
    player.effects.clear()
    player.loads(MadeModel("other", layers=1, heads=1))
    assert [ask.text for ask in player.of(Ask)] == [TEXT]
    player.does(player.session.looking.turn_layer(1))
    player.settles()
    assert player.session.head == (0, 0)


def test_a_smaller_model_says_that_the_head_is_not_there(player: Player) -> None:
    player.does(player.session.looking.go_to(3, 2))
    player.loads(MadeModel("small", layers=1, heads=1))
    player.settles()
    assert "small has no layer 3, head 2" in player.session.message


def test_a_model_used_last_that_is_gone_makes_room_for_the_embedded(tmp_path: Path) -> None:
    player = Player(tmp_path, model=MadeModel("gone/model"))
    player.does(player.session.begin())
    player.does(player.session.take(LoadFailed(1, "gone/model", "It is gone.")))
    assert player.of(LoadModel) == [LoadModel("embedded")]
    assert "the embedded model takes its place" in player.session.message
    player.loads(MadeModel("embedded"))
    player.settles()
    assert player.session.analysis is not None


def test_giving_a_model_up_keeps_the_one_before(player: Player) -> None:
    player.does(player.session.models.use_model("other"))
    player.does(player.session.escape())
    assert player.session.message == "Cancelled; made stays."
    assert not player.session.model.is_on_its_way


# Keeping the place


def test_the_place_is_kept_when_it_changes_and_only_then(player: Player) -> None:
    player.effects.clear()
    player.does(player.session.looking.turn_head(1))
    player.does(player.session.looking.move_cursor(0, 0))
    player.does(player.session.looking.open_help())
    assert len(player.of(KeepPlace)) == 1
    assert player.kept is not None
    assert player.kept.head == 1


def test_nothing_is_kept_before_the_first_answer(tmp_path: Path) -> None:
    player = Player(tmp_path)
    player.does(player.session.begin())
    player.does(player.session.looking.toggle_numbers())
    assert not player.of(KeepPlace)


def test_everything_is_where_it_was(player: Player, tmp_path: Path) -> None:
    for act in (
        player.session.looking.turn_layer(1),
        player.session.looking.toggle_words(),
        player.session.looking.toggle_numbers(),
        player.session.looking.toggle_bars(),
        player.session.looking.move_cursor(-1, 1),
    ):
        player.does(act)
    assert player.kept is not None
    again = Player(tmp_path, text=None, place=player.kept).begins()
    assert again.session.head == player.session.head
    assert again.session.viewing.cursor == player.session.viewing.cursor
    assert again.session.looking.toggles == player.session.looking.toggles
    again.effects.clear()
    again.does(again.session.looking.move_cursor(0, 0))
    assert not again.of(KeepPlace), "nothing has changed"


def test_a_kept_place_beyond_the_text_is_the_nearest(player: Player, tmp_path: Path) -> None:
    assert player.kept is not None
    far = replace(player.kept, query=900, key=900, mask=9, layer=90, head=90)
    again = Player(tmp_path, text=None, place=far).begins()
    last = len(again.session.viewing.units) - 1
    assert again.session.viewing.cursor == (last, last)
    assert again.session.filling.mask == 0
    assert again.session.head == (2, 1)


# Effects


def test_what_is_redrawn_is_redrawn_once_and_last_and_a_screen_opens_behind_it(
    player: Player,
) -> None:
    effects = player.session.heads.open_table()
    assert isinstance(effects[-1], Open)
    assert sum(isinstance(effect, Redraw) for effect in effects) <= 1


def test_every_key_of_the_person_takes_the_message_away(player: Player) -> None:
    player.does(player.session.looking.toggle_hiding())
    player.does(player.session.looking.next_block())
    assert "one sentence" in player.session.message
    effects = player.session.looking.move_cursor(0, 1)
    assert player.session.message == ""
    assert Redraw.CURSOR in effects


def test_sentences_are_walked_from_the_one_that_is_asked(player: Player) -> None:
    player.does(player.session.step_sentence(1))
    first = player.field
    player.does(player.session.step_sentence(1))
    assert player.field != first
    assert player.of(ShowSentence)[-1].text == player.field
    player.settles()
    assert player.session.analysis is not None
    assert player.session.analysis.text == player.field


def test_writes_are_not_carried_out_by_the_session(player: Player, tmp_path: Path) -> None:
    player.does(player.session.keeping.save())
    assert player.of(Write)
    assert not (tmp_path / "pictures").exists()
    player.settles()
    assert "Saved" in player.session.message
    assert player.session.copies.endswith("Attention_Layer1_Head1_perhead.png")


def test_keys_of_another_alphabet_are_hinted_at_once(player: Player) -> None:
    player.session.typed_in_another_alphabet("й")
    assert "Latin layout" in player.session.message
    player.session.say("")
    assert player.session.typed_in_another_alphabet("ц") == []
    assert player.session.message == ""


def test_a_key_that_finds_nothing_to_do_says_so(player: Player) -> None:
    session, looking = player.session, player.session.looking
    player.does(looking.view_back())
    assert session.message == "No other view was looked at before: v chooses one."
    player.does(looking.toggle_numbers())
    player.does(looking.toggle_overview())
    assert "# takes the numbers out" in session.message
    player.does(looking.toggle_numbers())
    player.does(looking.toggle_overview())
    assert session.message == ""
    player.asks("the cat sat")
    player.settles()
    for step in (1, -1):
        player.does(looking.choose(step))
        assert session.message.startswith("There is no candidate to choose: put [MASK]")

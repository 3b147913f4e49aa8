"""Screens about all heads stand on the answer that is there, whenever it comes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.session.made import MadeModel
from tests.session.player import SHORT, TEXT, Player
from tui.analysis.columns import IMPORTANCE, LIKENESS, TO_TOKEN
from tui.analysis.statistics import STATISTICS
from tui.model.worker.protocol import Failed, JobDone, JobFailed, JobProgress
from tui.session.boards import HeadMapState, HeadsTableState, TokenFocusState
from tui.session.effects import Ask, CloseBoard, GiveUpJob, Open, RunJob
from tui.session.heads import MEASURE


@pytest.fixture
def player(tmp_path: Path) -> Player:
    return Player(tmp_path).begins()


def test_a_shorter_sentence_arrives_under_the_focus(player: Player) -> None:
    session = player.session
    player.does(session.looking.put_cursor(5, 6))
    player.asks(SHORT)
    player.does(session.heads.open_focus())
    board = session.heads.board
    assert isinstance(board, TokenFocusState)
    assert board.token == 5
    player.answers()
    answer = session.viewing.answer
    assert board.token < len(answer.tokens)
    player.does(session.heads.change(lambda: board.move(answer, 0, 1)))
    assert board.weights(answer)[board.cursor] >= 0
    assert board.ranked(answer)


def test_a_smaller_model_answers_under_each_screen(player: Player) -> None:
    session = player.session
    for opens in (session.heads.open_map, session.heads.open_table, session.heads.open_focus):
        player.does(session.looking.go_to(*session.viewing.answer.attention.shape[:2]))
        player.does(opens())
        player.loads(MadeModel("small", layers=1, heads=1))
        player.settles()
        board = session.heads.board
        assert board is not None
        cursor = board.cursor if not isinstance(board, TokenFocusState) else board.cursor[:2]
        assert cursor == (0, 0)
        player.does(session.heads.close())
        player.loads(MadeModel())
        player.settles()


def test_a_text_of_which_one_layer_is_held_closes_the_screen(player: Player) -> None:
    player.does(player.session.heads.open_map())
    player.loads(MadeModel("huge", holds_one_layer=True))
    player.effects.clear()
    player.settles()
    assert player.session.heads.board is None
    assert player.of(CloseBoard)
    player.does(player.session.heads.open_map())
    assert "one layer is held at a time" in player.session.message


def test_thumbnails_that_no_longer_fit_are_a_statistic(player: Player) -> None:
    board = HeadMapState((0, 0))
    assert board.statistic(thumbnails=True) is None
    assert board.statistic(thumbnails=False) is STATISTICS[0]
    board.turn_statistic(1, thumbnails=False)  # with thumbnails on screen until just now
    assert board.statistic(thumbnails=False) is STATISTICS[1]
    for _ in STATISTICS:
        board.turn_statistic(1, thumbnails=True)
    assert board.statistic(thumbnails=True) is STATISTICS[0]
    board.turn_statistic(-1, thumbnails=True)
    assert board.statistic(thumbnails=True) is None


def test_the_map_opens_another_head(player: Player) -> None:
    session = player.session
    player.does(session.heads.open_map())
    board = session.heads.board
    assert isinstance(board, HeadMapState)
    player.does(session.heads.change(lambda: board.move(session.viewing.answer, -1, 1)))
    player.does(session.heads.close(board.cursor))
    assert session.head == (2, 1)
    assert session.heads.board is None


def test_the_focus_opens_a_head_at_a_cell(player: Player) -> None:
    session = player.session
    player.does(session.heads.open_focus())
    player.does(session.heads.close((1, 1), (2, 3)))
    assert session.head == (1, 1)
    assert session.viewing.tokens_at_cursor == (2, 3)


def test_the_table_is_ranked_by_what_has_to_be_asked_for(player: Player) -> None:
    session = player.session
    player.does(session.heads.open_table())
    player.does(session.heads.rank(LIKENESS))
    assert player.of(Ask)[-1].wanted.likeness == (0, 0)
    assert "unlike" not in session.heads.table.numbers
    player.answers()
    assert session.heads.order[0] == (0, 0)
    player.does(session.heads.rank(IMPORTANCE))
    assert player.of(Ask)[-1].wanted.gradient is not None
    assert player.of(Ask)[-1].wanted.margin
    player.answers()
    assert list(session.heads.table.numbers)[:2] == ["importance", "margin"], "side by side"
    sizes = [abs(session.heads.table.numbers["importance"][head]) for head in session.heads.order]
    assert sizes == sorted(sizes, reverse=True)


def test_the_cursors_word_is_ranked_by_all_its_pieces(player: Player) -> None:
    session = player.session
    player.asks("the elephant saw [MASK] in town")
    player.settles()
    player.does(session.looking.toggle_words())
    viewing = session.viewing
    word = viewing.labels.index("elephant")
    viewing.put_cursor((viewing.masks[0], word))
    player.does(session.heads.open_table())
    player.does(session.heads.rank(TO_TOKEN))
    pieces = viewing.units.tokens_of(word)
    assert len(pieces) == 2
    mask = session.answer.masks[0]
    wanted = session.answer.attention[:, :, mask, pieces.start : pieces.stop].sum(axis=-1)
    np.testing.assert_allclose(session.heads.table.numbers["to_cursor"], wanted, rtol=1e-5)
    player.does(session.heads.find("to_cursor > 0 and elephant->elephant > 0"))
    assert session.heads.search.wrong is None
    assert len(session.heads.order) == wanted.size


def test_likeness_to_a_head_that_the_next_model_has_not(player: Player) -> None:
    session = player.session
    player.does(session.looking.go_to(3, 2))
    player.does(session.heads.open_table())
    player.does(session.heads.rank(LIKENESS))
    player.settles()
    player.loads(MadeModel("small", layers=1, heads=2))
    player.settles()
    assert session.heads.search.like == (0, 1)
    assert session.heads.order


def test_numbers_that_do_not_come_are_done_without(player: Player) -> None:
    session = player.session
    player.does(session.heads.open_table())
    player.does(session.heads.rank(LIKENESS))
    number, _ = player._asked[0]
    player.does(session.take(Failed(number, "No memory.")))
    assert session.message == "No memory."
    assert session.heads.search.column.name == "head"


def test_importance_without_a_mask_says_why_each_time(player: Player) -> None:
    session = player.session
    player.asks("no mask in here")
    player.settles()
    player.does(session.heads.open_table())
    for _ in range(2):
        player.does(session.heads.rank(IMPORTANCE))
        player.settles()
        assert session.message == "There is no mask, so there is no gradient."


def test_a_query_goes_along_and_a_wrong_one_changes_nothing(player: Player) -> None:
    session = player.session
    player.does(session.heads.open_table())
    player.does(session.heads.find("mask->cat > 0"))
    found = len(session.heads.order)
    assert found == 6
    player.does(session.heads.find("nosuch > 1"))
    assert session.heads.search.wrong is not None
    assert "there is no number nosuch" in session.message
    assert len(session.heads.order) == found
    player.asks("no feline [MASK] at all")
    player.settles()
    assert "finds no head here" in session.message
    player.asks(TEXT)
    player.settles()
    assert len(session.heads.order) == found


def test_a_query_waits_where_one_layer_is_held(player: Player) -> None:
    player.does(player.session.heads.find("layer = 2"))
    player.loads(MadeModel("long", layers=4, heads=3, holds_one_layer=True))
    player.settles()
    assert "The query layer = 2 finds no head here. Of so long a text" in player.session.message
    player.loads(MadeModel())
    player.settles()
    assert player.session.heads.order == [(1, 0), (1, 1)]


def test_matches_are_walked(player: Player) -> None:
    session = player.session
    player.does(session.heads.match(1))
    assert "There is no query to walk" in session.message
    player.does(session.heads.open_table())
    player.does(session.heads.find("layer = 2"))
    player.does(session.heads.close())
    player.does(session.heads.match(1))
    assert session.head == (1, 0)
    assert "1 of 2 heads that meet layer = 2." in session.message
    player.does(session.heads.match(-1))
    assert session.head == (1, 1)


# Over the list


def opens_table_with_a_list(player: Player) -> HeadsTableState:
    player.session.sentences.listed = (TEXT, SHORT)
    player.does(player.session.heads.open_table())
    player.does(player.session.heads.measure_list())
    board = player.session.heads.board
    assert isinstance(board, HeadsTableState)
    return board


def test_without_a_list_it_says_how_to_begin_one(player: Player) -> None:
    player.does(player.session.heads.open_table())
    player.does(player.session.heads.measure_list())
    assert "There is no list yet" in player.session.message
    assert not player.of(RunJob)


def test_a_list_is_measured_and_left_again(player: Player) -> None:
    from tui.analysis.list_statistics import compute_list_statistics
    from tui.experiments.list_statistics import ListMeasured

    board = opens_table_with_a_list(player)
    ((number, _),) = player.jobs.items()
    player.does(player.session.take(JobProgress(number, 1, 2)))
    assert player.session.jobs.said == "measuring sentences 1 of 2"
    statistics = compute_list_statistics([player.session.viewing.answer.statistics.numbers])
    player.does(player.session.take(JobDone(number, ListMeasured(statistics))))
    assert player.session.jobs.said == ""
    assert board.over is statistics
    assert "±entropy" in player.session.heads.table.numbers
    player.does(player.session.heads.measure_list())
    assert board.over is None


def test_a_list_that_cannot_be_measured_says_why(player: Player) -> None:
    opens_table_with_a_list(player)
    ((number, _),) = player.jobs.items()
    player.does(player.session.take(JobFailed(number, "The process was killed.")))
    assert player.session.message == "The process was killed."
    assert not player.session.jobs.is_under_way(MEASURE)


def test_closing_the_table_ends_the_measuring_and_its_late_end_is_nothing(player: Player) -> None:
    opens_table_with_a_list(player)
    ((number, _),) = player.jobs.items()
    player.does(player.session.heads.close())
    assert player.of(GiveUpJob) == [GiveUpJob(number)]
    before = player.session.message
    assert player.does(player.session.take(JobFailed(number, ""))) == []
    assert player.session.message == before


def test_statistics_of_a_model_of_another_shape_go_with_it(player: Player) -> None:
    from tui.analysis.list_statistics import compute_list_statistics

    board = opens_table_with_a_list(player)
    board.over = compute_list_statistics([player.session.viewing.answer.statistics.numbers])
    player.loads(MadeModel("small", layers=1, heads=1))
    player.settles()
    assert player.session.heads.table.order == [(0, 0)]
    assert "±entropy" not in player.session.heads.table.numbers


def test_the_table_opens_in_its_field(player: Player) -> None:
    assert player.session.heads.open_table(True)[-1] == Open("heads", True)

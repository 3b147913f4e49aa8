"""Evidence while two runs are compared: it is of the side that is shown, and it names both."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.session.made import MadeModel
from tests.session.player import SPLIT, TEXT, Player
from tests.session.test_comparing import OTHER, b_answers, compare, text
from tui.analysis.interventions import CutHead
from tui.analysis.scales import SCALES, Scale
from tui.analysis.views import GRADIENT, RAW, ROLLOUT
from tui.cli.notes import show
from tui.evidence.compared_export import picture_of
from tui.evidence.export_heads import HeadsExported
from tui.evidence.pictures import Picture
from tui.model.worker.protocol import JobDone
from tui.session.choice import Choice
from tui.session.keeping import EXPORT
from tui.storage.notes import NotedHead, Notes
from tui.storage.saving import picture_metadata

HERE = NotedHead(0, 0, "made")


@pytest.fixture
def player(tmp_path: Path) -> Player:
    player = Player(tmp_path).begins()
    compare(player, text(OTHER))
    return player


def pictures(player: Player) -> list[Path]:
    return sorted(player.session.options.save_folder.glob("*.png"))


def facts(path: Path) -> dict[str, str]:
    found = picture_metadata(path)
    assert found is not None
    return found


def saves(player: Player) -> dict[str, str]:
    """The facts of the picture that the key saves."""
    before = pictures(player)
    player.does(player.session.keeping.save())
    player.settles()
    (path,) = set(pictures(player)) - set(before)
    assert str(path) in player.session.message
    with Image.open(path) as opened:
        opened.load()
    return facts(path)


# Pictures


def test_the_side_that_is_shown_is_saved_each_as_a_file_of_its_own(player: Player) -> None:
    difference = saves(player)
    assert difference["View"] == "A − B"
    assert (difference["Text"], difference["Other text"]) == (TEXT, OTHER)
    player.does(player.session.comparing.turn())
    a = saves(player)
    assert (a["Text"], a["View"]) == (TEXT, "raw weights")
    assert "Other text" not in a
    player.does(player.session.comparing.turn())
    b = saves(player)
    assert (b["Text"], b["View"]) == (OTHER, "raw weights")
    assert a["White"] == b["White"], "both sides have one ceiling"
    assert all("one for this run and the one" in one["Notes"] for one in (a, b))
    (name,) = [path.name for path in pictures(player) if "difference" in path.name]
    assert name.startswith("Attention_Layer1_Head1_difference_small-dog-")


@pytest.mark.parametrize("prepare", ["words", "specials", "gradient", "overview"])
def test_a_difference_is_saved_however_it_is_seen(player: Player, prepare: str) -> None:
    looking = player.session.looking
    if prepare == "gradient":
        player.does(looking.look_at(GRADIENT))
    elif prepare == "overview":
        player.does(looking.toggle_overview())
    else:
        player.does(looking.toggle_words() if prepare == "words" else looking.toggle_hiding())
    player.settles()
    b_answers(player)
    assert player.session.comparing.shown_side == "A−B"
    found = saves(player)
    assert found["View"].startswith("A − B")
    assert ("gradient" in found["View"]) == (prepare == "gradient")
    assert ("words" in found["View"]) == (prepare == "words")


LOOKS = ("words", "specials", "block", "rollout", "overview")
"""The ways of looking at a difference that change what its picture shows, and one that does not."""


def turns(player: Player, look: str) -> None:
    """Look at the difference in another way, or the same way again."""
    looking = player.session.looking
    if look == "rollout":
        is_raw = player.session.viewing.wish is RAW
        player.does(looking.look_at(ROLLOUT if is_raw else RAW))
    elif look == "block":
        player.does(looking.next_block())
    elif look == "overview":
        player.does(looking.toggle_overview())
    else:
        player.does(looking.toggle_words() if look == "words" else looking.toggle_hiding())
    player.settles()
    b_answers(player)


@pytest.mark.parametrize("scale", SCALES, ids=lambda scale: scale.slug)
def test_what_is_seen_in_another_way_is_another_file_in_every_scale(
    tmp_path: Path, scale: Scale
) -> None:
    player = Player(tmp_path).begins()
    player.asks("the cat sat on it ||| mighty dogs slept [MASK]")
    player.settles()
    compare(player, text("the small dog sat on it ||| the mighty cats slept [MASK]"))
    player.session.viewing.scale = scale
    names, shown = {}, {}
    for look in ("as it is", *LOOKS):
        turns(player, look)
        displayed = player.session.comparing.difference.displayed
        player.does(player.session.keeping.save())
        player.settles()
        path = Path(player.session.message.split("Saved ")[-1].split(". ")[0])
        names[look], shown[look] = path, facts(path)
        assert ("nospecials" in path.name) == (displayed.hidden is not None), look
        assert ("special tokens hidden" in shown[look]["View"]) == (displayed.hidden is not None)
    assert len(pictures(player)) == len(LOOKS), "the overview is the same picture"
    assert names["overview"] == names["rollout"]
    assert len({str(one) for one in shown.values()}) == len(LOOKS)
    for look, path in names.items():
        assert facts(path) == shown[look], "nothing was written over it"


@pytest.mark.parametrize("look", ["as it is", "words", "specials"])
def test_the_export_and_the_grid_show_the_same(player: Player, look: str) -> None:
    if look != "as it is":
        turns(player, look)
    seen = player.session.comparing.difference
    picture = Picture.of(seen, seen.comparison)
    exported = picture_of(seen.comparison, seen.layer, seen.head, scale=seen.scale)
    assert exported.units.labels == picture.units.labels
    assert exported.units.masks == picture.units.masks
    if look != "specials":  # an export shows all tokens
        np.testing.assert_array_equal(exported.weights, picture.weights)
        np.testing.assert_array_equal(exported.brightness, picture.brightness)
        assert exported.shown == picture.shown
    assert picture.hides == (look == "specials")


def test_what_was_on_screen_is_saved_though_b_goes_before_it_is_written(player: Player) -> None:
    player.does(player.session.keeping.save())
    player.does(player.session.comparing.let_go())
    player.asks("something else")
    player.settles()
    (path,) = pictures(player)
    assert facts(path)["Other text"] == OTHER


def test_once_b_is_gone_a_is_saved(player: Player) -> None:
    player.does(player.session.comparing.let_go())
    found = saves(player)
    assert "Other text" not in found
    assert found["Text"] == TEXT


def test_while_b_is_awaited_again_a_is_saved(player: Player) -> None:
    player.asks(SPLIT)
    player.settles()
    player.does(player.session.cutting.cut_head(1, 1))
    player.settles()
    assert player.session.comparing.b is None
    assert "Other text" not in saves(player)


def test_of_all_heads_it_is_said_that_they_are_a_s(player: Player, tmp_path: Path) -> None:
    player.does(player.session.keeping.save_all())
    (number,) = [no for no in player.jobs if player.session.jobs.is_under_way(EXPORT)]
    player.does(player.session.take(JobDone(number, HeadsExported(tmp_path, 7, 0))))
    assert player.session.message == f"Saved 7 pictures in {tmp_path}. They are A's."


# Notes


def note(player: Player) -> Notes:
    """The notes, once what is on screen is kept in that of the head at hand."""
    player.does(player.session.keeping.note())
    player.settles()
    player.does(player.session.keeping.keep_example())
    player.settles()
    return player.session.keeping.state.book.read()


def test_a_note_keeps_the_pair_whichever_side_is_shown(player: Player) -> None:
    for _ in range(3):
        player.does(player.session.comparing.turn())
        section = note(player).at(HERE)
        assert section is not None
        assert section.examples == (f"{TEXT} ↔ {OTHER}",), "one example, however often"
    assert section is not None
    a, b, arrow, change = section.compared
    assert a.endswith(TEXT)
    assert b.endswith(OTHER)
    assert "in A" in arrow
    assert "in B" in arrow
    assert "Jensen-Shannon" in change
    book = player.session.keeping.state.book
    assert {TEXT, OTHER} <= set(book.sentences())
    shown = [path.name for path in book.folder.glob("*.png")]
    assert len(shown) == 1
    assert "difference" in shown[0]


def test_the_arrow_s_numbers_are_the_cursor_s(player: Player) -> None:
    seen = player.session.comparing.difference
    query, key = seen.cursor
    section = note(player).at(HERE)
    assert section is not None
    (arrow,) = [one for one in section.compared if "weighs" in one]
    assert arrow.startswith(f"“{seen.labels[query]}” → “{seen.labels[key]}” weighs ")
    assert f"A − B: {seen.displayed.matrix[query, key]:+.3f}." in arrow


def test_a_sentence_alone_and_a_pair_are_two_examples(player: Player) -> None:
    note(player)
    player.does(player.session.keeping.close_note())
    player.does(player.session.comparing.let_go())
    section = note(player).at(HERE)
    assert section is not None
    assert section.examples == (f"{TEXT} ↔ {OTHER}", TEXT)


def test_the_pair_outlives_the_file_and_the_command_prints_it(
    player: Player, capsys: pytest.CaptureFixture[str]
) -> None:
    notes = note(player)
    assert str(Notes.parse(str(notes))) == str(notes)
    folder = player.session.keeping.state.book.folder
    show(folder, as_json=False)
    printed = capsys.readouterr().out
    assert f"- {TEXT} ↔ {OTHER}" in printed
    assert "weighs" in printed
    show(folder, as_json=True)
    (found,) = json.loads(capsys.readouterr().out)
    section = notes.at(HERE)
    assert section is not None
    assert found["compared"] == list(section.compared)
    assert len(found["compared"]) == 4


def test_a_pair_of_the_cut_and_the_whole_says_which_is_which(tmp_path: Path) -> None:
    player = Player(tmp_path).begins()
    player.does(player.session.cutting.cut_head(1, 1))
    player.settles()
    assert player.session.answer.interventions == (CutHead(1, 1),)
    compare(player, Choice("whole"))
    section = note(player).at(HERE)
    assert section is not None
    assert section.examples == (f"{TEXT} · cut2.2 ↔ {TEXT} · nothing cut",)


def test_a_smaller_model_s_pair_has_no_change_and_ends_nothing(tmp_path: Path) -> None:
    player = Player(tmp_path).begins()
    other = MadeModel(name="small", layers=2)
    compare(player, Choice("model", model="small"), model=other)
    section = note(player).at(HERE)
    assert section is not None
    assert section.examples == (f"{TEXT} · made ↔ {TEXT} · small",)
    assert not any("Jensen" in one for one in section.compared)


def test_a_note_is_of_what_was_on_screen_though_b_goes_before_it_is_written(
    player: Player,
) -> None:
    player.does(player.session.keeping.note())
    player.does(player.session.comparing.let_go())
    player.settles()
    player.does(player.session.keeping.keep_example())
    player.settles()
    section = player.session.keeping.state.book.read().at(HERE)
    assert section is not None
    assert section.examples == (f"{TEXT} ↔ {OTHER}",)

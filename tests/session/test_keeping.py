"""What is kept: pictures, notes, the clipboard, the long jobs; and what is said of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.session.made import MadeModel, made_sweep
from tests.session.player import SHORT, TEXT, Player
from tui.analysis.interventions import CutHead
from tui.errors import SaveError
from tui.evidence.pictures import KeptPicture
from tui.experiments.effect_over_list import (
    EffectOverList,
    MeasureEffectOverList,
    SentenceEffect,
)
from tui.experiments.measures import MEASURES
from tui.experiments.sweep import SweepHeads
from tui.model.worker.protocol import JobDone, JobFailed, JobProgress
from tui.session.effects import Copy, GiveUpJob, Open, RunJob, Write
from tui.session.keeping import EXPORT
from tui.storage.notebook import Notebook
from tui.storage.notes import NotedHead

HERE = NotedHead(0, 0, "made")


@pytest.fixture
def player(tmp_path: Path) -> Player:
    return Player(tmp_path).begins()


def notebook(player: Player) -> Notebook:
    return player.session.keeping.state.book


def examples(player: Player) -> tuple[str, ...]:
    section = notebook(player).read().at(HERE)
    return section.examples if section else ()


def opens_note(player: Player) -> None:
    player.does(player.session.keeping.note())
    player.settles()
    assert player.opened[-1] == "note"


# Notes


def test_a_note_opens_when_the_notes_are_read(player: Player) -> None:
    player.does(player.session.keeping.note())
    assert not player.of(Open), "the disk may be slow"
    player.settles()
    assert player.of(Open) == [Open("note")]
    note = player.session.keeping.state.open
    assert note is not None
    assert note.offered is not None
    assert note.offered.sentence == TEXT
    assert note.examples == ()
    assert not player.session.noted


def test_a_claim_keeps_the_sentence_that_the_note_is_offered(player: Player) -> None:
    opens_note(player)
    player.does(player.session.keeping.type_claim("it looks back"))
    player.does(player.session.keeping.save_claim())
    player.settles()
    note = player.session.keeping.state.open
    assert note is not None
    assert note.added
    assert note.offered is None
    assert note.examples == (TEXT,)
    assert player.session.noted == {(0, 0)}


def test_a_sentence_is_kept_without_a_claim_when_asked_for(player: Player) -> None:
    opens_note(player)
    player.does(player.session.keeping.keep_example())
    player.does(player.session.keeping.close_note())  # before the disk has answered
    assert player.session.message.startswith("The notes are in ")
    player.settles()
    assert examples(player) == (TEXT,)
    assert player.session.sentences.listed == (TEXT,)
    opens_note(player)
    note = player.session.keeping.state.open
    assert note is not None
    assert note.offered is None


def test_a_note_into_which_nothing_is_written_leaves_no_file(player: Player) -> None:
    opens_note(player)
    player.does(player.session.keeping.type_claim("a thought"))
    player.does(player.session.keeping.type_claim(""))
    player.does(player.session.keeping.close_note())
    player.settles()
    assert not notebook(player).path.exists()
    assert not notebook(player).folder.exists()
    assert "not kept" in player.session.message


def test_a_sentence_that_cannot_be_kept_is_offered_still(player: Player) -> None:
    opens_note(player)
    player.does(player.session.keeping.keep_example())
    player.writes(SaveError("The disk is full."))
    note = player.session.keeping.state.open
    assert note is not None
    assert note.failed == "The disk is full."
    player.does(player.session.keeping.keep_example())
    player.settles()
    assert examples(player) == (TEXT,)


def test_claims_that_are_written_faster_than_the_disk_answers_are_not_doubled(
    player: Player,
) -> None:
    opens_note(player)
    keeping = player.session.keeping
    written = []
    for claim in ("it looks", "it looks back", "it looks back at nouns"):
        player.does(keeping.type_claim(claim))
        (write,) = [one for one in keeping.save_claim() if isinstance(one, Write)]
        written.append((write, write.run()))  # its result is still on its way
    for write, result in written:
        assert write.then is not None
        player.does(write.then(result))
    assert notebook(player).read().claim(HERE) == "it looks back at nouns"


def test_a_claim_waits_for_no_other_head_s(player: Player) -> None:
    opens_note(player)
    keeping = player.session.keeping
    player.does(keeping.type_claim("of the first"))
    first = [one for one in keeping.save_claim() if isinstance(one, Write)]
    player.does(keeping.close_note())
    player.settles()
    player.does(player.session.looking.turn_head(1))
    opens_note_again = keeping.note()
    player.does(opens_note_again)
    player.settles()
    player.does(keeping.type_claim("of the second"))
    second = [one for one in keeping.save_claim() if isinstance(one, Write)]
    assert first[0].instead_of != second[0].instead_of


def test_a_claim_that_cannot_be_written_stays_with_the_reason(player: Player) -> None:
    opens_note(player)
    player.does(player.session.keeping.type_claim("precious"))
    player.does(player.session.keeping.save_claim())
    player.writes(SaveError("The disk is full."))
    note = player.session.keeping.state.open
    assert note is not None
    assert note.failed == "The disk is full."
    player.does(player.session.keeping.type_claim("precious!"))
    assert player.session.keeping.state.open is not None
    assert player.session.keeping.state.open.failed == ""
    player.does(player.session.keeping.close_note())
    player.settles()
    assert notebook(player).read().claim(HERE) == "precious!"


def test_what_is_typed_last_is_kept_when_the_program_ends(player: Player) -> None:
    opens_note(player)
    player.does(player.session.keeping.type_claim("last words"))
    for effect in player.session.leave():
        assert isinstance(effect, Write)
        effect.run()
    assert notebook(player).read().claim(HERE) == "last words"


def test_looking_at_a_note_writes_nothing(player: Player) -> None:
    opens_note(player)
    player.does(player.session.keeping.keep_example())
    player.does(player.session.keeping.close_note())
    player.settles()
    opens_note(player)
    before = notebook(player).path.read_bytes()
    player.does(player.session.keeping.type_claim(""))
    assert not [one for one in player.session.keeping.save_claim() if isinstance(one, Write)]
    player.does(player.session.keeping.close_note())
    player.settles()
    assert notebook(player).path.read_bytes() == before


# What was cut and measured, in notes


def keeps_note(player: Player) -> None:
    """Open the note, and keep the sentence that it is offered."""
    opens_note(player)
    player.does(player.session.keeping.keep_example())
    player.settles()


def sweeps(player: Player) -> None:
    """Have effects measured."""
    player.does(player.session.effects.measure_all())
    ((number, asked),) = player.jobs.items()
    player.jobs.clear()
    assert isinstance(asked, SweepHeads)
    player.does(player.session.take(JobDone(number, made_sweep(asked, player.model))))


def experiments(player: Player, head: NotedHead = HERE) -> tuple[str, ...]:
    section = notebook(player).read().at(head)
    return section.experiments if section else ()


def test_an_example_has_what_was_cut_and_measured(player: Player) -> None:
    session = player.session
    player.does(session.cutting.cut_head(1, 1))
    player.settles()
    player.does(session.looking.choose(-9))
    sweeps(player)
    keeps_note(player)
    cut, effect = experiments(player)
    assert cut == (
        "cut (mean of 2 sentences): 2·2: “dog” p 0.250, rank 2 in the whole model, p 0.500, rank 1 "
        "so; “cat” p 0.500, rank 1 in the whole model, p 0.062, rank 4 so."
    )
    found = session.effects.found
    assert found is not None
    number = f"{float(found.effects['logit-diff'][0, 0]):.2f}"
    assert effect.startswith(f"effect {number} logits, ")
    assert " of 6, of cutting this head alone beside what is cut on “dog” over " in effect
    assert effect.endswith("(logit difference, heads cut to their mean (2 sentences)).")


def test_effects_that_come_later_go_to_the_example_that_is_there(player: Player) -> None:
    keeps_note(player)
    assert experiments(player) == ()
    player.does(player.session.keeping.close_note())
    sweeps(player)
    keeps_note(player)
    assert len(experiments(player)) == 1
    note = player.session.keeping.state.open
    assert note is not None
    assert examples(player) == (TEXT,)
    assert note.experiments == experiments(player)
    player.does(player.session.keeping.close_note())
    keeps_note(player)
    assert len(experiments(player)) == 1, "not twice"


def measures_over_list(player: Player) -> tuple[int, MeasureEffectOverList]:
    player.does(player.session.keeping.measure_over_list())
    ((number, asked),) = player.jobs.items()
    player.jobs.clear()
    assert isinstance(asked, MeasureEffectOverList)
    return number, asked


def over_list(asked: MeasureEffectOverList) -> EffectOverList:
    """What the worker would have measured."""
    sentences = tuple(
        SentenceEffect(text, "cat", "dog", {one.slug: 0.5 for one in MEASURES})
        for text in asked.texts * 3
    )
    return EffectOverList(
        asked.model, asked.layer, asked.head, asked.by, "mean of 2 sentences",
        asked.interventions, sentences,
    )  # fmt: skip


def test_a_head_measured_over_the_list_stands_in_its_note(player: Player) -> None:
    session = player.session
    player.does(session.cutting.cut_head(0, 0))
    player.does(session.cutting.cut_head(2, 1))
    player.settles()
    keeps_note(player)
    number, asked = measures_over_list(player)
    assert asked == MeasureEffectOverList(
        (TEXT,), "made", 0, 0, "mean", (CutHead(2, 1, "mean"),)
    ), "the head itself is whole, and the others stay cut"
    player.does(session.keeping.measure_over_list())
    assert "esc on the main screen cancels" in session.message
    player.does(session.take(JobProgress(number, 1, 3)))
    assert session.jobs.said == "measuring over the list 1 of 3"
    player.does(session.take(JobDone(number, over_list(asked))))
    player.settles()
    said = experiments(player)[-1]
    assert "mean effect 0.500 logits, 95 % interval 0.500 to 0.500, n 3" in said
    assert said.endswith("consistent with a head that helps.")
    assert "self-repair" in session.message
    note = session.keeping.state.open
    assert note is not None
    assert note.experiments == experiments(player)
    section = notebook(player).read().at(HERE)
    assert section
    assert sum("self-repair" in one for one in section.told) == 1


def test_what_was_measured_is_never_another_head_s(player: Player) -> None:
    session = player.session
    keeps_note(player)
    number, asked = measures_over_list(player)
    player.does(session.keeping.close_note())
    player.does(session.looking.turn_head(1))
    player.asks(SHORT)
    player.settles()
    player.does(session.keeping.note())
    player.settles()
    other = session.keeping.state.open
    assert other is not None
    assert other.head != HERE
    player.does(session.take(JobDone(number, over_list(asked))))
    player.settles()
    assert len(experiments(player)) == 1
    assert experiments(player, other.head) == ()
    assert session.message.startswith("Head 1·1 over a list of 3 sentences")
    assert session.keeping.state.open is not None
    assert session.keeping.state.open.head == other.head


def test_a_note_that_is_gone_is_said_to_be(player: Player) -> None:
    keeps_note(player)
    number, asked = measures_over_list(player)
    notebook(player).path.write_text("# Analysis\n")
    player.does(player.session.take(JobDone(number, over_list(asked))))
    player.settles()
    assert "has no note with an example any more" in player.session.message
    assert "mean effect 0.500" in player.session.message, "what was measured is not lost"


def test_measuring_over_the_list_can_fail_and_be_given_up(player: Player) -> None:
    keeps_note(player)
    number, _ = measures_over_list(player)
    player.does(player.session.take(JobFailed(number, "")))
    assert player.session.message == "Cancelled."
    number, _ = measures_over_list(player)
    player.does(player.session.take(JobFailed(number, "Heads of made cannot be changed.")))
    assert player.session.message == "Heads of made cannot be changed."
    player.loads(MadeModel("other"))
    player.does(player.session.keeping.measure_over_list())
    assert not player.jobs
    assert "made" in player.session.message


def test_notes_that_cannot_be_read_are_one_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "pictures" / "analysis"
    folder.mkdir(parents=True)
    (folder / "analysis.md").mkdir()
    player = Player(tmp_path).begins()
    assert player.session.message == "", "nobody has asked for them"
    player.does(player.session.keeping.note())
    player.settles()
    assert "analysis.md" in player.session.message
    assert player.session.message.count("\n") == 0
    assert not player.of(Open)


# Pictures


def test_what_cannot_be_saved_is_said(player: Player, tmp_path: Path) -> None:
    (tmp_path / "pictures").write_bytes(b"")
    player.does(player.session.keeping.save())
    player.settles()
    assert "a part of that path is a file" in player.session.message


def test_several_files_are_said_together_and_the_first_is_copied(player: Player) -> None:
    player.does(player.session.keeping.saved(KeptPicture((Path("/a/one.png"), Path("/a/one.svg")))))
    assert player.session.message == "Saved /a/one.png and one.svg"
    player.does(player.session.keeping.copy("readout", ""))
    assert player.of(Copy) == [Copy("/a/one.png")]


def test_what_a_picture_shows_as_boxes_is_said_behind_its_path(player: Player) -> None:
    kept = KeptPicture((Path("/a/one.png"),), "Boxes stand for emoji: no font.")
    player.does(player.session.keeping.saved(kept))
    assert player.session.message == "Saved /a/one.png. Boxes stand for emoji: no font."
    player.does(player.session.keeping.copy("readout", ""))
    assert player.of(Copy) == [Copy("/a/one.png")]


def test_the_list_is_copied_or_else_the_readout(player: Player) -> None:
    player.does(player.session.keeping.copy("a → b 0.1", "the\tlist"))
    player.does(player.session.keeping.copy("a → b 0.1", ""))
    assert player.of(Copy) == [Copy("the\tlist"), Copy("a → b 0.1")]
    player.does(player.session.keeping.copy("", ""))
    assert player.session.message == "There is nothing to copy yet."


# All heads


def test_all_heads_are_saved_by_a_job(player: Player, tmp_path: Path) -> None:
    from tui.evidence.export_heads import ExportHeads, HeadsExported

    player.does(player.session.keeping.save_all())
    ((number, job),) = player.jobs.items()
    assert job == ExportHeads(TEXT, "made", tmp_path / "pictures")
    player.does(player.session.take(JobProgress(number, 3, 7)))
    assert player.session.jobs.said == "saving 3 of 7"
    player.does(player.session.keeping.save_all())
    assert "already; ctrl+c stops that" in player.session.message
    assert len(player.of(RunJob)) == 1
    player.does(player.session.take(JobDone(number, HeadsExported(tmp_path, 7, 2))))
    assert player.session.message == (
        f"Saved 9 pictures in {tmp_path}, 2 of them were there already."
    )
    assert player.session.copies == str(tmp_path)
    assert not player.session.jobs.is_under_way(EXPORT)


def test_all_heads_are_saved_of_the_model_as_it_is_cut(player: Player, tmp_path: Path) -> None:
    from tui.evidence.export_heads import ExportHeads

    player.does(player.session.cutting.cut_head(1, 1))
    player.settles()
    player.does(player.session.keeping.save_all())
    (job,) = player.jobs.values()
    assert job == ExportHeads(TEXT, "made", tmp_path / "pictures", (CutHead(1, 1),))


@pytest.mark.parametrize(
    ("message", "done", "said"),
    [
        ("", 0, "Cancelled: nothing was saved."),
        ("", 3, "Cancelled: 3 of 7 pictures are there; S goes on."),
        ("The disk is full.", 3, "The disk is full. 3 of 7 pictures are there; S goes on."),
        ("The disk is full.", 0, "The disk is full."),
    ],
)
def test_how_far_a_job_came_is_said(player: Player, message: str, done: int, said: str) -> None:
    player.does(player.session.keeping.save_all())
    ((number, _),) = player.jobs.items()
    if done:
        player.does(player.session.take(JobProgress(number, done, 7)))
    player.does(player.session.cancel())
    assert player.of(GiveUpJob) == [GiveUpJob(number)]
    player.does(player.session.take(JobFailed(number, message)))
    assert player.session.message == said


def test_a_question_is_cancelled_before_a_job(player: Player) -> None:
    player.does(player.session.keeping.save_all())
    player.asks(SHORT)
    player.does(player.session.cancel())
    assert player.session.question is None
    assert player.session.jobs.is_under_way(EXPORT)

"""A word of one's own as the target: of several pieces it is that of effects of heads alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.session.made import made_sweep, partly
from tests.session.player import SHORT, TEXT, Player
from tui.analysis.columns import EFFECT
from tui.evidence.experiment_lines import effect_line
from tui.experiments.arrows import SweepArrows
from tui.experiments.measures import MEASURES
from tui.experiments.sweep import SweepHeads
from tui.experiments.words import ScoredWord, ScoreWords
from tui.model.worker.protocol import JobDone, JobFailed, JobSoFar
from tui.session.effects import GiveUpJob, RunJob
from tui.session.effects_of_heads import SWEEP
from tui.widgets.text.answer_lines import head_line

WORD = "unbelievable"
PIECES = ("unbe", "##lievable")
SAID = "log p of 2 pieces (unbe ##lievable)"


@pytest.fixture
def player(tmp_path: Path) -> Player:
    player = Player(tmp_path).begins()
    player.effects.clear()
    return player


def scored(player: Player, word: str = WORD) -> None:
    """W, the word, and what the worker says of it."""
    player.does(player.session.own_word.score(word))
    number = next(number for number, job in player.jobs.items() if isinstance(job, ScoreWords))
    del player.jobs[number]
    found = ScoredWord(word, (5, 6), PIECES, -9.0, None)
    if word != WORD:
        found = ScoredWord(word, (3,), (word,), -2.0, 4)
    player.does(player.session.take(JobDone(number, (found,))))


def follows(player: Player) -> Player:
    """W, the word, T."""
    scored(player)
    player.does(player.session.own_word.follow())
    return player


def presses(player: Player) -> SweepHeads:
    """Press e; returns what the worker was asked for last."""
    player.does(player.session.effects.measure_all())
    asked = [one.job for one in player.of(RunJob) if isinstance(one.job, SweepHeads)][-1]
    assert isinstance(asked, SweepHeads)
    return asked


def ends(player: Player) -> None:
    """The worker has cut every head."""
    ((number, asked),) = player.jobs.items()
    assert isinstance(asked, SweepHeads)
    player.jobs.clear()
    player.does(player.session.take(JobDone(number, made_sweep(asked, player.model))))


def test_it_is_the_target_of_effects_alone_and_t_says_so(player: Player) -> None:
    session = player.session
    player.does(session.looking.choose(1))
    before = session.filling.target
    scored(player)
    assert session.message.endswith("T: e takes it as target.")
    player.does(session.own_word.follow())
    assert f"“{WORD}” is the target of e now, by {SAID}" in session.message
    assert "lens, F, E, R and gradients stay on “dog”" in session.message
    assert session.filling.word == WORD
    assert session.filling.target == before
    assert session.filling.looked_at == (1, "dog")
    assert presses(player) == SweepHeads(TEXT, "made", by="mean", word=WORD)
    ends(player)
    player.does(session.arrows.open())
    arrows = player.of(RunJob)[-1].job
    assert isinstance(arrows, SweepArrows)
    assert arrows.token == 1


def test_log_p_is_its_only_measure_and_everything_says_the_pieces(player: Player) -> None:
    session = follows(player).session
    player.does(session.heads.open_table())
    presses(player)
    ends(player)
    effects, found = session.effects, session.effects.found
    assert found is not None
    assert (
        effects.named(EFFECT) == f"effect on {WORD}, {SAID}, heads cut to their mean (2 sentences)"
    )
    assert session.message.startswith(f"Effect on {WORD}, {SAID}, heads cut to their mean")
    jobs = len(player.of(RunJob))
    presses(player)
    assert session.message.startswith("Log p is the only measure of a word of several pieces. Eff")
    assert effects.measure is MEASURES[0], "which arrows are still measured by"
    assert len(player.of(RunJob)) == jobs
    assert session.heads.search.column is EFFECT
    assert effects.numbers is not None
    np.testing.assert_allclose(effects.numbers, found.effects["log-prob"], rtol=1e-6)
    numbers = session.heads.table.numbers["effect"]
    np.testing.assert_allclose(numbers, found.effects["log-prob"], rtol=1e-6)
    head = session.heads.order[1]
    assert effects.of(head).split(", ")[1] == "2nd of 6"
    assert session.named(EFFECT) == effects.named(EFFECT)
    assert f"by effect on {WORD}, {SAID}" in head_line(session, session.viewing).plain
    line = effect_line(found, effects.shown, head)
    assert f"of cutting this head alone on “{WORD}” ({SAID}, heads cut to" in line
    assert " over " not in line
    effects.turn_measure()
    assert effects.shown is found.measures[0], "whichever measure arrows have"
    player.does(session.keeping.note())
    player.settles()
    assert session.keeping.state.open is not None


def test_both_ways_to_cut_stand_side_by_side(player: Player) -> None:
    session = follows(player).session
    presses(player)
    ends(player)
    player.does(session.cutting.turn_way())
    assert presses(player) == SweepHeads(TEXT, "made", by="zero", word=WORD)
    ends(player)
    assert [one.by for one in session.effects.sweeps] == ["zero", "mean"]
    assert {one.word for one in session.effects.sweeps} == {WORD}
    assert "rank alike to" in session.message


CHANGES: list[tuple[str, Callable[[Player], object]]] = [
    ("Another candidate", lambda player: player.does(player.session.looking.choose(1))),
    ("Another candidate", lambda player: player.does(player.session.looking.choose(-1))),
    ("Another sentence", lambda player: player.asks(SHORT)),
    ("Another mask", lambda player: player.does(player.session.looking.turn_mask(1))),
]


@pytest.mark.parametrize("is_there", [True, False])
@pytest.mark.parametrize(("says", "change"), CHANGES)
def test_it_is_let_go_of_and_what_comes_late_is_dropped(
    player: Player, says: str, change: Callable[[Player], object], is_there: bool
) -> None:
    session = player.session
    player.asks("a [MASK] and a [MASK]")
    player.settles()
    player.does(session.looking.choose(1))  # so that there is one before and one behind it
    follows(player)
    asked = presses(player)
    ((number, _),) = player.jobs.items()
    if is_there:
        ends(player)
    change(player)
    player.settles()
    assert session.filling.followed is None
    assert session.filling.word == ""
    assert says in session.message
    if not is_there:
        assert GiveUpJob(number) in player.of(GiveUpJob)
        player.does(session.take(JobDone(number, made_sweep(asked, player.model))))
    assert session.effects.found is None
    assert not session.jobs.is_under_way(SWEEP)
    again = presses(player)
    assert (again.word, again.token) == ("", session.filling.target.token)


def test_to_follow_it_takes_a_candidate_s_effects_away(player: Player) -> None:
    session = player.session
    presses(player)
    ends(player)
    assert session.effects.sweeps
    follows(player)
    assert not session.effects.sweeps
    assert "Another candidate: those effects are gone; e measures anew." in session.message
    assert f"“{WORD}” is the target of e now" in session.message


def test_it_stays_with_heads_cut_and_its_effects_go(player: Player) -> None:
    session = follows(player).session
    presses(player)
    ends(player)
    player.does(session.cutting.cut_head(0, 1))
    player.settles()
    assert session.filling.word == WORD
    assert session.effects.found is None
    again = presses(player)
    assert again.word == WORD
    assert again.interventions == session.answer.interventions != ()


def test_a_word_of_one_piece_takes_its_place(player: Player) -> None:
    session = follows(player).session
    scored(player, "house")
    player.does(session.own_word.follow())
    assert session.filling.word == ""
    assert "is the target of effects, lens and F now" in session.message
    assert presses(player) == SweepHeads(TEXT, "made", by="mean", token=3)


def test_with_an_arrow_cut_it_is_refused(player: Player) -> None:
    session = follows(player).session
    player.does(session.cutting.cut_arrow())
    player.settles()
    assert session.filling.word == WORD
    player.does(session.effects.measure_all())
    assert "takes several masks, among which an arrow" in session.message
    assert not session.jobs.is_under_way(SWEEP)


def test_what_is_measured_by_then_is_shown_and_stays(player: Player) -> None:
    session = follows(player).session
    player.does(session.heads.open_table())
    asked = presses(player)
    ((number, _),) = player.jobs.items()
    part = partly(made_sweep(asked, player.model), (1, 0), (1, 1))
    player.does(session.take(JobSoFar(number, part)))
    assert np.isfinite(session.heads.table.numbers["effect"]).sum() == 2
    assert session.told_so_far == ("effect: 2 of 6 heads measured.",)
    player.does(session.heads.close())
    player.does(session.escape())
    player.jobs.clear()
    player.does(session.take(JobFailed(number, "")))
    assert session.effects.found is part
    goes_on = presses(player)
    assert goes_on.known is part
    assert replace(goes_on, known=None) == asked
    ends(player)
    assert session.effects.found.is_whole


def test_effects_on_it_do_not_stand_beside_a_logit_s_parts(player: Player) -> None:
    session = follows(player).session
    presses(player)
    ends(player)
    player.does(session.lens.open())
    player.does(session.lens.parts.measure())
    assert f"Effects are on “{WORD}” now" in session.message
    assert session.lens.parts.measured is None

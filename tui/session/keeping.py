"""Keeping evidence: pictures of heads and of the screen, notes, the clipboard."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from math import isnan
from typing import TYPE_CHECKING

from tui.analysis.interventions import CutHead
from tui.errors import RequestError, SaveError
from tui.model.worker.protocol import JobDone, JobFailed
from tui.session.effects import Copy, Effect, Open, Redraw, Write
from tui.session.events import Part, action, event
from tui.session.notes_state import NotesState, OpenNote, shown_claim
from tui.session.viewing import Viewing
from tui.text import visible

if TYPE_CHECKING:
    from tui.analysis.columns import HeadIndex
    from tui.evidence.pictures import Picture
    from tui.experiments.measures import Measure
    from tui.session.difference import Seen
    from tui.session.jobs import UnderWay
    from tui.session.session import Session
    from tui.storage.notes import NotedHead

EXPORT = "export"
"""The job that saves all heads."""

OVER_LIST = "over list"
"""The job that measures a head over the list of sentences."""


class Keeping(Part):
    """Files are written, and read, where a slow disk holds up nobody.

    Attributes:
        state: the notes, as far as they are known.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.state = NotesState(session.options.save_folder)

    def claim(self, head: HeadIndex) -> str:
        """The claim of a head's note, as the file had it last; empty if there is none."""
        return self.state.claim(self.session.model.name, head)

    # Pictures

    @action
    def save(self) -> Iterable[Effect]:
        """Save the head on screen as a picture."""
        self.session.need_answer()
        self.session.viewing.check_held()
        picture, folder = self._picture(), self.session.options.save_folder
        yield Write(partial(picture.save, folder), self.saved, can_wait=True)

    @action
    def save_all(self) -> Iterable[Effect]:
        """Save all heads in the absolute scale, and a page of them all."""
        jobs, folder = self.session.jobs, self.session.options.save_folder
        if jobs.is_under_way(EXPORT):
            raise RequestError("All heads are being saved already; ctrl+c stops that.")
        self.session.need_all_heads()
        from tui.evidence.export_heads import ExportHeads

        answer = self.session.answer
        folder = folder.expanduser().absolute()
        job = ExportHeads(answer.text, answer.model.name, folder, answer.interventions)
        yield from jobs.start(EXPORT, job, "saving", self._exported)

    def _exported(self, end: JobDone | JobFailed, job: UnderWay) -> None:
        """All heads are saved, or not all of them."""
        from tui.evidence.export_heads import HeadsExported

        if isinstance(end, JobDone):
            assert isinstance(end.result, HeadsExported)
            is_one_of_two = self.session.comparing.choice is not None
            side = " They are A's." if is_one_of_two else ""
            self.session.say(f"{end.result.said}{side}", copies=str(end.result.folder))
            return
        there = f"{job.done} of {job.of} pictures are there; S goes on." if job.done else ""
        if end.message:
            self.session.say(f"{end.message} {there}".strip())
        else:
            self.session.say(f"Cancelled: {there or 'nothing was saved.'}")

    @action
    def save_screen(self, save: Callable[[], object]) -> Iterable[Effect]:
        """Save a picture of the screen, taken by whoever draws it."""
        yield Write(save, self.saved, can_wait=True)

    @event
    def saved(self, result: object) -> Iterable[Effect]:
        """A picture is written, or cannot be; of several files the first is what is copied."""
        from tui.evidence.pictures import KeptPicture

        if isinstance(result, SaveError):
            raise result
        assert isinstance(result, KeptPicture)
        first, *rest = result.paths
        others = "".join(f" and {path.name}" for path in rest)
        boxes = f". {result.missing_fonts}" if result.missing_fonts else ""
        self.session.say(f"Saved {first}{others}{boxes}", copies=str(first))
        return ()

    @event
    def copy(self, readout: str, bars: str) -> Iterable[Effect]:
        """Copy what the status line tells, or the list, to the clipboard at the other end.

        Args:
            readout: the weight under the cursor in words.
            bars: the list, empty where none is shown.
        """
        copies = self.session.copies if self.session.message else ""
        text = copies or bars or readout
        if not text:
            raise RequestError("There is nothing to copy yet.")
        what = "the list" if text == bars and not copies else text
        self.session.say(f"Copied {what} (if the terminal allows it).", copies=copies)
        yield Copy(text)

    # Notes

    def read_notes(self) -> Iterator[Effect]:
        """Have the notes, and the list of sentences beside them, read."""
        yield Write(self.state.read, self.notes_read)

    @event
    def notes_read(self, result: object) -> Iterable[Effect]:
        """The notes are read; where they cannot be, who writes a note is told."""
        if isinstance(result, tuple):
            self.state.notes, self.session.sentences.listed = result
            yield Redraw.EVERYTHING

    @action
    def note(self) -> Iterable[Effect]:
        """Open the note on the head, which is offered the sentence on screen.

        While something is compared it is the pair, whichever side is shown.
        """
        self.session.need_all_heads()
        comparing = self.session.comparing
        seen = comparing.difference if comparing.has_head else self.session.viewing
        picture, cell = self._picture_of(seen), seen.cursor
        opens = partial(self.state.open_on, picture, cell, self._experiments())
        yield Write(opens, self.note_ready, before_keys=True)

    def _experiments(self) -> list[str]:
        """The experiments on screen: what is cut, and what this head does cut or from B alone."""
        from tui.evidence.experiment_lines import cut_line, effect_line, share_line

        session = self.session
        found = []
        now = session.filling.ranking
        if session.cutting.in_force and now is not None:
            before = session.cutting.ranking_before
            found.append(cut_line(session.answer, now, before, session.filling.looked_at))
        measure, head = session.effects.shown, session.head
        sweeps = (one for one in session.effects.sweeps if one.has(head))
        masks = len(session.answer.masks)
        found += [effect_line(one, measure, head, masks=masks) for one in sweeps]
        shares = session.from_b.found
        if shares is not None and shares.has(head) and not isnan(shares.shares[head]):
            found.append(share_line(shares, head))
        return found

    @action
    def measure_over_list(self) -> Iterable[Effect]:
        """Measure the effect of the open note's head over the list of sentences, into the note.

        It is the head that was asked about that gets it, whatever is on screen by then.
        """
        note, session = self.state.open, self.session
        if note is None:
            return
        yield Redraw.EVERYTHING
        if session.jobs.is_under_way(OVER_LIST):
            raise RequestError("A head is measured over the list: esc on the main screen cancels.")
        session.cutting.need_a_model()
        if visible(session.model.name) != note.head.model:
            raise RequestError(f"This note is about {note.head.model}: o chooses that model again.")
        if not session.answer.model.has_head:
            raise RequestError(
                f"{note.head.model} has no trained masked-LM head, so that there is no candidate "
                "to measure effects on."
            )
        texts = session.sentences.listed
        if note.offered is not None and note.offered.picture.comparison is None:
            texts = tuple(dict.fromkeys((*texts, note.offered.sentence)))
        if not texts:
            raise RequestError("There is no list yet: it begins with the examples of notes.")
        from tui.experiments.effect_over_list import MeasureEffectOverList

        head = note.head.layer, note.head.head
        staying = tuple(
            one
            for one in session.cutting.in_force
            if isinstance(one, CutHead) and (one.layer, one.head) != head
        )
        if note.offered is not None:
            yield self._written(note)  # what is measured stands below an example
        job = MeasureEffectOverList(texts, session.model.name, *head, session.cutting.by, staying)
        ended = partial(self._measured_over_list, note.head, session.effects.measure)
        yield from session.jobs.start(OVER_LIST, job, "measuring over the list", ended)

    def _measured_over_list(
        self, head: NotedHead, measure: Measure, end: JobDone | JobFailed, _: UnderWay
    ) -> Iterator[Effect]:
        """The effect over the list is there, or cannot be had."""
        from tui.experiments.effect_over_list import SELF_REPAIR, EffectOverList

        if isinstance(end, JobFailed):
            self.session.say(end.message or "Cancelled.")
            return
        found = end.result
        assert isinstance(found, EffectOverList)
        said = found.described(measure)
        about = f"Head {head.layer + 1}·{head.head + 1} {said}"
        self.session.say(" ".join(filter(None, [about, found.said, SELF_REPAIR])))
        told = (*found.told, SELF_REPAIR)
        add = partial(self.state.add_over_list, head, said, told)
        yield Write(add, self.over_list_written)

    @event
    def over_list_written(self, result: object) -> Iterable[Effect]:
        """The effect over the list stands in the note, or cannot be written."""
        from tui.storage.notes import Notes

        if isinstance(result, SaveError):
            raise result
        assert isinstance(result, Notes)
        self.state.notes = result
        if self.state.open is not None:
            self.state.open = replace(self.state.open, notes=result)
        yield Redraw.EVERYTHING

    @event
    def note_ready(self, result: object) -> Iterable[Effect]:
        """The note is there to be opened, or cannot be read."""
        if isinstance(result, SaveError):
            raise result
        assert isinstance(result, OpenNote)
        self.state.open, self.state.notes = result, result.notes
        self.state.typed, self.state.keeps = shown_claim(result.known), False
        yield Redraw.EVERYTHING
        yield Open("note")

    @event
    def type_claim(self, claim: str) -> Iterable[Effect]:
        """The claim of the open note is being written: it is kept in a moment."""
        note = self.state.open
        self.state.typed = claim
        self.session.say("")  # it has been read
        if note is not None and note.failed:
            self.state.open = replace(note, failed="")
            yield Redraw.EVERYTHING

    @event
    def save_claim(self) -> Iterable[Effect]:
        """Write the claim of the open note, if the file does not have it, and its sentence."""
        yield from self._save_claim()

    @action
    def keep_example(self) -> Iterable[Effect]:
        """Keep the sentence that the open note is offered, with a claim or without one."""
        note = self.state.open
        if note is None:
            return
        if note.offered is None:
            yield from self._save_claim()
        else:
            yield self._written(note)

    def leave(self) -> Iterator[Effect]:
        """Keep what was typed at last."""
        yield from self._save_claim()

    def _save_claim(self) -> Iterator[Effect]:
        note = self.state.open
        if note is not None and not note.has(self.state.typed):
            yield self._written(note)

    def _written(self, note: OpenNote) -> Write:
        """What writes the claim as it is typed by now, and the sentence that is offered."""
        self.state.keeps = True
        return Write(
            partial(self.state.write, note, self.state.typed),
            self.claim_written,
            f"claim {note.head}",
        )

    @event
    def claim_written(self, result: object) -> Iterable[Effect]:
        """The claim is written, or cannot be; the note stays open with what was typed."""
        if isinstance(result, OpenNote):
            self.state.notes = result.notes
            if self.state.open is not None:
                self.state.open = result
            if result.added:  # the list has one more sentence
                yield from self.read_notes()
        elif isinstance(result, SaveError) and self.state.open:
            self.state.keeps = False
            self.state.open = replace(self.state.open, failed=str(result))
        elif isinstance(result, SaveError):
            raise result
        yield Redraw.EVERYTHING

    @event
    def read_note_again(self, failed: str = "") -> Iterable[Effect]:
        """The file was in an editor: the note is what it says now.

        Args:
            failed: why the editor could not be used, empty if it could.
        """
        note = self.state.open
        if note is not None:
            self.state.open = replace(note, failed=failed)
            yield Redraw.EVERYTHING
            if not failed:
                yield Write(partial(self.state.read_again, note), self.claim_written)

    @action
    def close_note(self) -> Iterable[Effect]:
        """The note is closed; what was typed at last is kept."""
        yield from self._save_claim()
        note, self.state.open = self.state.open, None
        path = str(self.state.book.path)
        if note is not None and note.offered is not None and not self.state.keeps:
            self.session.say(
                "The sentence was not kept: in a note (a) a claim keeps it, or ctrl+s without one."
            )
        else:
            self.session.say(f"The notes are in {visible(path)}", copies=path)
        yield Redraw.EVERYTHING
        yield from self.read_notes()

    def _picture(self) -> Picture:
        """The head that is looked at, as it is now: of what is compared the side that is shown."""
        return self._picture_of(self.session.comparing.shown)

    def _picture_of(self, seen: Seen) -> Picture:
        from tui.evidence.pictures import Picture  # not needed for the first frame

        if isinstance(seen, Viewing):
            return Picture.of(seen)
        return Picture.of(seen, seen.comparison)

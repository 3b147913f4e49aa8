"""Actions on the model: choosing another, following its download, giving it up."""

from __future__ import annotations

from textual.widgets import Static

from tui.messages import GiveUpModel, ListModels, LoadModel, UseModel
from tui.model.names import EMBEDDED, absolute_name
from tui.model.worker.protocol import Died, Downloading, Loaded, LoadFailed, ModelList
from tui.screens import display
from tui.screens.reading_screen import ReadingScreen
from tui.session.steps import Question
from tui.text import clean, visible


class Choosing(ReadingScreen):
    """The model on screen stays until another one is there, and if that one cannot be had."""

    def action_choose_model(self) -> None:
        """Ask which model to use."""
        from tui.dialogs.model_picker import ModelPicker

        self.post_message(ListModels())
        self.app.push_screen(
            ModelPicker(self._model_name, offline=self._options.offline), self._chose
        )

    def _chose(self, name: str | None) -> None:
        if not name:
            return
        self._wanted = name = absolute_name(name)
        self._download = None
        self._ask_when_loaded = True
        self._message = ""
        self._note_model("loading…")
        self.post_message(LoadModel(name))

    def _give_up_model(self) -> bool:
        """Give up the model that was chosen or is downloading; returns whether there was one."""
        if self._wanted is None and self._download is None:
            return False
        self._wanted = self._download = None
        self.post_message(GiveUpModel())
        self._note_model(self._standing_note)
        kept = f"{self._model_name} stays." if self._info else "o chooses a model."
        self.say(f"Cancelled; {kept}")
        return True

    @property
    def _standing_note(self) -> str:
        """What stands behind the model's name while nothing is going on."""
        if self._info is None:
            return "not loaded"
        if self._only_text is not None:
            return "saved"
        return "offline" if self._options.offline else ""

    def _note_model(self, note: str) -> None:
        self._model_note = note
        self._show()

    # What the model's process says

    def _take_about_model(
        self, event: Loaded | LoadFailed | Downloading | ModelList | Died
    ) -> None:
        if isinstance(event, ModelList):
            self._fill_picker(event)
        elif isinstance(event, Downloading):
            self._download = event
            self._show_status()
        else:
            self._wanted = self._download = None
            if isinstance(event, Loaded):
                self._take_model(event)
            elif isinstance(event, LoadFailed):
                self._take_failure(event)
            else:
                self._note_model("loading…" if event.restarted else "not loaded")

    def _take_model(self, event: Loaded) -> None:
        """Show the new model, and ask it what the one before was asked."""
        info = self._info = event.info
        before, self._model_name = self._model_name, info.name
        self._model_line = f"{display.short_name(info.name)} {info.layers}×{info.heads}"
        warning = self.query_one("#warning", Static)
        warning.update(visible(" ".join(info.warnings)))
        warning.display = bool(info.warnings)
        self._only_text = info.only_text
        self._note_model(self._standing_note)
        if self._only_text is not None:
            self.sentence.show(self._only_text)
            self._ask(Question(self._only_text))
            return
        self.post_message(UseModel(info.name))
        self._ask_anew(is_another=before != info.name)

    def _ask_anew(self, *, is_another: bool) -> None:
        """Ask a new model what the one before was asked, or what none has answered yet.

        After a death nothing is asked unasked: it may be what killed the process.
        """
        wanted, self._ask_when_loaded = self._ask_when_loaded, False
        analysis = self._reading.analysis
        if self._question is not None:
            return  # it is asked already
        if analysis is not None and is_another:
            self._ask(Question(analysis.text))
        elif analysis is None and wanted and (text := clean(self.sentence.value)):
            self._ask(Question(text))

    def _take_failure(self, event: LoadFailed) -> None:
        """Say why a model cannot be had; the one before stays."""
        remembered = self._info is None and not self._options.asked_for_model
        if remembered and event.name != EMBEDDED:
            # The model used last is gone, which is no reason to have none today.
            self._question = None
            self._ask_when_loaded = True
            self._note_model("loading…")
            self.say(
                f"{display.short_name(event.name)}, the model used last, cannot be loaded from "
                "this machine any more; the embedded model takes its place."
            )
            self.post_message(LoadModel(EMBEDDED))
            return
        self._question = None if self._info is None else self._question
        self._message = event.message
        self._note_model(self._standing_note)
        self.say(event.message)

    def _fill_picker(self, event: ModelList) -> None:
        from tui.dialogs.model_picker import ModelPicker

        for screen in self.app.screen_stack:
            if isinstance(screen, ModelPicker):
                screen.take(event.models)

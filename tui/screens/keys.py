"""The keys of the main screen: footer, help screen, palette and README all read them here."""

from __future__ import annotations

from textual.binding import Binding, BindingType

_HEAD = Binding.Group("previous / next head of the layer, cycling")
_LAYER = Binding.Group("previous / next layer, cycling")
_CANDIDATE = Binding.Group("next / previous candidate; if one is filled in, the next is filled in")
_MASK = Binding.Group("previous / next mask of the sentence")
_SENTENCE = Binding.Group("previous / next sentence, examples and history, at the same head")


KEYS: list[BindingType] = [
    Binding("i,tab", "edit", "sentence", id="edit", tooltip="back to the sentence"),
    Binding("left", "turn_head(-1)", "head", group=_HEAD, id="previous-head"),
    Binding("right", "turn_head(1)", "head", group=_HEAD, id="next-head"),
    Binding("up", "turn_layer(-1)", "layer", group=_LAYER, id="previous-layer"),
    Binding("down", "turn_layer(1)", "layer", group=_LAYER, id="next-layer"),
    Binding("g", "go_to", "go to", id="go-to", tooltip="go to a head: 8 11"),
    Binding("n", "scale", "scale", id="scale", tooltip="next scale: what counts as full"),
    Binding("o", "choose_model", "model", id="model", tooltip="choose a model: the embedded one, one of the cache, one to download"),
    Binding("u", "words", "words", id="words", tooltip="word pieces or words: to a word the sum over its pieces, from it their mean"),
    Binding("b", "block", "pair", id="block", tooltip="both sentences of a pair, or only A→B, B→A, A→A, B→B"),
    Binding("s", "save", "save", id="save", tooltip="save this head as a picture, as on screen"),
    Binding("J", "choose(1)", "candidate", group=_CANDIDATE, id="next-candidate"),
    Binding("K", "choose(-1)", "candidate", group=_CANDIDATE, id="previous-candidate"),
    Binding("enter", "fill", "fill in", id="fill", tooltip="fill the chosen candidate in and analyse that sentence"),
    Binding("backspace", "step_back", "back", id="back", tooltip="back to the sentence with the mask"),
    Binding("w", "mask", "mask", id="mask", tooltip="mask the token of the cursor's row and analyse; again: restore it"),
    Binding("[", "turn_mask(-1)", "mask", group=_MASK, show=False, id="previous-mask"),
    Binding("]", "turn_mask(1)", "mask", group=_MASK, show=False, id="next-mask"),
    Binding("{", "step_sentence(-1)", "sentences", group=_SENTENCE, id="previous-sentence"),
    Binding("}", "step_sentence(1)", "sentences", group=_SENTENCE, id="next-sentence"),
    Binding("question_mark", "help", "help", id="help", tooltip="explain every key"),
    Binding("colon,ctrl+p", "app.command_palette", "palette", show=False, id="palette", tooltip="choose a command by name"),
    Binding("escape", "escape", "cancel", show=False, id="escape", tooltip="close a dialog, else cancel, else back to the sentence"),
    Binding("ctrl+c", "cancel", "cancel", show=False, priority=True, id="cancel", tooltip="cancel what is under way"),
    Binding("q,ctrl+q", "app.quit", "quit", id="quit", tooltip="leave"),
]  # fmt: skip

"""The keys of the main screen: footer, help screen, palette and README all read them here.

`do('part.name', …)` tells the session: the method of that name in that part of `Session` says what
the key does.
"""

from __future__ import annotations

from textual.binding import Binding, BindingType

_HEAD = Binding.Group("previous / next head of the layer, cycling")
_LAYER = Binding.Group("previous / next layer, cycling")
_CANDIDATE = Binding.Group("next / previous candidate; if one is filled in, the next is filled in")
_MASK = Binding.Group("previous / next mask of the sentence")
_MATCH = Binding.Group("previous / next head that the query asks for")
_SENTENCE = Binding.Group(
    "previous / next sentence at the same head: those of the notes, else examples and history"
)

_CELLS = Binding.Group("larger / smaller cells than would fit by themselves, remembered")


# fmt: off
_PICTURE = Binding("p,f8", "picture", "picture", show=False, id="picture", tooltip="save the screen itself as a picture, PNG and SVG; f8 in a text field too")
_COPY = Binding("y,f9", "copy", "copy", id="copy", tooltip="copy the readout, the list or the path just saved, through the terminal (OSC 52); f9 in a text field too")
_HELP = Binding("question_mark,f1", "help", "help", id="help", tooltip="explain every key, those of this screen first; f1 in a text field too")
# fmt: on

MAIN = "main"
"""The main screen, as the help calls it."""

EVERYWHERE: list[BindingType] = [_PICTURE, _COPY, _HELP]
"""The keys of every screen, whatever it shows: each is the screen's own."""

KEYS: list[BindingType] = [
    Binding("i,tab", "edit", "sentence", id="edit", tooltip="back to the sentence"),
    Binding("left", "do('looking.turn_head', -1)", "head", group=_HEAD, id="previous-head"),
    Binding("right", "do('looking.turn_head', 1)", "head", group=_HEAD, id="next-head"),
    Binding("up", "do('looking.turn_layer', -1)", "layer", group=_LAYER, id="previous-layer"),
    Binding("down", "do('looking.turn_layer', 1)", "layer", group=_LAYER, id="next-layer"),
    Binding("m", "do('heads.open_map')", "map", id="map", tooltip="the map of all heads"),
    Binding("r", "do('heads.open_table')", "heads", id="heads", tooltip="the table of all heads, ranked by what is measured of them"),
    Binding("slash", "do('heads.open_table', True)", "filter", id="query", tooltip="ask for heads: prev > .5 and sep < .2"),
    Binding("comma", "do('heads.match', -1)", "matches", group=_MATCH, show=False, id="previous-match"),
    Binding("full_stop", "do('heads.match', 1)", "matches", group=_MATCH, show=False, id="next-match"),
    Binding("f", "do('heads.open_focus')", "token", id="focus", tooltip="the cursor's token against all heads"),
    Binding("L", "do('lens.open')", "lens", id="lens", tooltip="the lens: what each layer would say at the mask, read by the model's own head"),
    Binding("v", "do('looking.open_views')", "view", id="view", tooltip="choose which numbers are looked at: weights, means, rollout, gradients, …"),
    Binding("V", "do('looking.view_back')", "view before", show=False, id="view-back", tooltip="back to the view before"),
    Binding("n", "do('looking.next_scale')", "scale", id="scale", tooltip="next scale: what counts as full"),
    Binding("t", "do('looking.toggle_hiding')", "specials", id="hide", tooltip="hide special tokens and renormalise the rows; the gutter says how much is hidden"),
    Binding("g", "do('looking.open_go_to')", "go to", id="go-to", tooltip="go to a head: 8 11"),
    Binding("s", "do('keeping.save')", "save", id="save", tooltip="save this head as a picture, as on screen"),
    Binding("S", "do('keeping.save_all')", "save all", show=False, id="save-all", tooltip="save every head, raw weights in the absolute scale, and a page of them all"),
    _PICTURE,
    Binding("a", "do('keeping.note')", "note", id="note", tooltip="write a note on this head; with a claim the sentence on screen becomes one of its examples"),
    Binding("w", "do('looking.mask')", "mask", id="mask", tooltip="mask the token of the cursor's row and analyse; again: restore it"),
    Binding("space", "do('cutting.cut_head')", "cut", id="cut", tooltip="cut this head: it gives its mean on, or nothing, whatever it attends to; again: restore it"),
    Binding("X", "do('cutting.cut_arrow')", "cut arrow", show=False, id="cut-arrow", tooltip="cut the arrow under the cursor in this head: that weight is 0; again: restore it"),
    Binding("D", "do('cutting.restore')", "all back", show=False, id="restore", tooltip="put back everything that is cut"),
    Binding("Z", "do('cutting.turn_way')", "way to cut", show=False, id="way-to-cut", tooltip="cut heads to their mean over reference sentences, or to zero; what is cut is cut anew; with another sentence beside it, then: transplant them from B"),
    Binding("e", "do('effects.measure_all')", "effects", id="effects", tooltip="cut each head alone and measure the effect on the chosen candidate; again: the next measure of it"),
    Binding("E", "do('arrows.open')", "likely arrows", show=False, id="likely-arrows", tooltip="likely arrows: the weights, of one query on one key in one head, whose cut should change the chosen candidate most, each cut alone and measured"),
    Binding("F", "do('pruning.find')", "fewest heads", show=False, id="fewest-heads", tooltip="look for a smallest set of heads with which the chosen candidate keeps its rank, and cut all others; again: the curve of log p over the heads left"),
    Binding("W", "do('own_word.open')", "own word", show=False, id="own-word", tooltip="a word of your own in the place of the mask: its probability and rank"),
    Binding("T", "do('own_word.follow')", "target", show=False, id="follow-word", tooltip="the word asked for with W is the target of effects, lens and fewest heads, until J or K; one of several pieces of effects alone"),
    Binding("equals_sign", "do('comparing.open')", "compare", id="compare", tooltip="compare with another sentence, filling, model, or with the whole model; = again: with the one before"),
    Binding("B", "do('comparing.turn')", "A/B", show=False, id="turn-side", tooltip="look at A, the run on screen, at B, or at A − B"),
    Binding("A", "do('aligning.open')", "partners", show=False, id="partners", tooltip="which tokens of A and B stand for each other, to be looked at and corrected by hand"),
    Binding("R", "do('from_b.measure')", "from B", show=False, id="from-b", tooltip="transplant each head alone from B: the share of the way that the answer goes to B's; again: what goes into each layer at each token"),
    Binding("exclamation_mark", "do('comparing.let_go')", "let go of B", show=False, id="let-go", tooltip="compare with nothing any more"),
    Binding("J", "do('looking.choose', 1)", "candidate", group=_CANDIDATE, id="next-candidate"),
    Binding("K", "do('looking.choose', -1)", "candidate", group=_CANDIDATE, id="previous-candidate"),
    Binding("enter", "do('looking.fill')", "fill in", id="fill", tooltip="fill the chosen candidate in and analyse that sentence"),
    Binding("backspace", "do('looking.step_back')", "back", id="back", tooltip="back to the sentence with the mask"),
    Binding("o", "do('models.choose_model')", "model", id="model", tooltip="choose a model: the embedded one, one of the cache, one to download"),
    Binding("u", "do('looking.toggle_words')", "words", id="words", tooltip="word pieces or words, joined by the rule of the view"),
    Binding("b", "do('looking.next_block')", "pair", id="block", tooltip="both sentences of a pair, or only A→B, B→A, A→A, B→B"),
    Binding("number_sign", "do('looking.toggle_numbers')", "numbers", id="numbers", tooltip="write each weight into its cell, in hundredths"),
    Binding("x", "do('looking.toggle_bars')", "list", id="bars", tooltip="the cursor's row as a list: token, weight, sum so far"),
    Binding("d", "do('looking.turn_bars')", "to/from", id="turn", tooltip="turn that list to who attends to the cursor's key, and back"),
    Binding("c", "do('looking.next_ramp')", "colours", id="ramp", tooltip="next colour ramp: glyphs, grey, viridis, magma, cividis (for colour-blind readers)"),
    Binding("z", "do('looking.toggle_overview')", "overview", id="overview", tooltip="overview: two rows a line, one column a cell"),
    Binding("backslash", "turn_pane", "pane", show=False, id="turn-pane", tooltip="turn what stands beside the grid, where the screen is wide: all heads, the cursor's row, this head's numbers and note"),
    Binding("plus", "resize_cells(-1)", "larger", group=_CELLS, show=False, id="larger-cells"),
    Binding("minus", "resize_cells(1)", "smaller", group=_CELLS, show=False, id="smaller-cells"),
    _COPY,
    Binding("C", "do('looking.toggle_contrast')", "contrast", show=False, id="contrast", tooltip="high contrast"),
    Binding("[", "do('looking.turn_mask', -1)", "mask", group=_MASK, show=False, id="previous-mask"),
    Binding("]", "do('looking.turn_mask', 1)", "mask", group=_MASK, show=False, id="next-mask"),
    Binding("{", "do('step_sentence', -1)", "sentences", group=_SENTENCE, id="previous-sentence"),
    Binding("}", "do('step_sentence', 1)", "sentences", group=_SENTENCE, id="next-sentence"),
    _HELP,
    Binding("colon,ctrl+p", "app.command_palette", "palette", show=False, id="palette", tooltip="choose a command by name"),
    Binding("escape", "do('escape')", "cancel", show=False, id="escape", tooltip="close a dialog, else cancel, else back to the sentence"),
    Binding("ctrl+c", "cancel", "cancel", show=False, priority=True, id="cancel", tooltip="cancel what is under way"),
    Binding("q,ctrl+q", "app.quit", "quit", id="quit", tooltip="leave"),
]  # fmt: skip

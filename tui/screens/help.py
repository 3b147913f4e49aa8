"""The help screen: every key, from the bindings themselves, and how to read the grid."""

from __future__ import annotations

from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from tui.analysis.columns import EVERY_COLUMN
from tui.analysis.decimals import HEAD_DECIMALS, WEIGHT_DECIMALS
from tui.analysis.hiding import MOSTLY
from tui.analysis.labels import RULES
from tui.analysis.scales import SCALES
from tui.analysis.views import VIEWS, View
from tui.dialogs.dialog import Dialog
from tui.experiments.measures import MEASURES
from tui.render.ramps import RAMPS
from tui.screens.alignment import AlignmentScreen
from tui.screens.arrows import ArrowsScreen
from tui.screens.focus import FocusScreen
from tui.screens.head_map import MapScreen
from tui.screens.heads import HeadsScreen
from tui.screens.keys import KEYS
from tui.screens.lens import LensScreen
from tui.screens.residual import ResidualScreen
from tui.screens.smallest_set import SmallestSetScreen
from tui.session.cutting import CUT_SIGN, TRANSPLANT_SIGN
from tui.session.filling import OTHERWISE
from tui.terminal.app import TerminalApp
from tui.text import MASK
from tui.widgets.grid.attention_grid import AttentionGrid
from tui.widgets.heads.query_input import QueryInput
from tui.widgets.text.key_help import KeyHelp, explain
from tui.widgets.text.sentence_input import SentenceInput

READING = (
    f"Type a sentence with {MASK} and press enter. The list shows what the model would put there; "
    f"the bars compare the candidates with the first. Behind one that is marked {OTHERWISE} the "
    "sentence with it is read as other word pieces than the one that was scored. In the grid each "
    "row is a token that attends (query), each column a token attended to (key), and each cell an "
    "attention weight: the fuller, the larger. A row of weights sums to 1. The status line always "
    "says the exact weight under the cursor."
)

QUERIES = (
    "Numbers go by the names above, and layer and head count from 1: prev > .5 and sep < .2. A "
    "weight goes by its two tokens: mask->cat > .3, where mask is the one whose candidates are "
    "shown, cls what opens the sentence and sep what closes it. Of tokens that are alike the#2 is "
    'the second; what is no plain word stands in quotes: "##ing"->cat. A split word may be named '
    "whole: to it the weight is the sum over its pieces, from it their mean. There are and, or, "
    "not, + - * /, 50%, chains such as .2 < prev < .5, and ranges such as layer in 3..5, 8. Equal "
    f"(=) means equal as shown: a head's numbers to {HEAD_DECIMALS} decimals, a weight to "
    f"{WEIGHT_DECIMALS}. Where a head has no such number, or by a division by 0, nothing is known: "
    "the head meets neither the comparison nor its negation (not), only an or that holds without "
    "it."
)

LENS = (
    "The model's own masked-LM head reads the mask's row after every layer, as if the model ended "
    "there (nostalgebraist 2020). At the last layer that is the model's answer. Before it, it is a "
    "hint and no measurement: those layers were never trained to be read so, a lens that is "
    "trained for each layer reads otherwise (Belrose et al. 2023), and the rank of a candidate "
    "need not fall steadily. The third page takes the chosen candidate's lead over its runner-up "
    "(d: its logit) apart: what each head, each feed-forward block, the embeddings and the biases "
    "add, with the norms' scales and the head's gates as they were in this run (direct logit "
    "attribution, Elhage et al. 2021). That is accounting. Beside it stands what cutting a head "
    "does to the lead (e), which is cause: a head that only feeds others adds little and may "
    "matter much."
)

CUTTING = (
    "A head that is cut (space) gives its mean over reference sentences on, whatever it attends "
    "to, or zero (Z). Zero takes the model off what it was trained on, and overstates what a head "
    "does. An arrow that is cut (X) is one weight set to 0; the rest of its row stays. Everything "
    "on screen is then the changed model's, a line says what is cut, and D puts all back. Beside "
    "the candidates stand the whole model's probability, the change of the log-odds, ln p/(1-p), "
    f"and the change of the rank: – is a list that does not have it, < a bound. {CUT_SIGN} marks a "
    "head that is cut. Heads stay cut in the next sentence, arrows do not. F prunes the whole "
    "model step by step, each time the heads whose cut is measured to harm the chosen candidate "
    "least, until every one that is left is needed for its rank. That is one set of many: other "
    "heads might do as well (Michel et al. 2019)."
)

EFFECTS = (
    "e cuts each head alone, in the way in force (Z) and beside what is cut already, and measures "
    "what that does to the chosen candidate at the chosen mask: the whole model's measure minus "
    "that with the head cut, for the logit difference (l(candidate) - l(runner-up)) before minus "
    "after. A positive effect says that the head had helped; on the map one below 0 has glyphs of "
    "its own. Again, e turns the measure. What single effects add up to is not what all heads "
    "together do, and a head without an effect may have a role that another takes over (McGrath "
    "et al. 2023). Another sentence, mask, candidate or cut: the effects go. Z then e measures "
    "the other way to cut heads: both stand side by side (effect_mean, effect_zero), with the rank "
    "correlation. i, which estimates, then e: margin and importance stand beside the effect. "
    "Queries know it as effect."
)

ARROWS = (
    "E cuts arrows one by one, fifty that a gradient proposes, and what each does to the chosen "
    "candidate is measured as for heads. The estimate is A · ∂y/∂A, what the effect would be if it "
    "grew steadily with the weight A, for the logit difference and for log p (Nanda 2023); where "
    "rows are renormalised it is -(A ȳ - P) / (1 - A), with P the same product and ȳ the sum of "
    "the products of the row. It is first order: it lies where the effect is large, and of an "
    "arrow that has nearly all of a renormalised row there is none. Arrows are between pieces, "
    "also where words are shown. Another sentence, mask, candidate or cut: they are measured anew."
)

COMPARING = (
    "A second run, B, stands beside the one on screen, A (=); B turns to A, to B and to A - B, ! "
    "lets go. A lists which tokens are partners, and takes corrections: 4 6 pairs A's token 4 with "
    "B's 6, 4 0 leaves it alone. With another sentence beside it, Z goes on from zero to "
    "transplant: space then has a head give on what it gives on in B, at the tokens that have "
    f"partners, and {TRANSPLANT_SIGN} marks it; another sentence is asked without it. R "
    "transplants each head alone: its share of the way that the logit difference of two words "
    "goes from A's, 0, to B's, 1, the words being A's chosen candidate and B's first, or the next "
    "that is another. Queries know it as share. R again: the same of what goes into each layer at "
    "each token, which shows where what A and B differ in is kept (Meng et al. 2022). Shares of "
    "single places need not add up. Another sentence, cut, partner or word: they go."
)

GLYPHS = "the default: ink covers 0, 25, 50, 75 and 100 % of a cell; the fewest bytes"

HIDING = (
    "Without special tokens (t) what is left of each row is divided by its sum, so that it sums to "
    f"1 again. The gutter says how much was hidden; a row that had over {MOSTLY} hidden is faint, "
    "as little of it is left to read."
)


class HelpScreen(Dialog[None]):
    """Explains every key, every scale and every ramp."""

    CSS_PATH = "../dialogs/dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter,ctrl+c", "dismiss", "close", tooltip="close"),
        Binding("down,j", "scroll(1)", "scroll", tooltip="scroll down"),
        Binding("up,k", "scroll(-1)", "scroll", tooltip="scroll up"),
        Binding("pagedown,space", "scroll(10)", "scroll", tooltip="a page down"),
        Binding("pageup", "scroll(-10)", "scroll", tooltip="a page up"),
        Binding("ctrl+q", "app.quit", "quit", tooltip="leave"),
    ]

    def compose(self) -> ComposeResult:
        """A page that scrolls."""
        with VerticalScroll(id="page", can_focus=False):
            yield Static(Text("bertmask-tui", style="bold"), markup=False)
            yield Static(Text(READING), markup=False, classes="paragraph")
            for title, lines in sections():
                yield Static(Text(title, style="bold"), markup=False, classes="title")
                yield Static(_table(lines), markup=False)
            for title, pairs in (
                ("Scales", [(scale.name, scale.meaning) for scale in SCALES]),
                ("Colours", [("glyphs", GLYPHS), *((ramp.name, ramp.meaning) for ramp in RAMPS)]),
                ("Views", [(view.name, _about(view)) for view in VIEWS]),
                ("What is measured of a head", [(one.name, one.meaning) for one in EVERY_COLUMN]),
                ("How an effect is measured (e)", [(one.name, one.meaning) for one in MEASURES]),
            ):
                yield Static(Text(title, style="bold"), markup=False, classes="title")
                yield Static(_pairs(pairs), markup=False)
            for title, paragraph in (
                ("Hidden tokens", HIDING),
                ("Cutting", CUTTING),
                ("Effects", EFFECTS),
                ("Likely arrows", ARROWS),
                ("Comparing", COMPARING),
                ("Labels", RULES),
                ("Queries", QUERIES),
                ("The lens", LENS),
            ):
                yield Static(Text(title, style="bold"), markup=False, classes="title")
                yield Static(Text(paragraph), markup=False)
            yield Static(Text("↑↓ scroll · esc closes", style="dim"), markup=False, classes="title")

    def action_scroll(self, lines: int) -> None:
        """Scroll without animation: over a slow line each frame costs."""
        for page in self.query("#page"):  # a key right behind ? comes before the page is there
            page.scroll_to(y=page.scroll_y + lines, animate=False)


_PARTNERS = [one for one in AlignmentScreen.BINDINGS if isinstance(one, Binding)]
"""The keys of the list of partners; digits are explained by what enter does with them."""


def sections() -> list[tuple[str, list[KeyHelp]]]:
    """Every key, under the place where it acts."""
    return [
        ("Wherever no text field has the focus", explain(KEYS)),
        ("The token cursor of the grid", explain(AttentionGrid.BINDINGS)),
        ("In the sentence field", explain(SentenceInput.BINDINGS)),
        ("On the map of heads", explain(MapScreen.BINDINGS)),
        ("In the table of heads", explain(HeadsScreen.BINDINGS)),
        ("In the field of its query", explain(QueryInput.BINDINGS)),
        ("Where one token stands against all heads", explain(FocusScreen.BINDINGS)),
        ("In the list of likely arrows", explain(ArrowsScreen.BINDINGS)),
        ("In the list of partners", explain([b for b in _PARTNERS if b.id])),
        ("In the grid of layers and tokens", explain(ResidualScreen.BINDINGS)),
        ("In the lens", explain(LensScreen.BINDINGS)),
        ("At the smallest set", explain(SmallestSetScreen.BINDINGS)),
        ("Everywhere", explain(TerminalApp.BINDINGS)),
    ]


def _about(view: View) -> str:
    """A view's formula, what it says, and how pieces become words in it."""
    return f"{view.formula}. {view.explained()} Words (u): {view.joining.meaning}."


def _table(lines: list[KeyHelp]) -> Table:
    return _pairs([(" ".join(line.keys), line.long) for line in lines])


def _pairs(pairs: list[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, min_width=12)
    table.add_column()
    for name, meaning in pairs:
        table.add_row(Text(name, style="bold"), Text(meaning))
    return table

"""The help screen: every key, from the bindings themselves, and how to read the grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from rich.console import Group
from rich.table import Table
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Input, Static

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
from tui.screens.keys import EVERYWHERE, KEYS, MAIN
from tui.screens.lens import LensScreen
from tui.screens.note import NoteScreen
from tui.screens.residual import ResidualScreen
from tui.screens.session_screen import Perform, SessionScreen
from tui.screens.smallest_set import SmallestSetScreen
from tui.session.cutting import CUT_SIGN, TRANSPLANT_SIGN
from tui.session.effects import Redraw
from tui.session.filling import OTHERWISE
from tui.terminal.app import TerminalApp
from tui.text import MASK, visible
from tui.widgets.grid.attention_grid import AttentionGrid
from tui.widgets.heads.query_input import QueryInput
from tui.widgets.text.field import Field
from tui.widgets.text.key_help import KeyHelp, explain
from tui.widgets.text.line import Line
from tui.widgets.text.sentence_input import SentenceInput
from tui.widgets.text.tab_separated import tab_separated

if TYPE_CHECKING:
    from tui.session.session import Session

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
    f"and the change of the rank; < is a bound, where no more can be known. {CUT_SIGN} marks a "
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
    "its own. Effects appear as they are measured, the layer at hand first; of the rest a – says "
    "that it is not measured yet, ranks are of what is, and no query finds it. Cancelled (esc), "
    "what is measured stays, and e goes on. Again, e turns the measure. What single effects add up "
    "to is not what all heads together do, and a head without an effect may have a role that "
    "another takes over (McGrath et al. 2023). Another sentence, mask, candidate or cut: the "
    "effects go. Z then e measures the other way to cut heads: both stand side by side "
    "(effect_mean, effect_zero), with the rank correlation. i, which estimates, then e: margin and "
    "importance stand beside the effect. Queries know it as effect. T has e measure a word that W "
    "asked for. One of several pieces takes as many masks, and each piece is scored with those "
    "before it filled in and those behind it masked (Kauf & Ivanova 2023); the effect is on the "
    "sum of their log p, its only measure, and takes a run a piece. Lens, F, E, R and gradients "
    "stay on the chosen candidate."
)

ARROWS = (
    "E cuts arrows one by one, fifty that a gradient proposes, and what each does to the chosen "
    "candidate is measured as for heads, and shown as it comes; how well the estimates hold is "
    "said at the end. The estimate is A · ∂y/∂A, what the effect would be if it "
    "grew steadily with the weight A, for the logit difference and for log p (Nanda 2023); where "
    "rows are renormalised it is -(A ȳ - P) / (1 - A), with P the same product and ȳ the sum of "
    "the products of the row. It is first order: it lies where the effect is large, and of an "
    "arrow that has nearly all of a renormalised row there is none. Arrows are between pieces, "
    "also where words are shown. Another sentence, mask, candidate or cut: they are measured anew."
)

SIGNS = (
    "numbers below 0 are blue and those above 0 orange, black is 0, whichever ramp is chosen; "
    "without a ramp those below 0 have glyphs, and where there are colours an ink, of their own"
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
    "as little of it is left to read. Of A - B it is the larger share of both, and the status line "
    "has each."
)


@dataclass(frozen=True, slots=True)
class Block:
    """A part of the help: its title, and lines or a paragraph.

    Attributes:
        title: its title.
        lines: what is explained and how, in two columns.
        paragraph: a text, in the place of lines.
    """

    title: str
    lines: tuple[tuple[str, str], ...] = ()
    paragraph: str = ""

    def about(self, sought: str) -> Block | None:
        """The part of it that is about something; None if nothing is.

        Args:
            sought: a key as it is shown, or words, all of which are to be there.
        """
        if not sought:
            return self
        if len(sought) == 1:
            by_key = tuple(line for line in self.lines if sought in line[0].split())
            return replace(self, lines=by_key) if by_key else None
        if _has(self.title, sought) or (self.paragraph and _has(self.paragraph, sought)):
            return self
        lines = tuple(line for line in self.lines if _has(" ".join((self.title, *line)), sought))
        return replace(self, lines=lines) if lines else None


class HelpScreen(SessionScreen, Dialog[None]):
    """Explains every key, every scale and every ramp; what is typed narrows it down.

    Args:
        session: the session.
        perform: carries its effects out.
        place: the screen whose keys come first.
    """

    CSS_PATH = "../dialogs/dialogs.tcss"
    PLACE = "help"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,f1,q,ctrl+c", "dismiss", "close", tooltip="close"),
        Binding("down,j", "scroll(1)", "scroll", tooltip="scroll down"),
        Binding("up,k", "scroll(-1)", "scroll", tooltip="scroll up"),
        Binding("pagedown,space", "scroll(10)", "scroll", tooltip="a page down"),
        Binding("pageup", "scroll(-10)", "scroll", tooltip="a page up"),
        Binding("tab", "leave_field", "keys", tooltip="from the field to the page, and back"),
        Binding("ctrl+q", "app.quit", "quit", tooltip="leave"),
    ]

    def __init__(self, session: Session, perform: Perform, place: str = MAIN) -> None:
        super().__init__(session, perform)
        self._blocks = _blocks(place)
        self._shown = self._blocks

    def compose(self) -> ComposeResult:
        """A field, a page that scrolls, and what can be done."""
        with Vertical(id="help"):
            yield HelpField()
            with VerticalScroll(id="found", can_focus=True):
                yield from (HelpBlock(block) for block in self._blocks)
                yield Static("", markup=False, id="nothing")
            yield Line(keep="left", id="said")

    def on_mount(self) -> None:
        """Begin in the field."""
        self.query_one("#nothing").display = False
        self.set_focus(self.query_one(HelpField))
        self.show(Redraw.EVERYTHING)

    def show(self, what: Redraw) -> None:
        """Say what the session says, or what can be done."""
        for line in self.query("#said").results(Line):  # it may not be there yet
            said = visible(self.session.message)
            hint = "type to find · ↑↓ scroll · tab: letters are keys · esc closes"
            line.left = Text(said, style="bold") if said else Text(hint, style="dim")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow down."""
        event.stop()
        sought = event.value.strip()
        found = [block.about(sought) for block in self._blocks]
        self._shown = [block for block in found if block is not None]
        for widget, block in zip(self.query(HelpBlock), found, strict=True):
            widget.explain(block)
        nothing = self.query_one("#nothing", Static)
        nothing.update(f"Nothing here is about {visible(sought)}.")
        nothing.display = not self._shown
        self.query_one("#found").scroll_home(animate=False)

    @property
    def to_copy(self) -> tuple[str, str]:
        """All that is shown."""
        rows: list[tuple[str, ...]] = []
        for block in self._shown:
            rows += [
                (block.title,),
                *block.lines,
                *([(block.paragraph,)] if block.paragraph else ()),
            ]
        return "", tab_separated(rows)

    def action_leave_field(self) -> None:
        """From the field to the page, where letters are keys, and back."""
        field = self.query_one(HelpField)
        self.set_focus(self.query_one("#found") if field.has_focus else field)

    def action_scroll(self, lines: int) -> None:
        """Scroll without animation: over a slow line each frame costs."""
        for page in self.query("#found"):  # a key right behind ? comes before the page is there
            page.scroll_to(y=page.scroll_y + lines, animate=False)


class HelpField(Field):
    """The field for a search; `?` in an empty one closes the help that it opened."""

    def __init__(self) -> None:
        super().__init__(placeholder="type a key, or what it does", max_length=200, id="sought")

    async def on_key(self, event: events.Key) -> None:
        """Close where nothing is sought."""
        if event.character == "?" and not self.value:
            event.stop()
            event.prevent_default()
            await self.screen.run_action("dismiss")

    def restricted(self) -> None:
        """It is full; nobody needs to be told with a bell."""


class HelpBlock(Static):
    """A part of the help as far as it is about what is sought.

    Args:
        block: the part.
    """

    def __init__(self, block: Block) -> None:
        super().__init__(_drawn(block), markup=False, classes="title")

    def explain(self, block: Block | None) -> None:
        """Show this much of it, or nothing."""
        self.display = block is not None
        if block is not None:
            self.update(_drawn(block))


def _has(text: str, sought: str) -> bool:
    """Whether all words of what is sought are in a text."""
    text = text.casefold()
    return all(word in text for word in sought.casefold().split())


def _drawn(block: Block) -> Group:
    title = Text(block.title, style="bold")
    return Group(title, Text(block.paragraph) if block.paragraph else _pairs(block.lines))


def _blocks(place: str) -> list[Block]:
    """The parts of the help, a screen's keys first."""
    keys = [Block(title, _lines(bindings)) for at, title, bindings in _PLACES if at == place]
    others = [Block(title, _lines(bindings)) for at, title, bindings in _PLACES if at != place]
    tables = (
        ("Scales", [(scale.name, scale.meaning) for scale in SCALES]),
        (
            "Colours",
            [
                ("glyphs", GLYPHS),
                *((ramp.name, ramp.meaning) for ramp in RAMPS),
                ("signs", SIGNS),
            ],
        ),
        ("Views", [(view.name, _about(view)) for view in VIEWS]),
        ("What is measured of a head", [(one.name, one.meaning) for one in EVERY_COLUMN]),
        ("How an effect is measured (e)", [(one.name, one.meaning) for one in MEASURES]),
    )
    paragraphs = (
        ("Hidden tokens", HIDING),
        ("Cutting", CUTTING),
        ("Effects", EFFECTS),
        ("Likely arrows", ARROWS),
        ("Comparing", COMPARING),
        ("Labels", RULES),
        ("Queries", QUERIES),
        ("The lens", LENS),
    )
    return [
        *keys,
        Block("How to read the grid", paragraph=READING),
        *others,
        *(Block(title, tuple(lines)) for title, lines in tables),
        *(Block(title, paragraph=paragraph) for title, paragraph in paragraphs),
    ]


def _lines(bindings: Sequence[BindingType]) -> tuple[tuple[str, str], ...]:
    return tuple((" ".join(line.keys), line.long) for line in explain(bindings))


_PARTNERS = [one for one in AlignmentScreen.BINDINGS if isinstance(one, Binding) and one.id]
"""The keys of the list of partners; digits are explained by what enter does with them."""

_PLACES: tuple[tuple[str, str, Sequence[BindingType]], ...] = (
    (MAIN, "Wherever no text field has the focus", KEYS),
    (MAIN, "The token cursor of the grid", AttentionGrid.BINDINGS),
    (MAIN, "In the sentence field", SentenceInput.BINDINGS),
    (MapScreen.PLACE, "On the map of heads", MapScreen.BINDINGS),
    (HeadsScreen.PLACE, "In the table of heads", HeadsScreen.BINDINGS),
    (HeadsScreen.PLACE, "In the field of its query", QueryInput.BINDINGS),
    (FocusScreen.PLACE, "Where one token stands against all heads", FocusScreen.BINDINGS),
    (ArrowsScreen.PLACE, "In the list of likely arrows", ArrowsScreen.BINDINGS),
    (AlignmentScreen.PLACE, "In the list of partners", _PARTNERS),
    (ResidualScreen.PLACE, "In the grid of layers and tokens", ResidualScreen.BINDINGS),
    (LensScreen.PLACE, "In the lens", LensScreen.BINDINGS),
    (SmallestSetScreen.PLACE, "At the smallest set", SmallestSetScreen.BINDINGS),
    (NoteScreen.PLACE, "In a note", NoteScreen.BINDINGS),
    ("everywhere", "On every screen", [*EVERYWHERE, *TerminalApp.BINDINGS]),
)
"""Of each place where keys act: the screen, its title, and the keys."""


def sections() -> list[tuple[str, list[KeyHelp]]]:
    """Every key, under the place where it acts."""
    return [(title, explain(bindings)) for _, title, bindings in _PLACES]


def _about(view: View) -> str:
    """A view's formula, what it says, and how pieces become words in it."""
    return f"{view.formula}. {view.explained()} Words (u): {view.joining.meaning}."


def _pairs(pairs: Sequence[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, min_width=12)
    table.add_column()
    for name, meaning in pairs:
        table.add_row(Text(name, style="bold"), Text(meaning))
    return table

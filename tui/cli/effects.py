"""`bertmask-tui effects`: heads cut in turn, likely arrows, or heads from another sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import click

from tui.analysis.interventions import CUTS
from tui.cli import options
from tui.cli.given import given_cuts, given_sentence
from tui.cli.loading import load_model
from tui.cli.together import is_given, refuse_beside, refuse_without
from tui.errors import RequestError, SeveralPiecesError
from tui.experiments.arrows import COUNT
from tui.experiments.measures import MEASURES, OF_WORD, Measure, measure_named
from tui.experiments.sweep import ESTIMATED, NO_ESTIMATE
from tui.text import MASK

if TYPE_CHECKING:
    from tui.analysis.columns import HeadIndex
    from tui.analysis.interventions import CutBy
    from tui.model.masked_lm import MaskedLM


SORTS = ("effect", "size", "estimate", "head")
"""What heads are ranked by: the effect, that without its sign, its estimate, or their place."""


class _Count(click.IntRange):
    """How many arrows; a text that stands in its place is told where it may stand."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            int(value)
        except ValueError:
            self.fail(
                f"{str(value)!r} is no whole number: a number follows --arrows, or nothing; TEXT "
                "stands before it.",
                param,
                ctx,
            )
        return int(super().convert(value, param, ctx))


BOTH = "both"
"""Heads are cut in every way, one after the other."""


@options.command("effects")
@options.TEXT
@options.MODEL
@options.CUT
@click.option(
    "--cut-by",
    type=click.Choice((*CUTS, BOTH)),
    default=CUTS[0],
    show_default=True,
    help="What a cut head gives on: its mean over reference sentences, or nothing; both: one "
    "beside the other, and what --cut cuts stays cut to its mean.",
)
@click.option(
    "--measure",
    type=click.Choice([measure.slug for measure in MEASURES]),
    default=MEASURES[0].slug,
    show_default=True,
    help="How an effect is measured: the candidate's lead over the runner-up, its log p, the KL "
    "divergence of the whole distribution, or its rank; of a word of several pieces, its log p "
    "alone.",
)
@click.option(
    "--word",
    type=options.Words(),
    metavar="W",
    help="The candidate, by default the first: one word piece of the vocabulary; or a word of "
    "several, whose log p is the sum over them from left to right.",
)
@click.option(
    "--mask",
    type=options.CountedFromOne(),
    default=1,
    show_default=True,
    metavar="N",
    help=f"Which {MASK} of the text.",
)
@click.option(
    "--where",
    type=options.Words(),
    default="",
    metavar="EXPR",
    help="Only heads that meet a query: 'effect < -.5 and prev > .5'.",
)
@click.option("--estimate", is_flag=True, help="First-order estimates too, which need torch.")
@click.option(
    "--sort",
    type=click.Choice(SORTS),
    default=SORTS[0],
    show_default=True,
    help="What heads are ranked by; size is the effect without its sign.",
)
@click.option(
    "--top", type=click.IntRange(min=1), metavar="N", help="Only the first N heads, or arrows."
)
@click.option(
    "--arrows",
    type=_Count(min=1),
    is_flag=False,
    flag_value=COUNT,
    metavar="[N]",
    help=f"Instead of heads cut the N likeliest arrows, {COUNT} if not said: the weights of one "
    "query on one key in one head that a gradient, which needs torch, proposes.",
)
@click.option(
    "--renormalise", is_flag=True, help="Scale the rest of a cut arrow's row to sum to 1 again."
)
@click.option(
    "--from",
    "source",
    type=options.Words(),
    metavar="SOURCE",
    help=f"Transplant each head from this sentence, which has one {MASK} too, in place of cutting "
    "it: the share of the way that the logit difference of two words goes to SOURCE's.",
)
@click.option(
    "--source-word",
    type=options.Words(),
    metavar="W",
    help="With --from and --word: the word that SOURCE is for; by default each sentence's first "
    "candidate.",
)
@click.option(
    "--residual",
    is_flag=True,
    help="With --from: transplant what goes into each layer at each token, in place of heads.",
)
@options.as_json()
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@options.OFFLINE
@options.DEVICE
@options.DTYPE
@click.pass_context
def effects(
    context: click.Context, text: str, model: str, cuts: tuple[HeadIndex, ...], cut_by: str,
    measure: str, word: str | None, mask: int, where: str, estimate: bool, sort: str,
    top: int | None, arrows: int | None, renormalise: bool, source: str | None,
    source_word: str | None, residual: bool, as_json: bool, as_csv: bool, offline: bool,
    device: str, dtype: str,
) -> None:  # fmt: skip
    """Cut each head of the model in turn, and print how much one candidate for a [MASK] loses.

    An effect is the measure of the whole model minus that with the head cut: positive if the head
    had helped. What --cut names stays cut all the while. With --arrows the likely arrows are cut
    instead; with --from heads are transplanted from another sentence, and not cut. With - as TEXT,
    standard input is read.
    """
    if as_json and as_csv:
        raise click.UsageError("Give one of these: --json or --csv.")
    _check_together(context)
    _check_estimate(estimate=estimate, measure=measure, sort=sort, arrows=arrows, source=source)
    form = "json" if as_json else "csv" if as_csv else "table"
    text = given_sentence(text, f"give a sentence with {MASK} where a word is wanted")
    loaded = load_model(model, offline=offline, device=device, dtype=dtype)
    if source is not None:
        source = given_sentence(source, f"give a sentence with {MASK} after --from")
        tokens = None
        if word is not None and source_word is not None:
            from tui.experiments.way import find_word_of_source

            tokens = (
                loaded.find_token(text, 0, word),
                find_word_of_source(loaded, source, source_word),
            )
        if residual:
            from tui.cli.residual_grid import print_residual

            print_residual(loaded, text, source, tokens, form=form)
        else:
            from tui.cli.transplants import print_transplants

            print_transplants(loaded, text, source, tokens, sort=sort, top=top, form=form)
        return
    token, pieces = None, ""
    if word is not None:
        token, pieces = _find_word(loaded, text, mask, word, takes_several=not arrows)
    measured = _measure(context, measure, estimate) if pieces else measure_named(measure)
    ways = CUTS if cut_by == BOTH else (cast("CutBy", cut_by),)
    staying = given_cuts(loaded.info, cuts, ways[0])
    if arrows:
        from tui.cli.effects_of_arrows import print_arrows

        print_arrows(
            loaded, text, staying=staying, measure=measured, mask=mask, token=token,
            count=arrows, renormalised=renormalise, sort=sort, top=top, form=form,
        )  # fmt: skip
        return
    from tui.cli.effects_of_heads import print_effects

    print_effects(
        loaded, text, ways=ways, staying=staying, measure=measured, mask=mask, token=token,
        word=pieces, where=where, estimate=estimate, sort=sort, top=top, form=form,
    )  # fmt: skip


def _find_word(
    model: MaskedLM, text: str, mask: int, word: str, *, takes_several: bool
) -> tuple[int | None, str]:
    """The word piece that a word is, by its number; or None, and the word, which is several.

    Raises:
        RequestError: as of `find_token`; of several pieces where they are not taken.
    """
    try:
        return model.find_token(text, mask, word), ""
    except SeveralPiecesError:
        if not takes_several:
            raise
        return None, word


def _measure(context: click.Context, measure: str, estimate: bool) -> Measure:
    """How the effect on a word of several pieces is measured.

    Raises:
        RequestError: another measure was asked for, or an estimate.
    """
    if is_given(context, "measure") and measure != OF_WORD.slug:
        raise RequestError(
            f"The effect on a word of several pieces is measured by {OF_WORD.slug} alone: leave "
            "--measure out, or give a word of one piece."
        )
    if estimate:
        raise RequestError(NO_ESTIMATE)
    return OF_WORD


_WITHOUT: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("source", ("cuts", "cut_by", "measure", "mask", "where", "estimate", "arrows")),
    ("residual", ("sort", "top")),
    ("arrows", ("where", "estimate")),
)
"""Options, and those that say nothing beside them."""

_WITH: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("source", {"source_word": "the other sentence", "residual": "the other sentence"}),
    ("arrows", {"renormalise": "it"}),
)
"""Options, and those that they are needed for, with what that says."""


def _check_together(context: click.Context) -> None:
    """Refuse options that say nothing beside each other, or without another one.

    Raises:
        RequestError: there are such, or one of two words is missing.
    """
    for needed, those in _WITH:
        refuse_without(context, needed, those)
    for name, others in _WITHOUT:
        refuse_beside(context, name, others)
    if not is_given(context, "cuts"):
        refuse_beside(context, "arrows", ["cut_by"])
    if is_given(context, "source") and (
        is_given(context, "word") != is_given(context, "source_word")
    ):
        raise RequestError(
            "A transplant is measured by two words: give --word for the text and --source-word for "
            "the other sentence, or none of them."
        )


def _check_estimate(
    *, estimate: bool, measure: str, sort: str, arrows: int | None, source: str | None
) -> None:
    """Refuse an estimate, or an order by one, where there is none.

    Raises:
        RequestError: there is none.
    """
    if estimate and measure not in ESTIMATED:
        raise RequestError(f"There is an estimate of {' and '.join(ESTIMATED)} alone.")
    if sort != "estimate":
        return
    if source is not None:
        raise RequestError("Transplants have no estimate: sort by effect, size or head.")
    if measure not in ESTIMATED:
        raise RequestError(
            f"There is an estimate of {' and '.join(ESTIMATED)} alone: sort by effect, size or "
            "head, or take another measure."
        )
    if not (estimate or arrows):
        raise RequestError("To sort by the estimate, ask for it: --estimate.")

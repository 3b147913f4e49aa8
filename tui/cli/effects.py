"""`bertmask-tui effects`: the effect of cutting each head alone, as a table, JSON or CSV."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

import click
from click.core import ParameterSource

from tui.analysis.interventions import CUTS
from tui.analysis.wanted import Target, WantedQuantities
from tui.cli import options
from tui.cli.effects_output import MeasuredEffects, as_data, as_table, print_table
from tui.cli.given import given_cuts, given_sentence
from tui.cli.heads import asks_estimates, matching
from tui.cli.loading import load_model
from tui.cli.output import print_json, say
from tui.cli.progress import progress_of
from tui.cli.residual_grid import print_residual
from tui.cli.transplants import print_transplants
from tui.errors import RequestError
from tui.experiments.measures import MEASURES, Measure, measure_named
from tui.experiments.sweep import ESTIMATED, sweep
from tui.lazy import np
from tui.text import MASK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.analysis.analysis import Analysis
    from tui.analysis.columns import HeadIndex
    from tui.analysis.interventions import CutBy, Interventions
    from tui.model.masked_lm import MaskedLM

SORTS = ("effect", "size", "estimate", "head")
"""What heads are ranked by: the effect, that without its sign, its estimate, or their place."""

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
    "divergence of the whole distribution, or its rank.",
)
@click.option(
    "--word",
    type=options.Words(),
    metavar="W",
    help="The candidate, one word piece of the vocabulary; by default the first.",
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
@click.option("--top", type=click.IntRange(min=1), metavar="N", help="Only the first N heads.")
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
    top: int | None, source: str | None, source_word: str | None, residual: bool, as_json: bool,
    as_csv: bool, offline: bool, device: str, dtype: str,
) -> None:  # fmt: skip
    """Cut each head of the model in turn, and print how much one candidate for a [MASK] loses.

    An effect is the measure of the whole model minus that with the head cut: positive if the head
    had helped. What --cut names stays cut all the while. With --from, heads are transplanted from
    another sentence, and not cut. With - as TEXT, standard input is read.
    """
    if as_json and as_csv:
        raise click.UsageError("Give one of these: --json or --csv.")
    if estimate and measure not in ESTIMATED:
        raise RequestError(f"There is an estimate of {' and '.join(ESTIMATED)} alone.")
    if sort == "estimate" and not estimate:
        raise RequestError("To sort by the estimate, ask for it: --estimate.")
    _check_together(context, source, source_word, word, residual)
    text = given_sentence(text, f"give a sentence with {MASK} where a word is wanted")
    ways = CUTS if cut_by == BOTH else (cast("CutBy", cut_by),)
    loaded = load_model(model, offline=offline, device=device, dtype=dtype)
    if source is not None:
        source = given_sentence(source, f"give a sentence with {MASK} after --from")
        tokens = None
        if word is not None and source_word is not None:
            tokens = loaded.find_token(text, 0, word), loaded.find_token(source, 0, source_word)
        form = "json" if as_json else "csv" if as_csv else "table"
        if residual:
            print_residual(loaded, text, source, tokens, form=form)
        else:
            print_transplants(loaded, text, source, tokens, sort=sort, top=top, form=form)
        return
    staying = given_cuts(loaded.info, cuts, ways[0])
    token = None if word is None else loaded.find_token(text, mask, word)
    chosen = measure_named(measure)
    asked = _Where(loaded, text, where, staying, mask, token) if where.strip() else None
    if asked is not None:
        asked.check(ways, estimate)
    found = _measured(loaded, text, ways, staying, mask, token, estimate, chosen)
    among, notes = asked.heads(found) if asked is not None else (None, ())
    order = [
        head for head in _order(found, sort) if among is None or bool(among[head])
    ][:top]  # fmt: skip
    told = (*found.told, *notes)
    if as_json:
        print_json(as_data(found, order, told))
        return
    say(told)
    if as_csv:
        print(as_table(found, order), end="")
        return
    print_table(found, order)


def _measured(
    model: MaskedLM,
    text: str,
    ways: tuple[CutBy, ...],
    staying: Interventions,
    mask: int,
    token: int | None,
    estimate: bool,
    measure: Measure,
) -> MeasuredEffects:
    """Cut each head in each of the ways; the estimate, which is of zero, is made once."""
    sweeps = []
    for by in ways:
        with progress_of(f"cutting heads ({by})" if len(ways) > 1 else "cutting heads") as progress:
            sweeps.append(
                sweep(
                    model, text, by=by, interventions=staying, mask=mask, token=token,
                    estimate=estimate and by == ways[-1], progress=progress,
                )
            )  # fmt: skip
    return MeasuredEffects(tuple(sweeps), measure)


def _check_together(
    context: click.Context,
    source: str | None,
    source_word: str | None,
    word: str | None,
    residual: bool,
) -> None:
    """Refuse options that say nothing beside each other.

    Raises:
        RequestError: one is for cuts and one for transplants, or a word is missing.
    """
    if source is None:
        for name, given in (("--source-word", source_word is not None), ("--residual", residual)):
            if given:
                raise RequestError(f"{name} goes with --from SOURCE: give the other sentence too.")
        return
    if (word is None) != (source_word is None):
        raise RequestError(
            "A transplant is measured by two words: give --word for the text and --source-word for "
            "the other sentence, or none of them."
        )
    others = [
        "cuts",
        "cut_by",
        "measure",
        "mask",
        "where",
        "estimate",
        *(["sort", "top"] if residual else []),
    ]
    for name in others:
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT:
            beside = "--residual" if name in ("sort", "top") else "--from"
            option = "cut" if name == "cuts" else name.replace("_", "-")
            raise RequestError(f"--{option} says nothing beside {beside}: leave one of them out.")


class _Where:
    """A query for some of the heads; what is wrong with it is said before a head is cut.

    Args:
        model: the model.
        text: the text.
        where: the query, with `effect` in it, or anything that `heads` knows.
        staying: what is cut all the while.
        mask: which mask is looked at, counted from 0.
        token: the candidate, None for the first.
    """

    def __init__(
        self,
        model: MaskedLM,
        text: str,
        where: str,
        staying: Interventions,
        mask: int,
        token: int | None,
    ) -> None:
        estimates = asks_estimates(where)
        wanted = WantedQuantities(
            gradient=Target(mask, token) if estimates else None, margin=estimates
        )
        self._where, self._mask = where, mask
        self._analysis: Analysis = model.analyze(
            text, top_k=1, wanted=wanted, interventions=staying
        )
        for reason in self._analysis.derived.missing.values():
            raise RequestError(reason)
        if len(self._analysis.held) < self._analysis.model.layers:
            raise RequestError("Of so long a text one layer is held at a time: shorten the text.")

    def check(self, ways: tuple[CutBy, ...], estimate: bool) -> None:
        """Raise RequestError if the query cannot be read, or names what is not there."""
        if not 0 <= self._mask < len(self._analysis.masks):
            return  # which whoever cuts heads says
        info = self._analysis.model
        nothing = np.zeros((info.layers, info.heads), np.float32)
        names = MeasuredEffects.names(ways, estimate=estimate)
        matching(
            self._where, self._analysis, mask=self._mask, effects=dict.fromkeys(names, nothing)
        )

    def heads(self, found: MeasuredEffects) -> tuple[NDArray[np.bool_], tuple[str, ...]]:
        """Those that meet it, `[layer, head]`, and what it took for granted."""
        numbers = {name: of.astype(np.float32) for name, of in found.numbers.items()}
        return matching(self._where, self._analysis, mask=self._mask, effects=numbers)


def _order(found: MeasuredEffects, sort: str) -> list[HeadIndex]:
    """The heads, (layer, head), in the order asked for; what is no number comes last."""
    numbers = found.numbers
    effect = numbers["effect"]
    places = [(int(layer), int(head)) for layer, head in np.ndindex(effect.shape)]
    if sort == "head":
        return places
    by = np.abs(effect) if sort == "size" else numbers[sort]
    return sorted(places, key=lambda place: (math.isnan(by[place]), -by[place]))

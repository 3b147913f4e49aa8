"""`bertmask-tui effects` of heads: each cut in one way or in both, ranked, filtered by a query."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tui.analysis.wanted import Target, WantedQuantities
from tui.cli.effects_output import MeasuredEffects, as_data, as_table, print_table
from tui.cli.heads import asks_estimates, matching
from tui.cli.output import print_json, say
from tui.cli.progress import progress_of
from tui.errors import RequestError
from tui.experiments.sweep import sweep
from tui.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.analysis.analysis import Analysis
    from tui.analysis.columns import HeadIndex
    from tui.analysis.interventions import CutBy, Interventions
    from tui.experiments.measures import Measure
    from tui.model.masked_lm import MaskedLM


def print_effects(
    model: MaskedLM,
    text: str,
    *,
    ways: tuple[CutBy, ...],
    staying: Interventions,
    measure: Measure,
    mask: int,
    token: int | None,
    word: str,
    where: str,
    estimate: bool,
    sort: str,
    top: int | None,
    form: str,
) -> None:
    """Cut each head in turn, and print what it does.

    Args:
        model: the model.
        text: the text.
        ways: the ways to cut a head, one or both.
        staying: what is cut all the while.
        measure: how an effect is measured.
        mask: which mask is looked at, counted from 0.
        token: the candidate, None for the first.
        word: a word of several pieces in its place; empty if there is none.
        where: a query for some of the heads; empty for all.
        estimate: first-order estimates are wanted too.
        sort: what heads are ranked by.
        top: only so many of them.
        form: `table`, `json` or `csv`.
    """
    if word and asks_estimates(where):
        raise RequestError(
            "importance and margin are estimates of the effect on one word piece: leave them out "
            "of --where, or give a word of one piece."
        )
    asked = _Where(model, text, where, staying, mask, token) if where.strip() else None
    if asked is not None:
        asked.check(ways, estimate)
    found = _measured(model, text, ways, staying, mask, token, word, estimate, measure)
    among, notes = asked.heads(found) if asked is not None else (None, ())
    ranked = _order(found, sort)
    order = [head for head in ranked if among is None or bool(among[head])][:top]
    told = (*found.told, *notes)
    if form == "json":
        print_json(as_data(found, order, told))
        return
    say(told)
    if form == "csv":
        say([f"effect: {measure.meaning}", *found.compared])
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
    word: str,
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
                    word=word, estimate=estimate and by == ways[-1], progress=progress,
                )
            )  # fmt: skip
    return MeasuredEffects(tuple(sweeps), measure, len(model.encode(text).masks))


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

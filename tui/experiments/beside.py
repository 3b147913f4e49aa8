"""The jobs that hold a run beside the one on screen: another text, another model, saved attention.

`experiments/other_model.py` runs them.
"""

from __future__ import annotations

from dataclasses import dataclass

from tui.analysis.interventions import NONE, Interventions
from tui.analysis.wanted import WEIGHTS_ALONE, WantedQuantities
from tui.model.names import AUTO, FLOAT32


@dataclass(frozen=True, slots=True)
class AnalyzeBeside:
    """Analyse a text, to be held beside the answer on screen.

    Attributes:
        text: the text; empty for that of saved attention.
        model: the name of the model in use.
        other: the model that answers, or a file of saved attention, if it is not the one in use.
        top_k: how many candidates each mask gets.
        wanted: what is wanted beyond the attention weights.
        interventions: what is changed inside the model while it runs.
        offline: never use the network.
        device: where another model computes.
        dtype: the numbers that it computes with.
    """

    text: str
    model: str
    other: str = ""
    top_k: int = 10
    wanted: WantedQuantities = WEIGHTS_ALONE
    interventions: Interventions = NONE
    offline: bool = False
    device: str = AUTO
    dtype: str = FLOAT32


@dataclass(frozen=True, slots=True)
class LetGoOfOther:
    """The other model is not needed any more.

    Attributes:
        model: the name of the model in use.
    """

    model: str

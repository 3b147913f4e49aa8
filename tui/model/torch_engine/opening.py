"""Opening a model of any family on torch."""

from __future__ import annotations

from collections.abc import Callable

from tui.errors import ModelError, RequestError, UserError
from tui.model.hub.download import Report
from tui.model.names import EMBEDDED
from tui.model.opened import Opened
from tui.model.tokenizing.encoding import Encoder
from tui.model.tokenizing.known_ids import check_ids
from tui.model.torch_engine.anatomy import study
from tui.model.torch_engine.devices import AUTO, FLOAT32
from tui.model.torch_engine.engine import TorchEngine
from tui.model.torch_engine.loading import Checkpoint, load
from tui.model.torch_engine.model_inputs import batch, segments, takes
from tui.model.torch_engine.model_shape import shape_of
from tui.model.torch_engine.quiet import quiet
from tui.model.torch_engine.tokenizer_fit import embeddings
from tui.model.torch_engine.transformers_tokenizer import TransformersTokenizer
from tui.text import clean, visible


def open_torch(
    name: str = EMBEDDED,
    *,
    offline: bool = False,
    device: str = AUTO,
    dtype: str = FLOAT32,
    report: Report = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Opened:
    """Open a model; args and errors are those of `load`."""
    return open_checkpoint(
        name,
        load(name, offline=offline, device=device, dtype=dtype, report=report, cancelled=cancelled),
    )


def open_checkpoint(name: str, checkpoint: Checkpoint) -> Opened:
    """Find a loaded model's attention, and what reads texts for it.

    Args:
        name: as it was asked for.
        checkpoint: what was loaded.

    Raises:
        ModelError: its attention is not one square matrix for each layer and head, or it cannot be
            asked about a text.
    """
    model, shown = checkpoint.model, visible(name)
    try:
        with quiet():
            tokenizer = TransformersTokenizer(checkpoint.tokenizer)
            pad_id = tokenizer.facts.pad_id
            encoder = Encoder(tokenizer, takes(model), segments(model))
            trial = encoder.encode("a [MASK]")
            check_ids(trial, shown, embeddings(model))
            short = batch([trial.inputs], pad_id)
            anatomy = study(
                shown, model, {name: tensor.to(model.device) for name, tensor in short.items()}
            )
    except RequestError as error:
        raise ModelError(f"{shown} cannot be asked about any text: {error}") from error
    except UserError:
        raise
    except Exception as error:  # a tokenizer that wants a table, a model that wants a picture
        cause = clean(str(error).partition("\n")[0])[:200] or type(error).__name__
        raise ModelError(f"{shown} cannot be asked about a text: {cause}") from error
    engine = TorchEngine(model, anatomy, shape_of(model, anatomy), pad_id)
    return Opened(engine, encoder, checkpoint.has_head, checkpoint.warnings)

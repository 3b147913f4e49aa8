"""transformers without its bars and warnings."""

from __future__ import annotations

from transformers.utils import logging as transformers_logging

from tui.model.library_settings import Scope, Setting

quiet = Scope(
    [
        Setting.errors_alone("transformers"),
        # The public switch would throw away what was chosen for the bars of the hub's library.
        Setting.attribute(transformers_logging, "_tqdm_active", lambda _: False),
    ]
)
"""transformers draws no progress bars and warns of nothing, over the screen or into a pipe."""

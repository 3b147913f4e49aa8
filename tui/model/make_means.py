"""Writes the means of the embedded model into the file that ships with it.

For whoever replaces its weights, its tokenizer or the reference sentences; it takes seconds:

    python -m tui.model.make_means
"""

from __future__ import annotations

import sys

from tui.model.masked_lm import MaskedLM
from tui.model.mean_outputs import (
    EMBEDDED_MEANS,
    OF_REFERENCE,
    compute_means,
    means_identity,
    reference_sentences,
)
from tui.model.means_file import write_means


def main() -> None:
    """Write the file."""
    model = MaskedLM.load()
    identity = means_identity(model)
    assert identity is not None
    means = compute_means(model, reference_sentences(), of=OF_REFERENCE)
    write_means(EMBEDDED_MEANS, means, identity)
    print(f"{EMBEDDED_MEANS}: {means.described}", file=sys.stderr)


if __name__ == "__main__":
    main()

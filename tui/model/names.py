"""Names of models, devices and numbers, known without loading anything."""

from __future__ import annotations

EMBEDDED = "embedded"
"""The name of the model that ships with the package."""

AUTO = "auto"
"""The fastest device that the machine has."""

DEVICES = (AUTO, "cpu", "cuda", "mps")
"""Where a model can compute."""

FLOAT32 = "float32"
"""The numbers that attention weights are computed with unless asked otherwise."""

DTYPES = (FLOAT32, "bfloat16", "float16")
"""The numbers that a model can compute with."""

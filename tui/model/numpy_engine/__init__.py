"""The plain BERT encoder with numpy alone: no torch, no transformers, and so an answer at once."""

from __future__ import annotations

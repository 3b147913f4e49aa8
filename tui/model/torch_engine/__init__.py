"""Masked language models of any family, run by torch and transformers."""

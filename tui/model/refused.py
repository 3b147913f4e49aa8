"""Types of models that are refused by name, and why; read without torch, by who lists models."""

from __future__ import annotations

REFUSED = {
    "big_bird": "attends in sparse blocks, so most of each matrix is never computed",
    "fnet": "mixes tokens by Fourier transforms and has no attention",
    "funnel": "shortens the text from layer to layer, so its matrices are not square",
    "longformer": "attends in sliding windows and gives bands instead of square matrices",
    "mra": "approximates its attention block by block and never has the weights",
    "perceiver": "attends between bytes and latent vectors, not between tokens",
    "reformer": "attends within hashed buckets, so it has no matrix of all tokens",
    "yoso": "estimates its attention by hashing and never has the weights",
}
"""Types with a masked-LM head but without one square attention matrix for each layer and head."""

"""Asking for heads: `prev > .5 and sep < .2`. Knows numpy and the grammar library, nothing else."""

"""The one child process that owns the models, and the way to it."""

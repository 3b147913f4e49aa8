"""Commands that need no interface; they run the model in their own process."""

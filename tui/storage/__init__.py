"""What stays: history, and saved files, each written whole or not at all."""

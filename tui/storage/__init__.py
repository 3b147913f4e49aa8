"""Files that stay: history, notes, pictures and numbers, each written whole or not at all."""

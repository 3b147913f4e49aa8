"""The terminal at the other end of the line: what is read from it and what is written to it."""

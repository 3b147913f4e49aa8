"""Pictures, files of numbers and examples that are kept of a reading; one, or of all heads."""

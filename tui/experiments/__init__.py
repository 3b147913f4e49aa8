"""Many questions to a model become one finding: measured over lists of sentences."""

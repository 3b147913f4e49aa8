"""What takes many questions to a model: measured over lists of sentences."""

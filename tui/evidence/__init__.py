"""What is kept of a reading: pictures, files of numbers, examples; and what makes many of them."""

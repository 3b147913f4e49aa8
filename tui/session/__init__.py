"""Where the reader is: which answer, which head, in which view; plain state without a screen."""

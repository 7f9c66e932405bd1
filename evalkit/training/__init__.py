"""Training data out of a suite's train split, and what is known of those who may teach."""

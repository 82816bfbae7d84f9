"""Rules that move a fee from round to round, as dynamical systems."""

"""The columns of a comparison, one file each: what a rule costs, and what one has to fear from it."""

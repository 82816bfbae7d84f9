"""Many requests over diverse hardware, and the rules that assign them."""

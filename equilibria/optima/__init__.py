"""Optimal mechanisms: `optimal` takes the cheapest exact route to one and certifies it."""

"""Contests in which everybody knows all costs: what is stated of an equilibrium; its checker derives the rest."""

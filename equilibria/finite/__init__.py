"""Finitely many types: cyclic monotonicity, payments as shortest paths, and incentive checks by enumeration."""

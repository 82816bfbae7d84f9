"""Certificates: what a file states about an equilibrium, re-derived from the file alone.

This package imports the standard library and python-flint, and nothing else of the project: no solver, no distribution, no
mechanism. `state` derives the bounds that a certificate may state; `check` reads a certificate and accepts it if its digest
fits and everything it states follows from those bounds.
"""

from __future__ import annotations

from equilibria.checking.document import FORMAT, VERSION, Rejected, sealed
from equilibria.checking.verdict import Checked, check, state

__all__ = ["FORMAT", "VERSION", "Checked", "Rejected", "check", "sealed", "state"]

r"""How concentrated the awards are: the Herfindahl-Hirschman index and the Nakamoto number of the shares of awards.

Exact where all costs are known. With private costs the shares are frequencies in a simulation of the equilibrium, so both
are estimates; $\sum_i\hat s_i^2$ exceeds the index by $(1-\sum s_i^2)/n$ on average, which is subtracted.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from equilibria.columns.cell import PROFILES, Cell, Place, Regime, nothing
from equilibria.concentration import herfindahl, nakamoto
from mechanisms import CentralProver, Enclosure, Exchange

__all__ = ["index", "least_majority"]

Shares = Mapping[str, Fraction | float | Enclosure]


def _shares(place: Place) -> tuple[Shares, Regime]:
    """Of each prover, the share of awards."""
    found, market = place.equilibrium, place.market
    if found is not None and found.shares:
        exact = all(isinstance(share, Fraction) for share in found.shares.values())
        return found.shares, "proved" if exact else "estimated"
    if isinstance(place.mechanism, CentralProver):
        return {"the central prover": Fraction(1)}, "proved"
    provers = market.provers if isinstance(market, Exchange) else market.labels
    return {label: max(place.simulation.shares[label].mean, 0.0) for label in provers}, "estimated"


def index(place: Place) -> Cell:
    """The Herfindahl-Hirschman index."""
    shares, regime = _shares(place)
    if not any(_positive(share) for share in shares.values()):
        return nothing("nobody is ever awarded")
    exact = herfindahl(shares)
    if regime == "proved":
        return Cell(value=exact, regime=regime, note="of the exact shares")
    if place.equilibrium is not None and place.equilibrium.shares:
        return Cell(value=exact, regime=regime, note="of the middles of enclosures of the shares")
    unbiased = (exact * PROFILES - 1) / (PROFILES - 1)
    return Cell(value=Fraction(float(unbiased)), regime=regime, note=f"of the awards in {PROFILES} simulated requests")


def least_majority(place: Place) -> Cell:
    """How few provers make more than half of the proofs."""
    shares, regime = _shares(place)
    if not any(_positive(share) for share in shares.values()):
        return nothing("nobody is ever awarded")
    return Cell(value=nakamoto(shares), regime=regime, note="the fewest provers with more than half of the awards")


def _positive(share: Fraction | float | Enclosure) -> bool:
    return (share.midpoint if isinstance(share, Enclosure) else share) > 0

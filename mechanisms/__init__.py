"""Markets for zero-knowledge proofs and the rules that run them.

A *market* says who knows what (`Procurement`, `Sale`, over `Distribution`s of costs or values). A *mechanism*
is one optimisation problem plus a payment rule, evaluated three ways to the same outcome:

- `mechanism.program(market, bids)`: a cvxpy problem with duals;
- `mechanism.outcome(market, bids)`: exact on `Fraction`;
- `mechanism.batch(market, array)`: numpy, over `(*batch, provers)`.
"""

from __future__ import annotations

from mechanisms.attitudes import CARA, CRRA
from mechanisms.costly_entry import CostlyEntry
from mechanisms.distributions import (
    Beta,
    Distribution,
    Empirical,
    LogNormal,
    Mixture,
    PiecewiseLinear,
    Reflected,
    Uniform,
)
from mechanisms.enclosure import Enclosure
from mechanisms.errors import InvalidInput, MarketError, MissingExtra, Refused, SolverFailure
from mechanisms.market_specs import market_from_spec
from mechanisms.markets import Market, Procurement, Sale
from mechanisms.mechanism import Mechanism, mechanism_from_spec
from mechanisms.outcome import BatchOutcome, Outcome
from mechanisms.program import Prices, Program
from mechanisms.ranked import RankedMechanism
from mechanisms.risk_averse import RiskAverse
from mechanisms.rules import CentralProver, FirstPrice, Optimal, PostedPrice, Race, Vickrey

__all__ = [
    "BatchOutcome",
    "Beta",
    "CARA",
    "CRRA",
    "CentralProver",
    "CostlyEntry",
    "Distribution",
    "Empirical",
    "Enclosure",
    "FirstPrice",
    "InvalidInput",
    "LogNormal",
    "Market",
    "MarketError",
    "Mechanism",
    "MissingExtra",
    "Mixture",
    "Optimal",
    "Outcome",
    "PiecewiseLinear",
    "PostedPrice",
    "Prices",
    "Procurement",
    "Program",
    "Race",
    "RankedMechanism",
    "Reflected",
    "Refused",
    "RiskAverse",
    "Sale",
    "SolverFailure",
    "Uniform",
    "Vickrey",
    "market_from_spec",
    "mechanism_from_spec",
]

"""Markets for zero-knowledge proofs and the rules that run them.

A *market* says who knows what (`Procurement`, `Sale`, over `Distribution`s of costs or values). A *mechanism*
is one optimisation problem plus a payment rule, evaluated three ways to the same outcome:

- `mechanism.program(market, bids)`: a cvxpy problem with duals;
- `mechanism.outcome(market, bids)`: exact on `Fraction`;
- `mechanism.batch(market, array)`: numpy, over `(*batch, provers)`.
"""

from __future__ import annotations

from mechanisms.attitudes import CARA, CRRA
from mechanisms.contest_market import Contest
from mechanisms.costly_entry import CostlyEntry
from mechanisms.custom_rule import CustomRule
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
from mechanisms.effort_contest import EffortContest
from mechanisms.enclosure import Enclosure
from mechanisms.errors import InvalidInput, MarketError, MissingExtra, Refused, SolverFailure
from mechanisms.exchange import Exchange
from mechanisms.market_specs import market_from_spec
from mechanisms.markets import Market, Procurement, Sale
from mechanisms.mechanism import Mechanism, mechanism_from_spec
from mechanisms.one_factor import AffiliatedValues, CommonCost, CommonDifficulty, MineralRights
from mechanisms.outcome import BatchOutcome, Outcome
from mechanisms.package_sale import PackageSale
from mechanisms.program import Prices, Program
from mechanisms.ranked import RankedMechanism
from mechanisms.risk_averse import RiskAverse
from mechanisms.rules import (
    AllPay,
    CentralProver,
    CoreSelecting,
    Discriminatory,
    FirstPrice,
    KDoubleAuction,
    KthPrice,
    Optimal,
    PackageFirstPrice,
    PostedPrice,
    PrizeContest,
    Race,
    SecretReserve,
    SplitAward,
    Tullock,
    UniformPrice,
    Vickrey,
    WeibullRace,
)
from mechanisms.sorted_bids import SortedMechanism, TaskOutcomes
from mechanisms.uncertain_presence import UncertainPresence

__all__ = [
    "AffiliatedValues",
    "AllPay",
    "BatchOutcome",
    "Beta",
    "CARA",
    "CRRA",
    "CentralProver",
    "CommonCost",
    "CommonDifficulty",
    "Contest",
    "CoreSelecting",
    "CostlyEntry",
    "CustomRule",
    "Discriminatory",
    "Distribution",
    "EffortContest",
    "Empirical",
    "Enclosure",
    "Exchange",
    "FirstPrice",
    "InvalidInput",
    "KDoubleAuction",
    "KthPrice",
    "LogNormal",
    "Market",
    "MarketError",
    "Mechanism",
    "MineralRights",
    "MissingExtra",
    "Mixture",
    "Optimal",
    "Outcome",
    "PackageFirstPrice",
    "PackageSale",
    "PiecewiseLinear",
    "PostedPrice",
    "Prices",
    "PrizeContest",
    "Procurement",
    "Program",
    "Race",
    "RankedMechanism",
    "Reflected",
    "Refused",
    "RiskAverse",
    "Sale",
    "SecretReserve",
    "SolverFailure",
    "SortedMechanism",
    "SplitAward",
    "TaskOutcomes",
    "Tullock",
    "UncertainPresence",
    "Uniform",
    "UniformPrice",
    "Vickrey",
    "WeibullRace",
    "market_from_spec",
    "mechanism_from_spec",
]

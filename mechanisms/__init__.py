"""Markets for zero-knowledge proofs and the rules that run them.

A *market* says who knows what (`Procurement`, `Sale`, over `Distribution`s of costs or values). A *mechanism*
is one optimisation problem plus a payment rule, evaluated three ways to the same outcome:

- `mechanism.program(market, bids)`: a cvxpy problem with duals;
- `mechanism.outcome(market, bids)`: exact on `Fraction`;
- `mechanism.batch(market, array)`: numpy, over `(*batch, provers)`.
"""

from __future__ import annotations

from mechanisms.attitudes import CARA, CRRA
from mechanisms.block_space import BlockSpace
from mechanisms.bond import Bond
from mechanisms.bond_at_stake import BondAtStake
from mechanisms.budgeted import Budgeted
from mechanisms.catalogue import register
from mechanisms.contest_market import Contest
from mechanisms.contest_rule import ContestRule
from mechanisms.costly_entry import CostlyEntry
from mechanisms.custom_rule import CustomRule
from mechanisms.distributions import (
    Beta,
    Discrete,
    Distribution,
    Empirical,
    LogNormal,
    Mixture,
    PiecewiseLinear,
    Reflected,
    Uniform,
    Weibull,
)
from mechanisms.effort_contest import EffortContest
from mechanisms.enclosure import Enclosure
from mechanisms.errors import InvalidInput, MarketError, MissingExtra, Refused, SolverFailure
from mechanisms.exchange import Exchange
from mechanisms.exchange_rules import ExchangeMechanism, ExchangeOutcomes
from mechanisms.fee_controllers.base_fee import BaseFee
from mechanisms.fee_controllers.batch_fee import BatchFee
from mechanisms.fee_controllers.controller import FeeController, Stability
from mechanisms.fee_controllers.hash_rate_price import HashRatePrice
from mechanisms.fee_controllers.moving_average import MovingAverage
from mechanisms.fee_controllers.undercut_fee import UndercutFee
from mechanisms.fee_rules import Confirmation, FeeMechanism, FeeOutcomes
from mechanisms.graded_sale import GradedSale
from mechanisms.market_specs import market_from_spec
from mechanisms.markets import Market, Procurement, Sale
from mechanisms.mechanism import Mechanism, mechanism_from_spec
from mechanisms.one_factor import AffiliatedValues, CommonCost, CommonDifficulty, MineralRights
from mechanisms.outcome import BatchOutcome, Outcome
from mechanisms.package_sale import PackageSale
from mechanisms.program import Prices, Program
from mechanisms.ranked import RankedMechanism
from mechanisms.restaking import Restaking, Service
from mechanisms.risk_averse import RiskAverse
from mechanisms.rules import (
    EIP1559,
    AllPay,
    AverageFee,
    BurningSecondPrice,
    CentralProver,
    CommitReveal,
    CoreSelecting,
    CurvedShare,
    DaraStyle,
    DesignatedProver,
    Discriminatory,
    DutchClock,
    EqualShare,
    FirstPrice,
    FirstPriceExchange,
    FirstPriceFee,
    GeneralizedSecondPrice,
    KDoubleAuction,
    KthPrice,
    Lottery,
    McAfee,
    Optimal,
    OrderBook,
    PackageFirstPrice,
    PostedFee,
    PostedPrice,
    PostedPriceExchange,
    PrizeContest,
    ProoflikeA,
    ProoflikeC,
    ProportionalMining,
    Race,
    SecondLowestPair,
    SecondPriceFee,
    SecretReserve,
    SplitAward,
    TodaStyle,
    Tullock,
    TwoStepSubmission,
    UndercutAuction,
    UniformPrice,
    VCGDoubleAuction,
    Vickrey,
    WarOfAttrition,
    WeibullRace,
)
from mechanisms.sequential_entry import SequentialEntry
from mechanisms.settlement import Settlement, settle
from mechanisms.sorted_bids import SortedMechanism, TaskOutcomes
from mechanisms.uncertain_presence import UncertainPresence
from mechanisms.workloads.allocation import Allocation, SideBySide, side_by_side
from mechanisms.workloads.allocation_outcome import AllocationOutcome
from mechanisms.workloads.winner_program import winner_program
from mechanisms.workloads.workload import ProverOffer, Request, Workload

__all__ = [
    "AffiliatedValues",
    "AllPay",
    "Allocation",
    "AllocationOutcome",
    "AverageFee",
    "BaseFee",
    "BatchFee",
    "BatchOutcome",
    "Beta",
    "BlockSpace",
    "Bond",
    "BondAtStake",
    "Budgeted",
    "BurningSecondPrice",
    "CARA",
    "CRRA",
    "CentralProver",
    "CommitReveal",
    "CommonCost",
    "CommonDifficulty",
    "Confirmation",
    "Contest",
    "ContestRule",
    "CoreSelecting",
    "CostlyEntry",
    "CurvedShare",
    "CustomRule",
    "DaraStyle",
    "DesignatedProver",
    "Discrete",
    "Discriminatory",
    "Distribution",
    "DutchClock",
    "EIP1559",
    "EffortContest",
    "Empirical",
    "Enclosure",
    "EqualShare",
    "Exchange",
    "ExchangeMechanism",
    "ExchangeOutcomes",
    "FeeController",
    "FeeMechanism",
    "FeeOutcomes",
    "FirstPrice",
    "FirstPriceExchange",
    "FirstPriceFee",
    "GeneralizedSecondPrice",
    "GradedSale",
    "HashRatePrice",
    "InvalidInput",
    "KDoubleAuction",
    "KthPrice",
    "LogNormal",
    "Lottery",
    "Market",
    "MarketError",
    "McAfee",
    "Mechanism",
    "MineralRights",
    "MissingExtra",
    "Mixture",
    "MovingAverage",
    "Optimal",
    "OrderBook",
    "Outcome",
    "PackageFirstPrice",
    "PackageSale",
    "PiecewiseLinear",
    "PostedFee",
    "PostedPrice",
    "PostedPriceExchange",
    "Prices",
    "PrizeContest",
    "Procurement",
    "Program",
    "ProoflikeA",
    "ProoflikeC",
    "ProportionalMining",
    "ProverOffer",
    "Race",
    "RankedMechanism",
    "Reflected",
    "Refused",
    "Request",
    "Restaking",
    "RiskAverse",
    "Sale",
    "SecondLowestPair",
    "SecondPriceFee",
    "SecretReserve",
    "SequentialEntry",
    "Service",
    "Settlement",
    "SideBySide",
    "SolverFailure",
    "SortedMechanism",
    "SplitAward",
    "Stability",
    "TaskOutcomes",
    "TodaStyle",
    "Tullock",
    "TwoStepSubmission",
    "UncertainPresence",
    "UndercutAuction",
    "UndercutFee",
    "Uniform",
    "UniformPrice",
    "VCGDoubleAuction",
    "Vickrey",
    "WarOfAttrition",
    "Weibull",
    "WeibullRace",
    "Workload",
    "market_from_spec",
    "mechanism_from_spec",
    "register",
    "settle",
    "side_by_side",
    "winner_program",
]

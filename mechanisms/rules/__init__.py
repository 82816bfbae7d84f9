"""The catalogue of rules, one file each."""

from __future__ import annotations

from mechanisms.mechanism import Mechanism
from mechanisms.rules.all_pay import AllPay
from mechanisms.rules.average_fee import AverageFee
from mechanisms.rules.burning_second_price import BurningSecondPrice
from mechanisms.rules.central_prover import CentralProver
from mechanisms.rules.commit_reveal import CommitReveal
from mechanisms.rules.core_selecting import CoreSelecting
from mechanisms.rules.curved_share import CurvedShare
from mechanisms.rules.dara_style import DaraStyle
from mechanisms.rules.designated_prover import DesignatedProver
from mechanisms.rules.discriminatory import Discriminatory
from mechanisms.rules.dutch_clock import DutchClock
from mechanisms.rules.eip1559 import EIP1559
from mechanisms.rules.equal_share import EqualShare
from mechanisms.rules.first_price import FirstPrice
from mechanisms.rules.first_price_exchange import FirstPriceExchange
from mechanisms.rules.first_price_fee import FirstPriceFee
from mechanisms.rules.generalized_second_price import GeneralizedSecondPrice
from mechanisms.rules.k_double_auction import KDoubleAuction
from mechanisms.rules.kth_price import KthPrice
from mechanisms.rules.lottery import Lottery
from mechanisms.rules.mcafee import McAfee
from mechanisms.rules.optimal import Optimal
from mechanisms.rules.order_book import OrderBook
from mechanisms.rules.package_first_price import PackageFirstPrice
from mechanisms.rules.posted_fee import PostedFee
from mechanisms.rules.posted_price import PostedPrice
from mechanisms.rules.posted_price_exchange import PostedPriceExchange
from mechanisms.rules.prize_contest import PrizeContest
from mechanisms.rules.prooflike_a import ProoflikeA
from mechanisms.rules.prooflike_c import ProoflikeC
from mechanisms.rules.proportional_mining import ProportionalMining
from mechanisms.rules.race import Race
from mechanisms.rules.second_lowest_pair import SecondLowestPair
from mechanisms.rules.second_price_fee import SecondPriceFee
from mechanisms.rules.secret_reserve import SecretReserve
from mechanisms.rules.split_award import SplitAward
from mechanisms.rules.toda_style import TodaStyle
from mechanisms.rules.tullock import Tullock
from mechanisms.rules.two_step_submission import TwoStepSubmission
from mechanisms.rules.undercut_auction import UndercutAuction
from mechanisms.rules.uniform_price import UniformPrice
from mechanisms.rules.vcg_double_auction import VCGDoubleAuction
from mechanisms.rules.vickrey import Vickrey
from mechanisms.rules.weibull_race import WeibullRace

__all__ = [
    "AllPay",
    "AverageFee",
    "BurningSecondPrice",
    "CentralProver",
    "CommitReveal",
    "CoreSelecting",
    "CurvedShare",
    "DaraStyle",
    "DesignatedProver",
    "Discriminatory",
    "DutchClock",
    "EIP1559",
    "EqualShare",
    "FirstPrice",
    "FirstPriceExchange",
    "FirstPriceFee",
    "GeneralizedSecondPrice",
    "KDoubleAuction",
    "KthPrice",
    "Lottery",
    "McAfee",
    "Optimal",
    "OrderBook",
    "PackageFirstPrice",
    "PostedFee",
    "PostedPrice",
    "PostedPriceExchange",
    "PrizeContest",
    "ProoflikeA",
    "ProoflikeC",
    "ProportionalMining",
    "RULES",
    "Race",
    "SecondLowestPair",
    "SecondPriceFee",
    "SecretReserve",
    "SplitAward",
    "TodaStyle",
    "Tullock",
    "TwoStepSubmission",
    "UndercutAuction",
    "UniformPrice",
    "VCGDoubleAuction",
    "Vickrey",
    "WeibullRace",
]

RULES: tuple[type[Mechanism], ...] = (
    FirstPrice,
    Vickrey,
    Optimal,
    PostedPrice,
    Race,
    CentralProver,
    Discriminatory,
    SplitAward,
    SecretReserve,
    UniformPrice,
    AllPay,
    KthPrice,
    KDoubleAuction,
    CoreSelecting,
    PackageFirstPrice,
    Tullock,
    WeibullRace,
    PrizeContest,
    GeneralizedSecondPrice,
    McAfee,
    ProoflikeA,
    ProoflikeC,
    FirstPriceFee,
    SecondPriceFee,
    BurningSecondPrice,
    EIP1559,
    PostedFee,
    VCGDoubleAuction,
    FirstPriceExchange,
    AverageFee,
    PostedPriceExchange,
    DaraStyle,
    OrderBook,
    DutchClock,
    CommitReveal,
    ProportionalMining,
    Lottery,
    EqualShare,
    TwoStepSubmission,
    CurvedShare,
    DesignatedProver,
    SecondLowestPair,
    UndercutAuction,
    TodaStyle,
)
"""Every rule that a spec may name."""

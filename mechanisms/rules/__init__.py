"""The catalogue of rules, one file each.

A line below registers a rule: laws, specs, market files and the tests of the whole catalogue take it from here.
"""

from __future__ import annotations

from mechanisms.mechanism import Mechanism
from mechanisms.rules.all_pay import AllPay as AllPay
from mechanisms.rules.average_fee import AverageFee as AverageFee
from mechanisms.rules.burning_second_price import BurningSecondPrice as BurningSecondPrice
from mechanisms.rules.central_prover import CentralProver as CentralProver
from mechanisms.rules.commit_reveal import CommitReveal as CommitReveal
from mechanisms.rules.core_selecting import CoreSelecting as CoreSelecting
from mechanisms.rules.curved_share import CurvedShare as CurvedShare
from mechanisms.rules.dara_style import DaraStyle as DaraStyle
from mechanisms.rules.designated_prover import DesignatedProver as DesignatedProver
from mechanisms.rules.discriminatory import Discriminatory as Discriminatory
from mechanisms.rules.dutch_clock import DutchClock as DutchClock
from mechanisms.rules.eip1559 import EIP1559 as EIP1559
from mechanisms.rules.equal_share import EqualShare as EqualShare
from mechanisms.rules.first_price import FirstPrice as FirstPrice
from mechanisms.rules.first_price_exchange import FirstPriceExchange as FirstPriceExchange
from mechanisms.rules.first_price_fee import FirstPriceFee as FirstPriceFee
from mechanisms.rules.generalized_second_price import GeneralizedSecondPrice as GeneralizedSecondPrice
from mechanisms.rules.k_double_auction import KDoubleAuction as KDoubleAuction
from mechanisms.rules.kth_price import KthPrice as KthPrice
from mechanisms.rules.lottery import Lottery as Lottery
from mechanisms.rules.mcafee import McAfee as McAfee
from mechanisms.rules.optimal import Optimal as Optimal
from mechanisms.rules.order_book import OrderBook as OrderBook
from mechanisms.rules.package_first_price import PackageFirstPrice as PackageFirstPrice
from mechanisms.rules.posted_fee import PostedFee as PostedFee
from mechanisms.rules.posted_price import PostedPrice as PostedPrice
from mechanisms.rules.posted_price_exchange import PostedPriceExchange as PostedPriceExchange
from mechanisms.rules.prize_contest import PrizeContest as PrizeContest
from mechanisms.rules.prooflike_a import ProoflikeA as ProoflikeA
from mechanisms.rules.prooflike_c import ProoflikeC as ProoflikeC
from mechanisms.rules.proportional_mining import ProportionalMining as ProportionalMining
from mechanisms.rules.race import Race as Race
from mechanisms.rules.second_lowest_pair import SecondLowestPair as SecondLowestPair
from mechanisms.rules.second_price_fee import SecondPriceFee as SecondPriceFee
from mechanisms.rules.secret_reserve import SecretReserve as SecretReserve
from mechanisms.rules.split_award import SplitAward as SplitAward
from mechanisms.rules.toda_style import TodaStyle as TodaStyle
from mechanisms.rules.tullock import Tullock as Tullock
from mechanisms.rules.two_step_submission import TwoStepSubmission as TwoStepSubmission
from mechanisms.rules.undercut_auction import UndercutAuction as UndercutAuction
from mechanisms.rules.uniform_price import UniformPrice as UniformPrice
from mechanisms.rules.vcg_double_auction import VCGDoubleAuction as VCGDoubleAuction
from mechanisms.rules.vickrey import Vickrey as Vickrey
from mechanisms.rules.war_of_attrition import WarOfAttrition as WarOfAttrition
from mechanisms.rules.weibull_race import WeibullRace as WeibullRace

RULES: tuple[type[Mechanism], ...] = tuple(
    rule
    for rule in tuple(vars().values())
    if isinstance(rule, type) and issubclass(rule, Mechanism) and rule is not Mechanism
)
"""Every rule that a spec may name: the imports above."""

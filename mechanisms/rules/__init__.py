"""The catalogue of rules, one file each."""

from __future__ import annotations

from mechanisms.mechanism import Mechanism
from mechanisms.rules.all_pay import AllPay
from mechanisms.rules.central_prover import CentralProver
from mechanisms.rules.core_selecting import CoreSelecting
from mechanisms.rules.discriminatory import Discriminatory
from mechanisms.rules.first_price import FirstPrice
from mechanisms.rules.k_double_auction import KDoubleAuction
from mechanisms.rules.kth_price import KthPrice
from mechanisms.rules.optimal import Optimal
from mechanisms.rules.package_first_price import PackageFirstPrice
from mechanisms.rules.posted_price import PostedPrice
from mechanisms.rules.prize_contest import PrizeContest
from mechanisms.rules.race import Race
from mechanisms.rules.secret_reserve import SecretReserve
from mechanisms.rules.split_award import SplitAward
from mechanisms.rules.tullock import Tullock
from mechanisms.rules.uniform_price import UniformPrice
from mechanisms.rules.vickrey import Vickrey
from mechanisms.rules.weibull_race import WeibullRace

__all__ = [
    "AllPay",
    "CentralProver",
    "CoreSelecting",
    "Discriminatory",
    "FirstPrice",
    "KDoubleAuction",
    "KthPrice",
    "Optimal",
    "PackageFirstPrice",
    "PostedPrice",
    "PrizeContest",
    "RULES",
    "Race",
    "SecretReserve",
    "SplitAward",
    "Tullock",
    "UniformPrice",
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
)
"""Every rule that a spec may name."""

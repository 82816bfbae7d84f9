"""The catalogue of rules, one file each."""

from __future__ import annotations

from mechanisms.mechanism import Mechanism
from mechanisms.rules.central_prover import CentralProver
from mechanisms.rules.first_price import FirstPrice
from mechanisms.rules.optimal import Optimal
from mechanisms.rules.posted_price import PostedPrice
from mechanisms.rules.prize_contest import PrizeContest
from mechanisms.rules.race import Race
from mechanisms.rules.tullock import Tullock
from mechanisms.rules.vickrey import Vickrey
from mechanisms.rules.weibull_race import WeibullRace

__all__ = [
    "RULES", "CentralProver", "FirstPrice", "Optimal", "PostedPrice", "PrizeContest", "Race", "Tullock", "Vickrey", "WeibullRace",
]  # fmt: skip

RULES: tuple[type[Mechanism], ...] = (
    FirstPrice, Vickrey, Optimal, PostedPrice, Race, CentralProver,
    Tullock, WeibullRace, PrizeContest,
)  # fmt: skip

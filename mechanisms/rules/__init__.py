"""The catalogue of rules, one file each."""

from __future__ import annotations

from mechanisms.mechanism import Mechanism
from mechanisms.rules.all_pay import AllPay
from mechanisms.rules.central_prover import CentralProver
from mechanisms.rules.discriminatory import Discriminatory
from mechanisms.rules.first_price import FirstPrice
from mechanisms.rules.kth_price import KthPrice
from mechanisms.rules.optimal import Optimal
from mechanisms.rules.posted_price import PostedPrice
from mechanisms.rules.race import Race
from mechanisms.rules.uniform_price import UniformPrice
from mechanisms.rules.vickrey import Vickrey

__all__ = [
    "RULES", "AllPay", "CentralProver", "Discriminatory", "FirstPrice", "KthPrice", "Optimal", "PostedPrice", "Race",
    "UniformPrice", "Vickrey",
]  # fmt: skip

RULES: tuple[type[Mechanism], ...] = (
    FirstPrice, Vickrey, Optimal, PostedPrice, Race, CentralProver,
    Discriminatory, UniformPrice, AllPay, KthPrice,
)  # fmt: skip

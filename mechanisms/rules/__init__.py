"""The catalogue of rules, one file each."""

from __future__ import annotations

from mechanisms.mechanism import Mechanism
from mechanisms.rules.central_prover import CentralProver
from mechanisms.rules.core_selecting import CoreSelecting
from mechanisms.rules.first_price import FirstPrice
from mechanisms.rules.k_double_auction import KDoubleAuction
from mechanisms.rules.optimal import Optimal
from mechanisms.rules.package_first_price import PackageFirstPrice
from mechanisms.rules.posted_price import PostedPrice
from mechanisms.rules.race import Race
from mechanisms.rules.vickrey import Vickrey

__all__ = [
    "RULES", "CentralProver", "CoreSelecting", "FirstPrice", "KDoubleAuction", "Optimal", "PackageFirstPrice", "PostedPrice",
    "Race", "Vickrey",
]  # fmt: skip

RULES: tuple[type[Mechanism], ...] = (
    FirstPrice, Vickrey, Optimal, PostedPrice, Race, CentralProver, KDoubleAuction, CoreSelecting, PackageFirstPrice,
)  # fmt: skip
"""Every rule of the catalogue; `mechanism_from_spec` reads these."""

r"""ZKPool: a price for work that rises when hash rate leaves, $3.5\,(M+1)/(h+0.001)$."""

from __future__ import annotations

from fractions import Fraction

from mechanisms.fee_controllers.hash_rate_price import HashRatePrice
from mechanisms.networks.records import Attack, Design, Network, Parameter, published

__all__ = ["ZKPOOL"]

_model = published("aoraki-labs/proof-market-price-model")
_RULE = HashRatePrice(weight=Fraction(1, 10))

ZKPOOL = Network(
    name="zkpool",
    title="ZKPool",
    summary="A posted price that a formula of the hash rate and its moving average sets.",
    designs=(
        Design(
            name="hash_rate_price",
            title="ZKPool price model",
            rule=(
                "The price is 3.5 times the moving average of the hash rate, plus 1, over the current hash rate, plus 0.001: "
                "it rises when provers leave and falls when they come back."
            ),
            controller=_RULE,
            parameters=(
                _model("scale", _RULE.scale),
                _model("added to the average", 1),
                _model("added to the current rate", _RULE.floor),
                Parameter(name="weight of the newest rate in the average", value=_RULE.weight, source="none: no source states it",
                          evidence="assumed"),
            ),
            attacks=(
                Attack("A pool that shows only part of its hash rate is paid more for each unit, and hardly less in all."),
                Attack("Hash rate that follows the price with an elasticity above a threshold swings without end."),
            ),
            levers=(
                "The average instead of the current rate in the denominator damps the price.",
                "A cap bounds the price when all leave: 3500 (M + 1) without one.",
            ),
        ),
    ),
    open_points=("There is no allocation rule in the model; how long the average runs is not stated.",),
)

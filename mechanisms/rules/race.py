r"""A race: everybody proves, the fastest is paid.

$$ \max_x \; -\sum_i c_i x_i \quad \text{s.t.} \quad \sum_i x_i = 1, \qquad t_i = P\,x_i, \qquad
   \text{utility}_i = P\,x_i - c_i . $$

On equal hardware cost is time, so the fastest is the prover of lowest cost. Entry is decided before costs are
known.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, Self, final

import numpy as np

from mechanisms._types import FloatArray
from mechanisms.errors import Refused
from mechanisms.markets import Market, Procurement
from mechanisms.ranked import RankedMechanism
from mechanisms.statement import AskingPrice, Number, Statement, lowest_cost

__all__ = ["Race"]

# A chance of being fastest below this is zero to rounding: no prize brings such a prover in.
LEAST_CHANCE = 1e-15


@final
@dataclass(frozen=True, slots=True)
class Race(RankedMechanism):
    """Every prover proves and bears its cost; the lowest reported cost, which is the fastest, is paid the
    prize.

    Arguments:
        prize: amount paid to the fastest, in money. None for the least prize at which every entrant breaks
            even in expectation (`prize_for`).

    Raises:
        InvalidInput: the prize is not a finite number.
        Refused: when evaluated in a sale, or with the default prize where some prover is never the fastest.

    Notes:
        Equal costs: the first in market order wins. An unlucky racer loses its cost: only the expectation
        breaks even.

    Example:
        >>> from mechanisms import Procurement, Race, Uniform
        >>> market = Procurement({"alice": Uniform(0, 1), "bob": Uniform(0, 1)})
        >>> round(Race().prize_for(market), 12)
        1.0
    """

    kind = "race"

    prize: float | Fraction | None = None

    def __post_init__(self) -> None:
        self._check_amount("prize", optional=True)

    def statement(self, market: Procurement, number: Number = float) -> Statement:
        provers = len(market.labels)
        prize = number(self.prize_for(market))

        def paid(cost: Any) -> Any:
            return prize

        return Statement(
            score=(lowest_cost,) * provers,
            outside=None,
            payment=AskingPrice((paid,) * provers),
            everyone_proves=True,
        )

    def mirrored(self) -> Self:
        raise Refused("a race has no mirror image in a sale: nobody proves there. Use a Procurement.")

    def prize_for(self, market: Market) -> float | Fraction:
        r"""The prize in this market: the one given, or $\max_i E[c_i] / P(i \text{ fastest})$.

        Raises:
            Refused: in a sale, or where a prover's chance of being fastest is zero to 1e-15; the prover is
            named.
        """
        if market.sign < 0:
            self.mirrored()
        if self.prize is not None:
            return self.prize
        chances = dict(zip(market.labels, chances_of_lowest(market.as_procurement()), strict=True))
        for label, chance in chances.items():
            if chance < LEAST_CHANCE:
                raise Refused(
                    f"no prize brings {label!r} into the race: its chance of being fastest is {chance:.1e}, "
                    f"zero to rounding. Leave {label!r} out of the market, or pass prize=."
                )
        return max(market.prior(label).mean() / chance for label, chance in chances.items())


@lru_cache(maxsize=64)  # every outcome asks for the prize of its market again
def chances_of_lowest(market: Procurement) -> tuple[float, ...]:
    r"""$P(c_i < c_j \; \forall j \ne i) = \int_0^1 \prod_{j \ne i} (1 - F_j(Q_i(u)))\,du$ by prover.

    Tanh-sinh quadrature between the images of all knots, so that every piece is analytic inside; absolute
    error about 1e-14.
    """
    from scipy.integrate import tanhsinh

    chances = []
    knots = sorted({x for cost in market.costs for x in cost.knots})
    for i, own in enumerate(market.costs):
        rivals = [cost for j, cost in enumerate(market.costs) if j != i]
        least_top = min((cost.support[1] for cost in rivals), default=own.support[1])

        def all_slower(u: FloatArray, own: Any = own, rivals: Any = rivals) -> FloatArray:
            cost = own.quantile(np.clip(u, 0.0, 1.0))
            slower = [rival.survival(cost) for rival in rivals]
            return np.asarray(np.prod(slower, axis=0) * np.ones_like(cost))

        ends = np.unique(own.cdf([x for x in knots if x <= least_top]))
        if len(ends) < 2:
            chances.append(0.0)
            continue
        pieces = tanhsinh(all_slower, ends[:-1], ends[1:], atol=1e-17, rtol=1e-14)
        chances.append(float(np.sum(pieces.integral)))
    return tuple(chances)

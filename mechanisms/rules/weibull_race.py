r"""A race against random completion times: the first proof wins, and speed is bought.

With the speed $e_i$ the time to a proof is Weibull of shape $k$ and scale $1/e_i$, $P(T_i>t)=\exp(-(e_it)^k)$, and times are
independent. Then

$$ P(T_i<T_j\ \forall j\ne i)=\int_0^\infty k\,e_i^k t^{k-1}\exp\Bigl(-t^k\sum_j e_j^k\Bigr)dt=\frac{e_i^k}{\sum_je_j^k}, $$

so the race *is* Tullock's contest with $\alpha=k$. With $k=1$ times are exponential: search without memory, as in mining.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Self, final

from mechanisms.distributions.parameters import positive
from mechanisms.effort_contest import EffortContest

__all__ = ["WeibullRace"]


@final
@dataclass(frozen=True, slots=True)
class WeibullRace(EffortContest):
    """The prize of a `Contest` goes to the first proof; proving times are Weibull, scaled by the speeds that contestants buy.

    Arguments:
        shape: how much proving times concentrate: 1 for exponential times, large for nearly certain ones.

    Raises:
        InvalidInput: the shape is not positive.
        Refused: when evaluated in a market that is not a `Contest`.

    Notes:
        The cost of a contest is per unit of speed, paid in advance by winner and losers (machines are hired for the
        request). In a `Contest` with known costs and `speeds` machines are given: a cost is that of one race, borne by
        whoever races (effort 1).

    Example:
        >>> from mechanisms import Contest, Uniform, WeibullRace
        >>> market = Contest(prize=1, costs={"alice": Uniform(1, 2), "bob": Uniform(1, 2)})
        >>> WeibullRace(shape=1).outcome(market, {"alice": 1, "bob": 3}).allocation["bob"]
        Fraction(3, 4)
    """

    kind = "weibull_race"
    speeds_may_be_given: ClassVar[bool] = True

    shape: float | Fraction

    def __post_init__(self) -> None:
        self._check_positive("shape")

    @classmethod
    def from_spread(cls, sigma: float) -> Self:
        r"""The race of times whose logarithm has the standard deviation `sigma`: $k=\pi/(\sqrt6\,\sigma)$.

        The logarithm of a Weibull time is minus a Gumbel variable over the shape, and that has the variance $\pi^2/6$.

        Example:
            >>> round(WeibullRace.from_spread(0.303).shape, 2), round(WeibullRace.from_spread(0.218).shape, 2)
            (4.23, 5.88)
        """
        return cls(math.pi / (math.sqrt(6.0) * positive(sigma, "sigma")))

    @property
    def exponent(self) -> float | Fraction:
        return self.shape

    @property
    def refund(self) -> float | Fraction:
        return 0.0

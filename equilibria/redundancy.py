r"""How many copies of a proof meet a deadline, and what they cost in prover-seconds.

Times are log-normal and independent, $P(T>t)=S(t)=\tfrac12\operatorname{erfc}\frac{\ln t-\mu}{\sigma\sqrt2}$; the others
stop at the first proof. With $m$ copies from the start

$$ P(\text{late})=S(D)^m, \qquad E[\text{prover-seconds}]=m\int_0^\infty S(t)^m\,dt, $$

and with a second copy that starts at $h$ if there is no proof by then

$$ P(\text{late})=S(D)\,S(D-h), \qquad E[\text{prover-seconds}]=\int_0^hS(t)\,dt+2\int_0^\infty S(t+h)\,S(t)\,dt . $$

The integrals are enclosed by ball arithmetic in $u=\ln t$, where the integrands are analytic; both tails are bounded.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from mechanisms import Enclosure, InvalidInput
from mechanisms.distributions.parameters import positive

__all__ = ["LogNormalTimes"]

FIRST = -60.0
"""Logarithm of a time so small that it counts as a bound of what is before it."""

MOST = 1 << 20
"""Copies beyond which none are counted."""

DEVIATIONS = 14.0
"""Standard deviations of the logarithm up to which the integrals go."""


@dataclass(frozen=True, slots=True)
class LogNormalTimes:
    """Proving times whose logarithm is normal.

    Arguments:
        mu: mean of the logarithm of seconds.
        sigma: its standard deviation, positive.

    Raises:
        InvalidInput: sigma is not positive.

    Notes:
        Milliseconds to tens of milliseconds a number.

    Example:
        >>> times = LogNormalTimes.from_mean_and_quantile(7, 0.95, 11)
        >>> round(times.in_time(12).midpoint, 4), round(times.in_time(12, copies=2).midpoint, 4)
        (0.9733, 0.9993)
    """

    mu: float
    sigma: float

    def __post_init__(self) -> None:
        positive(self.sigma, "sigma")

    @classmethod
    def from_mean_and_quantile(cls, mean: float, level: float, quantile: float) -> Self:
        r"""The law with this mean and this quantile: the smaller root of $\sigma^2/2-z\sigma+\ln(q/m)=0$.

        Raises:
            InvalidInput: no log-normal law has both.
        """
        from scipy.special import ndtri

        m, q = positive(mean, "mean"), positive(quantile, "quantile")
        if not 0.5 < level < 1.0 or q <= m:
            raise InvalidInput(
                f"quantile must be above the mean at a level in (1/2, 1); got {quantile!r} at {level!r} with mean {mean!r}."
            )
        z = float(ndtri(level))
        if z * z < 2.0 * math.log(q / m):
            most = m * math.exp(z * z / 2.0)
            raise InvalidInput(f"quantile must be at most {most:.6g} for a log-normal law of this mean; got {q!r}.")
        sigma = z - math.sqrt(z * z - 2.0 * math.log(q / m))
        return cls(math.log(m) - sigma**2 / 2.0, sigma)

    @property
    def race_shape(self) -> float:
        r"""The shape of the Weibull law whose logarithm spreads as much, $\pi/(\sqrt6\,\sigma)$: the exponent of a race."""
        return math.pi / (math.sqrt(6.0) * self.sigma)

    def in_time(self, deadline: float, *, copies: int = 1, hedge: float | None = None) -> Enclosure:
        """The probability of a proof by the deadline, in seconds.

        Arguments:
            deadline: positive.
            copies: proofs made at once, at least 1.
            hedge: seconds after which a second copy starts; None for none. Not together with copies.
        """
        limit, start = positive(deadline, "deadline"), _terms(copies, hedge)

        def value(arb: Any) -> Any:
            late = self._late(arb(limit).log(), arb)
            if start is None:
                return 1 - late**copies
            return 1 - late * (self._late(arb(limit - start).log(), arb) if limit > start else 1)

        return _ball(value)

    def copies_for(self, deadline: float, target: float) -> int:
        r"""The least number of copies with $1-S(D)^m$ at least the target.

        Arguments:
            deadline: positive.
            target: in (0, 1).

        Raises:
            InvalidInput: the target is out of its range, or more than a million copies are needed.

        Example:
            >>> LogNormalTimes.from_mean_and_quantile(7, 0.95, 11).copies_for(10, 0.999)
            3
        """
        if not 0.0 < target < 1.0:
            raise InvalidInput(f"target must lie in (0, 1); got {target!r}. No number of copies is certain.")
        low, high = 0, 1
        while self.in_time(deadline, copies=high).lower < target:
            low, high = high, 2 * high
            if high > MOST:
                raise InvalidInput(f"deadline must leave a chance that {MOST} copies use; got {deadline!r}. Allow more time.")
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self.in_time(deadline, copies=middle).lower >= target else (middle, high)
        return high

    def prover_seconds(self, *, copies: int = 1, hedge: float | None = None) -> Enclosure:
        """Expected seconds that all provers together work until the first proof; arguments as in `in_time`."""
        from flint import acb

        start = _terms(copies, hedge)
        last = self.mu + DEVIATIONS * self.sigma

        def late(u: Any) -> Any:
            return ((u - self.mu) / (acb(2).sqrt() * self.sigma)).erfc() / 2

        def value(arb: Any) -> Any:
            mean = (arb(self.mu) + arb(self.sigma) ** 2 / 2).exp()
            tails = arb(0).union(arb(FIRST).exp() + mean * ((arb(DEVIATIONS) - self.sigma) / arb(2).sqrt()).erfc() / 2)
            if start is None:
                whole = acb.integral(lambda u, _: late(u) ** copies * u.exp(), acb(FIRST), acb(last)).real
                return copies * (whole + tails)
            first = acb.integral(lambda u, _: late(u) * u.exp(), acb(FIRST), acb(start).log()).real + tails
            both = acb.integral(
                lambda u, analytic: late((u.exp() + start).log(analytic=analytic)) * late(u) * u.exp(), acb(FIRST), acb(last)
            )
            return first + 2 * (both.real + tails)

        return _ball(value)

    def _late(self, logarithm: Any, arb: Any) -> Any:
        return ((logarithm - self.mu) / (arb(2).sqrt() * self.sigma)).erfc() / 2


def _terms(copies: int, hedge: float | None) -> float | None:
    if isinstance(copies, bool) or not isinstance(copies, int) or copies < 1:
        raise InvalidInput(f"copies must be a whole number of at least 1; got {copies!r}.")
    if hedge is None:
        return None
    if copies != 1:
        raise InvalidInput(f"hedge must be left out with several copies; got {hedge!r} and {copies}. A hedge is the second copy.")
    return positive(hedge, "hedge")


def _ball(value: Callable[[Any], Any]) -> Enclosure:
    from flint import arb, ctx

    precision = ctx.prec
    ctx.prec = 96
    try:
        found = value(arb)
        return Enclosure(math.nextafter(float(found.lower()), -math.inf), math.nextafter(float(found.upper()), math.inf))
    finally:
        ctx.prec = precision

"""The beta law in ball arithmetic."""

from __future__ import annotations

from flint import arb, arb_series, ctx

from equilibria.checking.powers import power, power_bound
from equilibria.checking.priors import Prior, hull

LARGE = 30
"""Parameters of a beta law from which on its cdf is a series."""

MOST_TERMS = 800
"""Of that series."""


class BetaPrior(Prior):
    """Density proportional to `u^(a-1) (1-u)^(b-1)` in `u = (x - low)/(high - low)`."""

    def __init__(self, a: float, b: float, low: float, high: float) -> None:
        self.knots = [low, high]
        self._a, self._b, self._width = arb(a), arb(b), arb(high) - arb(low)
        self._whole = arb(1).beta_lower(self._a, self._b)
        self._scale = 1 / (self._whole * self._width)

    def below(self, x: arb) -> arb:
        return self._lower_tail(x) if x - self.low <= self.high - x else 1 - self._upper_tail(x)

    def above(self, x: arb) -> arb:
        return self._upper_tail(x) if x - self.low > self.high - x else 1 - self._lower_tail(x)

    def _lower_tail(self, x: arb) -> arb:
        return self._share((x - self.low) / self._width, self._a, self._b)

    def _upper_tail(self, x: arb) -> arb:
        return self._share((self.high - x) / self._width, self._b, self._a)

    def _share(self, u: arb, a: arb, b: arb) -> arb:
        """The regularised incomplete beta function; for large parameters, at which the library takes 20 ms, by a series."""
        if a >= LARGE and b >= LARGE:
            near = u <= (a + 1) / (a + b + 2)
            found = _beta_series(u, a, b) if near else _beta_series(1 - u, b, a)
            if found is not None:
                share = found / self._whole
                return share if near else 1 - share
        return u.beta_lower(a, b, True)

    def density_on_piece(self, x: arb_series, inside: float) -> arb_series:
        u, v = (x - self.low) / self._width, (self.high - x) / self._width
        return power(u, self._a - 1) * power(v, self._b - 1) * self._scale

    def bound_on_piece(self, centre: arb, distance: arb, inside: float) -> arb:
        u, v, reach = (centre - self.low) / self._width, (self.high - centre) / self._width, distance / self._width
        return power_bound(u, reach, self._a - 1) * power_bound(v, reach, self._b - 1) * self._scale


def _beta_series(x: arb, a: arb, b: arb) -> arb | None:
    r"""$\int_0^xt^{a-1}(1-t)^{b-1}dt=\frac{x^a(1-x)^b}a\sum_k\frac{(a+b)_k}{(a+1)_k}x^k$ (DLMF 8.17.8); None if it is too slow.

    Terms are positive, and their ratio $x(a+b+k)/(a+1+k)$ falls to x for $b>1$: what is left is at most a geometric series.
    """
    if not 0 < x < 1:
        return None
    term = total = arb(1)
    precision = arb(2) ** -(ctx.prec + 8)
    for k in range(MOST_TERMS):
        term = term * x * (a + b + k) / (a + 1 + k)
        total = total + term
        ratio = x * (a + b + k + 1) / (a + k + 2)
        if k % 8 == 7 and ratio < 1:
            rest = term * ratio / (1 - ratio)
            if rest < precision * total:
                return x**a * (1 - x) ** b / a * (total + hull(arb(0), rest))
    return None

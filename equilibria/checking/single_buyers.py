r"""One buyer of a single item in a package sale: its strategy, the law of its bid, and integrals of that law.

The strategy is held by its inverse $\varphi$, so that bids have the law $H=F\circ\varphi$. What the rival's utility and the
revenue need are running integrals over the cells of the bids: of $1-H$, of $2b(1-H)$ and of $b\,\varphi\,dH$.
"""

from __future__ import annotations

from flint import arb, arb_series

from equilibria.checking.inverse_bids import LENGTH, InverseBid, cdf_series, crosses
from equilibria.checking.priors import Prior, hull
from equilibria.checking.taylor import cell_ball, exact_middle, integral, integrate_model, middle

WIDTH = 1e-13
"""Width of an integral over one cell, as a share of the range of bids squared, that is not worth refining."""


class SingleBuyer:
    """One buyer of a single item: its strategy, and what its rival needs of the law of its bid."""

    def __init__(self, strategy: InverseBid) -> None:
        self.strategy = strategy
        self.prior = strategy.prior
        self.top = strategy.bids[strategy.cells]
        self.below: dict[float, arb] = {0.0: arb(0)}
        self.mean = self.square = self.product = arb(0)

    def types(self, cell: int, left: float, right: float, x: arb, whole: bool) -> arb_series:
        """The inverse around `x`; on the whole of a part of a cell, its first coefficient is tight."""
        series = self.strategy.expand(cell, x)
        if not whole:
            return series
        return arb_series([hull(self.strategy.at(cell, left), self.strategy.at(cell, right)), *series.coeffs()[1:]])

    def survival(self, cell: int, left: float, right: float, x: arb, whole: bool) -> tuple[arb_series, arb_series]:
        """The probability of bidding more, and the density of the bid, around `x`."""
        last = self.strategy.at(cell, right)
        if last <= self.prior.low:
            return arb_series([arb(1)]), arb_series([arb(0)])
        types = self.types(cell, left, right, x, whole)
        inside = float(self.strategy.at(cell, middle(left, right)[0]).mid())
        law = cdf_series(self.prior, types, self.prior.cdf(types[0]), inside)
        return 1 - law, law.derivative()

    def smooth(self, cell: int, left: float, right: float) -> tuple[arb, arb, arb] | None:
        """Integrals of the survival, of twice the bid times it, and of bid, type and density; None where too wide."""
        first, last = self.strategy.at(cell, left), self.strategy.at(cell, right)
        if crosses(self.prior, first, last):
            return None
        if not left < middle(left, right)[0] < right:
            return None
        exact, radius = exact_middle(left, right)
        models = []
        try:
            for x, whole in ((exact, False), (cell_ball(left, right), True)):
                more, density = self.survival(cell, left, right, x, whole)
                b = arb_series([x, 1])
                models.append((more, 2 * b * more, b * self.types(cell, left, right, x, whole) * density))
        except (ValueError, ZeroDivisionError):  # a density that has no series on the cell
            return None
        values = [integrate_model(p, w, radius, LENGTH - 2) for p, w in zip(*models, strict=True)]
        limit = WIDTH * self.top * (arb(right) - left)
        if not all(value.is_finite() and value.rad() <= limit for value in values):
            return None
        return values[0], values[1], values[2]

    def rough(self, cell: int, left: float, right: float) -> tuple[arb, arb, arb]:
        """The same from monotone laws alone."""
        first, last = self.strategy.at(cell, left), self.strategy.at(cell, right)
        low, high = self.prior.cdf(first), self.prior.cdf(last)
        width, b = arb(right) - left, cell_ball(left, right)
        more = hull(1 - low, 1 - high)
        inside = hull(first.max(arb(self.prior.low)), last.max(arb(self.prior.low)))
        return more * width, 2 * b * more * width, b * inside * (high - low)

    def add(self, right: float, left: float, amounts: tuple[arb, arb, arb]) -> None:
        """Extend the running integrals to the next point."""
        self.mean += amounts[0]
        self.square += amounts[1]
        self.product += amounts[2]
        self.below[right] = self.mean


def mean_value(prior: Prior) -> arb:
    """An enclosure of the expected value."""

    def series(x: arb, inside: float) -> arb_series:
        try:
            return 1 - cdf_series(prior, arb_series([x, 1]), prior.cdf(x), inside)
        except (ValueError, ZeroDivisionError):
            return arb_series([arb("nan")])

    def bound(left: float, right: float) -> arb:
        return prior.survival(cell_ball(left, right))

    return prior.low + integral(series, bound, prior.knots, 1e-14 * (prior.high - prior.low))

r"""Certify a $k$-th price among equal provers: the lowest bid wins and is paid the $k$-th lowest, $k\ge3$.

Notation and bound are those of `symmetric_bids`; here a prover that bids like $c'$ wins with $X=S^{n-1}$, and is paid the
$(k-1)$-th lowest of the other bids, or the reserve $\bar b$ where fewer were accepted. With the iterated integrals

$$ I_0=\beta S^{n-k},\qquad I_j'=-fI_{j-1},\qquad I_j(a)=0\ \text{(but }(n-2)I_1(a)=\bar b\,S(a)^{n-2}\text{ for }k=3), $$

the density of the $(k-1)$-th lowest of $n-1$ costs, with the lowest above $c'$, gives $T=(n-1)\kappa I_{k-1}$ with
$\kappa=(n-2)!/(n-k)!$, plus for $k=3$ a term with the same derivative rule. Hence the residual is

$$ r=T'-tX'=(n-1)\,f\,\bigl(tS^{n-2}-\kappa I_{k-2}\bigr). $$

A bid below $\beta(\ell)$ always wins, as $\beta(\ell)$ does, at the same price. A bid above $\beta(a)$ wins and is paid exactly
like $\beta(a)$: nobody bids there. So $G=0$, and $T(a)=\bar bX(a)$. With $k\ge4$ a binding reserve is refused: the derivatives
of $cS^{n-2}$ and of what the reserve pays cannot agree at $a$, and no increasing strategy has a small residual.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import comb, factorial

from flint import arb, arb_series

from equilibria.checking.bounds import Bounds
from equilibria.checking.cell_strategies import CellStrategy, read_cells
from equilibria.checking.document import Rejected, field, integer, mapping
from equilibria.checking.priors import Prior, hull
from equilibria.checking.symmetric_bids import NEGLIGIBLE, ORDER, SUBDIVISIONS, long_series, part_of
from equilibria.checking.symmetric_odds import power_of
from equilibria.checking.taylor import cell_ball, integrate_model, middle


class _Chain:
    """Parts from the top down, with the iterated integrals at the lower end of what is done."""

    def __init__(self, prior: Prior, strategy: CellStrategy, n: int, k: int, start: arb) -> None:
        self.prior, self.strategy, self.n, self.k = prior, strategy, n, k
        self.kappa = factorial(n - 2) // factorial(n - k)
        self.running = [start, *(arb(0) for _ in range(k - 3))]
        self.rising, self.falling, self.payment, self.cost = arb(0), arb(0), arb(0), arb(0)
        self.extent = prior.high - prior.low
        self.scale = max(abs(prior.low), abs(prior.high), self.extent)
        self._left = SUBDIVISIONS * (len(strategy.ends) + len(prior.knots))

    def part(self, cell: int, left: float, right: float) -> None:
        """Add a part of a cell on which the density is analytic."""
        self._left -= 1
        if self._left < 0:
            raise Rejected(f"no bound within {SUBDIVISIONS} parts a cell; stopped near the type {left!r}")
        centre, _ = middle(left, right)
        tiny = not left < centre < right
        if not tiny and self._model(cell, left, right, centre):
            return
        if self._plain(cell, left, right, required=tiny):
            return
        self.part(cell, centre, right)
        self.part(cell, left, centre)

    def _model(self, cell: int, left: float, right: float, centre: float) -> bool:
        x, radius, ball = (arb(left) + right) / 2, (arb(right) - left) / 2, cell_ball(left, right)
        point_bid, whole_bid = self.strategy.expand(cell, x), self.strategy.expand(cell, ball)
        if not self.strategy.increases(cell, left, right, point_bid.derivative(), radius):
            raise Rejected(f"the strategy is not certain to increase between {left!r} and {right!r}")
        try:
            levels = (self.prior.below(x), hull(self.prior.cdf(left), self.prior.cdf(right)))
            bids = (arb_series(point_bid), arb_series(whole_bid))
            costs = [arb_series([x, 1]), arb_series([ball, 1])]
            densities = [self.prior.density(cost, centre) for cost in costs]
            cdfs = [density.integral() + level for density, level in zip(densities, levels, strict=True)]
        except (ValueError, ZeroDivisionError):  # a density that may vanish, or have no series, on the part
            return False
        survivals = [1 - cdf for cdf in cdfs]
        powers = [power_of(survival, self.n - self.k) for survival in survivals]
        inner = [bid * power for bid, power in zip(bids, powers, strict=True)]
        ahead, behind, below = arb(right) - x, arb(left) - x, list[arb]()
        for above in self.running:
            falls = [-(density * series).integral() for density, series in zip(densities, inner, strict=True)]
            rest = falls[1][ORDER - 1]
            at_centre = above - _value(falls[0], rest, ahead)
            below.append(at_centre + _value(falls[0], rest, behind))
            everywhere = at_centre + _value(falls[0], rest, (-radius).union(radius))
            inner = [falls[0] + at_centre, falls[1] + everywhere]
        residuals, paid, spent = [], [], []
        for i, cost in enumerate(costs):
            common = powers[i] * power_of(survivals[i], self.k - 2)
            residuals.append((self.n - 1) * densities[i] * (cost * common - inner[i] * self.kappa))
            share = power_of(cdfs[i], self.k - 1) * comb(self.n - 1, self.k - 1)
            paid.append(bids[i] * densities[i] * (share * powers[i]))
            spent.append(cost * densities[i] * (common * survivals[i]))
        payment, spending = (integrate_model(s[0], s[1], radius, ORDER - 1) for s in (paid, spent))
        up, down, rest = part_of(residuals[0], residuals[1], radius)
        if not (up.is_finite() and payment.is_finite() and spending.is_finite() and all(x.is_finite() for x in below)):
            return False
        if not rest < NEGLIGIBLE * self.extent + 0.25 * up.max(down) or max(payment.rad(), spending.rad()) > 1e-13 * self.scale:
            return False
        self._add(up, down, payment, spending, below)
        return True

    def _plain(self, cell: int, left: float, right: float, *, required: bool) -> bool:
        ball = cell_ball(left, right)
        if not self.strategy.straight[cell]:
            x, radius = (arb(left) + right) / 2, (arb(right) - left) / 2
            if not self.strategy.increases(cell, left, right, self.strategy.expand(cell, x).derivative(), radius):
                raise Rejected(f"the strategy is not certain to increase between {left!r} and {right!r}")
        bid = hull(*(self.strategy.expand(cell, arb(x))[0] for x in (left, right)))
        cdf = hull(self.prior.cdf(left), self.prior.cdf(right))
        survival, mass = 1 - cdf, self.prior.cdf(right) - self.prior.cdf(left)
        inner, below = bid * survival ** (self.n - self.k), list[arb]()
        for above in self.running:
            below.append(above + mass * inner)
            inner = hull(above, below[-1]) + mass * (inner - inner)
        bound = abs((self.n - 1) * mass * (ball * survival ** (self.n - 2) - self.kappa * inner)).upper()
        share = cdf ** (self.k - 1) * survival ** (self.n - self.k) * comb(self.n - 1, self.k - 1)
        payment, spending = bid * share * mass, ball * survival ** (self.n - 1) * mass
        wide = max(payment.rad(), spending.rad(), *(x.rad() for x in below)) > 1e-13 * self.scale
        if not required and (wide or not bound < 20 * NEGLIGIBLE * self.extent):
            return False
        self._add(arb(bound), arb(bound), payment, spending, below)
        return True

    def _add(self, up: arb, down: arb, payment: arb, cost: arb, running: list[arb]) -> None:
        self.rising += up
        self.falling += down
        self.payment += payment
        self.cost += cost
        self.running = running


def _value(series: arb_series, rest: arb, t: arb) -> arb:
    """A Taylor model at a point, or over a ball, of its cell."""
    total = rest
    for k in range(ORDER - 2, -1, -1):
        total = total * t + series[k]
    return total


def certify_kth_price(
    prior: Prior, n: int, k: int, limit: float | None, node: object, progress: Callable[[float], None] | None = None
) -> Bounds:
    """Bounds for a stated symmetric strategy.

    Args:
        prior: the law of every cost.
        n: provers.
        k: the rank of the bid that is the price, from 3 to `n`.
        limit: the highest bid that is accepted, or None.
        node: the `equilibrium` object of a certificate.
        progress: called with the share of the cells done.

    Raises:
        Rejected: the strategy breaks a hypothesis of the bound; the message says which.
    """
    if not 3 <= k <= n:
        raise Rejected(f"the rank of the price must lie between 3 and the number of provers, {n}; got {k}")
    for left, right in prior.gaps():
        raise Rejected(f"there may be no mass between {left!r} and {right!r}; the bound needs a density there")
    strategy = read_cells(node, "equilibrium")
    ends, reach = strategy.ends, strategy.ends[-1]
    if ends[0] != prior.low or reach > prior.high:
        raise Rejected(f"equilibrium.ends must start at {prior.low!r} and end at most at {prior.high!r}")
    if reach < prior.high and (limit is None or k > 3):
        raise Rejected(f"equilibrium.ends must end at {prior.high!r}: every type takes part, or the price is the third")
    if limit is not None and strategy.values[-1] > limit:
        raise Rejected(f"the highest bid {strategy.values[-1]!r} is not accepted: the limit is {limit!r}")
    cdf = prior.cdf(reach)
    survival, edge = 1 - cdf, arb(0)
    start, extra = arb(0), arb(0)
    if limit is not None and reach < prior.high:
        start = limit * survival ** (n - 2) / (n - 2)
        extra = limit * sum((comb(n, j) * cdf**j * survival ** (n - j) for j in range(1, k)), arb(0))
        edge = abs(arb(limit) - reach) * survival ** (n - 1)
    with long_series():
        work = _Chain(prior, strategy, n, k, start)
        for cell in range(len(ends) - 2, -1, -1):
            left, right = ends[cell], ends[cell + 1]
            cuts = [left, *(x for x in prior.knots if left < x < right), right]
            for place in range(len(cuts) - 2, -1, -1):
                work.part(cell, cuts[place], cuts[place + 1])
            if progress is not None and cell % 16 == 0:
                progress(1 - cell / len(ends))
    return Bounds(
        gain=work.rising.max(work.falling) + edge,
        payment=n * work.payment + extra,
        resource_cost=n * work.cost,
        redundant=arb(0),
        no_award=prior.survival(reach) ** n,
    )


def rank(tree: Mapping[str, object]) -> int:
    """The rank of the price that a certificate's mechanism states."""
    mechanism = mapping(tree["mechanism"], "mechanism")
    return integer(field(mechanism, "k", "mechanism"), "mechanism.k")

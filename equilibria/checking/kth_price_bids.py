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

from flint import arb, arb_poly, arb_series, ctx

from equilibria.checking.bounds import Bounds
from equilibria.checking.cell_strategies import CellStrategy, read_cells
from equilibria.checking.disc_tails import Disc, Tails, area, around_zero, fitting, moduli, short_numbers, sure
from equilibria.checking.document import Rejected, field, integer, mapping
from equilibria.checking.priors import Prior, hull
from equilibria.checking.symmetric_bids import FLAT, NEGLIGIBLE, SLIGHT, SUBDIVISIONS, Range
from equilibria.checking.symmetric_odds import power_of
from equilibria.checking.taylor import cell_ball


class _Chain:
    """Parts from the top down, with the iterated integrals at the lower end of what is done."""

    def __init__(self, prior: Prior, strategy: CellStrategy, n: int, k: int, start: arb) -> None:
        self.prior, self.strategy, self.n, self.k = prior, strategy, n, k
        self.kappa, self.ways = factorial(n - 2) // factorial(n - k), comb(n - 1, k - 1)
        self.running = [start, *(arb(0) for _ in range(k - 3))]
        self.range, self.payment, self.cost = Range(), arb(0), arb(0)
        self.extent = prior.high - prior.low
        self.scale = max(abs(prior.low), abs(prior.high), self.extent)
        self._left = SUBDIVISIONS * (len(strategy.ends) + len(prior.knots))

    def part(self, cell: int, left: float, right: float) -> None:
        """Add a part of a cell on which the density is analytic."""
        self._left -= 1
        if self._left < 0:
            raise Rejected(f"no bound within {SUBDIVISIONS} parts a cell; stopped near the type {left!r}")
        centre = left + 0.5 * (right - left)
        tiny = not left < centre < right
        if not tiny and self._series(self.strategy.around(cell, left, right), left, right, centre):
            return
        if self._plain(cell, left, right, required=tiny):
            return
        self.part(cell, centre, right)
        self.part(cell, left, centre)

    def _series(self, bid: arb_poly, left: float, right: float, inside: float) -> bool:
        """Enclose everything by power series; False where too many terms would be needed."""
        middle, radius = (arb(left) + right) / 2, (arb(right) - left) / 2
        level, asking, n, k = self.prior.below(middle), moduli(bid), self.n, self.k

        def largest(disc: Disc) -> list[arb]:
            """Of what is integrated once more, in turn, of R, and of what is paid and spent."""
            asked, power = asking(arb(disc.ratio)), disc.above ** (n - k)
            bounds, inner = list[arb](), asked * power
            for above in self.running:
                bounds.append(disc.density * inner)
                inner = abs(above) + (1 + disc.ratio) * bounds[-1]
            cost, common = abs(middle) + radius * disc.ratio, power * disc.above ** (k - 2)
            bounds.append(disc.ratio * (n - 1) * disc.density * (cost * common + inner * self.kappa))
            bounds.append(asked * disc.density * (disc.below ** (k - 1) * power * self.ways))
            bounds.append(cost * disc.density * (common * disc.above))
            return bounds

        small, slight = NEGLIGIBLE * self.extent, SLIGHT * self.scale
        aims = [*(small / ((n - 1) * self.kappa) for _ in self.running), small, slight, slight]
        tails = fitting(self.prior, middle, radius, inside, level, largest, aims)
        if tails is None:
            return False
        ctx.cap = tails.terms
        try:
            self._add(tails, (middle, radius, inside), level, arb_series(bid))
        except (ValueError, ZeroDivisionError):  # a density that may vanish, or have no series, on the part
            return False
        return True

    def _add(self, tails: Tails, part: tuple[arb, arb, float], level: arb, bid: arb_series) -> None:
        """Add the series of a part."""
        middle, radius, inside = part
        cost, terms, errors = arb_series([middle, radius]), tails.terms, tails.errors
        density = self.prior.density(cost, inside) * radius
        cdf = density.integral() + level
        survival = 1 - cdf
        power = power_of(survival, self.n - self.k)
        inner, below = bid * power, list[arb]()
        paid = density * inner
        for k, (above, error) in enumerate(zip(self.running, errors, strict=False)):
            lost = arb_poly(sure(density * inner if k else paid, terms).coeffs()).integral()
            at_centre, off = above + lost(arb(1)), around_zero(error)
            below.append(at_centre - lost(arb(-1)) + 2 * off)
            inner = (at_centre + off) - arb_series(lost)
        chosen = cost * (density * power * power_of(survival, self.k - 2))
        rises = ((chosen - density * inner * self.kappa) * (self.n - 1)).integral()
        paid, spent = paid * power_of(cdf, self.k - 1) * self.ways, chosen * survival
        ctx.cap = terms + 1  # which integrals have
        payment, spending = area(paid, terms, errors[-2]), area(spent, terms, errors[-1])
        self.range.add_series(rises, terms, errors[-3])
        self._keep(payment, spending, below)

    def _plain(self, cell: int, left: float, right: float, *, required: bool) -> bool:
        ball, bid = cell_ball(left, right), hull(self.strategy.at(cell, left), self.strategy.at(cell, right))
        cdf = hull(self.prior.cdf(left), self.prior.cdf(right))
        survival, mass = 1 - cdf, self.prior.cdf(right) - self.prior.cdf(left)
        inner, below = bid * survival ** (self.n - self.k), list[arb]()
        for above in self.running:
            below.append(above + mass * inner)
            inner = hull(above, below[-1]) + mass * (inner - inner)
        rise = (self.n - 1) * mass * (ball * survival ** (self.n - 2) - self.kappa * inner)
        share = cdf ** (self.k - 1) * survival ** (self.n - self.k) * self.ways
        payment, spending = bid * share * mass, ball * survival ** (self.n - 1) * mass
        wide = max(payment.rad(), spending.rad(), *(x.rad() for x in below)) > 1e-13 * self.scale
        if not required and (wide or not abs(rise) < FLAT * self.extent):
            return False
        self.range.add(rise, rise.union(arb(0)))
        self._keep(payment, spending, below)
        return True

    def _keep(self, payment: arb, cost: arb, running: list[arb]) -> None:
        self.payment += payment
        self.cost += cost
        self.running = running


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
    with short_numbers():
        work = _Chain(prior, strategy, n, k, start)
        for cell in range(len(ends) - 2, -1, -1):
            left, right = ends[cell], ends[cell + 1]
            strategy.check_increase(cell)
            cuts = [left, *(x for x in prior.knots if left < x < right), right]
            for place in range(len(cuts) - 2, -1, -1):
                work.part(cell, cuts[place], cuts[place + 1])
            if progress is not None and cell % 16 == 0:
                progress(1 - cell / len(ends))
    return Bounds(
        gain=work.range.width() + edge,
        payment=n * work.payment + extra,
        resource_cost=n * work.cost,
        redundant=arb(0),
        no_award=prior.survival(reach) ** n,
    )


def rank(tree: Mapping[str, object]) -> int:
    """The rank of the price that a certificate's mechanism states."""
    mechanism = mapping(tree["mechanism"], "mechanism")
    return integer(field(mechanism, "k", "mechanism"), "mechanism.k")

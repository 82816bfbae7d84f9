r"""Certify a symmetric game: one prior, one strategy, and what it costs to bid like another type.

$n$ provers have independent costs with the law $F$, and all use the continuous, strictly increasing strategy $\beta$ that the
file states on $[\ell,a]$; types above $a$ abstain. A prover that bids $\beta(c')$ is among the $k$ lowest with the probability

$$ X(c')=P(\mathrm{Bin}(n-1,F(c'))\le k-1),\qquad -X'=(n-1)\tbinom{n-2}{k-1}fF^{k-1}S^{n-1-k},\quad S=1-F, $$

which is exact: no strategy has to be inverted. With its expected transfer $T(c')$ its utility is $T(c')-cX(c')$.

**Bound** (single crossing). Let $r=T'-tX'$ at $t$. A deviation from $c$ to the bid of $c'>c$ gains
$\int_c^{c'}r\,dt+\int_c^{c'}(t-c)X'\,dt\le\int r^+$, because $X'\le0$; one to $c'<c$ gains at most $\int r^-$. A bid below
$\beta(\ell)$ wins no more often than $\beta(\ell)$, which always wins, and is not paid more. A bid above $\beta(a)$ that is
accepted wins with probability $X(a)$, which is 0 where $a$ ends the support; what it gains over $\beta(a)$ is at most the $G$
below. Abstaining, for a type that takes part, or taking part, for a type above $a$ (whose cost is higher, so it gains less
than $a$ does), adds at most $|T(a)-aX(a)|$. So nobody gains more than

$$ \varepsilon=\max\Bigl(\int_\ell^ar^+,\int_\ell^ar^-\Bigr)+|T(a)-aX(a)|+G . $$

The residual $r$ is enclosed in Taylor models on parts of cells; where these say nothing (at singular ends of a prior), by
$\beta'\ge0\ge X'$ and the values at the two ends of a part alone.

| game | $T$ | residual $r$ | $G$ | paid by the requester |
|---|---|---|---|---|
| pay as bid | $\beta X$ | $\beta'X+(\beta-t)X'$ | $(\bar b-\beta(a))X(a)$ | $n\int\beta Xf$ |
| all pay | $\beta$ | $\beta'-tX'$ | $\bar b-\beta(a)$ | $n\int\beta f$ |
| own bid the price | $\beta(a)X(a)-\int_t^a(M\beta'+\beta X')$ | $M\beta'+(\beta-t)X'$ | $(\bar b-\beta(a))X(a)$ | $n\int Tf$ |

Here $\bar b$ is the highest bid that is accepted. In an all-pay sale, mirrored, $\beta\le0$ is minus what a buyer pays, and
$\bar b$ is 0 without a reserve. $M$ is the mean award of those whose own bid is the price (`symmetric_odds`): of whoever bids
alone, or is awarded a part of its capacity. There $X(a)>0$ may hold at the end of the support, above which nobody is, so that
only $(aX(a)-T(a))^+$ counts; and $\int Tf=\beta(a)X(a)F(a)-\int F(M\beta'+\beta X')$.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from flint import arb, arb_series, ctx

from equilibria.checking.bounds import Bounds
from equilibria.checking.cell_strategies import CellStrategy, read_cells
from equilibria.checking.document import Rejected
from equilibria.checking.priors import Prior, hull
from equilibria.checking.symmetric_odds import Odds
from equilibria.checking.taylor import cell_ball, integrate_model, middle

ORDER = 18
"""Coefficients kept in every series: residuals near rounding need few, wide cells."""

SUBDIVISIONS = 40
"""Parts per cell and piece of the prior, on average, after which no bound is derived."""

NEGLIGIBLE = 1e-15
"""A gain, as a share of the width of the support, that is not worth refining."""


Rule = Literal["bid", "all", "set"]
"""Who pays, or is paid, what: its own bid, the same whether it wins or not, or a price that its own bid may set."""


@contextmanager
def long_series() -> Iterator[None]:
    cap = ctx.cap
    ctx.cap = ORDER
    try:
        yield
    finally:
        ctx.cap = cap


def part_of(point: arb_series, whole: arb_series, radius: arb) -> tuple[arb, arb, arb]:
    r"""Of a residual on a part: upper bounds of $\int r^+$ and $\int r^-$, and the share of the remainder in them.

    With $r(m+t)=\sum_kr_kt^k$ it is at most $\int(r_0)^\pm+\sum_{k\ge1}|r_k|\int_0^\rho t^kdt$: of an odd power only one half of
    the part counts, and of the others, signs unknown, twice that.
    """
    spread, power = arb(0), radius * radius
    for k in range(1, ORDER - 1):
        spread += abs(point[k]) * power * (1 if k % 2 else 2) / (k + 1)
        power = power * radius
    rest = 2 * abs(whole[ORDER - 1]) * power / ORDER
    mean, zero = 2 * radius * point[0], arb(0)
    return arb((mean.max(zero) + spread + rest).upper()), arb(((-mean).max(zero) + spread + rest).upper()), rest


class _Pass:
    """One pass over all parts, adding to both one-sided integrals and to payment and cost."""

    def __init__(self, prior: Prior, strategy: CellStrategy, odds: Odds, rule: Rule) -> None:
        self.prior, self.strategy, self.odds, self.rule = prior, strategy, odds, rule
        self.last = odds.chance(prior.cdf(strategy.ends[-1]))
        self.rising, self.falling, self.payment, self.cost = arb(0), arb(0), arb(0), arb(0)
        self.extent = prior.high - prior.low
        self.scale = max(abs(prior.low), abs(prior.high), self.extent)
        self._left = SUBDIVISIONS * (len(strategy.ends) + len(prior.knots))
        self._levels: dict[float, arb] = {}
        self._chances: dict[float, arb] = {}

    def cdf(self, x: float) -> arb:
        if x not in self._levels:
            self._levels[x] = self.prior.cdf(x)
        return self._levels[x]

    def chance(self, x: float) -> arb:
        if x not in self._chances:
            self._chances[x] = self.odds.chance(self.cdf(x))
        return self._chances[x]

    def part(self, cell: int, left: float, right: float) -> None:
        """Add a part of a cell on which the density is analytic."""
        self._left -= 1
        if self._left < 0:
            raise Rejected(f"no bound within {SUBDIVISIONS} parts a cell; stopped near the type {left!r}")
        centre, _ = middle(left, right)
        tiny = not left < centre < right
        if self.strategy.straight[cell] and self._plain(cell, left, right, required=tiny):
            return
        if not tiny and self._model(cell, left, right, centre):
            return
        if self._plain(cell, left, right, required=tiny):
            return
        self.part(cell, left, centre)
        self.part(cell, centre, right)

    def _model(self, cell: int, left: float, right: float, centre: float) -> bool:
        """Enclose everything by Taylor models; False where they say too little."""
        middle_of, radius, ball = (arb(left) + right) / 2, (arb(right) - left) / 2, cell_ball(left, right)
        point_bid, whole_bid = self.strategy.expand(cell, middle_of), self.strategy.expand(cell, ball)
        slope = point_bid.derivative()
        if not self.strategy.increases(cell, left, right, slope, radius):
            raise Rejected(f"the strategy is not certain to increase between {left!r} and {right!r}")
        try:
            levels = hull(self.cdf(left), self.cdf(right))
            chances = hull(self.chance(left), self.chance(right))
            whole = self._series(ball, centre, levels, chances, arb_series(whole_bid), arb_series(whole_bid.derivative()))
            if not all(series[ORDER - 1].is_finite() for series in whole):
                return False
            level = self.prior.below(middle_of)
            point = self._series(middle_of, centre, level, self.odds.chance(level), arb_series(point_bid), arb_series(slope))
        except (ValueError, ZeroDivisionError):  # a density that may vanish, or have no series, on the part
            return False
        payment, cost = (integrate_model(point[i], whole[i], radius, ORDER - 1) for i in (1, 2))
        rising, falling, rest = part_of(point[0], whole[0], radius)
        if not (rising.is_finite() and payment.is_finite() and cost.is_finite()):
            return False
        if not rest < NEGLIGIBLE * self.extent + 0.25 * rising.max(falling):
            return False
        if max(payment.rad(), cost.rad()) > 1e-13 * self.scale:
            return False
        self.rising += rising
        self.falling += falling
        self.payment += payment
        self.cost += cost
        return True

    def _series(
        self, x: arb, inside: float, level: arb, chance: arb, bid: arb_series, slope: arb_series
    ) -> tuple[arb_series, arb_series, arb_series]:
        """The residual, and the densities of what is paid and spent for one prover, around `x`; X is integrated from `chance`."""
        cost = arb_series([x, 1])
        density = self.prior.density(cost, inside)
        cdf = density.integral() + level
        falls = density * self.odds.falls(cdf)
        wins = chance - falls.integral()
        weight = density * wins
        if self.rule == "bid":
            return slope * wins - (bid - cost) * falls, bid * weight, cost * weight
        if self.rule == "set":
            asked = slope * self.odds.asked(cdf, self.last)
            return asked - (bid - cost) * falls, cdf * (bid * falls - asked), cost * weight
        return slope + cost * falls, bid * density, cost * weight

    def _plain(self, cell: int, left: float, right: float, *, required: bool) -> bool:
        """Enclose everything by the values at both ends; False where that is too wide and something better may be."""
        ball = cell_ball(left, right)
        first, last = (self.strategy.expand(cell, arb(x))[0] for x in (left, right))
        if not self.strategy.straight[cell]:
            centre, radius = middle(left, right)
            slope = self.strategy.expand(cell, arb(centre)).derivative()
            if not self.strategy.increases(cell, left, right, slope, radius):
                raise Rejected(f"the strategy is not certain to increase between {left!r} and {right!r}")
        before, after = self.chance(left), self.chance(right)
        lost, zero, mass = before - after, arb(0), self.cdf(right) - self.cdf(left)
        markup = -ball if self.rule == "all" else hull(first, last) - ball
        below, rise = hull(self.cdf(left), self.cdf(right)), last - first
        share = {"bid": before, "all": arb(1), "set": self.odds.asked(below, self.last)}[self.rule]
        rising = rise * share + arb((-markup).upper()).max(zero) * lost
        falling = arb(markup.upper()).max(zero) * lost
        chance = hull(before, after)
        if self.rule == "set":
            payment = below * (hull(first, last) * lost - rise * share)
        else:
            payment = hull(first, last) * mass * (chance if self.rule == "bid" else share)
        cost = ball * chance * mass
        small = NEGLIGIBLE * self.extent
        wide = max(payment.rad(), cost.rad()) > 1e-13 * self.scale
        if not required and (wide or not (rising < 20 * small and falling < 20 * small)):
            return False
        self.rising += arb(rising.upper()).max(zero)
        self.falling += arb(falling.upper()).max(zero)
        self.payment += payment
        self.cost += cost
        return True


def certify_symmetric(
    prior: Prior,
    n: int,
    k: int,
    rule: Rule,
    limit: float | None,
    node: object,
    progress: Callable[[float], None] | None = None,
    odds: Odds | None = None,
) -> Bounds:
    """Bounds for a stated symmetric strategy.

    Args:
        prior: the law of every cost.
        n: provers.
        k: the number of lowest bids that win, less than `n`.
        rule: `"bid"` for pay as bid, `"all"` for all pay, `"set"` for a price that one's own bid may set.
        limit: the highest bid that is accepted, or None.
        node: the `equilibrium` object of a certificate.
        progress: called with the share of the cells done.
        odds: of the rule `"set"`, which says who wins; None for the `k` lowest.

    Raises:
        Rejected: the strategy breaks a hypothesis of the bound; the message says which.
    """
    if not 1 <= k < n:
        raise Rejected(f"the bound needs more provers than tasks; got {n} and {k}")
    for left, right in prior.gaps():
        raise Rejected(f"there may be no mass between {left!r} and {right!r}; the bound needs a density there")
    strategy = read_cells(node, "equilibrium")
    ends = strategy.ends
    low, reach, last = ends[0], ends[-1], strategy.values[-1]
    if low != prior.low or reach > prior.high:
        raise Rejected(f"equilibrium.ends must start at {prior.low!r} and end at most at {prior.high!r}")
    if limit is None and reach != prior.high:
        raise Rejected(f"equilibrium.ends must end at {prior.high!r}: without a reserve every type takes part")
    if limit is not None and last > limit:
        raise Rejected(f"the highest bid {last!r} is not accepted: the limit is {limit!r}")
    odds = odds or Odds(n, k)
    with long_series():
        work = _Pass(prior, strategy, odds, rule)
        for cell in range(len(ends) - 2, -1, -1):
            left, right = ends[cell], ends[cell + 1]
            cuts = [left, *(x for x in prior.knots if left < x < right), right] if len(prior.knots) > 2 else [left, right]
            for place in range(len(cuts) - 2, -1, -1):
                work.part(cell, cuts[place], cuts[place + 1])
            if progress is not None and cell % 16 == 0:
                progress(1 - cell / len(ends))
    chance = work.last if reach < prior.high or rule == "set" else arb(0)
    gap = arb(0) if limit is None else arb(limit) - last
    if rule == "all":
        edge = abs(last - reach * chance) + gap
    else:
        short = abs(arb(last) - reach) if reach < prior.high or rule == "bid" else (arb(reach) - last).max(arb(0))
        edge = (short + gap) * chance
    highest = last * chance * work.cdf(reach) if rule == "set" else arb(0)
    return Bounds(
        gain=work.rising.max(work.falling) + edge,
        payment=n * (work.payment + highest),
        resource_cost=n * work.cost,
        redundant=arb(0),
        no_award=prior.survival(reach) ** n,
    )

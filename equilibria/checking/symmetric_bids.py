r"""Certify a symmetric game: one prior, one strategy, and what it costs to bid like another type.

$n$ provers have independent costs with the law $F$, and all use the continuous, strictly increasing strategy $\beta$ that the
file states on $[\ell,a]$; types above $a$ abstain. A prover that bids $\beta(c')$ is among the $k$ lowest with the probability

$$ X(c')=P(\mathrm{Bin}(n-1,F(c'))\le k-1),\qquad -X'=(n-1)\tbinom{n-2}{k-1}fF^{k-1}S^{n-1-k},\quad S=1-F, $$

which is exact: no strategy has to be inverted. With its expected transfer $T(c')$ its utility is $T(c')-cX(c')$.

**Bound** (single crossing). Let $r=T'-tX'$ at $t$ and $R(x)=-\int_x^ar\,dt$. A deviation from $c$ to the bid of $c'>c$ gains
$\int_c^{c'}r\,dt+\int_c^{c'}(t-c)X'\,dt\le R(c')-R(c)$, because $X'\le0$; and one to $c'<c$ does too. A bid below
$\beta(\ell)$ wins no more often than $\beta(\ell)$, which always wins, and is not paid more. A bid above $\beta(a)$ that is
accepted wins with probability $X(a)$, which is 0 where $a$ ends the support; what it gains over $\beta(a)$ is at most the $G$
below. Abstaining, for a type that takes part, or taking part, for a type above $a$ (whose cost is higher, so it gains less
than $a$ does), adds at most $|T(a)-aX(a)|$. So nobody gains more than

$$ \varepsilon=\max_{[\ell,a]}R-\min_{[\ell,a]}R+|T(a)-aX(a)|+G . $$

$R$ is the utility of a type less what the envelope theorem grants it, so that errors of single parts do not add up. It is
followed from $a$ downwards: on parts of cells by a power series around the middle, whose tail `disc_tails` bounds; where
that says nothing (at singular ends of a prior), by $\beta'\ge0\ge X'$ and the values at the two ends of a part alone.

| game | $T$ | residual $r$ | $G$ | paid by the requester |
|---|---|---|---|---|
| pay as bid | $\beta X$ | $\beta'X+(\beta-t)X'$ | $(\bar b-\beta(a))X(a)$ | $n\int\beta Xf$ |
| all pay | $\beta$ | $\beta'-tX'$ | $\bar b-\beta(a)$ | $n\int\beta f$ |
| own bid the price | $T(a)-\int_t^a(M\beta'+\beta X')$ | $M\beta'+(\beta-t)X'$ | $(\bar b-\beta(a))X(a)$ | $n\int Tf$ |

Here $\bar b$ is the highest bid that is accepted. In an all-pay sale, mirrored, $\beta\le0$ is minus what a buyer pays, and
$\bar b$ is 0 without a reserve. $M$ is the mean award of those whose own bid is the price (`symmetric_odds`): of whoever bids
alone, or is awarded a part of its capacity. There $X(a)>0$ may hold at the end of the support, above which nobody is, so that
only $(aX(a)-T(a))^+$ counts. Who bids the most and does not set the price is paid $\bar b$, as nobody else loses:
$T(a)=\beta(a)M(a)+\bar b(X(a)-M(a))$, which is at least $\beta(a)X(a)$; and $\int Tf=T(a)F(a)-\int F(M\beta'+\beta X')$.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from flint import arb, arb_poly, arb_series, ctx

from equilibria.checking.bounds import Bounds
from equilibria.checking.cell_strategies import CellStrategy, read_cells
from equilibria.checking.disc_tails import UNIT, Disc, Tails, area, around_zero, fitting, moduli, short_numbers, spanned, sure
from equilibria.checking.document import Rejected
from equilibria.checking.priors import Prior, hull
from equilibria.checking.symmetric_odds import Odds
from equilibria.checking.taylor import cell_ball

SUBDIVISIONS = 40
"""Parts per cell and piece of the prior, on average, after which no bound is derived."""

NEGLIGIBLE = 1e-17
"""A tail of the residual, as a share of the width of the support: far less than what is rounded in the file."""

SLIGHT = 1e-16
"""A tail of what is paid or spent, as a share of the largest cost."""

FLAT = 2e-14
"""A gain on a part, as a share of the width of the support, for which no series is made of a straight cell."""

Rule = Literal["bid", "all", "set"]
"""Who pays, or is paid, what: its own bid, the same whether it wins or not, or a price that its own bid may set."""


class Range:
    """Where $R$ runs, from the highest type downwards."""

    def __init__(self) -> None:
        self.now, self._all = arb(0), arb(0)

    def add(self, above: arb, whole: arb) -> None:
        """A part below: the integral of the residual over it, and the integrals from its points to its upper end."""
        self._all = self._all.union(self.now - whole)
        self.now -= above

    def add_series(self, series: arb_series, terms: int, error: arb) -> None:
        """A part below, with a series of R, but for a constant, and the error of that anywhere."""
        rises = arb_poly(sure(series, terms).coeffs())
        here = self.now - rises(arb(1)) + around_zero(2 * error)
        if not self._all.contains(here + rises(UNIT)):
            self._all = self._all.union(here + spanned(rises))
        self.now = here + rises(arb(-1))

    def width(self) -> arb:
        """The largest value less the least."""
        return arb((2 * self._all.rad()).upper())


class _Pass:
    """One pass over all parts from the top down, for the range of R, payment and cost."""

    def __init__(self, prior: Prior, strategy: CellStrategy, odds: Odds, rule: Rule) -> None:
        self.prior, self.strategy, self.odds, self.rule = prior, strategy, odds, rule
        self.last = odds.chance(prior.cdf(strategy.ends[-1]))
        self.range, self.payment, self.cost = Range(), arb(0), arb(0)
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
        centre = left + 0.5 * (right - left)
        tiny = not left < centre < right
        if self.strategy.straight[cell] and self._plain(cell, left, right, required=tiny):
            return
        if not tiny and self._series(self.strategy.around(cell, left, right), left, right, centre):
            return
        if self._plain(cell, left, right, required=tiny):
            return
        self.part(cell, centre, right)
        self.part(cell, left, centre)

    def _series(self, bid: arb_poly, left: float, right: float, inside: float) -> bool:
        """Enclose everything by power series; False where too many terms would be needed."""
        middle, radius = (arb(left) + right) / 2, (arb(right) - left) / 2
        level = self.prior.below(middle)
        chance = self.odds.chance(level)
        markup = bid - arb_poly([middle, radius])
        markups = moduli(markup)

        def largest(disc: Disc) -> tuple[arb, arb, arb]:
            """Of R, and of what is paid and spent."""
            ratio, cost = arb(disc.ratio), abs(middle) + radius * disc.ratio
            falls = disc.density * self.odds.falls_near(disc.level, disc.moved)
            wins, gained = chance + ratio * falls, markups(ratio)
            spent, kept = cost * disc.density * wins, ratio * radius * wins
            if self.rule == "bid":
                return gained * wins + kept, (gained + cost) * disc.density * wins, spent
            if self.rule == "all":
                return gained + cost * (1 + wins) + kept, (gained + cost) * disc.density, spent
            part = (markups.derivative()(ratio) + radius) * self.odds.asked(disc.below, disc.above, self.last)
            return ratio * (part + gained * falls), disc.below * ((gained + cost) * falls + part), spent

        small, slight = NEGLIGIBLE * self.extent, SLIGHT * self.scale
        tails = fitting(self.prior, middle, radius, inside, level, largest, (small, slight, slight))
        if tails is None:
            return False
        ctx.cap = tails.terms
        try:
            self._add(tails, (middle, radius, inside), level, chance, markup)
        except (ValueError, ZeroDivisionError):  # a density that may vanish, or have no series, on the part
            return False
        return True

    def _add(self, tails: Tails, part: tuple[arb, arb, float], level: arb, chance: arb, markup: arb_poly) -> None:
        r"""Add the series of a part. R is $T-tX+\int X$, so that no slope of a bid is needed where T is known."""
        middle, radius, inside = part
        cost, markup_series = arb_series([middle, radius]), arb_series(markup)
        density = self.prior.density(cost, inside) * radius
        below = density.integral() + level
        above = 1 - below
        falls = density * self.odds.falls(below, above)
        wins = chance - falls.integral()
        spending = cost * (density * wins)
        if self.rule == "bid":
            gained = markup_series * wins
            rises, paid = gained + (wins * radius).integral(), gained * density + spending
        elif self.rule == "all":
            rises = markup_series + cost - cost * wins + (wins * radius).integral()
            paid = (markup_series + cost) * density
        else:
            gained = markup_series * falls
            asked = arb_series(markup.derivative() + radius) * self.odds.asked(below, above, self.last)
            rises, paid = (asked - gained).integral(), below * (gained + cost * falls - asked)
        ctx.cap = tails.terms + 1  # which integrals have
        payment, spent = area(paid, tails.terms, tails.errors[1]), area(spending, tails.terms, tails.errors[2])
        self.range.add_series(rises, tails.terms, tails.errors[0])
        self.payment += payment
        self.cost += spent

    def _plain(self, cell: int, left: float, right: float, *, required: bool) -> bool:
        """Enclose everything by the values at both ends; False where that is too wide and something better may be."""
        ball, first, last = cell_ball(left, right), self.strategy.at(cell, left), self.strategy.at(cell, right)
        before, after = self.chance(left), self.chance(right)
        lost, zero, mass = before - after, arb(0), self.cdf(right) - self.cdf(left)
        asks, chance, below, rise = hull(first, last), hull(before, after), hull(self.cdf(left), self.cdf(right)), last - first
        markup = -ball if self.rule == "all" else asks - ball
        share = {"bid": chance, "all": arb(1), "set": self.odds.asked(below, 1 - below, self.last)}[self.rule]
        rising = rise * share.upper() + arb((-markup).upper()).max(zero) * lost
        falling = arb(markup.upper()).max(zero) * lost
        if self.rule == "set":
            payment = below * (asks * lost - rise * share)
        else:
            payment = asks * mass * share
        cost = ball * chance * mass
        wide = max(payment.rad(), cost.rad()) > 1e-13 * self.scale
        flat = FLAT * self.extent
        if not required and (wide or not (rising < flat and falling < flat)):
            return False
        self.range.add(rise * share - markup * lost, arb(rising.upper()).union(-arb(falling.upper())).union(zero))
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
    with short_numbers():
        work = _Pass(prior, strategy, odds, rule)
        for cell in range(len(ends) - 2, -1, -1):
            left, right = ends[cell], ends[cell + 1]
            strategy.check_increase(cell)
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
    highest = arb(0)
    if rule == "set":
        level = work.cdf(reach)
        own = odds.asked(level, 1 - level, chance)
        highest = (last * chance if limit is None else last * own + limit * (chance - own)) * level
    return Bounds(
        gain=work.range.width() + edge,
        payment=n * (work.payment + highest),
        resource_cost=n * work.cost,
        redundant=arb(0),
        no_award=prior.survival(reach) ** n,
    )

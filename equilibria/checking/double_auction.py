r"""Certify a k-double auction between $m$ like users and $n$ like provers: a bound on every gain, and what is traded and paid.

The file states, on bids $p_0<\dots<p_K$, the value $\varphi(p)$ that bids $p$ and the cost $\gamma(p)$ that asks $p$
(`inverse_bids`), under the label of the first on each side, with $\varphi(p_0)=p_0$, $\varphi(p_K)=\bar v$,
$\gamma(p_0)=\underline c$ and $\gamma(p_K)=p_K$ exactly. Values below $p_0$ and costs above $p_K$ report themselves: they never
trade. Let $B=F\circ\varphi$, $S=G\circ\gamma$ be the laws of bids and asks, and $P_j(a,b)$ the probability that $j$ of $a$ bids
and $b$ asks lie below $p$. A user that bids $p$ trades if at least $m$ of the others lie below, with probability $X$, and moves
the price (by $k$) if exactly $m$ do; a prover that asks $p$ trades if at most $m-1$ of the others do, with probability $Y$, and
moves the price (by $1-k$) if exactly $m-1$ do. A trade that is just reached has the price $p$, so utilities of a value $v$ and
a cost $c$ have the slopes

$$ u_p=(v-p)X'-kP_m(m-1,n), \qquad w_p=(1-k)P_{m-1}(m,n-1)-(p-c)|Y'|, $$
$$ X'=nP_{m-1}(m-1,n-1)S'+(m-1)P_{m-1}(m-2,n)B', \qquad |Y'|=mP_{m-1}(m-1,n-1)B'+(n-1)P_{m-1}(m,n-2)S' . $$

**Bound** (single crossing). Let $r$ and $q$ be these slopes at $v=\varphi(p)$ and $c=\gamma(p)$. Then
$u_p(p,v)=r(p)+(v-\varphi(p))X'(p)$, where the second term has the sign of $v-\varphi(p)$: a user whose bid is below $p$ gains at
most $\int r^+$ on the way up, one whose bid is above $p$ at most $\int r^-$ on the way down, at every value. Above $p_K$ all bids
lie below and provers ask their costs, so $u_p=n(1-G)^{n-1}[(v-p)g-kG]\le n[(\bar v-p)g-kG]^+$ there; below $p_0$ nobody asks, so
a bid there equals the bid $p_0$, which trades with probability zero. A value below $p_0$ pays at least $p_0$ where it trades, so
it gains nothing. The provers are the mirror image ($v'=-c$, $c'=-v$, $k'=1-k$). All functions are absolutely continuous: $B$ and
$S$ have no atoms, because the inverses are continuous and increase, and end where the supports do.

Users pay $m\int(pX'+kP_m(m-1,n))(1-B)\,dp$ in all, provers spend $n\int\gamma YS'\,dp$, and nobody trades with probability
$B(p_0)^m+\int mB^{m-1}B'(1-S)^n\,dp$.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flint import arb, arb_series

from equilibria.checking.bounds import Bounds
from equilibria.checking.counts import at_most, exactly, power
from equilibria.checking.document import Rejected, field, mapping, number, only
from equilibria.checking.inverse_bids import LENGTH, InverseBid, cdf_series, crosses, long_series, read_inverse_bids
from equilibria.checking.prior_laws import ReflectedPrior
from equilibria.checking.priors import Prior, hull
from equilibria.checking.reading import read_prior
from equilibria.checking.taylor import cell_ball, exact_middle, integrate_model, middle, model

SUBDIVISIONS = 40
"""Subdivisions per cell, on average, after which what is left is bounded without smoothness."""

NEGLIGIBLE = 1e-13
"""A gain this small, as a share of the range of bids, is not worth refining on one cell."""

OUTSIDE = 2_000
"""Cells on which bids outside the range are examined."""


MOST_AGENTS = 12
"""Agents on one side, at most."""

@dataclass(slots=True)
class _Sums:
    """Integrals that grow cell by cell."""

    rising: list[arb]
    falling: list[arb]
    payment: arb
    cost: arb
    idle: arb


class _Exchange:
    """The game on one cell after the other."""

    def __init__(self, bids: list[float], user: InverseBid, prover: InverseBid, k: arb, m: int, n: int) -> None:
        self.bids, self.user, self.prover, self.k, self.m, self.n = bids, user, prover, k, m, n
        self.extent = arb(bids[-1]) - bids[0]
        self.sums = _Sums([arb(0), arb(0)], [arb(0), arb(0)], arb(0), arb(0), arb(0))
        self._left = SUBDIVISIONS * max(len(bids), 64)

    def cell(self, cell: int) -> None:
        """Add one cell to every sum, halving where an enclosure is too wide."""
        stack = [(self.bids[cell], self.bids[cell + 1])]
        while stack:
            left, right = stack.pop()
            self._left -= 1
            centre, _ = middle(left, right)
            narrow = float(arb(right) - left) <= 1e-13 * float(self.extent) or not left < centre < right or self._left < 0
            if not self._smooth(cell, left, right) and not self._rough(cell, left, right, accept=narrow):
                stack += [(centre, right), (left, centre)]

    def _smooth(self, cell: int, left: float, right: float) -> bool:
        """Taylor models of everything on a part of a cell; False where they do not suffice."""
        centre, _ = middle(left, right)
        if not left < centre < right:
            return False
        exact, radius = exact_middle(left, right)
        sides = (self.user, self.prover)
        ends = [(s.at(cell, left), s.at(cell, right)) for s in sides]
        if any(crosses(s.prior, first, last) for s, (first, last) in zip(sides, ends, strict=True)):
            return False
        models = []
        try:
            for x, whole in ((exact, False), (cell_ball(left, right), True)):
                inverses, laws = [], []
                for side, (first, last) in zip(sides, ends, strict=True):
                    types = side.expand(cell, x)
                    if whole:
                        types = arb_series([hull(first, last), *types.coeffs()[1:]])
                    inside = float(side.at(cell, centre).mid())
                    inverses.append(types)
                    laws.append(cdf_series(side.prior, types, side.prior.cdf(types[0]), inside))
                models.append(self._integrands(arb_series([x, 1]), inverses[0], inverses[1], laws[0], laws[1]))
        except (ValueError, ZeroDivisionError):  # a density that has no series on the cell
            return False
        width, bounds = arb(right) - left, []
        for point, whole_series in zip(models[0][:2], models[1][:2], strict=True):
            main, remainder = model(point, whole_series, radius, LENGTH - 2)
            if not (main.is_finite() and remainder.is_finite()):
                return False
            if not (remainder.upper() * width <= NEGLIGIBLE * self.extent or remainder.upper() <= 0.25 * main.abs_upper()):
                return False
            bounds.append(main + remainder)
        amounts = [integrate_model(p, w, radius, LENGTH - 2) for p, w in zip(models[0][2:], models[1][2:], strict=True)]
        if not all(amount.is_finite() for amount in amounts):
            return False
        for i, bound in enumerate(bounds):
            self.sums.rising[i] += arb(bound.upper()).max(arb(0)) * width
            self.sums.falling[i] += arb((-bound).upper()).max(arb(0)) * width
        self._amounts(*amounts)
        return True

    def _integrands(
        self, p: arb_series, value: arb_series, cost: arb_series, bids: arb_series, asks: arb_series
    ) -> list[arb_series]:
        """Both residuals; payment, cost and the chance that nobody trades, per unit of bid."""
        db, ds, m, n = bids.derivative(), asks.derivative(), self.m, self.n
        both = exactly(m - 1, m - 1, bids, n - 1, asks)
        wins, sells = both * ds * n, both * db * m
        if m > 1:
            wins = wins + exactly(m - 1, m - 2, bids, n, asks) * db * (m - 1)
        if n > 1:
            sells = sells + exactly(m - 1, m, bids, n - 2, asks) * ds * (n - 1)
        buys = exactly(m, m - 1, bids, n, asks) * self.k
        return [
            (value - p) * wins - buys,
            exactly(m - 1, m, bids, n - 1, asks) * (1 - self.k) - (p - cost) * sells,
            (p * wins + buys) * (1 - bids) * m,
            cost * at_most(m - 1, m, bids, n - 1, asks) * ds * n,
            power(bids, m - 1) * db * power(1 - asks, n) * m,
        ]

    def _rough(self, cell: int, left: float, right: float, *, accept: bool) -> bool:
        """Bounds that need monotone laws only; False where they are too wide and a smaller part may do better."""
        (v0, v1), (c0, c1) = ((s.at(cell, left), s.at(cell, right)) for s in (self.user, self.prover))
        b0, b1 = self.user.prior.cdf(v0), self.user.prior.cdf(v1)
        s0, s1 = self.prover.prior.cdf(c0), self.prover.prior.cdf(c1)
        width, zero, m, n = arb(right) - left, arb(0), self.m, self.n
        b, s = hull(b0, b1), hull(s0, s1)
        wins = at_most(m - 1, m - 1, b0, n, s0) - at_most(m - 1, m - 1, b1, n, s1)
        sells = at_most(m - 1, m, b0, n - 1, s0) - at_most(m - 1, m, b1, n - 1, s1)
        buys = exactly(m, m - 1, b, n, s) * self.k * width
        gains = (
            (v1 - left).max(zero) * wins, buys,
            exactly(m - 1, m, b, n - 1, s) * (1 - self.k) * width, (right - c0).max(zero) * sells,
        )  # fmt: skip
        if not accept and any(gain.upper() > NEGLIGIBLE * self.extent for gain in gains):
            return False
        for i in (0, 1):
            self.sums.rising[i] += arb(gains[2 * i].upper())
            self.sums.falling[i] += arb(gains[2 * i + 1].upper())
        self._amounts(
            (cell_ball(left, right) * wins + buys) * (1 - b) * m,
            hull(c0, c1) * at_most(m - 1, m, b, n - 1, s) * (s1 - s0) * n,
            power(b, m - 1) * (b1 - b0) * power(1 - s, n) * m,
        )
        return True

    def _amounts(self, payment: arb, cost: arb, idle: arb) -> None:
        self.sums.payment += payment
        self.sums.cost += cost
        self.sums.idle += idle


def _below(prior: Prior, cost: float, end: float, weight: arb) -> arb:
    r"""A bound of $\int_{-\infty}^{e}[(p-c)f(p)-w(1-F(p))]^+dp$: what the lowest cost gains by asks below the range."""
    start = max(prior.low, cost)
    total, zero = arb(0), arb(0)
    if not start < end:
        return total
    stack = [(start, end)]
    for used in range(OUTSIDE):
        if not stack:
            break
        left, right = stack.pop()
        centre, _ = middle(left, right)
        mass = prior.cdf(right) - prior.cdf(left)
        spread = arb(right) - left
        bound = ((arb(right) - cost) * mass - weight * prior.survival(right) * spread).max(zero)
        if not crosses(prior, arb(left), arb(right)):
            try:
                density = prior.density(arb_series([cell_ball(left, right)], 1), centre)[0]
            except (ValueError, ZeroDivisionError):
                density = arb("nan")
            if density.is_finite():
                sharp = (cell_ball(left, right) - cost) * density - weight * prior.survival(cell_ball(left, right))
                bound = bound.min((arb(sharp.upper()) * spread).max(zero))
        if bound.upper() <= NEGLIGIBLE * spread or not left < centre < right or used + len(stack) >= OUTSIDE - 2:
            total += arb(bound.upper())
        else:
            stack += [(centre, right), (left, centre)]
    return total


def certify_exchange(
    users: tuple[str, Prior, int], provers: tuple[str, Prior, int], k: float, node: object,
    progress: Callable[[float], None] | None,
) -> Bounds:
    """Bounds for stated strategies of a k-double auction.

    Args:
        users: label of the first, the law of each one's value, and their number.
        provers: the same of costs.
        k: weight of the bid in the price.
        node: the `equilibrium` object of a certificate.
        progress: called with the share of the cells done.

    Raises:
        Rejected: the strategies break a hypothesis of the bound; the message says which.
    """
    (first, values, m), (second, costs, n) = users, provers
    bids, (user, prover) = read_inverse_bids({first: values, second: costs}, node)
    low, top = bids[0], bids[-1]
    required = (
        (user, user.types[0], low, "the lowest serious bid"), (user, user.types[-1], user.prior.high, "the highest value"),
        (prover, prover.types[0], prover.prior.low, "the lowest cost"), (prover, prover.types[-1], top, "the highest ask"),
    )  # fmt: skip
    for side, got, wanted, what in required:
        if side.cells != len(bids) - 1 or got != wanted:
            raise Rejected(f"the strategy of {side.label!r} must end exactly at {what}, {wanted!r}; got {got!r}")
    with long_series():
        game = _Exchange(bids, user, prover, arb(k), m, n)
        for cell in range(len(bids) - 1):
            game.cell(cell)
            if progress is not None and cell % 16 == 0:
                progress(cell / len(bids))
        sums = game.sums
        under = _below(user.prior, prover.prior.low, low, 1 - arb(k))
        over = _below(ReflectedPrior(prover.prior), -user.prior.high, -top, arb(k))
        nobody = sums.idle + power(user.prior.cdf(low), m)
    gain = (sums.rising[0] + n * over).max(sums.falling[0]).max(sums.rising[1]).max(sums.falling[1] + m * under)
    return Bounds(gain=gain, payment=sums.payment, resource_cost=sums.cost, redundant=arb(0), no_award=nobody)


def certify_double_auction(
    tree: Mapping[str, object], progress: Callable[[float], None] | None
) -> tuple[Bounds, int]:
    """Read the market and the rule of a certificate, and bound what its strategies leave to gain."""
    market = mapping(field(tree, "market", "certificate"), "market")
    only(market, ("kind", "users", "provers"), "market")
    if field(market, "kind", "market") != "exchange":
        raise Rejected("market.kind must be 'exchange' for a k-double auction")
    laws = {name: mapping(field(market, name, "market"), f"market.{name}") for name in ("users", "provers")}
    if set(laws["users"]) & set(laws["provers"]):
        raise Rejected("market: users and provers must have labels of their own")
    sides = []
    for name, table in laws.items():
        if not 1 <= len(table) <= MOST_AGENTS:
            raise Rejected(f"market.{name} must hold from 1 to {MOST_AGENTS} laws")
        first = next(iter(table))
        if any(law != table[first] for law in table.values()):
            raise Rejected(f"market.{name}: the bound needs the same law for all on one side")
        sides.append((first, read_prior(table[first], f"market.{name}.{first}"), len(table)))
    mechanism = mapping(tree["mechanism"], "mechanism")
    only(mechanism, ("kind", "k"), "mechanism")
    k = number(field(mechanism, "k", "mechanism"), "mechanism.k")
    if not 0 <= k <= 1:
        raise Rejected(f"mechanism.k must lie between 0 and 1; got {k!r}")
    return certify_exchange(sides[0], sides[1], k, field(tree, "equilibrium", "certificate"), progress), 1

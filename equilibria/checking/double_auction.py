r"""Certify a k-double auction between one user and one prover: a bound on every gain, and what is traded and paid.

The file states, on bids $p_0<\dots<p_K$, the value $\varphi(p)$ that bids $p$ and the cost $\gamma(p)$ that asks $p$
(`inverse_bids`), with $\varphi(p_0)=p_0$, $\varphi(p_K)=\bar v$, $\gamma(p_0)=\underline c$ and $\gamma(p_K)=p_K$ exactly. Values
below $p_0$ and costs above $p_K$ report themselves: they never trade. With $B=F\circ\varphi$ the law of bids and
$S=G\circ\gamma$ that of asks, a user of value $v$ that bids $p$, and a prover of cost $c$ that asks $p$, gain

$$ u(p,v)=\int_{s\le p}(v-kp-(1-k)s)\,dS(s), \qquad w(p,c)=\int_{b\ge p}(kb+(1-k)p-c)\,dB(b), $$

so that $u_p=(v-p)S'-kS$ and $w_p=(1-k)(1-B)-(p-c)B'$.

**Bound** (single crossing). Let $r=(\varphi-p)S'-kS$ and $q=(1-k)(1-B)-(p-\gamma)B'$ be the first-order residuals. Then
$u_p(p,v)=r(p)+(v-\varphi(p))S'(p)$, where the second term has the sign of $v-\varphi(p)$: a user whose bid is below $p$ gains at
most $\int r^+$ on the way up, one whose bid is above $p$ at most $\int r^-$ on the way down, at every value. Above $p_K$ provers
ask their costs, and $u_p\le(\bar v-p)g-kG$ there; below $p_0$ nobody asks, so a bid there equals the bid $p_0$, which trades
with probability zero. A value below $p_0$ pays at least $p_0$ where it trades, so it gains nothing. The prover is the mirror
image ($v'=-c$, $c'=-v$, $k'=1-k$). All functions are absolutely continuous: $B$ and $S$ have no atoms, because the inverses
are continuous and increase, and end where the supports do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flint import arb, arb_series

from equilibria.checking.bounds import Bounds
from equilibria.checking.document import Rejected, field, mapping, number, only
from equilibria.checking.inverse_bids import LENGTH, InverseBid, cdf_series, crosses, long_series, read_inverse_bids
from equilibria.checking.priors import Prior, ReflectedPrior, hull
from equilibria.checking.reading import read_prior
from equilibria.checking.taylor import cell_ball, integrate_model, middle, model

SUBDIVISIONS = 40
"""Subdivisions per cell, on average, after which what is left is bounded without smoothness."""

NEGLIGIBLE = 1e-13
"""A gain this small, as a share of the range of bids, is not worth refining on one cell."""

OUTSIDE = 2_000
"""Cells on which bids outside the range are examined."""


@dataclass(slots=True)
class _Sums:
    """Integrals that grow cell by cell."""

    rising: list[arb]
    falling: list[arb]
    payment: arb
    cost: arb
    trade: arb


class _Bilateral:
    """The game on one cell after the other."""

    def __init__(self, bids: list[float], user: InverseBid, prover: InverseBid, k: arb) -> None:
        self.bids, self.user, self.prover, self.k = bids, user, prover, k
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
        centre, radius = middle(left, right)
        sides = (self.user, self.prover)
        ends = [(s.at(cell, left), s.at(cell, right)) for s in sides]
        if any(crosses(s.prior, first, last) for s, (first, last) in zip(sides, ends, strict=True)):
            return False
        models = []
        try:
            for x, whole in ((arb(centre), False), (cell_ball(left, right), True)):
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
        """Both residuals; payment, cost and trade per unit of bid."""
        db, ds, above = bids.derivative(), asks.derivative(), 1 - bids
        return [
            (value - p) * ds - asks * self.k,
            above * (1 - self.k) - (p - cost) * db,
            p * (asks * db * self.k + above * ds * (1 - self.k)),
            cost * above * ds,
            asks * db,
        ]

    def _rough(self, cell: int, left: float, right: float, *, accept: bool) -> bool:
        """Bounds that need monotone laws only; False where they are too wide and a smaller part may do better."""
        (v0, v1), (c0, c1) = ((s.at(cell, left), s.at(cell, right)) for s in (self.user, self.prover))
        b0, b1 = self.user.prior.cdf(v0), self.user.prior.cdf(v1)
        s0, s1 = self.prover.prior.cdf(c0), self.prover.prior.cdf(c1)
        width, zero = arb(right) - left, arb(0)
        gains = (
            (v1 - left).max(zero) * (s1 - s0), s1 * self.k * width,
            (1 - b0) * (1 - self.k) * width, (right - c0).max(zero) * (b1 - b0),
        )  # fmt: skip
        if not accept and any(gain.upper() > NEGLIGIBLE * self.extent for gain in gains):
            return False
        for i in (0, 1):
            self.sums.rising[i] += arb(gains[2 * i].upper())
            self.sums.falling[i] += arb(gains[2 * i + 1].upper())
        p, s, above = cell_ball(left, right), hull(s0, s1), 1 - hull(b0, b1)
        db, ds = b1 - b0, s1 - s0
        self._amounts(p * (s * db * self.k + above * ds * (1 - self.k)), hull(c0, c1) * above * ds, s * db)
        return True

    def _amounts(self, payment: arb, cost: arb, trade: arb) -> None:
        self.sums.payment += payment
        self.sums.cost += cost
        self.sums.trade += trade


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


def certify_bilateral(
    users: Mapping[str, Prior], provers: Mapping[str, Prior], k: float, node: object, progress: Callable[[float], None] | None
) -> Bounds:
    """Bounds for stated strategies of a k-double auction.

    Args:
        users: the law of the one user's value by label.
        provers: the law of the one prover's cost by label.
        k: weight of the bid in the price.
        node: the `equilibrium` object of a certificate.
        progress: called with the share of the cells done.

    Raises:
        Rejected: the strategies break a hypothesis of the bound; the message says which.
    """
    if len(users) != 1 or len(provers) != 1:
        raise Rejected("the bound is for one user and one prover")
    bids, (user, prover) = read_inverse_bids({**users, **provers}, node)
    low, top = bids[0], bids[-1]
    required = (
        (user, user.types[0], low, "the lowest serious bid"), (user, user.types[-1], user.prior.high, "the highest value"),
        (prover, prover.types[0], prover.prior.low, "the lowest cost"), (prover, prover.types[-1], top, "the highest ask"),
    )  # fmt: skip
    for side, got, wanted, what in required:
        if side.cells != len(bids) - 1 or got != wanted:
            raise Rejected(f"the strategy of {side.label!r} must end exactly at {what}, {wanted!r}; got {got!r}")
    with long_series():
        game = _Bilateral(bids, user, prover, arb(k))
        for cell in range(len(bids) - 1):
            game.cell(cell)
            if progress is not None and cell % 16 == 0:
                progress(cell / len(bids))
        sums = game.sums
        under = _below(user.prior, prover.prior.low, low, 1 - arb(k))
        over = _below(ReflectedPrior(prover.prior), -user.prior.high, -top, arb(k))
    gain = (sums.rising[0] + over).max(sums.falling[0]).max(sums.rising[1]).max(sums.falling[1] + under)
    return Bounds(
        gain=gain, payment=sums.payment, resource_cost=sums.cost, redundant=arb(0), no_award=1 - sums.trade
    )


def certify_double_auction(
    tree: Mapping[str, object], progress: Callable[[float], None] | None
) -> tuple[Bounds, int]:
    """Read the market and the rule of a certificate, and bound what its strategies leave to gain."""
    market = mapping(field(tree, "market", "certificate"), "market")
    only(market, ("kind", "users", "provers"), "market")
    if field(market, "kind", "market") != "exchange":
        raise Rejected("market.kind must be 'exchange' for a k-double auction")
    sides = []
    for name in ("users", "provers"):
        laws = mapping(field(market, name, "market"), f"market.{name}")
        sides.append({label: read_prior(law, f"market.{name}.{label}") for label, law in laws.items()})
    if set(sides[0]) & set(sides[1]):
        raise Rejected("market: users and provers must have labels of their own")
    mechanism = mapping(tree["mechanism"], "mechanism")
    only(mechanism, ("kind", "k"), "mechanism")
    k = number(field(mechanism, "k", "mechanism"), "mechanism.k")
    if not 0 <= k <= 1:
        raise Rejected(f"mechanism.k must lie between 0 and 1; got {k!r}")
    return certify_bilateral(sides[0], sides[1], k, field(tree, "equilibrium", "certificate"), progress), 1

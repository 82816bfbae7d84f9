r"""Certify first and second price where signals are affiliated: a one-dimensional bound on every gain.

Signals and their integrals are those of `one_factor`; $v(x,y)$ is what an agent of signal $x$ expects its stake to be when the
strongest rival has signal $y$ (its own signal, if stakes are private). The file states a bid $b$, strictly increasing and
absolutely continuous from the lowest signal to the highest. "Stronger" is lower in a procurement and higher in a sale; write
$f(y\mid x)$ for the density of the strongest rival's signal, $S(y\mid x)$ for the probability that it is weaker than $y$,
$h=f(x\mid x)/S(x\mid x)$ for the hazard on the diagonal, and $m(x)=b(x)-v(x,x)$ for the margin ($v-b$ in a sale).

**What affiliation gives** (Milgrom and Weber 1982, Lemma 1 and Theorem 5). For $x$ weaker than $z$,
$f(z\mid x)\le h(z)\,S(z\mid x)$; for $x$ stronger, $\ge$; and $v$ is nondecreasing in both arguments. The first is
$f(y\mid x)f(z\mid x')\le f(y\mid x')f(z\mid x)$, integrated over the signals $y$ weaker than $z$, with $x'=z$.

**First price.** Every bid outside the range of $b$ does no better than one of its ends, so a deviation is to pose as a signal
$z$. As $z$ moves towards stronger signals the interim utility of $x$ changes at the rate
$[\pm(b(z)-v(x,z))]\,f(z\mid x)-b'(z)\,S(z\mid x)$ (plus in a procurement, minus in a sale). With the residual
$\rho=m\,h-b'$ and $b'\ge0$:

- posing as stronger than $x$, the stake $v(x,z)$ is no better than $v(z,z)$, so the rate is at most $m f(z\mid x)-b'S\le\rho^+S$
  (where $m<0$ it is negative). The gain is at most $\int\rho^+dz$;
- posing as weaker, the rate is at least $m f(z\mid x)-b'S\ge\rho S-m^-f(z\mid x)$. The gain is at most $\int\rho^-dz+\sup m^-$.

Where the integrals have no useful enclosure (the weakest signals, where $h$ is unbounded), a cell adds at most
$\sup m^+\cdot\min(1,\int h)$ to the first and the rise of $b$ to the second, by the same two lines.

**Second price.** The price is the rival's bid, so the rate is $\pm(b(z)-v(x,z))f(z\mid x)$, and no deviation gains more than
$\sup|b(x)-v(x,x)|$. With private stakes truth is dominant.

**Expectations.** The strongest signal has the density $nA$ and the second $n(n-1)B$, which have mass one: where they are not
enclosed, the rest of the mass pays some bid of the cells that were left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from itertools import pairwise
from math import inf, nextafter

from flint import arb, arb_series, ctx

from equilibria.checking.bounds import Bounds
from equilibria.checking.document import Rejected, field, mapping, only, string
from equilibria.checking.one_factor import KINDS, Moments, OneFactor
from equilibria.checking.priors import hull
from equilibria.checking.signal_bids import StatedBids, Truth
from equilibria.checking.taylor import cell_ball, integrate_model, middle, model

CAP = 16
"""Coefficients kept in the power series of this module."""

SUBDIVISIONS = 60
"""Subdivisions per cell, on average, after which no bound is derived."""

TINY = 1e-13
"""Width, as a share of the signals' range, at which a cell is not halved."""

ACCURACY = 1e-12
"""Width per unit of mass or of signals, as a share of the bids' range, at which an enclosure is not refined."""


@dataclass(slots=True)
class _Sums:
    stronger: arb = attribute(default_factory=lambda: arb(0))
    weaker: arb = attribute(default_factory=lambda: arb(0))
    over: arb = attribute(default_factory=lambda: arb(0))
    under: arb = attribute(default_factory=lambda: arb(0))
    first_mass: arb = attribute(default_factory=lambda: arb(0))
    signal: arb = attribute(default_factory=lambda: arb(0))
    paid_mass: arb = attribute(default_factory=lambda: arb(0))
    paid: arb = attribute(default_factory=lambda: arb(0))
    left_out: list[tuple[arb, arb]] = attribute(default_factory=list)


class _Game:
    def __init__(self, game: OneFactor, bids: StatedBids | Truth, second_price: bool) -> None:
        self.game, self.bids, self.second_price = game, bids, second_price
        self.extent = bids.knots[-1] - bids.knots[0]
        self.sums = _Sums()
        self.budget = SUBDIVISIONS * len(bids.knots)
        self.parts = 1

    def cell(self, cell: int) -> None:
        """Add a cell of the strategy."""
        points = {self.bids.knots[cell], self.bids.knots[cell + 1]}
        for turn in self.game.turns:
            cuts = [float(turn.mid())]
            if arb(cuts[0]) != turn:
                cuts = [nextafter(cuts[0], -inf), nextafter(cuts[0], inf)]
            points.update(x for x in cuts if self.bids.knots[cell] < x < self.bids.knots[cell + 1])
        stack = list(pairwise(sorted(points)))
        if len(stack) == 1 and self.parts > 3:
            ends = [stack[0][0] + (stack[0][1] - stack[0][0]) * k / (self.parts // 2) for k in range(self.parts // 2)]
            stack = list(pairwise([*ends, stack[0][1]]))
        parts = 0
        while stack:
            left, right = stack.pop()
            self.budget -= 1
            if self.budget < 0:
                raise Rejected(f"no bound within {SUBDIVISIONS} subdivisions a cell; stopped at the signal {left!r}")
            centre, _ = middle(left, right)
            turned = any(not (turn <= left or turn >= right) for turn in self.game.turns)
            if not turned and self._smooth(cell, left, right, centre):
                parts += 1
                continue
            if right - left <= TINY * self.extent or not left < centre < right:
                self._plain(cell, left, right)
            else:
                stack += [(left, centre), (centre, right)]
        self.parts = parts

    def _smooth(self, cell: int, left: float, right: float, centre: float) -> bool:
        """Add a cell by Taylor models, if they are good enough."""
        game, order = self.game, CAP - 2
        width = arb(right) - left
        radius = width / 2
        expansions: list[tuple[arb_series, arb_series, Moments]] = []
        for ball in (cell_ball(left, right), arb(left) + radius):
            x = arb_series([ball, 1])
            if game.proportional and game.floor == 0 and not ball > 0:
                return False
            moments = game.moments(x, centre, self.second_price)
            if not (moments.winning[0] > 0 and moments.losing[0] > 0):
                return False
            expansions.insert(0, (x, self.bids.series(cell, x), moments))
        scale = arb(self.bids.extent)
        mass = [e.winning * e.length * game.n for _, _, e in expansions]
        signal = [m * x for m, (x, _, _) in zip(mass, expansions, strict=True)]
        paid_mass = mass
        if self.second_price:
            paid_mass = [e.second * e.length * (game.n * (game.n - 1)) for _, _, e in expansions]
        paid = [m * bid for m, (_, bid, _) in zip(paid_mass, expansions, strict=True)]
        integrals = [integrate_model(p, w, radius, order) for p, w in (mass, signal, paid_mass, paid)]
        accuracy = ACCURACY * scale
        if not all(i.is_finite() and i.rad() <= accuracy for i in integrals):
            return False
        gains = self._gains(expansions, radius, width)
        if gains is None:
            return False
        sums = self.sums
        stronger, weaker, over, under = gains
        sums.stronger, sums.weaker = sums.stronger + stronger, sums.weaker + weaker
        sums.over, sums.under = sums.over.max(over), sums.under.max(under)
        sums.first_mass, sums.signal = sums.first_mass + integrals[0], sums.signal + integrals[1]
        sums.paid_mass, sums.paid = sums.paid_mass + integrals[2], sums.paid + integrals[3]
        return True

    def _gains(
        self, expansions: list[tuple[arb_series, arb_series, Moments]], radius: arb, width: arb
    ) -> tuple[arb, arb, arb, arb] | None:
        """Both integrals of the residual, and both bounds of the margin, on a cell; None if it is to be halved."""
        if isinstance(self.bids, Truth):
            return arb(0), arb(0), arb(0), arb(0)
        order, margins, residuals, slopes = CAP - 2, [], [], []
        for x, bid, e in expansions:
            margin = (bid - (e.stake / e.losing if self.game.common else x)) * self.game.sign
            margins.append(margin)
            slopes.append(bid.derivative())
            residuals.append(margin * (e.losing / e.winning) - slopes[-1])
        accuracy = ACCURACY * arb(self.bids.extent)
        slope = sum(model(slopes[0], slopes[1], radius, order), arb(0))
        values, errors = zip(*(model(p, w, radius, order) for p, w in (residuals, margins)), strict=True)
        good = slope > 0 and all(error.is_finite() for error in errors)
        if self.second_price:
            good = good and errors[1].rad() <= accuracy.max(abs(values[1]).upper() / 5)
        else:
            good = good and errors[0].rad() * width <= accuracy.max(abs(values[0]).upper() * width / 5)
        if not good:
            return None
        residual, margin = values[0] + errors[0], values[1] + errors[1]
        return _positive(residual) * width, _positive(-residual) * width, _positive(margin), _positive(-margin)

    def _plain(self, cell: int, left: float, right: float) -> None:
        """Add a tiny cell by monotonicity alone."""
        x = cell_ball(left, right)
        bid = hull(*(self.bids.series(cell, arb_series([arb(end)]))[0] for end in (left, right)))
        self.sums.left_out.append((x, bid))
        if isinstance(self.bids, Truth):
            return
        slope = self.bids.series(cell, arb_series([x, 1]))[1]
        if not slope > 0:
            raise Rejected(f"the bids may not increase strictly near the signal {left!r}")
        margin = (bid - self._stakes(left, right)) * self.game.sign
        most, least = _positive(margin), _positive(-margin)
        hazards = [self.game.hazard_bound(x)]
        if self.game.low < left and right < self.game.high:
            local = self.game.moments(arb_series([x]), None)
            if local.winning[0] > 0:
                hazards.append(local.losing[0] / local.winning[0])
        chance = arb(1)
        for hazard in hazards:
            if hazard.is_finite():
                chance = chance.min(_positive(hazard * (arb(right) - left)))
        self.sums.stronger += most * chance
        self.sums.weaker += bid.upper() - bid.lower()
        self.sums.over, self.sums.under = self.sums.over.max(most), self.sums.under.max(least)

    def _stakes(self, left: float, right: float) -> arb:
        """The expected stakes v(x, x) on a cell, which increase."""
        if not self.game.common:
            return cell_ball(left, right)
        ends = []
        for k, end in enumerate((left, right)):
            x = arb(end).max(self.game.low).min(self.game.high)
            best = self.game.factors(x)[k]
            if not self.game.proportional or x > 0:
                local = self.game.moments(arb_series([x]), None)
                if local.losing[0] > 0:
                    ratio = local.stake[0] / local.losing[0]
                    best = ratio if ratio.is_finite() else best
            ends.append(best)
        return hull(ends[0], ends[1])

    def bounds(self) -> Bounds:
        """What follows from all cells together."""
        sums, game = self.sums, self.game
        paid = sums.paid + self._rest(sums.paid_mass, [bid for _, bid in sums.left_out])
        spent = game.mean() if game.common else sums.signal + self._rest(sums.first_mass, [x for x, _ in sums.left_out])
        if isinstance(self.bids, Truth):
            gain = arb(0)
        elif self.second_price:
            gain = sums.over.max(sums.under)
        else:
            gain = sums.stronger.max(sums.weaker + sums.under)
        return Bounds(gain=gain, payment=game.sign * paid, resource_cost=game.sign * spent, redundant=arb(0), no_award=arb(0))

    def _rest(self, mass: arb, amounts: list[arb]) -> arb:
        """What the mass that was left out pays."""
        rest = 1 - mass
        if not rest.upper() >= 0:
            raise Rejected("the density of a signal has more mass than one")
        if not amounts:
            return arb(0)
        whole = amounts[0]
        for amount in amounts[1:]:
            whole = hull(whole, amount)
        return whole * hull(arb(0), _positive(rest))


def _positive(x: arb) -> arb:
    """An upper bound of the positive part."""
    return arb(x.upper()).max(arb(0))


def is_one_factor(tree: Mapping[str, object]) -> bool:
    """Whether the market of a certificate has one common factor."""
    kind = field(field(tree, "market", "certificate"), "kind", "market")
    return string(kind, "market.kind") in KINDS


def certify_affiliated(tree: Mapping[str, object], progress: Callable[[float], None] | None) -> tuple[Bounds, int]:
    """Bounds of a first or second price rule on a market with one common factor, and the sign of the market.

    Args:
        tree: the certificate.
        progress: called with the share of the work done.

    Raises:
        Rejected: malformed, or a hypothesis of the bound fails.
    """
    mechanism = mapping(field(tree, "mechanism", "certificate"), "mechanism")
    only(mechanism, ("kind",), "mechanism")
    rule = string(field(mechanism, "kind", "mechanism"), "mechanism.kind")
    if rule not in ("first_price", "vickrey"):
        raise Rejected("markets with a common factor are handled under first_price and vickrey only")
    second_price = rule == "vickrey"
    cap = ctx.cap
    ctx.cap = CAP
    try:
        market = OneFactor(tree)
        bids: StatedBids | Truth
        if second_price and not market.common:
            if "equilibrium" in tree:
                raise Rejected("a certificate of this rule holds no equilibrium: truth is dominant where stakes are private")
            bids = Truth(market)
        else:
            bids = StatedBids(field(tree, "equilibrium", "certificate"), market)
        game, cells = _Game(market, bids, second_price), len(bids.knots) - 1
        for cell in range(cells):
            game.cell(cell)
            if progress is not None and cell % 8 == 0:
                progress(cell / cells)
        return game.bounds(), market.sign
    finally:
        ctx.cap = cap

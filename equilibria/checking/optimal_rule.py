r"""What the optimal rule and a monopolist's price come to, from enclosed ironed virtual costs.

With $K_i(w)$ the probability that the ironed virtual cost of prover $i$ is at most $w$ and $M=\prod_i(1-K_i)$, the rule awards
to the lowest of them if it is at most the requester's value $v$. It pays, in expectation, the virtual cost of the winner:

$$ E[\text{payment}] = w_0+\int_{w_0}^v M\,dw - v\,M(v), \qquad
   E[\text{cost}] = \sum_i\int \rho_i\,M_{-i}\,dK_i , $$

with $w_0$ the lowest cost there is. At an ironed level $K_i$ jumps; the winner is then chosen without regard to its cost within
the ironed interval, so its mean there counts. Without a value the integrals run to infinity; what is beyond $W$ is bounded by
$\int_W^\infty(1-K_i)\,dw = h_i-\rho_i K_i-W(1-K_i)$ (at $W$, with $h_i$ the highest cost) times the other factors at $W$.

A monopolist of cost $c$ asks $p(c)=-\rho(-c)$, with $\rho$ that of the law of minus the requester's value.
"""

from __future__ import annotations

from collections.abc import Mapping

from flint import arb, arb_series

from equilibria.checking.document import Rejected
from equilibria.checking.joint_integrals import cell_integrals, exceeding, joint_integrals, products_without
from equilibria.checking.prior_laws import ReflectedPrior
from equilibria.checking.priors import Prior, hull
from equilibria.checking.survivals import breakpoints
from equilibria.checking.taylor import cell_ball, middle
from equilibria.checking.virtual_costs import VirtualCosts

ACCURACY = 1e-10
"""Radius of an integral to aim at, relative to its extent."""


def optimal(priors: Mapping[str, Prior], value: float | None, accuracy: float = ACCURACY) -> tuple[arb, arb, arb]:
    """Expected payment, resource cost and probability of no award of the optimal rule.

    Args:
        priors: cost distributions by label, in the market's order.
        value: what a proof is worth to the requester; None to award whatever it costs.
        accuracy: radius of an integral to aim at, relative to its extent.

    Raises:
        Rejected: the ironing of some prior, or the tail of the payment, cannot be enclosed.
    """
    low = min(prior.low for prior in priors.values())
    if value is not None and value <= low:
        return arb(0), arb(0), arb(1)
    kept = [prior for prior in priors.values() if value is None or prior.low < value]
    known = {prior: VirtualCosts(prior) for prior in dict.fromkeys(kept)}
    race = _Levels([known[prior] for prior in kept], accuracy)
    end = race.end(value)
    events = {w for virtual in race.virtuals for w in virtual.events() if low < w < end}
    doubling: list[float] = []
    while value is None and low + race.extent * 2.0 ** len(doubling) < end:
        doubling.append(low + race.extent * 2.0 ** len(doubling))
    aims = [accuracy * race.extent] * 2

    def tail(left: float) -> list[arb] | None:
        rest = race.tail(left, value)
        negligible = all(part.is_finite() and part.rad() <= aim for part, aim in zip(rest, aims, strict=True))
        return rest if negligible else None

    points = [low, end, *events, *doubling, *(prior.low for prior in kept if low < prior.low < end)]
    above, cost = joint_integrals(race.model, race.plain, points, aims, tail, race.settled)
    if value is None:
        rest = race.tail(end, None)
        return low + above + rest[0], cost + rest[1], arb(0)
    lost = race.at(value)[2]
    return low + above - value * lost, cost, lost


class _Levels:
    """The provers' ironed virtual costs side by side."""

    def __init__(self, virtuals: list[VirtualCosts], accuracy: float) -> None:
        self.virtuals, self.accuracy = virtuals, accuracy
        self.low = min(virtual.low for virtual in virtuals)
        self.high = max(virtual.high for virtual in virtuals)
        self.extent = self.high - self.low
        self._at: dict[float, tuple[list[arb], list[arb], arb]] = {}

    def at(self, level: float) -> tuple[list[arb], list[arb], arb]:
        """Chances that each is at or below a level, that all others are above it, and that all are."""
        if level not in self._at:
            chances = [virtual.at(level)[2] for virtual in self.virtuals]
            before = [arb(1)]
            for chance in chances:
                before.append(before[-1] * (1 - chance))
            without, after = before[:-1], arb(1)
            for i in range(len(chances) - 1, -1, -1):
                without[i] = without[i] * after
                after = after * (1 - chances[i])
            self._at[level] = chances, without, after
        return self._at[level]

    def end(self, value: float | None) -> float:
        """Where to stop integrating."""
        top = min(virtual.top for virtual in self.virtuals)
        if value is not None:
            return value
        aim = self.accuracy * self.extent
        level = self.low + self.extent
        while level < top:
            if all(part.is_finite() and part.rad() <= aim for part in self.tail(level, None)):
                return level
            level = self.low + 2 * (level - self.low)
            if level > self.low + 2.0**100 * self.extent:
                raise Rejected("the payment of the optimal rule has a tail that cannot be enclosed")
        return top

    def tail(self, level: float, value: float | None) -> list[arb]:
        """Integrals of the payment and the cost beyond a level, up to the value if there is one."""
        _, without, left = self.at(level)
        costs = arb(self.low).union(arb(self.high))
        zero = arb(0)
        cost = zero.union(left) * costs if not left.is_zero() else zero
        if value is not None:
            return [zero.union(left) * (arb(value) - level), cost]
        rest: arb | None = None
        for virtual, others in zip(self.virtuals, without, strict=True):
            low, high, chance = virtual.at(level)
            beyond = (virtual.high - hull(arb(low), arb(high)) * chance - level * (1 - chance)).max(zero)
            bound = (others * beyond).upper()
            rest = arb(bound) if rest is None else rest.min(arb(bound))
        assert rest is not None
        return [zero.union(rest.max(zero)), cost]

    def settled(self, left: float, right: float) -> bool:
        """Whether a cell of levels lies in a zone of some prover, so that halving it would tell no more of that one."""
        centre = middle(left, right)[0]
        zones = [zone for virtual in self.virtuals if (zone := virtual.zone(centre)) is not None]
        return any(zone.gap is not None or 64 * (right - left) <= zone.high - zone.low for zone in zones)

    def model(self, left: float, right: float) -> list[arb] | None:
        """Integrals of $M$ and of the winner's cost over a cell of levels, by Taylor models."""
        known = {}
        for virtual in dict.fromkeys(self.virtuals):
            pair = virtual.expand(left, right)
            if pair is None:
                return None
            known[virtual] = pair
        pairs = [known[virtual] for virtual in self.virtuals]
        one = arb_series([arb(1)])
        integrands = []
        for k in (0, 1):
            chances = [pair[k][0] for pair in pairs]
            without, product = products_without([one - chance for chance in chances], one)
            cost = arb_series([arb(0)])
            for pair, chance, others in zip(pairs, chances, without, strict=True):
                cost = cost + pair[k][1] * chance.derivative() * others
            integrands.append([product, cost])
        return cell_integrals(integrands[0], integrands[1], left, right, lost=1)

    def plain(self, left: float, right: float) -> list[arb]:
        """The same integrals from monotone bounds; winners in a common jump are told apart by nothing."""
        chances, without, product = self.at(left)
        reached, fewer, last = self.at(right)
        centre = middle(left, right)[0]
        cost, wins = arb(0), arb(0)
        jumping: list[tuple[arb, arb]] = []
        for i, virtual in enumerate(self.virtuals):
            if right <= virtual.low:
                continue
            others = hull(without[i], fewer[i])
            chance = (reached[i] - chances[i]).max(arb(0))
            zone = virtual.zone(centre)
            if zone is not None and zone.gap is not None:
                mean, error = virtual.mean(zone)
                cost += error * others
                jumping.append((mean, chance * others))
                continue
            first, end = virtual.at(left)[0], virtual.at(right)[1]
            wins += chance * others
            cost += chance * others * cell_ball(first, end)
        if len(jumping) == 1:
            cost += jumping[0][0] * jumping[0][1]
        elif jumping:
            means = jumping[0][0]
            for mean, _ in jumping[1:]:
                means = hull(means, mean)
            cost += means * (product - last - wins).max(arb(0))
        return [hull(product, last) * (arb(right) - left), cost]


def price_against(prior: Prior, value: Prior) -> tuple[arb, arb, arb]:
    """Expected payment, resource cost and probability of no award of a monopolist who does not know the value.

    Args:
        prior: the law of its cost.
        value: the law of the requester's value.
    """
    asks = VirtualCosts(ReflectedPrior(value))

    def masses(left: float, right: float) -> tuple[arb, arb, arb]:
        """The probability of a cost in a cell, the price there, and the chance that it is accepted."""
        chance = exceeding(prior, left) - exceeding(prior, right)
        (_, high, much), (low, _, little) = asks.at(-left), asks.at(-right)
        return chance, cell_ball(-high, -low), hull(much, little)

    def plain(left: float, right: float) -> list[arb]:
        chance, price, accepted = masses(left, right)
        return [chance * price * accepted, chance * cell_ball(left, right) * accepted, chance * (1 - accepted)]

    def model(left: float, right: float) -> list[arb] | None:
        pair = asks.expand(-right, -left)
        if pair is None:
            return None
        centre, _ = middle(left, right)
        integrands = []
        for (accepted, offer), ball in zip(pair, (arb(centre), cell_ball(left, right)), strict=True):
            density = prior.density(arb_series([ball, 1]), centre)
            chance = _mirrored(accepted)
            integrands.append(
                [-_mirrored(offer) * chance * density, arb_series([ball, 1]) * chance * density, (1 - chance) * density]
            )
        return cell_integrals(integrands[0], integrands[1], left, right)

    inner = [-w for w in (*asks.events(), asks.low) if prior.low < -w < prior.high]
    scale = max(abs(prior.low), abs(prior.high), abs(asks.low), abs(asks.high))
    aims = [ACCURACY * scale, ACCURACY * scale, ACCURACY]
    points = [*breakpoints([prior], prior.low, prior.high), *inner]
    payment, cost, lost = joint_integrals(model, plain, points, aims)
    return payment, cost, lost


def _mirrored(series: arb_series) -> arb_series:
    """The series in minus its variable."""
    return arb_series([-c if k % 2 else c for k, c in enumerate(series.coeffs())])



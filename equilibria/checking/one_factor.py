r"""Signals with one common factor, in ball arithmetic: $x_i=\theta e_i$ or $x_i=\theta+e_i$, $\theta\sim G$, $e_i\sim F$.

Let $f(x\mid\theta)$ be the density of a signal and $S(x\mid\theta)$ the probability that one rival's signal is *weaker* than
$x$: higher in a procurement, lower in a sale. Everything that a bound needs are four integrals over the factor,

$$ A(x)=\int f S^{n-1}dG,\quad D(x)=(n-1)\int f^2S^{n-2}dG,\quad V(x)=(n-1)\int\theta f^2S^{n-2}dG,\quad
   B(x)=\int f S^{n-2}(1-S)\,dG: $$

$D/A$ is the hazard at which a rival at $x$ stops losing, $V/D=E[\theta\mid x_1=x, \text{strongest rival}=x]$, $nA$ is the density
of the strongest signal and $n(n-1)B$ that of the second.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flint import arb, arb_series

from equilibria.checking.document import Rejected, field, mapping, only, string
from equilibria.checking.factor_integrals import Span
from equilibria.checking.factor_laws import Piece, Series, read_own, read_pieces
from equilibria.checking.priors import hull

KINDS: Mapping[str, tuple[int, bool]] = {
    "common_difficulty": (1, False), "affiliated_values": (-1, False), "common_cost": (1, True), "mineral_rights": (-1, True),
}  # fmt: skip
"""Sign (+1 for a procurement) and whether the stake is common, by kind of market."""


@dataclass(frozen=True, slots=True)
class Moments:
    """A, D, V and B, each divided by `length`; V only where the stake is common and B only where it was asked for."""

    winning: Series
    losing: Series
    stake: Series
    second: Series
    length: arb_series


class OneFactor:
    """A market of `n` agents with one common factor."""

    def __init__(self, tree: Mapping[str, object]) -> None:
        market = mapping(field(tree, "market", "certificate"), "market")
        only(market, ("kind", "labels", "common", "own", "form"), "market")
        kind = string(field(market, "kind", "market"), "market.kind")
        self.sign, self.common = KINDS[kind]
        labels = field(market, "labels", "market")
        if not isinstance(labels, list) or len({string(x, "market.labels") for x in labels}) < max(2, len(labels)):
            raise Rejected("market.labels must be a list of two or more different names")
        self.n = len(labels)
        form = string(field(market, "form", "market"), "market.form")
        if form not in ("proportional", "additive"):
            raise Rejected(f"market.form must be 'proportional' or 'additive'; got {form!r}")
        self.proportional = form == "proportional"
        self.pieces = read_pieces(field(market, "common", "market"), "market.common")
        self.own = read_own(field(market, "own", "market"), "market.own")
        self.floor, self.ceiling = self.pieces[0].low, self.pieces[-1].high
        if self.proportional and (self.floor < 0 or self.own.low < 0):
            raise Rejected("a proportional model needs a factor and own parts that are not negative")
        if self.proportional and self.sign > 0 and self.floor <= 0:
            raise Rejected("market.common must be bounded away from zero in a proportional procurement")
        ends = [self.join(k, e) for k in (self.floor, self.ceiling) for e in (self.own.low, self.own.high)]
        self.low, self.high = ends[0], ends[3]
        knots = {piece.low for piece in self.pieces} | {self.ceiling}
        self.turns = [self.join(k, e) for k in knots for e in (self.own.low, self.own.high)]

    def join(self, factor: float, own: float) -> arb:
        """The signal of a factor and an own part, exactly as a rule."""
        return arb(factor) * own if self.proportional else arb(factor) + own

    def mean(self) -> arb:
        """The expected factor."""
        total = arb(0)
        for piece in self.pieces:
            total += piece.mean()
        return total

    def factors(self, x: arb) -> tuple[arb, arb]:
        """The least and the greatest factor that a signal in the ball `x` leaves possible."""
        least, most = arb(self.floor), arb(self.ceiling)
        if not self.proportional:
            return least.max(x - self.own.high), most.min(x - self.own.low)
        return least.max(x / self.own.high), most.min(x / self.own.low) if self.own.low > 0 else most

    def hazard_bound(self, x: arb) -> arb:
        """An upper bound of $D/A$ on a ball: $D$ is $A$ with $(n-1)f/S$ as a factor of its integrand."""
        least, most = self.factors(x)
        theta = hull(least, most)
        e = x / theta if self.proportional else x - theta
        e = e.max(arb(self.own.low)).min(arb(self.own.high))
        up, down = e - self.own.low, self.own.high - e
        density = self.own.density(up, down)
        hazard: arb = self.own.density_scale / (self.own.tail_scale * self.own.tail(up, down, self.sign)) * (self.n - 1)
        hazard = hazard if density is None else hazard * density
        return hazard / theta if self.proportional else hazard

    def moments(self, x: arb_series, inside: float | None, second: bool = False) -> Moments:
        """The integrals around a ball.

        Args:
            x: the expansion of the signal; a constant for a plain enclosure.
            inside: a double in the cell of `x`, on which no turn lies; None where one may lie in the ball, for a plain enclosure.
            second: whether B is wanted.
        """
        active = [piece for piece in self.pieces if self._active(piece, x[0], inside)]
        if len(active) == 1:
            values, length = Span(self, active[0], x, inside, second).integrals()
            winning, losing, stake, strong = values
            return Moments(winning, losing, stake, strong, length)
        totals: list[Series] = [arb_series([0])] * 4
        for piece in active:
            values, length = Span(self, piece, x, inside, second).integrals()
            totals = [total + value * length for total, value in zip(totals, values, strict=True)]
        winning, losing, stake, strong = totals
        return Moments(winning, losing, stake, strong, arb_series([1]))

    def _active(self, piece: Piece, x: arb, inside: float | None) -> bool:
        first, last = self.join(piece.low, self.own.low), self.join(piece.high, self.own.high)
        if inside is None:
            return not (x <= first or x >= last)
        return bool(first < inside < last)

r"""Signals with one common factor, in ball arithmetic: $x_i=\theta e_i$ or $x_i=\theta+e_i$, $\theta\sim G$, $e_i\sim F$.

Let $f(x\mid\theta)$ be the density of a signal and $S(x\mid\theta)$ the probability that one rival's signal is *weaker* than
$x$: higher in a procurement, lower in a sale. Everything that a bound needs are four integrals over the factor,

$$ A(x)=\int f S^{n-1}dG,\quad D(x)=(n-1)\int f^2S^{n-2}dG,\quad V(x)=(n-1)\int\theta f^2S^{n-2}dG,\quad
   B(x)=\int f S^{n-2}(1-S)\,dG: $$

$D/A$ is the hazard at which a rival at $x$ stops losing, $V/D=E[\theta\mid x_1=x, \text{strongest rival}=x]$, $nA$ is the density
of the strongest signal and $n(n-1)B$ that of the second.

**Laws.** $F$ is uniform or a beta law with whole parameters; $G$ has a polynomial density between knots (uniform, piecewise
linear, empirical, beta with whole parameters). Then $\log f$ is concave in $e$, and in $\log e$ for $e\ge0$ (uniform: constant on
an interval; beta: $(a-1)\log(e-e_0)$ has in $\log e$ the slope $(a-1)(1+e_0/(e-e_0))$, which falls, and so does that of
$(b-1)\log(e_1-e)$). So $f(x\mid\theta)$ is log-supermodular in $(x,\theta)$, the joint density of $(\theta,x_1,\dots,x_n)$ is, and
the signals are affiliated *whatever $G$ is* (Milgrom and Weber 1982, Theorem 1; Karlin and Rinott 1980).

**Quadrature.** In a proportional model $\theta=\theta_1e^{\lambda\tau}$ on the factors that are possible at $x$, in an additive one
$\theta=\theta_1+\lambda\tau$; the integrand is analytic in $\tau$ and, for fixed $\tau$, in $x$, so each Taylor coefficient in $x$
is an integral over $\tau\in[0,1]$, taken by Gauss's rule with $m$ nodes in panels. On $[-1,1]$, with $|\phi|\le M$ on Bernstein's
ellipse of parameter $\rho$, a polynomial of degree $2m-1$ is closer to $\phi$ than $2M\rho^{-2m}/(1-1/\rho)$ (its Chebyshev
coefficients are at most $2M\rho^{-k}$); the rule is exact for it and its weights are positive with sum 2, so the error is at
most $8M\rho^{-2m}/(1-1/\rho)$. $M$ comes from one evaluation on a complex box around the ellipse.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import comb
from typing import Any

from flint import acb, acb_series, arb, arb_poly, arb_series

from equilibria.checking.document import Rejected, field, integer, mapping, number, only, string
from equilibria.checking.priors import hull
from equilibria.checking.reading import read_prior

NODES = 12
"""Nodes of Gauss's rule in a panel, beyond those that a polynomial integrand of the same degree takes."""

RHO = 6
"""Parameter of Bernstein's ellipse."""

LONG = 2.0
"""Length of a range, in the logarithm of the factor, from which the integrals are taken term by term."""

PANEL = 0.8
"""Length of a panel in the logarithm of the factor."""

KINDS: Mapping[str, tuple[int, bool]] = {
    "common_difficulty": (1, False), "affiliated_values": (-1, False), "common_cost": (1, True), "mineral_rights": (-1, True),
}  # fmt: skip
"""Sign (+1 for a procurement) and whether the stake is common, by kind of market."""

Series = Any
"""An `arb_series`, or an `acb_series` where an integrand is bounded on an ellipse."""


@cache
def gauss_rule(nodes: int) -> list[tuple[arb, arb]]:
    """Nodes and weights on [0, 1]."""
    rule = [arb.legendre_p_root(nodes, k, weight=True) for k in range(nodes)]
    return [((1 + x) / 2, w / 2) for x, w in rule]


class Own:
    """The law of an agent's own part: beta with whole parameters, on powers of the distances from both ends."""

    def __init__(self, a: int, b: int, low: float, high: float) -> None:
        self.a, self.b, self.low, self.high = a, b, low, high
        self.width, self.whole = arb(high) - low, a + b - 1
        self.density_scale = a * comb(self.whole, a) / self.width**self.whole
        self.tail_scale = 1 / self.width**self.whole

    def density(self, up: Series, down: Series) -> Series | None:
        """The density without its scale, at distances from the lower and the upper end; None if it is constant."""
        return _product(_power(up, self.a - 1), _power(down, self.b - 1))

    def tail(self, up: Series, down: Series, sign: int) -> Series:
        """The probability, without its scale, of a weaker part: a higher one for +1, a lower one for -1."""
        u, v, a, b = (up, down, self.a, self.b) if sign > 0 else (down, up, self.b, self.a)
        rest = _power(v, a - 1)
        for j in range(1, a):
            rest = rest + _product(_power(u, j), _power(v, a - 1 - j)) * comb(self.whole, j)
        return _product(_power(v, b), rest)


def _power(base: Series, exponent: int) -> Series | None:
    """A power; None stands for one."""
    return None if exponent == 0 else base if exponent == 1 else base**exponent


def _product(*factors: Series | None) -> Series | None:
    """A product; None stands for one."""
    value: Series | None = None
    for factor in factors:
        value = factor if value is None else value if factor is None else value * factor
    return value


class Piece:
    """A density $(\theta-\theta_0)^p(\theta_1-\theta)^q$ times a polynomial in $\theta-\theta_0$ between two knots."""

    def __init__(self, low: float, high: float, coefficients: list[arb], powers: tuple[int, int] = (0, 0)) -> None:
        self.low, self.high, self.powers = low, high, powers
        while len(coefficients) > 1 and coefficients[-1].is_zero():
            coefficients = coefficients[:-1]
        self.coefficients = coefficients
        self.degree = len(coefficients) - 1 + sum(powers)

    def density(self, up: Series, down: Series) -> Series:
        """The density at distances from the lower and the upper knot."""
        value = self.coefficients[-1]
        for c in reversed(self.coefficients[:-1]):
            value = up * value + c
        return _product(_power(up, self.powers[0]), _power(down, self.powers[1]), value)

    def mean(self) -> arb:
        """The integral of the factor over this piece."""
        width, total = arb(self.high) - self.low, arb(0)
        density = self.density(arb_poly([0, 1]), arb_poly([width, -1])) * arb_poly([self.low, 1])
        for k, c in enumerate(density.coeffs()):
            total += c * width ** (k + 1) / (k + 1)
        return total


def read_pieces(node: object, where: str) -> list[Piece]:
    """The law of the factor.

    Raises:
        Rejected: it is no law that the checker knows, has a gap, or a density that is no polynomial between knots.
    """
    prior = read_prior(node, where)
    if prior.gaps():
        raise Rejected(f"{where} has a gap in its support")
    kind = string(field(node, "kind", where), f"{where}.kind")
    if kind == "beta":
        a, b = (integer(field(node, key, where), f"{where}.{key}") for key in "ab")
        width = arb(prior.high) - prior.low
        return [Piece(prior.low, prior.high, [a * comb(a + b - 1, a) / width ** (a + b - 1)], (a - 1, b - 1))]
    if kind not in ("uniform", "piecewise_linear", "empirical"):
        raise Rejected(f"{where}.kind {kind!r} has no polynomial density; uniform, beta, piecewise_linear or empirical has")
    pieces = []
    for low, high in pairwise(prior.knots):
        series = prior.density(arb_series([arb(low), 1]), low + 0.5 * (high - low))
        pieces.append(Piece(low, high, [series[k] for k in range(3)]))
    return pieces


def read_own(node: object, where: str) -> Own:
    """The law of an agent's own part."""
    prior = read_prior(node, where)
    kind = string(field(node, "kind", where), f"{where}.kind")
    if kind == "uniform":
        return Own(1, 1, prior.low, prior.high)
    if kind != "beta":
        raise Rejected(f"{where}.kind must be uniform or beta, whose signals are proved affiliated; got {kind!r}")
    a, b = (integer(field(node, key, where), f"{where}.{key}") for key in "ab")
    return Own(a, b, prior.low, prior.high)


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
        return sum((piece.mean() for piece in self.pieces), arb(0))

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
        hazard = self.own.density_scale / (self.own.tail_scale * self.own.tail(up, down, self.sign)) * (self.n - 1)
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
            values, length = _Span(self, active[0], x, inside, second).integrals()
            return Moments(*values, length)
        totals: list[Series] = [arb_series([0])] * 4
        for piece in active:
            values, length = _Span(self, piece, x, inside, second).integrals()
            totals = [total + value * length for total, value in zip(totals, values, strict=True)]
        return Moments(*totals, arb_series([1]))

    def _active(self, piece: Piece, x: arb, inside: float | None) -> bool:
        first, last = self.join(piece.low, self.own.low), self.join(piece.high, self.own.high)
        if inside is None:
            return not (x <= first or x >= last)
        return bool(first < inside < last)


@dataclass(frozen=True, slots=True)
class Moments:
    """A, D, V and B, each divided by `length`; V only where the stake is common and B only where it was asked for."""

    winning: Series
    losing: Series
    stake: Series
    second: Series
    length: arb_series


class _Span:
    """The factors of one piece that are possible at a signal, as a function of $\\tau$ in [0, 1]."""

    def __init__(self, game: OneFactor, piece: Piece, x: arb_series, inside: float | None, second: bool) -> None:
        self.game, self.piece, self.x, self.second = game, piece, x, second
        own, low, high = game.own, arb(piece.low), arb(piece.high)
        self.from_top = self.from_bottom = False
        first, last = arb_series([low]), arb_series([high])
        if inside is None:
            least, most = game.factors(x[0])
            first, last = arb_series([least.max(low)]), arb_series([most.min(high)])
        else:
            self.from_top = bool(game.join(piece.low, own.high) < inside)
            self.from_bottom = bool(game.join(piece.high, own.low) > inside)
            if self.from_top:
                first = x / arb(own.high) if game.proportional else x - arb(own.high)
            if self.from_bottom:
                last = x / arb(own.low) if game.proportional else x - arb(own.low)
        self.first = first
        if not game.proportional:
            self.length = arb_series([arb(own.high) - own.low]) if self.from_top and self.from_bottom else last - first
        elif self.from_top and self.from_bottom:
            self.length = arb_series([(arb(own.high) / own.low).log()])
        else:
            self.length = (last / first).log()
        if inside is None:
            self.length = arb_series([self.length[0].max(arb(0))])

    def integrals(self) -> tuple[list[Series], arb_series]:
        """The four integrals over the factor, each divided by a positive series, and that series."""
        own, n = self.game.own, self.game.n
        if self.game.proportional and self.length[0] > LONG:
            totals, length = self._term_by_term(), arb_series([1])
        else:
            totals, length = self._quadrature(), self.length
        scale = own.density_scale * own.tail_scale ** (n - 2)
        losing = scale * own.density_scale * (n - 1)
        scales = (scale * own.tail_scale, losing, losing, scale * own.tail_scale)
        return [total * factor for total, factor in zip(totals, scales, strict=True)], length

    def _term_by_term(self) -> list[Series]:
        r"""Without their scales: with $s=e^{-\lambda\tau}$ and $\kappa=x/\theta_1$ the own part is $\kappa s$ and the factor
        $\theta_1/s$, so that the integrands are sums of powers of $s$, and $\lambda\int s^m d\tau=(1-e^{-m\lambda})/m$."""
        game, own, n = self.game, self.game.own, self.game.n
        up, down = arb_poly([-arb(own.low), 1]), arb_poly([arb(own.high), -1])
        density, tail, one = own.density(up, down), own.tail(up, down, game.sign), arb_poly([1])
        rivals = _product(one, density, _power(tail, n - 2))
        likely = arb_poly([1]) * self.piece.density(arb_poly([-arb(self.piece.low), 1]), arb_poly([arb(self.piece.high), -1]))
        kappa = arb_series([own.high]) if self.from_top else self.x / self.first
        ratio = (-self.length).exp()
        powers: dict[int, Series] = {0: self.length}

        def term(m: int) -> Series:
            if m not in powers:
                powers[m] = (1 - (ratio**m if m > 0 else 1 / ratio**-m)) / m
            return powers[m]

        def total(polynomial: Any, shift: int) -> Series:
            value: Series = arb_series([0])
            for q, weight in enumerate(likely.coeffs()):
                inner: Series = arb_series([0])
                for p, c in enumerate(polynomial.coeffs()):
                    if not c.is_zero():
                        inner = inner + kappa**p * (c * weight) * term(p - q + shift)
                value = value + inner * (self.first ** (q - shift) if q >= shift else 1 / self.first)
            return value

        losing = _product(rivals, density)
        return [
            total(rivals * tail, 0),
            total(losing, 1),
            total(losing, 0) if game.common else arb_series([0]),
            total(rivals * own.tail(up, down, -game.sign), 0) if self.second else arb_series([0]),
        ]

    def _quadrature(self) -> list[Series]:
        r"""Without their scales and divided by $\lambda$: Gauss's rule over $\tau$, with its remainder."""
        game = self.game
        panels = max(1, int(float(self.length[0].mid()) / PANEL) + 1) if game.proportional else 1
        degree = game.own.whole * game.n + self.piece.degree
        nodes = degree // 2 + (NODES if game.proportional else 1)
        real = _Integrands(self, self.x, self.length, self.first, panels)
        wide = _Integrands(self, acb_series(self.x), acb_series(self.length), acb_series(self.first), panels)
        reach = (arb(RHO) + arb(1) / RHO) / 2, (arb(RHO) - arb(1) / RHO) / 2
        box = acb(hull((1 - reach[0]) / 2, (1 + reach[0]) / 2), hull(-reach[1] / 2, reach[1] / 2))
        error = 4 * arb(RHO) ** (-2 * nodes) / (1 - arb(1) / RHO)
        totals: list[Series] = [arb_series([0])] * 4
        for k in range(panels):
            for node, weight in gauss_rule(nodes):
                values = real.at(k, node, weight)
                totals = [total if value is None else total + value for total, value in zip(totals, values, strict=True)]
            if not game.proportional:
                continue
            bounds = wide.at(k, box, error)
            totals = [t if b is None else t + _symmetric(b) for t, b in zip(totals, bounds, strict=True)]
        return [total / panels for total in totals]


class _Integrands:
    """The integrands in a panel, without their scales, on real series or on complex ones."""

    def __init__(self, span: _Span, x: Series, length: Series, first: Series, panels: int) -> None:
        self.span, self.x, self.first = span, x, first
        self.ratio = x / first if span.game.proportional else x
        self.step = length / panels
        self.inverse = 1 / first if span.game.proportional else None
        self.length, self.panels = length, panels
        self._within: dict[int, Series] = {}
        self._before: dict[int, Series] = {}

    def at(self, panel: int, tau: arb | acb, weight: arb) -> tuple[Series | None, Series | None, Series | None, Series | None]:
        """The four integrands times a weight at a place of a panel."""
        span, game, own = self.span, self.span.game, self.span.game.own
        place = (tau + panel) / self.panels
        shrink, below, above = None, place, 1 - place
        if game.proportional:
            shrink = self._shrunk(panel, tau)
            if span.from_top:
                part = shrink * arb(own.high)
            elif span.from_bottom:
                part = (self.length * above).exp() * arb(own.low)
            else:
                part = self.ratio * shrink
        elif span.from_top:
            part = self.length * -below + arb(own.high)
        elif span.from_bottom:
            part = self.length * above + arb(own.low)
        else:
            part = self.x - (self.first + self.length * below)
        up, down = part - arb(own.low), arb(own.high) - part
        density, tail = own.density(up, down), own.tail(up, down, game.sign)
        theta = None
        if span.piece.degree or (game.common and not game.proportional):
            theta = self._factor(place)
        likely = span.piece.coefficients[0]
        if span.piece.degree:
            likely = span.piece.density(theta - arb(span.piece.low), arb(span.piece.high) - theta)
        rivals = _product(_power(tail, game.n - 2), density, likely * weight)
        losing = _product(density, rivals)
        return (
            tail * rivals,
            losing * shrink * self.inverse if game.proportional else losing,
            None if not game.common else losing if game.proportional else losing * theta,
            own.tail(up, down, -game.sign) * rivals if span.second else None,
        )

    def _shrunk(self, panel: int, tau: arb | acb) -> Series:
        r"""$e^{-\lambda\tau}$ at a place of a panel; the factors for the place and for the panel are kept."""
        if id(tau) not in self._within:
            self._within[id(tau)] = (self.step * -tau).exp()
        if panel and panel not in self._before:
            self._before[panel] = (self.step * -panel).exp()
        return self._within[id(tau)] * self._before[panel] if panel else self._within[id(tau)]

    def _factor(self, place: arb | acb) -> Series:
        """The factor, reckoned from the end of the range that does not move with the signal."""
        span, length = self.span, self.length
        if span.from_top and not span.from_bottom:
            above, high = 1 - place, arb(span.piece.high)
            return (length * -above).exp() * high if span.game.proportional else length * -above + high
        return self.first * (length * place).exp() if span.game.proportional else self.first + length * place


def _symmetric(bound: Series) -> arb_series:
    """A series whose coefficients are balls around zero that reach those of `bound`."""
    if not isinstance(bound, acb_series):
        top = arb(abs(bound).upper())
        return arb_series([(-top).union(top)])
    tops = [arb(abs(bound[k]).upper()) for k in range(bound.length())]
    return arb_series([(-top).union(top) for top in tops])

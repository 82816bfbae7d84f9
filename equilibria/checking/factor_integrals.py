r"""Integrals over the factors that a signal leaves possible.

**Quadrature.** In a proportional model $\theta=\theta_1e^{\lambda\tau}$ on the factors that are possible at $x$, in an additive
one $\theta=\theta_1+\lambda\tau$; the integrand is analytic in $\tau$ and, for fixed $\tau$, in $x$, so each Taylor coefficient
in $x$ is an integral over $\tau\in[0,1]$, taken by Gauss's rule with $m$ nodes in panels. On $[-1,1]$, with $|\phi|\le M$ on
Bernstein's ellipse of parameter $\rho$, a polynomial of degree $2m-1$ is closer to $\phi$ than $2M\rho^{-2m}/(1-1/\rho)$ (its
Chebyshev coefficients are at most $2M\rho^{-k}$); the rule is exact for it and its weights are positive with sum 2, so the
error is at most $8M\rho^{-2m}/(1-1/\rho)$. $M$ comes from one evaluation on a complex box around the ellipse.

An additive integrand is a polynomial in $\tau$, for which the rule is exact. Where the range of factors is long, the integrals
are taken term by term instead.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from flint import acb, acb_series, arb, arb_poly, arb_series

from equilibria.checking.factor_laws import Piece, Series, power, product
from equilibria.checking.priors import hull

if TYPE_CHECKING:
    from equilibria.checking.one_factor import OneFactor

NODES = {True: 12, False: 8}
"""Nodes of Gauss's rule in a wide panel and in a narrow one, beyond those that a polynomial of the same degree takes."""

RHO = {True: 6, False: 32}
"""Parameter of Bernstein's ellipse in a wide panel and in a narrow one; its size in the factor is about the same."""

WIDE = 0.1
"""Length of a panel, in the logarithm of the factor, from which it is wide."""

LONG = 2.0
"""Length of a range, in the logarithm of the factor, from which the integrals are taken term by term."""

PANEL = 0.8
"""Length of a panel in the logarithm of the factor."""


@cache
def gauss_rule(nodes: int) -> list[tuple[arb, arb]]:
    """Nodes and weights on [0, 1]."""
    rule = [arb.legendre_p_root(nodes, k, weight=True) for k in range(nodes)]
    return [((1 + x) / 2, w / 2) for x, w in rule]


class Span:
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
        rivals = product(one, density, power(tail, n - 2))
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

        losing = product(rivals, density)
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
        wide_panel = float(self.length[0].mid()) > WIDE * panels
        degree = game.own.whole * game.n + self.piece.degree
        nodes = degree // 2 + (NODES[wide_panel] if game.proportional else 1)
        rho = RHO[wide_panel]
        real = _Integrands(self, self.x, self.length, self.first, panels)
        wide = _Integrands(self, acb_series(self.x), acb_series(self.length), acb_series(self.first), panels)
        reach = (rho + arb(1) / rho) / 2, (rho - arb(1) / rho) / 2
        box = acb(hull((1 - reach[0]) / 2, (1 + reach[0]) / 2), hull(-reach[1] / 2, reach[1] / 2))
        error = 4 * arb(rho) ** (-2 * nodes) / (1 - arb(1) / rho)
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

    def __init__(self, span: Span, x: Series, length: Series, first: Series, panels: int) -> None:
        self.span, self.x, self.first = span, x, first
        self.ratio = x / first if span.game.proportional else x
        self.step = length / panels
        self.inverse = 1 / first if span.game.proportional else None
        self.length, self.panels = length, panels
        self._within: dict[int, Series] = {}
        self._before: dict[int, Series] = {}

    def at(self, panel: int, tau: arb | acb, weight: arb) -> tuple[Series, Series, Series, Series]:
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
        theta: Series = None
        if span.piece.degree or (game.common and not game.proportional):
            theta = self._factor(place)
        likely = span.piece.coefficients[0]
        if span.piece.degree:
            likely = span.piece.density(theta - arb(span.piece.low), arb(span.piece.high) - theta)
        rivals = product(power(tail, game.n - 2), density, likely * weight)
        losing = product(density, rivals)
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

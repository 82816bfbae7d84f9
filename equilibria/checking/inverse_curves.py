r"""Certify a pay-as-bid procurement whose strategies are stated as inverse bids: which cost bids what.

On pieces $b_0<\dots<b_K=\bar b$ the file states, for each active prover, the *inverse bid* $\varphi_i$: the cost that bids $b$.
A piece has a parameter $x\in[-1,1]$; bids run along
$b(x)=A\mp\bigl(\tfrac{1-x}2|A-b_k|^{1/m}+\tfrac{1+x}2|A-b_{k+1}|^{1/m}\bigr)^m$
($A$ an anchor outside the piece, $m$ a whole power, 1 for a straight line) and costs along a polynomial. From the prover's
entry to $\bar b$ the costs rise continuously from the lower end of its support to $a_i=\min(\bar b,h_i)$, exactly. A cost above
$a_i$ cannot win and bids itself (above a reserve it abstains). Hence $S_i(b)=1-F_i(\varphi_i(b))$ is exactly the probability
that $i$ bids above $b$, and $X_i=\prod_{j\ne i}S_j$ the probability that $b$ wins: no cdf has to be inverted.

**Bound** (single crossing). With $r_i=X_i+(b-\varphi_i)X_i'$ the slope of utility is
$u_b(b,c)=r_i(b)+(\varphi_i(b)-c)X_i'(b)$; $\varphi_i$ rises and $X_i$ falls, so the second term is at most zero above the bid of
$c$ and at least zero below it, and only ever hurts a deviation. So a type that bids $x$ gains at most $\int_x^yr_i\,db$ by a
bid $y\le\bar b$ (see `deviation_sums`). Before the entry of $i$, where $\varphi_i$ is the lower end of its support, only
deviations down pass. Below $b_0$ every bid wins already; above $\bar b$ only a prover whose support ends at or below $\bar b$
can win, which is bounded apart (`lone_prover`); abstaining gains no more than the bid $\bar b$. Integrals are taken over the
parameter, where $r_i\,b'(x)=X_ib'+(b-\varphi_i)\,dX_i/dx$ needs no root and no division.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, partial
from typing import TypeVar

from flint import arb, arb_poly, arb_series, ctx

from equilibria.checking.bounds import Bounds
from equilibria.checking.curves import Costs, read_curves
from equilibria.checking.deviation_sums import DeviationSums
from equilibria.checking.discs import Middle, integral, left_over, piece_between
from equilibria.checking.document import Rejected
from equilibria.checking.halving import Halving
from equilibria.checking.lone_prover import gain_above
from equilibria.checking.one_sided import one_sided, positive
from equilibria.checking.priors import Prior, hull
from equilibria.checking.taylor import numbers_of

_Factor = TypeVar("_Factor", arb, arb_series)

TERMS = 28
"""Coefficients kept in every power series."""

SPLITS = 60
"""Parts of a piece, on average, after which no bound is derived."""

NEGLIGIBLE = 1e-14
"""A share of the bid range this small, on one part of a piece, is not worth refining."""

HARDLY = 1e6
"""How many times more than that Taylor terms may leave, for the strategies to be so rough that it does not matter."""


class _Game:
    """Adds up, piece by piece, the one-sided integrals of the residuals, the cost and the integral of the chance of no sale."""

    def __init__(self, ends: list[float], maps: list[arb_poly], costs: list[Costs], each: bool) -> None:
        self.ends, self.maps, self.costs = ends, maps, costs
        self.kept = [arb(0) for _ in costs] if each else []
        self.extent = arb(ends[-1]) - ends[0]
        self.sums = [DeviationSums() for _ in costs]
        self.spent, self.unsold = arb(0), arb(0)
        self._halving = Halving(SPLITS, len(maps))

    def piece(self, k: int) -> None:
        """Add piece number `k`."""
        for costs, sums in zip(self.costs, self.sums, strict=True):
            if costs.entry == k:
                sums.made()
        self._halving.piece(partial(self._at, k), partial(_Part, self, k), (self.ends[k], self.ends[k + 1]))

    def _at(self, k: int, x: float) -> _End:
        """Costs at the parameter `x`."""
        return _End(self.costs, [c.at(k, x) if k >= c.entry else arb(c.prior.low) for c in self.costs])


class _End:
    """An end of a part: the costs that bid there, and, where they are asked for, the chances to have more."""

    def __init__(self, of: list[Costs], costs: list[arb]) -> None:
        self._of, self.costs = of, costs

    @cached_property
    def survivals(self) -> list[arb]:
        return [of.prior.survival(cost) for of, cost in zip(self._of, self.costs, strict=True)]


class _Part:
    """One part of a piece: what it adds, first by Taylor terms, where these fail by monotonicity alone."""

    def __init__(self, game: _Game, k: int, left: float, right: float, first: _End, last: _End) -> None:
        self.game, self.k, self.first, self.last = game, k, first, last
        self.left, self.right = arb(left), arb(right)
        self.centre, self.radius = (self.left + self.right) / 2, (self.right - self.left) / 2
        self.added: list[tuple[arb, arb, arb]] = []
        self.kept: list[arb] = []
        self.spent, self.unsold = arb(0), arb(0)

    def smooth(self) -> bool:
        """Bound every integral by Taylor terms and Cauchy's estimate; whether that is tight."""
        game, order, slack = self.game, TERMS - 1, NEGLIGIBLE * self.game.extent
        try:
            middle, chances = self._middle()
        except ValueError:  # the costs may pass a knot
            return False
        residuals, others, worst = left_over(lambda radius: self._on_disc(middle, chances, radius), self.radius, order, slack)
        if not worst <= HARDLY * slack:
            return False
        main, rest = self._series(middle, chances)
        if any(series.prec < order for series in (*main, *rest)):
            return False
        self.added = []
        for residual, error in zip(main, residuals, strict=True):
            up, down = one_sided(arb_poly([residual[m] for m in range(order)]), self.radius, slack)
            if not (error <= slack or error <= 0.25 * up.max(down)):
                return False
            self.added.append((up + error, down + error, integral(residual, self.radius, order, error)))
        totals = [integral(series, self.radius, order, error) for series, error in zip(rest, others, strict=True)]
        self.spent, self.unsold, *self.kept = totals
        if not all(total.is_finite() for total in totals):
            return False
        return bool(self.spent.rad() <= 1e-13 * game.extent and self.unsold.rad() <= 1e-13 * game.extent)

    def _middle(self) -> tuple[Middle, list[arb]]:
        """Bids and costs around the middle, and the chances to have a higher cost than there."""
        game, k, at = self.game, self.k, arb_poly([self.centre, 1])
        curves: list[arb_poly] = []
        laws: list[tuple[Prior, float] | None] = []
        for costs, low, high in zip(game.costs, self.first.costs, self.last.costs, strict=True):
            on = k >= costs.entry
            laws.append((costs.prior, piece_between(costs.prior, low, high)) if on else None)
            curves.append(costs.curve(k)(at) if on else arb_poly([low]))
        return Middle(game.maps[k](at), curves, laws), [c.prior.survival(x[0]) for c, x in zip(game.costs, curves, strict=True)]

    def _on_disc(self, middle: Middle, chances: list[arb], radius: arb) -> tuple[list[arb], list[arb]]:
        """Bounds of the residuals, and of the others, for complex parameters around the middle."""
        _, step, gaps, costs, slopes = middle.moving(radius)
        survivals = [arb_series([chance + radius * slope, slope], 2) for chance, slope in zip(chances, slopes, strict=True)]
        wins, product = _leave_one_out(survivals)
        masses = [slope * w[0] for slope, w in zip(slopes, wins, strict=True)]
        others = [sum((cost * mass for cost, mass in zip(costs, masses, strict=True)), arb(0)), product[0] * step]
        others += [gap * mass for gap, mass in zip(gaps, masses, strict=True)] if self.game.kept else []
        return [w[0] * step + gap * w[1] for w, gap in zip(wins, gaps, strict=True)], others

    def _series(self, middle: Middle, chances: list[arb]) -> tuple[list[arb_series], list[arb_series]]:
        """Series of the residuals; of the cost of the winner times its density, of the chance that nobody bids below times the
        slope of the bid, and of what each prover keeps times its density."""
        bid, costs, slopes = middle.series()
        wins, product = _leave_one_out([chance - slope.integral() for chance, slope in zip(chances, slopes, strict=True)])
        step, masses = bid.derivative(), [slope * w for slope, w in zip(slopes, wins, strict=True)]
        spent = sum((cost * mass for cost, mass in zip(costs, masses, strict=True)), arb_series([arb(0)]))
        kept = [(bid - cost) * mass for cost, mass in zip(costs, masses, strict=True)] if self.game.kept else []
        return [w * step + (bid - c) * w.derivative() for w, c in zip(wins, costs, strict=True)], [spent, product * step, *kept]

    def plain(self) -> bool:
        """Bound every integral by monotonicity alone; whether that is small enough to keep."""
        game, k = self.game, self.k
        bids = game.maps[k](self.left), game.maps[k](self.right)
        rise, bid = bids[1] - bids[0], hull(*bids)
        before, all_before = _leave_one_out(self.first.survivals)
        after, all_after = _leave_one_out(self.last.survivals)
        self.added, self.kept, self.spent, worst = [], [], arb(0), arb(0)
        for i in range(len(game.costs)):
            cost, fall = hull(self.first.costs[i], self.last.costs[i]), before[i] - after[i]
            gap, mass = bid - cost, (self.first.survivals[i] - self.last.survivals[i]) * hull(before[i], after[i])
            up, down = positive(before[i] * rise + positive(-gap) * fall), positive(positive(gap) * fall)
            self.added.append((up, down, hull(-down, up)))
            worst = worst.max(up).max(down)
            self.spent += cost * mass
            self.kept += [gap * mass] if game.kept else []
        self.unsold = hull(all_before, all_after) * rise
        return bool(worst.upper() <= 100 * NEGLIGIBLE * game.extent)

    def record(self) -> None:
        """Add to the sums of the game. Before its entry a prover bids nothing, so only deviations down pass there."""
        game = self.game
        for costs, sums, (up, down, whole) in zip(game.costs, game.sums, self.added, strict=True):
            sums.add(up, down, whole, made=self.k >= costs.entry)
        for i, kept in enumerate(self.kept):
            game.kept[i] += kept
        game.spent += self.spent
        game.unsold += self.unsold


def _leave_one_out(factors: list[_Factor]) -> tuple[list[_Factor], _Factor]:
    """The products of all factors but one, and of all."""
    if len(factors) == 1:
        return [factors[0] * 0 + 1], factors[0]
    before, after = [factors[0]], factors[-1]
    for factor in factors[1:-1]:
        before.append(before[-1] * factor)
    found = [before[-1]]
    for i in range(len(factors) - 2, 0, -1):
        found.append(before[i - 1] * after)
        after = factors[i] * after
    found.append(after)
    return found[::-1], factors[0] * after


def certify_inverse_curves(
    priors: Mapping[str, Prior], reserve: float | None, node: object, progress: Callable[[float], None] | None = None
) -> Bounds:
    """Bounds for pay-as-bid strategies that are stated as inverse bids; arguments and errors as in `certify_each`."""
    return certify_each(priors, reserve, node, progress, each=False)[0]


def certify_each(
    priors: Mapping[str, Prior], reserve: float | None, node: object, progress: Callable[[float], None] | None = None,
    *, each: bool = True,
) -> tuple[Bounds, Mapping[str, arb]]:
    """Bounds for strategies stated as inverse bids, and what each active prover expects to keep before it knows its cost.

    Args:
        priors: cost distributions by label.
        reserve: the highest bid that is accepted, or None.
        node: the `equilibrium.inverse_bids` object of a certificate.
        progress: called with the share of the pieces done.
        each: whether to integrate what each prover keeps.

    Raises:
        Rejected: the strategies break a hypothesis of the bound; the message says which.
    """
    for label, prior in priors.items():
        for left, right in prior.gaps():
            raise Rejected(f"{label!r} may have no mass between {left!r} and {right!r}; the bound needs a density there")
    ends, maps, costs = read_curves(priors, node)
    top = ends[-1]
    if reserve is not None and top > reserve:
        raise Rejected(f"the highest bid {top!r} is above the reserve {reserve!r}")
    active = {c.label for c in costs}
    for label, prior in priors.items():
        if label not in active and prior.low < top:
            raise Rejected(f"prover {label!r} could win with costs below {top!r} but has no strategy")
    strong = [c for c in costs if c.prior.high <= top]
    if not strong and top != reserve:
        raise Rejected("a type above the highest bid would still win: the highest bid must be the reserve or end a support")
    with numbers_of(ctx.prec, TERMS):
        game = _Game(ends, maps, costs, each)
        for k in range(len(maps)):
            game.piece(k)
            if progress is not None:
                progress((k + 1) / len(maps))
    gains = [sums.up.max(sums.down) for sums in game.sums]
    if len(strong) == 1 and top != reserve:
        rivals = [prior for label, prior in priors.items() if label != strong[0].label]
        gains[costs.index(strong[0])] += gain_above(rivals, strong[0].prior.high, top, reserve)
    gain, nobody = arb(0), arb(1)
    for value in gains:
        gain = gain.max(value)
    for c in costs:
        nobody = nobody * c.prior.survival(c.reach)
    payment = ends[0] + game.unsold - top * nobody
    bounds = Bounds(gain=gain, payment=payment, resource_cost=game.spent, redundant=arb(0), no_award=nobody)
    return bounds, {c.label: kept for c, kept in zip(costs, game.kept, strict=True)} if each else {}

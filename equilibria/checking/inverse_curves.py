r"""Certify a pay-as-bid procurement whose strategies are stated as inverse bids: which cost bids what.

On pieces $b_0<\dots<b_K=\bar b$ the file states, for each active prover, the *inverse bid* $\varphi_i$: the cost that bids $b$.
A piece has a parameter $x\in[-1,1]$; bids run along
$b(x)=A\mp\bigl(\tfrac{1-x}2|A-b_k|^{1/m}+\tfrac{1+x}2|A-b_{k+1}|^{1/m}\bigr)^m$
($A$ an anchor outside the piece, $m$ a whole power, 1 for a straight line) and costs along a polynomial. From the prover's
entry to $\bar b$ the costs rise continuously from the lower end of its support to $a_i=\min(\bar b,h_i)$, exactly. A cost above
$a_i$ cannot win and bids itself (above a reserve it abstains). Hence $S_i(b)=1-F_i(\varphi_i(b))$ is exactly the probability
that $i$ bids above $b$, and $X_i=\prod_{j\ne i}S_j$ the probability that $b$ wins: no cdf has to be inverted.

**Bound** (single crossing). With $r_i=X_i+(b-\varphi_i)X_i'$, no type of prover $i$ gains more than
$\max(\int r_i^+\,db,\int r_i^-\,db)$ by any bid up to $\bar b$: the slope of its utility is
$u_b(b,c)=r_i(b)+(\varphi_i(b)-c)X_i'(b)$; $\varphi_i$ rises and $X_i$ falls, so the second term is at most zero above the bid of
$c$ and at least zero below it, and only ever hurts a deviation. Before the entry of $i$, where $\varphi_i$ is the lower end of
its support, only deviations down pass. Below $b_0$ every bid wins already; above $\bar b$ only a prover whose support ends at or
below $\bar b$ can win, which is bounded apart (`lone_prover`); abstaining gains at most $\int r_i^+$. Both integrals are taken
over the parameter, where $r_i\,b'(x)=X_ib'+(b-\varphi_i)\,dX_i/dx$ needs no root and no division.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from flint import arb, arb_poly, arb_series, ctx

from equilibria.checking.bounds import Bounds
from equilibria.checking.curves import Costs, read_curves
from equilibria.checking.document import Rejected
from equilibria.checking.lone_prover import gain_above
from equilibria.checking.one_sided import one_sided, positive
from equilibria.checking.priors import Prior, hull
from equilibria.checking.taylor import integrate_model, model

_Factor = TypeVar("_Factor", arb, arb_series)

TERMS = 20
"""Coefficients kept in every power series."""

SPLITS = 60
"""Parts of a piece, on average, after which no bound is derived."""

NEGLIGIBLE = 1e-14
"""A share of the bid range this small, on one part of a piece, is not worth refining."""


@contextmanager
def _long_series() -> Iterator[None]:
    cap = ctx.cap
    ctx.cap = TERMS
    try:
        yield
    finally:
        ctx.cap = cap


class _Game:
    """Adds up, piece by piece, the one-sided integrals of the residuals, the cost and the integral of the chance of no sale."""

    def __init__(self, ends: list[float], maps: list[arb_poly], costs: list[Costs], each: bool) -> None:
        self.ends, self.maps, self.costs = ends, maps, costs
        self.kept = [arb(0) for _ in costs] if each else []
        self.extent = arb(ends[-1]) - ends[0]
        self.rising = [arb(0) for _ in costs]
        self.falling = [arb(0) for _ in costs]
        self.spent, self.unsold = arb(0), arb(0)
        self._left = SPLITS * len(maps)

    def piece(self, k: int) -> None:
        """Add piece number `k`."""
        stack = [(-1.0, 0.0), (0.0, 1.0)]
        ends = {x: self._at(k, x) for x in (-1.0, 0.0, 1.0)}
        while stack:
            self._left -= 1
            if self._left < 0:
                between = f"bids {self.ends[k]!r} and {self.ends[k + 1]!r}"
                raise Rejected(f"no bound within {SPLITS} parts a piece; stopped between {between}")
            left, right = stack.pop()
            part = _Part(self, k, left, right, ends[left], ends[right])
            centre = 0.5 * (left + right)
            if part.smooth() or part.plain() or right - left <= 1e-9:
                part.record()
                continue
            ends[centre] = self._at(k, centre)
            stack += [(centre, right), (left, centre)]

    def _at(self, k: int, x: float) -> list[tuple[arb, arb]]:
        """Cost and survival of every prover at the parameter `x`."""
        found = []
        for costs in self.costs:
            if k < costs.entry:
                found.append((arb(costs.prior.low), arb(1)))
                continue
            cost = costs.at(k, x)
            found.append((cost, costs.prior.survival(cost)))
        return found


class _Part:
    """One part of a piece: what it adds, first by Taylor models, where these fail by monotonicity alone."""

    def __init__(
        self, game: _Game, k: int, left: float, right: float, first: list[tuple[arb, arb]], last: list[tuple[arb, arb]]
    ) -> None:
        self.game, self.k, self.first, self.last = game, k, first, last
        self.left, self.right = arb(left), arb(right)
        self.centre, self.radius = (self.left + self.right) / 2, (self.right - self.left) / 2
        self.added: list[tuple[arb, arb]] = []
        self.kept: list[arb] = []
        self.spent, self.unsold = arb(0), arb(0)

    def smooth(self) -> bool:
        """Bound every integral by Taylor models; whether that is tight."""
        game, n = self.game, len(self.game.costs)
        width, order = 2 * self.radius, TERMS - 2
        ball = hull(self.left, self.right)
        try:
            models = [self._expand(self.centre, None), self._expand(ball, self)]
            if any(series.prec <= order for m in models for series in (*m.residuals, m.spent, m.unsold)):
                return False
        except (ValueError, ZeroDivisionError):  # a density that may vanish, or have no series, on the part
            return False
        self.added, self.spent, slack = [], arb(0), NEGLIGIBLE * game.extent
        for i in range(n):
            main, remainder = model(models[0].residuals[i], models[1].residuals[i], self.radius, order)
            if not (main.is_finite() and remainder.is_finite()):
                return False
            up, down = one_sided(arb_poly([models[0].residuals[i][m] for m in range(order)]), self.radius, slack)
            error = remainder.upper() * width
            if not (error <= slack or error <= 0.25 * up.max(down)):
                return False
            self.added.append((up + error, down + error))
        self.spent = integrate_model(models[0].spent, models[1].spent, self.radius, order)
        self.unsold = integrate_model(models[0].unsold, models[1].unsold, self.radius, order)
        self.kept = [integrate_model(*pair, self.radius, order) for pair in zip(models[0].kept, models[1].kept, strict=True)]
        if not all(total.is_finite() for total in (self.spent, self.unsold, *self.kept)):
            return False
        return bool(self.spent.rad() <= 1e-13 * game.extent and self.unsold.rad() <= 1e-13 * game.extent)

    def _expand(self, x: arb, part: _Part | None) -> _Model:
        """Series around `x` of everything that is integrated."""
        game, k = self.game, self.k
        at = arb_poly([x, 1])
        bid = arb_series(game.maps[k](at))
        step = bid.derivative()
        phis, survivals, slopes = [], [], []
        for i, costs in enumerate(game.costs):
            if k < costs.entry:
                phis.append(arb_series([arb(costs.prior.low)]))
                survivals.append(arb_series([arb(1)]))
                slopes.append(arb_series([arb(0)]))
                continue
            poly = costs.curve(k)(at)
            low, high = self.first[i][0], self.last[i][0]
            if part is not None:
                poly[0] = hull(low, high)
            inside = float(((low + high) / 2).mid())
            left, right = costs.prior.piece(inside)
            if not (low >= left and high <= right):  # for certain
                raise ValueError("the costs may pass a knot")
            phi = arb_series(poly)
            slope = -(costs.prior.density_on_piece(phi, left + 0.5 * (right - left)) * phi.derivative())
            start = costs.prior.survival(poly[0]) if part is None else hull(self.first[i][1], self.last[i][1])
            phis.append(phi)
            slopes.append(slope)
            survivals.append(slope.integral() + start)
        wins, product = _leave_one_out(survivals)
        residuals = [w * step + (bid - phi) * w.derivative() for w, phi in zip(wins, phis, strict=True)]
        spent = arb_series([arb(0)])
        for phi, slope, w in zip(phis, slopes, wins, strict=True):
            spent = spent - phi * slope * w
        kept = [(phi - bid) * slope * w for phi, slope, w in zip(phis, slopes, wins, strict=True)] if game.kept else []
        return _Model(residuals, spent, product * step, kept)

    def plain(self) -> bool:
        """Bound every integral by monotonicity alone; whether that is small enough to keep."""
        game, k, n = self.game, self.k, len(self.game.costs)
        bids = game.maps[k](self.left), game.maps[k](self.right)
        rise = bids[1] - bids[0]
        before, all_before = _leave_one_out([s for _, s in self.first])
        after, all_after = _leave_one_out([s for _, s in self.last])
        self.added, self.kept, self.spent, worst = [], [], arb(0), arb(0)
        for i in range(n):
            gap = hull(*bids) - hull(self.first[i][0], self.last[i][0])
            fall = before[i] - after[i]
            self.added.append((positive(before[i] * rise + positive(-gap) * fall), positive(positive(gap) * fall)))
            worst = worst.max(self.added[-1][0]).max(self.added[-1][1])
            mass = self.first[i][1] - self.last[i][1]
            self.spent += hull(self.first[i][0], self.last[i][0]) * hull(before[i], after[i]) * mass
            self.kept += [gap * hull(before[i], after[i]) * mass] if game.kept else []
        self.unsold = hull(all_before, all_after) * rise
        return bool(worst.upper() <= 100 * NEGLIGIBLE * game.extent)

    def record(self) -> None:
        """Add to the sums of the game. Before its entry a prover bids nothing, so only deviations down pass there."""
        game = self.game
        for i, (up, down) in enumerate(self.added):
            if self.k >= game.costs[i].entry:
                game.rising[i] += up
            game.falling[i] += down
        for i, kept in enumerate(self.kept):
            game.kept[i] += kept
        game.spent += self.spent
        game.unsold += self.unsold


class _Model:
    """Series of the residuals, of cost times density of winning, of the chance that nobody bids below, and of what each keeps."""

    def __init__(self, residuals: list[arb_series], spent: arb_series, unsold: arb_series, kept: list[arb_series]) -> None:
        self.residuals, self.spent, self.unsold, self.kept = residuals, spent, unsold, kept


def _leave_one_out(factors: list[_Factor]) -> tuple[list[_Factor], _Factor]:
    """The products of all factors but one, and of all."""
    one = factors[0] * 0 + 1
    before = [one]
    for factor in factors[:-1]:
        before.append(before[-1] * factor)
    after = one
    for i in range(len(factors) - 1, -1, -1):
        before[i] = before[i] * after
        after = after * factors[i]
    return before, after


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
    with _long_series():
        game = _Game(ends, maps, costs, each)
        for k in range(len(maps)):
            game.piece(k)
            if progress is not None:
                progress((k + 1) / len(maps))
    gains = [up.max(down) for up, down in zip(game.rising, game.falling, strict=True)]
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

r"""Certify a pay-as-bid procurement: a bound on every gain, and what the requester pays.

The file states, on bids $b_0<\dots<b_K=\bar b$, the *conditional bid cdf* $\hat G_i$ of each active prover: a cubic Hermite
spline from 0 at the prover's entry to 1 at $\bar b$ (a level $x<0$ in the file stands for $1+x$). With $a_i=\min(\bar b, h_i)$,
a prover of cost $c\le a_i$ bids
$\beta_i(c)=\hat G_i^{-1}(F_i(c)/F_i(a_i))$; a cost above $a_i$ cannot win and bids itself (above a reserve it abstains). Hence
$H_i(b)=1-F_i(a_i)\hat G_i(b)$ is exactly the probability that $i$ bids above $b$, $X_i=\prod_{j\ne i}H_j$ the probability that
$b$ wins, and $\varphi_i(b)=F_i^{-1}(F_i(a_i)\hat G_i(b))$ the cost that bids $b$.

**Bound** (single crossing). With the residual $r_i(b)=X_i(b)+(b-\varphi_i(b))X_i'(b)$, no type of prover $i$ gains more than
$\max(\int r_i^+,\int r_i^-)$ by any bid up to $\bar b$: for $u_b(b,c)=r_i(b)+(\varphi_i(b)-c)X_i'(b)$, and the second term only
ever hurts a deviation. Below $b_0$ every bid wins already. Above $\bar b$ only a prover whose support ends at or below $\bar b$
can win, against rivals that bid their costs; that gain is bounded apart (`lone_prover`). Abstaining gains at most $\int r_i^+$,
because a bid of $\bar b\ge c$ never loses money.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import TypeVar

from flint import arb, arb_series

from equilibria.checking.bid_cdfs import Strategy, no_gaps, read_game
from equilibria.checking.bounds import Bounds
from equilibria.checking.document import Rejected, mapping, only
from equilibria.checking.lone_prover import certify_constant, cost_between, gain_above
from equilibria.checking.priors import Prior, hull
from equilibria.checking.taylor import ORDER, cell_ball, integrate_model, middle, model

SUBDIVISIONS = 15
"""Subdivisions per cell and prover, on average, after which no bound is derived."""

SEARCHES = 60
"""Evaluations of a prior per cell, on average, after which no bound is derived."""

NEGLIGIBLE = 1e-11
"""A residual (a probability) this small is not worth refining."""


class SealedBids:
    """Expansions of the survival functions, products and residuals on one cell at a time."""

    def __init__(self, bids: list[float], strategies: list[Strategy]) -> None:
        self.bids, self.strategies = bids, strategies
        self.low, self.top = bids[0], bids[-1]
        self.extent = self.top - self.low
        self.rising = [arb(0) for _ in strategies]
        self.falling = [arb(0) for _ in strategies]
        self.cost = arb(0)
        self._left = SUBDIVISIONS * len(bids) * len(strategies)
        self._quantiles: dict[tuple[int, float], arb] = {}
        self._recent: list[list[tuple[float, float]]] = [[] for _ in strategies]

    def expand(self, cell: int, x: arb) -> tuple[list[arb_series], list[arb_series], arb_series]:
        """Conditional cdfs, products over rivals, product over all, around `x`."""
        conditionals = [s.conditional(cell, x) for s in self.strategies]
        survivals = [1 - c * s.mass for c, s in zip(conditionals, self.strategies, strict=True)]
        before = [arb_series([arb(1)])]
        for survival in survivals[:-1]:
            before.append(before[-1] * survival)
        products = list(before)
        after = arb_series([arb(1)])
        for i in range(len(survivals) - 1, -1, -1):
            products[i] = before[i] * after
            after = after * survivals[i]
        return conditionals, products, after

    def worth(self, i: int, profit: arb) -> arb:
        """What a profit is worth to prover `i` at the margin: itself to the risk neutral."""
        return profit

    def worth_series(self, i: int, profit: arb_series) -> arb_series:
        """`worth` of a series."""
        return profit

    def cost_bidding(self, i: int, cell: int, b: float) -> arb:
        """An enclosure of the cost of prover `i` that bids `b`."""
        key = (i, b)
        if key not in self._quantiles:
            strategy, recent = self.strategies[i], self._recent[i]
            if strategy.prior.searched > SEARCHES * len(self.bids):
                raise Rejected(f"no bound within {SEARCHES} evaluations a cell of the prior of {strategy.label!r}")
            cost = strategy.prior.quantile(strategy.level(cell, b), _extrapolate(recent, b) if recent else None)
            self._quantiles[key] = cost
            recent.append((b, float(cost.mid())))
            del recent[:-4]
        return self._quantiles[key]

    def cell(self, cell: int) -> arb:
        """Add one cell to every prover's bound; returns the integral of the probability that all bid above."""
        left, right = self.bids[cell], self.bids[cell + 1]
        centre, radius = middle(left, right)
        point, whole = self.expand(cell, arb(centre)), self.expand(cell, cell_ball(left, right))
        for i in range(len(self.strategies)):
            self._prover(i, cell, left, right, point, whole)
        return integrate_model(point[2], whole[2], radius, ORDER - 1)

    def _prover(self, i: int, cell: int, left: float, right: float, point: _Expansion, whole: _Expansion) -> None:
        """Enclose the residual and the cost of prover `i` on a cell; halve the cell, or split it at a knot, where needed."""
        strategy = self.strategies[i]
        self._left -= 1
        if self._left < 0:
            raise Rejected(f"no bound within {SUBDIVISIONS} subdivisions a cell; stopped at prover {strategy.label!r}")
        centre, radius = middle(left, right)
        width = arb(right) - left
        ball = cell_ball(left, right)
        tiny = float(width) <= 2e-11 * self.extent or not left < centre < right
        x_whole = whole[1][i]
        knot = None
        if cell < strategy.entry:
            costs = arb(strategy.prior.low)
        else:
            first = self.cost_bidding(i, cell, left)
            last = self.cost_bidding(i, cell, right)
            costs = hull(first, last)
            knot = _crossed(strategy.prior, first, last)
        plain = x_whole[0] + self.worth(i, ball - costs) * x_whole[1]
        weight = -(whole[0][i] * strategy.mass)[1] * x_whole[0]
        plain_cost = -(costs * weight) * width
        if tiny:
            self._record(i, cell, left, right, plain, plain_cost, x_whole[0])
            return
        if knot is not None:
            cut = self._crossing(i, cell, left, right, knot)
            gap = 1e-11 * self.extent
            ends = sorted({left, right, *(e for e in (cut - gap, cut + gap) if left < e < right)})
            if len(ends) == 2:
                ends = [left, centre, right]
            for u, v in pairwise(ends):
                m, _ = middle(u, v)
                self._prover(i, cell, u, v, self.expand(cell, arb(m)), self.expand(cell, cell_ball(u, v)))
            return
        inside = float(costs.mid())
        try:
            residual, paid = self._model(i, cell, strategy, centre, ball, costs, inside, point, whole)
            main, remainder = model(residual[0], residual[1], radius, ORDER - 2)
            cost = integrate_model(paid[0], paid[1], radius, ORDER - 2)
            fine = main.is_finite() and remainder.is_finite() and cost.is_finite()
        except (ValueError, ZeroDivisionError):  # a density that may vanish, or have no series, on the cell
            fine = False
        if fine and (remainder.upper() <= NEGLIGIBLE or remainder.upper() <= 0.25 * main.abs_upper()):
            self._record(i, cell, left, right, main + remainder, cost, x_whole[0])
            return
        if plain.is_finite() and plain.abs_upper() * width <= 1e-11 * self.extent:
            self._record(i, cell, left, right, plain, plain_cost, x_whole[0])
            return
        for u, v in ((left, centre), (centre, right)):
            m, _ = middle(u, v)
            self._prover(i, cell, u, v, self.expand(cell, arb(m)), self.expand(cell, cell_ball(u, v)))

    def _model(
        self, i: int, cell: int, strategy: Strategy, centre: float, ball: arb, costs: arb, inside: float,
        point: _Expansion, whole: _Expansion,
    ) -> tuple[tuple[arb_series, arb_series], tuple[arb_series, arb_series]]:
        """Series of the residual and of `cost times winning density`, at the middle and on the whole cell."""
        residuals, paid = [], []
        for x, expansion, constant in ((arb(centre), point, None), (ball, whole, costs)):
            conditional, wins = expansion[0][i] * strategy.mass, expansion[1][i]
            if strategy.idle(cell):
                phi = arb_series([costs])
            else:
                start = self.cost_bidding(i, cell, centre) if constant is None else constant
                # the cost whose cdf is the conditional one: the inverse of the law's series in the other's
                rises = strategy.prior.density(arb_series([start, 1]), inside).integral()
                phi = rises.reversion()(conditional.derivative().integral()) + start
            residuals.append(wins + self.worth_series(i, arb_series([x, 1]) - phi) * wins.derivative())
            paid.append(phi * conditional.derivative() * wins)
        return (residuals[0], residuals[1]), (paid[0], paid[1])

    def _record(self, i: int, cell: int, left: float, right: float, residual: arb, cost: arb, wins: arb) -> None:
        """Add to both one-sided integrals and to the cost; where the costs of a cell spread widely, integrate over their range.

        Before its entry a prover bids nothing, so only deviations down pass there.
        """
        strategy, width, zero = self.strategies[i], arb(right) - left, arb(0)
        if not strategy.idle(cell) and (not cost.is_finite() or cost.rad() > 1e-12 * self.extent):
            spread = cost_between(strategy.prior, self.cost_bidding(i, cell, left), self.cost_bidding(i, cell, right), wins)
            cost = spread if not cost.is_finite() or spread.rad() < cost.rad() else cost
        if not residual.is_finite() or not cost.is_finite():
            raise Rejected(f"no finite bound for prover {strategy.label!r} on one of its cells")
        if cell >= self.strategies[i].entry:
            self.rising[i] += arb(residual.upper()).max(zero) * width
        self.falling[i] += arb((-residual).upper()).max(zero) * width
        self.cost += cost

    def _crossing(self, i: int, cell: int, left: float, right: float, knot: float) -> float:
        """A double near the bid at which the cost of prover `i` passes a knot of its prior."""
        strategy = self.strategies[i]
        target = strategy.prior.cdf(knot).mid()
        for _ in range(70):
            centre = left + 0.5 * (right - left)
            if not left < centre < right:
                break
            if strategy.level(cell, centre).mid() < target:
                left = centre
            else:
                right = centre
        return left


_Expansion = tuple[list[arb_series], list[arb_series], arb_series]


def _extrapolate(points: list[tuple[float, float]], b: float) -> float:
    """Neville's polynomial through a few points: where to begin a search, no more."""
    values = [cost for _, cost in points]
    for width in range(1, len(points)):
        for k in range(len(points) - width):
            left, right = points[k][0], points[k + width][0]
            values[k] = ((b - right) * values[k] - (b - left) * values[k + 1]) / (left - right)
    return values[0]


def _crossed(prior: Prior, first: arb, last: arb) -> float | None:
    """A knot of the prior that is not clearly outside the costs of a cell, if there is one."""
    if len(prior.knots) == 2:
        return None
    start = bisect_right(prior.knots, float(first.lower()))
    for knot in prior.knots[max(start - 1, 1) : -1]:
        if first.lower() < knot < last.upper():
            return knot
        if knot >= last.upper():
            break
    return None


def certify(
    priors: Mapping[str, Prior], reserve: float | None, node: object, progress: Callable[[float], None] | None = None
) -> Bounds:
    """Bounds for stated pay-as-bid strategies; arguments and errors as in `certify_game`."""
    if isinstance(node, Mapping) and "constant" in node:
        only(node, ("constant",), "equilibrium")
        no_gaps(priors)
        return certify_constant(priors, reserve, mapping(node["constant"], "equilibrium.constant"))
    return certify_game(priors, reserve, node, SealedBids, progress)[0]


Game = TypeVar("Game", bound=SealedBids)


def certify_game(
    priors: Mapping[str, Prior], reserve: float | None, node: object, kind: Callable[[list[float], list[Strategy]], Game],
    progress: Callable[[float], None] | None = None,
) -> tuple[Bounds, Game]:
    """Bounds for stated pay-as-bid strategies, and the sums that they come from.

    Args:
        priors: cost distributions by label.
        reserve: the highest bid that is accepted, or None.
        node: the `equilibrium` object of a certificate.
        kind: makes what adds up.
        progress: called with the share of the cells done.

    Raises:
        Rejected: the strategies break a hypothesis of the bound; the message says which.
    """
    no_gaps(priors)
    bids, strategies, strong = read_game(priors, reserve, node)
    top = bids[-1]
    game = kind(bids, list(strategies.values()))
    above = arb(0)
    for k in range(len(bids) - 1):
        above += game.cell(k)
        if progress is not None and k % 16 == 0:
            progress(k / len(bids))
    gains = [up.max(down) for up, down in zip(game.rising, game.falling, strict=True)]
    if len(strong) == 1 and top != reserve:
        s = next(i for i, strategy in enumerate(game.strategies) if strategy.label == strong[0])
        rivals = [prior for label, prior in priors.items() if label != strong[0]]
        gains[s] += gain_above(rivals, game.strategies[s].prior.high, top, reserve)
    gain = arb(0)
    for value in gains:
        gain = gain.max(value)
    unsold = arb(1)
    for strategy in game.strategies:
        unsold = unsold * (1 - strategy.mass)
    payment = game.low + above - top * unsold
    return Bounds(gain=gain, payment=payment, resource_cost=game.cost, redundant=arb(0), no_award=unsold), game

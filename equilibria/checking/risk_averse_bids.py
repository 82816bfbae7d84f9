r"""Certify a pay-as-bid procurement in which provers are averse to risk.

Strategies are stated as in `sealed_bids`, whose notation this page uses: $X(b)$ is the probability that a bid $b$ of the prover
at hand wins, $\varphi(b)$ the cost that bids $b$, $\beta=\varphi^{-1}$. Its utility of a profit is $U$: increasing, concave,
continuously differentiable above zero, $U(0)=0$; losses are worth less than nothing. Let $m=U/U'$, which increases, and let
$\delta(b)=b-\varphi(b)$ be the profit of the type that bids $b$.

**Strategies.** A stated bid may lie below its cost, by rounding. Such a type bids its cost instead: the strategy is
$\tilde\beta(c)=\max\{\beta(c),c\}$. With $\eta_i\ge F_i(a_i)\hat G_i(b)-F_i(b)$, whose positive part is the probability that
this moves a bid past $b$, a chance to win is between $X_i$ and $X_i+\sum_{j\ne i}\eta_j$. So gains in utility grow by at most
$U(\bar b-c)\sum_{j\ne i}\eta_j$, the payment by at most the width of the bid range times $\sum_j\eta_j$, and the expected cost
changes by at most $2n\sum_j\eta_j$ times the largest cost of a winner. Below, $s=\tilde\beta(c)$, and $X$ does without the
move.

**Epsilon is money.** A type of cost $c$ that bids $s$ expects $\Pi(s,c)$ for $\Pi(b,c)=U(b-c)X(b)$. The certified number
satisfies $\Pi(b,c)-\Pi(s,c)\le\varepsilon\,U'(s-c)$ for every prover, $c$ and $b$: the gain, at the marginal utility that the
type has when it wins. Where $\varepsilon$ is small beside the profit $s-c$, a sure payment of $\varepsilon$ makes up for the
gain: a unit of money is worth $U'(s-c)$ to the type when it wins, and by concavity more when it does not. For the risk neutral
it is the gain itself.

**Theorem.** Let $R(b)=X(b)+m(\delta(b))X'(b)$, where $m$ goes on increasing below 0 with $m\le0$. A deviation upwards gains at
most $\int R^+\,db$. One downwards gains at most the sum over the cells of the bid range of $\min\{\kappa\int
R^-\,db,\;m(\Delta)\,(X(l)-X(r))\}$, where $[l,r]$ is the cell, $\Delta$ the largest $\delta$ at bids from $l$ on, and
$\kappa=\max\{1,\,U'(\min_{[l,r]}\delta^+)/U'(\Delta)\}$ is about 1 where $\delta$ falls with the bid.

*Proof, upwards.* For $t>s$ the type that bids $t$ has a cost $\varphi(t)\ge c$, so $t-c\ge\delta(t)$, and $t-c\ge s-c\ge0$.
Since $X'\le0$, $\partial_t\Pi(t,c)=U'(t-c)\,[X+m(t-c)X']\le U'(t-c)\,[X+m(\delta(t))X']\le U'(s-c)\,R^+(t)$. Integrate.
*Downwards.* A bid below one's cost earns at most 0, and $\Pi(s,c)\ge0$; so let $c\le b<t<s=\beta(c)$. Now $\varphi(t)\le c$, so
$0<t-c\le\delta(t)$, and $-\partial_t\Pi(t,c)=U(t-c)\,[-X/m(t-c)-X']\le U(t-c)\,[-X/m(\delta(t))-X']
\le\frac{U(t-c)}{U(\delta(t))}\,U'(\delta(t))\,R^-(t)\le U'(\delta(t))\,R^-(t)$. Divide by $U'(s-c)=U'(\delta(s))\ge U'(\Delta)$
and integrate over the cell. Also $\Pi(l,c)-\Pi(r,c)\le U(r-c)\,(X(l)-X(r))\le U(s-c)\,(X(l)-X(r))$, which divided by $U'(s-c)$
is at most $m(\Delta)(X(l)-X(r))$. Both hold for parts of a cell. ∎

Bids below the lowest win already. Above the highest bid $\bar b$ only a prover whose support ends at $h\le\bar b$ can win,
against rivals that bid their costs and with probability $P$ say. There $\ln U(b-c)$ has increasing differences, so
$\Pi(b,c)/\Pi(\bar b,c)\le1+g$ with $g=\sup_b U(b-h)P(b)/(U(\bar b-h)P(\bar b))-1$, and as $\Pi(\bar b,c)\le
U'(s-c)\,(m(\Delta)+\int R^+)$ such a bid gains at most $\int R^++g\,(m(\Delta)+\int R^+)$.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from flint import arb, arb_series

from equilibria.checking.attitudes import Attitude
from equilibria.checking.bid_cdfs import Strategy, no_gaps, read_game
from equilibria.checking.bounds import Bounds
from equilibria.checking.document import Rejected, mapping, only
from equilibria.checking.lone_prover import certify_constant, relative_gain_above
from equilibria.checking.priors import Prior, hull
from equilibria.checking.sealed_bids import SUBDIVISIONS, SealedBids
from equilibria.checking.taylor import ORDER, cell_ball, middle, model

NEGLIGIBLE = 1e-15
"""A probability of bids below cost that is not worth refining."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a cell: an upper bound of R^- on it, the fall of the chance to win, and bounds of the profit delta."""

    left: float
    width: arb
    short: arb
    fall: arb
    least: arb
    most: arb
    bids: bool


class _RiskAverse(SealedBids):
    """Residuals with m(delta) in place of delta, and what a deviation down needs besides."""

    def __init__(self, bids: list[float], strategies: list[Strategy], attitudes: list[Attitude]) -> None:
        SealedBids.__init__(self, bids, strategies)
        self.attitudes = attitudes
        self.pieces: list[list[_Piece]] = [[] for _ in strategies]

    def worth(self, i: int, profit: arb) -> arb:
        return self.attitudes[i].worth(profit)

    def worth_series(self, i: int, profit: arb_series) -> arb_series:
        return self.attitudes[i].worth_series(profit)

    def _record(self, i: int, cell: int, left: float, right: float, residual: arb, cost: arb, wins: arb) -> None:
        SealedBids._record(self, i, cell, left, right, residual, cost, wins)
        strategy = self.strategies[i]
        least, most = self._profits(i, cell, left, right)
        self.pieces[i].append(
            _Piece(
                left=left,
                width=arb(right) - left,
                short=arb((-residual).upper()).max(arb(0)),
                fall=arb(wins.upper()) - arb(wins.lower()),
                least=least,
                most=most,
                bids=cell >= strategy.entry,
            )
        )

    def down(self, i: int) -> tuple[arb, arb]:
        """A bound on gains from lower bids, and the largest profit of a winner."""
        attitude, total, largest = self.attitudes[i], arb(0), arb(0)
        for piece in sorted(self.pieces[i], key=lambda piece: -piece.left):
            if piece.bids:
                largest = largest.max(piece.most)
            elif piece.most <= 0:
                break
            by_slope = attitude.ratio(piece.least.max(arb(0)), largest) * piece.short * piece.width
            by_fall = attitude.worth(largest) * piece.fall
            total += arb((by_slope.min(by_fall) if by_slope.is_finite() else by_fall).upper())
        return total, largest

    def _profits(self, i: int, cell: int, left: float, right: float) -> tuple[arb, arb]:
        """Bounds of the profit b - phi(b) on a part of a cell; its values at the ends where it is monotone."""
        strategy = self.strategies[i]
        if cell < strategy.entry:
            return arb(left) - strategy.prior.low, arb(right) - strategy.prior.low
        first, last = self.cost_bidding(i, cell, left), self.cost_bidding(i, cell, right)
        ends = (left - first).union(right - last)
        costs = hull(first, last)
        try:
            density = strategy.prior.density(arb_series([costs], 1), float(costs.mid()))[0]
            slope = (strategy.conditional(cell, cell_ball(left, right)) * strategy.mass)[1] / density - 1
        except (ValueError, ZeroDivisionError):  # the density may vanish, or be unbounded
            slope = arb.nan()
        smooth = not any(costs.lower() < knot < costs.upper() for knot in strategy.prior.knots[1:-1])
        monotone = smooth and (bool(slope >= 0) or bool(slope <= 0))
        return (arb(ends.lower()), arb(ends.upper())) if monotone else (arb((left - last).lower()), arb((right - first).upper()))

    def overbidding(self, i: int) -> arb:
        """A bound of F(a) G(b) - F(b), which is positive where a stated bid lies below its cost."""
        strategy = self.strategies[i]
        prior, left_over, worst = strategy.prior, SUBDIVISIONS * len(self.bids), arb(0)
        for cell in range(strategy.entry, len(self.bids) - 1):
            if strategy.idle(cell):
                continue
            start, end = self.bids[cell], self.bids[cell + 1]
            stack = list(pairwise([start, *(k for k in prior.knots if start < k < end), end]))
            while stack:
                left, right = stack.pop()
                centre = left + 0.5 * (right - left)
                excess = self._excess(strategy, cell, left, right, centre)
                left_over -= 1
                true = (strategy.level(cell, left) - prior.cdf(left)).max(strategy.level(cell, right) - prior.cdf(right))
                if excess <= NEGLIGIBLE + 2 * true.max(arb(0)) or left_over < 0 or not left < centre < right:
                    worst = worst.max(arb(excess.upper()))
                else:
                    stack.extend([(left, centre), (centre, right)])
        return worst

    def _excess(self, strategy: Strategy, cell: int, left: float, right: float, centre: float) -> arb:
        """What `overbidding` is at most on a part of a cell: by its slope where that has one sign, else by a Taylor model."""
        prior, ball = strategy.prior, cell_ball(left, right)
        plain = (strategy.level(cell, right) - prior.cdf(left)).max(arb(0))
        if plain <= NEGLIGIBLE or not prior.low <= left < prior.high:
            return plain


        def excess(x: arb) -> arb_series:
            cdf = prior.density(arb_series([x, 1]), centre).integral() + prior.cdf(x)
            return strategy.conditional(cell, x) * strategy.mass - cdf

        try:
            whole = excess(ball)
            if not (whole[1] >= 0 or whole[1] <= 0):
                main, remainder = model(excess(arb(centre)), whole, middle(left, right)[1], ORDER - 1)
                bound = arb((main + remainder).upper()).max(arb(0))
                return bound.min(plain) if bound.is_finite() else plain
        except (ValueError, ZeroDivisionError):  # the density may vanish, or be unbounded
            return plain
        end = right if whole[1] >= 0 else left
        return arb(0) if end == self.top else (strategy.level(cell, end) - prior.cdf(end)).max(arb(0))


def certify(
    priors: Mapping[str, Prior],
    attitudes: Mapping[str, Attitude],
    reserve: float | None,
    node: object,
    progress: Callable[[float], None] | None = None,
) -> Bounds:
    """Bounds for stated pay-as-bid strategies of risk-averse provers.

    Args:
        priors: cost distributions by label.
        attitudes: to the profit of a winner, by label.
        reserve: the highest bid that is accepted, or None.
        node: the `equilibrium` object of a certificate.
        progress: called with the share of the cells done.

    Raises:
        Rejected: the strategies break a hypothesis of the bound; the message says which.
    """
    no_gaps(priors)
    if isinstance(node, Mapping) and "constant" in node:
        only(node, ("constant",), "equilibrium")
        constant = mapping(node["constant"], "equilibrium.constant")
        return certify_constant(priors, reserve, constant, attitudes)
    bids, strategies, strong = read_game(priors, reserve, node)
    top = bids[-1]
    game = _RiskAverse(bids, list(strategies.values()), [attitudes[label] for label in strategies])
    above = arb(0)
    excess = [game.overbidding(i) for i in range(len(strategies))]
    for k in range(len(bids) - 1):
        above += game.cell(k)
        if progress is not None and k % 16 == 0:
            progress(k / len(bids))
    gain, unsold, moved = arb(0), arb(1), sum(excess, arb(0))
    for i, (label, strategy) in enumerate(strategies.items()):
        falling, largest = game.down(i)
        if not largest > 0:
            raise Rejected(f"no type of prover {label!r} earns anything when it wins")
        most = game.rising[i].max(falling)
        if strong == [label] and top != reserve:
            rivals = [prior for name, prior in priors.items() if name != label]
            share = relative_gain_above(rivals, strategy.prior.high, top, reserve, attitudes[label])
            most = most.max(game.rising[i] + share * (attitudes[label].worth(largest) + game.rising[i]))
        utility = attitudes[label].utility(arb(top) - strategy.prior.low) / attitudes[label].marginal(largest)
        gain = gain.max(most + (moved - excess[i]) * utility)
        unsold = unsold * (1 - strategy.mass)
    payment = game.low + above - top * unsold + arb(0).union(moved * (arb(top) - game.low))
    least = min(strategy.prior.low for strategy in strategies.values())
    shifted = 2 * len(strategies) * moved * max(abs(least), abs(top))
    cost = game.cost + (-shifted).union(shifted)
    return Bounds(gain=gain, payment=payment, resource_cost=cost, redundant=arb(0), no_award=unsold)

r"""Certify a pay-as-bid procurement in which provers are averse to risk.

Strategies are stated as in `sealed_bids`, whose notation this page uses: $X(b)$ is the probability that a bid $b$ of the prover
at hand wins, $\varphi(b)$ the cost that bids $b$, $\beta=\varphi^{-1}$. Its utility of a profit is $U$: increasing, concave,
continuously differentiable above zero, $U(0)=0$; losses are worth less than nothing. Let $m=U/U'$, which increases, and let
$\delta(b)=b-\varphi(b)$ be the profit of the type that bids $b$.

**Epsilon is money.** A type of cost $c$ that bids $s=\beta(c)$ expects $\Pi(s,c)$ for $\Pi(b,c)=U(b-c)X(b)$. The certified
number satisfies $\Pi(b,c)-\Pi(s,c)\le\varepsilon\,U'(s-c)$ for every prover, $c$ and $b$: the gain, at the marginal utility that
the type has when it wins. By concavity a sure payment worth the gain is, to first order, no larger. For the risk neutral it is
the gain itself.

**Theorem.** Let $\delta\ge0$ wherever a type bids, and $R(b)=X(b)+m(\delta(b))X'(b)$. A deviation upwards gains at most
$\int R^+\,db$. One downwards gains at most the sum over the cells of the bid range of
$\min\{\kappa\int R^-\,db,\;m(\Delta)\,(X(l)-X(r))\}$, where $[l,r]$ is the cell, $\Delta$ the largest $\delta$ at bids from
$l$ on, and $\kappa=\max\{1,\,U'(\min_{[l,r]}\delta)/U'(\Delta)\}$, which is 1 where $\delta$ falls with the bid.

*Proof, upwards.* For $t>s$ the type that bids $t$ has a cost $\varphi(t)\ge c$, so $t-c\ge\delta(t)\ge0$ and $t-c\ge s-c$.
Since $X'\le0$, $\partial_t\Pi(t,c)=U'(t-c)\,[X+m(t-c)X']\le U'(t-c)\,[X+m(\delta(t))X']\le U'(s-c)\,R^+(t)$. Integrate.
*Downwards.* A bid below one's cost earns at most 0, and $\Pi(s,c)\ge0$; so let $c\le b<t<s$. Now $\varphi(t)\le c$, so
$0\le t-c\le\delta(t)$, and $-\partial_t\Pi(t,c)=U(t-c)\,[-X/m(t-c)-X']\le U(t-c)\,[-X/m(\delta(t))-X']
\le\frac{U(t-c)}{U(\delta(t))}\,U'(\delta(t))\,R^-(t)\le U'(\delta(t))\,R^-(t)$. Divide by $U'(s-c)=U'(\delta(s))\ge U'(\Delta)$ and
integrate over the cell. Also $\Pi(l,c)-\Pi(r,c)\le U(r-c)\,(X(l)-X(r))\le U(s-c)\,(X(l)-X(r))$, which divided by $U'(s-c)$ is at
most $m(\Delta)(X(l)-X(r))$. Both hold for parts of a cell. ∎

Bids below the lowest win already. Above the highest bid $\bar b$ only a prover whose support ends at $h\le\bar b$ can win, against
rivals that bid their costs and with probability $P$ say. There $\ln U(b-c)$ has increasing differences, so
$\Pi(b,c)/\Pi(\bar b,c)\le1+g$ with $g=\sup_b U(b-h)P(b)/(U(\bar b-h)P(\bar b))-1$, and as $\Pi(\bar b,c)\le U'(s-c)\,(m(\Delta)+\int
R^+)$ such a bid gains at most $\int R^++g\,(m(\Delta)+\int R^+)$.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flint import arb, arb_series

from equilibria.checking.attitudes import Attitude
from equilibria.checking.bid_cdfs import Strategy
from equilibria.checking.bounds import Bounds
from equilibria.checking.document import Rejected, mapping
from equilibria.checking.lone_prover import certify_constant, relative_gain_above
from equilibria.checking.priors import Prior
from equilibria.checking.sealed_bids import SealedBids, no_gaps, read_game
from equilibria.checking.taylor import cell_ball


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
        bids = cell >= strategy.entry
        first = self.cost_bidding(i, cell, left) if bids else arb(strategy.prior.low)
        last = self.cost_bidding(i, cell, right) if bids else first
        self.pieces[i].append(
            _Piece(
                left=left,
                width=arb(right) - left,
                short=arb((-residual).upper()).max(arb(0)),
                fall=arb(wins.upper()) - arb(wins.lower()),
                least=arb((left - last).lower()),
                most=arb((right - first).upper()),
                bids=bids,
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

    def solvent(self, i: int) -> None:
        """Confirm that nobody bids below its cost: F(b) is at least F(a) G(b) on every cell."""
        strategy = self.strategies[i]
        prior, mass = strategy.prior, strategy.mass
        for cell in range(strategy.entry, len(self.bids) - 1):
            if strategy.idle(cell):
                continue
            ends = [self.bids[cell], *(k for k in prior.knots if self.bids[cell] < k < self.bids[cell + 1]), self.bids[cell + 1]]
            stack = list(zip(ends, ends[1:], strict=False))
            while stack:
                left, right = stack.pop()
                if left >= prior.high or prior.cdf(left) >= strategy.level(cell, right):
                    continue
                centre = left + 0.5 * (right - left)
                if left >= prior.low and self._one_sided(strategy, cell, left, right, centre, mass):
                    continue
                if right - left <= 1e-14 * self.extent or not left < centre < right:
                    raise Rejected(f"prover {strategy.label!r} may bid below its cost near {right!r}, at a loss")
                stack.extend([(left, centre), (centre, right)])

    def _one_sided(self, strategy: Strategy, cell: int, left: float, right: float, centre: float, mass: arb) -> bool:
        """Whether F - F(a) G is monotone on a cell and not negative at its lower end, or zero at the highest bid."""
        prior, ball = strategy.prior, cell_ball(left, right)
        try:
            slope = prior.density(arb_series([ball], 1), centre)[0] - (strategy.conditional(cell, ball) * mass)[1]
        except (ValueError, ZeroDivisionError):
            return False
        if slope <= 0:
            return right == self.top or bool(prior.cdf(right) >= strategy.level(cell, right))
        return bool(slope >= 0 and prior.cdf(left) >= strategy.level(cell, left))


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
        constant = mapping(node["constant"], "equilibrium.constant")
        return certify_constant(priors, reserve, constant, attitudes)
    bids, strategies, strong = read_game(priors, reserve, node)
    top = bids[-1]
    game = _RiskAverse(bids, list(strategies.values()), [attitudes[label] for label in strategies])
    above = arb(0)
    for i in range(len(strategies)):
        game.solvent(i)
    for k in range(len(bids) - 1):
        above += game.cell(k)
        if progress is not None and k % 16 == 0:
            progress(k / len(bids))
    gain, unsold = arb(0), arb(1)
    for i, (label, strategy) in enumerate(strategies.items()):
        falling, largest = game.down(i)
        gain = gain.max(game.rising[i]).max(falling)
        if strong == [label] and top != reserve:
            rivals = [prior for name, prior in priors.items() if name != label]
            share = relative_gain_above(rivals, strategy.prior.high, top, reserve, attitudes[label])
            gain = gain.max(game.rising[i] + share * (attitudes[label].worth(largest) + game.rising[i]))
        unsold = unsold * (1 - strategy.mass)
    payment = game.low + above - top * unsold
    return Bounds(gain=gain, payment=payment, resource_cost=game.cost, redundant=arb(0), no_award=unsold)

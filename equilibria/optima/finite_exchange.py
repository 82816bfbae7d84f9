r"""Exchanges of any number of users and provers with finitely many types: first best, second best, and most profit, exactly.

Everybody is in the orientation of a sale (a cost $c$ is the value $-c$) and has levels $w$, ironed; with levels sorted from both
sides, the $q$-th best user and prover trade where their levels sum to at least 0. The levels of the weights $W=1+\mu$, $R=\mu$
maximise gains $+\,\mu\cdot$ profit, so their maximum $D(\mu)$ is convex and piecewise linear, with a rule for each line. Gains
without a deficit are at most $\min_\mu D(\mu)$, and a lottery between the two rules whose lines meet there attains it: one lacks
what the other earns. Both pay critical types, so truth is dominant and nobody ever loses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, pairwise

from equilibria.optima.finite_myerson import FiniteAgent, ironed_levels
from equilibria.optima.objectives import Weights
from mechanisms import Discrete, Exchange, SolverFailure

ROUNDS = 1000
"""Lines after which the search for the best price of a deficit is given up; a few dozen suffice."""

Levels = tuple[tuple[Fraction, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """The agents, users first."""

    agents: tuple[FiniteAgent, ...]
    users: int

    @classmethod
    def of(cls, market: Exchange) -> Sides | None:
        """The agents of an exchange with discrete laws; None for other laws."""
        agents = []
        for k, (label, prior) in enumerate(zip(market.labels, market.priors, strict=True)):
            law = prior if k < market.buyers else prior.reflected()
            if not isinstance(law, Discrete):
                return None
            agents.append(FiniteAgent(label=label, types=law.values, chances=law.probabilities))
        return cls(agents=tuple(agents), users=market.buyers)


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeRule:
    """A rule by its levels, with expected trades by agent and type, gains from trade and profit."""

    levels: Levels
    trades: tuple[tuple[Fraction, ...], ...]
    gains: Fraction
    profit: Fraction

    @classmethod
    def weighing(cls, sides: Sides, types: Fraction, rents: Fraction) -> TradeRule:
        """The rule that maximises `(types - rents)` times gains plus `rents` times profit."""
        terms = Weights(types=types, rents=rents, outside=None)
        levels = tuple(ironed_levels(agent, terms) for agent in sides.agents)
        trades, gains, profit = [], Fraction(0), Fraction(0)
        for i, agent in enumerate(sides.agents):
            row: list[Fraction] = []
            for k, level in enumerate(levels[i]):
                row.append(row[-1] if k and level == levels[i][k - 1] else _trades(sides, levels, i, level))
            tail = Fraction(1)
            for (before, here), t, f in zip(pairwise([Fraction(0), *row]), agent.types, agent.chances, strict=True):
                gains += f * t * here
                profit += (here - before) * t * tail
                tail -= f
            trades.append(tuple(row))
        return cls(levels=levels, trades=tuple(trades), gains=gains, profit=profit)


def _trades(sides: Sides, levels: Levels, i: int, level: Fraction) -> Fraction:
    """The chance that agent `i` trades at a level: enough of the other side must match it and those ahead of it."""
    mine = range(sides.users) if i < sides.users else range(sides.users, len(sides.agents))
    theirs = [j for j in range(len(sides.agents)) if j not in mine]
    ahead = _numbers([_chance(sides.agents[j], levels[j], level, j < i) for j in mine if j != i])
    willing = _numbers([_chance(sides.agents[j], levels[j], -level, True) for j in theirs])
    enough = [*accumulate(reversed(willing))][::-1]
    return sum((chance * enough[r + 1] for r, chance in enumerate(ahead) if r + 1 < len(enough)), Fraction(0))


def _chance(agent: FiniteAgent, levels: Sequence[Fraction], least: Fraction, also_equal: bool) -> Fraction:
    """The probability of a level above one, or at it too."""
    pairs = zip(levels, agent.chances, strict=True)
    return sum((f for w, f in pairs if w > least or (also_equal and w == least)), Fraction(0))


def _numbers(chances: Sequence[Fraction]) -> list[Fraction]:
    """The probability of each number of independent events."""
    odds = [Fraction(1)]
    for p in chances:
        odds = [stay * (1 - p) + move * p for stay, move in zip([*odds, Fraction(0)], [Fraction(0), *odds], strict=True)]
    return odds


def second_best(sides: Sides) -> tuple[Fraction, list[tuple[Fraction, TradeRule]]]:
    """The price of a deficit, and the rules between which a lottery is drawn, with their chances.

    Raises:
        SolverFailure: the search did not end.
    """
    lacking = TradeRule.weighing(sides, Fraction(1), Fraction(0))
    if lacking.profit >= 0:
        return Fraction(0), [(Fraction(1), lacking)]
    earning = TradeRule.weighing(sides, Fraction(1), Fraction(1))
    for _ in range(ROUNDS):
        price = (lacking.gains - earning.gains) / (earning.profit - lacking.profit)
        rule = TradeRule.weighing(sides, 1 + price, price)
        if rule.gains + price * rule.profit == lacking.gains + price * lacking.profit:
            chance = -lacking.profit / (earning.profit - lacking.profit)
            return price, [(share, r) for share, r in ((1 - chance, lacking), (chance, earning)) if share]
        if rule.profit < 0:
            lacking = rule
        else:
            earning = rule
    raise SolverFailure(f"the price of a deficit was not found within {ROUNDS} lines. Use fewer types.")

r"""The discretised game: private types in cells, bids on a grid, rivals summed up by what they do to one's own bid.

With independent private costs the interim utility of cost $c$ and bid $b$ is a line in $c$, $T_i(b)-c\,X_i(b)$. All that an
agent needs to know of its rivals are the two vectors $X_i,T_i$ over its own bids, and all that its rivals need to know of it is
its *bid law* $g_i$, the distribution of its bids. Solvers move the laws; no tensor over types is ever formed. Everything is in
the orientation of a procurement (costs; lowest bids win).

The agents' grids are staggered: no two agents share a bid but the highest one, so rules for ties hardly matter; a tie is taken
to be lost.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from equilibria.step_bids import StepBids
from mechanisms.distributions import Distribution

Vector = NDArray[np.float64]

LOSING = 1.0 / 32.0
"""A type whose chance to win with its own cost as the bid is below this share of a cell bids that: nothing else matters to it."""

SNAP = 0.02
"""Share of a cell's mass that may be shifted to put a change of bids where a type is indifferent."""

SPREAD = 10.0
"""Mass that is tried below the best bid of the lowest cost goes to bids that hold this many times as much."""


class Rule(ABC):
    """What a bid law of every agent means for each of them."""

    @abstractmethod
    def interim(self, bids: Sequence[Vector], laws: Sequence[Vector], agent: int) -> tuple[Vector, Vector]:
        """The chance to be awarded and the expected payment by own bid, against the laws of the others."""


@dataclass(frozen=True, slots=True)
class PayAsBid(Rule):
    """The lowest bid wins and is paid: one product of survivals per bid."""

    def interim(self, bids: Sequence[Vector], laws: Sequence[Vector], agent: int) -> tuple[Vector, Vector]:
        wins = np.ones(len(bids[agent]))
        for rival, law in enumerate(laws):
            if rival != agent:
                above = 1.0 - np.concatenate([[0.0], np.cumsum(law)])
                wins = wins * np.maximum(above[np.searchsorted(bids[rival], bids[agent], side="right")], 0.0)
        return wins, wins * bids[agent]


@dataclass(frozen=True, slots=True)
class Tabulated(Rule):
    """Any rule for few agents: its outcome at every profile of the grid, contracted with the rivals' laws."""

    shares: tuple[Vector, ...]
    payments: tuple[Vector, ...]
    """By agent, one axis per agent, as many entries as it has bids."""

    def interim(self, bids: Sequence[Vector], laws: Sequence[Vector], agent: int) -> tuple[Vector, Vector]:
        wins, paid = self.shares[agent], self.payments[agent]
        for rival in reversed(range(len(laws))):
            if rival != agent:
                wins, paid = (np.tensordot(table, laws[rival], axes=(rival, 0)) for table in (wins, paid))
        return wins, paid


@dataclass(frozen=True, slots=True, eq=False)
class BidGame:
    """Types in cells of equal width, bids on staggered grids.

    Arguments:
        priors: laws of the costs.
        reach: by agent, the highest cost that bids.
        bids: by agent, its grid, increasing.
        rule: the outcome.
        cells: cells of each agent's costs.
        individually_rational: bids below one's cost are left out, and types that cannot win bid their cost (pay as bid).
    """

    priors: tuple[Distribution, ...]
    reach: tuple[float, ...]
    bids: tuple[Vector, ...]
    rule: Rule
    cells: int
    individually_rational: bool

    def costs(self, agent: int) -> Vector:
        """The middles of an agent's cells."""
        edges = np.linspace(self.priors[agent].support[0], self.reach[agent], self.cells + 1)
        return 0.5 * (edges[1:] + edges[:-1])

    def mass(self, agent: int) -> Vector:
        """The probabilities of an agent's cells."""
        edges = np.linspace(self.priors[agent].support[0], self.reach[agent], self.cells + 1)
        return np.diff(self.priors[agent].cdf(edges))

    def uniform(self) -> list[Vector]:
        """The laws of agents that draw their bids blindly."""
        return [np.full(len(own), self.mass(i).sum() / len(own)) for i, own in enumerate(self.bids)]


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One agent's view of a game, tabulated once: its types against its bids."""

    game: BidGame
    agent: int
    costs: Vector
    mass: Vector
    forbidden: NDArray[np.bool_] | None
    first: NDArray[np.intp]

    @classmethod
    def of(cls, game: BidGame, agent: int) -> Side:
        """The side of one agent."""
        costs, bids = game.costs(agent), game.bids[agent]
        first = np.zeros(len(costs), dtype=np.intp)
        forbidden = None
        if game.individually_rational:
            first = np.minimum(np.searchsorted(bids, costs), len(bids) - 1)
            forbidden = np.arange(len(bids)) < first[:, None]
        return cls(game, agent, costs, game.mass(agent), forbidden, first)

    def interim(self, laws: Sequence[Vector]) -> tuple[Vector, Vector]:
        """Chance to be awarded and expected payment by own bid."""
        return self.game.rule.interim(self.game.bids, laws, self.agent)

    def utility(self, wins: Vector, paid: Vector) -> Vector:
        """Utilities, shape `(types, bids)`; minus infinity where a bid is left out."""
        table: Vector = paid - self.costs[:, None] * wins
        if self.forbidden is not None:
            table[self.forbidden] = -np.inf
        return table

    def losing(self, wins: Vector) -> NDArray[np.bool_]:
        """The types that bid their cost because they hardly ever win."""
        if self.forbidden is None:
            return np.zeros(len(self.costs), dtype=np.bool_)
        return np.asarray(wins[self.first] < LOSING / len(wins))

    def best(self, wins: Vector, paid: Vector) -> tuple[Vector, Vector]:
        """The bid law of a best response, and the best utility of each type."""
        table = self.utility(wins, paid)
        choice = np.where(self.losing(wins), self.first, table.argmax(axis=1))
        law = np.bincount(choice, weights=self.mass, minlength=len(wins)).astype(np.float64)
        return law, np.asarray(table.max(axis=1), dtype=np.float64)

    def smoothed(self, table: Vector, wins: Vector) -> Vector:
        """The bid law of types that choose with probabilities proportional to the exponentials of `table`."""
        weights = np.exp(table - table.max(axis=1, keepdims=True))
        shares = self.mass / weights.sum(axis=1)
        losing = self.losing(wins)
        law = np.where(losing, 0.0, shares) @ weights
        if losing.any():
            law += np.bincount(self.first[losing], weights=self.mass[losing], minlength=len(law))
        return np.asarray(law)

    def ends(self, wins: Vector, paid: Vector) -> tuple[int, int]:
        """The best bids of the lowest and of the highest cost, as places on the grid."""
        table = self.utility(wins, paid)
        first, last = int(table[0].argmax()), int(table[-1].argmax())
        return first, len(wins) - 1 if self.forbidden is not None else max(first, last)

    def steps(self, law: Vector, wins: Vector, paid: Vector) -> StepBids:
        """The pure monotone strategy with this bid law: lower costs bid lower (quantile coupling).

        Among all ways to spread a bid law over types it is the best one for the agent, and rivals do not notice it. Bids beyond
        the best ones of the lowest and the highest cost, tried on the way, are replaced by these. A cost at which the bid
        changes moves to the one that is indifferent, if that shifts little mass.
        """
        prior, reach = self.game.priors[self.agent], self.game.reach[self.agent]
        whole = float(prior.cdf(np.float64(reach)))
        first, last = self.ends(wins, paid)
        law = _within(_within(law, first)[::-1], len(law) - 1 - last)[::-1]
        bids, wins, paid = (array[first : last + 1] for array in (self.game.bids[self.agent], wins, paid))
        made = np.flatnonzero(law > 0.0)
        passed = np.cumsum(law[made])[:-1] / law[made].sum() * whole
        before, after = made[:-1], made[1:]
        with np.errstate(divide="ignore", invalid="ignore"):
            even = (paid[before] - paid[after]) / (wins[before] - wins[after])
        cuts, slack = prior.quantile(np.clip(passed, 0.0, whole)), whole * SNAP / self.game.cells
        near = (prior.quantile(np.clip(passed + shift, 0.0, whole)) for shift in (-slack, slack))
        cuts = np.where(np.isnan(even), cuts, np.clip(even, *near))
        return StepBids.of_cuts(prior.support[0], reach, cuts, bids[made])

    def loss(self, laws: Sequence[Vector], wins: Vector, paid: Vector) -> tuple[float, float]:
        """What the agent would gain on average by bidding best on its grid, and its average utility."""
        passed = np.concatenate([[0.0], np.cumsum(self.mass)])
        spent = np.concatenate([[0.0], np.cumsum(self.mass * self.costs)])
        ends = np.concatenate([[0.0], np.cumsum(laws[self.agent])])
        cost = np.diff(np.interp(ends, passed, spent))
        utility = float(laws[self.agent] @ paid - cost @ wins)
        best = np.maximum(self.utility(wins, paid).max(axis=1), 0.0 if self.forbidden is not None else -np.inf)
        return max(float(self.mass @ best) - utility, 0.0), utility


def _within(law: Vector, first: int) -> Vector:
    """The law without its bids below place `first`: their mass goes to the next bids, not to one, where it would be an atom."""
    kept, loose = law[first:], float(law[:first].sum())
    nearest = max(int(np.searchsorted(np.cumsum(kept), SPREAD * loose)) + 1, 1)
    held = float(kept[:nearest].sum())
    if held <= 0.0:
        return np.concatenate([[loose + kept[0]], kept[1:]])
    return np.concatenate([kept[:nearest] * ((held + loose) / held), kept[nearest:]])

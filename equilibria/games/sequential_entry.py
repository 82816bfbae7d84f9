"""Entry in turn at a cost, seeing who entered, and then one task at second prices, or at first prices among equals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equilibria.backward_entry import BackwardEntry
from equilibria.entry_bids import EntryBids
from equilibria.games import Progress, Proposal
from equilibria.strategies import Mirrored, Strategy, Truthful
from mechanisms import FirstPrice, InvalidInput, Market, Mechanism, Refused, SequentialEntry, Vickrey

__all__ = ["StaysOut", "propose"]

MOST = 12
"""Agents: who may have entered are two to this power."""


@dataclass(frozen=True, slots=True)
class StaysOut:
    """Not to enter, whatever one's type would have been."""

    def __call__(self, types: ArrayLike) -> NDArray[np.float64]:
        """NaN for every type."""
        return np.full(np.shape(types), np.nan)


def propose(mechanism: Mechanism, market: Market, solver: object, progress: Progress | None) -> Proposal:
    """Who enters a `SequentialEntry` market, and what entrants bid.

    Raises:
        Refused: another rule, no reserve, several tasks, too many agents, first prices among agents that differ, or a decision
            to enter that is too close to tell.
        InvalidInput: the solver is not one for this game.
    """
    assert isinstance(market, SequentialEntry)
    if not isinstance(mechanism, FirstPrice | Vickrey):
        raise Refused(f"solve handles Vickrey and FirstPrice where agents enter in turn; got {type(mechanism).__name__}.")
    if mechanism.reserve is None:
        raise Refused("entry at a cost needs a reserve: a lone entrant would ask for any price. Set a reserve.")
    if market.tasks != 1:
        raise Refused(f"solve handles one task; the market has tasks={market.tasks}. Use tasks=1.")
    if len(market.labels) > MOST:
        raise Refused(f"entry in turn is solved for at most {MOST} agents; the market has {len(market.labels)}. Leave some out.")
    alike = all(prior == market.priors[0] for prior in market.priors)
    if isinstance(mechanism, FirstPrice) and not alike:
        raise Refused(
            "at first prices what each of several different entrants earns is not certified, so nobody's entry can be decided. "
            "Use Vickrey, or agents alike."
        )
    chosen = BackwardEntry() if solver is None else solver
    if not isinstance(chosen, BackwardEntry):
        raise InvalidInput(f"solver must be a BackwardEntry for entry in turn; got {type(solver).__name__}. Pass solver=None.")
    priors, reserve = market.as_procurement().priors, market.sign * float(mechanism.reserve)
    inside = chosen.entrants(market.labels, priors, reserve, market.cost)
    entrants = [market.labels[i] for i in inside]
    bids: Strategy = Truthful()
    if isinstance(mechanism, FirstPrice) and inside:
        end = min(reserve, priors[0].support[1])
        first = EntryBids(
            prior=priors[0], provers=len(inside), reserve=reserve, last=end, probability=1.0, informed=False, truthful=False
        )  # fmt: skip
        bids = first if market.sign > 0 else Mirrored(first)
    return Proposal(
        strategies={label: bids if label in entrants else StaysOut() for label in market.labels},
        stated={"entrants": entrants},
        solver=repr(chosen),
        complete=False,
        notes=(
            f"who enters: {', '.join(entrants) or 'nobody'}; order of decisions: {', '.join(market.labels)}",
            "strategies are those on the path of play; off it, each decides by the same backward induction",
            "entrants make the bids that are named; with other equilibria of their auction entry could differ",
        ),
    )

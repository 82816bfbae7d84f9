"""Entry in turn at a cost, seeing who entered, and then one task at second prices or at first prices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from equilibria.backward_entry import BackwardEntry
from equilibria.entry_bids import EntryBids
from equilibria.games import Progress, Proposal
from equilibria.games.pay_as_bid import mirrored
from equilibria.strategies import Mirrored, Strategy, Truthful
from mechanisms import FirstPrice, InvalidInput, Market, Mechanism, Refused, SequentialEntry, Vickrey

__all__ = ["StaysOut", "propose"]

MOST, MOST_THAT_DIFFER = 12, 5
"""Agents, and those that differ at first prices: who may have entered are two to this power, each an auction to be solved."""


@dataclass(frozen=True, slots=True)
class StaysOut:
    """Not to enter, whatever one's type would have been."""

    def __call__(self, types: ArrayLike) -> NDArray[np.float64]:
        """NaN for every type."""
        return np.full(np.shape(types), np.nan)


def propose(mechanism: Mechanism, market: Market, solver: object, progress: Progress | None) -> Proposal:
    """Who enters a `SequentialEntry` market, and what entrants bid.

    Raises:
        Refused: another rule, no reserve, several tasks, too many agents, first prices of which no equilibrium is found, or a
            decision to enter that is too close to tell.
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
    differ = isinstance(mechanism, FirstPrice) and not alike
    if differ and len(market.labels) > MOST_THAT_DIFFER:
        raise Refused(
            f"at first prices entry in turn is solved for at most {MOST_THAT_DIFFER} agents that differ; the market has "
            f"{len(market.labels)}. Use Vickrey, agents alike, or fewer."
        )
    chosen = BackwardEntry() if solver is None else solver
    if not isinstance(chosen, BackwardEntry):
        raise InvalidInput(f"solver must be a BackwardEntry for entry in turn; got {type(solver).__name__}. Pass solver=None.")
    priors, reserve = market.as_procurement().priors, market.sign * float(mechanism.reserve)
    auctions = None
    if differ:
        from equilibria.entry_auctions import EntryAuctions

        auctions = EntryAuctions(market.labels, priors, reserve)
    inside = chosen.entrants(market.labels, priors, reserve, market.cost, auctions)
    entrants = [market.labels[i] for i in inside]
    strategies: dict[str, Strategy] = dict.fromkeys(market.labels, StaysOut()) | dict.fromkeys(entrants, Truthful())
    if auctions is not None and auctions.differ(inside):
        strategies |= mirrored(auctions.bids(inside), market)
    elif isinstance(mechanism, FirstPrice) and inside:
        law = priors[inside[0]]  # those that cannot win do not enter, so that entrants are alike
        first = EntryBids(
            prior=law, provers=len(inside), reserve=reserve, last=min(reserve, law.support[1]), probability=1.0, informed=False,
            truthful=False,
        )  # fmt: skip
        strategies |= dict.fromkeys(entrants, first if market.sign > 0 else Mirrored(first))
    return Proposal(
        strategies=strategies,
        stated={"entrants": entrants} | ({} if auctions is None else {"auctions": auctions.stated()}),
        solver=repr(chosen),
        complete=False,
        notes=(
            f"who enters: {', '.join(entrants) or 'nobody'}; order of decisions: {', '.join(market.labels)}",
            "strategies are those on the path of play; off it, each decides by the same backward induction",
            "entrants make the bids that are named; with other equilibria of their auction entry could differ",
        )
        + (() if auctions is None else (f"first prices were solved for {len(auctions.solved)} sets of entrants that differ",)),
    )

"""Provers alike that enter at a cost and then bid for one task, at first or second prices."""

from __future__ import annotations

from equilibria.entry_threshold import EntryThreshold
from equilibria.games import Progress, Proposal
from equilibria.strategies import Mirrored
from mechanisms import CostlyEntry, FirstPrice, InvalidInput, Market, Mechanism, Refused, Vickrey

__all__ = ["propose"]


def propose(mechanism: Mechanism, market: Market, solver: object, progress: Progress | None) -> Proposal:
    """The strategies that all provers of a `CostlyEntry` market share.

    Raises:
        Refused: the rule is neither `FirstPrice` nor `Vickrey` with a reserve, more than one task, or nobody enters.
        InvalidInput: the solver is not one for this game.
    """
    assert isinstance(market, CostlyEntry)
    if not isinstance(mechanism, FirstPrice | Vickrey):
        raise Refused(
            f"solve handles FirstPrice and Vickrey where entry costs something; got {type(mechanism).__name__}. "
            "Use the market within (market.market) for entry without cost."
        )
    if mechanism.reserve is None:
        raise Refused("entry at a cost needs a reserve: a lone entrant would ask for any price. Set a reserve.")
    if market.tasks != 1:
        raise Refused(f"solve handles one task; the market has tasks={market.tasks}. Use tasks=1.")
    chosen = EntryThreshold() if solver is None else solver
    if not isinstance(chosen, EntryThreshold):
        raise InvalidInput(f"solver must be an EntryThreshold for costly entry; got {type(solver).__name__}. Pass solver=None.")
    strategy = chosen.strategy(
        market.as_procurement().priors[0],
        len(market.labels),
        market.sign * float(mechanism.reserve),
        market.cost,
        informed=market.informed,
        truthful=isinstance(mechanism, Vickrey),
    )
    stated = {"threshold": strategy.last} if market.informed else {"probability": strategy.probability}
    return Proposal(
        strategies=dict.fromkeys(market.labels, strategy if market.sign > 0 else Mirrored(strategy)),
        stated=stated,
        solver=repr(chosen),
        complete=len(market.labels) == 1,
        notes=(
            "this is the equilibrium in which all provers do the same; there may be others in which they do not",
            f"a prover enters with probability {strategy.entry:.6g}",
        ),
    )

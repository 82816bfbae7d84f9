"""Agents alike with one known budget: buyers whose bids it caps, and provers whose outlays it caps."""

from __future__ import annotations

from equilibria.capped_bids import BudgetSwitch
from equilibria.entry_bids import EntryBids
from equilibria.games import Progress, Proposal
from equilibria.strategies import Mirrored
from mechanisms import AllPay, Budgeted, FirstPrice, InvalidInput, Market, Mechanism, Refused

__all__ = ["propose"]

LOT = "Among equal bids chance decides who wins, each with the same probability."


def propose(mechanism: Mechanism, market: Market, solver: object, progress: Progress | None) -> Proposal:
    """The strategy that all agents of a `Budgeted` market share.

    Raises:
        Refused: the rule is neither `FirstPrice` nor `AllPay` without a reserve, more than one task, one agent, or nobody bids.
        InvalidInput: the solver is not one for this game.
    """
    assert isinstance(market, Budgeted)
    if not isinstance(mechanism, FirstPrice | AllPay):
        raise Refused(
            f"solve handles FirstPrice and AllPay where agents have a budget; got {type(mechanism).__name__}. "
            "Use the market within (market.market) for agents without one."
        )
    if market.tasks != 1:
        raise Refused(f"solve handles one task; the market has tasks={market.tasks}. Use tasks=1.")
    if len(market.labels) < 2:
        raise Refused("a budget is solved where there is competition; the market has one agent. Add a rival.")
    chosen = BudgetSwitch() if solver is None else solver
    if not isinstance(chosen, BudgetSwitch):
        raise InvalidInput(f"solver must be a BudgetSwitch where agents have a budget; got {type(solver).__name__}. Pass None.")
    if market.sign > 0:
        return _outlays(mechanism, market)
    return _bids(mechanism, market, chosen)


def _outlays(mechanism: FirstPrice | AllPay, market: Budgeted) -> Proposal:
    prior = market.as_procurement().priors[0]
    if isinstance(mechanism, AllPay):
        mechanism.mirrored()
    if mechanism.reserve is None:
        raise Refused("a budget for outlays needs a reserve: the only prover that can pay would ask for any price. Set one.")
    reserve = float(mechanism.reserve)
    last = min(reserve, market.budget, prior.support[1])
    if last <= prior.support[0]:
        raise Refused(f"no cost lies below the reserve {reserve!r} and the budget {market.budget!r}: nobody bids. Raise them.")
    strategy = EntryBids(
        prior=prior, provers=len(market.labels), reserve=reserve, last=last, probability=1.0, informed=last < reserve,
        truthful=False,
    )  # fmt: skip
    return Proposal(
        strategies=dict.fromkeys(market.labels, strategy),
        stated=None,
        solver="EntryBids",
        complete=False,
        notes=(f"A prover can pay for its proof with probability {float(prior.cdf(last)):.6g}.",),
    )


def _bids(mechanism: FirstPrice | AllPay, market: Budgeted, solver: BudgetSwitch) -> Proposal:
    prior, all_pay = market.as_procurement().priors[0], isinstance(mechanism, AllPay)
    reserve = None if mechanism.reserve is None else -float(mechanism.reserve)
    if all_pay and (reserve or prior.support[1] > 0.0):
        raise Refused("a budget under AllPay is solved for values of at least 0 and no reserve. Change the rule or the support.")
    if reserve is not None and (reserve < -market.budget or reserve <= prior.support[0]):
        raise Refused(f"nobody can bid the reserve {-reserve!r}. Lower it.")
    strategy = solver.strategy(prior, len(market.labels), reserve, -market.budget, all_pay=all_pay)
    return Proposal(
        strategies=dict.fromkeys(market.labels, Mirrored(strategy)),
        stated={"switch": 0.0 - strategy.switch},
        solver=repr(solver),
        complete=False,
        notes=(
            f"A buyer bids its whole budget with probability {float(prior.cdf(strategy.switch)):.6g}.",
            LOT,
            "This is an equilibrium in which all buyers do the same; others were not searched for.",
        ),
    )

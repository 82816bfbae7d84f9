"""First and second price on markets with one common factor: strategies by `AffiliatedEnvelope`."""

from __future__ import annotations

from equilibria.games import Progress, Proposal
from equilibria.strategies import Truthful
from mechanisms import FirstPrice, InvalidInput, Market, Mechanism, Refused, Vickrey
from mechanisms.one_factor import OneFactor

__all__ = ["propose"]


def propose(mechanism: Mechanism, market: Market, solver: object, progress: Progress | None) -> Proposal:
    """The symmetric increasing equilibrium.

    Raises:
        Refused: the rule is not `FirstPrice` or `Vickrey` without a reserve, or no bound is known for the market's laws.
        InvalidInput: the solver is not one for this game.
    """
    from equilibria.affiliated_envelope import AffiliatedEnvelope

    assert isinstance(market, OneFactor)
    if not isinstance(mechanism, FirstPrice | Vickrey):
        raise Refused(
            f"{type(mechanism).__name__} has no bound for correlated types. Use FirstPrice() or Vickrey(), or a market with "
            "independent types."
        )
    if mechanism.reserve is not None:
        raise Refused("a reserve has no bound for correlated types yet. Pass reserve=None.")
    chosen = AffiliatedEnvelope() if solver is None else solver
    if not isinstance(chosen, AffiliatedEnvelope):
        raise InvalidInput(f"solver must be an AffiliatedEnvelope here; got {type(solver).__name__}. Pass solver=None.")
    if progress is not None:
        progress("solving", 0.0)
    if isinstance(mechanism, Vickrey) and market.stake == "private":
        return Proposal(strategies=dict.fromkeys(market.labels, Truthful()), stated=None, solver="Dominance()")
    bid = chosen.first_price(market) if isinstance(mechanism, FirstPrice) else chosen.second_price(market)
    return Proposal(strategies=dict.fromkeys(market.labels, bid), stated=bid.stated(), solver=repr(chosen))
